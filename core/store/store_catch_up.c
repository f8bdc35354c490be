/*
 * The change log: what other programs did to events and their metadata becomes revisions, states and search documents.
 *
 * The content of a row is the truth. Only where a program changed copies of fields (title, date, …) and left the
 * content alone, the content follows the columns.
 */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_event_internal.h"

enum { CATCH_UP_WAIT_MS = 1000 };

/* One entry of the log. */
struct change {
    int64_t seq;
    const char *source, *columns, *old_content;
};

/* All entries of one event. */
struct changes {
    const char *old_content;         /* what Tideline saw last, when it was replaced */
    bool lost;                       /* it was replaced while nobody watched, and is not known any more */
    bool inserted;                   /* the row was made anew */
    bool columns[5];                 /* in the order of column_names */
    int64_t event_seq, metadata_seq; /* of the last entry of each source */
};

static const char *const column_names[] = {"date", "title", "summary", "status", "importance"};

static void read_change(struct sql *q, struct arena *a, void *row)
{
    struct change *change = row;

    change->seq = sql_int(q, "seq");
    change->source = sql_text(q, a, "source");
    change->columns = sql_text(q, a, "columns");
    change->old_content = sql_text_or_null(q, a, "old_content");
}

static void sum_up(struct changes *all, const struct change *change)
{
    if (str_eq(change->source, "metadata")) {
        all->metadata_seq = change->seq;
        return;
    }
    all->event_seq = change->seq;
    if (!all->old_content)
        all->old_content = change->old_content;
    if (str_eq(change->columns, "insert "))
        all->inserted = true;
    for (size_t i = 0; i < sizeof column_names / sizeof *column_names; i++) {
        if (strstr(change->columns, column_names[i]))
            all->columns[i] = true;
    }
}

static enum err_code list_changes(struct store *s, struct arena *a, const char *id, struct changes *all,
                                  struct err *e)
{
    struct sql_rows rows = {.read = read_change, .size = sizeof(struct change)};
    SQL(q, s, SQL_CHANGE_OF_EVENT);

    sql_bind_text(&q, "id", id);
    TRY(sql_list(&q, a, &rows, e));
    for (size_t i = 0; i < rows.n; i++)
        sum_up(all, (const struct change *)rows.items + i);
    return ERR_OK;
}

/* The columns of a row as another program left them. */
struct columns {
    const char *text[4]; /* date, title, summary, status; NULL: none */
    bool has_importance;
    int64_t importance;
};

static void read_columns(struct sql *q, struct arena *a, void *row)
{
    struct columns *columns = row;

    for (size_t i = 0; i < 4; i++)
        columns->text[i] = sql_text_or_null(q, a, column_names[i]);
    columns->has_importance = !sql_is_null(q, "importance");
    columns->importance = sql_int(q, "importance");
}

static enum err_code get_columns(struct store *s, struct arena *a, const char *id, struct columns *out,
                                 struct err *e)
{
    SQL(q, s, SQL_EVENT_ROW_COLUMNS);

    sql_bind_text(&q, "id", id);
    return sql_one(&q, a, read_columns, out, e);
}

/* A column that was emptied leaves its field as it is: no event loses its title that way. */
static enum err_code follow_columns(struct store *s, struct arena *a, const char *id, const bool which[5],
                                    struct json_object *fields, struct err *e)
{
    struct columns columns;

    TRY(get_columns(s, a, id, &columns, e));
    for (size_t i = 0; i < 4; i++) {
        const char *text = columns.text[i];
        if (which[i] && text && *text && !str_eq(text, event_text(a, fields, column_names[i])))
            jx_set_text(fields, column_names[i], text);
    }
    if (which[4] && columns.has_importance &&
        jx_get_int(fields, "importance", INT64_MIN) != columns.importance)
        jx_set_int(fields, "importance", columns.importance);
    return ERR_OK;
}

static struct json_object *parse_object(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    if (text && jx_parse(a, text, strlen(text), &value, NULL) == ERR_OK &&
        json_object_is_type(value, json_type_object))
        return value;
    return NULL;
}

/*
 * What the row's content is to be. One that is no JSON object is made of the content before and of all columns, so that
 * every content can be shown and exported.
 */
static enum err_code read_content(struct store *s, struct arena *a, const struct event_now *now,
                                  const struct changes *changes, struct event_content *out, struct err *e)
{
    static const bool all[5] = {true, true, true, true, true}, none[5] = {false};
    struct json_object *fields = parse_object(a, now->content);
    const bool *which = none;

    *out = (struct event_content){.author = STORE_OTHER_PROGRAM, .reason = "sql"};
    if (!fields) {
        fields = parse_object(a, changes->old_content);
        which = all;
        if (!fields) {
            fields = jx_own(a, json_object_new_object());
            jx_set_text(fields, "id", now->id);
        }
    } else if (now->key && str_eq(event_hash(a, fields), now->content_hash)) {
        which = changes->columns;
    }
    TRY(follow_columns(s, a, now->id, which, fields, e));
    out->extract = store_event_extract(a, a, fields);
    out->hash = event_hash(a, fields);
    out->text = jx_text(a, fields);
    return ERR_OK;
}

