#include "core/store/store_event.h"

#include <string.h>

#include "core/event/event.h"
#include "core/store/store_event_internal.h"
#include "core/util/clock.h"

static enum err_code unknown(const char *id, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "There is no event %s.", id);
}

enum err_code store_event_keep_revision(struct store *s, const struct event_now *now, const char *content,
                                        struct err *e)
{
    SQL(q, s, SQL_REVISION_INSERT);

    sql_bind_text(&q, "event_id", now->id);
    sql_bind_int(&q, "revision", now->revision);
    sql_bind_int(&q, "at", now->updated_at_us);
    sql_bind_text(&q, "author", now->updated_by);
    sql_bind_text(&q, "reason", now->reason);
    sql_bind_text(&q, "content_hash", now->content_hash);
    sql_bind_text(&q, "content", content);
    return sql_run(&q, e);
}

static void bind_optional(struct sql *q, const char *parameter, const char *text)
{
    sql_bind_text(q, parameter, text && *text ? text : NULL);
}

/* The shared row. Columns are copies of fields of their type; other types give NULL there and stay in the content. */
enum err_code store_event_write_row(struct store *s, struct arena *a, const struct event_now *now,
                                    const struct event_content *content, struct err *e)
{
    const struct store_event_extract *x = content->extract;
    bool repository = str_eq(content->author, "repository");
    bool fresh = now->content == NULL;
    SQL(q, s, fresh ? SQL_EVENT_ROW_INSERT : SQL_EVENT_ROW_UPDATE);

    sql_bind_text(&q, "id", now->id);
    sql_bind_text(&q, "content", content->text);
    sql_bind_text(&q, "date", x->date);
    sql_bind_text(&q, "title", x->title);
    sql_bind_text(&q, "summary", x->summary);
    bind_optional(&q, "status", x->status);
    if (x->has_importance)
        sql_bind_int(&q, "importance", x->importance);
    else
        sql_bind_null(&q, "importance");
    sql_bind_text(&q, "file_path", content->file_path || !fresh ? content->file_path : "");
    sql_bind_text(&q, "file_hash", content->hash);
    sql_bind_text(&q, "synced", repository ? clock_sql(a, clock_now_us()) : NULL);
    return sql_run(&q, e);
}

static enum err_code touch_row(struct store *s, struct arena *a, const struct store_event_write *w,
                               struct err *e)
{
    bool repository = str_eq(w->author, "repository");

    if (!w->file_path && !repository)
        return ERR_OK;

    SQL(q, s, SQL_EVENT_ROW_TOUCH);
    sql_bind_text(&q, "id", w->id);
    sql_bind_text(&q, "file_path", w->file_path);
    sql_bind_text(&q, "synced", repository ? clock_sql(a, clock_now_us()) : NULL);
    return sql_run(&q, e);
}

enum err_code store_event_reset_validation(struct store *s, struct event_now *now, struct err *e)
{
    SQL(q, s, SQL_METADATA_RESET);

    if (str_eq(now->validation_status, "validated") || str_eq(now->validation_status, "rejected"))
        now->validation_status = "pending";
    sql_bind_text(&q, "id", now->id);
    return sql_run(&q, e);
}

/* It was there, with a number that somebody may have seen; what it said is not known any more. */
static enum err_code keep_lost_revision(struct store *s, struct arena *a, const struct event_now *now,
                                        struct err *e)
{
    struct event_now lost = *now;

    lost.reason = "lost";
    lost.content_hash = event_hash(a, jx_own(a, json_object_new_object()));
    return store_event_keep_revision(s, &lost, "{}", e);
}

