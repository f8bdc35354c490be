#include <stdlib.h>
#include <string.h>

#include "core/event/event.h"
#include "core/event/event_merge.h"
#include "core/sync/sync_internal.h"

/* One export holds at most so many bytes of new file contents. */
enum { EXPORT_BYTES = 64 * 1024 * 1024 };

static enum err_code why_not_pending(struct timeline_sync *t, const char *id, struct err *e)
{
    struct store_event event;

    TRY(store_event_get(t->store, t->arena, id, &event, e));
    if (str_eq(event.state, "merged"))
        return err_set(e, ERR_INVALID_INPUT,
                       "The event %s equals the repository already; there is nothing to send.", id);
    if (str_eq(event.state, "exported"))
        return err_set(e, ERR_INVALID_INPUT, "The event %s is in an open pull request already.", id);
    return err_set(
        e, ERR_INVALID_INPUT,
        "The event %s is in state %s. Only validated events go out; validate it with: tideline event "
        "validate %s --status validated",
        id, event.state, id);
}

static enum err_code pick(struct timeline_sync *t, const char *const *ids, struct store_event *all, size_t n,
                          size_t *kept, struct err *e)
{
    bool *wanted = arena_array(t->arena, n, sizeof *wanted);

    for (size_t i = 0; ids[i]; i++) {
        size_t k = 0;

        while (k < n && strcmp(all[k].id, ids[i]) != 0)
            k++;
        if (k == n)
            return why_not_pending(t, ids[i], e);
        wanted[k] = true;
    }
    *kept = 0;
    for (size_t k = 0; k < n; k++)
        if (wanted[k])
            all[(*kept)++] = all[k];
    return ERR_OK;
}

/* What is to be sent is told by the bases of the repository that was pulled last. */
static enum err_code check_pulled(struct timeline_sync *t, struct err *e)
{
    struct store_repository r;
    const char *bases = NULL;

    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &r, e));
    TRY(store_setting_get(t->store, t->arena, "base_repository", &bases, e));
    if (!bases || strtoll(bases, NULL, 10) == r.id)
        return ERR_OK;
    return err_set(e, ERR_REPOSITORY_SWITCHED,
                   "Another repository or branch is followed since the last pull, and it is not known yet in "
                   "what the events differ from it. Pull first (tideline git-pull).");
}

enum err_code timeline_sync_export_pending_events(struct timeline_sync *t, const char *const *ids,
                                                  struct store_event **out, size_t *n, struct err *e)
{
    TRY(check_pulled(t, e));
    TRY(store_event_pending_export(t->store, t->arena, out, n, e));
    return ids ? pick(t, ids, *out, *n, n, e) : ERR_OK;
}

struct export_run {
    struct timeline_sync *t;
    const struct object_id *parent;
    const char *folder;
    enum event_format format;
    int64_t repository;
    struct sync_export_file *files;
    size_t n;
    size_t bytes;
    struct err *e;
};

static enum err_code moved(struct export_run *run, const char *id)
{
    return err_set(
        run->e, ERR_STALE,
        "The event %s has changed in the repository since the last pull. Run tideline git-pull, then try "
        "again.",
        id);
}

/* The path in the repository; names are bytes of a tree entry and stay what they are. */
static char *repository_path(struct export_run *run, const char *name)
{
    return run->folder[0] ? arena_printf(run->t->arena, "%s/%s", run->folder, name)
                          : arena_strdup(run->t->arena, name);
}

static enum err_code parse(struct export_run *run, const char *content, struct json_object **fields)
{
    return jx_parse(run->t->arena, content, strlen(content), fields, run->e);
}

static void add_file(struct export_run *run, const struct sync_export_file *file)
{
    run->files[run->n++] = *file;
    run->bytes += file->file.n;
}

/* A new file must not stand on somebody else's. */
static enum err_code add_new(struct export_run *run, const struct store_event *event)
{
    struct sync_export_file file = {.event_id = event->id, .change = "added"};
    struct object_id there;
    struct json_object *fields = NULL;
    struct str bytes;
    char *name;

    if (!event_id_valid_new(event->id))
        return err_set(
            run->e, ERR_INVALID_EVENT,
            "The id %s cannot become a file name: a new id is YYYY-MM-DD--words-in-a-z-0-9. Add the event "
            "again with such an id.",
            event->id);
    name = arena_printf(run->t->arena, "%s%s", event->id, event_extension(run->format));
    file.file.path = repository_path(run, name);
    TRY(git_service_path_object(run->t->git, run->parent, file.file.path, &there, run->e));
    if (there.hex[0])
        return moved(run, event->id);
    TRY(parse(run, event->content, &fields));
    str_init(&bytes, run->t->arena, EVENT_FILE_BYTES);
    TRY(event_write(run->t->arena, fields, run->format, &bytes, run->e));
    file.file.bytes = bytes.p;
    file.file.n = bytes.n;
    git_service_blob_id(bytes.p, bytes.n, &file.blob);
    add_file(run, &file);
    return ERR_OK;
}

/* An event whose files are changed: it was edited on top of what the best of them holds. */
struct edit {
    const struct store_event *event;
    const struct store_file *best;
};

/* The id of an event may come from the name of its file: then it is not written into it. */
static void keep_id(struct json_object *fields, struct json_object *there)
{
    struct json_object *id = jx_get(there, "id");

    if (id)
        jx_set(fields, "id", json_object_get(id));
    else
        json_object_object_del(fields, "id");
}

/* The edit wins wherever it meets what else differs; sides->ours is the file, so that it keeps its order. */
static enum err_code merge_edit(struct export_run *run, const struct event_sides *sides,
                                struct json_object **fields)
{
    struct arena *a = run->t->arena;
    struct json_object *choices = jx_own(a, json_object_new_object());
    struct event_merge merged;

