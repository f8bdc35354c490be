/*
 * Plain scalars as PyYAML's SafeLoader resolves them (yaml/resolver.py and yaml/constructor.py of PyYAML 6): YAML 1.1
 * with its octal, binary and base-60 numbers. Its regular expressions stand beside the functions that match them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event/event_internal.h"

#define DIGITS "0123456789"

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (**words == *text && strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return one_of(text, words);
}

/* Only these spellings: `yES` is text, and so are `y` and `n`. */
static bool is_true(const char *text)
{
    static const char *const words[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};

    return one_of(text, words);
}

static bool is_false(const char *text)
{
    static const char *const words[] = {"no",    "No",  "NO",  "false", "False",
                                        "FALSE", "off", "Off", "OFF",   NULL};

    return one_of(text, words);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_sign(const char *p)
{
    return p + (*p == '+' || *p == '-');
}

/* True when p is not empty and made of these characters only. */
static bool all_of(const char *p, const char *set)
{
    return *p && !p[strspn(p, set)];
}

/* (?::[0-5]?[0-9])+ ; NULL when there is none. */
static const char *skip_base60(const char *p)
{
    const char *start = p;

    while (*p == ':' && is_digit(p[1]))
        p += p[1] <= '5' && is_digit(p[2]) ? 3 : 2;
    return p == start ? NULL : p;
}

/* [-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(?:0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+ | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+ */
static bool is_int(const char *p)
{
    p = skip_sign(p);
    if (!is_digit(*p))
        return false;
    if (*p == '0') {
        if (p[1] == 'b')
            return all_of(p + 2, "01_");
        if (p[1] == 'x')
            return all_of(p + 2, DIGITS "abcdefABCDEF_");
        return !p[1] || all_of(p + 1, "01234567_");
    }
    p += strspn(p, DIGITS "_");
    if (!*p)
        return true;
    p = skip_base60(p);
    return p && !*p;
}

/* (?:[eE][-+][0-9]+)? and the end. */
static bool ends_with_exponent(const char *p)
{
    if ((*p == 'e' || *p == 'E') && (p[1] == '+' || p[1] == '-'))
        return all_of(p + 2, DIGITS);
    return !*p;
}

static bool is_infinity(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", NULL};

    return one_of(skip_sign(text), words);
}

static bool is_nan(const char *text)
{
    static const char *const words[] = {".nan", ".NaN", ".NAN", NULL};

    return one_of(text, words);
}

/* [-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)? | \.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
 * | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN) */
static bool is_float(const char *p)
{
    const char *behind;

    if (*p == '.' && is_digit(p[1]))
        return ends_with_exponent(p + 1 + strspn(p + 1, DIGITS "_"));
    if (is_infinity(p) || is_nan(p))
        return true;
    p = skip_sign(p);
    if (!is_digit(*p))
        return false;
    p += strspn(p, DIGITS "_");
    if (*p == '.')
        return ends_with_exponent(p + 1 + strspn(p + 1, DIGITS "_"));
    behind = skip_base60(p);
    return behind && *behind == '.' && !behind[1 + strspn(behind + 1, DIGITS "_")];
}

/* One or two digits; NULL when there is none. */
static const char *skip_two(const char *p)
{
    if (!p || !is_digit(*p))
        return NULL;
    return p + 1 + is_digit(p[1]);
}

static const char *skip_char(const char *p, char c)
{
    return p && *p == c ? p + 1 : NULL;
}

static const char *skip_digits(const char *p, size_t n)
{
    return p && strspn(p, DIGITS) >= n ? p + n : NULL;
}

/* (?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))? and the end. */
static bool ends_with_zone(const char *p)
{
    if (!*p)
        return true;
    p += strspn(p, " \t");
    if (*p == 'Z')
        return !p[1];
    if (*p != '+' && *p != '-')
        return false;
    p = skip_two(p + 1);
    if (p && *p == ':')
        p = skip_digits(p + 1, 2);
    return p && !*p;
}

/* dddd-dd-dd | dddd-dd?-dd?(?:[Tt]|[ \t]+)dd?:dd:dd(?:\.d*)? and a zone */
static bool is_date(const char *text)
{
    const char *p = skip_two(skip_char(skip_two(skip_char(skip_digits(text, 4), '-')), '-'));

    if (!p)
        return false;
    if (!*p)
        return strlen(text) == 10;
    if (*p == 'T' || *p == 't')
        p++;
    else if (*p == ' ' || *p == '\t')
        p += strspn(p, " \t");
    else
        return false;
    p = skip_digits(skip_char(skip_digits(skip_char(skip_two(p), ':'), 2), ':'), 2);
    if (p && *p == '.')
        p += 1 + strspn(p + 1, DIGITS);
    return p && ends_with_zone(p);
}

enum event_scalar event_scalar_kind(const char *text)
{
    /* Most texts end here: their first character begins no number and no word of the tables, or they are longer than
     * its words. */
    if (*text && !strchr("-+.0123456789yYnNtTfFoO~<=", *text))
        return EVENT_SCALAR_TEXT;
    if (*text >= 'A' && strnlen(text, 6) == 6)
        return EVENT_SCALAR_TEXT;
    if (is_null(text))
        return EVENT_SCALAR_NULL;
    if (is_true(text) || is_false(text))
        return EVENT_SCALAR_BOOL;
    if (is_float(text))
        return EVENT_SCALAR_FLOAT;
    if (is_int(text))
        return EVENT_SCALAR_INT;
    if (is_date(text))
        return EVENT_SCALAR_DATE;
    if (strcmp(text, "<<") == 0)
        return EVENT_SCALAR_MERGE;
    return strcmp(text, "=") == 0 ? EVENT_SCALAR_VALUE : EVENT_SCALAR_TEXT;
}

static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    return (unsigned)((c | 32) - 'a') + 10;
}

