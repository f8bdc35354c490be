/*
 * Full-text search. The index keeps no text: a document is removed by giving SQLite the same words again, so what
 * read_document() makes of a content must not change without a migration that rebuilds the index.
 */
#include <ctype.h>
#include <string.h>

#include "core/store/store_event_internal.h"
#include "core/util/utf8.h"

enum {
    DOCUMENT_BYTES = 4 * 1024 * 1024,
    QUERY_BYTES = 1000, /* of what a person typed; the rest is not looked at */
    QUERY_TERMS = 64,   /* and gaps between them */
};

struct document {
    struct str title, summary, actors, tags, sources;
};

static void add_words(struct str *out, struct json_object *value);

/* Of a map only what names it: a source's address would fill the index with noise. */
static void add_map(struct str *out, struct json_object *map)
{
    static const char *const keys[] = {"title", "name", "outlet", "publisher", "role"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_words(out, jx_get(map, keys[i]));
}

static void add_words(struct str *out, struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        if (out->n)
            str_addc(out, '\n');
        str_addn(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            add_words(out, json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_object)) {
        add_map(out, value);
    }
}

static void read_document(struct arena *a, struct json_object *fields, struct document *out)
{
    struct str *texts[] = {&out->title, &out->summary, &out->actors, &out->tags, &out->sources};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        str_init(texts[i], a, DOCUMENT_BYTES);
    add_words(&out->title, jx_get(fields, "title"));
    add_words(&out->summary, jx_get(fields, "summary"));
    add_words(&out->summary, jx_get(fields, "body"));
    add_words(&out->actors, jx_get(fields, "actors"));
    add_words(&out->tags, jx_get(fields, "tags"));
    add_words(&out->sources, jx_get(fields, "sources"));
}

static void bind_document(struct sql *q, int64_t key, const struct document *document)
{
    sql_bind_int(q, "key", key);
    sql_bind_text(q, "title", document->title.p);
    sql_bind_text(q, "summary", document->summary.p);
    sql_bind_text(q, "actors", document->actors.p);
    sql_bind_text(q, "tags", document->tags.p);
    sql_bind_text(q, "sources", document->sources.p);
}

enum err_code store_search_put(struct store *s, struct arena *a, int64_t key, struct json_object *fields,
                               struct err *e)
{
    struct document document;
    SQL(q, s, SQL_SEARCH_INSERT);

    read_document(a, fields, &document);
    bind_document(&q, key, &document);
    return sql_run(&q, e);
}

static enum err_code remove_document(struct store *s, int64_t key, const struct document *document,
                                     struct err *e)
{
    SQL(q, s, SQL_SEARCH_DELETE);

    bind_document(&q, key, document);
    return sql_run(&q, e);
}

/* SQLite reports words that are not in the index as damage of the virtual table: then the index is made anew. */
enum err_code store_search_remove(struct store *s, struct arena *a, int64_t key, const char *content,
                                  struct err *e)
{
    struct json_object *fields = NULL;
    struct document document;
    enum err_code code;

    if (!content || jx_parse(a, content, strlen(content), &fields, NULL) != ERR_OK)
        return store_search_rebuild(s, key, e);
    read_document(a, fields, &document);
    code = remove_document(s, key, &document, e);
    if (code == ERR_DB_CORRUPT && sqlite3_extended_errcode(s->db) == SQLITE_CORRUPT_VTAB)
        return store_search_rebuild(s, key, e);
    return code;
}

static enum err_code put_all(struct store *s, int64_t without, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;
    SQL(q, s, SQL_SEARCH_CONTENTS);

    TRY(sql_row(&q, &found, e));
    while (found) {
        int64_t key = sql_int(&q, "key");
        const char *content = sql_text(&q, a, "json_content");
        struct json_object *fields = NULL;
        if (key != without && jx_parse(a, content, strlen(content), &fields, NULL) == ERR_OK)
            TRY(store_search_put(s, a, key, fields, e));
        arena_reset(a);
        TRY(sql_row(&q, &found, e));
    }
    return ERR_OK;
}

enum err_code store_search_rebuild(struct store *s, int64_t without, struct err *e)
{
    SQL(q, s, SQL_SEARCH_CLEAR);

    TRY(sql_run(&q, e));
    return put_all(s, without, e);
}

/* FTS5 sees only quoted strings, each perhaps with a star behind it, joined by AND: none of its own words gets through. */
static void add_term(struct str *out, const char *p, size_t n, bool prefix)
{
    bool usable = false;

    for (size_t i = 0; i < n; i++)
        usable = usable || isalnum((unsigned char)p[i]) || (unsigned char)p[i] >= 0x80;
    if (!usable)
        return;
    str_add(out, out->n ? " AND \"" : "\"");
    str_addn(out, p, n);
    str_add(out, prefix ? "\"*" : "\"");
}

static size_t length_until(const char *p, size_t n, const char *stops)
{
    size_t i = 0;

    while (i < n && !strchr(stops, p[i]))
        i++;
    return i;
}

const char *store_search_expression(struct arena *a, const char *query)
{
    size_t n = strnlen(query, QUERY_BYTES + 1);
    struct str out;

    n = n > QUERY_BYTES ? utf8_cut(query, n, QUERY_BYTES) : n;
    str_init(&out, a, 16 * QUERY_BYTES);
    if (!utf8_valid(query, n, NULL))
        return NULL;
    for (size_t i = 0, terms = 0; i < n && terms < QUERY_TERMS; terms++) {
        bool phrase = query[i] == '"';
        const char *p = query + i + phrase;
        size_t length = length_until(p, n - (size_t)(p - query), phrase ? "\"" : " \t\r\n\f\v\"");
        size_t after = (size_t)(p - query) + length + (phrase && p[length] == '"');
        bool prefix = phrase ? query[after] == '*' : length > 0 && p[length - 1] == '*';
        add_term(&out, p, phrase || !prefix ? length : length - 1, prefix);
        i = after + (phrase ? prefix : length == 0);
    }
    return out.n ? out.p : NULL;
}
