/*
 * event_export_status, for who reads it beside Tideline. It tells of the content that the event has now, in the repository
 * that is followed now:
 *
 *     in an open pull request             exported 1, its date and number, merged 0
 *     merged, or followed since then      exported 1, its date and number, merged 1 and when
 *     anything else, once it was sent     exported 0, nothing else: closed, edited or removed since, another repository
 *     never sent from here                no row, or the row of another program as that left it
 *
 * It follows from the journal whenever an event or a pull request is written, in the same transaction.
 */
#include "core/store/store_event_internal.h"
#include "core/util/clock.h"

/* A pull request that carried the event. */
struct sent {
    int64_t number, opened_at_us, settled_at_us;
    bool counts;       /* it is open or merged, in the repository that is followed */
    bool merged, same; /* same: it carried what the event is now */
};

static void read_sent(struct sql *q, struct arena *a, void *row)
{
    struct sent *sent = row;

    (void)a;
    sent->number = sql_int(q, "number");
    sent->counts = sql_int(q, "counts");
    sent->merged = sql_int(q, "merged");
    sent->opened_at_us = sql_int(q, "opened_at");
    sent->settled_at_us = sql_int(q, "settled_at");
    sent->same = sql_int(q, "same");
}

static enum err_code list_sent(struct store *s, struct arena *a, const struct event_now *now,
                               struct sql_rows *rows, struct err *e)
{
    SQL(q, s, SQL_EXPORT_STATUS_SENT);

    *rows = (struct sql_rows){.read = read_sent, .size = sizeof(struct sent)};
    sql_bind_text(&q, "id", now->id);
    sql_bind_text(&q, "hash", now->content_hash);
    sql_bind_int(&q, "removed", now->removed);
    return sql_list(&q, a, rows, e);
}

/* The one to tell of, newest first: NULL for none. */
static const struct sent *choose(const struct event_now *now, const struct sql_rows *rows)
{
    const struct sent *all = rows->items;
    const struct sent *landed = NULL;

    for (size_t i = 0; i < rows->n; i++) {
        if (all[i].counts && all[i].same)
            return &all[i];
        if (all[i].counts && all[i].merged && !landed)
            landed = &all[i];
    }
    /* Merged, and what the repository made of it since has come in. */
    return str_eq(now->change, "none") ? landed : NULL;
}

static void bind_sent(struct sql *q, struct arena *a, const struct event_now *now, const struct sent *sent)
{
    sql_bind_text(q, "id", now->id);
    sql_bind_int(q, "number", sent->number);
    sql_bind_text(q, "date", sent->opened_at_us ? clock_sql(a, sent->opened_at_us) : NULL);
    sql_bind_int(q, "merged", sent->merged);
    sql_bind_text(q, "merge_date", sent->merged ? clock_sql(a, sent->settled_at_us) : NULL);
}

static enum err_code tell(struct store *s, struct arena *a, const struct event_now *now,
                          const struct sent *sent, struct err *e)
{
    SQL(insert, s, SQL_EXPORT_STATUS_INSERT);
    SQL(update, s, SQL_EXPORT_STATUS_UPDATE);

    bind_sent(&insert, a, now, sent);
    TRY(sql_run(&insert, e));
    bind_sent(&update, a, now, sent);
    return sql_run(&update, e);
}

/* A number that is none of ours is another program's to take back. */
static enum err_code clear(struct store *s, const char *id, struct err *e)
{
    SQL(q, s, SQL_EXPORT_STATUS_CLEAR);

    sql_bind_text(&q, "id", id);
    return sql_run(&q, e);
}

enum err_code store_export_status_follow(struct store *s, const struct event_now *now, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct sql_rows rows;
    const struct sent *sent;

    TRY(list_sent(s, a, now, &rows, e));
    if (!rows.n)
        return ERR_OK;
    sent = choose(now, &rows);
    return sent ? tell(s, a, now, sent, e) : clear(s, now->id, e);
}
