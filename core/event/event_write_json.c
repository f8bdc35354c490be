/*
 * Writes JSON in a given layout: line break, indentation per level, UTF-8 or ASCII. Numbers are written as they were read.
 */
#include <string.h>

#include "core/event/event_write.h"
#include "core/util/utf8.h"

static void put_escape(struct event_json *j, uint32_t c)
{
    static const char named[] = "\bb\tt\nn\ff\rr\"\"\\\\";

    for (const char *p = named; *p; p += 2)
        if (c == (unsigned char)*p) {
            str_addf(j->out, "\\%c", p[1]);
            return;
        }
    if (c >= 0x10000)
        str_addf(j->out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF));
    else
        str_addf(j->out, "\\u%04x", c);
}

void event_write_json_text(struct event_json *j, const char *text, size_t n)
{
    str_addc(j->out, '"');
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(text + i, n - i, &point);

        if (point < 0x20 || point == '"' || point == '\\' || (j->ascii && point > 0x7E))
            put_escape(j, point);
        else
            str_addn(j->out, text + i, length);
        i += length ? length : 1;
    }
    str_addc(j->out, '"');
}

static void start_line(struct event_json *j, const char *prefix, bool first)
{
    if (!first)
        str_addc(j->out, ',');
    if (j->newline) {
        str_add(j->out, j->newline);
        str_add(j->out, prefix);
    } else if (!first) {
        str_addc(j->out, ' ');
    }
}

static void end_line(struct event_json *j, const char *prefix)
{
    if (!j->newline)
        return;
    str_add(j->out, j->newline);
    str_add(j->out, prefix);
}

static void put_object(struct event_json *j, struct json_object *object, const char *prefix)
{
    const char *inner = arena_printf(j->out->arena, "%s%s", prefix, j->unit);
    bool first = true;

    str_addc(j->out, '{');
    json_object_object_foreach(object, key, value)
    {
        start_line(j, inner, first);
        event_write_json_text(j, key, strlen(key));
        str_add(j->out, ": ");
        event_write_json(j, value, inner);
        first = false;
    }
    end_line(j, prefix);
    str_addc(j->out, '}');
}

static void put_array(struct event_json *j, struct json_object *array, const char *prefix)
{
    const char *inner = arena_printf(j->out->arena, "%s%s", prefix, j->unit);
    size_t n = json_object_array_length(array);

    str_addc(j->out, '[');
    for (size_t i = 0; i < n; i++) {
        start_line(j, inner, i == 0);
        event_write_json(j, json_object_array_get_idx(array, i), inner);
    }
    end_line(j, prefix);
    str_addc(j->out, ']');
}

void event_write_json(struct event_json *j, struct json_object *value, const char *prefix)
{
    if (json_object_is_type(value, json_type_object) && json_object_object_length(value) > 0)
        put_object(j, value, prefix);
    else if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0)
        put_array(j, value, prefix);
    else if (json_object_is_type(value, json_type_string))
        event_write_json_text(j, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else
        str_add(j->out, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
}
