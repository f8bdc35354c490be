/*
 * The API of conflicts. Deciding happens at once, under the version of the conflict that the program looked at.
 */
#include <string.h>

#include "core/service/service_conflict.h"
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/members.h"

enum { LIST_MOST = 1000, LIST_DEFAULT = 50 };

static const char *etag_of(struct exchange *x, const struct json_object *conflict)
{
    return arena_printf(x->arena, "\"%s\"", jx_get_text(conflict, "version"));
}

enum err_code handle_conflicts_api(struct exchange *x, struct response *out, struct err *e)
{
    struct service_list_args args = {.cursor = request_param(x->request, "cursor")};
    struct json_object *view;
    long limit = LIST_DEFAULT;

    TRY(request_number(x->request, "limit", LIST_MOST, &limit, e));
    args.limit = limit;
    TRY(service_conflict_list(x->service, &args, &view, e));
    return handle_answer(x, view, out, e);
}

enum err_code handle_conflict_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_conflict_show(x->service, x->request->segments[3], &view, e));
    if (jx_get(view, "conflict"))
        out->etag = etag_of(x, jx_get(view, "conflict"));
    out->etag_is_revision = true;
    return handle_answer(x, view, out, e);
}

/* The version that the program saw, when it is the one of now; "*" stands for whatever is there. */
static enum err_code read_condition(struct exchange *x, const char **version, struct err *e)
{
    struct json_object *conflict;
    struct json_object *view;

    if (!x->request->if_match)
        return err_set(e, ERR_PRECONDITION_REQUIRED,
                       "Send the ETag of GET /api/v1/conflicts/{id} with the header If-Match, so that you "
                       "decide about what you have seen.");
    TRY(service_conflict_show(x->service, x->request->segments[3], &view, e));
    conflict = jx_get(view, "conflict");
    if (!conflict)
        return err_set(e, ERR_NOT_FOUND, "The event %s has no open conflict.", x->request->segments[3]);
    *version = jx_get_text(conflict, "version");
    if (request_matches(x->request, etag_of(x, conflict)))
        return ERR_OK;
    return err_set(e, ERR_STALE,
                   "The event %s has changed here or in the repository since you looked at the conflict. Get "
                   "it again, then decide anew.",
                   x->request->segments[3]);
}

/* An event as JSON, or as a text as it would stand in a file. */
static void read_event(struct exchange *x, struct service_resolution *resolution)
{
    struct json_object *event = jx_get(x->body, "event");

    if (!event)
        return;
    resolution->p = json_object_is_type(event, json_type_string) ? json_object_get_string(event)
                                                                 : jx_text(x->arena, event);
    resolution->n = strlen(resolution->p);
}

enum err_code handle_conflict_resolution_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {
        {"take", MEMBER_TEXT}, {"fields", MEMBER_OBJECT}, {"event", MEMBER_EVENT}, {NULL, MEMBER_FLAG}};
    struct service_resolution resolution = {.id = x->request->segments[3]};
    struct json_object *view;

    if (!x->request->body_n)
        return err_set(e, ERR_MEDIA_TYPE,
                       "Send a JSON object, such as {\"take\": \"ours\"}, with the header \"Content-Type: "
                       "application/json\".");
    TRY(read_condition(x, &resolution.version, e));
    TRY(members_check(x, known, e));
    resolution.take = jx_get_text(x->body, "take");
    resolution.choices = jx_get(x->body, "fields");
    read_event(x, &resolution);
    if (resolution.p && (resolution.take || resolution.choices))
        return members_refuse(x, "event", "Write the event, or say what to take: not both.", e);
    if (!resolution.p && !resolution.take && !resolution.choices)
        return members_refuse(x, "take", "Say what to take, ours or theirs, or write the event.", e);
    TRY(service_conflict_resolve(x->service, &resolution, &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}

enum err_code handle_conflict_undo_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member none = {NULL, MEMBER_FLAG};
    struct json_object *view;

    TRY(members_check(x, &none, e));
    TRY(service_conflict_undo(x->service, x->request->segments[3], &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}
