/*
 * One request being answered: shared by web.c (the order of things, caching, conditions) and web_access.c (who asks, from
 * where, and what came along).
 */
#ifndef TIDELINE_FCGI_WEB_INTERNAL_H
#define TIDELINE_FCGI_WEB_INTERNAL_H

#include "fcgi/desk.h"
#include "fcgi/route.h"
#include "fcgi/web.h"

struct run {
    struct web *web;
    struct arena *arena;
    struct request request;
    struct exchange x;
    struct desk_seat seat;
    const struct route *route;
    const char *allow;
    int status;      /* where the code does not say which one */
    bool sign_in;    /* nobody is signed in, and a person could be: show where */
    bool send_again; /* a form of another session: offer to send it again */
};

/* The caller of the service: by cookie for pages, by bearer token for programs; never both. */
enum err_code web_identify(struct run *run, struct err *e);

/* May the caller come this far? ERR_UNAUTHENTICATED, ERR_FORBIDDEN, ERR_NOT_FOUND (no database yet). */
enum err_code web_check_access(struct run *run, struct err *e);

/* A form must come from a page of this very tenant: neighbours share the domain, so cookies alone do not tell. */
enum err_code web_check_origin(struct run *run, struct err *e);

/* Parse what came along: x.form or x.body. ERR_MEDIA_TYPE, ERR_TOO_LARGE, ERR_INVALID_INPUT. */
enum err_code web_read_body(struct run *run, struct err *e);

/* The form's CSRF token is the session's. ERR_STALE_FORM. */
enum err_code web_check_csrf(struct run *run, struct err *e);

#endif
