/*
 * A strict reader of RFC 8259. json-c's own tokener, even with JSON_TOKENER_STRICT, accepts duplicate keys and NaN and
 * clamps big integers (DESIGN.md), and gives no line; so the grammar is read here and only the values are json-c's.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/jx.h"
#include "core/util/utf8.h"

struct reader {
    struct arena *arena;
    const char *p;
    const char *start;
    const char *end;
    int depth;
    struct err *e;
};

static enum err_code read_value(struct reader *r, struct json_object **out);

static int line_of(const struct reader *r)
{
    int line = 1;

    for (const char *p = r->start; p < r->p && p < r->end; p++)
        line += *p == '\n';
    return line;
}

static enum err_code bad(struct reader *r, const char *what)
{
    int line = line_of(r);

    return err_set_line(r->e, ERR_INVALID_INPUT, line, "The JSON is not valid at line %d: %s.", line, what);
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static bool hex4(struct reader *r, uint32_t *out)
{
    uint32_t value = 0;

    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->p++;
        uint32_t digit;

        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static enum err_code read_unicode(struct reader *r, struct str *text)
{
    uint32_t point;
    uint32_t low;
    char utf8[4];

    if (!hex4(r, &point))
        return bad(r, "\\u needs four hexadecimal digits");
    if (point >= 0xD800 && point <= 0xDBFF) {
        if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
            return bad(r, "half of a surrogate pair");
        r->p += 2;
        if (!hex4(r, &low) || low < 0xDC00 || low > 0xDFFF)
            return bad(r, "half of a surrogate pair");
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    } else if (point >= 0xDC00 && point <= 0xDFFF) {
        return bad(r, "half of a surrogate pair");
    } else if (point == 0) {
        return bad(r, "the character \\u0000 is not accepted");
    }
    str_addn(text, utf8, utf8_encode(point, utf8));
    return ERR_OK;
}

static enum err_code read_escape(struct reader *r, struct str *text)
{
    char c = r->p < r->end ? *r->p++ : '\0';

    switch (c) {
    case '"':
    case '\\':
    case '/': str_addc(text, c); return ERR_OK;
    case 'b': str_addc(text, '\b'); return ERR_OK;
    case 'f': str_addc(text, '\f'); return ERR_OK;
    case 'n': str_addc(text, '\n'); return ERR_OK;
    case 'r': str_addc(text, '\r'); return ERR_OK;
    case 't': str_addc(text, '\t'); return ERR_OK;
    case 'u': return read_unicode(r, text);
    default: return bad(r, "an unknown escape in a string");
    }
}

static enum err_code read_string(struct reader *r, struct str *text)
{
    str_init(text, r->arena, (size_t)(r->end - r->start) + 1);
    for (r->p++; r->p < r->end;) {
        const char *run = r->p;

        while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20)
            r->p++;
        str_addn(text, run, (size_t)(r->p - run));
        if (r->p == r->end)
            break;
        if (*r->p == '"') {
            r->p++;
            return ERR_OK;
        }
        if (*r->p != '\\')
            return bad(r, "a control character in a string (write \\n for a new line)");
        r->p++;
        TRY(read_escape(r, text));
    }
    return bad(r, "a string without its closing quote");
}

static size_t digits(struct reader *r)
{
    const char *from = r->p;

    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return (size_t)(r->p - from);
}

/* number = [ minus ] int [ frac ] [ exp ], int without leading zeros; *integer tells that frac and exp are absent. */
static bool scan_number(struct reader *r, bool *integer)
{
    const char *from;

    *integer = true;
    if (*r->p == '-')
        r->p++;
    from = r->p;
    if (!digits(r) || (*from == '0' && r->p - from > 1))
        return false;
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        *integer = false;
        if (!digits(r))
            return false;
    }
    if (r->p < r->end && (*r->p | 32) == 'e') {
        r->p++;
        *integer = false;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
            r->p++;
        if (!digits(r))
            return false;
    }
    return true;
}

static enum err_code read_number(struct reader *r, struct json_object **out)
{
    const char *from = r->p;
    bool integer;
    char *text;

