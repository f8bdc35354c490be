#include "core/store/store_pull_request.h"

#include "core/store/store_event_internal.h"
#include "core/util/clock.h"

static void bind_pull_request(struct sql *q, const struct store_pull_request *pr)
{
    sql_bind_text_or_empty(q, "state", pr->state);
    sql_bind_text_or_empty(q, "step", pr->step);
    sql_bind_text_or_empty(q, "repo_url", pr->repo_url);
    sql_bind_text_or_empty(q, "base_branch", pr->base_branch);
    sql_bind_text_or_empty(q, "branch", pr->branch);
    sql_bind_text_or_empty(q, "title", pr->title);
    sql_bind_text_or_empty(q, "description", pr->description);
    sql_bind_text_or_empty(q, "message", pr->message);
    sql_bind_int(q, "draft", pr->draft);
    sql_bind_text(q, "labels", pr->labels && *pr->labels ? pr->labels : "[]");
    sql_bind_text_or_empty(q, "parent_commit", pr->parent_commit);
    sql_bind_text_or_empty(q, "commit_id", pr->commit);
    sql_bind_text_or_empty(q, "author_name", pr->author_name);
    sql_bind_text_or_empty(q, "author_email", pr->author_email);
    sql_bind_int(q, "claimed_at", pr->claimed_at_us);
    sql_bind_int(q, "number", pr->number);
    sql_bind_text_or_empty(q, "url", pr->url);
    sql_bind_int(q, "plain", pr->plain);
    sql_bind_text_or_empty(q, "error", pr->error);
    sql_bind_int(q, "opened_at", pr->opened_at_us);
    sql_bind_int(q, "settled_at", pr->settled_at_us);
    sql_bind_text_or_empty(q, "merge_commit", pr->merge_commit);
}

static void read_pull_request(struct sql *q, struct arena *a, void *row)
{
    struct store_pull_request *pr = row;

    pr->id = sql_int(q, "id");
    pr->state = sql_text(q, a, "state");
    pr->step = sql_text(q, a, "step");
    pr->repo_url = sql_text(q, a, "repo_url");
    pr->base_branch = sql_text(q, a, "base_branch");
    pr->branch = sql_text(q, a, "branch");
    pr->title = sql_text(q, a, "title");
    pr->description = sql_text(q, a, "description");
    pr->message = sql_text(q, a, "message");
    pr->draft = sql_int(q, "draft");
    pr->labels = sql_text(q, a, "labels");
    pr->parent_commit = sql_text(q, a, "parent_commit");
    pr->commit = sql_text(q, a, "commit_id");
    pr->author_name = sql_text(q, a, "author_name");
    pr->author_email = sql_text(q, a, "author_email");
    pr->claimed_at_us = sql_int(q, "claimed_at");
    pr->number = sql_int(q, "number");
    pr->url = sql_text(q, a, "url");
    pr->plain = sql_int(q, "plain");
    pr->error = sql_text(q, a, "error");
    pr->opened_at_us = sql_int(q, "opened_at");
    pr->settled_at_us = sql_int(q, "settled_at");
    pr->merge_commit = sql_text(q, a, "merge_commit");
    pr->event_count = sql_int(q, "event_count");
}

/* The unique index over active revisions is the last word on who has an event. */
static enum err_code run_unique(struct sql *q, struct err *e)
{
    enum err_code code = sql_run(q, e);
    int detail = sqlite3_extended_errcode(q->store->db);

    if (code != ERR_OK && (detail == SQLITE_CONSTRAINT_UNIQUE || detail == SQLITE_CONSTRAINT_PRIMARYKEY))
        return err_set(
            e, ERR_EXISTS,
            "One of these events is in another running or open pull request already. Wait until that is "
            "merged or closed.");
    return code;
}

static enum err_code write_pull_request(struct store *s, struct store_pull_request *pr, struct err *e)
{
    SQL(q, s, pr->id ? SQL_PR_UPDATE : SQL_PR_INSERT);

