#include "core/util/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32 * 1024, SPARE_MOST = 8 };

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *handle);
    void *handle;
};

struct arena {
    struct block *blocks; /* the first one is being filled */
    struct block *spare;  /* empty ones of BLOCK_BYTES that a reset has kept */
    struct deferred *deferred;
    size_t used_bytes;
};

static _Noreturn void out_of_memory(void)
{
    fputs("tideline: out of memory\n", stderr);
    abort();
}

static void *must(void *p)
{
    if (!p)
        out_of_memory();
    return p;
}

struct arena *arena_new(void)
{
    return must(calloc(1, sizeof(struct arena)));
}

static void run_deferred(struct arena *a)
{
    /* The list lives in the arena's own blocks, so it must run before they go. */
    for (struct deferred *d = a->deferred; d; d = d->next)
        d->release(d->handle);
    a->deferred = NULL;
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    run_deferred(a);
    free_blocks(a->blocks);
    free_blocks(a->spare);
    free(a);
}

/* A loop that resets per item needs about as much for the next one, so some blocks are kept for it. */
void arena_reset(struct arena *a)
{
    size_t kept = 0;
    struct block *next;

    run_deferred(a);
    for (struct block *b = a->spare; b; b = b->next)
        kept++;
    for (struct block *b = a->blocks; b; b = next) {
        next = b->next;
        if (b->size != BLOCK_BYTES || kept >= SPARE_MOST) {
            free(b);
            continue;
        }
        memset(b->bytes, 0, b->used);
        b->used = 0;
        b->next = a->spare;
        a->spare = b;
        kept++;
    }
    a->blocks = NULL;
    a->used_bytes = 0;
}

static struct block *block_new(struct arena *a, size_t size)
{
    struct block *b = a->spare;

    if (size == BLOCK_BYTES && b) {
        a->spare = b->next;
        return b;
    }
    b = must(calloc(1, sizeof *b + size));
    b->size = size;
    return b;
}

static struct block *block_add(struct arena *a, size_t need)
{
    size_t size = need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct block *b = block_new(a, size);

    /* A large block goes behind the one being filled, so that its rest is not lost. */
    if (a->blocks && size > BLOCK_BYTES) {
        b->next = a->blocks->next;
        a->blocks->next = b;
    } else {
        b->next = a->blocks;
        a->blocks = b;
    }
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t need = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    struct block *b = a->blocks;
    char *p;

    if (need < n)
        out_of_memory();
    if (!b || b->size - b->used < need)
        b = block_add(a, need);
    p = b->bytes + b->used;
    b->used += need;
    a->used_bytes += need;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *p, size_t n)
{
    char *copy = arena_alloc(a, n + 1);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return text ? arena_strndup(a, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *format, va_list arguments)
{
    va_list again;
    char *text;
    int n;

    va_copy(again, arguments);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        out_of_memory();
    text = arena_alloc(a, (size_t)n + 1);
    (void)vsnprintf(text, (size_t)n + 1, format, arguments);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vprintf(a, format, arguments);
    va_end(arguments);
    return text;
}

void arena_defer(struct arena *a, void (*release)(void *handle), void *handle)
{
    struct deferred *d = arena_alloc(a, sizeof *d);

    d->release = release;
    d->handle = handle;
    d->next = a->deferred;
    a->deferred = d;
}

size_t arena_used_bytes(const struct arena *a)
{
    return a->used_bytes;
}
