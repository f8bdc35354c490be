#include "core/store/store_pr_content.h"

#include "core/store/sql.h"
#include "core/util/file.h"

enum err_code store_pr_lock(struct store *s, int wait_ms, int *fd, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    enum err_code code = file_lock(arena_printf(a, "%s-tideline-pr.lock", s->path), wait_ms, s->path, fd, e);

    if (code == ERR_LOCKED)
        return err_set(
            e, ERR_LOCKED,
            "Another create-pr is running on this timeline. Wait until it has finished, then try again.");
    return code;
}

enum err_code store_pr_set_event_files(struct store *s, int64_t pr, const char *event_id, const char *files,
                                       struct err *e)
{
    SQL(q, s, SQL_PR_EVENT_SET_FILES);

    sql_bind_text(&q, "files", files);
    sql_bind_int(&q, "pull_request", pr);
    sql_bind_text(&q, "event_id", event_id);
    return sql_run(&q, e);
}
