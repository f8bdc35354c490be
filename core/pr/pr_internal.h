/*
 * Shared by the files of core/pr: one run of create-pr, retry or refresh.
 *
 * store_pr_event.files is a JSON array of {path, blob, text}: a file of the commit, the blob that it becomes ("" when
 * it is removed) and, until the batch is recorded, its bytes. With them the commit is a function of the claim alone and
 * can be made again whatever happened to events, imports and the mirror meanwhile. A path that is not UTF-8 stands in
 * path_hex instead.
 */
#ifndef TIDELINE_PR_PR_INTERNAL_H
#define TIDELINE_PR_PR_INTERNAL_H

#include "core/pr/pr_builder.h"
#include "core/store/store_pull_request.h"

/* For fault tests: called, when set, with the name of each point that was just reached: planned, claimed, commit-made, committed,
 * branch-pushed, pushed, request-opened, opened, recorded. The names with a hyphen are done but not yet written down. */
extern void (*pr_builder_step_hook)(const char *point);

struct pr_run {
    struct pr_builder *b;
    struct arena *arena;
    struct store *store;
    struct git_service *git;
    struct err *e;
    struct json_object *warnings;
    bool pushed_here; /* this run pushed the branch or saw it pushed: no need to look again */
    bool drop;        /* the failure that is being reported ends the batch; its events are free again */
};

/* pr_files.c */
struct pr_file {
    struct git_service_file file; /* bytes NULL: removed, or no longer kept */
    const char *blob;
    const struct store_pr_event *event; /* that it is for */
};
struct pr_files {
    struct pr_file *items;
    size_t n;
};
enum err_code pr_files_of_export(struct arena *a, const struct sync_export *all, const char *event_id,
                                 const char **json, struct err *e);
enum err_code pr_files_read(struct arena *a, const struct store_pr_event *events, size_t n,
                            struct pr_files *out, struct err *e);
enum err_code pr_files_forget_text(struct arena *a, const char *json, const char **out, struct err *e);
struct git_service_file *pr_files_for_commit(struct arena *a, const struct pr_files *files);

/* pr_diff.c: a unified diff of all files against the parent, at most a few MiB. */
enum err_code pr_diff(struct pr_run *run, const struct object_id *parent, const struct pr_files *files,
                      const char **out);

/* pr_plan.c: everything that a claim will fix, computed; nothing is written but the mirror. */
struct pr_plan {
    const struct pr_request *request;
    struct store_pull_request row;
    struct store_pr_event *events;
    size_t n;
};
enum err_code pr_plan_make(struct pr_run *run, const struct pr_request *request, struct pr_plan *plan);

/* ERR_STALE when an event is no longer what was chosen. */
enum err_code pr_plan_check_revisions(struct pr_run *run, const struct pr_request *request);

/* The rows of a claim for events on top of a parent. ERR_NOTHING_TO_DO when no file would differ. */
enum err_code pr_plan_events(struct pr_run *run, const struct object_id *parent,
                             const struct store_event *events, size_t n, struct store_pr_event **out);
const char *pr_plan_branch(struct pr_run *run, const struct store_pull_request *row,
                           const struct store_pr_event *events, size_t n);

/* Fetch; *tip is the base branch now. ERR_BRANCH_NOT_FOUND in an empty repository. */
enum err_code pr_fetch(struct pr_run *run, struct object_id *tip);

/* pr_journal.c. claim: the plan becomes durable (sets plan->row.id); *again true when an event changed since it was
 * planned: plan anew (ERR_STALE when this revision was chosen). finish: from wherever the row is to recorded; on a failure the row keeps the error. */
enum err_code pr_journal_claim(struct pr_run *run, struct pr_plan *plan, bool *again);
enum err_code pr_journal_finish(struct pr_run *run, struct store_pull_request *row, bool resumed);

/* pr_steps.c: the steps. Each does its work, then writes down that it is done. */
enum err_code pr_step_resume(struct pr_run *run, struct store_pull_request *row);
enum err_code pr_step_commit(struct pr_run *run, struct store_pull_request *row);
enum err_code pr_step_push(struct pr_run *run, struct store_pull_request *row);
enum err_code pr_step_open(struct pr_run *run, struct store_pull_request *row);
enum err_code pr_step_record(struct pr_run *run, struct store_pull_request *row);

/* True when an event of the batch is no longer what was claimed: edited, in conflict, rejected or gone. */
enum err_code pr_batch_outdated(struct pr_run *run, int64_t pr, bool *outdated);

/* How long a short write waits for the writer lock. */
enum { PR_WRITE_WAIT_MS = 30000 };

void pr_reached(const char *point);
void pr_warn(struct pr_run *run, const char *text);
struct object_id pr_object_id(const char *hex);

#endif
