/*
 * The form of an event, and the view of all of it as text. Every button of it leads here: a preview, a save, one more
 * source, or the form again.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum {
    ROWS_TO_FILL = 2, /* in the form of a new event; one in that of an old one */
    SENT_BYTES = REQUEST_BODY_BYTES * 9 / 10
};

#define SKELETON                                                                                             \
    "{\n  \"date\": \"\",\n  \"title\": \"\",\n  \"summary\": \"\",\n  \"importance\": 5,\n  \"status\": "   \
    "\"confirmed\",\n  \"tags\": [],\n  \"actors\": [],\n  \"sources\": [\n    {\n      \"title\": \"\",\n"  \
    "      \"url\": \"\",\n      \"outlet\": \"\",\n      \"date\": \"\"\n    }\n  ]\n}"

const char *event_edit_address(struct exchange *x, const char *id, const char *part)
{
    return arena_printf(x->arena, "/events/%s%s%s", request_encode(x->arena, id), *part ? "/" : "", part);
}

static const char *action_of(struct exchange *x, const struct event_edit *edit)
{
    return edit->id ? event_edit_address(x, edit->id, "edit") : "/events/new";
}

/* ---- showing */

static struct json_object *part_of(const char *name, const char *label, const char *value)
{
    struct json_object *part = json_object_new_object();

    jx_set_text(part, "name", name);
    jx_set_text(part, "label", label);
    jx_set_text(part, "value", value ? value : "");
    jx_set_bool(part, "url", str_eq(label, "Address"));
    return part;
}

static struct json_object *row_of(struct exchange *x, const struct event_edit *edit, struct json_object *row,
                                  size_t number)
{
    static const struct {
        const char *part, *label;
    } inputs[] = {{"title", "Title"}, {"url", "Address"}, {"outlet", "Outlet"}, {"date", "Date"}};
    struct json_object *out = json_object_new_object();
    struct json_object *parts = json_object_new_array();
    const char *odd = event_form_source_odd(x->arena, edit->base, row);

    for (size_t i = 0; !odd && i < sizeof inputs / sizeof *inputs; i++)
        jx_push(parts, part_of(event_form_source_name(x->arena, number, inputs[i].part), inputs[i].label,
                               jx_get_text(row, inputs[i].part)));
    jx_set_int(out, "number", (int64_t)number);
    jx_set(out, "parts", parts);
    jx_set_text(out, "odd", odd);
    jx_set_text(out, "also", odd ? NULL : event_form_source_rest(x->arena, edit->base, row));
    jx_set_text(out, "was", jx_get_text(row, "was"));
    jx_set_bool(out, "remove", jx_get_bool(row, "remove", false));
    jx_set(out, "filled", odd || jx_get_text(row, "was") ? json_object_new_boolean(true) : NULL);
    return out;
}

static bool is_blank_row(const struct json_object *row)
{
    static const char *const parts[] = {"title", "url", "outlet", "date"};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (jx_get_text(row, parts[i]) && !event_form_is_blank(jx_get_text(row, parts[i])))
            return false;
    return !jx_get_text(row, "was");
}

/* What there is, and some that are empty. */
static struct json_object *rows_of(struct exchange *x, const struct event_edit *edit)
{
    const struct json_object *typed = jx_get(edit->typed, "sources");
    struct json_object *part;
    struct json_object *rows;
    size_t n = typed ? json_object_array_length(typed) : 0;
    size_t empty = 0;
    size_t want = edit->id ? 1 : ROWS_TO_FILL;

    if (!typed)
        return NULL;
    part = json_object_new_object();
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(typed, i);

        empty += is_blank_row(row);
        jx_push(rows, row_of(x, edit, row, i + 1));
    }
    for (; empty < want && n < EVENT_FORM_SOURCES; empty++)
        jx_push(rows, row_of(x, edit, NULL, ++n));
    jx_set(part, "rows", rows);
    jx_set_int(part, "count", (int64_t)n);
    /* The page comes back at the row that was asked for. */
    jx_set_text(part, "next",
                n < EVENT_FORM_SOURCES ? arena_printf(x->arena, "%s#%s", action_of(x, edit),
                                                      event_form_source_name(x->arena, n + 1, "title"))
                                       : NULL);
    return part;
}

