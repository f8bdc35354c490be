/*
 * The schema: recognised by tl_schema, made and mended when that row does not vouch for it. What the tables must look
 * like is not listed a second time: the scripts are run in an empty database in memory and the two are compared.
 */
#include <string.h>

#include "core/store/sql.h"
#include "core/store/store_event.h"
#include "core/util/str.h"

enum { MIGRATE_WAIT_MS = 30 * 1000 };

struct column {
    const char *table, *name, *type;
    int64_t part_of_key;
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
    TRY(store_number(s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tl_schema'", &made, e));
    if (!made)
        return ERR_OK;
    TRY(store_number(s, "SELECT version FROM tl_schema", &version, e));
    if (version > STORE_SCHEMA_VERSION)
        return err_set(e, ERR_DB_FOREIGN,
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
        "SELECT m.name, c.name, c.type, c.pk FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' "
        "AND (m.name GLOB 'tl_*' OR m.name IN ('timeline_events', 'event_metadata', 'sync_status', "
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
        column->part_of_key = sqlite3_column_int64(statement, 3);
        rc = SQLITE_OK;
    }
    return rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
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

    if (found && (!wanted->part_of_key || found->part_of_key))
        return ERR_OK;
    if (!shared || wanted->part_of_key)
        return err_set(e, ERR_DB_FOREIGN,
                       "The table %s in %s is not what Tideline knows by that name: %s is missing or is not its key. "
                       "Set DB_PATH to another file.",
                       wanted->table, s->path, wanted->name);
    return store_exec(s,
                      arena_printf(s->scratch, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s", wanted->table, wanted->name,
                                   wanted->type),
                      e);
}

/* Columns beyond ours are other tools' business, unless they must have a value that we would not know. */
static enum err_code check_unknown_columns(struct store *s, struct err *e)
{
    static const char text[] =
        "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name IN "
        "('timeline_events', 'event_metadata', 'sync_status', 'event_export_status') AND c.\"notnull\" AND c.pk = 0 "
        "AND c.dflt_value IS NULL AND c.name COLLATE NOCASE NOT IN (SELECT w.name FROM wanted_column w WHERE "
        "w.\"table\" = m.name)";
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(s->db, text, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return err_set(e, ERR_DB_FOREIGN,
                       "The table %s in %s wants a value for %s, which Tideline does not know. Give the column a "
                       "default, or set DB_PATH to another file.",
                       sqlite3_column_text(statement, 0), s->path, sqlite3_column_text(statement, 1));
    return rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
}
