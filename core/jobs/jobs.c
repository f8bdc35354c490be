#include "core/jobs/jobs.h"

#include <string.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/str.h"

enum { LOCK_WAIT_MS = 1000, WORKER_LOCK_WAIT_MS = 60000, ACTIVE_MOST = 1000 };

const char *jobs_kind_name(enum job_kind kind)
{
    switch (kind) {
    case JOB_PULL: return "pull";
    case JOB_CHECK: return "check";
    case JOB_CREATE_PR: return "create_pr";
    case JOB_REFRESH: return "refresh";
    case JOB_KIND_COUNT: break;
    }
    return "";
}

enum err_code jobs_kind_of(const char *name, enum job_kind *kind, struct err *e)
{
    for (int i = 0; i < JOB_KIND_COUNT; i++) {
        if (!str_eq(name, jobs_kind_name((enum job_kind)i)))
            continue;
        *kind = (enum job_kind)i;
        return ERR_OK;
    }
    return err_set(e, ERR_INVALID_INPUT,
                   "There is no job of the kind %.40s; kinds are pull, check, create_pr, refresh.", name);
}

enum err_code jobs_enqueue(struct store *s, enum job_kind kind, const char *args, const char *created_by,
                           int64_t *id, struct err *e)
{
    TRY(store_begin(s, LOCK_WAIT_MS, e));
    return store_end(s, store_job_enqueue(s, jobs_kind_name(kind), args, created_by, id, e), e);
}

/* A worker runs one job at a time: one that is its own already is one whose end could not be written down, on a full
 * disk for example. Nobody else would ever take it up. */
static enum err_code claim(struct store *s, struct arena *a, struct store_job *job, bool *found,
                           struct err *e)
{
    TRY(store_job_recover(s, getpid(), JOBS_ATTEMPTS, e));
    return store_job_claim(s, a, getpid(), job, found, e);
}

enum err_code jobs_claim(struct store *s, struct arena *a, struct store_job *job, bool *found, struct err *e)
{
    struct store_job *active;
    size_t n;

    *found = false;
    /* Most wake-ups find nothing: look before taking the writer lock. */
    TRY(store_job_list(s, a, true, 1, &active, &n, e));
    if (n == 0)
        return ERR_OK;
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, claim(s, a, job, found, e), e);
}

enum err_code jobs_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                            bool *cancel_asked, struct err *e)
{
    *cancel_asked = false;
    if (store_in_transaction(s))
        return ERR_OK;
    TRY(store_begin(s, LOCK_WAIT_MS, e));
    return store_end(s, store_job_progress(s, id, now, cancel_asked, e), e);
}

enum err_code jobs_finish(struct store *s, struct arena *a, int64_t id, struct json_object *result,
                          const struct err *failure, struct err *e)
{
    struct store_job_end end = {.state = "succeeded", .result = result ? jx_text(a, result) : NULL};

    if (failure) {
        end.state = failure->code == ERR_CANCELLED ? "cancelled" : "failed";
        end.error_code = err_name(failure->code);
        end.error = failure->message;
    }
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, store_job_finish(s, id, &end, e), e);
}

static enum err_code recover_lost(struct store *s, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct store_job *active;
    size_t n;

    TRY(store_job_list(s, a, true, ACTIVE_MOST, &active, &n, e));
    for (size_t i = 0; i < n; i++)
        if (str_eq(active[i].state, "running") &&
            !jobs_worker_alive(active[i].worker_pid, active[i].started_at_us))
            TRY(store_job_recover(s, active[i].worker_pid, JOBS_ATTEMPTS, e));
    return ERR_OK;
}

enum err_code jobs_recover(struct store *s, int64_t worker_pid, struct err *e)
{
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, worker_pid ? store_job_recover(s, worker_pid, JOBS_ATTEMPTS, e) : recover_lost(s, e),
                     e);
}

static void set_time(struct arena *a, struct json_object *object, const char *key, int64_t us)
{
    jx_set_text(object, key, us ? clock_rfc3339(a, us) : NULL);
}

struct json_object *jobs_json(struct arena *a, const struct store_job *job)
{
    struct json_object *o = json_object_new_object();
    struct json_object *result = NULL;

    if (job->result && job->result[0] &&
        jx_parse(a, job->result, strlen(job->result), &result, NULL) != ERR_OK)
        result = NULL;
    jx_set_int(o, "id", job->id);
    jx_set_text(o, "kind", job->kind);
    jx_set_text(o, "state", job->state);
    jx_set_text(o, "phase", job->phase && job->phase[0] ? job->phase : NULL);
    jx_set_int(o, "done", job->done);
    jx_set_int(o, "total", job->total);
    jx_set_int(o, "bytes", job->bytes);
    jx_set(o, "result", result ? json_object_get(result) : NULL);
    jx_set_text(o, "code", job->error_code && job->error_code[0] ? job->error_code : NULL);
    jx_set_text(o, "error", job->error && job->error[0] ? job->error : NULL);
    jx_set_text(o, "created_by", job->created_by);
    set_time(a, o, "created_at", job->created_at_us);
    set_time(a, o, "started_at", job->started_at_us);
    set_time(a, o, "finished_at", job->finished_at_us);
    return o;
}
