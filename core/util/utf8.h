/*
 * UTF-8 (RFC 3629): strict validation and cleaning of text that comes from outside.
 */
#ifndef TIDELINE_UTIL_UTF8_H
#define TIDELINE_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode one character at p (n >= 1 bytes left). Returns its length in bytes and sets *point; 0 when the bytes are not
 * UTF-8 (overlong, surrogate, above U+10FFFF, cut). */
size_t utf8_decode(const char *p, size_t n, uint32_t *point);

/* Encode a valid code point; returns 1-4 and writes that many bytes. */
size_t utf8_encode(uint32_t point, char out[4]);

/* True when all n bytes are UTF-8. On false, *bad (may be NULL) is the offset of the first bad byte. */
bool utf8_valid(const char *p, size_t n, size_t *bad);

/* True for C0 controls but tab and newline, DEL, C1 controls, and the characters that reorder text (bidirectional
 * embeddings, overrides and isolates, U+202A-202E, U+2066-2069): they have no place in a title. */
bool utf8_is_control(uint32_t point);

/* Copy p to out (size >= 1, always NUL-terminated, cut between characters), bad bytes and controls as '?'. */
void utf8_clean(char *out, size_t size, const char *p, size_t n);

/* Characters in a valid string. */
size_t utf8_length(const char *p, size_t n);

/* The largest length <= limit bytes that does not cut a character. */
size_t utf8_cut(const char *p, size_t n, size_t limit);

#endif
