#include <ctype.h>
#include <string.h>

#include "core/http/http_internal.h"
#include "core/util/clock.h"
#include "core/util/str.h"

enum { HEADERS_MAX = 200, HEADER_BYTES_MAX = 64 * 1024, REDIRECT_FIRST = 300, REDIRECT_LAST = 399 };

/* One call while it lasts. */
struct call {
    struct http_session session;
    struct str body;
    char **headers;
    size_t headers_n, header_bytes;
    struct curl_slist *sent;
    const char *host;
};

static void call_release(struct call *call)
{
    http_session_close(&call->session);
    curl_slist_free_all(call->sent);
}
#define AUTO_CALL __attribute__((cleanup(call_release))) struct call

static size_t take_body(char *p, size_t size, size_t count, void *context)
{
    struct call *call = context;

    (void)size;
    str_addn(&call->body, p, count);
    return call->body.full ? 0 : count;
}

/* A status line starts the headers anew: those before it belonged to an interim answer or to a proxy. */
static size_t take_header(char *p, size_t size, size_t count, void *context)
{
    struct call *call = context;
    size_t n = count;
    char *line;

    (void)size;
    if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
        call->headers_n = 0;
    while (n && (p[n - 1] == '\r' || p[n - 1] == '\n'))
        n--;
    call->header_bytes += n;
    if (call->header_bytes > HEADER_BYTES_MAX || call->headers_n >= HEADERS_MAX)
        return 0;
    if (!memchr(p, ':', n))
        return count;
    line = arena_strndup(call->body.arena, p, n);
    for (char *c = line; *c && *c != ':'; c++)
        *c = (char)tolower((unsigned char)*c);
    call->headers[call->headers_n++] = line;
    return count;
}

static enum err_code send_header(struct call *call, const char *line, struct err *e)
{
    struct curl_slist *longer;

    if (strpbrk(line, "\r\n"))
        return err_set(e, ERR_INVALID_INPUT, "A header of the request holds a line break.");
    longer = curl_slist_append(call->sent, line);
    if (!longer)
        return err_set(e, ERR_INTERNAL, "The process is out of memory.");
    call->sent = longer;
    return ERR_OK;
}

static enum err_code set_headers(struct call *call, struct arena *a, const struct http_request *request,
                                 struct err *e)
{
    TRY(send_header(call, "User-Agent: tideline/" TIDELINE_VERSION, e));
    TRY(send_header(call, "Expect:", e));
    if (request->bearer)
        TRY(send_header(call, arena_printf(a, "Authorization: Bearer %s", request->bearer), e));
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        TRY(send_header(call, request->headers[i], e));
    return ERR_OK;
}

static void set_request(struct call *call, const struct http_request *request)
{
    CURL *curl = call->session.curl;

    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, call->sent);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_n);
    }
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static enum err_code check_url(struct arena *a, struct call *call, const char *url, struct err *e)
{
    struct http_url parts;

    TRY(http_url_parse(a, url, &parts, e));
    call->host = parts.host;
    if (strcmp(parts.scheme, "https") == 0)
        return ERR_OK;
    if (!http_host_is_loopback(parts.host))
        return err_set(e, ERR_INVALID_INPUT, "http:// sends tokens unprotected: use https:// for %s.",
                       parts.host);
    call->session.rule = HTTP_ADDRESS_LOOPBACK;
    return ERR_OK;
}

static enum err_code transfer(struct call *call, const struct http_request *request, struct err *e)
{
    CURLcode code = curl_easy_perform(call->session.curl);

    if (call->body.full)
        return err_set(e, ERR_TOO_LARGE, "The answer of %s is larger than the %zu bytes that are allowed.",
                       call->host, request->limit_bytes);
    if (code == CURLE_WRITE_ERROR)
        return err_set(e, ERR_TOO_LARGE, "The answer of %s has too many headers.", call->host);
    return code == CURLE_OK ? ERR_OK : http_session_fail(&call->session, code, call->host, e);
}

enum err_code http_call(struct arena *a, const struct http_request *request, struct http_response *response,
                        struct err *e)
{
    AUTO_CALL call = {0};
    long status = 0;

    memset(response, 0, sizeof *response);
    TRY(check_url(a, &call, request->url, e));
    str_init(&call.body, a, request->limit_bytes);
    call.headers = arena_array(a, HEADERS_MAX + 1, sizeof *call.headers);
    TRY(set_headers(&call, a, request, e));
    TRY(http_session_open(&call.session, request->options, request->url, e));
    set_request(&call, request);
    TRY(transfer(&call, request, e));
    curl_easy_getinfo(call.session.curl, CURLINFO_RESPONSE_CODE, &status);
    call.headers[call.headers_n] = NULL;
    *response = (struct http_response){(int)status, call.body.p, call.body.n, call.headers};
    if (status >= REDIRECT_FIRST && status <= REDIRECT_LAST && http_header(response, "location"))
        return err_set(e, ERR_REMOTE_REDIRECT,
                       "%s redirects elsewhere, which is not followed. Set the URL that it redirects to.",
                       call.host);
    return ERR_OK;
}

const char *http_header(const struct http_response *response, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; response->headers && response->headers[i]; i++) {
        const char *line = response->headers[i];

        if (strncmp(line, name, n) == 0 && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " \t");
    }
    return NULL;
}
