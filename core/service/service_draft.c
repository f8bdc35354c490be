/*
 * Drafts: what was typed, sent or read from a file, on its way to being an event's content.
 */
#include <string.h>

#include "core/service/service_event_internal.h"
#include "core/util/clock.h"

/* A content of so many bytes cannot be too large as a file, whatever is put between its values. */
enum { SURELY_SMALL_BYTES = 16 * 1024 };

static bool has_problem(struct service *s, const char *field)
{
    struct json_object *problems = service_problems(s);

    for (size_t i = 0; i < json_object_array_length(problems); i++)
        if (str_eq(jx_get_text(json_object_array_get_idx(problems, i), "field"), field))
            return true;
    return false;
}

static void check_id(struct service *s, const char *given, const char *edited)
{
    if (edited && given && !str_eq(given, edited))
        service_problem(
            s, "id",
            arena_printf(s->arena, "An event keeps its id: it is %s. Write that one or none.", edited));
    else if (!edited && given && !event_id_valid_new(given))
        service_problem(s, "id", "The id of a new event is " EVENT_NEW_ID_WORDS);
}

static const char *id_inside(struct service *s, struct json_object *fields)
{
    struct json_object *id = jx_get(fields, "id");
    const char *text = json_object_is_type(id, json_type_string) ? json_object_get_string(id)
                       : id                                      ? jx_text(s->arena, id)
                                                                 : NULL;

    return text && text[strspn(text, " \t\r\n")] ? text : NULL;
}

static void check_fields(struct service *s, struct json_object *fields, const char *edited)
{
    const char *id = id_inside(s, fields);
    const char *date = jx_get_text(fields, "date");

    for (const struct event_problem *p = event_check(s->arena, fields); p; p = p->next)
        service_problem(s, p->field, p->text);
    if (!has_problem(s, "id"))
        check_id(s, id, edited);
    if (!edited && !id && !has_problem(s, "date") && !clock_date_valid(date ? date : ""))
        service_problem(s, "date",
                        "The id is made from the date, so it must be a day that exists, like 2025-11-06; or "
                        "give an id too.");
}

/* What is checked by field first is then read as a file with it would be. */
static enum err_code read_fields(struct service *s, const struct service_draft *asked, struct event *out,
                                 struct err *e)
{
    struct event_given given = {.id = asked->id};

    if (!json_object_is_type(asked->fields, json_type_object))
        return err_set(e, ERR_INVALID_EVENT,
                       "An event is a JSON object with the members date and title at least.");
    check_fields(s, asked->fields, asked->id);
    TRY(service_problems_end(s, e));
    given.p = jx_text(s->arena, asked->fields);
    given.n = strlen(given.p);
    TRY(event_parse_given(s->arena, &given, out, e));
    for (struct event_warning *w = out->warnings; w; w = w->next)
        w->line = 0; /* nobody has seen those lines */
    return ERR_OK;
}

/* An event whose file says its id by its name alone stays so. */
static void complete_id(struct service *s, const struct store_event *now, struct event *event)
{
    if (!id_inside(s, event->fields) && id_inside(s, event_fields(s, now->content)))
        event->fields = event_with_id(s->arena, event->fields, now->id);
}

/* Whatever is kept must go into a file of either kind one day; an event that came in a file goes back into its kind. */
static enum err_code check_size(const struct draft *draft, bool added, struct err *e)
{
    static const enum event_format formats[] = {EVENT_JSON, EVENT_MD};
    AUTO_STRUCT(arena) *a = arena_new();

    if (strlen(draft->content) <= SURELY_SMALL_BYTES)
        return ERR_OK;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct err why = {0};
        struct str file;
        enum err_code code;

        arena_reset(a);
        code = event_write(a, draft->event.fields, formats[i], &file, &why);
        if (code == ERR_TOO_LARGE)
            return err_set(e, code, "%s", why.message);
        if (code != ERR_OK && added)
            return err_set(e, ERR_TOO_LARGE,
                           "The event holds more values than a %s file can; shorten its lists.",
                           event_extension(formats[i]));
    }
    return ERR_OK;
}

static enum err_code finish(struct service *s, struct draft *draft, bool added, struct err *e)
{
    draft->content = jx_text(s->arena, draft->event.fields);
    draft->hash = event_hash(s->arena, draft->event.fields);
    return check_size(draft, added, e);
}

static const char *file_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path;
}

enum err_code draft_read(struct service *s, const struct service_draft *asked, struct draft *out,
                         struct err *e)
{
    const struct event_given given = {
        .p = asked->p, .n = asked->n, .file_name = file_name(asked->name), .id = asked->id};
    struct store_event now;

    if (asked->id)
        TRY(event_there(s, asked->id, &now, e));
    if (asked->p)
        TRY(event_parse_given(s->arena, &given, &out->event, e));
    else
        TRY(read_fields(s, asked, &out->event, e));
    if (asked->id)
        complete_id(s, &now, &out->event);
    return finish(s, out, !asked->id, e);
}
