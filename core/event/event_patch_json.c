/*
 * Edits JSON by the spans of its values. What is added takes the white space that stands between its neighbours.
 */
#include <string.h>

#include "core/event/event_patch.h"

struct patch {
    struct event_edits *edits;
    const char *p;
    const char *newline; /* NULL: the file has one line */
    const char *unit;
    bool ascii;
    bool whole; /* do not look into top-level fields */
};

static bool change_value(struct patch *x, struct event_node *node, struct json_object *from,
                         struct json_object *to, int depth);

static size_t start_of(const struct event_node *child)
{
    return child->key ? child->key->span.from : child->span.from;
}

static char *copy(const struct patch *x, size_t from, size_t to)
{
    return arena_strndup(x->edits->arena, x->p + from, to - from);
}

/* White space before a line's first character. */
static char *indent_at(const struct patch *x, size_t at)
{
    size_t from = at;

    while (from > 0 && x->p[from - 1] != '\n')
        from--;
    return copy(x, from, from + strspn(x->p + from, " \t"));
}

/* A value (behind its key, when there is one) that stands on a line indented by prefix. */
static void write_value(const struct patch *x, struct str *out, const char *key, struct json_object *value,
                        const char *prefix)
{
    struct event_json j = {.out = out, .newline = x->newline, .unit = x->unit, .ascii = x->ascii};

    if (key) {
        event_write_json_text(&j, key, strlen(key));
        str_add(out, ": ");
    }
    event_write_json(&j, value, prefix);
}

static void replace_value(struct patch *x, const struct event_node *node, struct json_object *to)
{
    struct str out;

    str_init(&out, x->edits->arena, EVENT_FILE_BYTES);
    write_value(x, &out, NULL, to, indent_at(x, node->span.from));
    event_edits_add(x->edits, node->span, out.p, out.n);
}

/* White space that stands before a child: behind the comma before it, else behind the first comma or the bracket. */
static char *separator(const struct patch *x, const struct event_node *parent, const struct event_node *child)
{
    const struct event_node *left = parent->first;
    size_t from = parent->span.from + 1;

    while (left->next && left->next != child && child && child != parent->first)
        left = left->next;
    if (left->next) {
        const char *comma = memchr(x->p + left->span.to, ',', start_of(left->next) - left->span.to);

        from = comma ? (size_t)(comma - x->p) + 1 : from;
        return copy(x, from, start_of(left->next));
    }
    return start_of(left) > from ? copy(x, from, start_of(left)) : arena_strdup(x->edits->arena, " ");
}

/* Insert behind a child, or before the first one. */
static void insert(struct patch *x, const struct event_node *parent, const struct event_node *behind,
                   const char *key, struct json_object *value)
{
    char *between = separator(x, parent, behind);
    const char *line = strrchr(between, '\n');
    size_t at = behind ? behind->span.to : start_of(parent->first);
    struct str out;

    str_init(&out, x->edits->arena, EVENT_FILE_BYTES);
    if (behind) {
        str_addc(&out, ',');
        str_add(&out, between);
    }
    write_value(x, &out, key, value, line ? line + 1 : indent_at(x, at));
    if (!behind) {
        str_addc(&out, ',');
        str_add(&out, between);
    }
    event_edits_add(x->edits, (struct event_span){at, at}, out.p, out.n);
}

/* Drop children for which gone[] is set; at least one stays. A comma goes with each. */
static void drop_children(struct patch *x, const struct event_node *parent, const bool *gone)
{
    const struct event_node *child = parent->first;
    size_t i = 0;
    size_t from = start_of(child);

    if (gone[0]) {
        for (; child->next && gone[i]; i++)
            child = child->next;
        event_edits_add(x->edits, (struct event_span){from, start_of(child)}, "", 0);
    }
    for (; child; child = child->next, i++) {
        if (gone[i])
            event_edits_add(x->edits, (struct event_span){from, child->span.to}, "", 0);
        from = child->span.to;
    }
}

static struct event_node *entry_of(const struct event_node *map, const char *key)
{
    struct event_node *entry = map->first;