    if (pr->id)
        sql_bind_int(&q, "id", pr->id);
    bind_pull_request(&q, pr);
    TRY(run_unique(&q, e));
    if (!pr->id)
        pr->id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

static void read_pr_event(struct sql *q, struct arena *a, void *row)
{
    struct store_pr_event *event = row;

    event->event_id = sql_text(q, a, "event_id");
    event->revision = sql_int(q, "revision");
    event->change = sql_text(q, a, "change");
    event->content_hash = sql_text(q, a, "content_hash");
    event->date = sql_text(q, a, "date");
    event->title = sql_text(q, a, "title");
    event->files = sql_text(q, a, "files");
}

enum err_code store_pr_events(struct store *s, struct arena *a, int64_t pr, struct store_pr_event **out,
                              size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_pr_event, .size = sizeof **out};
    SQL(q, s, SQL_PR_EVENTS);

    sql_bind_int(&q, "pr", pr);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_pr_release_events(struct store *s, int64_t pr, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct store_pr_event *events = NULL;
    size_t n = 0;

    TRY(store_pr_events(s, a, pr, &events, &n, e));
    for (size_t i = 0; i < n; i++)
        TRY(store_event_drop_withdrawn(s, events[i].event_id, e));
    return ERR_OK;
}

/* States of events depend on the pull requests that they are in. */
static enum err_code refresh_events(struct store *s, int64_t pr, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct store_pr_event *events = NULL;
    size_t n = 0;

    TRY(store_pr_events(s, a, pr, &events, &n, e));
    for (size_t i = 0; i < n; i++)
        TRY(store_event_refresh(s, a, events[i].event_id, e));
    return ERR_OK;
}

enum err_code store_pr_put(struct store *s, struct store_pull_request *pr, struct err *e)
{
    bool fresh = pr->id == 0;

    TRY(write_pull_request(s, pr, e));
    return fresh ? ERR_OK : refresh_events(s, pr->id, e);
}

static enum err_code add_event(struct store *s, int64_t pr, const struct store_pr_event *event, struct err *e)
{
    SQL(q, s, SQL_PR_EVENT_INSERT);

    sql_bind_int(&q, "pr", pr);
    sql_bind_text(&q, "event_id", event->event_id);
    sql_bind_int(&q, "revision", event->revision);
    sql_bind_text(&q, "change", event->change);
    sql_bind_text_or_empty(&q, "content_hash", event->content_hash);
    sql_bind_text_or_empty(&q, "date", event->date);
    sql_bind_text_or_empty(&q, "title", event->title);
    sql_bind_text(&q, "files", event->files && *event->files ? event->files : "[]");
    TRY(run_unique(&q, e));
    if (sql_changes(s) == 0)
        return err_set(e, ERR_NOT_FOUND, "There is no pull request %lld.", (long long)pr);
    return ERR_OK;
}

enum err_code store_pr_add_events(struct store *s, int64_t pr, const struct store_pr_event *events, size_t n,
                                  struct err *e)
{
    for (size_t i = 0; i < n; i++)
        TRY(add_event(s, pr, &events[i], e));
    return refresh_events(s, pr, e);
}

static enum err_code get_one(struct sql *q, struct arena *a, struct store_pull_request *out, int64_t wanted,
                             struct err *e)
{
    enum err_code code = sql_one(q, a, read_pull_request, out, e);

    if (code == ERR_NOT_FOUND)
        return err_set(e, ERR_NOT_FOUND, "There is no pull request %lld.", (long long)wanted);
    return code;
}

enum err_code store_pr_get(struct store *s, struct arena *a, int64_t id, struct store_pull_request *out,
                           struct err *e)
{
    SQL(q, s, SQL_PR_GET);

    sql_bind_int(&q, "id", id);
    return get_one(&q, a, out, id, e);
}

enum err_code store_pr_by_number(struct store *s, struct arena *a, const char *repo_url, int64_t number,
                                 struct store_pull_request *out, struct err *e)
{
    SQL(q, s, SQL_PR_BY_NUMBER);

    sql_bind_text(&q, "repo_url", repo_url);
    sql_bind_int(&q, "number", number);
    return get_one(&q, a, out, number, e);
}

enum err_code store_pr_list(struct store *s, struct arena *a, const char *state,
                            const struct store_slice *slice, struct store_pull_request **out, size_t *n,
                            struct err *e)
{
    struct sql_rows rows = {.read = read_pull_request, .size = sizeof **out};
    SQL(q, s, state ? SQL_PR_LIST_STATE : SQL_PR_LIST);

