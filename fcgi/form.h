/*
 * What a browser's form sent (application/x-www-form-urlencoded, WHATWG URL standard) and how a form is shown again: with
 * what was typed, the problems beside the fields, and a summary at the top.
 *
 * Every field is UTF-8 without NUL; CR LF become LF. A field that has one value and comes twice is refused by form_text().
 */
#ifndef TIDELINE_FCGI_FORM_H
#define TIDELINE_FCGI_FORM_H

#include "core/util/jx.h"
#include "fcgi/request.h"

enum { FORM_FIELDS = 4096 };

struct form {
    struct request_param *fields; /* in the order sent */
    size_t n;
};

/* ERR_INVALID_INPUT, ERR_TOO_LARGE (more than FORM_FIELDS). */
enum err_code form_parse(struct arena *a, const char *p, size_t n, struct form *out, struct err *e);

/* The value of a field that is there once; "" when it is not there. Twice is ERR_INVALID_INPUT. */
enum err_code form_text(const struct form *f, const char *name, const char **out, struct err *e);
/* The first value, or "" (for showing what was typed again, where a second one does no harm). */
const char *form_first(const struct form *f, const char *name);
bool form_has(const struct form *f, const char *name);
/* All values of a field, NULL-terminated. */
const char *const *form_all(struct arena *a, const struct form *f, const char *name, size_t *n);

/*
 * Problems [{field, error}] (service_problems) for a template: model.errors = {any: true, items: [{href: "#FIELD", text}]} for the partial
 * `error_summary`, or null; and in `fields`, an object with one object for each field of the form, `error` of it (null where there is none). A field's id
 * on the page is its name.
 */
void form_set_problems(struct json_object *model, struct json_object *fields, struct json_object *problems);

#endif
