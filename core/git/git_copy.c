/* Objects from a repository on this machine: files are linked, or copied where links are not possible.
 *
 * Order matters, because the other side may be repacking: loose objects first, then packs. An object that leaves the
 * loose files in between is in a pack by then. A pack that vanishes in between has been replaced: look again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { TRIES = 5, FOLDER_NAME_N = 2, LOOSE_NAME_N = 38, BLOCK_BYTES = 1 << 20 };

struct copy {
    struct git_service *g;
    struct arena *arena;
    const char *from, *to; /* objects folders */
    uint64_t files, bytes;
    bool vanished;
};

static void folder_release(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}
#define AUTO_FOLDER __attribute__((cleanup(folder_release))) DIR

static bool is_hex(const char *name, size_t n)
{
    return strlen(name) == n && strspn(name, "0123456789abcdef") == n;
}

static int copy_bytes(int from, int to)
{
    for (;;) {
        ssize_t moved = copy_file_range(from, NULL, to, NULL, BLOCK_BYTES, 0);

        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            return (int)moved;
    }
}

static int copy_slowly(int from, int to)
{
    char buffer[65536];
    ssize_t got;

    while ((got = read(from, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, buffer + done, (size_t)(got - done));

            if (put < 0)
                return -1;
            done += put;
        }
    }
    return got < 0 ? -1 : 0;
}

static bool kernel_cannot(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

/* Under a temporary name that the sweep knows, so that a half copy is never taken for an object. */
static int copy_file(const char *from, const char *to, const char *temporary)
{
    AUTO_FD in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    AUTO_FD out = -1;
    int result;

    if (in < 0)
        return -1;
    out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0440);
    if (out < 0)
        return -1;
    result = copy_bytes(in, out);
    if (result < 0 && kernel_cannot(errno))
        result = lseek(in, 0, SEEK_SET) == 0 && ftruncate(out, 0) == 0 && lseek(out, 0, SEEK_SET) == 0
                     ? copy_slowly(in, out)
                     : -1;
    if (result == 0)
        result = rename(temporary, to);
    if (result < 0) {
        int saved = errno;

        (void)unlink(temporary);
        errno = saved;
    }
    return result;
}

static bool cannot_link(int error)
{
    return error == EXDEV || error == EPERM || error == EMLINK || error == EACCES || error == EOPNOTSUPP;
}

static void count_file(struct copy *copy, const char *to)
{
    struct stat status;

    if (stat(to, &status) == 0)
        copy->bytes += (uint64_t)status.st_size;
    copy->files++;
}

/* A link would lead out of the mirror, and reading a pipe would never end. */
static bool is_special(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Bring one file; what is already there is the same object. A file that is gone sets `vanished`. */
static enum err_code bring(struct copy *copy, const char *from, const char *to, struct err *e)
{
    int result;

    if (is_special(from))
        return err_set(e, ERR_IO, "%s is no regular file. Run git fsck on the repository.", from);
    result = link(from, to);
    if (result < 0 && errno == EEXIST)
        return ERR_OK;
    if (result < 0 && cannot_link(errno))
        result = copy_file(from, to, arena_printf(copy->arena, "%s/tmp_tideline", copy->to));
    if (result < 0 && errno == ENOENT) {
        copy->vanished = true;
        return ERR_OK;
    }
    if (result < 0)
        return err_set_errno(e, errno, "copy the repository's objects into the mirror");
    count_file(copy, to);
    return ERR_OK;
}

static enum err_code bring_loose_folder(struct copy *copy, const char *name, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *from = file_join(a, copy->from, name), *to = file_join(a, copy->to, name);
    AUTO_FOLDER *folder = opendir(from);
    struct dirent *entry;

    if (!folder)
        return ERR_OK; /* emptied by a repack: then its objects are in a pack */
    TRY(file_make_folder(to, e));
    while ((entry = readdir(folder))) {
        if (is_hex(entry->d_name, LOOSE_NAME_N))
            TRY(bring(copy, file_join(a, from, entry->d_name), file_join(a, to, entry->d_name), e));
    }
    copy->vanished = false;
    return ERR_OK;
}

static enum err_code bring_loose(struct copy *copy, struct err *e)
{
    AUTO_FOLDER *folder = opendir(copy->from);
    struct dirent *entry;

    if (!folder)
        return err_set(e, ERR_UNSUPPORTED, "The repository has no objects folder.");
    while ((entry = readdir(folder))) {
        if (!is_hex(entry->d_name, FOLDER_NAME_N))
            continue;
        TRY(bring_loose_folder(copy, entry->d_name, e));
        TRY(git_service_check(copy->g, e));
    }
    return ERR_OK;
}

/* The index makes a pack count, so it comes last. */
static enum err_code bring_pack(struct copy *copy, const char *index_name, struct err *e)
{
    const char *from = arena_printf(copy->arena, "%s/pack/%s", copy->from, index_name);
    const char *to = arena_printf(copy->arena, "%s/pack/%s", copy->to, index_name);
    int stem = (int)(strlen(from) - strlen(".idx")), to_stem = (int)(strlen(to) - strlen(".idx"));

    if (file_exists(to))
        return ERR_OK;
    TRY(bring(copy, arena_printf(copy->arena, "%.*s.pack", stem, from),
              arena_printf(copy->arena, "%.*s.pack", to_stem, to), e));
    if (copy->vanished)
        return ERR_OK;
    return bring(copy, from, to, e);
}

static enum err_code bring_packs(struct copy *copy, struct err *e)
{
    AUTO_FOLDER *folder = opendir(file_join(copy->arena, copy->from, "pack"));
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        if (!str_starts(entry->d_name, "pack-") || !str_ends(entry->d_name, ".idx"))
            continue;
        TRY(bring_pack(copy, entry->d_name, e));
        TRY(git_service_check(copy->g, e));
        git_service_report(copy->g, "receiving", copy->files, 0, copy->bytes);
    }
    return ERR_OK;
}

static enum err_code bring_all(struct copy *copy, struct err *e)
{
    for (int i = 0; i < TRIES; i++) {
        copy->vanished = false;
        TRY(bring_loose(copy, e));
        TRY(bring_packs(copy, e));
        if (!copy->vanished)
            return ERR_OK;
    }
    return err_set(e, ERR_UNSUPPORTED, "The repository is being repacked all the time.");
}

enum err_code git_service_copy_objects(struct git_service *g, git_repository *from, uint64_t *bytes,
                                       struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct copy copy = {.g = g, .arena = a, .to = file_join(a, g->options.mirror, "objects")};
    int result;

    copy.from = file_join(a, git_repository_commondir(from), "objects");
    if (file_exists(file_join(a, copy.from, "info/alternates")))
        return err_set(e, ERR_UNSUPPORTED, "The repository keeps objects elsewhere.");
    TRY(file_make_folder(file_join(a, copy.to, "pack"), e));
    TRY(bring_all(&copy, e));
    *bytes = copy.bytes;
    git_service_report(g, "receiving", copy.files, copy.files, copy.bytes);
    result = git_odb_refresh(g->odb);
    return result < 0 ? git_service_fail(e, result, "read the copied objects") : ERR_OK;
}
