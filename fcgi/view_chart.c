#include "fcgi/view_chart.h"

#include "core/util/str.h"

enum { WIDTH = 640, BAR_HEIGHT = 96, MARK_ROOM = 18, RADIUS = 5, LEAST_HEIGHT = 2, EARLIER = 20 };

struct chart {
    struct arena *a;
    struct json_object *model, *bars, *circles, *triangles, *rows;
    int64_t n, most; /* columns, and the greatest value */
    int64_t base;    /* where bars stand */
};

static struct json_object *list_in(struct json_object *model, const char *key)
{
    struct json_object *list = json_object_new_array();

    jx_set(model, key, list);
    return list;
}

static struct chart begin(struct exchange *x, const char *id, int64_t n, int64_t most)
{
    struct chart c = {.a = x->arena, .model = json_object_new_object(), .n = n, .most = most};

    c.bars = list_in(c.model, "bars");
    c.circles = list_in(c.model, "circles");
    c.triangles = list_in(c.model, "triangles");
    c.rows = list_in(c.model, "rows");
    jx_set_text(c.model, "id", id);
    jx_set_int(c.model, "width", WIDTH);
    return c;
}

/* The room of one column, with a gap of a quarter between two. */
static int64_t left_of(const struct chart *c, int64_t column)
{
    return WIDTH * column / c->n;
}

static int64_t room_of(const struct chart *c, int64_t column)
{
    int64_t room = left_of(c, column + 1) - left_of(c, column);

    return room > 3 ? room - room / 4 : room;
}

static void add_bar(struct chart *c, int64_t column, int64_t value, const char *text)
{
    struct json_object *bar;
    int64_t height;

    if (value <= 0)
        return;
    height = BAR_HEIGHT * value / c->most;
    height = height < LEAST_HEIGHT ? LEAST_HEIGHT : height;
    bar = json_object_new_object();
    jx_set_text(bar, "x", arena_printf(c->a, "%lld", (long long)left_of(c, column)));
    jx_set_text(bar, "y", arena_printf(c->a, "%lld", (long long)(c->base - height)));
    jx_set_int(bar, "width", room_of(c, column));
    jx_set_int(bar, "height", height);
    jx_set_text(bar, "text", text);
    jx_push(c->bars, bar);
}

static void add_row(struct chart *c, const char *label, const char *const *cells)
{
    struct json_object *row = json_object_new_object();
    struct json_object *list = list_in(row, "cells");

    jx_set_text(row, "label", label);
    for (; *cells; cells++)
        jx_push_text(list, *cells);
    jx_push(c->rows, row);
}

static void set_heads(struct chart *c, const char *first, const char *const *others)
{
    struct json_object *list = list_in(c->model, "heads");

    jx_set_text(c->model, "head", first);
    for (; *others; others++)
        jx_push_text(list, *others);
}

/* ---- events per year */

static int64_t year_of(const struct json_object *years, size_t i)
{
    return jx_get_int(json_object_array_get_idx(years, i), "year", 0);
}

/* How many years go together: a round number, so that columns begin where people expect them to. */
static int64_t step_for(int64_t first, int64_t last)
{
    static const int64_t steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (last / steps[i] - first / steps[i] < CHART_BARS)
            return steps[i];
    return 1000;
}

static const char *years_text(struct arena *a, int64_t year, int64_t step)
{
    return step == 1 ? arena_printf(a, "%04lld", (long long)year)
                     : arena_printf(a, "%04lld–%04lld", (long long)year, (long long)(year + step - 1));
}

struct years {
    int64_t first, step, n; /* of columns */
    int64_t *counts;
    int64_t total, most, most_column;
    int64_t earlier; /* left out of the picture */
};

static int64_t events_of(const struct json_object *years, size_t i)
{
    return jx_get_int(json_object_array_get_idx(years, i), "events", 0);
}

/* A few events from long ago would squeeze all others into one column: up to one in EARLIER of all are only counted, as far as
 * the years that are left can then be shown finer. */
