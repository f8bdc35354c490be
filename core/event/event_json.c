#include "core/event/event_json.h"

#include <string.h>

int event_line_of(const char *p, size_t at)
{
    const char *end = p + at;
    int line = 1;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        line++;
        p++;
    }
    return line;
}

enum err_code event_json_read(struct arena *a, const char *p, size_t n, struct json_object **out,
                              struct err *e)
{
    size_t start = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct err parse_error = {0};

    /* A parse error of a file is an invalid event, whatever the code for JSON in general. */
    if (jx_parse(a, p + start, n - start, out, &parse_error) != ERR_OK)
        return err_set_line(e, ERR_INVALID_EVENT, parse_error.line, "%s", parse_error.message);
    if (!json_object_is_type(*out, json_type_object))
        return err_set_line(e, ERR_INVALID_EVENT, 1,
                            "Line 1: the JSON is not an object; write { \"id\": …, \"date\": …, "
                            "\"title\": … }.");
    return ERR_OK;
}

/* The byte behind the string that begins at p[at]. */
static size_t skip_string(const char *p, size_t n, size_t at)
{
    for (at++; at < n && p[at] != '"'; at++)
        at += p[at] == '\\';
    return at < n ? at + 1 : n;
}

/* The string p[at..end) is this key, and a colon follows, so it is no value. */
static bool is_key(const char *p, size_t n, struct event_span string, const char *key)
{
    size_t at = string.to;

    if (string.to - string.from != strlen(key) + 2 || memcmp(p + string.from + 1, key, strlen(key)) != 0)
        return false;
    while (at < n && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r' || p[at] == '\n'))
        at++;
    return at < n && p[at] == ':';
}

int event_json_line(const char *p, size_t n, const char *key)
{
    int depth = 0;

    for (size_t at = 0; at < n;) {
        struct event_span string = {at, at + 1};

        depth += (p[at] == '{' || p[at] == '[') - (p[at] == '}' || p[at] == ']');
        if (p[at] == '"') {
            string.to = skip_string(p, n, at);
            if (depth == 1 && is_key(p, n, string, key))
                return event_line_of(p, at);
        }
        at = string.to;
    }
    return 1;
}
