/*
 * Events that may tell of the same thing as another: those of one day, and those with a source of the same address.
 * What is alike about them the caller decides.
 */
#ifndef TIDELINE_STORE_STORE_ALIKE_H
#define TIDELINE_STORE_STORE_ALIKE_H

#include "core/store/store.h"

struct store_alike {
    const char *id, *date, *title, *state;
    const char *content; /* of those found by address; else NULL */
};

/* With exactly this date, at most limit. Events that are gone are not there. */
enum err_code store_alike_of_date(struct store *s, struct arena *a, const char *date, size_t limit,
                                  struct store_alike **out, size_t *n, struct err *e);

/* Addresses as event_source_urls() spells them. */
struct store_urls {
    const char *const *list;
    size_t n;
};

/* With a source of one of these addresses, the newest date first, at most limit. Found by a short digest, so the caller looks whether it is
 * so. What this transaction has written is not found before it is committed. */
enum err_code store_alike_with_url(struct store *s, struct arena *a, const struct store_urls *urls,
                                   size_t limit, struct store_alike **out, size_t *n, struct err *e);

#endif
