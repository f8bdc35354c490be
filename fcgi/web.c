#include "fcgi/web.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/digest.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/page_cache.h"
#include "fcgi/web_internal.h"

enum { ETAG_DIGITS = 32, QUOTE_BYTES = 4, LARGE_BYTES = 128 * 1024 };

struct web {
    const struct site *site;
    struct arena *arena; /* reset for each request */
    struct desk *desk;
    struct page_cache *cache;
    const struct wakeup *wakeup;
};

struct web *web_new(const struct site *site, const struct wakeup *wakeup)
{
    struct web *w = calloc(1, sizeof *w);

    if (!w)
        abort();
    w->site = site;
    w->wakeup = wakeup;
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
    run->allow = route_allow(run->arena, match.methods);
    run->status = 405;
    return err_set(e, ERR_INVALID_INPUT, "This address answers only %s.", run->allow);
}

static enum err_code find_tenant(struct run *run, struct err *e)
{
    const struct tenant *base = run->x.tenant;
    enum err_code code;

    if (!base) {
        run->status = 421;
        return err_set(e, ERR_TENANT_UNKNOWN, "No timeline is served under this name. Check the address.");
    }
    log_tenant(base->name);
    code = desk_take(run->web->desk, base, run->arena, &run->seat, e);
    if (code == ERR_BUSY)
        exchange_wake(&run->x); /* a job worker prepares the database */
    if (code != ERR_OK)
        return code;
    run->x.service = run->seat.service;
    if (!run->x.service)
        return ERR_OK;
    service_leave(run->x.service); /* who asked before is not who asks now, whatever fails from here on */
    run->x.tenant = service_tenant(run->x.service);
    return ERR_OK;
}

/* A page is kept for those who see the same: everybody who is not signed in, or one session. */
static struct page_key key_of(const struct run *run)
{
    const char *session = run->x.service ? service_caller(run->x.service)->session_hash : NULL;
    const char *uri =
        session ? arena_printf(run->arena, "%s %s", run->request.uri, session) : run->request.uri;

    return (struct page_key){site_tenant(&run->web->site->registry, run->request.tenant), uri,
                             run->seat.version, run->seat.opened};
}

/* What programs read depends on their token's role, and costs nothing to make anew; what was to be said once is. */
static bool is_kept(const struct run *run)
{
    return run->seat.service && run->route->method == METHOD_GET && run->route->tenant != TENANT_NONE &&
           !(run->route->face == FACE_JSON && run->request.bearer) && !run->x.flash;
}

static const char *cache_control(const struct run *run)
{
    return run->x.service && service_caller(run->x.service)->name ? "private, no-cache" : "no-cache";
}

static const char *vary(const struct run *run)
{
    if (run->route->tenant == TENANT_NONE)
        return NULL;
    return run->route->face == FACE_JSON ? "Authorization" : "Cookie";
}

/* Also answers conditional requests and HEAD from the page that is kept. */
static bool answer_from_cache(struct run *run, struct web_answer *out)
{
    struct page_key key = key_of(run);
    const struct page *page =
        is_kept(run) ? page_cache_get(run->web->cache, &key, clock_monotonic_ms()) : NULL;
    struct response unchanged = {.status = 304, .cache_control = cache_control(run), .vary = vary(run)};
    struct str text;

    if (!page)
        return false;
    *out = (struct web_answer){page->p, run->request.head ? page->head_n : page->n};
    if (!request_has_etag(&run->request, page->etag))
        return true;
    str_init(&text, run->arena, RESPONSE_BYTES);
    unchanged.etag = page->etag;
    response_write(&unchanged, false, &text);
    *out = (struct web_answer){text.p, text.n};
    return true;
}

static void set_etag(struct run *run, struct response *r)
{
    char digest[DIGEST_HEX_SIZE];

    if (r->etag || r->status != 200 || run->route->method != METHOD_GET || r->unkept)
        return;
    digest_sha256(r->body, r->n, digest);
    r->etag = arena_printf(run->arena, "\"%.*s\"", ETAG_DIGITS, digest);
}

static void keep(struct run *run, const struct response *r, const struct str *text)
{
    struct page_key key = key_of(run);
    struct page page = {text->p, text->n, text->n - r->n, r->etag};

    if (is_kept(run) && r->status == 200 && !r->etag_is_revision && !r->unkept)
        page_cache_put(run->web->cache, &key, &page, clock_monotonic_ms());
}

/* What was said once is forgotten. */
static void forget_flash(struct run *run, struct response *r)
{
    if (run->x.flash && r->status == 200)
        exchange_set_cookie(r, EXCHANGE_FLASH "=" EXCHANGE_COOKIE "; Max-Age=0");
}

static bool is_unchanged(const struct run *run, const struct response *r)
{
    return run->route->method == METHOD_GET && r->status == 200 && r->etag && !r->etag_is_revision &&
           request_has_etag(&run->request, r->etag);
}

