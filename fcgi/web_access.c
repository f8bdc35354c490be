#include <string.h>

#include "core/util/str.h"
#include "fcgi/web_internal.h"

/* What the page before wanted to say; only this session can have sealed it. */
static void open_flash(struct run *run)
{
    if (run->request.flash)
        run->x.flash = service_unseal(run->x.service, run->request.flash);
}

enum err_code web_identify(struct run *run, struct err *e)
{
    struct service *s = run->x.service;

    if (!s)
        return ERR_OK;
    if (run->route->face == FACE_JSON)
        return run->request.bearer ? service_enter_token(s, run->request.bearer, e) : ERR_OK;
    if (!run->request.session)
        return ERR_OK;
    TRY(service_enter_session(s, run->request.session, e));
    open_flash(run);
    return ERR_OK;
}

static enum err_code need_account(struct run *run, enum service_role role, struct err *e)
{
    if (run->x.service && service_caller(run->x.service)->name)
        return service_need(run->x.service, role, e);
    run->sign_in = true;
    if (run->route->face == FACE_JSON)
        return err_set(
            e, ERR_UNAUTHENTICATED,
            "Send a token in the header \"Authorization: Bearer TOKEN\". Whoever runs this timeline "
            "makes one with: tideline token create --user NAME");
    return err_set(e, ERR_UNAUTHENTICATED, "Sign in to see this page.");
}

enum err_code web_check_access(struct run *run, struct err *e)
{
    switch (run->route->who) {
    case WHO_ANYBODY: break;
    case WHO_READER:
        if (!run->x.tenant->public_read)
            TRY(need_account(run, SERVICE_VIEWER, e));
        break;
    case WHO_ACCOUNT: TRY(need_account(run, SERVICE_VIEWER, e)); break;
    case WHO_EDITOR: TRY(need_account(run, SERVICE_EDITOR, e)); break;
    case WHO_ADMIN: TRY(need_account(run, SERVICE_ADMIN, e)); break;
    }
    if (run->route->tenant == TENANT_PULLED && !run->x.service)
        return err_set(
            e, ERR_NOT_FOUND,
            "Nothing has been pulled into this timeline yet. The status page says what happens next.");
    return ERR_OK;
}

/* "https://HOST:PORT" of one of the tenant's hostnames, at the port of its pages. */
static bool is_own_origin(const struct run *run, const char *origin)
{
    const char *page = run->x.tenant->page_url;
    const char *host = strstr(page, "://");
    const char *port = host ? strrchr(host + 3, ':') : NULL;

    if (str_eq(origin, page))
        return true;
    for (const char *const *name = run->x.tenant->hostnames; *name; name++)
        if (str_eq(origin, arena_printf(run->arena, "https://%s%s", *name, port ? port : "")))
            return true;
    return false;
}

enum err_code web_check_origin(struct run *run, struct err *e)
{
    const struct request_input *in = run->request.input;
    bool own = in->sec_fetch_site ? str_eq(in->sec_fetch_site, "same-origin")
                                  : in->origin && is_own_origin(run, in->origin);

    if (own)
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN,
                   "This form did not come from a page of this timeline, so nothing was done. Open the page "
                   "here and send it from there.");
}

static enum err_code need_type(const struct run *run, const char *type, struct err *e)
{
    if (request_has_type(&run->request, type))
        return ERR_OK;
    return err_set(e, ERR_MEDIA_TYPE, "The body must be sent with the header \"Content-Type: %s\".", type);
}

static enum err_code read_json(struct run *run, struct err *e)
{
    const struct request *r = &run->request;

    if (!r->body_n) {
        run->x.body = jx_own(run->arena, json_object_new_object());
        return ERR_OK;
    }
    TRY(need_type(run, "application/json", e));
    TRY(jx_parse(run->arena, r->body, r->body_n, &run->x.body, e));
    if (json_object_is_type(run->x.body, json_type_object))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "The body must be a JSON object, such as {}.");
}

static enum err_code read_event(struct run *run, struct err *e)
{
    const struct request *r = &run->request;

    if (request_has_type(r, "text/markdown"))
        return ERR_OK;
    if (!request_has_type(r, "application/json"))
        return err_set(e, ERR_MEDIA_TYPE,
                       "The body must be sent with the header \"Content-Type: application/json\", or "
                       "text/markdown for an event as a Markdown file.");
    TRY(jx_parse(run->arena, r->body, r->body_n, &run->x.body, e));
    if (json_object_is_type(run->x.body, json_type_object) || json_object_is_type(run->x.body, json_type_array))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "The body must be an event as a JSON object, or an array of them.");
}

enum err_code web_read_body(struct run *run, struct err *e)
{
    const struct request_input *in = run->request.input;

    if (run->route->body == BODY_NONE)
        return ERR_OK;
    if (in->body_too_large)
        return err_set(e, ERR_TOO_LARGE, "The body is larger than %d KiB. Send less at once.",
                       REQUEST_BODY_BYTES / 1024);
    if (in->body_cut)
        return err_set(e, ERR_INVALID_INPUT, "The body ended early. Send it again.");
    if (run->route->body == BODY_JSON)
        return read_json(run, e);
    if (run->route->body == BODY_EVENT)
        return read_event(run, e);
    TRY(need_type(run, "application/x-www-form-urlencoded", e));
    return form_parse(run->arena, in->body, in->body_n, &run->x.form, e);
}

enum err_code web_check_csrf(struct run *run, struct err *e)
{
    struct service *s = run->x.service;

    if (s && service_csrf_valid(s, form_first(&run->x.form, "csrf")))
        return ERR_OK;
    run->send_again = true;
    return err_set(
        e, ERR_STALE_FORM,
        "You have signed in anew since this form was opened, so nothing was done yet. Look at it and "
        "send it again.");
}
