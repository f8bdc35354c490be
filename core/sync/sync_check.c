/*
 * Is what the database remembers of the repository what the repository holds? Asked of the mirror alone, at the commit
 * that was imported last. The mirror is a cache: what it does not have is not a breach, it cannot be looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "core/event/event.h"
#include "core/sync/sync_internal.h"

struct check_run {
    struct timeline_sync *t;
    struct store_check *c;
    struct err *e;
    struct store_repository repository;
    struct git_service_change *there; /* entries that an import looks at, by name */
    size_t there_count;
    struct store_file *known; /* by path */
    size_t known_count;
};

static void find(struct check_run *run, const char *name, const char *code, const char *text)
{
    store_check_add(run->c, &(struct store_finding){.code = code, .path = name, .text = text});
}

static int by_name(const void *left, const void *right)
{
    const struct git_service_change *a = left;
    const struct git_service_change *b = right;

    return strcmp(a->name, b->name);
}

static enum err_code list_tree(struct check_run *run, const struct object_id *commit)
{
    struct object_id none = {""};
    struct git_service_changes all;

    TRY(git_service_get_changed_files(run->t->git, run->t->arena, &none, commit, run->repository.events_dir,
                                      &all, run->e));
    run->there = arena_array(run->t->arena, all.n ? all.n : 1, sizeof *run->there);
    for (size_t i = 0; i < all.n; i++)
        if (sync_relevant(all.items[i].name, all.items[i].new_kind))
            run->there[run->there_count++] = all.items[i];
    qsort(run->there, run->there_count, sizeof *run->there, by_name);
    return ERR_OK;
}

/* What the parser makes of the bytes is what was kept of them. */
static void compare_event(struct check_run *run, const struct store_file *file, const struct event *event,
                          struct arena *scratch)
{
    if (file->broken)
        find(run, file->path, "file_broken", "This file can be read, but is known as one that cannot.");
    else if (!str_eq(event->id, file->event_id))
        find(run, file->path, "file_event", "This file holds another event than the one that is known.");
    else if (!str_eq(event_hash(scratch, event->fields), file->content_hash))
        find(run, file->path, "file_content", "This file holds another content than the one that is known.");
}

/* Without a failure of Git: a mirror that lost the blob is mended by the next pull. */
static void compare_bytes(struct check_run *run, const struct store_file *file,
                          const struct git_service_change *entry, struct arena *scratch)
{
    struct event event = {0};
    struct err why = {0};
    char *bytes;
    size_t n;
    enum err_code code = entry->new_kind == GIT_ENTRY_FILE
                             ? git_service_read_blob(run->t->git, scratch, &entry->new_blob, EVENT_FILE_BYTES,
                                                     &bytes, &n, &why)
                             : ERR_INVALID_EVENT;

    if (code == ERR_OK)
        code = event_parse(scratch, file->path, bytes, n, &event, &why);
    if (code == ERR_OK)
        compare_event(run, file, &event, scratch);
    else if (code == ERR_IO || code == ERR_NOT_FOUND)
        find(run, file->path, "mirror_damaged", "The mirror cannot give this file; the next pull mends it.");
    else if (!file->broken)
        find(run, file->path, "file_broken", "This file cannot be read, but is known as one that can.");
}

/* Both lists go by the bytes of the name; one that is in both must be the same blob. */
static enum err_code compare_lists(struct check_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    size_t i = 0;
    size_t k = 0;

    while (i < run->there_count || k < run->known_count) {
        int order = i == run->there_count   ? 1
                    : k == run->known_count ? -1
                                            : strcmp(run->there[i].name, run->known[k].path);

        TRY(store_check_step(run->c, "checking files", i, run->there_count, run->e));
        if (order < 0)
            find(run, run->there[i].name, "file_unknown",
                 "The repository has this file, but it is not known.");
        else if (order > 0)
            find(run, run->known[k].path, "file_gone",
                 "This file is known, but the repository has none such.");
        else if (!str_eq(run->there[i].new_blob.hex, run->known[k].blob_id))
            find(run, run->known[k].path, "file_blob",
                 "This file has other bytes than those that are known.");
        else
            compare_bytes(run, &run->known[k], &run->there[i], scratch);
        i += order <= 0;
        k += order >= 0;
        arena_reset(scratch);
    }
    jx_set_int(run->c->checked, "repository_files", (int64_t)run->there_count);
    return ERR_OK;
}

static enum err_code check_mirror(struct check_run *run, const char **skipped)
{
    struct store_repository *r = &run->repository;
    struct object_id commit = {""};

    if (strlen(r->imported_commit) != sizeof commit.hex - 1)
        return *skipped = "The repository had no commit when it was imported.", ERR_OK;
    memcpy(commit.hex, r->imported_commit, sizeof commit.hex);
    if (!git_service_has_commit(run->t->git, &commit))
        return *skipped = "The mirror does not hold the commit that was imported last. The next pull fetches "
                          "it again.",
               ERR_OK;
    TRY(list_tree(run, &commit));
    TRY(store_file_blobs(run->t->store, run->t->arena, r->id, &run->known, &run->known_count, run->e));
    return compare_lists(run);
}

/* The repository whose contents are the bases of the events now; after git-config --repo that is not yet the one of the settings. */
static enum err_code base_repository(struct timeline_sync *t, int64_t *id, struct err *e)
{
    const char *text = NULL;

    TRY(store_setting_get(t->store, t->arena, "base_repository", &text, e));
    *id = text ? strtoll(text, NULL, 10) : 0;
    return ERR_OK;
}

enum err_code timeline_sync_check(struct timeline_sync *t, struct store_check *c, const char **skipped,
                                  struct err *e)
{
    struct check_run run = {.t = t, .c = c, .e = e};
    int64_t bases;

    *skipped = NULL;
    TRY(base_repository(t, &bases, e));
    if (bases)
        TRY(store_check_bases(t->store, c, bases, e));
    TRY(store_repository_get(t->store, t->arena, t->repo_url, t->branch, &run.repository, e));
    if (!run.repository.imported_at_us)
        return *skipped = "Nothing has been pulled from this repository yet.", ERR_OK;
    if (!t->git)
        return ERR_OK;
    return check_mirror(&run, skipped);
}