static void finish(struct run *run, struct response *r, struct web_answer *out)
{
    struct str text;

    str_init(&text, run->arena, (size_t)2 * RESPONSE_BYTES);
    set_etag(run, r);
    forget_flash(run, r);
    if (is_unchanged(run, r)) {
        r->status = 304;
        response_write(r, false, &text);
    } else {
        response_write(r, run->request.head, &text);
        if (!run->request.head)
            keep(run, r, &text);
    }
    *out = (struct web_answer){text.p, text.n};
}

/* Where from, what, and by whom, in this order: a form of another site is not even read, and one whose session has ended
 * is read so that it can be offered again. */
static enum err_code admit(struct run *run, struct err *e)
{
    bool form = run->route->body == BODY_FORM;
    enum err_code code;

    if (form)
        TRY(web_check_origin(run, e));
    if (form)
        TRY(web_read_body(run, e));
    TRY(web_identify(run, e));
    code = web_check_access(run, e);
    if (code != ERR_OK)
        return code;
    if (form && run->route->who != WHO_ANYBODY)
        return web_check_csrf(run, e);
    return form ? ERR_OK : web_read_body(run, e);
}

/* Whoever is signed in stays so on the page that says that there is no such page. */
static void recognise(struct run *run)
{
    struct err ignored = {0};

    if (route_face_of(run->request.path) != FACE_HTML || !run->x.tenant || !run->request.session)
        return;
    if (find_tenant(run, &ignored) == ERR_OK && run->x.service)
        (void)service_enter_session(run->x.service, run->request.session, &ignored);
}

static enum err_code handle(struct run *run, struct web_answer *out, struct err *e)
{
    struct response r = {.status = 200};
    enum err_code code;

    run->x.tenant = site_tenant(&run->web->site->registry, run->request.tenant);
    code = find_route(run, e);
    if (code != ERR_OK)
        return recognise(run), code;
    if (run->route->tenant != TENANT_NONE) {
        TRY(find_tenant(run, e));
        TRY(admit(run, e));
        if (answer_from_cache(run, out))
            return ERR_OK;
    }
    r.cache_control = cache_control(run);
    r.vary = vary(run);
    TRY(run->route->handle(&run->x, &r, e));
    finish(run, &r, out);
    return ERR_OK;
}

/* What broke inside, or is in use, names files and settings: that is for the log, and visitors get the id to find it by. */
static void hide_inside(struct failure *f)
{
    bool in_use = f->err.code == ERR_BUSY || f->err.code == ERR_LOCKED;

    if (in_use && strchr(f->err.message, '/'))
        (void)err_set(
            &f->err, f->err.code,
            "Something else is being written to this timeline just now, so this was not done. Try again in a "
            "moment.");
    else if (f->status == 500 || f->status == 507 || f->err.code == ERR_READ_ONLY)
        (void)err_set(
            &f->err, f->err.code,
            "The service cannot do this now. Whoever runs it finds the reason in its log, under %s.",
            f->quote);
}

/* Nobody is signed in where somebody must be: pages lead to the login and back, and keep what was typed. */
static bool lead_to_login(struct run *run, const struct err *e, struct response *r)
{
    struct err ignored = {0};

    *r = (struct response){.status = 401, .cache_control = "no-store"};
    if (run->route && run->route->face == FACE_HTML && run->send_again)
        return handle_send_again(&run->x, e, r, &ignored) == ERR_OK;
    if (!run->sign_in || run->route->face != FACE_HTML)
        return false;
    if (run->route->body == BODY_FORM)
        return handle_login_again(&run->x, r, &ignored) == ERR_OK;
    exchange_redirect(&run->x, r, handle_login_address(&run->x), NULL);
    return true;
}

/* Failures of ours are logged once, here, under the id that the visitor sees. */
static void fail(struct run *run, const struct err *e, struct web_answer *out)
{
    struct failure f = {.status = run->status ? run->status : err_http_status(e->code),
                        .err = *e,
                        .allow = run->allow,
                        .quote = digest_random_hex(run->arena, QUOTE_BYTES)};
    struct response r;
    struct str text;

    f.sign_in = run->sign_in;
    f.again = f.status == 503 && run->x.service && run->x.form.n && run->route->who != WHO_ANYBODY;
    if (f.status >= 500)
        log_write(LOG_ERROR, "%s %s: %s (%s, %s)", run->request.head ? "HEAD" : "answering", run->request.uri,
                  e->message, err_name(e->code), f.quote);
    hide_inside(&f);
    if (!lead_to_login(run, e, &r))
        handle_failure(&run->x, &f, &r);
    str_init(&text, run->arena, (size_t)2 * RESPONSE_BYTES);
    response_write(&r, run->request.head, &text);
    *out = (struct web_answer){text.p, text.n};
}

void web_answer(struct web *w, const struct request_input *in, struct web_answer *out)
{
    struct run run = {.web = w, .arena = w->arena};
    struct err e = {0};
    enum err_code code;

    log_tenant(NULL);
    run.x = (struct exchange){.arena = w->arena,
                              .site = w->site,
                              .request = &run.request,
                              .wakeup = w->wakeup,
                              .now_us = clock_now_us()};
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
