#include "core/store/store_alike.h"

#include "core/store/store_event_internal.h"

static void read_alike(struct sql *q, struct arena *a, void *row)
{
    struct store_alike *alike = row;

    alike->id = sql_text(q, a, "id");
    alike->date = sql_text(q, a, "date");
    alike->title = sql_text(q, a, "title");
    alike->state = sql_text(q, a, "state");
    alike->content = sql_text_or_null(q, a, "content");
}

static enum err_code list(struct sql *q, struct arena *a, struct store_alike **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_alike, .size = sizeof **out};

    TRY(sql_list(q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_alike_of_date(struct store *s, struct arena *a, const char *date, size_t limit,
                                  struct store_alike **out, size_t *n, struct err *e)
{
    int64_t first, last;
    SQL(q, s, SQL_EVENT_OF_DATE);

    store_place_range(date, date, &first, &last);
    sql_bind_int(&q, "first", first);
    sql_bind_int(&q, "last", last);
    sql_bind_text(&q, "date", date);
    sql_bind_int(&q, "limit", (int64_t)limit);
    return list(&q, a, out, n, e);
}

enum err_code store_alike_with_url(struct store *s, struct arena *a, const struct store_urls *urls,
                                   size_t limit, struct store_alike **out, size_t *n, struct err *e)
{
    SQL(q, s, SQL_EVENT_WITH_URL);

    *out = NULL;
    *n = 0;
    if (!urls->n)
        return ERR_OK;
    sql_bind_text(&q, "query", store_facet_urls(a, urls));
    sql_bind_int(&q, "limit", (int64_t)limit);
    return list(&q, a, out, n, e);
}
