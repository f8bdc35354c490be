/*
 * A response: what a handler fills in, and how it becomes bytes. It is written into one buffer and sent once, so an error
 * can never land in the middle of a page.
 */
#ifndef TIDELINE_FCGI_RESPONSE_H
#define TIDELINE_FCGI_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/str.h"

enum {
    RESPONSE_BYTES = 8 * 1024 * 1024, /* the API answers 10,000 events at once */
    RESPONSE_COOKIES = 3,
};

#define RESPONSE_HTML "text/html; charset=utf-8"
#define RESPONSE_JSON "application/json"
#define RESPONSE_PROBLEM "application/problem+json"
#define RESPONSE_TEXT "text/plain; charset=utf-8"

struct response {
    int status;
    const char *type;
    const char *cache_control;
    const char *etag;                      /* with quotes; NULL: none */
    const char *allow;                     /* of a 405; NULL: none */
    int retry_after_s;                     /* 0: none */
    const char *location;                  /* of a redirect, or of what was queued or made; a path of ours */
    const char *cookies[RESPONSE_COOKIES]; /* whole Set-Cookie values */
    const char *authenticate;              /* WWW-Authenticate of a 401 of the API */
    bool forget_pages;         /* the browser is to drop what it keeps of ours (Clear-Site-Data) */
    bool idempotency_replayed; /* the same request was answered before */
    const char *vary;          /* NULL: the same for everybody */
    bool unkept;               /* not to be kept in our page cache either */
    bool etag_is_revision;     /* the tag names the thing for If-Match, not these bytes: never answers 304 */
    const char *body;
    size_t n;
};

/* Headers (in CGI form, "Status: 200 OK" first) and, unless head is set, the body. Every answer carries the security headers. */
void response_write(const struct response *r, bool head, struct str *out);

/* "Not Found"; "" for a status that we never send. */
const char *response_reason(int status);

#endif
