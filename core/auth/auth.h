/*
 * Accounts and what proves who somebody is: passwords, sessions with their CSRF tokens, bearer tokens, and the slowing
 * down of guesses. Works on a tenant's store; the only user of <sodium.h> beside core/util.
 *
 * - Passwords: Argon2id (libsodium's crypto_pwhash_str, INTERACTIVE limits), 10 to 1,024 bytes of UTF-8. A login takes the same work whether
 *   the account exists or not.
 * - Sessions: 256 random bits in a cookie, SHA-256 of them in the database; over after AUTH_IDLE_S without a request and
 *   after AUTH_SESSION_S whatever happens. A new one at every login; logging out removes it.
 * - CSRF tokens: HMAC-SHA-256 of the session's secret, XORed with a random pad that stands in front of it, so that no two
 *   pages hold the same text (compressed pages would give it away byte by byte otherwise, see BREACH).
 * - Tokens: "tdl_" and 43 characters of base64url (256 bits). Shown once.
 * - Throttling: per account and per address, failures in a row double the time until the next try is looked at, from
 *   AUTH_FREE_FAILURES on, up to AUTH_SLOWEST_S. Success forgets the account's and the address's failures. Refused tries are not counted, and the password
 *   is not looked at.
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
    AUTH_PASSWORD_LEAST = 10,
    AUTH_PASSWORD_MOST = 1024,
    AUTH_NAME_MOST = 63,
    AUTH_TOKEN_DAYS_MOST = 3650,
};

/* What people may do; each includes those before it. */
enum auth_role { AUTH_NOBODY, AUTH_VIEWER, AUTH_EDITOR, AUTH_ADMIN };
const char *auth_role_name(enum auth_role role); /* "viewer"; "" for nobody */
bool auth_role_of(const char *name, enum auth_role *role);

/* [a-z0-9][a-z0-9._-]{0,62}. ERR_INVALID_INPUT with what is allowed. */
enum err_code auth_name_check(const char *name, struct err *e);
/* Length, UTF-8, no control characters, and not the account's name. ERR_INVALID_INPUT. */
enum err_code auth_password_check(const char *name, const char *password, struct err *e);

/* Accounts. Each is one transaction of its own. The last admin can neither be removed nor lose the role (ERR_FORBIDDEN). */
enum err_code auth_account_add(struct store *s, struct arena *a, const struct store_account *account,
                               const char *password, struct err *e);
enum err_code auth_account_set_role(struct store *s, const char *name, enum auth_role role, struct err *e);
/* Ends all sessions of the account but one (NULL: all). */
enum err_code auth_account_set_password(struct store *s, struct arena *a, const char *name,
                                        const char *password, const char *but_session_hash, struct err *e);
enum err_code auth_account_remove(struct store *s, const char *name, struct err *e);

struct auth_login {
    const char *name, *password;
    const char *address; /* of the visitor; NULL: not throttled by address */
    int wait_ms;         /* for the writer lock */
};

/* *value is what the cookie holds. ERR_UNAUTHENTICATED (one sentence for wrong name and wrong password), ERR_TOO_MANY
 * with retry_after_s. */
enum err_code auth_login(struct store *s, struct arena *a, const struct auth_login *login, const char **value,
                         struct err *e);

/* Is this the account's password? For those who change it; throttled like a login. */
enum err_code auth_password_verify(struct store *s, struct arena *a, const struct auth_login *login,
                                   struct err *e);

/* The session of a cookie's value; *found false when there is none (any more). Notes that it was seen, to within five minutes and
 * only when the database is not busy. */
enum err_code auth_session(struct store *s, struct arena *a, const char *value, struct store_session *out,
                           bool *found, struct err *e);
enum err_code auth_logout(struct store *s, const char *session_hash, int wait_ms, struct err *e);

/* A CSRF token for a form, and whether one that came back is of this session (constant time). */
char *auth_csrf_token(struct arena *a, const char *session_value);
bool auth_csrf_valid(const char *session_value, const char *token);

/* A text that only this session can have made, for cookies that carry a message: HMAC as hexadecimal. */
char *auth_seal(struct arena *a, const char *session_value, const char *text);
bool auth_seal_valid(const char *session_value, const char *text, const char *seal);

/* Tokens. *value is the token itself, to be shown once. days 0: never ends. */
enum err_code auth_token_create(struct store *s, struct arena *a, const struct store_token *token,
                                int64_t days, const char **value, int64_t *id, struct err *e);
/* ERR_UNAUTHENTICATED: not known, or over. Notes the use, to within a minute and only when the database is not busy. */
enum err_code auth_token(struct store *s, struct arena *a, const char *value, struct store_token *out,
                         struct err *e);

#endif
