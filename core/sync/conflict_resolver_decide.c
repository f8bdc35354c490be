/* Deciding: what a person chose or wrote becomes the event, and is written down. */
#include <string.h>

#include "core/sync/conflict_resolver.h"
#include "core/sync/sync_internal.h"
#include "core/util/clock.h"

/* One decision, from what was asked to what is written. */
struct deciding {
    struct store *s;
    struct arena *a;
    const struct conflict_resolution *r;
    struct conflict_resolver_conflict c;
    struct json_object *problems;
    struct json_object *choices; /* with what `take` stands for filled in */
    struct json_object *fields;  /* decided; NULL: the event is to be removed */
    bool written;                /* a value of the person's own is in it */
    struct err *e;
};

static void problem(struct deciding *d, const char *field, const char *error)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "field", field);
    jx_set_text(row, "error", error);
    jx_push(d->problems, row);
}

static enum err_code end_of_problems(struct deciding *d)
{
    if (!json_object_array_length(d->problems))
        return ERR_OK;
    return err_set(d->e, ERR_INVALID_FIELDS, "%s",
                   jx_get_text(json_object_array_get_idx(d->problems, 0), "error"));
}

static bool looks_like_json(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && strchr(" \t\r\n", p[i]))
        i++;
    return i < n && p[i] == '{';
}

/* Real ids break the rules for new ones, so a written event is read as a file is. */
static void read_written(struct deciding *d)
{
    const char *name = looks_like_json(d->r->p, d->r->n) ? "event.json" : "event.md";
    struct json_object *other = d->c.sides.ours ? d->c.sides.ours : d->c.sides.theirs;
    struct event event;
    struct err why = {0};

    d->written = true;
    if (event_parse(d->a, name, d->r->p, d->r->n, &event, &why) != ERR_OK) {
        problem(d, "event", arena_strdup(d->a, why.message));
        return;
    }
    d->fields = event.fields;
    if (!json_object_object_get_ex(event.fields, "id", NULL)) {
        if (json_object_object_get_ex(other, "id", NULL))
            jx_set(event.fields, "id", json_object_get(jx_get(other, "id")));
    } else if (!str_eq(event.id, d->r->id)) {
        problem(d, "id",
                arena_printf(d->a, "The id of this event is %s and stays so; write it or leave it out.",
                             d->r->id));
    }
}

static bool takes(const struct deciding *d, const char *side)
{
    return d->r->take && str_eq(d->r->take, side);
}

/* One side as it is, where nothing can be chosen by field. */
static void take_side(struct deciding *d)
{
    if (d->r->choices && json_object_object_length(d->r->choices))
        problem(d, "fields",
                "There is nothing to choose field by field here. Take ours or theirs as a whole, or write "
                "the event.");
    else if (!d->r->take)
        problem(d, "take", "Take ours or theirs, or write the event.");
    else
        d->fields = takes(d, "ours") ? d->c.sides.ours : d->c.sides.theirs;
}

/* Parts of sources that are not decided by themselves follow their field. */
static void fill_choices(struct deciding *d)
{
    struct json_object *given = d->r->choices ? d->r->choices : jx_own(d->a, json_object_new_object());

    d->choices = jx_own(d->a, json_object_new_object());
    json_object_object_foreach(given, name, choice)
    {
        jx_set(d->choices, name, json_object_get(choice));
    }
    for (size_t i = 0; d->r->take && i < json_object_array_length(d->c.conflicts); i++) {
        const char *field = jx_get_text(json_object_array_get_idx(d->c.conflicts, i), "field");

        if (!json_object_object_get_ex(d->choices, field, NULL))
            jx_set_text(d->choices, field, d->r->take);
    }
}

static enum err_code choose_fields(struct deciding *d)
{
    fill_choices(d);
    d->problems = event_merge_problems(d->a, d->choices, d->c.conflicts);
    TRY(end_of_problems(d));
    json_object_object_foreach(d->choices, name, choice)
    {
        (void)name;
        d->written = d->written || json_object_is_type(choice, json_type_object);
    }
    return event_merge_resolve(d->a, &d->c.sides, d->choices, &d->fields, d->e);
}

/* What one side says already is there to be said, however it would look written anew. */
static bool is_a_side(const struct deciding *d)
{
    return (d->c.sides.ours && event_same(d->a, d->fields, d->c.sides.ours)) ||
           (d->c.sides.theirs && event_same(d->a, d->fields, d->c.sides.theirs));
}

static enum err_code decide(struct deciding *d)
{
    struct err why = {0};