    if (!scan_number(r, &integer))
        return bad(r, "a number is malformed");
    text = arena_strndup(r->arena, from, (size_t)(r->p - from));
    errno = 0;
    if (integer) {
        long long value = strtoll(text, NULL, 10);

        if (errno == ERANGE)
            return bad(r, "a whole number is too large; write it as text");
        *out = json_object_new_int64(value);
        return ERR_OK;
    }
    double value = strtod(text, NULL);

    if (!isfinite(value))
        return bad(r, "a number is too large; write it as text");
    *out = json_object_new_double_s(value, text);
    return ERR_OK;
}

static enum err_code read_member(struct reader *r, struct json_object *object)
{
    struct str key;
    struct json_object *value = NULL;

    if (r->p == r->end || *r->p != '"')
        return bad(r, "a key in double quotes is expected");
    TRY(read_string(r, &key));
    if (json_object_object_get_ex(object, key.p, NULL)) {
        char shown[80];

        utf8_clean(shown, sizeof shown, key.p, key.n);
        return bad(r, arena_printf(r->arena, "the key \"%s\" is there twice", shown));
    }
    skip_space(r);
    if (r->p == r->end || *r->p != ':')
        return bad(r, "a colon is expected after a key");
    r->p++;
    TRY(read_value(r, &value));
    json_object_object_add(object, key.p, value);
    return ERR_OK;
}

/* Members or elements up to the closing character; container is an object or an array. */
static enum err_code read_container(struct reader *r, struct json_object *container, char close)
{
    bool object = json_object_is_type(container, json_type_object);

    r->p++;
    skip_space(r);
    if (r->p < r->end && *r->p == close) {
        r->p++;
        return ERR_OK;
    }
    for (;;) {
        skip_space(r);
        if (object) {
            TRY(read_member(r, container));
        } else {
            struct json_object *value = NULL;

            TRY(read_value(r, &value));
            json_object_array_add(container, value);
        }
        skip_space(r);
        if (r->p == r->end)
            return bad(r, object ? "an object without its closing brace"
                                 : "an array without its closing bracket");
        if (*r->p == close) {
            r->p++;
            return ERR_OK;
        }
        if (*r->p != ',')
            return bad(r, object ? "a comma or } is expected" : "a comma or ] is expected");
        r->p++;
    }
}

static enum err_code read_nested(struct reader *r, struct json_object **out)
{
    bool object = *r->p == '{';
    struct json_object *container = object ? json_object_new_object() : json_object_new_array();
    enum err_code code = ERR_OK;

    if (++r->depth > JX_DEPTH)
        code = bad(r, "it is nested too deeply");
    if (code == ERR_OK)
        code = read_container(r, container, object ? '}' : ']');
    r->depth--;
    if (code != ERR_OK)
        json_object_put(container);
    else
        *out = container;
    return code;
}

static bool word(struct reader *r, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0)
        return false;
    r->p += n;
    return true;
}

static enum err_code read_value(struct reader *r, struct json_object **out)
{
    struct str text;

    skip_space(r);
    if (r->p == r->end)
        return bad(r, "a value is missing");
    switch (*r->p) {
    case '{':
    case '[': return read_nested(r, out);
    case '"':
        TRY(read_string(r, &text));
        *out = json_object_new_string_len(text.p, (int)text.n);
        return ERR_OK;
    case 't':
    case 'f':
        *out = json_object_new_boolean(*r->p == 't');
        return word(r, "true") || word(r, "false") ? ERR_OK
                                                   : (json_object_put(*out), bad(r, "an unknown word"));
    case 'n': *out = NULL; return word(r, "null") ? ERR_OK : bad(r, "an unknown word");
    default:
        if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
            return read_number(r, out);
        return bad(r, "a value is expected");
    }
}

enum err_code jx_parse(struct arena *a, const char *p, size_t n, struct json_object **out, struct err *e)
{
    struct reader r = {.arena = a, .p = p, .start = p, .end = p + n, .e = e};
    struct json_object *value = NULL;
    size_t offset;

    if (!utf8_valid(p, n, &offset)) {
        r.p = p + offset;
        return bad(&r, "the text is not UTF-8");
    }
    TRY(read_value(&r, &value));
    jx_own(a, value);
    skip_space(&r);
    if (r.p != r.end)
        return bad(&r, "there is something behind the value");
    *out = value;
    return ERR_OK;
}
