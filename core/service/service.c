#include "core/service/service.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/service/service_internal.h"
#include "core/util/clock.h"
#include "core/util/file.h"

enum { WEB_WAIT_MS = 1000, WAIT_MS = 60000 };

int service_wait_ms(const struct service *s)
{
    return s->mode == SERVICE_WEB ? WEB_WAIT_MS : WAIT_MS;
}

/* Stored settings that are configuration have the names of the configuration keys, which are upper case. */
enum err_code service_reload(struct service *s, struct err *e)
{
    struct store_setting *settings;
    struct config_override *overrides;
    size_t n;
    size_t kept = 0;

    arena_reset(s->tenant_arena);
    TRY(store_setting_list(s->store, s->tenant_arena, &settings, &n, e));
    overrides = arena_array(s->tenant_arena, n, sizeof *overrides);
    for (size_t i = 0; i < n; i++)
        if (isupper((unsigned char)settings[i].key[0]))
            overrides[kept++] =
                (struct config_override){.key = settings[i].key,
                                         .value = settings[i].value,
                                         .from_web = service_setting_from_web(settings, n, &settings[i])};
    TRY(config_apply(s->tenant_arena, s->base, overrides, kept, &s->tenant, e));
    s->settings_version = store_version(s->store);
    return ERR_OK;
}

static enum err_code open_store(struct service *s, struct err *e)
{
    if (s->mode == SERVICE_WEB && !file_exists(s->base->db_path))
        return err_set(
            e, ERR_NOT_FOUND,
            "Nothing has been pulled into this timeline yet. Pull its repository first: tideline git-pull");
    if (s->mode == SERVICE_READ)
        return store_open_read(s->base->db_path, &s->store, e);
    return s->mode == SERVICE_WEB ? store_open_made(s->base->db_path, &s->store, e)
                                  : store_open(s->base->db_path, &s->store, e);
}

enum err_code service_open(struct arena *a, const struct tenant *tenant, enum service_mode mode,
                           const char *actor, struct service **out, struct err *e)
{
    struct service *s = calloc(1, sizeof *s);
    enum err_code code;

    if (!s)
        abort();
    s->arena = a;
    s->base = tenant;
    s->mode = mode;
    s->opened_as = actor;
    service_leave(s);
    s->tenant_arena = arena_new();
    code = open_store(s, e);
    if (code == ERR_OK)
        code = service_reload(s, e);
    if (code != ERR_OK) {
        service_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

void service_close(struct service *s)
{
    if (s->store)
        store_close(s->store);
    arena_free(s->tenant_arena);
    free(s);
}

void service_set_arena(struct service *s, struct arena *a)
{
    struct err ignored = {0};

    s->arena = a;
    s->problems = NULL;
    service_leave(s);
    /* A setting that has become invalid keeps the tenant as it was; git-config refuses to store such a one. */
    if (store_version(s->store) != s->settings_version)
        (void)service_reload(s, &ignored);
}

void service_set_progress(struct service *s, const struct service_progress *progress)
{
    s->progress = *progress;
}

int64_t service_version(struct service *s)
{
    return store_version(s->store);
}

const struct tenant *service_tenant(struct service *s)
{
    return &s->tenant;
}

enum err_code service_need_repository(struct service *s, struct err *e)
{
    if (s->tenant.repo_url)
        return ERR_OK;
    return err_set(
        e, ERR_CONFIG,
        "No repository is configured. Set TIMELINE_REPO_URL, or run: tideline git-config --repo URL");
}

void view_time(struct service *s, struct json_object *object, const char *key, int64_t us)
{
    jx_set_text(object, key, us ? clock_rfc3339(s->arena, us) : NULL);
}

void view_text(struct json_object *object, const char *key, const char *text)
{
    jx_set_text(object, key, text && text[0] ? text : NULL);
}

struct json_object *view_parsed(struct service *s, const char *text)
{
    struct json_object *value = NULL;

    if (!text || !text[0] || jx_parse(s->arena, text, strlen(text), &value, NULL) != ERR_OK)
        return NULL;
    return json_object_get(value);
}
