/*
 * Where the values of a JSON file stand. The file was read by the strict reader before, so this one trusts its syntax
 * and only looks for ends; it still never runs over the end of the bytes.
 */
#include <string.h>

#include "core/event/event_patch.h"

struct scan {
    struct arena *arena;
    const char *p;
    size_t at;
    size_t n;
};

static struct event_node *scan_value(struct scan *s);

static void skip_space(struct scan *s)
{
    while (s->at < s->n && strchr(" \t\r\n", s->p[s->at]))
        s->at++;
}

static void skip_string(struct scan *s)
{
    for (s->at++; s->at < s->n && s->p[s->at] != '"'; s->at++)
        if (s->p[s->at] == '\\')
            s->at++;
    s->at++;
}

static void skip_word(struct scan *s)
{
    while (s->at < s->n && !strchr(" \t\r\n,:]}", s->p[s->at]))
        s->at++;
}

static struct event_node *scan_key(struct scan *s)
{
    struct event_node *key = arena_alloc(s->arena, sizeof *key);
    struct json_object *text = NULL;
    struct err ignored;

    key->kind = EVENT_NODE_SCALAR;
    key->span.from = s->at;
    skip_string(s);
    key->span.to = s->at;
    if (jx_parse(s->arena, s->p + key->span.from, s->at - key->span.from, &text, &ignored) == ERR_OK)
        key->text = json_object_get_string(text);
    skip_space(s);
    s->at++;
    skip_space(s);
    return key;
}

static void scan_children(struct scan *s, struct event_node *parent)
{
    struct event_node **tail = &parent->first;

    s->at++;
    skip_space(s);
    while (s->at < s->n && s->p[s->at] != '}' && s->p[s->at] != ']') {
        struct event_node *key = parent->kind == EVENT_NODE_MAP ? scan_key(s) : NULL;

        *tail = scan_value(s);
        (*tail)->key = key;
        tail = &(*tail)->next;
        parent->count++;
        skip_space(s);
        if (s->at < s->n && s->p[s->at] == ',')
            s->at++;
        skip_space(s);
    }
    s->at++;
}

static struct event_node *scan_value(struct scan *s)
{
    struct event_node *node = arena_alloc(s->arena, sizeof *node);

    node->span.from = s->at;
    if (s->at < s->n && (s->p[s->at] == '{' || s->p[s->at] == '[')) {
        node->kind = s->p[s->at] == '{' ? EVENT_NODE_MAP : EVENT_NODE_LIST;
        scan_children(s, node);
    } else if (s->at < s->n && s->p[s->at] == '"') {
        skip_string(s);
    } else {
        skip_word(s);
    }
    node->span.to = s->at < s->n ? s->at : s->n;
    return node;
}

struct event_node *event_patch_scan(struct arena *a, const char *p, size_t n)
{
    struct scan s = {.arena = a, .p = p, .n = n};

    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        s.at = 3;
    skip_space(&s);
    return scan_value(&s);
}
