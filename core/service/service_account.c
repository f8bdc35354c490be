#include "core/service/service_account.h"

#include "core/service/service_internal.h"
#include "core/util/log.h"

_Static_assert((int)SERVICE_ADMIN == (int)AUTH_ADMIN && (int)SERVICE_VIEWER == (int)AUTH_VIEWER,
               "the roles of both headers are the same");

struct auth service_auth(struct service *s)
{
    return (struct auth){.store = s->store, .arena = s->arena, .wait_ms = service_wait_ms(s)};
}

const struct service_caller *service_caller(const struct service *s)
{
    return &s->caller;
}

void service_leave(struct service *s)
{
    s->actor = s->opened_as;
    s->caller = (struct service_caller){0};
    if (s->mode != SERVICE_WEB)
        s->caller = (struct service_caller){.name = s->opened_as, .role = SERVICE_ADMIN, .may_write = true};
}

static void enter(struct service *s, const char *name, const char *role)
{
    enum auth_role known = AUTH_NOBODY;

    service_leave(s);
    /* A role that another version wrote is no role here. */
    (void)auth_role_of(role, &known);
    s->caller = (struct service_caller){.name = name, .role = (enum service_role)known, .may_write = true};
    s->actor = name;
}

static void enter_session(struct service *s, const struct store_session *session, const char *value)
{
    enter(s, session->account, session->role);
    s->caller.session_hash = session->hash;
    s->caller.session_value = value;
}

enum err_code service_enter_session(struct service *s, const char *cookie, struct err *e)
{
    const struct auth auth = service_auth(s);
    struct store_session session;
    bool found = false;

    service_leave(s);
    TRY(auth_session(&auth, cookie, &session, &found, e));
    if (found)
        enter_session(s, &session, arena_strdup(s->arena, cookie));
    return ERR_OK;
}

enum err_code service_enter_token(struct service *s, const char *token, struct err *e)
{
    const struct auth auth = service_auth(s);
    struct store_token row;

    service_leave(s);
    TRY(auth_token(&auth, token, &row, e));
    enter(s, row.account, row.role);
    s->caller.may_write = str_eq(row.scope, "write");
    return ERR_OK;
}

static enum err_code sign_in_first(struct err *e)
{
    return err_set(e, ERR_UNAUTHENTICATED, "Nobody is signed in. Sign in first.");
}

static enum err_code only_reads(struct err *e)
{
    return err_set(e, ERR_FORBIDDEN,
                   "This token may only read. Use one of scope write: tideline token create");
}

enum err_code service_need(const struct service *s, enum service_role role, struct err *e)
{
    const struct service_caller *caller = &s->caller;

    if (s->mode != SERVICE_WEB || role == SERVICE_NOBODY || (role == SERVICE_VIEWER && s->tenant.public_read))
        return ERR_OK;
    if (!caller->name)
        return sign_in_first(e);
    if (caller->role < role)
        return err_set(
            e, ERR_FORBIDDEN,
            "This needs the role %s, and your account \"%s\" is %s. Ask an admin of this timeline.",
            auth_role_name((enum auth_role)role), caller->name,
            caller->role ? auth_role_name((enum auth_role)caller->role) : "of none");
    return role >= SERVICE_EDITOR && !caller->may_write ? only_reads(e) : ERR_OK;
}

bool service_may(const struct service *s, enum service_role role)
{
    return service_need(s, role, NULL) == ERR_OK;
}

enum err_code service_need_account(const struct service *s, struct err *e)
{
    if (!s->caller.name)
        return sign_in_first(e);
    return s->caller.may_write ? ERR_OK : only_reads(e);
}

enum err_code service_login(struct service *s, const struct service_login *login, const char **cookie,
                            struct err *e)
{
    const struct auth auth = service_auth(s);
    const struct auth_login asked = {
        .name = login->name, .password = login->password, .address = login->address};
    struct store_session session;

    service_leave(s);
    TRY(auth_login(&auth, &asked, &session, cookie, e));
    enter_session(s, &session, *cookie);
    return ERR_OK;
}

enum err_code service_logout(struct service *s, struct err *e)
{
    const struct auth auth = service_auth(s);

    if (s->caller.session_hash) {
        TRY(auth_logout(&auth, s->caller.session_hash, e));
        log_write(LOG_INFO, "Logout: account \"%s\"", s->caller.name);
    }
    service_leave(s);
    return ERR_OK;
}

char *service_csrf_token(struct service *s)
{
    return s->caller.session_value ? auth_csrf_token(s->arena, s->caller.session_value) : NULL;
}

bool service_csrf_valid(struct service *s, const char *token)
{
    return s->caller.session_value && auth_csrf_valid(s->caller.session_value, token);
}

char *service_seal(struct service *s, const char *text)
{
    return s->caller.session_value ? auth_seal(s->arena, s->caller.session_value, text) : NULL;
}

char *service_unseal(struct service *s, const char *sealed)
{
    return s->caller.session_value ? auth_unseal(s->arena, s->caller.session_value, sealed) : NULL;
}

enum err_code service_has_accounts(struct service *s, bool *any, struct err *e)
{
    int64_t n = 0;

    TRY(store_account_count(s->store, NULL, &n, e));
    *any = n > 0;
    return ERR_OK;
}
