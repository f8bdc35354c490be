/*
 * Edits YAML by the spans of its nodes. Lines are the unit of adding and removing; a changed scalar is replaced between
 * its own bytes, so that a comment behind it stays.
 */
#include <string.h>

#include "core/event/event_patch.h"
#include "core/util/utf8.h"

struct patch {
    struct event_edits *edits;
    const char *p;
    struct event_span part;
    const char *newline;
    size_t width;
    size_t list_offset;
};

/* Where a value hangs: behind the ':' of its key or its '-'. */
struct place {
    size_t behind; /* offset behind ':' or '-' */
    size_t indent; /* column of the map or list that holds it */
    bool dash;
};

static bool change_value(struct patch *x, struct event_node *node, struct json_object *to,
                         struct place place);

static size_t line_start(const struct patch *x, size_t at)
{
    while (at > x->part.from && x->p[at - 1] != '\n')
        at--;
    return at;
}

/* Behind the line end of the line that holds the byte before `at`. */
static size_t line_end(const struct patch *x, size_t at)
{
    const char *stop = at < x->part.to ? memchr(x->p + at, '\n', x->part.to - at) : NULL;

    return stop ? (size_t)(stop - x->p) + 1 : x->part.to;
}

/* Behind the lines of a value. Blank lines behind a block that keeps them (`|+`) are part of it. */
static size_t lines_end(const struct patch *x, const struct event_node *node)
{
    size_t end = line_end(x, node->span.to);
    size_t header;

    while (node->first)
        for (node = node->first; node->next;)
            node = node->next;
    header = node->span.from;
    if (node->style != EVENT_STYLE_LITERAL && node->style != EVENT_STYLE_FOLDED)
        return end;
    if (!memchr(x->p + header, '+', strcspn(x->p + header, " #\r\n")))
        return end;
    while (end < x->part.to && strchr("\r\n", x->p[end + strspn(x->p + end, " ")]))
        end = line_end(x, end);
    return end;
}

static bool only_spaces_before(const struct patch *x, size_t at)
{
    size_t from = line_start(x, at);

    return strspn(x->p + from, " ") >= at - from;
}

static struct event_yaml start_yaml(const struct patch *x, struct str *out, size_t column)
{
    str_init(out, x->edits->arena, EVENT_FILE_BYTES);
    return (struct event_yaml){
        .out = out, .column = column, .width = x->width, .list_offset = x->list_offset};
}

/* A fragment with the line endings of the file. */
static void splice(struct patch *x, struct event_span span, const struct str *text)
{
    struct str out;

    str_init(&out, x->edits->arena, EVENT_FILE_BYTES);
    for (const char *p = text->p; *p;) {
        size_t n = strcspn(p, "\n");

        str_addn(&out, p, n);
        p += n;
        if (*p) {
            str_add(&out, x->newline);
            p++;
        }
    }
    event_edits_add(x->edits, span, out.p, out.n);
}

/* Whole lines at `at`, which begins a line or is the end of a part whose last line has no line end. */
static void splice_lines(struct patch *x, size_t at, const struct str *lines)
{
    bool joined = at == x->part.to && at > x->part.from && x->p[at - 1] != '\n';
    struct str out;

    str_init(&out, x->edits->arena, EVENT_FILE_BYTES);
    if (joined)
        str_addc(&out, '\n');
    str_addn(&out, lines->p, lines->n);
    if (!joined)
        str_addc(&out, '\n');
    splice(x, (struct event_span){at, at}, &out);
}

static void drop(struct patch *x, size_t from, size_t to)
{
    event_edits_add(x->edits, (struct event_span){from, to}, "", 0);
}

/* Trailing spaces of a block scalar's last line belong to it. */
static size_t value_end(const struct patch *x, const struct event_node *node)
{
    size_t end = node->span.to;

    if (node->style == EVENT_STYLE_LITERAL || node->style == EVENT_STYLE_FOLDED)
        while (end < x->part.to && (x->p[end] == ' ' || x->p[end] == '\t'))
            end++;
    return end;
}

/* Replace a value as a whole. One that stays on its line keeps the spaces before it. */
static void replace_value(struct patch *x, const struct event_node *node, struct json_object *to,
                          struct place place)
{
    bool block = node->kind != EVENT_NODE_SCALAR && node->style == EVENT_STYLE_BLOCK;
    bool flow_list = node->kind == EVENT_NODE_LIST && !block && node->count > 0 &&
                     json_object_is_type(to, json_type_array) && event_patch_is_flat(to);
    struct event_span span = {node->span.from, value_end(x, node)};
    size_t from = line_start(x, span.from);
    struct str out;
    struct event_yaml y = start_yaml(x, &out, utf8_length(x->p + from, span.from - from));

