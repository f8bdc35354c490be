#include "core/util/digest.h"

#include <sodium.h>

void digest_sha256(const char *p, size_t n, char out[DIGEST_HEX_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, (const unsigned char *)p, n);
    sodium_bin2hex(out, DIGEST_HEX_SIZE, digest, sizeof digest);
}

char *digest_random_hex(struct arena *a, size_t n)
{
    unsigned char *bytes = arena_alloc(a, n);
    char *text = arena_alloc(a, 2 * n + 1);

    randombytes_buf(bytes, n);
    sodium_bin2hex(text, 2 * n + 1, bytes, n);
    return text;
}
