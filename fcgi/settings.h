/*
 * What the pages of settings, accounts and tokens share: forms that are shown again with what was typed, and tables.
 */
#ifndef TIDELINE_FCGI_SETTINGS_H
#define TIDELINE_FCGI_SETTINGS_H

#include "fcgi/exchange.h"

/* Rows of tables, so that a page stays within its 30 KB whatever the names are. */
enum { SETTINGS_ACCOUNTS = 20, SETTINGS_TOKENS = 12, SETTINGS_OWN_TOKENS = 25 };

/* Add a field to the fields of a form: {value, error}. value: what was typed, else `otherwise`. Passwords get NULL and stay empty. */
void settings_field(struct exchange *x, struct json_object *fields, const char *name, const char *otherwise);

/* A field with a choice: also options: [{value, label, chosen}]. values and labels end with NULL. */
struct settings_choice {
    const char *name, *otherwise;
    const char *const *values, *const *labels;
};
void settings_choose(struct exchange *x, struct json_object *fields, const struct settings_choice *choice);

/* The page calls a field otherwise than the service does. */
void settings_rename_problem(struct exchange *x, const char *from, const char *to);

/* Is this failure an answer to what was typed, to be shown in the form? */
bool settings_is_answer(struct exchange *x, const struct err *why);

/* The status of a page that shows it. */
int settings_status(const struct err *why);

/* The errors of a form, from service_problems(); a failure that named no field stands at `field`. why NULL: none. */
void settings_set_errors(struct exchange *x, struct json_object *model, const struct err *why,
                         const char *field);

/* The role as a field of a form. */
void settings_role(struct exchange *x, struct json_object *fields, const char *otherwise);

/* model.tokens {any, rows, more} of service_token_list's view, and the fields of the form that makes one. everybodys: name the account in each
 * row, and show fewer. */
void settings_tokens(struct exchange *x, struct json_object *model, const struct json_object *view,
                     bool everybodys);
void settings_token_fields(struct exchange *x, struct json_object *fields);

/* The pages themselves, shown again with what was typed when a form on them is refused; why NULL: the plain page. field: see settings_set_errors(). */
enum err_code settings_show(struct exchange *x, const struct err *why, const char *field,
                            struct response *out, struct err *e);
enum err_code settings_show_own(struct exchange *x, const struct err *why, const char *field,
                                struct response *out, struct err *e);

#endif
