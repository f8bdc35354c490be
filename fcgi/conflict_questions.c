/*
 * What a conflict asks, as people read it: the sides of each field beside each other, and what needs no question.
 */
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/page_conflict.h"
#include "fcgi/view.h"
#include "fcgi/view_sides.h"

enum { WORDS_FIELDS = 3, BESIDE_SHOWN = 8, WHOLE_SHOWN = 20, TITLE_BYTES = 240 };

const char *conflict_address(struct exchange *x, const char *id)
{
    return arena_printf(x->arena, "/conflicts/%s", request_encode(x->arena, id));
}

const char *conflict_title(struct exchange *x, const char *title)
{
    size_t n = strlen(title);
    size_t cut = utf8_cut(title, n, TITLE_BYTES);

    return cut < n ? arena_printf(x->arena, "%.*s…", (int)cut, title) : title;
}

/* ---- in a few words */

static const char *field_names(struct exchange *x, const struct json_object *fields)
{
    size_t n = fields ? json_object_array_length(fields) : 0;
    struct str s;

    str_init(&s, x->arena, 4096);
    for (size_t i = 0; i < n && i < WORDS_FIELDS; i++) {
        struct json_object *item = json_object_array_get_idx(fields, i);
        /* A list has names, one conflict's own view has objects. */
        const char *name = json_object_is_type(item, json_type_string) ? json_object_get_string(item)
                                                                       : jx_get_text(item, "field");

        str_addf(&s, "%s%s", i ? ", " : "", conflict_label(x, name ? name : ""));
    }
    if (n > WORDS_FIELDS)
        str_addf(&s, " and %s more", view_count(x->arena, (int64_t)(n - WORDS_FIELDS)));
    return s.p;
}

const char *conflict_words(struct exchange *x, const struct json_object *conflict)
{
    const char *kind = jx_get_text(conflict, "kind");
    const char *names = field_names(x, jx_get(conflict, "fields"));

    if (str_eq(kind, "removed_here"))
        return "removed here, changed in the repository";
    if (str_eq(kind, "removed_there"))
        return "removed in the repository, changed here";
    if (str_eq(kind, "added"))
        return *names ? arena_printf(x->arena, "added on both sides: %s", names) : "added on both sides";
    return names;
}

/* ---- one question */

/* Names the form's fields and says which is chosen. */
static void set_choice(struct exchange *x, struct json_object *model, const char *id)
{
    const char *name = arena_printf(x->arena, CONFLICT_CHOICE "%s", id);
    const char *chosen = form_first(&x->form, name);

    jx_set_text(model, "id", id);
    jx_set_text(model, "choice", name);
    jx_set_bool(model, "is_ours", str_eq(chosen, "ours"));
    jx_set_bool(model, "is_theirs", str_eq(chosen, "theirs"));
    jx_set_bool(model, "is_own", str_eq(chosen, "own"));
    jx_set_text(model, "error", NULL);
}

static bool is_there(const struct json_object *row, const char *side)
{
    return json_object_object_get_ex(row, side, NULL);
}

static struct json_object *question(struct exchange *x, const struct conflict_item *item, size_t *room,
                                    size_t *own_room)
{
    struct json_object *q = json_object_new_object();

    set_choice(x, q, item->id);
    jx_set_text(q, "label", item->label);
    jx_set(q, "sides", view_sides(x->arena, item->sides, room));
    jx_set_text(q, "take_ours", is_there(item->sides, "ours") ? "As it is here" : "Without it, as here");
    jx_set_text(q, "take_theirs",
                is_there(item->sides, "theirs") ? "As in the repository"
                                                : "Without it, as in the repository");
    jx_set(q, "own", conflict_own(x, item, own_room));
    return q;
}

static void set_rest(struct exchange *x, struct json_object *model, size_t more)
{
    struct json_object *rest = NULL;

    if (more) {
        rest = json_object_new_object();
        set_choice(x, rest, CONFLICT_REST);
        jx_set_text(rest, "label", view_plural(x->arena, (int64_t)more, "more question", "more questions"));
    }
    jx_set(model, "rest", rest);
}

/* ---- one question about all of it */

static void push_option(struct json_object *whole, const char *value, const char *label, const char *hint)
{
    struct json_object *option = json_object_new_object();

    jx_set_text(option, "value", value);
    jx_set_text(option, "label", label);
    jx_set_text(option, "hint", hint);
    jx_set_bool(option, "chosen", jx_get_bool(whole, str_eq(value, "ours") ? "is_ours" : "is_theirs", false));
    jx_push(jx_get(whole, "options"), option);
}

static void set_options(struct json_object *whole, const char *kind)
{
    jx_set(whole, "options", json_object_new_array());
    if (str_eq(kind, "removed_here")) {
        push_option(whole, "theirs", "Keep it", "It comes back here as the repository has it.");
        push_option(whole, "ours", "Remove it",
                    "It stays removed here, and a pull request removes it in the repository too.");
    } else if (str_eq(kind, "removed_there")) {
        push_option(whole, "ours", "Keep it",
                    "It stays as it is here, and a pull request brings it back into the repository.");
        push_option(whole, "theirs", "Remove it", "It goes here too. What it said stays in its history.");
    } else {
        push_option(whole, "ours", "As it is here",
                    "All of it; a pull request takes back what was changed in the repository.");
        push_option(whole, "theirs", "As in the repository",
                    "All of it; what was changed here stays in its history.");
    }
}

