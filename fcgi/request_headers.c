/*
 * The headers that decide something: cookies (RFC 6265), Authorization: Bearer (RFC 6750), conditions (RFC 9110), the media
 * type, and Idempotency-Key (draft-ietf-httpapi-idempotency-key-header).
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/util/str.h"
#include "fcgi/request_internal.h"

enum { COOKIE_BYTES = 4096, BEARER_BYTES = 512, KEY_BYTES = 200 };

/* The value of the first cookie of this name. Another tenant's site cannot set one with the prefix __Host-. */
static const char *cookie(struct arena *a, const char *header, const char *name)
{
    size_t n = strlen(name);
    const char *p = header;

    while (p && *p) {
        size_t length;

        p += strspn(p, " \t;");
        length = strcspn(p, ";");
        if (length > n + 1 && length <= COOKIE_BYTES && strncmp(p, name, n) == 0 && p[n] == '=')
            return arena_strndup(a, p + n + 1, length - n - 1);
        p += length;
    }
    return NULL;
}

/* b64token: letters, digits and -._~+/ with = at the end. */
static const char *bearer(struct arena *a, const char *header)
{
    const char *p = header;
    size_t n;

    if (!p || strncasecmp(p, "Bearer ", 7) != 0)
        return NULL;
    p += 7;
    p += strspn(p, " ");
    n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");
    return n && n <= BEARER_BYTES && !p[n + strspn(p + n, " ")] ? arena_strndup(a, p, n) : NULL;
}

static bool is_key(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (!n || n > KEY_BYTES)
        return false;
    for (const char *p = text; *p; p++)
        if (!isgraph((unsigned char)*p))
            return false;
    return true;
}

void request_parse_headers(struct arena *a, const struct request_input *in, struct request *out)
{
    out->session = cookie(a, in->cookie, "__Host-tideline");
    out->flash = cookie(a, in->cookie, "__Host-tideline-flash");
    out->bearer = bearer(a, in->authorization);
    out->idempotency_key = is_key(in->idempotency_key) ? in->idempotency_key : NULL;
}

/* A list of entity tags, or "*". A tag that was made weak on the way, as nginx does where it compresses, is still ours. */
static bool names(const char *list, const char *etag)
{
    const char *p = list;
    size_t n = strlen(etag);

    while (p && *p) {
        p += strspn(p, " \t,");
        if (*p == '*')
            return true;
        if (str_starts(p, "W/"))
            p += 2;
        if (strncmp(p, etag, n) == 0)
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

bool request_has_etag(const struct request *r, const char *etag)
{
    return names(r->if_none_match, etag);
}

bool request_matches(const struct request *r, const char *etag)
{
    return names(r->if_match, etag);
}

bool request_has_type(const struct request *r, const char *type)
{
    const char *given = r->input->content_type;
    size_t n = strlen(type);

    if (!given || strncasecmp(given, type, n) != 0)
        return false;
    given += n;
    given += strspn(given, " \t");
    return !*given || *given == ';';
}
