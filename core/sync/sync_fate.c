/* What an import does to which event, for who wants to know before it is done. */
#include <string.h>

#include "core/event/event.h"
#include "core/store/store_parked.h"
#include "core/sync/sync_internal.h"
#include "core/util/digest.h"
#include "core/util/str.h"

/* Events told of one outcome; the numbers of a report count all. */
enum { PLAN_SHOWN = 1000, DELETIONS_SHOWN = 100, SEEN_DIGITS = 16 };

void sync_fate_begin(struct sync_run *run)
{
    for (int i = 0; i < SYNC_FATES; i++)
        run->fate[i] = (struct sync_ids){
            .ids = arena_array(run->t->arena, run->touched_count + 1, sizeof *run->fate[i].ids)};
}

static void note(struct sync_run *run, enum sync_fate which, const char *id)
{
    run->fate[which].ids[run->fate[which].n++] = id;
}

enum err_code sync_fate_of(struct sync_run *run, struct sync_touched *touched, struct arena *scratch)
{
    const int64_t imported = run->imported, updated = run->updated, deleted = run->deleted;
    const size_t merged = json_object_array_length(run->merged);

    TRY(sync_reconcile(run, touched, scratch));
    if (run->deleted != deleted)
        note(run, SYNC_FATE_DELETED, touched->id);
    else if (json_object_array_length(run->merged) != merged)
        note(run, SYNC_FATE_MERGED, touched->id);
    else if (run->imported != imported)
        note(run, SYNC_FATE_IMPORTED, touched->id);
    else if (run->updated != updated)
        note(run, SYNC_FATE_UPDATED, touched->id);
    return ERR_OK;
}

const char *sync_fate_seen(struct sync_run *run)
{
    const struct sync_ids *deleted = &run->fate[SYNC_FATE_DELETED];
    char hash[DIGEST_HEX_SIZE];
    struct str all;
    size_t size = 1;

    for (size_t i = 0; i < deleted->n; i++)
        size += strlen(deleted->ids[i]) + 1;
    str_init(&all, run->t->arena, size + 1);
    for (size_t i = 0; i < deleted->n; i++)
        str_addf(&all, "%s\n", deleted->ids[i]);
    digest_sha256(all.p, all.n, hash);
    return arena_strndup(run->t->arena, hash, SEEN_DIGITS);
}

/* Of an event that is gone by now, what it was last. */
static enum err_code last_words(struct sync_run *run, struct arena *a, const char *id,
                                struct json_object *row)
{
    struct json_object *fields = NULL;
    struct store_revision *last;
    size_t n;

    TRY(store_event_history(run->t->store, a, id, 1, &last, &n, run->e));
    if (n == 0 || jx_parse(a, last[0].content, strlen(last[0].content), &fields, NULL) != ERR_OK)
        return ERR_OK;
    jx_set_text(row, "date", event_text(a, fields, "date"));
    jx_set_text(row, "title", event_text(a, fields, "title"));
    return ERR_OK;
}

static enum err_code add_row(struct sync_run *run, struct arena *a, const char *id, struct json_object *list)
{
    struct json_object *row = json_object_new_object();
    struct store_event event;
    struct err none = {0};
    enum err_code code = store_event_get(run->t->store, a, id, &event, &none);

    jx_push(list, row);
    jx_set_text(row, "id", id);
    jx_set_text(row, "date", code == ERR_OK ? event.date : NULL);
    jx_set_text(row, "title", code == ERR_OK ? event.title : NULL);
    if (code == ERR_NOT_FOUND)
        return last_words(run, a, id, row);
    return code == ERR_OK ? ERR_OK : (*run->e = none, code);
}

static enum err_code list_of(struct sync_run *run, enum sync_fate which, size_t most,
                             struct json_object *list)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const struct sync_ids *all = &run->fate[which];

    for (size_t i = 0; i < all->n && i < most; i++) {
        TRY(add_row(run, scratch, all->ids[i], list));
        arena_reset(scratch);
    }
    return ERR_OK;
}

