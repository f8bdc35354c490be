#include "fcgi/event_form.h"

#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"

#define SPACE " \t\n\r"

enum kind { LINE, TEXT, LIST };

/* In the order in which new ones are added to an event. */
static const struct field {
    const char *name;
    enum kind kind;
} fields[] = {{"date", LINE}, {"title", LINE},  {"importance", LINE}, {"status", LINE},
              {"tags", LIST}, {"actors", LIST}, {"summary", TEXT},    {"body", TEXT}};

enum { FIELDS = sizeof fields / sizeof *fields };

#define TEXT_BYTES (SIZE_MAX / 2) /* no more than the event or the form, which have their limits */

bool event_form_is_blank(const char *text)
{
    return !text[strspn(text, SPACE)];
}

static const char *trimmed(struct arena *a, const char *text)
{
    size_t n;

    text += strspn(text, SPACE);
    n = strlen(text);
    while (n && strchr(SPACE, text[n - 1]))
        n--;
    return arena_strndup(a, text, n);
}

/* Can a browser hand this text back? Control characters are allowed as named. */
static bool is_plain(const char *text, const char *allowed)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(text + i, n - i, &point);
        bool control = point < 0x20 || (point >= 0x7f && point <= 0x9f);

        if (!length || (control && !(point < 0x80 && strchr(allowed, (int)point))))
            return false;
        i += length;
    }
    return true;
}

static bool is_number(const struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

const char *event_form_line(struct arena *a, struct json_object *value)
{
    if (!value)
        return "";
    if (is_number(value))
        return jx_text(a, value);
    if (!json_object_is_type(value, json_type_string) || !is_plain(json_object_get_string(value), "\t"))
        return NULL;
    return json_object_get_string(value);
}

/* As a text area sends it back: line ends are LF. */
static const char *lines_of(struct arena *a, struct json_object *value)
{
    const char *text;
    char *out;
    char *q;

    if (!value)
        return "";
    text = json_object_get_string(value);
    if (!json_object_is_type(value, json_type_string) || !is_plain(text, "\t\n\r"))
        return NULL;
    out = q = arena_alloc(a, strlen(text) + 1);
    for (const char *p = text; *p; p++)
        if (*p != '\r' || p[1] != '\n')
            *q++ = (char)(*p == '\r' ? '\n' : *p);
    return out;
}

/* One item a line; NULL when an item is no line. */
static const char *items_of(struct arena *a, struct json_object *value)
{
    struct str s;

    if (!value)
        return "";
    if (!json_object_is_type(value, json_type_array))
        return NULL;
    str_init(&s, a, TEXT_BYTES);
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const char *line = event_form_line(a, json_object_array_get_idx(value, i));

        if (!line || event_form_is_blank(line))
            return NULL;
        str_addf(&s, "%s%s", i ? "\n" : "", line);
    }
    return s.p;
}

static const char *shown(struct arena *a, enum kind kind, struct json_object *value)
{
    switch (kind) {
    case LINE: return event_form_line(a, value);
    case TEXT: return lines_of(a, value);
    case LIST: return items_of(a, value);
    }
    return NULL;
}

/* Has it an input of its own? `body` has one only where an event has it. */
static bool is_on_form(const struct json_object *typed, const char *key)
{
    return json_object_object_get_ex(typed, key, NULL);
}

/* ---- everything else */

static struct json_object *rest_of(struct arena *a, struct json_object *all, struct json_object *typed)
{
    struct json_object *rest = jx_own(a, json_object_new_object());

    json_object_object_foreach(all, key, value)
    {
        if (!str_eq(key, "id") && !is_on_form(typed, key))
            jx_set(rest, key, json_object_get(value));
    }
    return rest;
}

static const char *rest_text(struct arena *a, struct json_object *rest)
{
    return json_object_object_length(rest) ? jx_pretty(a, rest) : "";
}

