#include <ctype.h>
#include <string.h>

#include "core/http/http.h"
#include "core/util/str.h"

enum { URL_BYTES_MAX = 2000, HOST_BYTES_MAX = 253, PORT_MAX = 65535 };

/* Programs disagree about what a backslash means in a URL, so there is none. */
static bool has_unsafe(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == '\\')
            return true;
    }
    return false;
}

static char *lower(struct arena *a, const char *p, size_t n)
{
    char *out = arena_strndup(a, p, n);

    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

static bool host_is_good(const char *host)
{
    size_t n = strlen(host);

    return n > 0 && n <= HOST_BYTES_MAX && strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") == n &&
           host[0] != '-' && host[0] != '.';
}

/* "443", or what stands behind the colon. NULL when that is no port. */
static const char *port_of(struct arena *a, const char *p, size_t n, const char *scheme)
{
    char *port;
    int value = 0;

    if (n == 0)
        return strcmp(scheme, "https") == 0 ? "443" : "80";
    port = arena_strndup(a, p + 1, n - 1);
    if (*p != ':' || n - 1 > 5 || n == 1 || strspn(port, "0123456789") != n - 1)
        return NULL;
    for (const char *c = port; *c; c++)
        value = value * 10 + (*c - '0');
    return value > 0 && value <= PORT_MAX ? port : NULL;
}

/* authority: host, host:port, [v6] or [v6]:port. */
static bool split_authority(struct arena *a, const char *p, size_t n, struct http_url *out)
{
    const char *end = p + n, *stop;

    if (n && *p == '[') {
        stop = memchr(p, ']', n);
        if (!stop)
            return false;
        out->host = lower(a, p + 1, (size_t)(stop - p - 1));
        stop++;
        if (!strchr(out->host, ':'))
            return false;
    } else {
        stop = memchr(p, ':', n);
        if (!stop)
            stop = end;
        out->host = lower(a, p, (size_t)(stop - p));
    }
    out->port = port_of(a, stop, (size_t)(end - stop), out->scheme);
    return out->port && host_is_good(out->host);
}

enum err_code http_url_parse(struct arena *a, const char *text, struct http_url *out, struct err *e)
{
    const char *authority;
    size_t n;

    memset(out, 0, sizeof *out);
    if (strlen(text) > URL_BYTES_MAX)
        return err_set(e, ERR_INVALID_INPUT, "The URL is longer than %d bytes.", URL_BYTES_MAX);
    if (has_unsafe(text))
        return err_set(e, ERR_INVALID_INPUT, "A URL holds no spaces, backslashes or control characters.");
    out->scheme = strncasecmp(text, "https://", 8) == 0  ? "https"
                  : strncasecmp(text, "http://", 7) == 0 ? "http"
                                                         : NULL;
    if (!out->scheme)
        return err_set(e, ERR_INVALID_INPUT, "The URL must start with https://.");
    authority = strstr(text, "://") + 3;
    n = strcspn(authority, "/?#");
    if (memchr(authority, '@', n))
        return err_set(e, ERR_INVALID_INPUT,
                       "The URL carries a user name or password: remove it and set GITHUB_TOKEN instead.");
    if (!split_authority(a, authority, n, out))
        return err_set(e, ERR_INVALID_INPUT, "The URL names no valid host and port.");
    out->path = authority[n] == '/' ? arena_strdup(a, authority + n) : arena_printf(a, "/%s", authority + n);
    return ERR_OK;
}
