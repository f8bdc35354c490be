#include "core/store/store_event_internal.h"
#include "core/store/store_parked.h"

#include "core/util/clock.h"
#include "core/util/str.h"

/* A column of a table that is not ours and that refers to timeline_events, or to a table that hangs on it. */
struct reference {
    const char *table, *column;
    const char *parent, *parent_column; /* what it refers to */
    const char *event_column;           /* of the parent: the event's id */
};

static void read_reference(struct sql *q, struct arena *a, void *row)
{
    struct reference *reference = row;

    reference->table = sql_text(q, a, "table");
    reference->column = sql_text(q, a, "column");
    reference->parent = sql_text(q, a, "parent");
    reference->event_column = sql_text(q, a, "event_column");
    reference->parent_column = sql_text(q, a, "parent_column");
}

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static void free_text(char **text)
{
    sqlite3_free(*text);
}

/* The one statement that cannot be written beforehand: its names are those of another tool's table. %w doubles quotes. */
static enum err_code refers(struct store *s, const struct reference *reference, const char *id, bool *found,
                            struct err *e)
{
    __attribute__((cleanup(free_text))) char *text = sqlite3_mprintf(
        "SELECT 1 FROM \"%w\" WHERE \"%w\" IN (SELECT \"%w\" FROM \"%w\" WHERE \"%w\" = ?1) LIMIT 1",
        reference->table, reference->column, reference->parent_column, reference->parent,
        reference->event_column);
    __attribute__((cleanup(finalize))) sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(s->db, text, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    *found = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : store_fail(s, rc, e);
}

static enum err_code is_referred_to(struct store *s, struct arena *a, const char *id, bool *found,
                                    struct err *e)
{
    struct sql_rows rows = {.read = read_reference, .size = sizeof(struct reference)};
    SQL(q, s, SQL_TABLES_REFERRING_TO_EVENT);

    *found = false;
    TRY(sql_list(&q, a, &rows, e));
    for (size_t i = 0; i < rows.n && !*found; i++)
        TRY(refers(s, (const struct reference *)rows.items + i, id, found, e));
    return ERR_OK;
}

static enum err_code delete_by_id(struct store *s, enum sql_name statement, const char *id, struct err *e)
{
    SQL(q, s, statement);

    sql_bind_text(&q, "id", id);
    return sql_run(&q, e);
}

enum err_code store_event_forget(struct store *s, struct arena *a, const struct event_now *now,
                                 const char *content, struct err *e)
{
    SQL(q, s, SQL_EVENT_DELETE);

    if (content)
        TRY(store_event_keep_revision(s, now, content, e));
    if (now->place)
        store_search_remove(s, a, now->place, content);
    TRY(delete_by_id(s, SQL_EVENT_CONFLICT_DELETE, now->id, e));
    sql_bind_int(&q, "key", now->key);
    return sql_run(&q, e);
}

/* The last revision says who removed it, and what that was; a removal that waited says so already. */
static enum err_code keep_removal(struct store *s, const struct event_now *now, const char *author,
                                  struct err *e)
{
    struct event_now removal = *now;

    if (now->removed || !now->content)
        return ERR_OK;
    removal.revision++;
    removal.updated_at_us = clock_now_us();
    removal.updated_by = author;
    removal.reason = "delete";
    return store_event_keep_revision(s, &removal, now->content, e);
}

static enum err_code delete_all(struct store *s, struct arena *a, const struct event_now *now,
                                const char *author, struct err *e)
{
    TRY(store_event_forget(s, a, now, now->content, e));
    TRY(keep_removal(s, now, author, e));
    TRY(delete_by_id(s, SQL_EVENT_METADATA_DELETE, now->id, e));
    TRY(delete_by_id(s, SQL_EVENT_EXPORT_DELETE, now->id, e));
    return delete_by_id(s, SQL_EVENT_ROW_DELETE, now->id, e);
}

/* A removal is a revision of its own, so that it can go out after the content that it removes. */
static enum err_code mark_removed(struct store *s, struct event_now *now, const char *author, struct err *e)
{
    TRY(store_event_keep_revision(s, now, now->content, e));
    TRY(store_event_reset_validation(s, now, e));
    now->revision++;
    now->removed = true;
    now->updated_at_us = clock_now_us();
    now->updated_by = author;
    now->reason = "delete";
    return store_event_save(s, now, e);
}

/* Nobody needs the row any more, unless another tool's table does. */
static enum err_code drop(struct store *s, struct event_now *now, const char *author, bool *kept,
                          struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();

    TRY(is_referred_to(s, a, now->id, kept, e));
    if (!*kept)
        return delete_all(s, a, now, author, e);
    now->base_hash = "";
    now->withdrawn = false;
    TRY(delete_by_id(s, SQL_EVENT_CONFLICT_DELETE, now->id, e));
    now->conflict = false;
    return now->removed ? store_event_save(s, now, e) : mark_removed(s, now, author, e);
}

static enum err_code may_come_back(struct store *s, const char *id, bool *found, struct err *e)
{
    SQL(q, s, SQL_EVENT_MAY_COME_BACK);

    sql_bind_text(&q, "id", id);
    return sql_row(&q, found, e);
}

enum err_code store_event_drop_withdrawn(struct store *s, const char *id, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_now now;
    bool found = false;

    TRY(store_event_now_settled(s, a, id, &now, e));
    if (!now.key || !now.withdrawn)
        return ERR_OK;
    TRY(may_come_back(s, id, &found, e));
    return found ? ERR_OK : drop(s, &now, now.updated_by, &found, e);
}

/* A person's removal is a change like any other as long as the repository has something to be removed. */
enum err_code store_event_remove(struct store *s, struct event_now *now, const char *author, bool *kept,
                                 struct err *e)
{
    bool sent = false;

    *kept = true;
    if (now->removed)
        return ERR_OK;
    if (!*now->base_hash && !now->conflict)
        TRY(may_come_back(s, now->id, &sent, e));
    if (!*now->base_hash && !now->conflict && !sent) {
        TRY(store_parked_forget_addition(s, now->id, e));
        return drop(s, now, author, kept, e);
    }
    now->withdrawn = sent;
    return mark_removed(s, now, author, e);
}

enum err_code store_event_delete(struct store *s, const char *id, const char *author, bool *kept,
                                 struct err *e)
{
    bool by_repository = str_eq(author, "repository");
    struct event_now now;
    bool ignored;

    arena_reset(s->scratch);
    TRY(store_event_now_settled(s, s->scratch, id, &now, e));
    if (!now.key || (!by_repository && str_eq(now.state, "gone")))
        return err_set(e, ERR_NOT_FOUND, "There is no event %s.", id);
    if (!kept)
        kept = &ignored;
    if (!by_repository)
        return store_event_remove(s, &now, author, kept, e);
    TRY(store_parked_keep_rows(s, id, e));
    return drop(s, &now, author, kept, e);
}
