/*
 * The search index against the events. It holds no texts, and SQLite's own check of it needs a writer; so both are
 * brought to one form: of every document a sum over its words with column and position, once as the index has them, once
 * as an index in memory makes them of the events.
 */
#include <stdlib.h>
#include <string.h>

#include "core/store/store_check_internal.h"
#include "core/store/store_event_internal.h"

enum { BATCH = 500 };

struct document {
    int64_t place;
    const char *id;
    uint64_t wanted, found;
    bool logged; /* another program wrote to the event: the index is of before */
};

struct documents {
    struct arena *arena;
    struct document *items; /* by place */
    size_t n, capacity;
    int64_t strangers; /* words of documents that are no event's */
};

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static struct document *find(struct documents *all, int64_t place)
{
    size_t low = 0;
    size_t high = all->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (all->items[middle].place == place)
            return &all->items[middle];
        if (all->items[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* FNV-1a, then spread so that sums of several tell them apart. */
static uint64_t hash_of(sqlite3_stmt *word)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (int column = 0; column <= 2; column += 2) { /* the word and the name of its column */
        const unsigned char *p = sqlite3_column_text(word, column);

        for (int i = sqlite3_column_bytes(word, column); p && i > 0; i--)
            hash = (hash ^ *p++) * UINT64_C(1099511628211);
        hash = (hash ^ 0xff) * UINT64_C(1099511628211);
    }
    hash ^= (uint64_t)sqlite3_column_int64(word, 3) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ (hash >> 31)) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ (hash >> 29);
}

/* Add up all words of an index. damaged: SQLite found it so. */
static enum err_code add_up(struct store *s, struct documents *all, bool wanted, bool *damaged, struct err *e)
{
    __attribute__((cleanup(finalize))) sqlite3_stmt *word = NULL;
    int rc =
        sqlite3_prepare_v2(s->db, "SELECT term, doc, col, offset FROM temp.tl_search_words", -1, &word, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(word)) == SQLITE_ROW) {
        struct document *document = find(all, sqlite3_column_int64(word, 1));

        rc = SQLITE_OK;
        if (!document)
            all->strangers++;
        else if (wanted)
            document->wanted += hash_of(word);
        else
            document->found += hash_of(word);
    }
    *damaged = (rc & 0xff) == SQLITE_CORRUPT;
    return rc == SQLITE_DONE || *damaged ? ERR_OK : store_fail(s, rc, e);
}

/* A table of this connection alone, in memory; a connection that only reads refuses even that. */
static enum err_code open_words(struct store *s, struct err *e)
{
    if (s->query_only)
        TRY(store_exec(s, "PRAGMA query_only=OFF", e));
    TRY(store_exec(s,
                   "CREATE VIRTUAL TABLE IF NOT EXISTS temp.tl_search_words USING "
                   "fts5vocab(main, tl_search, instance)",
                   e));
    return s->query_only ? store_exec(s, "PRAGMA query_only=ON", e) : ERR_OK;
}

static void add_document(struct documents *all, const struct document *document)
{
    if (all->n == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 1024;
        struct document *grown = arena_array(all->arena, capacity, sizeof *grown);

        if (all->n)
            memcpy(grown, all->items, all->n * sizeof *grown);
        all->items = grown;
        all->capacity = capacity;
    }
    all->items[all->n++] = *document;
}

static enum err_code put_words(struct store *memory, struct arena *a, int64_t place, const char *content,
                               struct err *e)
{
    static const char *const columns[] = {"title", "summary", "actors", "tags", "sources", "facets"};
    const char *words[STORE_SEARCH_COLUMNS];
    struct json_object *fields = NULL;
    SQL(q, memory, SQL_SEARCH_INSERT);

    if (jx_parse(a, content, strlen(content), &fields, NULL) != ERR_OK)
        return ERR_OK;
    store_search_words(a, fields, words);
    sql_bind_int(&q, "place", place);
    for (size_t i = 0; i < STORE_SEARCH_COLUMNS; i++)
        sql_bind_text(&q, columns[i], words[i]);
    return sql_run(&q, e);
}

static enum err_code flush(struct store *memory, struct documents *all, struct err *e)
{
    bool damaged = false;
    SQL(clear, memory, SQL_SEARCH_CLEAR);

    TRY(add_up(memory, all, true, &damaged, e));
    return sql_run(&clear, e);
}

static enum err_code read_events(struct store *s, struct store_check *c, struct store *memory,
                                 struct documents *all, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;
    SQL(q, s, SQL_CHECK_SEARCH);

    TRY(sql_row(&q, &found, e));
    while (found) {
        struct document document = {.place = sql_int(&q, "place"),
                                    .id = sql_text(&q, all->arena, "id"),
                                    .logged = sql_int(&q, "logged")};

        TRY(store_check_step(c, "checking the search", all->n, (uint64_t)sql_int(&q, "n"), e));
        add_document(all, &document);
        TRY(put_words(memory, a, document.place, sql_text(&q, a, "content"), e));
        arena_reset(a);
        if (all->n % BATCH == 0)
            TRY(flush(memory, all, e));
        TRY(sql_row(&q, &found, e));
    }
    return flush(memory, all, e);
}

static void compare(struct store_check *c, const struct documents *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct document *document = &all->items[i];

        if (document->wanted == document->found || document->logged)
            continue;
        store_check_add(
            c, &(struct store_finding){.code = document->found ? "search_other" : "search_missing",
                                       .event = document->id,
                                       .text = document->found
                                                   ? "The search finds this event by other words than it has."
                                                   : "The search does not find this event."});
    }
    if (all->strangers)
        store_check_add(
            c, &(struct store_finding){.code = "search_stranger",
                                       .text = "The search index holds words of events that are not there."});
    jx_set_int(c->checked, "search_documents", (int64_t)all->n);
}

enum err_code store_check_search(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(store) *memory = NULL;
    struct documents all = {.arena = a};
    bool damaged = false;

    TRY(store_open_memory(&memory, e));
    TRY(open_words(memory, e));
    TRY(open_words(s, e));
    TRY(read_events(s, c, memory, &all, e));
    TRY(add_up(s, &all, false, &damaged, e));
    if (damaged)
        store_check_add(
            c, &(struct store_finding){.code = "search_damaged", .text = "The search index is damaged."});
    else
        compare(c, &all);
    return ERR_OK;
}
