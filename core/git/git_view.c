/* A look at a remote's branches. A path is read straight from its repository: libgit2's transport for paths lists and
 * sorts every reference first. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

static const char heads_prefix[] = "refs/heads/";

static enum err_code open_local(struct git_service_view *view, struct err *e)
{
    const char *path = view->remote->path;
    int result = git_repository_open_ext(&view->local, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

    if (result == 0)
        return ERR_OK;
    if (!file_is_folder(path))
        return err_set(e, ERR_REPOSITORY_NOT_FOUND, "There is no repository at %s: check TIMELINE_REPO_URL.",
                       path);
    if (result == GIT_ENOTFOUND)
        return err_set(e, ERR_REPOSITORY_NOT_FOUND,
                       "The folder %s is no Git repository: check TIMELINE_REPO_URL.", path);
    return git_service_fail(e, result, "open the repository");
}

static int create_remote(struct git_service_view *view)
{
    git_remote_create_options options;

    (void)git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    /* Nothing rewrites our URL; looking for rewrites also leaks memory in libgit2 1.5.1 (a regular expression's). */
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    options.repository = view->g->mirror;
    return git_remote_create_with_opts(&view->connection,
                                       view->remote->path ? view->remote->path : view->remote->url, &options);
}

enum err_code git_service_view_connect(struct git_service_view *view, bool push, struct err *e)
{
    git_remote_connect_options options;
    int result;

    git_service_network_enter(view->g, view->remote);
    git_service_report(view->g, "connecting", 0, 0, 0);
    (void)git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    git_service_network_callbacks(&options.callbacks);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.proxy_opts.type = GIT_PROXY_NONE;
    result = create_remote(view);
    if (result == 0)
        result = git_remote_connect_ext(view->connection, push ? GIT_DIRECTION_PUSH : GIT_DIRECTION_FETCH,
                                        &options);
    if (result == 0)
        result = git_remote_ls(&view->heads, &view->heads_n, view->connection);
    return result < 0 ? git_service_network_fail(e, result, "reach the repository") : ERR_OK;
}

enum err_code git_service_view_open(struct git_service *g, const struct git_service_remote *remote, bool push,
                                    struct git_service_view *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->g = g;
    out->remote = remote;
    TRY(git_service_check(g, e));
    return remote->path ? open_local(out, e) : git_service_view_connect(out, push, e);
}

void git_service_view_close(struct git_service_view *view)
{
    git_repository_free(view->local);
    if (view->connection) {
        git_remote_free(view->connection);
        git_service_network_leave();
    }
    memset(view, 0, sizeof *view);
}

static enum err_code find_local(struct git_service_view *view, const char *name, git_oid *id, bool *found,
                                struct err *e)
{
    int result = git_reference_name_to_id(id, view->local, name);

    *found = result == 0;
    if (result == 0 || result == GIT_ENOTFOUND)
        return ERR_OK;
    return git_service_fail(e, result, "read the repository's branch");
}

enum err_code git_service_view_find(struct git_service_view *view, const char *branch, git_oid *id,
                                    bool *found, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *name = arena_printf(a, "%s%s", heads_prefix, branch);

    *found = false;
    if (view->local)
        return find_local(view, name, id, found, e);
    for (size_t i = 0; i < view->heads_n && !*found; i++) {
        *found = strcmp(view->heads[i]->name, name) == 0;
        if (*found)
            git_oid_cpy(id, &view->heads[i]->oid);
    }
    return ERR_OK;
}

static void add_name(struct arena *a, char *names[], size_t limit, size_t *n, const char *name)
{
    if (!str_starts(name, heads_prefix))
        return;
    if (*n < limit)
        names[*n] = arena_strdup(a, name + strlen(heads_prefix));
    (*n)++;
}

enum err_code git_service_view_names(struct git_service_view *view, struct arena *a, char *names[],
                                     size_t limit, size_t *n, struct err *e)
{
    AUTO(git_reference_iterator) *iterator = NULL;
    const char *name;
    int result;

    *n = 0;
    for (size_t i = 0; i < view->heads_n; i++)
        add_name(a, names, limit, n, view->heads[i]->name);
    if (!view->local)
        return ERR_OK;
    result = git_reference_iterator_glob_new(&iterator, view->local, "refs/heads/*");
    while (result == 0 && (result = git_reference_next_name(&name, iterator)) == 0)
        add_name(a, names, limit, n, name);
    return result == GIT_ITEROVER ? ERR_OK : git_service_fail(e, result, "list the repository's branches");
}

char *git_service_view_default(struct git_service_view *view, struct arena *a)
{
    AUTO(git_reference) *head = NULL;
    const char *target = NULL;

    if (view->local && git_reference_lookup(&head, view->local, "HEAD") == 0)
        target = git_reference_symbolic_target(head);
    for (size_t i = 0; i < view->heads_n && !target; i++) {
        if (strcmp(view->heads[i]->name, "HEAD") == 0)
            target = view->heads[i]->symref_target;
    }
    if (!target || !str_starts(target, heads_prefix))
        return NULL;
    return arena_strdup(a, target + strlen(heads_prefix));
}
