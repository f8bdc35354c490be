/*
 * Full-text search. The index keeps no text: a document is removed by giving SQLite the same words again, so what
 * read_document() makes of a content must not change without a migration that rebuilds the index.
 *
 * Documents are written together at the end of a transaction: every statement on another table in between makes FTS5
 * flush what it has gathered, which costs more than all the rest of an import.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/store_event_internal.h"

enum {
    DOCUMENT_BYTES = 4 * 1024 * 1024,
    PENDING_BYTES = 16 * 1024 * 1024, /* of documents that wait */
    MANY_DOCUMENTS = 20000,
    MANY_EVENTS = 10000, /* from here on beginnings have an index of their own */
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

static const char *words_of(struct arena *a, struct json_object *fields, const char *key, const char *more)
{
    struct str out;

    str_init(&out, a, DOCUMENT_BYTES);
    add_words(&out, jx_get(fields, key));
    if (more)
        add_words(&out, jx_get(fields, more));
    return out.p;
}

void store_search_words(struct arena *a, struct json_object *fields, const char *words[STORE_SEARCH_COLUMNS])
{
    words[0] = words_of(a, fields, "title", NULL);
    words[1] = words_of(a, fields, "summary", "body");
    words[2] = words_of(a, fields, "actors", NULL);
    words[3] = words_of(a, fields, "tags", NULL);
    words[4] = words_of(a, fields, "sources", NULL);
    words[5] = store_facet_words(a, fields);
}

/* Documents wait in the transaction's arena for store_search_flush(). */
struct search_step {
    struct search_step *next;
    int64_t place;
    size_t number; /* in the order in which they came */
    bool remove;
    const char *words[STORE_SEARCH_COLUMNS];
};

static enum err_code bind_and_run(struct sql *q, const struct search_step *step, struct err *e)
{
    sql_bind_int(q, "place", step->place);
    sql_bind_text(q, "title", step->words[0]);
    sql_bind_text(q, "summary", step->words[1]);
    sql_bind_text(q, "actors", step->words[2]);
    sql_bind_text(q, "tags", step->words[3]);
    sql_bind_text(q, "sources", step->words[4]);
    sql_bind_text(q, "facets", step->words[5]);
    return sql_run(q, e);
}

static enum err_code take_step(struct store *s, const struct search_step *step, struct err *e)
{
    SQL(q, s, step->remove ? SQL_SEARCH_DELETE : SQL_SEARCH_INSERT);

    s->search_documents++;
    return bind_and_run(&q, step, e);
}

static struct search_step *add_step(struct store *s, int64_t place, bool remove)
{
    struct search_step *step;

    if (!s->search_arena)
        s->search_arena = arena_new();
    step = arena_alloc(s->search_arena, sizeof *step);
    step->place = place;
    step->remove = remove;
    if (s->search_last)
        s->search_last->next = step;
    else
        s->search_first = step;
    s->search_last = step;
    step->number = s->search_steps++;
    return step;
}

void store_search_drop(struct store *s)
{
    if (s->search_arena)
        arena_free(s->search_arena);
    s->search_arena = NULL;
    s->search_first = s->search_last = NULL;
    s->search_steps = 0;
    s->search_lost = false;
}

enum err_code store_search_put(struct store *s, int64_t place, const struct store_event_extract *extract,
                               struct err *e)
{
    struct search_step *step = add_step(s, place, false);

    for (size_t i = 0; i < STORE_SEARCH_COLUMNS; i++)
        step->words[i] = arena_strdup(s->search_arena, extract->words[i]);
    return arena_used_bytes(s->search_arena) > PENDING_BYTES ? store_search_flush(s, e) : ERR_OK;
}

void store_search_remove(struct store *s, struct arena *a, int64_t place, const char *content)
{
    struct json_object *fields = NULL;
    struct search_step *step;

    if (!content || jx_parse(a, content, strlen(content), &fields, NULL) != ERR_OK) {
        s->search_lost = true;
        return;
    }
    step = add_step(s, place, true); /* makes the arena when it is the first */
    store_search_words(s->search_arena, fields, step->words);
}

static enum err_code put_row(struct store *s, struct arena *a, struct sql *rows, struct err *e)
{
    struct search_step step = {.place = sql_int(rows, "place")};
    const char *content = sql_text(rows, a, "json_content");
    struct json_object *fields = NULL;

    if (jx_parse(a, content, strlen(content), &fields, NULL) != ERR_OK)
        return ERR_OK;
    store_search_words(a, fields, step.words);
    return take_step(s, &step, e);
}

/* The index made anew from the rows, which are ahead of every step that waits. */
static enum err_code rebuild(struct store *s, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;
    SQL(clear, s, SQL_SEARCH_CLEAR);
    SQL(rows, s, SQL_SEARCH_CONTENTS);

    TRY(sql_run(&clear, e));
    TRY(sql_row(&rows, &found, e));
    while (found) {
        TRY(put_row(s, a, &rows, e));
        arena_reset(a);
        TRY(sql_row(&rows, &found, e));
    }
    return ERR_OK;
}

static int compare_steps(const void *p, const void *q)
{
    const struct search_step *a = *(const struct search_step *const *)p;
    const struct search_step *b = *(const struct search_step *const *)q;

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* In the order of places: FTS5 writes out what it has gathered each time that a rowid is not greater than the last. */
static enum err_code take_steps(struct store *s, struct err *e)
{
    const struct search_step **steps;
    size_t n = 0;

    if (!s->search_first)
        return ERR_OK;
    steps = arena_array(s->search_arena, s->search_steps, sizeof(struct search_step *));
    for (const struct search_step *step = s->search_first; step; step = step->next)
        steps[n++] = step;
    qsort(steps, n, sizeof *steps, compare_steps);
    for (size_t i = 0; i < n; i++)
        TRY(take_step(s, steps[i], e));
    return ERR_OK;
}

/* SQLite reports words that are not in the index as damage of the virtual table: then the index is made anew too. */
enum err_code store_search_flush(struct store *s, struct err *e)
{
    enum err_code code = s->search_lost ? rebuild(s, e) : take_steps(s, e);

    if (code == ERR_DB_CORRUPT && !s->search_lost && sqlite3_extended_errcode(s->db) == SQLITE_CORRUPT_VTAB)
        code = rebuild(s, e);
    store_search_drop(s);
    return code;
}

/* Each part costs every search a little. Merging 100,000 documents takes half a second once. */
enum err_code store_search_tidy(struct store *s, struct err *e)
{
    SQL(q, s, SQL_SEARCH_OPTIMIZE);

    return s->search_documents >= MANY_DOCUMENTS ? sql_run(&q, e) : ERR_OK;
}

/* Documents that are there are made anew with the others. */
enum err_code store_search_expect(struct store *s, int64_t events, struct err *e)
{
    int64_t small = 0, written = 0;

    if (events < MANY_EVENTS)
        return ERR_OK;
    TRY(store_number(
        s, "SELECT count(*) FROM sqlite_schema WHERE name = 'tl_search' AND sql NOT LIKE '%prefix%'", &small,
        e));
    if (!small)
        return ERR_OK;
    TRY(store_number(s, "SELECT count(*) FROM tl_event", &written, e));
    TRY(store_exec(s, store_sql_script_search_beginnings, e));
    s->search_lost = s->search_lost || written > 0;
    return store_schema_remember(s, e);
}
