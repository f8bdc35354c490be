#include <stdio.h>
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_sync.h"
#include "core/sync/sync_internal.h"
#include "core/util/clock.h"
#include "core/util/utf8.h"

/* Warnings beyond this many are counted, not listed. */
enum { WARNINGS_SHOWN = 1000 };

char *sync_shown_path(struct arena *a, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *raw = arena_printf(a, "%s%s%s", folder, folder[0] ? "/" : "", name);
    char *clean;

    if (utf8_valid(raw, size - 1, NULL))
        return raw;
    clean = arena_alloc(a, size);
    utf8_clean(clean, size, raw, strlen(raw));
    return clean;
}

static struct json_object *finding(struct sync_run *run, const char *name, int line)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "path", sync_shown_path(run->t->arena, run->events_dir, name));
    jx_set(row, "line", line ? json_object_new_int(line) : NULL);
    return row;
}

void sync_warn(struct sync_run *run, const char *name, int line, const char *rule, const char *text)
{
    struct json_object *row;

    if (json_object_array_length(run->warnings) >= WARNINGS_SHOWN)
        return;
    row = finding(run, name, line);
    jx_set_text(row, "rule", rule);
    jx_set_text(row, "warning", text);
    jx_push(run->warnings, row);
}

/* The keys in which two contents differ, as "date, title". */
static const char *difference(struct arena *a, const char *left, const char *right)
{
    struct json_object *side[2] = {NULL, NULL};
    struct str keys;

    str_init(&keys, a, 400);
    if (jx_parse(a, left, strlen(left), &side[0], NULL) != ERR_OK ||
        jx_parse(a, right, strlen(right), &side[1], NULL) != ERR_OK)
        return "";
    for (int i = 0; i < 2; i++) {
        json_object_object_foreach(side[i], key, value)
        {
            struct json_object *other = jx_get(side[1 - i], key);

            if (i == 1 && json_object_object_get_ex(side[0], key, NULL))
                continue;
            if (!event_same(a, value, other))
                str_addf(&keys, "%s%s", keys.n ? ", " : "", key);
        }
    }
    return keys.p;
}

enum err_code sync_warn_twins(struct sync_run *run, const char *id, const struct store_file *files, size_t n)
{
    struct arena *a = run->t->arena;
    const struct store_file *winner = sync_winner(files, n);
    const char *name = winner ? sync_shown_path(a, "", winner->path) : "";

    for (size_t i = 0; winner && i < n; i++) {
        const struct store_file *twin = &files[i];

        if (twin == winner || !twin->content)
            continue;
        if (str_eq(twin->content_hash, winner->content_hash))
            sync_warn(run, twin->path, 0, "duplicate_id",
                      arena_printf(a, "The id %s stands in %s too, with the same content.", id, name));
        else
            sync_warn(run, twin->path, 0, "duplicate_id",
                      arena_printf(a, "The id %s stands in %s too, which counts; they differ in: %s.", id,
                                   name, difference(a, winner->content, twin->content)));
    }
    return ERR_OK;
}

static void warn_entries(struct sync_run *run)
{
    for (size_t i = 0; i < run->entry_count; i++) {
        const struct sync_entry *entry = &run->entries[i];
        struct json_object *list = NULL;

        if (entry->broken || !entry->warnings || !entry->warnings[0] ||
            jx_parse(run->t->arena, entry->warnings, strlen(entry->warnings), &list, NULL) != ERR_OK)
            continue;
        for (size_t k = 0; k < json_object_array_length(list); k++) {
            struct json_object *row = json_object_array_get_idx(list, k);

            sync_warn(run, entry->name, (int)jx_get_int(row, "line", 0), jx_get_text(row, "rule"),
                      jx_get_text(row, "text"));
        }
    }
    if (run->pull.forced)
        sync_warn(run, "", 0, "history_rewritten",
                  "The branch was force-pushed: its history was rewritten. Events follow the new content.");
    if (!run->pull.after.hex[0])
        sync_warn(run, "", 0, "empty_repository", "The repository has no commits yet.");
}

static enum err_code add_errors(struct sync_run *run, struct json_object *report)
{
    struct json_object *errors = json_object_new_array();
    struct store_file *broken;
    size_t n;

    jx_set(report, "errors", errors);
    TRY(store_file_broken(run->t->store, run->t->arena, run->repository.id, &broken, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = finding(run, broken[i].path, broken[i].error_line);

        jx_set_text(row, "error", broken[i].error);
        jx_push(errors, row);
    }
    return ERR_OK;
}

static enum err_code add_conflicts(struct sync_run *run, struct json_object *report)
{
    struct json_object *list = json_object_new_array();
    struct store_conflict *open;
    size_t n;

