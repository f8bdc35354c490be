/*
 * An edit of a revision that is not the current one any more: what it and the changes since become together.
 */
#include "core/service/service_event_internal.h"

/* The fields in which one of the two has to be chosen. */
static struct json_object *names_of(const struct event_merge *merge)
{
    struct json_object *names = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(merge->conflicts); i++)
        jx_push_text(names, jx_get_text(json_object_array_get_idx(merge->conflicts, i), "field"));
    return names;
}

struct json_object *event_clashes(struct service *s, const struct event_sides *sides)
{
    struct event_merge merge;

    event_merge(s->arena, sides->base, sides->ours, sides->theirs, &merge);
    return names_of(&merge);
}

/* What stood in the revision that the edit began with. */
static enum err_code find_seen(struct service *s, const struct service_draft *asked,
                               struct json_object **fields, struct err *e)
{
    struct json_object *view;

    TRY(service_event_revision(s, asked->id, asked->revision, &view, e));
    *fields = jx_get(view, "event");
    if (*fields)
        return ERR_OK;
    return err_set(
        e, ERR_INVALID_INPUT,
        "Revision %lld of %.200s was written by another program and is no event, so nothing can be "
        "put together with it.",
        (long long)asked->revision, asked->id);
}

enum err_code service_event_merge(struct service *s, const struct service_draft *asked,
                                  struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *seen, *there;
    struct event_merge merge;
    struct store_event now;
    struct draft draft;

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    service_see_other_programs(s);
    TRY(draft_read(s, asked, &draft, e));
    TRY(event_there(s, asked->id, &now, e));
    TRY(find_seen(s, asked, &seen, e));
    there = event_fields(s, now.content);
    if (!there)
        return err_set(e, ERR_INVALID_INPUT,
                       "The event %.200s is no event as it is now: another program wrote it.", asked->id);
    event_merge(s->arena, seen, draft.event.fields, there, &merge);
    jx_set_bool(o, "success", true);
    jx_set_text(o, "id", asked->id);
    jx_set_int(o, "revision", now.revision);
    jx_set(o, "event", json_object_get(there));
    jx_set(o, "merged", json_object_get(merge.fields));
    jx_set(o, "conflicts", names_of(&merge));
    *view = o;
    return ERR_OK;
}
