/*
 * The list of events: the heading says how many were found, of what.
 */
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum { EVENTS_SHOWN = 50 };

static const char *const states[] = {"draft", "validated", "exported", "merged", "conflict", "rejected"};

/* Parameter and words of each filter, in the order of the form. */
struct part {
    const char *name, *label, *value;
};

enum { PARTS = 7 };

static void list_parts(const struct service_event_filter *f, struct part out[PARTS])
{
    out[0] = (struct part){"q", "words", f->query};
    out[1] = (struct part){"state", "state", f->state};
    out[2] = (struct part){"from", "from", f->from};
    out[3] = (struct part){"to", "to", f->to};
    out[4] = (struct part){"tag", "tag", f->tag};
    out[5] = (struct part){"actor", "actor", f->actor};
    out[6] = (struct part){"importance", "importance at least", f->importance};
}

/* /events with what the filter asks for, but without the part of this name. */
static const char *address(struct exchange *x, const struct service_event_filter *f, const char *without,
                           const char *cursor)
{
    struct part parts[PARTS];
    char separator = '?';
    struct str s;

    list_parts(f, parts);
    str_init(&s, x->arena, REQUEST_URI_BYTES);
    str_add(&s, "/events");
    for (size_t i = 0; i < PARTS; i++) {
        if (!parts[i].value || str_eq(parts[i].name, without))
            continue;
        str_addf(&s, "%c%s=%s", separator, parts[i].name, request_encode(x->arena, parts[i].value));
        separator = '&';
    }
    if (cursor)
        str_addf(&s, "%ccursor=%s", separator, cursor);
    return s.p;
}

static void push_state(struct json_object *list, const char *label, const char *href, bool current)
{
    struct json_object *state = json_object_new_object();

    jx_set_text(state, "label", label);
    jx_set_text(state, "href", href);
    jx_set_bool(state, "current", current);
    jx_push(list, state);
}

static struct json_object *states_of(struct exchange *x, const struct service_event_filter *f)
{
    struct json_object *list = json_object_new_array();

    push_state(list, "all", address(x, f, "state", NULL), !f->state);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct service_event_filter other = *f;

        other.state = states[i];
        push_state(list, states[i], address(x, &other, NULL, NULL), str_eq(f->state, states[i]));
    }
    return list;
}

/* What is asked for, each with the address of the list without it. The state has its own row of links. */
static void set_chips(struct exchange *x, struct json_object *model, const struct service_event_filter *f)
{
    struct json_object *chips = json_object_new_object();
    struct json_object *items = json_object_new_array();
    struct part parts[PARTS];

    list_parts(f, parts);
    for (size_t i = 0; i < PARTS; i++) {
        struct json_object *item;

        if (!parts[i].value || str_eq(parts[i].name, "state"))
            continue;
        item = json_object_new_object();
        jx_set_text(item, "label", parts[i].label);
        jx_set_text(item, "value", parts[i].value);
        jx_set_text(item, "href", address(x, f, parts[i].name, NULL));
        jx_push(items, item);
    }
    jx_set(chips, "items", items);
    jx_set(model, "chips", json_object_array_length(items) ? json_object_get(chips) : NULL);
    json_object_put(chips);
}

static bool is_narrowed(const struct service_event_filter *f)
{
    return f->from || f->to || f->tag || f->actor || f->importance;
}

/* The form as it was filled in, with what is wrong beside each field. */
static void set_fields(struct exchange *x, struct json_object *model, const struct service_event_filter *f)
{
    struct json_object *fields = json_object_new_object();
    struct part parts[PARTS];

    list_parts(f, parts);
    for (size_t i = 0; i < PARTS; i++) {
        struct json_object *field = json_object_new_object();

        jx_set_text(field, "value", parts[i].value);
        jx_set(fields, parts[i].name, field);
    }
    form_set_problems(model, fields, service_problems(x->service));
    jx_set(model, "fields", fields);
    jx_set_bool(model, "narrowed", is_narrowed(f));
}

