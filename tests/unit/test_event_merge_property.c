// link: core_event core_util
/*
 * Properties of the merge over generated events and pairs of edits. Each case has a seed of its own, made of the run's seed
 * (printed; TIDELINE_SEED sets it) and the case's number, so that a failure can be had again. The oracles share nothing with the
 * merge but event_same(): they look at every field, item and line by plain search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "merge_fixture.h"

enum { CASES = 10000 };

static uint64_t run_seed;

/* Looking at results. */

static bool has(struct json_object *object, const char *key)
{
    return object && json_object_object_get_ex(object, key, NULL);
}

static bool same_member(struct arena *a, struct json_object *left, struct json_object *right, const char *key)
{
    return has(left, key) == has(right, key) && event_same(a, jx_get(left, key), jx_get(right, key));
}

static int copies(struct arena *a, struct json_object *list, struct json_object *item)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    int count = 0;

    for (size_t i = 0; i < n; i++)
        count += event_same(a, json_object_array_get_idx(list, i), item);
    return count;
}

static struct json_object *row_of(struct json_object *rows, const char *field)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        if (str_eq(jx_get_text(json_object_array_get_idx(rows, i), "field"), field))
            return json_object_array_get_idx(rows, i);
    }
    return NULL;
}

static bool is_one_of(const char *key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i], key))
            return true;
    }
    return false;
}

static void each_key(struct world *w, const struct event_merge *m,
                     void (*check)(struct world *w, const struct event_merge *m, const char *key))
{
    struct json_object *all[] = {w->base, w->ours, w->theirs, m->fields};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i])
            continue;
        json_object_object_foreach(all[i], key, value)
        {
            (void)value;
            check(w, m, key);
        }
    }
}

static void check_set(struct world *w, struct json_object *merged, const char *key)
{
    struct json_object *lists[] = {jx_get(w->base, key), jx_get(w->ours, key), jx_get(w->theirs, key),
                                   merged};

    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; lists[i] && j < json_object_array_length(lists[i]); j++) {
            struct json_object *item = json_object_array_get_idx(lists[i], j);
            int b = copies(w->a, lists[0], item);
            int o = copies(w->a, lists[1], item);
            int t = copies(w->a, lists[2], item);
            int seen = copies(w->a, merged, item);

            HOLDS(w, seen == (o == t ? o : t == b ? o : o == b ? t : o > t ? o : t), key, merged);
        }
    }
}

/* Ours keeps its order, and what follows is not in ours. */
static void check_set_order(struct world *w, struct json_object *merged, const char *key)
{
    struct json_object *ours = jx_get(w->ours, key);
    size_t at = 0;
    size_t i = 0;

    for (; i < json_object_array_length(merged); i++) {
        struct json_object *item = json_object_array_get_idx(merged, i);

        while (at < json_object_array_length(ours) &&
               !event_same(w->a, json_object_array_get_idx(ours, at), item))
            at++;
        if (at++ >= json_object_array_length(ours))
            break;
    }
    for (; i < json_object_array_length(merged); i++) {
        struct json_object *item = json_object_array_get_idx(merged, i);

        HOLDS(w, copies(w->a, jx_get(w->theirs, key), item) > copies(w->a, ours, item), key, merged);
    }
}

/* A line that the base does not have was added: it is there as often as either side has it. No line comes from nowhere. */
static void check_lines(struct world *w, struct json_object *merged, const char *key)
{
    struct json_object *b = split(w, jx_get(w->base, key));
    struct json_object *o = split(w, jx_get(w->ours, key));
    struct json_object *t = split(w, jx_get(w->theirs, key));
    struct json_object *m = split(w, merged);
    struct json_object *all[] = {b, o, t, m};

    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < json_object_array_length(all[i]); j++) {
            struct json_object *line = json_object_array_get_idx(all[i], j);
            int in_ours = copies(w->a, o, line);
            int in_theirs = copies(w->a, t, line);
            int seen = copies(w->a, m, line);

            HOLDS(w, seen <= in_ours + in_theirs, "a line from nowhere", m);
            HOLDS(w, copies(w->a, b, line) || (seen >= in_ours && seen >= in_theirs), "a line is lost", m);
        }
    }
}

