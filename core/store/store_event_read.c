#include "core/store/store_event.h"

#include <string.h>

#include "core/store/store_event_internal.h"
#include "core/util/clock.h"

enum {
    PAGE_DEFAULT = 50,
    CURSOR_BYTES = 4096,
};

static void read_event(struct sql *q, struct arena *a, void *row)
{
    struct store_event *event = row;
    const char *validated_at;

    event->id = sql_text(q, a, "id");
    event->date = sql_text(q, a, "date");
    event->title = sql_text(q, a, "title");
    event->summary = sql_text(q, a, "summary");
    event->status = sql_text(q, a, "status");
    event->file_path = sql_text(q, a, "file_path");
    event->importance = sql_is_null(q, "importance") ? -1 : sql_int(q, "importance");
    event->content = sql_text_or_null(q, a, "content");
    event->content_hash = sql_text(q, a, "content_hash");
    event->base_hash = sql_text(q, a, "base_hash");
    event->revision = sql_int(q, "revision");
    event->state = sql_text(q, a, "state");
    event->change = sql_text(q, a, "change");
    event->removed = sql_int(q, "removed");
    event->validation_status = sql_text(q, a, "validation_status");
    event->validation_notes = sql_text(q, a, "validation_notes");
    validated_at = sql_text(q, a, "validation_date");
    if (!clock_parse(validated_at, &event->validated_at_us))
        event->validated_at_us = 0;
    event->quality_score = sql_real(q, "quality_score", -1);
    event->auto_score = sql_real(q, "auto_score", 0);
    event->updated_at_us = sql_int(q, "updated_at");
    event->updated_by = sql_text(q, a, "updated_by");
}

enum err_code store_event_get(struct store *s, struct arena *a, const char *id, struct store_event *out,
                              struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_EVENT_GET);

    sql_bind_text(&q, "id", id);
    code = sql_one(&q, a, read_event, out, e);
    if (code == ERR_NOT_FOUND)
        return err_set(e, ERR_NOT_FOUND, "There is no event %s.", id);
    return code;
}

/* Where a page begins: behind this date and id. */
struct position {
    const char *date, *id;
};

/* A cursor is date, newline and id in hexadecimal: opaque, safe in a URL, and the same whatever is written meanwhile. */
static const char *write_cursor(struct arena *a, const struct store_event *last)
{
    const char *plain = arena_printf(a, "%s\n%s", last->date, last->id);
    size_t n = strlen(plain);
    char *cursor = arena_alloc(a, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        cursor[2 * i] = "0123456789abcdef"[(unsigned char)plain[i] >> 4];
        cursor[2 * i + 1] = "0123456789abcdef"[(unsigned char)plain[i] & 15];
    }
    return cursor;
}

static int digit(char c)
{
    const char *at = c ? strchr("0123456789abcdef", c) : NULL;

    return at ? (int)(at - "0123456789abcdef") : -1;
}

static enum err_code read_cursor(struct arena *a, const char *cursor, struct position *out, struct err *e)
{
    size_t n = strlen(cursor) / 2;
    char *plain = arena_alloc(a, n + 1);
    char *newline;
    bool valid = n > 0 && n <= CURSOR_BYTES && strlen(cursor) % 2 == 0;

    for (size_t i = 0; valid && i < n; i++) {
        int high = digit(cursor[2 * i]), low = digit(cursor[2 * i + 1]);
        valid = high >= 0 && low >= 0 && high + low > 0;
        plain[i] = (char)(high * 16 + low);
    }
    newline = valid ? strchr(plain, '\n') : NULL;
    if (!newline)
        return err_set(e, ERR_INVALID_INPUT,
                       "The cursor is not one that a list gave. Start from the first page.");
    *newline = '\0';
    *out = (struct position){.date = plain, .id = newline + 1};
    return ERR_OK;
}

static enum err_code check_state(const char *state, struct err *e)
{
    static const char *const known[] = {"draft", "validated", "exported", "merged", "conflict", "rejected"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!state || str_eq(state, known[i]))
            return ERR_OK;
    }
    return err_set(e, ERR_INVALID_INPUT,
                   "The state %s is not one of draft, validated, exported, merged, conflict, rejected.",
                   state);
}

/* What a list asks for, checked. */
struct request {
    const char *state, *expression;
    struct position from;
    size_t limit;
};

static enum err_code list_rows(struct store *s, struct arena *a, const struct request *r,
                               struct sql_rows *rows, struct err *e)
{
    SQL(q, s, r->expression ? SQL_EVENT_PAGE_SEARCH : r->state ? SQL_EVENT_PAGE_STATE : SQL_EVENT_PAGE);

