/*
 * Has a change landed in a branch? A plain Git server does not say how a pull request ended; the branch does. A merge
 * commit and a fast-forward contain the commit; after a squash or a rebase some commit's tree holds what it changed,
 * and later edits on top do not hide that commit.
 */
#ifndef TIDELINE_GIT_GIT_LANDED_H
#define TIDELINE_GIT_GIT_LANDED_H

#include "core/git/git_service.h"

struct git_service_landing_file {
    const char *path;
    const char *blob; /* what the path must be; "" = it must not be there */
};

struct git_service_landing {
    struct object_id tip;                         /* of the base branch now */
    struct object_id parent;                      /* commits before it are not looked at */
    struct object_id commit;                      /* the change itself */
    const struct git_service_landing_file *files; /* all that it changed; none: only `commit` counts */
    size_t n;
    size_t limit_commits; /* at most so many commits are looked at, newest first */
};

struct git_service_landing_place {
    bool landed;
    struct object_id commit; /* of the base branch: the oldest one that has the change */
    int64_t time_us;         /* its committer's time */
};

/* All commits in the mirror; no network. A parent or commit that the mirror does not have is fine; where the parent is
 * not an ancestor of the tip (a force-push), files are compared with the tip alone. */
enum err_code git_service_find_landing(struct git_service *g, const struct git_service_landing *wanted,
                                       struct git_service_landing_place *out, struct err *e);

#endif
