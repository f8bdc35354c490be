/*
 * Adding, editing and removing one event. What is written is parsed and looked at before the transaction; within it only
 * the revision is compared and the row written.
 */
#include <string.h>

#include "core/service/service_event_internal.h"
#include "core/store/store_repository.h"
#include "core/sync/conflict_resolver.h"

enum err_code event_find(struct service *s, const char *id, struct store_event *out, bool *found,
                         struct err *e)
{
    struct err none = {0};
    enum err_code code;

    *out = (struct store_event){.id = id};
    code = store_event_get(s->store, s->arena, id, out, &none);
    *found = code == ERR_OK && !str_eq(out->state, "gone");
    if (code == ERR_OK || code == ERR_NOT_FOUND)
        return ERR_OK;
    *e = none;
    return code;
}

enum err_code event_there(struct service *s, const char *id, struct store_event *out, struct err *e)
{
    const struct store_slice newest = {.limit = 1};
    struct store_revision *revisions;
    size_t n = 0;
    bool found = false;

    TRY(event_find(s, id, out, &found, e));
    if (found)
        return ERR_OK;
    TRY(store_event_revisions(s->store, s->arena, id, &newest, &revisions, &n, e));
    if (n)
        return err_set(e, ERR_NOT_FOUND,
                       "The event %.200s has been removed. Its revisions are kept: any of them can be "
                       "restored.",
                       id);
    return err_set(e, ERR_NOT_FOUND, "There is no event %.200s.", id);
}

struct json_object *event_fields(struct service *s, const char *content)
{
    struct json_object *fields = NULL;

    if (!content || jx_parse(s->arena, content, strlen(content), &fields, NULL) != ERR_OK)
        return NULL;
    return json_object_is_type(fields, json_type_object) ? fields : NULL;
}

enum err_code event_base(struct service *s, const char *id, const char **content, const char **hash,
                         struct err *e)
{
    struct store_repository r;
    struct store_file *files;
    size_t n = 0;

    *content = NULL;
    *hash = "";
    if (!s->tenant.repo_url)
        return ERR_OK;
    TRY(store_repository_get(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, &r, e));
    if (r.id)
        TRY(store_file_of_event(s->store, s->arena, r.id, id, &files, &n, e));
    for (size_t i = 0; i < n && !*content; i++) {
        *content = files[i].content;
        *hash = files[i].content ? files[i].content_hash : "";
    }
    return ERR_OK;
}

/* What is there decides whether the change may be made at all, and whether it is one. */
static enum err_code compare(struct service *s, struct event_change *change, struct err *e)
{
    TRY(event_find(s, change->id, &change->now, &change->there, e));
    if (change->added && change->there)
        return err_set(e, ERR_EXISTS,
                       change->now.removed
                           ? "The event %s is there already, as a removal that waits. Restore it instead."
                           : "There is an event %s already. Give the new one another id.",
                       change->id);
    if (!change->there && change->back && change->looked_at > 0)
        return err_set(e, ERR_STALE,
                       "The event %.200s was removed meanwhile. Look at what it was and decide anew.",
                       change->id);
    if (!change->there)
        return change->added || change->back ? ERR_OK : event_there(s, change->id, &change->now, e);
    change->unchanged = !change->now.removed && str_eq(change->now.content_hash, change->hash);
    if (change->unchanged || !change->looked_at || change->looked_at == change->now.revision)
        return ERR_OK;
    return err_set(e, ERR_STALE,
                   "The event %.200s was changed meanwhile by %s: it is at revision %lld now. Look at both "
                   "versions and decide anew.",
                   change->id, change->now.updated_by, (long long)change->now.revision);
}

enum err_code event_write_change(struct service *s, struct event_change *change, struct err *e)
{
    struct store_event_write write = {
        .id = change->id,
        .content = change->content,
        .fields = change->fields,
        .content_hash = change->hash,
        .author = s->actor,
        .reason = change->reason,
    };
    const char *base;

