#include "core/forge/forge.h"

#include "core/forge/forge_github.h"
#include "core/util/str.h"

/* https and the host, or NULL. */
static const char *secure_host(struct arena *a, const char *text)
{
    struct http_url url;

    if (!text || http_url_parse(a, text, &url, NULL) != ERR_OK || !str_eq(url.scheme, "https"))
        return NULL;
    return url.host;
}

const struct forge *forge_of(const char *repo_url, const char *api_url, bool api_url_is_set)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *repo_host = secure_host(a, repo_url);
    const char *api_host = secure_host(a, api_url);

    if (!repo_url || !api_url)
        return NULL;
    if (api_url_is_set)
        return &forge_github;
    if (!repo_host || !api_host)
        return NULL;
    if (str_eq(api_host, "api.github.com"))
        api_host = "github.com";
    return str_eq(repo_host, api_host) ? &forge_github : NULL;
}
