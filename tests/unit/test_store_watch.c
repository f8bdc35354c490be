// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>

#include "core/store/sql.h"
#include "core/store/store_repository.h"

static const char id_a[] = "2025-03-04--a", id_b[] = "2025-03-04--b", id_c[] = "2025-03-04--c";

static void run_sql(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void catch_up(struct fixture *f)
{
    int64_t left = -1;

    assert_ok(f, store_catch_up(f->s, 0, &left, &f->e));
    assert_int_equal(left, 0);
}

static int64_t found(struct fixture *f, const char *query)
{
    struct store_event_filter filter = {.query = query, .limit = 10};
    struct store_event_page page;

    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    return page.total;
}

static void assert_event(struct fixture *f, const char *id, const char *state, const char *change,
                         int64_t revision)
{
    struct store_event event = get_event(f, id);

    assert_string_equal(event.state, state);
    assert_string_equal(event.change, change);
    assert_int_equal(event.revision, revision);
}

static void assert_unknown(struct fixture *f, const char *id)
{
    struct store_event event;

    assert_int_equal(store_event_get(f->s, f->a, id, &event, &f->e), ERR_NOT_FOUND);
}

static void assert_revision(struct fixture *f, const char *id, int64_t revision, const char *says)
{
    struct store_revision *all;
    size_t n;

    assert_ok(f, store_event_history(f->s, f->a, id, 20, &all, &n, &f->e));
    for (size_t i = 0; i < n; i++) {
        if (all[i].revision == revision) {
            assert_non_null(strstr(all[i].content, says));
            return;
        }
    }
    fail_msg("no revision %lld of %s", (long long)revision, id);
}

/* As an import leaves it: the base is the content, and the file is known. */
static void import_event(struct fixture *f, const char *id, const char *title)
{
    struct store_repository r = {.url = "https://example.org/a", .branch = "main", .events_dir = "events"};
    struct store_event event;
    struct store_file file = {.path = arena_printf(f->a, "%s.md", id), .event_id = id, .format = "md"};

    put_event(f, id, title, "repository", "x");
    event = get_event(f, id);
    put_event(f, id, title, "repository", event.content_hash);
    begin(f);
    assert_ok(f, store_repository_get(f->s, f->a, r.url, r.branch, &r, &f->e));
    r.url = "https://example.org/a", r.branch = "main", r.events_dir = "events";
    r.imported_commit = r.head_commit = r.new_event_format = r.remote_error = "";
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    file.content = event.content;
    file.content_hash = event.content_hash;
    file.blob_id = file.error = file.warnings = "";
    assert_ok(f, store_file_put(f->s, r.id, &file, &f->e));
    assert_ok(f,
              store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)r.id), &f->e));
    commit(f);
}

static void import_three(struct fixture *f)
{
    import_event(f, id_a, "Harbour");
    import_event(f, id_b, "Station");
    import_event(f, id_c, "Airport");
}

static void reopen(struct fixture *f)
{
    store_close(f->s);
    f->s = NULL;
    assert_ok(f, store_open(f->path, &f->s, &f->e));
}

/* As alembic alters a table: `during` is done to the copy, which is called copy. */
static void rebuild_events(struct fixture *f, const char *during)
{
    run_sql(
        f,
        arena_printf(
            f->a,
            "PRAGMA foreign_keys=OFF; BEGIN;"
            "CREATE TABLE copy (id VARCHAR NOT NULL, json_content JSON NOT NULL, date VARCHAR, title TEXT, "
            "summary TEXT, importance INTEGER, status VARCHAR, file_path VARCHAR NOT NULL, "
            "file_hash VARCHAR NOT NULL, last_synced DATETIME, starred BOOLEAN, PRIMARY KEY (id));"
            "INSERT INTO copy SELECT id, json_content, date, title, summary, importance, status, file_path, "
            "file_hash, last_synced, 0 FROM timeline_events; %s;"
            "DROP TABLE timeline_events; ALTER TABLE copy RENAME TO timeline_events; COMMIT",
            during));
}

