/*
 * What an event was: its revisions, each compared with the one before, also when the event is gone.
 */
#include <stdlib.h>
#include <string.h>

#include "core/service/service_event_internal.h"

enum {
    PART = 20,
    CONTENT_BYTES =
        4 * 1024 * 1024, /* of contents, behind which a page ends: differences hold much of them */
};

/* Walks down the revisions: each row is finished when the one before it has been read. */
struct walk {
    struct service *s;
    struct json_object *rows;
    int64_t current; /* revision of now; 0: the event is gone */
    size_t most;     /* rows of a page */
    size_t bytes;
    struct json_object *open;   /* the row that waits for the one before it */
    struct json_object *fields; /* what it holds */
    int64_t next;               /* where the next page begins; 0: there is none */
};

static bool is_removal(const struct store_revision *revision)
{
    return str_eq(revision->reason, "delete");
}

static void set_revision(struct service *s, struct json_object *o, const struct store_revision *revision,
                         int64_t current)
{
    jx_set_int(o, "revision", revision->revision);
    view_time(s, o, "at", revision->at_us);
    jx_set_text(o, "author", revision->author);
    jx_set_text(o, "reason", revision->reason);
    jx_set_bool(o, "current", revision->revision == current);
    jx_set_bool(o, "removed", is_removal(revision));
}

static void close_row(struct walk *w, struct json_object *before)
{
    if (w->open && before && w->fields)
        jx_set(w->open, "changes", json_object_get(event_diff(w->s->arena, before, w->fields)));
    w->open = NULL;
}

/* False when the page is full. */
static bool take(struct walk *w, const struct store_revision *revision)
{
    struct json_object *fields = event_fields(w->s, revision->content);
    size_t n = json_object_array_length(w->rows);

    close_row(w, fields);
    w->bytes += strlen(revision->content);
    if (n >= w->most || (n && w->bytes > CONTENT_BYTES)) {
        w->next = jx_get_int(json_object_array_get_idx(w->rows, n - 1), "revision", 0);
        return false;
    }
    w->open = json_object_new_object();
    w->fields = fields;
    set_revision(w->s, w->open, revision, w->current);
    jx_set(w->open, "changes", NULL);
    jx_push(w->rows, w->open);
    return true;
}

static enum err_code walk(struct walk *w, const char *id, int64_t before, struct err *e)
{
    struct store_slice slice = {.before = before, .limit = PART};
    struct store_revision *part;
    size_t n = 0;

    do {
        TRY(store_event_revisions(w->s->store, w->s->arena, id, &slice, &part, &n, e));
        for (size_t i = 0; i < n; i++)
            if (!take(w, &part[i]))
                return ERR_OK;
        if (n)
            slice.before = part[n - 1].revision;
    } while (n == slice.limit && slice.before > 1);
    return ERR_OK;
}

/* The revision of now, and what the event is or was called. ERR_NOT_FOUND when there never was one. */
static enum err_code find_newest(struct service *s, const char *id, int64_t *current, const char **title,
                                 struct err *e)
{
    const struct store_slice newest = {.limit = 1};
    struct json_object *fields;
    struct store_revision *revision;
    struct store_event now;
    bool there = false;
    size_t n = 0;

    service_see_other_programs(s);
    TRY(event_find(s, id, &now, &there, e));
    TRY(store_event_revisions(s->store, s->arena, id, &newest, &revision, &n, e));
    if (!n)
        return event_there(s, id, &now, e);
    fields = event_fields(s, revision[0].content);
    *current = there ? now.revision : 0;
    *title = fields ? event_text(s->arena, fields, "title") : id;
    return ERR_OK;
}

static void set_cursor(struct service *s, struct json_object *view, int64_t next)
{
    jx_set_text(view, "next_cursor", next ? arena_printf(s->arena, "%lld", (long long)next) : NULL);
}

enum err_code service_event_history(struct service *s, const char *id, const struct service_list_args *args,
                                    struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct walk w = {.s = s, .rows = json_object_new_array()};
    struct store_slice slice;
    const char *title = NULL;

    *view = NULL;
    jx_set(o, "revisions", w.rows);
    TRY(list_begin(args, &slice, e));
    TRY(find_newest(s, id, &w.current, &title, e));
    w.most = slice.limit - 1;
    TRY(walk(&w, id, slice.before, e));
    jx_set_bool(o, "success", true);
    jx_set_text(o, "id", id);
    jx_set_text(o, "title", title);
    jx_set_bool(o, "gone", w.current == 0);
    set_cursor(s, o, w.next);
    *view = o;
    return ERR_OK;
}

/* The difference of two contents; null where one of them is not there or no event. */
static struct json_object *difference(struct service *s, struct json_object *from, struct json_object *to)
{
    return from && to ? json_object_get(event_diff(s->arena, from, to)) : NULL;
}

enum err_code service_event_revision(struct service *s, const char *id, int64_t revision,
                                     struct json_object **view, struct err *e)
{
    const struct store_slice slice = {.before = revision < INT64_MAX ? revision + 1 : 0, .limit = 2};
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *fields;
    struct store_revision *found;
    struct store_event now;
    bool there = false;
    size_t n = 0;

    *view = NULL;
    service_see_other_programs(s);
    if (revision > 0)
        TRY(store_event_revisions(s->store, s->arena, id, &slice, &found, &n, e));
    if (!n || found[0].revision != revision)
        return err_set(e, ERR_NOT_FOUND, "The event %.200s has no revision %lld. See its history.", id,
                       (long long)revision);
    TRY(event_find(s, id, &now, &there, e));
    fields = event_fields(s, found[0].content);
    jx_set_bool(o, "success", true);
    jx_set_text(o, "id", id);
    set_revision(s, o, &found[0], there ? now.revision : 0);
    jx_set(o, "event", json_object_get(fields));
    jx_set(o, "changes", n > 1 ? difference(s, event_fields(s, found[1].content), fields) : NULL);
    jx_set(o, "to_now", there ? difference(s, fields, event_fields(s, now.content)) : NULL);
    jx_set_int(o, "current_revision", there ? now.revision : 0);
    *view = o;
    return ERR_OK;
}