/* One number of `base`, up to ':' or the end, underscores skipped. False: too large. */
static bool read_digits(const char **p, unsigned base, uint64_t *out)
{
    uint64_t value = 0;

    for (; **p && **p != ':'; (*p)++) {
        if (**p != '_' && (__builtin_mul_overflow(value, base, &value) ||
                           __builtin_add_overflow(value, digit_value(**p), &value)))
            return false;
    }
    *out = value;
    return true;
}

static bool read_magnitude(const char *p, uint64_t *out)
{
    uint64_t part;

    if (p[0] == '0' && p[1] == 'b')
        return p += 2, read_digits(&p, 2, out);
    if (p[0] == '0' && p[1] == 'x')
        return p += 2, read_digits(&p, 16, out);
    if (!read_digits(&p, *p == '0' ? 8 : 10, out))
        return false;
    while (*p == ':') {
        p++;
        if (!read_digits(&p, 10, &part) || __builtin_mul_overflow(*out, 60u, out) ||
            __builtin_add_overflow(*out, part, out))
            return false;
    }
    return true;
}

static enum err_code int_value(const char *text, int line, struct json_object **out, struct err *e)
{
    bool negative = *text == '-';
    uint64_t magnitude;

    if (!read_magnitude(skip_sign(text), &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return err_set_line(e, ERR_INVALID_EVENT, line,
                            "Line %d: the number %.40s is too large; put it in quotes to keep it as text.",
                            line, text);
    *out = json_object_new_int64(negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude);
    return ERR_OK;
}

/* True when the text is a number of JSON as well, so that it can stay as it was written. */
static bool is_json_number(const char *p)
{
    size_t n;

    p += *p == '-';
    n = strspn(p, DIGITS);
    if (n == 0 || (*p == '0' && n > 1) || p[n] != '.')
        return false;
    p += n + 1;
    n = strspn(p, DIGITS);
    return n > 0 && ends_with_exponent(p + n);
}

/* The shortest text that reads back as the same number, always with a point or an exponent. */
static struct json_object *new_double(double value)
{
    char text[40];

    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (!strpbrk(text, ".e"))
        memcpy(text + strlen(text), ".0", sizeof ".0");
    return json_object_new_double_s(value, text);
}

/* Parts of a base-60 number, the last one with a fraction: 1:30.5 is 90.5. */
static double base60_value(const char *p)
{
    double value = 0;

    for (;;) {
        char *end;

        value = value * 60 + strtod(p, &end);
        if (*end != ':')
            return value;
        p = end + 1;
    }
}

static enum err_code float_value(const char *text, int line, struct json_object **out, struct err *e)
{
    char *clean = strdup(text);
    size_t n = 0;
    double value;

    if (!clean)
        abort();
    for (const char *p = text; *p; p++) {
        if (*p != '_')
            clean[n++] = *p;
    }
    clean[n] = '\0';
    value = base60_value(skip_sign(clean));
    if (is_infinity(text) || is_nan(text) || !isfinite(value)) {
        free(clean);
        return err_set_line(
            e, ERR_INVALID_EVENT, line,
            "Line %d: %.40s is not a number that can be kept; put it in quotes to keep it as text.", line,
            text);
    }
    if (*text == '-')
        value = -value;
    *out = is_json_number(clean) ? json_object_new_double_s(value, clean) : new_double(value);
    free(clean);
    return ERR_OK;
}

enum err_code event_scalar_value(const struct event_node *node, struct json_object **out, struct err *e)
{
    bool plain = node->style == EVENT_STYLE_PLAIN;

    switch (plain ? event_scalar_kind(node->text) : EVENT_SCALAR_TEXT) {
    case EVENT_SCALAR_NULL: *out = NULL; return ERR_OK;
    case EVENT_SCALAR_BOOL: *out = json_object_new_boolean(is_true(node->text)); return ERR_OK;
    case EVENT_SCALAR_INT: return int_value(node->text, node->line, out, e);
    case EVENT_SCALAR_FLOAT: return float_value(node->text, node->line, out, e);
    case EVENT_SCALAR_TEXT:
    case EVENT_SCALAR_DATE:
    case EVENT_SCALAR_MERGE:
    case EVENT_SCALAR_VALUE: break;
    }
    *out = json_object_new_string_len(node->text, (int)node->text_n);
    return ERR_OK;
}