    jx_set(report, "conflicts", list);
    TRY(store_conflict_list(run->t->store, run->t->arena, &open, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        struct json_object *fields = NULL;

        jx_set_text(row, "id", open[i].event_id);
        if (jx_parse(run->t->arena, open[i].fields, strlen(open[i].fields), &fields, NULL) == ERR_OK)
            jx_set(row, "fields", json_object_get(fields));
        jx_set_text(row, "here", open[i].ours ? "changed" : "removed");
        jx_set_text(row, "in_repository", open[i].theirs ? "changed" : "removed");
        jx_push(list, row);
    }
    return ERR_OK;
}

static void add_paths(struct sync_run *run, struct json_object *report)
{
    struct json_object *paths = json_object_new_array();

    for (size_t i = 0; i < run->entry_count && i < SYNC_PATHS_SHOWN; i++)
        jx_push_text(paths, sync_shown_path(run->t->arena, run->events_dir, run->entries[i].name));
    jx_set(report, "files_changed", paths);
    jx_set_int(report, "files_changed_total", (int64_t)run->entry_count);
}

enum err_code sync_report(struct sync_run *run, struct json_object **out)
{
    struct json_object *report = jx_own(run->t->arena, json_object_new_object());

    warn_entries(run);
    jx_set_bool(report, "success", true);
    if (run->options->dry_run)
        jx_set_bool(report, "dry_run", true);
    jx_set_int(report, "imported", run->imported);
    jx_set_int(report, "updated", run->updated);
    jx_set_int(report, "deleted", run->deleted);
    jx_set_int(report, "unchanged", run->repository.events_in_repo - run->imported - run->updated);
    TRY(add_conflicts(run, report));
    jx_set(report, "merged", json_object_get(run->merged));
    jx_set(report, "warnings", json_object_get(run->warnings));
    TRY(add_errors(run, report));
    jx_set_int(report, "new_commits", run->new_commits);
    add_paths(run, report);
    jx_set_text(report, "before_commit", run->before[0] ? run->before : NULL);
    jx_set_text(report, "after_commit", run->pull.after.hex[0] ? run->pull.after.hex : NULL);
    jx_set_text(report, "last_sync", clock_rfc3339(run->t->arena, run->repository.imported_at_us));
    if (run->options->dry_run)
        TRY(sync_fate_tell(run, report));
    *out = report;
    return ERR_OK;
}

static const char *text_of(struct sync_run *run, struct json_object *report, const char *key)
{
    return jx_text(run->t->arena, jx_get(report, key));
}

enum err_code sync_record(struct sync_run *run, struct json_object *report)
{
    struct store_sync row = {
        .repo_url = run->t->repo_url,
        .sync_type = "import",
        .started_at_us = run->started_at_us,
        .completed_at_us = clock_now_us(),
        .success = true,
        .events_imported = run->imported,
        .events_updated = run->updated,
        .events_deleted = run->deleted,
        .pr_url = "",
        .branch_name = run->t->branch,
        .commits_processed = run->new_commits,
        .files_changed = (int64_t)run->entry_count,
        .conflicts = text_of(run, report, "conflicts"),
        .errors = text_of(run, report, "errors"),
    };

    return store_sync_put(run->t->store, &row, run->e);
}

void sync_record_failure(struct sync_run *run)
{
    struct arena *a = run->t->arena;
    struct store *s = run->t->store;
    struct json_object *errors = jx_own(a, json_object_new_array());
    struct json_object *error = json_object_new_object();
    struct err ignored = {0};

    jx_set_text(error, "code", err_name(run->e->code));
    jx_set_text(error, "error", run->e->message);
    jx_push(errors, error);
    struct store_sync row = {
        .repo_url = run->t->repo_url,
        .sync_type = "import",
        .started_at_us = run->started_at_us,
        .completed_at_us = clock_now_us(),
        .pr_url = "",
        .branch_name = run->t->branch,
        .conflicts = "[]",
        .errors = jx_text(a, errors),
    };

    /* The failure itself is what the caller reports; a record that cannot be written changes nothing about it. */
    if (store_begin(s, 1000, &ignored) != ERR_OK)
        return;
    if (store_sync_put(s, &row, &ignored) != ERR_OK || store_commit(s, &ignored) != ERR_OK)
        store_rollback(s);
}
