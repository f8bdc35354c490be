/*
 * A request, parsed strictly. It is made from the few FastCGI parameters that we use; everything in them is hostile
 * but TIDELINE_TENANT, which nginx sets as a literal. Host and X-Forwarded-* decide nothing and are not read.
 *
 * A path is split at '/' before it is percent-decoded, so an id may hold an encoded slash. What is decoded must be UTF-8
 * and hold no NUL.
 */
#ifndef TIDELINE_FCGI_REQUEST_H
#define TIDELINE_FCGI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/arena.h"
#include "core/util/err.h"

enum {
    REQUEST_URI_BYTES = 4096,
    REQUEST_SEGMENTS = 8,
    REQUEST_PARAMS = 16,
    REQUEST_BODY_BYTES = 1024 * 1024,
};

/* Bits, so that a route can name several. HEAD is METHOD_GET with `head` set. */
enum request_method { METHOD_OTHER = 0, METHOD_GET = 1, METHOD_POST = 2, METHOD_PUT = 4, METHOD_DELETE = 8 };

/* As the web server gives them; each may be NULL. */
struct request_input {
    const char *method, *uri; /* REQUEST_URI: path and query, undecoded */
    const char *tenant;
    const char *address; /* REMOTE_ADDR */
    const char *cookie, *authorization;
    const char *origin, *sec_fetch_site;
    const char *if_none_match, *if_match, *idempotency_key;
    const char *content_type;
    const char *body; /* at most REQUEST_BODY_BYTES of it */
    size_t body_n;
    bool body_too_large, body_cut; /* more than that was announced; less came than was announced */
};

struct request_param {
    const char *name, *value;
};

struct request {
    enum request_method method;
    bool head;
    const char *uri;                        /* as given */
    const char *path;                       /* as given, without the query */
    const char *segments[REQUEST_SEGMENTS]; /* decoded; none for "/" */
    size_t n_segments;
    struct request_param params[REQUEST_PARAMS];
    size_t n_params;
    const char *tenant, *address;
    const char *if_none_match, *if_match;
    const char
        *idempotency_key; /* 1-200 printable ASCII characters, else NULL and refused by whoever needs it */
    const char *session;  /* of the cookie __Host-tideline, or NULL */
    const char *flash;    /* of the cookie __Host-tideline-flash, or NULL */
    const char *bearer;   /* of the Authorization header, or NULL */
    const char *body;
    size_t body_n;
    const struct request_input *input; /* for what only the edge looks at */
};

/* ERR_INVALID_INPUT, ERR_TOO_LARGE, ERR_NOT_FOUND (more segments than any page has). method, uri, path, head and tenant
 * are set whatever happens. */
enum err_code request_parse(struct arena *a, const struct request_input *in, struct request *out,
                            struct err *e);

/* A query parameter; NULL when it is not there or empty. */
const char *request_param(const struct request *r, const char *name);

/* A whole number of the query from 1 to most; fallback when it is not there. */
enum err_code request_number(const struct request *r, const char *name, long most, long *out, struct err *e);

/* A pull request's number as addresses write it, digits alone without a leading zero; 0 for anything else. */
int64_t request_ordinal(const char *segment);

/* Does If-None-Match name this entity tag (quotes included)? Weak comparison, lists and "*" (RFC 9110, 13.1.2). */
bool request_has_etag(const struct request *r, const char *etag);

/* n bytes without their percent-encoding; what comes out is UTF-8 without NUL. what: "address", for the sentence.
 * ERR_INVALID_INPUT. */
struct request_encoded {
    const char *p;
    size_t n;
    bool plus_is_space;
    const char *what;
};
enum err_code request_decode(struct arena *a, const struct request_encoded *encoded, const char **out,
                             struct err *e);

/* Does If-Match name this entity tag? "*" does (RFC 9110, 13.1.1). So does the weak form, against the letter: the web server in front makes tags
 * weak where it compresses, and ours name revisions, which compression does not change. */
bool request_matches(const struct request *r, const char *etag);

/* The media type without parameters is this one. Case does not matter. */
bool request_has_type(const struct request *r, const char *type);

/* text percent-encoded for one path segment or query value. */
char *request_encode(struct arena *a, const char *text);

#endif
