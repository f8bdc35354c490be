/*
 * One function per use case. The CLI, the web workers and the job workers call nothing below this. Each answers with
 * one JSON object (the "view"): the CLI prints it, the API returns it, the HTML page renders it.
 *
 * A service is open on one tenant, for one request, job or command, in one process. Views are owned by its arena.
 * Functions marked [remote] talk to Git or the forge: only the CLI and job workers call them; a service opened with
 * SERVICE_WEB refuses them (ERR_INTERNAL) and loads no libgit2 and no libcurl.
 */
#ifndef TIDELINE_SERVICE_SERVICE_H
#define TIDELINE_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/jx.h"
#include "core/util/own.h"

struct service;

enum service_mode {
    SERVICE_CLI, /* the process environment overrides what is stored; waits for locks */
    SERVICE_WEB, /* database only; gives up on a busy database after a second */
    SERVICE_JOB,
    SERVICE_READ, /* at the command line, to look at the database as it is: never makes or migrates one */
};

/* Progress of long work; see git_service_progress. */
struct service_progress {
    void (*report)(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes);
    bool (*cancelled)(void *context);
    void *context;
};

/*
 * Open the tenant's database (made when missing, but by SERVICE_WEB and SERVICE_READ: they give ERR_NOT_FOUND until the first pull made
 * one — the status page says so) and apply what git-config stored. tenant and arena must outlive the service. actor: who acts, for revisions and logs.
 */
enum err_code service_open(struct arena *a, const struct tenant *tenant, enum service_mode mode,
                           const char *actor, struct service **out, struct err *e);
void service_close(struct service *s);
AUTO_DEFINE_STRUCT(service, service_close)

/* A long-lived worker keeps a service open and gives it each request's arena. */
void service_set_arena(struct service *s, struct arena *a);
void service_set_progress(struct service *s, const struct service_progress *progress);

/* Changes whenever anything in the tenant's database does: equal numbers, equal views. For caches and ETags. */
int64_t service_version(struct service *s);

/* The tenant as it is in force now (stored settings applied). */
const struct tenant *service_tenant(struct service *s);

/* What is wrong with which field of what was asked: [{field, error}]. Functions that check several fields fill it and return
 * ERR_INVALID_FIELDS; it is emptied with each new arena. Never NULL. */
struct json_object *service_problems(struct service *s);

/* git-pull [remote]. Settles open pull requests first, because the import must know what was merged. The view is set also with ERR_CONFLICTS (then success is true: everything else was imported)
 * and with ERR_CONFIRM_DELETIONS. */
struct service_pull_args {
    bool force, dry_run, confirm_deletions;
    const char *seen; /* beside confirm_deletions: only the events that were looked at; see timeline_sync.h */
};
enum err_code service_pull(struct service *s, const struct service_pull_args *args, struct json_object **view,
                           struct err *e);

/* git-status. offline false [remote]. */
enum err_code service_status(struct service *s, bool offline, struct json_object **view, struct err *e);

/* git-config: set (value NULL: unset), and show. */
enum err_code service_config_set(struct service *s, const char *key, const char *value, struct err *e);
enum err_code service_config_show(struct service *s, struct json_object **view, struct err *e);

/* create-pr, pr refresh, pr retry [remote]. */
struct service_pr_args {
    const char *const *ids; /* NULL-terminated, or NULL: all pending */
    const char *title, *description;
    const char *const *labels;
    bool draft, dry_run;
    const int64_t *
        revisions; /* beside ids, as they were when chosen: another one now is ERR_STALE. NULL: any; 0: any */
    int64_t
        job; /* that asks, and remembers the batch, so that it is sent once however often the job is run; 0: none */
    int64_t earlier; /* the batch that it remembers; 0: none */
};
enum err_code service_create_pr(struct service *s, const struct service_pr_args *args,
                                struct json_object **view, struct err *e);
enum err_code service_pr_refresh(struct service *s, struct json_object **view, struct err *e);
enum err_code service_pr_retry(struct service *s, int64_t id, struct json_object **view, struct err *e);

/* Newest first; answers of lists have next_cursor, null at the end.
 * pr list: {pull_requests: [{id, number, state, step, title, branch, url, events_count, commit_hash, created_at, merged_at, error}]};
 * pr show: {pull_request: {… as in the list, description, base_branch, labels[], draft, events: [{id, date, title, change, state}]}}; number is the forge's. */
