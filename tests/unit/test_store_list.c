// link: core_store core_event core_util
/*
 * Lists, searches and filters against a naive oracle over random events, while events come, change and go.
 * TIDELINE_SEED=N repeats a run.
 */
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#include "core/store/store_event_internal.h"

enum { EVENTS = 300, ROUNDS = 12, FILTERS = 150, LIST_MOST = 1000 };

static uint64_t state_of_random;

static unsigned random_below(unsigned n)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state_of_random >> 33) % n;
}

static void seed_random(void)
{
    const char *given = getenv("TIDELINE_SEED");

    state_of_random = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("TIDELINE_SEED=%llu\n", (unsigned long long)state_of_random);
}

/* Names in two spellings of the same number are the same; all others differ. */
static const struct name {
    const char *text;
    int same;
} names[] = {
    {"oil", 0},       {"OIL", 0},       {" oil ", 0},       {"oil-spill", 1},   {"oil spill", 2},
    {"Oil Spill", 2}, {"spill", 3},     {"rule of law", 4}, {"rule", 5},        {"\xc3\xb6l", 6},
    {"\xc3\x96L", 6}, {"a \"b\" c", 7}, {"Bob O'Neill", 8}, {"bob o'neill", 8}, {"Bob", 9},
    {"#MeToo", 10},   {"MeToo", 11},    {"facets", 12},
};
enum { NAMES = sizeof names / sizeof *names };

static const char *const words[] = {"harbour", "harbours",  "ferry",
                                    "court",   "courtyard", "\xc3\xa9t\xc3\xa9"};
enum { WORDS = sizeof words / sizeof *words };

static const char *const odd_dates[] = {"1990",    "1990-05", "circa 1990", "199x", "1990-05-17T10:00",
                                        "1990/05", "-44"};
enum { ODD_DATES = sizeof odd_dates / sizeof *odd_dates };

struct model {
    bool there;
    char id[32], date[32];
    int title[3];   /* indexes into words */
    int tag, actor; /* indexes into names; -1: none */
    int importance; /* -1: none */
};

struct world {
    struct fixture *f;
    struct model events[EVENTS];
};

static void random_event(struct model *m, unsigned i)
{
    m->there = true;
    (void)snprintf(m->id, sizeof m->id, "event-%03u", i);
    if (random_below(12) == 0)
        strcpy(m->date, odd_dates[random_below(ODD_DATES)]);
    else
        (void)snprintf(m->date, sizeof m->date, "19%02u-%02u-%02u", 88 + random_below(5),
                       1 + random_below(12), 1 + random_below(28));
    for (int w = 0; w < 3; w++)
        m->title[w] = (int)random_below(WORDS);
    m->tag = (int)random_below(NAMES + 2) - 2;
    m->actor = (int)random_below(NAMES + 2) - 2;
    m->importance = (int)random_below(14) - 1;
}

static void set_names(struct json_object *fields, const char *key, int name)
{
    struct json_object *list = json_object_new_array();

    jx_push_text(list, "Nobody Else");
    if (name >= 0)
        jx_push_text(list, names[name].text);
    jx_set(fields, key, list);
}

static const char *model_content(struct arena *a, const struct model *m)
{
    struct json_object *fields = jx_own(a, json_object_new_object());

    jx_set_text(fields, "id", m->id);
    jx_set_text(fields, "date", m->date);
    jx_set_text(fields, "title",
                arena_printf(a, "%s %s %s", words[m->title[0]], words[m->title[1]], words[m->title[2]]));
    set_names(fields, "tags", m->tag);
    set_names(fields, "actors", m->actor);
    if (m->importance >= 0)
        jx_set_int(fields, "importance", m->importance);
    return jx_text(a, fields);
}

static void put_model(struct world *w, const struct model *m)
{
    struct store_event_write write = {
        .id = m->id, .content = model_content(w->f->a, m), .author = "ann", .reason = "test"};

    assert_ok(w->f, store_event_put(w->f->s, &write, NULL, &w->f->e));
}

