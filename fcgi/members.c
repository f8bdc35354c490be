#include "fcgi/members.h"

#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"

enum { NAME_BYTES = 80, PROBLEMS_SHOWN = 20, NAMES_BYTES = 500 };

static void add_problem(struct exchange *x, const char *name, const char *problem)
{
    struct json_object *list = service_problems(x->service);
    struct json_object *row;
    char shown[NAME_BYTES];

    if (json_object_array_length(list) >= PROBLEMS_SHOWN)
        return;
    utf8_clean(shown, sizeof shown, name, strlen(name));
    row = json_object_new_object();
    jx_set_text(row, "field", shown);
    jx_set_text(row, "error", problem);
    jx_push(list, row);
}

static enum err_code refused(struct err *e)
{
    return err_set(e, ERR_INVALID_FIELDS, "This cannot be done as it was asked; errors names each member.");
}

enum err_code members_refuse(struct exchange *x, const char *name, const char *problem, struct err *e)
{
    add_problem(x, name, problem);
    return refused(e);
}

static bool is_text(struct json_object *value)
{
    return json_object_is_type(value, json_type_string);
}

static bool is_ordinal(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) && json_object_get_int64(value) > 0;
}

static bool is_number(struct json_object *value)
{
    return !value || json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

/* "ID" or {"id": "ID", "revision": N}. */
static bool is_event(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object))
        return is_text(value);
    return json_object_object_length(value) == 2 && is_text(jx_get(value, "id")) &&
           is_ordinal(jx_get(value, "revision"));
}

static bool is_list_of(struct json_object *value, bool (*fits)(struct json_object *))
{
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!fits(json_object_array_get_idx(value, i)))
            return false;
    return true;
}

static const char *events_problem(struct json_object *value)
{
    if (!is_list_of(value, is_event))
        return "Must be a list of event ids, or of {\"id\": ID, \"revision\": N}.";
    if (!json_object_array_length(value))
        return "Name at least one event.";
    return json_object_array_length(value) > MEMBERS_EVENTS ? "Name at most 10000 events." : NULL;
}

/* What is wrong with a value; NULL: nothing. */
static const char *problem_of(struct json_object *value, enum member_type type)
{
    switch (type) {
    case MEMBER_FLAG: return json_object_is_type(value, json_type_boolean) ? NULL : "Must be true or false.";
    case MEMBER_TEXT: return is_text(value) ? NULL : "Must be a text.";
    case MEMBER_TEXTS: return is_list_of(value, is_text) ? NULL : "Must be a list of texts.";
    case MEMBER_ID: return is_ordinal(value) ? NULL : "Must be a whole number from 1.";
    case MEMBER_OBJECT: return json_object_is_type(value, json_type_object) ? NULL : "Must be an object.";
    case MEMBER_EVENT:
        return is_text(value) || json_object_is_type(value, json_type_object)
                   ? NULL
                   : "Must be an object of the event's fields, or the text of a file.";
    case MEMBER_NUMBER: return is_number(value) ? NULL : "Must be a number.";
    case MEMBER_EVENTS: return events_problem(value);
    }
    return NULL;
}

static const struct member *find(const struct member *known, const char *name)
{
    while (known->name && !str_eq(known->name, name))
        known++;
    return known->name ? known : NULL;
}

static const char *unknown(struct exchange *x, const struct member *known)
{
    struct str s;

    if (!known->name)
        return "There is no such member; this takes none.";
    str_init(&s, x->arena, NAMES_BYTES);
    str_add(&s, "There is no such member; there may be ");
    for (const struct member *m = known; m->name; m++)
        str_addf(&s, "%s%s", m == known ? "" : m[1].name ? ", " : " and ", m->name);
    str_addc(&s, '.');
    return s.p;
}

enum err_code members_check(struct exchange *x, const struct member *known, struct err *e)
{
    json_object_object_foreach(x->body, name, value)
    {
        const struct member *m = find(known, name);
        const char *problem = m ? problem_of(value, m->type) : unknown(x, known);

        if (problem)
            add_problem(x, name, problem);
    }
    return json_object_array_length(service_problems(x->service)) ? refused(e) : ERR_OK;
}

const char *const *members_texts(struct exchange *x, const struct json_object *body, const char *name,
                                 const int64_t **revisions)
{
    struct json_object *list = jx_get(body, name);
    size_t n = list ? json_object_array_length(list) : 0;
    const char **out = arena_array(x->arena, n + 1, sizeof *out);
    int64_t *numbers = arena_array(x->arena, n + 1, sizeof *numbers);

    if (!list)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        out[i] = is_text(item) ? json_object_get_string(item) : jx_get_text(item, "id");
        numbers[i] = is_text(item) ? 0 : jx_get_int(item, "revision", 0);
    }
    if (revisions)
        *revisions = numbers;
    return out;
}
