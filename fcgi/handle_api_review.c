/*
 * Review for programs: verdicts about one event or several, and reservations.
 */
#include <string.h>

#include "core/service/service_review.h"
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/members.h"

/* What is said, without a word about which event. */
static void read_verdict(const struct exchange *x, struct service_verdict *out)
{
    struct json_object *score = jx_get(x->body, "score");

    *out = (struct service_verdict){.status = jx_get_text(x->body, "status"),
                                    .score = score ? json_object_get_double(score) : -1,
                                    .notes = jx_get_text(x->body, "notes"),
                                    .revision = jx_get_int(x->body, "revision", 0)};
    if (score && out->score < 0)
        out->score = -2; /* -1 would say that there is none */
}

/* With If-Match it is about the event that the program has seen, whatever else is said. */
static enum err_code read_condition(struct exchange *x, const char *id, int64_t *revision, struct err *e)
{
    struct json_object *view;
    int64_t now;

    if (!x->request->if_match)
        return ERR_OK;
    TRY(service_event_show(x->service, id, &view, e));
    now = jx_get_int(view, "revision", 0);
    if (!request_matches(x->request, arena_printf(x->arena, "\"%lld\"", (long long)now)))
        return err_set(e, ERR_STALE, "The event has changed since. Get it again, then decide.");
    if (!*revision)
        *revision = now;
    return ERR_OK;
}

enum err_code handle_verdict_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"status", MEMBER_TEXT},
                                          {"score", MEMBER_NUMBER},
                                          {"notes", MEMBER_TEXT},
                                          {"revision", MEMBER_ID},
                                          {NULL, MEMBER_FLAG}};
    const char *id = x->request->segments[3];
    struct service_verdict verdict;
    struct json_object *view;

    TRY(handle_need_body(x, e));
    TRY(members_check(x, known, e));
    read_verdict(x, &verdict);
    TRY(read_condition(x, id, &verdict.revision, e));
    TRY(service_event_validate(x->service, id, &verdict, &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}

enum err_code handle_verdicts_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"events", MEMBER_EVENTS},
                                          {"status", MEMBER_TEXT},
                                          {"score", MEMBER_NUMBER},
                                          {"notes", MEMBER_TEXT},
                                          {NULL, MEMBER_FLAG}};
    struct service_verdicts verdicts = {0};
    struct service_verdict verdict;
    struct json_object *view;

    TRY(handle_need_body(x, e));
    TRY(members_check(x, known, e));
    read_verdict(x, &verdict);
    verdicts.verdict = &verdict;
    verdicts.ids = members_texts(x, x->body, "events", &verdicts.revisions);
    if (!verdicts.ids)
        return members_refuse(x, "events", "Name at least one event.", e);
    TRY(service_review_many(x->service, &verdicts, &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}

enum err_code handle_reserve_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"take_over", MEMBER_FLAG}, {NULL, MEMBER_FLAG}};
    struct json_object *view;

    TRY(members_check(x, known, e));
    TRY(service_review_reserve(x->service, x->request->segments[3], jx_get_bool(x->body, "take_over", false),
                               &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}

enum err_code handle_release_api(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_review_release(x->service, x->request->segments[3], &view, e));
    handle_print(x, view, out);
    return ERR_OK;
}
