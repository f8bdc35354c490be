/*
 * Somebody else saved the event while it was being edited here: both versions beside each other, and what can be done so
 * that neither is lost.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/view_changes.h"

static bool names_field(const struct json_object *diff, const char *field)
{
    size_t n = json_object_is_type(diff, json_type_array) ? json_object_array_length(diff) : 0;

    for (size_t i = 0; i < n; i++)
        if (str_eq(jx_get_text(json_object_array_get_idx(diff, i), "field"), field))
            return true;
    return false;
}

/* In a list, what one of the two has and the other has not. */
static void name_sides(struct json_object *list)
{
    struct json_object *items = jx_get(list, "items");

    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        struct json_object *row = json_object_array_get_idx(items, i);
        const char *word = jx_get_text(row, "word");

        if (str_eq(word, "added"))
            jx_set_text(row, "said", "only yours");
        if (str_eq(word, "removed"))
            jx_set_text(row, "said", "only theirs");
    }
}

/* In a source that both have, its parts. */
static void head_sides(struct json_object *item)
{
    struct json_object *items = jx_get(jx_get(item, "list"), "items");

    jx_set_text(item, "before", "As it is saved now");
    jx_set_text(item, "after", "Yours");
    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        struct json_object *inner = jx_get(jx_get(json_object_array_get_idx(items, i), "inner"), "items");

        for (size_t k = 0; inner && k < json_object_array_length(inner); k++)
            head_sides(json_object_array_get_idx(inner, k));
    }
}

/* By whom a field was changed since the form was opened. */
static void set_sides(struct json_object *changes, const struct json_object *view)
{
    struct json_object *items = jx_get(changes, "items");

    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        const char *field = jx_get_text(item, "field");
        bool theirs = names_field(jx_get(view, "since"), field);
        bool mine = names_field(jx_get(view, "mine"), field);

        jx_set_text(item, "said",
                    theirs && mine ? "changed by both"
                    : theirs       ? "changed by them"
                                   : "changed by you");
        jx_set_text(item, "word", "changed");
        head_sides(item);
        name_sides(jx_get(item, "list"));
    }
}

static const char *who_of(const struct json_object *view)
{
    const char *who = jx_get_text(view, "updated_by");

    if (str_eq(who, "another program"))
        return "Another program";
    return who && who[0] ? who : "Somebody else";
}

/* "Title and Tags" */
static const char *joined_labels(struct arena *a, const struct json_object *names)
{
    size_t n = json_object_is_type(names, json_type_array) ? json_object_array_length(names) : 0;
    struct str s;

    str_init(&s, a, 4096);
    for (size_t i = 0; i < n; i++)
        str_addf(&s, "%s%s",
                 i == 0       ? ""
                 : i + 1 == n ? " and "
                              : ", ",
                 view_label(a, json_object_get_string(json_object_array_get_idx(names, i))));
    return s.p;
}

/* What putting both together leaves for a person; NULL where it cannot be done. */
static const char *merge_text(struct arena *a, const struct json_object *view)
{
    struct json_object *clashes = jx_get(view, "clashes");
    const char *both = joined_labels(a, clashes);

    if (!clashes || jx_get_bool(view, "removed", false))
        return NULL;
    if (!*both)
        return "Their changes and yours do not touch each other, so they can be put together.";
    return arena_printf(a,
                        "They can be put together, but for %s: you both changed that, so yours stays in the "
                        "form for you to decide.",
                        both);
}

static const char *lead_of(struct exchange *x, const struct json_object *view)
{
    const char *who = who_of(view);

    if (jx_get_bool(view, "removed", false))
        return arena_printf(
            x->arena,
            "%s removed it after you had opened it. Nothing of yours is lost: saving yours brings it back.",
            who);
    return arena_printf(
        x->arena,
        "%s saved it after you had opened it. Theirs is kept as it is, and nothing of yours is lost.", who);
}

enum err_code event_edit_stale(struct exchange *x, const struct event_edit *edit,
                               const struct json_object *view, struct response *out, struct err *e)
{
    bool removed = jx_get_bool(view, "removed", false);
    const char *heading =
        removed ? "Somebody removed this event before you saved" : "Somebody saved this event before you";
    struct json_object *model = view_page(x, "Changed by somebody else", VIEW_EVENTS, NULL);
    struct json_object *changes = view_changes(x, jx_get(view, "changes"), VIEW_CHANGES_PAGE);

    set_sides(changes, view);
    jx_set_text(model, "heading", heading);
    jx_set_text(model, "lead", lead_of(x, view));
    view_set_time(x, model, "when", jx_get_text(view, "updated_at"));
    jx_set_text(model, "action", event_edit_address(x, edit->id, "edit"));
    jx_set_text(model, "back", event_edit_address(x, edit->id, ""));
    jx_set_int(model, "over", jx_get_int(view, "revision", 0));
    jx_set_text(model, "merge", merge_text(x->arena, view));
    jx_set_text(model, "keep", removed ? "Leave it removed" : "Keep theirs");
    jx_set(model, "changes", changes);
    event_edit_carry(x, model);
    out->status = err_http_status(ERR_STALE);
    out->cache_control = "no-store";
    return view_render(x, "event_stale", model, out, e);
}

/* The form again, opened on the event as it is now, with what both sides changed. */
enum err_code event_edit_merge(struct exchange *x, struct event_edit *edit, const struct service_draft *draft,
                               struct response *out, struct err *e)
{
    struct service_draft mine = *draft;
    struct json_object *view;
    struct err why = {0};
    const char *left;

    mine.revision = edit->revision;
    if (service_event_merge(x->service, &mine, &view, &why) != ERR_OK)
        return event_edit_refuse(x, edit, &why, out, e);
    left = joined_labels(x->arena, jx_get(view, "conflicts"));
    edit->base = jx_get(view, "event");
    edit->revision = edit->over = jx_get_int(view, "revision", 0);
    if (edit->whole)
        edit->whole = jx_pretty(x->arena, jx_get(view, "merged"));
    else
        edit->typed = event_form_fill(x->arena, jx_get(view, "merged"), edit->base);
    edit->note =
        *left ? arena_printf(x->arena,
                             "Their changes are in the form beside yours, but for %s: there it holds yours. "
                             "Look it over, then save.",
                             left)
              : "Their changes are in the form beside yours. Look it over, then save.";
    return event_edit_show(x, edit, out, e);
}