static size_t first_shown(const struct json_object *list, int64_t *earlier)
{
    size_t n = json_object_array_length(list);
    int64_t best = step_for(year_of(list, 0), year_of(list, n - 1));
    int64_t total = 0;
    int64_t before = 0;
    size_t from = 0;

    *earlier = 0;
    for (size_t i = 0; i < n; i++)
        total += events_of(list, i);
    for (size_t i = 0; i + 1 < n && (before += events_of(list, i)) * EARLIER <= total; i++) {
        int64_t step = step_for(year_of(list, i + 1), year_of(list, n - 1));

        if (step >= best)
            continue;
        best = step;
        from = i + 1;
        *earlier = before;
    }
    return from;
}

static struct years count_years(struct exchange *x, const struct json_object *list)
{
    struct years y = {0};
    size_t from = first_shown(list, &y.earlier);
    size_t n = json_object_array_length(list);
    int64_t last = year_of(list, n - 1);

    y.step = step_for(year_of(list, from), last);
    y.first = year_of(list, from) / y.step * y.step;
    y.n = last / y.step - y.first / y.step + 1;
    y.counts = arena_array(x->arena, (size_t)y.n, sizeof *y.counts);
    for (size_t i = from; i < n; i++) {
        int64_t column = (year_of(list, i) - y.first) / y.step;

        if (column < 0 || column >= y.n)
            continue;
        y.counts[column] += events_of(list, i);
        y.total += events_of(list, i);
        if (y.counts[column] > y.most) {
            y.most = y.counts[column];
            y.most_column = column;
        }
    }
    return y;
}

static void describe_years(struct exchange *x, struct chart *c, const struct years *y)
{
    struct arena *a = x->arena;
    const char *from = arena_printf(a, "%04lld", (long long)y->first);
    const char *to = arena_printf(a, "%04lld", (long long)(y->first + y->n * y->step - 1));

    jx_set_text(c->model, "title",
                y->step == 1 ? "Events per year"
                             : arena_printf(a, "Events per %lld years", (long long)y->step));
    jx_set_text(c->model, "desc",
                arena_printf(a, "%s from %s to %s; the most, %s, in %s.",
                             view_plural(a, y->total, "event", "events"), from, to, view_count(a, y->most),
                             years_text(a, y->first + y->most_column * y->step, y->step)));
    if (y->earlier)
        jx_set_text(c->model, "desc",
                    arena_printf(a, "%s Not in the picture: %s before that.", jx_get_text(c->model, "desc"),
                                 view_plural(a, y->earlier, "event", "events")));
    jx_set_text(c->model, "from", from);
    jx_set_text(c->model, "to", y->n * y->step > 1 ? to : NULL);
    jx_set_text(c->model, "legend", NULL);
    jx_set_int(c->model, "height", BAR_HEIGHT);
    jx_set_int(c->model, "base", BAR_HEIGHT);
    set_heads(c, y->step == 1 ? "Year" : "Years", (const char *const[]){"Events", NULL});
}

struct json_object *view_chart_years(struct exchange *x, const struct json_object *list)
{
    struct years y;
    struct chart c;

    if (!list || !json_object_array_length(list))
        return NULL;
    y = count_years(x, list);
    if (!y.most)
        return NULL;
    c = begin(x, "years", y.n, y.most);
    c.base = BAR_HEIGHT;
    if (y.earlier)
        add_row(&c, arena_printf(x->arena, "before %04lld", (long long)y.first),
                (const char *const[]){view_count(x->arena, y.earlier), NULL});
    for (int64_t i = 0; i < y.n; i++) {
        const char *label = years_text(x->arena, y.first + i * y.step, y.step);

        add_bar(
            &c, i, y.counts[i],
            arena_printf(x->arena, "%s: %s", label, view_plural(x->arena, y.counts[i], "event", "events")));
        if (y.counts[i])
            add_row(&c, label, (const char *const[]){view_count(x->arena, y.counts[i]), NULL});
    }
    describe_years(x, &c, &y);
    return c.model;
}

/* ---- syncs per week */

struct week {
    const char *monday;
    int64_t pulls, sent, failures;
};

static struct week week_of(const struct json_object *list, size_t i)
{
    const struct json_object *row = json_object_array_get_idx(list, i);

