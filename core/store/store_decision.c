#include "core/store/store_decision.h"

#include "core/store/sql.h"
#include "core/util/clock.h"

static void bind_decision(struct sql *q, const struct store_decision *d)
{
    sql_bind_text(q, "event_id", d->event_id);
    sql_bind_int(q, "at", d->at_us ? d->at_us : clock_now_us());
    sql_bind_text_or_empty(q, "author", d->author);
    sql_bind_text(q, "kind", d->kind);
    sql_bind_text(q, "fields", d->fields && *d->fields ? d->fields : "[]");
    sql_bind_text_or_empty(q, "take", d->take);
    sql_bind_text(q, "choices", d->choices && *d->choices ? d->choices : "{}");
    sql_bind_int(q, "opened_at", d->opened_at_us);
    sql_bind_text(q, "base", d->base);
    sql_bind_text(q, "ours", d->ours);
    sql_bind_text(q, "theirs", d->theirs);
    sql_bind_text_or_empty(q, "base_hash", d->base_hash);
    sql_bind_text(q, "before", d->before);
    sql_bind_text(q, "after", d->after);
    sql_bind_text(q, "validation", d->validation && *d->validation ? d->validation : "{}");
    sql_bind_int(q, "revision", d->revision);
}

enum err_code store_decision_add(struct store *s, struct store_decision *d, struct err *e)
{
    SQL(q, s, SQL_DECISION_INSERT);

    bind_decision(&q, d);
    TRY(sql_run(&q, e));
    d->id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

enum err_code store_decision_undo(struct store *s, int64_t id, const char *author, struct err *e)
{
    SQL(q, s, SQL_DECISION_UNDO);

    sql_bind_int(&q, "id", id);
    sql_bind_int(&q, "at", clock_now_us());
    sql_bind_text_or_empty(&q, "author", author);
    return sql_run(&q, e);
}

static void read_decision(struct sql *q, struct arena *a, void *row)
{
    struct store_decision *d = row;

    d->id = sql_int(q, "id");
    d->event_id = sql_text(q, a, "event_id");
    d->at_us = sql_int(q, "at");
    d->author = sql_text(q, a, "author");
    d->kind = sql_text(q, a, "kind");
    d->fields = sql_text(q, a, "fields");
    d->take = sql_text(q, a, "take");
    d->choices = sql_text(q, a, "choices");
    d->opened_at_us = sql_int(q, "opened_at");
    d->base = sql_text_or_null(q, a, "base");
    d->ours = sql_text_or_null(q, a, "ours");
    d->theirs = sql_text_or_null(q, a, "theirs");
    d->base_hash = sql_text(q, a, "base_hash");
    d->before = sql_text(q, a, "before");
    d->after = sql_text_or_null(q, a, "after");
    d->validation = sql_text(q, a, "validation");
    d->revision = sql_int(q, "revision");
    d->undone_at_us = sql_int(q, "undone_at");
    d->undone_by = sql_text(q, a, "undone_by");
    d->elsewhere = sql_int(q, "elsewhere");
}

enum err_code store_decision_list(struct store *s, struct arena *a, const char *event_id, size_t limit,
                                  struct store_decision **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_decision, .size = sizeof **out};
    SQL(q, s, SQL_DECISION_LIST);

    sql_bind_text(&q, "event_id", event_id);
    sql_bind_int(&q, "limit", (int64_t)limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_decision_last(struct store *s, struct arena *a, const char *event_id,
                                  struct store_decision *out, bool *found, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_DECISION_LAST);

    sql_bind_text(&q, "event_id", event_id);
    code = sql_one(&q, a, read_decision, out, e);
    *found = code == ERR_OK;
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}
