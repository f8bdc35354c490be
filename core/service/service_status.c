/*
 * The status page in one view: in three seconds it must answer whether we are in step, whether anything waits for the
 * visitor, and whether anything is wrong.
 */
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_internal.h"
#include "core/store/store_sync.h"
#include "core/util/str.h"

enum {
    RECENT_SYNCS = 5,
    OPEN_SHOWN = 10,
    ERRORS_SHOWN = 50,
    UNFINISHED_SHOWN = 5,
    SYNCS_BYTES = 2 * 1024 * 1024
};

static struct json_object *sync_row(struct service *s, const struct store_sync *row)
{
    struct json_object *o = json_object_new_object();

    jx_set_int(o, "id", row->id);
    jx_set_text(o, "type", row->sync_type);
    jx_set_text(o, "repo_url", row->repo_url);
    view_time(s, o, "started_at", row->started_at_us);
    view_time(s, o, "completed_at", row->completed_at_us);
    jx_set_bool(o, "success", row->success);
    jx_set_int(o, "imported", row->events_imported);
    jx_set_int(o, "updated", row->events_updated);
    jx_set_int(o, "deleted", row->events_deleted);
    jx_set_int(o, "exported", row->events_exported);
    jx_set(o, "pr_number", row->pr_number ? json_object_new_int64(row->pr_number) : NULL);
    view_text(o, "pr_url", row->pr_url);
    view_text(o, "branch", row->branch_name);
    jx_set_int(o, "commits", row->commits_processed);
    jx_set_int(o, "files_changed", row->files_changed);
    jx_set(o, "conflicts", view_parsed(s, row->conflicts));
    jx_set(o, "errors", view_parsed(s, row->errors));
    return o;
}

/* The page being made. A row lists every file that could not be read, which may be thousands. */
struct syncs {
    struct service *s;
    struct json_object *list;
    struct store_slice part; /* to read next; limit 0: nothing more */
    size_t bytes;
};

static bool is_full(const struct syncs *y)
{
    return y->bytes > SYNCS_BYTES && json_object_array_length(y->list) > 1;
}

static enum err_code add_part(struct syncs *y, struct arena *scratch, struct err *e)
{
    struct store_sync *rows;
    size_t n;

    TRY(store_sync_list(y->s->store, scratch, &y->part, &rows, &n, e));
    for (size_t i = 0; i < n && !is_full(y); i++) {
        jx_push(y->list, sync_row(y->s, &rows[i]));
        y->part.before = rows[i].id;
        y->bytes += strlen(rows[i].errors) + strlen(rows[i].conflicts);
    }
    if (n < y->part.limit)
        y->part.limit = 0;
    return ERR_OK;
}

enum err_code view_syncs(struct service *s, struct store_slice *slice, struct json_object **list,
                         struct err *e)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct syncs y = {.s = s, .list = jx_own(s->arena, json_object_new_array())};

    *list = y.list;
    y.part = (struct store_slice){slice->before, list_part(slice, 0)};
    while (y.part.limit && !is_full(&y)) {
        TRY(add_part(&y, scratch, e));
        if (y.part.limit)
            y.part.limit = list_part(slice, json_object_array_length(y.list));
        arena_reset(scratch);
    }
    if (is_full(&y))
        slice->limit = json_object_array_length(y.list);
    return ERR_OK;
}

enum err_code service_sync_log(struct service *s, const struct service_list_args *args,
                               struct json_object **view, struct err *e)
{
    struct json_object *list;
    struct store_slice slice;

    TRY(list_begin(args, &slice, e));
    TRY(view_syncs(s, &slice, &list, e));
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "syncs", json_object_get(list));
    list_end(s, *view, list, &slice);
    return ERR_OK;
}

int64_t service_conflict_count(struct service *s)
{
    struct store_event_counts c;
    struct err ignored = {0};

    return store_event_count(s->store, &c, &ignored) == ERR_OK ? c.conflict : 0;
}

