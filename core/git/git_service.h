/*
 * git_service: everything that Tideline does with Git, on a bare mirror. Nothing is ever checked out: reading walks
 * trees and blobs, writing builds blobs, trees and a commit on top of the remote's tip and pushes that ref. The mirror
 * is a cache: delete it at any time and the next pull rebuilds it.
 *
 * Remotes: https:// with a token, file:// and local paths. Redirects to another host or port are refused, credentials
 * are answered once and only to the host of the URL, a silent peer ends by the idle timeout. The only user of <git2.h>.
 *
 * A repository on this machine is read and written directly: object files are linked or copied, and a push runs the
 * repository's own hooks (with an environment made from nothing) when they belong to us or root.
 *
 * The mirror's folder holds a marker, `tideline-mirror`, with the URL. A folder that is not empty and lacks it was made
 * by somebody else and is never touched (ERR_CONFIG). A mirror found damaged, even while reading a file (ERR_IO), is
 * made anew by the next pull.
 *
 * One handle is used by one process at a time. Operations that change the mirror hold its lock file (flock,
 * `<mirror>.lock`) and first sweep what a killed one left (objects/pack/pack_git2_*, *.lock).
 */
#ifndef TIDELINE_GIT_GIT_SERVICE_H
#define TIDELINE_GIT_GIT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/arena.h"
#include "core/util/err.h"

/* An object's name in hexadecimal; "" means none. */
struct object_id {
    char hex[41];
};

struct git_service;

/* Progress of long work. report may be NULL. cancelled may be NULL; when it answers true the operation ends with ERR_CANCELLED. */
struct git_service_progress {
    void (*report)(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes);
    bool (*cancelled)(void *context);
    void *context;
};

struct git_service_options {
    const char *mirror;   /* folder of the bare mirror; made when missing */
    const char *url;      /* https://, file:// or an absolute path */
    const char *push_url; /* NULL: url */
    const char *branch;   /* without refs/heads/ */
    const char *token;    /* NULL: none */
    const char *ca_file;  /* NULL: the system's */
    int idle_timeout_ms;  /* 0: 30 s */
    int deadline_ms;      /* of one operation; 0: 10 min */
    int lock_wait_ms; /* how long to wait for another operation on this mirror; 0: fail at once with ERR_LOCKED */
    bool refuse_private; /* see http_options */
    const char *token_for; /* no token, because the one there is belongs to this host: for messages. NULL: there is none */
    struct git_service_progress progress;
};

/* Open (no network, nothing created yet). Texts are copied. ERR_UNSUPPORTED for other URL schemes, ERR_INVALID_INPUT
 * for a URL with a password or a branch name that git refuses. */
enum err_code git_service_open(const struct git_service_options *options, struct git_service **out,
                               struct err *e);
void git_service_close(struct git_service *g);

/*
 * Errors of every operation that talks to a remote: ERR_REMOTE_UNREACHABLE, _TIMEOUT, _TLS, _AUTH (wrong or missing token), _FORBIDDEN (403), _REDIRECT,
 * ERR_REPOSITORY_NOT_FOUND (404 or no such folder), ERR_BRANCH_NOT_FOUND, ERR_REMOTE_PROTOCOL, ERR_RATE_LIMITED (429), ERR_FORBIDDEN (an address that refuse_private bars), ERR_LOCKED, ERR_DISK_FULL, ERR_READ_ONLY, ERR_CANCELLED.
 */

struct git_service_pull {
    struct object_id before; /* tip of the branch in the mirror before; "" at first */
    struct object_id after;  /* tip now; "" when the repository is empty (no branch at all) */
    bool cloned;             /* the mirror was made (or rebuilt because it was damaged or of another URL) */
    bool forced;             /* before is not an ancestor of after */
    uint64_t new_commits;    /* commits in after that are not in before (all of after's when cloned) */
    uint64_t received_bytes;
};

/* Make the mirror when missing, of another URL, or damaged (then from scratch); else fetch. Prunes what the remote deleted.
 * A branch that the remote does not have: ERR_BRANCH_NOT_FOUND naming the branches that it has, mirror and the tip seen
 * last kept. An empty repository is fine. progress.report gets the phases "connecting", "receiving", "resolving". */
enum err_code git_service_clone_or_update(struct git_service *g, struct git_service_pull *out, struct err *e);

/* The same on an existing mirror (damaged: made anew); ERR_NOT_FOUND when there is none. */
enum err_code git_service_pull_latest(struct git_service *g, struct git_service_pull *out, struct err *e);

/* Ask the remote for the branch, without touching the mirror: its tip. ERR_BRANCH_NOT_FOUND names the branches that it has, and says
 * so of an empty repository. */
enum err_code git_service_ask(struct git_service *g, struct object_id *tip, struct err *e);

struct git_service_status {
    bool mirror_exists;
    const char *default_branch; /* of the remote as last seen, or NULL */
    struct object_id head;      /* tip of the branch in the mirror; "" none */
    uint64_t mirror_bytes;
};

