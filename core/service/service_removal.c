/* Removing an event, and bringing an earlier revision back. */
#include <string.h>

#include "core/service/service_event_internal.h"
#include "core/sync/conflict_resolver.h"

static enum err_code compare(struct service *s, struct event_change *change, struct err *e)
{
    TRY(event_there(s, change->id, &change->now, e));
    change->there = true;
    change->unchanged = change->now.removed;
    if (change->unchanged || !change->looked_at || change->looked_at == change->now.revision)
        return ERR_OK;
    return err_set(e, ERR_STALE,
                   "The event %.200s was changed meanwhile by %s: it is at revision %lld now. Look at it "
                   "before you remove it.",
                   change->id, change->now.updated_by, (long long)change->now.revision);
}

static enum err_code remove_one(struct service *s, struct event_change *change, struct err *e)
{
    TRY(store_catch_up(s->store, 0, NULL, e));
    TRY(compare(s, change, e));
    if (!change->unchanged) {
        TRY(store_event_delete(s->store, change->id, s->actor, NULL, e));
        TRY(conflict_resolver_saved(s->store, s->arena, change->id, e));
    }
    return store_catch_up(s->store, 0, NULL, e);
}

static enum err_code view_removed(struct service *s, const struct event_change *change,
                                  struct json_object **view, struct err *e)
{
    struct store_event now;
    bool pending = false;

    TRY(event_find(s, change->id, &now, &pending, e));
    if (pending) {
        TRY(service_event_show(s, change->id, view, e));
    } else {
        *view = jx_own(s->arena, json_object_new_object());
        jx_set_bool(*view, "success", true);
        jx_set_text(*view, "id", change->id);
    }
    jx_set_text(*view, "removed", pending ? "pending" : "gone");
    jx_set_bool(*view, "unchanged", change->unchanged);
    return ERR_OK;
}

enum err_code service_event_delete(struct service *s, const char *id, int64_t revision,
                                   struct json_object **view, struct err *e)
{
    struct event_change change = {.id = id, .looked_at = revision};
    enum err_code code;

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    code = store_end(s->store, remove_one(s, &change, e), e);
    if (code == ERR_STALE)
        return event_stale(s, &change, view, e);
    TRY(code);
    return view_removed(s, &change, view, e);
}

/* The content to be restored: that of one revision, or what was removed, which the newest revision holds. */
static enum err_code find_revision(struct service *s, const struct service_restore *restore,
                                   const char **content, struct err *e)
{
    const struct store_slice slice = {
        .before = restore->which && restore->which < INT64_MAX ? restore->which + 1 : 0, .limit = 1};
    struct store_revision *found;
    struct store_event now;
    bool there = false;
    size_t n = 0;

    TRY(event_find(s, restore->id, &now, &there, e));
    if (!restore->which && there && !now.removed)
        return err_set(e, ERR_NOTHING_TO_DO,
                       "The event %.200s is not removed. Say which revision is to be restored.", restore->id);
    TRY(store_event_revisions(s->store, s->arena, restore->id, &slice, &found, &n, e));
    if (!n && !there)
        return event_there(s, restore->id, &now, e);
    if (!n || (restore->which && found[0].revision != restore->which))
        return err_set(e, ERR_NOT_FOUND, "The event %.200s has no revision %lld. See its history.",
                       restore->id, (long long)restore->which);
    *content = found[0].content;
    return ERR_OK;
}

enum err_code service_event_restore(struct service *s, const struct service_restore *restore,
                                    struct json_object **view, struct err *e)
{
    struct event_change change = {
        .id = restore->id, .reason = "restore", .looked_at = restore->looked_at, .back = true};

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    if (restore->which < 0)
        return err_set(e, ERR_INVALID_INPUT, "Revisions are counted from 1.");
    service_see_other_programs(s);
    TRY(find_revision(s, restore, &change.content, e));
    change.fields = event_fields(s, change.content);
    if (!change.fields)
        return err_set(
            e, ERR_INVALID_INPUT,
            "Revision %lld of %.200s was written by another program and is no event. Restore another "
            "one.",
            (long long)restore->which, restore->id);
    change.hash = event_hash(s->arena, change.fields);
    return event_carry_out(s, &change, view, e);
}
