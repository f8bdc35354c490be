/*
 * The tenant's job queue, durable: rows and what happens to them. Which kinds may wait beside which is for core/jobs to say;
 * the database itself allows one active (queued or running) job per kind (previews: per kind and args).
 *
 * A running job has a heartbeat. One whose worker died is found by the worker's process id and queued again; how often that
 * happened is counted apart (tl_job_loss), because `attempts` also counts tries that failed and are made again later.
 */
#ifndef TIDELINE_STORE_STORE_JOB_H
#define TIDELINE_STORE_STORE_JOB_H

#include "core/store/store.h"

struct store_job {
    int64_t id;
    const char *kind;  /* see core/jobs/jobs.h */
    const char *args;  /* JSON object text */
    const char *state; /* "queued", "running", "succeeded", "failed", "cancelled" */
    const char *phase; /* "" */
    int64_t done, total, bytes;
    const char *result;             /* JSON text; "" */
    const char *error_code, *error; /* ""; of a queued job: why its last try failed */
    const char *created_by;
    int64_t created_at_us, not_before_us, started_at_us, heartbeat_at_us, finished_at_us;
    int64_t attempts, worker_pid; /* the worker as jobs_worker_self() makes it; 0: none */
    bool cancel_asked;
};

/* What is to be queued. */
struct store_job_new {
    const char *kind;
    const char *args;       /* JSON object text; NULL or "": {} */
    const char *created_by; /* NULL: "" */
};

/* [w] ERR_INTERNAL when such a one is active already. */
enum err_code store_job_insert(struct store *s, const struct store_job_new *job, int64_t *id, struct err *e);

/* [w] The oldest queued job that is due becomes running by worker_pid; *found false when there is none, or one is running. */
enum err_code store_job_claim(struct store *s, struct arena *a, int64_t worker_pid, struct store_job *out,
                              bool *found, struct err *e);

/* When the next queued job may run, wall clock; 0: none is queued. One that the clock was set back behind may run at once. */
enum err_code store_job_next_due(struct store *s, int64_t *at_us, struct err *e);

/* How far a running job is. */
struct store_job_progress {
    const char *phase;
    int64_t done, total, bytes;
};

/* [w] Writes the progress and the heartbeat. */
enum err_code store_job_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                                 struct err *e);

/* Is its worker to stop: was it asked to, or was the job taken from it? */
enum err_code store_job_cancel_asked(struct store *s, int64_t id, bool *asked, struct err *e);

/* [w] What a running job found out and its next try needs; it takes the place of the result until there is one. */
enum err_code store_job_note(struct store *s, int64_t id, const char *note, struct err *e);

/* How a job ended. Texts may be NULL: "". */
struct store_job_end {
    const char *state;  /* "succeeded", "failed", "cancelled" */
    const char *result; /* JSON text */
    const char *error_code, *error;
};

/* [w] ERR_NOT_FOUND: it is over already. */
enum err_code store_job_finish(struct store *s, int64_t id, const struct store_job_end *end, struct err *e);

/* Another try of a running job. */
struct store_job_again {
    int64_t not_before_us;
    const char *error_code, *error; /* why; NULL: "" */
    bool uncounted;                 /* this try does not count */
};

/* [w] The running job waits again. ERR_NOT_FOUND: it does not run. */
enum err_code store_job_requeue(struct store *s, int64_t id, const struct store_job_again *again,
                                struct err *e);

/* [w] A job that waits for its time is due now; harmless for others. */
enum err_code store_job_due_now(struct store *s, int64_t id, struct err *e);

/* [w] A queued job is cancelled at once; a running one is told (store_job_cancel_asked). ERR_NOT_FOUND: it is neither. */
enum err_code store_job_ask_cancel(struct store *s, int64_t id, struct err *e);

/* [w] Running jobs of a worker that is gone: queued again; failed when workers died of them max_losses times; cancelled when that was asked. */
enum err_code store_job_recover(struct store *s, int64_t worker_pid, int64_t max_losses, struct err *e);

/* How often a worker died with this job. */
enum err_code store_job_losses(struct store *s, int64_t id, int64_t *n, struct err *e);

enum err_code store_job_get(struct store *s, struct arena *a, int64_t id, struct store_job *out,
                            struct err *e);

/* Newest first, without args and result; active ones only: with them, the running one before the others. */
enum err_code store_job_list(struct store *s, struct arena *a, bool active_only,
                             const struct store_slice *slice, struct store_job **out, size_t *n,
                             struct err *e);

/* When a job that asks the remote for news (pull, check, switch) last began, ended or was queued; 0 never. */
enum err_code store_job_last_asked(struct store *s, int64_t *at_us, struct err *e);

/* What a job did, oldest first. */
struct store_job_line {
    int64_t at_us;
    const char *text;
};
enum { STORE_JOB_LINES = 500 };
enum err_code store_job_log(struct store *s, int64_t id, const char *text, struct err *e); /* [w] */
enum err_code store_job_log_list(struct store *s, struct arena *a, int64_t id, struct store_job_line **out,
                                 size_t *n, struct err *e);

/* [w] Forget jobs that are over and are not among the `most` newest jobs, or ended before oldest_us. */
enum err_code store_job_prune(struct store *s, int64_t most, int64_t oldest_us, struct err *e);

/* Requests that named themselves (Idempotency-Key), and the jobs that answered them. */
struct store_job_key {
    const char *caller, *key;
    const char *request; /* digest of what was asked */
    int64_t job;
};

/* Fills request and job of caller's key. *found false also when the job is there no more. */
enum err_code store_job_key_get(struct store *s, struct arena *a, struct store_job_key *key, bool *found,
                                struct err *e);
enum err_code store_job_key_put(struct store *s, const struct store_job_key *key, struct err *e); /* [w] */
enum err_code store_job_key_prune(struct store *s, int64_t oldest_us, struct err *e);             /* [w] */

#endif
