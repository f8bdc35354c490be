/*
 * The schema: recognised by tl_schema, made and mended when that row does not vouch for it. What the tables must look
 * like is not listed a second time: the scripts are run in an empty database in memory and the two are compared.
 */
#include <string.h>

#include "core/store/sql.h"
#include "core/store/store_event_internal.h"
#include "core/util/str.h"

enum { MIGRATE_WAIT_MS = 30 * 1000 };

struct column {
    const char *table, *name, *type;
    bool part_of_key;
    bool needs_value; /* NOT NULL without a default */
};

struct columns {
    struct column *items;
    size_t n;
};

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static void close_database(sqlite3 **db)
{
    sqlite3_close(*db);
}

enum err_code store_schema_current(struct store *s, bool *current, struct err *e)
{
    int64_t made = 0, version = 0, cookie = 0, remembered = 0;

    *current = false;
    TRY(store_number(s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tl_schema'",
                     &made, e));
    if (!made)
        return ERR_OK;
    TRY(store_number(s, "SELECT version FROM tl_schema", &version, e));
    if (version > STORE_SCHEMA_VERSION)
        return err_set(
            e, ERR_DB_FOREIGN,
            "The database %s was written by a newer version of Tideline. Install that version, or set "
            "DB_PATH to another file.",
            s->path);
    TRY(store_number(s, "PRAGMA schema_version", &cookie, e));
    TRY(store_number(s, "SELECT cookie FROM tl_schema", &remembered, e));
    *current = version == STORE_SCHEMA_VERSION && cookie == remembered;
    return ERR_OK;
}

/* Every column of the tables that the scripts make, or that the file has. Virtual tables and SQLite's own are left out. */
static enum err_code list_columns(struct store *s, sqlite3 *db, struct columns *out, struct err *e)
{
    static const char text[] =
        "SELECT m.name, c.name, c.type, c.pk > 0, c.\"notnull\" AND c.dflt_value IS NULL AND c.pk = 0 FROM "
        "sqlite_schema m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') "
        "AND (m.name GLOB 'tl_*' OR m.name COLLATE NOCASE IN ('timeline_events', 'event_metadata', "
        "'sync_status', "
        "'event_export_status')) AND m.name NOT GLOB 'tl_search*'";
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, text, -1, &statement, NULL);
    size_t capacity = 512;

    out->items = arena_array(s->scratch, capacity, sizeof *out->items);
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW && out->n < capacity) {
        struct column *column = &out->items[out->n++];
        column->table = arena_strdup(s->scratch, (const char *)sqlite3_column_text(statement, 0));
        column->name = arena_strdup(s->scratch, (const char *)sqlite3_column_text(statement, 1));
        column->type = arena_strdup(s->scratch, (const char *)sqlite3_column_text(statement, 2));
        column->part_of_key = sqlite3_column_int(statement, 3);
        column->needs_value = sqlite3_column_int(statement, 4);
        rc = SQLITE_OK;
    }
    return rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
}

static bool has_table(const struct columns *columns, const char *table)
{
    for (size_t i = 0; i < columns->n; i++) {
        if (sqlite3_stricmp(columns->items[i].table, table) == 0)
            return true;
    }
    return false;
}

static const struct column *find_column(const struct columns *columns, const struct column *wanted)
{
    for (size_t i = 0; i < columns->n; i++) {
        if (sqlite3_stricmp(columns->items[i].table, wanted->table) == 0 &&
            sqlite3_stricmp(columns->items[i].name, wanted->name) == 0)
            return &columns->items[i];
    }
    return NULL;
}

/* A shared table may lack columns of ours. Without its key it is another table that happens to have the name. */
static enum err_code mend_column(struct store *s, const struct columns *there, const struct column *wanted,
                                 struct err *e)
{
    const struct column *found = find_column(there, wanted);
    bool shared = !str_starts(wanted->table, "tl_");

    if (!has_table(there, wanted->table) || (found && (!wanted->part_of_key || found->part_of_key)))
        return ERR_OK;
    if (!shared || wanted->part_of_key)
        return err_set(
            e, ERR_DB_FOREIGN,
            "The table %s in %s is not what Tideline knows by that name: %s is missing or is not its key. "
            "Set DB_PATH to another file.",
            wanted->table, s->path, wanted->name);
    return store_exec(s,
                      arena_printf(s->scratch, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", wanted->table,
                                   wanted->name, wanted->type),
                      e);
}

