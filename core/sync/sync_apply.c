#include <stdlib.h>
#include <string.h>

#include "core/store/store_pull_request.h"
#include "core/sync/sync_internal.h"
#include "core/util/clock.h"

static int by_id(const void *left, const void *right)
{
    const struct sync_touched *a = left;
    const struct sync_touched *b = right;

    return strcmp(a->id, b->id);
}

static void unique_touched(struct sync_run *run)
{
    size_t kept = 0;

    qsort(run->touched, run->touched_count, sizeof *run->touched, by_id);
    for (size_t i = 0; i < run->touched_count; i++)
        if (kept == 0 || strcmp(run->touched[kept - 1].id, run->touched[i].id) != 0)
            run->touched[kept++] = run->touched[i];
    run->touched_count = kept;
}

static void touch(struct sync_run *run, const char *id)
{
    if (id[0])
        run->touched[run->touched_count++].id = id;
}

/* When the bases belong to another repository, every event has to be looked at. */
static enum err_code touch_all(struct sync_run *run, const struct store_event_page *page,
                               const struct store_file *files, size_t file_count)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct arena *a = run->t->arena;
    const char **parked;
    size_t parked_count;

    TRY(sync_parked_ids(run, &parked, &parked_count));
    run->touched =
        arena_array(a, run->entry_count * 2 + page->n + file_count + parked_count, sizeof *run->touched);
    for (size_t i = 0; i < parked_count; i++)
        touch(run, parked[i]);
    for (size_t i = 0; i < page->n; i++)
        touch(run, page->items[i].id);
    for (size_t i = 0; i < file_count; i++) {
        struct store_file file;
        bool found;

        arena_reset(scratch);
        TRY(store_file_get(run->t->store, scratch, run->repository.id, files[i].path, &file, &found, run->e));
        if (found)
            touch(run, arena_strdup(a, file.event_id));
    }
    return ERR_OK;
}

/* Events that wait for something else than a change of their files: an edit of another program may have settled a
 * conflict, and what was withdrawn may never come. */
static enum err_code touch_waiting(struct sync_run *run)
{
    struct arena *a = run->t->arena;
    struct sync_touched *all;
    struct store_conflict *open;
    const char **withdrawn;
    size_t conflicts, n;

    TRY(store_conflict_list(run->t->store, a, &open, &conflicts, run->e));
    TRY(store_event_withdrawn(run->t->store, a, &withdrawn, &n, run->e));
    all = arena_array(a, run->touched_count + conflicts + n, sizeof *all);
    memcpy(all, run->touched, run->touched_count * sizeof *all);
    run->touched = all;
    for (size_t i = 0; i < conflicts; i++)
        touch(run, open[i].event_id);
    for (size_t i = 0; i < n; i++)
        touch(run, withdrawn[i]);
    return ERR_OK;
}

static enum err_code touch_switched(struct sync_run *run)
{
    struct store_event_filter all = {.limit = 10000000};
    struct store_event_page page;
    struct store_file *files;
    size_t n;

    TRY(store_event_list(run->t->store, run->t->arena, &all, &page, run->e));
    TRY(store_file_blobs(run->t->store, run->t->arena, run->repository.id, &files, &n, run->e));
    return touch_all(run, &page, files, n);
}

/* What a file held may be as large as all that is read now: only what is needed of it is kept. */
static enum err_code touch_entry(struct sync_run *run, struct sync_entry *entry, struct arena *scratch)
{
    struct arena *a = run->t->arena;
    struct store_file old;
    bool found = false;

    if (run->repository.imported_at_us)
        TRY(store_file_get(run->t->store, scratch, run->repository.id, entry->name, &old, &found, run->e));
    if (found)
        touch(run, arena_strdup(a, old.event_id));
    /* A file that turned bad keeps the event and the content that it last held. */
    if (found && entry->broken) {
        entry->event_id = arena_strdup(a, old.event_id);
        entry->content = old.content ? arena_strdup(a, old.content) : NULL;
        entry->hash = arena_strdup(a, old.content_hash);
    } else if (entry->blob.hex[0]) {
        touch(run, entry->event_id);
    }
    return ERR_OK;
}

/* Which events the changed files concern: the id that each file held, and the one that it holds now. */
static enum err_code find_touched(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct arena *a = run->t->arena;

    run->touched_count = 0;
    if (run->switched)
        TRY(touch_switched(run));
    else
        run->touched = arena_array(a, run->entry_count * 2, sizeof *run->touched);
    for (size_t i = 0; i < run->entry_count; i++) {
        arena_reset(scratch);
        TRY(touch_entry(run, &run->entries[i], scratch));
    }
    TRY(touch_waiting(run));
    unique_touched(run);
    return ERR_OK;
}

static enum err_code remember_base(struct sync_run *run, struct sync_touched *touched,
                                   const struct store_file *winner, struct arena *scratch)
{
    struct store_event event;
    struct err none = {0};
    const char *base = winner ? winner->content : NULL;

    if (run->switched)
        TRY(sync_base_of(run, scratch, touched->id, &base));
    if (base && store_event_get(run->t->store, scratch, touched->id, &event, &none) == ERR_OK &&
        (event.removed || !str_eq(event.content_hash, event.base_hash)))
        touched->base = arena_strdup(run->t->arena, base);
    return ERR_OK;
}

/* Remember, before the files change, what each touched event had agreed with the repository. */
static enum err_code remember_bases(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();

    if (!run->repository.imported_at_us && !run->switched)
        return ERR_OK;
    for (size_t i = 0; i < run->touched_count; i++) {
        struct sync_touched *touched = &run->touched[i];
        struct store_file *files;
        size_t n;

        TRY(store_file_of_event(run->t->store, scratch, run->repository.id, touched->id, &files, &n, run->e));
        touched->was_in_repo = sync_readable(files, n);
        TRY(remember_base(run, touched, sync_winner(files, n), scratch));
        arena_reset(scratch);
    }
    return ERR_OK;
}

