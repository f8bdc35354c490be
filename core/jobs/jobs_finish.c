/* How tries end: for good, or until the next one. */
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/util/clock.h"
#include "core/util/str.h"

enum { WORKER_LOCK_WAIT_MS = 60000, RATE_LIMIT_MOST_S = 3600 };

static const char batch_key[] = "pull_request";

enum err_code jobs_remember(struct store *s, int64_t id, int64_t pull_request, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *note = jx_own(a, json_object_new_object());

    jx_set_int(note, batch_key, pull_request);
    return store_job_note(s, id, jx_text(a, note), e);
}

int64_t jobs_remembered(struct arena *a, const struct store_job *job)
{
    struct json_object *note = NULL;

    if (!job->result[0] || jx_parse(a, job->result, strlen(job->result), &note, NULL) != ERR_OK)
        return 0;
    return jx_get_int(note, batch_key, 0);
}

bool jobs_may_pass(enum err_code code)
{
    return code == ERR_REMOTE_UNREACHABLE || code == ERR_REMOTE_TIMEOUT || code == ERR_RATE_LIMITED ||
           code == ERR_LOCKED || code == ERR_BUSY;
}

int64_t jobs_wait_s(int64_t tries, const struct err *failure)
{
    static const int64_t waits_s[JOBS_TRIES - 1] = {5, 30, 120, 600};
    int64_t asked_s = failure->code == ERR_RATE_LIMITED ? failure->retry_after_s : 0;
    int64_t wait_s;

    if (tries < 1 || tries >= JOBS_TRIES)
        return 0;
    wait_s = waits_s[tries - 1];
    if (asked_s > RATE_LIMIT_MOST_S)
        asked_s = RATE_LIMIT_MOST_S;
    return asked_s > wait_s ? asked_s : wait_s;
}

static enum err_code put_back(struct store *s, int64_t id, struct jobs_outcome *outcome, struct err *e)
{
    const struct store_job_again again = {.not_before_us = clock_now_us(), .uncounted = true};

    outcome->again_us = again.not_before_us;
    TRY(store_job_requeue(s, id, &again, e));
    return store_job_log(s, id, "The service ends or is loaded anew. The job goes on after that.", e);
}

/* "5 s", "2 min". */
static char *duration(struct arena *a, int64_t seconds)
{
    if (seconds % 60 == 0)
        return arena_printf(a, "%lld min", (long long)(seconds / 60));
    return arena_printf(a, "%lld s", (long long)seconds);
}

static enum err_code try_later(struct store *s, struct arena *a, int64_t id, struct jobs_outcome *outcome,
                               int64_t wait_s, struct err *e)
{
    const struct err *failure = outcome->failure;
    const struct store_job_again again = {.not_before_us = clock_now_us() + wait_s * 1000000,
                                          .error_code = err_name(failure->code),
                                          .error = failure->message};

    outcome->again_us = again.not_before_us;
    TRY(store_job_requeue(s, id, &again, e));
    return store_job_log(
        s, id, arena_printf(a, "%s This is tried again in %s.", failure->message, duration(a, wait_s)), e);
}

static enum err_code end(struct store *s, struct arena *a, int64_t id, const struct jobs_outcome *outcome,
                         bool cancelled, struct err *e)
{
    const struct err *failure = outcome->failure;
    struct store_job_end row = {.state = "succeeded",
                                .result = outcome->result ? jx_text(a, outcome->result) : NULL};

    if (cancelled) {
        row = (struct store_job_end){
            .state = "cancelled", .error_code = err_name(ERR_CANCELLED), .error = "The job was cancelled."};
    } else if (failure) {
        row.state = "failed";
        row.error_code = err_name(failure->code);
        row.error = failure->message;
    }
    TRY(store_job_finish(s, id, &row, e));
    return store_job_log(s, id,
                         cancelled ? "Cancelled."
                         : failure ? arena_printf(a, "Failed: %s", failure->message)
                                   : "Done.",
                         e);
}

/* As the row is now: it may have been cancelled since the worker last looked. */
static enum err_code finish(struct store *s, struct arena *a, const struct store_job *job,
                            struct jobs_outcome *outcome, struct err *e)
{
    const struct err *failure = outcome->failure;
    struct store_job now;
    int64_t losses;
    int64_t wait_s = 0;
    bool cancelled;

    TRY(store_job_get(s, a, job->id, &now, e));
    if (!str_eq(now.state, "running") || now.worker_pid != job->worker_pid)
        return err_set(e, ERR_NOT_FOUND, "Job %lld is not this worker's any more.", (long long)job->id);
    TRY(store_job_losses(s, job->id, &losses, e));
    cancelled = failure && (now.cancel_asked || (failure->code == ERR_CANCELLED && !outcome->interrupted));
    if (failure && jobs_may_pass(failure->code))
        wait_s = jobs_wait_s(now.attempts - losses, failure);
    if (failure && !cancelled && outcome->interrupted)
        return put_back(s, job->id, outcome, e);
    if (!cancelled && wait_s)
        return try_later(s, a, job->id, outcome, wait_s, e);
    return end(s, a, job->id, outcome, cancelled, e);
}

enum err_code jobs_finish(struct store *s, struct arena *a, const struct store_job *job,
                          struct jobs_outcome *outcome, struct err *e)
{
    outcome->again_us = 0;
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, finish(s, a, job, outcome, e), e);
}
