#include "core/store/sql.h"
#include "core/store/store_repository.h"

static void read_file(struct sql *q, struct arena *a, void *row)
{
    struct store_file *f = row;

    f->path = sql_text(q, a, "path");
    f->event_id = sql_text(q, a, "event_id");
    f->blob_id = sql_text(q, a, "blob_id");
    f->format = sql_text(q, a, "format");
    f->content = sql_text_or_null(q, a, "content");
    f->content_hash = sql_text(q, a, "content_hash");
    f->broken = sql_int(q, "broken");
    f->error_line = (int)sql_int(q, "error_line");
    f->error = sql_text(q, a, "error");
    f->warnings = sql_text(q, a, "warnings");
}

static enum err_code list_files(struct sql *q, struct arena *a, struct store_file **out, size_t *n,
                                struct err *e)
{
    struct sql_rows rows = {.read = read_file, .size = sizeof **out};

    TRY(sql_list(q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_file_get(struct store *s, struct arena *a, int64_t repository, const char *path,
                             struct store_file *out, bool *found, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_FILE_GET);

    *out = (struct store_file){0};
    sql_bind_int(&q, "repository", repository);
    sql_bind_bytes(&q, "path", path);
    code = sql_one(&q, a, read_file, out, e);
    *found = code == ERR_OK;
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

enum err_code store_file_of_event(struct store *s, struct arena *a, int64_t repository, const char *event_id,
                                  struct store_file **out, size_t *n, struct err *e)
{
    SQL(q, s, SQL_FILE_OF_EVENT);

    sql_bind_int(&q, "repository", repository);
    sql_bind_text(&q, "event_id", event_id);
    return list_files(&q, a, out, n, e);
}

enum err_code store_file_put(struct store *s, int64_t repository, const struct store_file *f, struct err *e)
{
    SQL(q, s, SQL_FILE_PUT);

    sql_bind_int(&q, "repository", repository);
    sql_bind_bytes(&q, "path", f->path);
    sql_bind_text_or_empty(&q, "event_id", f->event_id);
    sql_bind_text_or_empty(&q, "blob_id", f->blob_id);
    sql_bind_text_or_empty(&q, "format", f->format);
    sql_bind_text_or_empty(&q, "content_hash", f->content_hash);
    sql_bind_int(&q, "broken", f->broken);
    sql_bind_int(&q, "error_line", f->error_line);
    sql_bind_text_or_empty(&q, "error", f->error);
    sql_bind_text_or_empty(&q, "warnings", f->warnings);
    sql_bind_text(&q, "content", f->content);
    return sql_run(&q, e);
}

enum err_code store_file_remove(struct store *s, int64_t repository, const char *path, struct err *e)
{
    SQL(q, s, SQL_FILE_REMOVE);

    sql_bind_int(&q, "repository", repository);
    sql_bind_bytes(&q, "path", path);
    return sql_run(&q, e);
}

enum err_code store_file_blobs(struct store *s, struct arena *a, int64_t repository, struct store_file **out,
                               size_t *n, struct err *e)
{
    SQL(q, s, SQL_FILE_BLOBS);

    sql_bind_int(&q, "repository", repository);
    return list_files(&q, a, out, n, e);
}

enum err_code store_file_broken(struct store *s, struct arena *a, int64_t repository, struct store_file **out,
                                size_t *n, struct err *e)
{
    SQL(q, s, SQL_FILE_BROKEN);

    sql_bind_int(&q, "repository", repository);
    return list_files(&q, a, out, n, e);
}

enum err_code store_file_count(struct store *s, int64_t repository, struct store_file_counts *out,
                               struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_FILE_COUNT);

    *out = (struct store_file_counts){0};
    sql_bind_int(&q, "repository", repository);
    TRY(sql_row(&q, &found, e));
    if (!found)
        return ERR_OK;
    out->all = sql_int(&q, "files");
    out->ids = sql_int(&q, "ids");
    out->md = sql_int(&q, "md");
    out->json = sql_int(&q, "json");
    return ERR_OK;
}
