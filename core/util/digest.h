/*
 * SHA-256 (FIPS 180-4, by libsodium), hexadecimal, and random bytes from the system.
 */
#ifndef TIDELINE_UTIL_DIGEST_H
#define TIDELINE_UTIL_DIGEST_H

#include <stddef.h>

#include "core/util/arena.h"

enum { DIGEST_HEX_SIZE = 65 }; /* 64 digits and NUL */

/* The digest of n bytes in lower-case hexadecimal. */
void digest_sha256(const char *p, size_t n, char out[DIGEST_HEX_SIZE]);

/* n random bytes from the system's generator as 2n hexadecimal digits. */
char *digest_random_hex(struct arena *a, size_t n);

#endif
