/*
 * Sources on the form: a row of four inputs each. A source keeps every key that has no input; one that is a bare text is
 * shown as an address, and `publisher` is the outlet of a source that has no `outlet`.
 */
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/event_form.h"

static const char *const parts[] = {"title", "url", "outlet", "date"};

enum { PARTS = sizeof parts / sizeof *parts, REST_BYTES = 160 };

const char *event_form_source_name(struct arena *a, size_t row, const char *part)
{
    return arena_printf(a, "source_%zu_%s", row, part);
}

static bool has_key(const struct json_object *source, const char *key)
{
    return json_object_is_type(source, json_type_object) && json_object_object_get_ex(source, key, NULL);
}

/* The outlet stands under either of two names; a source that has one is not given the other beside it. */
static const char *key_of(const struct json_object *source, const char *part)
{
    bool publisher = str_eq(part, "outlet") && !has_key(source, "outlet") && jx_get_text(source, "publisher");

    return publisher ? "publisher" : part;
}

/* What an input of a row shows; NULL when it cannot. source NULL: a new row. */
static const char *part_text(struct arena *a, struct json_object *source, const char *part)
{
    if (json_object_is_type(source, json_type_string))
        return str_eq(part, "url") ? event_form_line(a, source) : "";
    return event_form_line(a, jx_get(source, key_of(source, part)));
}

static bool has_inputs(struct arena *a, struct json_object *source)
{
    if (!json_object_is_type(source, json_type_string) && !json_object_is_type(source, json_type_object))
        return false;
    for (size_t i = 0; i < PARTS; i++)
        if (!part_text(a, source, parts[i]))
            return false;
    return true;
}

/* ---- showing */

/* Where the event that the form is of has this source, looked for from its own place on; -1: nowhere. */
static int place_of(struct arena *a, struct json_object *source, struct json_object *base, size_t at)
{
    size_t n = json_object_is_type(base, json_type_array) ? json_object_array_length(base) : 0;
    const char *text = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t k = (at + i) % n;
        struct json_object *other = json_object_array_get_idx(base, k);

        if (other == source)
            return (int)k;
        if (!text)
            text = jx_text(a, source);
        if (str_eq(text, jx_text(a, other)))
            return (int)k;
    }
    return -1;
}

static const char *was_text(struct arena *a, struct json_object *source, struct json_object *base, size_t at)
{
    int place = place_of(a, source, base, at);
    struct json_object *list;

    if (place >= 0)
        return arena_printf(a, "%d", place);
    list = jx_own(a, json_object_new_array());
    jx_push(list, json_object_get(source));
    return jx_text(a, list);
}

static struct json_object *row_of(struct arena *a, struct json_object *source)
{
    struct json_object *row = json_object_new_object();

    for (size_t i = 0; i < PARTS && has_inputs(a, source); i++)
        jx_set_text(row, parts[i], part_text(a, source, parts[i]));
    return row;
}

struct json_object *event_form_source_rows(struct arena *a, struct json_object *sources,
                                           struct json_object *base)
{
    struct json_object *rows = jx_own(a, json_object_new_array());
    struct json_object *old = jx_get(base, "sources");

    if (!sources)
        return rows;
    if (!json_object_is_type(sources, json_type_array) ||
        json_object_array_length(sources) > EVENT_FORM_SOURCES)
        return NULL;
    for (size_t i = 0; i < json_object_array_length(sources); i++) {
        struct json_object *source = json_object_array_get_idx(sources, i);
        struct json_object *row = row_of(a, source);

        jx_set_text(row, "was", was_text(a, source, old, i));
        jx_push(rows, row);
    }
    return rows;
}

/* ---- what was typed */

/* What a row began as. False: it is a new one, or says something that no page of ours made. */
static bool began_as(struct arena *a, struct json_object *row, struct json_object *base,
                     struct json_object **out)
{
    const char *was = jx_get_text(row, "was");
    size_t n = json_object_is_type(base, json_type_array) ? json_object_array_length(base) : 0;
    struct json_object *value = NULL;
    struct err ignored = {0};

    *out = NULL;
    if (!was || jx_parse(a, was, strlen(was), &value, &ignored) != ERR_OK)
        return false;
    if (json_object_is_type(value, json_type_int)) {
        int64_t place = json_object_get_int64(value);

        if (place < 0 || (size_t)place >= n)
            return false;
        *out = json_object_array_get_idx(base, (size_t)place);
        return true;
    }
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) != 1)
        return false;
    *out = json_object_array_get_idx(value, 0);
    return true;
}

