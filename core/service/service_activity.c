/*
 * Counts over time, for the pictures of the status page and the sync history.
 */
#include <string.h>

#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/store/store_activity.h"
#include "core/util/clock.h"
#include "core/util/str.h"

enum { WEEK_DAYS = 7, DATE_BYTES = 10, FIRST_MONDAY = 4 /* 1970-01-05 */ };
static const int64_t day_us = 86400 * INT64_C(1000000);

enum err_code service_years(struct service *s, struct json_object **view, struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_year *years;
    size_t n;

    *view = jx_own(s->arena, json_object_new_object());
    jx_set(*view, "years", list);
    TRY(service_need(s, SERVICE_VIEWER, e));
    TRY(store_activity_years(s->store, s->arena, &years, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_int(row, "year", years[i].year);
        jx_set_int(row, "events", years[i].events);
        jx_push(list, row);
    }
    return ERR_OK;
}

static const char *date_of_day(struct arena *a, int64_t day)
{
    return arena_strndup(a, clock_rfc3339(a, day * day_us), DATE_BYTES);
}

static struct json_object *week_row(const char *monday, const struct store_week *week)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "monday", monday);
    jx_set_int(row, "pulls", week->pulls);
    jx_set_int(row, "pull_requests", week->pull_requests);
    jx_set_int(row, "failures", week->failures);
    return row;
}

enum err_code service_weeks(struct service *s, struct json_object **view, struct err *e)
{
    static const struct store_week none;
    int64_t today = clock_now_us() / day_us;
    int64_t monday = today - (today - FIRST_MONDAY) % WEEK_DAYS - (SERVICE_WEEKS - 1) * WEEK_DAYS;
    struct json_object *list = json_object_new_array();
    struct store_week *weeks;
    size_t n;
    size_t next = 0;

    *view = jx_own(s->arena, json_object_new_object());
    jx_set(*view, "weeks", list);
    TRY(service_need(s, SERVICE_VIEWER, e));
    TRY(store_activity_weeks(s->store, s->arena, date_of_day(s->arena, monday), &weeks, &n, e));
    for (int64_t day = monday; day <= today; day += WEEK_DAYS) {
        const char *date = date_of_day(s->arena, day);

        while (next < n && strcmp(weeks[next].monday, date) < 0)
            next++;
        jx_push(list,
                week_row(date, next < n && strcmp(weeks[next].monday, date) == 0 ? &weeks[next] : &none));
    }
    return ERR_OK;
}