static void other_program(struct world *w, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(w->f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Another table refers to every seventh event: those are kept when they go, and show nowhere but with a conflict. */
static void remove_model(struct world *w, struct model *m)
{
    assert_ok(w->f, store_conflict_close(w->f->s, m->id, &w->f->e));
    assert_ok(w->f, store_event_delete(w->f->s, m->id, "repository", NULL, &w->f->e));
    m->there = false;
}

static void change_one(struct world *w, unsigned i)
{
    static const char *const verdicts[] = {"validated", "rejected", "pending"};
    struct store_verdict verdict = {verdicts[random_below(3)], -1, NULL, "ann"};
    struct model *m = &w->events[i];
    struct store_conflict conflict = {.event_id = m->id, .fields = "[]"};

    switch (random_below(6)) {
    case 0:
        if (m->there)
            remove_model(w, m);
        break;
    case 1:
        if (m->there)
            assert_ok(w->f, store_event_validate(w->f->s, m->id, &verdict, &w->f->e));
        break;
    case 2:
        if (m->there)
            assert_ok(w->f, random_below(2) ? store_conflict_put(w->f->s, &conflict, &w->f->e)
                                            : store_conflict_close(w->f->s, m->id, &w->f->e));
        break;
    default: random_event(m, i); put_model(w, m);
    }
}

static void change_some(struct world *w, unsigned n)
{
    begin(w->f);
    while (n-- > 0)
        change_one(w, random_below(EVENTS));
    commit(w->f);
    struct model *m = &w->events[random_below(EVENTS)];
    if (m->there) {
        strcpy(m->date, "1991-07-08");
        other_program(w, arena_printf(w->f->a, "UPDATE timeline_events SET date = '%s' WHERE id = '%s'",
                                      m->date, m->id));
    }
    assert_ok(w->f, store_catch_up(w->f->s, 0, NULL, &w->f->e));
}

/* The oracle. */

struct wish {
    struct store_event_filter filter;
    int word, next_word; /* indexes into words; -1: none. A next word makes a phrase. */
    bool prefix;
    int tag, actor;
};

static bool is_word(const struct wish *wish, const char *word)
{
    size_t n = strlen(words[wish->word]);

    return wish->prefix ? strncmp(word, words[wish->word], n) == 0 : strcmp(word, words[wish->word]) == 0;
}

static bool has_words(const struct wish *wish, const struct model *m)
{
    for (int i = 0; i < 3 && wish->word >= 0; i++) {
        if (wish->next_word < 0 && is_word(wish, words[m->title[i]]))
            return true;
        if (wish->next_word >= 0 && i < 2 && m->title[i] == wish->word && m->title[i + 1] == wish->next_word)
            return true;
    }
    return wish->word < 0;
}

static bool is_wished(struct world *w, const struct wish *wish, const struct model *m)
{
    const struct store_event_filter *f = &wish->filter;

    if (!m->there || !has_words(wish, m))
        return false;
    if (f->from && strcmp(m->date, f->from) < 0)
        return false;
    if (f->to && strncmp(m->date, f->to, strlen(f->to)) > 0)
        return false;
    if (f->tag && (m->tag < 0 || names[m->tag].same != names[wish->tag].same))
        return false;
    if (f->actor && (m->actor < 0 || names[m->actor].same != names[wish->actor].same))
        return false;
    if (f->has_importance && m->importance < f->importance)
        return false;
    return !f->state || strcmp(get_event(w->f, m->id).state, f->state) == 0;
}

static const char *random_date(struct arena *a)
{
    unsigned year = 87 + random_below(7), month = 1 + random_below(12), day = 1 + random_below(28);

    switch (random_below(3)) {
    case 0: return arena_printf(a, "19%02u", year);
    case 1: return arena_printf(a, "19%02u-%02u", year, month);
    default: return arena_printf(a, "19%02u-%02u-%02u", year, month, day);
    }
}

static void wish_words(struct arena *a, struct wish *wish)
{
    wish->word = (int)random_below(WORDS);
    if (random_below(3) == 0) {
        wish->next_word = (int)random_below(WORDS);
        wish->filter.query = arena_printf(a, "\"%s %s\"", words[wish->word], words[wish->next_word]);
        return;
    }
    wish->prefix = random_below(3) == 0;
    wish->filter.query = arena_printf(a, "%s%s", words[wish->word], wish->prefix ? "*" : "");
}

/* Each part is there in one of two filters, so that every combination comes. */
static struct wish random_wish(struct arena *a)
{
    static const char *const states[] = {"draft", "validated", "rejected", "conflict", "merged"};
    struct wish wish = {.word = -1, .next_word = -1};

    if (random_below(2))
        wish_words(a, &wish);
    if (random_below(2))
        wish.filter.state = states[random_below(5)];
    if (random_below(2))
        wish.filter.from = random_date(a);
    if (random_below(2))
        wish.filter.to = random_date(a);
    if (random_below(3) == 0)
        wish.filter.tag = names[wish.tag = (int)random_below(NAMES)].text;
    if (random_below(3) == 0)
        wish.filter.actor = names[wish.actor = (int)random_below(NAMES)].text;
    wish.filter.has_importance = random_below(2);
    wish.filter.importance = random_below(11);
    wish.filter.limit = 1 + random_below(40);
    return wish;
}

static void show_wish(const struct wish *wish)
{
    const struct store_event_filter *f = &wish->filter;

    print_error("query %s state %s from %s to %s tag %s actor %s importance %d\n", f->query ? f->query : "-",
                f->state ? f->state : "-", f->from ? f->from : "-", f->to ? f->to : "-",
                f->tag ? f->tag : "-", f->actor ? f->actor : "-",
                f->has_importance ? (int)f->importance : -1);
}

/* All pages; ids as numbers. */
static size_t read_all(struct world *w, struct store_event_filter filter, unsigned out[LIST_MOST],
                       struct store_event_page *page)
{
    size_t n = 0;

    do {
        assert_ok(w->f, store_event_list(w->f->s, w->f->a, &filter, page, &w->f->e));
        assert_true(page->n <= filter.limit && n + page->n <= LIST_MOST);
        for (size_t i = 0; i < page->n; i++)
            out[n++] = (unsigned)strtoul(page->items[i].id + strlen("event-"), NULL, 10);
        filter.cursor = page->next_cursor;
    } while (filter.cursor);
    return n;
}

static void check_wish(struct world *w, const struct wish *wish, const unsigned *order, size_t n_order)
{
    unsigned found[LIST_MOST];
    struct store_event_page page;
    size_t n = read_all(w, wish->filter, found, &page), expected = 0;
    bool same = true;

    for (size_t i = 0; i < n_order; i++) {
        if (!is_wished(w, wish, &w->events[order[i]]))
            continue;
        same = same && expected < n && found[expected] == order[i];
        expected++;
    }
    if (!same || expected != n || page.total != (int64_t)n || !page.total_is_exact) {
        show_wish(wish);
        fail_msg("%zu found, %zu expected, total %lld", n, expected, (long long)page.total);
    }
}

static void check_order(struct world *w, const unsigned *order, size_t n)
{
    size_t there = 0;

    for (unsigned i = 0; i < EVENTS; i++)
        there += w->events[i].there;
    assert_int_equal(n, there);
    assert_true(n > EVENTS / 2);
    for (size_t i = 1; i < n; i++) {
        const char *before = w->events[order[i - 1]].date, *here = w->events[order[i]].date;
        if (strlen(before) == 10 && strlen(here) == 10 && before[0] == '1' && here[0] == '1')
            assert_true(strcmp(before, here) >= 0);
    }
}

static void begin_world(struct world *w, void **state)
{
    *w = (struct world){.f = *state};
    other_program(w, "CREATE TABLE other (event TEXT REFERENCES timeline_events (id))");
    store_close(w->f->s);
    assert_ok(w->f, store_open(w->f->path, &w->f->s, &w->f->e));
    begin(w->f);
    for (unsigned i = 0; i < EVENTS; i++) {
        random_event(&w->events[i], i);
        put_model(w, &w->events[i]);
    }
    commit(w->f);
    other_program(w, "INSERT INTO other SELECT id FROM timeline_events WHERE substr(id, 7) % 7 = 0");
}

static void test_filters_find_what_an_oracle_finds(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct store_event_page page;
    unsigned order[LIST_MOST];

    seed_random();
    begin_world(w, state);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = read_all(w, (struct store_event_filter){.limit = 17}, order, &page);
        check_order(w, order, n);
        for (int i = 0; i < FILTERS; i++) {
            struct wish wish = random_wish(w->f->a);
            check_wish(w, &wish, order, n);
        }
        change_some(w, 40);
    }
    free(w);
}

/* Half of the events stay; the others come, go and change between the pages of each kind of list. */
static void test_paging_is_stable_under_writes(void **state)
{
    static const struct store_event_filter filters[] = {
        {.limit = 7},
        {.limit = 7, .state = "draft"},
        {.limit = 7, .query = "ferr*"},
        {.limit = 7, .from = "1989"},
        {.limit = 7, .state = "draft", .query = "ferry", .has_importance = true},
    };
    struct world *w = calloc(1, sizeof *w);

    seed_random();
    begin_world(w, state);
    for (size_t k = 0; k < sizeof filters / sizeof *filters; k++) {
        struct store_event_filter filter = filters[k];
        unsigned before[LIST_MOST], seen[LIST_MOST];
        struct store_event_page page;
        size_t n_before = read_all(w, filter, before, &page), n = 0, at = 0;

        do {
            assert_ok(w->f, store_event_list(w->f->s, w->f->a, &filter, &page, &w->f->e));
            for (size_t i = 0; i < page.n; i++)
                seen[n++] = (unsigned)strtoul(page.items[i].id + strlen("event-"), NULL, 10);
            begin(w->f);
            for (int i = 0; i < 10; i++)
                change_one(w, 2 * random_below(EVENTS / 2));
            commit(w->f);
            filter.cursor = page.next_cursor;
        } while (filter.cursor);
        for (size_t i = 0; i < n_before; i++) {
            if (before[i] % 2 == 0)
                continue;
            while (at < n && seen[at] % 2 == 0)
                at++;
            assert_true(at < n);
            assert_int_equal(seen[at++], before[i]);
        }
    }
    free(w);
}

static void test_hostile_queries(void **state)
{
    static const char *const pieces[] = {"\"",
                                         "*",
                                         "(",
                                         ")",
                                         ":",
                                         "^",
                                         "-",
                                         "+",
                                         "AND",
                                         "NOT",
                                         "NEAR",
                                         "facets",
                                         "{",
                                         "}",
                                         " ",
                                         "a",
                                         "harbour",
                                         "\xee\x80\x80",
                                         "\xee\x80\x80t",
                                         "\xee\x80\x81",
                                         "\xff",
                                         "\n",
                                         "'",
                                         ";",
                                         "\\",
                                         "\xc3\xa9",
                                         "\xf0\x9f\x90\x8b",
                                         "1",
                                         "rowid",
                                         ","};
    struct fixture *f = *state;

    seed_random();
    put_event(f, "2025-03-04--a", "Harbour", "ann", NULL);
    for (int i = 0; i < 5000; i++) {
        char text[256] = "";
        struct store_event_filter filter = {.limit = 5};
        struct store_event_page page;
        for (unsigned n = random_below(12); n > 0; n--)
            strcat(text, pieces[random_below(sizeof pieces / sizeof *pieces)]);
        filter.query = random_below(3) ? text : NULL;
        filter.tag = random_below(3) ? NULL : text;
        filter.actor = random_below(3) ? NULL : text;
        filter.from = random_below(5) ? NULL : text;
        filter.to = random_below(5) ? NULL : text;
        assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    }
}

static void test_words_of_the_index_cannot_be_typed(void **state)
{
    struct fixture *f = *state;
    static const char *const typed[] = {"\xee\x80\x80tmoney\xee\x80\x81", "\xee\x80\x80*",
                                        "\"\xee\x80\x80t\"*", "tmoney"};

    put_event(f, "2025-03-04--a", "Harbour", "ann", NULL);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        struct store_event_filter filter = {.query = typed[i]};
        struct store_event_page page;
        assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
        assert_int_equal(page.n, 0);
    }
    /* Nor written into a text: that is no tag. */
    put_event(f, "2025-03-04--b", "\xee\x80\x80tsilver\xee\x80\x81", "ann", NULL);
    struct store_event_filter filter = {.tag = "silver"};
    struct store_event_page page;
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.n, 0);
}

/* A database of before: no places, another index, other names of indexes. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filters_find_what_an_oracle_finds, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_paging_is_stable_under_writes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_hostile_queries, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_words_of_the_index_cannot_be_typed, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
