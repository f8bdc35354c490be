/*
 * The tenant's database: one SQLite file, its schema, and every SQL statement of the program. The only user of
 * <sqlite3.h>. Statements live in core/store/sql/ and are embedded at build time; each is prepared once per connection.
 *
 * Rules that keep the file safe (DESIGN.md, "SQLite 3.40.1"): WAL, synchronous=FULL, foreign_keys=ON,
 * wal_autocheckpoint=0, no checkpoint on close; every write transaction holds the writer lock (flock on
 * `<db>-tideline.lock`) and is BEGIN IMMEDIATE; the committer that finds the WAL over 4 MiB checkpoints, still under the
 * lock. Readers never wait. No handle crosses fork().
 *
 * The four shared tables (CONTRACT.md, "Database") may already exist with the rows of other tools: missing tables and
 * columns are added, nothing is renamed or dropped. Our own tables are tl_*. Times are SQLAlchemy text in the four,
 * microseconds since 1970 (UTC) in ours.
 */
#ifndef TIDELINE_STORE_STORE_H
#define TIDELINE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/own.h"

struct store;

/*
 * Open and, under the writer lock, create or migrate. folder is made when missing (0750).
 * ERR_DB_FOREIGN: the file is not a database, or tables with our names have other columns' meaning, or it was written by a newer version;
 * ERR_DB_CORRUPT, ERR_READ_ONLY, ERR_DISK_FULL, ERR_BUSY.
 */
enum err_code store_open(const char *path, struct store **out, struct err *e);

/* For who must not be kept waiting: one that an earlier version made, whose migration may take a while, is ERR_BUSY until
 * somebody else has opened it with store_open(). ERR_NOT_FOUND when there is none. Else as store_open(). */
enum err_code store_open_made(const char *path, struct store **out, struct err *e);

/* Open an existing database to read: no file is made, no migration runs. ERR_NOT_FOUND when there is none yet, or its
 * schema has not been made. */
enum err_code store_open_read(const char *path, struct store **out, struct err *e);

void store_close(struct store *s);
AUTO_DEFINE_STRUCT(store, store_close)

/*
 * A write transaction. Takes the writer lock (waits up to wait_ms; ERR_BUSY), begins. Not nested. Parse before, not
 * inside. Functions below marked [w] must run inside one; reads may run anywhere.
 * store_commit() releases the lock also when it fails (then everything is rolled back).
 */
enum err_code store_begin(struct store *s, int wait_ms, struct err *e);
enum err_code store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s); /* harmless when nothing is open */

/* How nearly every transaction ends: commit when code is ERR_OK, else roll back and hand the code on. */
enum err_code store_end(struct store *s, enum err_code code, struct err *e);

/* True between store_begin() and its end: whoever reports progress from inside cannot write it now. */
bool store_in_transaction(struct store *s);

/* A consistent read over several calls: begin deferred / end. Not nested, not inside a write. */
enum err_code store_read_begin(struct store *s, struct err *e);
void store_read_end(struct store *s);

/* PRAGMA data_version plus our own writes: equal numbers mean that nothing has changed since. */
int64_t store_version(struct store *s);

/* A part of a list that goes by id, newest first. */
struct store_slice {
    int64_t before; /* the last id of the part before; 0: from the newest */
    size_t limit;
};

/* Settings kept in the database (git-config and internal ones). value NULL: not set. */
enum err_code store_setting_get(struct store *s, struct arena *a, const char *key, const char **value,
                                struct err *e);
enum err_code store_setting_set(struct store *s, const char *key, const char *value,
                                struct err *e); /* [w] NULL unsets */
struct store_setting {
    const char *key, *value;
};
enum err_code store_setting_list(struct store *s, struct arena *a, struct store_setting **out, size_t *n,
                                 struct err *e);

#endif
