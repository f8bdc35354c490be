#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/util/clock.h"
#include "core/util/log.h"

static bool is_admin(const struct service *s)
{
    return service_may(s, SERVICE_ADMIN);
}

/* At the command line the answer says it already. */
static void log_change(const struct service *s, const char *what, int64_t id, const char *account)
{
    if (s->mode != SERVICE_CLI)
        log_write(LOG_INFO, "Token %lld of account \"%s\" %s by %s", (long long)id, account, what, s->actor);
}

static void check_token_name(struct service *s, const char *name)
{
    struct err why = {0};

    if (auth_token_name_check(name, &why) != ERR_OK)
        service_problem(s, "name", why.message);
}

static void check_scope(struct service *s, const char *scope, const struct store_account *account)
{
    if (!str_eq(scope, "read") && !str_eq(scope, "write"))
        service_problem(s, "scope", "The scope must be read or write.");
    else if (str_eq(scope, "write") && account && str_eq(account->role, "viewer"))
        service_problem(
            s, "scope",
            arena_printf(s->arena,
                         "\"%s\" is a viewer, whose tokens can only read. Choose the scope read, or "
                         "make the account editor first.",
                         account->name));
}

/* Whose token it is to be: somebody else's only where an admin asks. */
static enum err_code find_owner(struct service *s, const char *user, struct store_account *account,
                                struct err *e)
{
    enum err_code code;

    TRY(service_need_account(s, e));
    if (!user || !*user) {
        service_problem(s, "user", "Say whose token it is to be.");
        return service_problems_end(s, e);
    }
    if (!str_eq(user, s->caller.name))
        TRY(service_need(s, SERVICE_ADMIN, e));
    code = store_account_get(s->store, s->arena, user, account, e);
    if (code == ERR_NOT_FOUND)
        service_problem(s, "user", e->message);
    return code;
}

static enum err_code check_args(struct service *s, const struct service_token_args *args,
                                struct store_token *token, const struct store_account *account, struct err *e)
{
    token->account = account->name;
    token->name = args->name && *args->name ? args->name : "token";
    token->scope = args->scope && *args->scope ? args->scope : "read";
    token->created_by = s->actor;
    check_scope(s, token->scope, account);
    check_token_name(s, token->name);
    if (args->days < 0 || args->days > AUTH_TOKEN_DAYS_MOST)
        service_problem(
            s, "expires",
            arena_printf(s->arena, "The token may be good for 1 to %d days.", AUTH_TOKEN_DAYS_MOST));
    return service_problems_end(s, e);
}

static void view_made(struct service *s, const struct store_token *token, const struct auth_token_made *made,
                      struct json_object **view)
{
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set_text(*view, "token", made->value);
    jx_set_int(*view, "id", made->id);
    jx_set_text(*view, "name", token->name);
    jx_set_text(*view, "account", token->account);
    jx_set_text(*view, "scope", token->scope);
    view_time(s, *view, "ends_at", made->ends_at_us);
}

enum err_code service_token_create(struct service *s, const struct service_token_args *args,
                                   struct json_object **view, struct err *e)
{
    const struct auth auth = service_auth(s);
    const char *user = args->user || s->mode == SERVICE_CLI ? args->user : s->caller.name;
    struct store_account account;
    struct store_token token = {0};
    struct auth_token_made made;

    TRY(find_owner(s, user, &account, e));
    TRY(check_args(s, args, &token, &account, e));
    TRY(auth_token_create(&auth, &token, args->days, &made, e));
    log_change(s, str_eq(token.scope, "write") ? "made (scope write)" : "made (scope read)", made.id,
               token.account);
    view_made(s, &token, &made, view);
    return ERR_OK;
}

static struct json_object *view_token(struct service *s, const struct store_token *token)
{
    struct json_object *o = json_object_new_object();

    jx_set_int(o, "id", token->id);
    jx_set_text(o, "hint", token->hint);
    jx_set_text(o, "name", token->name);
    jx_set_text(o, "account", token->account);
    jx_set_text(o, "role", token->role);
    jx_set_text(o, "scope", token->scope);
    view_time(s, o, "created_at", token->created_at_us);
    view_text(o, "created_by", token->created_by);
    view_time(s, o, "ends_at", token->ends_at_us);
    view_time(s, o, "used_at", token->used_at_us);
    jx_set_bool(o, "over", token->ends_at_us && token->ends_at_us <= clock_now_us());
    return o;
}

/* Everybody's, or an account's; others than admins see their own only. */
static enum err_code choose_owner(struct service *s, const char **user, struct err *e)
{
    struct store_account account;

    if (!s->caller.name)
        return service_need_account(s, e);
    if (!*user && !is_admin(s))
        *user = s->caller.name;
    if (!*user)
        return ERR_OK;
    if (!str_eq(*user, s->caller.name))
        TRY(service_need(s, SERVICE_ADMIN, e));
    return store_account_get(s->store, s->arena, *user, &account, e);
}

enum err_code service_token_list(struct service *s, const char *user, struct json_object **view,
                                 struct err *e)
{
    struct json_object *answer = jx_own(s->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();
    struct store_token *tokens;
    size_t n = 0;

    jx_set(answer, "tokens", list);
    TRY(choose_owner(s, &user, e));
    TRY(store_token_list(s->store, s->arena, user, &tokens, &n, e));
    for (size_t i = 0; i < n; i++)
        jx_push(list, view_token(s, &tokens[i]));
    *view = answer;
    return ERR_OK;
}

enum err_code service_token_revoke(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    const struct auth auth = service_auth(s);
    struct store_token token;

    TRY(service_need_account(s, e));
    TRY(store_token_get_id(s->store, s->arena, id, &token, e));
    /* Not a word about other people's tokens, not even that there is one. */
    if (!str_eq(token.account, s->caller.name) && !is_admin(s))
        return err_set(e, ERR_NOT_FOUND, "There is no token %lld. See: tideline token list", (long long)id);
    TRY(auth_token_remove(&auth, id, e));
    log_change(s, "revoked", id, token.account);
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "token", view_token(s, &token));
    return ERR_OK;
}