static enum err_code add_counts(struct service *s, struct json_object *view, struct err *e)
{
    struct json_object *o = json_object_new_object();
    struct store_event_counts c;

    jx_set(view, "counts", o);
    TRY(store_event_count(s->store, &c, e));
    jx_set_int(o, "draft", c.draft);
    jx_set_int(o, "validated", c.validated);
    jx_set_int(o, "exported", c.exported);
    jx_set_int(o, "merged", c.merged);
    jx_set_int(o, "conflict", c.conflict);
    jx_set_int(o, "rejected", c.rejected);
    jx_set_int(o, "total", c.total);
    return ERR_OK;
}

static enum err_code add_broken(struct service *s, struct json_object *view, struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_repository r;
    struct store_file *files;
    size_t n = 0;

    jx_set(view, "errors", list);
    TRY(store_repository_get(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, &r, e));
    if (r.id)
        TRY(store_file_broken(s->store, s->arena, r.id, &files, &n, e));
    for (size_t i = 0; i < n && i < ERRORS_SHOWN; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "path", sync_shown_path(s->arena, r.events_dir, files[i].path));
        jx_set(row, "line", files[i].error_line ? json_object_new_int(files[i].error_line) : NULL);
        jx_set_text(row, "error", files[i].error);
        jx_push(list, row);
    }
    jx_set_int(view, "errors_total", (int64_t)n);
    return ERR_OK;
}

static enum err_code add_job(struct service *s, struct json_object *view, struct err *e)
{
    const struct store_slice first = {.limit = 1};
    struct store_job *jobs;
    size_t n;

    TRY(store_job_list(s->store, s->arena, true, &first, &jobs, &n, e));
    jx_set(view, "job", n ? jobs_json(s->arena, &jobs[0]) : NULL);
    return ERR_OK;
}

static bool is_sending(const struct json_object *job)
{
    const char *kind = jx_get_text(job, "kind");

    return str_eq(kind, "create_pr") || str_eq(kind, "retry");
}

/* Those of another repository are on the list of all. */
static struct json_object *followed_ones(const struct json_object *list)
{
    struct json_object *kept = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *row = json_object_array_get_idx(list, i);

        if (jx_get_bool(row, "followed", false))
            jx_push(kept, json_object_get(row));
    }
    return kept;
}

/* Pull requests that somebody has to look at: those that stopped half way with nobody at work on them, and the newest one when it was
 * refused (older refusals are history). */
static enum err_code add_unfinished(struct service *s, struct json_object *view, struct err *e)
{
    const struct store_slice most = {.limit = UNFINISHED_SHOWN}, newest = {.limit = 1};
    struct json_object *list;
    struct json_object *last;

    jx_set(view, "unfinished_pull_requests", json_object_new_array());
    if (is_sending(jx_get(view, "job")))
        return ERR_OK;
    TRY(view_pull_requests(s, "running", &most, &list, e));
    jx_set(view, "unfinished_pull_requests", followed_ones(list));
    TRY(view_pull_requests(s, NULL, &newest, &list, e));
    last = json_object_array_get_idx(list, 0);
    if (last && str_eq(jx_get_text(last, "state"), "failed") && jx_get_bool(last, "followed", false))
        jx_push(jx_get(view, "unfinished_pull_requests"), json_object_get(last));
    return ERR_OK;
}

/* "1 event", "3 events". */
static char *plural(struct service *s, int64_t n, const char *one, const char *many)
{
    return arena_printf(s->arena, "%lld %s", (long long)n, n == 1 ? one : many);
}

struct headline {
    const char *tone, *text, *detail;
};

static struct headline waiting(struct service *s, struct json_object *view, const char *text)
{
    int64_t ready = jx_get_int(view, "pending_export", 0);
    int64_t broken = jx_get_int(view, "errors_total", 0);
    int64_t drafts = jx_get_int(jx_get(view, "counts"), "draft", 0);

