/*
 * One event against its files, once the files of the new commit are known. Three contents meet: the base (last agreed
 * with the repository), ours (the database) and theirs (the best file now).
 */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_pull_request.h"
#include "core/sync/sync_internal.h"

bool sync_readable(const struct store_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!files[i].broken)
            return true;
    return false;
}

const struct store_file *sync_winner(const struct store_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (files[i].content)
            return &files[i];
    return NULL;
}

/* Of a file that this run has read, so that the store need not parse its content again. */
static const struct store_event_extract *extract_of(const struct sync_run *run, const char *path)
{
    size_t low = 0;
    size_t high = run->entry_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(run->entries[middle].name, path);

        if (order == 0)
            return run->entries[middle].broken ? NULL : run->entries[middle].extract;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static enum err_code follow(struct sync_run *run, const char *id, const struct store_file *theirs,
                            const char *reason)
{
    struct store_event_write write = {
        .id = id,
        .content = theirs->content,
        .extract = extract_of(run, theirs->path),
        .content_hash = theirs->content_hash,
        .base_hash = theirs->content_hash,
        .file_path = sync_shown_path(run->t->arena, run->events_dir, theirs->path),
        .author = "repository",
        .reason = reason,
    };

    return store_event_put(run->t->store, &write, NULL, run->e);
}

enum err_code sync_follow(struct sync_run *run, const char *id, const struct store_file *theirs)
{
    return follow(run, id, theirs, "import");
}

/* A change made on top of what was sent before: that has landed, so it is what both sides agree on now. */
static enum err_code goes_on(struct sync_run *run, const struct store_event *ours,
                             const struct store_file *theirs, bool *sent)
{
    struct store_pr_question question = {.repo_url = run->t->repo_url,
                                         .event_id = ours->id,
                                         .content_hash = theirs ? theirs->content_hash : NULL};

    *sent = false;
    if (!theirs && ours->removed)
        return ERR_OK;
    TRY(store_pr_sent_before(run->t->store, &question, sent, run->e));
    if (!*sent)
        return ERR_OK;
    TRY(store_conflict_close(run->t->store, ours->id, run->e));
    return store_event_set_base(run->t->store, ours->id, theirs ? theirs->content_hash : "", run->e);
}

/* What both sides last shared. While a conflict is open it stays what it was when it opened. */
static enum err_code find_base(struct sync_run *run, const struct sync_touched *touched,
                               struct sync_sides *sides, struct arena *scratch)
{
    struct store_conflict open;
    struct err none = {0};
    enum err_code code;

    TRY(sync_merge_landed(run, scratch, sides->ours, &sides->base));
    if (sides->base)
        return ERR_OK;
    code = store_conflict_get(run->t->store, scratch, touched->id, &open, &none);
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *run->e = none, code;
    sides->base = code == ERR_OK ? open.base : touched->base;
    return ERR_OK;
}

static void tell_merged(struct sync_run *run, const char *id, const struct sync_merge *merge)
{
    struct json_object *row;

    if (merge->outcome == SYNC_CONFLICT || !json_object_array_length(merge->from_theirs))
        return;
    row = json_object_new_object();
    jx_set_text(row, "id", id);
    jx_set(row, "fields", json_object_get(merge->from_theirs));
    jx_push(run->merged, row);
    run->updated++;
}

static enum err_code merge_both(struct sync_run *run, const struct sync_touched *touched,
                                const struct store_event *ours, const struct store_file *theirs,
                                struct arena *scratch)
{
    struct sync_sides sides = {.id = touched->id,
                               .theirs = theirs ? theirs->content : NULL,
                               .theirs_hash = theirs ? theirs->content_hash : "",
                               .ours = ours};
    struct sync_merge merge;

    TRY(find_base(run, touched, &sides, scratch));
    TRY(sync_merge_settle(run->t->store, scratch, &sides, &merge, run->e));
    tell_merged(run, touched->id, &merge);
    return ERR_OK;
}

/* What was sent and taken back here is no edit while the repository has none of it, but will be one when it is merged:
 * then what comes in until that is a merge. */
static enum err_code follow_change(struct sync_run *run, const struct store_event *ours,
                                   const struct store_file *theirs)
{
    struct store_pr_question question = {.repo_url = run->t->repo_url, .event_id = ours->id};
    bool waits = false;

    if (str_eq(ours->state, "conflict"))
        TRY(store_conflict_close(run->t->store, ours->id, run->e));
    if (theirs) {
        run->updated++;
        TRY(store_pr_waits_before(run->t->store, &question, &waits, run->e));
        return follow(run, ours->id, theirs, waits ? "merge" : "import");
    }
    run->deleted++;
    return store_event_delete(run->t->store, ours->id, "repository", NULL, run->e);
}

/* Nothing of it is here to lose: not edited, or edited, sent and merged. */
static enum err_code nothing_of_ours(struct sync_run *run, const struct store_event *ours, bool *out,
                                     struct arena *scratch)
{
    bool edited = ours->removed || !str_eq(ours->content_hash, ours->base_hash);
    struct store_pr_question question = {.repo_url = run->t->repo_url, .event_id = ours->id};
    const char *landed;

    *out = !edited;
    /* What was merged just as it is here may have got a reviewer's edits on top: those are the repository's to make. */
    if (edited)
        return store_pr_merged_as_it_is(run->t->store, &question, out, run->e);
    /* Back to what the repository had, after something else had been sent, is an edit too. */
    TRY(sync_merge_landed(run, scratch, ours, &landed));
    *out = landed == NULL;
    return ERR_OK;
}

static enum err_code upstream_changed(struct sync_run *run, const struct sync_touched *touched,
                                      const struct store_event *ours, const struct store_file *theirs,
                                      struct arena *scratch)
{
    bool same = theirs && !ours->removed && str_eq(theirs->content_hash, ours->content_hash);
    bool sent = false;
    bool nothing;

    if (!same)
        TRY(goes_on(run, ours, theirs, &sent));
    if (sent)
        return ERR_OK;
    TRY(nothing_of_ours(run, ours, &nothing, scratch));
    if (nothing)
        return follow_change(run, ours, theirs);
    return merge_both(run, touched, ours, theirs, scratch);
}

/* The file may be another one although what it holds is the same. */
static enum err_code follow_path(struct sync_run *run, const struct store_event *ours,
                                 const struct store_file *theirs)
{
    struct store_event_write write = {.id = ours->id,
                                      .content = ours->content,
                                      .content_hash = ours->content_hash,
                                      .author = "repository",
                                      .reason = "import"};

    if (!theirs || ours->removed)
        return ERR_OK;
    write.file_path = sync_shown_path(run->t->arena, run->events_dir, theirs->path);
    return str_eq(write.file_path, ours->file_path) ? ERR_OK
                                                    : store_event_put(run->t->store, &write, NULL, run->e);
}

/* Not there, or only kept because another tool's table refers to it. */
static enum err_code find_ours(struct sync_run *run, const char *id, struct arena *scratch,
                               struct store_event *ours, bool *there)
{
    struct err none = {0};
    enum err_code code = store_event_get(run->t->store, scratch, id, ours, &none);

    *there = code == ERR_OK && !str_eq(ours->state, "gone");
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *run->e = none, code;
    return ERR_OK;
}

/* The repository is (again) where both sides agreed: an open conflict has lost its cause, and so has a removal of what
 * is not there. */
static enum err_code agreed(struct sync_run *run, const struct store_event *ours,
                            const struct store_file *theirs)
{
    TRY(store_conflict_close(run->t->store, ours->id, run->e));
    if (ours->withdrawn)
        return store_event_drop_withdrawn(run->t->store, ours->id, run->e);
    if (ours->removed && !theirs)
        return store_event_delete(run->t->store, ours->id, "repository", NULL, run->e);
    return ERR_OK;
}

enum err_code sync_reconcile(struct sync_run *run, struct sync_touched *touched, struct arena *scratch)
{
    struct store_event ours = {0};
    struct store_file *files;
    size_t n;
    bool there;
    bool met;

    TRY(store_file_of_event(run->t->store, scratch, run->repository.id, touched->id, &files, &n, run->e));
    const struct store_file *theirs = sync_winner(files, n);

    TRY(sync_warn_twins(run, touched->id, files, n));
    run->in_repo += sync_readable(files, n) - touched->was_in_repo;
    TRY(sync_come_back(run, touched, scratch));
    TRY(find_ours(run, touched->id, scratch, &ours, &there));
    if (!there) {
        run->imported += theirs != NULL;
        return theirs ? sync_follow(run, touched->id, theirs) : ERR_OK;
    }
    TRY(follow_path(run, &ours, theirs));
    TRY(sync_first_contact(run, &ours, &(struct sync_files){files, n}, scratch, &met));
    if (met)
        return ERR_OK;
    if (!str_eq(theirs ? theirs->content_hash : "", ours.base_hash))
        return upstream_changed(run, touched, &ours, theirs, scratch);
    return agreed(run, &ours, theirs);
}
