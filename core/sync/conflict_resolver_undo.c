/* Taking a decision back. */
#include <stdlib.h>
#include <string.h>

#include "core/store/store_pull_request.h"
#include "core/store/store_repository.h"
#include "core/sync/conflict_resolver.h"
#include "core/sync/sync_internal.h"

/* *there false: nobody sees it any more. */
static enum err_code find_event(struct store *s, struct arena *a, const char *id, struct store_event *out,
                                bool *there, struct err *e)
{
    struct err none = {0};
    enum err_code code = store_event_get(s, a, id, out, &none);

    *there = code == ERR_OK && !str_eq(out->state, "gone");
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return *e = none, code;
    return ERR_OK;
}

static enum err_code refuse_changed(const struct store_decision *d, const struct store_event *now, bool there,
                                    struct err *e)
{
    if (!there)
        return err_set(e, ERR_NOTHING_TO_DO,
                       "The event %s has been removed since this decision. Restore it from its history "
                       "instead.",
                       d->event_id);
    return err_set(e, ERR_NOTHING_TO_DO,
                   "The event %s has changed since this decision (revision %lld, by %s). Restore an earlier "
                   "revision from its history instead.",
                   d->event_id, (long long)now->revision, now->updated_by);
}

static enum err_code refuse_sent(const struct store_decision *d, int64_t number, struct err *e)
{
    if (!number)
        return err_set(e, ERR_NOTHING_TO_DO,
                       "The event %s is on its way into a pull request as it was decided. Edit it instead.",
                       d->event_id);
    return err_set(e, ERR_NOTHING_TO_DO,
                   "The event %s went out in pull request %lld as it was decided. Close that first, or edit "
                   "the event instead.",
                   d->event_id, (long long)number);
}

enum err_code conflict_resolver_can_undo(struct store *s, struct arena *a, const struct store_decision *d,
                                         struct err *e)
{
    struct store_pr_sending sending = {d->event_id, d->revision, d->at_us};
    struct store_event now;
    int64_t number;
    bool there;
    bool sent;

    if (d->undone_at_us)
        return err_set(e, ERR_NOTHING_TO_DO, "This decision about %s has been undone already.", d->event_id);
    if (d->elsewhere)
        return err_set(
            e, ERR_NOTHING_TO_DO,
            "The decision about %s was about another repository than the one that is followed now. Edit "
            "the event instead.",
            d->event_id);
    TRY(find_event(s, a, d->event_id, &now, &there, e));
    if (there != (d->revision != 0) || (there && now.revision != d->revision))
        return refuse_changed(d, &now, there, e);
    TRY(store_pr_sent_since(s, &sending, &number, &sent, e));
    return sent ? refuse_sent(d, number, e) : ERR_OK;
}

/* What the repository holds now, as of the last import; NULL: no such event. */
static enum err_code theirs_of_now(struct store *s, struct arena *a, const char *id, const char **theirs,
                                   struct err *e)
{
    const struct store_file *winner;
    const char *repository = NULL;
    struct store_file *files;
    size_t n;

    *theirs = NULL;
    TRY(store_setting_get(s, a, "base_repository", &repository, e));
    if (!repository)
        return ERR_OK;
    TRY(store_file_of_event(s, a, strtoll(repository, NULL, 10), id, &files, &n, e));
    winner = sync_winner(files, n);
    *theirs = winner ? winner->content : NULL;
    return ERR_OK;
}

/* The conflict comes first: with it open nothing is deleted or validated on the way. */
static enum err_code reopen(struct store *s, struct arena *a, const struct store_decision *d, struct err *e)
{
    struct store_conflict conflict = {.event_id = d->event_id,
                                      .base = d->base,
                                      .ours = d->ours,
                                      .fields = d->fields,
                                      .opened_at_us = d->opened_at_us};

    TRY(theirs_of_now(s, a, d->event_id, &conflict.theirs, e));
    TRY(store_conflict_close(s, d->event_id, e));
    return store_conflict_put(s, &conflict, e);
}

/* Again what it was: the content, and whether it was removed. */
static enum err_code put_back(struct store *s, const struct store_decision *d, const char *author,
                              bool is_removed, struct err *e)
{
    struct store_event_write write = {.id = d->event_id,
                                      .content = d->before,
                                      .base_hash = d->base_hash,
                                      .author = author,
                                      .reason = "undo",
                                      .validation = STORE_VALIDATION_KEPT};

    if (is_removed && !d->ours)
        return store_event_set_base(s, d->event_id, d->base_hash, e);
    TRY(store_event_put(s, &write, NULL, e));
    return d->ours ? ERR_OK : store_event_delete(s, d->event_id, author, NULL, e);
}

/* What was said since was about what had been decided. */
static enum err_code take_verdict_away(struct store *s, struct arena *a, const char *id, struct err *e)
{
    const struct store_verdict none = {.status = "pending", .score = -1};
    struct store_event now;

    TRY(store_event_get(s, a, id, &now, e));
    return now.validation_status[0] ? store_event_revalidate(s, id, &none, 0, e) : ERR_OK;
}

static enum err_code put_verdict_back(struct store *s, struct arena *a, const struct store_decision *d,
                                      struct err *e)
{
    struct json_object *before = NULL;
    struct store_verdict verdict = {.author = d->author};

    TRY(jx_parse(a, d->validation, strlen(d->validation), &before, e));
    verdict.status = jx_get_text(before, "status");
    if (!verdict.status || !verdict.status[0])
        return take_verdict_away(s, a, d->event_id, e);
    verdict.score = json_object_get_double(jx_get(before, "score"));
    verdict.notes = jx_get_text(before, "notes");
    return store_event_revalidate(s, d->event_id, &verdict, jx_get_int(before, "at", 0), e);
}

static enum err_code no_decision(struct store *s, struct arena *a, const char *id, struct err *e)
{
    struct store_event event;

    TRY(store_event_get(s, a, id, &event, e));
    return err_set(e, ERR_NOTHING_TO_DO,
                   "No decision about a conflict of %s stands, so there is none to undo.", id);
}

enum err_code conflict_resolver_undo(struct store *s, struct arena *a, const char *id, const char *author,
                                     struct err *e)
{
    struct store_decision d;
    struct store_event now;
    bool found;
    bool there;

    TRY(store_decision_last(s, a, id, &d, &found, e));
    if (!found)
        return no_decision(s, a, id, e);
    TRY(conflict_resolver_can_undo(s, a, &d, e));
    TRY(find_event(s, a, id, &now, &there, e));
    TRY(reopen(s, a, &d, e));
    TRY(put_back(s, &d, author, there && now.removed, e));
    TRY(put_verdict_back(s, a, &d, e));
    TRY(store_decision_undo(s, d.id, author, e));
    return conflict_resolver_saved(s, a, id, e);
}