    while (entry && !str_eq(entry->key->text, key))
        entry = entry->next;
    return entry;
}

static bool change_map(struct patch *x, struct event_node *map, struct json_object *from,
                       struct json_object *to, int depth)
{
    bool *gone = arena_array(x->edits->arena, (size_t)map->count, sizeof *gone);
    struct event_node *last = map->first;
    size_t i = 0;
    size_t left = (size_t)map->count;

    for (struct event_node *entry = map->first; entry; entry = entry->next, i++) {
        gone[i] = !json_object_object_get_ex(to, entry->key->text, NULL);
        left -= gone[i];
        last = entry;
    }
    if (!left)
        return false;
    drop_children(x, map, gone);
    for (struct event_node *entry = map->first; entry; entry = entry->next) {
        struct json_object *value;

        if (json_object_object_get_ex(to, entry->key->text, &value))
            change_value(x, entry, jx_get(from, entry->key->text), value, depth + 1);
    }
    json_object_object_foreach(to, key, member)
    {
        if (!entry_of(map, key))
            insert(x, map, last, key, member);
    }
    return true;
}

static bool change_list(struct patch *x, struct event_node *list, struct json_object *from,
                        struct json_object *to, int depth)
{
    size_t n = (size_t)list->count;
    struct event_node **items = arena_array(x->edits->arena, n, sizeof(struct event_node *));
    bool *gone = arena_array(x->edits->arena, n, sizeof *gone);
    size_t count = 0;
    size_t left = n;
    struct event_step *steps;

    for (struct event_node *item = list->first; item; item = item->next)
        items[count++] = item;
    steps = event_patch_align(x->edits->arena, from, to, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].kind == EVENT_STEP_REMOVE) {
            gone[steps[i].from] = true;
            left--;
        }
    if (!left)
        return false;
    drop_children(x, list, gone);
    for (size_t i = 0; i < count; i++) {
        struct event_step s = steps[i];

        if (s.kind == EVENT_STEP_CHANGE)
            change_value(x, items[s.from], json_object_array_get_idx(from, s.from),
                         json_object_array_get_idx(to, s.to), depth + 1);
        else if (s.kind == EVENT_STEP_INSERT)
            insert(x, list, s.from ? items[s.from - 1] : NULL, NULL, json_object_array_get_idx(to, s.to));
    }
    return true;
}

static bool change_value(struct patch *x, struct event_node *node, struct json_object *from,
                         struct json_object *to, int depth)
{
    bool look_inside = node->first && (depth == 0 || !x->whole);

    if (event_same(x->edits->arena, from, to))
        return true;
    if (look_inside && node->kind == EVENT_NODE_MAP && json_object_is_type(to, json_type_object) &&
        change_map(x, node, from, to, depth))
        return true;
    if (look_inside && node->kind == EVENT_NODE_LIST && json_object_is_type(to, json_type_array) &&
        change_list(x, node, from, to, depth))
        return true;
    replace_value(x, node, to);
    return true;
}

/* ASCII only where the file shows that it escapes: no other byte, and an escape. */
static bool is_ascii(const struct event_edits *edits)
{
    for (size_t i = 0; i < edits->n; i++)
        if ((unsigned char)edits->p[i] > 0x7F)
            return false;
    return memmem(edits->p, edits->n, "\\u", 2) != NULL;
}

bool event_patch_json(struct event_edits *edits, struct json_object *from, struct json_object *to,
                      enum event_patch_grain grain)
{
    struct patch x = {.edits = edits, .p = edits->p, .unit = "  ", .whole = grain != EVENT_GRAIN_FINE};
    struct event_node *root = event_patch_scan(edits->arena, edits->p, edits->n);

    if (!root->first || grain == EVENT_GRAIN_ALL)
        return false;
    x.ascii = is_ascii(edits);
    if (memchr(edits->p + root->span.from, '\n', start_of(root->first) - root->span.from)) {
        x.newline = memmem(edits->p, edits->n, "\r\n", 2) ? "\r\n" : "\n";
        x.unit = indent_at(&x, start_of(root->first));
    }
    return change_value(&x, root, from, to, 0);
}
