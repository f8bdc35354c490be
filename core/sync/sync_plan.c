#include <stdlib.h>
#include <string.h>

#include "core/event/event.h"
#include "core/sync/sync_internal.h"

static enum err_code find_folder(struct sync_run *run)
{
    static const char *const usual[] = {"timeline_data/events", "timeline/data/events"};
    struct timeline_sync *t = run->t;
    const struct object_id *tip = &run->pull.after;

    if (t->events_dir) {
        run->events_dir = t->events_dir;
        /* An events folder that was there and is empty now has no tree: that is a deletion of all, not a wrong setting. */
        if (git_service_has_folder(t->git, tip, t->events_dir) ||
            str_eq(run->repository.events_dir, t->events_dir))
            return ERR_OK;
        return err_set(
            run->e, ERR_NOT_FOUND,
            "The repository has no folder %s on branch %s. Set TIMELINE_EVENTS_DIR to the folder that "
            "holds the events.",
            t->events_dir, t->branch);
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        run->events_dir = usual[i];
        if (git_service_has_folder(t->git, tip, usual[i]))
            return ERR_OK;
    }
    run->events_dir = run->repository.events_dir;
    if (run->events_dir[0])
        return ERR_OK;
    return err_set(
        run->e, ERR_NOT_FOUND,
        "The repository has no events folder on branch %s: neither timeline_data/events nor "
        "timeline/data/events is there. Set TIMELINE_EVENTS_DIR to the folder that holds the events.",
        t->branch);
}

bool sync_relevant(const char *name, enum git_service_entry_kind kind)
{
    if (kind == GIT_ENTRY_FILE)
        return event_format_of(name) != EVENT_NONE;
    return name[0] != '.' && name[0] != '_';
}

static int by_name(const void *left, const void *right)
{
    const struct sync_entry *a = left;
    const struct sync_entry *b = right;

    return strcmp(a->name, b->name);
}

static void add_entry(struct sync_run *run, const char *name, const char *blob,
                      enum git_service_entry_kind kind)
{
    struct sync_entry *entry = &run->entries[run->entry_count++];

    entry->name = name;
    entry->kind = kind;
    memcpy(entry->blob.hex, blob, strlen(blob) + 1);
}

/* The diff of the remembered commit's folder with the new one. */
static enum err_code plan_diff(struct sync_run *run)
{
    struct object_id from;
    struct git_service_changes changes;

    memcpy(from.hex, run->repository.imported_commit, sizeof from.hex);
    TRY(git_service_get_changed_files(run->t->git, run->t->arena, &from, &run->pull.after, run->events_dir,
                                      &changes, run->e));
    run->entries = arena_array(run->t->arena, changes.n, sizeof *run->entries);
    for (size_t i = 0; i < changes.n; i++) {
        const struct git_service_change *c = &changes.items[i];

        if (c->new_blob.hex[0] && sync_relevant(c->name, c->new_kind))
            add_entry(run, c->name, c->new_blob.hex, c->new_kind);
        else if (c->old_blob.hex[0] && sync_relevant(c->name, c->old_kind))
            add_entry(run, c->name, "", c->old_kind);
    }
    return ERR_OK;
}

/* All files of the new tree against the blobs that are remembered: for the first import, --force, another folder, or a
 * remembered commit that is gone. */
static enum err_code plan_whole(struct sync_run *run)
{
    struct object_id none = {""};
    struct git_service_changes files = {0};
    struct store_file *known = NULL;
    size_t known_count = 0;
    size_t k = 0;
    bool all = run->options->force || !str_eq(run->repository.events_dir, run->events_dir);

    run->whole = true;
    TRY(store_file_blobs(run->t->store, run->t->arena, run->repository.id, &known, &known_count, run->e));
    if (run->pull.after.hex[0])
        TRY(git_service_get_changed_files(run->t->git, run->t->arena, &none, &run->pull.after,
                                          run->events_dir, &files, run->e));
    run->entries = arena_array(run->t->arena, files.n + known_count, sizeof *run->entries);
    for (size_t i = 0; i < files.n; i++)
        if (sync_relevant(files.items[i].name, files.items[i].new_kind))
            add_entry(run, files.items[i].name, files.items[i].new_blob.hex, files.items[i].new_kind);
    qsort(run->entries, run->entry_count, sizeof *run->entries, by_name);

    size_t tree_count = run->entry_count;
    size_t kept = 0;
    struct sync_entry *gone = arena_array(run->t->arena, known_count, sizeof *gone);
    size_t gone_count = 0;

    for (size_t i = 0; i < tree_count; i++) {
        struct sync_entry *entry = &run->entries[i];

        for (; k < known_count && strcmp(known[k].path, entry->name) < 0; k++)
            gone[gone_count++].name = known[k].path;
        bool same = k < known_count && strcmp(known[k].path, entry->name) == 0;

        if (!same || all || strcmp(known[k].blob_id, entry->blob.hex) != 0)
            run->entries[kept++] = *entry;
        k += same;
    }
    for (; k < known_count; k++)
        gone[gone_count++].name = known[k].path;
    run->entry_count = kept;
    memcpy(run->entries + kept, gone, gone_count * sizeof *gone);
    run->entry_count += gone_count;
    return ERR_OK;
}

static void mark_broken(struct sync_entry *entry, struct arena *a, int line, const char *error)
{
    entry->broken = true;
    entry->line = line;
    entry->error = arena_strdup(a, error);
}

