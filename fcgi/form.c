#include "fcgi/form.h"

#include <stdio.h>
#include <string.h>

#include "core/util/jx.h"
#include "core/util/str.h"

/* Browsers send line ends as CR LF whatever was typed; events and descriptions hold LF. */
static const char *with_plain_line_ends(struct arena *a, const char *text)
{
    char *out;
    char *q;

    if (!strchr(text, '\r'))
        return text;
    out = arena_alloc(a, strlen(text) + 1);
    q = out;
    for (const char *p = text; *p; p++)
        if (*p != '\r' || p[1] != '\n')
            *q++ = (char)(*p == '\r' ? '\n' : *p);
    return out;
}

static enum err_code add(struct arena *a, const char *p, size_t n, struct form *out, struct err *e)
{
    const char *equals = memchr(p, '=', n);
    size_t name_n = equals ? (size_t)(equals - p) : n;
    const struct request_encoded name = {p, name_n, true, "form"};
    const struct request_encoded value = {equals ? equals + 1 : p + n, equals ? n - name_n - 1 : 0, true,
                                          "form"};
    struct request_param *field = &out->fields[out->n];

    if (!n)
        return ERR_OK;
    TRY(request_decode(a, &name, &field->name, e));
    TRY(request_decode(a, &value, &field->value, e));
    field->value = with_plain_line_ends(a, field->value);
    out->n++;
    return ERR_OK;
}

enum err_code form_parse(struct arena *a, const char *p, size_t n, struct form *out, struct err *e)
{
    size_t fields = n > 0;

    for (size_t i = 0; i < n; i++)
        fields += p[i] == '&';
    if (fields > FORM_FIELDS)
        return err_set(e, ERR_TOO_LARGE, "The form has more than %d fields.", FORM_FIELDS);
    *out = (struct form){.fields = arena_array(a, fields, sizeof *out->fields)};
    for (size_t at = 0; at < n;) {
        const char *end = memchr(p + at, '&', n - at);
        size_t length = end ? (size_t)(end - p) - at : n - at;

        TRY(add(a, p + at, length, out, e));
        at += length + 1;
    }
    return ERR_OK;
}

enum err_code form_text(const struct form *f, const char *name, const char **out, struct err *e)
{
    bool found = false;

    *out = "";
    for (size_t i = 0; i < f->n; i++) {
        if (!str_eq(f->fields[i].name, name))
            continue;
        if (found)
            return err_set(e, ERR_INVALID_INPUT, "The form gives \"%s\" twice.", name);
        *out = f->fields[i].value;
        found = true;
    }
    return ERR_OK;
}

const char *form_first(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->fields[i].name, name))
            return f->fields[i].value;
    return "";
}

bool form_has(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->fields[i].name, name))
            return true;
    return false;
}

const char *const *form_all(struct arena *a, const struct form *f, const char *name, size_t *n)
{
    const char **out = arena_array(a, f->n + 1, sizeof *out);

    *n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->fields[i].name, name))
            out[(*n)++] = f->fields[i].value;
    return out;
}

static struct json_object *field_object(struct json_object *fields, const char *name)
{
    struct json_object *field = jx_get(fields, name);

    if (!field) {
        field = json_object_new_object();
        jx_set(fields, name, field);
    }
    return field;
}

static void clear_errors(struct json_object *fields)
{
    json_object_object_foreach(fields, key, field)
    {
        (void)key;
        if (json_object_is_type(field, json_type_object))
            jx_set_text(field, "error", NULL);
    }
}

static void add_problem(struct json_object *items, struct json_object *fields,
                        const struct json_object *problem)
{
    const char *name = jx_get_text(problem, "field");
    struct json_object *item = json_object_new_object();
    struct json_object *field = field_object(fields, name);
    char href[80];

    (void)snprintf(href, sizeof href, "#%s", name);
    jx_set_text(item, "href", href);
    jx_set_text(item, "text", jx_get_text(problem, "error"));
    jx_push(items, item);
    if (!jx_get_text(field, "error"))
        jx_set_text(field, "error", jx_get_text(problem, "error"));
}

void form_set_problems(struct json_object *model, struct json_object *fields, struct json_object *problems)
{
    size_t n = problems ? json_object_array_length(problems) : 0;
    struct json_object *errors = NULL;
    struct json_object *items;

    clear_errors(fields);
    if (n) {
        errors = json_object_new_object();
        items = json_object_new_array();
        for (size_t i = 0; i < n; i++)
            add_problem(items, fields, json_object_array_get_idx(problems, i));
        jx_set_bool(errors, "any", true);
        jx_set(errors, "items", items);
    }
    jx_set(model, "errors", errors);
}
