/*
 * Verdicts: about one event, or the same about many.
 */
#include <ctype.h>
#include <string.h>

#include "core/service/service_internal.h"
#include "core/service/service_review.h"

enum { EVENTS_AT_ONCE = 500 }; /* in one transaction, for which others wait */

static bool is_blank(const char *text)
{
    while (text && isspace((unsigned char)*text))
        text++;
    return !text || !*text;
}

static enum err_code check_verdict(struct service *s, const struct service_verdict *v, struct err *e)
{
    if (!str_eq(v->status, "validated") && !str_eq(v->status, "rejected") && !str_eq(v->status, "pending"))
        service_problem(s, "status", "The status must be validated, rejected or pending.");
    /* Written so that NaN is refused too. */
    if (!(v->score == -1 || (v->score >= 0 && v->score <= 10)))
        service_problem(s, "score", "The score must be a number from 0 to 10.");
    if (v->notes && strlen(v->notes) > SERVICE_NOTES_BYTES)
        service_problem(s, "notes",
                        arena_printf(s->arena, "The notes may have at most %d bytes. Shorten them.",
                                     SERVICE_NOTES_BYTES));
    if (str_eq(v->status, "rejected") && is_blank(v->notes) && !v->may_lack_reason)
        service_problem(s, "notes",
                        "Say why the event is rejected, for those who worked on it and those who meet it "
                        "again.");
    return service_problems_end(s, e);
}

static enum err_code stale(const struct store_event *event, int64_t looked_at, struct err *e)
{
    return err_set(e, ERR_STALE,
                   "The event %s is at revision %lld by now, changed by %s; the verdict is about revision "
                   "%lld. Look at it again, then decide.",
                   event->id, (long long)event->revision, event->updated_by, (long long)looked_at);
}

/* score: what was given in the end. */
static enum err_code judge(struct service *s, const char *id, const struct service_verdict *v, double *score,
                           struct err *e)
{
    struct store_verdict verdict = {.status = v->status,
                                    .score = v->score,
                                    .notes = is_blank(v->notes) ? NULL : v->notes,
                                    .author = s->actor};
    AUTO_STRUCT(arena) *scratch = arena_new(); /* contents of ten thousand events are too many to keep */
    struct store_event event;

    TRY(store_event_get(s->store, scratch, id, &event, e));
    if (str_eq(event.state, "gone")) /* a row that is kept for other tools' tables alone */
        return err_set(e, ERR_NOT_FOUND, "There is no event %.200s.", id);
    if (v->revision && v->revision != event.revision)
        return stale(&event, v->revision, e);
    if (v->score < 0 && str_eq(v->status, "validated"))
        verdict.score = event.auto_score;
    *score = verdict.score;
    return store_event_validate(s->store, id, &verdict, e);
}

static enum err_code judge_one(struct service *s, const char *id, const struct service_verdict *v,
                               struct err *e)
{
    double score;

    TRY(store_catch_up(s->store, 0, NULL, e));
    return judge(s, id, v, &score, e);
}

static void warn_of_no_reason(const struct service_verdict *v, struct json_object *view)
{
    struct json_object *warning;

    if (!str_eq(v->status, "rejected") || !is_blank(v->notes))
        return;
    warning = json_object_new_object();
    jx_set_text(warning, "rule", "no_reason");
    jx_set_int(warning, "line", 0);
    jx_set_text(warning, "text",
                "The event was rejected without a reason. Reject it again with notes that say why.");
    jx_push(jx_get(view, "warnings"), warning);
}

enum err_code service_event_validate(struct service *s, const char *id, const struct service_verdict *verdict,
                                     struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(check_verdict(s, verdict, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, judge_one(s, id, verdict, e), e));
    TRY(service_event_show(s, id, view, e));
    warn_of_no_reason(verdict, *view);
    return ERR_OK;
}

/* The report, as far as it is written. */
struct report {
    struct service *s;
    const struct service_verdicts *asked;
    struct json_object *events;
    int64_t done, refused;
};