/* What the merge says about an event, beside its title. */
static void add_fields(struct json_object *list, const struct json_object *told)
{
    size_t n = json_object_array_length(told);

    for (size_t i = 0, k = 0; i < json_object_array_length(list); i++) {
        struct json_object *row = json_object_array_get_idx(list, i);

        while (k < n &&
               !str_eq(jx_get_text(json_object_array_get_idx(told, k), "id"), jx_get_text(row, "id")))
            k++;
        if (k < n)
            jx_set(row, "fields", json_object_get(jx_get(json_object_array_get_idx(told, k), "fields")));
    }
}

static enum err_code add_conflicts(struct sync_run *run, const struct json_object *conflicts,
                                   struct json_object *list)
{
    AUTO_STRUCT(arena) *scratch = arena_new();

    for (size_t i = 0; i < json_object_array_length(conflicts) && i < PLAN_SHOWN; i++) {
        TRY(add_row(run, scratch, jx_get_text(json_object_array_get_idx(conflicts, i), "id"), list));
        arena_reset(scratch);
    }
    add_fields(list, conflicts);
    return ERR_OK;
}

/* What is otherwise here than in the repository, and stays so. */
static enum err_code add_pending(struct sync_run *run, struct json_object *report, struct json_object *list)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    const char **ids;
    size_t n;
    int64_t count = 0;

    TRY(store_parked_leaving(run->t->store, run->t->arena, &ids, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        struct store_event event;

        arena_reset(scratch);
        TRY(store_event_get(run->t->store, scratch, ids[i], &event, run->e));
        if (str_eq(event.state, "conflict") || count++ >= PLAN_SHOWN)
            continue;
        TRY(add_row(run, scratch, ids[i], list));
        jx_set_text(json_object_array_get_idx(list, json_object_array_length(list) - 1), "change",
                    event.change);
    }
    jx_set_int(report, "pending", count);
    return ERR_OK;
}

enum err_code sync_fate_tell(struct sync_run *run, struct json_object *report)
{
    static const char *const names[SYNC_FATES] = {"imported", "updated", "deleted", "merged"};
    struct json_object *events = json_object_new_object();
    bool stops = sync_stops(run);

    jx_set(report, "events", events);
    for (int i = 0; i < SYNC_FATES; i++) {
        struct json_object *list = json_object_new_array();

        jx_set(events, names[i], list);
        TRY(list_of(run, (enum sync_fate)i, PLAN_SHOWN, list));
    }
    add_fields(jx_get(events, "merged"), run->merged);
    jx_set(events, "conflicts", json_object_new_array());
    TRY(add_conflicts(run, jx_get(report, "conflicts"), jx_get(events, "conflicts")));
    jx_set(events, "pending", json_object_new_array());
    TRY(add_pending(run, report, jx_get(events, "pending")));
    jx_set_bool(report, "needs_confirmation", stops);
    jx_set_text(report, "seen", stops ? sync_fate_seen(run) : NULL);
    return ERR_OK;
}

enum err_code sync_fate_refused(struct sync_run *run, struct json_object **out)
{
    struct json_object *report = jx_own(run->t->arena, json_object_new_object());
    struct json_object *list = json_object_new_array();

    jx_set_bool(report, "success", false);
    jx_set_text(report, "code", err_name(ERR_CONFIRM_DELETIONS));
    jx_set_text(report, "error", run->e->message);
    jx_set(report, "deletions", list);
    TRY(list_of(run, SYNC_FATE_DELETED, DELETIONS_SHOWN, list));
    jx_set_int(report, "deletions_total", run->deleted);
    jx_set_int(report, "events_total", run->removable);
    jx_set_text(report, "seen", sync_fate_seen(run));
    jx_set_text(report, "before_commit", run->before[0] ? run->before : NULL);
    jx_set_text(report, "after_commit", run->pull.after.hex[0] ? run->pull.after.hex : NULL);
    *out = report;
    return ERR_OK;
}
