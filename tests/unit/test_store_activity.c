// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>

#include "core/store/store_activity.h"

static void run_sql(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void put_dated(struct fixture *f, const char *id, const char *date)
{
    struct store_event_write w = {
        .id = id, .content = content_of(f, id, date, id), .author = "ann", .reason = "test"};
    int64_t revision = 0;

    begin(f);
    assert_ok(f, store_event_put(f->s, &w, &revision, &f->e));
    commit(f);
}

/* "1899:1 2025:2" */
static const char *years(struct fixture *f)
{
    struct store_year *list;
    const char *text = "";
    size_t n;

    assert_ok(f, store_activity_years(f->s, f->a, &list, &n, &f->e));
    for (size_t i = 0; i < n; i++)
        text = arena_printf(f->a, "%s%s%lld:%lld", text, i ? " " : "", (long long)list[i].year,
                            (long long)list[i].events);
    return text;
}

static void years_follow_the_events(void **state)
{
    struct fixture *f = *state;
    bool kept = false;

    assert_string_equal(years(f), "");
    put_dated(f, "2025-01-01--a", "2025-01-01");
    put_dated(f, "2025-12-31--b", "2025-12-31");
    put_dated(f, "1899-05-05--c", "1899-05-05");
    assert_string_equal(years(f), "1899:1 2025:2");
    put_dated(f, "2025-12-31--b", "2024-12-31");
    assert_string_equal(years(f), "1899:1 2024:1 2025:1");
    begin(f);
    assert_ok(f, store_event_delete(f->s, "1899-05-05--c", "ann", &kept, &f->e));
    commit(f);
    assert_string_equal(years(f), "2024:1 2025:1");
    /* A year that no calendar has, as another program may write it. */
    run_sql(f, "INSERT INTO tl_year (year, n) VALUES ('soon', 3), ('', 2)");
    assert_string_equal(years(f), "2024:1 2025:1");
}

static void weeks_begin_on_monday(void **state)
{
    static const char rows[] = "INSERT INTO sync_status (repo_url, sync_type, started_at, completed_at, "
                               "success) VALUES"
                               "('u', 'import', '2025-11-02 23:59:59.999999', '2025-11-03 00:00:01.000000', "
                               "1)," /* Sunday */
                               "('u', 'import', '2025-11-03 00:00:00.000000', '2025-11-03 00:00:01.000000', "
                               "1)," /* Monday */
                               "('u', 'import', '2025-11-09 23:59:59.000000', '2025-11-09 23:59:59.000000', "
                               "0)," /* Sunday */
                               "('u', 'export', '2025-11-05 12:00:00.000000', '2025-11-05 12:00:01.000000', "
                               "1),"
                               "('u', 'import', '2025-11-05 12:00:00.000000', NULL, 0)," /* still running */
                               "('u', 'import', '2025-12-29 12:00:00.000000', '2025-12-29 12:00:01.000000', "
                               "1)," /* across the year */
                               "('u', 'import', '2026-01-04 12:00:00.000000', '2026-01-04 12:00:01.000000', "
                               "1),"
                               "('u', 'import', 'yesterday', '2025-11-05 12:00:01.000000', 1), ('u', "
                               "'import', NULL, NULL, 1)";
    static const struct store_week expected[] = {{"2025-11-03", 1, 1, 1}, {"2025-12-29", 2, 0, 0}};
    struct fixture *f = *state;
    struct store_week *weeks;
    size_t n;

    run_sql(f, rows);
    assert_ok(f, store_activity_weeks(f->s, f->a, "2025-11-03", &weeks, &n, &f->e));
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(weeks[i].monday, expected[i].monday);
        assert_int_equal(weeks[i].pulls, expected[i].pulls);
        assert_int_equal(weeks[i].pull_requests, expected[i].pull_requests);
        assert_int_equal(weeks[i].failures, expected[i].failures);
    }
    assert_ok(f, store_activity_weeks(f->s, f->a, "2025-10-27", &weeks, &n, &f->e));
    assert_int_equal(n, 3);
    assert_string_equal(weeks[0].monday, "2025-10-27");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(years_follow_the_events, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(weeks_begin_on_monday, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
