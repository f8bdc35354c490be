#include "fcgi/settings.h"

#include <string.h>

#include "core/util/str.h"
#include "fcgi/view.h"

void settings_field(struct exchange *x, struct json_object *fields, const char *name, const char *otherwise)
{
    struct json_object *field = json_object_new_object();
    bool secret = strstr(name, "password") != NULL;

    jx_set_text(field, "value",
                secret                     ? NULL
                : form_has(&x->form, name) ? form_first(&x->form, name)
                                           : otherwise);
    jx_set_text(field, "error", NULL);
    jx_set(fields, name, field);
}

void settings_choose(struct exchange *x, struct json_object *fields, const struct settings_choice *choice)
{
    struct json_object *options = json_object_new_array();
    const char *chosen = form_has(&x->form, choice->name) ? form_first(&x->form, choice->name) : NULL;

    settings_field(x, fields, choice->name, choice->otherwise);
    jx_set(jx_get(fields, choice->name), "options", options);
    for (size_t i = 0; choice->values[i]; i++) {
        struct json_object *option = json_object_new_object();

        jx_set_text(option, "value", choice->values[i]);
        jx_set_text(option, "label", choice->labels[i]);
        jx_set_bool(option, "chosen", str_eq(choice->values[i], chosen ? chosen : choice->otherwise));
        jx_push(options, option);
    }
}

void settings_rename_problem(struct exchange *x, const char *from, const char *to)
{
    struct json_object *problems = service_problems(x->service);

    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        struct json_object *problem = json_object_array_get_idx(problems, i);

        if (str_eq(jx_get_text(problem, "field"), from))
            jx_set_text(problem, "field", to);
    }
}

bool settings_is_answer(struct exchange *x, const struct err *why)
{
    if (json_object_array_length(service_problems(x->service)))
        return true;
    switch ((int)why->code) {
    case ERR_INVALID_FIELDS:
    case ERR_STALE:
    case ERR_NOTHING_TO_DO:
    case ERR_ALREADY_RUNNING:
    case ERR_EXISTS:
    case ERR_TOO_MANY:
    case ERR_FORBIDDEN: return true;
    default: return false;
    }
}

int settings_status(const struct err *why)
{
    enum { OK = 200 };

    if (!why)
        return OK;
    /* What a form names and is not there is a field to mend; the page itself was found. */
    return err_http_status(why->code == ERR_NOT_FOUND ? ERR_INVALID_FIELDS : why->code);
}

void settings_set_errors(struct exchange *x, struct json_object *model, const struct err *why,
                         const char *field)
{
    struct json_object *problems = service_problems(x->service);

    if (why && !json_object_array_length(problems)) {
        struct json_object *problem = json_object_new_object();

        jx_set_text(problem, "field", field);
        jx_set_text(problem, "error", why->message);
        jx_push(problems, problem);
    }
    form_set_problems(model, jx_get(model, "fields"), why ? problems : NULL);
}

void settings_role(struct exchange *x, struct json_object *fields, const char *otherwise)
{
    static const char *const values[] = {"viewer", "editor", "admin", NULL};
    static const char *const labels[] = {"viewer: reads", "editor: also pulls, edits and sends",
                                         "admin: also settings and accounts", NULL};

    settings_choose(x, fields, &(struct settings_choice){"role", otherwise, values, labels});
}

static struct json_object *token_row(struct exchange *x, const struct json_object *token, bool account)
{
    struct json_object *row = json_object_new_object();
    struct arena *a = x->arena;

    jx_set_text(row, "name", jx_get_text(token, "name"));
    jx_set_text(row, "hint", jx_get_text(token, "hint"));
    jx_set_text(row, "account", account ? jx_get_text(token, "account") : NULL);
    jx_set_text(row, "scope", str_eq(jx_get_text(token, "scope"), "write") ? "reads and acts" : "reads");
    jx_set_text(row, "href", arena_printf(a, "/tokens/%lld", (long long)jx_get_int(token, "id", 0)));
    jx_set_bool(row, "over", jx_get_bool(token, "over", false));
    view_set_time(x, row, "used", jx_get_text(token, "used_at"));
    view_set_time(x, row, "ends", jx_get_text(token, "ends_at"));
    return row;
}

/* Where the others are. */
static const char *more_tokens(struct exchange *x, size_t n, bool everybodys)
{
    const char *count = view_plural(x->arena, (int64_t)n, "more token", "more tokens");

    return everybodys
               ? arena_printf(x->arena, "And %s: each account's page shows its own.", count)
               : arena_printf(x->arena, "And %s: tideline --tenant %s token list", count, x->tenant->name);
}

void settings_tokens(struct exchange *x, struct json_object *model, const struct json_object *view,
                     bool everybodys)
{
    struct json_object *list = jx_get(view, "tokens");
    struct json_object *section = json_object_new_object();
    struct json_object *rows = json_object_new_array();
    size_t n = list ? json_object_array_length(list) : 0;
    size_t most = everybodys ? SETTINGS_TOKENS : SETTINGS_OWN_TOKENS;

    for (size_t i = 0; i < n && i < most; i++)
        jx_push(rows, token_row(x, json_object_array_get_idx(list, i), everybodys));
    jx_set_bool(section, "any", n > 0);
    jx_set(section, "rows", rows);
    jx_set_text(section, "more", n > most ? more_tokens(x, n - most, everybodys) : NULL);
    jx_set(model, "tokens", section);
}

void settings_token_fields(struct exchange *x, struct json_object *fields)
{
    static const char *const scopes[] = {"read", "write", NULL};
    static const char *const scope_labels[] = {"read: look at everything",
                                               "write: also act as the account may", NULL};
    static const char *const days[] = {"30", "90", "365", "0", NULL};
    static const char *const day_labels[] = {"30 days", "90 days", "a year", "until it is revoked", NULL};

    settings_field(x, fields, "token_name", "");
    settings_choose(x, fields, &(struct settings_choice){"scope", "read", scopes, scope_labels});
    settings_choose(x, fields, &(struct settings_choice){"expires", "90", days, day_labels});
}
