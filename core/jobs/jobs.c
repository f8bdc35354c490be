#include "core/jobs/jobs.h"

#include "core/util/clock.h"
#include "core/util/str.h"

enum { LOCK_WAIT_MS = 1000, WORKER_LOCK_WAIT_MS = 60000, ACTIVE_MOST = 100 };

static const struct store_slice active_ones = {.limit = ACTIVE_MOST};

const char *jobs_kind_name(enum job_kind kind)
{
    switch (kind) {
    case JOB_PULL: return "pull";
    case JOB_PLAN: return "plan";
    case JOB_CHECK: return "check";
    case JOB_CREATE_PR: return "create_pr";
    case JOB_REFRESH: return "refresh";
    case JOB_PREVIEW: return "preview";
    case JOB_COMPARE: return "compare";
    case JOB_SWITCH: return "switch";
    case JOB_RETRY: return "retry";
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
                   "There is no job of the kind %.40s; kinds are pull, plan, check, create_pr, refresh, "
                   "preview, compare, "
                   "switch, retry.",
                   name ? name : "");
}

/* A worker runs one job at a time: one that is its own already is one whose end could not be written down, on a full
 * disk for example. Nobody else would ever take it up. */
static bool is_lost(const struct store_job *job, int64_t self)
{
    return str_eq(job->state, "running") && (job->worker_pid == self || !jobs_worker_alive(job->worker_pid));
}

/* As job_due in job.sql. */
static bool is_due(const struct store_job *job, int64_t now_us)
{
    return str_eq(job->state, "queued") &&
           (job->not_before_us <= now_us || job->created_at_us > now_us || job->started_at_us > now_us);
}

struct look {
    int64_t self; /* the worker whose own running job counts as lost; 0: nobody's */
    bool lost;    /* a job's worker is gone */
    bool due;     /* one may begin now, unless another runs */
    bool running;
};

/* Most wake-ups find nothing to do: look before taking the writer lock. */
static enum err_code look(struct store *s, struct arena *a, struct look *out, struct err *e)
{
    struct store_job *jobs;
    size_t n;

    TRY(store_job_list(s, a, true, &active_ones, &jobs, &n, e));
    for (size_t i = 0; i < n; i++) {
        bool runs = str_eq(jobs[i].state, "running");
        bool lost = is_lost(&jobs[i], out->self);

        out->lost = out->lost || lost;
        out->running = out->running || (runs && !lost);
        out->due = out->due || is_due(&jobs[i], clock_now_us());
    }
    return ERR_OK;
}

static enum err_code recover_lost(struct store *s, struct arena *a, int64_t self, struct err *e)
{
    struct store_job *jobs;
    size_t n;

    TRY(store_job_list(s, a, true, &active_ones, &jobs, &n, e));
    for (size_t i = 0; i < n; i++)
        if (is_lost(&jobs[i], self))
            TRY(store_job_recover(s, jobs[i].worker_pid, JOBS_LOSSES, e));
    return ERR_OK;
}

static enum err_code tell_beginning(struct store *s, struct arena *a, const struct store_job *job,
                                    struct err *e)
{
    const char *text =
        job->attempts > 1
            ? arena_printf(a, "A worker begins, for the %s time.",
                           job->attempts == 2   ? "second"
                           : job->attempts == 3 ? "third"
                                                : arena_printf(a, "%lldth", (long long)job->attempts))
            : "A worker begins.";

    return store_job_log(s, job->id, text, e);
}

static enum err_code claim(struct store *s, struct arena *a, struct store_job *job, bool *found,
                           struct err *e)
{
    TRY(recover_lost(s, a, jobs_worker_self(), e));
    TRY(store_job_claim(s, a, jobs_worker_self(), job, found, e));
    return *found ? tell_beginning(s, a, job, e) : ERR_OK;
}

enum err_code jobs_claim(struct store *s, struct arena *a, struct store_job *job, bool *found, struct err *e)
{
    struct look seen = {.self = jobs_worker_self()};

    *found = false;
    TRY(look(s, a, &seen, e));
    if (!seen.lost && (seen.running || !seen.due))
        return ERR_OK;
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, claim(s, a, job, found, e), e);
}

enum err_code jobs_recover(struct store *s, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct look seen = {0};

    TRY(look(s, a, &seen, e));
    if (!seen.lost)
        return ERR_OK;
    TRY(store_begin(s, WORKER_LOCK_WAIT_MS, e));
    return store_end(s, recover_lost(s, a, 0, e), e);
}

static const char *phase_sentence(struct arena *a, const char *phase)
{
    static const char *const known[][2] = {
        {"connecting", "Connecting to the repository."},      {"receiving", "Receiving from the repository."},
        {"resolving", "Putting together what was received."}, {"reading events", "Reading events."},
        {"importing", "Writing events into the database."},   {"pushing", "Pushing the branch."},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(phase, known[i][0]))
            return known[i][1];
    return arena_printf(a, "Now: %s.", phase);
}

static enum err_code write_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                                    bool new_phase, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();

    TRY(store_job_progress(s, id, now, e));
    return new_phase ? store_job_log(s, id, phase_sentence(a, now->phase), e) : ERR_OK;
}

enum err_code jobs_progress(struct store *s, int64_t id, const struct store_job_progress *now, bool new_phase,
                            struct err *e)
{
    TRY(store_begin(s, LOCK_WAIT_MS, e));
    return store_end(s, write_progress(s, id, now, new_phase, e), e);
}
