/* libgit2's connections: our TLS stream under it, the credential answered once, and a place for what happened.
 *
 * libgit2 makes streams through a registration that carries no context, so the running operation is a static here: one
 * process runs one operation at a time. Errors raised inside the stream stay in `network.error`, because libgit2 keeps
 * only a text of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <git2/sys/stream.h>

#include "core/git/git_internal.h"
#include "core/http/http.h"
#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

enum { REPORT_EVERY_MS = 100, REMARKS_BYTES_MAX = 2000, HOST_BYTES = 256, PORT_BYTES = 8 };

struct network {
    struct git_service *g;
    const struct git_service_remote *remote;
    char origin[HOST_BYTES + PORT_BYTES]; /* host and port of the operation's first connection */
    struct err error;                     /* the first that our own code raised */
    bool credential_given;
    bool credential_wanted;
    int64_t reported_ms;
    uint64_t received_bytes;
    char verdict[256];
    char remarks[REMARKS_BYTES_MAX];
    size_t remarks_n;
};
static struct network network;

struct stream {
    git_stream parent;
    struct http_stream *connection;
    char host[HOST_BYTES];
    char port[PORT_BYTES];
};

static int raise_error(const struct err *error)
{
    if (network.error.code == ERR_OK)
        network.error = *error;
    (void)git_error_set_str(GIT_ERROR_NET, error->message);
    return -1;
}

static bool is_cancelled(void *context)
{
    const struct git_service_progress *p = &((struct git_service *)context)->options.progress;

    return p->cancelled && p->cancelled(p->context);
}

static int stream_connect(git_stream *parent)
{
    struct stream *stream = (struct stream *)parent;
    const struct git_service_options *o = &network.g->options;
    int64_t left_ms = network.g->deadline_ms - clock_monotonic_ms();
    struct http_options options = {.ca_file = o->ca_file,
                                   .idle_timeout_ms = o->idle_timeout_ms,
                                   .deadline_ms = left_ms > 0 ? (int)left_ms : 1,
                                   .refuse_private = o->refuse_private,
                                   .cancelled = is_cancelled,
                                   .context = network.g};
    struct err error = {0};

    if (http_stream_open(stream->host, stream->port, &options, &stream->connection, &error) == ERR_OK)
        return 0;
    return raise_error(&error);
}

static ssize_t stream_read(git_stream *parent, void *p, size_t n)
{
    struct stream *stream = (struct stream *)parent;
    struct err error = {0};
    size_t got = 0;

    if (http_stream_read(stream->connection, p, n, &got, &error) != ERR_OK)
        return raise_error(&error);
    return (ssize_t)got;
}

static ssize_t stream_write(git_stream *parent, const char *p, size_t n, int flags)
{
    struct stream *stream = (struct stream *)parent;
    struct err error = {0};

    (void)flags;
    if (http_stream_write(stream->connection, p, n, &error) != ERR_OK)
        return raise_error(&error);
    return (ssize_t)n;
}

static int stream_certificate(git_cert **out, git_stream *parent)
{
    (void)parent;
    *out = NULL;
    return 0;
}

static int stream_close(git_stream *parent)
{
    struct stream *stream = (struct stream *)parent;

    http_stream_close(stream->connection);
    stream->connection = NULL;
    return 0;
}

static void stream_free(git_stream *parent)
{
    (void)stream_close(parent);
    free(parent);
}

static enum err_code redirected(struct err *e)
{
    return err_set(
        e, ERR_REMOTE_REDIRECT,
        "%s redirects elsewhere, which is not followed. Set TIMELINE_REPO_URL to where it redirects.",
        network.remote->host);
}

/*
 * GIT_REMOTE_REDIRECT_NONE still follows to another port of the same host, and would hand the token over there. The
 * first connection goes where the URL says; every other one of the operation has to go to the same place.
 */
