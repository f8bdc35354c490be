/*
 * One file to one event: read its fields by format, then find id, date and title in them.
 */
#include <string.h>

#include "core/event/event_check.h"
#include "core/event/event_json.h"
#include "core/event/event_warn.h"
#include "core/util/clock.h"
#include "core/util/utf8.h"

struct parse {
    struct arena *arena;
    const char *p;
    size_t n;
    const char *stem;              /* the file name without extension; NULL when there is no file */
    const struct event_node *root; /* NULL in JSON */
    struct event *event;
    struct err *e;
};

static enum err_code read_bytes(const struct parse *s)
{
    size_t bad;

    if (s->n > EVENT_FILE_BYTES)
        return err_set(s->e, ERR_TOO_LARGE, "The event has more than 1 MiB; shorten it.");
    if (!utf8_valid(s->p, s->n, &bad)) {
        int line = event_line_of(s->p, bad);

        return err_set_line(s->e, ERR_INVALID_EVENT, line,
                            "Line %d: the text is not UTF-8; save the file as UTF-8.", line);
    }
    if (s->n && memchr(s->p, '\0', s->n)) {
        int line = event_line_of(s->p, (size_t)((const char *)memchr(s->p, '\0', s->n) - s->p));

        return err_set_line(s->e, ERR_INVALID_EVENT, line, "Line %d: there is a NUL byte; remove it.", line);
    }
    return ERR_OK;
}

static int line_of_field(const struct parse *s, const char *key)
{
    if (!s->root)
        return event_json_line(s->p, s->n, key);
    for (const struct event_node *node = s->root->first; node; node = node->next) {
        if (strcmp(node->key->text, key) == 0)
            return node->key->line;
    }
    return s->root->line;
}

/* The body is the summary where the fields have none, else `body`. */
static enum err_code add_body(struct parse *s, const struct event_parts *parts)
{
    struct json_object *fields = s->event->fields;
    const char *key = "summary";
    int line;

    if (parts->body.from == parts->body.to)
        return ERR_OK;
    if (json_object_object_get_ex(fields, key, NULL)) {
        if (!*event_text(s->arena, fields, key))
            event_warn(s->arena, s->event, line_of_field(s, key), "summary_empty",
                       "The summary is empty and the text below the fields is kept as body; remove the "
                       "summary to make "
                       "that text the summary.");
        key = "body";
    }
    if (json_object_object_get_ex(fields, key, NULL)) {
        line = event_line_of(s->p, parts->body.from);
        return err_set_line(
            s->e, ERR_INVALID_EVENT, line,
            "Line %d: the fields hold summary and body already; remove the text below them or one of "
            "the two.",
            line);
    }
    jx_set_text(fields, key, event_body_text(s->arena, s->p, parts->body));
    return ERR_OK;
}

static enum err_code read_yaml(struct parse *s)
{
    struct event_parts parts;
    struct event_node *root;

    TRY(event_split(s->event->format, s->p, s->n, &parts, s->e));
    TRY(event_yaml_read(s->arena, s->p, parts.yaml, &root, s->e));
    s->root = root;
    TRY(event_node_value(s->arena, root, &s->event->fields, s->e));
    event_warn_nodes(s->arena, s->event, s->p, parts.yaml.to, root);
    return add_body(s, &parts);
}

/* The text of a field that must be text; a number or a bool is taken as it was written, with a warning.
 * *out is NULL when the field is missing, null or blank. */
static enum err_code field_text(struct parse *s, const char *key, const char **out)
{
    struct json_object *value = jx_get(s->event->fields, key);
    const char *text = jx_get_text(s->event->fields, key);
    int line;

    *out = NULL;
    if (!value)
        return ERR_OK;
    line = line_of_field(s, key);
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return err_set_line(s->e, ERR_INVALID_EVENT, line, "Line %d: the %s is " EVENT_NOT_TEXT_WORDS, line,
                            key);
    if (!text) {
        text = jx_text(s->arena, value);
        for (const struct event_node *node = s->root ? s->root->first : NULL; node; node = node->next) {
            if (strcmp(node->key->text, key) == 0)
                text = node->text;
        }
        event_warn(s->arena, s->event, line, "number_as_text",
                   "The %s %.60s is not text; it is used as text. Put it in quotes.", key, text);
    }
    if (text[strspn(text, " \t\r\n")])
        *out = text;
    return ERR_OK;
}

