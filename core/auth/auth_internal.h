/*
 * Shared by the files of core/auth.
 */
#ifndef TIDELINE_AUTH_AUTH_INTERNAL_H
#define TIDELINE_AUTH_AUTH_INTERNAL_H

#include <sodium.h>

#include "core/auth/auth.h"

#define AUTH_SECOND_US ((int64_t)1000000)

/* 256 random bits, and how they look as base64url without padding. */
enum { AUTH_SECRET_BYTES = 32, AUTH_SECRET_TEXT = 43 };

/* prefix and 256 random bits as text. */
char *auth_secret_new(struct arena *a, const char *prefix);
/* Could this be one? */
bool auth_secret_shaped(const char *value, const char *prefix);
/* What of it is stored. */
const char *auth_secret_hash(struct arena *a, const char *value);

/* Is there a control character, a tab or a line break in this UTF-8 text? */
bool auth_has_control(const char *text, size_t n);

/* The Argon2id string of a password. ERR_INTERNAL when there is no memory for it. */
enum err_code auth_password_hash(struct arena *a, const char *password, const char **hash, struct err *e);
/* hash NULL: of nobody; takes the same time and is false. */
bool auth_password_matches(const char *hash, const char *password);

/* What failures of one try are counted under: of the name as typed, and of the address (NULL: none). An IPv6 address counts by its
 * first 64 bits, which are what one customer has. Of the name a short hash is kept: people type passwords where the name belongs. */
struct auth_throttle {
    const char *account, *address;
};
struct auth_throttle auth_throttle_of(struct arena *a, const char *name, const char *address);

/* Count a failure in advance, in a transaction of its own. ERR_TOO_MANY when it is too early: then nothing is counted. */
enum err_code auth_throttle_charge(const struct auth *x, const struct auth_throttle *t, struct err *e);
/* [w] */
enum err_code auth_throttle_forget(const struct auth *x, const struct auth_throttle *t, struct err *e);

/* [w] A session for the account; returns what the cookie holds. */
enum err_code auth_session_start(const struct auth *x, const struct store_account *account,
                                 struct store_session *session, const char **value, struct err *e);

#endif
