/*
 * What became of an event: its versions, who made them, when, why, and what each changed; and one of them. Also of an
 * event that is gone.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/view_changes.h"

enum { REVISIONS_SHOWN = 20 };

static bool may_edit(const struct exchange *x)
{
    return exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR);
}

static void set_made(struct exchange *x, struct json_object *row, const struct json_object *revision)
{
    const char *author = jx_get_text(revision, "author");

    jx_set_text(row, "author", author && !str_eq(author, "repository") && author[0] ? author : NULL);
    view_set_time(x, row, "when", jx_get_text(revision, "at"));
    jx_set_text(row, "reason", view_reason(jx_get_text(revision, "reason")));
    jx_set_bool(row, "current", jx_get_bool(revision, "current", false));
}

static struct json_object *row_of(struct exchange *x, const char *id, const struct json_object *revision)
{
    struct json_object *row = json_object_new_object();
    const char *number = arena_printf(x->arena, "%lld", (long long)jx_get_int(revision, "revision", 0));
    struct json_object *changes = view_changes(x, jx_get(revision, "changes"), VIEW_CHANGES_ROW);

    set_made(x, row, revision);
    jx_set_text(row, "number", number);
    jx_set_text(row, "href", event_edit_address(x, id, arena_printf(x->arena, "revisions/%s", number)));
    jx_set_text(row, "none",
                changes && !jx_get_bool(changes, "any", false) && !jx_get_bool(revision, "removed", false)
                    ? "Its content stayed as it was."
                    : NULL);
    jx_set(row, "changes", changes);
    return row;
}

static void set_pages(struct exchange *x, struct json_object *model, const char *id, const char *next)
{
    const char *here = event_edit_address(x, id, "history");

    jx_set_text(model, "first", request_param(x->request, "cursor") ? here : NULL);
    jx_set_text(model, "older",
                next ? arena_printf(x->arena, "%s?cursor=%s", here, request_encode(x->arena, next)) : NULL);
}

enum err_code handle_event_history_page(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    const struct service_list_args args = {.cursor = request_param(x->request, "cursor"),
                                           .limit = REVISIONS_SHOWN};
    struct json_object *view, *model, *rows, *list;
    const char *title;

    TRY(service_event_history(x->service, id, &args, &view, e));
    title = jx_get_text(view, "title");
    model = view_page(x, "History", VIEW_EVENTS, NULL);
    rows = json_object_new_array();
    list = jx_get(view, "revisions");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        jx_push(rows, row_of(x, id, json_object_array_get_idx(list, i)));
    jx_set(model, "rows", rows);
    jx_set_text(model, "name", title ? title : id);
    jx_set_bool(model, "gone", jx_get_bool(view, "gone", false));
    jx_set_text(model, "event", jx_get_bool(view, "gone", false) ? NULL : event_edit_address(x, id, ""));
    set_pages(x, model, id, jx_get_text(view, "next_cursor"));
    return view_render(x, "history", model, out, e);
}

static void set_restore(struct exchange *x, struct json_object *model, const char *id,
                        const struct json_object *view)
{
    struct json_object *part = NULL;
    int64_t now = jx_get_int(view, "current_revision", 0);

    if (may_edit(x) && !jx_get_bool(view, "current", false)) {
        part = json_object_new_object();
        jx_set_text(part, "action", event_edit_address(x, id, "restore"));
        jx_set_int(part, "revision", jx_get_int(view, "revision", 0));
        jx_set_int(part, "looked_at", now);
        jx_set_text(part, "label", now ? "Restore this version" : "Bring this version back");
    }
    jx_set(model, "restore", part);
}

static struct json_object *revision_model(struct exchange *x, const char *id, const struct json_object *view)
{
    struct json_object *event = jx_get(view, "event");
    const char *title = jx_get_text(event, "title");
    const char *heading = arena_printf(x->arena, "Version %lld", (long long)jx_get_int(view, "revision", 0));
    struct json_object *model = view_page(x, heading, VIEW_EVENTS, NULL);

    jx_set_text(model, "heading", heading);
    jx_set_text(model, "name", title ? title : id);
    jx_set_text(model, "date", jx_get_text(event, "date"));
    jx_set_text(model, "history", event_edit_address(x, id, "history"));
    jx_set_bool(model, "removed", jx_get_bool(view, "removed", false));
    jx_set_bool(model, "gone", jx_get_int(view, "current_revision", 0) == 0);
    set_made(x, model, view);
    jx_set_text(model, "reason", view_label(x->arena, jx_get_text(model, "reason")));
    jx_set(model, "changes", view_changes(x, jx_get(view, "changes"), VIEW_CHANGES_PAGE / 2));
    jx_set(model, "to_now",
           jx_get_bool(view, "current", false)
               ? NULL
               : view_changes(x, jx_get(view, "to_now"), VIEW_CHANGES_PAGE / 2));
    jx_set(model, "warnings", NULL);
    view_event(x, model, event);
    set_restore(x, model, id, view);
    return model;
}

enum err_code handle_event_revision_page(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    int64_t revision = request_ordinal(x->request->segments[3]);
    struct json_object *view;

    if (!revision)
        return err_set(e, ERR_NOT_FOUND, "There is no such version of this event.");
    TRY(service_event_revision(x->service, id, revision, &view, e));
    return view_render(x, "revision", revision_model(x, id, view), out, e);
}