struct json_object *event_form_fill(struct arena *a, struct json_object *content, struct json_object *base)
{
    struct json_object *all = content ? content : jx_own(a, json_object_new_object());
    struct json_object *typed = jx_own(a, json_object_new_object());
    struct json_object *rows = event_form_source_rows(a, jx_get(all, "sources"), base);

    if (!base)
        jx_set_text(typed, "id", jx_get_text(all, "id") ? jx_get_text(all, "id") : "");
    for (size_t i = 0; i < FIELDS; i++) {
        const char *name = fields[i].name;
        const char *text = shown(a, fields[i].kind, jx_get(all, name));

        if (text && (!str_eq(name, "body") || is_on_form(all, name)))
            jx_set_text(typed, name, text);
    }
    if (rows)
        jx_set(typed, "sources", json_object_get(rows));
    jx_set_text(typed, "more", rest_text(a, rest_of(a, all, typed)));
    return typed;
}

/* ---- what was typed */

struct work {
    struct arena *arena;
    struct json_object *base, *typed;
    struct json_object *rest; /* what `more` says */
    struct json_object *problems;
};

static void add_problem(struct work *w, const char *field, const char *error)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", field);
    jx_set_text(problem, "error", error);
    jx_push(w->problems, problem);
}

static struct json_object *text_value(struct arena *a, const char *text)
{
    return jx_own(a, json_object_new_string(text));
}

/* A number as JSON writes it; NULL for anything else. */
static struct json_object *number_of(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err ignored = {0};

    if (jx_parse(a, text, strlen(text), &value, &ignored) != ERR_OK || !is_number(value))
        return NULL;
    return value;
}

struct json_object *event_form_value(struct arena *a, const char *typed, struct json_object *was)
{
    const char *text = trimmed(a, typed);
    struct json_object *number = is_number(was) ? number_of(a, text) : NULL;

    if (!*text)
        return NULL;
    return number ? number : text_value(a, text);
}

static struct json_object *importance_value(struct work *w, const char *typed, struct json_object *was)
{
    const char *text = trimmed(w->arena, typed);
    struct json_object *number = number_of(w->arena, text);

    if (!*text)
        return NULL;
    if (!number && json_object_is_type(was, json_type_string))
        return text_value(w->arena, text);
    if (!number)
        add_problem(
            w, "importance",
            "The importance must be a whole number, from 1 to 10. Leave it empty if you cannot tell.");
    return number;
}

/* Line ends stay what they all were. */
static struct json_object *lines_value(struct arena *a, const char *typed, struct json_object *was)
{
    const char *old = json_object_is_type(was, json_type_string) ? json_object_get_string(was) : "";
    size_t crlf = 0;
    size_t lf = 0;
    struct str s;

    if (!*typed)
        return NULL;
    for (const char *p = old; *p; p++) {
        lf += *p == '\n';
        crlf += *p == '\r' && p[1] == '\n';
    }
    if (!crlf || crlf != lf)
        return text_value(a, typed);
    str_init(&s, a, TEXT_BYTES);
    for (const char *p = typed; *p; p++)
        str_addn(&s, *p == '\n' ? "\r\n" : p, *p == '\n' ? 2 : 1);
    return text_value(a, s.p);
}

/* The old item that a line stands for, taken at most once; else the line as text. */
static struct json_object *item_value(struct arena *a, const char *line, struct json_object *was, bool *taken)
{
    size_t n = json_object_is_type(was, json_type_array) ? json_object_array_length(was) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(was, i);

        if (taken[i] || !str_eq(event_form_line(a, item), line))
            continue;
        taken[i] = true;
        return json_object_get(item);
    }
    return json_object_new_string(trimmed(a, line));
}

static struct json_object *list_value(struct arena *a, const char *typed, struct json_object *was)
{
    size_t n = json_object_is_type(was, json_type_array) ? json_object_array_length(was) : 0;
    bool *taken = arena_array(a, n + 1, sizeof *taken);
    struct json_object *list = jx_own(a, json_object_new_array());

