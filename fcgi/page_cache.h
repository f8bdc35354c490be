/*
 * Answers that one web worker keeps: whole, with headers, by tenant and address. One is valid while the tenant's
 * database is at the version it was made from, and for at most a minute, because pages say how long ago things were.
 * Bounded in number and in bytes; the one unused for longest goes first.
 */
#ifndef TIDELINE_FCGI_PAGE_CACHE_H
#define TIDELINE_FCGI_PAGE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/util/own.h"

enum {
    PAGE_CACHE_PAGES = 64,
    PAGE_CACHE_BYTES = 1024 * 1024,
    PAGE_CACHE_KEEP_MS = 60000,
    PAGE_CACHE_ETAG = 40
};

struct page_cache;

struct page_cache *page_cache_new(void);
void page_cache_free(struct page_cache *c);
AUTO_DEFINE_STRUCT(page_cache, page_cache_free)

/* What an answer was made from. Two equal keys have equal answers. */
struct page_key {
    const void *tenant;
    const char *uri;
    int64_t version, opened; /* of struct desk_seat */
};

struct page {
    const char *p; /* headers and body; owned by the cache until the next put */
    size_t n;
    size_t head_n;    /* of them headers */
    const char *etag; /* "" none */
};

/* The page kept under the key at this time (monotonic milliseconds), or NULL. */
const struct page *page_cache_get(struct page_cache *c, const struct page_key *key, int64_t now_ms);

/* Keep a copy, instead of what was kept for the same tenant and address. Pages too large for the cache are not kept. */
void page_cache_put(struct page_cache *c, const struct page_key *key, const struct page *page,
                    int64_t now_ms);

#endif
