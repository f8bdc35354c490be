/*
 * Many events at once. Each is on its own: one that is refused is reported and the others go on. They are written in
 * chunks, so that nobody waits long for the database, and what a chunk has written stays whatever comes after it.
 */
#include <string.h>

#include "core/service/service_event_internal.h"

enum {
    CHUNK = 100,
    TITLES_LOOKED_AT = 200000, /* of other events, in full; then few for each */
    DUPLICATES_BYTES =
        2 * 1024 * 1024, /* room for them in the report; from half of it on the surest alone is told */
};

enum result { ADDED, UNCHANGED, REFUSED };

/* One event that is to be added, and what became of it. */
struct item {
    const char *name;
    int64_t index; /* in its array, from 1; 0: it is no part of one */
    const char *p; /* NULL: fields */
    size_t n;
    struct json_object *fields;
    enum result result;
    struct err why; /* of REFUSED */
    bool exists;    /* REFUSED because another is there */
    struct likeness like;
};

struct bulk {
    struct service *s;
    struct arena *arena; /* of the answer; s->arena is that of a chunk */
    struct item *items;
    size_t n, capacity;
    size_t looked; /* titles of other events */
    size_t room;   /* bytes, for duplicates */
};

static struct item *add_item(struct bulk *b, const struct service_source *source)
{
    struct item *more;

    if (b->n == b->capacity) {
        b->capacity = b->capacity ? b->capacity * 2 : 64;
        more = arena_array(b->arena, b->capacity, sizeof *more);
        if (b->n)
            memcpy(more, b->items, b->n * sizeof *more);
        b->items = more;
    }
    b->items[b->n] = (struct item){.name = source->name, .p = source->p, .n = source->n};
    return &b->items[b->n++];
}

bool service_is_event_file(const char *name)
{
    return event_format_of(name) != EVENT_NONE;
}

static bool is_array(const struct service_source *source)
{
    size_t at = source->n >= 3 && memcmp(source->p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    while (at < source->n && strchr(" \t\r\n", source->p[at]) && source->p[at])
        at++;
    return at < source->n && source->p[at] == '[';
}

/* An array that cannot be read is one refusal. */
static void add_array(struct bulk *b, const struct service_source *source)
{
    size_t start = source->p[0] == '\xEF' ? 3 : 0;
    struct json_object *array = NULL;
    struct err why = {0};

    if (jx_parse(b->arena, source->p + start, source->n - start, &array, &why) != ERR_OK) {
        struct item *item = add_item(b, source);

        item->result = REFUSED;
        item->why = why;
        item->why.code = why.code == ERR_INVALID_INPUT ? ERR_INVALID_EVENT : why.code;
        return;
    }
    for (size_t i = 0; i < json_object_array_length(array) && b->n <= SERVICE_ADD_MANY; i++) {
        struct item *item = add_item(b, source);

        item->p = NULL;
        item->index = (int64_t)i + 1;
        item->fields = json_object_array_get_idx(array, i);
    }
}

static enum err_code collect(struct bulk *b, const struct service_source *sources, size_t n, struct err *e)
{
    for (size_t i = 0; i < n && b->n <= SERVICE_ADD_MANY; i++) {
        if (is_array(&sources[i]))
            add_array(b, &sources[i]);
        else
            add_item(b, &sources[i]);
    }
    if (b->n <= SERVICE_ADD_MANY)
        return ERR_OK;
    return err_set(e, ERR_TOO_LARGE, "At most %d events can be added at once. Send them in parts.",
                   SERVICE_ADD_MANY);
}

/* What is said about it later must outlive the chunk. */
static void keep_likeness(struct bulk *b, struct item *item, const struct event *event)
{
    size_t n;
    const char **urls = event_source_urls(b->arena, event->fields, &n);

    item->like = (struct likeness){.id = arena_strdup(b->arena, event->id),
                                   .date = arena_strdup(b->arena, event->date),
                                   .title = arena_strdup(b->arena, event->title),
                                   .urls = urls,
                                   .n_urls = n};
}

static void read_item(struct bulk *b, struct item *item, struct draft *draft)
{
    const struct service_draft asked = {
        .p = item->p, .n = item->n, .name = item->name, .fields = item->fields};
    enum err_code code;

    if (item->result == REFUSED)
        return;
    b->s->problems = NULL;
    code = draft_read(b->s, &asked, draft, &item->why);
    b->s->problems = NULL;
    if (code != ERR_OK)
        item->result = REFUSED;
    else
        keep_likeness(b, item, &draft->event);
    item->why.line = item->p ? item->why.line : 0;
}

/* Refusals are the item's; what is returned is a failure of the database, which concerns all. */
static enum err_code write_item(struct bulk *b, struct item *item, const struct draft *draft, struct err *e)
{
    struct event_change change = {.id = draft->event.id,
                                  .content = draft->content,
                                  .hash = draft->hash,
                                  .fields = draft->event.fields,
                                  .reason = "add",
                                  .added = true};
    enum err_code code;

    if (item->result == REFUSED)
        return ERR_OK;
    code = event_write_change(b->s, &change, e);
    item->result = ADDED;
    if (code != ERR_EXISTS)
        return code;
    if (!change.now.removed && str_eq(change.now.content_hash, change.hash)) {
        item->result = UNCHANGED;
    } else {
        item->result = REFUSED;
        item->exists = true;
        item->why = *e;
    }
    *e = (struct err){0};
    return ERR_OK;
}

static enum err_code write_items(struct bulk *b, size_t first, size_t n, struct draft *drafts, struct err *e)
{
    TRY(store_catch_up(b->s->store, 0, NULL, e));
    for (size_t i = 0; i < n; i++)
        TRY(write_item(b, &b->items[first + i], &drafts[i], e));
    return store_catch_up(b->s->store, 0, NULL, e);
}

static enum err_code add_chunk(struct bulk *b, size_t first, size_t n, struct err *e)
{
    struct draft *drafts = arena_array(b->s->arena, n, sizeof *drafts);

    for (size_t i = 0; i < n; i++)
        read_item(b, &b->items[first + i], &drafts[i]);
    TRY(store_begin(b->s->store, service_wait_ms(b->s), e));
    return store_end(b->s->store, write_items(b, first, n, drafts, e), e);
}

/* A chunk that failed has written nothing, and those behind it are not tried. */
static void refuse_rest(struct bulk *b, size_t first, const struct err *why)
{
    for (size_t i = first; i < b->n; i++) {
        if (b->items[i].result == REFUSED && b->items[i].why.code)
            continue;
        b->items[i].result = REFUSED;
        b->items[i].why = *why;
    }
}

static void report(struct bulk *b, const char *phase, size_t done)
{
    const struct service_progress *p = &b->s->progress;

    if (p->report)
        p->report(p->context, phase, done, b->n, 0);
}

static bool is_cancelled(const struct bulk *b)
{
    const struct service_progress *p = &b->s->progress;

    return p->cancelled && p->cancelled(p->context);
}

/* Fails only as long as nothing has been written. */
static enum err_code add_all(struct bulk *b, struct err *e)
{
    for (size_t first = 0; first < b->n; first += CHUNK) {
        AUTO_STRUCT(arena) *chunk = arena_new();
        size_t n = b->n - first < CHUNK ? b->n - first : CHUNK;
        struct err why = {0};
        enum err_code code;

        report(b, "adding", first);
        b->s->arena = chunk;
        code = is_cancelled(b) ? err_set(&why, ERR_CANCELLED, "This was not added: it was stopped before.")
                               : add_chunk(b, first, n, &why);
        b->s->arena = b->arena;
        b->s->problems = NULL;
        if (code == ERR_OK)
            continue;
        if (first == 0)
            return *e = why, code;
        refuse_rest(b, first, &why);
        break;
    }
    report(b, "adding", b->n);
    return ERR_OK;
}

/* What would be more than the report can hold is left out. */
static void keep_duplicates(struct bulk *b, struct json_object *row, struct json_object *list, size_t bytes)
{
    bool fits = bytes <= b->room;

    b->room -= fits ? bytes : 0;
    jx_set(row, "duplicates", fits ? json_object_get(list) : json_object_new_array());
}

static enum err_code add_duplicates(struct bulk *b, struct item *item, struct json_object *row, struct err *e)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct json_object *list = NULL;
    enum err_code code;

    item->like.check_id = item->exists;
    item->like.briefly = b->looked > TITLES_LOOKED_AT || b->room < DUPLICATES_BYTES / 2;
    b->s->arena = scratch;
    code = event_duplicates(b->s, &item->like, &list, e);
    b->s->arena = b->arena;
    TRY(code);
    b->looked += item->like.looked;
    keep_duplicates(b, row, list, strlen(jx_text(scratch, list)));
    return ERR_OK;
}

