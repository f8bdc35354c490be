#include "core/store/store.h"

#include <string.h>

#include "core/store/sql.h"
#include "core/store/store_event.h"
#include "core/util/clock.h"
#include "core/util/file.h"

#define SMALL_CACHE "PRAGMA cache_size=-2000"

enum err_code store_exec(struct store *s, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : store_fail(s, rc, e);
}

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

enum err_code store_number(struct store *s, const char *sql, int64_t *out, struct err *e)
{
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);

    *out = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
}

static int count_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *s = context;

    (void)db;
    (void)name;
    s->wal_pages = pages;
    return SQLITE_OK;
}

static struct store *new_store(const char *path)
{
    struct arena *a = arena_new();
    struct store *s = arena_alloc(a, sizeof *s);

    s->arena = a;
    s->scratch = arena_new();
    s->path = arena_strdup(a, path);
    s->lock_path = arena_printf(a, "%s-tideline.lock", path);
    s->lock_fd = -1;
    return s;
}

/*
 * Settings of the connection; none of them reads more than the first page. trusted_schema stays on: the research tools'
 * triggers feed an FTS5 table of theirs, which SQLite refuses in an untrusted schema. Dirty pages may outgrow the small
 * page cache up to 32 MiB before they spill, so that an import writes each page once.
 */
static enum err_code configure(struct store *s, struct err *e)
{
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    TRY(store_exec(
        s,
        "PRAGMA page_size=8192; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; PRAGMA recursive_triggers=OFF;"
        "PRAGMA cache_spill=4096;" SMALL_CACHE,
        e));
    sqlite3_wal_hook(s->db, count_wal_pages, s);
    return ERR_OK;
}

/* READWRITE also to read: a reader of a WAL takes part in its shared index. SQLite falls back to read-only itself. */
static enum err_code connect(struct store *s, int flags, struct err *e)
{
    int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | flags, NULL);

    if (rc != SQLITE_OK)
        return store_fail(s, rc, e);
    return configure(s, e);
}

static enum err_code make_folder_of(struct store *s, struct err *e)
{
    const char *slash = strrchr(s->path, '/');

    if (!slash || slash == s->path)
        return ERR_OK;
    return file_make_folder(arena_strndup(s->arena, s->path, (size_t)(slash - s->path)), e);
}

enum err_code store_open(const char *path, struct store **out, struct err *e)
{
    AUTO_STRUCT(store) *s = new_store(path);
    bool current = false;

    TRY(make_folder_of(s, e));
    TRY(connect(s, SQLITE_OPEN_CREATE, e));
    TRY(store_schema_current(s, &current, e));
    if (!current)
        TRY(store_schema_migrate(s, e));
    else
        TRY(store_schema_use_wal(s, e));
    *out = TAKE(s);
    return ERR_OK;
}

/* Made by an earlier version, or only just being made. */
static enum err_code is_old(struct store *s, bool *old, struct err *e)
{
    int64_t made = 0;
    int64_t version = 0;

    TRY(store_number(s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tl_schema'",
                     &made, e));
    if (made)
        TRY(store_number(s, "SELECT version FROM tl_schema", &version, e));
    *old = version < STORE_SCHEMA_VERSION;
    return ERR_OK;
}

enum err_code store_open_made(const char *path, struct store **out, struct err *e)
{
    AUTO_STRUCT(store) *s = new_store(path);
    bool current = false;
    bool old = false;

    if (!file_exists(path))
        return err_set(e, ERR_NOT_FOUND, "There is no database %s yet. Pull first.", path);
    TRY(connect(s, 0, e));
    TRY(is_old(s, &old, e));
    if (old)
        return err_set(e, ERR_BUSY,
                       "The timeline's database is being prepared for this version of Tideline. Try again in "
                       "a moment.");
    TRY(store_schema_current(s, &current, e));
    if (!current)
        TRY(store_schema_migrate(s, e));
    *out = TAKE(s);
    return ERR_OK;
}

enum err_code store_open_read(const char *path, struct store **out, struct err *e)
{
    AUTO_STRUCT(store) *s = new_store(path);
    int64_t version = 0;

    if (!file_exists(path))
        return err_set(e, ERR_NOT_FOUND, "There is no database %s yet. Pull first.", path);
    TRY(connect(s, 0, e));
    TRY(store_exec(s, "PRAGMA query_only=ON", e));
    s->query_only = true;
    TRY(store_number(s, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'tl_schema'", &version,
                     e));
    if (!version)
        return err_set(e, ERR_NOT_FOUND, "The database %s has not been set up yet. Pull first.", path);
    TRY(store_schema_current(s, &(bool){false}, e));
    *out = TAKE(s);
    return ERR_OK;
}

enum err_code store_open_memory(struct store **out, struct err *e)
{
    AUTO_STRUCT(store) *s = new_store(":memory:");

