#include "core/auth/auth_internal.h"
#include "core/util/clock.h"

#define SEEN_EVERY_US (5 * 60 * AUTH_SECOND_US)

int64_t auth_seen_since_us(void)
{
    return clock_now_us() - AUTH_IDLE_S * AUTH_SECOND_US;
}

enum err_code auth_session_start(const struct auth *x, const struct store_account *account,
                                 struct store_session *session, const char **value, struct err *e)
{
    const struct store_session_limits limits = {auth_seen_since_us(), AUTH_SESSIONS_MOST};
    int64_t now_us = clock_now_us();

    *value = auth_secret_new(x->arena, "");
    *session = (struct store_session){
        .hash = auth_secret_hash(x->arena, *value),
        .account = account->name,
        .role = account->role,
        .created_at_us = now_us,
        .seen_at_us = now_us,
        .ends_at_us = now_us + AUTH_SESSION_S * AUTH_SECOND_US,
    };
    return store_session_add(x->store, session, &limits, e);
}

/* Whether this can be noted now does not matter to whoever asks for a page. */
static void note_seen(const struct auth *x, const struct store_session *session)
{
    struct err ignored = {0};

    if (clock_now_us() - session->seen_at_us < SEEN_EVERY_US)
        return;
    if (store_begin(x->store, 0, &ignored) == ERR_OK)
        (void)store_end(x->store, store_session_seen(x->store, session->hash, &ignored), &ignored);
}

enum err_code auth_session(const struct auth *x, const char *value, struct store_session *out, bool *found,
                           struct err *e)
{
    enum err_code code;

    *found = false;
    if (!auth_secret_shaped(value, ""))
        return ERR_OK;
    code = store_session_get(x->store, x->arena, auth_secret_hash(x->arena, value), out, e);
    if (code == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(code);
    *found = out->ends_at_us > clock_now_us() && out->seen_at_us > auth_seen_since_us();
    if (*found)
        note_seen(x, out);
    return ERR_OK;
}

enum err_code auth_logout(const struct auth *x, const char *session_hash, struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, store_session_remove(x->store, session_hash, e), e);
}

enum err_code auth_sessions_end(const struct auth *x, const char *account, const char *but_session_hash,
                                struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, store_session_remove_others(x->store, account, but_session_hash, e), e);
}
