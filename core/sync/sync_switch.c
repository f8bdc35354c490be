/*
 * Following another repository, and coming back.
 *
 * The bases and the rows of events are those of one repository. The import that leaves it parks what was written here
 * and is not in it (store_parked.h). Edits go along: they are merged with what the other repository holds, as with any
 * import. The import that comes back first puts each parked event as it was left, with what was edited meanwhile on top,
 * and then goes on as from there: what is an edit is measured against this repository's own base again, so nothing of
 * the other one comes in, and an edit that happened to equal the other one is still an edit here.
 */
#include <stdlib.h>
#include <string.h>

#include "core/event/event_merge.h"
#include "core/store/store_parked.h"
#include "core/store/store_pull_request.h"
#include "core/sync/sync_internal.h"

static struct json_object *parsed(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    return text && jx_parse(a, text, strlen(text), &value, NULL) == ERR_OK ? value : NULL;
}

/* ---- leaving */

enum err_code sync_base_of(struct sync_run *run, struct arena *a, const char *id, const char **base)
{
    struct store_conflict open;
    const struct store_file *winner;
    struct store_file *files;
    struct err none = {0};
    size_t n;

    if (store_conflict_get(run->t->store, a, id, &open, &none) == ERR_OK)
        return *base = open.base, ERR_OK;
    if (none.code != ERR_NOT_FOUND)
        return *run->e = none, none.code;
    TRY(store_file_of_event(run->t->store, a, run->base_repository, id, &files, &n, run->e));
    winner = sync_winner(files, n);
    *base = winner ? winner->content : NULL;
    return ERR_OK;
}

static enum err_code park(struct sync_run *run, struct arena *a, const char *id)
{
    struct store_parked p = {.event_id = id};
    struct store_event event;

    TRY(store_event_get(run->t->store, a, id, &event, run->e));
    TRY(sync_base_of(run, a, id, &p.base));
    p.content = event.content;
    p.removed = event.removed;
    p.revision = event.revision;
    p.author = event.updated_by;
    return store_parked_put(run->t->store, run->base_repository, &p, run->e);
}

/* States are told by the pull requests of the repository that is followed, which is this one from here on. */
static enum err_code follow_this(struct sync_run *run)
{
    struct timeline_sync *t = run->t;

    return store_setting_set(t->store, "base_repository",
                             arena_printf(t->arena, "%lld", (long long)run->repository.id), run->e);
}

