/*
 * Conflicts as people and programs see them, and what they decide.
 */
#include "core/service/service_conflict.h"

#include <stdlib.h>
#include <string.h>

#include "core/service/service_internal.h"
#include "core/sync/conflict_resolver.h"

enum { LIST_DEFAULT = 50, LIST_MOST = 1000, DECISIONS_SHOWN = 50, CURSOR_DIGITS = 18 };

static enum err_code list_row(struct service *s, const struct store_conflict *conflict,
                              struct json_object *list, struct err *e)
{
    struct json_object *o;
    struct store_event event;

    TRY(store_event_get(s->store, s->arena, conflict->event_id, &event, e));
    o = json_object_new_object();
    jx_push(list, o);
    jx_set_text(o, "id", event.id);
    jx_set_text(o, "date", event.date);
    jx_set_text(o, "title", event.title);
    jx_set_text(o, "kind", conflict_resolver_kind(&event, conflict));
    jx_set(o, "fields", view_parsed(s, conflict->fields));
    view_time(s, o, "opened_at", conflict->opened_at_us);
    jx_set_int(o, "revision", event.revision);
    jx_set_text(o, "version", conflict_resolver_version(s->arena, &event, conflict));
    return ERR_OK;
}

/* "TIME.ID" of the last one shown. */
static enum err_code read_cursor(const char *cursor, struct store_conflict_slice *slice, struct err *e)
{
    size_t digits = cursor ? strspn(cursor, "0123456789") : 0;

    slice->event_id = "";
    if (!cursor)
        return ERR_OK;
    if (digits == 0 || digits > CURSOR_DIGITS || cursor[digits] != '.')
        return err_set(e, ERR_INVALID_INPUT,
                       "The cursor is not one that a list gave. Start from the first page.");
    slice->opened_at_us = strtoll(cursor, NULL, 10);
    slice->event_id = cursor + digits + 1;
    return ERR_OK;
}

static enum err_code read_slice(const struct service_list_args *args, struct store_conflict_slice *slice,
                                struct err *e)
{
    *slice = (struct store_conflict_slice){.limit = LIST_DEFAULT};
    if (args->limit < 0)
        return err_set(e, ERR_INVALID_INPUT, "The limit must be a number from 1 to %d.", LIST_MOST);
    if (args->limit)
        slice->limit = (size_t)(args->limit < LIST_MOST ? args->limit : LIST_MOST);
    return read_cursor(args->cursor, slice, e);
}

enum err_code service_conflict_list(struct service *s, const struct service_list_args *args,
                                    struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();
    struct store_conflict_slice slice;
    struct store_event_counts counts;
    struct store_conflict *rows;
    size_t shown;
    size_t n;

    jx_set_bool(o, "success", true);
    jx_set(o, "conflicts", list);
    TRY(read_slice(args, &slice, e));
    service_see_other_programs(s);
    shown = slice.limit++;
    TRY(store_conflict_page(s->store, s->arena, &slice, &rows, &n, e));
    for (size_t i = 0; i < n && i < shown; i++)
        TRY(list_row(s, &rows[i], list, e));
    jx_set_text(o, "next_cursor",
                n > shown ? arena_printf(s->arena, "%lld.%s", (long long)rows[shown - 1].opened_at_us,
                                         rows[shown - 1].event_id)
                          : NULL);
    TRY(store_event_count(s->store, &counts, e));
    jx_set_int(o, "total", counts.conflict);
    *view = o;
    return ERR_OK;
}

static struct json_object *decision_json(struct service *s, const struct store_decision *d)
{
    struct json_object *o = json_object_new_object();

    jx_set_int(o, "id", d->id);
    view_time(s, o, "at", d->at_us);
    jx_set_text(o, "author", d->author);
    view_text(o, "take", d->take);
    jx_set(o, "choices", view_parsed(s, d->choices));
    jx_set_text(o, "kind", d->kind);
    jx_set(o, "fields", view_parsed(s, d->fields));
    jx_set(o, "revision", d->revision ? json_object_new_int64(d->revision) : NULL);
    view_time(s, o, "undone_at", d->undone_at_us);
    view_text(o, "undone_by", d->undone_by);
    return o;
}

/* Only the last that stands can be taken back, and only while nothing has been built on it. */
static enum err_code decisions_json(struct service *s, const char *id, struct json_object **out,
                                    struct err *e)
{
    struct json_object *list = jx_own(s->arena, json_object_new_array());
    struct store_decision *rows;
    bool last = true;
    size_t n;