static enum err_code view_item(struct bulk *b, struct item *item, struct json_object *rows, struct err *e)
{
    static const char *const words[] = {[ADDED] = "added", [UNCHANGED] = "unchanged", [REFUSED] = "refused"};
    struct json_object *row = json_object_new_object();
    bool refused = item->result == REFUSED;

    jx_push(rows, row);
    jx_set_text(row, "name", item->name);
    jx_set(row, "index", item->index ? json_object_new_int64(item->index) : NULL);
    jx_set_text(row, "id", item->like.id);
    jx_set_text(row, "result", words[item->result]);
    jx_set_text(row, "code", refused ? err_name(item->why.code) : NULL);
    jx_set_text(row, "error", refused ? item->why.message : NULL);
    jx_set(row, "line", refused && item->why.line ? json_object_new_int64(item->why.line) : NULL);
    if (item->result == ADDED || item->exists)
        return add_duplicates(b, item, row, e);
    jx_set(row, "duplicates", json_object_new_array());
    return ERR_OK;
}

static enum err_code view_all(struct bulk *b, struct json_object **view, struct err *e)
{
    struct json_object *o = jx_own(b->arena, json_object_new_object());
    struct json_object *rows = json_object_new_array();
    int64_t count[] = {[ADDED] = 0, [UNCHANGED] = 0, [REFUSED] = 0};

    for (size_t i = 0; i < b->n; i++)
        count[b->items[i].result]++;
    jx_set_bool(o, "success", count[REFUSED] == 0);
    jx_set_int(o, "added", count[ADDED]);
    jx_set_int(o, "unchanged", count[UNCHANGED]);
    jx_set_int(o, "refused", count[REFUSED]);
    jx_set(o, "events", rows);
    for (size_t i = 0; i < b->n; i++) {
        if (i % CHUNK == 0)
            report(b, "looking for duplicates", i);
        TRY(view_item(b, &b->items[i], rows, e));
    }
    *view = o;
    return ERR_OK;
}

enum err_code service_event_add_many(struct service *s, const struct service_source *sources, size_t n,
                                     struct json_object **view, struct err *e)
{
    struct bulk b = {.s = s, .arena = s->arena, .room = DUPLICATES_BYTES};

    *view = NULL;
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(collect(&b, sources, n, e));
    TRY(add_all(&b, e));
    return view_all(&b, view, e);
}
