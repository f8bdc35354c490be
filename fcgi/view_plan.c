#include "fcgi/view_plan.h"

#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"

enum { ROW_BYTES = 130, SUM_BYTES = 512, NAME_BYTES = 40 };

struct view_plan view_plan_begin(struct exchange *x, struct json_object *model)
{
    struct view_plan plan = {x, json_object_new_array(), VIEW_PLAN_BYTES};

    jx_set(model, "lists", plan.lists);
    return plan;
}

/* As much of it as ends with a whole character. */
static const char *name_of(struct exchange *x, struct json_object *field)
{
    const char *name = json_object_get_string(field);

    return arena_strndup(x->arena, name, utf8_cut(name, strlen(name), NAME_BYTES));
}

static const char *joined(struct exchange *x, const struct json_object *fields)
{
    struct str s;

    str_init(&s, x->arena, SUM_BYTES);
    for (size_t i = 0; fields && i < json_object_array_length(fields) && s.n < SUM_BYTES / 4; i++)
        str_addf(&s, "%s%s", i ? ", " : "", name_of(x, json_object_array_get_idx(fields, i)));
    return s.n ? s.p : NULL;
}

/* What is said beside the title: which fields it is about, or what was done to it here. */
static const char *note_of(struct exchange *x, const struct json_object *event)
{
    const char *change = jx_get_text(event, "change");

    if (change)
        return str_eq(change, "added")     ? "added here"
               : str_eq(change, "removed") ? "to be removed"
                                           : "changed here";
    return joined(x, jx_get(event, "fields"));
}

/* False when the page has no room for it any more. */
static bool add_row(struct view_plan *plan, const struct view_plan_list *list, struct json_object *rows,
                    const struct json_object *event)
{
    struct exchange *x = plan->x;
    const char *id = jx_get_text(event, "id");
    const char *title = jx_get_text(event, "title");
    const char *href =
        list->linked && id ? arena_printf(x->arena, "/events/%s", request_encode(x->arena, id)) : NULL;
    const char *note = note_of(x, event);
    struct json_object *row;
    size_t bytes =
        ROW_BYTES + (href ? strlen(href) : 0) + (title ? strlen(title) : 0) + (note ? strlen(note) : 0);

    if (bytes > plan->room)
        return false;
    plan->room -= bytes;
    row = json_object_new_object();
    jx_set_text(row, "date", jx_get_text(event, "date"));
    jx_set_text(row, "title", title && *title ? title : id);
    jx_set_text(row, "href", href);
    jx_set_text(row, "note", note);
    jx_push(rows, row);
    return true;
}

void view_plan_add(struct view_plan *plan, const struct view_plan_list *list)
{
    struct json_object *item = json_object_new_object();
    struct json_object *rows = json_object_new_array();
    size_t n = list->events ? json_object_array_length(list->events) : 0;
    int64_t total = list->total > (int64_t)n ? list->total : (int64_t)n;
    size_t shown = 0;

    jx_set(item, "rows", rows);
    while (shown < n && add_row(plan, list, rows, json_object_array_get_idx(list->events, shown)))
        shown++;
    if (n == 0) {
        json_object_put(item);
        return;
    }
    jx_set_text(item, "id", list->id);
    jx_set_text(item, "heading", list->heading);
    jx_set_text(item, "count", view_count(plan->x->arena, total));
    jx_set_text(item, "text", list->text);
    jx_set_bool(item, "open", list->open);
    jx_set_text(item, "more",
                total > (int64_t)shown ? arena_printf(plan->x->arena, "And %s more.",
                                                      view_count(plan->x->arena, total - (int64_t)shown))
                                       : NULL);
    jx_push(plan->lists, item);
}

const struct json_object *view_plan_deletions(const struct json_object *result, int64_t *total)
{
    const struct json_object *refused = jx_get(result, "deletions");

    *total = jx_get_int(result, refused ? "deletions_total" : "deleted", 0);
    return refused ? refused : jx_get(jx_get(result, "events"), "deleted");
}

static void add_part(struct str *s, int64_t n, const char *one, const char *many)
{
    if (n > 0)
        str_addf(s, "%s%s", s->n ? ", " : "", view_plural(s->arena, n, one, many));
}

static int64_t length_of(const struct json_object *result, const char *key)
{
    struct json_object *list = jx_get(result, key);

    return json_object_is_type(list, json_type_array) ? (int64_t)json_object_array_length(list) : 0;
}

const char *view_plan_sum(struct exchange *x, const struct json_object *result)
{
    struct str s;
    int64_t merged = length_of(result, "merged");

    str_init(&s, x->arena, SUM_BYTES);
    add_part(&s, jx_get_int(result, "imported", 0), "new event", "new events");
    add_part(&s, jx_get_int(result, "updated", 0) - merged, "changed", "changed");
    add_part(&s, jx_get_int(result, "deleted", 0), "removed", "removed");
    add_part(&s, merged, "merged with an edit here", "merged with edits here");
    /* Those that are open anyway are no news. */
    if (s.n || jx_get_int(result, "new_commits", 0) > 0)
        add_part(&s, length_of(result, "conflicts"), "conflict", "conflicts");
    return s.n ? s.p : NULL;
}