    if (state)
        sql_bind_text(&q, "state", state);
    sql_bind_slice(&q, slice);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_pr_sent_before(struct store *s, const struct store_pr_question *question, bool *found,
                                   struct err *e)
{
    SQL(q, s, SQL_PR_SENT_BEFORE);

    sql_bind_text(&q, "id", question->event_id);
    sql_bind_text(&q, "repo_url", question->repo_url);
    sql_bind_text(&q, "hash", question->content_hash);
    return sql_row(&q, found, e);
}

enum err_code store_pr_merged_as_it_is(struct store *s, const struct store_pr_question *question, bool *found,
                                       struct err *e)
{
    SQL(q, s, SQL_PR_MERGED_AS_IT_IS);

    sql_bind_text(&q, "id", question->event_id);
    sql_bind_text(&q, "repo_url", question->repo_url);
    return sql_row(&q, found, e);
}

static enum err_code read_number(struct sql *q, const char *column, int64_t *out, struct err *e)
{
    bool found = false;

    TRY(sql_row(q, &found, e));
    *out = found ? sql_int(q, column) : 0;
    return ERR_OK;
}

enum err_code store_pr_landed_before(struct store *s, const struct store_pr_question *question,
                                     int64_t *revision, struct err *e)
{
    SQL(q, s, SQL_PR_LANDED_BEFORE);

    sql_bind_text(&q, "id", question->event_id);
    sql_bind_text(&q, "repo_url", question->repo_url);
    return read_number(&q, "revision", revision, e);
}

enum err_code store_pr_waits_before(struct store *s, const struct store_pr_question *question, bool *found,
                                    struct err *e)
{
    SQL(q, s, SQL_PR_WAITS_BEFORE);

    sql_bind_text(&q, "id", question->event_id);
    sql_bind_text(&q, "repo_url", question->repo_url);
    return sql_row(&q, found, e);
}

enum err_code store_pr_imported(struct store *s, const char *repo_url, const char *branch, struct err *e)
{
    SQL(q, s, SQL_PR_IMPORTED);

    sql_bind_text(&q, "repo_url", repo_url);
    sql_bind_text(&q, "branch", branch);
    return sql_run(&q, e);
}

enum err_code store_pr_sent_since(struct store *s, const struct store_pr_sending *sending, int64_t *number,
                                  bool *found, struct err *e)
{
    SQL(q, s, SQL_PR_SENT_SINCE);

    sql_bind_text(&q, "id", sending->event_id);
    sql_bind_int(&q, "revision", sending->revision);
    sql_bind_int(&q, "at", sending->at_us);
    TRY(sql_row(&q, found, e));
    *number = *found ? sql_int(&q, "number") : 0;
    return ERR_OK;
}

enum err_code store_pr_next_number(struct store *s, const char *repo_url, int64_t *number, struct err *e)
{
    SQL(q, s, SQL_PR_NEXT_NUMBER);

    sql_bind_text(&q, "repo_url", repo_url);
    return read_number(&q, "number", number, e);
}

enum err_code store_pr_open_count(struct store *s, int64_t *count, struct err *e)
{
    SQL(q, s, SQL_PR_OPEN_COUNT);

    return read_number(&q, "n", count, e);
}

struct sent_event {
    const char *id;
};

static void read_sent_event(struct sql *q, struct arena *a, void *row)
{
    ((struct sent_event *)row)->id = sql_text(q, a, "event_id");
}

enum err_code store_pr_follow(struct store *s, struct err *e)
{
    struct sql_rows rows = {.read = read_sent_event, .size = sizeof(struct sent_event)};
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(arena) *each = arena_new();
    SQL(q, s, SQL_EXPORT_STATUS_EVENTS);

    TRY(sql_list(&q, a, &rows, e));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(store_event_refresh(s, each, ((const struct sent_event *)rows.items)[i].id, e));
        arena_reset(each);
    }
    return ERR_OK;
}
