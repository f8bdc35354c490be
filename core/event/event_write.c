#include "core/event/event_write.h"

#include <string.h>

/* The order in which people read an event. */
static const char *const order[] = {"id",     "date", "title",  "importance",
                                    "status", "tags", "actors", "sources"};

enum { ORDERED = sizeof order / sizeof *order };

static bool is_ordered(const char *key)
{
    for (size_t i = 0; i < ORDERED; i++)
        if (strcmp(order[i], key) == 0)
            return true;
    return false;
}

struct json_object *event_write_ordered(struct arena *a, struct json_object *fields)
{
    struct json_object *copy = jx_own(a, json_object_new_object());
    struct json_object *value;

    for (size_t i = 0; i < ORDERED; i++)
        if (json_object_object_get_ex(fields, order[i], &value))
            jx_set(copy, order[i], json_object_get(value));
    json_object_object_foreach(fields, key, member)
    {
        if (!is_ordered(key))
            jx_set(copy, key, json_object_get(member));
    }
    return copy;
}

/* The field that may stand below the front matter: the reader takes it for the summary unless there is one above. */
static const char *body_key(struct json_object *fields)
{
    const char *key =
        json_object_object_get_ex(fields, "summary", NULL) && json_object_object_get_ex(fields, "body", NULL)
            ? "body"
            : "summary";
    const char *text = jx_get_text(fields, key);

    return text && *text ? key : NULL;
}

static void add_yaml(struct str *out, struct json_object *fields, const char *skip_key)
{
    struct event_yaml y = {.out = out, .width = EVENT_WRITE_WIDTH};

    json_object_object_foreach(fields, key, value)
    {
        if (skip_key && strcmp(key, skip_key) == 0)
            continue;
        event_write_member(&y, key, value, 0, 0);
        event_write_line(&y, 0);
    }
}

static void add_markdown(struct str *out, struct json_object *fields, const char *body)
{
    str_add(out, "---\n");
    add_yaml(out, fields, body);
    str_add(out, "---\n");
    if (!body)
        return;
    str_addc(out, '\n');
    str_add(out, jx_get_text(fields, body));
    str_addc(out, '\n');
}

static void add_json(struct str *out, struct json_object *fields)
{
    struct event_json j = {.out = out, .newline = "\n", .unit = "  "};

    event_write_json(&j, fields, "");
    str_addc(out, '\n');
}

static void add_file(struct str *out, struct json_object *fields, enum event_format format, const char *body)
{
    str_cut(out, 0);
    if (format == EVENT_MD)
        add_markdown(out, fields, body);
    else if (format == EVENT_JSON)
        add_json(out, fields);
    else
        add_yaml(out, fields, NULL);
}

/* What was written must read as what was asked for; nothing else is ever handed out. */
static enum err_code check(struct arena *a, const struct str *out, struct json_object *fields,
                           enum event_format format, struct err *e)
{
    struct event event = {0};
    const char *name = arena_printf(a, "event%s", event_extension(format));

    if (out->full)
        return err_set(e, ERR_TOO_LARGE, "The event is larger than %d bytes as a file; shorten its texts.",
                       EVENT_FILE_BYTES);
    TRY(event_parse(a, name, out->p, out->n, &event, e));
    if (!event_same(a, event.fields, fields))
        return err_set(e, ERR_INVALID_EVENT,
                       "The event holds a value that a %s file cannot hold; write it as JSON.",
                       event_extension(format));
    return ERR_OK;
}

/* A body that would read differently (blank lines around it, carriage returns) goes into the front matter. */
enum err_code event_write(struct arena *a, struct json_object *fields, enum event_format format,
                          struct str *out, struct err *e)
{
    struct json_object *ordered;
    const char *body;
    struct err ignored;

    if (format == EVENT_NONE || !json_object_is_type(fields, json_type_object))
        return err_set(e, ERR_INTERNAL, "An event to be written needs fields and a format.");
    ordered = event_write_ordered(a, fields);
    body = format == EVENT_MD ? body_key(ordered) : NULL;
    str_init(out, a, EVENT_FILE_BYTES);
    if (body) {
        add_file(out, ordered, format, body);
        if (check(a, out, ordered, format, &ignored) == ERR_OK)
            return ERR_OK;
    }
    str_init(out, a, EVENT_FILE_BYTES);
    add_file(out, ordered, format, NULL);
    return check(a, out, ordered, format, e);
}