/* Whether some source, or a row of the detail, has this member. */
static bool is_kept(struct world *w, struct json_object *merged, struct json_object *row, const char *key,
                    struct json_object *value)
{
    static const char *const sides[] = {"ours", "theirs"};
    struct json_object *detail = jx_get(row, "detail");
    size_t n = detail ? json_object_array_length(detail) : 0;

    for (size_t i = 0; i < json_object_array_length(merged); i++) {
        struct json_object *source = json_object_array_get_idx(merged, i);

        if (json_object_is_type(source, json_type_object) && has(source, key) &&
            event_same(w->a, jx_get(source, key), value))
            return true;
    }
    for (size_t i = 0; i < 2 * n; i++) {
        struct json_object *part = json_object_array_get_idx(detail, i / 2);
        struct json_object *side = jx_get(part, sides[i % 2]);

        if (has(part, "key")
                ? str_eq(jx_get_text(part, "key"), key) && event_same(w->a, side, value)
                : json_object_is_type(side, json_type_object) && event_same(w->a, jx_get(side, key), value))
            return true;
    }
    return false;
}

/* Every member of a source that the base does not have in any of its sources is in the merge or in a row. */
static void check_side_of_sources(struct world *w, struct json_object *side, struct json_object *merged,
                                  struct json_object *row)
{
    struct json_object *base = jx_get(w->base, "sources");
    struct json_object *none = jx_own(w->a, json_object_new_array());

    for (size_t i = 0; i < json_object_array_length(side); i++) {
        struct json_object *source = json_object_array_get_idx(side, i);

        if (!json_object_is_type(source, json_type_object)) {
            HOLDS(w,
                  copies(w->a, base, source) || copies(w->a, merged, source) || row ||
                      is_kept(w, merged, row, "url", source),
                  "a source is lost", merged);
            continue;
        }
        json_object_object_foreach(source, key, value)
        {
            HOLDS(w, is_kept(w, base ? base : none, NULL, key, value) || is_kept(w, merged, row, key, value),
                  "a source's member is lost", merged);
        }
    }
}

/* How many sources have this member. */
static int with_member(struct world *w, struct json_object *list, const char *key, struct json_object *value)
{
    size_t n = list ? json_object_array_length(list) : 0;
    int count = 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *source = json_object_array_get_idx(list, i);

        count += has(source, key) && event_same(w->a, jx_get(source, key), value);
    }
    return count;
}

/* What one side removed, with all that looks like it, and the other left as it was is gone. */
static void check_removed(struct world *w, struct json_object *left, struct json_object *gone_from,
                          struct json_object *merged)
{
    for (size_t i = 0; i < json_object_array_length(left); i++) {
        struct json_object *source = json_object_array_get_idx(left, i);
        const char *url = jx_get_text(source, "url");

        if (copies(w->a, jx_get(w->base, "sources"), source) < copies(w->a, left, source) || !url || !*url ||
            with_member(w, gone_from, "title", jx_get(source, "title")) ||
            with_member(w, gone_from, "url", jx_get(source, "url")) ||
            copies(w->a, gone_from, jx_get(source, "url")))
            continue;
        HOLDS(w, copies(w->a, merged, source) == 0, "a removed source is back", merged);
    }
}

static void check_sources(struct world *w, struct json_object *merged, struct json_object *row)
{
    struct json_object *o = jx_get(w->ours, "sources");
    struct json_object *t = jx_get(w->theirs, "sources");

    check_side_of_sources(w, o, merged, row);
    check_side_of_sources(w, t, merged, row);
    check_removed(w, o, t, merged);
    check_removed(w, t, o, merged);
    for (size_t i = 0; i < json_object_array_length(o) && !row; i++) {
        struct json_object *source = json_object_array_get_idx(o, i);

        HOLDS(w, !copies(w->a, t, source) || copies(w->a, merged, source), "a shared source is lost", merged);
    }
    for (size_t i = 0; i < json_object_array_length(merged); i++) {
        struct json_object *url = jx_get(json_object_array_get_idx(merged, i), "url");

        HOLDS(w,
              !url || with_member(w, merged, "url", url) <=
                          with_member(w, o, "url", url) + with_member(w, t, "url", url),
              "a source from nowhere", merged);
    }
}

