/*
 * What the files of core/git share: the handle, where a remote is, the raw reading of trees, the translation of
 * libgit2's failures. Nothing outside core/git includes this.
 *
 * The mirror is a bare repository whose folder also holds the file `tideline-mirror`: empty while it is being made,
 * afterwards one line with the URL that it mirrors. A folder without that file is never touched, whoever made it.
 * The remote's branch is refs/remotes/origin/BRANCH there, its default branch refs/remotes/origin/HEAD.
 */
#ifndef TIDELINE_GIT_INTERNAL_H
#define TIDELINE_GIT_INTERNAL_H

#include <git2.h>

#include "core/git/git_service.h"
#include "core/util/own.h"

AUTO_DEFINE(git_repository, git_repository_free)
AUTO_DEFINE(git_odb, git_odb_free)
AUTO_DEFINE(git_odb_object, git_odb_object_free)
AUTO_DEFINE(git_reference, git_reference_free)
AUTO_DEFINE(git_reference_iterator, git_reference_iterator_free)
AUTO_DEFINE(git_remote, git_remote_free)
AUTO_DEFINE(git_commit, git_commit_free)
AUTO_DEFINE(git_tree, git_tree_free)
AUTO_DEFINE(git_revwalk, git_revwalk_free)
AUTO_DEFINE(git_packbuilder, git_packbuilder_free)
AUTO_DEFINE(git_patch, git_patch_free)
AUTO_DEFINE(git_signature, git_signature_free)

/* One remote. Exactly one of path and host is set. */
struct git_service_remote {
    const char *url;
    const char *path; /* of a repository on this machine */
    const char *host; /* of an https:// URL */
};

struct git_service {
    struct arena *arena;
    struct git_service_options options; /* its texts are in the arena */
    struct git_service_remote fetch, push;
    int64_t deadline_ms;    /* clock_monotonic_ms() by which the running operation ends */
    git_repository *mirror; /* NULL until it is needed */
    git_odb *odb;           /* of mirror */
    git_odb_object *folder; /* the tree read last: asking for many paths in one folder reads it once */
};

/* Split a URL or path; ERR_UNSUPPORTED, ERR_INVALID_INPUT. */
enum err_code git_service_remote_parse(struct arena *a, const char *url, struct git_service_remote *out,
                                       struct err *e);

/* Start an operation: its deadline, and nothing cancelled yet. */
void git_service_begin(struct git_service *g);

/* ERR_CANCELLED or ERR_REMOTE_TIMEOUT when the operation has to end now. */
enum err_code git_service_check(struct git_service *g, struct err *e);
void git_service_report(struct git_service *g, const char *phase, uint64_t done, uint64_t total,
                        uint64_t bytes);

/* A failure of libgit2 on our own machine. what: "write the commit". */
enum err_code git_service_fail(struct err *e, int result, const char *what);

/* The mirror (git_mirror.c). use: open it if it is not yet open, ERR_NOT_FOUND when there is none. */
enum err_code git_service_use(struct git_service *g, struct err *e);
void git_service_unuse(struct git_service *g);
enum err_code git_service_make(struct git_service *g, struct err *e);
enum err_code git_service_complete(struct git_service *g, struct err *e);

/* The mirror turned out to be damaged: the next pull makes it anew. */
void git_service_distrust(struct git_service *g);
bool git_service_distrusted(struct git_service *g);
enum git_service_mirror_state { MIRROR_NONE, MIRROR_UNUSABLE, MIRROR_GOOD, MIRROR_FOREIGN };
enum git_service_mirror_state git_service_mirror_state(struct git_service *g);
enum err_code git_service_lock(struct git_service *g, int *fd, struct err *e);

/* Trees as bytes: `mode SP name NUL id[20]` again and again (gitformat "tree objects"). libgit2's own git_tree costs
 * an allocation or more per entry, which is most of the time for folders of 100,000. */
struct git_service_entry {
    const char *name; /* NUL-terminated in the tree itself */
    size_t name_n;
    unsigned mode;
    const unsigned char *id;
};

struct git_service_tree {
    git_odb_object *object; /* NULL: an empty tree */
    const char *p, *end;
};

