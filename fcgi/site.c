#include "fcgi/site.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"

extern char **environ;

static enum err_code load_tenants(struct arena *a, const struct options *options, bool secrets,
                                  struct tenant_registry *out, struct err *e)
{
    const char *folder = options->tenants_folder ? options->tenants_folder : getenv("TIDELINE_TENANTS");
    struct config_places places = {.tenants_folder = folder && folder[0] ? folder : NULL,
                                   .environment = (const char *const *)environ,
                                   .service = true};

    return config_load(a, &places, secrets, out, e);
}

enum err_code site_load_secrets(struct arena *a, const struct options *options, struct tenant_registry *out,
                                struct err *e)
{
    return load_tenants(a, options, true, out, e);
}

void site_forget_secrets(void)
{
    config_wipe_tokens(environ);
}

static enum err_code load(struct site *s, const struct options *options, struct err *e)
{
    const char *statics = file_join(s->arena, options->templates_folder, "static");

    TRY(load_tenants(s->arena, options, false, &s->registry, e));
    for (const char *const *w = s->registry.warnings; w && *w; w++)
        log_write(LOG_WARNING, "%s", *w);
    TRY(mustache_load_folder(s->pages, options->templates_folder, e));
    TRY(asset_load_description(s->arena, options->templates_folder, &s->description, e));
    return asset_load(s->arena, statics, &s->assets, e);
}

enum err_code site_load(const struct options *options, struct site **out, struct err *e)
{
    AUTO_STRUCT(site) *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->arena = arena_new();
    s->pages = mustache_new();
    TRY(load(s, options, e));
    *out = TAKE(s);
    return ERR_OK;
}

void site_free(struct site *s)
{
    mustache_free(s->pages);
    arena_free(s->arena);
    free(s);
}

static int by_name(const void *name, const void *tenant)
{
    return strcmp(name, ((const struct tenant *)tenant)->name);
}

const struct tenant *site_tenant(const struct tenant_registry *registry, const char *name)
{
    if (!name || !registry->n)
        return NULL;
    return bsearch(name, registry->tenants, registry->n, sizeof *registry->tenants, by_name);
}