static int check_origin(const char *host, const char *port)
{
    char origin[sizeof network.origin];
    struct err error = {0};

    (void)snprintf(origin, sizeof origin, "%s:%s", host, port);
    if (!network.origin[0])
        memcpy(network.origin, origin, sizeof origin);
    if (strcasecmp(origin, network.origin) == 0)
        return 0;
    (void)redirected(&error);
    return raise_error(&error);
}

static int stream_make(git_stream **out, const char *host, const char *port)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (!stream || !network.g || strlen(host) >= sizeof stream->host || strlen(port) >= sizeof stream->port ||
        check_origin(host, port) != 0) {
        free(stream);
        return -1;
    }
    (void)snprintf(stream->host, sizeof stream->host, "%s", host);
    (void)snprintf(stream->port, sizeof stream->port, "%s", port);
    stream->parent.version = GIT_STREAM_VERSION;
    stream->parent.encrypted = 1;
    stream->parent.connect = stream_connect;
    stream->parent.certificate = stream_certificate;
    stream->parent.read = stream_read;
    stream->parent.write = stream_write;
    stream->parent.close = stream_close;
    stream->parent.free = stream_free;
    *out = &stream->parent;
    return 0;
}

void git_service_network_enter(struct git_service *g, const struct git_service_remote *remote)
{
    static git_stream_registration registration = {.version = GIT_STREAM_VERSION, .init = stream_make};
    static bool registered;

    if (!registered)
        (void)git_stream_register(GIT_STREAM_TLS, &registration);
    registered = true;
    memset(&network, 0, sizeof network);
    network.g = g;
    network.remote = remote;
}

void git_service_network_leave(void)
{
    network.g = NULL;
    network.remote = NULL;
}

/* The token is there to push, so it belongs to the push URL's host; another host to fetch from gets none. */
static const char *token_here(void)
{
    const struct git_service *g = network.g;
    const char *token = g->options.token;

    if (!token || (g->push.host && !str_eq(g->push.host, network.remote->host)))
        return NULL;
    return token;
}

/* libgit2 asks again and again when the answer was wrong; a second question means just that. */
static int give_credential(git_credential **out, const char *url, const char *user, unsigned allowed,
                           void *context)
{
    const char *token = token_here();

    (void)url;
    (void)user;
    (void)context;
    network.credential_wanted = true;
    if (!token || network.credential_given || !(allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT))
        return GIT_EAUTH;
    network.credential_given = true;
    return git_credential_userpass_plaintext_new(out, "x-access-token", token);
}

static int end_if_needed(void)
{
    struct err error = {0};

    return git_service_check(network.g, &error) == ERR_OK ? 0 : raise_error(&error);
}

static int receive_progress(const git_indexer_progress *p, void *context)
{
    int64_t now_ms = clock_monotonic_ms();
    bool received = p->received_objects == p->total_objects;

    (void)context;
    network.received_bytes = p->received_bytes;
    if (now_ms - network.reported_ms < REPORT_EVERY_MS && p->indexed_objects != p->total_objects)
        return 0;
    network.reported_ms = now_ms;
    if (received)
        git_service_report(network.g, "resolving", p->indexed_deltas, p->total_deltas, p->received_bytes);
    else
        git_service_report(network.g, "receiving", p->received_objects, p->total_objects, p->received_bytes);
    return end_if_needed();
}

/* What the server's side prints: hooks say here why they refuse. Only the first bytes are kept. */
static int sideband(const char *p, int n, void *context)
{
    size_t room = sizeof network.remarks - 1 - network.remarks_n;
    size_t take = n > 0 && (size_t)n < room ? (size_t)n : n > 0 ? room : 0;

    (void)context;
    memcpy(network.remarks + network.remarks_n, p, take);
    network.remarks_n += take;
    return end_if_needed();
}

static int note_verdict(const char *name, const char *status, void *context)
{
    (void)name;
    (void)context;
    if (status)
        utf8_clean(network.verdict, sizeof network.verdict, *status ? status : "refused",
                   *status ? strlen(status) : 7);
    return 0;
}

