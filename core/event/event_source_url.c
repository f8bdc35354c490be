/* Addresses of sources as keys: equal for the same page. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/event/event.h"

enum { URL_BYTES = 4096 };

static const char *behind_scheme(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return url + 8;
    return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* The name and, unless it is the scheme's own, the port. A name and password before '@' are not the page's. */
static void add_host(struct str *out, const char *host, size_t n)
{
    const char *at = memrchr(host, '@', n);

    if (at) {
        n -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    if (n > 4 && memcmp(host + n - 4, ":443", 4) == 0)
        n -= 4;
    else if (n > 3 && memcmp(host + n - 3, ":80", 3) == 0)
        n -= 3;
    while (n && host[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++)
        str_addc(out, (char)tolower((unsigned char)host[i]));
}

/* The fragment is a place within the page, but for those that scripts read as an address ("#!"). */
static size_t length_of_page(const char *rest)
{
    const char *hash = strchr(rest, '#');

    return hash && hash[1] != '!' ? (size_t)(hash - rest) : strlen(rest);
}

static char *spelling(struct arena *a, const char *url)
{
    static const char scheme[] = "https://";
    const char *host = behind_scheme(url);
    struct str out;
    const char *rest;
    size_t path_n, kept_n;

    if (!host || strlen(url) > URL_BYTES)
        return NULL;
    rest = host + strcspn(host, "/?#");
    str_init(&out, a, URL_BYTES + sizeof scheme);
    str_add(&out, scheme);
    add_host(&out, host, (size_t)(rest - host));
    if (out.n < sizeof scheme)
        return NULL;
    path_n = kept_n = strcspn(rest, "?#");
    while (kept_n && rest[kept_n - 1] == '/')
        kept_n--;
    str_addn(&out, rest, kept_n);
    str_addn(&out, rest + path_n, length_of_page(rest) - path_n);
    return out.p;
}

static const char *trimmed(struct arena *a, const char *text)
{
    size_t n;

    text += strspn(text, " \t\r\n");
    n = strlen(text);
    while (n && isspace((unsigned char)text[n - 1]))
        n--;
    return arena_strndup(a, text, n);
}

struct urls {
    struct arena *arena;
    const char **list;
    size_t n;
};

static void add_source(struct urls *urls, struct json_object *source)
{
    const char *text = json_object_is_type(source, json_type_string) ? json_object_get_string(source)
                                                                     : jx_get_text(source, "url");
    const char *url = text ? spelling(urls->arena, trimmed(urls->arena, text)) : NULL;

    if (!url || urls->n >= EVENT_SOURCE_URLS)
        return;
    for (size_t i = 0; i < urls->n; i++)
        if (str_eq(urls->list[i], url))
            return;
    urls->list[urls->n++] = url;
}

const char **event_source_urls(struct arena *a, struct json_object *fields, size_t *n)
{
    struct json_object *sources = jx_get(fields, "sources");
    struct urls urls = {.arena = a, .list = arena_array(a, EVENT_SOURCE_URLS, sizeof *urls.list)};

    if (!json_object_is_type(sources, json_type_array)) {
        add_source(&urls, sources);
    } else {
        for (size_t i = 0; i < json_object_array_length(sources); i++)
            add_source(&urls, json_object_array_get_idx(sources, i));
    }
    *n = urls.n;
    return urls.list;
}