/* The mirror's own state; no network. A missing mirror is not an error. */
enum err_code git_service_get_status(struct git_service *g, struct arena *a, struct git_service_status *out,
                                     struct err *e);

/* Commits reachable from `to` and not from `from` ("" = none). *count is set to -1 when `from` is not in the mirror. */
enum err_code git_service_count_commits(struct git_service *g, const struct object_id *from,
                                        const struct object_id *to, int64_t *count, struct err *e);

/* True in *out when the mirror holds this commit. */
bool git_service_has_commit(struct git_service *g, const struct object_id *commit);

enum git_service_entry_kind { GIT_ENTRY_FILE, GIT_ENTRY_SYMLINK, GIT_ENTRY_SUBMODULE, GIT_ENTRY_FOLDER };

/* One entry directly in a folder, on one or both sides. name is raw bytes of the tree (no slash, not necessarily UTF-8). */
struct git_service_change {
    const char *name;
    struct object_id old_blob; /* "" = added */
    struct object_id new_blob; /* "" = deleted */
    enum git_service_entry_kind old_kind,
        new_kind; /* meaningful where the blob is set; files are 100644 and 100755 */
};

struct git_service_changes {
    struct git_service_change
        *items; /* sorted by name as git sorts; a file that became a folder comes twice */
    size_t n;
};

/* get_changed_files: what differs directly in `folder` between two commits; from "" means everything is added; a folder
 * that one side does not have is empty there. Cost follows the two folder trees' size, not history. */
enum err_code git_service_get_changed_files(struct git_service *g, struct arena *a,
                                            const struct object_id *from, const struct object_id *to,
                                            const char *folder, struct git_service_changes *out,
                                            struct err *e);

/* Does the commit's tree have this folder? And the object at a path ("" when there is none). */
bool git_service_has_folder(struct git_service *g, const struct object_id *commit, const char *folder);
enum err_code git_service_path_object(struct git_service *g, const struct object_id *commit, const char *path,
                                      struct object_id *out, struct err *e);

/* A blob's bytes in the arena, NUL-terminated. The size is asked before reading: ERR_TOO_LARGE above limit_bytes. */
enum err_code git_service_read_blob(struct git_service *g, struct arena *a, const struct object_id *blob,
                                    size_t limit_bytes, char **p, size_t *n, struct err *e);

/* The id that bytes would have as a blob; nothing is written. */
void git_service_blob_id(const char *p, size_t n, struct object_id *out);

/* One file to write (bytes) or remove (bytes NULL). path is within the repository, with slashes; "..", ".git", empty
 * parts and absolute paths are refused. */
struct git_service_file {
    const char *path;
    const char *bytes;
    size_t n;
};

struct git_service_commit {
    struct object_id parent;
    const struct git_service_file *files;
    size_t file_count;
    const char *message;
    const char *author_name, *author_email; /* author and committer; control characters and <> are dropped */
    int64_t
        time_us; /* fixed by the caller, so that the same request gives the same commit id; UTC offset 0 */
};

/* commit_changes: blobs, trees and a commit on top of parent; no ref moves. Unchanged files are fine; when nothing
 * differs from the parent: ERR_NOTHING_TO_DO. Same input, same id. Parent not in the mirror: ERR_NOT_FOUND. */
enum err_code git_service_commit_changes(struct git_service *g, const struct git_service_commit *request,
                                         struct object_id *commit, struct err *e);

/* create_branch: refs/heads/tideline-local/NAME in the mirror points to the commit, so that no sweep loses it. Same commit: fine. Another: ERR_BRANCH_EXISTS. */
enum err_code git_service_create_branch(struct git_service *g, const char *name,
                                        const struct object_id *commit, struct err *e);

/* push_branch: never forced. Looks first: the remote's branch at this commit already is success (*already = true); at another commit
 * is ERR_BRANCH_EXISTS. The server's verdict on the ref is reported (ERR_PUSH_REJECTED with its words, cleaned), and after the push
 * the remote is listed and must show the commit. ERR_REMOTE_FORBIDDEN / _AUTH as above. */
enum err_code git_service_push_branch(struct git_service *g, const char *name, const struct object_id *commit,
                                      bool *already, struct err *e);

/* Ask the remote (push: the push URL) for one branch; "" when it is not there. */
enum err_code git_service_remote_branch(struct git_service *g, bool push, const char *name,
                                        struct object_id *out, struct err *e);

/* Is `commit` an ancestor of (or equal to) `tip`? Both in the mirror, else false. */
bool git_service_contains(struct git_service *g, const struct object_id *tip, const struct object_id *commit);

/* Two contents of one file; NULL: it is not there on that side. */
struct git_service_versions {
    const char *path;
    const char *old_bytes;
    size_t old_n;
    const char *new_bytes;
    size_t new_n;
};

/* A unified diff of a file's two versions, as `git diff` prints it without the header lines; "Binary files … differ"
 * where one is no text. ERR_TOO_LARGE above 1 MiB. */
enum err_code git_service_diff_text(struct arena *a, const struct git_service_versions *file, char **out,
                                    struct err *e);

#endif
