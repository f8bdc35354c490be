/*
 * Proving who one is with a password. The order matters: the try is counted first, then the password is looked at without holding the
 * writer lock, then the success is written — if the account is still what it was.
 */
#include <ctype.h>
#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/log.h"
#include "core/util/str.h"

/* A try on its way. */
struct attempt {
    const char *name; /* as it would be stored */
    struct auth_throttle throttle;
    struct store_account account;
    bool known;
};

static const char *lowered(struct arena *a, const char *name)
{
    char *copy = arena_strdup(a, name ? name : "");

    for (char *p = copy; *p; p++)
        if (isascii((unsigned char)*p))
            *p = (char)tolower((unsigned char)*p);
    return copy;
}

static enum err_code refuse(struct err *e)
{
    return err_set(e, ERR_UNAUTHENTICATED, "The name or the password is wrong. Check both and try again.");
}

static enum err_code find_account(const struct auth *x, struct attempt *t, struct err *e)
{
    struct err ignored;
    enum err_code code = ERR_NOT_FOUND;

    if (auth_name_check(t->name, &ignored) == ERR_OK)
        code = store_account_get(x->store, x->arena, t->name, &t->account, e);
    t->known = code == ERR_OK;
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

/* What was typed as a name may be a password: only names of accounts are logged. */
static void log_failure(const struct attempt *t, const struct auth_login *login, const char *what)
{
    log_write(LOG_WARNING, "Login %s: %s%s%s from %s", what, t->known ? "account \"" : "no such account",
              t->known ? t->name : "", t->known ? "\"" : "", login->address ? login->address : "here");
}

static enum err_code look_at(const struct auth *x, struct attempt *t, const struct auth_login *login,
                             struct err *e)
{
    enum err_code code;

    t->name = lowered(x->arena, login->name);
    t->throttle = auth_throttle_of(x->arena, t->name, login->address);
    TRY(find_account(x, t, e));
    code = auth_throttle_charge(x, &t->throttle, e);
    if (code == ERR_TOO_MANY)
        log_failure(t, login, "not looked at");
    TRY(code);
    if (auth_password_matches(t->known ? t->account.password : NULL, login->password ? login->password : ""))
        return ERR_OK;
    log_failure(t, login, "failed");
    return refuse(e);
}

/* [w] Looking at the password took a while: meanwhile it may have been changed, or the account be gone. */
static enum err_code still_so(const struct auth *x, struct attempt *t, struct err *e)
{
    const char *seen = t->account.password;
    enum err_code code = store_account_get(x->store, x->arena, t->name, &t->account, e);

    if (code == ERR_NOT_FOUND || (code == ERR_OK && !str_eq(seen, t->account.password)))
        return refuse(e);
    return code;
}

static enum err_code sign_in(const struct auth *x, struct attempt *t, struct store_session *session,
                             const char **value, struct err *e)
{
    TRY(still_so(x, t, e));
    TRY(auth_throttle_forget(x, &t->throttle, e));
    TRY(store_account_set_login(x->store, t->name, e));
    return auth_session_start(x, &t->account, session, value, e);
}

enum err_code auth_login(const struct auth *x, const struct auth_login *login, struct store_session *session,
                         const char **value, struct err *e)
{
    struct attempt t = {0};

    TRY(look_at(x, &t, login, e));
    TRY(store_begin(x->store, x->wait_ms, e));
    TRY(store_end(x->store, sign_in(x, &t, session, value, e), e));
    log_write(LOG_INFO, "Login: account \"%s\" (%s) from %s", t.name, t.account.role,
              login->address ? login->address : "here");
    return ERR_OK;
}

static enum err_code confirm(const struct auth *x, struct attempt *t, struct err *e)
{
    TRY(still_so(x, t, e));
    return auth_throttle_forget(x, &t->throttle, e);
}

enum err_code auth_password_verify(const struct auth *x, const struct auth_login *login, struct err *e)
{
    struct attempt t = {0};

    TRY(look_at(x, &t, login, e));
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, confirm(x, &t, e), e);
}