static void report_event(struct report *r, size_t i, double score, enum err_code code, const struct err *e)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "id", r->asked->ids[i]);
    jx_set_text(row, "result", code == ERR_OK ? r->asked->verdict->status : "refused");
    jx_set_text(row, "code", code == ERR_OK ? NULL : err_name(code));
    jx_set_text(row, "error", code == ERR_OK ? NULL : e->message);
    jx_set(row, "score", code == ERR_OK ? view_score(score) : NULL);
    jx_push(r->events, row);
    if (code == ERR_OK)
        r->done++;
    else
        r->refused++;
}

/* What is about the event itself; all else is about the database, and nothing of the part was done. */
static bool is_refusal(enum err_code code)
{
    return code == ERR_NOT_FOUND || code == ERR_STALE;
}

static enum err_code judge_part(struct report *r, size_t first, size_t n, struct err *e)
{
    TRY(store_catch_up(r->s->store, 0, NULL, e));
    for (size_t i = first; i < first + n; i++) {
        struct service_verdict v = *r->asked->verdict;
        struct err why = {0};
        double score = -1;
        enum err_code code;

        v.revision = r->asked->revisions ? r->asked->revisions[i] : 0;
        code = judge(r->s, r->asked->ids[i], &v, &score, &why);
        if (code != ERR_OK && !is_refusal(code))
            return *e = why, code;
        report_event(r, i, score, code, &why);
    }
    return ERR_OK;
}

static enum err_code judge_in_transaction(struct report *r, size_t first, size_t n, struct err *e)
{
    TRY(store_begin(r->s->store, service_wait_ms(r->s), e));
    return store_end(r->s->store, judge_part(r, first, n, e), e);
}

/* A part that could not be kept is taken out of the report again and refused as a whole. */
static void refuse_part(struct report *r, size_t first, size_t n, enum err_code code, const struct err *e)
{
    while (json_object_array_length(r->events) > first) {
        struct json_object *last =
            json_object_array_get_idx(r->events, json_object_array_length(r->events) - 1);

        if (str_eq(jx_get_text(last, "result"), "refused"))
            r->refused--;
        else
            r->done--;
        json_object_array_del_idx(r->events, json_object_array_length(r->events) - 1, 1);
    }
    for (size_t i = first; i < first + n; i++)
        report_event(r, i, -1, code, e);
}

static enum err_code check_many(struct service *s, const struct service_verdicts *verdicts, size_t *n,
                                struct err *e)
{
    for (*n = 0; verdicts->ids[*n] && *n <= SERVICE_VALIDATE_MANY;)
        ++*n;
    if (!*n)
        service_problem(s, "events", "Choose at least one event.");
    if (*n > SERVICE_VALIDATE_MANY)
        service_problem(
            s, "events",
            arena_printf(s->arena, "Give a verdict about at most %d events at once.", SERVICE_VALIDATE_MANY));
    return check_verdict(s, verdicts->verdict, e);
}

enum err_code service_review_check(struct service *s, const struct service_verdicts *verdicts, struct err *e)
{
    size_t n;

    TRY(service_need(s, SERVICE_EDITOR, e));
    return check_many(s, verdicts, &n, e);
}

enum err_code service_review_many(struct service *s, const struct service_verdicts *verdicts,
                                  struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct report report = {.s = s, .asked = verdicts, .events = json_object_new_array()};
    size_t n = 0;

    jx_set(o, "events", report.events);
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(check_many(s, verdicts, &n, e));
    for (size_t i = 0; i < n; i += EVENTS_AT_ONCE) {
        size_t part = n - i < EVENTS_AT_ONCE ? n - i : EVENTS_AT_ONCE;
        struct err why = {0};
        enum err_code code = judge_in_transaction(&report, i, part, &why);

        if (code != ERR_OK && i == 0)
            return *e = why, code;
        if (code != ERR_OK)
            refuse_part(&report, i, part, code, &why);
    }
    jx_set_bool(o, "success", report.refused == 0);
    jx_set_int(o, verdicts->verdict->status, report.done);
    jx_set_int(o, "refused", report.refused);
    *view = o;
    return ERR_OK;
}
