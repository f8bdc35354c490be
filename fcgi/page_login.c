/*
 * Signing in and out, and what becomes of a form whose session ended while somebody was typing: it travels along inside
 * the login page, and afterwards is shown and offered to be sent again. Nothing is done before that second press.
 */
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum { NEXT_BYTES = 2000, KEPT_BYTES = 256 * 1024, SHOWN_BYTES = 300, SHOWN_FIELDS = 30 };

/* As long as a session lasts at most (auth.h); it may end sooner, and then the cookie is worth nothing. */
#define COOKIE_AGE "; Max-Age=604800"

/* A path of ours, or the status page. Two slashes, or a backslash, would be another host to a browser. */
static const char *own_path(const char *path)
{
    size_t n = path ? strlen(path) : 0;

    if (n < 1 || n > NEXT_BYTES || path[0] != '/' || path[1] == '/' || str_starts(path, "/login"))
        return "/";
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '\\' || *p == 0x7f)
            return "/";
    return path;
}

const char *handle_login_address(const struct exchange *x)
{
    const char *next = own_path(x->request->uri);

    return str_eq(next, "/") ? "/login"
                             : arena_printf(x->arena, "/login?next=%s", request_encode(x->arena, next));
}

static bool is_secret(const char *name)
{
    return strstr(name, "password") || str_eq(name, "csrf");
}

/* What the form held, as a form would send it; NULL when it is too much to carry. */
static const char *packed(const struct exchange *x)
{
    struct str s;

    str_init(&s, x->arena, KEPT_BYTES);
    for (size_t i = 0; i < x->form.n; i++) {
        const struct request_param *field = &x->form.fields[i];

        if (!is_secret(field->name))
            str_addf(&s, "%s%s=%s", s.n ? "&" : "", request_encode(x->arena, field->name),
                     request_encode(x->arena, field->value));
    }
    return s.full ? NULL : s.p;
}

/* What a login page is made from. */
struct login_page {
    const char *next, *name;
    const char *kept, *kept_path; /* NULL: no form was under way */
    bool lost;                    /* a form was under way and is too large to carry */
    const char *trouble;          /* of the last try */
};

static struct json_object *no_account(struct exchange *x)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "text", "Nobody has an account here yet. Whoever runs this timeline makes the first one:");
    jx_set_text(o, "command",
                arena_printf(x->arena, "tideline --tenant %s user add NAME --role admin", x->tenant->name));
    return o;
}

static void set_kept(struct json_object *model, const struct login_page *page)
{
    struct json_object *kept = NULL;

    if (page->kept) {
        kept = json_object_new_object();
        jx_set_text(kept, "fields", page->kept);
        jx_set_text(kept, "path", page->kept_path);
    }
    jx_set(model, "kept", kept);
    jx_set_text(
        model, "kept_note",
        page->lost   ? "You were signed out. What you had typed is too long to be kept here: go back in "
                       "your browser to copy it before you sign in."
        : page->kept ? "You were signed out. What you had typed is kept: sign in, and you can send it."
                     : NULL);
}

static void set_trouble(struct json_object *model, struct exchange *x, const char *trouble)
{
    struct json_object *problems = jx_own(x->arena, json_object_new_array());
    struct json_object *fields = json_object_new_object();

    jx_set(model, "fields", fields);
    jx_set(fields, "name", json_object_new_object());
    if (trouble) {
        struct json_object *problem = json_object_new_object();

        jx_set_text(problem, "field", "name");
        jx_set_text(problem, "error", trouble);
        jx_push(problems, problem);
    }
    form_set_problems(model, fields, problems);
}

static enum err_code show_login(struct exchange *x, const struct login_page *page, struct response *out,
                                struct err *e)
{
    struct json_object *model;
    bool any = false;

