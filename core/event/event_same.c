/*
 * Equality and hash of contents. Both compare numbers by value: 5, 5.0 and 5.00 are equal, whatever file they came
 * from. So the hash is made of a canonical text of our own, in which a number has one spelling.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/event/event.h"
#include "core/util/digest.h"

/* Up to here a double holds every whole number exactly. */
static const double exact_limit = 9007199254740992.0;

static bool is_number(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

static bool is_whole(struct json_object *number, int64_t *out)
{
    double value;

    if (json_object_is_type(number, json_type_int)) {
        *out = json_object_get_int64(number);
        return true;
    }
    value = json_object_get_double(number);
    if (!(fabs(value) <= exact_limit) || value != (double)(int64_t)value)
        return false;
    *out = (int64_t)value;
    return true;
}

static bool same_number(struct json_object *left, struct json_object *right)
{
    int64_t a;
    int64_t b;
    bool left_whole = is_whole(left, &a);

    if (left_whole != is_whole(right, &b))
        return false;
    return left_whole ? a == b : json_object_get_double(left) == json_object_get_double(right);
}

static bool same_text(struct json_object *left, struct json_object *right)
{
    int n = json_object_get_string_len(left);

    return n == json_object_get_string_len(right) &&
           memcmp(json_object_get_string(left), json_object_get_string(right), (size_t)n) == 0;
}

static bool same_object(struct arena *a, struct json_object *left, struct json_object *right)
{
    if (json_object_object_length(left) != json_object_object_length(right))
        return false;
    json_object_object_foreach(left, key, value)
    {
        struct json_object *other;

        if (!json_object_object_get_ex(right, key, &other) || !event_same(a, value, other))
            return false;
    }
    return true;
}

static bool same_array(struct arena *a, struct json_object *left, struct json_object *right)
{
    size_t n = json_object_array_length(left);

    if (n != json_object_array_length(right))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!event_same(a, json_object_array_get_idx(left, i), json_object_array_get_idx(right, i)))
            return false;
    }
    return true;
}

bool event_same(struct arena *a, struct json_object *left, struct json_object *right)
{
    enum json_type type = json_object_get_type(left);

    if (left == right)
        return true;
    if (is_number(left) && is_number(right))
        return same_number(left, right);
    if (type != json_object_get_type(right))
        return false;
    switch (type) {
    case json_type_object: return same_object(a, left, right);
    case json_type_array: return same_array(a, left, right);
    case json_type_string: return same_text(left, right);
    case json_type_boolean: return json_object_get_boolean(left) == json_object_get_boolean(right);
    case json_type_null:
    case json_type_int:
    case json_type_double: break;
    }
    return true;
}

enum { NUMBER_BYTES = 24 };

/* A mark, a whole number and an end, as printf would write them; there are thousands in a large event. */
static void add_whole(struct str *out, char mark, int64_t number, char end)
{
    char text[NUMBER_BYTES];
    char *p = text + sizeof text;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    *--p = end;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--p = '-';
    *--p = mark;
    str_addn(out, p, (size_t)(text + sizeof text - p));
}

/* Texts by length and bytes, which needs no escaping. */
static void add_text(struct str *out, const char *p, size_t n)
{
    add_whole(out, 's', (int64_t)n, ':');
    str_addn(out, p, n);
}

struct member {
    const char *key;
    struct json_object *value;
};

static int by_key(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    return strcmp(a->key, b->key);
}

static void add_value(struct str *out, struct json_object *value);

static void add_object(struct str *out, struct json_object *object)
{
    size_t count = (size_t)json_object_object_length(object);
    struct member *members = arena_array(out->arena, count, sizeof *members);
    size_t n = 0;

    json_object_object_foreach(object, key, value)
    {
        members[n++] = (struct member){key, value};
    }
    if (n > 1)
        qsort(members, n, sizeof *members, by_key);
    add_whole(out, 'o', (int64_t)n, ':');
    for (size_t i = 0; i < n; i++) {
        add_text(out, members[i].key, strlen(members[i].key));
        add_value(out, members[i].value);
    }
}

static void add_array(struct str *out, struct json_object *array)
{
    size_t n = json_object_array_length(array);

    add_whole(out, 'a', (int64_t)n, ':');
    for (size_t i = 0; i < n; i++)
        add_value(out, json_object_array_get_idx(array, i));
}

static void add_number(struct str *out, struct json_object *number)
{
    int64_t whole;

    if (is_whole(number, &whole))
        add_whole(out, 'i', whole, ';');
    else
        str_addf(out, "d%a;", json_object_get_double(number));
}

static void add_value(struct str *out, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object: add_object(out, value); break;
    case json_type_array: add_array(out, value); break;
    case json_type_string:
        add_text(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    case json_type_boolean: str_add(out, json_object_get_boolean(value) ? "t" : "f"); break;
    case json_type_null: str_add(out, "n"); break;
    case json_type_int:
    case json_type_double: add_number(out, value); break;
    }
}

char *event_hash(struct arena *a, struct json_object *fields)
{
    char *hex = arena_alloc(a, DIGEST_HEX_SIZE);
    struct str text;

    str_init(&text, a, SIZE_MAX / 2);
    add_value(&text, fields);
    digest_sha256(text.p, text.n, hex);
    return hex;
}
