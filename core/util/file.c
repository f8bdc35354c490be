#include "core/util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/str.h"

static enum err_code fail(struct err *e, const char *verb, const char *path)
{
    int saved = errno;
    char what[300];

    (void)snprintf(what, sizeof what, "%s %s", verb, path);
    if (saved == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "Cannot %s: there is no such file.", what);
    return err_set_errno(e, saved, what);
}

static enum err_code read_all(int fd, const char *path, size_t limit_bytes, struct str *text, struct err *e)
{
    char buffer[16384];

    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(e, "read", path);
        if (got == 0)
            return ERR_OK;
        str_addn(text, buffer, (size_t)got);
        if (text->full)
            return err_set(e, ERR_TOO_LARGE, "%s is larger than the %zu bytes that are allowed here.", path,
                           limit_bytes);
    }
}

enum err_code file_read(struct arena *a, const char *path, size_t limit_bytes, char **out, size_t *n,
                        struct err *e)
{
    AUTO_FD opened = -1;
    int fd = STDIN_FILENO;
    struct str text;

    if (strcmp(path, "-") != 0) {
        fd = opened = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return fail(e, "read", path);
    }
    str_init(&text, a, limit_bytes);
    TRY(read_all(fd, path, limit_bytes, &text, e));
    *out = text.p;
    if (n)
        *n = text.n;
    return ERR_OK;
}

static enum err_code write_all(int fd, const char *path, const char *p, size_t n, struct err *e)
{
    while (n) {
        ssize_t put = write(fd, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail(e, "write", path);
        p += put;
        n -= (size_t)put;
    }
    return fsync(fd) == 0 ? ERR_OK : fail(e, "write", path);
}

enum err_code file_write(const char *path, const char *p, size_t n, unsigned mode, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *temporary = arena_printf(a, "%s.%ld.new", path, (long)getpid());
    AUTO_FD fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    enum err_code code;

    if (fd < 0)
        return fail(e, "write", path);
    code = write_all(fd, path, p, n, e);
    if (code == ERR_OK && rename(temporary, path) != 0)
        code = fail(e, "write", path);
    if (code != ERR_OK)
        (void)unlink(temporary);
    return code;
}

/* 0, or the reason of mkdir: looking whether the folder is there overwrites errno. */
static int make_one_folder(const char *path)
{
    int reason = mkdir(path, 0750) == 0 ? 0 : errno;

    return reason && file_is_folder(path) ? 0 : reason;
}

enum err_code file_make_folder(const char *path, struct err *e)
{
    char part[4096];
    size_t n = strlen(path);

    if (n >= sizeof part)
        return err_set(e, ERR_IO, "The folder name %.60s… is too long.", path);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        errno = make_one_folder(part);
        if (errno)
            return fail(e, "make the folder", part);
        part[i] = i < n ? '/' : '\0';
    }
    return ERR_OK;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

enum err_code file_remove_tree(const char *path, struct err *e)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return fail(e, "remove", path);
    return ERR_OK;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

enum err_code file_lock(const char *path, int wait_ms, const char *what, int *fd, struct err *e)
{
    AUTO_FD opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    int64_t give_up_ms = clock_monotonic_ms() + wait_ms;

    if (opened < 0)
        return fail(e, "open the lock file", path);
    while (flock(opened, wait_ms < 0 ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return fail(e, "lock", path);
        if (clock_monotonic_ms() >= give_up_ms)
            return err_set(e, ERR_LOCKED, "Another operation is using %s. Try again when it has finished.",
                           what);
        clock_pause_ms(5);
    }
    *fd = TAKE_FD(opened);
    return ERR_OK;
}

char *file_join(struct arena *a, const char *folder, const char *name)
{
    const char *slash = str_ends(folder, "/") ? "" : "/";

    return arena_printf(a, "%s%s%s", folder, slash, name);
}
