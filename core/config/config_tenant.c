/* One tenant: choosing it, laying stored settings over it, its token, and showing it. */
#include <string.h>

#include "core/config/config_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { TOKEN_FILE_BYTES = 4096 };

static const char *names_of(struct arena *a, const struct tenant_registry *registry)
{
    struct str names;

    str_init(&names, a, 300);
    for (size_t i = 0; i < registry->n; i++)
        str_addf(&names, "%s%s", i ? ", " : "", registry->tenants[i].name);
    return names.p;
}

enum err_code config_choose(const struct tenant_registry *registry, const char *name,
                            const struct tenant **out, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();

    if (!name && registry->n != 1)
        return err_set(e, ERR_USAGE, "Say which timeline is meant with --tenant NAME. There are: %s.",
                       names_of(a, registry));
    if (!name) {
        *out = &registry->tenants[0];
        return ERR_OK;
    }
    for (size_t i = 0; i < registry->n; i++) {
        if (strcmp(registry->tenants[i].name, name) == 0) {
            *out = &registry->tenants[i];
            return ERR_OK;
        }
    }
    return err_set(e, ERR_TENANT_UNKNOWN, "There is no tenant named %.64s. There are: %s.", name,
                   names_of(a, registry));
}

static bool set_by_environment(const struct tenant *t, const char *name)
{
    return str_eq(jx_get_text(t->sources, name), "environment");
}

static struct json_object *copy_of(struct arena *a, struct json_object *object)
{
    struct json_object *copy = NULL;

    if (!object || json_object_deep_copy(object, &copy, NULL) != 0)
        copy = json_object_new_object();
    return jx_own(a, copy);
}

static enum err_code apply_one(struct arena *a, struct tenant *t, const struct config_override *o,
                               struct err *e)
{
    static const struct place place = {.source = "database"};
    const struct key *key = key_find(o->key);

    if (!key || !(key->flags & KEY_STORABLE) || set_by_environment(t, o->key))
        return ERR_OK; /* stored by a version that knew more keys, or overruled */
    if (o->from_web && url_is_local(o->value))
        return err_set(e, ERR_FORBIDDEN, "%s may name a local path only in the operator's own settings.",
                       o->key);
    TRY(key_set(a, t, key, o->value, &place, e));
    if (strcmp(o->key, "TIMELINE_REPO_URL") == 0)
        t->repo_from_operator = !o->from_web;
    return ERR_OK;
}

enum err_code config_apply(struct arena *a, const struct tenant *base,
                           const struct config_override *overrides, size_t n, struct tenant *out,
                           struct err *e)
{
    struct tenant t = *base;

    t.sources = copy_of(a, base->sources);
    for (size_t i = 0; i < n; i++)
        TRY(apply_one(a, &t, &overrides[i], e));
    tenant_derive(a, &t, "");
    *out = t;
    return ERR_OK;
}

/* A name that shares hardly a letter with any of ours was no slip: then the list is the better help. */
static enum err_code unknown_key(const char *key, struct err *e)
{
    size_t distance;
    const char *nearest = key_nearest(key, &distance);

    if (distance <= strlen(key) / 2)
        return err_set(e, ERR_USAGE, "There is no setting named %.80s; did you mean %s?", key, nearest);
    return err_set(
        e, ERR_USAGE,
        "There is no setting named %.80s. See those that there are with: tideline git-config --show", key);
}

/* The very repository that the environment names: nothing overrules anything, and the database may follow it. */
static bool confirms_repository(const struct tenant *tenant, const char *key, const char *value)
{
    return str_eq(key, "TIMELINE_REPO_URL") && str_eq(value, tenant->repo_url);
}

enum err_code config_check(struct arena *a, const struct tenant *tenant, const char *key, const char *value,
                           struct err *e)
{
    static const struct place place = {.source = "command line"};
    const struct key *known = key_find(key);

    (void)a;
    if (!known)
        return unknown_key(key, e);
    if (!(known->flags & KEY_STORABLE))
        return err_set(e, ERR_USAGE,
                       "%s cannot be stored: set it in the tenant's file or in the environment.", key);
    if (!value)
        return ERR_OK;
    if (set_by_environment(tenant, key) && !confirms_repository(tenant, key, value))
        return err_set(
            e, ERR_CONFIG,
            "%s is set by the environment, which would overrule what is stored: take it out there first.",
            key);
    return key_check(known, value, &place, e);
}

bool config_host_allowed(struct arena *a, const struct tenant *tenant, const char *url)
{
    const char *host = url_host(a, url);

    for (const char *const *name = tenant->allowed_hosts; host && name && *name; name++)
        if (strcmp(*name, host) == 0)
            return true;
    return false;
}

enum err_code config_token(struct arena *a, const struct tenant *tenant, const char **token, struct err *e)
{
    char *text;
    size_t n;
    struct err why;

    *token = tenant->token;
    if (tenant->token || !tenant->token_file)
        return ERR_OK;
    if (file_read(a, tenant->token_file, TOKEN_FILE_BYTES, &text, &n, &why) != ERR_OK)
        return err_set(e, ERR_CONFIG, "GITHUB_TOKEN_FILE: %s", why.message);
    while (n && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    text += strspn(text, " \t\r\n");
    if (!*text || !check_token(text))
        return err_set(e, ERR_CONFIG,
                       "GITHUB_TOKEN_FILE %s holds no token; expected one line with nothing else.",
                       tenant->token_file);
    *token = text;
    return ERR_OK;
}

static struct json_object *hostnames_json(const struct tenant *t)
{
    struct json_object *list = json_object_new_array();

    for (const char *const *name = t->hostnames; name && *name; name++)
        jx_push_text(list, *name);
    return list;
}

static bool configured(const struct tenant *t, const char *name)
{
    const char *source = jx_get_text(t->sources, name);

    return source && strcmp(source, "default") != 0;
}

struct json_object *config_json(struct arena *a, const struct tenant *t)
{
    struct json_object *view = jx_own(a, json_object_new_object());

    jx_set_text(view, "tenant", t->name);
    jx_set_text(view, "file", t->file);
    jx_set_text(view, "repo_url", t->repo_url);
    jx_set_text(view, "branch", t->branch);
    jx_set_text(view, "workspace", t->workspace);
    jx_set_bool(view, "workspace_isolation", t->workspace_isolation);
    jx_set_text(view, "db_path", t->db_path);
    jx_set_text(view, "events_dir", t->events_dir);
    jx_set_text(view, "event_format", t->event_format);
    jx_set_text(view, "github_api_url", t->api_url);
    jx_set_bool(view, "token_configured", t->token || t->token_file || configured(t, "GITHUB_TOKEN"));
    jx_set_text(view, "push_url", t->push_url ? t->push_url : t->repo_url);
    jx_set_text(view, "pr_branch_prefix", t->pr_branch_prefix);
    jx_set_text(view, "instance_name", t->instance_name);
    jx_set_text(view, "author_name", t->author_name);
    jx_set_text(view, "author_email", t->author_email);
    jx_set(view, "hostnames", hostnames_json(t));
    jx_set_bool(view, "public", t->public_read);
    jx_set_bool(view, "auto_pull_on_start", t->auto_pull_on_start);
    jx_set_text(view, "ca_file", t->ca_file);
    jx_set_bool(view, "webhook_secret_configured", t->webhook_secret || t->webhook_secret_file);
    jx_set(view, "source", json_object_get(copy_of(a, t->sources)));
    return view;
}
