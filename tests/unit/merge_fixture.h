/*
 * Generated events and edits for the properties of the merge. Small stocks of texts, so that both sides often do the
 * same, and hostile enough for YAML.
 */
#ifndef TIDELINE_TESTS_MERGE_FIXTURE_H
#define TIDELINE_TESTS_MERGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event_merge.h"

/* The case at hand. */
struct world {
    struct arena *a;
    uint64_t random;
    uint64_t seed;
    int number;
    int fresh; /* for texts that nobody else has */
    struct json_object *base, *ours, *theirs;
};

/* splitmix64 (Steele, Lea, Flood, 2014). */
static uint64_t draw(struct world *w)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int below(struct world *w, int n)
{
    return (int)(draw(w) % (uint64_t)n);
}

#define PICK(w, list) (list)[below(w, (int)(sizeof(list) / sizeof *(list)))]

static void lost(const struct world *w, const char *what, struct json_object *seen)
{
    fail_msg("%s\nTIDELINE_SEED=%llu, case %d\nbase   %s\nours   %s\ntheirs %s\nseen   %s", what,
             (unsigned long long)w->seed, w->number, jx_text(w->a, w->base), jx_text(w->a, w->ours),
             jx_text(w->a, w->theirs), jx_text(w->a, seen));
}

#define HOLDS(w, condition, what, seen)                                                                      \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            lost(w, what, seen);                                                                             \
    } while (0)

static const char *const labels[] = {"a",   "A", "b",   "c", "d: e",      "#f",
                                     "yes", "1", "é 😀", "",  "two words", "- g"};
static const char *const lines[] = {"",    "# Heading",  "The same line.", "- item",
                                    "---", "  indented", "Another: line"};
static const char *const urls[] = {"https://example.org/1", "https://example.org/2", "https://example.org/3",
                                   "", "not a URL"};
static const char *const titles[] = {"Report", "Hearing", "Memo"};
static const char *const source_keys[] = {"title", "outlet", "date", "tier", "notes"};
static const char *const scalar_keys[] = {"title", "date", "importance", "status", "x1", "x2", "location"};
static const char *const list_keys[] = {"tags", "actors", "capture_lanes", "x_list"};
static const char *const text_keys[] = {"summary", "body", "notes"};

static struct json_object *make_label(struct world *w)
{
    switch (below(w, 12)) {
    case 0: return json_object_new_int64(below(w, 3));
    case 1: return json_object_new_double(below(w, 3));
    case 2: return NULL;
    default: return json_object_new_string(PICK(w, labels));
    }
}

static struct json_object *make_line(struct world *w)
{
    if (below(w, 2))
        return json_object_new_string(PICK(w, lines));
    return json_object_new_string(arena_printf(w->a, "Line %d.", w->fresh++));
}

static struct json_object *make_scalar(struct world *w)
{
    switch (below(w, 6)) {
    case 0: return json_object_new_boolean(below(w, 2));
    case 1: return json_object_new_string("two\nlines");
    case 2: {
        struct json_object *map = json_object_new_object();

        jx_set(map, "k", make_label(w));
        return map;
    }
    default: return make_label(w);
    }
}

static struct json_object *make_source(struct world *w)
{
    struct json_object *source;

    if (below(w, 8) == 0)
        return json_object_new_string(PICK(w, urls));
    source = json_object_new_object();
    jx_set_text(source, "title", PICK(w, titles));
    if (below(w, 5))
        jx_set_text(source, "url", PICK(w, urls));
    for (int i = below(w, 3); i > 0; i--)
        jx_set(source, source_keys[1 + below(w, 4)], make_label(w));
    return source;
}

static struct json_object *join(struct world *w, struct json_object *list)
{
    struct str text;

    str_init(&text, w->a, 1024 * 1024);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        str_addf(&text, "%s%s", i ? "\n" : "", json_object_get_string(json_object_array_get_idx(list, i)));
    return json_object_new_string(text.p);
}

static struct json_object *split(struct world *w, struct json_object *text)
{
    struct json_object *list = jx_own(w->a, json_object_new_array());
    const char *p = json_object_is_type(text, json_type_string) ? json_object_get_string(text) : "";

    for (const char *feed; (feed = strchr(p, '\n')); p = feed + 1)
        jx_push(list, json_object_new_string_len(p, (int)(feed - p)));
    jx_push_text(list, p);
    return list;
}

static struct json_object *make_list(struct world *w, int n, struct json_object *(*make)(struct world *w))
{
    struct json_object *list = json_object_new_array();

    for (int i = below(w, n + 1); i > 0; i--)
        jx_push(list, make(w));
    return list;
}

static struct json_object *make_event(struct world *w)
{
    struct json_object *event = jx_own(w->a, json_object_new_object());

