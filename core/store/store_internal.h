/*
 * What the files of core/store share: the connection. Private to this module.
 */
#ifndef TIDELINE_STORE_STORE_INTERNAL_H
#define TIDELINE_STORE_STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/store/store.h"
#include "core/store/store_sql.h"

enum {
    STORE_SCHEMA_VERSION = 4,
    STORE_CHECKPOINT_BYTES =
        4 * 1024 * 1024,  /* a WAL beyond this is checkpointed by the committer that finds it */
    STORE_BUSY_MS = 5000, /* SQLite's own wait, the second net behind the writer lock */
};

struct search_step;

struct store {
    sqlite3 *db;
    const char *path, *lock_path;
    struct arena *arena;   /* as long as the store */
    struct arena *scratch; /* as long as one call of a public function that has no arena of its caller */
    int lock_fd;           /* the writer lock while a write transaction is open, else -1 */
    bool writing, reading;
    bool query_only;            /* opened to read */
    bool muted;                 /* this transaction has told the triggers not to log (tl_schema.writing) */
    struct arena *search_arena; /* search documents that wait for the end of the transaction; NULL: none */
    struct search_step *search_first, *search_last;
    size_t search_steps;
    size_t search_documents; /* written in this transaction */
    bool search_lost;   /* a document cannot be taken out: the index must be made anew */
    int wal_pages;      /* in the WAL after the last commit, 0 when the last transaction wrote nothing */
    int64_t own_writes; /* commits of this connection: data_version does not count them */
    sqlite3_stmt *statements[SQL_COUNT];
    bool in_use[SQL_COUNT];
};

/* Turn the connection's last failure into a code and a sentence that names the database. */
enum err_code store_fail(struct store *s, int rc, struct err *e);

/* Run SQL that has no parameters and no rows of interest. */
enum err_code store_exec(struct store *s, const char *sql, struct err *e);

/* The first column of the first row of a pragma or simple query, 0 when there is none. */
enum err_code store_number(struct store *s, const char *sql, int64_t *out, struct err *e);

/* The writer lock alone, for what SQLite does outside a transaction. */
enum err_code store_lock(struct store *s, int wait_ms, struct err *e);
void store_unlock(struct store *s);

/* An empty database in memory with our schema, ready to be written without any lock; it ends with store_close(). */
enum err_code store_open_memory(struct store **out, struct err *e);

/* True when the schema is of this version and nothing touched it since it was last found right. ERR_DB_FOREIGN for a newer one. */
enum err_code store_schema_current(struct store *s, bool *current, struct err *e);

/* Make or migrate the schema; runs in its own write transaction, under the writer lock. */
enum err_code store_schema_migrate(struct store *s, struct err *e);

/* A database that could not become a WAL database, or that another program made another kind of, becomes one unless
 * somebody is using it. */
enum err_code store_schema_use_wal(struct store *s, struct err *e);

/* True when nothing touched the schema since it was last found right. */
enum err_code store_schema_unmoved(struct store *s, bool *unmoved, struct err *e);

/* Another program changed the schema while it was open here: make it right again. In the open write transaction, or in
 * one of its own. */
enum err_code store_schema_again(struct store *s, int wait_ms, struct err *e);

/* [w] The schema is right as it is now. */
enum err_code store_schema_remember(struct store *s, struct err *e);

/* store_watch.c. Whether the triggers stand on the shared tables. Without them nothing was logged: compare puts into the
 * log what differs from what is known [w]. */
enum err_code store_watch_check(struct store *s, bool *watched, struct err *e);
enum err_code store_watch_compare(struct store *s, struct err *e);

/* [w] From here to the end of the transaction the triggers on shared tables log nothing: call before writing an event
 * or its metadata, and keep tl_event in step yourself. */
enum err_code store_mute(struct store *s, struct err *e);

/* [w] Write the search documents that wait; store_commit() does. Drop them: after a rollback. */
enum err_code store_search_flush(struct store *s, struct err *e);
void store_search_drop(struct store *s);

/* [w] Make one part of the index when this transaction wrote a great many documents. */
enum err_code store_search_tidy(struct store *s, struct err *e);

#endif
