/*
 * The merge of an event that changed here and in the repository, and what it leaves behind: a content that waits for
 * review or export as the edit did, or a conflict.
 */
#include <string.h>

#include "core/event/event_merge.h"
#include "core/store/store_pull_request.h"
#include "core/sync/sync_internal.h"
#include "core/util/clock.h"

/* Revisions of one event that are looked through for what came in since it was sent. */
enum { REVISIONS = 1000 };

enum err_code sync_parse(struct arena *a, const char *text, struct json_object **out, struct err *e)
{
    *out = NULL;
    return text ? jx_parse(a, text, strlen(text), out, e) : ERR_OK;
}

static double score_of(struct arena *a, struct json_object *fields)
{
    struct event_quality quality;

    event_quality(a, fields, &quality);
    return quality.score;
}

enum err_code sync_merge_check(struct arena *a, struct json_object *fields, struct err *e)
{
    struct str bytes;

    return event_write(a, fields, EVENT_JSON, &bytes, e);
}

static void judge(struct arena *a, const struct event_merge *merge, const struct event_sides *three,
                  struct sync_merge *out)
{
    double score = score_of(a, merge->fields);

    out->worse = score < score_of(a, three->ours) && score < score_of(a, three->theirs);
}

static void merge_contents(struct arena *a, const struct event_sides *three, const char *theirs_hash,
                           struct sync_merge *out)
{
    struct event_merge merge;

    event_merge(a, three->base, three->ours, three->theirs, &merge);
    out->conflicts = merge.conflicts;
    out->from_theirs = merge.from_theirs;
    out->hash = event_hash(a, merge.fields);
    out->content = jx_text(a, merge.fields);
    judge(a, &merge, three, out);
    if (json_object_array_length(merge.conflicts))
        out->outcome = SYNC_CONFLICT;
    else if (str_eq(out->hash, theirs_hash))
        out->outcome = SYNC_FOLLOWED;
    else
        /* Two good events can make one that cannot be kept, too large for one: then both stay apart. */
        out->outcome = sync_merge_check(a, merge.fields, NULL) == ERR_OK ? SYNC_MERGED : SYNC_CONFLICT;
}

enum err_code sync_merge_sides(struct arena *a, const struct sync_sides *sides, struct sync_merge *out,
                               struct err *e)
{
    struct event_sides three = {NULL, NULL, NULL};
    bool here = !sides->ours->removed;

    *out = (struct sync_merge){.outcome = SYNC_CONFLICT,
                               .conflicts = jx_own(a, json_object_new_array()),
                               .from_theirs = jx_own(a, json_object_new_array())};
    if (!here && !sides->theirs)
        out->outcome = SYNC_GONE;
    else if (here && sides->theirs && str_eq(sides->ours->content_hash, sides->theirs_hash))
        out->outcome = SYNC_FOLLOWED;
    if (!here || !sides->theirs || out->outcome == SYNC_FOLLOWED)
        return ERR_OK;
    TRY(sync_parse(a, sides->base, &three.base, e));
    TRY(sync_parse(a, sides->ours->content, &three.ours, e));
    TRY(sync_parse(a, sides->theirs, &three.theirs, e));
    merge_contents(a, &three, sides->theirs_hash, out);
    return ERR_OK;
}

static const char *conflict_fields(struct arena *a, const struct sync_merge *merge)
{
    struct json_object *names = jx_own(a, json_object_new_array());

    for (size_t i = 0; i < json_object_array_length(merge->conflicts); i++)
        jx_push_text(names, jx_get_text(json_object_array_get_idx(merge->conflicts, i), "field"));
    return jx_text(a, names);
}

static enum err_code open_conflict(struct store *s, struct arena *a, const struct sync_sides *sides,
                                   const struct sync_merge *merge, struct err *e)
{
    struct store_conflict conflict = {
        .event_id = sides->id,
        .base = sides->base,
        .ours = sides->ours->removed ? NULL : sides->ours->content,
        .theirs = sides->theirs,
        .fields = conflict_fields(a, merge),
        .opened_at_us = clock_now_us(),
    };

    return store_conflict_put(s, &conflict, e);
}

