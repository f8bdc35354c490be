/* Rows that another program deleted. */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_event_internal.h"
#include "core/util/utf8.h"

static enum err_code one_text(struct sql *q, struct arena *a, const char *column, const char **text,
                              struct err *e)
{
    bool found = false;

    *text = NULL;
    TRY(sql_row(q, &found, e));
    if (found)
        *text = sql_text_or_null(q, a, column);
    return ERR_OK;
}

enum err_code store_event_base_content(struct store *s, struct arena *a, const struct event_now *now,
                                       const char **content, struct err *e)
{
    SQL(q, s, SQL_EVENT_BASE_CONTENT);

    sql_bind_text(&q, "id", now->id);
    sql_bind_text(&q, "hash", now->content_hash);
    return one_text(&q, a, "content", content, e);
}

static enum err_code last_content(struct store *s, struct arena *a, const char *id, const char **content,
                                  struct err *e)
{
    SQL(q, s, SQL_EVENT_LAST_CONTENT);

    sql_bind_text(&q, "id", id);
    return one_text(&q, a, "content", content, e);
}

static enum err_code known_path(struct store *s, struct arena *a, const char *id, const char **path,
                                struct err *e)
{
    SQL(q, s, SQL_EVENT_KNOWN_PATH);

    sql_bind_text(&q, "id", id);
    TRY(one_text(&q, a, "path", path, e));
    if (*path && !utf8_valid(*path, strlen(*path), NULL))
        *path = NULL;
    return ERR_OK;
}

/* The row as it was. A content that is not the one that was current is a new one. */
static enum err_code put_back(struct store *s, struct arena *a, struct event_now *now, const char *text,
                              struct err *e)
{
    struct event_content content = {.text = text, .author = STORE_OTHER_PROGRAM, .reason = "sql"};
    struct event_step step = {.content = &content, .old_lost = true};
    bool removed = now->removed, withdrawn = now->withdrawn;
    struct json_object *fields = NULL;

    TRY(jx_parse(a, text, strlen(text), &fields, e));
    content.extract = store_event_extract(a, a, fields);
    content.hash = event_hash(a, fields);
    TRY(known_path(s, a, now->id, &content.file_path, e));
    if (str_eq(content.hash, now->content_hash))
        TRY(store_event_write_row(s, a, now, &content, e));
    else
        TRY(store_event_advance(s, a, now, &step, e));
    now->content = text;
    now->removed = removed;
    now->withdrawn = withdrawn;
    return ERR_OK;
}

enum err_code store_event_lose_row(struct store *s, struct arena *a, struct event_now *now,
                                   const char *content, struct err *e)
{
    const char *text = content;

    if (!text)
        TRY(last_content(s, a, now->id, &text, e));
    if (!text || str_eq(now->state, "gone"))
        return store_event_forget(s, a, now, content, e);
    TRY(put_back(s, a, now, text, e));
    return store_event_remove(s, now, STORE_OTHER_PROGRAM, &(bool){false}, e);
}
