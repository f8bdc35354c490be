/*
 * What an event that is being written would become: how it looks, what changes, its score, and what it resembles. Nothing
 * is kept before a button of this page, or of the form, says so.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/view_changes.h"

void event_edit_carry(struct exchange *x, struct json_object *model)
{
    static const char *const own[] = {"csrf", "do", "over"};
    struct json_object *hidden = json_object_new_array();

    for (size_t i = 0; i < x->form.n; i++) {
        struct json_object *field;
        bool skip = false;

        for (size_t k = 0; k < sizeof own / sizeof *own; k++)
            skip = skip || str_eq(x->form.fields[i].name, own[k]);
        if (skip)
            continue;
        field = json_object_new_object();
        jx_set_text(field, "name", x->form.fields[i].name);
        jx_set_text(field, "value", x->form.fields[i].value);
        jx_push(hidden, field);
    }
    jx_set(model, "hidden", hidden);
}

static const char *why_words(const char *why)
{
    static const struct {
        const char *why, *words;
    } table[] = {{"id", "has the same id"},
                 {"title", "has the same date and nearly the same title"},
                 {"source", "has a source at the same address"}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(table[i].why, why))
            return table[i].words;
    return "resembles it";
}

static const char *why_text(struct exchange *x, const char *why, const char *url)
{
    const char *words = why_words(why);

    if (!url || !url[0])
        return words;
    return str_eq(why, "source")
               ? arena_printf(x->arena, "%s: %s", words, url)
               : arena_printf(x->arena, "%s, and a source at the same address: %s", words, url);
}

static struct json_object *duplicate_row(struct exchange *x, const struct json_object *duplicate)
{
    struct json_object *row = json_object_new_object();
    const char *id = jx_get_text(duplicate, "id");

    jx_set_text(row, "href", event_edit_address(x, id, ""));
    jx_set_text(row, "name", jx_get_text(duplicate, "title") ? jx_get_text(duplicate, "title") : id);
    jx_set_text(row, "date", jx_get_text(duplicate, "date"));
    view_set_badge(row, "badge", jx_get_text(duplicate, "state"));
    jx_set_text(row, "why", why_text(x, jx_get_text(duplicate, "why"), jx_get_text(duplicate, "url")));
    return row;
}

void event_edit_duplicates(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *part = NULL;
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    struct json_object *rows;

    if (n) {
        part = json_object_new_object();
        rows = json_object_new_array();
        for (size_t i = 0; i < n; i++)
            jx_push(rows, duplicate_row(x, json_object_array_get_idx(list, i)));
        jx_set_text(part, "heading",
                    n == 1 ? "An event like this is here already" : "Events like this are here already");
        jx_set(part, "rows", rows);
    }
    jx_set(model, "duplicates", part);
}

static void set_warnings(struct json_object *model, const struct json_object *list)
{
    struct json_object *part = NULL;

    if (json_object_is_type(list, json_type_array) && json_object_array_length(list)) {
        struct json_object *items = json_object_new_array();

        part = json_object_new_object();
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct json_object *item = json_object_new_object();

            jx_set_text(item, "text", jx_get_text(json_object_array_get_idx(list, i), "text"));
            jx_set(item, "line", NULL);
            jx_push(items, item);
        }
        jx_set(part, "items", items);
    }
    jx_set(model, "warnings", part);
}

static const char *heading_of(const struct event_edit *edit, const struct json_object *view)
{
    if (jx_get_bool(view, "unchanged", false))
        return "Nothing is changed";
    return edit->id ? "Save these changes?" : "Save this event?";
}

static const char *lead_of(const struct event_edit *edit, const struct json_object *view)
{
    if (jx_get_bool(view, "unchanged", false))
        return "The event is just like this already.";
    return edit->id ? "Nothing is saved yet. Saved, it is a draft and waits for review."
                    : "Nothing is saved yet. Saved, it is a draft that waits for review.";
}

static void set_score(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *score = jx_get(view, "automatic_score");

    jx_set_text(model, "score",
                score ? arena_printf(x->arena, "%.2f of 10", json_object_get_double(score)) : NULL);
    jx_set(model, "deductions", view_deductions(x, jx_get(view, "deductions")));
}

/* How it will look, with the marks that the event's page has. */
static void set_event(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *event = jx_get(view, "event");

    jx_set_text(model, "name", jx_get_text(event, "title"));
    jx_set_text(model, "date", jx_get_text(event, "date"));
    jx_set_text(model, "id", jx_get_text(view, "id"));
    jx_set_text(model, "id_note",
                jx_get_bool(view, "proposed_id", false) ? "made from date and title" : NULL);
    set_warnings(model, jx_get(view, "warnings"));
    view_event(x, model, event);
}

static struct json_object *model_of(struct exchange *x, const struct event_edit *edit,
                                    const struct json_object *view)
{
    struct json_object *model = view_page(x, "Preview", VIEW_EVENTS, NULL);
    struct json_object *now = jx_get(view, "current");

    jx_set_text(model, "heading", heading_of(edit, view));
    jx_set_text(model, "lead", lead_of(edit, view));
    jx_set_text(model, "action", edit->id ? event_edit_address(x, edit->id, "edit") : "/events/new");
    jx_set_text(model, "back", edit->id ? event_edit_address(x, edit->id, "") : NULL);
    jx_set_bool(model, "unchanged", jx_get_bool(view, "unchanged", false));
    jx_set_int(model, "over", edit->over);
    jx_set_bool(model, "stale", now && jx_get_int(now, "revision", edit->over) != edit->over);
    event_edit_carry(x, model);
    jx_set(model, "changes", edit->id ? view_changes(x, jx_get(view, "changes"), VIEW_CHANGES_PAGE) : NULL);
    event_edit_duplicates(x, model, jx_get(view, "duplicates"));
    set_score(x, model, view);
    set_event(x, model, view);
    return model;
}

enum err_code event_edit_preview(struct exchange *x, struct event_edit *edit,
                                 const struct service_draft *draft, struct response *out, struct err *e)
{
    struct json_object *view;
    struct err why = {0};

    if (service_event_preview(x->service, draft, &view, &why) != ERR_OK)
        return event_edit_refuse(x, edit, &why, out, e);
    return view_render(x, "event_preview", model_of(x, edit, view), out, e);
}
