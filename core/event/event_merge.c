/* The merge of fields: what settles without a look inside, and what each kind of field does when both changed it. */
#include "core/event/event_merge_internal.h"

static bool settle(struct arena *a, const struct event_three *v, struct event_slot *out)
{
    if (event_slot_same(a, v->ours, v->theirs))
        *out = v->ours;
    else if (!v->has_base && (!v->ours.there || !v->theirs.there))
        *out = v->ours.there ? v->ours : v->theirs;
    else if (event_slot_same(a, v->base, v->theirs))
        *out = v->ours;
    else if (event_slot_same(a, v->base, v->ours))
        *out = v->theirs;
    else
        return false;
    return true;
}

static bool are_texts(const struct event_three *v)
{
    return event_slot_is(v->base, json_type_string) && event_slot_is(v->ours, json_type_string) &&
           event_slot_is(v->theirs, json_type_string);
}

bool event_merge_value(struct arena *a, const char *key, const struct event_three *v, struct event_slot *out)
{
    if (settle(a, v, out))
        return true;
    out->there = true;
    if (event_merge_is_set(key, v)) {
        out->value = event_merge_set(a, v);
        return true;
    }
    return are_texts(v) && event_merge_text(a, v, &out->value);
}

bool event_merge_chosen(struct json_object *choice, const struct event_three *v, struct event_slot *out)
{
    bool is_word = json_object_is_type(choice, json_type_string);

    if (is_word && str_eq(json_object_get_string(choice), "ours"))
        *out = v->ours;
    else if (is_word && str_eq(json_object_get_string(choice), "theirs"))
        *out = v->theirs;
    else if (!json_object_is_type(choice, json_type_object) || json_object_object_length(choice) != 1)
        return false;
    else if (json_object_object_get_ex(choice, "value", &out->value))
        out->there = true;
    else if (jx_get_bool(choice, "remove", false))
        *out = (struct event_slot){0};
    else
        return false;
    return true;
}

struct event_slot event_merge_decide(const struct event_merger *m, const char *name, const char *field,
                                     const struct event_three *v)
{
    struct event_slot out = {0};
    struct json_object *of_field = jx_get(m->choices, field);
    /* A value written for all of the field says nothing about one part of it. */
    bool for_part = str_eq(name, field) || json_object_is_type(of_field, json_type_string);

    if (event_merge_chosen(jx_get(m->choices, name), v, &out) ||
        (for_part && event_merge_chosen(of_field, v, &out)))
        return out;
    return v->ours;
}

static void add_conflict(struct event_merger *m, const char *key, const struct event_three *v,
                         struct json_object *conflicts)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "field", key);
    event_merge_add_sides(row, v);
    if (m->details)
        jx_set(row, "detail", json_object_get(m->details));
    jx_push(conflicts, row);
}

/* An id is what both sides are matched by, so it neither changes nor goes away here. */
static bool merge_id(struct arena *a, const struct event_three *v, struct event_slot *out)
{
    *out = v->ours.there ? v->ours : v->theirs;
    return !v->ours.there || !v->theirs.there || event_same(a, v->ours.value, v->theirs.value);
}

/* True when nothing of the field conflicts. */
static bool merge_field(struct event_merger *m, const char *key, const struct event_three *v,
                        struct event_slot *out)
{
    if (str_eq(key, "id"))
        return merge_id(m->arena, v, out);
    if (!str_eq(key, "sources") || !event_merge_are_lists(v) || settle(m->arena, v, out))
        return event_merge_value(m->arena, key, v, out);
    *out = (struct event_slot){true, event_merge_sources(m, v)};
    return m->details == NULL;
}

/* The sources that conflict are decided one by one; a value written for all of them, or another kind of field, is
 * decided here. */
static struct event_slot decide_field(const struct event_merger *m, const char *key,
                                      const struct event_three *v, struct event_slot merged)
{
    if (m->details && !json_object_is_type(jx_get(m->choices, key), json_type_object))
        return merged;
    return event_merge_decide(m, key, key, v);
}

void event_merge_run(struct event_merger *m, const struct event_sides *sides, struct event_merge *out)
{
    size_t n;
    const char **keys = event_keys_of_both(m->arena, sides->ours, sides->theirs, &n);

    out->fields = jx_own(m->arena, json_object_new_object());
    out->conflicts = jx_own(m->arena, json_object_new_array());
    out->from_theirs = jx_own(m->arena, json_object_new_array());
    for (size_t i = 0; i < n; i++) {
        struct event_three v = event_three_of(sides, keys[i]);
        struct event_slot merged;

        m->details = NULL;
        if (!merge_field(m, keys[i], &v, &merged)) {
            add_conflict(m, keys[i], &v, out->conflicts);
            merged = decide_field(m, keys[i], &v, merged);
        }
        event_slot_set(out->fields, keys[i], merged);
        if (!event_slot_same(m->arena, v.ours, merged))
            jx_push_text(out->from_theirs, keys[i]);
    }
}

void event_merge(struct arena *a, struct json_object *base, struct json_object *ours,
                 struct json_object *theirs, struct event_merge *out)
{
    struct event_merger m = {.arena = a};
    struct event_sides sides = {base, ours, theirs};

    event_merge_run(&m, &sides, out);
}