/* Nothing of either side is lost: field by field, as the rules say. */
static void check_field(struct world *w, const struct event_merge *m, const char *key)
{
    struct json_object *row = row_of(m->conflicts, key);
    struct json_object *merged = jx_get(m->fields, key);
    bool agree = same_member(w->a, w->ours, w->theirs, key);
    bool ours_same = w->base && same_member(w->a, w->ours, w->base, key);
    bool theirs_same = w->base && same_member(w->a, w->theirs, w->base, key);

    HOLDS(w, !row || !(agree || ours_same || theirs_same), "a conflict about nothing", m->conflicts);
    if (row && jx_get(row, "detail"))
        check_sources(w, merged, row);
    else if (row || agree || theirs_same)
        HOLDS(w, same_member(w->a, m->fields, w->ours, key), key, m->fields);
    else if (ours_same)
        HOLDS(w, same_member(w->a, m->fields, w->theirs, key), key, m->fields);
    else if (!w->base)
        HOLDS(w,
              has(w->ours, key) != has(w->theirs, key) &&
                  merged == jx_get(has(w->ours, key) ? w->ours : w->theirs, key),
              key, m->fields);
    else if (is_one_of(key, list_keys, 3)) {
        check_set(w, merged, key);
        check_set_order(w, merged, key);
    } else if (str_eq(key, "sources"))
        check_sources(w, merged, NULL);
    else {
        HOLDS(w, json_object_is_type(merged, json_type_string), key, m->fields);
        check_lines(w, merged, key);
    }
}

static void check_reports(struct world *w, const struct event_merge *m, const char *key)
{
    struct json_object *row = row_of(m->conflicts, key);
    struct json_object *sides[] = {w->base, w->ours, w->theirs};
    static const char *const names[] = {"base", "ours", "theirs"};
    struct json_object *name = jx_own(w->a, json_object_new_string(key));

    for (size_t i = 0; row && i < 3; i++)
        HOLDS(w, has(row, names[i]) == has(sides[i], key) && jx_get(row, names[i]) == jx_get(sides[i], key),
              "a row's sides", row);
    HOLDS(w, copies(w->a, m->from_theirs, name) == !same_member(w->a, m->fields, w->ours, key), "from_theirs",
          m->from_theirs);
}

/* The properties. */

static void check_is(struct world *w, struct json_object *base, struct json_object *ours,
                     struct json_object *theirs, struct json_object *expected)
{
    struct event_merge m;

    event_merge(w->a, base, ours, theirs, &m);
    HOLDS(w, event_same(w->a, m.fields, expected), "an identity", m.fields);
    HOLDS(w, json_object_array_length(m.conflicts) == 0, "an identity conflicts", m.conflicts);
}

static void check_identities(struct world *w)
{
    check_is(w, w->base, w->ours, w->base, w->ours);
    check_is(w, w->base, w->base, w->theirs, w->theirs);
    check_is(w, w->base, w->ours, w->ours, w->ours);
    check_is(w, NULL, w->theirs, w->theirs, w->theirs);
}

/* Equal, but for the order of what is a set. */
static bool same_items(struct world *w, struct json_object *left, struct json_object *right)
{
    size_t n = json_object_is_type(left, json_type_array) ? json_object_array_length(left) : 0;

    if (!n || !json_object_is_type(right, json_type_array) || json_object_array_length(right) != n)
        return event_same(w->a, left, right);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(left, i);

        if (copies(w->a, left, item) != copies(w->a, right, item))
            return false;
    }
    return true;
}

/* The keys that conflict within sources, as a list. */
static struct json_object *conflicting_keys(struct world *w, struct json_object *row)
{
    struct json_object *keys = jx_own(w->a, json_object_new_array());
    struct json_object *detail = jx_get(row, "detail");

    for (size_t i = 0; detail && i < json_object_array_length(detail); i++)
        jx_push_text(keys, jx_get_text(json_object_array_get_idx(detail, i), "key"));
    return keys;
}