    if (x->service)
        TRY(service_has_accounts(x->service, &any, e));
    model = view_page(x, "Sign in", VIEW_NOWHERE, NULL);
    jx_set_text(model, "heading", arena_printf(x->arena, "Sign in to %s", x->tenant->instance_name));
    jx_set_text(model, "next", page->next);
    jx_set_text(model, "name", page->name);
    jx_set_text(model, "sign_in", NULL);
    jx_set(model, "no_account", any ? NULL : no_account(x));
    set_kept(model, page);
    set_trouble(model, x, page->trouble);
    if (!x->tenant->public_read)
        jx_set(model, "nav", NULL);
    out->unkept = true;
    out->cache_control = "no-store";
    return view_render(x, "login", model, out, e);
}

enum err_code handle_login_page(struct exchange *x, struct response *out, struct err *e)
{
    struct login_page page = {.next = own_path(request_param(x->request, "next")), .name = ""};

    if (!exchange_caller(x)->name)
        return show_login(x, &page, out, e);
    exchange_redirect(x, out, page.next, NULL);
    return ERR_OK;
}

enum err_code handle_login_again(struct exchange *x, struct response *out, struct err *e)
{
    struct login_page page = {.next = "/", .name = "", .kept = packed(x), .kept_path = x->request->path};

    page.lost = !page.kept;
    out->authenticate = "Session";
    return show_login(x, &page, out, e);
}

static const char *cut(struct arena *a, const char *text)
{
    size_t n = strlen(text);

    return n <= SHOWN_BYTES ? text : arena_printf(a, "%.*s…", (int)utf8_cut(text, n, SHOWN_BYTES), text);
}

/* What a page of ours put into a form for itself, and nobody typed. */
static bool is_inside(const char *name)
{
    static const char *const names[] = {"do",      "revision", "over",     "looked_at",
                                        "sources", "sure",     "take_over"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i], name))
            return true;
    return str_starts(name, "generated_") || (str_starts(name, "source_") && str_ends(name, "_was"));
}

static struct json_object *shown_fields(struct exchange *x, const struct form *form)
{
    struct json_object *shown = json_object_new_object();
    struct json_object *items = json_object_new_array();

    for (size_t i = 0; i < form->n && json_object_array_length(items) < SHOWN_FIELDS; i++) {
        const struct request_param *field = &form->fields[i];
        struct json_object *item;

        if (is_secret(field->name) || is_inside(field->name) || !field->value[0])
            continue;
        item = json_object_new_object();
        jx_set_text(item, "label", view_label(x->arena, field->name));
        jx_set_text(item, "value", cut(x->arena, field->value));
        jx_push(items, item);
    }
    jx_set_bool(shown, "any", json_object_array_length(items) > 0);
    jx_set(shown, "items", items);
    return shown;
}

/* Where somebody goes who does not want to send it: the page that the form stood on, as far as its address tells. */
static const char *page_of_form(const char *path)
{
    /* Forms about events are pages of their own address. */
    if (str_starts(path, "/events/") && !str_ends(path, "/restore"))
        return path;
    if (str_starts(path, "/validation"))
        return str_ends(path, "/reserve") || str_ends(path, "/release") ? "/validation" : path;
    return str_starts(path, "/pull-requests") ? "/pull-requests/new"
           : str_starts(path, "/settings")    ? "/settings"
           : str_starts(path, "/account")     ? "/account"
           : str_starts(path, "/conflicts/")  ? (str_ends(path, "/undo") ? "/conflicts" : path)
                                              : "/";
}

#define SIGNED_IN_ANEW                                                                                       \
    "You had signed out or in since this form was opened, so nothing has been done yet. This is what it "    \
    "held; a password must be typed again on its own page."

