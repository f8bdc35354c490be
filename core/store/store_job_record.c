/* What is kept about jobs beside the queue: their log, and requests that named themselves. */
#include "core/store/sql.h"
#include "core/store/store_job.h"
#include "core/util/clock.h"

enum err_code store_job_log(struct store *s, int64_t id, const char *text, struct err *e)
{
    SQL(q, s, SQL_JOB_LOG_INSERT);

    sql_bind_int(&q, "job", id);
    sql_bind_int(&q, "now", clock_now_us());
    sql_bind_text(&q, "text", text);
    return sql_run(&q, e);
}

static void read_line(struct sql *q, struct arena *a, void *row)
{
    struct store_job_line *line = row;

    line->at_us = sql_int(q, "at");
    line->text = sql_text(q, a, "text");
}

enum err_code store_job_log_list(struct store *s, struct arena *a, int64_t id, struct store_job_line **out,
                                 size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_line, .size = sizeof **out};
    SQL(q, s, SQL_JOB_LOG_LIST);

    sql_bind_int(&q, "job", id);
    sql_bind_int(&q, "limit", STORE_JOB_LINES);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_job_prune(struct store *s, int64_t most, int64_t oldest_us, struct err *e)
{
    SQL(q, s, SQL_JOB_PRUNE);

    sql_bind_int(&q, "most", most);
    sql_bind_int(&q, "oldest", oldest_us);
    return sql_run(&q, e);
}

enum err_code store_job_key_get(struct store *s, struct arena *a, struct store_job_key *key, bool *found,
                                struct err *e)
{
    SQL(q, s, SQL_JOB_KEY_GET);

    sql_bind_text(&q, "caller", key->caller);
    sql_bind_text(&q, "key", key->key);
    TRY(sql_row(&q, found, e));
    if (!*found)
        return ERR_OK;
    key->request = sql_text(&q, a, "request");
    key->job = sql_int(&q, "job");
    return ERR_OK;
}

enum err_code store_job_key_put(struct store *s, const struct store_job_key *key, struct err *e)
{
    SQL(q, s, SQL_JOB_KEY_PUT);

    sql_bind_text(&q, "caller", key->caller);
    sql_bind_text(&q, "key", key->key);
    sql_bind_text(&q, "request", key->request);
    sql_bind_int(&q, "job", key->job);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_job_key_prune(struct store *s, int64_t oldest_us, struct err *e)
{
    SQL(q, s, SQL_JOB_KEY_PRUNE);

    sql_bind_int(&q, "oldest", oldest_us);
    return sql_run(&q, e);
}
