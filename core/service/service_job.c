/* The way of every request into the queue. */
#include "core/service/service_job.h"

#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_internal.h"

enum { KEY_BYTES_MOST = 200, ARGS_BYTES_MOST = 512 * 1024 };

enum err_code view_job(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    struct store_job job;

    TRY(store_job_get(s->store, s->arena, id, &job, e));
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "job", jobs_json(s->arena, &job));
    return ERR_OK;
}

static enum err_code check_key(const char *key, struct err *e)
{
    size_t n = key ? strlen(key) : 1;

    for (size_t i = 0; key && i < n; i++)
        if (key[i] < '!' || key[i] > '~')
            n = 0;
    if (n >= 1 && n <= KEY_BYTES_MOST)
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT,
                   "An Idempotency-Key is 1 to %d printable ASCII characters without spaces.",
                   KEY_BYTES_MOST);
}

static enum err_code read_request(struct service *s, const struct service_job_request *in,
                                  struct jobs_request *out, struct err *e)
{
    *out = (struct jobs_request){.args = in->args ? jx_text(s->arena, in->args) : NULL,
                                 .created_by = s->actor,
                                 .idempotency_key = in->idempotency_key};
    TRY(jobs_kind_of(in->kind, &out->kind, e));
    TRY(check_key(in->idempotency_key, e));
    if (out->args && strlen(out->args) > ARGS_BYTES_MOST)
        return err_set(e, ERR_TOO_LARGE, "This asks for too much at once. Choose fewer events.");
    /* The first repository may be chosen by switching to it. */
    return out->kind == JOB_SWITCH || out->kind == JOB_COMPARE ? ERR_OK : service_need_repository(s, e);
}

enum err_code service_enqueue(struct service *s, const struct service_job_request *request,
                              struct json_object **view, struct err *e)
{
    struct jobs_request asked;
    struct jobs_answer answer;

    TRY(read_request(s, request, &asked, e));
    TRY(jobs_enqueue(s->store, &asked, service_wait_ms(s), &answer, e));
    TRY(view_job(s, answer.id, view, e));
    jx_set_bool(*view, "joined", answer.joined);
    jx_set_bool(*view, "replayed", answer.replayed);
    return ERR_OK;
}

enum err_code service_job_enqueue(struct service *s, const char *kind, const char *args,
                                  struct json_object **view, struct err *e)
{
    struct service_job_request request = {.kind = kind};

    if (args)
        TRY(jx_parse(s->arena, args, strlen(args), &request.args, e));
    return service_enqueue(s, &request, view, e);
}
