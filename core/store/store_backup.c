#include "core/store/store_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/store_internal.h"
#include "core/util/digest.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { PAGES_A_STEP = 256 };

struct copy {
    struct store *s;
    struct store_backup *b;
    const char *folder, *temporary;
    int64_t schema_number;
    struct err *e;
};

static void close_database(sqlite3 **db)
{
    sqlite3_close(*db);
}

static void finish_backup(sqlite3_backup **backup)
{
    if (*backup)
        sqlite3_backup_finish(*backup);
}

static enum err_code fail(const struct copy *copy, int rc)
{
    const char *what = arena_printf(copy->s->scratch, "write the copy %s", copy->b->file);

    switch (rc & 0xff) {
    case SQLITE_FULL: return err_set_errno(copy->e, ENOSPC, what);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return err_set_errno(copy->e, EACCES, what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_BUSY: return store_fail(copy->s, rc, copy->e);
    default: return err_set_errno(copy->e, EIO, what);
    }
}

/* ---- where it may go */

static bool same_file(const char *left, const char *right)
{
    struct stat a, b;

    return stat(left, &a) == 0 && stat(right, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* SQLite takes whatever stands beside a database for what it wrote there last. */
static enum err_code check_target(const struct copy *copy)
{
    static const char *const beside[] = {"-wal", "-journal"};
    const char *file = copy->b->file;
    struct arena *a = copy->s->scratch;

    if (file_is_folder(file))
        return err_set(copy->e, ERR_EXISTS, "%s is a folder. Name the file that the copy is to be.", file);
    if (file_exists(file) && !copy->b->replace)
        return err_set(copy->e, ERR_EXISTS,
                       "%s is there already. Name another file, or replace it with --replace.", file);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        const char *name = arena_printf(a, "%s%s", file, beside[i]);

        if (file_exists(name))
            return err_set(
                copy->e, ERR_EXISTS,
                "Beside the copy there would be %s, which belongs to another database. Name another file.",
                name);
    }
    if (same_file(file, copy->s->path) || same_file(file, copy->s->lock_path))
        return err_set(copy->e, ERR_EXISTS, "%s is the database itself. Name another file.", file);
    return ERR_OK;
}

static const char *folder_of(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');

    return !slash ? "." : slash == file ? "/" : arena_strndup(a, file, (size_t)(slash - file));
}

/* ---- the copy */

static enum err_code make_temporary(struct copy *copy)
{
    const char *slash = strrchr(copy->b->file, '/');
    AUTO_FD fd = -1;

    copy->folder = folder_of(copy->s->scratch, copy->b->file);
    copy->temporary = arena_printf(copy->s->scratch, "%s/.%s.%s.part", copy->folder,
                                   slash ? slash + 1 : copy->b->file, digest_random_hex(copy->s->scratch, 6));
    fd = open(copy->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return err_set_errno(copy->e, errno,
                             arena_printf(copy->s->scratch, "make a file in %s", copy->folder));
    return ERR_OK;
}

static enum err_code copy_pages(struct copy *copy, sqlite3 *to)
{
    __attribute__((cleanup(finish_backup))) sqlite3_backup *backup =
        sqlite3_backup_init(to, "main", copy->s->db, "main");
    struct store_backup *b = copy->b;
    int rc = SQLITE_OK;

    if (!backup)
        return fail(copy, sqlite3_errcode(to));
    while (rc == SQLITE_OK) {
        int total = sqlite3_backup_pagecount(backup);

        if (b->cancelled && b->cancelled(b->context))
            return err_set(copy->e, ERR_CANCELLED, "The copy was cancelled; nothing was kept of it.");
        if (b->report)
            b->report(b->context, "copying", (uint64_t)(total - sqlite3_backup_remaining(backup)),
                      (uint64_t)total, 0);
        rc = sqlite3_backup_step(backup, PAGES_A_STEP);
    }
    return rc == SQLITE_DONE ? ERR_OK : fail(copy, rc);
}

/* SQLite gives a copy another number of its schema, by which Tideline would believe that somebody had changed it. */
static enum err_code keep_schema_number(struct copy *copy, sqlite3 *to)
{
    const char *pragma =
        arena_printf(copy->s->scratch, "PRAGMA schema_version = %lld", (long long)copy->schema_number);
    int rc = sqlite3_exec(to, pragma, NULL, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : fail(copy, rc);
}

static enum err_code fill(struct copy *copy)
{
    __attribute__((cleanup(close_database))) sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(copy->temporary, &to, SQLITE_OPEN_READWRITE, NULL);

    /* Nobody else knows the file, and it is made durable as a whole. */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return fail(copy, rc);
    TRY(copy_pages(copy, to));
    TRY(keep_schema_number(copy, to));
    rc = sqlite3_close(TAKE(to));
    return rc == SQLITE_OK ? ERR_OK : fail(copy, rc);
}

/* ---- its name */

static enum err_code make_durable(struct copy *copy, const char *path, int flags)
{
    AUTO_FD fd = open(path, flags | O_CLOEXEC);
    struct stat found;

    if (fd < 0 || fsync(fd) != 0 || fstat(fd, &found) != 0)
        return err_set_errno(copy->e, errno, arena_printf(copy->s->scratch, "write %s", path));
    if (!S_ISDIR(found.st_mode))
        copy->b->bytes = (int64_t)found.st_size;
    return ERR_OK;
}

/* A file that has come to be meanwhile is not replaced either. */
static enum err_code give_name(struct copy *copy)
{
    const char *file = copy->b->file;
    int failed = copy->b->replace ? rename(copy->temporary, file)
                                  : renameat2(AT_FDCWD, copy->temporary, AT_FDCWD, file, RENAME_NOREPLACE);

    if (failed && errno == EINVAL && !file_exists(file)) /* a file system that cannot tell */
        failed = rename(copy->temporary, file);
    if (failed && errno == EEXIST)
        return err_set(copy->e, ERR_EXISTS, "%s has come to be meanwhile. Name another file.", file);
    if (failed)
        return err_set_errno(copy->e, errno, arena_printf(copy->s->scratch, "name the copy %s", file));
    return make_durable(copy, copy->folder, O_RDONLY | O_DIRECTORY);
}

/* The first question opens the moment that the copy is of; without it each step would see another. */
static enum err_code write_copy(struct copy *copy)
{
    TRY(store_number(copy->s, "PRAGMA schema_version", &copy->schema_number, copy->e));
    TRY(fill(copy));
    TRY(make_durable(copy, copy->temporary, O_RDONLY));
    return give_name(copy);
}

static void remove_temporary(const struct copy *copy)
{
    (void)unlink(copy->temporary);
    (void)unlink(arena_printf(copy->s->scratch, "%s-wal", copy->temporary));
    (void)unlink(arena_printf(copy->s->scratch, "%s-shm", copy->temporary));
}

enum err_code store_backup(struct store *s, struct store_backup *b, struct err *e)
{
    struct copy copy = {.s = s, .b = b, .e = e};
    bool own = !s->reading && !s->writing;
    enum err_code code;

    arena_reset(s->scratch);
    TRY(check_target(&copy));
    TRY(make_temporary(&copy));
    code = own ? store_read_begin(s, e) : ERR_OK;
    if (code == ERR_OK)
        code = write_copy(&copy);
    if (own)
        store_read_end(s);
    if (code != ERR_OK)
        remove_temporary(&copy);
    return code;
}
