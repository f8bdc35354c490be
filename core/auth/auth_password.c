#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

bool auth_has_control(const char *text, size_t n)
{
    uint32_t point;

    for (size_t i = 0; i < n; i += utf8_decode(text + i, n - i, &point))
        if ((unsigned char)text[i] < ' ' || (utf8_decode(text + i, n - i, &point) && utf8_is_control(point)))
            return true;
    return false;
}

enum err_code auth_password_check(const char *name, const char *password, struct err *e)
{
    size_t n = strlen(password);

    if (n > AUTH_PASSWORD_MOST)
        return err_set(e, ERR_INVALID_INPUT, "The password is longer than %d bytes. Choose a shorter one.",
                       AUTH_PASSWORD_MOST);
    if (!utf8_valid(password, n, NULL))
        return err_set(e, ERR_INVALID_INPUT, "The password is not UTF-8 text. Choose another one.");
    if (utf8_length(password, n) < AUTH_PASSWORD_LEAST)
        return err_set(e, ERR_INVALID_INPUT, "The password must have at least %d characters.",
                       AUTH_PASSWORD_LEAST);
    if (auth_has_control(password, n))
        return err_set(e, ERR_INVALID_INPUT, "The password holds a control character. Choose another one.");
    if (name && strcasecmp(name, password) == 0)
        return err_set(e, ERR_INVALID_INPUT, "The password must not be the account's name.");
    return ERR_OK;
}

enum err_code auth_password_hash(struct arena *a, const char *password, const char **hash, struct err *e)
{
    char *text = arena_alloc(a, crypto_pwhash_STRBYTES);

    /* Chooses the fastest code that this processor has. */
    if (sodium_init() < 0 ||
        crypto_pwhash_str(text, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return err_set(
            e, ERR_INTERNAL,
            "There is not enough memory to work with passwords: %u MiB are needed at a time. Try again.",
            (unsigned)(crypto_pwhash_MEMLIMIT_INTERACTIVE >> 20));
    *hash = text;
    return ERR_OK;
}

/* A hash that no password is known for, made like all others. */
static const char *hash_of_nobody(void)
{
    static char hash[crypto_pwhash_STRBYTES];
    char password[AUTH_SECRET_BYTES];

    if (hash[0])
        return hash;
    randombytes_buf(password, sizeof password);
    if (crypto_pwhash_str(hash, password, sizeof password, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        hash[0] = '\0';
    sodium_memzero(password, sizeof password);
    return hash;
}

bool auth_password_matches(const char *hash, const char *password)
{
    size_t n = strlen(password);
    const char *nobody;
    bool matches;

    if (sodium_init() < 0)
        return false;
    /* Made before it is known whether it is needed, or the first login of a process would tell who has no account. */
    nobody = hash_of_nobody();
    matches = crypto_pwhash_str_verify(hash ? hash : nobody, password,
                                       n <= AUTH_PASSWORD_MOST ? n : AUTH_PASSWORD_MOST) == 0;
    return matches && hash && n <= AUTH_PASSWORD_MOST;
}
