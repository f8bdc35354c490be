/*
 * One request on its way to its answer: what every handler gets.
 */
#ifndef TIDELINE_FCGI_EXCHANGE_H
#define TIDELINE_FCGI_EXCHANGE_H

#include "core/service/service_account.h"
#include "core/service/service_job.h"
#include "fcgi/form.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/site.h"
#include "fcgi/wakeup.h"

struct exchange {
    struct arena *arena; /* of the request */
    const struct site *site;
    const struct request *request;
    const struct tenant *tenant; /* as in force now; NULL on routes without one */
    struct service *service;     /* NULL: the tenant has no database yet, or a route without a tenant */
    struct form form;            /* of a POST of a page, parsed */
    struct json_object *body;    /* of a request of the API with a body, parsed; NULL of BODY_EVENT: Markdown */
    const char *flash;           /* what the page before wants to say, or NULL */
    int64_t now_us;
    const struct wakeup *wakeup; /* NULL in tests without job workers */
    size_t values_shown;         /* of events, on the page being made: see view_room() */
    int64_t job_in_the_way;      /* of ERR_ALREADY_RUNNING, for the problem document; 0: not known */
    struct json_object *stale;   /* of ERR_STALE about an event, for the problem document: service_write.h */
};

/* The cookies: of the session, and of what the next page says once. The prefix keeps other sites of the same domain from
 * setting them (RFC 6265bis, 4.1.3.2). */
#define EXCHANGE_SESSION "__Host-tideline"
#define EXCHANGE_FLASH "__Host-tideline-flash"
#define EXCHANGE_COOKIE "; Path=/; Secure; HttpOnly; SameSite=Lax"

/* Add a whole Set-Cookie value. */
void exchange_set_cookie(struct response *out, const char *cookie);

/* Who asks: never NULL. */
const struct service_caller *exchange_caller(const struct exchange *x);
bool exchange_may(const struct exchange *x, enum service_role role);

/* Answer 303 to a path of ours, with a sentence that the next page shows once (NULL: none; needs a session). */
void exchange_redirect(struct exchange *x, struct response *out, const char *location, const char *flash);

/* Tell the job workers that this tenant has a new job. */
void exchange_wake(const struct exchange *x);

#endif
