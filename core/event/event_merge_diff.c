/* What changed between two contents, field by field, for people. */
#include "core/event/event_merge_internal.h"

/* Two lists as numbers of their items. */
struct lists {
    struct json_object *from;
    struct json_object *to;
    size_t from_n;
    size_t to_n;
    size_t *numbers; /* from's, then to's */
    int *surplus;    /* per number: copies in `to` less copies in `from` */
};

static void number_lists(struct arena *a, struct lists *l)
{
    size_t total = l->from_n + l->to_n;
    struct event_word *words = arena_array(a, total, sizeof *words);

    for (size_t i = 0; i < l->from_n; i++)
        words[i] = event_item_word(a, json_object_array_get_idx(l->from, i));
    for (size_t i = 0; i < l->to_n; i++)
        words[l->from_n + i] = event_item_word(a, json_object_array_get_idx(l->to, i));
    l->numbers = arena_array(a, total, sizeof *l->numbers);
    l->surplus = arena_array(a, event_words_number(a, words, total, l->numbers), sizeof *l->surplus);
    for (size_t i = 0; i < total; i++)
        l->surplus[l->numbers[i]] += i < l->from_n ? -1 : 1;
}

static bool diff_items(struct lists *l, struct json_object *added, struct json_object *removed)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    bool any = false;

    number_lists(scratch, l);
    for (size_t i = 0; i < l->from_n; i++) {
        if (l->surplus[l->numbers[i]] < 0) {
            l->surplus[l->numbers[i]]++;
            jx_push(removed, json_object_get(json_object_array_get_idx(l->from, i)));
            any = true;
        }
    }
    for (size_t i = 0; i < l->to_n; i++) {
        if (l->surplus[l->numbers[l->from_n + i]] > 0) {
            l->surplus[l->numbers[l->from_n + i]]--;
            jx_push(added, json_object_get(json_object_array_get_idx(l->to, i)));
            any = true;
        }
    }
    return any;
}

static void add_changed(struct arena *a, struct json_object *changed, struct json_object *from,
                        struct json_object *to)
{
    struct json_object *row = json_object_new_object();

    jx_push(changed, row);
    jx_set_text(row, "source", event_source_name(a, to));
    if (json_object_is_type(from, json_type_object) && json_object_is_type(to, json_type_object)) {
        jx_set(row, "fields", json_object_get(event_diff(a, from, to)));
        return;
    }
    jx_set(row, "from", json_object_get(from));
    jx_set(row, "to", json_object_get(to));
}

static bool diff_sources(struct arena *a, const struct lists *l, struct json_object *row)
{
    struct event_source_list from = {.list = l->from};
    struct event_source_list to = {.list = l->to};
    struct json_object *added = jx_get(row, "added");
    struct json_object *removed = jx_get(row, "removed");
    struct json_object *changed = json_object_new_array();

    jx_set(row, "changed", changed);
    event_sources_match(a, &from, &to, NULL, NULL);
    for (size_t i = 0; i < from.n; i++) {
        if (from.partner[i] == EVENT_SOURCE_NONE)
            jx_push(removed, json_object_get(json_object_array_get_idx(l->from, i)));
    }
    for (size_t i = 0; i < to.n; i++) {
        struct json_object *now = json_object_array_get_idx(l->to, i);
        struct json_object *before;

        if (to.partner[i] == EVENT_SOURCE_NONE) {
            jx_push(added, json_object_get(now));
            continue;
        }
        before = json_object_array_get_idx(l->from, (size_t)to.partner[i]);
        if (!event_same(a, before, now))
            add_changed(a, changed, before, now);
    }
    return json_object_array_length(added) + json_object_array_length(removed) +
               json_object_array_length(changed) >
           0;
}

static void add_list_diff(struct arena *a, struct json_object *row, const char *key, struct lists *l)
{
    struct json_object *added = json_object_new_array();
    struct json_object *removed = json_object_new_array();
    bool any;

    l->from_n = json_object_array_length(l->from);
    l->to_n = json_object_array_length(l->to);
    jx_set(row, "added", added);
    jx_set(row, "removed", removed);
    any = str_eq(key, "sources") ? diff_sources(a, l, row) : diff_items(l, added, removed);
    if (!any)
        jx_set_bool(row, "reordered", true);
}

static void add_field(struct arena *a, struct json_object *out, const char *key,
                      const struct event_slot *sides)
{
    const char *kind = !sides[0].there ? "added" : !sides[1].there ? "removed" : "changed";
    struct json_object *row = json_object_new_object();

    jx_push(out, row);
    jx_set_text(row, "field", key);
    jx_set_text(row, "kind", kind);
    event_slot_set(row, "from", sides[0]);
    event_slot_set(row, "to", sides[1]);
    if (event_slot_is_list(sides[0]) && event_slot_is_list(sides[1]))
        add_list_diff(a, row, key, &(struct lists){.from = sides[0].value, .to = sides[1].value});
}

struct json_object *event_diff(struct arena *a, struct json_object *from, struct json_object *to)
{
    struct json_object *out = jx_own(a, json_object_new_array());
    size_t n;
    const char **keys = event_keys_of_both(a, to, from, &n);

    for (size_t i = 0; i < n; i++) {
        struct event_slot sides[] = {event_slot_of(from, keys[i]), event_slot_of(to, keys[i])};

        if (!event_slot_same(a, sides[0], sides[1]))
            add_field(a, out, keys[i], sides);
    }
    return out;
}
