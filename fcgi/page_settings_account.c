/*
 * One account, for an admin: its role, a new password, removing it; and adding one.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view.h"

static const char *name_of(const struct exchange *x)
{
    return x->request->segments[2];
}

static const char *address_of(struct exchange *x, const char *name)
{
    return arena_printf(x->arena, "/settings/accounts/%s", request_encode(x->arena, name));
}

enum err_code handle_settings_account_add_form(struct exchange *x, struct response *out, struct err *e)
{
    const char *name, *role, *password;
    struct json_object *view;
    struct err why = {0};

    TRY(form_text(&x->form, "name", &name, e));
    TRY(form_text(&x->form, "role", &role, e));
    TRY(form_text(&x->form, "password", &password, e));
    if (service_user_add(x->service, name, role, password, &view, &why) == ERR_OK) {
        exchange_redirect(
            x, out, "/settings",
            arena_printf(x->arena, "%s has an account now. Tell them their name and password.", name));
        return ERR_OK;
    }
    if (settings_is_answer(x, &why))
        return settings_show(x, &why, "name", out, e);
    *e = why;
    return why.code;
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *account)
{
    struct json_object *facts = json_object_new_array();
    const char *by = jx_get_text(account, "created_by");

    view_fact(facts, "Role", view_value_text(jx_get_text(account, "role")), NULL);
    view_set_time(x, view_fact(facts, "Last sign-in", NULL, NULL), "when", jx_get_text(account, "login_at"));
    if (!jx_get_text(account, "login_at"))
        jx_set(json_object_array_get_idx(facts, 1), "value", view_value_text("never"));
    view_set_time(x, view_fact(facts, "Made", NULL, by && *by ? arena_printf(x->arena, "by %s", by) : NULL),
                  "when", jx_get_text(account, "created_at"));
    view_fact(
        facts, "Signed in",
        view_value_text(view_plural(x->arena, jx_get_int(account, "sessions", 0), "browser", "browsers")),
        NULL);
    return facts;
}

static enum err_code show(struct exchange *x, const struct err *why, const char *field, struct response *out,
                          struct err *e)
{
    const char *name = name_of(x);
    bool ask = str_eq(request_param(x->request, "ask"), "remove") ||
               str_eq(form_first(&x->form, "action"), "remove");
    struct json_object *fields = jx_own(x->arena, json_object_new_object());
    struct json_object *view, *account, *tokens, *model;

    TRY(service_user_show(x->service, name, &view, e));
    TRY(service_token_list(x->service, name, &tokens, e));
    account = jx_get(view, "account");
    model = view_page(x, ask ? arena_printf(x->arena, "Remove %s?", name) : name, VIEW_SETTINGS, NULL);
    jx_set(model, "fields", json_object_get(fields));
    jx_set_text(model, "name", name);
    jx_set_bool(model, "you", str_eq(name, exchange_caller(x)->name));
    jx_set_text(model, "action", address_of(x, name));
    jx_set(model, "facts", facts_of(x, account));
    settings_tokens(x, model, tokens, false);
    settings_role(x, fields, jx_get_text(account, "role"));
    settings_field(x, fields, "password", NULL);
    settings_field(x, fields, "remove", NULL);
    settings_set_errors(x, model, why, field);
    out->status = settings_status(why);
    return view_render(x, ask ? "settings_account_remove" : "settings_account", model, out, e);
}

enum err_code handle_settings_account_page(struct exchange *x, struct response *out, struct err *e)
{
    return show(x, NULL, NULL, out, e);
}

/* What one of the page's forms asks for; *flash says what was done. */
struct change {
    const char *action, *field, *value;
    const char *location, *flash;
};

static enum err_code set_role(struct exchange *x, struct change *c, struct err *e)
{
    const char *name = name_of(x);
    struct json_object *view;

    TRY(service_user_set_role(x->service, name, c->value, &view, e));
    c->flash =
        arena_printf(x->arena, "%s is %s %s now.", name, strchr("ae", c->value[0]) ? "an" : "a", c->value);
    /* Whoever took the role from themselves sees these pages no longer. */
    if (str_eq(name, exchange_caller(x)->name) && !str_eq(c->value, "admin"))
        c->location = "/";
    return ERR_OK;
}

static enum err_code set_password(struct exchange *x, struct change *c, struct err *e)
{
    struct json_object *view;

    TRY(service_user_set_password(x->service, name_of(x), c->value, &view, e));
    c->flash =
        arena_printf(x->arena, "%s has a new password, and has to sign in with it everywhere.", name_of(x));
    return ERR_OK;
}

static enum err_code remove_account(struct exchange *x, struct change *c, struct err *e)
{
    bool own = str_eq(name_of(x), exchange_caller(x)->name);
    struct json_object *view;

    TRY(service_user_remove(x->service, name_of(x), &view, e));
    c->flash = arena_printf(x->arena, "The account %s is gone, with its tokens and sessions.", name_of(x));
    c->location = own ? "/login" : "/settings";
    return ERR_OK;
}

static enum err_code change(struct exchange *x, struct change *c, struct err *e)
{
    static const struct {
        const char *action, *field;
        enum err_code (*make)(struct exchange *x, struct change *c, struct err *e);
    } changes[] = {{"role", "role", set_role},
                   {"password", "password", set_password},
                   {"remove", "remove", remove_account}};

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (!str_eq(changes[i].action, c->action))
            continue;
        c->field = changes[i].field;
        TRY(form_text(&x->form, c->field, &c->value, e));
        return changes[i].make(x, c, e);
    }
    return err_set(e, ERR_INVALID_INPUT,
                   "The form does not say what is to be done: open the account's page again.");
}

enum err_code handle_settings_account_form(struct exchange *x, struct response *out, struct err *e)
{
    struct change c = {.location = address_of(x, name_of(x))};
    struct err why = {0};

    TRY(form_text(&x->form, "action", &c.action, e));
    if (change(x, &c, &why) == ERR_OK) {
        exchange_redirect(x, out, c.location, c.flash);
        return ERR_OK;
    }
    if (settings_is_answer(x, &why))
        return show(x, &why, c.field, out, e);
    *e = why;
    return why.code;
}
