/* What the files of core/http share. Nothing outside includes it. */
#ifndef TIDELINE_HTTP_INTERNAL_H
#define TIDELINE_HTTP_INTERNAL_H

#include <curl/curl.h>
#include <stdint.h>

#include "core/http/http.h"

/* Which resolved addresses a connection may use. */
enum http_address_rule { HTTP_ADDRESS_ANY, HTTP_ADDRESS_PUBLIC, HTTP_ADDRESS_LOOPBACK };

/* One transfer or connection while it lasts. */
struct http_session {
    CURL *curl;
    const struct http_options *options;
    enum http_address_rule rule;
    bool refused_address; /* the rule refused every address so far */
    bool cancelled;
    bool idle;
    int64_t deadline_ms; /* clock_monotonic_ms() */
    int64_t heard_ms;    /* when a byte last went either way */
    int64_t bytes;       /* that went either way */
    char reason[CURL_ERROR_SIZE];
};

int http_idle_ms(const struct http_options *options);

/* Make the curl handle with everything that calls and streams have in common. */
enum err_code http_session_open(struct http_session *s, const struct http_options *options, const char *url,
                                struct err *e);
void http_session_close(struct http_session *s);

/* ERR_CANCELLED or ERR_REMOTE_TIMEOUT when the session must end now. */
enum err_code http_session_check(struct http_session *s, const char *host, struct err *e);

/* What a failed curl call means. */
enum err_code http_session_fail(struct http_session *s, CURLcode code, const char *host, struct err *e);

/* The file of CA certificates to trust: the system's, with the extra one when given; NULL means libcurl's default. */
enum err_code http_ca_path(const char *extra_file, const char **path, struct err *e);

struct sockaddr;
bool http_address_is_public(const struct sockaddr *address);
bool http_address_is_loopback(const struct sockaddr *address);
bool http_host_is_loopback(const char *host);

#endif
