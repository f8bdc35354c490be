#include "fcgi/web.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/digest.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "fcgi/desk.h"
#include "fcgi/handle.h"
#include "fcgi/page_cache.h"
#include "fcgi/route.h"

enum { ETAG_DIGITS = 32, QUOTE_BYTES = 4, LARGE_BYTES = 128 * 1024 };

struct web {
    const struct site *site;
    struct arena *arena; /* reset for each request */
    struct desk *desk;
    struct page_cache *cache;
};

/* One request being answered. */
struct run {
    struct web *web;
    struct request request;
    struct exchange x;
    struct desk_seat seat;
    const struct route *route;
    const char *allow;
    int status; /* where the code does not say which one */
};

struct web *web_new(const struct site *site)
{
    struct web *w = calloc(1, sizeof *w);

    if (!w)
        abort();
    w->site = site;
    w->arena = arena_new();
    w->desk = desk_new();
    w->cache = page_cache_new();
    return w;
}

void web_free(struct web *w)
{
    desk_free(w->desk);
    page_cache_free(w->cache);
    arena_free(w->arena);
    free(w);
}

static enum err_code find_route(struct run *run, struct err *e)
{
    struct route_match match = route_find(&run->request);

    run->route = match.route;
    if (match.route)
        return ERR_OK;
    if (!match.methods)
        return err_set(e, ERR_NOT_FOUND,
                       "There is no page here. It may have been moved, or the address is mistyped.");
    run->allow = route_allow(run->web->arena, match.methods);
    run->status = 405;
    return err_set(e, ERR_INVALID_INPUT, "This address answers only %s.", run->allow);
}

static enum err_code find_tenant(struct run *run, struct err *e)
{
    const struct tenant *base = run->x.tenant;

    if (!base) {
        run->status = 421;
        return err_set(e, ERR_TENANT_UNKNOWN, "No timeline is served under this name. Check the address.");
    }
    log_tenant(base->name);
    TRY(desk_take(run->web->desk, base, run->web->arena, &run->seat, e));
    run->x.service = run->seat.service;
    if (run->x.service)
        run->x.tenant = service_tenant(run->x.service);
    return ERR_OK;
}

static enum err_code check_access(struct run *run, struct err *e)
{
    if (!run->x.tenant->public_read)
        return err_set(
            e, ERR_FORBIDDEN,
            "This timeline is not open to the public, and you are not signed in. Whoever runs it can open "
            "its pages to everyone with TIMELINE_PUBLIC=true.");
    if (run->route->tenant == TENANT_PULLED && !run->x.service)
        return err_set(
            e, ERR_NOT_FOUND,
            "Nothing has been pulled into this timeline yet. The status page says what happens next.");
    return ERR_OK;
}

static struct page_key key_of(const struct run *run)
{
    return (struct page_key){site_tenant(&run->web->site->registry, run->request.tenant), run->request.uri,
                             run->seat.version, run->seat.opened};
}

/* Also answers conditional requests and HEAD from the page that is kept. */
static bool answer_from_cache(struct run *run, struct web_answer *out)
{
    struct page_key key = key_of(run);
    const struct page *page =
        run->seat.service ? page_cache_get(run->web->cache, &key, clock_monotonic_ms()) : NULL;
    struct response unchanged = {.status = 304, .cache_control = "no-cache"};
    struct str text;

    if (!page)
        return false;
    *out = (struct web_answer){page->p, run->request.head ? page->head_n : page->n};
    if (!request_has_etag(&run->request, page->etag))
        return true;
    str_init(&text, run->web->arena, RESPONSE_BYTES);
    unchanged.etag = page->etag;
    response_write(&unchanged, false, &text);
    *out = (struct web_answer){text.p, text.n};
    return true;
}

static void set_etag(struct run *run, struct response *r)
{
    char digest[DIGEST_HEX_SIZE];

    if (r->etag)
        return;
    digest_sha256(r->body, r->n, digest);
    r->etag = arena_printf(run->web->arena, "\"%.*s\"", ETAG_DIGITS, digest);
}

static void keep(struct run *run, const struct response *r, const struct str *text)
{
    struct page_key key = key_of(run);
    struct page page = {text->p, text->n, text->n - r->n, r->etag};

    if (run->seat.service && !r->etag_is_revision)
        page_cache_put(run->web->cache, &key, &page, clock_monotonic_ms());
}

static void finish(struct run *run, struct response *r, struct web_answer *out)
{
    struct str text;

    str_init(&text, run->web->arena, (size_t)2 * RESPONSE_BYTES);
    set_etag(run, r);
    if (!r->etag_is_revision && request_has_etag(&run->request, r->etag)) {
        r->status = 304;
        response_write(r, false, &text);
    } else {
        response_write(r, run->request.head, &text);
        if (!run->request.head)
            keep(run, r, &text);
    }
    *out = (struct web_answer){text.p, text.n};
}

static enum err_code handle(struct run *run, struct web_answer *out, struct err *e)
{
    struct response r = {.status = 200, .cache_control = "no-cache"};

    run->x.tenant = site_tenant(&run->web->site->registry, run->request.tenant);
    TRY(find_route(run, e));
    if (run->route->tenant != TENANT_NONE) {
        TRY(find_tenant(run, e));
        TRY(check_access(run, e));
        if (answer_from_cache(run, out))
            return ERR_OK;
    }
    TRY(run->route->handle(&run->x, &r, e));
    finish(run, &r, out);
    return ERR_OK;
}

/* What broke inside names files and settings: that is for the log, and visitors get the id to find it by. */
static void hide_inside(struct failure *f)
{
    if (f->status == 500 || f->status == 507)
        (void)err_set(
            &f->err, f->err.code,
            "The service cannot do this now. Whoever runs it finds the reason in its log, under %s.",
            f->quote);
}

/* Failures of ours are logged once, here, under the id that the visitor sees. */
static void fail(struct run *run, const struct err *e, struct web_answer *out)
{
    struct failure f = {.status = run->status ? run->status : err_http_status(e->code),
                        .err = *e,
                        .allow = run->allow,
                        .quote = digest_random_hex(run->web->arena, QUOTE_BYTES)};
    struct response r;
    struct str text;

    if (f.status >= 500)
        log_write(LOG_ERROR, "%s %s: %s (%s, %s)", run->request.head ? "HEAD" : "answering", run->request.uri,
                  e->message, err_name(e->code), f.quote);
    hide_inside(&f);
    handle_failure(&run->x, &f, &r);
    str_init(&text, run->web->arena, (size_t)2 * RESPONSE_BYTES);
    response_write(&r, run->request.head, &text);
    *out = (struct web_answer){text.p, text.n};
}

void web_answer(struct web *w, const struct request_input *in, struct web_answer *out)
{
    struct run run = {.web = w};
    struct err e = {0};
    enum err_code code;

    log_tenant(NULL);
    run.x = (struct exchange){
        .arena = w->arena, .site = w->site, .request = &run.request, .now_us = clock_now_us()};
    code = request_parse(w->arena, in, &run.request, &e);
    if (code != ERR_OK)
        run.x.tenant = site_tenant(&w->site->registry, in->tenant);
    if (code == ERR_OK)
        code = handle(&run, out, &e);
    if (code != ERR_OK)
        fail(&run, &e, out);
}

/* One list of thousands of events takes more memory than a worker needs in a year of pages: give it back at once. */
void web_rest(struct web *w, const struct web_answer *sent)
{
    arena_reset(w->arena);
    if (sent->n > LARGE_BYTES)
        (void)malloc_trim(0);
}