enum err_code sync_leave(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const char **ids;
    size_t n;

    if (!run->switched)
        return ERR_OK;
    TRY(store_parked_leaving(run->t->store, run->t->arena, &ids, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        TRY(park(run, scratch, ids[i]));
        arena_reset(scratch);
    }
    return follow_this(run);
}

/* ---- coming back */

enum err_code sync_parked_ids(struct sync_run *run, const char ***ids, size_t *n)
{
    *n = 0;
    if (!run->switched)
        return ERR_OK;
    return store_parked_ids(run->t->store, run->t->arena, run->repository.id, ids, n, run->e);
}

/* One event on its way back. */
struct returning {
    struct sync_run *run;
    struct arena *a;
    struct store_parked parked;
    struct store_event ours;
    bool there;             /* ours is an event of the database */
    bool edited;            /* here, while the other repository was followed, or still */
    const char *other_base; /* what ours was an edit of there; NULL: it was not in it */
    const char *content;    /* to be put */
    const char *base;
    bool removed;
};

static enum err_code find_ours(struct returning *r, const char *id)
{
    struct err none = {0};
    enum err_code code = store_event_get(r->run->t->store, r->a, id, &r->ours, &none);

    r->there = code == ERR_OK && !str_eq(r->ours.state, "gone");
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *r->run->e = none, code;
    return ERR_OK;
}

/* With the edits that were made there in place of what was left, where they touch the same. */
static void put_edits_on_top(struct returning *r)
{
    struct json_object *base = parsed(r->a, r->other_base);
    struct json_object *ours = parsed(r->a, r->ours.content);
    struct json_object *left = parsed(r->a, r->parked.content);
    struct event_merge merged;

    r->removed = r->ours.removed;
    if (!base || !ours || !left) {
        /* Not in the other repository: all of it is of here, and comes from what was left. */
        r->content = r->ours.content;
        return;
    }
    event_merge(r->a, base, ours, left, &merged);
    r->content = jx_text(r->a, merged.fields);
}

/* A field that was edited only there was an edit of the other repository's value: where this one's differs, that is for
 * a person to decide. */
static void base_of_edits(struct returning *r)
{
    struct json_object *base = parsed(r->a, r->parked.base);
    struct json_object *left = parsed(r->a, r->parked.content);
    struct json_object *ours = parsed(r->a, r->ours.content);
    struct json_object *other = parsed(r->a, r->other_base);
    struct json_object *side[2] = {other, ours};

    if (!base || !left || !ours || !other || r->removed || r->parked.removed)
        return;
    for (int i = 0; i < 2; i++) {
        json_object_object_foreach(side[i], key, value)
        {
            (void)value;
            if (event_same(r->a, jx_get(ours, key), jx_get(other, key)) ||
                !event_same(r->a, jx_get(left, key), jx_get(base, key)))
                continue;
            if (json_object_object_get_ex(other, key, NULL))
                jx_set(base, key, json_object_get(jx_get(other, key)));
            else
                json_object_object_del(base, key);
        }
    }
    r->base = jx_text(r->a, base);
}

static const char *hash_of(struct arena *a, const char *content)
{
    struct json_object *fields = parsed(a, content);

    return fields ? event_hash(a, fields) : "";
}

/* What was sent from here and has been merged meanwhile is what both sides go on from. */
static enum err_code count_what_landed(struct returning *r)
{
    const struct store_parked_question question = {r->run->repository.id, hash_of(r->a, r->parked.base)};
    const char *landed;

    if (r->parked.removed)
        return ERR_OK;
    TRY(store_parked_landed(r->run->t->store, r->a, &r->parked, &question, &landed, r->run->e));
    if (landed)
        r->base = landed;
    return ERR_OK;
}

static enum err_code put_back(struct returning *r)
{
    struct store *s = r->run->t->store;
    const struct store_event_write write = {.id = r->parked.event_id,
                                            .content = r->content,
                                            .base_hash = hash_of(r->a, r->base),
                                            .author = r->edited ? r->ours.updated_by : r->parked.author,
                                            .reason = "switch"};
    bool kept;

    TRY(store_event_put(s, &write, NULL, r->run->e));
    if (r->removed)
        TRY(store_event_delete(s, write.id, write.author, &kept, r->run->e));
    return ERR_OK;
}

/* What is said about it now, when it was edited there, else what was said when it was left. A verdict about what was left
 * is none about what was written there since. */
static enum err_code put_back_words(struct returning *r, const struct store_parked *now)
{
    const struct store_verdict none = {.status = "pending", .score = -1};
    struct store *s = r->run->t->store;

    if (r->edited && now->metadata)
        return store_parked_restore_rows(s, now, true, r->run->e);
    TRY(store_parked_restore_rows(s, &r->parked, true, r->run->e));
    return r->edited && r->parked.metadata
               ? store_event_revalidate(s, r->parked.event_id, &none, 0, r->run->e)
               : ERR_OK;
}

static enum err_code come_back(struct returning *r)
{
    struct sync_run *run = r->run;
    struct store_parked now = {.event_id = r->parked.event_id};

    r->edited = r->there && (r->ours.removed || !str_eq(r->ours.content_hash, r->ours.base_hash));
    r->content = r->parked.content;
    r->base = r->parked.base;
    r->removed = r->parked.removed;
    if (r->edited) {
        put_edits_on_top(r);
        base_of_edits(r);
    }
    TRY(count_what_landed(r));
    TRY(store_parked_rows_of(run->t->store, r->a, &now, run->e));
    TRY(store_conflict_close(run->t->store, now.event_id, run->e));
    TRY(put_back(r));
    return put_back_words(r, &now);
}

enum err_code sync_come_back(struct sync_run *run, struct sync_touched *touched, struct arena *scratch)
{
    struct returning r = {.run = run, .a = scratch, .other_base = touched->base};
    bool found = false;

    if (!run->switched)
        return ERR_OK;
    TRY(store_parked_get(run->t->store, scratch, run->repository.id, touched->id, &r.parked, &found, run->e));
    if (!found || !r.parked.content)
        return ERR_OK;
    TRY(find_ours(&r, touched->id));
    TRY(come_back(&r));
    touched->base = arena_strdup(run->t->arena, r.base);
    return ERR_OK;
}

/* ---- afterwards */

/* Of an event that was unedited and that this repository holds (again): it has been read from its file by now. */
static enum err_code restore_words(struct sync_run *run, struct arena *a, const char *id)
{
    struct store_parked parked;
    struct store_event event;
    struct err none = {0};
    bool found;

    TRY(store_parked_get(run->t->store, a, run->repository.id, id, &parked, &found, run->e));
    if (!found || parked.content || store_event_get(run->t->store, a, id, &event, &none) != ERR_OK)
        return ERR_OK;
    return store_parked_restore_rows(run->t->store, &parked, false, run->e);
}

enum err_code sync_arrive(struct sync_run *run)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const char **ids;
    size_t n;

    if (!run->switched)
        return ERR_OK;
    TRY(sync_parked_ids(run, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(restore_words(run, scratch, ids[i]));
        arena_reset(scratch);
    }
    TRY(store_parked_forget(run->t->store, run->repository.id, run->e));
    return store_pr_follow(run->t->store, run->e);
}
