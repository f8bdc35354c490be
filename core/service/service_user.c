#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/util/log.h"

/* At the command line the answer says it already. */
static void log_change(const struct service *s, const char *what, const char *name, const char *more)
{
    if (s->mode != SERVICE_CLI)
        log_write(LOG_INFO, "Account \"%s\" %s%s by %s", name, what, more ? more : "", s->actor);
}

static enum err_code view_account(struct service *s, const struct store_account *account,
                                  struct json_object **out, struct err *e)
{
    struct json_object *o = json_object_new_object();
    int64_t sessions = 0;
    int64_t tokens = 0;

    *out = o;
    jx_set_text(o, "name", account->name);
    jx_set_text(o, "role", account->role);
    view_time(s, o, "created_at", account->created_at_us);
    view_text(o, "created_by", account->created_by);
    view_time(s, o, "password_at", account->password_at_us);
    view_time(s, o, "login_at", account->login_at_us);
    TRY(store_session_count(s->store, account->name, auth_seen_since_us(), &sessions, e));
    TRY(store_token_count(s->store, account->name, &tokens, e));
    jx_set_int(o, "sessions", sessions);
    jx_set_int(o, "tokens", tokens);
    return ERR_OK;
}

static enum err_code show(struct service *s, const char *name, struct json_object **view, struct err *e)
{
    struct json_object *answer = jx_own(s->arena, json_object_new_object());
    struct json_object *shown = NULL;
    struct store_account account;
    enum err_code code;

    TRY(store_account_get(s->store, s->arena, name, &account, e));
    code = view_account(s, &account, &shown, e);
    jx_set_bool(answer, "success", true);
    jx_set(answer, "account", shown);
    TRY(code);
    *view = answer;
    return ERR_OK;
}

static void check_name(struct service *s, const char *name)
{
    struct err why = {0};

    if (auth_name_check(name ? name : "", &why) != ERR_OK)
        service_problem(s, "name", why.message);
}

static enum auth_role check_role(struct service *s, const char *role)
{
    enum auth_role known = AUTH_NOBODY;

    if (!auth_role_of(role, &known))
        service_problem(s, "role", "The role must be viewer, editor or admin.");
    return known;
}

static void check_password(struct service *s, const char *name, const char *password)
{
    struct err why = {0};

    if (auth_password_check(name, password ? password : "", &why) != ERR_OK)
        service_problem(s, "password", why.message);
}

/* A refusal that belongs to one field of the form. */
static enum err_code noted(struct service *s, const char *field, enum err_code code, const struct err *e)
{
    if (code == ERR_EXISTS || code == ERR_FORBIDDEN || code == ERR_NOT_FOUND)
        service_problem(s, field, e->message);
    return code;
}

enum err_code service_user_add(struct service *s, const char *name, const char *role, const char *password,
                               struct json_object **view, struct err *e)
{
    const struct auth auth = service_auth(s);
    const struct store_account account = {.name = name, .role = role, .created_by = s->actor};

    TRY(service_need(s, SERVICE_ADMIN, e));
    check_name(s, name);
    (void)check_role(s, role);
    check_password(s, name, password);
    TRY(service_problems_end(s, e));
    TRY(noted(s, "name", auth_account_add(&auth, &account, password, e), e));
    log_change(s, "added as ", name, role);
    return show(s, name, view, e);
}

enum err_code service_user_check(struct service *s, const char *name, const char *role, struct err *e)
{
    struct store_account account;
    enum err_code code;

    TRY(service_need(s, SERVICE_ADMIN, e));
    check_name(s, name);
    (void)check_role(s, role);
    TRY(service_problems_end(s, e));
    code = store_account_get(s->store, s->arena, name, &account, e);
    if (code == ERR_OK)
        return noted(s, "name", store_account_taken(name, e), e);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

enum err_code service_user_show(struct service *s, const char *name, struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_ADMIN, e));
    return show(s, name, view, e);
}

