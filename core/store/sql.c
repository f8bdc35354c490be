#include "core/store/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/log.h"

static const char *statement_name(const struct sql *q)
{
    return store_sql_statements[q->name].name;
}

static _Noreturn void wrong(const struct sql *q, const char *what, const char *name)
{
    log_write(LOG_ERROR, "Statement %s: %s %s", statement_name(q), what, name);
    abort();
}

struct sql sql_begin(struct store *s, enum sql_name name)
{
    struct sql q = {.store = s, .name = name};
    sqlite3_stmt **kept = &s->statements[name];

    if (!*kept) {
        int rc = sqlite3_prepare_v3(s->db, store_sql_statements[name].text, -1, SQLITE_PREPARE_PERSISTENT,
                                    kept, NULL);
        if (rc != SQLITE_OK) {
            store_fail(s, rc, &q.failure);
            return q;
        }
    }
    if (s->in_use[name])
        wrong(&q, "is in use already by", "a caller");
    if (!s->writing && !sqlite3_stmt_readonly(*kept)) {
        err_set(&q.failure, ERR_INTERNAL, "The statement %s needs a write transaction.", statement_name(&q));
        return q;
    }
    q.handle = *kept;
    s->in_use[name] = true;
    return q;
}

void sql_again(struct sql *q)
{
    if (!q->handle)
        return;
    sqlite3_reset(q->handle);
    sqlite3_clear_bindings(q->handle);
    q->bound = 0;
    q->column = 0;
}

void sql_end(struct sql *q)
{
    if (!q->handle)
        return;
    sql_again(q);
    q->store->in_use[q->name] = false;
}

static int parameter_index(struct sql *q, const char *parameter)
{
    char name[64];
    int index;

    if (snprintf(name, sizeof name, ":%s", parameter) >= (int)sizeof name)
        wrong(q, "has no parameter", parameter);
    index = sqlite3_bind_parameter_index(q->handle, name);
    if (index < 1 || index > 64)
        wrong(q, "has no parameter", parameter);
    q->bound |= (uint64_t)1 << (index - 1);
    return index;
}

void sql_bind_text(struct sql *q, const char *parameter, const char *text)
{
    if (q->handle)
        sqlite3_bind_text(q->handle, parameter_index(q, parameter), text, -1, SQLITE_STATIC);
}

void sql_bind_text_or_empty(struct sql *q, const char *parameter, const char *text)
{
    sql_bind_text(q, parameter, text ? text : "");
}

void sql_bind_bytes(struct sql *q, const char *parameter, const char *text)
{
    if (q->handle)
        sqlite3_bind_blob64(q->handle, parameter_index(q, parameter), text, strlen(text), SQLITE_STATIC);
}

void sql_bind_int(struct sql *q, const char *parameter, int64_t value)
{
    if (q->handle)
        sqlite3_bind_int64(q->handle, parameter_index(q, parameter), value);
}

void sql_bind_real(struct sql *q, const char *parameter, double value)
{
    if (q->handle)
        sqlite3_bind_double(q->handle, parameter_index(q, parameter), value);
}

void sql_bind_null(struct sql *q, const char *parameter)
{
    if (q->handle)
        sqlite3_bind_null(q->handle, parameter_index(q, parameter));
}

void sql_bind_slice(struct sql *q, const struct store_slice *slice)
{
    sql_bind_int(q, "before", slice->before ? slice->before : INT64_MAX);
    sql_bind_int(q, "limit", (int64_t)slice->limit);
}

static void check_all_bound(struct sql *q)
{
    int count = sqlite3_bind_parameter_count(q->handle);

    for (int i = 1; i <= count; i++) {
        if (!(q->bound >> (i - 1) & 1))
            wrong(q, "got no value for", sqlite3_bind_parameter_name(q->handle, i));
    }
}

enum err_code sql_row(struct sql *q, bool *found, struct err *e)
{
    int rc;

    *found = false;
    if (!q->handle)
        return err_set(e, q->failure.code, "%s", q->failure.message);
    if (!sqlite3_stmt_busy(q->handle))
        check_all_bound(q);
    q->column = 0;
    rc = sqlite3_step(q->handle);
    *found = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : store_fail(q->store, rc, e);
}

enum err_code sql_run(struct sql *q, struct err *e)
{
    bool found = true;

    while (found)
        TRY(sql_row(q, &found, e));
    return ERR_OK;
}

enum err_code sql_one(struct sql *q, struct arena *a, sql_reader *read, void *row, struct err *e)
{
    bool found = false;

    TRY(sql_row(q, &found, e));
    if (!found)
        return ERR_NOT_FOUND;
    read(q, a, row);
    return ERR_OK;
}

enum err_code sql_list(struct sql *q, struct arena *a, struct sql_rows *rows, struct err *e)
{
    size_t capacity = 0;
    bool found = false;

    TRY(sql_row(q, &found, e));
    while (found) {
        if (rows->n == capacity) {
            char *grown = arena_array(a, capacity ? capacity * 2 : 16, rows->size);
            if (rows->n)
                memcpy(grown, rows->items, rows->n * rows->size);
            capacity = capacity ? capacity * 2 : 16;
            rows->items = grown;
        }
        rows->read(q, a, (char *)rows->items + rows->n++ * rows->size);
        TRY(sql_row(q, &found, e));
    }
    return ERR_OK;
}

static int column_index(struct sql *q, const char *column)
{
    int count = sqlite3_data_count(q->handle);

    for (int i = 0; i < count; i++) {
        int at = (q->column + i) % count;
        if (strcmp(sqlite3_column_name(q->handle, at), column) == 0) {
            q->column = at + 1;
            return at;
        }
    }
    wrong(q, "has no row or no column", column);
}

const char *sql_text_or_null(struct sql *q, struct arena *a, const char *column)
{
    int at = column_index(q, column);
    const void *p = sqlite3_column_blob(q->handle, at);

    if (sqlite3_column_type(q->handle, at) == SQLITE_NULL)
        return NULL;
    return arena_strndup(a, p ? p : "", (size_t)sqlite3_column_bytes(q->handle, at));
}

const char *sql_text(struct sql *q, struct arena *a, const char *column)
{
    const char *text = sql_text_or_null(q, a, column);

    return text ? text : "";
}

int64_t sql_int(struct sql *q, const char *column)
{
    return sqlite3_column_int64(q->handle, column_index(q, column));
}

double sql_real(struct sql *q, const char *column, double when_null)
{
    int at = column_index(q, column);

    return sqlite3_column_type(q->handle, at) == SQLITE_NULL ? when_null
                                                             : sqlite3_column_double(q->handle, at);
}

bool sql_is_null(struct sql *q, const char *column)
{
    return sqlite3_column_type(q->handle, column_index(q, column)) == SQLITE_NULL;
}

int64_t sql_changes(struct store *s)
{
    return sqlite3_changes64(s->db);
}
