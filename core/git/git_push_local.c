/* Push into a repository on this machine: a pack with what it lacks, its hooks, then the reference, as git-receive-pack
 * does. libgit2's own transport runs no hooks and refuses repositories with a working tree. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

static const char no_object[] = "0000000000000000000000000000000000000000";

/* Everything that the remote's branches reach need not be sent, as far as the mirror knows it. */
static int hide_remote(struct git_service *g, git_repository *remote, git_revwalk *walk)
{
    AUTO(git_reference_iterator) *iterator = NULL;
    git_reference *reference;
    int result = git_reference_iterator_glob_new(&iterator, remote, "refs/heads/*");

    while (result == 0 && (result = git_reference_next(&reference, iterator)) == 0) {
        AUTO(git_reference) *owned = reference;
        const git_oid *id = git_reference_target(owned);

        if (id && git_odb_exists_ext(g->odb, id, GIT_ODB_LOOKUP_NO_REFRESH))
            result = git_revwalk_hide(walk, id);
    }
    return result == GIT_ITEROVER ? 0 : result;
}

static enum err_code send_objects(struct git_service *g, git_repository *remote, const git_oid *commit,
                                  struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO(git_revwalk) *walk = NULL;
    AUTO(git_packbuilder) *pack = NULL;
    const char *folder = file_join(a, git_repository_commondir(remote), "objects/pack");
    int result = git_revwalk_new(&walk, g->mirror);

    TRY(file_make_folder(folder, e));
    if (result == 0)
        result = git_revwalk_push(walk, commit);
    if (result == 0)
        result = hide_remote(g, remote, walk);
    if (result == 0)
        result = git_packbuilder_new(&pack, g->mirror);
    if (result == 0)
        result = git_packbuilder_insert_walk(pack, walk);
    if (result == 0 && git_packbuilder_object_count(pack) > 0)
        result = git_packbuilder_write(pack, folder, 0, NULL, NULL);
    return result < 0 ? git_service_fail(e, result, "write into the repository") : ERR_OK;
}

static enum err_code run(struct git_service *g, git_repository *remote, const char *hook,
                         const char *const *arguments, const char *input, struct err *e)
{
    struct git_service_hook call = {hook, arguments, input};

    return git_service_run_hook(g, remote, &call, e);
}

static enum err_code set_reference(git_repository *remote, const char *reference, const git_oid *commit,
                                   struct err *e)
{
    AUTO(git_reference) *made = NULL;
    int result = git_reference_create(&made, remote, reference, commit, 0, NULL);

    if (result == GIT_EEXISTS)
        return err_set(e, ERR_BRANCH_EXISTS, "The branch %s was made at the remote in the meantime.",
                       reference);
    return result < 0 ? git_service_fail(e, result, "make the branch in the repository") : ERR_OK;
}

enum err_code git_service_push_local(struct git_service *g, struct git_service_view *view, const char *name,
                                     const git_oid *commit, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *reference = arena_printf(a, "refs/heads/%s", name);
    const char *id = arena_strdup(a, git_oid_tostr_s(commit));
    const char *line = arena_printf(a, "%s %s %s\n", no_object, id, reference);
    const char *const none[] = {NULL}, *const one[] = {reference, NULL},
                      *const three[] = {reference, no_object, id, NULL};

    git_service_report(g, "pushing", 0, 0, 0);
    TRY(run(g, view->local, "pre-receive", none, line, e));
    TRY(run(g, view->local, "update", three, "", e));
    TRY(send_objects(g, view->local, commit, e));
    TRY(set_reference(view->local, reference, commit, e));
    /* These come too late to refuse anything. */
    (void)run(g, view->local, "post-receive", none, line, NULL);
    (void)run(g, view->local, "post-update", one, "", NULL);
    return ERR_OK;
}
