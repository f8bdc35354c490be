/*
 * One bounded HTTP call, and one bounded TLS connection. Both are libcurl's, so that Git and the forge's API share one
 * TLS stack, one CA setting, one address check and one set of timeouts. This module is the only user of <curl/curl.h>.
 *
 * Promises: only https:// (http:// only when the host is a loopback address and the options allow it); redirects are
 * never followed; proxies of the environment are ignored unless the operator set https_proxy (HTTP_PROXY never counts; with
 * refuse_private neither does NO_PROXY, so that the proxy sees every host);
 * a call ends by its deadline whatever the peer does; SIGPIPE cannot kill the process. Nothing global is initialised
 * before the first call, so a process that makes none loads no TLS state.
 */
#ifndef TIDELINE_HTTP_HTTP_H
#define TIDELINE_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"

struct http_options {
    const char *ca_file;  /* extra CA certificates (PEM), added to the system's; NULL: the system's alone */
    int idle_timeout_ms;  /* no byte for so long: ERR_REMOTE_TIMEOUT. 0: 30 s */
    int deadline_ms;      /* the whole call or connection. 0: 10 min */
    bool refuse_private;  /* resolved addresses must be public: for URLs that did not come from the operator */
    bool (*cancelled)(void *context); /* asked at least every second; NULL: never */
    void *context;
};

struct http_request {
    const char *method; /* GET, POST, PATCH, … */
    const char *url;
    const char *bearer;         /* token for the Authorization header, or NULL. Never logged. */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL. CR and LF are refused. */
    const char *body;           /* may be NULL */
    size_t body_n;
    size_t limit_bytes; /* of the answer's body; more: ERR_TOO_LARGE */
    const struct http_options *options;
};

struct http_response {
    int status;
    char *body; /* NUL-terminated, in the arena */
    size_t body_n;
    char **headers; /* "name: value" with the name in lower case, NULL-terminated */
};

/* Make the call. Any HTTP status is ERR_OK here; failures are of the transport: ERR_REMOTE_UNREACHABLE (name, connect, reset),
 * ERR_REMOTE_TIMEOUT, ERR_REMOTE_TLS (with the library's own reason), ERR_REMOTE_REDIRECT (3xx with Location), ERR_TOO_LARGE, ERR_CANCELLED. */
enum err_code http_call(struct arena *a, const struct http_request *request, struct http_response *response,
                        struct err *e);

/* A response header's value by lower-case name, or NULL. */
const char *http_header(const struct http_response *response, const char *name);

/* A TLS connection (TLS 1.2 or 1.3, certificate and host name verified) to host:port. */
struct http_stream;

enum err_code http_stream_open(const char *host, const char *port, const struct http_options *options,
                               struct http_stream **out, struct err *e);
void http_stream_close(struct http_stream *stream);

/* Read up to n bytes / write all n. *got 0 means that the peer has closed. The idle timeout, the deadline and cancelled() apply. */
enum err_code http_stream_read(struct http_stream *stream, char *p, size_t n, size_t *got, struct err *e);
enum err_code http_stream_write(struct http_stream *stream, const char *p, size_t n, struct err *e);

/* The parts of a URL that every caller must agree on. host is lower case, without brackets. */
struct http_url {
    const char *scheme;
    const char *host;
    const char *port; /* "443" when absent */
    const char *path; /* with the leading slash; "/" when absent */
};

/* Split and check an absolute http(s) URL: no user or password in it, no control characters, at most 2,000 bytes. ERR_INVALID_INPUT. */
enum err_code http_url_parse(struct arena *a, const char *text, struct http_url *out, struct err *e);

#endif
