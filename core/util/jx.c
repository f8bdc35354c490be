#include "core/util/jx.h"

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
