/*
 * What an event is now, and how its state follows from that.
 */
#include "core/store/store_event_internal.h"

#include <string.h>

#include "core/util/str.h"

static void read_now(struct sql *q, struct arena *a, void *row)
{
    struct event_now *now = row;

    now->key = sql_int(q, "key");
    now->place = sql_int(q, "place");
    now->date = sql_text(q, a, "date");
    now->revision = sql_int(q, "revision");
    now->content_hash = sql_text(q, a, "content_hash");
    now->base_hash = sql_text(q, a, "base_hash");
    now->removed = sql_int(q, "removed");
    now->withdrawn = sql_int(q, "removed") == STORE_WITHDRAWN;
    now->state = sql_text(q, a, "state");
    now->change = sql_text(q, a, "change");
    now->auto_score = sql_real(q, "auto_score", 0);
    now->updated_at_us = sql_int(q, "updated_at");
    now->updated_by = sql_text(q, a, "updated_by");
    now->reason = sql_text(q, a, "reason");
    now->content = sql_is_null(q, "row_id") ? NULL : sql_text(q, a, "json_content");
    now->file_path = sql_text(q, a, "file_path");
    now->validation_status = sql_text(q, a, "validation_status");
    now->last_revision = sql_int(q, "last_revision");
    now->conflict = sql_int(q, "conflict");
    now->logged = sql_int(q, "logged");
}

enum err_code store_event_now(struct store *s, struct arena *a, const char *id, struct event_now *now,
                              struct err *e)
{
    SQL(q, s, SQL_EVENT_NOW);

    *now = (struct event_now){.id = id};
    sql_bind_text(&q, "id", id);
    return sql_one(&q, a, read_now, now, e);
}

enum err_code store_event_now_settled(struct store *s, struct arena *a, const char *id, struct event_now *now,
                                      struct err *e)
{
    TRY(store_mute(s, e));
    TRY(store_event_now(s, a, id, now, e));
    if (!now->logged)
        return ERR_OK;
    TRY(store_event_settle(s, a, id, e));
    return store_event_now(s, a, id, now, e);
}

static const char *change_of(const struct event_now *now)
{
    if (now->removed)
        return *now->base_hash || now->withdrawn ? "removed" : "none";
    if (!*now->base_hash)
        return "added";
    return str_eq(now->content_hash, now->base_hash) ? "none" : "changed";
}

static enum err_code in_open_pr(struct store *s, const struct event_now *now, bool *found, struct err *e)
{
    SQL(q, s, SQL_EVENT_IN_OPEN_PR);

    sql_bind_text(&q, "id", now->id);
    sql_bind_text(&q, "hash", now->content_hash);
    sql_bind_int(&q, "removed", now->removed);
    return sql_row(&q, found, e);
}

/* Equal to the repository comes before any pull request: there is nothing left to send. */
enum err_code store_event_compute(struct store *s, struct event_now *now, struct err *e)
{
    bool exported = false;

    now->change = change_of(now);
    if (now->conflict)
        now->state = "conflict";
    else if (now->removed && !*now->base_hash && !now->withdrawn)
        now->state = "gone";
    else if (str_eq(now->change, "none"))
        now->state = "merged";
    else {
        TRY(in_open_pr(s, now, &exported, e));
        if (exported)
            now->state = "exported";
        else if (str_eq(now->validation_status, "validated") || str_eq(now->validation_status, "rejected"))
            now->state = now->validation_status;
        else
            now->state = "draft";
    }
    return ERR_OK;
}

static void bind_event(struct sql *q, const struct event_now *now)
{
    sql_bind_text(q, "date", now->date);
    sql_bind_int(q, "place", now->place);
    sql_bind_int(q, "revision", now->revision);
    sql_bind_text(q, "content_hash", now->content_hash);
    sql_bind_text(q, "base_hash", now->base_hash);
    sql_bind_text(q, "change", now->change);
    sql_bind_text(q, "state", now->state);
    sql_bind_real(q, "auto_score", now->auto_score);
    sql_bind_int(q, "updated_at", now->updated_at_us);
    sql_bind_text(q, "updated_by", now->updated_by);
    sql_bind_text(q, "reason", now->reason);
}

static enum err_code next_key(struct store *s, int64_t *key, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_EVENT_NEXT_KEY);

    TRY(sql_row(&q, &found, e));
    *key = found ? sql_int(&q, "key") : 1;
    if (*key >= STORE_PLACE_KEYS)
        return err_set(e, ERR_TOO_LARGE, "The database %s holds as many events as one can hold.", s->path);
    return ERR_OK;
}

static enum err_code insert(struct store *s, struct event_now *now, struct err *e)
{
    SQL(q, s, SQL_EVENT_INSERT);

    TRY(next_key(s, &now->key, e));
    now->place = store_place_of(now->date, now->key);
    bind_event(&q, now);
    sql_bind_text(&q, "id", now->id);
    sql_bind_int(&q, "key", now->key);
    return sql_run(&q, e);
}

/* An event that shows in no list any more has no search document either, and gets one when it is back. */
static enum err_code move_document(struct store *s, struct event_now *now, int64_t place, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *fields = NULL;

    if (place == now->place)
        return ERR_OK;
    if (now->place)
        store_search_remove(s, a, now->place, now->content);
    now->place = place;
    if (!place || !now->content)
        return ERR_OK;
    TRY(jx_parse(a, now->content, strlen(now->content), &fields, e));
    return store_search_put(s, place, store_event_extract(a, a, fields), e);
}

static enum err_code update(struct store *s, const struct event_now *now, struct err *e)
{
    SQL(q, s, SQL_EVENT_UPDATE);

    bind_event(&q, now);
    sql_bind_int(&q, "removed", now->withdrawn ? STORE_WITHDRAWN : now->removed);
    sql_bind_int(&q, "key", now->key);
    return sql_run(&q, e);
}

/* An event that never was here before was never sent either. */
enum err_code store_event_save(struct store *s, struct event_now *now, struct err *e)
{
    bool fresh = now->key == 0;

    TRY(store_event_compute(s, now, e));
    if (!fresh)
        TRY(move_document(s, now, str_eq(now->state, "gone") ? 0 : store_place_of(now->date, now->key), e));
    TRY(fresh ? insert(s, now, e) : update(s, now, e));
    return fresh && !now->last_revision ? ERR_OK : store_export_status_follow(s, now, e);
}

enum err_code store_event_refresh(struct store *s, struct arena *a, const char *id, struct err *e)
{
    struct event_now now;

    TRY(store_event_now_settled(s, a, id, &now, e));
    return now.key ? store_event_save(s, &now, e) : ERR_OK;
}
