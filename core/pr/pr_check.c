/* The journal against the mirror: a commit that is there is the one that was claimed. One that is not can be made again. */
#include <string.h>

#include "core/pr/pr_internal.h"

enum { PART = 50 }; /* rows hold long texts */

static void find(struct store_check *c, const struct store_pull_request *row, const char *code,
                 const char *text)
{
    store_check_add(c, &(struct store_finding){.code = code, .pull_request = row->id, .text = text});
}

/* Until the batch is recorded its bytes are kept, so that the commit can be made again whatever happens. */
static void check_bytes(struct store_check *c, const struct store_pull_request *row,
                        const struct pr_file *file)
{
    struct object_id blob;

    if (!str_eq(row->state, "running") || !file->blob[0])
        return;
    if (!file->file.bytes)
        return find(c, row, "pull_request_bytes", "The bytes of a file that is to be sent are not kept.");
    git_service_blob_id(file->file.bytes, file->file.n, &blob);
    if (!str_eq(blob.hex, file->blob))
        find(c, row, "pull_request_bytes",
             "The bytes of a file that is to be sent are not those that were claimed.");
}

static enum err_code check_commit(struct pr_run *run, struct store_check *c,
                                  const struct store_pull_request *row, const struct pr_files *files)
{
    struct object_id commit = pr_object_id(row->commit);

    if (!run->git || !commit.hex[0] || !git_service_has_commit(run->git, &commit))
        return ERR_OK;
    for (size_t i = 0; i < files->n; i++) {
        struct object_id there;

        TRY(git_service_path_object(run->git, &commit, files->items[i].file.path, &there, run->e));
        if (!str_eq(there.hex, files->items[i].blob))
            find(c, row, "pull_request_commit", "The commit does not hold what the journal says.");
    }
    jx_set_int(c->checked, "commits", jx_get_int(c->checked, "commits", 0) + 1);
    return ERR_OK;
}

static enum err_code check_one(struct pr_run *run, struct store_check *c,
                               const struct store_pull_request *row)
{
    struct store_pr_event *events;
    struct pr_files files;
    size_t n;
    struct err unreadable = {0};

    TRY(store_pr_events(run->store, run->arena, row->id, &events, &n, run->e));
    if (pr_files_read(run->arena, events, n, &files, &unreadable) != ERR_OK) {
        find(c, row, "pull_request_files", "The files that the journal names cannot be read.");
        return ERR_OK;
    }
    if (!files.n && n)
        find(c, row, "pull_request_files", "The journal names no file.");
    for (size_t i = 0; i < files.n; i++)
        check_bytes(c, row, &files.items[i]);
    return check_commit(run, c, row, &files);
}

enum err_code pr_builder_check(struct pr_builder *b, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *each = arena_new();
    struct pr_run run = {.b = b, .arena = each, .store = b->sync->store, .git = b->sync->git, .e = e};
    struct store_slice part = {.limit = PART};
    uint64_t done = 0;
    size_t n;

    do {
        struct store_pull_request *rows;

        TRY(store_pr_list(run.store, each, NULL, &part, &rows, &n, e));
        for (size_t i = 0; i < n; i++) {
            TRY(store_check_step(c, "checking pull requests", done++, 0, e));
            TRY(check_one(&run, c, &rows[i]));
            part.before = rows[i].id;
        }
        arena_reset(each);
    } while (n == PART);
    jx_set_int(c->checked, "pull_requests", (int64_t)done);
    return ERR_OK;
}
