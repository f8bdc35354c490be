#include "core/store/store_event.h"

#include <string.h>

#include "core/store/store_event_internal.h"
#include "core/util/clock.h"

void store_event_read(struct sql *q, struct arena *a, void *row)
{
    struct store_event *event = row;
    const char *validated_at;

    event->id = sql_text(q, a, "id");
    event->date = sql_text(q, a, "date");
    event->title = sql_text(q, a, "title");
    event->summary = sql_text(q, a, "summary");
    event->status = sql_text(q, a, "status");
    event->file_path = sql_text(q, a, "file_path");
    event->importance = sql_is_null(q, "importance") ? -1 : sql_int(q, "importance");
    event->content = sql_text_or_null(q, a, "content");
    event->content_hash = sql_text(q, a, "content_hash");
    event->base_hash = sql_text(q, a, "base_hash");
    event->revision = sql_int(q, "revision");
    event->state = sql_text(q, a, "state");
    event->change = sql_text(q, a, "change");
    event->removed = sql_int(q, "removed");
    event->withdrawn = sql_int(q, "removed") == STORE_WITHDRAWN;
    event->validation_status = sql_text(q, a, "validation_status");
    event->validation_notes = sql_text(q, a, "validation_notes");
    validated_at = sql_text(q, a, "validation_date");
    if (!clock_parse(validated_at, &event->validated_at_us))
        event->validated_at_us = 0;
    event->quality_score = sql_real(q, "quality_score", -1);
    event->auto_score = sql_real(q, "auto_score", 0);
    event->updated_at_us = sql_int(q, "updated_at");
    event->updated_by = sql_text(q, a, "updated_by");
}

enum err_code store_event_get(struct store *s, struct arena *a, const char *id, struct store_event *out,
                              struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_EVENT_GET);

    sql_bind_text(&q, "id", id);
    code = sql_one(&q, a, store_event_read, out, e);
    if (code == ERR_NOT_FOUND)
        return err_set(e, ERR_NOT_FOUND, "There is no event %s.", id);
    return code;
}

enum err_code store_event_count(struct store *s, struct store_event_counts *out, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct {
        const char *state;
        int64_t *n;
    } counts[] = {{"draft", &out->draft},   {"validated", &out->validated}, {"exported", &out->exported},
                  {"merged", &out->merged}, {"conflict", &out->conflict},   {"rejected", &out->rejected}};
    bool found = false;
    SQL(q, s, SQL_EVENT_COUNTS);

    *out = (struct store_event_counts){0};
    TRY(sql_row(&q, &found, e));
    while (found) {
        const char *state = sql_text(&q, a, "state");
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            if (str_eq(counts[i].state, state))
                out->total += *counts[i].n = sql_int(&q, "n");
        }
        TRY(sql_row(&q, &found, e));
    }
    return ERR_OK;
}

enum err_code store_event_pending_export(struct store *s, struct arena *a, struct store_event **out,
                                         size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = store_event_read, .size = sizeof **out};
    SQL(q, s, SQL_EVENT_PENDING_EXPORT);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

static void read_id(struct sql *q, struct arena *a, void *row)
{
    const char **id = row;

    *id = sql_text(q, a, "id");
}

enum err_code store_event_withdrawn(struct store *s, struct arena *a, const char ***ids, size_t *n,
                                    struct err *e)
{
    struct sql_rows rows = {.read = read_id, .size = sizeof **ids};
    SQL(q, s, SQL_EVENT_WITHDRAWN);

    TRY(sql_list(&q, a, &rows, e));
    *ids = rows.items;
    *n = rows.n;
    return ERR_OK;
}

static void read_revision(struct sql *q, struct arena *a, void *row)
{
    struct store_revision *revision = row;

    revision->revision = sql_int(q, "revision");
    revision->at_us = sql_int(q, "at");
    revision->author = sql_text(q, a, "author");
    revision->reason = sql_text(q, a, "reason");
    revision->content = sql_text(q, a, "content");
}

enum err_code store_event_history(struct store *s, struct arena *a, const char *id, size_t limit,
                                  struct store_revision **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_revision, .size = sizeof **out};
    SQL(q, s, SQL_EVENT_HISTORY);

    sql_bind_text(&q, "id", id);
    sql_bind_int(&q, "limit", (int64_t)limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_event_revisions(struct store *s, struct arena *a, const char *id,
                                    const struct store_slice *slice, struct store_revision **out, size_t *n,
                                    struct err *e)
{
    struct sql_rows rows = {.read = read_revision, .size = sizeof **out};
    SQL(q, s, SQL_EVENT_REVISIONS);

    sql_bind_text(&q, "id", id);
    sql_bind_slice(&q, slice);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