    TRY(compare(s, change, e));
    if (change->unchanged)
        return ERR_OK;
    /* An event that comes (back) may stand in the repository all the while. */
    if (!change->there)
        TRY(event_base(s, change->id, &base, &write.base_hash, e));
    TRY(store_event_put(s->store, &write, NULL, e));
    return change->there ? conflict_resolver_saved(s->store, s->arena, change->id, e) : ERR_OK;
}

static enum err_code write_one(struct service *s, struct event_change *change, struct err *e)
{
    TRY(store_catch_up(s->store, 0, NULL, e));
    TRY(event_write_change(s, change, e));
    return store_catch_up(s->store, 0, NULL, e);
}

/* What became of the version that was looked at on both sides. seen NULL: that is gone, or no event. */
static void set_since(struct service *s, const struct event_change *change, struct json_object *seen,
                      struct json_object *view)
{
    const struct event_sides sides = {seen, change->fields, jx_get(view, "event")};
    bool both = sides.base && sides.ours && sides.theirs;

    jx_set(view, "since", seen ? json_object_get(event_diff(s->arena, seen, sides.theirs)) : NULL);
    jx_set(view, "mine", both ? json_object_get(event_diff(s->arena, seen, sides.ours)) : NULL);
    jx_set(view, "clashes", both ? event_clashes(s, &sides) : NULL);
}

/* Both versions, and what somebody else did in between. */
static enum err_code view_stale(struct service *s, const struct event_change *change,
                                struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *now = change->there ? event_fields(s, change->now.content) : NULL;
    const struct store_slice slice = {.before = change->looked_at < INT64_MAX ? change->looked_at + 1 : 0,
                                      .limit = 1};
    struct store_revision *seen;
    size_t n = 0;

    if (change->looked_at > 0)
        TRY(store_event_revisions(s->store, s->arena, change->id, &slice, &seen, &n, e));
    jx_set_bool(o, "success", false);
    jx_set_text(o, "code", err_name(ERR_STALE));
    jx_set_text(o, "id", change->id);
    jx_set_int(o, "revision", change->there ? change->now.revision : 0);
    jx_set_bool(o, "removed", change->now.removed);
    view_time(s, o, "updated_at", change->now.updated_at_us);
    view_text(o, "updated_by", change->now.updated_by);
    jx_set(o, "event", json_object_get(now));
    jx_set(o, "yours", json_object_get(change->fields));
    jx_set(o, "changes", change->fields ? json_object_get(event_diff(s->arena, now, change->fields)) : NULL);
    set_since(s, change, n && seen[0].revision == change->looked_at ? event_fields(s, seen[0].content) : NULL,
              o);
    *view = o;
    return ERR_OK;
}

enum err_code event_stale(struct service *s, const struct event_change *change, struct json_object **view,
                          struct err *e)
{
    struct err ignored = {0};

    if (view_stale(s, change, view, &ignored) == ERR_OK)
        jx_set_text(*view, "error", e->message);
    return ERR_STALE;
}

enum err_code event_carry_out(struct service *s, struct event_change *change, struct json_object **view,
                              struct err *e)
{
    enum err_code code;

    TRY(store_begin(s->store, service_wait_ms(s), e));
    code = store_end(s->store, write_one(s, change, e), e);
    if (code == ERR_STALE)
        return event_stale(s, change, view, e);
    if (code == ERR_EXISTS)
        service_problem(s, "id", e->message);
    TRY(code);
    TRY(service_event_show(s, change->id, view, e));
    jx_set_bool(*view, "unchanged", change->unchanged);
    return ERR_OK;
}

enum err_code service_event_write(struct service *s, const struct service_draft *asked,
                                  struct json_object **view, struct err *e)
{
    struct event_change change = {.added = !asked->id, .reason = asked->id ? "edit" : "add"};
    struct draft draft;

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(draft_read(s, asked, &draft, e));
    change.id = draft.event.id;
    change.content = draft.content;
    change.hash = draft.hash;
    change.fields = draft.event.fields;
    change.looked_at = asked->id ? asked->revision : 0;
    return event_carry_out(s, &change, view, e);
}

enum err_code service_event_add(struct service *s, const char *p, size_t n, struct json_object **view,
                                struct err *e)
{
    const struct service_draft draft = {.p = p, .n = n};

    return service_event_write(s, &draft, view, e);
}