enum err_code store_event_advance(struct store *s, struct arena *a, struct event_now *now,
                                  const struct event_step *step, struct err *e)
{
    const struct event_content *content = step->content;
    const char *old = step->old_lost ? NULL : step->old_content ? step->old_content : now->content;
    bool fresh = now->key == 0;

    if (!fresh) {
        TRY(old ? store_event_keep_revision(s, now, old, e) : keep_lost_revision(s, a, now, e));
        if (now->place)
            store_search_remove(s, a, now->place, old);
        if (!step->keep_validation)
            TRY(store_event_reset_validation(s, now, e));
    }
    TRY(store_event_write_row(s, a, now, content, e));
    now->revision = fresh ? now->last_revision + 1 : now->revision + 1;
    now->date = content->extract->date;
    now->content_hash = content->hash;
    now->auto_score = content->extract->score;
    now->removed = now->withdrawn = false;
    now->updated_at_us = clock_now_us();
    now->updated_by = content->author;
    now->reason = content->reason;
    now->content = content->text;
    if (fresh)
        TRY(store_event_save(s, now, e));
    else
        now->place = store_place_of(now->date, now->key);
    return store_search_put(s, now->place, content->extract, e);
}

/* Parsing and hashing happen here only when the caller has not done them already. */
static enum err_code read_content(struct arena *a, const struct store_event_write *w,
                                  struct event_content *out, struct err *e)
{
    struct json_object *fields = w->fields;

    *out = (struct event_content){.text = w->content,
                                  .extract = w->extract,
                                  .hash = w->content_hash,
                                  .author = w->author,
                                  .reason = w->reason ? w->reason : "",
                                  .file_path = w->file_path};
    if (out->extract && out->hash)
        return ERR_OK;
    if (!fields)
        TRY(jx_parse(a, w->content, strlen(w->content), &fields, e));
    if (!json_object_is_type(fields, json_type_object))
        return err_set(e, ERR_INVALID_INPUT, "The content of event %s is not a JSON object.", w->id);
    if (!out->extract)
        out->extract = store_event_extract(a, a, fields);
    if (!out->hash)
        out->hash = event_hash(a, fields);
    return ERR_OK;
}

static enum err_code check_expected(const struct event_now *now, int64_t expected, struct err *e)
{
    if (expected == 0 || expected == now->revision)
        return ERR_OK;
    return err_set(e, ERR_STALE, "The event %s was changed meanwhile. Load it again and repeat the change.",
                   now->id);
}

static bool keeps_validation(const struct store_event_write *w)
{
    switch (w->validation) {
    case STORE_VALIDATION_KEPT: return true;
    case STORE_VALIDATION_RESET: return false;
    case STORE_VALIDATION_USUAL: break;
    }
    return str_eq(w->author, "repository");
}

static enum err_code put(struct store *s, struct arena *a, const struct store_event_write *w,
                         int64_t *revision, struct err *e)
{
    struct event_content content;
    struct event_step step = {.content = &content, .keep_validation = keeps_validation(w)};
    struct event_now now;
    bool fresh;

    TRY(read_content(a, w, &content, e));
    TRY(store_event_now_settled(s, a, w->id, &now, e));
    TRY(check_expected(&now, w->expected_revision, e));
    fresh = now.key == 0;
    if (w->base_hash)
        now.base_hash = w->base_hash;
    if (fresh || now.removed || !str_eq(now.content_hash, content.hash))
        TRY(store_event_advance(s, a, &now, &step, e));
    else
        TRY(touch_row(s, a, w, e));
    if (revision)
        *revision = now.revision;
    return fresh ? ERR_OK : store_event_save(s, &now, e);
}

enum err_code store_event_put(struct store *s, const struct store_event_write *w, int64_t *revision,
                              struct err *e)
{
    arena_reset(s->scratch);
    return put(s, s->scratch, w, revision, e);
}

enum err_code store_event_set_base(struct store *s, const char *id, const char *base_hash, struct err *e)
{
    struct event_now now;

    arena_reset(s->scratch);
    TRY(store_event_now_settled(s, s->scratch, id, &now, e));
    if (!now.key)
        return unknown(id, e);
    /* What was removed here is removed there too: nothing is left to remember. */
    if (now.removed && !*base_hash && !now.conflict)
        return store_event_delete(s, id, "repository", NULL, e);
    now.base_hash = base_hash;
    now.withdrawn = false;
    return store_event_save(s, &now, e);
}