    if (broken)
        return (struct headline){"attention", text,
                                 arena_printf(s->arena,
                                              "%s in the repository cannot be read; the rest is imported.",
                                              plural(s, broken, "file", "files"))};
    if (!jx_get_int(jx_get(view, "counts"), "total", 0))
        return (struct headline){"good", text,
                                 "There are no events yet. Put a file with one into the repository's folder "
                                 "of events, then pull."};
    if (ready)
        return (struct headline){
            "good", text,
            arena_printf(s->arena, "%s ready to go out.", plural(s, ready, "event is", "events are"))};
    if (drafts)
        return (struct headline){
            "good", text,
            arena_printf(s->arena, "%s for review.", plural(s, drafts, "draft waits", "drafts wait"))};
    return (struct headline){"good", text, "Nothing is waiting for you."};
}

/* Why the newest pull failed, or NULL when it did not. What a later question to the remote found is newer still. */
static const char *failed_pull(struct json_object *view)
{
    struct json_object *syncs = jx_get(view, "recent_syncs");

    for (size_t i = 0; i < json_object_array_length(syncs); i++) {
        struct json_object *row = json_object_array_get_idx(syncs, i);
        struct json_object *errors = jx_get(row, "errors");
        const char *checked = jx_get_text(jx_get(view, "repo_status"), "checked_at");
        const char *ended = jx_get_text(row, "completed_at");

        if (!str_eq(jx_get_text(row, "type"), "import"))
            continue;
        if (jx_get_bool(row, "success", true) || !json_object_is_type(errors, json_type_array) ||
            (checked && ended && strcmp(checked, ended) > 0))
            return NULL;
        return jx_get_text(json_object_array_get_idx(errors, 0), "error");
    }
    return NULL;
}

static struct headline headline(struct service *s, struct json_object *view)
{
    int64_t conflicts = jx_get_int(view, "conflicts", 0);
    int64_t behind = jx_get_int(view, "commits_behind", 0);
    const char *branch = s->tenant.branch;

    if (conflicts)
        return (struct headline){
            "attention",
            arena_printf(s->arena, "%s you", plural(s, conflicts, "conflict needs", "conflicts need")),
            "These events changed both here and in the repository. The version here was kept; everything "
            "else flows on."};
    if (jx_get_text(view, "remote_error"))
        return (struct headline){"problem", "The repository cannot be reached",
                                 jx_get_text(view, "remote_error")};
    if (failed_pull(view))
        return (struct headline){"problem", "The last pull failed", failed_pull(view)};
    if (!jx_get_text(view, "last_import"))
        return (struct headline){"empty", "Nothing pulled yet", "Pull the repository to fill this timeline."};
    if (behind > 0)
        return (struct headline){
            "attention",
            arena_printf(s->arena, "%s behind %s", plural(s, behind, "commit", "commits"), branch),
            "The repository has moved on. Pull to bring its changes in."};
    return waiting(s, view, arena_printf(s->arena, "In step with %s", branch));
}

static void add_headline(struct service *s, struct json_object *view)
{
    struct headline h = headline(s, view);
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "tone", h.tone);
    jx_set_text(o, "text", h.text);
    jx_set_text(o, "detail", h.detail);
    jx_set(view, "headline", o);
}

enum err_code service_status_page(struct service *s, struct json_object **view, struct err *e)
{
    struct json_object *list;

    TRY(service_status(s, true, view, e));
    TRY(add_counts(s, *view, e));
    TRY(view_pull_requests(s, "open", &(struct store_slice){.limit = OPEN_SHOWN}, &list, e));
    jx_set(*view, "open_pull_request_list", followed_ones(list));
    TRY(view_syncs(s, &(struct store_slice){.limit = RECENT_SYNCS}, &list, e));
    jx_set(*view, "recent_syncs", json_object_get(list));
    TRY(add_job(s, *view, e));
    TRY(add_unfinished(s, *view, e));
    TRY(add_broken(s, *view, e));
    add_headline(s, *view);
    return ERR_OK;
}
