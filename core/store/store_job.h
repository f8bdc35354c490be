/*
 * The tenant's job queue, durable. One active (queued or running) job per kind: a second request gets the first.
 * A running job has a heartbeat; one whose worker died is found by its pid and start time and queued again, at most `attempts` times.
 */
#ifndef TIDELINE_STORE_STORE_JOB_H
#define TIDELINE_STORE_STORE_JOB_H

#include "core/store/store.h"

struct store_job {
    int64_t id;
    const char *kind;  /* "pull", "check", "create_pr", "refresh" */
    const char *args;  /* JSON object text */
    const char *state; /* "queued", "running", "succeeded", "failed", "cancelled" */
    const char *phase; /* "" */
    int64_t done, total, bytes;
    const char *result; /* JSON text; "" */
    const char *error_code, *error; /* "" */
    const char *created_by;
    int64_t created_at_us, not_before_us, started_at_us, heartbeat_at_us, finished_at_us;
    int64_t attempts, worker_pid;
    bool cancel_asked;
};

/* [w] *id is the new job, or the active one of the kind. */
enum err_code store_job_enqueue(struct store *s, const char *kind, const char *args, const char *created_by,
                                int64_t *id, struct err *e);
/* [w] The oldest queued job that is due becomes running by worker_pid; *found false when none. */
enum err_code store_job_claim(struct store *s, struct arena *a, int64_t worker_pid, struct store_job *out, bool *found,
                              struct err *e);

/* How far a running job is. */
struct store_job_progress {
    const char *phase;
    int64_t done, total, bytes;
};

/* [w] Writes the progress and the heartbeat; *cancel_asked (may be NULL) tells whether to stop. */
enum err_code store_job_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                                 bool *cancel_asked, struct err *e);

/* How a job ended. Texts may be NULL: "". */
struct store_job_end {
    const char *state;  /* "succeeded", "failed", "cancelled" */
    const char *result; /* JSON text */
    const char *error_code, *error;
};

/* [w] ERR_NOT_FOUND: it is not running. */
enum err_code store_job_finish(struct store *s, int64_t id, const struct store_job_end *end, struct err *e);
/* [w] A queued job is cancelled at once; a running one is told at its next progress. ERR_NOT_FOUND: it is neither. */
enum err_code store_job_ask_cancel(struct store *s, int64_t id, struct err *e);
/* [w] Running jobs of a worker that is gone: queued again, or failed after max_attempts. */
enum err_code store_job_recover(struct store *s, int64_t worker_pid, int64_t max_attempts, struct err *e);
enum err_code store_job_get(struct store *s, struct arena *a, int64_t id, struct store_job *out, struct err *e);
enum err_code store_job_list(struct store *s, struct arena *a, bool active_only, size_t limit, struct store_job **out,
                             size_t *n, struct err *e);

#endif
