/*
 * Watching the shared tables. The triggers that log what other programs write go away when such a program makes a table
 * anew (SQLite knows few ways to alter one, so its tools copy it, drop it and rename the copy). Then the rows
 * themselves are compared with what was known of them.
 */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_event_internal.h"

enum { WATCH_TRIGGERS = 6 };

enum err_code store_watch_check(struct store *s, bool *watched, struct err *e)
{
    int64_t n = 0;

    TRY(store_number(
        s,
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' "
        "AND (name IN ('tl_timeline_events_insert', 'tl_timeline_events_update', "
        "'tl_timeline_events_delete') "
        "AND tbl_name = 'timeline_events' COLLATE NOCASE "
        "OR name IN ('tl_event_metadata_insert', 'tl_event_metadata_update', 'tl_event_metadata_delete') "
        "AND tbl_name = 'event_metadata' COLLATE NOCASE)",
        &n, e));
    *watched = n == WATCH_TRIGGERS;
    return ERR_OK;
}

static enum err_code run(struct store *s, enum sql_name statement, struct err *e)
{
    SQL(q, s, statement);

    return sql_run(&q, e);
}

static enum err_code log_columns(struct store *s, const char *id, const char *columns, struct err *e)
{
    SQL(q, s, SQL_WATCH_LOG);

    sql_bind_text(&q, "id", id);
    sql_bind_text(&q, "columns", columns);
    return sql_run(&q, e);
}

/* Columns that no longer say what Tideline wrote there, each with a space behind it. */
static const char *changed_columns(struct sql *row, struct arena *a, struct json_object *fields)
{
    static const char *const names[] = {"date", "title", "summary", "status"};
    struct str columns;

    str_init(&columns, a, 64);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = sql_text(row, a, names[i]);
        if (*text && !str_eq(text, event_text(a, fields, names[i])))
            str_addf(&columns, "%s ", names[i]);
    }
    if (!sql_is_null(row, "importance") &&
        sql_int(row, "importance") != jx_get_int(fields, "importance", INT64_MIN))
        str_add(&columns, "importance ");
    return columns.n ? columns.p : NULL;
}

/* Columns of a row that another program wrote last may always have said something else than its content. */
static enum err_code compare_row(struct store *s, struct arena *a, struct sql *row, struct err *e)
{
    const char *content = sql_text(row, a, "json_content");
    struct json_object *fields = NULL;
    const char *columns = NULL;

    if (jx_parse(a, content, strlen(content), &fields, NULL) != ERR_OK ||
        !str_eq(event_hash(a, fields), sql_text(row, a, "content_hash")))
        columns = "";
    else if (sql_int(row, "written_here"))
        columns = changed_columns(row, a, fields);
    return columns ? log_columns(s, sql_text(row, a, "id"), columns, e) : ERR_OK;
}

static enum err_code compare_rows(struct store *s, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = false;
    SQL(rows, s, SQL_WATCH_ROWS);

    TRY(sql_row(&rows, &found, e));
    while (found) {
        TRY(compare_row(s, a, &rows, e));
        arena_reset(a);
        TRY(sql_row(&rows, &found, e));
    }
    return ERR_OK;
}

enum err_code store_watch_compare(struct store *s, struct err *e)
{
    TRY(run(s, SQL_WATCH_UNKNOWN, e));
    TRY(run(s, SQL_WATCH_LOST, e));
    TRY(compare_rows(s, e));
    return run(s, SQL_WATCH_VERDICTS, e);
}