    if (flow_list) {
        event_write_flow(&y, to);
        splice(x, span, &out);
        return;
    }
    if (block || !event_patch_is_leaf(to) || span.from == place.behind) {
        span.from = place.behind;
        y.column = utf8_length(x->p + line_start(x, span.from), span.from - line_start(x, span.from));
        event_write_value(&y, to, place.indent, place.dash, event_patch_style(node, to));
        splice(x, span, &out);
        return;
    }
    span.from--; /* its own space is what event_write_value() begins with */
    y.column--;
    event_write_value(&y, to, place.indent, place.dash, event_patch_style(node, to));
    splice(x, span, &out);
}

/* Offset behind the ':' of an entry; 0 for a layout that is not "key:" on one line. */
static size_t behind_colon(const struct patch *x, const struct event_node *entry)
{
    size_t at = entry->key->span.to;

    while (at < entry->span.from && x->p[at] == ' ')
        at++;
    return at < x->part.to && x->p[at] == ':' ? at + 1 : 0;
}

/* Entries of a block map: keys in one column, each on its own line, the first maybe behind a dash. */
static bool known_map(const struct patch *x, const struct event_node *map)
{
    for (const struct event_node *entry = map->first; entry; entry = entry->next)
        if (!behind_colon(x, entry) || (entry != map->first && !only_spaces_before(x, entry->key->span.from)))
            return false;
    return map->first && map->span.from == map->first->key->span.from;
}

/* Drop the entries whose key is gone. A first entry behind a dash leaves its place to the first that stays. */
static void drop_entries(struct patch *x, struct event_node *map, struct json_object *to)
{
    struct event_node *entry = map->first;

    if (!only_spaces_before(x, entry->key->span.from) &&
        !json_object_object_get_ex(to, entry->key->text, NULL)) {
        while (entry->next && !json_object_object_get_ex(to, entry->key->text, NULL))
            entry = entry->next;
        drop(x, map->first->key->span.from, entry->key->span.from);
    }
    for (; entry; entry = entry->next)
        if (!json_object_object_get_ex(to, entry->key->text, NULL))
            drop(x, line_start(x, entry->key->span.from), lines_end(x, entry));
}

static struct event_node *entry_of(const struct event_node *map, const char *key)
{
    struct event_node *entry = map && map->kind == EVENT_NODE_MAP ? map->first : NULL;

    while (entry && strcmp(entry->key->text, key) != 0)
        entry = entry->next;
    return entry;
}

static bool any_stays(const struct event_node *map, struct json_object *to)
{
    for (const struct event_node *entry = map->first; entry; entry = entry->next)
        if (json_object_object_get_ex(to, entry->key->text, NULL))
            return true;
    return false;
}

static void pad(struct event_yaml *y, size_t column)
{
    while (y->column < column)
        event_write_put(y, " ", 1);
}

/* New entries go behind the last one. */
static void add_entries(struct patch *x, struct event_node *map, struct json_object *to)
{
    size_t indent = map->first ? map->first->key->indent : 0;
    size_t end = lines_end(x, map);

    json_object_object_foreach(to, key, member)
    {
        struct str line;
        struct event_yaml y = start_yaml(x, &line, 0);

        if (entry_of(map, key))
            continue;
        pad(&y, indent);
        event_write_member(&y, key, member, indent, 0);
        splice_lines(x, end, &line);
    }
}

static bool change_map(struct patch *x, struct event_node *map, struct json_object *to)
{
    size_t indent = map->first ? map->first->key->indent : 0;

    if (!known_map(x, map) || !any_stays(map, to))
        return false;
    drop_entries(x, map, to);
    for (struct event_node *entry = map->first; entry; entry = entry->next) {
        struct json_object *value;
        struct place place = {behind_colon(x, entry), indent, false};

        if (json_object_object_get_ex(to, entry->key->text, &value) && !change_value(x, entry, value, place))
            return false;
    }
    add_entries(x, map, to);
    return true;
}

/* Items of a block list, each on its own line. */
static bool known_list(const struct patch *x, const struct event_node *list)
{
    for (const struct event_node *item = list->first; item; item = item->next)
        if (x->p[item->dash] != '-' || !only_spaces_before(x, item->dash))
            return false;
    return list->first != NULL;
}