static enum err_code check_text(const struct parse *s, const char *key, const char *text)
{
    const char *problem = event_text_problem(s->arena, key, text);
    int line;

    if (!problem)
        return ERR_OK;
    line = line_of_field(s, key);
    return err_set_line(s->e, ERR_INVALID_EVENT, line, "Line %d: %s", line, problem);
}

/* Why a field that stands there is empty all the same, and other reasons that a person may not see. */
static const char *why_missing(const struct parse *s, int line)
{
    for (const struct event_warning *w = s->event->warnings; w; w = w->next) {
        if (w->line == line && strcmp(w->rule, "comment_as_null") == 0)
            return arena_printf(s->arena, " %s", w->text);
    }
    if (!s->root && json_object_is_type(jx_get(s->event->fields, "event"), json_type_object))
        return " The fields are expected at the top, not inside \"event\" as `event show` prints them.";
    return "";
}

static enum err_code missing(const struct parse *s, const char *key, const char *example)
{
    int line = line_of_field(s, key);

    return err_set_line(s->e, ERR_INVALID_EVENT, line, "Line %d: there is no %s; add a field like %s.%s",
                        line, key, example, why_missing(s, line));
}

static enum err_code find_title(struct parse *s)
{
    const char *text;
    char *title;
    size_t n;

    TRY(field_text(s, "title", &text));
    if (!text)
        return missing(s, "title", s->root ? "title: \"What happened\"" : "\"title\": \"What happened\"");
    TRY(check_text(s, "title", text));
    text += strspn(text, " \t\n");
    title = arena_strdup(s->arena, text);
    for (n = strlen(title); n > 0 && strchr(" \t\n", title[n - 1]); n--)
        title[n - 1] = '\0';
    for (char *c = title; *c; c++) {
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    }
    s->event->title = title;
    return ERR_OK;
}

static enum err_code find_date(struct parse *s)
{
    const char *date;
    char *in_name;

    TRY(field_text(s, "date", &date));
    if (!date)
        return missing(s, "date", s->root ? "date: 2025-11-06" : "\"date\": \"2025-11-06\"");
    TRY(check_text(s, "date", date));
    s->event->date = date;
    if (!clock_date_valid(date))
        event_warn(s->arena, s->event, line_of_field(s, "date"), "date_invalid",
                   "The date %.60s is not a date of the form YYYY-MM-DD.", date);
    if (!s->stem || strlen(s->stem) < 10)
        return ERR_OK;
    in_name = arena_strndup(s->arena, s->stem, 10);
    if (clock_date_valid(in_name) && strcmp(in_name, date) != 0)
        event_warn(s->arena, s->event, line_of_field(s, "date"), "date_differs",
                   "The date %.60s differs from the date in the file name, %s.", date, in_name);
    return ERR_OK;
}

static enum err_code find_id(struct parse *s)
{
    const char *id;

    TRY(field_text(s, "id", &id));
    if (!id && !s->stem)
        return ERR_OK;
    if (!id) {
        id = s->stem;
        event_warn(s->arena, s->event, 0, "id_missing",
                   "There is no id inside; the file name is taken: %.120s.", id);
    } else if (s->stem && strcmp(id, s->stem) != 0) {
        event_warn(s->arena, s->event, line_of_field(s, "id"), "id_differs",
                   "The id %.120s differs from the file name %.120s; the id counts.", id, s->stem);
    }
    s->event->id = id;
    return check_text(s, "id", id);
}

static enum err_code read_event(struct parse *s)
{
    TRY(read_bytes(s));
    if (s->event->format == EVENT_JSON)
        TRY(event_json_read(s->arena, s->p, s->n, &s->event->fields, s->e));
    else
        TRY(read_yaml(s));
    TRY(find_id(s));
    TRY(find_date(s));
    TRY(find_title(s));
    return check_text(s, "status", event_text(s->arena, s->event->fields, "status"));
}