void git_service_network_callbacks(git_remote_callbacks *callbacks)
{
    callbacks->credentials = give_credential;
    callbacks->transfer_progress = receive_progress;
    callbacks->sideband_progress = sideband;
    callbacks->push_update_reference = note_verdict;
}

const char *git_service_network_verdict(void)
{
    return network.verdict;
}

/* One line: the lines of the server joined, control characters gone. */
const char *git_service_network_remarks(void)
{
    static char line[REMARKS_BYTES_MAX];
    char joined[REMARKS_BYTES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < network.remarks_n; i++) {
        char c = network.remarks[i];
        bool space = c == '\n' || c == '\r' || c == ' ' || c == '\t';

        if (!space)
            joined[n++] = c;
        else if (n && joined[n - 1] != ' ')
            joined[n++] = ' ';
    }
    while (n && joined[n - 1] == ' ')
        n--;
    utf8_clean(line, sizeof line, joined, n);
    return line;
}

uint64_t git_service_network_received(void)
{
    return network.received_bytes;
}

static enum err_code not_authorized(struct err *e)
{
    const char *host = network.remote->host;

    if (!token_here() && network.g->options.token)
        return err_set(e, ERR_REMOTE_AUTH,
                       "%s asks for a token, but GITHUB_TOKEN is for %s, where TIMELINE_PUSH_URL points.",
                       host, network.g->push.host ? network.g->push.host : "the forge");
    if (!token_here() && network.g->options.token_for)
        return err_set(
            e, ERR_REMOTE_AUTH,
            "%s asks for a token, but GITHUB_TOKEN is for %s and is sent nowhere else. The operator "
            "can set another one.",
            host, network.g->options.token_for);
    if (!token_here())
        return err_set(
            e, ERR_REMOTE_AUTH,
            "%s asks for a token for this repository (or the repository does not exist): set GITHUB_TOKEN.",
            host);
    return err_set(
        e, ERR_REMOTE_AUTH,
        "%s refuses the token: it is wrong, expired or not for this repository. Set another GITHUB_TOKEN.",
        host);
}

static enum err_code fail_by_status(struct err *e, int status)
{
    const char *host = network.remote->host;

    switch (status) {
    case 401: return not_authorized(e);
    case 403:
        return err_set(
            e, ERR_REMOTE_FORBIDDEN,
            "%s forbids this with the given token: GITHUB_TOKEN needs permission for the repository.", host);
    case 404:
        return err_set(e, ERR_REPOSITORY_NOT_FOUND,
                       "%s has no such repository, or the token may not see it: check TIMELINE_REPO_URL and "
                       "GITHUB_TOKEN.",
                       host);
    case 429:
        return err_set(e, ERR_RATE_LIMITED, "%s answers that it was asked too often. Try again later.", host);
    default: break;
    }
    if (status >= 300 && status < 400)
        return redirected(e);
    if (status >= 500)
        return err_set(e, ERR_REMOTE_UNREACHABLE, "%s answers with status %d. Try again later.", host,
                       status);
    return err_set(e, ERR_REMOTE_PROTOCOL, "%s answers with status %d, which Git does not expect.", host,
                   status);
}

/* libgit2 1.5 gives the HTTP status in its text alone. */
static int status_in(const char *text)
{
    const char *at = strstr(text, "status code: ");

    return at ? (int)strtol(at + strlen("status code: "), NULL, 10) : 0;
}

enum err_code git_service_network_fail(struct err *e, int result, const char *what)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "";
    int status = status_in(text);

    if (network.error.code != ERR_OK)
        return err_set(e, network.error.code, "%s", network.error.message);
    if (network.remote->path ||
        (last && (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_FILESYSTEM)))
        return git_service_fail(e, result, what);
    if (result == GIT_EAUTH || (network.credential_wanted && strstr(text, "authentication")))
        return not_authorized(e);
    if (status)
        return fail_by_status(e, status);
    if (strstr(text, "redirect"))
        return redirected(e);
    return err_set(e, ERR_REMOTE_PROTOCOL, "Cannot %s: %s does not answer as a Git server does (%s).", what,
                   network.remote->host, text);
}
