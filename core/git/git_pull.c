/* clone_or_update and pull_latest: look at the remote, bring objects, move the mirror's reference last. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

enum { NAMES_SHOWN = 8, PACKS_MAX = 50 };
static const char origin[] = "refs/remotes/origin/";

static char *tracking_name(struct git_service *g)
{
    return arena_printf(g->arena, "%s%s", origin, g->options.branch);
}

/* Name the branches that are there instead, so that the person can pick one. */
static enum err_code branch_not_found(struct git_service *g, struct git_service_view *view, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *names[NAMES_SHOWN];
    struct str list;
    size_t n;

    TRY(git_service_view_names(view, a, names, NAMES_SHOWN, &n, e));
    if (n == 0)
        return ERR_OK; /* an empty repository */
    str_init(&list, a, 200);
    for (size_t i = 0; i < n && i < NAMES_SHOWN; i++)
        str_addf(&list, "%s%s", i ? ", " : "", names[i]);
    return err_set(e, ERR_BRANCH_NOT_FOUND,
                   "The repository has no branch %s; it has %s%s. Set TIMELINE_BRANCH.", g->options.branch,
                   list.p, n > NAMES_SHOWN || list.full ? " and more" : "");
}

static bool is_gone(struct git_service_view *view, const char *name)
{
    git_oid id;
    bool found = true;

    if (!str_starts(name, origin) || strcmp(name, "refs/remotes/origin/HEAD") == 0)
        return false;
    return git_service_view_find(view, name + strlen(origin), &id, &found, NULL) == ERR_OK && !found;
}

/* Branches followed earlier that the remote deleted. The one being followed keeps what was seen last. */
static void prune(struct git_service *g, struct git_service_view *view)
{
    AUTO(git_reference_iterator) *iterator = NULL;
    const char *keep = tracking_name(g);
    git_reference *reference;

    if (git_reference_iterator_glob_new(&iterator, g->mirror, "refs/remotes/origin/*") < 0)
        return;
    while (git_reference_next(&reference, iterator) == 0) {
        AUTO(git_reference) *owned = reference;
        const char *name = git_reference_name(owned);

        if (strcmp(name, keep) != 0 && is_gone(view, name))
            (void)git_reference_delete(owned);
    }
}

static void note_default(struct git_service *g, struct git_service_view *view)
{
    AUTO(git_reference) *head = NULL, *made = NULL;
    char *name = git_service_view_default(view, g->arena);
    const char *target = name ? arena_printf(g->arena, "%s%s", origin, name) : NULL;

    if (!target)
        return;
    if (git_reference_lookup(&head, g->mirror, "refs/remotes/origin/HEAD") == 0 &&
        str_eq(git_reference_symbolic_target(head), target))
        return;
    (void)git_reference_symbolic_create(&made, g->mirror, "refs/remotes/origin/HEAD", target, 1, NULL);
}

static bool blames_mirror(void)
{
    const git_error *last = git_error_last();

    return last && (last->klass == GIT_ERROR_ODB || last->klass == GIT_ERROR_INDEXER ||
                    last->klass == GIT_ERROR_ZLIB);
}

static enum err_code download(struct git_service *g, struct git_service_view *view, uint64_t *bytes,
                              struct err *e)
{
    char *spec = arena_printf(g->arena, "+refs/heads/%s:%s", g->options.branch, tracking_name(g));
    git_strarray specs = {&spec, 1};
    git_fetch_options options;
    int result;

    (void)git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    git_service_network_callbacks(&options.callbacks);
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    result = git_remote_download(view->connection, &specs, &options);
    *bytes = git_service_network_received();
    if (result == 0)
        return ERR_OK;
    if (blames_mirror())
        git_service_distrust(g);
    return git_service_network_fail(e, result, "fetch from the repository");
}

static enum err_code verify(struct git_service *g, const git_oid *tip, struct err *e)
{
    struct object_id commit;
    git_oid tree;
    enum err_code code;

    git_service_id_text(tip, &commit);
    code = git_service_commit_tree(g, &commit, &tree, e);
    if (code == ERR_NOT_FOUND)
        git_service_distrust(g);
    return code;
}

/* Copy where the remote is a folder; where copying cannot do it, libgit2's transport can. */
static enum err_code bring_objects(struct git_service *g, struct git_service_view *view, const git_oid *tip,
                                   uint64_t *bytes, struct err *e)
{
    if (view->local) {
        enum err_code code = git_service_copy_objects(g, view->local, bytes, e);

        if (code == ERR_OK && verify(g, tip, e) == ERR_OK)
            return ERR_OK;
        if (code != ERR_OK && code != ERR_UNSUPPORTED)
            return code;
        TRY(git_service_view_connect(view, false, e));
    }
    TRY(download(g, view, bytes, e));
    return verify(g, tip, e);
}

