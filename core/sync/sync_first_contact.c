/*
 * The first import into a database that other programs had filled from the same repository: what of it is an edit?
 *
 * Nobody knows which state of the repository a row was taken from. One that equals a file is not edited. One that does
 * not may be old as well as edited, and only somebody's verdict or edit here says that it is meant: then the file is its
 * base, and the row waits for export. Any other follows the repository, and what it held is a revision.
 */
#include "core/sync/sync_internal.h"

enum { REVISIONS = 1000 };

/* Also when a person went on from it before this import. */
static enum err_code came_from_elsewhere(struct sync_run *run, const struct store_event *ours,
                                         struct arena *scratch, bool *out)
{
    struct store_revision *revisions;
    size_t n;

    *out = str_eq(ours->updated_by, STORE_OTHER_PROGRAM);
    if (*out)
        return ERR_OK;
    TRY(store_event_history(run->t->store, scratch, ours->id, REVISIONS, &revisions, &n, run->e));
    *out = n > 0 && str_eq(revisions[n - 1].author, STORE_OTHER_PROGRAM);
    return ERR_OK;
}

/* The other programs read one of several files of an id, and perhaps not the one that counts here. */
static bool equals_a_file(const struct store_event *ours, const struct store_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (files[i].content && str_eq(files[i].content_hash, ours->content_hash))
            return true;
    return false;
}

static bool is_meant(const struct store_event *ours)
{
    return str_eq(ours->validation_status, "validated") || !str_eq(ours->updated_by, STORE_OTHER_PROGRAM);
}

enum err_code sync_first_contact(struct sync_run *run, const struct store_event *ours,
                                 const struct sync_files *files, struct arena *scratch, bool *met)
{
    const struct store_file *theirs = sync_winner(files->items, files->n);

    *met = false;
    if (run->repository.imported_at_us || run->switched || ours->base_hash[0] || ours->removed || !theirs)
        return ERR_OK;
    TRY(came_from_elsewhere(run, ours, scratch, met));
    if (!*met)
        return ERR_OK;
    if (is_meant(ours) && !equals_a_file(ours, files->items, files->n))
        return store_event_set_base(run->t->store, ours->id, theirs->content_hash, run->e);
    run->updated += !str_eq(ours->content_hash, theirs->content_hash);
    return sync_follow(run, ours->id, theirs);
}