/* ---- what needs no question */

static bool is_named(const struct json_object *names, const char *field)
{
    for (size_t i = 0; names && i < json_object_array_length(names); i++)
        if (str_eq(json_object_get_string(json_object_array_get_idx(names, i)), field))
            return true;
    return false;
}

static bool is_asked(const struct json_object *fields, const char *field)
{
    for (size_t i = 0; fields && i < json_object_array_length(fields); i++)
        if (str_eq(jx_get_text(json_object_array_get_idx(fields, i), "field"), field))
            return true;
    return false;
}

struct beside {
    const struct json_object *changes; /* event_diff() */
    const struct json_object *only;    /* names; NULL: all */
    const struct json_object *but;     /* rows of fields; NULL: none */
    size_t most;
};

/* {items: [{label, cell}], more, n}, or NULL when nothing is left. */
static struct json_object *changes_of(struct exchange *x, const struct beside *b, size_t *room)
{
    struct json_object *section = json_object_new_object();
    struct json_object *items = json_object_new_array();
    size_t n = 0;

    for (size_t i = 0; b->changes && i < json_object_array_length(b->changes); i++) {
        const struct json_object *change = json_object_array_get_idx(b->changes, i);
        const char *field = jx_get_text(change, "field");
        struct json_object *item;

        if (!field || (b->only && !is_named(b->only, field)) || is_asked(b->but, field) || n++ >= b->most)
            continue;
        item = json_object_new_object();
        jx_set_text(item, "label", conflict_label(x, field));
        jx_set(item, "cell",
               jx_get_bool(change, "reordered", false) ? NULL : view_sides_change(x->arena, change, room));
        jx_push(items, item);
    }
    jx_set(section, "items", items);
    jx_set_text(section, "more", n > b->most ? view_more(x->arena, n - b->most) : NULL);
    jx_set_text(section, "count", view_plural(x->arena, (int64_t)n, "field", "fields"));
    if (n)
        return section;
    json_object_put(section);
    return NULL;
}

static void set_beside(struct exchange *x, struct json_object *model, const struct json_object *conflict)
{
    const struct json_object *fields = jx_get(conflict, "fields");
    const struct beside theirs = {jx_get(conflict, "changed_there"), jx_get(conflict, "from_theirs"), fields,
                                  BESIDE_SHOWN};
    const struct beside ours = {jx_get(conflict, "changed_here"), NULL, fields, BESIDE_SHOWN};
    size_t room = CONFLICT_BESIDE_BYTES;

    jx_set(model, "comes_in", changes_of(x, &theirs, &room));
    /* Of an event that both sides added everything was changed. */
    jx_set(model, "stays", jx_get(conflict, "base") ? changes_of(x, &ours, &room) : NULL);
}

static void set_whole(struct exchange *x, struct json_object *model, const struct json_object *conflict,
                      size_t *room)
{
    struct json_object *whole = json_object_new_object();
    const char *kind = jx_get_text(conflict, "kind");
    bool removed_here = str_eq(kind, "removed_here");
    bool removed_there = str_eq(kind, "removed_there");
    const struct beside here = {jx_get(conflict, "changed_here"), NULL, NULL, WHOLE_SHOWN};
    const struct beside there = {jx_get(conflict, "changed_there"), NULL, NULL, WHOLE_SHOWN};

    set_choice(x, whole, CONFLICT_WHOLE);
    set_options(whole, kind);
    jx_set_text(whole, "changes",
                removed_here    ? "What was changed in the repository since"
                : removed_there ? "What was changed here since"
                                : "What was changed here");
    jx_set(whole, "changed", changes_of(x, removed_here ? &there : &here, room));
    jx_set(model, "whole", whole);
    if (!removed_here && !removed_there)
        jx_set(model, "there_too", changes_of(x, &there, room));
}

void conflict_set_questions(struct exchange *x, struct json_object *model, const struct json_object *conflict,
                            bool form)
{
    struct json_object *questions = json_object_new_array();
    size_t room = CONFLICT_SIDES_BYTES;
    size_t own_room = form ? CONFLICT_OWN_BYTES : 0;
    struct conflict_items items;

    conflict_items(x, conflict, &items);
    for (size_t i = 0; i < items.n; i++)
        jx_push(questions, question(x, &items.items[i], &room, &own_room));
    jx_set(model, "questions", questions);
    set_rest(x, model, items.more);
    jx_set(model, "whole", NULL);
    jx_set(model, "comes_in", NULL);
    jx_set(model, "stays", NULL);
    jx_set(model, "there_too", NULL);
    if (items.whole)
        set_whole(x, model, conflict, &room);
    else
        set_beside(x, model, conflict);
}