    if (r->expression)
        sql_bind_text(&q, "query", r->expression);
    if (r->expression || r->state)
        sql_bind_text(&q, "state", r->state);
    sql_bind_text(&q, "date", r->from.date);
    sql_bind_text(&q, "id", r->from.id);
    sql_bind_int(&q, "limit", (int64_t)r->limit + 1); /* one more tells whether there is another page */
    return sql_list(&q, a, rows, e);
}

static enum err_code count_search(struct store *s, const struct request *r, int64_t *total, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_EVENT_COUNT_SEARCH);

    sql_bind_text(&q, "query", r->expression);
    sql_bind_text(&q, "state", r->state);
    TRY(sql_row(&q, &found, e));
    *total = found ? sql_int(&q, "n") : 0;
    return ERR_OK;
}

enum err_code store_event_count(struct store *s, struct store_event_counts *out, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct {
        const char *state;
        int64_t *n;
    } counts[] = {{"draft", &out->draft},   {"validated", &out->validated}, {"exported", &out->exported},
                  {"merged", &out->merged}, {"conflict", &out->conflict},   {"rejected", &out->rejected}};
    bool found = false;
    SQL(q, s, SQL_EVENT_COUNTS);

    *out = (struct store_event_counts){0};
    TRY(sql_row(&q, &found, e));
    while (found) {
        const char *state = sql_text(&q, a, "state");
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            if (str_eq(counts[i].state, state))
                out->total += *counts[i].n = sql_int(&q, "n");
        }
        TRY(sql_row(&q, &found, e));
    }
    return ERR_OK;
}

static enum err_code count_total(struct store *s, const struct request *r, int64_t *total, struct err *e)
{
    struct store_event_counts counts;

    if (r->expression)
        return count_search(s, r, total, e);
    TRY(store_event_count(s, &counts, e));
    *total = !r->state                       ? counts.total
             : str_eq(r->state, "draft")     ? counts.draft
             : str_eq(r->state, "validated") ? counts.validated
             : str_eq(r->state, "exported")  ? counts.exported
             : str_eq(r->state, "merged")    ? counts.merged
             : str_eq(r->state, "conflict")  ? counts.conflict
                                             : counts.rejected;
    return ERR_OK;
}

static enum err_code read_request(struct arena *a, const struct store_event_filter *filter, struct request *r,
                                  struct err *e)
{
    /* Before every date: U+10FFFF sorts behind all text. */
    *r = (struct request){.state = filter->state, .from = {.date = "\xf4\x8f\xbf\xbf", .id = ""}};
    r->limit = filter->limit ? filter->limit : PAGE_DEFAULT;
    TRY(check_state(filter->state, e));
    if (filter->cursor)
        TRY(read_cursor(a, filter->cursor, &r->from, e));
    if (filter->query)
        r->expression = store_search_expression(a, filter->query);
    return ERR_OK;
}

enum err_code store_event_list(struct store *s, struct arena *a, const struct store_event_filter *filter,
                               struct store_event_page *out, struct err *e)
{
    struct sql_rows rows = {.read = read_event, .size = sizeof *out->items};
    struct request request;

    *out = (struct store_event_page){0};
    TRY(read_request(a, filter, &request, e));
    if (filter->query && !request.expression)
        return ERR_OK;
    /* When the log cannot be worked off now (busy, read-only), the list shows what the index has. */
    if (request.expression)
        store_catch_up(s, 0, NULL, NULL);
    if (request.expression && s->writing)
        TRY(store_search_flush(s, e));
    TRY(list_rows(s, a, &request, &rows, e));
    TRY(count_total(s, &request, &out->total, e));
    out->items = rows.items;
    out->n = rows.n > request.limit ? request.limit : rows.n;
    if (rows.n > request.limit)
        out->next_cursor = write_cursor(a, &out->items[out->n - 1]);
    return ERR_OK;
}

enum err_code store_event_pending_export(struct store *s, struct arena *a, struct store_event **out,
                                         size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_event, .size = sizeof **out};
    SQL(q, s, SQL_EVENT_PENDING_EXPORT);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

static void read_revision(struct sql *q, struct arena *a, void *row)
{
    struct store_revision *revision = row;

    revision->revision = sql_int(q, "revision");
    revision->at_us = sql_int(q, "at");
    revision->author = sql_text(q, a, "author");
    revision->reason = sql_text(q, a, "reason");
    revision->content = sql_text(q, a, "content");
}

enum err_code store_event_history(struct store *s, struct arena *a, const char *id, size_t limit,
                                  struct store_revision **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_revision, .size = sizeof **out};
    SQL(q, s, SQL_EVENT_HISTORY);

    sql_bind_text(&q, "id", id);
    sql_bind_int(&q, "limit", (int64_t)limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
