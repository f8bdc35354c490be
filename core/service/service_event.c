#include <stdio.h>
#include <string.h>

#include "core/service/service_event_filter.h"
#include "core/service/service_event_internal.h"

enum { LIST_DEFAULT = 50, LIST_MOST = 10000, HISTORY_SHOWN = 50 };

struct json_object *view_score(double score)
{
    char text[16];

    if (score < 0)
        return NULL;
    (void)snprintf(text, sizeof text, "%.4g", score);
    return json_object_new_double_s(score, text);
}

static struct json_object *list_row(const struct store_event *event)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "id", event->id);
    jx_set_text(o, "date", event->date);
    jx_set_text(o, "title", event->title);
    jx_set_text(o, "state", event->state);
    jx_set_text(o, "change", event->change);
    jx_set(o, "importance", event->importance >= 0 ? json_object_new_int64(event->importance) : NULL);
    view_text(o, "status", event->status);
    jx_set_int(o, "revision", event->revision);
    jx_set(o, "quality_score",
           view_score(event->quality_score >= 0 ? event->quality_score : event->auto_score));
    view_text(o, "validation_status", event->validation_status);
    return o;
}

void service_see_other_programs(struct service *s)
{
    (void)store_catch_up(s->store, 0, NULL, NULL);
}

enum err_code service_event_list(struct service *s, const struct service_event_filter *filter,
                                 struct json_object **view, struct err *e)
{
    struct store_event_filter f;
    struct store_event_page page;
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();

    *view = NULL;
    jx_set(o, "events", list);
    if (filter->limit < 0 || filter->limit > LIST_MOST)
        return err_set(e, ERR_INVALID_INPUT, "The limit must be a number from 1 to %d.", LIST_MOST);
    TRY(service_event_filter_read(s, filter, &f, e));
    f.limit = filter->limit ? (size_t)filter->limit : LIST_DEFAULT;
    service_see_other_programs(s);
    TRY(store_event_list(s->store, s->arena, &f, &page, e));
    for (size_t i = 0; i < page.n; i++)
        jx_push(list, list_row(&page.items[i]));
    jx_set_text(o, "next_cursor", page.next_cursor);
    jx_set_int(o, "total", page.total);
    jx_set_bool(o, "total_is_exact", page.total_is_exact);
    *view = o;
    return ERR_OK;
}

struct json_object *event_view_deductions(const struct event_quality *quality)
{
    struct json_object *list = json_object_new_array();

    for (const struct event_deduction *d = quality->deductions; d; d = d->next) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "rule", d->rule);
        jx_set_text(row, "field", d->field);
        jx_set(row, "points", view_score(d->points));
        jx_set_text(row, "text", d->text);
        jx_push(list, row);
    }
    return list;
}

static struct json_object *validation_json(struct service *s, const struct store_event *event,
                                           struct json_object *fields)
{
    struct json_object *o = json_object_new_object();
    struct event_quality quality;

    event_quality(s->arena, fields, &quality);
    jx_set_text(o, "status", event->validation_status[0] ? event->validation_status : "pending");
    jx_set(o, "score", view_score(event->quality_score));
    view_text(o, "notes", event->validation_notes);
    view_time(s, o, "date", event->validated_at_us);
    jx_set(o, "automatic_score", view_score(quality.score));
    jx_set(o, "deductions", event_view_deductions(&quality));
    return o;
}

/* Where the event stands in the repository, and what is worth knowing about those files. */
static enum err_code add_paths(struct service *s, const char *id, struct json_object *view, struct err *e)
{
    struct json_object *paths = json_object_new_array();
    struct json_object *warnings = json_object_new_array();
    struct store_repository r;
    struct store_file *files;
    size_t n = 0;

    jx_set(view, "paths", paths);
    jx_set(view, "warnings", warnings);
    if (!s->tenant.repo_url)
        return ERR_OK;
    TRY(store_repository_get(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, &r, e));
    if (r.id)
        TRY(store_file_of_event(s->store, s->arena, r.id, id, &files, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *found = view_parsed(s, files[i].warnings);

        jx_push_text(paths, sync_shown_path(s->arena, r.events_dir, files[i].path));
        for (size_t k = 0; found && k < json_object_array_length(found); k++)
            jx_push(warnings, json_object_get(json_object_array_get_idx(found, k)));
        if (files[i].broken) {
            struct json_object *row = json_object_new_object();

            jx_set_text(row, "rule", "broken_file");
            jx_set_int(row, "line", files[i].error_line);
            jx_set_text(row, "text", files[i].error);
            jx_push(warnings, row);
        }
        json_object_put(found);
    }
    return ERR_OK;
}

static enum err_code add_history(struct service *s, const char *id, struct json_object *view, struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_revision *rows;
    size_t n;

    jx_set(view, "history", list);
    TRY(store_event_history(s->store, s->arena, id, HISTORY_SHOWN, &rows, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_int(row, "revision", rows[i].revision);
        view_time(s, row, "at", rows[i].at_us);
        jx_set_text(row, "author", rows[i].author);
        jx_set_text(row, "reason", rows[i].reason);
        jx_push(list, row);
    }
    return ERR_OK;
}

/* What was changed here since the repository's content; null when nothing was, or it is not there. */
static enum err_code add_base_changes(struct service *s, const struct store_event *event,
                                      struct json_object *fields, struct json_object *view, struct err *e)
{
    const char *base = NULL;
    const char *hash;

    jx_set(view, "base_changes", NULL);
    if (event->base_hash[0])
        TRY(event_base(s, event->id, &base, &hash, e));
    if (base && !str_eq(hash, event->content_hash))
        jx_set(view, "base_changes",
               json_object_get(event_diff(s->arena, event_fields(s, base), fields)));
    return ERR_OK;
}

enum err_code service_event_show(struct service *s, const char *id, struct json_object **view, struct err *e)
{
    struct store_event event;
    struct json_object *fields = NULL;
    struct json_object *o = jx_own(s->arena, json_object_new_object());

    service_see_other_programs(s);
    TRY(event_there(s, id, &event, e));
    TRY(jx_parse(s->arena, event.content, strlen(event.content), &fields, e));
    jx_set_bool(o, "success", true);
    jx_set(o, "event", json_object_get(fields));
    jx_set_text(o, "id", event.id);
    jx_set_text(o, "state", event.state);
    jx_set_int(o, "revision", event.revision);
    jx_set_text(o, "change", event.change);
    jx_set_bool(o, "removed", event.removed);
    jx_set(o, "validation", validation_json(s, &event, fields));
    view_time(s, o, "updated_at", event.updated_at_us);
    view_text(o, "updated_by", event.updated_by);
    TRY(add_base_changes(s, &event, fields, o, e));
    TRY(add_paths(s, id, o, e));
    TRY(add_history(s, id, o, e));
    TRY(service_review_add(s, &event, o, e));
    *view = o;
    return ERR_OK;
}
