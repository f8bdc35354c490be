#include "core/util/jx.h"

#include <stdlib.h>
#include <string.h>

static void put(void *handle)
{
    json_object_put(handle);
}

struct json_object *jx_own(struct arena *a, struct json_object *root)
{
    if (root)
        arena_defer(a, put, root);
    return root;
}

void jx_set(struct json_object *object, const char *key, struct json_object *value)
{
    json_object_object_add(object, key, value);
}

void jx_set_text(struct json_object *object, const char *key, const char *text)
{
    jx_set(object, key, text ? json_object_new_string(text) : NULL);
}

void jx_set_int(struct json_object *object, const char *key, int64_t value)
{
    jx_set(object, key, json_object_new_int64(value));
}

void jx_set_bool(struct json_object *object, const char *key, bool value)
{
    jx_set(object, key, json_object_new_boolean(value));
}

void jx_push(struct json_object *array, struct json_object *value)
{
    json_object_array_add(array, value);
}

void jx_push_text(struct json_object *array, const char *text)
{
    jx_push(array, text ? json_object_new_string(text) : NULL);
}

struct json_object *jx_get(const struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

const char *jx_get_text(const struct json_object *object, const char *key)
{
    struct json_object *value = jx_get(object, key);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

int64_t jx_get_int(const struct json_object *object, const char *key, int64_t fallback)
{
    struct json_object *value = jx_get(object, key);

    return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : fallback;
}

bool jx_get_bool(const struct json_object *object, const char *key, bool fallback)
{
    struct json_object *value = jx_get(object, key);

    return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value) : fallback;
}

char *jx_text(struct arena *a, struct json_object *value)
{
    return arena_strdup(a, json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
}

char *jx_pretty(struct arena *a, struct json_object *value)
{
    int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;

    return arena_strdup(a, json_object_to_json_string_ext(value, flags));
}

static int by_bytes(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcmp(*a, *b);
}

static void add_canonical(struct str *out, struct json_object *value);

static void add_text(struct str *out, const char *text)
{
    struct json_object *quoted = json_object_new_string(text);

    str_add(out, json_object_to_json_string_ext(quoted, JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(quoted);
}

static void add_object(struct str *out, struct json_object *object)
{
    size_t count = (size_t)json_object_object_length(object);
    const char **keys = arena_array(out->arena, count, sizeof *keys);
    size_t n = 0;

    json_object_object_foreach(object, key, member)
    {
        (void)member;
        keys[n++] = key;
    }
    qsort(keys, n, sizeof *keys, by_bytes);
    str_addc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ',');
        add_text(out, keys[i]);
        str_addc(out, ':');
        add_canonical(out, jx_get(object, keys[i]));
    }
    str_addc(out, '}');
}

static void add_array(struct str *out, struct json_object *array)
{
    size_t n = json_object_array_length(array);

    str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_addc(out, ',');
        add_canonical(out, json_object_array_get_idx(array, i));
    }
    str_addc(out, ']');
}

static void add_canonical(struct str *out, struct json_object *value)
{
    if (json_object_is_type(value, json_type_object))
        add_object(out, value);
    else if (json_object_is_type(value, json_type_array))
        add_array(out, value);
    else
        str_add(out, json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
}

char *jx_canonical(struct arena *a, struct json_object *value)
{
    struct str out;

    str_init(&out, a, SIZE_MAX / 2);
    add_canonical(&out, value);
    return out.p;
}
