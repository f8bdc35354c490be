/*
 * Writes maps and lists as YAML blocks: two columns per level, list items at the indentation of their key (or
 * list_offset deeper), empty ones as [] and {}.
 */
#include <string.h>

#include "core/event/event_write.h"
#include "core/util/utf8.h"

enum { STEP = 2, SIMPLE_KEY = 123 };

static bool is_block(struct json_object *value)
{
    if (json_object_is_type(value, json_type_array))
        return json_object_array_length(value) > 0;
    return json_object_is_type(value, json_type_object) && json_object_object_length(value) > 0;
}

/* JSON's 1e3 is text in YAML 1.1, whose floats need a dot and a sign in the exponent. */
static void put_number(struct event_yaml *y, const char *text)
{
    size_t mantissa = strcspn(text, "eE");

    event_write_put(y, text, mantissa);
    if (!text[mantissa])
        return;
    if (!memchr(text, '.', mantissa))
        event_write_put(y, ".0", 2);
    event_write_put(y, "e", 1);
    text += mantissa + 1;
    if (*text != '+' && *text != '-')
        event_write_put(y, "+", 1);
    event_write_put(y, text, strlen(text));
}

static void put_scalar(struct event_yaml *y, struct json_object *value, size_t indent, char style)
{
    const char *text;

    if (json_object_is_type(value, json_type_string)) {
        event_write_text(y, json_object_get_string(value), indent, style, true);
        return;
    }
    text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    if (json_object_is_type(value, json_type_double))
        put_number(y, text);
    else
        event_write_put(y, text, strlen(text));
}

static void pad(struct event_yaml *y, size_t indent)
{
    while (y->column < indent)
        event_write_put(y, " ", 1);
}

/* The first entry stands on the line of the dash or starts a line of its own. */
static void start_entry(struct event_yaml *y, size_t indent, bool same_line)
{
    if (same_line)
        pad(y, indent);
    else
        event_write_line(y, indent);
}

static void put_map(struct event_yaml *y, struct json_object *map, size_t indent, bool same_line)
{
    json_object_object_foreach(map, key, value)
    {
        start_entry(y, indent, same_line);
        event_write_member(y, key, value, indent, 0);
        same_line = false;
    }
}

static void put_list(struct event_yaml *y, struct json_object *list, size_t indent, bool same_line)
{
    size_t n = json_object_array_length(list);

    for (size_t i = 0; i < n; i++) {
        start_entry(y, indent, same_line && i == 0);
        event_write_put(y, "-", 1);
        event_write_value(y, json_object_array_get_idx(list, i), indent, true, 0);
    }
}

void event_write_value(struct event_yaml *y, struct json_object *value, size_t indent, bool after_dash,
                       char style)
{
    bool list = json_object_is_type(value, json_type_array);

    if (is_block(value) && list) {
        put_list(y, value, after_dash ? indent + STEP : indent + y->list_offset, after_dash);
    } else if (is_block(value)) {
        put_map(y, value, indent + STEP, after_dash);
    } else {
        event_write_put(y, " ", 1);
        if (list)
            event_write_put(y, "[]", 2);
        else if (json_object_is_type(value, json_type_object))
            event_write_put(y, "{}", 2);
        else
            put_scalar(y, value, indent + STEP, style);
    }
}

/* A key that is empty, long or of several lines is written with "? ", as PyYAML does: libyaml reads no simple key of
 * more than 1024 characters. (PyYAML counts the tag !!str of 5 characters to its 128.) */
void event_write_member(struct event_yaml *y, const char *key, struct json_object *value, size_t indent,
                        char style)
{
    size_t n = strlen(key);
    bool simple = n > 0 && !strchr(key, '\n') && utf8_length(key, n) < SIMPLE_KEY;

    if (!simple)
        event_write_put(y, "? ", 2);
    event_write_text(y, key, indent + STEP, 0, !simple);
    if (!simple)
        event_write_line(y, indent);
    event_write_put(y, ":", 1);
    event_write_value(y, value, indent, !simple, style);
}

void event_write_flow_item(struct event_yaml *y, struct json_object *item, char style)
{
    const char *text = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;

    if (!text) {
        put_scalar(y, item, 0, 0);
        return;
    }
    if (!style && !event_write_shape(text, strlen(text)).flow)
        style = '\'';
    event_write_text(y, text, 0, style, false);
}

void event_write_flow(struct event_yaml *y, struct json_object *list)
{
    size_t n = json_object_array_length(list);

    event_write_put(y, "[", 1);
    for (size_t i = 0; i < n; i++) {
        if (i)
            event_write_put(y, ", ", 2);
        event_write_flow_item(y, json_object_array_get_idx(list, i), 0);
    }
    event_write_put(y, "]", 1);
}
