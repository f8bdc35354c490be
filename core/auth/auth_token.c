#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/clock.h"
#include "core/util/utf8.h"

#define PREFIX "tdl_"
#define DAY_US (24 * 3600 * AUTH_SECOND_US)
#define USED_EVERY_US (60 * AUTH_SECOND_US)

enum { HINT_BYTES = 8 };

enum err_code auth_token_name_check(const char *name, struct err *e)
{
    size_t n = strlen(name);

    if (!utf8_valid(name, n, NULL) || auth_has_control(name, n))
        return err_set(e, ERR_INVALID_INPUT, "The token's name must be one line of UTF-8 text.");
    if (utf8_length(name, n) > AUTH_TOKEN_NAME_MOST)
        return err_set(e, ERR_INVALID_INPUT, "The token's name is longer than %d characters. Shorten it.",
                       AUTH_TOKEN_NAME_MOST);
    return ERR_OK;
}

static enum err_code add_token(const struct auth *x, const struct store_token *token, int64_t *id,
                               struct err *e)
{
    struct store_account account;
    int64_t n = 0;

    TRY(store_account_get(x->store, x->arena, token->account, &account, e));
    TRY(store_token_count(x->store, token->account, &n, e));
    if (n >= AUTH_TOKENS_MOST)
        return err_set(e, ERR_FORBIDDEN,
                       "The account \"%s\" has %d tokens, which is the most. Revoke one that is not needed.",
                       account.name, AUTH_TOKENS_MOST);
    return store_token_add(x->store, token, id, e);
}

enum err_code auth_token_create(const struct auth *x, const struct store_token *token, int64_t days,
                                struct auth_token_made *made, struct err *e)
{
    struct store_token row = *token;

    *made = (struct auth_token_made){.value = auth_secret_new(x->arena, PREFIX)};
    row.hash = auth_secret_hash(x->arena, made->value);
    row.hint = arena_strndup(x->arena, made->value, HINT_BYTES);
    row.created_at_us = clock_now_us();
    row.ends_at_us = days ? row.created_at_us + days * DAY_US : 0;
    made->ends_at_us = row.ends_at_us;
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, add_token(x, &row, &made->id, e), e);
}

/* Whether this can be noted now does not matter to whoever uses the token. */
static void note_used(const struct auth *x, const struct store_token *token)
{
    struct err ignored = {0};

    if (clock_now_us() - token->used_at_us < USED_EVERY_US)
        return;
    if (store_begin(x->store, 0, &ignored) == ERR_OK)
        (void)store_end(x->store, store_token_used(x->store, token->id, &ignored), &ignored);
}

enum err_code auth_token(const struct auth *x, const char *value, struct store_token *out, struct err *e)
{
    enum err_code code = ERR_NOT_FOUND;

    if (auth_secret_shaped(value, PREFIX))
        code = store_token_get(x->store, x->arena, auth_secret_hash(x->arena, value), out, e);
    if (code == ERR_NOT_FOUND)
        return err_set(
            e, ERR_UNAUTHENTICATED,
            "This token is not known here. It may have been revoked: make another one with tideline "
            "token create.");
    TRY(code);
    if (out->ends_at_us && out->ends_at_us <= clock_now_us())
        return err_set(e, ERR_UNAUTHENTICATED,
                       "This token has expired. Make another one with: tideline token create");
    note_used(x, out);
    return ERR_OK;
}

enum err_code auth_token_remove(const struct auth *x, int64_t id, struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, store_token_remove(x->store, id, e), e);
}
