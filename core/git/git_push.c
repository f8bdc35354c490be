/* push_branch and remote_branch. A push is never forced, and what the server says about the reference is believed only
 * after looking at the remote again: libgit2 answers success when the server refused. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

static enum err_code check_name(const char *name, struct err *e)
{
    int valid = 0;

    if (git_branch_name_is_valid(&valid, name) < 0 || !valid)
        return err_set(e, ERR_INVALID_INPUT, "\"%s\" is no branch name that Git accepts.", name);
    return ERR_OK;
}

static enum err_code rejected(const char *name, struct err *e)
{
    const char *verdict = git_service_network_verdict(), *remarks = git_service_network_remarks();

    return err_set(e, ERR_PUSH_REJECTED, "The server refuses the branch %s: %s%s%s.", name, verdict,
                   *remarks ? "; it says: " : "", remarks);
}

/* libgit2 pushes references only. This one is in use under the mirror's lock and means nothing afterwards. */
static const char source[] = "refs/tideline/push";

static enum err_code upload(struct git_service_view *view, const char *name, const git_oid *commit,
                            struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *spec = arena_printf(a, "%s:refs/heads/%s", source, name);
    git_strarray specs = {&spec, 1};
    AUTO(git_reference) *made = NULL;
    git_push_options options;
    int result = git_reference_create(&made, view->g->mirror, source, commit, 1, NULL);

    if (result < 0)
        return git_service_fail(e, result, "prepare the push");
    (void)git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
    git_service_network_callbacks(&options.callbacks);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.pb_parallelism = 1;
    git_service_report(view->g, "pushing", 0, 0, 0);
    result = git_remote_upload(view->connection, &specs, &options);
    (void)git_reference_delete(made);
    if (git_service_network_verdict()[0])
        return rejected(name, e);
    return result < 0 ? git_service_network_fail(e, result, "push to the repository") : ERR_OK;
}

static enum err_code look(struct git_service *g, const char *name, git_oid *id, bool *found, struct err *e)
{
    AUTO_VIEW view = {0};

    TRY(git_service_view_open(g, &g->push, true, &view, e));
    return git_service_view_find(&view, name, id, found, e);
}

static enum err_code exists_already(const char *name, struct err *e)
{
    return err_set(
        e, ERR_BRANCH_EXISTS,
        "The branch %s exists at the remote with another commit. Delete it there, or choose another name.",
        name);
}

/* The connection closes on the way out, so that the look afterwards is a new one. */
static enum err_code push(struct git_service *g, const char *name, const git_oid *commit, bool *already,
                          struct err *e)
{
    AUTO_VIEW view = {0};
    git_oid present;
    bool found;

    TRY(git_service_view_open(g, &g->push, true, &view, e));
    TRY(git_service_view_find(&view, name, &present, &found, e));
    *already = found && git_oid_equal(&present, commit);
    if (*already)
        return ERR_OK;
    if (found)
        return exists_already(name, e);
    return view.local ? git_service_push_local(g, &view, name, commit, e) : upload(&view, name, commit, e);
}

enum err_code git_service_push_branch(struct git_service *g, const char *name, const struct object_id *commit,
                                      bool *already, struct err *e)
{
    git_oid id, present;
    AUTO_FD lock = -1;
    bool found;

    *already = false;
    TRY(check_name(name, e));
    git_service_begin(g);
    TRY(git_service_lock(g, &lock, e));
    if (!git_service_has_commit(g, commit) || !git_service_id_parse(commit, &id))
        return err_set(e, ERR_NOT_FOUND, "The mirror has no commit \"%s\": run git-pull.", commit->hex);
    TRY(push(g, name, &id, already, e));
    if (*already)
        return ERR_OK;
    TRY(look(g, name, &present, &found, e));
    if (!found || !git_oid_equal(&present, &id))
        return err_set(e, ERR_PUSH_REJECTED,
                       "The server took the push but does not show the branch %s. Try again.", name);
    return ERR_OK;
}

enum err_code git_service_remote_branch(struct git_service *g, bool push_side, const char *name,
                                        struct object_id *out, struct err *e)
{
    AUTO_VIEW view = {0};
    bool found;
    git_oid id;

    memset(out, 0, sizeof *out);
    TRY(check_name(name, e));
    git_service_begin(g);
    TRY(git_service_view_open(g, push_side ? &g->push : &g->fetch, push_side, &view, e));
    TRY(git_service_view_find(&view, name, &id, &found, e));
    if (found)
        git_service_id_text(&id, out);
    return ERR_OK;
}
