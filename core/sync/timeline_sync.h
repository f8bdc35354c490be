/*
 * timeline_sync: keeps the tenant's database and the repository in step.
 *
 * An import compares the tree of the commit that the database remembers with the tree of the branch's tip, touches only
 * the files that differ, and changes rows and the remembered commit in one transaction. Events are a function of the
 * tree, never of history. A local edit is never overwritten: what changed in the repository is merged into it field by
 * field (event_merge.h), and it stays as validated and as pending as it was. Where no merge can tell what is meant, the
 * event stays as it is here and is reported as a conflict, until conflict_resolver.h has a person's decision.
 *
 * What both sides last shared is the content of the file as last imported; while a conflict is open, that of before it;
 * and when what was sent from here has been merged, that.
 */
#ifndef TIDELINE_SYNC_TIMELINE_SYNC_H
#define TIDELINE_SYNC_TIMELINE_SYNC_H

#include "core/git/git_service.h"
#include "core/store/store.h"
#include "core/store/store_check.h"
#include "core/store/store_event.h"
#include "core/store/store_repository.h"
#include "core/util/jx.h"

/* What an import works with; the caller owns all of it. */
struct timeline_sync {
    struct arena *arena;
    struct store *store;
    struct git_service *git;
    const char *repo_url, *branch;
    const char *events_dir;   /* NULL: the first that exists of timeline_data/events, timeline/data/events */
    const char *event_format; /* "md", "json" or NULL: the majority */
    struct git_service_progress progress;
};

struct sync_import_options {
    bool force;   /* compare everything again, as if nothing was remembered; local edits still stay */
    bool dry_run; /* report what would happen; nothing changes but the mirror */
    bool confirm_deletions; /* go on although more than a fifth of the events would be removed */
    const char *seen; /* go on so when these very events would be: the report's `seen` of when they were looked at */
    bool another;     /* with dry_run: also of a repository that is not the one to be followed */
};

/*
 * import_from_repo: fetch, compare, import. *report is the answer of `git-pull` (CONTRACT.md), owned by the arena; it is set
 * also when conflicts remain (return ERR_OK then; the caller decides on the exit status by `conflicts`).
 * Of a dry run it also has events {imported, updated, deleted, merged, conflicts, pending: [{id, date, title, …}]}, the first 1,000 of each, pending (their number),
 * needs_confirmation and seen.
 * Each run is recorded in sync_status, failed ones too. Errors: of git_service and store, ERR_CONFIRM_DELETIONS (nothing changed; *report is
 * {success: false, code, error, deletions: [{id, date, title}] (the first 100), deletions_total, events_total, seen, before_commit, after_commit}),
 * ERR_REPOSITORY_SWITCHED, ERR_NOT_FOUND (no events folder).
 */
enum err_code timeline_sync_import_from_repo(struct timeline_sync *t,
                                             const struct sync_import_options *options,
                                             struct json_object **report, struct err *e);

/* Ask the remote (fetch, import nothing), count, remember. A remote that cannot be asked is no failure: its sentence is kept
 * as remote_error, commits_behind becomes unknown, and *why (may be NULL) tells it. */
enum err_code timeline_sync_check_remote(struct timeline_sync *t, struct err *why, struct err *e);
/* get_sync_status: the answer of `git-status`, from the database alone. */
enum err_code timeline_sync_get_sync_status(struct store *s, struct arena *a, const char *repo_url,
                                            const char *branch, struct json_object **status, struct err *e);

/* export_pending_events: the events that create-pr would send (store_event_pending_export), or the named ones of them.
 * A named id that is not pending is ERR_INVALID_INPUT saying why. ids NULL: all. ERR_REPOSITORY_SWITCHED: another repository was pulled last. */
enum err_code timeline_sync_export_pending_events(struct timeline_sync *t, const char *const *ids,
                                                  struct store_event **out, size_t *n, struct err *e);

/* One file of an export, with the event that it is for. */
struct sync_export_file {
    struct git_service_file file; /* path within the repository; bytes NULL removes */
    const char *event_id;
    const char *change;    /* "added", "changed", "removed" */
    const char *old_bytes; /* what the parent holds; NULL when added */
    size_t old_n;
    struct object_id blob; /* of the new bytes; "" when removed */
};

struct sync_export {
    const struct sync_export_file *files;
    size_t n;
};

/*
 * prepare_export_files: the bytes of every file that the events stand in, on top of commit `parent`: changed events patch the files as they are
 * there (untouched bytes stay), new events are written in the repository's format, removed ones go. No two events share a path.
 */
enum err_code timeline_sync_prepare_export_files(struct timeline_sync *t, const struct object_id *parent,
                                                 const struct store_event *events, size_t n,
                                                 struct sync_export *out, struct err *e);

/* The repository's part of `tideline check` (store_check.h), offline: bases against files; files against the mirror unless t->git is NULL.
 * *skipped: why the mirror could not be asked, else NULL. */
enum err_code timeline_sync_check(struct timeline_sync *t, struct store_check *c, const char **skipped,
                                  struct err *e);

/* folder/name as clean text, for views and messages (names in a tree are bytes). */
char *sync_shown_path(struct arena *a, const char *folder, const char *name);

#endif
