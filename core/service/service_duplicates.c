/*
 * Events that may be told twice: the same id, the same day with nearly the same title, a source of the same address.
 */
#include <stdlib.h>
#include <string.h>

#include "core/service/service_event_internal.h"
#include "core/store/store_alike.h"

/* Of one day so many are looked at, the youngest first; real timelines have some dozens at most. */
enum { SAME_DAY_MOST = 300, SAME_DAY_BRIEFLY = 20 };

struct found {
    struct json_object *list;
    struct likeness *of;
};

static size_t most_of(const struct found *f)
{
    return f->of->briefly ? 1 : DUPLICATES_MOST;
}

static struct json_object *row_of(const struct found *f, const char *id)
{
    for (size_t i = 0; i < json_object_array_length(f->list); i++) {
        struct json_object *row = json_object_array_get_idx(f->list, i);

        if (str_eq(jx_get_text(row, "id"), id))
            return row;
    }
    return NULL;
}

static void add(struct found *f, const struct store_alike *alike, const char *why, const char *url)
{
    struct json_object *row = row_of(f, alike->id);

    if (row) {
        if (url)
            jx_set_text(row, "url", url);
        return;
    }
    if (json_object_array_length(f->list) >= most_of(f))
        return;
    row = json_object_new_object();
    jx_set_text(row, "id", alike->id);
    jx_set_text(row, "date", alike->date);
    jx_set_text(row, "title", alike->title);
    jx_set_text(row, "state", alike->state);
    jx_set_text(row, "why", why);
    jx_set_text(row, "url", url);
    jx_push(f->list, row);
}

static enum err_code add_same_id(struct service *s, struct found *f, struct err *e)
{
    struct store_event event;
    bool there = false;

    if (!f->of->check_id)
        return ERR_OK;
    TRY(event_find(s, f->of->id, &event, &there, e));
    if (there)
        add(f, &(struct store_alike){event.id, event.date, event.title, event.state, NULL}, "id", NULL);
    return ERR_OK;
}

struct near {
    const struct store_alike *alike;
    double nearness;
};

static int nearest_first(const void *left, const void *right)
{
    const struct near *a = left;
    const struct near *b = right;

    if (a->nearness > b->nearness || a->nearness < b->nearness)
        return a->nearness > b->nearness ? -1 : 1;
    return strcmp(a->alike->id, b->alike->id);
}

static enum err_code add_same_day(struct service *s, struct found *f, struct err *e)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct store_alike *day;
    struct near *near;
    size_t n = 0;
    size_t kept = 0;

    TRY(store_alike_of_date(s->store, s->arena, f->of->date,
                            f->of->briefly ? SAME_DAY_BRIEFLY : SAME_DAY_MOST, &day, &n, e));
    f->of->looked += n;
    near = arena_array(s->arena, n, sizeof *near);
    for (size_t i = 0; i < n; i++) {
        near[kept].alike = &day[i];
        if (!str_eq(day[i].id, f->of->id) &&
            event_titles_near(scratch, f->of->title, day[i].title, &near[kept].nearness))
            kept++;
        arena_reset(scratch);
    }
    qsort(near, kept, sizeof *near, nearest_first);
    for (size_t i = 0; i < kept; i++)
        add(f, near[i].alike, "title", NULL);
    return ERR_OK;
}

/* The address that both have. */
static const char *shared_url(struct service *s, const struct likeness *of, const char *content)
{
    struct json_object *fields = event_fields(s, content);
    size_t n = 0;
    const char **urls = fields ? event_source_urls(s->arena, fields, &n) : NULL;

    for (size_t i = 0; i < of->n_urls; i++)
        for (size_t k = 0; k < n; k++)
            if (str_eq(of->urls[i], urls[k]))
                return urls[k];
    return NULL;
}

/* One more than can be shown is asked for: the event itself may be among them. */
static enum err_code add_same_source(struct service *s, struct found *f, struct err *e)
{
    const struct store_urls urls = {f->of->urls, f->of->n_urls};
    struct store_alike *alike;
    size_t n = 0;

    TRY(store_alike_with_url(s->store, s->arena, &urls, most_of(f) + 1, &alike, &n, e));
    for (size_t i = 0; i < n; i++) {
        const char *url = str_eq(alike[i].id, f->of->id) && !f->of->check_id
                              ? NULL
                              : shared_url(s, f->of, alike[i].content);

        if (url)
            add(f, &alike[i], "source", url);
    }
    return ERR_OK;
}

enum err_code event_duplicates(struct service *s, struct likeness *of, struct json_object **list,
                               struct err *e)
{
    struct found f = {.list = jx_own(s->arena, json_object_new_array()), .of = of};

    TRY(add_same_id(s, &f, e));
    TRY(add_same_day(s, &f, e));
    TRY(add_same_source(s, &f, e));
    *list = f.list;
    return ERR_OK;
}