enum err_code event_parse(struct arena *a, const char *file_name, const char *p, size_t n, struct event *out,
                          struct err *e)
{
    struct parse s = {.arena = a, .p = p, .n = n, .event = out, .e = e};

    memset(out, 0, sizeof *out);
    out->format = event_format_of(file_name);
    if (out->format == EVENT_NONE)
        return err_set(
            e, ERR_INVALID_EVENT,
            "The file %.120s is no event: events have names that end in .md, .json, .yaml or .yml.",
            file_name);
    s.stem = arena_strndup(a, file_name, (size_t)(strrchr(file_name, '.') - file_name));
    return read_event(&s);
}

/* By the first bytes: a JSON object or front matter. */
static enum event_format guess_format(const char *p, size_t n)
{
    size_t at = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    if (n - at >= 3 && memcmp(p + at, "---", 3) == 0)
        return EVENT_MD;
    while (at < n && strchr(" \t\r\n", p[at]) && p[at])
        at++;
    return at < n && p[at] == '{' ? EVENT_JSON : EVENT_NONE;
}

/* Give an event without id the one of its file's name or what its date and title propose, inside as well. */
static enum err_code propose_id(struct parse *s, const char *stem)
{
    struct event *event = s->event;

    if (stem && event_id_valid_new(stem)) {
        event->id = stem;
    } else if (clock_date_valid(event->date)) {
        event->id = event_id_propose(s->arena, event->date, event->title);
    } else {
        int line = line_of_field(s, "date");

        return err_set_line(s->e, ERR_INVALID_EVENT, line,
                            "Line %d: there is no id, and none can be made because the date %.60s is not a "
                            "date of the form YYYY-MM-DD.",
                            line, event->date);
    }
    event->fields = event_with_id(s->arena, event->fields, event->id);
    event->id_made = true;
    return ERR_OK;
}

static enum err_code check_new_id(struct parse *s)
{
    int line;

    if (event_id_valid_new(s->event->id))
        return ERR_OK;
    line = line_of_field(s, "id");
    return err_set_line(s->e, ERR_INVALID_EVENT, line, "Line %d: the id of a new event is %s", line,
                        EVENT_NEW_ID_WORDS);
}

static enum err_code check_same_id(struct parse *s, const char *id)
{
    int line;

    if (!s->event->id || str_eq(s->event->id, id)) {
        s->event->id = id;
        return ERR_OK;
    }
    line = line_of_field(s, "id");
    return err_set_line(s->e, ERR_INVALID_EVENT, line,
                        "Line %d: the id is %.100s, but this is to become %.100s. An event keeps its id: "
                        "write that one or none.",
                        line, s->event->id, id);
}

static enum event_format format_of(const struct event_given *given)
{
    if (given->file_name && event_format_of(given->file_name) == EVENT_YAML)
        return EVENT_YAML;
    return guess_format(given->p, given->n);
}

enum err_code event_parse_given(struct arena *a, const struct event_given *given, struct event *out,
                                struct err *e)
{
    struct parse s = {.arena = a, .p = given->p, .n = given->n, .event = out, .e = e};
    const char *dot = given->file_name ? strrchr(given->file_name, '.') : NULL;

    memset(out, 0, sizeof *out);
    out->format = format_of(given);
    if (out->format == EVENT_NONE)
        return err_set_line(
            e, ERR_INVALID_EVENT, 1,
            "Line 1: an event is expected as a JSON object ({ … }) or as Markdown that begins with its "
            "fields between two --- lines.");
    TRY(read_event(&s));
    if (given->id)
        return check_same_id(&s, given->id);
    if (out->id)
        return check_new_id(&s);
    return propose_id(&s, dot ? arena_strndup(a, given->file_name, (size_t)(dot - given->file_name)) : NULL);
}

enum err_code event_parse_input(struct arena *a, const char *p, size_t n, struct event *out, struct err *e)
{
    const struct event_given given = {.p = p, .n = n};

    return event_parse_given(a, &given, out, e);
}