static enum err_code follow_theirs(struct store *s, const struct sync_sides *sides, struct err *e)
{
    struct store_event_write write = {.id = sides->id,
                                      .content = sides->theirs,
                                      .content_hash = sides->theirs_hash,
                                      .base_hash = sides->theirs_hash,
                                      .author = "repository",
                                      .reason = "import"};

    return store_event_put(s, &write, NULL, e);
}

/* What was validated stays so: the repository's part has been reviewed there. */
static enum err_code keep_merged(struct store *s, const struct sync_sides *sides,
                                 const struct sync_merge *merge, struct err *e)
{
    struct store_event_write write = {.id = sides->id,
                                      .content = merge->content,
                                      .content_hash = merge->hash,
                                      .base_hash = sides->theirs_hash,
                                      .author = "repository",
                                      .reason = "merge",
                                      .validation =
                                          merge->worse ? STORE_VALIDATION_RESET : STORE_VALIDATION_KEPT};

    if (str_eq(merge->hash, sides->ours->content_hash))
        return store_event_set_base(s, sides->id, sides->theirs_hash, e);
    return store_event_put(s, &write, NULL, e);
}

enum err_code sync_merge_settle(struct store *s, struct arena *a, const struct sync_sides *sides,
                                struct sync_merge *out, struct err *e)
{
    TRY(sync_merge_sides(a, sides, out, e));
    if (out->outcome == SYNC_CONFLICT)
        return open_conflict(s, a, sides, out, e);
    TRY(store_conflict_close(s, sides->id, e));
    switch (out->outcome) {
    case SYNC_GONE: return store_event_delete(s, sides->id, "repository", NULL, e);
    case SYNC_FOLLOWED: return follow_theirs(s, sides, e);
    case SYNC_MERGED: return keep_merged(s, sides, out, e);
    case SYNC_CONFLICT: break;
    }
    return ERR_OK;
}

static bool came_in(const struct store_revision *revision)
{
    return str_eq(revision->author, "repository") && str_eq(revision->reason, "merge");
}

/* What a merge brought in, brought into `base` too. */
static enum err_code bring_in(struct arena *a, const struct store_revision *before,
                              const struct store_revision *merged, struct json_object **base, struct err *e)
{
    struct json_object *from = NULL;
    struct json_object *to = NULL;
    struct event_merge merge;

    TRY(sync_parse(a, before->content, &from, e));
    TRY(sync_parse(a, merged->content, &to, e));
    event_merge(a, from, *base, to, &merge);
    *base = merge.fields;
    return ERR_OK;
}

enum err_code sync_merge_landed(struct sync_run *run, struct arena *a, const struct store_event *ours,
                                const char **base)
{
    struct store_pr_question question = {.repo_url = run->t->repo_url, .event_id = ours->id};
    struct json_object *content = NULL;
    struct store_revision *rows;
    int64_t sent;
    size_t n;

    *base = NULL;
    TRY(store_pr_landed_before(run->t->store, &question, &sent, run->e));
    if (!sent)
        return ERR_OK;
    TRY(store_event_history(run->t->store, a, ours->id, REVISIONS, &rows, &n, run->e));
    while (n > 0 && rows[n - 1].revision < sent)
        n--;
    if (n == 0 || rows[n - 1].revision != sent)
        return ERR_OK;
    TRY(sync_parse(a, rows[n - 1].content, &content, run->e));
    for (size_t i = n - 1; i > 0; i--)
        if (came_in(&rows[i - 1]))
            TRY(bring_in(a, &rows[i], &rows[i - 1], &content, run->e));
    *base = jx_text(a, content);
    return ERR_OK;
}
