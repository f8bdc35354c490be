/*
 * From a request to an answer, without FastCGI: what a web worker does between accepting and sending. Owns the tenants'
 * open services and the page cache of its process.
 */
#ifndef TIDELINE_FCGI_WEB_H
#define TIDELINE_FCGI_WEB_H

#include "core/util/own.h"
#include "fcgi/request.h"
#include "fcgi/site.h"
#include "fcgi/wakeup.h"

struct web;

/* Both must outlive it. wakeup: where job workers hear of new jobs; NULL: nowhere. */
struct web *web_new(const struct site *site, const struct wakeup *wakeup);
void web_free(struct web *w);
AUTO_DEFINE_STRUCT(web, web_free)

/* Bytes to be sent, headers in CGI form first; valid until web_rest(). */
struct web_answer {
    const char *p;
    size_t n;
};

/* Never fails: an error is an answer too. */
void web_answer(struct web *w, const struct request_input *in, struct web_answer *out);

/* The answer has been sent: release what it took, to the system too when it was much. */
void web_rest(struct web *w, const struct web_answer *sent);

#endif
