#include <string.h>

#include "core/jobs/jobs.h"
#include "core/util/clock.h"
#include "core/util/str.h"

static void set_time(struct arena *a, struct json_object *object, const char *key, int64_t us)
{
    jx_set_text(object, key, us ? clock_rfc3339(a, us) : NULL);
}

static void set_text(struct json_object *object, const char *key, const char *text)
{
    jx_set_text(object, key, text && text[0] ? text : NULL);
}

static void set_parsed(struct arena *a, struct json_object *object, const char *key, const char *text)
{
    struct json_object *value = NULL;

    if (!text || !text[0] || jx_parse(a, text, strlen(text), &value, NULL) != ERR_OK)
        value = NULL;
    jx_set(object, key, json_object_get(value));
}

static void set_numbers(const struct store_job *job, struct json_object *o)
{
    jx_set_int(o, "done", job->done);
    jx_set_int(o, "total", job->total);
    jx_set_int(o, "bytes", job->bytes);
    jx_set_int(o, "attempts", job->attempts);
    jx_set_bool(o, "cancel_asked", job->cancel_asked);
}

static void set_times(struct arena *a, const struct store_job *job, struct json_object *o)
{
    bool waits = str_eq(job->state, "queued") && job->not_before_us > clock_now_us();

    set_time(a, o, "created_at", job->created_at_us);
    set_time(a, o, "started_at", job->started_at_us);
    set_time(a, o, "finished_at", job->finished_at_us);
    set_time(a, o, "next_try_at", waits ? job->not_before_us : 0);
}

/* What a job noted on the way is its own business, until it is a result: or what a refused pull wants to know. */
static bool has_result(const struct store_job *job)
{
    return str_eq(job->state, "succeeded") ||
           (str_eq(job->state, "failed") && str_eq(job->error_code, err_name(ERR_CONFIRM_DELETIONS)));
}

struct json_object *jobs_json(struct arena *a, const struct store_job *job)
{
    struct json_object *o = json_object_new_object();

    jx_set_int(o, "id", job->id);
    jx_set_text(o, "kind", job->kind);
    jx_set_text(o, "state", job->state);
    set_text(o, "phase", job->phase);
    set_numbers(job, o);
    set_parsed(a, o, "result", has_result(job) ? job->result : NULL);
    set_text(o, "code", job->error_code);
    set_text(o, "error", job->error);
    set_parsed(a, o, "request", job->args);
    jx_set_text(o, "created_by", job->created_by);
    set_times(a, job, o);
    return o;
}