static enum err_code show_send_again(struct exchange *x, const struct form *form, const char *path,
                                     const char *why, struct response *out, struct err *e)
{
    struct json_object *model = view_page(x, "Send it again?", VIEW_NOWHERE, NULL);
    struct json_object *hidden = json_object_new_array();

    for (size_t i = 0; i < form->n; i++) {
        struct json_object *field = json_object_new_object();

        if (is_secret(form->fields[i].name)) {
            json_object_put(field);
            continue;
        }
        jx_set_text(field, "name", form->fields[i].name);
        jx_set_text(field, "value", form->fields[i].value);
        jx_push(hidden, field);
    }
    jx_set_text(model, "heading", "Send it again?");
    jx_set_text(model, "action", path);
    jx_set_text(model, "back", page_of_form(path));
    jx_set(model, "hidden", hidden);
    jx_set(model, "shown", shown_fields(x, form));
    jx_set_text(model, "text", why);
    out->unkept = true;
    out->cache_control = "no-store";
    return view_render(x, "send_again", model, out, e);
}

enum err_code handle_send_again(struct exchange *x, const struct err *why, struct response *out,
                                struct err *e)
{
    bool anew = why->code == ERR_STALE_FORM;

    out->status = err_http_status(why->code);
    return show_send_again(x, &x->form, x->request->path,
                           anew ? SIGNED_IN_ANEW
                                : arena_printf(x->arena, "%s This is what the form held.", why->message),
                           out, e);
}

static enum err_code read_login(struct exchange *x, struct login_page *page, struct service_login *login,
                                struct err *e)
{
    TRY(form_text(&x->form, "name", &login->name, e));
    TRY(form_text(&x->form, "password", &login->password, e));
    page->name = login->name;
    page->next = own_path(form_first(&x->form, "next"));
    page->kept = form_has(&x->form, "kept") ? form_first(&x->form, "kept") : NULL;
    page->kept_path = own_path(form_first(&x->form, "kept_path"));
    login->address = x->request->address;
    return ERR_OK;
}

/* A wrong password is an answer of the form; a database that is busy, say, is a failure. */
static enum err_code refuse_login(struct exchange *x, struct login_page *page, const struct err *why,
                                  struct response *out, struct err *e)
{
    if (why->code != ERR_UNAUTHENTICATED && why->code != ERR_TOO_MANY && why->code != ERR_INVALID_INPUT) {
        *e = *why;
        return why->code;
    }
    out->status = err_http_status(why->code);
    out->retry_after_s = why->retry_after_s;
    out->authenticate = why->code == ERR_UNAUTHENTICATED ? "Session" : NULL;
    page->trouble = why->message;
    return show_login(x, page, out, e);
}

static enum err_code enter(struct exchange *x, const struct login_page *page, const char *cookie,
                           struct response *out, struct err *e)
{
    struct form kept;

    exchange_set_cookie(out,
                        arena_printf(x->arena, EXCHANGE_SESSION "=%s" EXCHANGE_COOKIE COOKIE_AGE, cookie));
    if (!page->kept || form_parse(x->arena, page->kept, strlen(page->kept), &kept, e) != ERR_OK) {
        exchange_redirect(x, out, page->next, NULL);
        return ERR_OK;
    }
    return show_send_again(x, &kept, page->kept_path, SIGNED_IN_ANEW, out, e);
}

enum err_code handle_login_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_login login;
    struct login_page page = {0};
    const char *cookie = NULL;
    struct err why = {0};

    TRY(read_login(x, &page, &login, e));
    if (!x->service)
        return show_login(x, &page, out, e);
    if (service_caller(x->service)->name)
        TRY(service_logout(x->service, e));
    if (service_login(x->service, &login, &cookie, &why) != ERR_OK)
        return refuse_login(x, &page, &why, out, e);
    return enter(x, &page, cookie, out, e);
}

enum err_code handle_logout_form(struct exchange *x, struct response *out, struct err *e)
{
    if (exchange_caller(x)->name)
        TRY(service_logout(x->service, e));
    exchange_set_cookie(out, EXCHANGE_SESSION "=" EXCHANGE_COOKIE "; Max-Age=0");
    exchange_redirect(x, out, x->tenant->public_read ? "/" : "/login", NULL);
    out->forget_pages = true; /* "back" would show them to whoever sits here next */
    return ERR_OK;
}
