/* Fields as one line or paragraph of text, for lists, searches and messages. */
#include <string.h>

#include "core/event/event.h"

/* What a map is called: sources and actors have one of these. */
static const char *name_of(struct json_object *map)
{
    static const char *const keys[] = {"title", "name", "url"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = jx_get_text(map, keys[i]);

        if (text)
            return text;
    }
    return NULL;
}

static const char *item_text(struct arena *a, struct json_object *item)
{
    const char *name = NULL;

    if (json_object_is_type(item, json_type_string))
        return json_object_get_string(item);
    if (json_object_is_type(item, json_type_object))
        name = name_of(item);
    return name ? name : jx_text(a, item);
}

const char *event_text(struct arena *a, struct json_object *fields, const char *key)
{
    struct json_object *value = jx_get(fields, key);
    struct str text;
    size_t n;

    if (!value)
        return "";
    if (!json_object_is_type(value, json_type_array))
        return item_text(a, value);
    str_init(&text, a, SIZE_MAX / 2);
    n = json_object_array_length(value);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);

        if (!item)
            continue;
        if (text.n)
            str_add(&text, ", ");
        str_add(&text, item_text(a, item));
    }
    return text.p;
}

int event_source_count(struct json_object *fields)
{
    struct json_object *sources = jx_get(fields, "sources");
    int count = 0;

    if (json_object_is_type(sources, json_type_string))
        return json_object_get_string_len(sources) > 0;
    if (!json_object_is_type(sources, json_type_array))
        return json_object_is_type(sources, json_type_object);
    for (size_t i = 0; i < json_object_array_length(sources); i++)
        count += json_object_array_get_idx(sources, i) != NULL;
    return count;
}
