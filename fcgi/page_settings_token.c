/*
 * Tokens of programs: making one, which is shown once on the answer itself, and revoking one.
 */
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view.h"

enum { DAYS_DIGITS = 4, DAYS_UNREADABLE = -1 };

/* The service says what it thinks of a number that makes no sense. */
static int64_t days_of(const char *text)
{
    size_t n = strlen(text);

    if (!n || n > DAYS_DIGITS || strspn(text, "0123456789") != n)
        return DAYS_UNREADABLE;
    return strtol(text, NULL, 10);
}

static bool is_from_settings(const struct exchange *x)
{
    return str_eq(form_first(&x->form, "from"), "settings");
}

static enum err_code show_made(struct exchange *x, const struct json_object *view, struct response *out,
                               struct err *e)
{
    struct json_object *model =
        view_page(x, "Copy the token now", is_from_settings(x) ? VIEW_SETTINGS : VIEW_NOWHERE, NULL);
    struct json_object *facts = json_object_new_array();

    jx_set_text(model, "token", jx_get_text(view, "token"));
    view_fact(facts, "For", view_value_text(jx_get_text(view, "name")), NULL);
    view_fact(facts, "Account", view_value_text(jx_get_text(view, "account")), NULL);
    view_fact(facts, "Scope", view_value_text(jx_get_text(view, "scope")), NULL);
    view_set_time(x,
                  view_fact(facts, "Ends",
                            jx_get_text(view, "ends_at") ? NULL : view_value_text("when it is revoked"),
                            NULL),
                  "when", jx_get_text(view, "ends_at"));
    jx_set(model, "facts", facts);
    jx_set_text(model, "example",
                arena_printf(x->arena, "curl -H \"Authorization: Bearer $TOKEN\" %s/api/v1/status",
                             x->tenant->page_url));
    jx_set_text(model, "back", is_from_settings(x) ? "/settings#tokens" : "/account#tokens");
    out->cache_control = "no-store";
    out->unkept = true;
    return view_render(x, "token_made", model, out, e);
}

static enum err_code read_form(struct exchange *x, struct service_token_args *args, struct err *e)
{
    const char *user, *days;

    TRY(form_text(&x->form, "user", &user, e));
    TRY(form_text(&x->form, "scope", &args->scope, e));
    TRY(form_text(&x->form, "token_name", &args->name, e));
    TRY(form_text(&x->form, "expires", &days, e));
    args->user = *user ? user : NULL;
    args->scope = *args->scope ? args->scope : NULL;
    args->days = days_of(days);
    return ERR_OK;
}

enum err_code handle_token_create_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_token_args args = {0};
    struct json_object *view;
    struct err why = {0};

    TRY(read_form(x, &args, e));
    if (service_token_create(x->service, &args, &view, &why) == ERR_OK)
        return show_made(x, view, out, e);
    settings_rename_problem(x, "name", "token_name");
    if (settings_is_answer(x, &why))
        return is_from_settings(x) && exchange_may(x, SERVICE_ADMIN)
                   ? settings_show(x, &why, "token_name", out, e)
                   : settings_show_own(x, &why, "token_name", out, e);
    *e = why;
    return why.code;
}

static enum err_code find_token(struct exchange *x, struct json_object **out, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[1]);
    struct json_object *view, *list;

    TRY(service_token_list(x->service, NULL, &view, e));
    list = jx_get(view, "tokens");
    for (size_t i = 0; id && i < json_object_array_length(list); i++) {
        *out = json_object_array_get_idx(list, i);
        if (jx_get_int(*out, "id", 0) == id)
            return ERR_OK;
    }
    return err_set(e, ERR_NOT_FOUND,
                   "There is no such token, or it is not yours. It may have been revoked already.");
}

static const char *back_of(struct exchange *x, const struct json_object *token)
{
    return str_eq(jx_get_text(token, "account"), exchange_caller(x)->name) ? "/account" : "/settings";
}

enum err_code handle_token_revoke_page(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *facts = jx_own(x->arena, json_object_new_array());
    struct json_object *token, *model;
    const char *used;

    TRY(find_token(x, &token, e));
    used = jx_get_text(token, "used_at");
    model = view_page(x, "Revoke this token?", VIEW_NOWHERE, NULL);
    jx_set_text(model, "name", jx_get_text(token, "name"));
    jx_set_text(model, "action", x->request->path);
    jx_set_text(model, "back", back_of(x, token));
    view_fact(facts, "Begins with", view_value_code(jx_get_text(token, "hint")), NULL);
    view_fact(facts, "Account", view_value_text(jx_get_text(token, "account")), NULL);
    view_fact(facts, "Scope", view_value_text(jx_get_text(token, "scope")), NULL);
    view_set_time(x, view_fact(facts, "Last used", used ? NULL : view_value_text("never"), NULL), "when",
                  used);
    jx_set(model, "facts", json_object_get(facts));
    return view_render(x, "token_revoke", model, out, e);
}

enum err_code handle_token_revoke_form(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *token, *view;
    const char *flash;

    TRY(find_token(x, &token, e));
    flash = arena_printf(x->arena, "The token “%s” is revoked: whoever uses it is refused from now on.",
                         jx_get_text(token, "name"));
    TRY(service_token_revoke(x->service, jx_get_int(token, "id", 0), &view, e));
    exchange_redirect(x, out, back_of(x, token), flash);
    return ERR_OK;
}
