#include "core/util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void str_init(struct str *s, struct arena *a, size_t ceiling_bytes)
{
    memset(s, 0, sizeof *s);
    s->arena = a;
    s->ceiling_bytes = ceiling_bytes;
    s->capacity = 64;
    s->p = arena_alloc(a, s->capacity);
}

static bool reserve(struct str *s, size_t more)
{
    size_t capacity = s->capacity;
    char *grown;

    if (s->full || more > s->ceiling_bytes - s->n) {
        s->full = true;
        return false;
    }
    if (s->n + more < capacity)
        return true;
    while (capacity <= s->n + more)
        capacity *= 2;
    grown = arena_alloc(s->arena, capacity);
    memcpy(grown, s->p, s->n);
    s->p = grown;
    s->capacity = capacity;
    return true;
}

void str_addn(struct str *s, const char *p, size_t n)
{
    if (!n || !reserve(s, n))
        return;
    memcpy(s->p + s->n, p, n);
    s->n += n;
    s->p[s->n] = '\0';
}

void str_add(struct str *s, const char *text)
{
    str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
    str_addn(s, &c, 1);
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list arguments;
    va_list again;
    int n;

    va_start(arguments, format);
    va_copy(again, arguments);
    n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n > 0 && reserve(s, (size_t)n)) {
        (void)vsnprintf(s->p + s->n, (size_t)n + 1, format, again);
        s->n += (size_t)n;
    }
    va_end(again);
}

void str_cut(struct str *s, size_t n)
{
    if (n < s->n) {
        s->n = n;
        s->p[n] = '\0';
    }
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text);
    size_t m = strlen(suffix);

    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}
