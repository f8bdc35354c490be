#include "core/git/git_landed.h"

#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

/* One walk from the tip. */
struct search {
    struct git_service *g;
    const struct git_service_landing *wanted;
    struct git_service_landing_place *out;
    git_oid last_tree; /* of the commit looked at before: most commits of a walk do not touch the folder */
    bool last_verdict, has_last;
    bool
        by_commit; /* the change is an ancestor of the tip: look for the oldest commit of the branch that has it */
};

static enum err_code same_files(struct search *s, const struct object_id *commit, bool *same, struct err *e)
{
    *same = s->wanted->n > 0;
    for (size_t i = 0; i < s->wanted->n && *same; i++) {
        struct object_id there;

        TRY(git_service_path_object(s->g, commit, s->wanted->files[i].path, &there, e));
        *same = strcmp(there.hex, s->wanted->files[i].blob) == 0;
    }
    return ERR_OK;
}

static enum err_code verdict(struct search *s, const git_commit *commit, const struct object_id *id,
                             bool *has, struct err *e)
{
    if (s->by_commit) {
        *has = git_service_contains(s->g, id, &s->wanted->commit);
        return ERR_OK;
    }
    if (s->has_last && git_oid_equal(git_commit_tree_id(commit), &s->last_tree)) {
        *has = s->last_verdict;
        return ERR_OK;
    }
    TRY(same_files(s, id, has, e));
    git_oid_cpy(&s->last_tree, git_commit_tree_id(commit));
    s->last_verdict = *has;
    s->has_last = true;
    return ERR_OK;
}

static enum err_code look_at(struct search *s, const git_oid *id, bool *has, struct err *e)
{
    AUTO(git_commit) *commit = NULL;
    struct object_id text;
    int result = git_commit_lookup(&commit, s->g->mirror, id);

    if (result < 0)
        return git_service_fail(e, result, "read a commit");
    git_service_id_text(id, &text);
    TRY(verdict(s, commit, &text, has, e));
    if (*has) {
        s->out->landed = true;
        s->out->commit = text;
        s->out->time_us = (int64_t)git_commit_time(commit) * 1000000;
    }
    return ERR_OK;
}

static enum err_code start_walk(struct search *s, git_revwalk **walk, struct err *e)
{
    git_oid tip;
    git_oid parent;
    struct object_id parent_text = s->wanted->parent;
    int result = git_revwalk_new(walk, s->g->mirror);

    if (result == 0)
        result = git_revwalk_sorting(*walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
    if (result == 0 && s->by_commit)
        result = git_revwalk_simplify_first_parent(*walk);
    if (result == 0 && git_service_id_parse(&s->wanted->tip, &tip))
        result = git_revwalk_push(*walk, &tip);
    if (result == 0 && git_service_has_commit(s->g, &parent_text) &&
        git_service_id_parse(&parent_text, &parent))
        result = git_revwalk_hide(*walk, &parent);
    return result < 0 ? git_service_fail(e, result, "walk the history") : ERR_OK;
}

static enum err_code search_walk(struct search *s, struct err *e)
{
    AUTO(git_revwalk) *walk = NULL;
    git_oid id;
    /* After a force-push the history behind the tip is not what came since: a change that goes back to older content
     * would be found in its past. The tip itself still tells. */
    bool follows = s->by_commit || git_service_contains(s->g, &s->wanted->tip, &s->wanted->parent);
    size_t limit = follows ? s->wanted->limit_commits : 1;

    TRY(start_walk(s, &walk, e));
    for (size_t i = 0; i < limit && git_revwalk_next(&id, walk) == 0; i++) {
        bool has;

        TRY(look_at(s, &id, &has, e));
        /* Along first parents the commits that have it are the newest ones, all in a row. */
        if (s->by_commit && !has)
            return ERR_OK;
    }
    return ERR_OK;
}

enum err_code git_service_find_landing(struct git_service *g, const struct git_service_landing *wanted,
                                       struct git_service_landing_place *out, struct err *e)
{
    struct search s = {.g = g, .wanted = wanted, .out = out};

    *out = (struct git_service_landing_place){.landed = false};
    TRY(git_service_use(g, e));
    s.by_commit = wanted->commit.hex[0] && git_service_contains(g, &wanted->tip, &wanted->commit);
    return search_walk(&s, e);
}
