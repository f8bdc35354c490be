/*
 * One event against its files, once the files of the new commit are known. Three contents meet: the base (last agreed
 * with the repository), ours (the database) and theirs (the best file now).
 */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_pull_request.h"
#include "core/sync/sync_internal.h"
#include "core/util/clock.h"

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

static enum err_code follow(struct sync_run *run, const char *id, const struct store_file *theirs)
{
    struct store_event_write write = {
        .id = id,
        .content = theirs->content,
        .extract = extract_of(run, theirs->path),
        .content_hash = theirs->content_hash,
        .base_hash = theirs->content_hash,
        .file_path = sync_shown_path(run->t->arena, run->events_dir, theirs->path),
        .author = "repository",
        .reason = "import",
    };

    return store_event_put(run->t->store, &write, NULL, run->e);
}

/* Keys that both sides changed, differently. Without a base every key that differs counts. */
static const char *differing(struct arena *a, const char *base, const char *ours, const char *theirs)
{
    struct json_object *side[3] = {NULL, NULL, NULL};
    const char *text[3] = {base, ours, theirs};
    struct json_object *keys = jx_own(a, json_object_new_array());
    struct json_object *seen = jx_own(a, json_object_new_object());

    for (int i = 0; i < 3; i++)
        if (text[i] && jx_parse(a, text[i], strlen(text[i]), &side[i], NULL) != ERR_OK)
            side[i] = NULL;
    for (int i = 1; i < 3; i++) {
        if (!side[i])
            continue;
        json_object_object_foreach(side[i], key, value)
        {
            struct json_object *other = jx_get(side[3 - i], key);
            struct json_object *before = jx_get(side[0], key);

            if (jx_get(seen, key) || event_same(a, value, other) ||
                (side[0] && (event_same(a, value, before) || event_same(a, other, before))))
                continue;
            jx_set_bool(seen, key, true);
            jx_push_text(keys, key);
        }
    }
    return jx_text(a, keys);
}

static enum err_code open_conflict(struct sync_run *run, const struct sync_touched *touched,
                                   const struct store_event *ours, const struct store_file *theirs,
                                   struct arena *scratch)
{
    struct store_conflict conflict = {
        .event_id = touched->id,
        .base = touched->base,
        .ours = ours->removed ? NULL : ours->content,
        .theirs = theirs ? theirs->content : NULL,
        .opened_at_us = clock_now_us(),
    };
    struct store_conflict open;
    struct err none = {0};
    enum err_code code = store_conflict_get(run->t->store, scratch, touched->id, &open, &none);

    /* While a conflict is open its base stays the content that both sides last shared. */
    if (code == ERR_OK)
        conflict.base = open.base;
    else if (code != ERR_NOT_FOUND)
        return *run->e = none, code;
    conflict.fields = differing(scratch, conflict.base, conflict.ours, conflict.theirs);
    return store_conflict_put(run->t->store, &conflict, run->e);
}

/* A row that another program had imported before Tideline came: it is no local edit unless somebody validated it. */
static bool first_contact(const struct sync_run *run, const struct store_event *ours)
{
    return !run->repository.imported_at_us && !run->switched && !ours->base_hash[0] &&
           !str_eq(ours->validation_status, "validated") && str_eq(ours->updated_by, STORE_OTHER_PROGRAM);
}

/* An edit that goes on from what was sent before: that has landed, so it is what both sides agree on now. */
static enum err_code goes_on(struct sync_run *run, const struct store_event *ours,
                             const struct store_file *theirs, bool *sent)
{
    struct store_pr_question question = {.repo_url = run->t->repo_url, .event_id = ours->id};

    *sent = false;
    if (!theirs || ours->removed)
        return ERR_OK;
    question.content_hash = theirs->content_hash;
    TRY(store_pr_sent_before(run->t->store, &question, sent, run->e));
    if (!*sent)
        return ERR_OK;
    TRY(store_conflict_close(run->t->store, ours->id, run->e));
    return store_event_set_base(run->t->store, ours->id, theirs->content_hash, run->e);
}

static enum err_code both_changed(struct sync_run *run, const struct sync_touched *touched,
                                  const struct store_event *ours, const struct store_file *theirs,
                                  struct arena *scratch)
{
    bool same = theirs ? !ours->removed && str_eq(theirs->content_hash, ours->content_hash) : ours->removed;
    bool kept;
    bool sent;

    if (first_contact(run, ours) && theirs && !same) {
        run->updated++;
        return follow(run, touched->id, theirs);
    }
    if (!same) {
        TRY(goes_on(run, ours, theirs, &sent));
        if (sent)
            return ERR_OK;
    }
    if (!same)
        return open_conflict(run, touched, ours, theirs, scratch);
    TRY(store_conflict_close(run->t->store, touched->id, run->e));
    if (!theirs)
        return store_event_delete(run->t->store, touched->id, "repository", &kept, run->e);
    return follow(run, touched->id, theirs);
}

static enum err_code upstream_changed(struct sync_run *run, const struct sync_touched *touched,
                                      const struct store_event *ours, const struct store_file *theirs,
                                      struct arena *scratch)
{
    bool edited = ours->removed || !str_eq(ours->content_hash, ours->base_hash);
    struct store_pr_question question = {.repo_url = run->t->repo_url, .event_id = ours->id};
    bool merged = false;
    bool kept;

    /* What was merged just as it is here may have got a reviewer's edits on top: those are the repository's to make. */
    if (edited)
        TRY(store_pr_merged_as_it_is(run->t->store, &question, &merged, run->e));
    if (edited && !merged)
        return both_changed(run, touched, ours, theirs, scratch);
    if (str_eq(ours->state, "conflict"))
        TRY(store_conflict_close(run->t->store, touched->id, run->e));
    if (theirs) {
        run->updated++;
        return follow(run, touched->id, theirs);
    }
    run->deleted++;
    return store_event_delete(run->t->store, touched->id, "repository", &kept, run->e);
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

enum err_code sync_reconcile(struct sync_run *run, const struct sync_touched *touched, struct arena *scratch)
{
    struct store_event ours = {0};
    struct store_file *files;
    size_t n;
    bool there;

    TRY(store_file_of_event(run->t->store, scratch, run->repository.id, touched->id, &files, &n, run->e));
    const struct store_file *theirs = sync_winner(files, n);

    TRY(sync_warn_twins(run, touched->id, files, n));
    run->in_repo += sync_readable(files, n) - touched->was_in_repo;
    TRY(find_ours(run, touched->id, scratch, &ours, &there));
    if (!there) {
        run->imported += theirs != NULL;
        return theirs ? follow(run, touched->id, theirs) : ERR_OK;
    }
    TRY(follow_path(run, &ours, theirs));
    if (!str_eq(theirs ? theirs->content_hash : "", ours.base_hash))
        return upstream_changed(run, touched, &ours, theirs, scratch);
    /* Upstream is (again) where both sides agreed: an open conflict has lost its cause. */
    return store_conflict_close(run->t->store, touched->id, run->e);
}
