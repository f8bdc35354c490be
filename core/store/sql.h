/*
 * The strict wrapper around SQLite's statements. Each named statement of core/store/sql is prepared once per connection.
 * Parameters and columns go by name. A name that the statement does not have, a parameter that was not bound, and a
 * statement used while it is in use are programming errors: the process ends with a line in the log. A test prepares
 * every statement.
 *
 *     SQL(q, s, SQL_SETTING_GET);
 *     sql_bind_text(&q, "key", key);
 *     TRY(sql_row(&q, &found, e));
 *     if (found)
 *         value = sql_text(&q, a, "value");
 *
 * Texts are bound without a copy and must live until the end of the scope of q. Writing outside a write transaction is
 * refused with ERR_INTERNAL.
 */
#ifndef TIDELINE_STORE_SQL_H
#define TIDELINE_STORE_SQL_H

#include "core/store/store_internal.h"

struct sql {
    struct store *store;
    sqlite3_stmt *handle; /* NULL when preparing failed; `failure` says why and sql_row() returns it */
    enum sql_name name;
    struct err failure;
    uint64_t bound; /* bit n-1: parameter n has a value */
    int column;     /* where the next column is looked for first: readers ask in the statement's order */
};

struct sql sql_begin(struct store *s, enum sql_name name);
void sql_end(struct sql *q);

#define SQL(variable, store_, name_)                                                                         \
    __attribute__((cleanup(sql_end))) struct sql variable = sql_begin(store_, name_)

void sql_bind_text(struct sql *q, const char *parameter, const char *text);          /* NULL binds NULL */
void sql_bind_text_or_empty(struct sql *q, const char *parameter, const char *text); /* NULL binds '' */
void sql_bind_bytes(struct sql *q, const char *parameter,
                    const char *text); /* the bytes of a C string as BLOB */
void sql_bind_int(struct sql *q, const char *parameter, int64_t value);
void sql_bind_real(struct sql *q, const char *parameter, double value);
void sql_bind_null(struct sql *q, const char *parameter);
void sql_bind_slice(struct sql *q, const struct store_slice *slice); /* :before, :limit */

/* Step to the next row. */
enum err_code sql_row(struct sql *q, bool *found, struct err *e);

/* Step to the end. */
enum err_code sql_run(struct sql *q, struct err *e);

/* Fills a struct from the current row. */
typedef void sql_reader(struct sql *q, struct arena *a, void *row);

/* The one row that a statement gives. Returns ERR_NOT_FOUND without filling e when there is none: the caller knows what
 * was looked for. */
enum err_code sql_one(struct sql *q, struct arena *a, sql_reader *read, void *row, struct err *e);

/* All rows as an array in the arena; items is NULL when there are none. */
struct sql_rows {
    sql_reader *read;
    size_t size; /* of one item */
    void *items;
    size_t n;
};
enum err_code sql_list(struct sql *q, struct arena *a, struct sql_rows *rows, struct err *e);

/* Ready for other values, for loops: forgets rows and bindings. */
void sql_again(struct sql *q);

/* Values of the current row; texts are copied into the arena. NULL gives "" in sql_text, 0 in sql_int. */
const char *sql_text(struct sql *q, struct arena *a, const char *column);
const char *sql_text_or_null(struct sql *q, struct arena *a, const char *column);
int64_t sql_int(struct sql *q, const char *column);
double sql_real(struct sql *q, const char *column, double when_null);
bool sql_is_null(struct sql *q, const char *column);

/* Rows that the last statement of this connection changed. */
int64_t sql_changes(struct store *s);

#endif
