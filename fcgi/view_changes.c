#include "fcgi/view_changes.h"

#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"

enum {
    ITEMS_SHOWN = 100,
    ITEM_BYTES = 300,
    SHORT_BYTES = 80,
    DEPTH = 2,
    TRIES = 10,         /* texts that are compared in vain, as the page has no room for what comes of it */
    LITTLE_BYTES = 200, /* what is compared even so */
};

struct work {
    struct exchange *x;
    size_t room;
    size_t in_vain;
};

static struct json_object *items_of(struct work *w, const struct json_object *diff, int depth);

/* Texts as they are, the rest as JSON. NULL: not there. */
static const char *text_of(struct arena *a, const struct json_object *change, const char *key)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(change, key, &value))
        return NULL;
    if (!value)
        return "null";
    if (json_object_is_type(value, json_type_string))
        return json_object_get_string(value);
    return strlen(jx_text(a, value)) <= SHORT_BYTES ? jx_text(a, value) : jx_pretty(a, value);
}

static bool take_room(struct work *w, size_t bytes)
{
    if (bytes > w->room)
        return false;
    w->room -= bytes;
    return true;
}

static struct json_object *rows_of(struct work *w, const struct json_object *change)
{
    const char *from = text_of(w->x->arena, change, "from");
    const char *to = text_of(w->x->arena, change, "to");
    size_t n = (from ? strlen(from) : 0) + (to ? strlen(to) : 0);
    struct json_object *rows;
    struct json_object *out;

    if (w->in_vain >= TRIES && n > LITTLE_BYTES)
        return NULL;
    rows = view_changes_rows(w->x->arena, from, to);
    if (!take_room(w, strlen(jx_text(w->x->arena, rows)))) {
        w->in_vain++;
        return NULL;
    }
    out = json_object_new_object();
    jx_set_text(out, "label", view_label(w->x->arena, jx_get_text(change, "field")));
    jx_set_bool(out, "sided", from && to);
    jx_set(out, "rows", json_object_get(rows));
    return out;
}

/* ---- lists */

static const char *first_text(const struct json_object *item, const char *key)
{
    const char *text = jx_get_text(item, key);

    return text && text[0] ? text : NULL;
}

/* A source by its title and address; anything else as it is. */
static void name_item(struct arena *a, struct json_object *row, struct json_object *item)
{
    const char *title = first_text(item, "title");
    const char *url = first_text(item, "url");
    const char *text = title ? title : url;

    if (!text)
        text = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : jx_text(a, item);
    if (strlen(text) > ITEM_BYTES)
        text = arena_printf(a, "%s…", arena_strndup(a, text, utf8_cut(text, strlen(text), ITEM_BYTES)));
    jx_set_text(row, "text", text);
    jx_set_text(row, "detail", title && url && strlen(url) <= ITEM_BYTES ? url : NULL);
}

static struct json_object *row_new(const char *word)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "word", word);
    jx_set_text(row, "said", word);
    jx_set(row, "inner", NULL);
    jx_set_text(row, "text", NULL);
    jx_set_text(row, "detail", NULL);
    return row;
}

static size_t list_length(const struct json_object *list)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static void add_items(struct work *w, struct json_object *rows, const struct json_object *list,
                      const char *word)
{
    size_t n = list_length(list);

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = row_new(i < ITEMS_SHOWN ? word : "more");

        if (i < ITEMS_SHOWN)
            name_item(w->x->arena, row, json_object_array_get_idx(list, i));
        else
            jx_set_text(row, "text", view_more(w->x->arena, n - i));
        jx_push(rows, row);
        if (i == ITEMS_SHOWN)
            break;
    }
}