static void check_symmetry(struct world *w, const struct event_merge *m)
{
    struct event_merge other;

    event_merge(w->a, w->base, w->theirs, w->ours, &other);
    HOLDS(w, json_object_array_length(m->conflicts) == json_object_array_length(other.conflicts), "symmetry",
          other.conflicts);
    for (size_t i = 0; i < json_object_array_length(m->conflicts); i++) {
        struct json_object *row = json_object_array_get_idx(m->conflicts, i);
        struct json_object *twin = row_of(other.conflicts, jx_get_text(row, "field"));

        HOLDS(w, twin, "symmetry of conflicts", other.conflicts);
        HOLDS(w, same_items(w, conflicting_keys(w, row), conflicting_keys(w, twin)), "symmetry of detail",
              twin);
    }
    json_object_object_foreach(m->fields, key, value)
    {
        bool as_set = is_one_of(key, list_keys, 3) || str_eq(key, "sources");
        struct json_object *twin = jx_get(other.fields, key);

        HOLDS(w,
              row_of(m->conflicts, key) ||
                  (has(other.fields, key) &&
                   (as_set ? same_items(w, value, twin) : event_same(w->a, value, twin))),
              "symmetry of fields", other.fields);
    }
    json_object_object_foreach(other.fields, theirs_key, there)
    {
        (void)there;
        HOLDS(w, row_of(m->conflicts, theirs_key) || has(m->fields, theirs_key), "a field on one way only",
              m->fields);
    }
}

static void check_again(struct world *w, const struct event_merge *m)
{
    struct event_merge again;

    event_merge(w->a, w->base, w->ours, w->theirs, &again);
    HOLDS(w, str_eq(jx_text(w->a, m->fields), jx_text(w->a, again.fields)), "the same again", again.fields);
    HOLDS(w, str_eq(jx_text(w->a, m->conflicts), jx_text(w->a, again.conflicts)), "the same again",
          again.conflicts);
}

static void check_round_trip(struct world *w, struct json_object *fields)
{
    enum event_format format = (enum event_format)(EVENT_MD + w->number % 3);
    struct event event;
    struct str text;
    struct err e = {0};

    str_init(&text, w->a, EVENT_FILE_BYTES);
    if (event_write(w->a, fields, format, &text, &e) != ERR_OK ||
        event_parse(w->a, arena_printf(w->a, "e%s", event_extension(format)), text.p, text.n, &event, &e) !=
            ERR_OK)
        lost(w, e.message, fields);
    HOLDS(w, event_same(w->a, event.fields, fields), "a round trip", event.fields);
}

static void check_resolve(struct world *w, const struct event_merge *m, const char *side)
{
    struct event_sides sides = {w->base, w->ours, w->theirs};
    struct json_object *choices = jx_own(w->a, json_object_new_object());
    struct json_object *winner = str_eq(side, "ours") ? w->ours : w->theirs;
    struct json_object *fields = NULL;
    struct err e = {0};

    for (size_t i = 0; i < json_object_array_length(m->conflicts); i++)
        jx_set_text(choices, jx_get_text(json_object_array_get_idx(m->conflicts, i), "field"), side);
    if (event_merge_resolve(w->a, &sides, choices, &fields, &e) != ERR_OK)
        lost(w, e.message, choices);
    HOLDS(w, winner == w->theirs || event_same(w->a, fields, m->fields), "resolved by ours", fields);
    json_object_object_foreach(choices, key, choice)
    {
        (void)choice;
        HOLDS(w, jx_get(row_of(m->conflicts, key), "detail") || same_member(w->a, fields, winner, key),
              "resolved", fields);
    }
}

/* A difference leads from one to the other. */
static void check_diff(struct world *w, struct json_object *from, struct json_object *to)
{
    struct json_object *rows = event_diff(w->a, from, to);
    struct json_object *made = jx_own(w->a, json_object_new_object());

    json_object_object_foreach(from, key, value)
    {
        if (!row_of(rows, key))
            jx_set(made, key, json_object_get(value));
    }
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        const char *field = jx_get_text(row, "field");

        HOLDS(w, !same_member(w->a, from, to, field), "a difference about nothing", rows);
        if (has(row, "to"))
            jx_set(made, field, json_object_get(jx_get(row, "to")));
        for (size_t j = 0; has(row, "added") && j < json_object_array_length(jx_get(row, "to")); j++) {
            struct json_object *item = json_object_array_get_idx(jx_get(row, "to"), j);

            HOLDS(w,
                  has(row, "changed") ||
                      copies(w->a, jx_get(row, "to"), item) == copies(w->a, jx_get(row, "from"), item) +
                                                                   copies(w->a, jx_get(row, "added"), item) -
                                                                   copies(w->a, jx_get(row, "removed"), item),
                  "a difference of items", row);
        }
    }
    HOLDS(w, event_same(w->a, made, to), "a difference", rows);
}

