/*
 * One's own account: the password, the tokens, and where one is signed in.
 */
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view.h"

enum err_code settings_show_own(struct exchange *x, const struct err *why, const char *field,
                                struct response *out, struct err *e)
{
    const struct service_caller *caller = exchange_caller(x);
    struct json_object *fields = jx_own(x->arena, json_object_new_object());
    struct json_object *tokens, *model;

    TRY(service_token_list(x->service, caller->name, &tokens, e));
    model = view_page(x, "Your account", VIEW_NOWHERE, NULL);
    jx_set(model, "fields", json_object_get(fields));
    settings_tokens(x, model, tokens, false);
    settings_field(x, fields, "current_password", NULL);
    settings_field(x, fields, "password", NULL);
    settings_field(x, fields, "password_again", NULL);
    settings_field(x, fields, "user", NULL);
    settings_token_fields(x, fields);
    settings_set_errors(x, model, why, field);
    out->status = settings_status(why);
    out->retry_after_s = why ? why->retry_after_s : 0;
    return view_render(x, "account", model, out, e);
}

enum err_code handle_account_page(struct exchange *x, struct response *out, struct err *e)
{
    return settings_show_own(x, NULL, NULL, out, e);
}

static enum err_code set_password(struct exchange *x, struct err *e)
{
    const char *current, *password, *again;

    TRY(form_text(&x->form, "current_password", &current, e));
    TRY(form_text(&x->form, "password", &password, e));
    TRY(form_text(&x->form, "password_again", &again, e));
    if (!str_eq(password, again)) {
        struct json_object *problem = json_object_new_object();

        jx_set_text(problem, "field", "password_again");
        jx_set_text(problem, "error", "This is not the same as above. Type the new password twice.");
        jx_push(service_problems(x->service), problem);
        return err_set(e, ERR_INVALID_FIELDS, "The two new passwords differ.");
    }
    return service_own_password(x->service, current, password, x->request->address, e);
}

enum err_code handle_account_password_form(struct exchange *x, struct response *out, struct err *e)
{
    struct err why = {0};

    if (set_password(x, &why) == ERR_OK) {
        exchange_redirect(x, out, "/account",
                          "Your password is changed. Everywhere else you are signed out now.");
        return ERR_OK;
    }
    settings_rename_problem(x, "current", "current_password");
    if (settings_is_answer(x, &why))
        return settings_show_own(x, &why, "current_password", out, e);
    *e = why;
    return why.code;
}

enum err_code handle_account_sessions_form(struct exchange *x, struct response *out, struct err *e)
{
    TRY(service_own_sessions_end(x->service, e));
    exchange_redirect(x, out, "/account", "You are signed out everywhere but here.");
    return ERR_OK;
}