    jx_set_text(event, "id", "2025-11-06--an-event");
    jx_set_text(event, "date", "2025-11-06");
    jx_set_text(event, "title", "A title");
    jx_set_int(event, "importance", below(w, 10));
    for (size_t i = 0; i < sizeof list_keys / sizeof *list_keys; i++) {
        if (below(w, 4))
            jx_set(event, list_keys[i], make_list(w, 5, make_label));
    }
    if (below(w, 8))
        jx_set(event, "sources", make_list(w, 5, make_source));
    for (int i = below(w, 4); i > 0; i--)
        jx_set(event, PICK(w, text_keys), join(w, jx_own(w->a, make_list(w, 12, make_line))));
    return event;
}

/* Editing them. */

/* Add, remove, replace or move one item. */
static void edit_list(struct world *w, struct json_object *list, struct json_object *(*make)(struct world *w))
{
    size_t n = json_object_array_length(list);
    size_t at = n ? (size_t)below(w, (int)n) : 0;
    struct json_object *moved;

    switch (n ? below(w, 4) : 0) {
    case 0: jx_push(list, make(w)); break;
    case 1: json_object_array_del_idx(list, at, 1); break;
    case 2: json_object_array_put_idx(list, at, make(w)); break;
    default:
        moved = json_object_get(json_object_array_get_idx(list, at));
        json_object_array_del_idx(list, at, 1);
        jx_push(list, moved);
    }
}

static void edit_source(struct world *w, struct json_object *list)
{
    size_t n = json_object_array_length(list);
    struct json_object *source = n ? json_object_array_get_idx(list, (size_t)below(w, (int)n)) : NULL;

    if (!json_object_is_type(source, json_type_object))
        edit_list(w, list, make_source);
    else if (below(w, 4))
        jx_set(source, PICK(w, source_keys), make_label(w));
    else if (below(w, 2))
        json_object_object_del(source, PICK(w, source_keys));
    else
        jx_set_text(source, "url", PICK(w, urls));
}

static void edit_scalar(struct world *w, struct json_object *event)
{
    const char *key = PICK(w, scalar_keys);

    if (str_eq(key, "title"))
        jx_set_text(event, key, below(w, 2) ? "A better title" : "The best title");
    else if (str_eq(key, "date"))
        jx_set_text(event, key, below(w, 2) ? "2025-11-07" : "2025-11-08");
    else if (below(w, 5))
        jx_set(event, key, make_scalar(w));
    else
        json_object_object_del(event, key);
}

static void edit_any_list(struct world *w, struct json_object *event)
{
    const char *key = PICK(w, list_keys);
    struct json_object *list = jx_get(event, key);

    if (!json_object_is_type(list, json_type_array) || below(w, 12) == 0)
        jx_set(event, key, below(w, 8) ? make_list(w, 3, make_label) : make_scalar(w));
    else if (below(w, 20) == 0)
        json_object_object_del(event, key);
    else
        edit_list(w, list, make_label);
}

static void edit_sources(struct world *w, struct json_object *event)
{
    struct json_object *list = jx_get(event, "sources");

    if (!json_object_is_type(list, json_type_array))
        jx_set(event, "sources", make_list(w, 3, make_source));
    else if (below(w, 30) == 0)
        json_object_object_del(event, "sources");
    else if (below(w, 2))
        edit_source(w, list);
    else
        edit_list(w, list, make_source);
}

static void edit_text(struct world *w, struct json_object *event)
{
    const char *key = PICK(w, text_keys);
    struct json_object *list = split(w, jx_get(event, key));

    edit_list(w, list, make_line);
    jx_set(event, key, join(w, list));
}

/* A key goes to the end, a number gets another spelling: no changes. */
static void edit_nothing(struct world *w, struct json_object *event)
{
    struct json_object *value = json_object_get(jx_get(event, "importance"));

    json_object_object_del(event, "importance");
    if (json_object_is_type(value, json_type_int) && below(w, 2)) {
        jx_set(event, "importance", json_object_new_double((double)json_object_get_int64(value)));
        json_object_put(value);
    } else if (value) {
        jx_set(event, "importance", value);
    }
}

static struct json_object *edited(struct world *w)
{
    struct json_object *event = NULL;

    if (json_object_deep_copy(w->base, &event, NULL) != 0)
        fail_msg("json_object_deep_copy");
    jx_own(w->a, event);
    for (int i = below(w, 9); i > 0; i--) {
        switch (below(w, 8)) {
        case 0:
        case 1: edit_scalar(w, event); break;
        case 2:
        case 3: edit_any_list(w, event); break;
        case 4: edit_nothing(w, event); break;
        case 5: edit_text(w, event); break;
        default: edit_sources(w, event);
        }
    }
    return event;
}

#endif