    while (*typed) {
        size_t length = strcspn(typed, "\n");
        const char *line = arena_strndup(a, typed, length);

        if (!event_form_is_blank(line))
            jx_push(list, item_value(a, line, was, taken));
        typed += length + (typed[length] == '\n');
    }
    return json_object_array_length(list) ? list : NULL;
}

static struct json_object *parsed(struct work *w, const struct field *field, const char *typed,
                                  struct json_object *was)
{
    switch (field->kind) {
    case TEXT: return lines_value(w->arena, typed, was);
    case LIST: return list_value(w->arena, typed, was);
    case LINE: break;
    }
    return str_eq(field->name, "importance") ? importance_value(w, typed, was)
                                             : event_form_value(w->arena, typed, was);
}

static bool alike(struct arena *a, struct json_object *one, struct json_object *other)
{
    return one == other || str_eq(jx_text(a, one), jx_text(a, other));
}

static const struct field *field_named(const char *key)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (str_eq(fields[i].name, key))
            return &fields[i];
    return NULL;
}

/* What becomes of one key. False: it is not there (any more). */
static bool decide(struct work *w, const char *key, struct json_object **out)
{
    struct json_object *was = NULL;
    bool there = json_object_object_get_ex(w->base, key, &was);
    const struct field *field = field_named(key);
    struct json_object *value;

    *out = was;
    if (str_eq(key, "id"))
        return there;
    if (!is_on_form(w->typed, key))
        return json_object_object_get_ex(w->rest, key, out);
    if (field) {
        const char *typed = jx_get_text(w->typed, key);

        if (str_eq(shown(w->arena, field->kind, was), typed))
            return there;
        value = parsed(w, field, typed ? typed : "", was);
    } else {
        value = event_form_sources(w->arena, was, jx_get(w->typed, key));
        if (!value && (!json_object_is_type(was, json_type_array) || !json_object_array_length(was)))
            return there;
    }
    if (there && value && alike(w->arena, value, was))
        return true;
    *out = value;
    return value != NULL;
}

/* Keys with an input of their own, which is what counts. */
static void check_rest(struct work *w)
{
    json_object_object_foreach(w->rest, key, value)
    {
        (void)value;
        if (str_eq(key, "id"))
            add_problem(w, "more", "The id has its own place. Take it out here.");
        else if (is_on_form(w->typed, key))
            add_problem(w, "more",
                        arena_printf(w->arena, "“%s” has a field of its own above. Take it out here.", key));
    }
}

static void read_rest(struct work *w)
{
    const char *text = jx_get_text(w->typed, "more");
    struct json_object *parsed_rest = NULL;
    struct err why = {0};

    w->rest = rest_of(w->arena, w->base, w->typed);
    if (!text || str_eq(text, rest_text(w->arena, w->rest)))
        return;
    if (event_form_is_blank(text)) {
        w->rest = jx_own(w->arena, json_object_new_object());
    } else if (jx_parse(w->arena, text, strlen(text), &parsed_rest, &why) != ERR_OK) {
        add_problem(w, "more", arena_strdup(w->arena, why.message));
    } else if (!json_object_is_type(parsed_rest, json_type_object)) {
        add_problem(w, "more", "Everything else must be one JSON object, such as {\"location\": \"Paris\"}.");
    } else {
        w->rest = parsed_rest;
        check_rest(w);
    }
}

static void add_new(struct work *w, struct json_object *out, const char *key)
{
    struct json_object *value;

    if (!is_on_form(w->base, key) && decide(w, key, &value))
        jx_set(out, key, json_object_get(value));
}

/* An event is nothing without them. */
static void check_needed(struct work *w, struct json_object *out)
{
    if (is_on_form(w->typed, "date") && !is_on_form(out, "date"))
        add_problem(w, "date", "Give the event a date, such as 2031-05-17.");
    if (is_on_form(w->typed, "title") && !is_on_form(out, "title"))
        add_problem(w, "title", "Give the event a title.");
}

