/*
 * The conflicts that wait for a person, the one that waits longest first.
 */
#include "fcgi/handle.h"
#include "fcgi/page_conflict.h"
#include "fcgi/view.h"

enum { CONFLICTS_SHOWN = 50 };

static struct json_object *row_of(struct exchange *x, const struct json_object *conflict)
{
    struct json_object *row = json_object_new_object();
    const char *title = jx_get_text(conflict, "title");

    jx_set_text(row, "date", jx_get_text(conflict, "date"));
    jx_set_text(row, "title", conflict_title(x, title ? title : jx_get_text(conflict, "id")));
    jx_set_text(row, "href", conflict_address(x, jx_get_text(conflict, "id")));
    jx_set_text(row, "question", conflict_words(x, conflict));
    view_set_time(x, row, "opened", jx_get_text(conflict, "opened_at"));
    return row;
}

static const char *heading_of(struct exchange *x, int64_t total)
{
    return total ? arena_printf(x->arena, "%s you",
                                view_plural(x->arena, total, "conflict needs", "conflicts need"))
                 : "No conflicts";
}

enum err_code handle_conflicts_page(struct exchange *x, struct response *out, struct err *e)
{
    const struct service_list_args args = {.cursor = request_param(x->request, "cursor"),
                                           .limit = CONFLICTS_SHOWN};
    struct json_object *view, *list, *model;
    struct json_object *rows;
    const char *heading;

    if (!x->service)
        return view_unpulled(x, VIEW_CONFLICTS, out, e);
    TRY(service_conflict_list(x->service, &args, &view, e));
    heading = heading_of(x, jx_get_int(view, "total", 0));
    model = view_page(x, heading, VIEW_CONFLICTS, "/api/v1/conflicts");
    list = jx_get(view, "conflicts");
    rows = json_object_new_array();
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        jx_push(rows, row_of(x, json_object_array_get_idx(list, i)));
    jx_set_text(model, "heading", heading);
    jx_set_bool(model, "any", json_object_array_length(rows) > 0);
    jx_set(model, "rows", rows);
    view_set_pages(x, model, jx_get_text(view, "next_cursor"));
    return view_render(x, "conflicts", model, out, e);
}
