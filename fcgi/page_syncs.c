/*
 * The history of imports and exports.
 */
#include "core/util/clock.h"
#include "fcgi/handle.h"
#include "fcgi/view_chart.h"

enum { SYNCS_SHOWN = 50 };

static void set_empty(struct json_object *model)
{
    struct json_object *empty = json_object_new_object();

    jx_set_text(empty, "text",
                "Each pull from the repository and each pull request is listed here once there is one.");
    jx_set_text(empty, "href", "/");
    jx_set_text(empty, "label", "See the status");
    jx_set(model, "empty", empty);
}

/* The heading answers when the last one was. */
static const char *heading_of(struct exchange *x, const struct json_object *newest)
{
    const char *time = jx_get_text(newest, "completed_at");
    int64_t us;

    if (!newest)
        return "No syncs yet";
    if (!time || !clock_parse(time, &us))
        return "A sync is running";
    return arena_printf(x->arena, "Last sync %s", view_since(x->arena, x->now_us, us));
}

/* The picture stands over the newest ones. */
static enum err_code add_chart(struct exchange *x, struct json_object *model, const char *cursor,
                               struct err *e)
{
    struct json_object *view;

    jx_set(model, "chart", NULL);
    if (cursor)
        return ERR_OK;
    TRY(service_weeks(x->service, &view, e));
    jx_set(model, "chart", view_chart_weeks(x, jx_get(view, "weeks")));
    return ERR_OK;
}

enum err_code handle_syncs_page(struct exchange *x, struct response *out, struct err *e)
{
    const struct service_list_args args = {.cursor = request_param(x->request, "cursor"),
                                           .limit = SYNCS_SHOWN};
    struct json_object *rows = json_object_new_array();
    struct json_object *view;
    struct json_object *model;
    struct json_object *list;
    const char *heading;

    jx_own(x->arena, rows);
    if (!x->service)
        return view_unpulled(x, VIEW_SYNCS, out, e);
    TRY(service_sync_log(x->service, &args, &view, e));
    list = jx_get(view, "syncs");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        jx_push(rows, view_sync_row(x, json_object_array_get_idx(list, i)));
    heading = args.cursor ? "Older syncs" : heading_of(x, json_object_array_get_idx(list, 0));
    model = view_page(x, heading, VIEW_SYNCS, "/api/v1/syncs");
    jx_set_text(model, "heading", heading);
    jx_set_bool(model, "any", json_object_array_length(rows) > 0);
    jx_set(model, "rows", json_object_get(rows));
    view_set_pages(x, model, jx_get_text(view, "next_cursor"));
    TRY(add_chart(x, model, args.cursor, e));
    jx_set(model, "empty", NULL);
    if (!json_object_array_length(rows))
        set_empty(model);
    return view_render(x, "syncs", model, out, e);
}
