#include "core/store/store_activity.h"

#include <stdlib.h>

#include "core/store/sql.h"

static void read_year(struct sql *q, struct arena *a, void *row)
{
    struct store_year *year = row;

    year->year = strtol(sql_text(q, a, "year"), NULL, 10);
    year->events = sql_int(q, "n");
}

enum err_code store_activity_years(struct store *s, struct arena *a, struct store_year **out, size_t *n,
                                   struct err *e)
{
    struct sql_rows rows = {.read = read_year, .size = sizeof **out};
    SQL(q, s, SQL_ACTIVITY_YEARS);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

static void read_week(struct sql *q, struct arena *a, void *row)
{
    struct store_week *week = row;

    week->monday = sql_text(q, a, "monday");
    week->pulls = sql_int(q, "pulls");
    week->pull_requests = sql_int(q, "pull_requests");
    week->failures = sql_int(q, "failures");
}

enum err_code store_activity_weeks(struct store *s, struct arena *a, const char *since_monday,
                                   struct store_week **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_week, .size = sizeof **out};
    SQL(q, s, SQL_ACTIVITY_WEEKS);

    sql_bind_text(&q, "since", since_monday);
    sql_bind_int(&q, "most", STORE_ACTIVITY_SYNCS);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
