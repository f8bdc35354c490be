#include "core/store/store_row.h"

#include <string.h>

#include "core/store/sql.h"
#include "core/util/jx.h"
#include "core/util/utf8.h"

static const char *const table_names[] = {"event_metadata", "event_export_status"};

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

struct column {
    const char *name;
};

struct columns {
    const struct column *items;
    size_t n;
};

static void read_column(struct sql *q, struct arena *a, void *row)
{
    ((struct column *)row)->name = sql_text(q, a, "name");
}

/* Columns that hold values of their own: generated ones are not among them. The number of a row of event_export_status
 * means nothing to anybody and may be another row's by the time it is put back. */
static enum err_code list_columns(struct store *s, struct arena *a, enum store_row_table table,
                                  struct columns *out, struct err *e)
{
    struct sql_rows rows = {.read = read_column, .size = sizeof(struct column)};
    struct column *kept;
    SQL(q, s, SQL_ROW_COLUMNS);

    sql_bind_text(&q, "table", table_names[table]);
    TRY(sql_list(&q, a, &rows, e));
    kept = arena_array(a, rows.n, sizeof *kept);
    out->n = 0;
    for (size_t i = 0; i < rows.n; i++)
        if (table != STORE_ROW_EXPORT || !str_eq(((const struct column *)rows.items)[i].name, "id"))
            kept[out->n++] = ((const struct column *)rows.items)[i];
    out->items = kept;
    return ERR_OK;
}

/* A name as SQL writes it, whatever another program put into it. */
static const char *quoted(struct arena *a, const char *name)
{
    char *text = sqlite3_mprintf("\"%w\"", name);
    const char *copy = arena_strdup(a, text);

    sqlite3_free(text);
    return copy;
}

static enum err_code prepare(struct store *s, const char *text, sqlite3_stmt **statement, struct err *e)
{
    int rc = sqlite3_prepare_v2(s->db, text, -1, statement, NULL);

    return rc == SQLITE_OK ? ERR_OK : store_fail(s, rc, e);
}

/* ---- reading */

static const char *hex_of(struct arena *a, const unsigned char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(a, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    return out;
}

static struct json_object *bytes_value(struct arena *a, sqlite3_stmt *statement, int column, const char *key)
{
    const unsigned char *p = sqlite3_column_blob(statement, column);
    struct json_object *value = json_object_new_object();

    jx_set_text(value, key, hex_of(a, p, (size_t)sqlite3_column_bytes(statement, column)));
    return value;
}

static struct json_object *value_at(struct arena *a, sqlite3_stmt *statement, int column)
{
    const char *text;
    size_t n;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return json_object_new_int64(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return json_object_new_double(sqlite3_column_double(statement, column));
    case SQLITE_BLOB: return bytes_value(a, statement, column, "hex");
    case SQLITE_NULL: return NULL;
    default: break;
    }
    text = (const char *)sqlite3_column_text(statement, column);
    n = (size_t)sqlite3_column_bytes(statement, column);
    if (memchr(text, '\0', n) || !utf8_valid(text, n, NULL))
        return bytes_value(a, statement, column, "text");
    return json_object_new_string_len(text, (int)n);
}

enum err_code store_row_read(struct store *s, struct arena *a, enum store_row_table table, const char *id,
                             const char **text, struct err *e)
{
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    struct json_object *row = jx_own(a, json_object_new_object());
    struct columns columns;
    struct str sql;
    int rc;

    *text = NULL;
    TRY(list_columns(s, a, table, &columns, e));
    str_init(&sql, a, 64 * 1024);
    for (size_t i = 0; i < columns.n; i++)
        str_addf(&sql, "%s %s", i ? "," : "SELECT", quoted(a, columns.items[i].name));
    str_addf(&sql, " FROM %s WHERE event_id = ?1", table_names[table]);
    TRY(prepare(s, sql.p, &statement, e));
    rc = sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_DONE)
        return ERR_OK;
    if (rc != SQLITE_ROW)
        return store_fail(s, rc, e);
    for (size_t i = 0; i < columns.n; i++)
        jx_set(row, columns.items[i].name, value_at(a, statement, (int)i));
    *text = jx_text(a, row);
    return ERR_OK;
}

/* ---- writing */

static int digit_value(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Only what hex_of() wrote comes back here. */
static char *bytes_of(struct arena *a, const char *hex, size_t *n)
{
    char *out;

    *n = strspn(hex, "0123456789abcdef") / 2;
    out = arena_alloc(a, *n + 1);
    for (size_t i = 0; i < *n; i++)
        out[i] = (char)(digit_value(hex[2 * i]) << 4 | digit_value(hex[2 * i + 1]));
    return out;
}

static int bind_object(struct arena *a, sqlite3_stmt *statement, int column, struct json_object *value)
{
    const char *hex = jx_get_text(value, "hex");
    const char *text = jx_get_text(value, "text");
    size_t n;
    char *bytes = bytes_of(a, hex ? hex : text ? text : "", &n);

    return text ? sqlite3_bind_text(statement, column, bytes, (int)n, SQLITE_STATIC)
                : sqlite3_bind_blob(statement, column, bytes, (int)n, SQLITE_STATIC);
}

static int bind(struct arena *a, sqlite3_stmt *statement, int column, struct json_object *value)
{
    switch ((int)json_object_get_type(value)) {
    case json_type_int: return sqlite3_bind_int64(statement, column, json_object_get_int64(value));
    case json_type_double: return sqlite3_bind_double(statement, column, json_object_get_double(value));
    case json_type_string:
        return sqlite3_bind_text(statement, column, json_object_get_string(value),
                                 json_object_get_string_len(value), SQLITE_STATIC);
    case json_type_object: return bind_object(a, statement, column, value);
    default: return sqlite3_bind_null(statement, column);
    }
}

static const char *insert_text(struct arena *a, enum store_row_table table, const struct columns *columns)
{
    struct str names, values;

    str_init(&names, a, 64 * 1024);
    str_init(&values, a, 16 * 1024);
    for (size_t i = 0; i < columns->n; i++) {
        str_addf(&names, "%s%s", i ? ", " : "", quoted(a, columns->items[i].name));
        str_addf(&values, "%s?%zu", i ? ", " : "", i + 1);
    }
    return arena_printf(a, "INSERT OR REPLACE INTO %s (%s) VALUES (%s)", table_names[table], names.p,
                        values.p);
}

enum err_code store_row_write(struct store *s, struct arena *a, enum store_row_table table, const char *text,
                              struct err *e)
{
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    struct json_object *row = NULL;
    struct columns columns;
    int rc = SQLITE_OK;

    TRY(jx_parse(a, text, strlen(text), &row, e));
    TRY(list_columns(s, a, table, &columns, e));
    TRY(prepare(s, insert_text(a, table, &columns), &statement, e));
    for (size_t i = 0; i < columns.n && rc == SQLITE_OK; i++)
        rc = bind(a, statement, (int)i + 1, jx_get(row, columns.items[i].name));
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    return rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
}
