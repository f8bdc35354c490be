/*
 * The sources of an event, in all the shapes that real files have: maps, bare addresses, free text.
 */
#include <stdint.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/view.h"

enum { DETAIL_BYTES = 4096 };

static void add_detail(struct str *s, const char *text)
{
    if (text && text[0])
        str_addf(s, "%s%s", s->n ? " · " : "", text);
}

/* Scalars of these keys are told in the line under the title; everything else gets a line of its own. */
static bool is_in_line(const char *key, const struct json_object *value)
{
    static const char *const keys[] = {"title", "url", "outlet", "publisher", "date", "tier"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_eq(keys[i], key))
            return !json_object_is_type(value, json_type_array) &&
                   !json_object_is_type(value, json_type_object);
    return false;
}

static const char *scalar(struct arena *a, const struct json_object *source, const char *key)
{
    struct json_object *value = jx_get(source, key);

    if (!value || !is_in_line(key, value))
        return NULL;
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : jx_text(a, value);
}

static const char *detail_of(struct arena *a, const struct json_object *source, const char *title,
                             const char *url)
{
    const char *outlet = scalar(a, source, "outlet");
    const char *publisher = scalar(a, source, "publisher");
    const char *tier = scalar(a, source, "tier");
    struct str s;

    str_init(&s, a, DETAIL_BYTES);
    add_detail(&s, outlet);
    if (!str_eq(outlet, publisher))
        add_detail(&s, publisher);
    add_detail(&s, scalar(a, source, "date"));
    if (tier && tier[0])
        add_detail(&s, arena_printf(a, "tier %s", tier));
    if (url && !view_url_safe(url) &&
        !str_eq(url, title)) /* an address that cannot be linked is still worth reading */
        add_detail(&s, url);
    return s.n ? s.p : NULL;
}

static struct json_object *more_of(struct exchange *x, const struct json_object *source)
{
    struct json_object *more = NULL;
    struct json_object *entries = json_object_new_array();

    json_object_object_foreach(source, key, value)
    {
        if (is_in_line(key, value))
            continue;
        if (!view_room(x)) {
            view_fact(entries, "And more", NULL, NULL);
            break;
        }
        view_fact(entries, view_label(x->arena, key), view_value(x, value), NULL);
    }
    if (json_object_array_length(entries)) {
        more = json_object_new_object();
        jx_set(more, "entries", json_object_get(entries));
    }
    json_object_put(entries);
    return more;
}

static struct json_object *item_new(const char *title, const char *url, const char *detail,
                                    struct json_object *more)
{
    struct json_object *item = json_object_new_object();

    jx_set_text(item, "title", title);
    jx_set_text(item, "href", view_url_safe(url) ? url : NULL);
    jx_set_text(item, "detail", detail);
    jx_set(item, "more", more);
    return item;
}

static struct json_object *item_of(struct exchange *x, struct json_object *source)
{
    struct arena *a = x->arena;
    const char *title;
    const char *url;

    if (json_object_is_type(source, json_type_string))
        return item_new(json_object_get_string(source), json_object_get_string(source), NULL, NULL);
    if (!json_object_is_type(source, json_type_object))
        return item_new(jx_text(a, source), NULL, NULL, NULL);
    url = scalar(a, source, "url");
    title = scalar(a, source, "title");
    if (!title || !title[0])
        title = url && url[0] ? url : "Without a title";
    return item_new(title, url, detail_of(a, source, title, url), more_of(x, source));
}

struct json_object *view_sources(struct exchange *x, struct json_object *sources)
{
    struct json_object *o = json_object_new_object();
    struct json_object *items = json_object_new_array();
    bool is_list = json_object_is_type(sources, json_type_array);
    size_t n = is_list ? json_object_array_length(sources) : sources != NULL;
    size_t shown = 0;

    for (; shown < n && view_room(x); shown++)
        jx_push(items, item_of(x, is_list ? json_object_array_get_idx(sources, shown) : sources));
    if (shown < n)
        jx_push(items, item_new(view_more(x->arena, n - shown), NULL, NULL, NULL));
    jx_set_text(o, "heading", n ? view_plural(x->arena, (int64_t)n, "source", "sources") : "No sources");
    jx_set_bool(o, "any", n > 0);
    jx_set(o, "items", items);
    return o;
}
