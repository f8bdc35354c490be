#include "fcgi/page_cache.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MOST_BYTES = PAGE_CACHE_BYTES / 8 };

struct entry {
    uint64_t hash; /* of tenant and address; 0: free */
    struct page_key key;
    char *uri;
    char *bytes;
    char etag[PAGE_CACHE_ETAG];
    struct page page;
    int64_t made_ms;
    int64_t used;
};

struct page_cache {
    struct entry entries[PAGE_CACHE_PAGES];
    size_t bytes;
    int64_t clock;
};

struct page_cache *page_cache_new(void)
{
    struct page_cache *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    return c;
}

static void drop(struct page_cache *c, struct entry *entry)
{
    c->bytes -= entry->page.n;
    free(entry->uri);
    free(entry->bytes);
    *entry = (struct entry){0};
}

void page_cache_free(struct page_cache *c)
{
    for (size_t i = 0; i < PAGE_CACHE_PAGES; i++)
        drop(c, &c->entries[i]);
    free(c);
}

/* FNV-1a; only saves comparing texts, so that it can be forced does no harm. */
static uint64_t hash_of(const struct page_key *key)
{
    uint64_t hash = 14695981039346656037U ^ (uint64_t)(uintptr_t)key->tenant;

    for (const char *p = key->uri; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211U;
    return hash ? hash : 1;
}

static struct entry *find(struct page_cache *c, const struct page_key *key, uint64_t hash)
{
    for (size_t i = 0; i < PAGE_CACHE_PAGES; i++) {
        struct entry *entry = &c->entries[i];

        if (entry->hash == hash && entry->key.tenant == key->tenant && strcmp(entry->uri, key->uri) == 0)
            return entry;
    }
    return NULL;
}

const struct page *page_cache_get(struct page_cache *c, const struct page_key *key, int64_t now_ms)
{
    struct entry *entry = find(c, key, hash_of(key));

    if (!entry || entry->key.version != key->version || entry->key.opened != key->opened ||
        now_ms - entry->made_ms >= PAGE_CACHE_KEEP_MS)
        return NULL;
    entry->used = ++c->clock;
    return &entry->page;
}

static struct entry *least_used(struct page_cache *c, bool in_use)
{
    struct entry *least = NULL;

    for (size_t i = 0; i < PAGE_CACHE_PAGES; i++) {
        struct entry *entry = &c->entries[i];

        if (in_use && !entry->hash)
            continue;
        if (!least || entry->used < least->used)
            least = entry;
    }
    return least;
}

static struct entry *make_room(struct page_cache *c, size_t n)
{
    struct entry *entry;

    while (c->bytes + n > PAGE_CACHE_BYTES)
        drop(c, least_used(c, true));
    entry = least_used(c, false);
    drop(c, entry);
    return entry;
}

void page_cache_put(struct page_cache *c, const struct page_key *key, const struct page *page, int64_t now_ms)
{
    uint64_t hash = hash_of(key);
    struct entry *entry = find(c, key, hash);

    if (entry)
        drop(c, entry);
    if (page->n > PAGE_MOST_BYTES)
        return;
    entry = make_room(c, page->n);
    entry->hash = hash;
    entry->uri = strdup(key->uri);
    entry->bytes = malloc(page->n);
    if (!entry->uri || !entry->bytes)
        abort();
    memcpy(entry->bytes, page->p, page->n);
    (void)snprintf(entry->etag, sizeof entry->etag, "%s", page->etag);
    entry->key = (struct page_key){key->tenant, entry->uri, key->version, key->opened};
    entry->page = (struct page){entry->bytes, page->n, page->head_n, entry->etag};
    entry->made_ms = now_ms;
    entry->used = ++c->clock;
    c->bytes += page->n;
}
