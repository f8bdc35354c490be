#include "core/store/store_parked.h"

#include <string.h>

#include "core/store/store_event_internal.h"
#include "core/store/store_row.h"
#include "core/util/clock.h"

struct id {
    const char *text;
};

static void read_event_id(struct sql *q, struct arena *a, void *row)
{
    ((struct id *)row)->text = sql_text(q, a, "event_id");
}

static void read_id(struct sql *q, struct arena *a, void *row)
{
    ((struct id *)row)->text = sql_text(q, a, "id");
}

static void hand_out(struct arena *a, const struct sql_rows *rows, const char ***ids, size_t *n)
{
    *n = rows->n;
    *ids = arena_array(a, rows->n + 1, sizeof **ids);
    for (size_t i = 0; i < rows->n; i++)
        (*ids)[i] = ((const struct id *)rows->items)[i].text;
}

enum err_code store_parked_rows_of(struct store *s, struct arena *a, struct store_parked *p, struct err *e)
{
    TRY(store_row_read(s, a, STORE_ROW_METADATA, p->event_id, &p->metadata, e));
    return store_row_read(s, a, STORE_ROW_EXPORT, p->event_id, &p->export_row, e);
}

enum err_code store_parked_put(struct store *s, int64_t repository, const struct store_parked *p,
                               struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct store_parked rows = {.event_id = p->event_id};
    SQL(q, s, SQL_PARKED_PUT);

    TRY(store_parked_rows_of(s, a, &rows, e));
    sql_bind_int(&q, "repository", repository);
    sql_bind_text(&q, "event_id", p->event_id);
    sql_bind_text(&q, "content", p->content);
    sql_bind_int(&q, "removed", p->removed);
    sql_bind_text(&q, "base", p->base);
    sql_bind_int(&q, "revision", p->revision);
    sql_bind_text_or_empty(&q, "author", p->author);
    sql_bind_text(&q, "metadata", rows.metadata);
    sql_bind_text(&q, "export", rows.export_row);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

struct holder {
    int64_t repository;
};

static void read_holder(struct sql *q, struct arena *a, void *row)
{
    (void)a;
    ((struct holder *)row)->repository = sql_int(q, "id");
}

enum err_code store_parked_keep_rows(struct store *s, const char *event_id, struct err *e)
{
    struct sql_rows rows = {.read = read_holder, .size = sizeof(struct holder)};
    AUTO_STRUCT(arena) *a = arena_new();
    struct store_parked now = {.event_id = event_id};
    SQL(holders, s, SQL_PARKED_HOLDERS);
    SQL(put, s, SQL_PARKED_PUT_ROWS);

    sql_bind_text(&holders, "event_id", event_id);
    TRY(sql_list(&holders, a, &rows, e));
    if (rows.n == 0)
        return ERR_OK;
    TRY(store_parked_rows_of(s, a, &now, e));
    for (size_t i = 0; (now.metadata || now.export_row) && i < rows.n; i++) {
        sql_again(&put);
        sql_bind_int(&put, "repository", ((const struct holder *)rows.items)[i].repository);
        sql_bind_text(&put, "event_id", event_id);
        sql_bind_text(&put, "metadata", now.metadata);
        sql_bind_text(&put, "export", now.export_row);
        sql_bind_int(&put, "now", clock_now_us());
        TRY(sql_run(&put, e));
    }
    return ERR_OK;
}

static void read_parked(struct sql *q, struct arena *a, void *row)
{
    struct store_parked *p = row;

    p->event_id = sql_text(q, a, "event_id");
    p->content = sql_text_or_null(q, a, "content");
    p->removed = sql_int(q, "removed");
    p->base = sql_text_or_null(q, a, "base");
    p->revision = sql_int(q, "revision");
    p->author = sql_text(q, a, "author");
    p->metadata = sql_text_or_null(q, a, "metadata");
    p->export_row = sql_text_or_null(q, a, "export");
}

enum err_code store_parked_get(struct store *s, struct arena *a, int64_t repository, const char *event_id,
                               struct store_parked *out, bool *found, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_PARKED_GET);

    *out = (struct store_parked){0};
    sql_bind_int(&q, "repository", repository);
    sql_bind_text(&q, "event_id", event_id);
    code = sql_one(&q, a, read_parked, out, e);
    *found = code == ERR_OK;
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

enum err_code store_parked_landed(struct store *s, struct arena *a, const struct store_parked *p,
                                  const struct store_parked_question *question, const char **content,
                                  struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_PARKED_LANDED);

    *content = NULL;
    sql_bind_text(&q, "id", p->event_id);
    sql_bind_int(&q, "repository", question->repository);
    sql_bind_text(&q, "base_hash", question->base_hash);
    sql_bind_int(&q, "revision", p->revision);
    TRY(sql_row(&q, &found, e));
    if (found)
        *content = sql_int(&q, "revision") == p->revision ? p->content : sql_text_or_null(&q, a, "content");
    return ERR_OK;
}

