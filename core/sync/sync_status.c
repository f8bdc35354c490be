#include <stdlib.h>
#include <string.h>

#include "core/store/store_pull_request.h"
#include "core/store/store_sync.h"
#include "core/sync/timeline_sync.h"
#include "core/util/clock.h"

enum { LOCK_WAIT_MS = 60000 };

/* Fetch, and count how far the import is behind; "" when the branch is empty. */
static enum err_code ask(struct timeline_sync *t, struct store_repository *r, struct err *e)
{
    struct git_service_pull pull;
    struct object_id from = {""};

    TRY(git_service_clone_or_update(t->git, &pull, e));
    if (strlen(r->imported_commit) == sizeof from.hex - 1)
        memcpy(from.hex, r->imported_commit, sizeof from.hex);
    r->head_commit = arena_strdup(t->arena, pull.after.hex);
    r->commits_behind = 0;
    if (pull.after.hex[0])
        TRY(git_service_count_commits(t->git, &from, &pull.after, &r->commits_behind, e));
    r->checked_at_us = clock_now_us();
    r->remote_error = "";
    return ERR_OK;
}

/* The remote's failure is an answer worth keeping; failures of this machine are not. */
static bool remote_failed(enum err_code code)
{
    return code == ERR_REMOTE_UNREACHABLE || code == ERR_REMOTE_TIMEOUT || code == ERR_REMOTE_TLS ||
           code == ERR_REMOTE_AUTH || code == ERR_REMOTE_FORBIDDEN || code == ERR_REMOTE_REDIRECT ||
           code == ERR_REMOTE_PROTOCOL || code == ERR_REPOSITORY_NOT_FOUND || code == ERR_BRANCH_NOT_FOUND;
}

static enum err_code remember(struct timeline_sync *t, const struct store_repository *asked, struct err *e)
{
    struct store_repository now;

    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &now, e));
    if (!now.id) {
        now.url = t->repo_url;
        now.branch = t->branch;
    }
    now.head_commit = asked->head_commit;
    now.checked_at_us = asked->checked_at_us;
    now.commits_behind = asked->commits_behind;
    now.remote_error = asked->remote_error;
    return store_repository_put(t->store, &now, e);
}

enum err_code timeline_sync_check_remote(struct timeline_sync *t, struct err *why, struct err *e)
{
    struct store_repository r;
    struct err failure = {0};
    enum err_code code;

    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &r, e));
    code = ask(t, &r, &failure);
    if (code != ERR_OK && !remote_failed(code))
        return *e = failure, code;
    if (code != ERR_OK) {
        r.remote_error = arena_strdup(t->arena, failure.message);
        r.commits_behind = -1;
    }
    if (why)
        *why = failure;
    TRY(store_begin(t->store, LOCK_WAIT_MS, e));
    code = remember(t, &r, e);
    return store_end(t->store, code, e);
}

static void set_time(struct arena *a, struct json_object *object, const char *key, int64_t us)
{
    jx_set_text(object, key, us ? clock_rfc3339(a, us) : NULL);
}

static struct json_object *repo_status(struct arena *a, const struct store_repository *r)
{
    struct json_object *object = json_object_new_object();
    bool known = r->head_commit[0] && r->imported_commit[0];

    jx_set_text(object, "imported_commit", r->imported_commit[0] ? r->imported_commit : NULL);
    jx_set_text(object, "head_commit", r->head_commit[0] ? r->head_commit : NULL);
    jx_set_text(object, "events_dir", r->events_dir[0] ? r->events_dir : NULL);
    jx_set_text(object, "event_format", r->new_event_format[0] ? r->new_event_format : NULL);
    jx_set(object, "in_step",
           known && r->commits_behind >= 0 ? json_object_new_boolean(r->commits_behind == 0) : NULL);
    set_time(a, object, "checked_at", r->checked_at_us);
    return object;
}

static enum err_code last_success(struct store *s, struct arena *a, int64_t *us, struct err *e)
{
    struct store_sync *rows;
    size_t n;

    *us = 0;
    TRY(store_sync_list(s, a, &(struct store_slice){.limit = 50}, &rows, &n, e));
    for (size_t i = 0; i < n && !*us; i++)
        if (rows[i].success)
            *us = rows[i].completed_at_us;
    return ERR_OK;
}

static enum err_code add_counts(struct store *s, struct json_object *o, struct err *e)
{
    struct store_event_counts c;
    int64_t open;

    TRY(store_event_count(s, &c, e));
    TRY(store_pr_open_count(s, &open, e));
    jx_set_int(o, "local_changes", c.draft + c.validated + c.exported + c.conflict + c.rejected);
    jx_set_int(o, "events_in_db", c.total);
    jx_set_int(o, "pending_export", c.validated);
    jx_set_int(o, "conflicts", c.conflict);
    jx_set_int(o, "open_pull_requests", open);
    return ERR_OK;
}

enum err_code timeline_sync_get_sync_status(struct store *s, struct arena *a, const char *repo_url,
                                            const char *branch, struct json_object **status, struct err *e)
{
    struct json_object *o = jx_own(a, json_object_new_object());
    struct store_repository r;
    int64_t synced_us;

    TRY(store_repository_get(s, a, repo_url, branch, &r, e));
    TRY(last_success(s, a, &synced_us, e));
    jx_set_text(o, "repo_url", repo_url);
    jx_set_text(o, "current_branch", branch);
    set_time(a, o, "last_sync", synced_us);
    jx_set(o, "commits_behind",
           r.commits_behind < 0 || !r.checked_at_us ? NULL : json_object_new_int64(r.commits_behind));
    set_time(a, o, "checked_at", r.checked_at_us);
    if (r.remote_error && r.remote_error[0])
        jx_set_text(o, "remote_error", r.remote_error);
    set_time(a, o, "last_import", r.imported_at_us);
    jx_set_int(o, "events_in_repo", r.events_in_repo);
    TRY(add_counts(s, o, e));
    jx_set(o, "repo_status", repo_status(a, &r));
    *status = o;
    return ERR_OK;
}
