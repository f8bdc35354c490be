// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>

#include "core/store/sql.h"
#include "core/store/store_event.h"

static void test_database_of_before_is_brought_up_to_date(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "harbour", .tag = "money"};
    struct store_event_page page;

    put_event(f, "2025-03-04--a", "Harbour", "ann", NULL);
    put_event(f, "2025-03-04--b", "Other", "ann", NULL);
    assert_int_equal(
        sqlite3_exec(f->s->db,
                     "DROP INDEX tl_event_by_place; DROP INDEX tl_event_by_state_place;"
                     "ALTER TABLE tl_event DROP COLUMN place; DROP TABLE tl_search;"
                     "CREATE INDEX tl_event_by_date ON tl_event (date DESC, id);"
                     "CREATE VIRTUAL TABLE tl_search USING fts5 (title, summary, actors, tags, sources, "
                     "content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');"
                     "UPDATE tl_schema SET version = 2",
                     NULL, NULL, NULL),
        SQLITE_OK);
    store_close(f->s);
    f->s = NULL;
    /* Whoever answers requests does not do it, and need not wait for it. */
    assert_int_equal(store_open_made(f->path, &f->s, &f->e), ERR_BUSY);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    store_close(f->s);
    assert_ok(f, store_open_made(f->path, &f->s, &f->e));
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 1);
    assert_string_equal(page.items[0].id, "2025-03-04--a");
    put_event(f, "2025-03-04--a", "Airport", "ann", NULL);
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 0);
}

/* Many events, written as plain rows so that it takes no time; the bounds that depend on how many there are. */
static void test_counting_and_stars_are_bounded(void **state)
{
    static const struct {
        const char *query;
        bool refused;
    } cases[] = {{"word", false},          {"w*", true},
                 {"wor*", false},          {"\"a word w\"*", true},
                 {"\xe6\x9d\xb1*", false}, {"word* even* oddly*", true},
                 {"even* oddl*", false}};
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "word", .limit = 20};
    struct store_event_page page;

    assert_int_equal(
        sqlite3_exec(
            f->s->db,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10300) "
            "INSERT INTO timeline_events (id, date, title, file_path, file_hash, json_content) SELECT 'e' || "
            "i, '1990-01-01', 'W', '', '', "
            "'{\"id\":\"e' || i || '\",\"date\":\"1990-01-01\",\"title\":\"Word ' || i || '\"}' FROM n",
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_ok(f, store_catch_up(f->s, 0, NULL, &f->e));
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, STORE_COUNT_MOST);
    assert_false(page.total_is_exact);
    filter.state = "draft";
    for (int pages = 0; pages < 512; pages++) {
        assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
        assert_int_equal(page.n, 20);
        filter.cursor = page.next_cursor;
    }
    assert_string_equal(page.items[0].id, "e10221");
    assert_int_equal(page.total, STORE_COUNT_MOST);
    validate_event(f, "e7000", "validated");
    validate_event(f, "e300", "validated");
    validate_event(f, "e9", "validated");
    filter = (struct store_event_filter){.limit = 20, .query = "word", .state = "validated"};
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 3);
    assert_int_equal(page.n, 3);
    assert_string_equal(page.items[0].id, "e9");
    assert_string_equal(page.items[2].id, "e7000");
    filter = (struct store_event_filter){.limit = 20};
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 10300);
    assert_true(page.total_is_exact);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        filter.query = cases[i].query;
        assert_int_equal(store_event_list(f->s, f->a, &filter, &page, &f->e),
                         cases[i].refused ? ERR_INVALID_INPUT : ERR_OK);
    }
}

static void test_search_of_before_is_made_anew(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "harb*"};
    struct store_event_page page;

    put_event(f, "2025-03-04--a", "Harbour", "ann", NULL);
    assert_int_equal(
        sqlite3_exec(
            f->s->db,
            "DROP TABLE tl_search; CREATE VIRTUAL TABLE tl_search USING fts5 (title, summary, actors, "
            "tags, sources, facets, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');"
            "UPDATE tl_schema SET version = 3",
            NULL, NULL, NULL),
        SQLITE_OK);
    store_close(f->s);
    f->s = NULL;
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 1);
    put_event(f, "2025-03-04--a", "Airport", "ann", NULL);
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 0);
}

static int64_t with_beginnings(struct fixture *f)
{
    int64_t n = -1;

    assert_ok(f, store_number(f->s, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%prefix=''4''%'", &n,
                              &f->e));
    return n;
}

/* The index changes its form, once, and nothing is lost; nobody takes that for another program's doing. */
static void test_many_events_are_expected(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "harb*"};
    struct store_event_page page;
    bool unmoved = false;

    put_event(f, "2025-03-04--a", "Harbour", "ann", NULL);
    for (int i = 0; i < 3; i++) {
        begin(f);
        assert_ok(f, store_search_expect(f->s, i ? 10000 : 9999, &f->e));
        commit(f);
        assert_int_equal(with_beginnings(f), i > 0);
        assert_ok(f, store_schema_unmoved(f->s, &unmoved, &f->e));
        assert_true(unmoved);
        put_event(f, arena_printf(f->a, "2025-03-0%d--b", i + 5), "Harbinger", "ann", NULL);
        assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
        assert_int_equal(page.total, i + 2);
    }
    put_event(f, "2025-03-04--a", "Airport", "ann", NULL);
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 3);
}

/* A long phrase is looked for no further than the page, and every page tells what it knows. */
static void test_long_phrases(void **state)
{
    static const struct {
        const char *query;
        int64_t total[3];
        bool exact[3];
    } cases[] = {
        {"\"one two three\"", {50, 100, 120}, {false, false, true}},
        {"one-two-three", {50, 100, 120}, {false, false, true}},
        {"\"one two\"", {120, 120, 120}, {true, true, true}},
        {"one two three", {120, 120, 120}, {true, true, true}},
    };
    struct fixture *f = *state;
    struct store_event_page page;

    for (int i = 0; i < 240; i++)
        put_event(f, arena_printf(f->a, "e%d", i), i % 2 ? "One, two: three" : "Two one three", "ann", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_event_filter filter = {.query = cases[i].query, .limit = 50};
        bool both = strchr(cases[i].query, '"') || strchr(cases[i].query, '-');
        size_t n = 0;
        for (int k = 0; k < 3; k++, n += page.n, filter.cursor = page.next_cursor) {
            assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
            assert_int_equal(page.total, both ? cases[i].total[k] : 240);
            assert_int_equal(page.total_is_exact, cases[i].exact[k]);
            assert_string_equal(page.items[0].id, arena_printf(f->a, "e%zu", both ? 2 * n + 1 : n));
        }
        assert_true(!both || (n == 120 && !page.next_cursor));
    }
}

int main(void)
{
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        OPEN(test_database_of_before_is_brought_up_to_date),
        OPEN(test_counting_and_stars_are_bounded),
        OPEN(test_search_of_before_is_made_anew),
        OPEN(test_many_events_are_expected),
        OPEN(test_long_phrases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