/* The other way: the old table stays under another name, and with it whatever hung on it. */
static void replace_events(struct fixture *f, const char *during)
{
    run_sql(f, arena_printf(
                   f->a,
                   "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; BEGIN;"
                   "ALTER TABLE timeline_events RENAME TO old_events;"
                   "CREATE TABLE timeline_events (id VARCHAR NOT NULL PRIMARY KEY, json_content JSON NOT "
                   "NULL, date VARCHAR, title TEXT, summary TEXT, importance INTEGER, status VARCHAR, "
                   "file_path VARCHAR NOT NULL, file_hash VARCHAR NOT NULL, last_synced DATETIME);"
                   "INSERT INTO timeline_events SELECT id, json_content, date, title, summary, importance, "
                   "status, file_path, file_hash, last_synced FROM old_events; %s; COMMIT",
                   during));
}

static const char changes[] =
    "UPDATE %1$s SET json_content = json_set(json_content, '$.title', 'Quarry', '$.summary', 'Dug') WHERE id "
    "= '2025-03-04--a';"
    "DELETE FROM %1$s WHERE id = '2025-03-04--b';"
    "UPDATE %1$s SET title = 'Airfield' WHERE id = '2025-03-04--c';"
    "INSERT INTO %1$s (id, json_content, file_path, file_hash) VALUES ('2025-03-04--d', "
    "'{\"id\":\"2025-03-04--d\",\"date\":\"2025-03-04\",\"title\":\"Brewery\"}', '', '')";

static void assert_changes_found(struct fixture *f)
{
    assert_event(f, id_a, "draft", "changed", 2);
    assert_string_equal(get_event(f, id_a).updated_by, STORE_OTHER_PROGRAM);
    assert_revision(f, id_a, 1, "Harbour");
    assert_event(f, id_b, "draft", "removed", 2);
    assert_revision(f, id_b, 1, "Station");
    assert_int_equal(number(f, "SELECT count(*) FROM timeline_events WHERE id = '2025-03-04--b' "
                               "AND title = 'Station' AND file_path = 'events/2025-03-04--b.md'"),
                     1);
    assert_event(f, id_c, "draft", "changed", 2);
    assert_non_null(strstr(get_event(f, id_c).content, "\"title\":\"Airfield\""));
    assert_event(f, "2025-03-04--d", "draft", "added", 1);
    assert_int_equal(found(f, "quarry"), 1);
    assert_int_equal(found(f, "harbour"), 0);
    assert_int_equal(found(f, "airfield"), 1);
    assert_int_equal(found(f, "brewery"), 1);
    /* And from here on the triggers stand again. */
    run_sql(f, "UPDATE timeline_events SET title = 'Mine' WHERE id = '2025-03-04--a'");
    assert_int_equal(number(f, "SELECT count(*) FROM tl_change"), 1);
    catch_up(f);
    assert_event(f, id_a, "draft", "changed", 3);
    assert_revision(f, id_a, 2, "Quarry");
}

static void test_changed_in_a_rebuilt_table(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    store_close(f->s);
    f->s = NULL;
    rebuild_events(f, arena_printf(f->a, changes, "copy"));
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_changes_found(f);
}

static void test_changed_in_a_rebuilt_table_while_open(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    rebuild_events(f, arena_printf(f->a, changes, "copy"));
    catch_up(f);
    assert_changes_found(f);
}

