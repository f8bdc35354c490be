/* What a person decided about conflicts: checked against the conflicts there are, then merged again with it. */
#include "core/event/event_merge_internal.h"

/* A conflict's row, or a row of its detail, by the name that choices use. */
static struct json_object *find_row(struct json_object *rows, const char *member, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *detail = jx_get(row, "detail");
        struct json_object *part;

        if (str_eq(jx_get_text(row, member), name))
            return row;
        part = detail ? find_row(detail, "choice", name) : NULL;
        if (part)
            return part;
    }
    return NULL;
}

/* A field is decided by itself or in all its parts. */
static bool is_decided(struct json_object *choices, struct json_object *row)
{
    struct json_object *detail = jx_get(row, "detail");
    size_t n = detail ? json_object_array_length(detail) : 0;

    if (json_object_object_get_ex(choices, jx_get_text(row, "field"), NULL))
        return true;
    for (size_t i = 0; i < n; i++) {
        if (!json_object_object_get_ex(choices, jx_get_text(json_object_array_get_idx(detail, i), "choice"),
                                       NULL))
            return false;
    }
    return n > 0;
}

static void add_problem(struct json_object *problems, const char *field, const char *error)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "field", field);
    jx_set_text(row, "error", error);
    jx_push(problems, row);
}

static void check_choice(struct arena *a, struct json_object *choices, const char *name,
                         struct json_object *conflicts, struct json_object *problems)
{
    const struct event_three nothing = {0};
    struct event_slot slot;

    if (!find_row(conflicts, "field", name))
        add_problem(problems, name,
                    arena_printf(a,
                                 "There is no conflict about %s; look at the conflict again and choose anew.",
                                 name));
    else if (!event_merge_chosen(jx_get(choices, name), &nothing, &slot))
        add_problem(problems, name,
                    arena_printf(a, "Choose ours or theirs for %s, or write a value of your own.", name));
}

struct json_object *event_merge_problems(struct arena *a, struct json_object *choices,
                                         struct json_object *conflicts)
{
    struct json_object *problems = jx_own(a, json_object_new_array());

    json_object_object_foreach(choices, name, choice)
    {
        (void)choice;
        check_choice(a, choices, name, conflicts, problems);
    }
    for (size_t i = 0; i < json_object_array_length(conflicts); i++) {
        struct json_object *row = json_object_array_get_idx(conflicts, i);
        const char *field = jx_get_text(row, "field");

        if (!is_decided(choices, row))
            add_problem(
                problems, field,
                arena_printf(a, "Choose ours or theirs for %s too, or write a value of your own.", field));
    }
    return problems;
}

enum err_code event_merge_resolve(struct arena *a, const struct event_sides *sides,
                                  struct json_object *choices, struct json_object **fields, struct err *e)
{
    struct event_merger m = {.arena = a};
    struct json_object *problems;
    struct event_merge merge;

    if (!json_object_is_type(choices, json_type_object))
        return err_set(e, ERR_INVALID_INPUT,
                       "The choices must be an object with one member per conflicting field.");
    event_merge_run(&m, sides, &merge);
    problems = event_merge_problems(a, choices, merge.conflicts);
    if (json_object_array_length(problems))
        return err_set(e, ERR_INVALID_INPUT, "%s",
                       jx_get_text(json_object_array_get_idx(problems, 0), "error"));
    m.choices = choices;
    event_merge_run(&m, sides, &merge);
    *fields = merge.fields;
    return ERR_OK;
}