/* A content keeps its own spelling where its columns did not have to be written into it. */
static enum err_code settle_content(struct store *s, struct arena *a, struct event_now *now,
                                    const struct changes *changes, struct err *e)
{
    struct event_content content;
    struct event_step step = {.content = &content,
                              .old_content = changes->old_content,
                              .old_lost = changes->lost,
                              .keep_validation = changes->metadata_seq > changes->event_seq};
    struct json_object *unchanged = parse_object(a, now->content);
    bool back = now->removed && changes->inserted;

    TRY(read_content(s, a, now, changes, &content, e));
    if (unchanged && str_eq(event_hash(a, unchanged), content.hash))
        content.text = now->content;
    if (!unchanged || now->key == 0 || back || !str_eq(now->content_hash, content.hash))
        TRY(store_event_advance(s, a, now, &step, e));
    if (changes->metadata_seq)
        TRY(store_verdict_notice(s, a, now, e));
    return store_event_save(s, now, e);
}

/* The log tells the content before, but of what happened while no trigger stood. Then the repository's may be it. */
static enum err_code find_old_content(struct store *s, struct arena *a, const struct event_now *now,
                                      struct changes *changes, struct err *e)
{
    struct json_object *fields = parse_object(a, now->content);

    if (!now->key || changes->old_content || (fields && str_eq(event_hash(a, fields), now->content_hash)))
        return ERR_OK;
    TRY(store_event_base_content(s, a, now, &changes->old_content, e));
    changes->lost = !changes->old_content;
    return ERR_OK;
}

static enum err_code forget_log(struct store *s, const char *id, struct err *e)
{
    SQL(q, s, SQL_EVENT_CHANGE_DELETE);

    sql_bind_text(&q, "id", id);
    return sql_run(&q, e);
}

enum err_code store_event_settle(struct store *s, struct arena *a, const char *id, struct err *e)
{
    struct changes changes = {0};
    struct event_now now;

    TRY(store_mute(s, e));
    TRY(list_changes(s, a, id, &changes, e));
    TRY(store_event_now(s, a, id, &now, e));
    TRY(find_old_content(s, a, &now, &changes, e));
    if (now.content)
        TRY(settle_content(s, a, &now, &changes, e));
    else if (now.key)
        TRY(store_event_lose_row(s, a, &now, changes.old_content, e));
    return forget_log(s, id, e);
}

struct logged_event {
    const char *id;
};

static void read_logged_event(struct sql *q, struct arena *a, void *row)
{
    struct logged_event *event = row;

    event->id = sql_text(q, a, "event_id");
}

static enum err_code settle_some(struct store *s, struct arena *a, size_t limit, struct err *e)
{
    struct sql_rows rows = {.read = read_logged_event, .size = sizeof(struct logged_event)};
    AUTO_STRUCT(arena) *each = arena_new();
    SQL(q, s, SQL_CHANGE_EVENTS);

    sql_bind_int(&q, "limit", limit ? (int64_t)limit : -1);
    TRY(sql_list(&q, a, &rows, e));
    for (size_t i = 0; i < rows.n; i++) {
        arena_reset(each);
        TRY(store_event_settle(s, each, ((const struct logged_event *)rows.items)[i].id, e));
    }
    return ERR_OK;
}

static enum err_code count_left(struct store *s, int64_t *left, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_CHANGE_LEFT);

    TRY(sql_row(&q, &found, e));
    *left = found ? sql_int(&q, "n") : 0;
    return ERR_OK;
}

static enum err_code settle_in_transaction(struct store *s, struct arena *a, size_t limit, struct err *e)
{
    enum err_code code;

    if (s->writing)
        return settle_some(s, a, limit, e);
    TRY(store_begin(s, CATCH_UP_WAIT_MS, e));
    code = settle_some(s, a, limit, e);
    return store_end(s, code, e);
}

/* A table that was made anew has no triggers any more. */
static enum err_code mend_schema(struct store *s, struct err *e)
{
    bool unmoved = false;

    TRY(store_schema_unmoved(s, &unmoved, e));
    return unmoved ? ERR_OK : store_schema_again(s, CATCH_UP_WAIT_MS, e);
}

enum err_code store_catch_up(struct store *s, size_t limit, int64_t *left, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    int64_t logged = 0;

    if (!s->reading && !s->query_only)
        TRY(mend_schema(s, e));
    TRY(count_left(s, &logged, e));
    if (logged > 0 && !s->reading && !s->query_only) {
        TRY(settle_in_transaction(s, a, limit, e));
        TRY(count_left(s, &logged, e));
    }
    if (left)
        *left = logged;
    return ERR_OK;
}