/* Columns beyond ours are other tools' business, unless they must have a value that we would not know. */
static enum err_code check_unknown_column(struct store *s, const struct columns *wanted,
                                          const struct column *there, struct err *e)
{
    if (!there->needs_value || find_column(wanted, there))
        return ERR_OK;
    return err_set(
        e, ERR_DB_FOREIGN,
        "The table %s in %s needs a value for %s, which Tideline does not know. Give the column a default, "
        "or set DB_PATH to another file.",
        there->table, s->path, there->name);
}

static enum err_code list_wanted(struct store *s, struct columns *wanted, struct err *e)
{
    __attribute__((cleanup(close_database))) sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, store_sql_script_shared, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, store_sql_script_schema, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return err_set(e, ERR_INTERNAL, "The schema cannot be made in memory: %s.", sqlite3_errmsg(db));
    return list_columns(s, db, wanted, e);
}

static enum err_code mend_columns(struct store *s, struct err *e)
{
    struct columns wanted = {0}, there = {0};

    TRY(list_wanted(s, &wanted, e));
    TRY(list_columns(s, s->db, &there, e));
    for (size_t i = 0; i < wanted.n; i++)
        TRY(mend_column(s, &there, &wanted.items[i], e));
    for (size_t i = 0; i < there.n; i++)
        TRY(check_unknown_column(s, &wanted, &there.items[i], e));
    return ERR_OK;
}

/* Version 3 lists by place and indexes facets: what a file of before lacks is added, and its index made anew. */
static enum err_code add_places(struct store *s, bool *added, struct err *e)
{
    int64_t events = 0, place = 0;

    TRY(store_number(s, "SELECT count(*) FROM pragma_table_info('tl_event')", &events, e));
    TRY(store_number(s, "SELECT count(*) FROM pragma_table_info('tl_event') WHERE name = 'place'", &place,
                     e));
    *added = events > 0 && place == 0;
    if (!*added)
        return ERR_OK;
    return store_exec(s,
                      "ALTER TABLE tl_event ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
                      "DROP TABLE IF EXISTS tl_search",
                      e);
}

/* Version 4 keeps the repositories apart: of what was sent before, where it was sent is made out once the tables are there. */
static enum err_code add_places_of_sending(struct store *s, bool *added, struct err *e)
{
    int64_t table = 0, column = 0;

    TRY(store_number(s, "SELECT count(*) FROM pragma_table_info('tl_pull_request_event')", &table, e));
    TRY(store_number(
        s, "SELECT count(*) FROM pragma_table_info('tl_pull_request_event') WHERE name = 'repository'",
        &column, e));
    *added = table > 0 && column == 0;
    if (!*added)
        return ERR_OK;
    return store_exec(s, "ALTER TABLE tl_pull_request_event ADD COLUMN repository INTEGER NOT NULL DEFAULT 0",
                      e);
}

static enum err_code fill_places_of_sending(struct store *s, struct err *e)
{
    return store_exec(
        s,
        "UPDATE tl_pull_request_event SET repository = coalesce((SELECT r.id FROM tl_pull_request p "
        "JOIN tl_repository r ON r.url = p.repo_url AND r.branch = p.base_branch WHERE p.id = pull_request), 0)",
        e);
}

/* Version 4 finds events by the addresses of their sources: the documents of before are made anew at the end of the
 * transaction. */
static enum err_code is_search_old(struct store *s, bool *old, struct err *e)
{
    int64_t made = 0, version = STORE_SCHEMA_VERSION;

    TRY(store_number(s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tl_schema'",
                     &made, e));
    if (made)
        TRY(store_number(s, "SELECT version FROM tl_schema", &version, e));
    *old = version < 4;
    return ERR_OK;
}

static enum err_code renew_search(struct store *s, struct err *e)
{
    int64_t events = 0;

    TRY(store_number(s, "SELECT count(*) FROM tl_event", &events, e));
    TRY(store_search_expect(s, events, e));
    s->search_lost = true;
    return ERR_OK;
}

/* Events that were there before Tideline, or that nobody watched, are news to it like any other program's writing. */
static enum err_code make(struct store *s, struct err *e)
{
    bool watched = false;
    bool placed = false;
    bool sent = false;
    bool old_search = false;

