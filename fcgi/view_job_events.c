/*
 * Events that a pull says something about: those in conflict, and those in which both sides went together.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/view_job.h"

enum { EVENTS_SHOWN = 20, FIELDS_SHOWN = 4, LABEL_BYTES = 60 };

static const char *field_names(struct exchange *x, const struct json_object *fields)
{
    size_t n = json_object_is_type(fields, json_type_array) ? json_object_array_length(fields) : 0;
    struct str s;

    str_init(&s, x->arena, 4096);
    for (size_t i = 0; i < n && i < FIELDS_SHOWN; i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(fields, i));

        str_addf(&s, "%s%s", i ? ", " : "", view_label_short(x->arena, name ? name : "", LABEL_BYTES));
    }
    if (n > FIELDS_SHOWN)
        str_addf(&s, " %s", view_more(x->arena, n - FIELDS_SHOWN));
    return s.p;
}

static const char *conflict_note(struct exchange *x, const struct json_object *row)
{
    if (str_eq(jx_get_text(row, "here"), "removed"))
        return "removed here, changed in the repository";
    if (str_eq(jx_get_text(row, "in_repository"), "removed"))
        return "removed in the repository, changed here";
    return field_names(x, jx_get(row, "fields"));
}

static void push_event(struct exchange *x, struct json_object *items, const struct json_object *row,
                       bool conflict)
{
    const char *id = jx_get_text(row, "id");
    struct json_object *item = json_object_new_object();

    if (!id)
        id = "";
    jx_set_text(item, "name", id);
    jx_set_text(
        item, "href",
        arena_printf(x->arena, "/%s/%s", conflict ? "conflicts" : "events", request_encode(x->arena, id)));
    jx_set_text(item, "note", conflict ? conflict_note(x, row) : field_names(x, jx_get(row, "fields")));
    jx_push(items, item);
}

/* {heading, text, items, more}, or NULL when there are none. */
static struct json_object *section_of(struct exchange *x, const struct json_object *rows, bool conflict)
{
    size_t n = json_object_is_type(rows, json_type_array) ? json_object_array_length(rows) : 0;
    struct json_object *section;
    struct json_object *items;

    if (!n)
        return NULL;
    section = json_object_new_object();
    items = json_object_new_array();
    for (size_t i = 0; i < n && i < EVENTS_SHOWN; i++)
        push_event(x, items, json_object_array_get_idx(rows, i), conflict);
    jx_set_text(section, "heading",
                conflict ? view_plural(x->arena, (int64_t)n, "conflict", "conflicts")
                         : arena_printf(x->arena, "%s brought together by field",
                                        view_plural(x->arena, (int64_t)n, "event", "events")));
    jx_set_text(section, "text",
                conflict ? "What is in question, event by event. Somebody decides; everything else goes on."
                         : "Edited here, and changed elsewhere in the repository. What is named came in; the "
                           "edits here are still there.");
    jx_set(section, "items", items);
    jx_set_text(section, "more", n > EVENTS_SHOWN ? view_more(x->arena, n - EVENTS_SHOWN) : NULL);
    return section;
}

void view_job_set_events(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    const struct json_object *result =
        str_eq(jx_get_text(job, "kind"), "pull") ? jx_get(job, "result") : NULL;

    jx_set(model, "in_conflict", section_of(x, jx_get(result, "conflicts"), true));
    jx_set(model, "brought_together", section_of(x, jx_get(result, "merged"), false));
}
