/* Which job answers a request. */
#include "core/jobs/jobs.h"
#include <string.h>

#include "core/util/clock.h"
#include "core/util/digest.h"
#include "core/util/str.h"

enum { ACTIVE_MOST = 100, PREVIEW_RETRY_AFTER_S = 10 };

static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

/* Kinds that answer every request of their kind, whatever its args. */
static bool answers_all(enum job_kind kind)
{
    return kind == JOB_PULL || kind == JOB_PLAN || kind == JOB_CHECK || kind == JOB_REFRESH;
}

/* They change nothing, so several may wait beside each other. */
static bool shows(enum job_kind kind)
{
    return kind == JOB_PREVIEW || kind == JOB_COMPARE;
}

/* Both send events: which of them are free is known only when the other is over. */
static bool sends(const char *kind)
{
    return str_eq(kind, jobs_kind_name(JOB_CREATE_PR)) || str_eq(kind, jobs_kind_name(JOB_RETRY));
}

static bool in_the_way(const struct store_job *job, const char *kind)
{
    return str_eq(job->kind, kind) || (sends(job->kind) && sends(kind));
}

static const char *args_of(const struct jobs_request *request)
{
    return request->args && request->args[0] ? request->args : "{}";
}

static bool same_question(const struct store_job *job, const struct jobs_request *request)
{
    return str_eq(job->kind, jobs_kind_name(request->kind)) &&
           (answers_all(request->kind) || str_eq(job->args, args_of(request)));
}

static enum err_code refuse(const struct store_job *job, struct err *e)
{
    return err_set(
        e, ERR_ALREADY_RUNNING,
        "Job %lld (%s), which %s began, is not over yet and is about something else. Wait for it or "
        "cancel it, then ask again.",
        (long long)job->id, job->kind, job->created_by[0] ? job->created_by : "the service");
}

static enum err_code refuse_preview(struct err *e)
{
    enum err_code code =
        err_set(e, ERR_TOO_MANY, "%d previews wait already. Ask again in a moment.", JOBS_PREVIEWS_MOST);

    if (e)
        e->retry_after_s = PREVIEW_RETRY_AFTER_S;
    return code;
}

/* The active job that answers; 0: a new one may be queued. */
static enum err_code find_active(struct store *s, struct arena *a, const struct jobs_request *request,
                                 int64_t *id, struct err *e)
{
    const struct store_slice slice = {.limit = ACTIVE_MOST};
    const char *kind = jobs_kind_name(request->kind);
    const struct store_job *obstacle = NULL;
    struct store_job *jobs;
    size_t obstacles = 0;
    size_t n;

    TRY(store_job_list(s, a, true, &slice, &jobs, &n, e));
    *id = 0;
    for (size_t i = 0; i < n && !*id; i++) {
        if (same_question(&jobs[i], request)) {
            *id = jobs[i].id;
        } else if (in_the_way(&jobs[i], kind)) {
            obstacle = &jobs[i];
            obstacles++;
        }
    }
    if (*id || !obstacle || (shows(request->kind) && obstacles < JOBS_PREVIEWS_MOST))
        return ERR_OK;
    return shows(request->kind) ? refuse_preview(e) : refuse(obstacle, e);
}

static enum err_code find_or_insert(struct store *s, struct arena *a, const struct jobs_request *request,
                                    struct jobs_answer *answer, struct err *e)
{
    const struct store_job_new job = {jobs_kind_name(request->kind), args_of(request), request->created_by};

    TRY(find_active(s, a, request, &answer->id, e));
    answer->joined = answer->id != 0;
    if (answer->joined)
        return store_job_due_now(s, answer->id, e);
    TRY(store_job_prune(s, JOBS_KEPT, clock_now_us() - JOBS_KEPT_DAYS * day_us, e));
    return store_job_insert(s, &job, &answer->id, e);
}

static enum err_code replay(const struct store_job_key *seen, const char *digest, struct jobs_answer *answer,
                            struct err *e)
{
    if (!str_eq(seen->request, digest))
        return err_set(e, ERR_KEY_REUSED,
                       "This Idempotency-Key was used for another request within a day. Take a new key for "
                       "each new request.");
    answer->id = seen->job;
    answer->replayed = true;
    return ERR_OK;
}

static enum err_code enqueue_keyed(struct store *s, struct arena *a, const struct jobs_request *request,
                                   struct jobs_answer *answer, struct err *e)
{
    struct store_job_key key = {.caller = request->created_by ? request->created_by : "",
                                .key = request->idempotency_key};
    char *question = arena_printf(a, "%s %s", jobs_kind_name(request->kind), args_of(request));
    char digest[DIGEST_HEX_SIZE];
    bool seen = false;

    digest_sha256(question, strlen(question), digest);
    TRY(store_job_key_prune(s, clock_now_us() - day_us, e));
    TRY(store_job_key_get(s, a, &key, &seen, e));
    if (seen)
        return replay(&key, digest, answer, e);
    TRY(find_or_insert(s, a, request, answer, e));
    key.request = digest;
    key.job = answer->id;
    return store_job_key_put(s, &key, e);
}

enum err_code jobs_enqueue(struct store *s, const struct jobs_request *request, int wait_ms,
                           struct jobs_answer *answer, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    enum err_code code;

    *answer = (struct jobs_answer){0};
    TRY(store_begin(s, wait_ms, e));
    code = request->idempotency_key ? enqueue_keyed(s, a, request, answer, e)
                                    : find_or_insert(s, a, request, answer, e);
    return store_end(s, code, e);
}
