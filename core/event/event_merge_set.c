/* Lists in which order means nothing, merged as sets that count copies. */
#include "core/event/event_merge_internal.h"

/* Labels without an order of their own, as real timelines name them. Lists of other names are values: what their order
 * means is not known here. */
static const char *const set_names[] = {"tags",     "actors",        "key_actors",     "capture_lanes",
                                        "patterns", "organizations", "related_events", "search_keywords"};

static bool are_scalars(struct event_slot list)
{
    size_t n = event_slot_count(list);

    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list.value, i);

        if (json_object_is_type(item, json_type_object) || json_object_is_type(item, json_type_array))
            return false;
    }
    return true;
}

bool event_merge_is_set(const char *key, const struct event_three *v)
{
    for (size_t i = 0; i < sizeof set_names / sizeof *set_names; i++) {
        if (str_eq(key, set_names[i]))
            return event_merge_are_lists(v) && are_scalars(v->base) && are_scalars(v->ours) &&
                   are_scalars(v->theirs);
    }
    return false;
}

static size_t add_words(struct arena *a, struct event_slot list, struct event_word *words)
{
    size_t n = event_slot_count(list);

    for (size_t i = 0; i < n; i++)
        words[i] = event_item_word(a, json_object_array_get_idx(list.value, i));
    return n;
}

static int *count_copies(struct arena *a, const size_t *numbers, size_t n, size_t distinct)
{
    int *copies = arena_array(a, distinct, sizeof *copies);

    for (size_t i = 0; i < n; i++)
        copies[numbers[i]]++;
    return copies;
}

static int merge_copies(int base, int ours, int theirs)
{
    if (theirs == base)
        return ours;
    if (ours == base)
        return theirs;
    return ours > theirs ? ours : theirs;
}

/* Take from a list what is still wanted of each item. */
static void take(struct json_object *out, struct event_slot list, const size_t *numbers, int *wanted)
{
    for (size_t i = 0; i < event_slot_count(list); i++) {
        if (wanted[numbers[i]]-- > 0)
            jx_push(out, json_object_get(json_object_array_get_idx(list.value, i)));
    }
}

struct json_object *event_merge_set(struct arena *a, const struct event_three *v)
{
    size_t total = event_slot_count(v->base) + event_slot_count(v->ours) + event_slot_count(v->theirs);
    struct event_word *words = arena_array(a, total, sizeof *words);
    size_t *numbers = arena_array(a, total, sizeof *numbers);
    struct json_object *out = jx_own(a, json_object_new_array());
    size_t bases = add_words(a, v->base, words);
    size_t ours = add_words(a, v->ours, words + bases);
    size_t theirs = add_words(a, v->theirs, words + bases + ours);
    size_t distinct = event_words_number(a, words, total, numbers);
    int *b = count_copies(a, numbers, bases, distinct);
    int *o = count_copies(a, numbers + bases, ours, distinct);
    int *t = count_copies(a, numbers + bases + ours, theirs, distinct);

    for (size_t i = 0; i < distinct; i++)
        t[i] = merge_copies(b[i], o[i], t[i]);
    take(out, v->ours, numbers + bases, t);
    take(out, v->theirs, numbers + bases + ours, t);
    return out;
}