const char *event_form_source_odd(struct arena *a, struct json_object *base, struct json_object *row)
{
    struct json_object *source = NULL;

    for (size_t i = 0; i < PARTS; i++)
        if (jx_get_text(row, parts[i]))
            return NULL;
    return began_as(a, row, jx_get(base, "sources"), &source) ? jx_text(a, source) : NULL;
}

const char *event_form_source_rest(struct arena *a, struct json_object *base, struct json_object *row)
{
    struct json_object *source = NULL;
    struct str s;

    str_init(&s, a, REST_BYTES * 4);
    if (!began_as(a, row, jx_get(base, "sources"), &source) || !json_object_is_type(source, json_type_object))
        return NULL;
    json_object_object_foreach(source, key, value)
    {
        const char *text =
            json_object_is_type(value, json_type_string) ? json_object_get_string(value) : jx_text(a, value);
        bool input = false;

        for (size_t i = 0; i < PARTS; i++)
            input = input || str_eq(key_of(source, parts[i]), key);
        if (input)
            continue;
        str_addf(&s, "%s%.*s: %.*s", s.n ? ", " : "", (int)utf8_cut(key, strlen(key), REST_BYTES), key,
                 (int)utf8_cut(text, strlen(text), REST_BYTES), text);
        if (s.n > REST_BYTES)
            return arena_printf(a, "%.*s…", (int)utf8_cut(s.p, s.n, REST_BYTES), s.p);
    }
    return s.n ? s.p : NULL;
}

static bool is_untouched(struct arena *a, struct json_object *row, struct json_object *source)
{
    for (size_t i = 0; i < PARTS; i++) {
        const char *typed = jx_get_text(row, parts[i]);

        if (typed && !str_eq(typed, part_text(a, source, parts[i])))
            return false;
    }
    return true;
}

static bool is_empty(struct json_object *row)
{
    for (size_t i = 0; i < PARTS; i++) {
        const char *typed = jx_get_text(row, parts[i]);

        if (typed && !event_form_is_blank(typed))
            return false;
    }
    return true;
}

static struct json_object *as_map(struct arena *a, struct json_object *source)
{
    struct json_object *map = jx_own(a, json_object_new_object());

    if (json_object_is_type(source, json_type_string))
        jx_set(map, "url", json_object_get(source));
    if (!json_object_is_type(source, json_type_object))
        return map;
    json_object_object_foreach(source, key, value)
    {
        jx_set(map, key, json_object_get(value));
    }
    return map;
}

/* like: a source whose names of keys a new one takes; NULL: none. */
static struct json_object *changed(struct arena *a, struct json_object *row, struct json_object *source,
                                   const struct json_object *like)
{
    struct json_object *map = as_map(a, source);
    bool bare = json_object_is_type(source, json_type_string);

    for (size_t i = 0; i < PARTS; i++) {
        const char *typed = jx_get_text(row, parts[i]);
        const char *key = key_of(source ? source : like, parts[i]);
        struct json_object *value;

        if (!typed || str_eq(typed, part_text(a, source, parts[i])))
            continue;
        value = event_form_value(a, typed, jx_get(map, key));
        if (value)
            jx_set(map, key, json_object_get(value));
        else
            json_object_object_del(map, key);
    }
    if (bare && json_object_object_length(map) == 1 && jx_get(map, "url"))
        return jx_get(map, "url");
    return map;
}

struct json_object *event_form_sources(struct arena *a, struct json_object *base, struct json_object *rows)
{
    struct json_object *list = jx_own(a, json_object_new_array());
    struct json_object *first = json_object_is_type(base, json_type_array) && json_object_array_length(base)
                                    ? json_object_array_get_idx(base, 0)
                                    : NULL;
    size_t n = json_object_is_type(rows, json_type_array) ? json_object_array_length(rows) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *source = NULL;
        bool old = began_as(a, row, base, &source);

        if (jx_get_bool(row, "remove", false))
            continue;
        if (old && is_untouched(a, row, source))
            jx_push(list, json_object_get(source));
        else if (!is_empty(row))
            jx_push(list, json_object_get(changed(a, row, source, first)));
    }
    return json_object_array_length(list) ? list : NULL;
}