struct service_list_args {
    const char *state;  /* NULL: all */
    const char *cursor; /* next_cursor of the page before; NULL: the first */
    int64_t limit;      /* 1-1000; 0: 50 */
};
enum err_code service_pr_list(struct service *s, const struct service_list_args *args,
                              struct json_object **view, struct err *e);
enum err_code service_pr_show(struct service *s, int64_t number, struct json_object **view, struct err *e);

/* event list: {events: [{id, date, title, state, importance, status, revision, quality_score, validation_status, change}], next_cursor, total,
 * total_is_exact}. limit 1-10000. A search or filter counts up to 1,000: total is 1000 and total_is_exact false when there are more.
 * ERR_INVALID_FIELDS with service_problems() about q, from, to, tag, actor, importance; then nothing is looked for. */
enum { SERVICE_FILTER_BYTES = 200 }; /* of a tag or an actor that is asked for */
struct service_event_filter {
    const char *state, *query, *cursor;
    int64_t limit;           /* 0: 50 */
    const char *from, *to;   /* dates, both included: YYYY, YYYY-MM or YYYY-MM-DD */
    const char *tag, *actor; /* one of the event's, whole; capitals and accents make no difference */
    const char *importance;  /* at least: a whole number from 0 to 10 */
};
enum err_code service_event_list(struct service *s, const struct service_event_filter *filter,
                                 struct json_object **view, struct err *e);

/* event show: {event: {own fields}, id, state, revision, change, removed (a removal that waits for a pull request), base_changes: event_diff() from the repository's content
 * to this one (event_merge.h; null when nothing differs or it is not there), updated_at, updated_by, validation: {status, score, notes, date, automatic_score, deductions: [{rule, field, points,
 * text}]}, paths: [], history: [{revision, at, author, reason}], warnings: [], reservation: {by, until, mine} or null, verdicts: [{revision, at, author, status, score, notes}], newest first}. */
enum err_code service_event_show(struct service *s, const char *id, struct json_object **view, struct err *e);

/* event add: bytes of one event, JSON or Markdown. View as event show. ERR_EXISTS when the id is there. */
enum err_code service_event_add(struct service *s, const char *p, size_t n, struct json_object **view,
                                struct err *e);

/* What the reviewer says. */
struct service_verdict {
    const char *status;   /* validated | rejected | pending: sent back, with notes that say what to mend */
    double score;         /* 0 to 10; -1: none given (validated then takes the automatic score) */
    const char *notes;    /* NULL: none */
    int64_t revision;     /* that was looked at: another one now is ERR_STALE; 0: any */
    bool may_lack_reason; /* rejected without notes is a warning in the view instead of a problem */
};

/* event validate [editor]. View as event show. ERR_INVALID_FIELDS with service_problems() about status, score, notes. Of a removal it is the
 * removal that is judged. Ends a reservation. */
enum err_code service_event_validate(struct service *s, const char *id, const struct service_verdict *verdict,
                                     struct json_object **view, struct err *e);

/* sync log: {syncs: [{id, type, started_at, completed_at, success, imported, updated, deleted, exported, pr_number, pr_url, branch, commits, files_changed,
 * conflicts, errors: []}]}. */
enum err_code service_sync_log(struct service *s, const struct service_list_args *args,
                               struct json_object **view, struct err *e);

/* The status page in one view: what service_status(offline) answers, plus counts{draft, validated, exported, merged, conflict, rejected, total}, open_pull_request_list[], recent_syncs[],
 * job (active one, or null), unfinished_pull_requests[] (stopped half way, or the newest one when it was refused), errors[] (files that cannot be read now: {path, line, error}), headline{tone: "good"|"attention"|"problem"|"empty", text, detail}. */
enum err_code service_status_page(struct service *s, struct json_object **view, struct err *e);

/* How many conflicts are open: for the navigation of every page, so it costs next to nothing and does not fail (0 then). */
int64_t service_conflict_count(struct service *s);

/* Queue a job on the service's own account; see service_job.h for what people ask for. */
enum err_code service_job_enqueue(struct service *s, const char *kind, const char *args,
                                  struct json_object **view, struct err *e);

/* Take the tenant's next job that is due, run it to its end, record the result [remote]. *ran false when there was none. A failure of the job itself is ERR_OK here.
 * When the progress' own cancelled() answers true the job is put back, to be begun anew by another worker. */
enum err_code service_run_job(struct service *s, bool *ran, struct err *e);

/* Take up again what dead workers left running; *due_us tells when the next queued job may run (wall clock), 0: there is none. */
enum err_code service_next_job(struct service *s, int64_t *due_us, struct err *e);

#endif
