/*
 * From nodes and a view to text. Escaping writes straight into the output; the one allocation is the indentation of
 * nested standalone partials.
 */
#include <string.h>

#include "core/mustache/mustache.h"
#include "core/mustache/mustache_internal.h"

enum {
    CONTEXT_DEPTH = 64,       /* sections open at once, partials included */
    NESTING_DEPTH = 128,      /* sections and partials together */
    PARTIALS_A_RENDER = 65536 /* so that a partial that includes itself twice ends */
};

struct render {
    const struct mustache *m;
    struct str *out;
    struct json_object *contexts[CONTEXT_DEPTH];
    size_t n_contexts;
    int nesting;
    int partials_left;
};

/* A template being rendered, and what goes before each of its lines. */
struct page {
    const struct template *t;
    const char *indentation;
    size_t n;
};

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void add_escaped(struct str *out, const char *p, size_t n)
{
    static const char special[256] = {['&'] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, ['\''] = 1};
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        if (!special[(unsigned char)p[i]])
            continue;
        str_addn(out, p + from, i - from);
        str_add(out, entity(p[i]));
        from = i + 1;
    }
    str_addn(out, p + from, n - from);
}

/* The first context that has the first part decides; the other parts are looked up in what it holds. */
static struct json_object *resolve(const struct render *r, const struct node *node)
{
    struct json_object *value = r->contexts[r->n_contexts - 1];
    bool found = node->n_parts == 0;

    for (size_t i = r->n_contexts; i-- > 0 && !found;)
        found = json_object_is_type(r->contexts[i], json_type_object) &&
                json_object_object_get_ex(r->contexts[i], node->parts[0], &value);
    if (!found)
        return NULL;
    for (size_t i = 1; i < node->n_parts && value; i++)
        value = jx_get(value, node->parts[i]);
    return value;
}

static bool truthy(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return false;
    case json_type_boolean: return json_object_get_boolean(value);
    case json_type_int: return json_object_get_int64(value) != 0;
    case json_type_string: return json_object_get_string_len(value) > 0;
    case json_type_array: return json_object_array_length(value) > 0;
    case json_type_double:
    case json_type_object: return true;
    }
    return false;
}

static void add_value(struct render *r, const struct node *node)
{
    struct json_object *value = resolve(r, node);
    const char *text;
    size_t n;

    if (!value)
        return;
    text = json_object_get_string(value);
    n = json_object_is_type(value, json_type_string) ? (size_t)json_object_get_string_len(value)
                                                     : strlen(text);
    if (node->kind == NODE_RAW)
        str_addn(r->out, text, n);
    else
        add_escaped(r->out, text, n);
}

static void add_text(struct render *r, const struct page *page, const struct node *node)
{
    const char *p = node->text;
    const char *end = p + node->n;

    if (!page->n) {
        str_addn(r->out, p, node->n);
        return;
    }
    if (node->line_start)
        str_addn(r->out, page->indentation, page->n);
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *next = newline ? newline + 1 : end;

        str_addn(r->out, p, (size_t)(next - p));
        if (newline && next < end)
            str_addn(r->out, page->indentation, page->n);
        p = next;
    }
}

static void render_nodes(struct render *r, const struct page *page, size_t from, size_t to);

static void render_with(struct render *r, const struct page *page, size_t section,
                        struct json_object *context)
{
    if (r->n_contexts == CONTEXT_DEPTH)
        return;
    r->contexts[r->n_contexts++] = context;
    render_nodes(r, page, section + 1, page->t->nodes[section].end);
    r->n_contexts--;
}

static void render_section(struct render *r, const struct page *page, size_t section)
{
    const struct node *node = &page->t->nodes[section];
    struct json_object *value = resolve(r, node);

    if (node->kind == NODE_INVERTED) {
        if (!truthy(value))
            render_nodes(r, page, section + 1, node->end);
        return;
    }
    if (!truthy(value))
        return;
    if (!json_object_is_type(value, json_type_array)) {
        render_with(r, page, section, value);
        return;
    }
    for (size_t i = 0, n = json_object_array_length(value); i < n && !r->out->full; i++)
        render_with(r, page, section, json_object_array_get_idx(value, i));
}

/* A standalone partial inside an indented one is indented by both; an inline partial is not indented at all. */
static void render_partial(struct render *r, const struct page *page, const struct node *node)
{
    struct page inner = {.t = mustache_find(r->m, node->name), .indentation = ""};

    if (!inner.t || r->partials_left-- <= 0)
        return;
    if (node->standalone && !page->n) {
        inner.indentation = node->text;
        inner.n = node->n;
    } else if (node->standalone) {
        inner.indentation = arena_printf(r->out->arena, "%s%s", page->indentation, node->text);
        inner.n = page->n + node->n;
    }
    render_nodes(r, &inner, 0, inner.t->n);
}

static void render_nodes(struct render *r, const struct page *page, size_t from, size_t to)
{
    if (r->nesting == NESTING_DEPTH)
        return;
    r->nesting++;
    for (size_t i = from; i < to && !r->out->full;) {
        const struct node *node = &page->t->nodes[i];

        switch (node->kind) {
        case NODE_TEXT: add_text(r, page, node); break;
        case NODE_VALUE:
        case NODE_RAW: add_value(r, node); break;
        case NODE_PARTIAL: render_partial(r, page, node); break;
        case NODE_SECTION:
        case NODE_INVERTED: render_section(r, page, i); break;
        }
        i = node->kind == NODE_SECTION || node->kind == NODE_INVERTED ? node->end : i + 1;
    }
    r->nesting--;
}

enum err_code mustache_render(struct mustache *m, const char *name, struct json_object *view, struct str *out,
                              struct err *e)
{
    struct page page = {.t = mustache_find(m, name), .indentation = ""};
    struct render r = {.m = m, .out = out, .partials_left = PARTIALS_A_RENDER};

    if (!page.t)
        return err_set(e, ERR_NOT_FOUND, "There is no template named %s.", name);
    r.contexts[r.n_contexts++] = view;
    render_nodes(&r, &page, 0, page.t->n);
    return ERR_OK;
}