/* The arena is the one of all cases. */
static void begin(struct world *w, struct arena *a, int number)
{
    arena_reset(a);
    *w = (struct world){.a = a, .seed = run_seed, .number = number};
    w->random = run_seed * 1000003u + (uint64_t)number;
}

static void make_edits(struct world *w)
{
    w->base = make_event(w);
    w->ours = edited(w);
    w->theirs = edited(w);
}

static void check_merge(struct world *w)
{
    struct event_merge m;

    event_merge(w->a, w->base, w->ours, w->theirs, &m);
    each_key(w, &m, check_field);
    each_key(w, &m, check_reports);
    check_symmetry(w, &m);
    check_round_trip(w, m.fields);
    if (w->number % 2)
        check_again(w, &m);
    else
        check_resolve(w, &m, w->number % 4 ? "ours" : "theirs");
}

static void test_generated_edits(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    int conflicts = 0;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct world w;
        struct event_merge m;

        begin(&w, a, i);
        make_edits(&w);
        check_identities(&w);
        check_merge(&w);
        check_diff(&w, w.base, w.ours);
        event_merge(w.a, w.base, w.ours, w.theirs, &m);
        conflicts += json_object_array_length(m.conflicts) > 0;
        w.base = NULL;
        if (below(&w, 4) == 0)
            check_merge(&w);
    }
    print_message("%d cases, %d with conflicts\n", CASES, conflicts);
    /* A generator that no longer makes both kinds would prove nothing. */
    assert_true(conflicts > CASES / 10 && conflicts < CASES - CASES / 10);
}

/*
 * Texts whose merge is known beforehand: between lines that nobody touches lie places where ours, theirs, both alike or both
 * differently put other lines.
 */
struct known {
    struct str sides[4]; /* base, ours, theirs, merged */
    bool conflict;
};

/* None to two lines, with their line feeds. */
static const char *some_lines(struct world *w)
{
    static const char shared[] = "The same new line.\n";
    const char *fresh = arena_printf(w->a, "New %d.\n", w->fresh++);

    switch (below(w, 4)) {
    case 0: return "";
    case 1: return shared;
    case 2: return fresh;
    default: return arena_printf(w->a, "%s%s", fresh, shared);
    }
}

static void make_known(struct world *w, struct known *k)
{
    int places = 1 + below(w, 12);

    for (int i = 0; i < 4; i++)
        str_init(&k->sides[i], w->a, 100000);
    for (int i = 0; i < places; i++) {
        const char *old = below(w, 2) ? arena_printf(w->a, "Old %d.\n", i) : "";
        const char *now[4] = {old, old, old, old};
        int kind = below(w, 12);

        if (kind < 8)
            now[1 + kind % 2] = now[3] = some_lines(w);
        else if (kind < 10)
            now[1] = now[2] = now[3] = some_lines(w);
        else if (kind == 10 && below(w, 4) == 0) {
            now[1] = arena_printf(w->a, "Ours %d.\n", i);
            now[2] = arena_printf(w->a, "Theirs %d.\n", i);
            k->conflict = true;
        }
        for (int side = 0; side < 4; side++) {
            str_add(&k->sides[side], now[side]);
            str_addf(&k->sides[side], "Kept %d.\n", i);
        }
    }
}

static void test_known_texts(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct world w;
        struct json_object *events[4];
        struct known k = {0};
        struct event_merge m;

        begin(&w, a, i);
        make_known(&w, &k);
        for (int side = 0; side < 4; side++) {
            events[side] = jx_own(w.a, json_object_new_object());
            jx_set_text(events[side], "summary", k.sides[side].p);
        }
        w.base = events[0];
        w.ours = events[1];
        w.theirs = events[2];
        event_merge(w.a, w.base, w.ours, w.theirs, &m);
        HOLDS(&w, k.conflict == (json_object_array_length(m.conflicts) > 0), "a conflict of lines",
              m.conflicts);
        HOLDS(&w, k.conflict || event_same(w.a, m.fields, events[3]), "a merge of lines", m.fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated_edits),
        cmocka_unit_test(test_known_texts),
    };
    const char *given = getenv("TIDELINE_SEED");

    run_seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("TIDELINE_SEED=%llu\n", (unsigned long long)run_seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
