/*
 * The list of events: the heading says how many were found, of what.
 */
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum { EVENTS_SHOWN = 50 };

static const char *const states[] = {"draft", "validated", "exported", "merged", "conflict", "rejected"};

/* /events with these parameters; each may be NULL. */
static const char *address(struct exchange *x, const char *state, const char *query, const char *cursor)
{
    const struct {
        const char *name, *value;
    } params[] = {{"state", state}, {"q", query}, {"cursor", cursor}};
    char separator = '?';
    struct str s;

    str_init(&s, x->arena, REQUEST_URI_BYTES);
    str_add(&s, "/events");
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (!params[i].value)
            continue;
        str_addf(&s, "%c%s=%s", separator, params[i].name, request_encode(x->arena, params[i].value));
        separator = '&';
    }
    return s.p;
}

static void push_filter(struct json_object *list, const char *label, const char *href, bool current)
{
    struct json_object *filter = json_object_new_object();

    jx_set_text(filter, "label", label);
    jx_set_text(filter, "href", href);
    jx_set_bool(filter, "current", current);
    jx_push(list, filter);
}

static struct json_object *filters_of(struct exchange *x, const struct service_event_filter *f)
{
    struct json_object *list = json_object_new_array();

    push_filter(list, "all", address(x, NULL, f->query, NULL), !f->state);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        push_filter(list, states[i], address(x, states[i], f->query, NULL), str_eq(f->state, states[i]));
    return list;
}

static struct json_object *row_of(struct exchange *x, const struct json_object *event)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "date", jx_get_text(event, "date"));
    jx_set_text(row, "title", jx_get_text(event, "title"));
    jx_set_text(row, "href",
                arena_printf(x->arena, "/events/%s", request_encode(x->arena, jx_get_text(event, "id"))));
    view_set_badge(row, "badge", jx_get_text(event, "state"));
    return row;
}

static const char *heading_of(struct exchange *x, const struct service_event_filter *f, int64_t total)
{
    const char *state = f->state ? arena_printf(x->arena, "%s ", f->state) : "";
    const char *number = total ? view_count(x->arena, total) : "No";
    const char *noun = arena_printf(x->arena, "%s %s%s", number, state, total == 1 ? "event" : "events");

    return f->query ? arena_printf(x->arena, "%s for “%s”", noun, f->query) : noun;
}

static void set_empty(struct exchange *x, struct json_object *model, const struct service_event_filter *f)
{
    struct json_object *empty = json_object_new_object();
    const char *text = "No events have been imported yet. The status page says how the repository stands.";

    if (f->query)
        text = "No event here holds all of these words. Fewer words find more; a word with * at its end "
               "finds everything "
               "that begins with it; words in \"quotes\" must stand together.";
    else if (f->state)
        text = arena_printf(x->arena, "No event is in this state now: %s.", view_state_hint(f->state));
    jx_set_text(empty, "text", text);
    jx_set_text(empty, "href", f->query || f->state ? "/events" : "/");
    jx_set_text(empty, "label", f->query || f->state ? "Show all events" : "See the status");
    jx_set(model, "empty", empty);
}

static void set_rows(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        jx_push(rows, row_of(x, json_object_array_get_idx(list, i)));
    jx_set_bool(model, "any", json_object_array_length(rows) > 0);
    jx_set(model, "rows", rows);
}

static struct json_object *model_of(struct exchange *x, const struct service_event_filter *f,
                                    const struct json_object *view)
{
    const char *heading = heading_of(x, f, jx_get_int(view, "total", 0));
    const char *older = jx_get_text(view, "next_cursor");
    const char *here = address(x, f->state, f->query, NULL);
    struct json_object *model = view_page(x, heading, VIEW_EVENTS, arena_printf(x->arena, "/api/v1%s", here));

    jx_set_text(model, "heading", heading);
    jx_set_text(model, "query", f->query);
    jx_set_text(model, "state_name", f->state);
    jx_set(model, "filters", filters_of(x, f));
    jx_set_text(model, "first", f->cursor ? here : NULL);
    jx_set_text(model, "older", older ? address(x, f->state, f->query, older) : NULL);
    jx_set_text(model, "clear", f->query ? address(x, f->state, NULL, NULL) : NULL);
    jx_set(model, "empty", NULL);
    set_rows(x, model, jx_get(view, "events"));
    if (!jx_get_bool(model, "any", false))
        set_empty(x, model, f);
    return model;
}

enum err_code handle_events_page(struct exchange *x, struct response *out, struct err *e)
{
    struct service_event_filter filter;
    struct json_object *view;

    if (!x->service)
        return view_unpulled(x, VIEW_EVENTS, out, e);
    TRY(handle_event_filter(x, &filter, e));
    filter.limit = EVENTS_SHOWN;
    TRY(service_event_list(x->service, &filter, &view, e));
    return view_render(x, "events", model_of(x, &filter, view), out, e);
}