/* A source that is another one now, key by key. */
static void add_changed(struct work *w, struct json_object *rows, const struct json_object *list, int depth)
{
    size_t n = list_length(list);

    for (size_t i = 0; i < n && i < ITEMS_SHOWN; i++) {
        const struct json_object *change = json_object_array_get_idx(list, i);
        struct json_object *fields = jx_get(change, "fields");
        struct json_object *row = row_new("changed");

        jx_set_text(row, "text", jx_get_text(change, "source"));
        if (fields && depth < DEPTH) {
            struct json_object *inner = json_object_new_object();

            jx_set(inner, "items", items_of(w, fields, depth + 1));
            jx_set(row, "inner", inner);
        } else {
            jx_set_text(row, "detail",
                        arena_printf(w->x->arena, "%s → %s", text_of(w->x->arena, change, "from"),
                                     text_of(w->x->arena, change, "to")));
        }
        jx_push(rows, row);
    }
}

static bool is_list_change(const struct json_object *change)
{
    return jx_get(change, "added") || jx_get(change, "removed") || jx_get(change, "changed");
}

static struct json_object *list_of(struct work *w, const struct json_object *change, int depth)
{
    struct json_object *list = json_object_new_object();
    struct json_object *rows = json_object_new_array();

    add_items(w, rows, jx_get(change, "added"), "added");
    add_items(w, rows, jx_get(change, "removed"), "removed");
    add_changed(w, rows, jx_get(change, "changed"), depth);
    jx_set(list, "items", rows);
    if (take_room(w, strlen(jx_text(w->x->arena, rows))))
        return list;
    json_object_put(list);
    return NULL;
}

/* A whole list that came or went, told item by item. */
static struct json_object *whole_list(struct work *w, const struct json_object *change, const char *key)
{
    struct json_object *list = json_object_new_object();
    struct json_object *rows = json_object_new_array();

    add_items(w, rows, jx_get(change, key), str_eq(key, "to") ? "added" : "removed");
    jx_set(list, "items", rows);
    (void)take_room(w, strlen(jx_text(w->x->arena, rows)));
    return list;
}

/* ---- a field */

static struct json_object *item_of(struct work *w, const struct json_object *change, int depth)
{
    struct json_object *item = json_object_new_object();
    const char *kind = jx_get_text(change, "kind");
    bool reordered = jx_get_bool(change, "reordered", false);
    const char *side = str_eq(kind, "added") ? "to" : str_eq(kind, "removed") ? "from" : NULL;

    jx_set_text(item, "label", view_label(w->x->arena, jx_get_text(change, "field")));
    jx_set_text(item, "field", jx_get_text(change, "field"));
    jx_set_text(item, "word", kind);
    jx_set_text(item, "said", kind);
    jx_set_text(item, "before", "Before");
    jx_set_text(item, "after", "After");
    jx_set(item, "rows", NULL);
    jx_set(item, "list", NULL);
    jx_set_text(item, "note", NULL);
    if (reordered)
        jx_set_text(item, "note", "The same items in another order.");
    else if (is_list_change(change))
        jx_set(item, "list", list_of(w, change, depth));
    else if (side && list_length(jx_get(change, side)))
        jx_set(item, "list", whole_list(w, change, side));
    else
        jx_set(item, "rows", rows_of(w, change));
    if (!reordered && !jx_get(item, "rows") && !jx_get(item, "list"))
        jx_set_text(item, "note", "This is too long to be shown here.");
    return item;
}

static struct json_object *items_of(struct work *w, const struct json_object *diff, int depth)
{
    struct json_object *items = json_object_new_array();
    size_t n = list_length(diff);

    for (size_t i = 0; i < n && view_room(w->x); i++)
        jx_push(items, item_of(w, json_object_array_get_idx(diff, i), depth));
    return items;
}

struct json_object *view_changes(struct exchange *x, const struct json_object *diff, size_t room_bytes)
{
    struct work w = {x, room_bytes, 0};
    struct json_object *out;

    if (!diff)
        return NULL;
    out = json_object_new_object();
    jx_set(out, "items", items_of(&w, diff, 0));
    jx_set_bool(out, "any", list_length(diff) > 0);
    return out;
}
