/*
 * Tags, actors, importance and the addresses of sources in the search index: each is one word of the column facets, which
 * FTS5 intersects with the words of a query as it does with any others. Of an address it is a short digest: long enough to
 * find events by, short enough not to fill the index.
 *
 * The word is U+E000, a letter for the kind, the text, and U+E001. Private characters count as letters to the tokenizer,
 * are in no text that people write, and are taken out of what they type. What would part the text into several words
 * (blanks, hyphens, …) is written as a private character too; capitals and accents are folded by the tokenizer.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_alike.h"
#include "core/store/store_event_internal.h"
#include "core/util/utf8.h"

enum {
    OPEN = 0xe000,
    CLOSE = 0xe001,
    SPECIAL = 0xe100,
    FACETS_BYTES = 1024 * 1024,
    IMPORTANCE_MOST = 10,
    URL_DIGITS = 10
};

static void add_point(struct str *out, uint32_t point)
{
    char bytes[4];

    str_addn(out, bytes, utf8_encode(point, bytes));
}

struct text {
    const char *p;
    size_t n;
};

static struct text trimmed(const char *p, size_t n)
{
    while (n && isspace((unsigned char)*p))
        p++, n--;
    while (n && isspace((unsigned char)p[n - 1]))
        n--;
    return (struct text){p, n <= STORE_FILTER_BYTES ? n : 0};
}

static void add_facet(struct str *out, char kind, struct text text)
{
    add_point(out, OPEN);
    str_addc(out, kind);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 0x80 || isalnum(c))
            str_addc(out, text.p[i]);
        else
            add_point(out, SPECIAL + c);
    }
    add_point(out, CLOSE);
}

/* A text, or what names a map. */
static void add_named(struct str *out, char kind, struct json_object *value)
{
    struct text text;

    if (json_object_is_type(value, json_type_object))
        value = jx_get(value, jx_get(value, "name") ? "name" : "title");
    if (!json_object_is_type(value, json_type_string))
        return;
    text = trimmed(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    if (text.n == 0)
        return;
    if (out->n)
        str_addc(out, ' ');
    add_facet(out, kind, text);
}

static void add_list(struct str *out, char kind, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array)) {
        add_named(out, kind, value);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++)
        add_named(out, kind, json_object_array_get_idx(value, i));
}

static void add_importance(struct str *out, int64_t importance)
{
    char text[4];

    (void)snprintf(text, sizeof text, "%d", importance > IMPORTANCE_MOST ? IMPORTANCE_MOST : (int)importance);
    add_facet(out, 'i', (struct text){text, strlen(text)});
}

/* FNV-1a: whoever makes two addresses alike makes two events be compared for nothing. */
static void add_url(struct str *out, const char *url)
{
    char digits[URL_DIGITS + 1];
    uint64_t hash = 0xcbf29ce484222325;

    for (const unsigned char *p = (const unsigned char *)url; *p; p++)
        hash = (hash ^ *p) * 0x100000001b3;
    (void)snprintf(digits, sizeof digits, "%010llx", (unsigned long long)(hash >> 24));
    add_facet(out, 'u', (struct text){digits, URL_DIGITS});
}

static void add_urls(struct arena *a, struct str *out, struct json_object *fields)
{
    size_t n;
    const char **urls = event_source_urls(a, fields, &n);

    for (size_t i = 0; i < n; i++) {
        if (out->n)
            str_addc(out, ' ');
        add_url(out, urls[i]);
    }
}

const char *store_facet_urls(struct arena *a, const struct store_urls *urls)
{
    struct str out;

    str_init(&out, a, FACETS_BYTES);
    str_add(&out, "facets : (\"");
    for (size_t i = 0; i < urls->n; i++) {
        if (i)
            str_add(&out, "\" OR \"");
        add_url(&out, urls->list[i]);
    }
    str_add(&out, "\")");
    return out.p;
}

const char *store_facet_words(struct arena *a, struct json_object *fields)
{
    struct json_object *importance = jx_get(fields, "importance");
    struct str out;

    str_init(&out, a, FACETS_BYTES);
    add_list(&out, 't', jx_get(fields, "tags"));
    add_list(&out, 'a', jx_get(fields, "actors"));
    if (json_object_is_type(importance, json_type_int) && json_object_get_int64(importance) >= 0) {
        if (out.n)
            str_addc(&out, ' ');
        add_importance(&out, json_object_get_int64(importance));
    }
    add_urls(a, &out, fields);
    return out.p;
}

static void begin_part(struct str *out)
{
    str_add(out, out->n ? " AND facets : (\"" : "facets : (\"");
}

/* A text that no event can have, such as none at all, gives a word that no document has. */
static void require(struct str *out, char kind, const char *text)
{
    if (!text)
        return;
    begin_part(out);
    add_facet(out, kind, trimmed(text, strlen(text)));
    str_add(out, "\")");
}

void store_facet_expression(struct str *out, const struct store_event_filter *filter)
{
    require(out, 't', filter->tag);
    require(out, 'a', filter->actor);
    if (!filter->has_importance)
        return;
    begin_part(out);
    for (int64_t i = filter->importance < 0 ? 0 : filter->importance; i < IMPORTANCE_MOST; i++) {
        add_importance(out, i);
        str_add(out, "\" OR \"");
    }
    add_importance(out, IMPORTANCE_MOST);
    str_add(out, "\")");
}