static void set_problems(struct json_object *model, struct json_object *fields, const struct event_edit *edit)
{
    form_set_problems(model, fields, edit->problems);
    jx_set(model, "fields", fields);
    jx_set_text(model, "notice", edit->why.code ? edit->why.message : NULL);
}

static void set_fields(struct exchange *x, struct json_object *model, const struct event_edit *edit)
{
    static const char *const names[] = {"id",      "date", "title",  "importance", "status",
                                        "summary", "body", "actors", "tags",       "more"};
    struct json_object *fields = json_object_new_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct json_object *field = json_object_new_object();
        const char *text = jx_get_text(edit->typed, names[i]);

        jx_set_text(field, "value", text);
        /* Mustache takes an empty text for false, so being there is a member of its own. */
        jx_set_bool(field, "shown", text != NULL);
        jx_set_text(field, "error", NULL);
        jx_set(fields, names[i], field);
    }
    jx_set(model, "sources", rows_of(x, edit));
    set_problems(model, fields, edit);
    jx_set_bool(model, "rest_open",
                jx_get_text(jx_get(fields, "id"), "error") || jx_get_text(jx_get(fields, "more"), "error"));
}

static void set_statuses(struct json_object *model)
{
    static const char *const known[] = {"confirmed",    "verified",   "validated", "reported",
                                        "alleged",      "developing", "disputed",  "contested",
                                        "investigated", "unverified", "predicted", "retracted"};
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        jx_push_text(list, known[i]);
    jx_set(model, "statuses", list);
}

static const char *title_of(const struct event_edit *edit)
{
    const char *title = jx_get_text(edit->base, "title");

    return title ? title : edit->id;
}

enum err_code event_edit_show(struct exchange *x, const struct event_edit *edit, struct response *out,
                              struct err *e)
{
    const char *heading = edit->id ? "Edit this event" : "New event";
    struct json_object *model = view_page(x, heading, VIEW_EVENTS, NULL);
    bool bad = edit->why.code || (edit->problems && json_object_array_length(edit->problems));

    jx_set_text(model, "heading", heading);
    jx_set_text(model, "name", edit->id ? title_of(edit) : NULL);
    jx_set_text(model, "action", action_of(x, edit));
    jx_set_text(model, "back", edit->id ? event_edit_address(x, edit->id, "") : "/events");
    jx_set_bool(model, "new", !edit->id);
    jx_set(model, "revision", edit->id ? json_object_new_int64(edit->revision) : NULL);
    jx_set_int(model, "over", edit->over);
    jx_set_text(model, "note", edit->note);
    jx_set_text(model, "whole", edit->whole);
    set_statuses(model);
    if (edit->whole) {
        struct json_object *fields = json_object_new_object();

        jx_set(fields, "whole", json_object_new_object());
        set_problems(model, fields, edit);
    } else {
        set_fields(x, model, edit);
    }
    if (bad) {
        out->status = err_http_status(edit->why.code ? edit->why.code : ERR_INVALID_FIELDS);
        out->cache_control = "no-store";
    }
    return view_render(x, edit->whole ? "event_raw" : "event_form", model, out, e);
}

/* ---- opening */

static const char *whole_text(struct exchange *x, struct json_object *fields)
{
    return fields && json_object_object_length(fields) ? jx_pretty(x->arena, fields) : SKELETON;
}

static enum err_code open_form(struct exchange *x, struct event_edit *edit, struct response *out,
                               struct err *e)
{
    edit->over = edit->revision;
    if (request_param(x->request, "raw"))
        edit->whole = whole_text(x, edit->base);
    else
        edit->typed = event_form_fill(x->arena, edit->base, edit->base);
    return event_edit_show(x, edit, out, e);
}

enum err_code handle_event_new_page(struct exchange *x, struct response *out, struct err *e)
{
    struct event_edit edit = {0};

    return open_form(x, &edit, out, e);
}

/* What a form could not send back is not to be typed into one. */
static enum err_code check_size(struct exchange *x, const struct event_edit *edit, struct err *e)
{
    if (strlen(request_encode(x->arena, jx_pretty(x->arena, edit->base))) <= SENT_BYTES)
        return ERR_OK;
    return err_set(e, ERR_TOO_LARGE,
                   "This event is too large to be edited in a browser. At a terminal: tideline --tenant %s "
                   "event edit '%s' FILE",
                   x->tenant->name, edit->id);
}

