#include "core/store/store_repository.h"

#include "core/store/sql.h"

static void read_repository(struct sql *q, struct arena *a, void *row)
{
    struct store_repository *r = row;

    r->id = sql_int(q, "id");
    r->url = sql_text(q, a, "url");
    r->branch = sql_text(q, a, "branch");
    r->events_dir = sql_text(q, a, "events_dir");
    r->imported_commit = sql_text(q, a, "imported_commit");
    r->imported_at_us = sql_int(q, "imported_at");
    r->head_commit = sql_text(q, a, "head_commit");
    r->checked_at_us = sql_int(q, "checked_at");
    r->commits_behind = sql_int(q, "commits_behind");
    r->events_in_repo = sql_int(q, "events_in_repo");
    r->new_event_format = sql_text(q, a, "new_event_format");
    r->remote_error = sql_text(q, a, "remote_error");
}

enum err_code store_repository_get(struct store *s, struct arena *a, const char *url, const char *branch,
                                   struct store_repository *out, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_REPOSITORY_GET);

    *out = (struct store_repository){.url = arena_strdup(a, url),
                                     .branch = arena_strdup(a, branch),
                                     .events_dir = "",
                                     .imported_commit = "",
                                     .head_commit = "",
                                     .commits_behind = -1,
                                     .new_event_format = "",
                                     .remote_error = ""};
    sql_bind_text(&q, "url", url);
    sql_bind_text(&q, "branch", branch);
    code = sql_one(&q, a, read_repository, out, e);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

enum err_code store_repository_put(struct store *s, struct store_repository *r, struct err *e)
{
    SQL(q, s, r->id ? SQL_REPOSITORY_UPDATE : SQL_REPOSITORY_INSERT);

    if (r->id)
        sql_bind_int(&q, "id", r->id);
    sql_bind_text(&q, "url", r->url);
    sql_bind_text(&q, "branch", r->branch);
    sql_bind_text_or_empty(&q, "events_dir", r->events_dir);
    sql_bind_text_or_empty(&q, "imported_commit", r->imported_commit);
    sql_bind_int(&q, "imported_at", r->imported_at_us);
    sql_bind_text_or_empty(&q, "head_commit", r->head_commit);
    sql_bind_int(&q, "checked_at", r->checked_at_us);
    sql_bind_int(&q, "commits_behind", r->commits_behind);
    sql_bind_int(&q, "events_in_repo", r->events_in_repo);
    sql_bind_text_or_empty(&q, "new_event_format", r->new_event_format);
    sql_bind_text_or_empty(&q, "remote_error", r->remote_error);
    TRY(sql_run(&q, e));
    if (!r->id)
        r->id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}
