/*
 * The static files (templates/static): read once at start, served from memory, addressed with a hash of their content
 * so that browsers may keep them for ever. nginx serves the same files itself when it is told where they are.
 */
#ifndef TIDELINE_FCGI_ASSET_H
#define TIDELINE_FCGI_ASSET_H

#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"

enum { ASSET_FILE_BYTES = 256 * 1024, ASSET_HASH_DIGITS = 16 };

struct asset {
    const char *name; /* "style.css" */
    const char *type; /* Content-Type */
    const char *href; /* "/static/style.css?v=HASH" */
    const char *hash;
    const char *p;
    size_t n;
};

struct asset_set {
    const struct asset *items;
    size_t n;
};

/* Read the three files that the pages name. ERR_NOT_FOUND, ERR_TOO_LARGE. */
enum err_code asset_load(struct arena *a, const char *folder, struct asset_set *out, struct err *e);

/* openapi.json of the folder of pages: what the API is. It must be JSON (ERR_INVALID_INPUT) and is served without the space
 * between its parts. ERR_NOT_FOUND, ERR_TOO_LARGE. */
enum err_code asset_load_description(struct arena *a, const char *folder, struct asset *out, struct err *e);

/* By name; NULL when there is none. */
const struct asset *asset_find(const struct asset_set *set, const char *name);

#endif
