/* Doing jobs: what a job worker calls. */
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/util/clock.h"
#include "core/util/log.h"

enum {
    PROGRESS_EVERY_MS = 250,   /* progress is written to the database so often at most */
    ASK_EVERY_MS = 500,        /* whether the job was cancelled */
    HEARTBEAT_EVERY_MS = 5000, /* while there is no progress */
    LINES_MOST = 40,           /* of a try, about its phases */
};

/* What a running job tells, on its way from Git to the job's row and to whoever supervises the worker. */
struct running {
    struct service *s;
    struct service_progress outer;
    int64_t id;
    int64_t written_ms, asked_ms;
    const char *phase; /* in the service's arena */
    struct store_job_progress now;
    int lines;
    bool cancel_asked;
    bool interrupted; /* by the worker, which has to end */
};

/* Within a transaction nothing can be written. A line that cannot be written now is written a moment later. */
static void write_progress(struct running *r, int64_t now_ms)
{
    bool new_phase = !str_eq(r->now.phase, r->phase) && r->lines < LINES_MOST;
    struct err ignored = {0};

    if (store_in_transaction(r->s->store))
        return;
    r->written_ms = now_ms;
    if (jobs_progress(r->s->store, r->id, &r->now, new_phase, &ignored) != ERR_OK)
        return;
    r->phase = r->now.phase;
    r->lines += new_phase;
}

static void report(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct running *r = context;
    int64_t now_ms = clock_monotonic_ms();

    if (r->outer.report)
        r->outer.report(r->outer.context, phase, done, total, bytes);
    if (!str_eq(phase, r->now.phase))
        r->now.phase = arena_strdup(r->s->arena, phase);
    r->now.done = (int64_t)done;
    r->now.total = (int64_t)total;
    r->now.bytes = (int64_t)bytes;
    if (!str_eq(r->now.phase, r->phase) || now_ms - r->written_ms >= PROGRESS_EVERY_MS)
        write_progress(r, now_ms);
}

/* Asked at least every second by whatever waits, also when nothing is reported: the heartbeat comes from here then. */
static void ask(struct running *r)
{
    int64_t now_ms = clock_monotonic_ms();
    struct err ignored = {0};

    if (now_ms - r->asked_ms < ASK_EVERY_MS)
        return;
    r->asked_ms = now_ms;
    if (!store_in_transaction(r->s->store))
        (void)store_job_cancel_asked(r->s->store, r->id, &r->cancel_asked, &ignored);
    if (now_ms - r->written_ms >= HEARTBEAT_EVERY_MS)
        write_progress(r, now_ms);
}

static bool cancelled(void *context)
{
    struct running *r = context;

    if (!r->cancel_asked)
        ask(r);
    if (r->outer.cancelled && r->outer.cancelled(r->outer.context))
        r->interrupted = true;
    return r->cancel_asked || r->interrupted;
}

/* Text values of an array, NULL-terminated; NULL when it is missing or empty. */
static const char **texts(struct service *s, struct json_object *list)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    const char **out = arena_array(s->arena, n + 1, sizeof *out);

    if (n == 0)
        return NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = json_object_get_string(json_object_array_get_idx(list, i));
    return out;
}

/* args of create_pr and preview: see jobs.h. */
static void read_events(struct service *s, struct json_object *list, struct service_pr_args *out)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    const char **ids = arena_array(s->arena, n + 1, sizeof *ids);
    int64_t *revisions = arena_array(s->arena, n + 1, sizeof *revisions);

    if (!list)
        return;
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(list, i);
        const char *id = jx_get_text(row, "id");

        ids[i] = id ? id : "";
        revisions[i] = jx_get_int(row, "revision", 0);
    }
    out->ids = ids;
    out->revisions = revisions;
}

static enum err_code run_create_pr(struct service *s, const struct store_job *job, struct json_object *args,
                                   struct json_object **view, struct err *e)
{
    bool dry_run = str_eq(job->kind, jobs_kind_name(JOB_PREVIEW));
    struct service_pr_args pr = {
        .title = jx_get_text(args, "title"),
        .description = jx_get_text(args, "description"),
        .labels = texts(s, jx_get(args, "labels")),
        .draft = jx_get_bool(args, "draft", false),
        .dry_run = dry_run,
        .job = job->id,
        .earlier = jobs_remembered(s->arena, job),
    };