/* A new item, quoted like the one before it. */
static void write_item(struct event_yaml *y, struct json_object *value, const struct event_node *beside,
                       size_t indent)
{
    size_t inner = indent + 2;
    bool first = true;

    if (beside && beside->kind == EVENT_NODE_MAP && beside->first && beside->style == EVENT_STYLE_BLOCK)
        inner = beside->first->key->indent;
    pad(y, indent);
    event_write_put(y, "-", 1);
    if (event_patch_is_leaf(value) || !json_object_is_type(value, json_type_object)) {
        event_write_value(y, value, indent, true, event_patch_style(beside, value));
        return;
    }
    pad(y, inner);
    json_object_object_foreach(value, key, member)
    {
        if (!first)
            event_write_line(y, inner);
        event_write_member(y, key, member, inner, event_patch_style(entry_of(beside, key), member));
        first = false;
    }
}

static void insert_item(struct patch *x, struct event_node **items, size_t at, struct json_object *value)
{
    const struct event_node *beside = items[at ? at - 1 : 0];
    size_t indent = beside->dash - line_start(x, beside->dash);
    struct str line;
    struct event_yaml y = start_yaml(x, &line, 0);

    write_item(&y, value, beside, indent);
    splice_lines(x, at ? lines_end(x, beside) : line_start(x, beside->dash), &line);
}

static bool change_item(struct patch *x, struct event_node *item, struct json_object *to)
{
    struct place place = {item->dash + 1, item->dash - line_start(x, item->dash), true};

    return change_value(x, item, to, place);
}

static bool change_list(struct patch *x, struct event_node *list, struct json_object *from,
                        struct json_object *to)
{
    struct event_node **items =
        arena_array(x->edits->arena, (size_t)list->count, sizeof(struct event_node *));
    struct event_step *steps;
    size_t count = 0;

    if (!known_list(x, list))
        return false;
    for (struct event_node *item = list->first; item; item = item->next)
        items[count++] = item;
    steps = event_patch_align(x->edits->arena, from, to, &count);
    for (size_t i = 0; i < count; i++) {
        struct event_step s = steps[i];
        struct json_object *value = s.kind == EVENT_STEP_REMOVE ? NULL : json_object_array_get_idx(to, s.to);

        if (s.kind == EVENT_STEP_REMOVE)
            drop(x, line_start(x, items[s.from]->dash), lines_end(x, items[s.from]));
        else if (s.kind == EVENT_STEP_INSERT)
            insert_item(x, items, s.from, value);
        else if (s.kind == EVENT_STEP_CHANGE && !change_item(x, items[s.from], value))
            return false;
    }
    return true;
}

/* A list in brackets, of scalars: what is there, and what comes. */
struct brackets {
    struct patch *x;
    const struct event_node *list;
    struct event_node **items;
    struct json_object *to;
    struct str out;
    const struct event_node *last; /* written, if it was there before */
    bool any;
};

static void add_bytes(struct brackets *b, size_t from, size_t to)
{
    str_addn(&b->out, b->x->p + from, to - from);
}

/* Between two that were there stands what stood behind the first, which may be a comment about it; before a new one what
 * is between the first two of the list, without a comment. */
static void add_separator(struct brackets *b, struct event_step s)
{
    size_t from = b->items[0]->span.to;
    size_t to = b->list->count > 1 ? b->items[1]->span.from : from;

    if (s.kind != EVENT_STEP_INSERT && b->last)
        add_bytes(b, b->last->span.to, b->last->next->span.from);
    else if (s.kind != EVENT_STEP_INSERT && s.from)
        add_bytes(b, b->items[s.from - 1]->span.to, b->items[s.from]->span.from);
    else if (from == to || memchr(b->x->p + from, '#', to - from))
        str_add(&b->out, ", ");
    else
        add_bytes(b, from, to);
}

/* One that stays is left as it is written; another is quoted like the one in its place or before it. */
static void add_step(struct brackets *b, struct event_step s)
{
    bool insert = s.kind == EVENT_STEP_INSERT;
    const struct event_node *item = b->items[insert && s.from ? s.from - 1 : s.from];
    struct json_object *value = json_object_array_get_idx(b->to, s.to);
    struct event_yaml y = {.out = &b->out, .width = SIZE_MAX};

    if (b->any)
        add_separator(b, s);
    if (s.kind == EVENT_STEP_KEEP)
        add_bytes(b, item->span.from, item->span.to);
    else
        event_write_flow_item(&y, value, event_patch_style(item, value));
    b->last = insert ? NULL : item;
    b->any = true;
}

static bool change_brackets(struct patch *x, struct event_node *list, struct json_object *from,
                            struct json_object *to)
{
    struct brackets b = {.x = x, .list = list, .to = to};
    struct event_step *steps;
    size_t count = 0;

