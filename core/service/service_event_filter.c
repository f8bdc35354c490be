#include "core/service/service_event_filter.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/utf8.h"

enum { IMPORTANCE_MOST = 10, DATE_BYTES = 10 };

/* A year, a month or a day that exists: what is left out is the first of its kind. */
static bool is_date(const char *text)
{
    static const char rest[] = "-01-01";
    char whole[DATE_BYTES + 1];
    size_t n = strlen(text);

    if (n != 4 && n != 7 && n != DATE_BYTES)
        return false;
    memcpy(whole, text, n);
    memcpy(whole + n, rest + (n - 4), DATE_BYTES - n + 1);
    return clock_date_valid(whole);
}

static const char *read_date(struct service *s, const char *field, const char *text)
{
    if (!text || !*text)
        return NULL;
    if (!is_date(text))
        service_problem(s, field,
                        "Give a year, a month or a day that exists, such as 1994, 1994-05 or 1994-05-17.");
    return text;
}

static const char *read_name(struct service *s, const char *field, const char *text)
{
    if (!text || !*text)
        return NULL;
    if (strlen(text) > SERVICE_FILTER_BYTES || !utf8_valid(text, strlen(text), NULL))
        service_problem(s, field,
                        arena_printf(s->arena, "Give at most %d bytes of UTF-8.", SERVICE_FILTER_BYTES));
    return text;
}

static void read_importance(struct service *s, const char *text, struct store_event_filter *out)
{
    size_t n = text ? strlen(text) : 0;

    if (n == 0)
        return;
    out->has_importance = true;
    out->importance = n <= 2 && strspn(text, "0123456789") == n ? atoi(text) : -1;
    if (out->importance < 0 || out->importance > IMPORTANCE_MOST)
        service_problem(s, "importance", "Give a whole number from 0 to 10.");
}

/* Whether the end lies before everything that begins with `from`. */
static bool is_reversed(const char *from, const char *to)
{
    size_t n = strlen(to);

    return strncmp(to, from, n < strlen(from) ? n : strlen(from)) < 0;
}

static enum err_code read_query(struct service *s, const char *text, struct err *e)
{
    struct err why = {0};
    enum err_code code = store_event_check_query(s->store, text, &why);

    if (code == ERR_INVALID_INPUT)
        service_problem(s, "q", arena_strdup(s->arena, why.message));
    else if (code != ERR_OK)
        *e = why;
    return code == ERR_INVALID_INPUT ? ERR_OK : code;
}

enum err_code service_event_filter_read(struct service *s, const struct service_event_filter *filter,
                                        struct store_event_filter *out, struct err *e)
{
    *out =
        (struct store_event_filter){.state = filter->state, .query = filter->query, .cursor = filter->cursor};
    TRY(read_query(s, filter->query, e));
    out->from = read_date(s, "from", filter->from);
    out->to = read_date(s, "to", filter->to);
    out->tag = read_name(s, "tag", filter->tag);
    out->actor = read_name(s, "actor", filter->actor);
    read_importance(s, filter->importance, out);
    if (out->from && out->to && is_date(out->from) && is_date(out->to) && is_reversed(out->from, out->to))
        service_problem(s, "to", "This lies before the first date. Exchange the two, or leave one out.");
    return service_problems_end(s, e);
}
