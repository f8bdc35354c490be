#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/store/store_internal.h"

static enum err_code read_only(struct store *s, struct err *e)
{
    return err_set(e, ERR_READ_ONLY,
                   "The database %s cannot be written. Check its owner and whether its disk is read-only.",
                   s->path);
}

/* SQLite says CANTOPEN too when it may not make the database, its WAL or its index beside it. */
static bool folder_is_read_only(struct store *s)
{
    const char *slash = strrchr(s->path, '/');
    const char *folder = !slash             ? "."
                         : slash == s->path ? "/"
                                            : arena_strndup(s->arena, s->path, (size_t)(slash - s->path));

    return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) != 0 && (errno == EROFS || errno == EACCES);
}

static enum err_code cannot_open(struct store *s, struct err *e)
{
    if (folder_is_read_only(s))
        return read_only(s, e);
    return err_set(e, ERR_IO,
                   "The database %s cannot be opened. Check that its folder exists and may be written.",
                   s->path);
}

/* What SQLite says is for its own log; a person needs the file's name and what to do. */
static enum err_code explain(struct store *s, int rc, struct err *e)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return err_set(e, ERR_DISK_FULL,
                       "The disk of %s is full. Nothing was changed; free some space and try again.",
                       s->path);
    case SQLITE_READONLY: return read_only(s, e);
    case SQLITE_CANTOPEN: return cannot_open(s, e);
    case SQLITE_CORRUPT:
        return err_set(e, ERR_DB_CORRUPT, "The database %s is damaged (%s). Restore it from a backup.",
                       s->path, sqlite3_errstr(rc));
    case SQLITE_NOTADB:
        return err_set(e, ERR_DB_FOREIGN, "%s is not a SQLite database. Set DB_PATH to another file.",
                       s->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(e, ERR_BUSY, "Another program is writing to the database %s. Try again in a moment.",
                       s->path);
    case SQLITE_IOERR:
        return err_set(e, ERR_IO,
                       "The disk of the database %s failed (%s). Check the disk and the system's log.",
                       s->path, sqlite3_errstr(rc));
    case SQLITE_CONSTRAINT:
        return err_set(e, ERR_DB_FOREIGN, "A rule in the database %s refuses this: %s.", s->path,
                       sqlite3_errmsg(s->db));
    case SQLITE_TOOBIG:
        return err_set(e, ERR_TOO_LARGE, "A value is too large for the database %s.", s->path);
    default: return err_set(e, ERR_INTERNAL, "The database %s answered: %s.", s->path, sqlite3_errmsg(s->db));
    }
}

enum err_code store_fail(struct store *s, int rc, struct err *e)
{
    int extended = s->db ? sqlite3_extended_errcode(s->db) : rc;

    /* The connection remembers the details of its last call, which is nearly always the one that failed. */
    return explain(s, (extended & 0xff) == (rc & 0xff) ? extended : rc, e);
}
