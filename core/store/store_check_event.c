/* Every content that is kept, and what is kept beside it. */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_check_internal.h"
#include "core/store/store_event_internal.h"

/* Scores have two decimals. */
static bool scores_differ(double left, double right)
{
    return left - right > 0.001 || right - left > 0.001;
}

static void find(struct store_check *c, const char *id, const char *code, const char *text)
{
    store_check_add(c, &(struct store_finding){.code = code, .event = id, .text = text});
}

static struct json_object *parse_object(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    if (!text || jx_parse(a, text, strlen(text), &value, NULL) != ERR_OK ||
        !json_object_is_type(value, json_type_object))
        return NULL;
    return value;
}

/* Another program may have left a column empty: then the content alone tells. */
static bool column_differs(struct sql *q, struct arena *a, const char *column, const char *wanted)
{
    const char *text = sql_text_or_null(q, a, column);

    return text && *text && !str_eq(text, wanted);
}

static enum err_code check_columns(struct store *s, struct store_check *c, struct arena *a, const char *id,
                                   const struct store_event_extract *x, struct err *e)
{
    bool found = false;
    bool differs;
    SQL(q, s, SQL_CHECK_EVENT_ROW);

    sql_bind_text(&q, "id", id);
    TRY(sql_row(&q, &found, e));
    if (!found)
        return ERR_OK;
    differs = column_differs(&q, a, "date", x->date) || column_differs(&q, a, "title", x->title) ||
              column_differs(&q, a, "summary", x->summary) || column_differs(&q, a, "status", x->status);
    differs = differs || (!sql_is_null(&q, "importance") && x->has_importance &&
                          sql_int(&q, "importance") != x->importance);
    if (differs)
        find(c, id, "event_columns", "The columns of this event are not what its content says.");
    return ERR_OK;
}

static void check_beside(struct store_check *c, struct arena *a, const struct event_now *now,
                         struct json_object *fields, const struct store_event_extract *x)
{
    int64_t place = str_eq(now->state, "gone") ? 0 : store_place_of(x->date, now->key);

    if (!str_eq(event_hash(a, fields), now->content_hash))
        find(c, now->id, "content_hash", "The hash of this event is not that of its content.");
    if (scores_differ(x->score, now->auto_score))
        find(c, now->id, "auto_score", "The automatic score of this event is not what its content gives.");
    if (!str_eq(x->date, now->date))
        find(c, now->id, "event_date", "The date that this event is listed under is not its own.");
    else if (place != now->place)
        find(c, now->id, "place", "This event does not stand where lists look for it.");
}

static enum err_code check_state(struct store *s, struct store_check *c, const struct event_now *now,
                                 struct err *e)
{
    struct event_now wanted = *now;

    TRY(store_event_compute(s, &wanted, e));
    if (!str_eq(wanted.change, now->change))
        find(c, now->id, "event_change",
             arena_printf(c->arena, "This event should be \"%s\" against the repository, not \"%s\".",
                          wanted.change, now->change));
    if (!str_eq(wanted.state, now->state))
        find(c, now->id, "event_state",
             arena_printf(c->arena, "This event should be in state %s, not %s.", wanted.state, now->state));
    return ERR_OK;
}

static enum err_code check_event(struct store *s, struct store_check *c, struct arena *a, const char *id,
                                 struct err *e)
{
    const struct store_event_extract *x;
    struct json_object *fields;
    struct event_now now;

    TRY(store_event_now(s, a, id, &now, e));
    if (now.logged)
        return ERR_OK;
    if (!now.content)
        return find(c, id, "event_row_missing", "This event has no row in timeline_events."), ERR_OK;
    fields = parse_object(a, now.content);
    if (!fields)
        return find(c, id, "content_unreadable", "The content of this event is no JSON object."), ERR_OK;
    x = store_event_extract(a, a, fields);
    check_beside(c, a, &now, fields, x);
    TRY(check_columns(s, c, a, id, x, e));
    return check_state(s, c, &now, e);
}

enum err_code store_check_events(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    int64_t done = 0;
    int64_t total = 0;
    bool found = true;
    SQL(q, s, SQL_CHECK_EVENT_IDS);

    TRY(sql_row(&q, &found, e));
    while (found) {
        total = sql_int(&q, "n");
        TRY(store_check_step(c, "checking events", (uint64_t)done, (uint64_t)total, e));
        TRY(check_event(s, c, a, sql_text(&q, a, "id"), e));
        done++;
        arena_reset(a);
        TRY(sql_row(&q, &found, e));
    }
    jx_set_int(c->checked, "events", done);
    return ERR_OK;
}

/* The revisions of one event follow each other. */
struct history {
    char id[1024];
    int64_t revision;
};

