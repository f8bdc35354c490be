/* The mirror's folder: make, open, judge, lock, sweep. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { MARKER_BYTES_MAX = 4096 };
static const char marker_name[] = "tideline-mirror";

void git_service_unuse(struct git_service *g)
{
    git_odb_object_free(g->folder);
    git_odb_free(g->odb);
    git_repository_free(g->mirror);
    g->folder = NULL;
    g->odb = NULL;
    g->mirror = NULL;
}

static char *marker_path(struct git_service *g)
{
    return file_join(g->arena, g->options.mirror, marker_name);
}

/* The URL in the marker without its newline; NULL when there is no marker. */
static char *read_marker(struct git_service *g)
{
    char *text;
    size_t n;

    if (file_read(g->arena, marker_path(g), MARKER_BYTES_MAX, &text, &n, NULL) != ERR_OK)
        return NULL;
    if (n && text[n - 1] == '\n')
        text[n - 1] = '\0';
    return text;
}

/* Not synchronised with the disk: a marker that a power cut tears only means that the mirror is made anew. */
static enum err_code write_marker(struct git_service *g, const char *url, struct err *e)
{
    const char *line = *url ? arena_printf(g->arena, "%s\n", url) : "";
    AUTO_FD fd = open(marker_path(g), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line))
        return ERR_OK;
    return err_set_errno(e, errno, arena_printf(g->arena, "write %s", marker_path(g)));
}

static enum err_code open_mirror(struct git_service *g, struct err *e)
{
    int result;

    if (g->mirror)
        return ERR_OK;
    result = git_repository_open_bare(&g->mirror, g->options.mirror);
    if (result == 0)
        result = git_repository_odb(&g->odb, g->mirror);
    if (result == 0)
        return ERR_OK;
    git_service_unuse(g);
    return git_service_fail(e, result, "open the mirror");
}

enum err_code git_service_use(struct git_service *g, struct err *e)
{
    const char *url;

    if (g->mirror)
        return ERR_OK;
    url = read_marker(g);
    if (!url || !*url)
        return err_set(e, ERR_NOT_FOUND, "There is no mirror of the repository yet: run git-pull.");
    return open_mirror(g, e);
}

static bool is_empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    bool empty = true;

    if (!folder)
        return false;
    while (empty && (entry = readdir(folder)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return empty;
}

/* The tip that was pulled last has to be readable, its tree too; deeper damage shows when it is read. */
static bool tip_is_good(struct git_service *g)
{
    const char *name = arena_printf(g->arena, "refs/remotes/origin/%s", g->options.branch);
    struct object_id commit;
    git_oid tip, tree;

    if (git_reference_name_to_id(&tip, g->mirror, name) < 0)
        return true;
    git_service_id_text(&tip, &commit);
    return git_service_commit_tree(g, &commit, &tree, NULL) == ERR_OK;
}

enum git_service_mirror_state git_service_mirror_state(struct git_service *g)
{
    const char *url = read_marker(g);

    if (!file_exists(g->options.mirror) || is_empty_folder(g->options.mirror))
        return MIRROR_NONE;
    if (!url)
        return MIRROR_FOREIGN;
    git_service_unuse(g);
    if (strcmp(url, g->options.url) == 0 && open_mirror(g, NULL) == ERR_OK && tip_is_good(g))
        return MIRROR_GOOD;
    return MIRROR_UNUSABLE;
}

/* Everything in the folder but the marker; the folder itself may be a mount point. */
static enum err_code empty_folder(struct git_service *g, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    DIR *folder = opendir(g->options.mirror);
    enum err_code code = ERR_OK;
    struct dirent *entry;

    if (!folder)
        return err_set(e, ERR_IO, "Cannot read the mirror's folder %s.", g->options.mirror);
    while (code == ERR_OK && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, marker_name))
            code = file_remove_tree(file_join(a, g->options.mirror, entry->d_name), e);
    }
    closedir(folder);
    return code;
}

enum err_code git_service_make(struct git_service *g, struct err *e)
{
    git_repository_init_options options;
    int result;

    git_service_unuse(g);
    TRY(file_make_folder(g->options.mirror, e));
    TRY(write_marker(g, "", e));
    TRY(empty_folder(g, e));
    (void)git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR;
    options.mode = 0750;
    options.initial_head = g->options.branch;
    result = git_repository_init_ext(&g->mirror, g->options.mirror, &options);
    git_service_unuse(g);
    if (result < 0)
        return git_service_fail(e, result, "make the mirror");
    return open_mirror(g, e);
}

enum err_code git_service_complete(struct git_service *g, struct err *e)
{
    return write_marker(g, g->options.url, e);
}

void git_service_distrust(struct git_service *g)
{
    if (file_exists(marker_path(g)))
        (void)write_marker(g, "", NULL);
}

bool git_service_distrusted(struct git_service *g)
{
    const char *url = read_marker(g);

    return url && !*url;
}

static bool is_leftover(const char *name)
{
    return str_starts(name, "pack_git2_") || str_starts(name, "tmp_") || str_ends(name, ".lock");
}

static void sweep_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    if (!folder)
        return;
    while ((entry = readdir(folder))) {
        if (is_leftover(entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

static int sweep_ref(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (kind == FTW_F && str_ends(path, ".lock"))
        (void)unlink(path);
    return 0;
}

/* What a killed fetch, object write or ref update leaves. Safe because the caller holds the lock. */
static void sweep(struct git_service *g)
{
    const char *mirror = g->options.mirror;

    if (!file_exists(marker_path(g)))
        return;
    sweep_folder(mirror);
    sweep_folder(file_join(g->arena, mirror, "objects"));
    sweep_folder(file_join(g->arena, mirror, "objects/pack"));
    (void)nftw(file_join(g->arena, mirror, "refs"), sweep_ref, 16, FTW_PHYS);
}

static enum err_code make_parent(struct git_service *g, struct err *e)
{
    char *parent = arena_strdup(g->arena, g->options.mirror);
    char *slash = strrchr(parent, '/');

    if (!slash || slash == parent)
        return ERR_OK;
    *slash = '\0';
    return file_make_folder(parent, e);
}

enum err_code git_service_lock(struct git_service *g, int *fd, struct err *e)
{
    TRY(make_parent(g, e));
    TRY(file_lock(arena_printf(g->arena, "%s.lock", g->options.mirror), g->options.lock_wait_ms,
                  "the mirror of this repository", fd, e));
    sweep(g);
    return ERR_OK;
}
