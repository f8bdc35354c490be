// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include "core/store/sql.h"
#include "core/store/store_parked.h"
#include "core/store/store_repository.h"

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = 0;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static int64_t repository(struct fixture *f, const char *url, bool followed)
{
    struct store_repository r = {.url = url, .branch = "main"};

    begin(f);
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    if (followed)
        assert_ok(f, store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)r.id),
                                       &f->e));
    commit(f);
    return r.id;
}

static void add_file(struct fixture *f, int64_t holder, const char *id)
{
    const struct store_file file = {
        .path = "a.md", .event_id = id, .blob_id = "0", .format = "md", .content = "{}"};

    begin(f);
    assert_ok(f, store_file_put(f->s, holder, &file, &f->e));
    commit(f);
}

static void run(struct fixture *f, const char *sql)
{
    begin(f);
    assert_ok(f, store_exec(f->s, sql, &f->e));
    commit(f);
}

/* Whatever another program keeps in columns of its own comes back as it was: bytes, texts that are none, nothing at all. */
static void test_rows_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    int64_t holder = repository(f, "https://one.example.org/t", false);
    struct store_parked p;
    bool found = false;

    repository(f, "https://two.example.org/t", true);
    put_event(f, "a", "T", "repository", "x");
    add_file(f, holder, "a");
    validate_event(f, "a", "validated");
    run(f, "ALTER TABLE event_metadata ADD COLUMN \"odd \"\"name\" BLOB;"
           "ALTER TABLE event_metadata ADD COLUMN made TEXT AS (event_id || '!');"
           "UPDATE event_metadata SET \"odd \"\"name\" = x'00ff10', ai_summary = CAST(x'66ff' AS TEXT),"
           " tags_enriched = CAST(x'610062' AS TEXT), quality_score = 0.1, reserved_by = 'B\xc3\xa9' ;"
           "INSERT INTO event_export_status (id, event_id, exported, merged) VALUES (77, 'a', 1, 0);"
           "CREATE TABLE before AS SELECT * FROM event_metadata");
    begin(f);
    assert_ok(f, store_event_delete(f->s, "a", "repository", NULL, &f->e));
    commit(f);
    assert_int_equal(number(f, "SELECT count(*) FROM event_metadata"), 0);
    assert_ok(f, store_parked_get(f->s, f->a, holder, "a", &p, &found, &f->e));
    assert_true(found);
    assert_null(p.content);
    put_event(f, "a", "T", "repository", "x");
    put_event(f, "other", "T", "repository", "x");
    run(f, "INSERT INTO event_export_status (id, event_id, exported, merged) VALUES (77, 'other', 1, 0)");
    begin(f);
    assert_ok(f, store_parked_restore_rows(f->s, &p, false, &f->e));
    commit(f);
    assert_int_equal(
        number(f, "SELECT count(*) FROM (SELECT * FROM before EXCEPT SELECT * FROM event_metadata)"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM event_metadata"), 1);
    assert_int_equal(number(f, "SELECT count(*) FROM event_export_status WHERE event_id IN ('a', 'other')"),
                     2);
}

/* Only the verdict of then comes over the row of now. */
static void test_verdict_over_the_row_of_now(void **state)
{
    struct fixture *f = *state;
    int64_t id = repository(f, "https://one.example.org/t", true);
    struct store_parked p = {.event_id = "a", .content = "{}", .revision = 1};
    bool found = false;

    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    begin(f);
    assert_ok(f, store_parked_put(f->s, id, &p, &f->e));
    commit(f);
    validate_event(f, "a", "rejected");
    run(f, "UPDATE event_metadata SET ai_summary = 'written since'");
    assert_ok(f, store_parked_get(f->s, f->a, id, "a", &p, &found, &f->e));
    begin(f);
    assert_ok(f, store_parked_restore_rows(f->s, &p, false, &f->e));
    commit(f);
    assert_string_equal(get_event(f, "a").state, "rejected");
    begin(f);
    assert_ok(f, store_parked_restore_rows(f->s, &p, true, &f->e));
    commit(f);
    assert_string_equal(get_event(f, "a").state, "validated");
    assert_int_equal(number(f, "SELECT count(*) FROM event_metadata WHERE ai_summary = 'written since'"), 1);
}

/* Who takes back an addition does not want to meet it again in another repository; an edit there is another matter. */
static void test_deleted_additions_are_forgotten(void **state)
{
    struct fixture *f = *state;
    int64_t other = repository(f, "https://one.example.org/t", false);
    const struct store_parked added = {.event_id = "a", .content = "{}", .revision = 1};
    const struct store_parked edited = {.event_id = "b", .content = "{}", .base = "{}", .revision = 1};
    const char **ids;
    size_t n;

    repository(f, "https://two.example.org/t", true);
    put_event(f, "a", "T", "ann", NULL);
    put_event(f, "b", "T", "ann", NULL);
    begin(f);
    assert_ok(f, store_parked_put(f->s, other, &added, &f->e));
    assert_ok(f, store_parked_put(f->s, other, &edited, &f->e));
    assert_ok(f, store_event_delete(f->s, "a", "ann", NULL, &f->e));
    assert_ok(f, store_event_delete(f->s, "b", "ann", NULL, &f->e));
    commit(f);
    assert_ok(f, store_parked_ids(f->s, f->a, other, &ids, &n, &f->e));
    assert_int_equal(n, 1);
    assert_string_equal(ids[0], "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows_come_back_as_they_were, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_verdict_over_the_row_of_now, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_deleted_additions_are_forgotten, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
