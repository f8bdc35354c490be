/*
 * Accounts, sessions, tokens and failed logins of a tenant. Each tenant has its own: nothing here is known to another.
 *
 * Nothing secret is stored: of passwords the Argon2id string, of session and token values the SHA-256. What is random
 * with 256 bits needs no slow hash. Deleting an account ends its sessions and tokens with it.
 */
#ifndef TIDELINE_STORE_STORE_ACCOUNT_H
#define TIDELINE_STORE_STORE_ACCOUNT_H

#include "core/store/store.h"

struct store_account {
    const char *name;     /* lower case */
    const char *role;     /* "viewer", "editor", "admin" */
    const char *password; /* Argon2id string */
    const char *created_by;
    int64_t created_at_us, password_at_us, login_at_us; /* 0 never */
};

/* [w] ERR_EXISTS, as store_account_taken() says it. */
enum err_code store_account_add(struct store *s, const struct store_account *account, struct err *e);
enum err_code store_account_taken(const char *name, struct err *e);
/* ERR_NOT_FOUND. */
enum err_code store_account_get(struct store *s, struct arena *a, const char *name, struct store_account *out,
                                struct err *e);
enum err_code store_account_list(struct store *s, struct arena *a, struct store_account **out, size_t *n,
                                 struct err *e); /* by name */
/* [w] ERR_NOT_FOUND each. */
enum err_code store_account_set_role(struct store *s, const char *name, const char *role, struct err *e);
enum err_code store_account_set_password(struct store *s, const char *name, const char *password,
                                         struct err *e);
enum err_code store_account_set_login(struct store *s, const char *name, struct err *e);
enum err_code store_account_remove(struct store *s, const char *name, struct err *e);
/* How many have this role; NULL: any. */
enum err_code store_account_count(struct store *s, const char *role, int64_t *n, struct err *e);

struct store_session {
    const char *hash, *account;
    const char *role; /* of the account, now */
    int64_t created_at_us, seen_at_us, ends_at_us;
};

/* How many sessions an account has at most, and since when one must have been seen not to be over. */
struct store_session_limits {
    int64_t seen_since_us;
    size_t most;
};

/* [w] Also deletes sessions that are over (of anybody), and the account's oldest beyond the limit. role and seen_at_us are not read. */
enum err_code store_session_add(struct store *s, const struct store_session *session,
                                const struct store_session_limits *limits, struct err *e);
/* ERR_NOT_FOUND. Whether it is over is the caller's business. */
enum err_code store_session_get(struct store *s, struct arena *a, const char *hash, struct store_session *out,
                                struct err *e);
enum err_code store_session_seen(struct store *s, const char *hash, struct err *e); /* [w] */
enum err_code store_session_remove(struct store *s, const char *hash,
                                   struct err *e); /* [w] no error when it is not there */
/* [w] All of an account but one (NULL: all). */
enum err_code store_session_remove_others(struct store *s, const char *account, const char *but_hash,
                                          struct err *e);
/* Those that are not over. */
enum err_code store_session_count(struct store *s, const char *account, int64_t seen_since_us, int64_t *n,
                                  struct err *e);

struct store_token {
    int64_t id;
    const char *hash, *hint, *account, *name, *scope; /* "read", "write" */
    const char *role;                                 /* of the account, now */
    const char *created_by;
    int64_t created_at_us, ends_at_us, used_at_us; /* ends 0: never */
};

enum err_code store_token_add(struct store *s, const struct store_token *token, int64_t *id,
                              struct err *e); /* [w] the account must be there */
/* ERR_NOT_FOUND. */
enum err_code store_token_get(struct store *s, struct arena *a, const char *hash, struct store_token *out,
                              struct err *e);
enum err_code store_token_get_id(struct store *s, struct arena *a, int64_t id, struct store_token *out,
                                 struct err *e); /* ERR_NOT_FOUND */
/* account NULL: of all. Newest first. */
enum err_code store_token_list(struct store *s, struct arena *a, const char *account,
                               struct store_token **out, size_t *n, struct err *e);
enum err_code store_token_count(struct store *s, const char *account, int64_t *n, struct err *e);
enum err_code store_token_used(struct store *s, int64_t id, struct err *e);   /* [w] */
enum err_code store_token_remove(struct store *s, int64_t id, struct err *e); /* [w] ERR_NOT_FOUND */

struct store_throttle {
    const char *key;
    int64_t failures, at_us, open_at_us;
};

/* Zeroes when there is no row. */
enum err_code store_throttle_get(struct store *s, struct arena *a, const char *key,
                                 struct store_throttle *out, struct err *e);
/* [w] failures 0 removes the row; rows whose last failure is older than a day go too. */
enum err_code store_throttle_set(struct store *s, const struct store_throttle *row, struct err *e);

#endif
