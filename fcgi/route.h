/*
 * The routes: one table whose columns are the preconditions of a handler. A handler fills the response (status 200 is set)
 * or returns an error, which the edge turns into a page or a problem document.
 */
#ifndef TIDELINE_FCGI_ROUTE_H
#define TIDELINE_FCGI_ROUTE_H

#include "fcgi/exchange.h"

enum route_face { FACE_HTML, FACE_JSON, FACE_TEXT };

enum route_tenant {
    TENANT_NONE,   /* answers without one */
    TENANT_KNOWN,  /* needs a tenant; the database may not be there yet */
    TENANT_PULLED, /* needs its database too */
};

/* What comes with the request. A POST of a page is a form of ours: same origin and the session's CSRF token are checked before the
 * handler runs (/login, which has no session yet: the origin alone). */
enum route_body {
    BODY_NONE,
    BODY_FORM,
    BODY_JSON,  /* an object */
    BODY_EVENT, /* an event: a JSON object or Markdown; or a JSON array of events */
};

/* Who may come this far; what they may do then, core/service asks again. */
enum route_who {
    WHO_ANYBODY,
    WHO_READER,  /* everyone where the tenant is public, else any account */
    WHO_ACCOUNT, /* any account */
    WHO_EDITOR,
    WHO_ADMIN,
};

struct route {
    enum request_method method;
    const char *pattern; /* "*" stands for one segment */
    enum route_face face;
    enum route_tenant tenant;
    enum route_who who;
    enum route_body body;
    enum err_code (*handle)(struct exchange *x, struct response *out, struct err *e);
};

struct route_match {
    const struct route *route; /* NULL: none for this path and method */
    unsigned methods;          /* that the path has: 0 means that there is no such page */
};

struct route_match route_find(const struct request *r);

/* "GET, HEAD, POST" for the Allow header. */
const char *route_allow(struct arena *a, unsigned methods);

/* How errors of this path are shown, whether it exists or not. */
enum route_face route_face_of(const char *path);

#endif