static enum err_code move_reference(struct git_service *g, const git_oid *tip, struct err *e)
{
    AUTO(git_reference) *made = NULL;
    int result = git_reference_create(&made, g->mirror, tracking_name(g), tip, 1, NULL);

    return result < 0 ? git_service_fail(e, result, "record the branch in the mirror") : ERR_OK;
}

static void describe(struct git_service *g, const git_oid *before, const git_oid *tip,
                     struct git_service_pull *out)
{
    if (before) {
        git_service_id_text(before, &out->before);
        out->forced = !git_service_is_ancestor(g, tip, before);
    }
    out->new_commits = (uint64_t)git_service_count(g, before, tip);
}

static enum err_code follow_branch(struct git_service *g, struct git_service_view *view, const git_oid *tip,
                                   struct git_service_pull *out, struct err *e)
{
    git_oid before;
    bool has_before = git_reference_name_to_id(&before, g->mirror, tracking_name(g)) == 0;

    git_service_id_text(tip, &out->after);
    if (has_before && git_oid_equal(&before, tip)) {
        out->before = out->after;
        return ERR_OK;
    }
    TRY(bring_objects(g, view, tip, &out->received_bytes, e));
    describe(g, has_before ? &before : NULL, tip, out);
    return move_reference(g, tip, e);
}

static enum err_code update(struct git_service *g, struct git_service_pull *out, struct err *e)
{
    AUTO_VIEW view = {0};
    git_oid tip;
    bool found;

    TRY(git_service_view_open(g, &g->fetch, false, &view, e));
    TRY(git_service_view_find(&view, g->options.branch, &tip, &found, e));
    prune(g, &view);
    if (found)
        TRY(follow_branch(g, &view, &tip, out, e));
    note_default(g, &view);
    /* The mirror is complete as soon as it shows what the remote has, be it nothing. */
    if (out->cloned)
        TRY(git_service_complete(g, e));
    return found ? ERR_OK : branch_not_found(g, &view, e);
}

static enum err_code clone(struct git_service *g, struct git_service_pull *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->cloned = true;
    TRY(git_service_make(g, e));
    return update(g, out, e);
}

static enum err_code foreign(struct git_service *g, struct err *e)
{
    return err_set(e, ERR_CONFIG,
                   "The folder %s holds something else than a mirror made here, so it is left alone. Set "
                   "TIMELINE_WORKSPACE to another folder, or empty this one.",
                   g->options.mirror);
}

static enum err_code pull(struct git_service *g, bool may_clone, struct git_service_pull *out, struct err *e)
{
    enum git_service_mirror_state state;
    AUTO_FD lock = -1;
    enum err_code code;

    memset(out, 0, sizeof *out);
    git_service_begin(g);
    TRY(git_service_lock(g, &lock, e));
    state = git_service_mirror_state(g);
    if (state == MIRROR_FOREIGN)
        return foreign(g, e);
    if (state == MIRROR_NONE && !may_clone)
        return err_set(e, ERR_NOT_FOUND, "There is no mirror of the repository yet: run git-pull.");
    if (state != MIRROR_GOOD)
        return clone(g, out, e);
    code = update(g, out, e);
    if (code != ERR_OK && git_service_distrusted(g))
        return clone(g, out, e);
    /* After a force-push the caller still wants to compare with what no reference reaches any more. */
    if (code == ERR_OK && g->fetch.host && out->received_bytes && !out->forced)
        git_service_compact(g, PACKS_MAX);
    return code;
}

enum err_code git_service_ask(struct git_service *g, struct object_id *tip, struct err *e)
{
    AUTO_VIEW view = {0};
    bool found;
    git_oid id;

    memset(tip, 0, sizeof *tip);
    git_service_begin(g);
    git_service_report(g, "connecting", 0, 0, 0);
    TRY(git_service_view_open(g, &g->fetch, false, &view, e));
    TRY(git_service_view_find(&view, g->options.branch, &id, &found, e));
    if (!found) {
        TRY(branch_not_found(g, &view, e));
        return err_set(e, ERR_BRANCH_NOT_FOUND,
                       "The repository is empty: it has no branch %s, and no other one either.",
                       g->options.branch);
    }
    git_service_id_text(&id, tip);
    return ERR_OK;
}

enum err_code git_service_clone_or_update(struct git_service *g, struct git_service_pull *out, struct err *e)
{
    return pull(g, true, out, e);
}

enum err_code git_service_pull_latest(struct git_service *g, struct git_service_pull *out, struct err *e)
{
    return pull(g, false, out, e);
}
