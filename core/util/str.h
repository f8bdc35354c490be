/*
 * struct str: text being built, in an arena, with a ceiling.
 *
 * Invariants: `p` is never NULL after str_init() and p[n] is always NUL. Bytes may hold NULs. Once the ceiling is
 * reached nothing more is added, `full` is set, and stays set: build freely, test once at the end.
 */
#ifndef TIDELINE_UTIL_STR_H
#define TIDELINE_UTIL_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"

struct str {
    struct arena *arena;
    char *p;
    size_t n;
    size_t capacity;
    size_t ceiling_bytes;
    bool full;
};

/* Start empty. ceiling_bytes is the most that it may hold. */
void str_init(struct str *s, struct arena *a, size_t ceiling_bytes);

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *p, size_t n);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Shorten to n bytes (n <= s->n). */
void str_cut(struct str *s, size_t n);

/* Small questions about plain C strings. */
bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);

#endif
