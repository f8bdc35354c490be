#include "core/store/store_event_internal.h"

#include "core/util/clock.h"

static void bind_conflict(struct sql *q, const struct store_conflict *c)
{
    sql_bind_text(q, "event_id", c->event_id);
    sql_bind_text(q, "base", c->base);
    sql_bind_text(q, "ours", c->ours);
    sql_bind_text(q, "theirs", c->theirs);
    sql_bind_text(q, "fields", c->fields ? c->fields : "[]");
}

static enum err_code write_conflict(struct store *s, const struct store_conflict *c, struct err *e)
{
    SQL(update, s, SQL_CONFLICT_UPDATE);
    SQL(insert, s, SQL_CONFLICT_INSERT);

    bind_conflict(&update, c);
    TRY(sql_run(&update, e));
    if (sql_changes(s) > 0)
        return ERR_OK;
    bind_conflict(&insert, c);
    sql_bind_int(&insert, "opened_at", c->opened_at_us ? c->opened_at_us : clock_now_us());
    return sql_run(&insert, e);
}

enum err_code store_conflict_put(struct store *s, const struct store_conflict *c, struct err *e)
{
    arena_reset(s->scratch);
    TRY(write_conflict(s, c, e));
    return store_event_refresh(s, s->scratch, c->event_id, e);
}

static enum err_code delete_conflict(struct store *s, const char *event_id, struct err *e)
{
    SQL(q, s, SQL_EVENT_CONFLICT_DELETE);

    sql_bind_text(&q, "id", event_id);
    return sql_run(&q, e);
}

enum err_code store_conflict_close(struct store *s, const char *event_id, struct err *e)
{
    arena_reset(s->scratch);
    TRY(delete_conflict(s, event_id, e));
    return store_event_refresh(s, s->scratch, event_id, e);
}

static void read_conflict(struct sql *q, struct arena *a, void *row)
{
    struct store_conflict *c = row;

    c->event_id = sql_text(q, a, "event_id");
    c->base = sql_text_or_null(q, a, "base");
    c->ours = sql_text_or_null(q, a, "ours");
    c->theirs = sql_text_or_null(q, a, "theirs");
    c->fields = sql_text(q, a, "fields");
    c->opened_at_us = sql_int(q, "opened_at");
}

enum err_code store_conflict_get(struct store *s, struct arena *a, const char *event_id,
                                 struct store_conflict *out, struct err *e)
{
    SQL(q, s, SQL_CONFLICT_GET);
    enum err_code code;

    sql_bind_text(&q, "event_id", event_id);
    code = sql_one(&q, a, read_conflict, out, e);
    if (code == ERR_NOT_FOUND)
        return err_set(e, ERR_NOT_FOUND, "The event %s has no open conflict.", event_id);
    return code;
}

enum err_code store_conflict_list(struct store *s, struct arena *a, struct store_conflict **out, size_t *n,
                                  struct err *e)
{
    struct sql_rows rows = {.read = read_conflict, .size = sizeof **out};
    SQL(q, s, SQL_CONFLICT_LIST);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_conflict_page(struct store *s, struct arena *a, const struct store_conflict_slice *slice,
                                  struct store_conflict **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_conflict, .size = sizeof **out};
    SQL(q, s, SQL_CONFLICT_PAGE);

    sql_bind_int(&q, "opened_at", slice->opened_at_us);
    sql_bind_text_or_empty(&q, "event_id", slice->event_id);
    sql_bind_int(&q, "limit", (int64_t)slice->limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
