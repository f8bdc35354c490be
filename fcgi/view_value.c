/*
 * Values of any kind as nodes that the partial `value` can show.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view.h"
#include "fcgi/view_diff.h"

enum { URL_BYTES = 2048, DEPTH = 12, ITEMS_SHOWN = 500, VALUES_SHOWN = 2000 };

static struct json_object *node_new(void)
{
    static const char *const kinds[] = {"text", "long", "code", "link", "list", "map", "none"};
    struct json_object *node = json_object_new_object();

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        jx_set(node, kinds[i], NULL);
    return node;
}

static struct json_object *node_of(const char *kind, struct json_object *content)
{
    struct json_object *node = node_new();

    jx_set(node, kind, content);
    return node;
}

struct json_object *view_value_text(const char *text)
{
    return node_of("text", json_object_new_string(text));
}

struct json_object *view_value_code(const char *text)
{
    return node_of("code", json_object_new_string(text));
}

bool view_url_safe(const char *url)
{
    size_t n = url ? strlen(url) : 0;

    if (n > URL_BYTES ||
        (!n || (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)url[i] <= ' ' || url[i] == 0x7f)
            return false;
    return true;
}

static struct json_object *link_node(const char *label, const char *href)
{
    struct json_object *link = json_object_new_object();

    jx_set_text(link, "label", label);
    jx_set_text(link, "href", href);
    jx_set_bool(link, "outside", true);
    return node_of("link", link);
}

static struct json_object *text_node(const char *text)
{
    if (!text[0])
        return node_of("none", json_object_new_string("empty"));
    if (view_url_safe(text))
        return link_node(text, text);
    return node_of(strchr(text, '\n') ? "long" : "text", json_object_new_string(text));
}

char *view_label(struct arena *a, const char *key)
{
    char *label = arena_strdup(a, key);

    for (char *p = label; *p; p++)
        if (*p == '_')
            *p = ' ';
    label[0] = (char)toupper((unsigned char)label[0]);
    return label;
}

char *view_label_short(struct arena *a, const char *key, size_t most_bytes)
{
    size_t n = strlen(key);
    size_t cut = utf8_cut(key, n, most_bytes);
    const char *text = view_diff_text(a, key, cut);

    return n ? view_label(a, cut < n ? arena_printf(a, "%s…", text) : text) : arena_strdup(a, "(no name)");
}

bool view_room(struct exchange *x)
{
    return x->values_shown++ < VALUES_SHOWN;
}

char *view_more(struct arena *a, size_t n)
{
    return arena_printf(a, "and %s more", view_count(a, (int64_t)n));
}

static struct json_object *value_at(struct exchange *x, const struct json_object *value, int depth);

static struct json_object *list_node(struct exchange *x, const struct json_object *value, int depth)
{
    struct json_object *list = json_object_new_object();
    struct json_object *items = json_object_new_array();
    size_t n = json_object_array_length(value);
    size_t shown = 0;

    for (; shown < n && shown < ITEMS_SHOWN && view_room(x); shown++)
        jx_push(items, value_at(x, json_object_array_get_idx(value, shown), depth + 1));
    if (shown < n)
        jx_push(items, view_value_text(view_more(x->arena, n - shown)));
    jx_set(list, "items", items);
    return n ? node_of("list", list)
             : (json_object_put(list), node_of("none", json_object_new_string("empty list")));
}

static void add_entry(struct json_object *entries, const char *label, struct json_object *value)
{
    struct json_object *entry = json_object_new_object();

    jx_set_text(entry, "label", label);
    jx_set(entry, "value", value);
    jx_push(entries, entry);
}

static struct json_object *map_node(struct exchange *x, const struct json_object *value, int depth)
{
    struct json_object *map = json_object_new_object();
    struct json_object *entries = json_object_new_array();
    size_t left = (size_t)json_object_object_length(value);

    json_object_object_foreach(value, key, member)
    {
        if (!view_room(x))
            break;
        add_entry(entries, view_label(x->arena, key), value_at(x, member, depth + 1));
        left--;
    }
    if (left)
        add_entry(entries, view_more(x->arena, left), NULL);
    jx_set(map, "entries", entries);
    return node_of("map", map);
}

static struct json_object *value_at(struct exchange *x, const struct json_object *value, int depth)
{
    /* json-c's readers take no const though they change nothing. */
    struct json_object *v = (struct json_object *)(uintptr_t)value;

    if (depth > DEPTH)
        return node_of("code", json_object_new_string(jx_text(x->arena, v)));
    switch (json_object_get_type(v)) {
    case json_type_null: return node_of("none", json_object_new_string("empty"));
    case json_type_boolean: return view_value_text(json_object_get_boolean(v) ? "yes" : "no");
    case json_type_string: return text_node(json_object_get_string(v));
    case json_type_array: return list_node(x, v, depth);
    case json_type_object: return map_node(x, v, depth);
    case json_type_int:
    case json_type_double: break;
    }
    return view_value_text(jx_text(x->arena, v));
}

struct json_object *view_value(struct exchange *x, const struct json_object *value)
{
    return value_at(x, value, 0);
}

struct json_object *view_fact(struct json_object *facts, const char *label, struct json_object *value,
                              const char *note)
{
    struct json_object *fact = json_object_new_object();

    jx_set_text(fact, "label", label);
    jx_set(fact, "value", value);
    jx_set(fact, "when", NULL);
    jx_set(fact, "words", NULL);
    jx_set_text(fact, "note", note);
    jx_push(facts, fact);
    return fact;
}

void view_fact_repository(struct exchange *x, struct json_object *facts, const char *url)
{
    size_t n;

    if (!url) {
        view_fact(facts, "Address", node_of("none", json_object_new_string("none is configured")), NULL);
        return;
    }
    if (!view_url_safe(url)) {
        view_fact(facts, "Address", view_value_code(url), NULL);
        return;
    }
    n = strlen(url) - (str_ends(url, ".git") ? strlen(".git") : 0);
    view_fact(facts, "Address", link_node(strstr(arena_strndup(x->arena, url, n), "://") + 3, url), NULL);
}
