/*
 * The queue of review and who has reserved what of it.
 */
#include "core/service/service_review.h"

#include "core/service/service_internal.h"
#include "core/store/store_review.h"
#include "core/util/clock.h"

enum { QUEUE_DEFAULT = 50, VERDICTS_SHOWN = 20 };

static const int64_t reserve_us = (int64_t)SERVICE_RESERVE_MINUTES * 60 * 1000 * 1000;

static struct json_object *queue_row(struct service *s, const struct store_queue_row *row)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "id", row->id);
    jx_set_text(o, "date", row->date);
    jx_set_text(o, "title", row->title);
    jx_set_text(o, "change", row->change);
    jx_set_int(o, "revision", row->revision);
    view_time(s, o, "waiting_since", row->waiting_since_us);
    view_text(o, "updated_by", row->updated_by);
    jx_set(o, "automatic_score", view_score(row->auto_score));
    jx_set_int(o, "deductions", row->deductions);
    jx_set_text(o, "reserved_by", row->reserved_by);
    view_time(s, o, "reserved_until", row->reserved_by ? row->reserved_at_us + reserve_us : 0);
    jx_set_bool(o, "mine", row->reserved_by && str_eq(row->reserved_by, s->actor));
    jx_set_bool(o, "sent_back", row->sent_back);
    view_text(o, "notes", row->sent_back ? row->verdict_notes : "");
    return o;
}

static enum err_code read_queue(struct service *s, const struct service_queue_filter *filter,
                                struct store_queue_page *page, struct err *e)
{
    const struct store_queue_filter f = {
        .change = filter->change,
        .free_for = filter->free_only ? s->actor : NULL,
        .since_us = clock_now_us() - reserve_us,
        .cursor = filter->cursor,
        .limit = filter->limit ? (size_t)filter->limit : QUEUE_DEFAULT,
    };

    if (filter->limit < 0 || filter->limit > SERVICE_QUEUE_MOST)
        return err_set(e, ERR_INVALID_INPUT, "The limit must be a number from 1 to %d.", SERVICE_QUEUE_MOST);
    service_see_other_programs(s);
    return store_queue_list(s->store, s->arena, &f, page, e);
}

enum err_code service_review_queue(struct service *s, const struct service_queue_filter *filter,
                                   struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();
    struct store_queue_page page;

    jx_set_bool(o, "success", true);
    jx_set(o, "events", list);
    TRY(read_queue(s, filter, &page, e));
    for (size_t i = 0; i < page.n; i++)
        jx_push(list, queue_row(s, &page.items[i]));
    jx_set_text(o, "next_cursor", page.next_cursor);
    jx_set_int(o, "total", page.total);
    *view = o;
    return ERR_OK;
}

enum err_code service_review_next(struct service *s, const char *id, const char **next, struct err *e)
{
    struct service_queue_filter filter = {.limit = 1, .free_only = true};
    struct store_queue_page page;

    *next = NULL;
    TRY(store_queue_behind(s->store, s->arena, id, &filter.cursor, e));
    if (!filter.cursor)
        return ERR_OK;
    TRY(read_queue(s, &filter, &page, e));
    if (page.n)
        *next = page.items[0].id;
    return ERR_OK;
}

/* Who has it now; by NULL: nobody. */
static enum err_code current(struct service *s, const char *id, struct store_reservation *out, struct err *e)
{
    TRY(store_reservation_get(s->store, s->arena, id, out, e));
    if (out->by && out->at_us + reserve_us <= clock_now_us())
        out->by = NULL;
    return ERR_OK;
}

static enum err_code taken(struct service *s, const char *id, const struct store_reservation *by,
                           struct err *e)
{
    return err_set(e, ERR_EXISTS,
                   "The event %s is reserved by %s until %s. Take it over if you have agreed on that.", id,
                   by->by, clock_rfc3339(s->arena, by->at_us + reserve_us));
}

static enum err_code reserve(struct service *s, const char *id, bool take_over, struct err *e)
{
    struct store_reservation now;
    struct store_event event;

    TRY(store_catch_up(s->store, 0, NULL, e));
    TRY(store_event_get(s->store, s->arena, id, &event, e));
    if (!str_eq(event.state, "draft"))
        return err_set(e, ERR_NOTHING_TO_DO,
                       "The event %s is %s and does not wait for review, so there is nothing to reserve.", id,
                       event.state);
    TRY(current(s, id, &now, e));
    if (now.by && !take_over && !str_eq(now.by, s->actor))
        return taken(s, id, &now, e);
    return store_reservation_set(s->store, id, s->actor, e);
}

static enum err_code release(struct service *s, const char *id, struct err *e)
{
    struct store_reservation now;

    TRY(current(s, id, &now, e));
    if (now.by && !str_eq(now.by, s->actor))
        return taken(s, id, &now, e);
    return store_reservation_end(s->store, id, e);
}

enum err_code service_review_reserve(struct service *s, const char *id, bool take_over,
                                     struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, reserve(s, id, take_over, e), e));
    return service_event_show(s, id, view, e);
}

enum err_code service_review_release(struct service *s, const char *id, struct json_object **view,
                                     struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, release(s, id, e), e));
    return service_event_show(s, id, view, e);
}

static enum err_code add_reservation(struct service *s, const struct store_event *event,
                                     struct json_object *view, struct err *e)
{
    struct store_reservation now = {0};
    struct json_object *o;

    jx_set(view, "reservation", NULL);
    /* What other programs have judged, they need not have released. */
    if (str_eq(event->state, "draft"))
        TRY(current(s, event->id, &now, e));
    if (!now.by)
        return ERR_OK;
    o = json_object_new_object();
    jx_set_text(o, "by", now.by);
    view_time(s, o, "until", now.at_us + reserve_us);
    jx_set_bool(o, "mine", str_eq(now.by, s->actor));
    jx_set(view, "reservation", o);
    return ERR_OK;
}

static struct json_object *verdict_row(struct service *s, const struct store_given_verdict *given)
{
    struct json_object *o = json_object_new_object();

    jx_set_int(o, "revision", given->revision);
    view_time(s, o, "at", given->at_us);
    view_text(o, "author", given->author);
    jx_set_text(o, "status", given->status);
    jx_set(o, "score", view_score(given->score));
    view_text(o, "notes", given->notes);
    return o;
}

enum err_code service_review_add(struct service *s, const struct store_event *event, struct json_object *view,
                                 struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_given_verdict *given;
    size_t n;

    jx_set(view, "verdicts", list);
    TRY(store_verdict_list(s->store, s->arena, event->id, VERDICTS_SHOWN, &given, &n, e));
    for (size_t i = 0; i < n; i++)
        jx_push(list, verdict_row(s, &given[i]));
    return add_reservation(s, event, view, e);
}
