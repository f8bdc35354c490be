#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/str.h"

static const char *const role_names[] = {"", "viewer", "editor", "admin"};

const char *auth_role_name(enum auth_role role)
{
    return role_names[role];
}

bool auth_role_of(const char *name, enum auth_role *role)
{
    for (enum auth_role r = AUTH_VIEWER; r <= AUTH_ADMIN; r++)
        if (str_eq(name, role_names[r])) {
            *role = r;
            return true;
        }
    return false;
}

enum err_code auth_name_check(const char *name, struct err *e)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    static const char *const taken[] = {"repository", "service", "web"};
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (str_eq(name, taken[i]))
            return err_set(e, ERR_INVALID_INPUT,
                           "\"%s\" is what Tideline writes for its own work. Choose another name.", name);
    if (n && n <= AUTH_NAME_MOST && strspn(name, letters) == n && !strchr("._-", name[0]))
        return ERR_OK;
    return err_set(
        e, ERR_INVALID_INPUT,
        "A name has 1 to %d characters: small letters a to z, digits, and \".\", \"_\" or \"-\" behind "
        "the first one.",
        AUTH_NAME_MOST);
}

/* All in one transaction: what is asked about the last admin must still be so when it is written. */
static enum err_code keep_an_admin(const struct auth *x, const char *name, struct err *e)
{
    struct store_account account;
    int64_t admins = 0;

    TRY(store_account_get(x->store, x->arena, name, &account, e));
    if (!str_eq(account.role, role_names[AUTH_ADMIN]))
        return ERR_OK;
    TRY(store_account_count(x->store, role_names[AUTH_ADMIN], &admins, e));
    if (admins > 1)
        return ERR_OK;
    return err_set(
        e, ERR_FORBIDDEN,
        "\"%s\" is the only admin. Make another account admin first, or nobody could change anything here.",
        name);
}

enum err_code auth_account_add(const struct auth *x, const struct store_account *account,
                               const char *password, struct err *e)
{
    struct store_account row = *account;

    /* Takes a while, so before the transaction. */
    TRY(auth_password_hash(x->arena, password, &row.password, e));
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, store_account_add(x->store, &row, e), e);
}

static enum err_code set_role(const struct auth *x, const char *name, enum auth_role role, struct err *e)
{
    if (role != AUTH_ADMIN)
        TRY(keep_an_admin(x, name, e));
    return store_account_set_role(x->store, name, role_names[role], e);
}

enum err_code auth_account_set_role(const struct auth *x, const char *name, enum auth_role role,
                                    struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, set_role(x, name, role, e), e);
}

static enum err_code set_password(const struct auth *x, const char *name, const char *hash,
                                  const char *but_session_hash, struct err *e)
{
    struct auth_throttle throttle = auth_throttle_of(x->arena, name, NULL);

    TRY(store_account_set_password(x->store, name, hash, e));
    TRY(auth_throttle_forget(x, &throttle, e));
    return store_session_remove_others(x->store, name, but_session_hash, e);
}

enum err_code auth_account_set_password(const struct auth *x, const char *name, const char *password,
                                        const char *but_session_hash, struct err *e)
{
    const char *hash = NULL;

    TRY(auth_password_hash(x->arena, password, &hash, e));
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, set_password(x, name, hash, but_session_hash, e), e);
}

static enum err_code remove_account(const struct auth *x, const char *name, struct err *e)
{
    TRY(keep_an_admin(x, name, e));
    return store_account_remove(x->store, name, e);
}

enum err_code auth_account_remove(const struct auth *x, const char *name, struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, remove_account(x, name, e), e);
}
