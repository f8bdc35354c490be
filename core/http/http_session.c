/* What every libcurl handle here has in common: checks, limits, proxies, certificates, and what failures mean. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/http/http_internal.h"
#include "core/util/clock.h"
#include "core/util/str.h"

enum { DEFAULT_IDLE_MS = 30 * 1000, DEFAULT_DEADLINE_MS = 10 * 60 * 1000 };

static const struct http_options no_options;

/* Only at the first call: web workers make none. A peer that resets must not end the process. */
static enum err_code start_library(struct err *e)
{
    static bool started;
    struct sigaction action;

    if (started)
        return ERR_OK;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        (void)signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, ERR_INTERNAL,
                       "libcurl does not start. Install Debian's package libcurl3-gnutls again.");
    started = true;
    return ERR_OK;
}

int http_idle_ms(const struct http_options *options)
{
    return options->idle_timeout_ms > 0 ? options->idle_timeout_ms : DEFAULT_IDLE_MS;
}

/* The operator's proxy, in either spelling that curl knows. HTTP_PROXY never counts: under CGI a client can set it. */
static const char *proxy(void)
{
    const char *value = getenv("https_proxy");

    if (!value || !*value)
        value = getenv("HTTPS_PROXY");
    return value ? value : "";
}

static bool address_is_allowed(const struct http_session *s, const struct sockaddr *address)
{
    switch (s->rule) {
    case HTTP_ADDRESS_PUBLIC: return http_address_is_public(address);
    case HTTP_ADDRESS_LOOPBACK: return http_address_is_loopback(address);
    case HTTP_ADDRESS_ANY: break;
    }
    return true;
}

/* Checked here because this is the address that is connected to; a check of the name before could be answered
 * differently by the next look-up. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_session *s = context;

    (void)purpose;
    if (!address_is_allowed(s, &address->addr)) {
        s->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    s->refused_address = false;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int watch(void *context, curl_off_t download_total, curl_off_t download, curl_off_t upload_total,
                 curl_off_t upload)
{
    struct http_session *s = context;

    (void)download_total;
    (void)upload_total;
    if (download + upload != s->bytes) {
        s->bytes = download + upload;
        s->heard_ms = clock_monotonic_ms();
    }
    return http_session_check(s, "", NULL) != ERR_OK;
}

static void set_common(struct http_session *s)
{
    const char *through = proxy();

    if (s->rule == HTTP_ADDRESS_LOOPBACK)
        through = "";
    curl_easy_setopt(s->curl, CURLOPT_PROXY, through);
    /* With a proxy the address is the proxy's own, which the operator chose; what it may reach is for it to say. A host
     * of NO_PROXY would be reached past it and unseen, so that list is for the operator's own URLs. */
    if (*through && s->rule == HTTP_ADDRESS_PUBLIC)
        curl_easy_setopt(s->curl, CURLOPT_NOPROXY, "");
    if (*through)
        s->rule = HTTP_ADDRESS_ANY;
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->reason);
    curl_easy_setopt(s->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(s->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)http_idle_ms(s->options));
    curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(s->curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(s->curl, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(s->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
}

enum err_code http_session_open(struct http_session *s, const struct http_options *options, const char *url,
                                struct err *e)
{
    const char *ca = NULL;
    int deadline_ms;

    s->options = options ? options : &no_options;
    deadline_ms = s->options->deadline_ms > 0 ? s->options->deadline_ms : DEFAULT_DEADLINE_MS;
    s->heard_ms = clock_monotonic_ms();
    s->deadline_ms = s->heard_ms + deadline_ms;
    if (s->options->refuse_private)
        s->rule = HTTP_ADDRESS_PUBLIC;
    TRY(start_library(e));
    TRY(http_ca_path(s->options->ca_file, &ca, e));
    s->curl = curl_easy_init();
    if (!s->curl)
        return err_set(e, ERR_INTERNAL, "libcurl gives no handle: the process is out of memory.");
    set_common(s);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    curl_easy_setopt(s->curl, CURLOPT_URL, url);
    if (ca) {
        curl_easy_setopt(s->curl, CURLOPT_CAINFO, ca);
        curl_easy_setopt(s->curl, CURLOPT_CAPATH, NULL);
    }
    return ERR_OK;
}

void http_session_close(struct http_session *s)
{
    if (s->curl)
        curl_easy_cleanup(s->curl);
    s->curl = NULL;
}

static enum err_code timed_out(const struct http_session *s, const char *host, struct err *e)
{
    if (clock_monotonic_ms() >= s->deadline_ms)
        return err_set(e, ERR_REMOTE_TIMEOUT, "%s did not finish within the time allowed. Try again later.",
                       host);
    return err_set(e, ERR_REMOTE_TIMEOUT, "%s sent nothing for %d ms. Try again later, or check the network.",
                   host, http_idle_ms(s->options));
}

enum err_code http_session_check(struct http_session *s, const char *host, struct err *e)
{
    int64_t now_ms = clock_monotonic_ms();

    s->cancelled = s->cancelled || (s->options->cancelled && s->options->cancelled(s->options->context));
    if (s->cancelled)
        return err_set(e, ERR_CANCELLED, "The operation was cancelled.");
    s->idle = now_ms - s->heard_ms >= http_idle_ms(s->options);
    if (s->idle || now_ms >= s->deadline_ms)
        return timed_out(s, host, e);
    return ERR_OK;
}

static enum err_code refused(const struct http_session *s, const char *host, struct err *e)
{
    if (s->rule == HTTP_ADDRESS_LOOPBACK)
        return err_set(e, ERR_FORBIDDEN,
                       "Plain http:// is for this machine only and %s is elsewhere: use https://.", host);
    return err_set(
        e, ERR_FORBIDDEN,
        "%s has a private or local address, which a URL set here may not reach. The operator can name the "
        "host in TIDELINE_ALLOWED_HOSTS.",
        host);
}

/* A handshake that the network broke off says nothing about TLS. */
static bool broken_off(const struct http_session *s)
{
    long error = 0;

    return curl_easy_getinfo(s->curl, CURLINFO_OS_ERRNO, &error) == CURLE_OK &&
           (error == ECONNRESET || error == EPIPE || error == ETIMEDOUT || error == EHOSTUNREACH ||
            error == ENETUNREACH);
}

static enum err_code unreachable(const char *host, const char *reason, struct err *e)
{
    return err_set(e, ERR_REMOTE_UNREACHABLE, "Cannot reach %s (%s). Try again later.", host, reason);
}

enum err_code http_session_fail(struct http_session *s, CURLcode code, const char *host, struct err *e)
{
    const char *reason = s->reason[0] ? s->reason : curl_easy_strerror(code);
    char *files = strstr(s->reason, ". CAfile: ");

    if (files) /* our own file's name means nothing to a reader */
        *files = '\0';
    if (s->refused_address)
        return refused(s, host, e);
    switch ((int)code) {
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_OPERATION_TIMEDOUT:
        if (s->cancelled)
            return err_set(e, ERR_CANCELLED, "The operation was cancelled.");
        return timed_out(s, host, e);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return err_set(e, ERR_REMOTE_UNREACHABLE,
                       "The name %s cannot be found. Check the URL and the network.", host);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return err_set(e, ERR_REMOTE_TLS,
                       "The certificate of %s is not trusted (%s). If its CA is your own, name it in "
                       "TIMELINE_CA_FILE.",
                       host, reason);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
        if (broken_off(s))
            return unreachable(host, reason, e);
        return err_set(e, ERR_REMOTE_TLS, "No TLS connection with %s (%s).", host, reason);
    default: return unreachable(host, reason, e);
    }
}
