#include "core/event/event_check.h"

#include <string.h>

#include "core/util/utf8.h"

enum { ID, DATE, TITLE, STATUS, KEYS };

/* Limits in bytes: of an id what a file name can hold; a date and a status are free text, but none as long as a file; of
 * titles lists show thousands at once. lines: tabs and new lines may stand. */
static const struct rule {
    const char *key;
    size_t most;
    bool characters, lines;
    const char *missing;
} rules[KEYS] = {
    [ID] = {"id", 255, true, false, NULL},
    [DATE] = {"date", 255, true, false, "Say on which day it happened, like 2025-11-06."},
    [TITLE] = {"title", 4096, true, true, "Give it a title that says what happened."},
    [STATUS] = {"status", 255, false, true, NULL},
};

/* The first character that hides or reorders text; 0: there is none. */
static uint32_t bad_character(const char *text, bool lines)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(text + i, n - i, &point);

        if (!length || utf8_is_control(point) || (!lines && (point == '\t' || point == '\n')))
            return length ? point : 0xFFFD;
        i += length;
    }
    return 0;
}

static const struct rule *rule_of(const char *key)
{
    for (size_t i = 0; i < KEYS; i++)
        if (str_eq(rules[i].key, key))
            return &rules[i];
    return NULL;
}

const char *event_text_problem(struct arena *a, const char *key, const char *text)
{
    const struct rule *rule = rule_of(key);
    uint32_t point;

    if (strlen(text) > rule->most)
        return arena_printf(a, "the %s has more than %zu bytes; shorten it.", key, rule->most);
    point = rule->characters ? bad_character(text, rule->lines) : 0;
    if (!point)
        return NULL;
    return arena_printf(a, "the %s holds a control character or one that reverses text (U+%04X); remove it.",
                        key, (unsigned)point);
}

static const char *capital(struct arena *a, const char *sentence)
{
    char *copy = arena_strdup(a, sentence);

    if (copy && *copy == 't')
        *copy = 'T';
    return copy;
}

/* As field_text() of event_parse.c reads it; a number is taken for the text that it is written as. */
static const char *problem_of(struct arena *a, const struct rule *rule, struct json_object *value)
{
    bool text = json_object_is_type(value, json_type_string);
    const char *p = !value ? "" : text ? json_object_get_string(value) : jx_text(a, value);

    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return rule->characters ? arena_printf(a, "The %s is " EVENT_NOT_TEXT_WORDS, rule->key) : NULL;
    if (text && strlen(p) != (size_t)json_object_get_string_len(value))
        return arena_printf(a, "The %s holds a NUL character; remove it.", rule->key);
    if (!p[strspn(p, " \t\r\n")])
        return rule->missing;
    return capital(a, event_text_problem(a, rule->key, p));
}

struct event_problem *event_check(struct arena *a, struct json_object *fields)
{
    struct event_problem *first = NULL;
    struct event_problem **last = &first;

    for (size_t i = 0; i < KEYS; i++) {
        const char *text = problem_of(a, &rules[i], jx_get(fields, rules[i].key));

        if (!text)
            continue;
        *last = arena_alloc(a, sizeof **last);
        **last = (struct event_problem){NULL, rules[i].key, text};
        last = &(*last)->next;
    }
    return first;
}
