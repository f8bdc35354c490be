#include "core/store/store_sync.h"

#include "core/store/sql.h"
#include "core/util/clock.h"

static void bind_time(struct sql *q, struct arena *a, const char *parameter, int64_t us)
{
    sql_bind_text(q, parameter, us ? clock_sql(a, us) : NULL);
}

static void bind_optional(struct sql *q, const char *parameter, const char *text)
{
    sql_bind_text(q, parameter, text && *text ? text : NULL);
}

static void bind_row(struct sql *q, struct arena *a, const struct store_sync *row)
{
    sql_bind_text(q, "repo_url", row->repo_url);
    sql_bind_text(q, "sync_type", row->sync_type);
    bind_time(q, a, "started_at", row->started_at_us);
    bind_time(q, a, "completed_at", row->completed_at_us);
    sql_bind_int(q, "success", row->success);
    sql_bind_int(q, "events_imported", row->events_imported);
    sql_bind_int(q, "events_updated", row->events_updated);
    sql_bind_int(q, "events_exported", row->events_exported);
    if (row->pr_number)
        sql_bind_int(q, "pr_number", row->pr_number);
    else
        sql_bind_null(q, "pr_number");
    bind_optional(q, "pr_url", row->pr_url);
    bind_optional(q, "branch_name", row->branch_name);
    sql_bind_int(q, "commits_processed", row->commits_processed);
    sql_bind_int(q, "files_changed", row->files_changed);
    sql_bind_text(q, "conflicts", row->conflicts && *row->conflicts ? row->conflicts : "[]");
    sql_bind_text(q, "errors", row->errors && *row->errors ? row->errors : "[]");
}

static enum err_code put_shared(struct store *s, struct store_sync *row, struct err *e)
{
    SQL(q, s, row->id ? SQL_SYNC_UPDATE : SQL_SYNC_INSERT);

    arena_reset(s->scratch);
    if (row->id)
        sql_bind_int(&q, "id", row->id);
    bind_row(&q, s->scratch, row);
    TRY(sql_run(&q, e));
    if (!row->id)
        row->id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

enum err_code store_sync_put(struct store *s, struct store_sync *row, struct err *e)
{
    TRY(put_shared(s, row, e));

    SQL(q, s, SQL_SYNC_PUT_OWN);
    sql_bind_int(&q, "id", row->id);
    sql_bind_int(&q, "events_deleted", row->events_deleted);
    return sql_run(&q, e);
}

static int64_t read_time(struct sql *q, struct arena *a, const char *column)
{
    int64_t us = 0;

    return clock_parse(sql_text(q, a, column), &us) ? us : 0;
}

static void read_sync(struct sql *q, struct arena *a, void *row)
{
    struct store_sync *y = row;

    y->id = sql_int(q, "id");
    y->repo_url = sql_text(q, a, "repo_url");
    y->sync_type = sql_text(q, a, "sync_type");
    y->started_at_us = read_time(q, a, "started_at");
    y->completed_at_us = read_time(q, a, "completed_at");
    y->success = sql_int(q, "success");
    y->events_imported = sql_int(q, "events_imported");
    y->events_updated = sql_int(q, "events_updated");
    y->events_exported = sql_int(q, "events_exported");
    y->events_deleted = sql_int(q, "events_deleted");
    y->pr_number = sql_int(q, "pr_number");
    y->pr_url = sql_text(q, a, "pr_url");
    y->branch_name = sql_text(q, a, "branch_name");
    y->commits_processed = sql_int(q, "commits_processed");
    y->files_changed = sql_int(q, "files_changed");
    y->conflicts = sql_is_null(q, "conflicts") ? "[]" : sql_text(q, a, "conflicts");
    y->errors = sql_is_null(q, "errors") ? "[]" : sql_text(q, a, "errors");
}

enum err_code store_sync_list(struct store *s, struct arena *a, const struct store_slice *slice,
                              struct store_sync **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_sync, .size = sizeof **out};
    SQL(q, s, SQL_SYNC_LIST);

    sql_bind_slice(&q, slice);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