static void test_changed_in_a_replaced_table(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    replace_events(f, arena_printf(f->a, changes, "timeline_events"));
    begin(f); /* found inside a transaction as well */
    catch_up(f);
    commit(f);
    assert_int_equal(
        number(f, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'old_events'"),
        0);
    assert_changes_found(f);
}

static void test_nothing_changed_in_a_rebuilt_table(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    put_event(f, id_b, "Depot", "ann", NULL);
    validate_event(f, id_b, "validated");
    rebuild_events(f, "SELECT 1");
    reopen(f);
    assert_event(f, id_a, "merged", "none", 1);
    assert_event(f, id_b, "validated", "changed", 2);
    assert_event(f, id_c, "merged", "none", 1);
    assert_int_equal(
        number(f, "SELECT count(*) FROM pragma_table_info('timeline_events') WHERE name = 'starred'"), 1);
    /* Columns of a program's own were never ours to compare. */
    run_sql(f, "INSERT INTO timeline_events (id, json_content, title, file_path, file_hash) VALUES ('x', "
               "'{\"id\":\"x\",\"date\":\"2020-01-01\",\"title\":\"Brewery\"}', 'BREWERY', '', 'h')");
    catch_up(f);
    replace_events(f, "SELECT 1");
    reopen(f);
    assert_event(f, "x", "draft", "added", 1);
}

/* A local edit that somebody wrote over while no trigger stood is known to nobody; what is there now is. */
static void test_an_edit_that_is_lost(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    put_event(f, id_a, "Depot", "ann", NULL);
    rebuild_events(f, "UPDATE copy SET json_content = json_set(json_content, '$.title', 'Quarry', "
                      "'$.summary', 'Dug') WHERE id = "
                      "'2025-03-04--a'");
    reopen(f);
    assert_event(f, id_a, "draft", "changed", 3);
    assert_revision(f, id_a, 1, "Harbour");
    assert_revision(f, id_a, 2, "{}");
    assert_revision(f, id_a, 3, "Quarry");
    assert_int_equal(found(f, "depot"), 0);
    assert_int_equal(found(f, "quarry"), 1);
    rebuild_events(f, "DELETE FROM copy WHERE id = '2025-03-04--a'");
    reopen(f);
    assert_string_equal(get_event(f, id_a).change, "removed");
    assert_int_equal(found(f, "harbour") + found(f, "depot") + found(f, "quarry"), 1);
}

static void test_verdicts_in_a_rebuilt_table(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    put_event(f, id_a, "Depot", "ann", NULL);
    put_event(f, id_b, "Quarry", "ann", NULL);
    validate_event(f, id_b, "validated");
    run_sql(
        f,
        "BEGIN; CREATE TABLE copy AS SELECT * FROM event_metadata; DROP TABLE event_metadata;"
        "CREATE TABLE event_metadata (event_id VARCHAR NOT NULL PRIMARY KEY REFERENCES timeline_events (id), "
        "validation_status VARCHAR, validation_date DATETIME, validation_notes TEXT, quality_score FLOAT, "
        "created_by VARCHAR, created_at DATETIME);"
        "INSERT INTO event_metadata (event_id, validation_status, quality_score) VALUES "
        "('2025-03-04--a', 'validated', 9), ('2025-03-04--b', 'rejected', 2); DROP TABLE copy; COMMIT");
    reopen(f);
    assert_event(f, id_a, "validated", "changed", 2);
    assert_event(f, id_b, "rejected", "changed", 2);
    assert_event(f, id_c, "merged", "none", 1);
}

static void test_a_deleted_row_is_a_removal(void **state)
{
    struct fixture *f = *state;
    struct store_event *pending;
    size_t n;

    import_three(f);
    validate_event(f, id_a, "validated");
    run_sql(f, "PRAGMA foreign_keys=OFF; DELETE FROM timeline_events WHERE id = '2025-03-04--a'");
    catch_up(f);
    assert_event(f, id_a, "draft", "removed", 2);
    assert_revision(f, id_a, 1, "Harbour");
    assert_int_equal(number(f, "SELECT count(*) FROM tl_change"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    /* Once more says nothing new. */
    run_sql(f, "PRAGMA foreign_keys=OFF; DELETE FROM timeline_events WHERE id = '2025-03-04--a'");
    catch_up(f);
    assert_event(f, id_a, "draft", "removed", 2);
    run_sql(f, "INSERT OR REPLACE INTO event_metadata (event_id, validation_status) VALUES ('2025-03-04--a', "
               "'validated')");
    catch_up(f);
    assert_event(f, id_a, "validated", "removed", 2);
    assert_ok(f, store_event_pending_export(f->s, f->a, &pending, &n, &f->e));
    assert_int_equal(n, 1);
    assert_true(pending[0].removed);
}

/* What takes the removal back, and what does not. */
static void test_a_removal_taken_back(void **state)
{
    static const char row[] =
        "INTO timeline_events (id, json_content, date, title, summary, importance, status, file_path, "
        "file_hash) "
        "SELECT id, json_content, date, title, summary, importance, status, file_path, file_hash FROM "
        "timeline_events WHERE id = '2025-03-04--a'";
    static const struct {
        const char *before, *after, *change;
        int64_t revision;
    } cases[] = {
        {"INSERT OR IGNORE ", "", "removed", 2},
        {"INSERT ", " AND true ON CONFLICT (id) DO UPDATE SET status = excluded.status", "removed", 2},
        {"UPDATE timeline_events SET title = title --", "", "removed", 2},
        {"INSERT OR REPLACE ", "", "none", 3},
        {"PRAGMA recursive_triggers=ON; INSERT OR REPLACE ", "", "none", 3},
        {"UPDATE timeline_events SET title = 'Depot' WHERE id = '2025-03-04--a' --", "", "changed", 3},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        import_three(f);
        run_sql(f, "DELETE FROM timeline_events WHERE id = '2025-03-04--a'");
        catch_up(f);
        assert_event(f, id_a, "draft", "removed", 2);
        run_sql(f, arena_printf(f->a, "%s%s%s", cases[i].before, row, cases[i].after));
        catch_up(f);
        assert_string_equal(get_event(f, id_a).change, cases[i].change);
        assert_int_equal(get_event(f, id_a).revision, cases[i].revision);
        fixture_close(state);
        fixture_open(state);
        f = *state;
    }
}

static void test_a_deleted_row_of_our_own_is_gone(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "Harbour", "ann", NULL);
    run_sql(f, "DELETE FROM timeline_events");
    catch_up(f);
    assert_unknown(f, id_a);
    assert_revision(f, id_a, 1, "Harbour");
    assert_int_equal(number(f, "SELECT count(*) FROM timeline_events"), 0);
    assert_int_equal(found(f, "harbour"), 0);
}

static void test_a_changed_id(void **state)
{
    struct fixture *f = *state;

    import_three(f);
    validate_event(f, id_a, "validated");
    run_sql(f,
            "PRAGMA foreign_keys=ON; BEGIN; PRAGMA defer_foreign_keys=ON;"
            "UPDATE timeline_events SET id = '2025-03-04--z', json_content = json_set(json_content, '$.id', "
            "'2025-03-04--z') WHERE id = '2025-03-04--a';"
            "UPDATE event_metadata SET event_id = '2025-03-04--z'; COMMIT");
    catch_up(f);
    assert_event(f, id_a, "draft", "removed", 2);
    assert_event(f, "2025-03-04--z", "validated", "added", 1);
    assert_int_equal(found(f, "harbour"), 2);
    /* Metadata that moves away from an event is a change of that event too. */
    run_sql(f, "PRAGMA foreign_keys=OFF; UPDATE event_metadata SET event_id = '2025-03-04--c'");
    catch_up(f);
    assert_event(f, "2025-03-04--z", "draft", "added", 1);
}

/* Tables that refer to what hangs on an event keep it as well. */
static void test_referred_to_by_way_of_metadata(void **state)
{
    static const char *const tables[] = {
        "CREATE TABLE logs (event VARCHAR REFERENCES event_metadata (event_id))",
        "CREATE TABLE logs (event VARCHAR REFERENCES event_metadata)",
        "CREATE TABLE logs (event INTEGER REFERENCES event_export_status (id) ON DELETE CASCADE)",
    };
    struct fixture *f = *state;
    bool kept = false;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        import_three(f);
        validate_event(f, id_a, "validated");
        run_sql(f, "INSERT INTO event_export_status (id, event_id, exported, merged) VALUES (7, "
                   "'2025-03-04--a', 1, 1)");
        run_sql(f, tables[i]);
        run_sql(f, i < 2 ? "INSERT INTO logs VALUES ('2025-03-04--a')" : "INSERT INTO logs VALUES (7)");
        begin(f);
        assert_ok(f, store_event_delete(f->s, id_b, "repository", &kept, &f->e));
        assert_false(kept);
        assert_ok(f, store_event_delete(f->s, id_a, "repository", &kept, &f->e));
        commit(f);
        assert_true(kept);
        assert_string_equal(get_event(f, id_a).state, "gone");
        assert_int_equal(number(f, "SELECT count(*) FROM logs"), 1);
        fixture_close(state);
        fixture_open(state);
        f = *state;
    }
}

int main(void)
{
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        OPEN(test_changed_in_a_rebuilt_table),
        OPEN(test_changed_in_a_rebuilt_table_while_open),
        OPEN(test_changed_in_a_replaced_table),
        OPEN(test_nothing_changed_in_a_rebuilt_table),
        OPEN(test_an_edit_that_is_lost),
        OPEN(test_verdicts_in_a_rebuilt_table),
        OPEN(test_a_deleted_row_is_a_removal),
        OPEN(test_a_removal_taken_back),
        OPEN(test_a_deleted_row_of_our_own_is_gone),
        OPEN(test_a_changed_id),
        OPEN(test_referred_to_by_way_of_metadata),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