    event_merge(a, sides->base, sides->ours, sides->theirs, &merged);
    for (size_t i = 0; i < json_object_array_length(merged.conflicts); i++)
        jx_set_text(choices, jx_get_text(json_object_array_get_idx(merged.conflicts, i), "field"), "theirs");
    return event_merge_resolve(a, sides, choices, fields, run->e);
}

/*
 * What a file is to hold. A twin that differs from the best file gets what was edited and keeps all else in which it
 * differs: both are changes of one base.
 */
static enum err_code wanted_fields(struct export_run *run, const struct edit *edit,
                                   const struct store_file *known, struct json_object **fields)
{
    struct event_sides sides = {0};

    TRY(parse(run, edit->event->content, fields));
    if (known == edit->best || str_eq(known->content_hash, edit->best->content_hash))
        return ERR_OK;
    TRY(parse(run, edit->best->content, &sides.base));
    TRY(parse(run, known->content, &sides.ours));
    sides.theirs = *fields;
    TRY(merge_edit(run, &sides, fields));
    /* The merge shares its values with what was given. */
    TRY(parse(run, jx_text(run->t->arena, *fields), fields));
    keep_id(*fields, sides.ours);
    return ERR_OK;
}

static enum err_code patch_file(struct export_run *run, const struct edit *edit,
                                const struct store_file *known, struct sync_export_file *file)
{
    struct json_object *fields = NULL;
    struct str bytes;

    TRY(wanted_fields(run, edit, known, &fields));
    str_init(&bytes, run->t->arena, EVENT_FILE_BYTES);
    TRY(event_patch(run->t->arena, known->path, file->old_bytes, file->old_n, fields, &bytes, run->e));
    file->file.bytes = bytes.p;
    file->file.n = bytes.n;
    git_service_blob_id(bytes.p, bytes.n, &file->blob);
    return ERR_OK;
}

/* A file that holds the event now: changed in place, or removed. It must still be the blob that was last imported. */
static enum err_code add_known(struct export_run *run, const struct edit *edit,
                               const struct store_file *known)
{
    const struct store_event *event = edit->event;
    struct sync_export_file file = {.event_id = event->id, .change = event->removed ? "removed" : "changed"};
    struct object_id there;
    char *old = NULL;

    file.file.path = repository_path(run, known->path);
    TRY(git_service_path_object(run->t->git, run->parent, file.file.path, &there, run->e));
    if (!str_eq(there.hex, known->blob_id))
        return moved(run, event->id);
    TRY(git_service_read_blob(run->t->git, run->t->arena, &there, EVENT_FILE_BYTES, &old, &file.old_n,
                              run->e));
    file.old_bytes = old;
    if (!event->removed)
        TRY(patch_file(run, edit, known, &file));
    if (event->removed || !str_eq(file.blob.hex, there.hex))
        add_file(run, &file);
    return ERR_OK;
}

static enum err_code add_event(struct export_run *run, const struct store_event *event)
{
    struct edit edit = {.event = event};
    struct store_file *known;
    size_t n;
    size_t good = 0;

    TRY(store_file_of_event(run->t->store, run->t->arena, run->repository, event->id, &known, &n, run->e));
    edit.best = sync_winner(known, n);
    for (size_t i = 0; i < n; i++) {
        /* A broken file cannot be edited in place; its good twins can. It can be removed. */
        if (known[i].broken && !event->removed)
            continue;
        good++;
        TRY(add_known(run, &edit, &known[i]));
    }
    if (n && !good)
        return err_set(
            run->e, ERR_INVALID_EVENT,
            "The file of the event %s cannot be read at the moment, so it cannot be changed. Mend the file "
            "in the repository first (tideline git-pull names the line).",
            event->id);
    if (!n && !event->removed)
        TRY(add_new(run, event));
    if (run->bytes > EXPORT_BYTES)
        return err_set(run->e, ERR_TOO_LARGE,
                       "This is more than fits one pull request. Choose fewer events with --events.");
    return ERR_OK;
}

static enum err_code choose_format(struct export_run *run, const struct store_repository *r)
{
    const char *format = run->t->event_format;
    struct store_file_counts files;

    run->format = EVENT_MD;
    if (!format) {
        TRY(store_file_count(run->t->store, r->id, &files, run->e));
        format = files.json > files.md ? "json" : "md";
    }
    if (str_eq(format, "json"))
        run->format = EVENT_JSON;
    return ERR_OK;
}

static void find_folder(struct export_run *run, const struct store_repository *r)
{
    if (r->events_dir[0])
        run->folder = r->events_dir;
    else
        run->folder = run->t->events_dir ? run->t->events_dir : "timeline_data/events";
}

enum err_code timeline_sync_prepare_export_files(struct timeline_sync *t, const struct object_id *parent,
                                                 const struct store_event *events, size_t n,
                                                 struct sync_export *out, struct err *e)
{
    struct export_run run = {.t = t, .parent = parent, .e = e};
    struct store_repository r;

    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &r, e));
    run.repository = r.id;
    TRY(choose_format(&run, &r));
    find_folder(&run, &r);
    /* An id stands in three formats at most under one name, but ids that differ from names can add files. */
    size_t most = 0;

    for (size_t i = 0; i < n; i++) {
        struct store_file *known;
        size_t count;

        TRY(store_file_of_event(t->store, t->arena, r.id, events[i].id, &known, &count, e));
        most += count ? count : 1;
    }
    run.files = arena_array(t->arena, most, sizeof *run.files);
    for (size_t i = 0; i < n; i++)
        TRY(add_event(&run, &events[i]));
    *out = (struct sync_export){.files = run.files, .n = run.n};
    return ERR_OK;
}
