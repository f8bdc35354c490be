/*
 * The JSON API and the answers for machines: a handler asks the service and prints its view.
 */
#include <string.h>

#include "core/service/service_review.h"
#include "core/util/str.h"
#include "fcgi/handle.h"

enum { QUERY_BYTES = 200, EVENTS_MOST = 10000, LIST_MOST = 1000, LIST_DEFAULT = 50 };

enum err_code handle_answer(struct exchange *x, struct json_object *view, struct response *out, struct err *e)
{
    out->type = RESPONSE_JSON;
    if (x->request->method != METHOD_GET)
        out->cache_control = "no-store";
    out->body = jx_text(x->arena, view);
    out->n = strlen(out->body);
    if (out->n > RESPONSE_BYTES)
        return err_set(
            e, ERR_TOO_LARGE,
            "The answer would be larger than %d MiB. Ask for fewer with limit=N, or at the command "
            "line.",
            RESPONSE_BYTES / 1024 / 1024);
    return ERR_OK;
}

enum err_code handle_status_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_status(x->service, true, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_event_filter(const struct exchange *x, struct service_event_filter *out, struct err *e)
{
    const char *query = request_param(x->request, "query");

    *out = (struct service_event_filter){
        .state = request_param(x->request, "state"),
        .query = query ? query : request_param(x->request, "q"),
        .cursor = request_param(x->request, "cursor"),
        .from = request_param(x->request, "from"),
        .to = request_param(x->request, "to"),
        .tag = request_param(x->request, "tag"),
        .actor = request_param(x->request, "actor"),
        .importance = request_param(x->request, "importance"),
    };
    if (out->query && strlen(out->query) > QUERY_BYTES)
        return err_set(e, ERR_INVALID_INPUT, "Search for at most %d bytes.", QUERY_BYTES);
    return ERR_OK;
}

enum err_code handle_events_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_event_filter filter;
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(handle_event_filter(x, &filter, e));
    TRY(request_number(x->request, "limit", EVENTS_MOST, &limit, e));
    filter.limit = limit;
    TRY(service_event_list(x->service, &filter, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_event_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_event_show(x->service, x->request->segments[3], &view, e));
    out->etag = arena_printf(x->arena, "\"%lld\"", (long long)jx_get_int(view, "revision", 0));
    out->etag_is_revision = true;
    return handle_answer(x, view, out, e);
}

static enum err_code read_flag(const char *text, const char *name, bool *out, struct err *e)
{
    *out = str_eq(text, "true");
    if (!text || *out || str_eq(text, "false"))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "%s must be true or false.", name);
}

enum err_code handle_queue_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_queue_filter filter = {.change = request_param(x->request, "change"),
                                          .cursor = request_param(x->request, "cursor")};
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(request_number(x->request, "limit", SERVICE_QUEUE_MOST, &limit, e));
    TRY(read_flag(request_param(x->request, "free"), "free", &filter.free_only, e));
    filter.limit = limit;
    TRY(service_review_queue(x->service, &filter, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_pulls_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_list_args args = {.state = request_param(x->request, "state"),
                                     .cursor = request_param(x->request, "cursor")};
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(request_number(x->request, "limit", LIST_MOST, &limit, e));
    args.limit = limit;
    TRY(service_pr_list(x->service, &args, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_pull_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    int64_t number = request_ordinal(x->request->segments[3]);

    if (!number)
        return err_set(e, ERR_NOT_FOUND,
                       "A pull request is named by its number, such as /api/v1/pull-requests/1.");
    TRY(service_pr_show(x->service, number, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_syncs_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_list_args args = {.cursor = request_param(x->request, "cursor")};
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(request_number(x->request, "limit", LIST_MOST, &limit, e));
    args.limit = limit;
    TRY(service_sync_log(x->service, &args, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_jobs_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(request_number(x->request, "limit", LIST_MOST, &limit, e));
    TRY(service_job_list(x->service, limit, request_param(x->request, "cursor"), &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_job_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    int64_t id = request_ordinal(x->request->segments[3]);

    if (!id)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /api/v1/jobs/1.");
    TRY(service_job_show(x->service, id, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_config_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_config_page(x->service, &view, e));
    out->etag = arena_printf(x->arena, "\"%s\"", jx_get_text(view, "version"));
    out->etag_is_revision = true;
    return handle_answer(x, view, out, e);
}

enum err_code handle_openapi(struct exchange *x, struct response *out, struct err *e)
{
    const struct asset *description = &x->site->description;

    (void)e;
    out->type = description->type;
    out->etag = arena_printf(x->arena, "\"%s\"", description->hash);
    out->body = description->p;
    out->n = description->n;
    return ERR_OK;
}

enum err_code handle_static(struct exchange *x, struct response *out, struct err *e)
{
    const struct asset *asset = asset_find(&x->site->assets, x->request->segments[1]);

    if (!asset)
        return err_set(e, ERR_NOT_FOUND, "There is no such file.");
    out->type = asset->type;
    out->etag = arena_printf(x->arena, "\"%s\"", asset->hash);
    /* Only an address that names the content may be kept for ever. */
    if (str_eq(request_param(x->request, "v"), asset->hash))
        out->cache_control = "public, max-age=31536000, immutable";
    out->body = asset->p;
    out->n = asset->n;
    return ERR_OK;
}

enum err_code handle_health(struct exchange *x, struct response *out, struct err *e)
{
    (void)x;
    (void)e;
    out->type = RESPONSE_TEXT;
    out->cache_control = "no-store";
    out->body = "ok\n";
    out->n = 3;
    return ERR_OK;
}
