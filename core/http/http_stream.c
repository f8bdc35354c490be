/* A TLS connection by libcurl's CONNECT_ONLY: libcurl resolves, connects and shakes hands; then bytes go both ways. */
#include <poll.h>
#include <string.h>

#include "core/http/http_internal.h"
#include "core/util/arena.h"
#include "core/util/clock.h"

enum { ASK_MS = 500 }; /* how often cancelled() is asked while waiting */

struct http_stream {
    struct arena *arena;
    struct http_session session;
    struct http_options options;
    const char *host;
    curl_socket_t socket;
};

static enum err_code connect_stream(struct http_stream *stream, const char *port, struct err *e)
{
    struct http_session *s = &stream->session;
    bool is_v6 = strchr(stream->host, ':') != NULL;
    const char *url = arena_printf(stream->arena, "https://%s%s%s:%s/", is_v6 ? "[" : "", stream->host,
                                   is_v6 ? "]" : "", port);
    CURLcode code;

    TRY(http_session_open(s, &stream->options, url, e));
    curl_easy_setopt(s->curl, CURLOPT_CONNECT_ONLY, 1L);
    /* Whoever reads this stream speaks HTTP/1.1; TLS must not agree on HTTP/2. */
    curl_easy_setopt(s->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code = curl_easy_perform(s->curl);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &stream->socket);
    if (code == CURLE_OK && stream->socket == CURL_SOCKET_BAD)
        code = CURLE_COULDNT_CONNECT;
    return code == CURLE_OK ? ERR_OK : http_session_fail(s, code, stream->host, e);
}

enum err_code http_stream_open(const char *host, const char *port, const struct http_options *options,
                               struct http_stream **out, struct err *e)
{
    struct arena *a = arena_new();
    struct http_stream *stream = arena_alloc(a, sizeof *stream);
    enum err_code code;

    stream->arena = a;
    stream->host = arena_strdup(a, host);
    if (options) {
        stream->options = *options;
        stream->options.ca_file = arena_strdup(a, options->ca_file);
    }
    code = connect_stream(stream, port, e);
    if (code == ERR_OK)
        *out = stream;
    else
        http_stream_close(stream);
    return code;
}

void http_stream_close(struct http_stream *stream)
{
    if (!stream)
        return;
    http_session_close(&stream->session);
    arena_free(stream->arena);
}

/* Wait until the socket is ready or something ends the session. */
static enum err_code await(struct http_stream *stream, short events, struct err *e)
{
    struct http_session *s = &stream->session;

    for (;;) {
        struct pollfd waiting = {.fd = stream->socket, .events = events};
        int64_t left_ms = s->heard_ms + http_idle_ms(s->options) - clock_monotonic_ms();
        int wait_ms = left_ms < 0 ? 0 : left_ms < ASK_MS ? (int)left_ms : ASK_MS;

        if (poll(&waiting, 1, wait_ms) > 0) {
            s->heard_ms = clock_monotonic_ms(); /* a byte counts although TLS may need more to show one */
            return http_session_check(s, stream->host, e);
        }
        TRY(http_session_check(s, stream->host, e));
    }
}

/* curl_easy_recv first: TLS may have decrypted more than was asked for, and then the socket never becomes readable. */
enum err_code http_stream_read(struct http_stream *stream, char *p, size_t n, size_t *got, struct err *e)
{
    struct http_session *s = &stream->session;

    s->heard_ms = clock_monotonic_ms();
    for (;;) {
        CURLcode code = curl_easy_recv(s->curl, p, n, got);

        if (code == CURLE_OK)
            return http_session_check(s, stream->host, e);
        if (code != CURLE_AGAIN)
            return http_session_fail(s, code, stream->host, e);
        TRY(await(stream, POLLIN, e));
    }
}

enum err_code http_stream_write(struct http_stream *stream, const char *p, size_t n, struct err *e)
{
    struct http_session *s = &stream->session;

    s->heard_ms = clock_monotonic_ms();
    while (n) {
        size_t put = 0;
        CURLcode code = curl_easy_send(s->curl, p, n, &put);

        if (code != CURLE_OK && code != CURLE_AGAIN)
            return http_session_fail(s, code, stream->host, e);
        if (code == CURLE_AGAIN)
            TRY(await(stream, POLLOUT, e));
        if (put)
            s->heard_ms = clock_monotonic_ms();
        p += put;
        n -= put;
    }
    return http_session_check(s, stream->host, e);
}