static const char *kind_error(enum git_service_entry_kind kind)
{
    switch (kind) {
    case GIT_ENTRY_SYMLINK: return "This is a symbolic link. Events are plain files; it was skipped.";
    case GIT_ENTRY_SUBMODULE: return "This is a submodule. Events are plain files; it was skipped.";
    case GIT_ENTRY_FOLDER:
        return "This is a folder. Events are files directly in the events folder; it was skipped.";
    case GIT_ENTRY_FILE: break;
    }
    return "";
}

static const char *warnings_text(struct arena *a, const struct event *event)
{
    struct json_object *list;

    if (!event->warnings)
        return "";
    list = jx_own(a, json_object_new_array());
    for (const struct event_warning *w = event->warnings; w; w = w->next) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "rule", w->rule);
        jx_set_int(row, "line", w->line);
        jx_set_text(row, "text", w->text);
        jx_push(list, row);
    }
    return jx_text(a, list);
}

static void keep_event(struct sync_run *run, struct sync_entry *entry, const struct event *event,
                       struct arena *scratch)
{
    struct arena *a = run->t->arena;

    entry->event_id = arena_strdup(a, event->id);
    entry->format = event_extension(event->format) + 1;
    entry->content = jx_text(a, event->fields);
    entry->hash = arena_strdup(a, event_hash(scratch, event->fields));
    entry->warnings = warnings_text(a, event);
    if (run->entry_count <= SYNC_KEEP_EXTRACTS)
        entry->extract = store_event_extract(a, scratch, event->fields);
}

/* A file that cannot be read as an event is a finding, not a failure; only Git's own errors end the import. */
static enum err_code read_entry(struct sync_run *run, struct sync_entry *entry, struct arena *scratch)
{
    struct arena *a = run->t->arena;
    struct event event = {0};
    struct err why = {0};
    char *bytes;
    size_t n;
    enum err_code code;

    entry->event_id = entry->content = entry->hash = entry->warnings = entry->error = "";
    entry->format = event_extension(event_format_of(entry->name));
    entry->format = entry->format[0] ? entry->format + 1 : "";
    if (!entry->blob.hex[0])
        return ERR_OK;
    if (entry->kind != GIT_ENTRY_FILE) {
        mark_broken(entry, a, 0, kind_error(entry->kind));
        return ERR_OK;
    }
    code = git_service_read_blob(run->t->git, scratch, &entry->blob, EVENT_FILE_BYTES, &bytes, &n, &why);
    if (code == ERR_OK)
        code = event_parse(scratch, entry->name, bytes, n, &event, &why);
    if (code == ERR_OK)
        keep_event(run, entry, &event, scratch);
    else if (code == ERR_INVALID_EVENT || code == ERR_TOO_LARGE || code == ERR_INVALID_INPUT)
        mark_broken(entry, a, why.line, why.message);
    else
        return *run->e = why, code;
    return ERR_OK;
}

static enum err_code read_entries(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const struct git_service_progress *p = &run->t->progress;

    for (size_t i = 0; i < run->entry_count; i++) {
        if (p->report && i % 64 == 0)
            p->report(p->context, "reading events", i, run->entry_count, 0);
        if (p->cancelled && i % 64 == 0 && p->cancelled(p->context))
            return err_set(run->e, ERR_CANCELLED, "Cancelled before anything was imported.");
        TRY(read_entry(run, &run->entries[i], scratch));
        arena_reset(scratch);
    }
    return ERR_OK;
}

static enum err_code base_repository(struct sync_run *run)
{
    const char *text = NULL;

    TRY(store_setting_get(run->t->store, run->t->arena, "base_repository", &text, run->e));
    run->base_repository = text ? strtoll(text, NULL, 10) : 0;
    run->switched = run->base_repository && run->base_repository != run->repository.id;
    return ERR_OK;
}

/* A file that became a folder (or the reverse) is gone and new under one name: what is there now counts. */
static void unique_entries(struct sync_run *run)
{
    size_t kept = 0;

    qsort(run->entries, run->entry_count, sizeof *run->entries, by_name);
    for (size_t i = 0; i < run->entry_count; i++) {
        struct sync_entry *entry = &run->entries[i];

        if (kept == 0 || strcmp(run->entries[kept - 1].name, entry->name) != 0)
            run->entries[kept++] = *entry;
        else if (entry->blob.hex[0])
            run->entries[kept - 1] = *entry;
    }
    run->entry_count = kept;
}

enum err_code sync_plan(struct sync_run *run)
{
    struct timeline_sync *t = run->t;
    struct object_id known = {""};

    run->entry_count = 0;
    run->whole = false;
    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &run->repository, run->e));
    TRY(base_repository(run));
    if (run->pull.after.hex[0])
        TRY(find_folder(run));
    else
        run->events_dir = run->repository.id ? run->repository.events_dir : "";
    if (strlen(run->repository.imported_commit) == sizeof known.hex - 1)
        memcpy(known.hex, run->repository.imported_commit, sizeof known.hex);
    memcpy(run->before, known.hex, sizeof run->before);
    if (!run->options->force && known.hex[0] && run->pull.after.hex[0] &&
        str_eq(run->repository.events_dir, run->events_dir) && git_service_has_commit(t->git, &known))
        TRY(plan_diff(run));
    else
        TRY(plan_whole(run));
    unique_entries(run);
    return read_entries(run);
}
