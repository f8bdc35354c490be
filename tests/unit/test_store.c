// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/sql.h"
#include "core/util/clock.h"

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void test_every_statement_prepares(void **state)
{
    struct fixture *f = *state;

    begin(f);
    for (enum sql_name name = 0; name < SQL_COUNT; name++) {
        SQL(q, f->s, name);
        if (!q.handle)
            print_error("%s: %s\n", store_sql_statements[name].name, q.failure.message);
        assert_non_null(q.handle);
        for (int i = 1; i <= sqlite3_bind_parameter_count(q.handle); i++)
            assert_int_equal(sqlite3_bind_parameter_name(q.handle, i)[0], ':');
    }
    commit(f);
}

static void test_fresh_and_reopened(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;
    int64_t version;

    assert_int_equal(number(f, "SELECT version FROM tl_schema"), STORE_SCHEMA_VERSION);
    assert_int_equal(number(f, "PRAGMA synchronous"), 2);
    assert_int_equal(number(f, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(f, "PRAGMA wal_autocheckpoint"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
    begin(f);
    assert_ok(f, store_setting_set(f->s, "colour", "blue", &f->e));
    commit(f);
    store_close(f->s);
    f->s = NULL;
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_ok(f, store_setting_get(f->s, f->a, "colour", &value, &f->e));
    assert_string_equal(value, "blue");
    version = store_version(f->s);
    begin(f);
    assert_ok(f, store_setting_set(f->s, "colour", NULL, &f->e));
    commit(f);
    assert_true(store_version(f->s) != version);
    assert_ok(f, store_setting_get(f->s, f->a, "colour", &value, &f->e));
    assert_null(value);
}

/* Reopening asks nothing of the tables: it must cost the same whatever they hold. */
static void test_reopening_changes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t cookie = number(f, "PRAGMA schema_version"), version;

    version = store_version(f->s);
    struct store *second = NULL;
    assert_ok(f, store_open(f->path, &second, &f->e));
    store_close(second);
    assert_int_equal(number(f, "PRAGMA schema_version"), cookie);
    assert_int_equal(store_version(f->s), version);
}

static void test_version_sees_others(void **state)
{
    struct fixture *f = *state;
    int64_t version = store_version(f->s);

    assert_int_equal(store_version(f->s), version);
    run_sql(f->path, "INSERT INTO tl_setting VALUES ('a', 'b')");
    assert_true(store_version(f->s) != version);
}

static void test_transactions(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    assert_int_equal(store_setting_set(f->s, "a", "1", &f->e), ERR_INTERNAL);
    begin(f);
    assert_int_equal(store_begin(f->s, 0, &f->e), ERR_INTERNAL);
    assert_ok(f, store_setting_set(f->s, "a", "1", &f->e));
    store_rollback(f->s);
    store_rollback(f->s);
    assert_ok(f, store_setting_get(f->s, f->a, "a", &value, &f->e));
    assert_null(value);
    assert_int_equal(store_commit(f->s, &f->e), ERR_INTERNAL);
    assert_ok(f, store_read_begin(f->s, &f->e));
    assert_ok(f, store_setting_get(f->s, f->a, "a", &value, &f->e));
    run_sql(f->path, "INSERT INTO tl_setting VALUES ('a', 'b')");
    assert_ok(f, store_setting_get(f->s, f->a, "a", &value, &f->e));
    assert_null(value);
    store_read_end(f->s);
    assert_ok(f, store_setting_get(f->s, f->a, "a", &value, &f->e));
    assert_string_equal(value, "b");
}

static void test_settings_list(void **state)
{
    struct fixture *f = *state;
    struct store_setting *settings = NULL;
    size_t n = 0;

    begin(f);
    assert_ok(f, store_setting_set(f->s, "b", "2", &f->e));
    assert_ok(f, store_setting_set(f->s, "a", "1", &f->e));
    assert_ok(f, store_setting_set(f->s, "a", "3", &f->e));
    commit(f);
    assert_ok(f, store_setting_list(f->s, f->a, &settings, &n, &f->e));
    assert_int_equal(n, 2);
    assert_string_equal(settings[0].key, "a");
    assert_string_equal(settings[0].value, "3");
}

/* As SQLAlchemy writes it for the research tools, with tables, an index, FTS5 and triggers of their own. */
static const char research_tools[] =
    "CREATE TABLE timeline_events (id VARCHAR NOT NULL, json_content JSON NOT NULL, date VARCHAR, title "
    "TEXT, "
    "summary TEXT, importance INTEGER, status VARCHAR, file_path VARCHAR NOT NULL, file_hash VARCHAR NOT "
    "NULL, "
    "PRIMARY KEY (id));"
    "CREATE INDEX ix_timeline_events_date ON timeline_events (date);"
    "CREATE TABLE research_priorities (id VARCHAR NOT NULL, title TEXT NOT NULL, PRIMARY KEY (id));"
    "CREATE TABLE event_metadata (event_id VARCHAR NOT NULL, validation_status VARCHAR, validation_date "
    "DATETIME, "
    "validation_notes TEXT, quality_score FLOAT, created_by VARCHAR, created_at DATETIME, "
    "research_priority_id VARCHAR, "
    "PRIMARY KEY (event_id), FOREIGN KEY(event_id) REFERENCES timeline_events (id), "
    "FOREIGN KEY(research_priority_id) REFERENCES research_priorities (id));"
    "CREATE TABLE validation_logs (id INTEGER NOT NULL, event_id VARCHAR NOT NULL, notes TEXT NOT NULL, "
    "PRIMARY KEY (id), FOREIGN KEY(event_id) REFERENCES timeline_events (id));"
    "CREATE VIRTUAL TABLE events_fts USING fts5(id UNINDEXED, title, summary, json_content, "
    "content=timeline_events);"
    "CREATE TRIGGER events_fts_insert AFTER INSERT ON timeline_events BEGIN INSERT INTO events_fts(id, "
    "title, summary, "
    "json_content) VALUES (new.id, new.title, new.summary, new.json_content); END;"
    "INSERT INTO timeline_events VALUES ('2024-01-02--one', '{\"id\": \"2024-01-02--one\", \"date\": "
    "\"2024-01-02\", "
    "\"title\": \"Harbour sold\", \"caf\\u00e9\": 1}', '2024-01-02', 'Harbour sold', '', 5, 'confirmed', "
    "'x.json', 'h');"
    "INSERT INTO timeline_events VALUES ('2024-01-03--two', 'not json', '2024-01-03', 'Odd row', 'Its "
    "summary', 6, "
    "'confirmed', 'y.json', 'h');"
    "INSERT INTO event_metadata (event_id, validation_status, quality_score) VALUES ('2024-01-02--one', "
    "'validated', 9);"
    "INSERT INTO research_priorities VALUES ('RP-1', 'Look closer');"
    "INSERT INTO validation_logs VALUES (1, '2024-01-02--one', 'checked');";

static void test_database_of_research_tools(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    struct store_event_counts counts;

    run_sql(f->path, research_tools);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(
        number(f, "SELECT count(*) FROM pragma_table_info('timeline_events') WHERE name = 'last_synced'"), 1);
    assert_int_equal(
        number(f, "SELECT count(*) FROM pragma_table_info('event_metadata') WHERE name = 'ai_summary'"), 1);
    event = get_event(f, "2024-01-02--one");
    assert_string_equal(event.state, "validated");
    assert_string_equal(event.change, "added");
    assert_int_equal(event.revision, 1);
    assert_true(event.quality_score == 9);
    assert_non_null(strstr(event.content, "caf\\u00e9"));
    event = get_event(f, "2024-01-03--two");
    assert_string_equal(event.title, "Odd row");
    assert_non_null(strstr(event.content, "\"summary\":\"Its summary\""));
    assert_ok(f, store_event_count(f->s, &counts, &f->e));
    assert_int_equal(counts.total, 2);
    assert_int_equal(counts.validated, 1);
    assert_int_equal(number(f, "SELECT count(*) FROM research_priorities"), 1);

    /* Both keep working: ours writes through their trigger, theirs through ours. */
    put_event(f, "2025-03-04--ours", "Written here", "ann", NULL);
    assert_int_equal(number(f, "SELECT count(*) FROM events_fts WHERE events_fts MATCH 'Written'"), 1);
    run_sql(
        f->path,
        "INSERT INTO timeline_events VALUES ('2024-05-05--three', '{\"id\": \"2024-05-05--three\", \"date\": "
        "\"2024-05-05\", \"title\": \"Three\"}', '2024-05-05', 'Three', '', 5, 'x', 'z', 'h', NULL)");
    assert_ok(f, store_catch_up(f->s, 0, NULL, &f->e));
    assert_string_equal(get_event(f, "2024-05-05--three").title, "Three");
}

static void test_dropped_tables_come_back(void **state)
{
    struct fixture *f = *state;

    store_close(f->s);
    f->s = NULL;
    run_sql(f->path, "DROP TABLE event_export_status; DROP TABLE sync_status");
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(number(f, "SELECT count(*) FROM sync_status"), 0);
}

static void test_refused_databases(void **state)
{
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"CREATE TABLE timeline_events (name TEXT)", "timeline_events"},
        {"CREATE TABLE timeline_events (id TEXT, json_content TEXT)", "timeline_events"},
        {"CREATE VIEW timeline_events AS SELECT 1 AS id", "timeline_events"},
        {"CREATE TABLE sync_status (id INTEGER PRIMARY KEY, device VARCHAR NOT NULL)", "device"},
        {"CREATE TABLE tl_event (id TEXT PRIMARY KEY, mine TEXT)", "tl_event"},
        {"CREATE TABLE tl_schema (id INTEGER PRIMARY KEY, version INTEGER, cookie INTEGER, writing INTEGER);"
         "INSERT INTO tl_schema VALUES (1, 1000, 0, 0)",
         "newer version"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = arena_printf(f->a, "%s/%zu.db", f->folder, i);
        char *before, *after;
        size_t size_before, size_after;
        run_sql(path, cases[i].sql);
        assert_ok(f, file_read(f->a, path, 1 << 20, &before, &size_before, &f->e));
        assert_int_equal(store_open(path, &f->s, &f->e), ERR_DB_FOREIGN);
        assert_non_null(strstr(f->e.message, cases[i].says));
        assert_non_null(strstr(f->e.message, path));
        assert_ok(f, file_read(f->a, path, 1 << 20, &after, &size_after, &f->e));
        assert_int_equal(size_before, size_after);
        assert_memory_equal(before, after, size_after);
    }
}

static void test_not_a_database(void **state)
{
    struct fixture *f = *state;
    char text[8192];

    memset(text, 'x', sizeof text);
    assert_ok(f, file_write(f->path, text, sizeof text, 0640, &f->e));
    assert_int_equal(store_open(f->path, &f->s, &f->e), ERR_DB_FOREIGN);
    assert_non_null(strstr(f->e.message, f->path));
    assert_int_equal(store_open_read(f->path, &f->s, &f->e), ERR_DB_FOREIGN);
    assert_null(f->s);
}

static void test_open_to_read(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    assert_int_equal(store_open_read(f->path, &f->s, &f->e), ERR_NOT_FOUND);
    assert_false(file_exists(f->path));
    run_sql(f->path, "CREATE TABLE other (x)");
    assert_int_equal(store_open_read(f->path, &f->s, &f->e), ERR_NOT_FOUND);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    store_close(f->s);
    f->s = NULL;
    assert_ok(f, store_open_read(f->path, &f->s, &f->e));
    assert_ok(f, store_setting_get(f->s, f->a, "a", &value, &f->e));
    assert_int_equal(store_begin(f->s, 0, &f->e), ERR_READ_ONLY);
    assert_int_equal(store_setting_set(f->s, "a", "1", &f->e), ERR_INTERNAL);
}

static void test_unwritable_places(void **state)
{
    struct fixture *f = *state;

    /* A folder where the file should be, and a file where the folder should be: root is refused too. */
    assert_ok(f, file_make_folder(f->path, &f->e));
    assert_int_not_equal(store_open(f->path, &f->s, &f->e), ERR_OK);
    assert_non_null(strstr(f->e.message, f->path));
    assert_null(f->s);
    assert_ok(f, file_write(file_join(f->a, f->folder, "file"), "", 0, 0640, &f->e));
    assert_int_not_equal(store_open(arena_printf(f->a, "%s/file/x.db", f->folder), &f->s, &f->e), ERR_OK);
    assert_null(f->s);
}

static void test_read_only_folder(void **state)
{
    enum { NOBODY = 65534 };
    struct fixture *f = *state;
    const char *missing = arena_printf(f->a, "%s/new/x.db", f->folder);
    const char *fresh = file_join(f->a, f->folder, "fresh.db");
    struct store *s = NULL;
    enum err_code began, made, under;

    store_close(f->s);
    f->s = NULL;
    assert_int_equal(chmod(f->path, 0444), 0);
    assert_int_equal(chmod(f->folder, 0555), 0);
    /* Root writes all the same. */
    assert_true(geteuid() != 0 || seteuid(NOBODY) == 0);
    began = store_open(f->path, &s, &f->e);
    if (s) {
        began = store_begin(s, 0, &f->e);
        store_close(s);
    }
    s = NULL;
    made = store_open(fresh, &s, &f->e);
    under = store_open(missing, &s, &f->e);
    assert_true(getuid() != 0 || seteuid(0) == 0);
    assert_int_equal(chmod(f->folder, 0750), 0);
    assert_int_equal(began, ERR_READ_ONLY);
    assert_int_equal(made, ERR_READ_ONLY);
    assert_int_equal(under, ERR_READ_ONLY);
    assert_null(s);
}

/* A limit on the size of the file is a full disk to SQLite. */
static void test_full_disk(void **state)
{
    struct fixture *f = *state;
    char *big = arena_alloc(f->a, 4 << 20);
    const char *value = NULL;

    memset(big, 'x', (4 << 20) - 1);
    number(f, "PRAGMA max_page_count=200");
    begin(f);
    assert_ok(f, store_setting_set(f->s, "small", "1", &f->e));
    assert_int_equal(store_setting_set(f->s, "big", big, &f->e), ERR_DISK_FULL);
    assert_non_null(strstr(f->e.message, f->path));
    store_rollback(f->s);
    assert_ok(f, store_setting_get(f->s, f->a, "small", &value, &f->e));
    assert_null(value);
    begin(f);
    assert_ok(f, store_setting_set(f->s, "small", "1", &f->e));
    commit(f);
}

int main(void)
{
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
#define CLOSED(test) cmocka_unit_test_setup_teardown(test, fixture_folder, fixture_close)
    const struct CMUnitTest tests[] = {
        OPEN(test_every_statement_prepares),
        OPEN(test_fresh_and_reopened),
        OPEN(test_reopening_changes_nothing),
        OPEN(test_version_sees_others),
        OPEN(test_transactions),
        OPEN(test_settings_list),
        CLOSED(test_database_of_research_tools),
        OPEN(test_dropped_tables_come_back),
        CLOSED(test_refused_databases),
        CLOSED(test_not_a_database),
        CLOSED(test_open_to_read),
        CLOSED(test_unwritable_places),
        OPEN(test_read_only_folder),
        OPEN(test_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
