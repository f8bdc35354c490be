/*
 * The job queue of a tenant: which kinds there are, which of them may be active at a time, when one is tried again, and
 * how requests find the job that answers them. It knows kinds, not what they do. Jobs are rows of the tenant's database
 * (store_job.h), so they survive any crash; each function here is one short transaction.
 *
 * One job of a tenant runs at a time, the oldest that is due first.
 */
#ifndef TIDELINE_JOBS_JOBS_H
#define TIDELINE_JOBS_JOBS_H

#include "core/store/store_job.h"
#include "core/util/jx.h"

/*
 * args of each kind (a JSON object):
 *   pull       {force?, confirm_deletions?, seen?}: seen names the events that may go
 *   plan       {}: a dry run of a pull
 *   check      {}: ask the remote, import nothing
 *   create_pr  {events?: [{id, revision}], title?, description?, labels?: [text], draft?}
 *   refresh    {}: how open pull requests ended
 *   preview    as create_pr: a dry run of it
 *   compare    {repo_url, branch}: a dry run of a pull from there, as if it were followed
 *   switch     {repo_url?, branch?, seen?}
 *   retry      {id}: a pull request's id in the journal
 */
enum job_kind {
    JOB_PULL,
    JOB_PLAN,
    JOB_CHECK,
    JOB_CREATE_PR,
    JOB_REFRESH,
    JOB_PREVIEW,
    JOB_COMPARE,
    JOB_SWITCH,
    JOB_RETRY,
    JOB_KIND_COUNT
};

/* "pull", "check", …; and back (ERR_INVALID_INPUT naming the kinds). */
const char *jobs_kind_name(enum job_kind kind);
enum err_code jobs_kind_of(const char *name, enum job_kind *kind, struct err *e);

enum {
    JOBS_LOSSES = 3, /* a job is given up when so many workers died of it */
    JOBS_TRIES = 5,  /* and when so many tries failed for a reason that may pass */
    JOBS_PREVIEWS_MOST = 20,
    JOBS_KEPT = 1000, /* of those that are over; and for so long: */
    JOBS_KEPT_DAYS = 90,
};

/*
 * Queue a job, or find the one that answers. In this order:
 * - idempotency_key (NULL: none) and created_by were seen within a day: that job, replayed; ERR_KEY_REUSED when another question had the key;
 * - an active pull, plan, check or refresh answers every other one, a preview or compare one of the same args, create_pr, switch and retry one of the same
 *   args: joined, and if it waits for its next try it is due now. create_pr and retry exclude each other. ERR_ALREADY_RUNNING names
 *   the job in the way and who began it; ERR_TOO_MANY when too many previews (or compares) wait;
 * - else a new one. Old jobs are forgotten on the way.
 */
struct jobs_request {
    enum job_kind kind;
    const char *args;       /* JSON object text, equal for equal questions; NULL: {} */
    const char *created_by; /* who asks; NULL: "" */
    const char *idempotency_key;
};
struct jobs_answer {
    int64_t id;
    bool joined, replayed;
};
enum err_code jobs_enqueue(struct store *s, const struct jobs_request *request, int wait_ms,
                           struct jobs_answer *answer, struct err *e);

/* The next job that is due becomes running by this process; *found false when there is none, or one is running. What
 * processes that are gone (and this one) left running is taken up again first. */
enum err_code jobs_claim(struct store *s, struct arena *a, struct store_job *job, bool *found, struct err *e);

/* Take up again what processes that are gone left running: without it, nothing else of the tenant runs. */
enum err_code jobs_recover(struct store *s, struct err *e);

/* Write progress and heartbeat; new_phase also makes it a line of the job's log. Not inside a transaction. */
enum err_code jobs_progress(struct store *s, int64_t id, const struct store_job_progress *now, bool new_phase,
                            struct err *e);

/* [w] The running job has made this batch (tl_pull_request): what jobs_remembered() of the row tells the next try if this one dies. 0: none. */
enum err_code jobs_remember(struct store *s, int64_t id, int64_t pull_request, struct err *e);
int64_t jobs_remembered(struct arena *a, const struct store_job *job);

/* How a try ended. */
struct jobs_outcome {
    struct json_object *result; /* of one that succeeded; may be NULL */
    const struct err *failure;  /* NULL: it succeeded. ERR_CANCELLED: cancelled */
    bool interrupted;           /* its worker has to end: the try does not count and is made again at once */
    int64_t again_us;           /* set by jobs_finish(): when it is tried again, wall clock; 0: it is over */
};

/* Record it: the job is over, or waits for another try because the failure may pass (jobs_may_pass) and JOBS_TRIES are not used up.
 * ERR_NOT_FOUND when it was taken from this process meanwhile. */
enum err_code jobs_finish(struct store *s, struct arena *a, const struct store_job *job,
                          struct jobs_outcome *outcome, struct err *e);

/* Failures that another try may not meet: unreachable, timeout, rate limit, locked, busy. */
bool jobs_may_pass(enum err_code code);

/* How long to wait after so many counted tries: 5 s, 30 s, 2 min, 10 min; 0: no more. A rate limit's own time counts when it is longer, up to an hour. */
int64_t jobs_wait_s(int64_t tries, const struct err *failure);

/*
 * A process as job rows name it (worker_pid): its number in the low JOBS_PID_BITS, above them some bits of a digest of when it started
 * and of the machine's boot. So another process that has the number by now is another worker, whatever the clock was set to meanwhile.
 */
enum { JOBS_PID_BITS = 22 };
int64_t jobs_worker_self(void);
int64_t
jobs_worker_of(int64_t pid); /* 0: there is no such process, or it has ended and waits to be collected */
/* Is that process still there? False for 0, and for a bare number, as version 2 of the database held. */
bool jobs_worker_alive(int64_t worker);

/* {id, kind, state, phase, done, total, bytes, result, code, error, request, created_by, created_at, started_at, finished_at, next_try_at,
 * attempts, cancel_asked}; owned by the caller. result: also of a pull that failed because too many events would go. */
struct json_object *jobs_json(struct arena *a, const struct store_job *job);

#endif
