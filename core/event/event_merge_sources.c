/* Lists of sources: each source that two sides have is merged key by key. */
#include "core/event/event_merge_internal.h"

static const char field[] = "sources";

/* A row for the page, and what stands meanwhile. key NULL: the whole source. */
static struct event_slot conflict(struct event_merger *m, const struct event_three *source, const char *key,
                                  const struct event_three *v)
{
    struct json_object *row = json_object_new_object();
    struct event_slot named = source->ours.there ? source->ours : source->theirs;
    const char *choice;

    if (!m->details)
        m->details = jx_own(m->arena, json_object_new_array());
    choice = arena_printf(m->arena, "%s/%zu", field, json_object_array_length(m->details) + 1);
    jx_set_text(row, "choice", choice);
    jx_set_text(row, "source", event_source_name(m->arena, named.value));
    if (key)
        jx_set_text(row, "key", key);
    event_merge_add_sides(row, v);
    jx_push(m->details, row);
    return event_merge_decide(m, choice, field, v);
}

static struct event_slot merge_keys(struct event_merger *m, const struct event_three *source)
{
    /* A base that is no map (a bare URL that both sides made a map of) has no keys. */
    struct event_sides sides = {source->base.value, source->ours.value, source->theirs.value};
    struct event_slot out = {true, jx_own(m->arena, json_object_new_object())};
    size_t n;
    const char **keys = event_keys_of_both(m->arena, sides.ours, sides.theirs, &n);

    for (size_t i = 0; i < n; i++) {
        struct event_three v = event_three_of(&sides, keys[i]);
        struct event_slot value;

        v.has_base = true;
        if (!event_merge_value(m->arena, keys[i], &v, &value))
            value = conflict(m, source, keys[i], &v);
        event_slot_set(out.value, keys[i], value);
    }
    return out;
}

static struct event_slot merge_source(struct event_merger *m, const struct event_three *source)
{
    struct event_slot out;

    if (event_merge_value(m->arena, "", source, &out))
        return out;
    if (event_slot_is(source->ours, json_type_object) && event_slot_is(source->theirs, json_type_object))
        return merge_keys(m, source);
    return conflict(m, source, NULL, source);
}

/* Who is who: partners of the base's sources on both sides, and of what both sides added. */
struct sources {
    struct event_source_list base_ours; /* the base as seen from ours */
    struct event_source_list ours;
    struct event_source_list base_theirs;
    struct event_source_list theirs;
    struct event_source_list new_ours; /* ours and theirs as seen from each other, additions only */
    struct event_source_list new_theirs;
};

static struct event_slot item(const struct event_source_list *side, int i)
{
    if (i == EVENT_SOURCE_NONE)
        return (struct event_slot){0};
    return (struct event_slot){true, json_object_array_get_idx(side->list, (size_t)i)};
}

static void add(struct json_object *out, struct event_slot merged)
{
    if (merged.there)
        jx_push(out, json_object_get(merged.value));
}

static void add_ours(struct event_merger *m, const struct sources *s, struct json_object *out)
{
    for (size_t i = 0; i < s->ours.n; i++) {
        int base = s->ours.partner[i];
        int theirs = base == EVENT_SOURCE_NONE ? s->new_ours.partner[i] : s->base_theirs.partner[base];
        struct event_three source = {true, item(&s->base_ours, base), item(&s->ours, (int)i),
                                     item(&s->theirs, theirs)};

        add(out, merge_source(m, &source));
    }
}

/* What of theirs has no partner in ours: additions, and what ours removed. */
static void add_theirs(struct event_merger *m, const struct sources *s, struct json_object *out)
{
    for (size_t j = 0; j < s->theirs.n; j++) {
        int base = s->theirs.partner[j];
        int ours = base == EVENT_SOURCE_NONE ? s->new_theirs.partner[j] : s->base_ours.partner[base];
        struct event_three source = {.has_base = true, .theirs = item(&s->theirs, (int)j)};

        if (ours != EVENT_SOURCE_NONE)
            continue;
        source.base = item(&s->base_ours, base);
        add(out, merge_source(m, &source));
    }
}

struct json_object *event_merge_sources(struct event_merger *m, const struct event_three *v)
{
    struct json_object *out = jx_own(m->arena, json_object_new_array());
    struct sources s = {0};

    s.base_ours.list = s.base_theirs.list = v->base.value;
    s.ours.list = s.new_ours.list = v->ours.value;
    s.theirs.list = s.new_theirs.list = v->theirs.value;
    event_sources_match(m->arena, &s.base_ours, &s.ours, NULL, NULL);
    event_sources_match(m->arena, &s.base_theirs, &s.theirs, NULL, NULL);
    event_sources_match(m->arena, &s.new_ours, &s.new_theirs, s.ours.partner, s.theirs.partner);
    add_ours(m, &s, out);
    add_theirs(m, &s, out);
    return out;
}