static inline void auto_tree_release(struct git_service_tree *tree)
{
    if (tree->object)
        git_odb_object_free(tree->object);
}
#define AUTO_TREE __attribute__((cleanup(auto_tree_release))) struct git_service_tree

enum { TREE_BYTES_MAX = 256 * 1024 * 1024 };

enum err_code git_service_tree_open(struct git_service *g, const git_oid *id, struct git_service_tree *out,
                                    struct err *e);

/* The next entry. False at the end and at bytes that are no tree. */
bool git_service_tree_next(struct git_service_tree *tree, struct git_service_entry *entry);

/* Git's order of entries: by bytes, a folder as if its name ended with a slash. */
int git_service_entry_compare(const struct git_service_entry *left, const struct git_service_entry *right);
enum err_code git_service_commit_tree(struct git_service *g, const struct object_id *commit, git_oid *tree,
                                      struct err *e);

/* The folder's tree in a commit; *found false when the commit has none. folder "" is the root. */
enum err_code git_service_folder_tree(struct git_service *g, const struct object_id *commit,
                                      const char *folder, git_oid *tree, bool *found, struct err *e);

/* Ids. */
void git_service_id_text(const git_oid *id, struct object_id *out);
bool git_service_id_parse(const struct object_id *text,
                          git_oid *out); /* false for "" and for what is no id */

/* A look at a remote (git_view.c): its branches, for a path read straight from its repository. */
struct git_service_view {
    struct git_service *g;
    const struct git_service_remote *remote;
    git_repository *local; /* of a path */
    git_remote *connection;
    const git_remote_head **heads; /* of a connection, owned by it */
    size_t heads_n;
};

enum err_code git_service_view_open(struct git_service *g, const struct git_service_remote *remote, bool push,
                                    struct git_service_view *out, struct err *e);
void git_service_view_close(struct git_service_view *view);
#define AUTO_VIEW __attribute__((cleanup(git_service_view_close))) struct git_service_view

/* Connect a view of a path through libgit2's own transport as well, for fetching what copying cannot. */
enum err_code git_service_view_connect(struct git_service_view *view, bool push, struct err *e);
enum err_code git_service_view_find(struct git_service_view *view, const char *branch, git_oid *id,
                                    bool *found, struct err *e);

/* At most `limit` branch names in the arena; *n says how many there are. */
enum err_code git_service_view_names(struct git_service_view *view, struct arena *a, char *names[],
                                     size_t limit, size_t *n, struct err *e);
char *git_service_view_default(struct git_service_view *view, struct arena *a); /* or NULL */

/* The network (git_network.c). Everything that talks to a remote happens between enter and leave; one at a time. */
void git_service_network_enter(struct git_service *g, const struct git_service_remote *remote);
void git_service_network_leave(void);
void git_service_network_callbacks(git_remote_callbacks *callbacks);
enum err_code git_service_network_fail(struct err *e, int result, const char *what);
uint64_t git_service_network_received(void);

/* After a push: what the server said about the ref; "" when it took it. And what its hooks printed, cleaned. */
const char *git_service_network_verdict(void);
const char *git_service_network_remarks(void);

/* Bring all objects of a repository on this machine into the mirror (git_copy.c). ERR_UNSUPPORTED: use the transport. */
enum err_code git_service_copy_objects(struct git_service *g, git_repository *from, uint64_t *bytes,
                                       struct err *e);

/* Join the mirror's packs when there are more than this, dropping what no reference reaches (git_compact.c). */
void git_service_compact(struct git_service *g, size_t packs_allowed);

/* Walks (git_history.c). */
bool git_service_is_ancestor(struct git_service *g, const git_oid *tip, const git_oid *commit);
int64_t git_service_count(struct git_service *g, const git_oid *from, const git_oid *to); /* from NULL: all */

/* Run a hook of a repository on this machine; ERR_PUSH_REJECTED with its words when it refuses (git_hook.c). */
struct git_service_hook {
    const char *name;
    const char *const *arguments; /* NULL-terminated */
    const char *input;
};
enum err_code git_service_run_hook(struct git_service *g, git_repository *in,
                                   const struct git_service_hook *hook, struct err *e);

/* Push one new branch into a repository on this machine (git_push_local.c). */
enum err_code git_service_push_local(struct git_service *g, struct git_service_view *view, const char *name,
                                     const git_oid *commit, struct err *e);

#endif
