/*
 * The job queue of a tenant: it knows kinds, not what they do. Jobs are rows of the tenant's database
 * (store_job.h), so they survive any crash; each function here is one short transaction.
 */
#ifndef TIDELINE_JOBS_JOBS_H
#define TIDELINE_JOBS_JOBS_H

#include "core/store/store_job.h"
#include "core/util/jx.h"

enum job_kind { JOB_PULL, JOB_CHECK, JOB_CREATE_PR, JOB_REFRESH, JOB_KIND_COUNT };

/* "pull", "check", "create_pr", "refresh"; and back (ERR_INVALID_INPUT naming the kinds). */
const char *jobs_kind_name(enum job_kind kind);
enum err_code jobs_kind_of(const char *name, enum job_kind *kind, struct err *e);

/* A job whose worker died is run again at most so often. */
enum { JOBS_ATTEMPTS = 3 };

/* Queue a job, or find the active one of its kind. args is JSON object text; NULL: {}. */
enum err_code jobs_enqueue(struct store *s, enum job_kind kind, const char *args, const char *created_by,
                           int64_t *id, struct err *e);

/* The next job that is due becomes running; *found false when there is none. */
enum err_code jobs_claim(struct store *s, struct arena *a, struct store_job *job, bool *found, struct err *e);

/* Write progress; *cancel_asked tells whether to stop. Skipped (ERR_OK) inside a transaction. */
enum err_code jobs_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                            bool *cancel_asked, struct err *e);

/* Record the end. failure NULL: succeeded with the result (JSON, may be NULL); ERR_CANCELLED: cancelled. */
enum err_code jobs_finish(struct store *s, struct arena *a, int64_t id, struct json_object *result,
                          const struct err *failure, struct err *e);

/* Jobs left running by a worker that is gone (pid 0: by any process that is not alive). */
enum err_code jobs_recover(struct store *s, int64_t worker_pid, struct err *e);

/* Is the process that began a job at that time (wall clock) still there? Another one that has its number by now is not. */
bool jobs_worker_alive(int64_t pid, int64_t began_at_us);

/* {id, kind, state, phase, done, total, bytes, result, code, error, created_by, created_at, started_at, finished_at}; owned by the caller. */
struct json_object *jobs_json(struct arena *a, const struct store_job *job);

#endif
