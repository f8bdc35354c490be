#include "fcgi/asset.h"

#include <string.h>

#include "core/util/digest.h"
#include "core/util/file.h"
#include "core/util/jx.h"
#include "core/util/str.h"

static const struct {
    const char *name, *type;
} files[] = {
    {"style.css", "text/css; charset=utf-8"},
    {"live.js", "text/javascript; charset=utf-8"},
    {"icon.svg", "image/svg+xml"},
};

enum { FILES = sizeof files / sizeof *files };

enum err_code asset_load(struct arena *a, const char *folder, struct asset_set *out, struct err *e)
{
    struct asset *items = arena_array(a, FILES, sizeof *items);
    char digest[DIGEST_HEX_SIZE];

    for (size_t i = 0; i < FILES; i++) {
        char *bytes;

        TRY(file_read(a, file_join(a, folder, files[i].name), ASSET_FILE_BYTES, &bytes, &items[i].n, e));
        digest_sha256(bytes, items[i].n, digest);
        items[i].name = files[i].name;
        items[i].type = files[i].type;
        items[i].p = bytes;
        items[i].hash = arena_strndup(a, digest, ASSET_HASH_DIGITS);
        items[i].href = arena_printf(a, "/static/%s?v=%s", files[i].name, items[i].hash);
    }
    *out = (struct asset_set){items, FILES};
    return ERR_OK;
}

enum err_code asset_load_description(struct arena *a, const char *folder, struct asset *out, struct err *e)
{
    const char *path = file_join(a, folder, "openapi.json");
    char digest[DIGEST_HEX_SIZE];
    struct json_object *parsed;
    struct err why = {0};
    char *bytes;
    size_t n;

    TRY(file_read(a, path, ASSET_FILE_BYTES, &bytes, &n, e));
    if (jx_parse(a, bytes, n, &parsed, &why) != ERR_OK)
        return err_set(e, why.code, "The description of the API, %s, is no JSON: %s", path, why.message);
    bytes = jx_text(a, parsed);
    digest_sha256(bytes, strlen(bytes), digest);
    *out = (struct asset){.name = "openapi.json",
                          .type = "application/json",
                          .hash = arena_strndup(a, digest, ASSET_HASH_DIGITS),
                          .p = bytes,
                          .n = strlen(bytes)};
    return ERR_OK;
}

const struct asset *asset_find(const struct asset_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (str_eq(set->items[i].name, name))
            return &set->items[i];
    return NULL;
}
