#include <stdlib.h>
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/util/clock.h"
#include "core/util/log.h"

/* Progress is written to the database so often at most. */
enum { PROGRESS_EVERY_MS = 250 };

static enum err_code job_view(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    struct store_job job;

    TRY(store_job_get(s->store, s->arena, id, &job, e));
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "job", jobs_json(s->arena, &job));
    return ERR_OK;
}

enum err_code service_job_enqueue(struct service *s, const char *kind, const char *args,
                                  struct json_object **view, struct err *e)
{
    enum job_kind known;
    int64_t id;

    TRY(jobs_kind_of(kind, &known, e));
    TRY(service_need_repository(s, e));
    TRY(jobs_enqueue(s->store, known, args, s->actor, &id, e));
    return job_view(s, id, view, e);
}

enum err_code service_job_show(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    return job_view(s, id, view, e);
}

/* What a running job tells, on its way from Git to the job's row and to whoever supervises the worker. */
struct running {
    struct service *s;
    struct service_progress outer;
    int64_t id;
    int64_t written_ms;
    const char *phase;
    bool cancel_asked;
};

static void report(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes)
{
    const struct store_job_progress now = {phase, (int64_t)done, (int64_t)total, (int64_t)bytes};
    struct running *r = context;
    int64_t now_ms = clock_monotonic_ms();
    struct err ignored = {0};

    if (r->outer.report)
        r->outer.report(r->outer.context, phase, done, total, bytes);
    if (str_eq(phase, r->phase) && now_ms - r->written_ms < PROGRESS_EVERY_MS)
        return;
    r->phase = phase;
    r->written_ms = now_ms;
    /* A progress line that cannot be written now is written a moment later. */
    (void)jobs_progress(r->s->store, r->id, &now, &r->cancel_asked, &ignored);
}

static bool cancelled(void *context)
{
    struct running *r = context;

    return r->cancel_asked || (r->outer.cancelled && r->outer.cancelled(r->outer.context));
}

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

static enum err_code run_create_pr(struct service *s, struct json_object *args, struct json_object **view,
                                   struct err *e)
{
    struct service_pr_args pr = {
        .ids = texts(s, jx_get(args, "events")),
        .title = jx_get_text(args, "title"),
        .description = jx_get_text(args, "description"),
        .labels = texts(s, jx_get(args, "labels")),
        .draft = jx_get_bool(args, "draft", false),
    };

    return service_create_pr(s, &pr, view, e);
}

static enum err_code run_kind(struct service *s, enum job_kind kind, struct json_object *args,
                              struct json_object **view, struct err *e)
{
    struct service_pull_args pull = {
        .force = jx_get_bool(args, "force", false),
        .confirm_deletions = jx_get_bool(args, "confirm_deletions", false),
    };

    switch (kind) {
    case JOB_PULL: return service_pull(s, &pull, view, e);
    case JOB_CHECK: return service_status(s, false, view, e);
    case JOB_CREATE_PR: return run_create_pr(s, args, view, e);
    case JOB_REFRESH: return service_pr_refresh(s, view, e);
    case JOB_KIND_COUNT: break;
    }
    return err_set(e, ERR_INTERNAL, "The job's kind is not known to this version.");
}

/* Conflicts are a result for a person, not a failure of the job. */
static enum err_code run(struct service *s, const struct store_job *job, struct json_object **view,
                         struct err *e)
{
    struct json_object *args = NULL;
    enum job_kind kind;
    enum err_code code;

    TRY(jobs_kind_of(job->kind, &kind, e));
    TRY(jx_parse(s->arena, job->args, strlen(job->args), &args, e));
    code = run_kind(s, kind, args, view, e);
    return code == ERR_CONFLICTS && *view ? ERR_OK : code;
}

enum err_code service_run_job(struct service *s, bool *ran, struct err *e)
{
    struct running running = {.s = s, .outer = s->progress};
    struct json_object *result = NULL;
    struct store_job job;
    struct err why = {0};
    enum err_code code;

    TRY(jobs_claim(s->store, s->arena, &job, ran, e));
    if (!*ran)
        return ERR_OK;
    log_write(LOG_INFO, "job %lld %s begins", (long long)job.id, job.kind);
    running.id = job.id;
    s->progress = (struct service_progress){report, cancelled, &running};
    code = run(s, &job, &result, &why);
    s->progress = running.outer;
    if (code == ERR_OK)
        log_write(LOG_INFO, "job %lld %s succeeded", (long long)job.id, job.kind);
    else
        log_write(LOG_WARNING, "job %lld %s failed: %s: %s", (long long)job.id, job.kind, err_name(code),
                  why.message);
    return jobs_finish(s->store, s->arena, job.id, result, code == ERR_OK ? NULL : &why, e);
}

enum err_code service_recover_jobs(struct service *s, int64_t dead_worker_pid, struct err *e)
{
    return jobs_recover(s->store, dead_worker_pid, e);
}