    if (d->r->take && !takes(d, "ours") && !takes(d, "theirs"))
        problem(d, "take", "Take either ours or theirs.");
    else if (d->r->choices && !json_object_is_type(d->r->choices, json_type_object))
        problem(d, "fields", "The choices must be an object with one member per conflicting field.");
    else if (d->r->p)
        read_written(d);
    else if (d->c.whole)
        take_side(d);
    else
        TRY(choose_fields(d));
    TRY(end_of_problems(d));
    if (d->fields && !is_a_side(d) && sync_merge_check(d->a, d->fields, &why) != ERR_OK)
        problem(d, "event", arena_strdup(d->a, why.message));
    return end_of_problems(d);
}

static double score_of(struct arena *a, struct json_object *fields)
{
    struct event_quality quality = {.score = 0};

    if (fields)
        event_quality(a, fields, &quality);
    return quality.score;
}

static enum store_validation validation_after(struct deciding *d)
{
    double score = score_of(d->a, d->fields);
    bool worse = d->c.sides.ours && d->c.sides.theirs && score < score_of(d->a, d->c.sides.ours) &&
                 score < score_of(d->a, d->c.sides.theirs);

    return d->written || worse ? STORE_VALIDATION_RESET : STORE_VALIDATION_KEPT;
}

static enum err_code write_content(struct deciding *d, const char *base_hash)
{
    struct store_event_write write = {.id = d->r->id,
                                      .content = jx_text(d->a, d->fields),
                                      .fields = d->fields,
                                      .content_hash = event_hash(d->a, d->fields),
                                      .base_hash = base_hash,
                                      .author = d->r->author,
                                      .reason = "resolve",
                                      .validation = validation_after(d)};

    if (!d->c.event.removed && str_eq(write.content_hash, d->c.event.content_hash))
        return store_event_set_base(d->s, d->r->id, base_hash, d->e);
    return store_event_put(d->s, &write, NULL, d->e);
}

/* The removal here stays and waits; the removal there is followed. */
static enum err_code write_removal(struct deciding *d, const char *base_hash)
{
    TRY(store_event_set_base(d->s, d->r->id, base_hash, d->e));
    return d->c.event.removed ? ERR_OK : store_event_delete(d->s, d->r->id, d->r->author, NULL, d->e);
}

static const char *validation_json(struct arena *a, const struct store_event *event)
{
    struct json_object *o = jx_own(a, json_object_new_object());

    jx_set_text(o, "status", event->validation_status);
    jx_set(o, "score", json_object_new_double(event->quality_score));
    jx_set_text(o, "notes", event->validation_notes);
    jx_set_int(o, "at", event->validated_at_us);
    return jx_text(a, o);
}

static const char *names_of(struct arena *a, struct json_object *conflicts)
{
    struct json_object *names = jx_own(a, json_object_new_array());

    for (size_t i = 0; i < json_object_array_length(conflicts); i++)
        jx_push_text(names, jx_get_text(json_object_array_get_idx(conflicts, i), "field"));
    return jx_text(a, names);
}

static enum err_code write_down(struct deciding *d)
{
    struct conflict_resolver_conflict *c = &d->c;
    struct store_event after;
    struct store_decision decision = {
        .event_id = d->r->id,
        .author = d->r->author,
        .kind = c->kind,
        .fields = names_of(d->a, c->conflicts),
        .take = d->r->p ? "written" : d->r->take,
        .choices = d->r->choices ? jx_text(d->a, d->r->choices) : NULL,
        .opened_at_us = c->row.opened_at_us,
        .base = c->row.base,
        .ours = c->event.removed ? NULL : c->event.content,
        .theirs = c->row.theirs,
        .base_hash = c->event.base_hash,
        .before = c->event.content,
        .after = d->fields ? jx_text(d->a, d->fields) : NULL,
        .validation = validation_json(d->a, &c->event),
    };
    struct err none = {0};
    enum err_code code = store_event_get(d->s, d->a, d->r->id, &after, &none);

    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *d->e = none, code;
    decision.revision = code == ERR_OK && !str_eq(after.state, "gone") ? after.revision : 0;
    return store_decision_add(d->s, &decision, d->e);
}

enum err_code conflict_resolver_resolve(struct store *s, struct arena *a, const struct conflict_resolution *r,
                                        struct json_object **problems, struct err *e)
{
    struct deciding d = {.s = s, .a = a, .r = r, .e = e, .problems = jx_own(a, json_object_new_array())};
    const char *base_hash;
    enum err_code code;

    *problems = NULL;
    TRY(conflict_resolver_look(s, a, r->id, &d.c, e));
    if (r->version && !str_eq(r->version, d.c.version))
        return err_set(e, ERR_STALE,
                       "The event %s has changed here or in the repository since you looked at the conflict. "
                       "Look at it again, then decide; nothing was changed.",
                       r->id);
    code = decide(&d);
    *problems = d.problems;
    TRY(code);
    base_hash = d.c.sides.theirs ? event_hash(a, d.c.sides.theirs) : "";
    TRY(store_conflict_close(s, r->id, e));
    TRY(d.fields ? write_content(&d, base_hash) : write_removal(&d, base_hash));
    return write_down(&d);
}
