/* What would become of a draft. */
#include <string.h>

#include "core/service/service_event_internal.h"

static struct json_object *view_warnings(const struct event *event)
{
    struct json_object *list = json_object_new_array();

    for (const struct event_warning *w = event->warnings; w; w = w->next) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "rule", w->rule);
        jx_set_int(row, "line", w->line);
        jx_set_text(row, "text", w->text);
        jx_push(list, row);
    }
    return list;
}

static void set_quality(struct service *s, struct json_object *view, struct json_object *fields)
{
    struct event_quality quality;

    event_quality(s->arena, fields, &quality);
    jx_set(view, "automatic_score", view_score(quality.score));
    jx_set(view, "deductions", event_view_deductions(&quality));
}

/* Against what is here now; nothing of it is there of a new event. */
static enum err_code set_current(struct service *s, const struct draft *draft, bool added,
                                 struct json_object *view, struct err *e)
{
    struct json_object *current = NULL;
    struct json_object *fields = NULL;
    struct store_event now;
    bool there = false;

    TRY(event_find(s, draft->event.id, &now, &there, e));
    if (there) {
        fields = event_fields(s, now.content);
        current = json_object_new_object();
        jx_set_int(current, "revision", now.revision);
        jx_set(current, "event", json_object_get(fields));
    }
    jx_set(view, "current", current);
    jx_set(view, "changes",
           json_object_get(event_diff(s->arena, added ? NULL : fields, draft->event.fields)));
    jx_set_bool(view, "unchanged", there && !now.removed && str_eq(now.content_hash, draft->hash));
    return ERR_OK;
}

static enum err_code set_duplicates(struct service *s, const struct draft *draft, bool added,
                                    struct json_object *view, struct err *e)
{
    struct likeness like = {
        .id = draft->event.id, .date = draft->event.date, .title = draft->event.title, .check_id = added};
    struct json_object *list;

    like.urls = event_source_urls(s->arena, draft->event.fields, &like.n_urls);
    TRY(event_duplicates(s, &like, &list, e));
    jx_set(view, "duplicates", json_object_get(list));
    return ERR_OK;
}

enum err_code service_event_preview(struct service *s, const struct service_draft *asked,
                                    struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct draft draft;

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    service_see_other_programs(s);
    TRY(draft_read(s, asked, &draft, e));
    jx_set_bool(o, "success", true);
    jx_set_text(o, "id", draft.event.id);
    jx_set_bool(o, "proposed_id", draft.event.id_made);
    jx_set_bool(o, "new", !asked->id);
    jx_set(o, "event", json_object_get(draft.event.fields));
    set_quality(s, o, draft.event.fields);
    jx_set(o, "warnings", view_warnings(&draft.event));
    TRY(set_duplicates(s, &draft, !asked->id, o, e));
    TRY(set_current(s, &draft, !asked->id, o, e));
    *view = o;
    return ERR_OK;
}
