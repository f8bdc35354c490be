/*
 * Any value as lines of text that can be read and compared.
 */
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view.h"
#include "fcgi/view_sides.h"

enum { STEP = 2 };

static const char CUT[] = "\n… (longer than is shown here)";

struct text {
    struct arena *arena;
    struct str out;
    bool cut;
};

static void add(struct text *t, const char *p, size_t n)
{
    size_t fits = utf8_cut(p, n, VIEW_SIDES_TEXT_BYTES - t->out.n);

    if (t->cut)
        return;
    str_addn(&t->out, p, fits);
    t->cut = fits < n;
}

static void add_text(struct text *t, const char *text)
{
    add(t, text, strlen(text));
}

static void indent(struct text *t, int depth)
{
    for (int i = 0; i < depth * STEP && !t->cut; i++)
        add(t, " ", 1);
}

static bool is_nested(const struct json_object *value)
{
    return json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array);
}

static void add_scalar(struct text *t, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: add_text(t, "(empty)"); return;
    case json_type_boolean: add_text(t, json_object_get_boolean(value) ? "yes" : "no"); return;
    case json_type_string: add_text(t, json_object_get_string(value)); return;
    case json_type_int:
    case json_type_double:
    case json_type_array:
    case json_type_object: break;
    }
    add_text(t, jx_text(t->arena, value));
}

static void add_lines(struct text *t, struct json_object *value, int depth);

static void add_items(struct text *t, struct json_object *list, int depth)
{
    size_t n = json_object_array_length(list);

    if (!n)
        add_text(t, "(empty list)");
    for (size_t i = 0; i < n && !t->cut; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        if (i)
            add(t, "\n", 1);
        indent(t, i ? depth : 0); /* the first line begins behind what stands there */
        if (depth || is_nested(item))
            add_text(t, "– ");
        add_lines(t, item, depth + 1);
    }
}

static void add_members(struct text *t, struct json_object *object, int depth)
{
    bool first = true;

    if (!json_object_object_length(object))
        add_text(t, "(empty)");
    json_object_object_foreach(object, key, member)
    {
        bool below = is_nested(member) &&
                     (json_object_is_type(member, json_type_object) ? json_object_object_length(member) > 0
                                                                    : json_object_array_length(member) > 0);

        if (t->cut)
            return;
        if (!first)
            add(t, "\n", 1);
        indent(t, first ? 0 : depth);
        first = false;
        add_text(t, view_label(t->arena, key));
        add_text(t, below ? ":\n" : ": ");
        if (below)
            indent(t, depth + 1);
        add_lines(t, member, depth + 1);
    }
}

static void add_lines(struct text *t, struct json_object *value, int depth)
{
    if (json_object_is_type(value, json_type_array))
        add_items(t, value, depth);
    else if (json_object_is_type(value, json_type_object))
        add_members(t, value, depth);
    else
        add_scalar(t, value);
}

char *view_sides_text(struct arena *a, const struct json_object *value)
{
    /* json-c's readers take no const though they change nothing. */
    struct json_object *v = (struct json_object *)(uintptr_t)value;
    struct text t = {.arena = a};

    str_init(&t.out, a, VIEW_SIDES_TEXT_BYTES + sizeof CUT);
    if (!v)
        return t.out.p;
    add_lines(&t, v, 0);
    if (t.cut)
        str_add(&t.out, CUT);
    return t.out.p;
}
