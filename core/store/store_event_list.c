/*
 * Lists of events. Whatever a list asks for is found by going down places (store_place_of): along an index of tl_event,
 * through the search index, or through both at once. It ends when the page is full and the rest is counted, so its cost
 * follows the page and what lies between its events.
 */
#include <string.h>

#include "core/store/store_event_internal.h"

enum {
    PAGE_DEFAULT = 50,
    CURSOR_DIGITS = 16,
    STEPS_BEFORE_JUMP = 64, /* from there on finding the next place anew is cheaper */
    FEW_EVENTS = 64,        /* asking FTS5 anew so often costs less than going through all that it finds */
};

static const char *write_cursor(struct arena *a, int64_t place)
{
    return arena_printf(a, "%016llx", (unsigned long long)place);
}

static enum err_code read_cursor(const char *cursor, int64_t *place, struct err *e)
{
    bool valid = strlen(cursor) == CURSOR_DIGITS && strspn(cursor, "0123456789abcdef") == CURSOR_DIGITS;

    *place = 0;
    for (size_t i = 0; valid && i < CURSOR_DIGITS && *place <= INT64_MAX >> 4; i++)
        *place = *place << 4 | (strchr("0123456789abcdef", cursor[i]) - "0123456789abcdef");
    if (!valid || *place <= 1)
        return err_set(e, ERR_INVALID_INPUT,
                       "The cursor is not one that a list gave. Start from the first page.");
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
    const char *state, *expression; /* NULL: any */
    int64_t first, last;            /* the places of the dates asked for */
    int64_t behind;                 /* the page begins behind this place */
    size_t limit;
    bool dated, nothing; /* nothing: no event can be what is asked for */
    bool few;            /* events are in the state: the search may jump from one to the next */
    bool slow;           /* to go through: counted to the end of the page only */
};

static enum err_code count_state(struct store *s, const char *state, int64_t *total, struct err *e)
{
    struct store_event_counts counts;

    TRY(store_event_count(s, &counts, e));
    *total = !state                       ? counts.total
             : str_eq(state, "draft")     ? counts.draft
             : str_eq(state, "validated") ? counts.validated
             : str_eq(state, "exported")  ? counts.exported
             : str_eq(state, "merged")    ? counts.merged
             : str_eq(state, "conflict")  ? counts.conflict
                                          : counts.rejected;
    return ERR_OK;
}

/* A word with a star is never asked for anew: putting its documents together is most of the work. */
static enum err_code look_for_few(struct store *s, struct request *r, struct err *e)
{
    int64_t total = 0;

    if (!r->state || !r->expression || strchr(r->expression, '*'))
        return ERR_OK;
    TRY(count_state(s, r->state, &total, e));
    r->few = total <= FEW_EVENTS;
    return ERR_OK;
}

static enum err_code read_request(struct store *s, struct arena *a, const struct store_event_filter *filter,
                                  struct request *r, struct err *e)
{
    enum err_code code;

    *r = (struct request){.state = filter->state,
                          .behind = INT64_MAX,
                          .limit = filter->limit ? filter->limit : PAGE_DEFAULT,
                          .dated = filter->from || filter->to};
    TRY(check_state(filter->state, e));
    if (filter->cursor)
        TRY(read_cursor(filter->cursor, &r->behind, e));
    store_place_range(filter->from, filter->to, &r->first, &r->last);
    code = store_search_expression(s, a, filter, &r->expression, e);
    r->nothing = code == ERR_NOT_FOUND;
    r->slow = code == ERR_OK && r->expression && store_search_is_long(r->expression);
    return r->nothing ? ERR_OK : code == ERR_OK ? look_for_few(s, r, e) : code;
}

/* The places along one index, downwards. */
struct stream {
    struct sql *q;
    const struct request *request;
    int64_t at; /* 0: at the end */
};

/* Begin again at `last`. */
static enum err_code stream_seek(struct stream *stream, int64_t last, struct err *e)
{
    const struct request *r = stream->request;
    bool found = false;

    sql_again(stream->q);
    if (stream->q->name == SQL_PLACE_SEARCH)
        sql_bind_text(stream->q, "query", r->expression);
    if (stream->q->name == SQL_PLACE_STATE)
        sql_bind_text(stream->q, "state", r->state);
    sql_bind_int(stream->q, "first", r->first);
    sql_bind_int(stream->q, "last", last);
    TRY(sql_row(stream->q, &found, e));
    stream->at = found ? sql_int(stream->q, "place") : 0;
    return ERR_OK;
}

static enum err_code stream_next(struct stream *stream, struct err *e)
{
    bool found = false;

    TRY(sql_row(stream->q, &found, e));
    stream->at = found ? sql_int(stream->q, "place") : 0;
    return ERR_OK;
}

/* Go on to `last` or behind it. */
static enum err_code stream_advance(struct stream *stream, int64_t last, struct err *e)
{
    bool may_jump = stream->q->name != SQL_PLACE_SEARCH || stream->request->few;

    for (int steps = 0; stream->at > last; steps++) {
        if (steps == STEPS_BEFORE_JUMP && may_jump)
            return stream_seek(stream, last, e);
        TRY(stream_next(stream, e));
    }
    return ERR_OK;
}

/* The places that are in both streams; the second may be NULL. */
struct walk {
    struct stream *a, *b;
};