static enum err_code write_files(struct sync_run *run)
{
    struct store *s = run->t->store;

    for (size_t i = 0; i < run->entry_count; i++) {
        const struct sync_entry *entry = &run->entries[i];

        if (!entry->blob.hex[0]) {
            TRY(store_file_remove(s, run->repository.id, entry->name, run->e));
            continue;
        }
        struct store_file file = {
            .path = entry->name,
            .event_id = entry->event_id,
            .blob_id = entry->blob.hex,
            .format = entry->format,
            .content = entry->content && entry->content[0] ? entry->content : NULL,
            .content_hash = entry->hash,
            .broken = entry->broken,
            .error_line = entry->line,
            .error = entry->error,
            .warnings = entry->warnings,
        };
        TRY(store_file_put(s, run->repository.id, &file, run->e));
    }
    return ERR_OK;
}

static enum err_code reconcile_all(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const struct git_service_progress *p = &run->t->progress;

    sync_fate_begin(run);
    for (size_t i = 0; i < run->touched_count; i++) {
        if (p->report && i % 64 == 0)
            p->report(p->context, "importing", i, run->touched_count, 0);
        TRY(sync_fate_of(run, &run->touched[i], scratch));
        arena_reset(scratch);
    }
    if (p->report)
        p->report(p->context, "importing", run->touched_count, run->touched_count, 0);
    return ERR_OK;
}

bool sync_stops(struct sync_run *run)
{
    const struct sync_import_options *options = run->options;

    if (run->deleted * 5 <= run->removable)
        return false;
    return options->seen ? !str_eq(options->seen, sync_fate_seen(run)) : !options->confirm_deletions;
}

/* Losing much at once is more often an accident upstream than a wish. */
static enum err_code guard_deletions(struct sync_run *run)
{
    if (run->options->dry_run || !sync_stops(run))
        return ERR_OK;
    return err_set(
        run->e, ERR_CONFIRM_DELETIONS,
        "This import would remove %lld of %lld events, more than a fifth%s. Nothing was changed. If "
        "that is meant, confirm it when the pull asks, or with --confirm-deletions at the command "
        "line.",
        (long long)run->deleted, (long long)run->removable,
        run->options->seen ? ", and not those that were agreed to" : "");
}

static enum err_code count_files(struct sync_run *run)
{
    struct store_repository *r = &run->repository;
    struct store_file_counts files;

    if (!run->whole && !run->switched) {
        r->events_in_repo += run->in_repo;
        return ERR_OK;
    }
    TRY(store_file_count(run->t->store, r->id, &files, run->e));
    r->events_in_repo = files.ids;
    r->new_event_format = files.all == 0 ? "" : files.json > files.md ? "json" : "md";
    return ERR_OK;
}

static enum err_code remember_commit(struct sync_run *run)
{
    struct store_repository *r = &run->repository;
    struct timeline_sync *t = run->t;

    TRY(count_files(run));
    r->events_dir = run->events_dir;
    r->imported_commit = run->pull.after.hex;
    r->head_commit = run->pull.after.hex;
    r->imported_at_us = r->checked_at_us = clock_now_us();
    r->commits_behind = 0;
    r->remote_error = "";
    TRY(store_repository_put(t->store, r, run->e));
    TRY(store_pr_imported(t->store, t->repo_url, t->branch, run->e));
    TRY(store_setting_set(t->store, "current_url", t->repo_url, run->e));
    return store_setting_set(t->store, "base_repository", arena_printf(t->arena, "%lld", (long long)r->id),
                             run->e);
}

/* Another process may have imported between the plan and the lock; then the plan is made again. */
static enum err_code still_current(struct sync_run *run)
{
    struct store_repository now;
    struct timeline_sync *t = run->t;

    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &now, run->e));
    if (now.id == run->repository.id && str_eq(now.imported_commit, run->repository.imported_commit) &&
        now.imported_at_us == run->repository.imported_at_us)
        return ERR_OK;
    return err_set(run->e, ERR_STALE, "Another pull finished meanwhile. Try again.");
}

/* After a switch the events are still those of the other repository. */
static enum err_code count_removable(struct sync_run *run)
{
    struct store_event_counts counts;

    run->removable = run->repository.events_in_repo;
    if (!run->switched)
        return ERR_OK;
    TRY(store_event_count(run->t->store, &counts, run->e));
    run->removable = counts.total;
    return ERR_OK;
}

enum err_code sync_apply(struct sync_run *run)
{
    run->imported = run->updated = run->deleted = run->in_repo = 0;
    run->merged = jx_own(run->t->arena, json_object_new_array());
    TRY(still_current(run));
    TRY(store_catch_up(run->t->store, 0, NULL, run->e));
    if (!run->repository.imported_at_us)
        TRY(store_search_expect(run->t->store, (int64_t)run->entry_count, run->e));
    if (!run->repository.id) {
        run->repository.url = run->t->repo_url;
        run->repository.branch = run->t->branch;
        run->repository.events_dir = run->events_dir;
        TRY(store_repository_put(run->t->store, &run->repository, run->e));
    }
    TRY(count_removable(run));
    TRY(find_touched(run));
    TRY(remember_bases(run));
    TRY(sync_leave(run));
    TRY(write_files(run));
    TRY(reconcile_all(run));
    TRY(sync_arrive(run));
    TRY(guard_deletions(run));
    TRY(remember_commit(run));
    return store_catch_up(run->t->store, 0, NULL, run->e);
}
