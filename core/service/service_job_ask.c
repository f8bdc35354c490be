/* What people and programs ask of the queue, checked. */
#include "core/jobs/jobs.h"
#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/store/store_repository.h"
#include "core/util/clock.h"

enum { ACTIVE_MOST = 100 };

static const int64_t fresh_us = (int64_t)5 * 60 * 1000000; /* an answer of the remote is news for so long */

/* What a pull can be told. */
static enum err_code check_member(const struct service_job_request *request, const char *key,
                                  struct json_object *value, struct err *e)
{
    bool seen = str_eq(key, "seen");

    if (!str_eq(request->kind, "pull") ||
        (!seen && !str_eq(key, "force") && !str_eq(key, "confirm_deletions")))
        return err_set(e, ERR_INVALID_INPUT, "A %s does not know \"%s\".", request->kind, key);
    if (seen && !json_object_is_type(value, json_type_string))
        return err_set(e, ERR_INVALID_INPUT, "\"seen\" is the text that came with the list of events.");
    if (!seen && !json_object_is_type(value, json_type_boolean))
        return err_set(e, ERR_INVALID_INPUT, "\"%s\" is true or false.", key);
    return ERR_OK;
}

/* What may be asked for by name alone; the others have functions of their own, which check what they need. */
static enum err_code check_request(struct service *s, const struct service_job_request *request,
                                   struct err *e)
{
    bool check = str_eq(request->kind, "check");

    TRY(service_need(s, check ? SERVICE_VIEWER : SERVICE_EDITOR, e));
    TRY(service_need_account(s, e)); /* looking may be public, asking the remote is not */
    if (!str_eq(request->kind, "pull") && !str_eq(request->kind, "plan") && !check &&
        !str_eq(request->kind, "refresh"))
        return err_set(e, ERR_INVALID_INPUT, "What can be asked for here is pull, plan, check or refresh.");
    if (!request->args)
        return ERR_OK;
    json_object_object_foreach(request->args, key, value)
    {
        TRY(check_member(request, key, value, e));
    }
    return ERR_OK;
}

enum err_code service_job_request(struct service *s, const struct service_job_request *request,
                                  struct json_object **view, struct err *e)
{
    TRY(check_request(s, request, e));
    return service_enqueue(s, request, view, e);
}

static enum err_code add_log(struct service *s, int64_t id, struct json_object *view, struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_job_line *lines;
    size_t n;

    jx_set(view, "log", list);
    TRY(store_job_log_list(s->store, s->arena, id, &lines, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();

        view_time(s, row, "at", lines[i].at_us);
        jx_set_text(row, "text", lines[i].text);
        jx_push(list, row);
    }
    return ERR_OK;
}

/* Who may know all of a job: what a preview shows nobody has sent yet, and where an admin wanted to go in vain is not for all who may
 * read. */
static enum service_role role_to_know(const struct json_object *job)
{
    const char *kind = jx_get_text(job, "kind");

    if (str_eq(kind, "preview") || str_eq(kind, "plan"))
        return SERVICE_EDITOR;
    if (str_eq(kind, "compare"))
        return SERVICE_ADMIN;
    return str_eq(kind, "switch") && !str_eq(jx_get_text(job, "state"), "succeeded") ? SERVICE_ADMIN
                                                                                     : SERVICE_NOBODY;
}

static void withhold(const struct service *s, struct json_object *job)
{
    if (service_caller(s)->role >= role_to_know(job))
        return;
    jx_set(job, "request", json_object_new_object());
    jx_set(job, "result", NULL);
}

enum err_code service_job_show(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_VIEWER, e));
    TRY(view_job(s, id, view, e));
    withhold(s, jx_get(*view, "job"));
    return add_log(s, id, *view, e);
}

enum err_code service_job_list(struct service *s, int64_t limit, const char *cursor,
                               struct json_object **view, struct err *e)
{
    const struct service_list_args args = {.limit = limit, .cursor = cursor};
    struct json_object *list = json_object_new_array();
    struct store_slice slice;
    struct store_job *jobs;
    size_t n;

    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "jobs", list);
    TRY(service_need(s, SERVICE_VIEWER, e));
    TRY(list_begin(&args, &slice, e));
    TRY(store_job_list(s->store, s->arena, false, &slice, &jobs, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = jobs_json(s->arena, &jobs[i]);

        json_object_object_del(row, "request");
        json_object_object_del(row, "result");
        jx_push(list, row);
    }
    list_end(s, *view, list, &slice);
    return ERR_OK;
}

/* Of a job that is over nothing can be cancelled: say so instead of that there is none. */
static enum err_code cancel(struct service *s, int64_t id, struct err *e)
{
    struct store_job job;
    bool active;

    TRY(store_job_get(s->store, s->arena, id, &job, e));
    active = str_eq(job.state, "queued") || str_eq(job.state, "running");
    if (!active)
        return err_set(e, ERR_STALE, "Job %lld is over already: it has %s.", (long long)id,
                       str_eq(job.state, "cancelled") ? "been cancelled" : job.state);
    TRY(store_job_ask_cancel(s->store, id, e));
    return store_job_log(s->store, id,
                         arena_printf(s->arena, "%s asks to cancel.", s->actor ? s->actor : "Somebody"), e);
}

enum err_code service_job_cancel(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, cancel(s, id, e), e));
    TRY(view_job(s, id, view, e));
    withhold(s, jx_get(*view, "job"));
    return add_log(s, id, *view, e);
}

/* A remote that does not answer is not asked at each page view: tries count, too. */
static enum err_code last_asked(struct service *s, int64_t *at_us, struct err *e)
{
    struct store_repository r;

    TRY(store_job_last_asked(s->store, at_us, e));
    TRY(store_repository_get(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, &r, e));
    if (r.checked_at_us > *at_us)
        *at_us = r.checked_at_us;
    return ERR_OK;
}

static bool asks_remote(const struct store_job *job)
{
    return str_eq(job->kind, "pull") || str_eq(job->kind, "check") || str_eq(job->kind, "switch");
}

enum err_code service_check_if_old(struct service *s, bool *queued, struct err *e)
{
    const struct store_slice slice = {.limit = ACTIVE_MOST};
    struct json_object *view;
    struct store_job *active;
    int64_t at_us;
    size_t n;

    *queued = false;
    if (!s->tenant.repo_url || !service_caller(s)->name)
        return ERR_OK;
    TRY(last_asked(s, &at_us, e));
    /* An answer from the future is none: the clock has been set back. */
    if (at_us <= clock_now_us() && clock_now_us() - at_us < fresh_us)
        return ERR_OK;
    TRY(store_job_list(s->store, s->arena, true, &slice, &active, &n, e));
    for (size_t i = 0; i < n; i++)
        if (asks_remote(&active[i]))
            return ERR_OK;
    TRY(service_enqueue(s, &(struct service_job_request){.kind = "check"}, &view, e));
    *queued = true;
    return ERR_OK;
}
