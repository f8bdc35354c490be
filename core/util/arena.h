/*
 * An arena: memory that lives as long as one request, job or command and is released in one go. Callees allocate from
 * the arena they are given and nobody frees. Memory is zeroed. Allocation cannot fail for the caller: when the system
 * has no memory left the process ends (a supervisor starts another), because every external input is bounded before
 * it gets here.
 *
 * arena_defer() ties a foreign handle (a json-c object, say) to the arena.
 */
#ifndef TIDELINE_UTIL_ARENA_H
#define TIDELINE_UTIL_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/util/own.h"

struct arena;

/* A new empty arena; the caller releases it with arena_free(). */
struct arena *arena_new(void);

/* Run what was deferred (last first), then release everything. */
void arena_free(struct arena *a);
AUTO_DEFINE_STRUCT(arena, arena_free)

/* The same, but keep up to 256 KiB for reuse: for loops that work on one thing after another. */
void arena_reset(struct arena *a);

/* n zeroed bytes, aligned for any type. n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc));

/* A zeroed array; ends the process when count * size overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* Copies. All results end with a NUL that is not counted. text may be NULL in arena_strdup (gives NULL). */
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *p, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Call release(handle) when the arena is reset or freed. */
void arena_defer(struct arena *a, void (*release)(void *handle), void *handle);

/* Bytes handed out since the last reset, for limits and tests. */
size_t arena_used_bytes(const struct arena *a);

#endif
