/* Questions about commits, and the mirror's own state. */
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

/* History of a timeline is nearly always a straight line, and following it costs less than libgit2's general walk,
 * which has to order commits by date. */
enum { STRAIGHT_MAX = 2000 };

struct straight {
    int64_t count; /* commits before `from` or the end */
    bool reached;  /* `from` was found */
    bool ended;    /* at a first commit, or where a shallow repository ends */
};

static struct straight follow(struct git_service *g, const git_oid *from, const git_oid *to)
{
    struct straight result = {0};
    git_oid at = *to;

    while (result.count < STRAIGHT_MAX && !result.ended) {
        AUTO(git_commit) *commit = NULL;

        result.reached = from && git_oid_equal(&at, from);
        if (result.reached)
            return result;
        result.ended = git_commit_lookup(&commit, g->mirror, &at) < 0;
        if (result.ended)
            return result;
        if (git_commit_parentcount(commit) > 1)
            return result;
        result.count++;
        result.ended = git_commit_parentcount(commit) == 0;
        if (!result.ended)
            git_oid_cpy(&at, git_commit_parent_id(commit, 0));
    }
    return result;
}

bool git_service_is_ancestor(struct git_service *g, const git_oid *tip, const git_oid *commit)
{
    struct straight line = follow(g, commit, tip);

    if (line.reached || line.ended)
        return line.reached;
    return git_graph_descendant_of(g->mirror, tip, commit) == 1;
}

int64_t git_service_count(struct git_service *g, const git_oid *from, const git_oid *to)
{
    AUTO(git_revwalk) *walk = NULL;
    struct straight line = follow(g, from, to);
    int64_t count = 0;
    git_oid id;

    if (line.reached || (line.ended && !from))
        return line.count;
    if (git_revwalk_new(&walk, g->mirror) < 0 || git_revwalk_push(walk, to) < 0)
        return line.count;
    if (from && git_revwalk_hide(walk, from) < 0)
        return line.count;
    while (git_revwalk_next(&id, walk) == 0)
        count++;
    return count;
}

static bool is_commit(struct git_service *g, const git_oid *id)
{
    git_object_t type;
    size_t n;

    return git_odb_read_header(&n, &type, g->odb, id) == 0 && type == GIT_OBJECT_COMMIT;
}

enum err_code git_service_count_commits(struct git_service *g, const struct object_id *from,
                                        const struct object_id *to, int64_t *count, struct err *e)
{
    git_oid old_id, new_id;

    *count = -1;
    TRY(git_service_use(g, e));
    if (!git_service_id_parse(to, &new_id) || !is_commit(g, &new_id))
        return err_set(e, ERR_NOT_FOUND, "The mirror has no commit \"%s\": run git-pull.", to->hex);
    if (!from->hex[0])
        *count = git_service_count(g, NULL, &new_id);
    else if (git_service_id_parse(from, &old_id) && is_commit(g, &old_id))
        *count = git_service_count(g, &old_id, &new_id);
    return ERR_OK;
}

bool git_service_has_commit(struct git_service *g, const struct object_id *commit)
{
    git_oid id;

    return git_service_use(g, NULL) == ERR_OK && git_service_id_parse(commit, &id) && is_commit(g, &id);
}

bool git_service_contains(struct git_service *g, const struct object_id *tip, const struct object_id *commit)
{
    git_oid tip_id, id;

    return git_service_use(g, NULL) == ERR_OK && git_service_id_parse(tip, &tip_id) &&
           git_service_id_parse(commit, &id) && is_commit(g, &tip_id) && is_commit(g, &id) &&
           git_service_is_ancestor(g, &tip_id, &id);
}

/* nftw() takes no context. */
static uint64_t folder_bytes;

static int add_bytes(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)path;
    (void)walk;
    if (kind == FTW_F)
        folder_bytes += (uint64_t)status->st_size;
    return 0;
}

static const char *default_branch(struct git_service *g, struct arena *a)
{
    static const char prefix[] = "refs/remotes/origin/";
    AUTO(git_reference) *head = NULL;
    const char *target;

    if (git_reference_lookup(&head, g->mirror, "refs/remotes/origin/HEAD") < 0)
        return NULL;
    target = git_reference_symbolic_target(head);
    return target && str_starts(target, prefix) ? arena_strdup(a, target + strlen(prefix)) : NULL;
}

enum err_code git_service_get_status(struct git_service *g, struct arena *a, struct git_service_status *out,
                                     struct err *e)
{
    git_oid tip;

    (void)e;
    memset(out, 0, sizeof *out);
    out->mirror_exists = git_service_use(g, NULL) == ERR_OK;
    if (!out->mirror_exists)
        return ERR_OK;
    out->default_branch = default_branch(g, a);
    if (git_reference_name_to_id(&tip, g->mirror,
                                 arena_printf(a, "refs/remotes/origin/%s", g->options.branch)) == 0)
        git_service_id_text(&tip, &out->head);
    folder_bytes = 0;
    (void)nftw(g->options.mirror, add_bytes, 16, FTW_PHYS);
    out->mirror_bytes = folder_bytes;
    return ERR_OK;
}
