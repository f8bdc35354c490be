/*
 * Errors, as a page for people and as a problem document (RFC 9457) for programs: the same sentence in both.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/route.h"
#include "fcgi/view.h"

enum { RETRY_AFTER_S = 2 };

static const char *heading_of(const struct failure *f)
{
    switch (f->status) {
    case 400: return "That address cannot be understood";
    case 401: return "Sign in first";
    case 403: return "You may not do that";
    case 404: return "There is nothing at this address";
    case 405: return "That cannot be done here";
    case 413: return "That is too much at once";
    case 415: return "That form cannot be read";
    case 421: return "No timeline lives here";
    case 429: return "That is too often";
    case 503: return "Busy right now";
    default: return f->status < 500 ? "That did not work" : "Something went wrong here";
    }
}

static const char *advice_of(const struct failure *f)
{
    if (f->status == 503)
        return "Nothing is lost. Try again in a few seconds.";
    if (f->status == 405)
        return "Buttons of other pages lead here. Go there, and press the one you need.";
    return NULL;
}

static void set_back(struct json_object *model, const struct exchange *x, const struct failure *f)
{
    struct json_object *back = json_object_new_object();
    const char *path = x->request->path;
    bool again = f->status == 503 && x->request->method == METHOD_GET;
    bool missing = !again && (f->status == 404 || f->status == 400);
    bool events = missing && str_starts(path, "/events");
    bool conflicts = missing && str_starts(path, "/conflicts");

    jx_set_text(back, "href", again ? x->request->uri : events ? "/events" : conflicts ? "/conflicts" : "/");
    jx_set_text(back, "label",
                again       ? "Try again"
                : events    ? "See all events"
                : conflicts ? "See all conflicts"
                            : "Go to the status page");
    jx_set(model, "back", back);
}

static enum err_code as_page(struct exchange *x, const struct failure *f, struct response *out)
{
    const char *heading = heading_of(f);
    struct json_object *model = view_page(x, heading, VIEW_NOWHERE, NULL);
    struct err ignored = {0};

    jx_set_text(model, "tone",
                f->status >= 500 && f->status != 503 ? "problem"
                : f->status == 503                   ? "attention"
                                                     : "empty");
    jx_set_text(model, "heading", heading);
    jx_set_text(model, "sentence", f->err.message);
    jx_set_text(model, "advice", advice_of(f));
    jx_set_text(model, "quote", f->quote);
    set_back(model, x, f);
    if (!x->tenant)
        jx_set(model, "back", NULL); /* there is no page to go to */
    if (f->sign_in)
        jx_set(model, "nav", NULL);
    return view_render(x, "error", model, out, &ignored);
}

/* What is there now, and how what was sent differs from it. */
static void set_stale(struct json_object *problem, const struct json_object *stale)
{
    static const char *const keys[] = {"revision", "removed", "updated_at", "updated_by", "event"};
    struct json_object *current = json_object_new_object();

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        jx_set(current, keys[i], json_object_get(jx_get(stale, keys[i])));
    jx_set(problem, "current", current);
    jx_set(problem, "changes", json_object_get(jx_get(stale, "changes")));
    jx_set(problem, "since", json_object_get(jx_get(stale, "since")));
}

static void as_problem(struct exchange *x, const struct failure *f, struct response *out)
{
    struct json_object *o = jx_own(x->arena, json_object_new_object());

    jx_set_text(o, "type", "about:blank");
    jx_set_text(o, "title", response_reason(f->status));
    jx_set_int(o, "status", f->status);
    jx_set_text(o, "detail", f->err.message);
    jx_set_text(o, "code", err_name(f->err.code));
    jx_set_text(o, "error_id", f->quote);
    if (f->err.code == ERR_INVALID_FIELDS && x->service &&
        json_object_array_length(service_problems(x->service)))
        jx_set(o, "errors", json_object_get(service_problems(x->service)));
    if (f->err.code == ERR_ALREADY_RUNNING && x->job_in_the_way)
        jx_set_int(o, "job", x->job_in_the_way);
    if (f->err.line)
        jx_set_int(o, "line", f->err.line);
    if (f->err.code == ERR_STALE && x->stale)
        set_stale(o, x->stale);
    out->type = RESPONSE_PROBLEM;
    out->body = jx_text(x->arena, o);
    out->n = strlen(out->body);
}

static void as_text(struct exchange *x, const struct failure *f, struct response *out)
{
    out->type = RESPONSE_TEXT;
    out->body = arena_printf(x->arena, "%s\n", f->err.message);
    out->n = strlen(out->body);
}

/* Nobody types a form twice because the database was busy. */
static enum err_code as_html(struct exchange *x, const struct failure *f, struct response *out)
{
    struct err ignored = {0};

    return f->again ? handle_send_again(x, &f->err, out, &ignored) : as_page(x, f, out);
}

void handle_failure(struct exchange *x, const struct failure *f, struct response *out)
{
    enum route_face face = route_face_of(x->request->path);

    *out = (struct response){.status = f->status,
                             .cache_control = "no-store",
                             .allow = f->allow,
                             .authenticate = f->status == 401 ? "Bearer realm=\"tideline\"" : NULL,
                             .retry_after_s = f->err.retry_after_s ? f->err.retry_after_s
                                              : f->status == 503   ? RETRY_AFTER_S
                                                                   : 0};
    if (face == FACE_JSON)
        as_problem(x, f, out);
    else if (face == FACE_TEXT || as_html(x, f, out) != ERR_OK)
        as_text(x, f, out);
}
