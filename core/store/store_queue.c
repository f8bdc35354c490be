/*
 * The queue of review. A place in it is the time of an event's last change and its key, which the cursor spells.
 */
#include "core/store/store_review.h"

#include <stdlib.h>
#include <string.h>

#include "core/event/event.h"
#include "core/store/sql.h"
#include "core/util/clock.h"

enum { CURSOR_DIGITS = 24, TIME_DIGITS = 16 };

struct place {
    int64_t at, key;
};

static const char *write_cursor(struct arena *a, const struct place *place)
{
    return arena_printf(a, "%016llx%08llx", (unsigned long long)place->at, (unsigned long long)place->key);
}

static enum err_code read_cursor(const char *cursor, struct place *out, struct err *e)
{
    char at[TIME_DIGITS + 1] = "";

    if (!cursor)
        return ERR_OK;
    if (strlen(cursor) != CURSOR_DIGITS || strspn(cursor, "0123456789abcdef") != CURSOR_DIGITS ||
        cursor[0] != '0')
        return err_set(e, ERR_INVALID_INPUT,
                       "The cursor is not one that the queue gave. Start from the first page.");
    memcpy(at, cursor, TIME_DIGITS);
    out->at = strtoll(at, NULL, 16);
    out->key = strtoll(cursor + TIME_DIGITS, NULL, 16);
    return ERR_OK;
}

static enum err_code check_change(const char *change, struct err *e)
{
    if (!change || str_eq(change, "added") || str_eq(change, "changed") || str_eq(change, "removed"))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "The change %s is not one of added, changed, removed.", change);
}

static int count_deductions(struct arena *a, const char *content)
{
    struct json_object *fields = NULL;
    struct event_quality quality = {0};
    int n = 0;

    if (jx_parse(a, content, strlen(content), &fields, NULL) == ERR_OK)
        event_quality(a, fields, &quality);
    for (const struct event_deduction *d = quality.deductions; d; d = d->next)
        n++;
    return n;
}

static void read_row(struct sql *q, struct arena *a, void *row)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct store_queue_row *out = row;

    out->key = sql_int(q, "key");
    out->id = sql_text(q, a, "id");
    out->date = sql_text(q, a, "date");
    out->title = sql_text(q, a, "title");
    out->change = sql_text(q, a, "change");
    out->revision = sql_int(q, "revision");
    out->waiting_since_us = sql_int(q, "updated_at");
    out->updated_by = sql_text(q, a, "updated_by");
    out->auto_score = sql_real(q, "auto_score", 0);
    out->reserved_by = sql_text_or_null(q, a, "reserved_by");
    if (!out->reserved_by || !clock_parse(sql_text(q, scratch, "reserved_at"), &out->reserved_at_us))
        out->reserved_by = NULL;
    out->verdict_notes = sql_text(q, a, "notes");
    out->sent_back = str_eq(sql_text(q, scratch, "verdict"), "pending") && *out->verdict_notes &&
                     sql_int(q, "verdict_revision") == out->revision;
    /* Contents are large and a page of them is not shown. */
    out->deductions = count_deductions(scratch, sql_text(q, scratch, "content"));
}

static void bind_filter(struct sql *q, const struct store_queue_filter *filter, const char *since)
{
    sql_bind_text(q, "since", since);
    sql_bind_text(q, "free_for", filter->free_for);
}

/* One row more than the page tells whether there is another. */
static enum err_code read_page(struct store *s, struct arena *a, const struct store_queue_filter *filter,
                               struct store_queue_page *out, struct err *e)
{
    struct sql_rows rows = {.read = read_row, .size = sizeof *out->items};
    struct place place = {INT64_MIN, 0};
    SQL(q, s, filter->change ? SQL_QUEUE_CHANGE : SQL_QUEUE_ALL);

    TRY(read_cursor(filter->cursor, &place, e));
    bind_filter(&q, filter, clock_sql(a, filter->since_us));
    if (filter->change)
        sql_bind_text(&q, "change", filter->change);
    sql_bind_int(&q, "at", place.at);
    sql_bind_int(&q, "key", place.key);
    sql_bind_int(&q, "limit", (int64_t)filter->limit + 1);
    TRY(sql_list(&q, a, &rows, e));
    out->items = rows.items;
    out->n = rows.n < filter->limit ? rows.n : filter->limit;
    if (rows.n > filter->limit) {
        const struct store_queue_row *last = &out->items[out->n - 1];

        out->next_cursor = write_cursor(a, &(struct place){last->waiting_since_us, last->key});
    }
    return ERR_OK;
}

static enum err_code count(struct sql *q, int64_t *n, struct err *e)
{
    bool found = false;

    TRY(sql_row(q, &found, e));
    *n = found ? sql_int(q, "n") : 0;
    return ERR_OK;
}

static enum err_code count_total(struct store *s, struct arena *a, const struct store_queue_filter *filter,
                                 int64_t *total, struct err *e)
{
    int64_t reserved = 0;
    SQL(all, s, SQL_QUEUE_COUNT);
    SQL(taken, s, SQL_QUEUE_RESERVED);

    sql_bind_text(&all, "change", filter->change);
    TRY(count(&all, total, e));
    if (!filter->free_for)
        return ERR_OK;
    bind_filter(&taken, filter, clock_sql(a, filter->since_us));
    sql_bind_text(&taken, "change", filter->change);
    TRY(count(&taken, &reserved, e));
    *total -= reserved;
    return ERR_OK;
}

static enum err_code list(struct store *s, struct arena *a, const struct store_queue_filter *filter,
                          struct store_queue_page *out, struct err *e)
{
    TRY(read_page(s, a, filter, out, e));
    return count_total(s, a, filter, &out->total, e);
}

enum err_code store_queue_list(struct store *s, struct arena *a, const struct store_queue_filter *filter,
                               struct store_queue_page *out, struct err *e)
{
    enum err_code code;

    *out = (struct store_queue_page){0};
    TRY(check_change(filter->change, e));
    if (s->writing || s->reading)
        return list(s, a, filter, out, e);
    TRY(store_read_begin(s, e));
    code = list(s, a, filter, out, e);
    store_read_end(s);
    return code;
}

enum err_code store_queue_behind(struct store *s, struct arena *a, const char *id, const char **cursor,
                                 struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_QUEUE_PLACE);

    sql_bind_text(&q, "id", id);
    TRY(sql_row(&q, &found, e));
    *cursor = NULL;
    if (found)
        *cursor = write_cursor(a, &(struct place){sql_int(&q, "updated_at"), sql_int(&q, "key")});
    return ERR_OK;
}
