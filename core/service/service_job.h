/*
 * Asking for long work, from the browser or the API: what is asked is checked, queued as a job of the tenant, and answered
 * at once. A job worker does it (service_run_job in service.h).
 *
 * One job per tenant and kind is active (queued or running): asking again gives that one, with joined set — and makes one that waits for
 * its next try run at once. Previews of different choices are different jobs, at most JOBS_PREVIEWS_MOST of them (ERR_TOO_MANY). A create_pr or switch that asks
 * for something else than the active one is ERR_ALREADY_RUNNING, which names that job's id in its sentence; nothing is lost.
 *
 * Answers: {success, job: {id, kind, state, phase, done, total, bytes, result, code, error, request, created_by, created_at, started_at,
 * finished_at, next_try_at, attempts, cancel_asked}, joined, replayed}. `request` is what was asked for (never a secret).
 */
#ifndef TIDELINE_SERVICE_SERVICE_JOB_H
#define TIDELINE_SERVICE_SERVICE_JOB_H

#include "core/service/service.h"

/* pull, plan, check, refresh [editor; check: viewer]. idempotency_key may be NULL; the same key and the same question within a day give the same
 * job (replayed), the same key for another question is ERR_KEY_REUSED. args: {} or, of pull, {"confirm_deletions": true, "seen": text, "force": true}; NULL: {}.
 * plan: its result is the report of a dry run. A pull that stopped because too many events would go has failed with deletions_need_confirmation, and its
 * result names them (timeline_sync.h); seen of it makes the next pull go on only when it is these. */
struct service_job_request {
    const char *kind;
    struct json_object *args; /* owned by the caller */
    const char *idempotency_key;
};
enum err_code service_job_request(struct service *s, const struct service_job_request *request,
                                  struct json_object **view, struct err *e);

/* One job with its log: the answer above and log: [{at, text}] [viewer]. ERR_NOT_FOUND. */
enum err_code service_job_show(struct service *s, int64_t id, struct json_object **view, struct err *e);
/* {jobs: [... without request and result], next_cursor}: newest first [viewer]. */
enum err_code service_job_list(struct service *s, int64_t limit, const char *cursor,
                               struct json_object **view, struct err *e);
/* Cancel [editor]: a queued one ends at once, a running one at its next sign of life. ERR_NOT_FOUND; one that is over is
 * ERR_STALE. View as service_job_show. */
enum err_code service_job_cancel(struct service *s, int64_t id, struct json_object **view, struct err *e);

/* Ask for the same once more [as for its kind]: one that waits for its next try runs now, one that failed or was cancelled is queued
 * anew. One that succeeded is ERR_STALE. View as service_job_request. */
enum err_code service_job_again(struct service *s, int64_t id, struct json_object **view, struct err *e);

/* When the visitor is signed in, nothing active asks the remote, and the last question is older than five minutes (the last try too): queue a check. */
enum err_code service_check_if_old(struct service *s, bool *queued, struct err *e);

/*
 * The pull-request form [editor]: what waits, and the texts that would be made for it.
 * {events: [{id, date, title, change, revision, score}] (at most SERVICE_PR_EVENTS, oldest date first), total, title, description, running: the active create_pr
 * job or null, unfinished: [{id, error, events_count}] batches that an earlier run left}. ids (NULL-terminated) or NULL: texts for these only.
 */
enum { SERVICE_PR_EVENTS = 500, SERVICE_PR_LABELS = 20 };
enum err_code service_pr_form(struct service *s, const char *const *ids, struct json_object **view,
                              struct err *e);

/*
 * Ask for a pull request, or for its preview (kind preview: a dry run whose result has title, description, branch, events_count, commit_hash, diff, warnings)
 * [editor]. Problems name `events`, `title`, `description`, `labels`. revisions: of ids, as the person saw them; an event that changed since is a
 * problem of `events` (code stale when it is found by the job).
 */
struct service_pr_choice {
    const char *const *ids;    /* NULL-terminated; NULL: all pending */
    const int64_t *revisions;  /* beside ids; NULL: whatever they are now. 0: not known for this one */
    const char *title;         /* NULL or "": generated */
    const char *description;   /* the same */
    const char *const *labels; /* NULL-terminated or NULL */
    bool draft;
    bool preview;
    const char *idempotency_key;
};
enum err_code service_pr_request(struct service *s, const struct service_pr_choice *choice,
                                 struct json_object **view, struct err *e);

/* Try a failed or interrupted batch again [editor]; id is the journal's. */
enum err_code service_pr_request_retry(struct service *s, int64_t id, struct json_object **view,
                                       struct err *e);

/*
 * Configuration through web and API [admin]. view of service_config_page: what git-config --show answers, and version: text that changes with the
 * stored settings (for If-Match and stale forms), hosts: [those that URLs may name], from_web: [keys that were stored through the web].
 */
enum err_code service_config_page(struct service *s, struct json_object **view, struct err *e);

/* Follow another repository or branch: checked here as far as that goes without network (https, allowed host, branch name, not set by the environment; problems name
 * `repo_url`, `branch`), then queued as a job `switch` that asks the new remote, stores both when it answers and has the branch, and queues
 * a pull. Asking for what is followed already is ERR_NOTHING_TO_DO. version: as seen (NULL: not checked); ERR_STALE when the settings changed since. */
struct service_switch_args {
    const char *repo_url; /* NULL: as now */
    const char *branch;   /* NULL: as now */
    const char *version;
    const char *idempotency_key;
    const char *seen; /* of the comparison that was looked at: its events may go; NULL: the pull asks when there are many */
};
/* What following it would do, as a job `compare` that changes nothing [admin]: the same checks, the same problems. */
enum err_code service_compare_request(struct service *s, const struct service_switch_args *args,
                                      struct json_object **view, struct err *e);
/* What that job does, and git-config --dry-run [remote]: the report of a dry run from there (timeline_sync.h), and repo_url, branch, now: {repo_url, branch},
 * version (see service_config_page). NULL: as now. */
enum err_code service_compare(struct service *s, const char *repo_url, const char *branch,
                              struct json_object **view, struct err *e);

enum err_code service_switch_request(struct service *s, const struct service_switch_args *args,
                                     struct json_object **view, struct err *e);
/* What the job does [remote]. {success, repo_url, branch, head_commit, pull_job}: the id of the pull that was queued. */
enum err_code service_switch(struct service *s, const struct service_switch_args *args,
                             struct json_object **view, struct err *e);

/* For pictures [viewer]: {years: [{year, events}]} ascending, those without events left out, and {weeks: [{monday, pulls, pull_requests, failures}]} the
 * last SERVICE_WEEKS, oldest first, without gaps. */
enum { SERVICE_WEEKS = 26 };
enum err_code service_years(struct service *s, struct json_object **view, struct err *e);
enum err_code service_weeks(struct service *s, struct json_object **view, struct err *e);

#endif