    TRY(store_decision_list(s->store, s->arena, id, DECISIONS_SHOWN, &rows, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *o = decision_json(s, &rows[i]);
        bool can_undo = false;

        jx_push(list, o);
        if (last && !rows[i].undone_at_us) {
            enum err_code code = conflict_resolver_can_undo(s->store, s->arena, &rows[i], e);

            if (code != ERR_OK && code != ERR_NOTHING_TO_DO)
                return code;
            can_undo = code == ERR_OK;
            last = false;
        }
        jx_set_bool(o, "can_undo", can_undo);
    }
    *out = list;
    return ERR_OK;
}

static void add_sides(struct service *s, struct json_object *o, const struct conflict_resolver_conflict *c)
{
    const struct event_sides *sides = &c->sides;

    jx_set(o, "base", json_object_get(sides->base));
    jx_set(o, "ours", json_object_get(sides->ours));
    jx_set(o, "theirs", json_object_get(sides->theirs));
    jx_set(o, "from_theirs", json_object_get(c->from_theirs));
    jx_set(o, "changed_here", json_object_get(event_diff(s->arena, sides->base, sides->ours)));
    jx_set(o, "changed_there", json_object_get(event_diff(s->arena, sides->base, sides->theirs)));
}

static struct json_object *conflict_json(struct service *s, const struct conflict_resolver_conflict *c)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "id", c->event.id);
    jx_set_text(o, "date", c->event.date);
    jx_set_text(o, "title", c->event.title);
    jx_set_text(o, "kind", c->kind);
    view_time(s, o, "opened_at", c->row.opened_at_us);
    jx_set_int(o, "revision", c->event.revision);
    jx_set_text(o, "version", c->version);
    view_text(o, "updated_by", c->event.updated_by);
    jx_set(o, "fields", json_object_get(c->conflicts));
    add_sides(s, o, c);
    return o;
}

/* What other programs did to the event may have settled its conflict. When that cannot be written now (busy, read-only),
 * it is seen at the next pull. */
static void see_settled(struct service *s, const char *id)
{
    struct store_conflict row;
    struct store_event event;
    struct err ignored = {0};
    const char *ours;

    if (store_conflict_get(s->store, s->arena, id, &row, &ignored) != ERR_OK ||
        store_event_get(s->store, s->arena, id, &event, &ignored) != ERR_OK)
        return;
    ours = event.removed ? NULL : event.content;
    if ((ours && row.ours && str_eq(ours, row.ours)) || (!ours && !row.ours))
        return;
    if (store_begin(s->store, service_wait_ms(s), &ignored) == ERR_OK)
        (void)store_end(s->store, conflict_resolver_saved(s->store, s->arena, id, &ignored), &ignored);
}

enum err_code service_conflict_show(struct service *s, const char *id, struct json_object **view,
                                    struct err *e)
{
    struct json_object *o = jx_own(s->arena, json_object_new_object());
    struct conflict_resolver_conflict c;
    struct json_object *decisions;
    struct err none = {0};
    enum err_code code;

    service_see_other_programs(s);
    see_settled(s, id);
    TRY(decisions_json(s, id, &decisions, e));
    code = conflict_resolver_look(s->store, s->arena, id, &c, &none);
    if (code != ERR_OK && (code != ERR_NOT_FOUND || json_object_array_length(decisions) == 0))
        return *e = none, code;
    jx_set_bool(o, "success", true);
    jx_set_bool(o, "open", code == ERR_OK);
    jx_set(o, "conflict", code == ERR_OK ? conflict_json(s, &c) : NULL);
    jx_set(o, "decisions", json_object_get(decisions));
    *view = o;
    return ERR_OK;
}

static enum err_code resolve(struct service *s, const struct service_resolution *r, struct err *e)
{
    struct conflict_resolution resolution = {.id = r->id,
                                             .version = r->version,
                                             .take = r->take,
                                             .choices = r->choices,
                                             .p = r->p,
                                             .n = r->n,
                                             .author = s->actor};
    struct json_object *problems = NULL;
    enum err_code code;

    TRY(store_catch_up(s->store, 0, NULL, e));
    code = conflict_resolver_resolve(s->store, s->arena, &resolution, &problems, e);
    for (size_t i = 0; problems && i < json_object_array_length(problems); i++) {
        struct json_object *row = json_object_array_get_idx(problems, i);

        service_problem(s, jx_get_text(row, "field"), jx_get_text(row, "error"));
    }
    return code == ERR_INVALID_FIELDS ? service_problems_end(s, e) : code;
}

/* The event as it is by the decision; one that it removed is gone. */
static enum err_code view_resolved(struct service *s, const char *id, struct json_object **view,
                                   struct err *e)
{
    struct store_decision decision;
    struct err none = {0};
    bool found;
    enum err_code code = ERR_NOT_FOUND;

    TRY(store_decision_last(s->store, s->arena, id, &decision, &found, e));
    if (found && decision.revision)
        code = service_event_show(s, id, view, &none);
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *e = none, code;
    if (code == ERR_NOT_FOUND) {
        *view = jx_own(s->arena, json_object_new_object());
        jx_set_bool(*view, "success", true);
        jx_set_text(*view, "id", id);
        jx_set_text(*view, "removed", "gone");
    }
    jx_set(*view, "decision", found ? decision_json(s, &decision) : NULL);
    if (found)
        jx_set_bool(jx_get(*view, "decision"), "can_undo",
                    conflict_resolver_can_undo(s->store, s->arena, &decision, &none) == ERR_OK);
    return ERR_OK;
}

enum err_code service_conflict_resolve(struct service *s, const struct service_resolution *resolution,
                                       struct json_object **view, struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, resolve(s, resolution, e), e));
    return view_resolved(s, resolution->id, view, e);
}

static enum err_code undo(struct service *s, const char *id, struct err *e)
{
    TRY(store_catch_up(s->store, 0, NULL, e));
    return conflict_resolver_undo(s->store, s->arena, id, s->actor, e);
}

enum err_code service_conflict_undo(struct service *s, const char *id, struct json_object **view,
                                    struct err *e)
{
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(store_begin(s->store, service_wait_ms(s), e));
    TRY(store_end(s->store, undo(s, id, e), e));
    return service_conflict_show(s, id, view, e);
}
