/* Small things that merging stands on: values that may be missing, numbers for texts, the order of keys. */
#include <stdlib.h>
#include <string.h>

#include "core/event/event_merge_internal.h"
#include "core/util/digest.h"

struct event_slot event_slot_of(struct json_object *object, const char *key)
{
    struct event_slot slot = {0};

    if (json_object_is_type(object, json_type_object))
        slot.there = json_object_object_get_ex(object, key, &slot.value);
    return slot;
}

bool event_slot_is(struct event_slot slot, enum json_type type)
{
    return slot.there && json_object_is_type(slot.value, type);
}

bool event_slot_same(struct arena *a, struct event_slot left, struct event_slot right)
{
    return left.there == right.there && (!left.there || event_same(a, left.value, right.value));
}

void event_slot_set(struct json_object *object, const char *key, struct event_slot slot)
{
    if (slot.there)
        jx_set(object, key, json_object_get(slot.value));
}

size_t event_slot_count(struct event_slot list)
{
    return list.there ? json_object_array_length(list.value) : 0;
}

struct event_three event_three_of(const struct event_sides *sides, const char *key)
{
    return (struct event_three){
        .has_base = sides->base != NULL,
        .base = event_slot_of(sides->base, key),
        .ours = event_slot_of(sides->ours, key),
        .theirs = event_slot_of(sides->theirs, key),
    };
}

void event_merge_add_sides(struct json_object *row, const struct event_three *v)
{
    event_slot_set(row, "base", v->base);
    event_slot_set(row, "ours", v->ours);
    event_slot_set(row, "theirs", v->theirs);
}

bool event_slot_is_list(struct event_slot slot)
{
    return event_slot_is(slot, json_type_array) && json_object_array_length(slot.value) <= EVENT_LIST_ITEMS;
}

bool event_merge_are_lists(const struct event_three *v)
{
    return v->has_base && (!v->base.there || event_slot_is_list(v->base)) && event_slot_is_list(v->ours) &&
           event_slot_is_list(v->theirs);
}

struct event_word event_item_word(struct arena *a, struct json_object *item)
{
    size_t n;
    char *word;

    if (!json_object_is_type(item, json_type_string))
        return (struct event_word){event_hash(a, item), DIGEST_HEX_SIZE - 1};
    /* Texts are most of what there is, and no hash begins with 's'. */
    n = (size_t)json_object_get_string_len(item);
    word = arena_alloc(a, n + 1);
    *word = 's';
    memcpy(word + 1, json_object_get_string(item), n);
    return (struct event_word){word, n + 1};
}

static int compare_words(const struct event_word *a, const struct event_word *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->n ? memcmp(a->p, b->p, a->n) : 0;
}

/* Sorting moves addresses, which lead back to the places. */
static int by_word(const void *left, const void *right)
{
    return compare_words(*(const struct event_word *const *)left, *(const struct event_word *const *)right);
}

size_t event_words_number(struct arena *a, const struct event_word *words, size_t n, size_t *numbers)
{
    const struct event_word **sorted = arena_array(a, n, sizeof(struct event_word *));
    size_t used = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        numbers[i] = SIZE_MAX;
        if (words[i].p)
            sorted[used++] = &words[i];
    }
    if (used > 1)
        qsort(sorted, used, sizeof(struct event_word *), by_word);
    for (size_t i = 0; i < used; i++) {
        count += i == 0 || compare_words(sorted[i - 1], sorted[i]) != 0;
        numbers[sorted[i] - words] = count - 1;
    }
    return count;
}

/* Keys as a chain: the number of a key leads to the one behind it; the number `keys` is the start, and the end. */
struct chain {
    const char **names; /* by number; NULL: not in the chain */
    size_t *next;
    size_t start;
};

static void put_behind(struct chain *c, size_t before, size_t number, const char *name)
{
    c->names[number] = name;
    c->next[number] = c->next[before];
    c->next[before] = number;
}

static size_t collect_keys(struct json_object *object, struct event_word *words)
{
    size_t n = 0;

    if (!object)
        return 0;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        words[n++] = (struct event_word){key, strlen(key)};
    }
    return n;
}

static size_t count_keys(struct json_object *object)
{
    return object ? (size_t)json_object_object_length(object) : 0;
}

const char **event_keys_of_both(struct arena *a, struct json_object *first, struct json_object *second,
                                size_t *n)
{
    size_t total = count_keys(first) + count_keys(second);
    struct event_word *words = arena_array(a, total, sizeof *words);
    size_t *numbers = arena_array(a, total, sizeof *numbers);
    size_t firsts = collect_keys(first, words);
    struct chain c = {.start = total};
    const char **keys = arena_array(a, total, sizeof *keys);
    size_t last = c.start;

    collect_keys(second, words + firsts);
    event_words_number(a, words, total, numbers);
    c.names = arena_array(a, total + 1, sizeof *c.names);
    c.next = arena_array(a, total + 1, sizeof *c.next);
    c.next[c.start] = c.start;
    for (size_t i = 0; i < total; i++) {
        if (i == firsts)
            last = c.start;
        if (!c.names[numbers[i]])
            put_behind(&c, last, numbers[i], words[i].p);
        last = numbers[i];
    }
    *n = 0;
    for (size_t at = c.next[c.start]; at != c.start; at = c.next[at])
        keys[(*n)++] = c.names[at];
    return keys;
}
