/* What each value may be. All of these answer yes or no; the sentence comes from the table of keys. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config/config_internal.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char digits[] = "0123456789";

static bool one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool alphanumeric(char c)
{
    return one_of(c, lower) || one_of(c, upper) || one_of(c, digits);
}

/* A DNS name (or an IPv4 address, which has the same characters): labels of at most 63, 253 in all. */
static bool hostname_valid(const char *p, size_t n)
{
    size_t label = 0;

    if (!n || n > 253)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool ends = i + 1 == n || p[i + 1] == '.';

        if (p[i] == '.') {
            if (!label)
                return false;
            label = 0;
            continue;
        }
        if (!alphanumeric(p[i]) && (p[i] != '-' || !label || ends))
            return false;
        if (++label > 63)
            return false;
    }
    return label > 0;
}

static bool port_valid(const char *p, size_t n)
{
    long port = 0;

    if (!n || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!one_of(p[i], digits))
            return false;
        port = port * 10 + (p[i] - '0');
    }
    return port > 0 && port < 65536;
}

/* host, host:port or [IPv6]:port */
static bool authority_valid(const char *p, size_t n)
{
    const char *colon;
    const char *bracket;

    if (n && *p == '[') {
        bracket = memchr(p, ']', n);
        if (!bracket || strspn(p + 1, "0123456789abcdefABCDEF:.") != (size_t)(bracket - p - 1) ||
            bracket == p + 1)
            return false;
        colon = bracket + 1 < p + n ? bracket + 1 : NULL;
        return !colon || (*colon == ':' && port_valid(colon + 1, (size_t)(p + n - colon - 1)));
    }
    colon = memchr(p, ':', n);
    if (!colon)
        return hostname_valid(p, n);
    return hostname_valid(p, (size_t)(colon - p)) && port_valid(colon + 1, (size_t)(p + n - colon - 1));
}

/* Visible ASCII without what a URL must write as %XX, and without query and fragment. */
static bool url_path_valid(const char *p)
{
    for (; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}?#@", *p))
            return false;
    return true;
}

static bool https_valid(const char *value, bool needs_path)
{
    const char *authority = value + strlen("https://");
    size_t n;
    const char *path;

    if (strncasecmp(value, "https://", 8) != 0 || strlen(value) > 1000)
        return false;
    n = strcspn(authority, "/");
    path = authority + n;
    if (needs_path && strspn(path, "/") == strlen(path))
        return false;
    return authority_valid(authority, n) && url_path_valid(path);
}

/* Absolute, without control characters, and without parts that climb. */
bool check_path(const char *value)
{
    return *value == '/' && strlen(value) < 1000 && !strstr(value, "/../") && !str_ends(value, "/..");
}

bool url_is_local(const char *value)
{
    return *value == '/' || str_starts(value, "file://");
}

bool url_has_password(const char *value)
{
    const char *authority = strstr(value, "://");
    const char *at;

    if (!authority || str_starts(value, "file://"))
        return false;
    authority += 3;
    at = strchr(authority, '@');
    return at && at < authority + strcspn(authority, "/?#");
}

bool check_repo_url(const char *value)
{
    if (str_starts(value, "file://"))
        return check_path(value + strlen("file://"));
    return *value == '/' ? check_path(value) : https_valid(value, true);
}

bool check_api_url(const char *value)
{
    return https_valid(value, false);
}

char *url_host(struct arena *a, const char *url)
{
    const char *host;
    char *copy;

    if (!url || !https_valid(url, false))
        return NULL;
    host = url + strlen("https://");
    copy = arena_strndup(a, host, *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/"));
    for (char *c = copy; *c; c++)
        if (one_of(*c, upper))
            *c = (char)(*c + ('a' - 'A'));
    return copy;
}

/* One part of a ref name, by the rules of git-check-ref-format(1). */
static bool ref_part_valid(const char *p, size_t n)
{
    if (!n || p[0] == '.' || p[n - 1] == '.')
        return false;
    if (n >= 5 && memcmp(p + n - 5, ".lock", 5) == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] <= ' ' || strchr("~^:?*[\\\x7f", p[i]))
            return false;
    return !memmem(p, n, "..", 2) && !memmem(p, n, "@{", 2);
}

bool check_branch(const char *value)
{
    if (*value == '-' || strlen(value) > 200 || strcmp(value, "@") == 0 || strcmp(value, "HEAD") == 0 ||
        str_starts(value, "refs/"))
        return false;
    for (const char *p = value;; p++) {
        size_t n = strcspn(p, "/");

        if (!ref_part_valid(p, n))
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

bool check_events_dir(const char *value)
{
    if (strlen(value) > 500)
        return false;
    for (const char *p = value;; p++) {
        size_t n = strcspn(p, "/");

        if (!n || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.') ||
            (n == 4 && strncasecmp(p, ".git", 4) == 0))
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

bool check_format(const char *value)
{
    return strcmp(value, "md") == 0 || strcmp(value, "json") == 0;
}

bool check_bool(const char *value)
{
    return strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0;
}

bool check_seconds(const char *value)
{
    size_t n = strlen(value);
    long seconds = strtol(value, NULL, 10);

    return n <= 3 && strspn(value, "0123456789") == n && seconds >= 1 && seconds <= 600;
}

bool check_page_url(const char *value)
{
    /* Paths are appended: nothing may stand behind host and port. */
    return https_valid(value, false) && !strchr(value + strlen("https://"), '/');
}

static size_t next_hostname(const char **p)
{
    size_t n;

    *p += strspn(*p, ", ");
    n = strcspn(*p, ", ");
    return n;
}

bool check_hostnames(const char *value)
{
    const char *p = value;
    size_t count = 0;

    for (size_t n; (n = next_hostname(&p)) > 0; p += n, count++)
        if (!hostname_valid(p, n))
            return false;
    return count > 0 && count <= 64;
}

static bool listed(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *const *hostname_list(struct arena *a, const char *value)
{
    const char **names = arena_array(a, strlen(value) / 2 + 2, sizeof *names);
    const char *p = value;
    size_t count = 0;

    for (size_t n; (n = next_hostname(&p)) > 0; p += n) {
        char *name = arena_strndup(a, p, n);

        for (char *c = name; *c; c++)
            if (one_of(*c, upper))
                *c = (char)(*c + ('a' - 'A'));
        if (!listed(names, count, name))
            names[count++] = name;
    }
    return names;
}

/* A name that stands in commits: Git ends a name at '<'. */
bool check_name(const char *value)
{
    return utf8_length(value, strlen(value)) <= 100 && !strpbrk(value, "<>\t\n");
}

bool check_email(const char *value)
{
    const char *at = strchr(value, '@');

    if (!at || at == value || strchr(at + 1, '@') || strlen(value) > 254)
        return false;
    for (const char *p = value; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("<>()[]\\,;:\"", *p))
            return false;
    return hostname_valid(at + 1, strlen(at + 1));
}

bool check_token(const char *value)
{
    size_t n = strlen(value);

    for (const char *p = value; *p; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    return n > 0 && n <= 1000;
}

bool check_secret(const char *value)
{
    return strlen(value) <= 1000;
}

bool check_tenant_name(const char *value)
{
    size_t n = strlen(value);

    if (!n || n > 63 || *value == '-')
        return false;
    for (const char *p = value; *p; p++)
        if (!one_of(*p, lower) && !one_of(*p, digits) && *p != '-')
            return false;
    return true;
}
