/*
 * Events over the API: writing them, and what they were. A program names the revision that it looked at with If-Match, so
 * that nobody's change is overwritten unseen; a refusal (412) shows what is there now.
 */
#include <stdlib.h>
#include <string.h>

#include "core/service/service_write.h"
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/members.h"

enum { HISTORY_MOST = 1000, HISTORY_DEFAULT = 50, REVISION_DIGITS = 18 };

/* An event as it is after it was written. */
static enum err_code print_event(struct exchange *x, struct json_object *view, struct response *out,
                                 struct err *e)
{
    out->etag = arena_printf(x->arena, "\"%lld\"", (long long)jx_get_int(view, "revision", 0));
    out->etag_is_revision = true;
    return handle_answer(x, view, out, e);
}

/* What came along: fields of an object, or the text of a file. */
static enum err_code read_draft(struct exchange *x, struct service_draft *draft, struct err *e)
{
    draft->fields = x->body;
    if (!x->body) {
        draft->p = x->request->body;
        draft->n = x->request->body_n;
    }
    if (!x->body || json_object_is_type(x->body, json_type_object))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "The body must be one event: a JSON object, or Markdown.");
}

static const char *event_id(const struct exchange *x)
{
    return x->request->segments[3];
}

/* One entity tag of a list: the revision that it names, 0 for "*", -1 for what names none. */
static int64_t read_tag(const char **list)
{
    const char *p = *list + strspn(*list, " \t,");
    size_t digits;

    *list = p + strcspn(p, ",");
    if (*p == '*')
        return 0;
    if (str_starts(p, "W/"))
        p += 2;
    digits = *p == '"' ? strspn(p + 1, "0123456789") : 0;
    if (!digits || digits > REVISION_DIGITS || p[digits + 1] != '"' || p[1] == '0')
        return -1;
    return strtoll(p + 1, NULL, 10);
}

static int64_t revision_now(struct exchange *x)
{
    struct json_object *view;
    struct err ignored = {0};

    if (service_event_show(x->service, event_id(x), &view, &ignored) != ERR_OK)
        return 0;
    return jx_get_int(view, "revision", 0);
}

/* Of several revisions the one that is there, so that any of them will do; else the first. */
static int64_t read_revision(struct exchange *x)
{
    const char *list = x->request->if_match;
    int64_t first = read_tag(&list);
    int64_t now = *list ? revision_now(x) : 0;

    for (int64_t one = first; now; one = read_tag(&list)) {
        if (one == 0 || one == now || !*list)
            return one == 0 || one == now ? one : first;
    }
    return first;
}

static enum err_code read_condition(struct exchange *x, int64_t *revision, struct err *e)
{
    if (!x->request->if_match)
        return err_set(e, ERR_PRECONDITION_REQUIRED,
                       "Send the ETag of GET /api/v1/events/{id} with the header If-Match, so that nobody's "
                       "change is overwritten unseen.");
    *revision = read_revision(x);
    return ERR_OK;
}

/* Both versions go into the problem document. */
static enum err_code keep_stale(struct exchange *x, enum err_code code, struct json_object *const *view)
{
    if (code == ERR_STALE)
        x->stale = *view;
    return code;
}

static bool is_array(const struct exchange *x)
{
    return json_object_is_type(x->body, json_type_array);
}

static enum err_code add_many(struct exchange *x, struct response *out, struct err *e)
{
    const struct service_source source = {.p = x->request->body, .n = x->request->body_n};
    struct json_object *view;

    TRY(service_event_add_many(x->service, &source, 1, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_events_post_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_draft draft = {.id = NULL};
    struct json_object *view;

    if (is_array(x))
        return add_many(x, out, e);
    TRY(read_draft(x, &draft, e));
    TRY(service_event_write(x->service, &draft, &view, e));
    out->status = 201;
    out->location =
        arena_printf(x->arena, "/api/v1/events/%s", request_encode(x->arena, jx_get_text(view, "id")));
    return print_event(x, view, out, e);
}

enum err_code handle_event_check_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_draft draft = {.id = request_param(x->request, "edit")};
    struct json_object *view;

    TRY(read_draft(x, &draft, e));
    TRY(service_event_preview(x->service, &draft, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_event_put_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_draft draft = {.id = event_id(x)};
    struct json_object *view = NULL;

    TRY(read_condition(x, &draft.revision, e));
    TRY(read_draft(x, &draft, e));
    TRY(keep_stale(x, service_event_write(x->service, &draft, &view, e), &view));
    return print_event(x, view, out, e);
}

enum err_code handle_event_delete_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view = NULL;
    int64_t revision = 0;

    TRY(read_condition(x, &revision, e));
    TRY(keep_stale(x, service_event_delete(x->service, event_id(x), revision, &view, e), &view));
    return handle_answer(x, view, out, e);
}

/* What is gone has no revision to be looked at: then there is nothing that could be overwritten unseen. */
enum err_code handle_event_restore_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"revision", MEMBER_ID}, {NULL, MEMBER_FLAG}};
    struct service_restore restore = {.id = event_id(x), .looked_at = -1};
    struct json_object *view = NULL;

    TRY(members_check(x, known, e));
    restore.which = jx_get_int(x->body, "revision", 0);
    if (x->request->if_match || revision_now(x))
        TRY(read_condition(x, &restore.looked_at, e));
    TRY(keep_stale(x, service_event_restore(x->service, &restore, &view, e), &view));
    return print_event(x, view, out, e);
}

enum err_code handle_event_history_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_list_args args = {.cursor = request_param(x->request, "cursor")};
    struct json_object *view;
    long limit = HISTORY_DEFAULT;

    TRY(request_number(x->request, "limit", HISTORY_MOST, &limit, e));
    args.limit = limit;
    TRY(service_event_history(x->service, event_id(x), &args, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_event_revision_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    int64_t revision = request_ordinal(x->request->segments[5]);

    if (!revision)
        return err_set(e, ERR_NOT_FOUND, "A revision is named by its number, such as 1.");
    TRY(service_event_revision(x->service, event_id(x), revision, &view, e));
    return handle_answer(x, view, out, e);
}