    TRY(store_watch_check(s, &watched, e));
    TRY(add_places(s, &placed, e));
    TRY(is_search_old(s, &old_search, e));
    TRY(add_places_of_sending(s, &sent, e));
    TRY(mend_columns(s, e));
    TRY(store_exec(s, store_sql_script_shared, e));
    TRY(store_exec(s, store_sql_script_schema, e));
    TRY(store_exec(s, store_sql_script_triggers, e));
    if (placed)
        TRY(store_event_place_all(s, e));
    if (sent)
        TRY(fill_places_of_sending(s, e));
    if (old_search)
        TRY(renew_search(s, e));
    if (!watched)
        TRY(store_watch_compare(s, e));
    return store_exec(s,
                      arena_printf(s->scratch,
                                   "INSERT INTO tl_schema (id, version, cookie) VALUES (1, %d, 0) "
                                   "ON CONFLICT (id) DO UPDATE SET version = excluded.version, writing = %d",
                                   STORE_SCHEMA_VERSION, s->muted),
                      e);
}

enum err_code store_schema_remember(struct store *s, struct err *e)
{
    int64_t cookie = 0;

    TRY(store_number(s, "PRAGMA schema_version", &cookie, e));
    return store_exec(s, arena_printf(s->scratch, "UPDATE tl_schema SET cookie = %lld", (long long)cookie),
                      e);
}

/* Another process may have been faster: look again under the lock. */
static enum err_code make_unless_current(struct store *s, struct err *e)
{
    bool current = false;

    TRY(store_schema_current(s, &current, e));
    if (current)
        return ERR_OK;
    TRY(make(s, e));
    return store_schema_remember(s, e);
}

/*
 * Outside a transaction, but under the lock. The page size counts only for a file that is made now: an event with its
 * summary fills a page of 8 KiB about once, where 4 KiB would add overflow pages. While another program reads or writes
 * SQLite refuses: the file works as it is, and is asked again when it is opened the next time.
 */
static enum err_code use_wal(struct store *s, int wait_ms, struct err *e)
{
    enum err_code code;

    TRY(store_lock(s, wait_ms, e));
    sqlite3_busy_timeout(s->db, wait_ms < STORE_BUSY_MS ? wait_ms : STORE_BUSY_MS);
    code = store_exec(s, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL", e);
    sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    store_unlock(s);
    return code == ERR_BUSY ? ERR_OK : code;
}

enum err_code store_schema_use_wal(struct store *s, struct err *e)
{
    int64_t wal = 0;
    enum err_code code;

    TRY(store_number(s, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &wal, e));
    if (wal || sqlite3_db_readonly(s->db, "main") > 0)
        return ERR_OK;
    code = use_wal(s, 0, e);
    return code == ERR_BUSY ? ERR_OK : code;
}

static enum err_code make_in_transaction(struct store *s, int wait_ms, struct err *e)
{
    enum err_code code;

    TRY(store_begin(s, wait_ms, e));
    code = make_unless_current(s, e);
    return store_end(s, code, e);
}

enum err_code store_schema_unmoved(struct store *s, bool *unmoved, struct err *e)
{
    bool found = false;
    int64_t cookie = 0;
    SQL(now, s, SQL_SCHEMA_VERSION);
    SQL(remembered, s, SQL_SCHEMA_COOKIE);

    TRY(sql_row(&now, &found, e));
    cookie = found ? sql_int(&now, "schema_version") : 0;
    TRY(sql_row(&remembered, &found, e));
    *unmoved = found && sql_int(&remembered, "cookie") == cookie;
    return ERR_OK;
}

enum err_code store_schema_again(struct store *s, int wait_ms, struct err *e)
{
    return s->writing ? make_unless_current(s, e) : make_in_transaction(s, wait_ms, e);
}

/*
 * A file that is refused stays as it was, so an existing one becomes a WAL database only when its tables are accepted;
 * a new one becomes one first, so that its pages are written once.
 */
enum err_code store_schema_migrate(struct store *s, struct err *e)
{
    int64_t pages = 0;

    arena_reset(s->scratch);
    TRY(store_number(s, "PRAGMA page_count", &pages, e));
    if (pages == 0)
        TRY(use_wal(s, MIGRATE_WAIT_MS, e));
    TRY(make_in_transaction(s, MIGRATE_WAIT_MS, e));
    if (pages != 0)
        TRY(use_wal(s, MIGRATE_WAIT_MS, e));
    return store_catch_up(s, 0, NULL, e);
}