static struct json_object *row_of(struct exchange *x, const struct json_object *event)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "date", jx_get_text(event, "date"));
    jx_set_text(row, "title", jx_get_text(event, "title"));
    jx_set_text(row, "href",
                arena_printf(x->arena, "/events/%s", request_encode(x->arena, jx_get_text(event, "id"))));
    view_set_badge(row, "badge", jx_get_text(event, "state"));
    jx_set_bool(row, "removal", str_eq(jx_get_text(event, "change"), "removed"));
    return row;
}

static const char *heading_of(struct exchange *x, const struct service_event_filter *f,
                              const struct json_object *view)
{
    int64_t total = jx_get_int(view, "total", 0);
    const char *more = jx_get_bool(view, "total_is_exact", true) ? "" : "More than ";
    const char *state = f->state ? arena_printf(x->arena, "%s ", f->state) : "";
    const char *number = total ? view_count(x->arena, total) : "No";
    const char *noun =
        arena_printf(x->arena, "%s%s %s%s", more, number, state, total == 1 ? "event" : "events");

    return f->query ? arena_printf(x->arena, "%s for “%s”", noun, f->query) : noun;
}

static const char *why_empty(struct exchange *x, const struct service_event_filter *f)
{
    if (is_narrowed(f))
        return "No event here is all of this at once. Take a filter off to find more; a tag and an actor "
               "must be "
               "written in full.";
    if (f->query)
        return "No event here holds all of these words. Fewer words find more; a word with * at its end "
               "finds "
               "everything that begins with it; words in \"quotes\" must stand together.";
    if (f->state)
        return arena_printf(x->arena, "No event is in this state now: %s.", view_state_hint(f->state));
    return "No events have been imported yet. The status page says how the repository stands.";
}

static void set_empty(struct exchange *x, struct json_object *model, const struct service_event_filter *f)
{
    struct json_object *empty = json_object_new_object();
    bool any = f->query || f->state || is_narrowed(f);

    jx_set_text(empty, "text", why_empty(x, f));
    jx_set_text(empty, "href", any ? "/events" : "/");
    jx_set_text(empty, "label", any ? "Show all events" : "See the status");
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

/* A page of the list, or the form alone when something in it cannot be meant: then there is no view. */
static struct json_object *model_of(struct exchange *x, const struct service_event_filter *f,
                                    const struct json_object *view)
{
    const char *heading = view ? heading_of(x, f, view) : "This cannot be looked for";
    const char *older = view ? jx_get_text(view, "next_cursor") : NULL;
    const char *here = address(x, f, NULL, NULL);
    struct json_object *model = view_page(x, heading, VIEW_EVENTS, arena_printf(x->arena, "/api/v1%s", here));

    jx_set_text(model, "heading", heading);
    set_fields(x, model, f);
    set_chips(x, model, f);
    jx_set(model, "states", states_of(x, f));
    jx_set_text(model, "first", f->cursor ? here : NULL);
    jx_set_text(model, "older", older ? address(x, f, NULL, older) : NULL);
    jx_set_bool(model, "writes", exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR));
    jx_set(model, "empty", NULL);
    set_rows(x, model, view ? jx_get(view, "events") : NULL);
    if (view && !jx_get_bool(model, "any", false))
        set_empty(x, model, f);
    return model;
}

enum err_code handle_events_page(struct exchange *x, struct response *out, struct err *e)
{
    struct service_event_filter filter;
    struct json_object *view;
    enum err_code code;

    if (!x->service)
        return view_unpulled(x, VIEW_EVENTS, out, e);
    TRY(handle_event_filter(x, &filter, e));
    filter.limit = EVENTS_SHOWN;
    code = service_event_list(x->service, &filter, &view, e);
    if (code != ERR_OK && code != ERR_INVALID_FIELDS)
        return code;
    if (code == ERR_INVALID_FIELDS)
        out->status = err_http_status(code);
    return view_render(x, "events", model_of(x, &filter, code == ERR_OK ? view : NULL), out, e);
}