enum err_code handle_event_edit_page(struct exchange *x, struct response *out, struct err *e)
{
    struct event_edit edit = {.id = x->request->segments[1]};
    struct json_object *view;
    struct err why = {0};

    if (service_event_show(x->service, edit.id, &view, &why) != ERR_OK)
        return handle_event_gone(x, &why, out, e);
    edit.revision = jx_get_int(view, "revision", 0);
    edit.base = jx_get(view, "event");
    TRY(check_size(x, &edit, e));
    return open_form(x, &edit, out, e);
}

/* ---- what was sent */

static enum err_code read_revision(struct exchange *x, const char *name, int64_t otherwise, int64_t *out,
                                   struct err *e)
{
    const char *text;

    TRY(form_text(&x->form, name, &text, e));
    *out = *text ? request_ordinal(text) : otherwise;
    if (*out)
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT,
                   "The form does not say which version it was opened on. Open it again.");
}

static enum err_code read_base(struct exchange *x, struct event_edit *edit, struct err *e)
{
    struct json_object *view;

    edit->id = x->request->segments[1];
    TRY(read_revision(x, "revision", 0, &edit->revision, e));
    TRY(read_revision(x, "over", edit->revision, &edit->over, e));
    TRY(service_event_revision(x->service, edit->id, edit->revision, &view, e));
    edit->base = jx_get(view, "event");
    if (json_object_is_type(edit->base, json_type_object))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT,
                   "Another program wrote that version, and it is no event. Open the form again.");
}

enum err_code event_edit_read(struct exchange *x, struct event_edit *edit, struct err *e)
{
    *edit = (struct event_edit){.problems = jx_own(x->arena, json_object_new_array())};
    if (x->request->n_segments > 2)
        TRY(read_base(x, edit, e));
    if (form_has(&x->form, "whole"))
        return form_text(&x->form, "whole", &edit->whole, e);
    return event_form_read(x->arena, &x->form, &edit->typed, e);
}

static void add_problem(struct event_edit *edit, const char *field, const char *error)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", field);
    jx_set_text(problem, "error", error);
    jx_push(edit->problems, problem);
}

/* JSON becomes fields, so that the line of a mistake is that of the text; anything else is Markdown as files have it. */
static bool whole_draft(struct exchange *x, struct event_edit *edit, struct service_draft *out)
{
    const char *text = edit->whole + strspn(edit->whole, " \t\n");
    struct err why = {0};

    if (*text != '{') {
        out->p = edit->whole;
        out->n = strlen(edit->whole);
        return true;
    }
    if (jx_parse(x->arena, edit->whole, strlen(edit->whole), &out->fields, &why) == ERR_OK)
        return true;
    add_problem(edit, "whole", arena_strdup(x->arena, why.message));
    return false;
}

bool event_edit_draft(struct exchange *x, struct event_edit *edit, struct service_draft *out)
{
    struct event_form_result result;

    *out = (struct service_draft){.id = edit->id, .revision = edit->over};
    if (edit->whole)
        return whole_draft(x, edit, out);
    event_form_apply(x->arena, edit->base, edit->typed, &result);
    out->fields = result.fields;
    for (size_t i = 0; i < json_object_array_length(result.problems); i++)
        jx_push(edit->problems, json_object_get(json_object_array_get_idx(result.problems, i)));
    return !json_object_array_length(edit->problems);
}

/* What the service says about a field that the page does not have is said about all of it. */
static void take_problems(struct exchange *x, struct event_edit *edit)
{
    struct json_object *problems = service_problems(x->service);

    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        const struct json_object *problem = json_object_array_get_idx(problems, i);
        const char *field = jx_get_text(problem, "field");
        const char *here = edit->whole ? "whole" : jx_get_text(edit->typed, field) ? field : "more";

        add_problem(edit, here, jx_get_text(problem, "error"));
    }
}