    read_events(s, jx_get(args, "events"), &pr);
    return service_create_pr(s, &pr, view, e);
}

static enum err_code run_pull(struct service *s, struct json_object *args, struct json_object **view,
                              struct err *e)
{
    const struct service_pull_args pull = {
        .force = jx_get_bool(args, "force", false),
        .confirm_deletions = jx_get_bool(args, "confirm_deletions", false),
        .seen = jx_get_text(args, "seen"),
    };

    return service_pull(s, &pull, view, e);
}

static enum err_code run_plan(struct service *s, struct json_object **view, struct err *e)
{
    const struct service_pull_args plan = {.dry_run = true};

    return service_pull(s, &plan, view, e);
}

static enum err_code run_switch(struct service *s, struct json_object *args, struct json_object **view,
                                struct err *e)
{
    const struct service_switch_args to = {.repo_url = jx_get_text(args, "repo_url"),
                                           .branch = jx_get_text(args, "branch"),
                                           .seen = jx_get_text(args, "seen")};

    return service_switch(s, &to, view, e);
}

static enum err_code run_kind(struct service *s, const struct store_job *job, struct json_object *args,
                              struct json_object **view, struct err *e)
{
    enum job_kind kind;

    TRY(jobs_kind_of(job->kind, &kind, e));
    switch (kind) {
    case JOB_PULL: return run_pull(s, args, view, e);
    case JOB_PLAN: return run_plan(s, view, e);
    case JOB_CHECK: return service_check(s, view, e);
    case JOB_CREATE_PR:
    case JOB_PREVIEW: return run_create_pr(s, job, args, view, e);
    case JOB_REFRESH: return service_pr_refresh(s, view, e);
    case JOB_RETRY: return service_pr_retry(s, jx_get_int(args, "id", 0), view, e);
    case JOB_COMPARE:
        return service_compare(s, jx_get_text(args, "repo_url"), jx_get_text(args, "branch"), view, e);
    case JOB_SWITCH: return run_switch(s, args, view, e);
    case JOB_KIND_COUNT: break;
    }
    return err_set(e, ERR_INTERNAL, "The job's kind is not known to this version.");
}

/* Conflicts are a result for a person, not a failure of the job. */
static enum err_code run(struct service *s, const struct store_job *job, struct json_object **view,
                         struct err *e)
{
    struct json_object *args = NULL;
    enum err_code code;

    /* The job before may have been a switch that ended after this worker had opened the database. */
    TRY(service_reload(s, e));
    TRY(jx_parse(s->arena, job->args, strlen(job->args), &args, e));
    code = run_kind(s, job, args, view, e);
    return code == ERR_CONFLICTS && *view ? ERR_OK : code;
}

static void log_end(const struct store_job *job, const struct jobs_outcome *outcome)
{
    const struct err *why = outcome->failure;
    long long id = job->id;

    if (!why)
        log_write(LOG_INFO, "job %lld %s succeeded", id, job->kind);
    else if (outcome->again_us && outcome->interrupted)
        log_write(LOG_INFO, "job %lld %s waits for another worker", id, job->kind);
    else
        log_write(LOG_WARNING, "job %lld %s failed%s: %s: %s", id, job->kind,
                  outcome->again_us ? " and is tried again" : "", err_name(why->code), why->message);
}

enum err_code service_run_job(struct service *s, bool *ran, struct err *e)
{
    struct running running = {.s = s, .outer = s->progress};
    struct jobs_outcome outcome = {0};
    struct store_job job;
    struct err why = {0};
    enum err_code code;

    TRY(jobs_claim(s->store, s->arena, &job, ran, e));
    if (!*ran)
        return ERR_OK;
    log_write(LOG_INFO, "job %lld %s begins", (long long)job.id, job.kind);
    running.id = job.id;
    s->progress = (struct service_progress){report, cancelled, &running};
    code = run(s, &job, &outcome.result, &why);
    s->progress = running.outer;
    outcome.failure = code == ERR_OK ? NULL : &why;
    outcome.interrupted = running.interrupted && !running.cancel_asked;
    code = jobs_finish(s->store, s->arena, &job, &outcome, e);
    log_end(&job, &outcome);
    return code;
}

enum err_code service_next_job(struct service *s, int64_t *due_us, struct err *e)
{
    TRY(jobs_recover(s->store, e));
    return store_job_next_due(s->store, due_us, e);
}
