#include "core/store/store_job.h"

#include "core/store/sql.h"
#include "core/util/clock.h"
#include "core/util/str.h"

static void read_job(struct sql *q, struct arena *a, void *row)
{
    struct store_job *job = row;

    job->id = sql_int(q, "id");
    job->kind = sql_text(q, a, "kind");
    job->args = sql_text(q, a, "args");
    job->state = sql_text(q, a, "state");
    job->phase = sql_text(q, a, "phase");
    job->done = sql_int(q, "done");
    job->total = sql_int(q, "total");
    job->bytes = sql_int(q, "bytes");
    job->result = sql_text(q, a, "result");
    job->error_code = sql_text(q, a, "error_code");
    job->error = sql_text(q, a, "error");
    job->created_by = sql_text(q, a, "created_by");
    job->created_at_us = sql_int(q, "created_at");
    job->not_before_us = sql_int(q, "not_before");
    job->started_at_us = sql_int(q, "started_at");
    job->heartbeat_at_us = sql_int(q, "heartbeat_at");
    job->finished_at_us = sql_int(q, "finished_at");
    job->attempts = sql_int(q, "attempts");
    job->worker_pid = sql_int(q, "worker_pid");
    job->cancel_asked = sql_int(q, "cancel_asked");
}

static enum err_code unknown(int64_t id, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "There is no job %lld.", (long long)id);
}

static enum err_code find_id(struct sql *q, int64_t *id, bool *found, struct err *e)
{
    TRY(sql_row(q, found, e));
    *id = *found ? sql_int(q, "id") : 0;
    return ERR_OK;
}

static enum err_code find_active(struct store *s, const char *kind, int64_t *id, bool *found, struct err *e)
{
    SQL(q, s, SQL_JOB_ACTIVE);

    sql_bind_text(&q, "kind", kind);
    return find_id(&q, id, found, e);
}

enum err_code store_job_enqueue(struct store *s, const char *kind, const char *args, const char *created_by,
                                int64_t *id, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_JOB_INSERT);

    TRY(find_active(s, kind, id, &found, e));
    if (found)
        return ERR_OK;
    sql_bind_text(&q, "kind", kind);
    sql_bind_text(&q, "args", args && *args ? args : "{}");
    sql_bind_text_or_empty(&q, "created_by", created_by);
    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_run(&q, e));
    *id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

static enum err_code find_due(struct store *s, int64_t *id, bool *found, struct err *e)
{
    SQL(q, s, SQL_JOB_DUE);

    sql_bind_int(&q, "now", clock_now_us());
    return find_id(&q, id, found, e);
}

enum err_code store_job_claim(struct store *s, struct arena *a, int64_t worker_pid, struct store_job *out,
                              bool *found, struct err *e)
{
    int64_t id = 0;
    SQL(q, s, SQL_JOB_START);

    TRY(find_due(s, &id, found, e));
    if (!*found)
        return ERR_OK;
    sql_bind_int(&q, "id", id);
    sql_bind_int(&q, "worker_pid", worker_pid);
    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_run(&q, e));
    return store_job_get(s, a, id, out, e);
}

enum err_code store_job_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                                 bool *cancel_asked, struct err *e)
{
    struct store_job job;
    SQL(q, s, SQL_JOB_PROGRESS);

    sql_bind_int(&q, "id", id);
    sql_bind_text_or_empty(&q, "phase", now->phase);
    sql_bind_int(&q, "done", now->done);
    sql_bind_int(&q, "total", now->total);
    sql_bind_int(&q, "bytes", now->bytes);
    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_run(&q, e));
    arena_reset(s->scratch);
    TRY(store_job_get(s, s->scratch, id, &job, e));
    /* A job that runs no more was taken away from its worker: that one must stop too. */
    if (cancel_asked)
        *cancel_asked = job.cancel_asked || !str_eq(job.state, "running");
    return ERR_OK;
}

enum err_code store_job_finish(struct store *s, int64_t id, const struct store_job_end *end, struct err *e)
{
    SQL(q, s, SQL_JOB_FINISH);

    if (!str_eq(end->state, "succeeded") && !str_eq(end->state, "failed") && !str_eq(end->state, "cancelled"))
        return err_set(e, ERR_INTERNAL, "A job cannot end as %s.", end->state);
    sql_bind_int(&q, "id", id);
    sql_bind_text(&q, "state", end->state);
    sql_bind_text_or_empty(&q, "result", end->result);
    sql_bind_text_or_empty(&q, "error_code", end->error_code);
    sql_bind_text_or_empty(&q, "error", end->error);
    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_run(&q, e));
    return sql_changes(s) > 0 ? ERR_OK : unknown(id, e);
}

enum err_code store_job_ask_cancel(struct store *s, int64_t id, struct err *e)
{
    int64_t changed;
    SQL(queued, s, SQL_JOB_CANCEL_QUEUED);
    SQL(running, s, SQL_JOB_CANCEL_RUNNING);

    sql_bind_int(&queued, "id", id);
    sql_bind_int(&queued, "now", clock_now_us());
    TRY(sql_run(&queued, e));
    changed = sql_changes(s);
    sql_bind_int(&running, "id", id);
    TRY(sql_run(&running, e));
    return changed + sql_changes(s) > 0 ? ERR_OK : unknown(id, e);
}

enum err_code store_job_recover(struct store *s, int64_t worker_pid, int64_t max_attempts, struct err *e)
{
    SQL(q, s, SQL_JOB_RECOVER);

    sql_bind_int(&q, "worker_pid", worker_pid);
    sql_bind_int(&q, "max_attempts", max_attempts);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_job_get(struct store *s, struct arena *a, int64_t id, struct store_job *out,
                            struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_JOB_GET);

    sql_bind_int(&q, "id", id);
    code = sql_one(&q, a, read_job, out, e);
    return code == ERR_NOT_FOUND ? unknown(id, e) : code;
}

enum err_code store_job_list(struct store *s, struct arena *a, bool active_only, size_t limit,
                             struct store_job **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_job, .size = sizeof **out};
    SQL(q, s, active_only ? SQL_JOB_LIST_ACTIVE : SQL_JOB_LIST);

    sql_bind_int(&q, "limit", (int64_t)limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