static void check_revision(struct store_check *c, struct arena *a, struct sql *q, struct history *last)
{
    const char *id = sql_text(q, a, "event_id");
    struct json_object *fields = parse_object(a, sql_text(q, a, "content"));
    int64_t revision = sql_int(q, "revision");
    bool same = strncmp(id, last->id, sizeof last->id - 1) == 0;
    int64_t wanted = same ? last->revision + 1 : 1;

    if (revision != wanted)
        find(c, id, "revision_gap",
             arena_printf(c->arena,
                          "Revision %lld of this event should be %lld: one is missing, or there twice.",
                          (long long)revision, (long long)wanted));
    if (!fields)
        find(c, id, "revision_unreadable",
             arena_printf(c->arena, "Revision %lld of this event is no JSON object.", (long long)revision));
    else if (!str_eq(event_hash(a, fields), sql_text(q, a, "content_hash")))
        find(c, id, "revision_hash",
             arena_printf(c->arena, "The hash of revision %lld of this event is not that of its content.",
                          (long long)revision));
    strncpy(last->id, id, sizeof last->id - 1);
    last->revision = revision;
}

enum err_code store_check_revisions(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct history last = {.id = ""};
    int64_t done = 0;
    bool found = true;
    SQL(q, s, SQL_CHECK_REVISIONS);

    TRY(sql_row(&q, &found, e));
    while (found) {
        TRY(store_check_step(c, "checking revisions", (uint64_t)done, (uint64_t)sql_int(&q, "n"), e));
        check_revision(c, a, &q, &last);
        done++;
        arena_reset(a);
        TRY(sql_row(&q, &found, e));
    }
    jx_set_int(c->checked, "revisions", done);
    return ERR_OK;
}

static void check_side(struct store_check *c, const char *id, const char *side, const char *content)
{
    AUTO_STRUCT(arena) *a = arena_new();

    if (content && !parse_object(a, content))
        find(c, id, "conflict_unreadable",
             arena_printf(c->arena, "The side \"%s\" of the conflict is no JSON object.", side));
}

/* Our side is the event as it is now; the row keeps what it was when it was last looked at, which is in the history. */
static enum err_code is_in_history(struct store *s, const char *id, const char *hash, bool *found,
                                   struct err *e)
{
    SQL(q, s, SQL_CHECK_CONTENT_KEPT);

    sql_bind_text(&q, "id", id);
    sql_bind_text(&q, "hash", hash);
    return sql_row(&q, found, e);
}

static enum err_code check_conflict(struct store *s, struct store_check *c, struct arena *a,
                                    const struct store_conflict *conflict, struct err *e)
{
    struct json_object *fields = NULL;
    struct json_object *ours = parse_object(a, conflict->ours);
    bool kept = true;

    check_side(c, conflict->event_id, "base", conflict->base);
    check_side(c, conflict->event_id, "ours", conflict->ours);
    check_side(c, conflict->event_id, "theirs", conflict->theirs);
    if (jx_parse(a, conflict->fields, strlen(conflict->fields), &fields, NULL) != ERR_OK ||
        !json_object_is_type(fields, json_type_array))
        find(c, conflict->event_id, "conflict_unreadable", "The fields of the conflict are no list.");
    if (ours)
        TRY(is_in_history(s, conflict->event_id, event_hash(a, ours), &kept, e));
    if (!kept)
        find(c, conflict->event_id, "conflict_ours",
             "Our side of the conflict is nothing that the event ever was.");
    return ERR_OK;
}

enum err_code store_check_conflicts(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(arena) *each = arena_new();
    struct store_conflict *conflicts;
    size_t n;

    TRY(store_conflict_list(s, a, &conflicts, &n, e));
    for (size_t i = 0; i < n; i++) {
        TRY(check_conflict(s, c, each, &conflicts[i], e));
        arena_reset(each);
    }
    jx_set_int(c->checked, "conflicts", (int64_t)n);
    return ERR_OK;
}

/* What the repository holds of an event in conflict is their side. */
enum err_code store_check_theirs(struct store *s, struct store_check *c, int64_t repository, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;
    SQL(q, s, SQL_CHECK_CONFLICT_THEIRS);

    sql_bind_int(&q, "repository", repository);
    TRY(sql_row(&q, &found, e));
    while (found) {
        struct json_object *theirs = parse_object(a, sql_text_or_null(&q, a, "theirs"));

        if (!str_eq(theirs ? event_hash(a, theirs) : "", sql_text(&q, a, "best")))
            find(c, sql_text(&q, a, "event_id"), "conflict_theirs",
                 "Their side of the conflict is not what the repository holds.");
        arena_reset(a);
        TRY(sql_row(&q, &found, e));
    }
    return ERR_OK;
}

enum err_code store_check_file_contents(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    int64_t done = 0;
    bool found = true;
    SQL(q, s, SQL_CHECK_FILE_CONTENTS);

    TRY(sql_row(&q, &found, e));
    while (found) {
        struct json_object *fields = parse_object(a, sql_text(&q, a, "content"));

        TRY(store_check_step(c, "checking bases", (uint64_t)done, (uint64_t)sql_int(&q, "n"), e));
        if (!fields || !str_eq(event_hash(a, fields), sql_text(&q, a, "content_hash")))
            store_check_add(c, &(struct store_finding){
                                   .code = "file_hash",
                                   .path = sql_text(&q, a, "path"),
                                   .text = "The content that is kept of this file has another hash."});
        done++;
        arena_reset(a);
        TRY(sql_row(&q, &found, e));
    }
    jx_set_int(c->checked, "files", done);
    return ERR_OK;
}