/* In the order of the page, so that whoever mends them goes down it once. */
static struct json_object *ordered(struct arena *a, const struct json_object *problems)
{
    static const char *const page[] = {"date", "title", "importance", "more"};
    struct json_object *out = jx_own(a, json_object_new_array());

    for (size_t i = 0; i < sizeof page / sizeof *page; i++)
        for (size_t k = 0; k < json_object_array_length(problems); k++) {
            struct json_object *problem = json_object_array_get_idx(problems, k);

            if (str_eq(jx_get_text(problem, "field"), page[i]))
                jx_push(out, json_object_get(problem));
        }
    return out;
}

void event_form_apply(struct arena *a, struct json_object *base, struct json_object *typed,
                      struct event_form_result *out)
{
    struct json_object *from = base ? base : jx_own(a, json_object_new_object());
    struct work w = {.arena = a, .base = from, .typed = typed};
    const char *id = jx_get_text(typed, "id");
    struct json_object *value;

    w.problems = jx_own(a, json_object_new_array());
    out->fields = jx_own(a, json_object_new_object());
    read_rest(&w);
    if (!base && id && !event_form_is_blank(id))
        jx_set_text(out->fields, "id", trimmed(a, id));
    json_object_object_foreach(from, key, member)
    {
        (void)member;
        if (decide(&w, key, &value))
            jx_set(out->fields, key, json_object_get(value));
    }
    for (size_t i = 0; i < FIELDS; i++)
        add_new(&w, out->fields, fields[i].name);
    add_new(&w, out->fields, "sources");
    json_object_object_foreach(w.rest, other, ignored)
    {
        (void)ignored;
        if (!str_eq(other, "id") && !is_on_form(w.typed, other))
            add_new(&w, out->fields, other);
    }
    check_needed(&w, out->fields);
    out->problems = ordered(a, w.problems);
}

/* ---- reading */

static enum err_code read_text(const struct form *f, const char *name, struct json_object *into,
                               struct err *e)
{
    const char *text;

    if (!form_has(f, name))
        return ERR_OK;
    TRY(form_text(f, name, &text, e));
    jx_set_text(into, name, text);
    return ERR_OK;
}

static enum err_code read_row(struct arena *a, const struct form *f, size_t n, struct json_object *rows,
                              struct err *e)
{
    static const char *const parts[] = {"title", "url", "outlet", "date", "was"};
    struct json_object *row = json_object_new_object();

    jx_push(rows, row);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *name = event_form_source_name(a, n, parts[i]);
        const char *text;

        TRY(form_text(f, name, &text, e));
        if (form_has(f, name))
            jx_set_text(row, parts[i], text);
    }
    jx_set_bool(row, "remove", form_has(f, event_form_source_name(a, n, "remove")));
    return ERR_OK;
}

enum err_code event_form_read(struct arena *a, const struct form *f, struct json_object **typed,
                              struct err *e)
{
    struct json_object *out = jx_own(a, json_object_new_object());
    int64_t rows;
    const char *text;

    TRY(read_text(f, "id", out, e));
    for (size_t i = 0; i < FIELDS; i++)
        TRY(read_text(f, fields[i].name, out, e));
    TRY(read_text(f, "more", out, e));
    *typed = out;
    if (!form_has(f, "sources"))
        return ERR_OK;
    TRY(form_text(f, "sources", &text, e));
    rows = str_eq(text, "0") ? 0 : request_ordinal(text);
    if ((!rows && !str_eq(text, "0")) || rows > EVENT_FORM_SOURCES)
        return err_set(e, ERR_INVALID_INPUT, "The form may hold at most %d sources. Open it again.",
                       EVENT_FORM_SOURCES);
    jx_set(out, "sources", json_object_new_array());
    for (size_t n = 1; n <= (size_t)rows; n++)
        TRY(read_row(a, f, n, jx_get(out, "sources"), e));
    return ERR_OK;
}