enum err_code event_edit_refuse(struct exchange *x, struct event_edit *edit, const struct err *why,
                                struct response *out, struct err *e)
{
    switch ((int)why->code) {
    case ERR_INVALID_FIELDS: take_problems(x, edit); break;
    case ERR_EXISTS: add_problem(edit, edit->whole ? "whole" : "id", why->message); break;
    case ERR_INVALID_EVENT:
        if (edit->whole)
            add_problem(edit, "whole", why->message);
        else
            edit->why = *why;
        break;
    case ERR_TOO_LARGE: edit->why = *why; break;
    case ERR_BUSY:
        (void)err_set(&edit->why, ERR_BUSY,
                      "Something else is being written to this timeline just now. Nothing is lost: press the "
                      "button again in a moment.");
        break;
    case ERR_NOT_FOUND:
        (void)err_set(
            &edit->why, ERR_NOT_FOUND,
            "Somebody has removed this event meanwhile, so nothing was saved. What you typed is still "
            "here. Bring the event back from its history in another window, then save.");
        break;
    default: return *e = *why, why->code;
    }
    return event_edit_show(x, edit, out, e);
}

/* ---- the buttons */

static const char *saved_text(struct exchange *x, const struct event_edit *edit,
                              const struct json_object *view)
{
    const char *state = jx_get_text(view, "state");

    if (jx_get_bool(view, "unchanged", false))
        return "Nothing was changed: the event is what it was already.";
    if (!edit->id)
        return "Saved as a draft. It waits for review.";
    if (str_eq(state, "draft"))
        return "Saved. It is a draft now and waits for review.";
    return arena_printf(x->arena, "Saved. The event is %s now: %s.", state ? state : "changed",
                        view_state_hint(state));
}

/* Pressed twice: the first press has made it already. */
static bool is_there_already(struct exchange *x, const struct service_draft *draft, const char **id)
{
    struct json_object *problems = service_problems(x->service);
    struct json_object *view;
    struct err ignored = {0};

    (void)json_object_array_del_idx(problems, 0,
                                    json_object_array_length(problems)); /* of the second press */
    if (service_event_preview(x->service, draft, &view, &ignored) != ERR_OK ||
        !jx_get_bool(view, "unchanged", false))
        return false;
    *id = jx_get_text(view, "id");
    return *id != NULL;
}

static enum err_code save(struct exchange *x, struct event_edit *edit, const struct service_draft *draft,
                          struct response *out, struct err *e)
{
    struct json_object *view = NULL;
    struct err why = {0};
    const char *id = NULL;
    enum err_code code = service_event_write(x->service, draft, &view, &why);

    if (code == ERR_STALE && view)
        return event_edit_stale(x, edit, view, out, e);
    if (code == ERR_EXISTS && is_there_already(x, draft, &id)) {
        exchange_redirect(x, out, event_edit_address(x, id, ""), "Saved as a draft. It waits for review.");
        return ERR_OK;
    }
    if (code != ERR_OK)
        return event_edit_refuse(x, edit, &why, out, e);
    exchange_redirect(x, out, event_edit_address(x, jx_get_text(view, "id"), ""), saved_text(x, edit, view));
    return ERR_OK;
}

/* All of it as text, with what was typed so far. */
static enum err_code show_whole(struct exchange *x, struct event_edit *edit,
                                const struct service_draft *draft, struct response *out, struct err *e)
{
    edit->whole = whole_text(x, draft->fields);
    edit->typed = NULL;
    return event_edit_show(x, edit, out, e);
}

static void add_row(struct event_edit *edit)
{
    struct json_object *rows = jx_get(edit->typed, "sources");

    if (rows && json_object_array_length(rows) < EVENT_FORM_SOURCES)
        jx_push(rows, json_object_new_object());
}

enum err_code handle_event_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_draft draft;
    struct event_edit edit;
    const char *what;

    TRY(form_text(&x->form, "do", &what, e));
    TRY(event_edit_read(x, &edit, e));
    if (str_eq(what, "source"))
        add_row(&edit);
    /* Whoever goes on editing has not said yet that a later version is to be replaced. */
    edit.over = str_eq(what, "save") ? edit.over : edit.revision;
    if (str_eq(what, "source") || str_eq(what, "edit"))
        return event_edit_show(x, &edit, out, e);
    if (!event_edit_draft(x, &edit, &draft))
        return event_edit_show(x, &edit, out, e);
    if (str_eq(what, "merge"))
        return event_edit_merge(x, &edit, &draft, out, e);
    if (str_eq(what, "raw") && draft.fields)
        return show_whole(x, &edit, &draft, out, e);
    if (str_eq(what, "save"))
        return save(x, &edit, &draft, out, e);
    return event_edit_preview(x, &edit, &draft, out, e);
}
