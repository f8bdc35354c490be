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

enum err_code store_job_insert(struct store *s, const struct store_job_new *job, int64_t *id, struct err *e)
{
    SQL(q, s, SQL_JOB_INSERT);

    sql_bind_text(&q, "kind", job->kind);
    sql_bind_text(&q, "args", job->args && *job->args ? job->args : "{}");
    sql_bind_text_or_empty(&q, "created_by", job->created_by);
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

enum err_code store_job_next_due(struct store *s, int64_t *at_us, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_JOB_NEXT_DUE);

    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_row(&q, &found, e));
    *at_us = found ? sql_int(&q, "not_before") : 0;
    return ERR_OK;
}

enum err_code store_job_progress(struct store *s, int64_t id, const struct store_job_progress *now,
                                 struct err *e)
{
    SQL(q, s, SQL_JOB_PROGRESS);

    sql_bind_int(&q, "id", id);
    sql_bind_text_or_empty(&q, "phase", now->phase);
    sql_bind_int(&q, "done", now->done);
    sql_bind_int(&q, "total", now->total);
    sql_bind_int(&q, "bytes", now->bytes);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_job_cancel_asked(struct store *s, int64_t id, bool *asked, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_JOB_CANCEL_ASKED);

    sql_bind_int(&q, "id", id);
    TRY(sql_row(&q, &found, e));
    *asked = !found || sql_int(&q, "asked") != 0;
    return ERR_OK;
}

enum err_code store_job_note(struct store *s, int64_t id, const char *note, struct err *e)
{
    SQL(q, s, SQL_JOB_NOTE);

    sql_bind_int(&q, "id", id);
    sql_bind_text(&q, "note", note);
    TRY(sql_run(&q, e));
    return sql_changes(s) > 0 ? ERR_OK : unknown(id, e);
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

enum err_code store_job_requeue(struct store *s, int64_t id, const struct store_job_again *again,
                                struct err *e)
{
    SQL(q, s, SQL_JOB_REQUEUE);

    sql_bind_int(&q, "id", id);
    sql_bind_int(&q, "not_before", again->not_before_us);
    sql_bind_text_or_empty(&q, "error_code", again->error_code);
    sql_bind_text_or_empty(&q, "error", again->error);
    sql_bind_int(&q, "uncounted", again->uncounted);
    TRY(sql_run(&q, e));
    return sql_changes(s) > 0 ? ERR_OK : unknown(id, e);
}

enum err_code store_job_due_now(struct store *s, int64_t id, struct err *e)
{
    SQL(q, s, SQL_JOB_DUE_NOW);

    sql_bind_int(&q, "id", id);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
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

static enum err_code count_losses(struct store *s, int64_t worker_pid, int64_t max_losses, struct err *e)
{
    SQL(lose, s, SQL_JOB_LOSE);
    SQL(tell, s, SQL_JOB_LOSE_LOG);

    sql_bind_int(&lose, "worker_pid", worker_pid);
    TRY(sql_run(&lose, e));
    sql_bind_int(&tell, "worker_pid", worker_pid);
    sql_bind_int(&tell, "max_losses", max_losses);
    sql_bind_int(&tell, "now", clock_now_us());
    return sql_run(&tell, e);
}

enum err_code store_job_recover(struct store *s, int64_t worker_pid, int64_t max_losses, struct err *e)
{
    SQL(q, s, SQL_JOB_RECOVER);

    TRY(count_losses(s, worker_pid, max_losses, e));
    sql_bind_int(&q, "worker_pid", worker_pid);
    sql_bind_int(&q, "max_losses", max_losses);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_job_losses(struct store *s, int64_t id, int64_t *n, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_JOB_LOSSES);

    sql_bind_int(&q, "id", id);
    TRY(sql_row(&q, &found, e));
    *n = found ? sql_int(&q, "n") : 0;
    return ERR_OK;
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

enum err_code store_job_list(struct store *s, struct arena *a, bool active_only,
                             const struct store_slice *slice, struct store_job **out, size_t *n,
                             struct err *e)
{
    struct sql_rows rows = {.read = read_job, .size = sizeof **out};
    SQL(q, s, active_only ? SQL_JOB_LIST_ACTIVE : SQL_JOB_LIST);

    sql_bind_slice(&q, slice);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_job_last_asked(struct store *s, int64_t *at_us, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_JOB_LAST_ASKED);

    TRY(sql_row(&q, &found, e));
    *at_us = found ? sql_int(&q, "at") : 0;
    return ERR_OK;
}
