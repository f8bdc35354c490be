/*
 * Accounts and what proves who somebody is: passwords, sessions with their CSRF tokens, bearer tokens, and the slowing
 * down of guesses. Works on a tenant's store; the only user of <sodium.h> beside core/util.
 *
 * - Passwords: Argon2id (libsodium's crypto_pwhash_str, INTERACTIVE limits), from 10 characters to 1,024 bytes of UTF-8. A login takes the same work
 *   whether the account exists or not.
 * - Sessions: 256 random bits in a cookie, SHA-256 of them in the database; over after AUTH_IDLE_S without a request and
 *   after AUTH_SESSION_S whatever happens. A new one at every login; logging out removes it.
 * - CSRF tokens: HMAC-SHA-256 of the session's secret, XORed with a random pad that stands in front of it, so that no two
 *   pages hold the same text (compressed pages would give it away byte by byte otherwise, see BREACH).
 * - Tokens: "tdl_" and 43 characters of base64url (256 bits). Shown once.
 * - Throttling: per account and per address, failures in a row double the time until the next try is looked at, from
 *   AUTH_FREE_FAILURES on, up to AUTH_SLOWEST_S. A try counts as failed from before its password is looked at until it was found right, so that tries
 *   at once cannot outrun the count. Success forgets the account's and the address's failures. Refused tries are not counted, and the password
 *   is not looked at. Names that are no account's are slowed down like the others.
 */
#ifndef TIDELINE_AUTH_AUTH_H
#define TIDELINE_AUTH_AUTH_H

#include "core/store/store_account.h"

enum {
    AUTH_IDLE_S = 12 * 3600,
    AUTH_SESSION_S = 7 * 24 * 3600,
    AUTH_SESSIONS_MOST = 20, /* of an account; the oldest goes */
    AUTH_TOKENS_MOST = 100,  /* of an account */
    AUTH_FREE_FAILURES = 5,
    AUTH_SLOWEST_S = 15 * 60,
    AUTH_PASSWORD_LEAST = 10,  /* characters */
    AUTH_PASSWORD_MOST = 1024, /* bytes */
    AUTH_NAME_MOST = 63,
    AUTH_TOKEN_NAME_MOST = 100, /* characters */
    AUTH_TOKEN_DAYS_MOST = 3650,
};

/* What all of it works on. */
struct auth {
    struct store *store;
    struct arena *arena;
    int wait_ms; /* for the writer lock, by whoever must write */
};

/* What people may do; each includes those before it. */
enum auth_role { AUTH_NOBODY, AUTH_VIEWER, AUTH_EDITOR, AUTH_ADMIN };
const char *auth_role_name(enum auth_role role); /* "viewer"; "" for nobody */
bool auth_role_of(const char *name, enum auth_role *role);

/* [a-z0-9][a-z0-9._-]{0,62}. ERR_INVALID_INPUT with what is allowed. */
enum err_code auth_name_check(const char *name, struct err *e);
/* Length, UTF-8, no control characters, and not the account's name. ERR_INVALID_INPUT. */
enum err_code auth_password_check(const char *name, const char *password, struct err *e);

/* Accounts. Each is one transaction of its own. The last admin can neither be removed nor lose the role (ERR_FORBIDDEN).
 * Names, roles and passwords must have been checked. */
enum err_code auth_account_add(const struct auth *x, const struct store_account *account,
                               const char *password, struct err *e);
enum err_code auth_account_set_role(const struct auth *x, const char *name, enum auth_role role,
                                    struct err *e);
/* Ends all sessions of the account but one (NULL: all) and forgets its failed logins. Tokens stay. */
enum err_code auth_account_set_password(const struct auth *x, const char *name, const char *password,
                                        const char *but_session_hash, struct err *e);
enum err_code auth_account_remove(const struct auth *x, const char *name, struct err *e);

struct auth_login {
    const char *name,
        *password;       /* as typed: nothing is known of them. Capital letters in a name do not matter */
    const char *address; /* of the visitor; NULL: not throttled by address */
};

/* *value is what the cookie holds, *session what was made of it. ERR_UNAUTHENTICATED (one sentence for wrong name and wrong password), ERR_TOO_MANY
 * with retry_after_s. Logged. */
enum err_code auth_login(const struct auth *x, const struct auth_login *login, struct store_session *session,
                         const char **value, struct err *e);

/* Is this the account's password? For those who change it; throttled like a login. ERR_UNAUTHENTICATED, ERR_TOO_MANY. */
enum err_code auth_password_verify(const struct auth *x, const struct auth_login *login, struct err *e);

/* The session of a cookie's value; *found false when there is none (any more). Notes that it was seen, to within five minutes and
 * only when the database is not busy. */
enum err_code auth_session(const struct auth *x, const char *value, struct store_session *out, bool *found,
                           struct err *e);
enum err_code auth_logout(const struct auth *x, const char *session_hash, struct err *e);
/* End all sessions of an account but one (NULL: all). */
enum err_code auth_sessions_end(const struct auth *x, const char *account, const char *but_session_hash,
                                struct err *e);
/* Since when a session must have been seen not to be over. */
int64_t auth_seen_since_us(void);

/* A CSRF token for a form, and whether one that came back is of this session (constant time). */
char *auth_csrf_token(struct arena *a, const char *session_value);
bool auth_csrf_valid(const char *session_value, const char *token);

/* A text that only this session can have made, for cookies that carry a message: letters, digits and "-_." only.
 * auth_unseal gives the text, NULL when it was not sealed by this session. */
char *auth_seal(struct arena *a, const char *session_value, const char *text);
char *auth_unseal(struct arena *a, const char *session_value, const char *sealed);

/* One line of UTF-8, at most AUTH_TOKEN_NAME_MOST characters. ERR_INVALID_INPUT. */
enum err_code auth_token_name_check(const char *name, struct err *e);

/* Tokens. token: account, name, scope, created_by. *value is the token itself, to be shown once. days 0: never ends.
 * ERR_NOT_FOUND: no such account; ERR_FORBIDDEN: the account has AUTH_TOKENS_MOST already. */
struct auth_token_made {
    int64_t id, ends_at_us;
    const char *value;
};
enum err_code auth_token_create(const struct auth *x, const struct store_token *token, int64_t days,
                                struct auth_token_made *made, struct err *e);
/* ERR_UNAUTHENTICATED: not known, or over. Notes the use, to within a minute and only when the database is not busy. */
enum err_code auth_token(const struct auth *x, const char *value, struct store_token *out, struct err *e);
enum err_code auth_token_remove(const struct auth *x, int64_t id, struct err *e);

#endif