    if (!event_patch_is_flat(from) || !event_patch_is_flat(to))
        return false;
    b.items = arena_array(x->edits->arena, (size_t)list->count, sizeof *b.items);
    for (struct event_node *item = list->first; item; item = item->next)
        b.items[count++] = item;
    str_init(&b.out, x->edits->arena, EVENT_FILE_BYTES);
    steps = event_patch_align(x->edits->arena, from, to, &count);
    add_bytes(&b, list->span.from, list->first->span.from);
    for (size_t i = 0; i < count; i++)
        if (steps[i].kind != EVENT_STEP_REMOVE)
            add_step(&b, steps[i]);
    add_bytes(&b, b.items[list->count - 1]->span.to, list->span.to);
    event_edits_add(x->edits, list->span, b.out.p, b.out.n);
    return true;
}

static bool change_value(struct patch *x, struct event_node *node, struct json_object *to, struct place place)
{
    struct json_object *from = NULL;
    bool block =
        node->kind != EVENT_NODE_SCALAR && node->style == EVENT_STYLE_BLOCK && !event_patch_is_leaf(to);
    size_t count = x->edits->count;
    struct err ignored;

    if (event_node_value(x->edits->arena, node, &from, &ignored) != ERR_OK)
        return false;
    if (event_same(x->edits->arena, from, to))
        return true;
    if (block && node->kind == EVENT_NODE_MAP && json_object_is_type(to, json_type_object) &&
        change_map(x, node, to))
        return true;
    if (block && node->kind == EVENT_NODE_LIST && json_object_is_type(to, json_type_array) &&
        change_list(x, node, from, to))
        return true;
    if (node->kind == EVENT_NODE_LIST && node->style == EVENT_STYLE_FLOW &&
        json_object_is_type(to, json_type_array) && change_brackets(x, node, from, to))
        return true;
    if (!place.behind)
        return false;
    x->edits->count = count;
    replace_value(x, node, to, place);
    return true;
}

/* Whole top-level fields: those that differ are written anew, new ones behind the last. */
static bool replace_fields(struct patch *x, struct event_node *root, struct json_object *to)
{
    if (!known_map(x, root) || !any_stays(root, to))
        return false;
    for (struct event_node *entry = root->first; entry; entry = entry->next) {
        struct json_object *from = NULL;
        struct json_object *value;
        struct str line;
        struct event_yaml y = start_yaml(x, &line, 0);
        struct err ignored;
        size_t start = line_start(x, entry->key->span.from);

        if (!json_object_object_get_ex(to, entry->key->text, &value))
            continue;
        if (event_node_value(x->edits->arena, entry, &from, &ignored) == ERR_OK &&
            event_same(x->edits->arena, from, value))
            continue;
        pad(&y, root->first->key->indent);
        event_write_member(&y, entry->key->text, value, root->first->key->indent, 0);
        drop(x, start, lines_end(x, entry));
        splice_lines(x, start, &line);
    }
    drop_entries(x, root, to);
    add_entries(x, root, to);
    return true;
}

/* Everything anew, in the order of the file. */
static void replace_all(struct patch *x, struct event_node *root, struct json_object *to)
{
    struct str text;
    struct event_yaml y = start_yaml(x, &text, 0);
    struct json_object *value;

    for (struct event_node *entry = root->first; entry; entry = entry->next)
        if (json_object_object_get_ex(to, entry->key->text, &value)) {
            event_write_member(&y, entry->key->text, value, 0, 0);
            event_write_line(&y, 0);
        }
    json_object_object_foreach(to, key, member)
    {
        if (entry_of(root, key))
            continue;
        event_write_member(&y, key, member, 0, 0);
        event_write_line(&y, 0);
    }
    splice(x, x->part, &text);
}

bool event_patch_yaml(struct event_edits *edits, const struct event_parts *parts, struct json_object *to,
                      enum event_patch_grain grain)
{
    struct patch x = {.edits = edits,
                      .p = edits->p,
                      .part = parts->yaml,
                      .newline = parts->crlf ? "\r\n" : "\n",
                      .width = EVENT_WRITE_WIDTH};
    struct event_node *root;
    struct err ignored;

    if (event_yaml_read(edits->arena, edits->p, parts->yaml, &root, &ignored) != ERR_OK)
        return false;
    if (!event_patch_folds(edits->p, parts->yaml, root))
        x.width = SIZE_MAX;
    x.list_offset = event_patch_list_offset(root);
    if (grain == EVENT_GRAIN_ALL) {
        replace_all(&x, root, to);
        return true;
    }
    if (root->style == EVENT_STYLE_FLOW)
        return false;
    return grain == EVENT_GRAIN_FINE ? change_map(&x, root, to) : replace_fields(&x, root, to);
}
