#include "core/git/git_service.h"

#include <errno.h>
#include <string.h>

#include "core/git/git_internal.h"
#include "core/http/http.h"
#include "core/util/clock.h"
#include "core/util/str.h"

enum { DEFAULT_DEADLINE_MS = 10 * 60 * 1000, URL_BYTES_MAX = 2000 };

/* The person's own Git configuration (proxies, insteadOf, credential helpers) must not change what a service does, and
 * a volume whose owner differs is normal for a configured remote. Reading verifies no hashes: packs are verified when
 * they arrive, and zlib's checksum finds what a disk damages. */
static enum err_code start_library(struct err *e)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL};
    static bool started;

    if (started)
        return ERR_OK;
    if (git_libgit2_init() < 0)
        return err_set(e, ERR_INTERNAL,
                       "libgit2 does not start. Install Debian's package libgit2-1.5 again.");
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        (void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    (void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    (void)git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    started = true;
    return ERR_OK;
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* %41 -> A, as git reads file:// URLs. NULL when it is malformed or hides a NUL. */
static char *percent_decode(struct arena *a, const char *text)
{
    char *out = arena_alloc(a, strlen(text) + 1);
    char *to = out;

    for (; *text; text++) {
        int high, low;

        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        high = hex_value(text[1]);
        low = high < 0 ? -1 : hex_value(text[2]);
        if (low < 0 || high + low == 0)
            return NULL;
        *to++ = (char)(high * 16 + low);
        text += 2;
    }
    return out;
}

static enum err_code parse_file_url(struct arena *a, const char *url, struct git_service_remote *out,
                                    struct err *e)
{
    const char *rest = url + strlen("file://");

    if (str_starts(rest, "localhost/"))
        rest += strlen("localhost");
    out->path = *rest == '/' ? percent_decode(a, rest) : NULL;
    if (!out->path)
        return err_set(e, ERR_INVALID_INPUT, "%s is no file:// URL: write file:// and an absolute path.",
                       url);
    return ERR_OK;
}

enum err_code git_service_remote_parse(struct arena *a, const char *url, struct git_service_remote *out,
                                       struct err *e)
{
    struct http_url parts;

    *out = (struct git_service_remote){.url = arena_strdup(a, url)};
    if (!url || !*url)
        return err_set(e, ERR_INVALID_INPUT, "There is no repository URL: set TIMELINE_REPO_URL.");
    if (strlen(url) > URL_BYTES_MAX)
        return err_set(e, ERR_INVALID_INPUT, "The repository URL is longer than %d bytes.", URL_BYTES_MAX);
    if (url[0] == '/') {
        out->path = out->url;
        return ERR_OK;
    }
    if (str_starts(url, "file://"))
        return parse_file_url(a, url, out, e);
    if (str_starts(url, "http://"))
        return err_set(e, ERR_UNSUPPORTED,
                       "http:// sends tokens unprotected: use https:// in TIMELINE_REPO_URL.");
    if (!str_starts(url, "https://"))
        return err_set(e, ERR_UNSUPPORTED,
                       "The repository URL must start with https:// or file:// or be an absolute path.");
    TRY(http_url_parse(a, url, &parts, e));
    out->host = parts.host;
    return ERR_OK;
}

static void copy_texts(struct git_service *g, const struct git_service_options *options)
{
    struct git_service_options *o = &g->options;

    *o = *options;
    o->mirror = arena_strdup(g->arena, options->mirror);
    o->url = arena_strdup(g->arena, options->url);
    o->push_url = arena_strdup(g->arena, options->push_url ? options->push_url : options->url);
    o->branch = arena_strdup(g->arena, options->branch);
    o->token = options->token && *options->token ? arena_strdup(g->arena, options->token) : NULL;
    o->ca_file = arena_strdup(g->arena, options->ca_file);
    o->token_for = arena_strdup(g->arena, options->token_for);
    if (o->deadline_ms <= 0)
        o->deadline_ms = DEFAULT_DEADLINE_MS;
}

static enum err_code check_options(struct git_service *g, struct err *e)
{
    const struct git_service_options *o = &g->options;
    int valid = 0;

    if (!o->mirror || !*o->mirror)
        return err_set(e, ERR_INVALID_INPUT, "There is no folder for the mirror: set TIMELINE_WORKSPACE.");
    TRY(git_service_remote_parse(g->arena, o->url, &g->fetch, e));
    TRY(git_service_remote_parse(g->arena, o->push_url, &g->push, e));
    TRY(start_library(e));
    if (!o->branch || git_branch_name_is_valid(&valid, o->branch) < 0 || !valid)
        return err_set(e, ERR_INVALID_INPUT,
                       "\"%s\" is no branch name that Git accepts: set TIMELINE_BRANCH.",
                       o->branch ? o->branch : "");
    return ERR_OK;
}

enum err_code git_service_open(const struct git_service_options *options, struct git_service **out,
                               struct err *e)
{
    struct arena *a = arena_new();
    struct git_service *g = arena_alloc(a, sizeof *g);
    enum err_code code;

    g->arena = a;
    copy_texts(g, options);
    code = check_options(g, e);
    if (code != ERR_OK)
        arena_free(a);
    else
        *out = g;
    return code;
}

void git_service_close(struct git_service *g)
{
    if (!g)
        return;
    git_service_unuse(g);
    arena_free(g->arena);
}

void git_service_begin(struct git_service *g)
{
    g->deadline_ms = clock_monotonic_ms() + g->options.deadline_ms;
}

enum err_code git_service_check(struct git_service *g, struct err *e)
{
    const struct git_service_progress *p = &g->options.progress;

    if (p->cancelled && p->cancelled(p->context))
        return err_set(e, ERR_CANCELLED, "The Git operation was cancelled.");
    if (clock_monotonic_ms() > g->deadline_ms)
        return err_set(e, ERR_REMOTE_TIMEOUT, "The Git operation took longer than %d seconds and was ended.",
                       g->options.deadline_ms / 1000);
    return ERR_OK;
}

void git_service_report(struct git_service *g, const char *phase, uint64_t done, uint64_t total,
                        uint64_t bytes)
{
    const struct git_service_progress *p = &g->options.progress;

    if (p->report)
        p->report(p->context, phase, done, total, bytes);
}

enum err_code git_service_fail(struct err *e, int result, const char *what)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "no reason given";

    if (strstr(text, strerror(ENOSPC)) || strstr(text, strerror(EDQUOT)))
        return err_set(e, ERR_DISK_FULL, "Cannot %s: the disk is full. Free some space and try again.", what);
    if (strstr(text, strerror(EROFS)))
        return err_set(e, ERR_READ_ONLY, "Cannot %s: the file system is read-only.", what);
    if (result == GIT_ELOCKED)
        return err_set(e, ERR_LOCKED, "Cannot %s: another operation is using the mirror. Try again later.",
                       what);
    if (result == GIT_ENOTFOUND)
        return err_set(e, ERR_NOT_FOUND, "Cannot %s: %s.", what, text);
    return err_set(e, ERR_IO, "Cannot %s: %s.", what, text);
}

void git_service_id_text(const git_oid *id, struct object_id *out)
{
    git_oid_tostr(out->hex, sizeof out->hex, id);
}

bool git_service_id_parse(const struct object_id *text, git_oid *out)
{
    return strnlen(text->hex, sizeof text->hex) == GIT_OID_HEXSZ && git_oid_fromstr(out, text->hex) == 0;
}

void git_service_blob_id(const char *p, size_t n, struct object_id *out)
{
    git_oid id;

    memset(out, 0, sizeof *out);
    if (git_odb_hash(&id, p, n, GIT_OBJECT_BLOB) == 0)
        git_service_id_text(&id, out);
}