static enum err_code walk_meet(struct walk *w, struct err *e)
{
    while (w->b && w->a->at != w->b->at) {
        if (!w->a->at || !w->b->at) {
            w->a->at = 0;
            return ERR_OK;
        }
        TRY(stream_advance(w->a, w->b->at, e));
        TRY(stream_advance(w->b, w->a->at, e));
    }
    return ERR_OK;
}

static enum err_code walk_begin(struct walk *w, int64_t last, struct err *e)
{
    TRY(stream_seek(w->a, last, e));
    if (w->b)
        TRY(stream_seek(w->b, last, e));
    return walk_meet(w, e);
}

static enum err_code walk_next(struct walk *w, struct err *e)
{
    TRY(stream_next(w->a, e));
    return walk_meet(w, e);
}

/* The places of a page, and one more when there is another page. */
struct places {
    int64_t *items;
    size_t n, room;
};

/* Count from the top, and take what belongs to the page on the way. One more than the page is not counted: then there are
 * more than the total says. */
static enum err_code count_places(struct walk *w, const struct request *r, struct places *out,
                                  struct store_event_page *page, struct err *e)
{
    TRY(walk_begin(w, r->last, e));
    page->total_is_exact = false;
    for (; w->a->at && page->total < STORE_COUNT_MOST; page->total++) {
        if (w->a->at < r->behind && out->n < out->room)
            out->items[out->n++] = w->a->at;
        if (r->slow && out->n == out->room)
            return ERR_OK;
        TRY(walk_next(w, e));
    }
    page->total_is_exact = !w->a->at;
    return ERR_OK;
}

/* The rest of a page that counting did not get to. */
static enum err_code take_places(struct walk *w, const struct request *r, struct places *out, struct err *e)
{
    int64_t last = r->last < r->behind ? r->last : r->behind - 1;

    if (out->n)
        last = out->items[out->n - 1] - 1;
    TRY(walk_begin(w, last, e));
    while (w->a->at && out->n < out->room) {
        out->items[out->n++] = w->a->at;
        TRY(walk_next(w, e));
    }
    return ERR_OK;
}

static enum err_code find_places(struct store *s, const struct request *r, struct places *out,
                                 struct store_event_page *page, struct err *e)
{
    SQL(rows, s, r->state ? SQL_PLACE_STATE : SQL_PLACE_ALL);
    SQL(documents, s, SQL_PLACE_SEARCH);
    struct stream by_row = {.q = &rows, .request = r}, by_search = {.q = &documents, .request = r};
    struct walk walk = {&by_row, NULL};

    if (r->expression) {
        walk.a = &by_search;
        walk.b = r->state ? &by_row : NULL;
    }
    if (r->expression || r->dated)
        TRY(count_places(&walk, r, out, page, e));
    else
        TRY(count_state(s, r->state, &page->total, e));
    return out->n < out->room && (!page->total_is_exact || !(r->expression || r->dated))
               ? take_places(&walk, r, out, e)
               : ERR_OK;
}

static enum err_code read_page(struct store *s, struct arena *a, const struct places *places,
                               const struct request *r, struct store_event_page *out, struct err *e)
{
    size_t n = places->n > r->limit ? r->limit : places->n;
    SQL(q, s, SQL_EVENT_AT);

    out->items = arena_array(a, n ? n : 1, sizeof *out->items);
    for (size_t i = 0; i < n; i++) {
        enum err_code code;

        sql_again(&q);
        sql_bind_int(&q, "key", store_place_key(places->items[i]));
        code = sql_one(&q, a, store_event_read, &out->items[out->n], e);
        if (code == ERR_OK)
            out->n++;
        else if (code != ERR_NOT_FOUND) /* another program took the row, and that has not been worked off */
            return code;
    }
    if (places->n > r->limit)
        out->next_cursor = write_cursor(a, places->items[n - 1]);
    return ERR_OK;
}

static enum err_code list(struct store *s, struct arena *a, const struct request *r,
                          struct store_event_page *out, struct err *e)
{
    struct places places = {.room = r->limit + 1};

    places.items = arena_array(a, places.room, sizeof *places.items);
    TRY(find_places(s, r, &places, out, e));
    return read_page(s, a, &places, r, out, e);
}

/* All statements see the same rows. */
static enum err_code list_within(struct store *s, struct arena *a, const struct request *r,
                                 struct store_event_page *out, struct err *e)
{
    enum err_code code;

    if (s->writing || s->reading)
        return list(s, a, r, out, e);
    TRY(store_read_begin(s, e));
    code = list(s, a, r, out, e);
    store_read_end(s);
    return code;
}

enum err_code store_event_list(struct store *s, struct arena *a, const struct store_event_filter *filter,
                               struct store_event_page *out, struct err *e)
{
    struct request request;

    *out = (struct store_event_page){.total_is_exact = true};
    TRY(read_request(s, a, filter, &request, e));
    if (request.nothing)
        return ERR_OK;
    /* When the log cannot be worked off now (busy, read-only), the list shows what the index has. */
    if (request.expression)
        store_catch_up(s, 0, NULL, NULL);
    if (request.expression && s->writing)
        TRY(store_search_flush(s, e));
    return list_within(s, a, &request, out, e);
}