    return (struct week){jx_get_text(row, "monday"), jx_get_int(row, "pulls", 0),
                         jx_get_int(row, "pull_requests", 0), jx_get_int(row, "failures", 0)};
}

static int64_t middle_of(const struct chart *c, int64_t column)
{
    return left_of(c, column) + room_of(c, column) / 2;
}

static void add_circle(struct chart *c, int64_t column, const char *text)
{
    struct json_object *circle = json_object_new_object();

    jx_set_int(circle, "x", middle_of(c, column));
    jx_set_int(circle, "y", MARK_ROOM / 2);
    jx_set_int(circle, "radius", RADIUS);
    jx_set_text(circle, "text", text);
    jx_push(c->circles, circle);
}

static void add_triangle(struct chart *c, int64_t column, const char *text)
{
    struct json_object *triangle = json_object_new_object();
    long long x = (long long)middle_of(c, column);
    long long top = (long long)(c->base + (MARK_ROOM - 2 * RADIUS) / 2);

    jx_set_text(triangle, "points",
                arena_printf(c->a, "%lld,%lld %lld,%lld %lld,%lld", x, top, x + RADIUS + 1,
                             top + (long long)2 * RADIUS, x - RADIUS - 1, top + (long long)2 * RADIUS));
    jx_set_text(triangle, "text", text);
    jx_push(c->triangles, triangle);
}

static void add_week(struct chart *c, int64_t column, const struct week *w)
{
    const char *pulls = view_plural(c->a, w->pulls, "pull", "pulls");
    const char *sent = view_plural(c->a, w->sent, "pull request", "pull requests");
    const char *failures = view_plural(c->a, w->failures, "failure", "failures");

    add_bar(c, column, w->pulls, arena_printf(c->a, "Week of %s: %s", w->monday, pulls));
    if (w->sent)
        add_circle(c, column, arena_printf(c->a, "Week of %s: %s", w->monday, sent));
    if (w->failures)
        add_triangle(c, column, arena_printf(c->a, "Week of %s: %s", w->monday, failures));
    if (w->pulls || w->sent || w->failures)
        add_row(c, w->monday,
                (const char *const[]){view_count(c->a, w->pulls), view_count(c->a, w->sent),
                                      view_count(c->a, w->failures), NULL});
}

static void describe_weeks(struct chart *c, const struct week *sum, const char *first)
{
    struct arena *a = c->a;

    jx_set_text(c->model, "title", "Syncs per week");
    jx_set_text(c->model, "desc",
                arena_printf(a, "In the last %lld weeks: %s, %s, %s.", (long long)c->n,
                             view_plural(a, sum->pulls, "pull", "pulls"),
                             view_plural(a, sum->sent, "pull request", "pull requests"),
                             view_plural(a, sum->failures, "failure", "failures")));
    jx_set_text(c->model, "from", first);
    jx_set_text(c->model, "to", "this week");
    jx_set_text(c->model, "legend", "Bars are pulls, circles pull requests, triangles failures.");
    jx_set_int(c->model, "height", BAR_HEIGHT + 2 * MARK_ROOM);
    jx_set_int(c->model, "base", c->base);
    set_heads(c, "Week of", (const char *const[]){"Pulls", "Pull requests", "Failures", NULL});
}

struct json_object *view_chart_weeks(struct exchange *x, const struct json_object *list)
{
    size_t n = list ? json_object_array_length(list) : 0;
    struct week sum = {0};
    struct chart c;
    int64_t most = 1;

    for (size_t i = 0; i < n; i++) {
        struct week w = week_of(list, i);

        sum.pulls += w.pulls;
        sum.sent += w.sent;
        sum.failures += w.failures;
        most = w.pulls > most ? w.pulls : most;
    }
    if (!sum.pulls && !sum.sent && !sum.failures)
        return NULL;
    c = begin(x, "weeks", (int64_t)n, most);
    c.base = BAR_HEIGHT + MARK_ROOM;
    for (size_t i = 0; i < n; i++) {
        struct week w = week_of(list, i);

        add_week(&c, (int64_t)i, &w);
    }
    describe_weeks(&c, &sum, week_of(list, 0).monday);
    return c.model;
}