    TRY(connect(s, SQLITE_OPEN_CREATE, e));
    TRY(store_exec(s, store_sql_script_shared, e));
    TRY(store_exec(s, store_sql_script_schema, e));
    TRY(store_exec(s, store_sql_script_triggers, e));
    TRY(store_exec(s, "BEGIN", e));
    s->writing = true;
    *out = TAKE(s);
    return ERR_OK;
}

void store_close(struct store *s)
{
    store_rollback(s);
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    arena_free(s->scratch);
    arena_free(s->arena);
}

enum err_code store_lock(struct store *s, int wait_ms, struct err *e)
{
    enum err_code code = file_lock(s->lock_path, wait_ms, s->path, &s->lock_fd, e);

    if (code == ERR_LOCKED)
        return err_set(e, ERR_BUSY, "Another operation is writing to the database %s. Try again in a moment.",
                       s->path);
    return code;
}

void store_unlock(struct store *s)
{
    sqlite3_exec(s->db, SMALL_CACHE, NULL, NULL, NULL);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->lock_fd = -1;
    s->writing = false;
    s->muted = false;
    s->search_documents = 0;
    store_search_drop(s);
}

/* Other programs do not take our lock: what is left of the waiting time goes to SQLite's own. */
static enum err_code begin_immediate(struct store *s, int64_t left_ms, struct err *e)
{
    enum err_code code;

    /* There SQLite would begin to read and refuse the first write. */
    if (sqlite3_db_readonly(s->db, "main") > 0)
        return store_fail(s, SQLITE_READONLY, e);
    sqlite3_busy_timeout(s->db, left_ms > 0 ? (int)left_ms : 0);
    code = store_exec(s, "PRAGMA cache_size=-32000; BEGIN IMMEDIATE", e);
    sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
    return code;
}

enum err_code store_begin(struct store *s, int wait_ms, struct err *e)
{
    int64_t started_ms = clock_monotonic_ms();
    enum err_code code;

    if (s->writing || s->reading)
        return err_set(e, ERR_INTERNAL, "A transaction is open already on the database %s.", s->path);
    TRY(store_lock(s, wait_ms, e));
    code = begin_immediate(s, wait_ms < 0 ? STORE_BUSY_MS : wait_ms - (clock_monotonic_ms() - started_ms), e);
    if (code != ERR_OK) {
        store_unlock(s);
        return code;
    }
    s->writing = true;
    s->wal_pages = 0;
    return ERR_OK;
}

void store_rollback(struct store *s)
{
    if (!s->writing)
        return;
    /* After some failures SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    store_unlock(s);
}

/* A reader may hold the WAL's end: then the next committer tries again, so do not wait and do not fail. */
static void checkpoint(struct store *s)
{
    int64_t page_bytes = 0;

    if (s->wal_pages == 0 || store_number(s, "PRAGMA page_size", &page_bytes, NULL) != ERR_OK ||
        s->wal_pages * page_bytes <= STORE_CHECKPOINT_BYTES)
        return;
    sqlite3_busy_timeout(s->db, 0);
    sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
}

enum err_code store_end(struct store *s, enum err_code code, struct err *e)
{
    if (code == ERR_OK)
        return store_commit(s, e);
    store_rollback(s);
    return code;
}

bool store_in_transaction(struct store *s)
{
    return s->writing;
}

enum err_code store_commit(struct store *s, struct err *e)
{
    enum err_code code;

    if (!s->writing || sqlite3_get_autocommit(s->db)) {
        store_rollback(s);
        return err_set(e, ERR_INTERNAL, "No transaction is open on the database %s.", s->path);
    }
    code = store_search_flush(s, e);
    if (code == ERR_OK)
        code = store_search_tidy(s, e);
    if (code == ERR_OK && s->muted)
        code = store_exec(s, "UPDATE tl_schema SET writing = 0", e);
    if (code == ERR_OK)
        code = store_exec(s, "COMMIT", e);
    if (code != ERR_OK) {
        store_rollback(s);
        return code;
    }
    s->own_writes++;
    checkpoint(s);
    store_unlock(s);
    return ERR_OK;
}

enum err_code store_mute(struct store *s, struct err *e)
{
    if (s->muted)
        return ERR_OK;
    if (!s->writing)
        return err_set(e, ERR_INTERNAL, "Writing to the database %s needs a write transaction.", s->path);
    TRY(store_exec(s, "UPDATE tl_schema SET writing = 1", e));
    s->muted = true;
    return ERR_OK;
}

enum err_code store_read_begin(struct store *s, struct err *e)
{
    if (s->writing || s->reading)
        return err_set(e, ERR_INTERNAL, "A transaction is open already on the database %s.", s->path);
    TRY(store_exec(s, "BEGIN DEFERRED", e));
    s->reading = true;
    return ERR_OK;
}

void store_read_end(struct store *s)
{
    if (s->reading)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->reading = false;
}

int64_t store_version(struct store *s)
{
    bool found = false;
    int64_t version = 0;
    SQL(q, s, SQL_DATA_VERSION);

    if (sql_row(&q, &found, NULL) == ERR_OK && found)
        version = sql_int(&q, "data_version");
    return version * ((int64_t)1 << 32) + s->own_writes;
}