enum err_code store_parked_ids(struct store *s, struct arena *a, int64_t repository, const char ***ids,
                               size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_event_id, .size = sizeof(struct id)};
    SQL(q, s, SQL_PARKED_IDS);

    sql_bind_int(&q, "repository", repository);
    TRY(sql_list(&q, a, &rows, e));
    hand_out(a, &rows, ids, n);
    return ERR_OK;
}

enum err_code store_parked_leaving(struct store *s, struct arena *a, const char ***ids, size_t *n,
                                   struct err *e)
{
    struct sql_rows rows = {.read = read_id, .size = sizeof(struct id)};
    SQL(q, s, SQL_PARKED_LEAVING);

    TRY(sql_list(&q, a, &rows, e));
    hand_out(a, &rows, ids, n);
    return ERR_OK;
}

/* The row of now with the verdict of then. */
static const char *with_verdict(struct arena *a, const char *now, const char *then)
{
    static const char *const columns[] = {"validation_status", "validation_date", "validation_notes",
                                          "quality_score"};
    struct json_object *row = NULL;
    struct json_object *old = NULL;

    if (jx_parse(a, now, strlen(now), &row, NULL) != ERR_OK ||
        jx_parse(a, then, strlen(then), &old, NULL) != ERR_OK)
        return now;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        jx_set(row, columns[i], json_object_get(jx_get(old, columns[i])));
    return jx_text(a, row);
}

static enum err_code restore_metadata(struct store *s, struct arena *a, const struct store_parked *p,
                                      bool verdict_counts, struct err *e)
{
    const char *text = p->metadata;
    const char *now;

    if (!text)
        return ERR_OK;
    TRY(store_row_read(s, a, STORE_ROW_METADATA, p->event_id, &now, e));
    if (now && !verdict_counts)
        return ERR_OK;
    return store_row_write(s, a, STORE_ROW_METADATA, now ? with_verdict(a, now, text) : text, e);
}

static enum err_code restore_export(struct store *s, struct arena *a, const struct store_parked *p,
                                    struct err *e)
{
    const char *now;

    if (!p->export_row)
        return ERR_OK;
    TRY(store_row_read(s, a, STORE_ROW_EXPORT, p->event_id, &now, e));
    return now ? ERR_OK : store_row_write(s, a, STORE_ROW_EXPORT, p->export_row, e);
}

enum err_code store_parked_restore_rows(struct store *s, const struct store_parked *p, bool verdict_counts,
                                        struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();

    TRY(store_mute(s, e));
    TRY(restore_metadata(s, a, p, verdict_counts, e));
    TRY(restore_export(s, a, p, e));
    return store_event_refresh(s, a, p->event_id, e);
}

enum err_code store_parked_forget(struct store *s, int64_t repository, struct err *e)
{
    SQL(q, s, SQL_PARKED_FORGET);

    sql_bind_int(&q, "repository", repository);
    return sql_run(&q, e);
}

enum err_code store_parked_forget_addition(struct store *s, const char *event_id, struct err *e)
{
    SQL(q, s, SQL_PARKED_FORGET_ADDITION);

    sql_bind_text(&q, "event_id", event_id);
    return sql_run(&q, e);
}
