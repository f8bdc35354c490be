/*
 * What is wrong with which field of what was asked.
 */
#include "core/service/service_internal.h"

enum { SENTENCES_BYTES = 500 };

struct json_object *service_problems(struct service *s)
{
    if (!s->problems)
        s->problems = jx_own(s->arena, json_object_new_array());
    return s->problems;
}

void service_problem(struct service *s, const char *field, const char *error)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", field);
    jx_set_text(problem, "error", error);
    jx_push(service_problems(s), problem);
}

enum err_code service_problems_end(struct service *s, struct err *e)
{
    struct json_object *problems = service_problems(s);
    size_t n = json_object_array_length(problems);
    struct str text;

    if (!n)
        return ERR_OK;
    str_init(&text, s->arena, SENTENCES_BYTES);
    for (size_t i = 0; i < n; i++)
        str_addf(&text, "%s%s", i ? " " : "", jx_get_text(json_object_array_get_idx(problems, i), "error"));
    return err_set(e, ERR_INVALID_FIELDS, "%s", text.p);
}
