/*
 * What is configured: git-config, as the operator stores it at the command line.
 *
 * Beside a setting that was stored through the web stands a mark, "web:KEY", with the same value. Only the two together say that the value is not
 * the operator's word, so whoever stores another value without knowing of marks takes the word over, too.
 */
#include <string.h>

#include "core/service/service_internal.h"
#include "core/util/str.h"

static const char mark[] = "web:";

bool service_setting_from_web(const struct store_setting *settings, size_t n,
                              const struct store_setting *setting)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(settings[i].key, mark) && strcmp(settings[i].key + strlen(mark), setting->key) == 0)
            return strcmp(settings[i].value, setting->value) == 0;
    return false;
}

enum err_code service_setting_store(struct service *s, const char *key, const char *value, bool from_web,
                                    struct err *e)
{
    TRY(store_setting_set(s->store, key, value, e));
    TRY(store_setting_set(s->store, arena_printf(s->arena, "%s%s", mark, key), from_web ? value : NULL, e));
    /* Saying which repository to follow is what allows the database to follow another one. */
    if (str_eq(key, "TIMELINE_REPO_URL"))
        TRY(store_setting_set(s->store, "current_url", value ? value : s->base->repo_url, e));
    return ERR_OK;
}

enum err_code service_config_set(struct service *s, const char *key, const char *value, struct err *e)
{
    enum err_code code;

    if (s->mode == SERVICE_WEB)
        return err_set(e, ERR_INTERNAL, "Settings are stored as the operator's at the command line alone.");
    TRY(config_check(s->arena, s->base, key, value, e));
    /* What the environment says needs no storing, only that the database may follow it. */
    if (str_eq(jx_get_text(s->base->sources, key), "environment"))
        value = NULL;
    TRY(store_begin(s->store, service_wait_ms(s), e));
    code = service_setting_store(s, key, value, false, e);
    TRY(store_end(s->store, code, e));
    return service_reload(s, e);
}

enum err_code service_config_show(struct service *s, struct json_object **view, struct err *e)
{
    struct store_repository r;

    *view = config_json(s->arena, &s->tenant);
    jx_set_bool(*view, "success", true);
    if (!s->tenant.repo_url || s->tenant.events_dir)
        return ERR_OK;
    /* The folder that was found is what people want to see, not that it is looked for. */
    TRY(store_repository_get(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, &r, e));
    if (r.id && r.events_dir[0])
        jx_set_text(*view, "events_dir", r.events_dir);
    return ERR_OK;
}
