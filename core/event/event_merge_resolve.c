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

static enum err_code check_choices(struct json_object *choices, struct json_object *conflicts, struct err *e)
{
    const struct event_three nothing = {0};
    struct event_slot slot;

    if (!json_object_is_type(choices, json_type_object))
        return err_set(e, ERR_INVALID_INPUT,
                       "The choices must be an object with one member per conflicting field.");
    json_object_object_foreach(choices, name, choice)
    {
        if (!find_row(conflicts, "field", name))
            return err_set(e, ERR_INVALID_INPUT,
                           "There is no conflict about %s; look at the conflict again and choose anew.",
                           name);
        if (!event_merge_chosen(choice, &nothing, &slot))
            return err_set(e, ERR_INVALID_INPUT,
                           "Choose ours or theirs for %s, or write a value of your own.", name);
    }
    return ERR_OK;
}

/* A field is decided by itself or in all its parts. */
static bool is_decided(struct json_object *choices, struct json_object *row)
{
    struct json_object *detail = jx_get(row, "detail");
    size_t n = detail ? json_object_array_length(detail) : 0;

    if (jx_get(choices, jx_get_text(row, "field")))
        return true;
    for (size_t i = 0; i < n; i++) {
        if (!jx_get(choices, jx_get_text(json_object_array_get_idx(detail, i), "choice")))
            return false;
    }
    return n > 0;
}

enum err_code event_merge_resolve(struct arena *a, const struct event_sides *sides,
                                  struct json_object *choices, struct json_object **fields, struct err *e)
{
    struct event_merger m = {.arena = a};
    struct event_merge merge;

    event_merge_run(&m, sides, &merge);
    TRY(check_choices(choices, merge.conflicts, e));
    for (size_t i = 0; i < json_object_array_length(merge.conflicts); i++) {
        struct json_object *row = json_object_array_get_idx(merge.conflicts, i);

        if (!is_decided(choices, row))
            return err_set(e, ERR_INVALID_INPUT,
                           "Choose ours or theirs for %s too, or write a value of your own.",
                           jx_get_text(row, "field"));
    }
    m.choices = choices;
    event_merge_run(&m, sides, &merge);
    *fields = merge.fields;
    return ERR_OK;
}
