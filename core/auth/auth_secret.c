/*
 * Random values that prove who somebody is, and what is made from a session's: CSRF tokens and sealed texts.
 */
#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/digest.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

enum {
    BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    MAC_BYTES = crypto_auth_hmacsha256_BYTES,
    CSRF_BYTES = 2 * MAC_BYTES,
    CSRF_TEXT = sodium_base64_ENCODED_LEN(CSRF_BYTES, BASE64) - 1,
    MAC_TEXT = sodium_base64_ENCODED_LEN(MAC_BYTES, BASE64) - 1,
    SEALED_BYTES = 16 * 1024,
};

static char *encode(struct arena *a, const unsigned char *p, size_t n)
{
    size_t size = sodium_base64_encoded_len(n, BASE64);
    char *text = arena_alloc(a, size);

    return sodium_bin2base64(text, size, p, n, BASE64);
}

/* All n_text characters as exactly n bytes. */
static bool decode(const char *text, size_t n_text, unsigned char *out, size_t n)
{
    size_t got = 0;

    return sodium_base642bin(out, n, text, n_text, NULL, &got, NULL, BASE64) == 0 && got == n;
}

char *auth_secret_new(struct arena *a, const char *prefix)
{
    unsigned char bytes[AUTH_SECRET_BYTES];
    char *text;

    randombytes_buf(bytes, sizeof bytes);
    text = arena_printf(a, "%s%s", prefix, encode(a, bytes, sizeof bytes));
    sodium_memzero(bytes, sizeof bytes);
    return text;
}

bool auth_secret_shaped(const char *value, const char *prefix)
{
    unsigned char bytes[AUTH_SECRET_BYTES];
    size_t n = strlen(prefix);
    bool shaped = value && str_starts(value, prefix) && strlen(value + n) == AUTH_SECRET_TEXT &&
                  decode(value + n, AUTH_SECRET_TEXT, bytes, sizeof bytes);

    sodium_memzero(bytes, sizeof bytes);
    return shaped;
}

const char *auth_secret_hash(struct arena *a, const char *value)
{
    char *hash = arena_alloc(a, DIGEST_HEX_SIZE);

    digest_sha256(value, strlen(value), hash);
    return hash;
}

/* purpose keeps a mac that was made for one thing from being taken for another. */
static void make_mac(const char *session_value, const char *purpose, const char *text,
                     unsigned char out[MAC_BYTES])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)session_value, strlen(session_value));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

static void mix(unsigned char *p, const unsigned char *pad)
{
    for (size_t i = 0; i < MAC_BYTES; i++)
        p[i] ^= pad[i];
}

char *auth_csrf_token(struct arena *a, const char *session_value)
{
    unsigned char bytes[CSRF_BYTES];

    randombytes_buf(bytes, MAC_BYTES);
    make_mac(session_value, "csrf", "", bytes + MAC_BYTES);
    mix(bytes + MAC_BYTES, bytes);
    return encode(a, bytes, sizeof bytes);
}

bool auth_csrf_valid(const char *session_value, const char *token)
{
    unsigned char bytes[CSRF_BYTES], expected[MAC_BYTES];

    if (!token || strlen(token) != CSRF_TEXT || !decode(token, CSRF_TEXT, bytes, sizeof bytes))
        return false;
    make_mac(session_value, "csrf", "", expected);
    mix(bytes + MAC_BYTES, bytes);
    return sodium_memcmp(bytes + MAC_BYTES, expected, MAC_BYTES) == 0;
}

char *auth_seal(struct arena *a, const char *session_value, const char *text)
{
    unsigned char mac[MAC_BYTES];

    make_mac(session_value, "seal", text, mac);
    return arena_printf(a, "%s.%s", encode(a, (const unsigned char *)text, strlen(text)),
                        encode(a, mac, sizeof mac));
}

char *auth_unseal(struct arena *a, const char *session_value, const char *sealed)
{
    const char *dot = sealed ? strchr(sealed, '.') : NULL;
    unsigned char mac[MAC_BYTES], expected[MAC_BYTES];
    size_t n = 0;
    char *text;

    if (!dot || dot - sealed > SEALED_BYTES || strlen(dot + 1) != MAC_TEXT ||
        !decode(dot + 1, MAC_TEXT, mac, sizeof mac))
        return NULL;
    text = arena_alloc(a, (size_t)(dot - sealed) + 1);
    if (sodium_base642bin((unsigned char *)text, (size_t)(dot - sealed), sealed, (size_t)(dot - sealed), NULL,
                          &n, NULL, BASE64) != 0 ||
        strlen(text) != n)
        return NULL;
    make_mac(session_value, "seal", text, expected);
    return sodium_memcmp(mac, expected, MAC_BYTES) == 0 ? text : NULL;
}