enum err_code service_user_list(struct service *s, struct json_object **view, struct err *e)
{
    struct json_object *answer = jx_own(s->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();
    struct store_account *accounts;
    size_t n = 0;

    jx_set(answer, "accounts", list);
    TRY(service_need(s, SERVICE_ADMIN, e));
    TRY(store_account_list(s->store, s->arena, &accounts, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = NULL;
        enum err_code code = view_account(s, &accounts[i], &o, e);

        jx_push(list, o);
        TRY(code);
    }
    *view = answer;
    return ERR_OK;
}

enum err_code service_user_set_role(struct service *s, const char *name, const char *role,
                                    struct json_object **view, struct err *e)
{
    const struct auth auth = service_auth(s);
    enum auth_role known;

    TRY(service_need(s, SERVICE_ADMIN, e));
    known = check_role(s, role);
    TRY(service_problems_end(s, e));
    TRY(noted(s, "role", auth_account_set_role(&auth, name, known, e), e));
    log_change(s, "made ", name, role);
    return show(s, name, view, e);
}

enum err_code service_user_set_password(struct service *s, const char *name, const char *password,
                                        struct json_object **view, struct err *e)
{
    const struct auth auth = service_auth(s);
    struct store_account account;
    const char *own = s->caller.session_hash && str_eq(name, s->caller.name) ? s->caller.session_hash : NULL;

    TRY(service_need(s, SERVICE_ADMIN, e));
    TRY(noted(s, "name", store_account_get(s->store, s->arena, name, &account, e), e));
    check_password(s, name, password);
    TRY(service_problems_end(s, e));
    TRY(auth_account_set_password(&auth, name, password, own, e));
    log_change(s, "given a new password", name, NULL);
    return show(s, name, view, e);
}

enum err_code service_user_remove(struct service *s, const char *name, struct json_object **view,
                                  struct err *e)
{
    const struct auth auth = service_auth(s);

    TRY(service_need(s, SERVICE_ADMIN, e));
    TRY(noted(s, "name", auth_account_remove(&auth, name, e), e));
    log_change(s, "removed", name, NULL);
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set_text(*view, "removed", name);
    return ERR_OK;
}

/* Whether the caller knows the password that is in force. */
static enum err_code check_current(struct service *s, const char *current, const char *address, struct err *e)
{
    const struct auth auth = service_auth(s);
    const struct auth_login login = {.name = s->caller.name, .password = current, .address = address};
    enum err_code code = auth_password_verify(&auth, &login, e);

    if (code == ERR_TOO_MANY)
        service_problem(s, "current", e->message);
    if (code != ERR_UNAUTHENTICATED)
        return code;
    service_problem(s, "current", "This is not your password.");
    return service_problems_end(s, e);
}

enum err_code service_own_password(struct service *s, const char *current, const char *password,
                                   const char *address, struct err *e)
{
    const struct auth auth = service_auth(s);

    TRY(service_need_account(s, e));
    if (!current || !*current)
        service_problem(s, "current", "Type the password that you have now.");
    check_password(s, s->caller.name, password);
    TRY(service_problems_end(s, e));
    if (str_eq(current, password))
        service_problem(s, "password", "This is the password that you have now. Choose another one.");
    TRY(service_problems_end(s, e));
    TRY(check_current(s, current, address, e));
    TRY(auth_account_set_password(&auth, s->caller.name, password, s->caller.session_hash, e));
    log_change(s, "given a new password", s->caller.name, NULL);
    return ERR_OK;
}

enum err_code service_own_sessions_end(struct service *s, struct err *e)
{
    const struct auth auth = service_auth(s);

    TRY(service_need_account(s, e));
    TRY(auth_sessions_end(&auth, s->caller.name, s->caller.session_hash, e));
    log_change(s, "signed out in all other browsers", s->caller.name, NULL);
    return ERR_OK;
}
