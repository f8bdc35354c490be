/* Moving the journal: the claim, one step after another, and what a failure leaves behind. */
#include <stdlib.h>
#include <string.h>

#include "core/pr/pr_internal.h"
#include "core/store/store_sync.h"
#include "core/util/clock.h"
#include "core/util/log.h"

void (*pr_builder_step_hook)(const char *point);

void pr_reached(const char *point)
{
    if (pr_builder_step_hook)
        pr_builder_step_hook(point);
}

void pr_warn(struct pr_run *run, const char *text)
{
    jx_push_text(run->warnings, text);
}

struct object_id pr_object_id(const char *hex)
{
    struct object_id id = {""};

    if (strlen(hex) == sizeof id.hex - 1)
        memcpy(id.hex, hex, sizeof id.hex);
    return id;
}

/* Still as it was planned? Within the transaction that claims. */
static enum err_code unchanged(struct pr_run *run, const struct store_pr_event *event, bool *same)
{
    struct store_event now;
    enum err_code code = store_event_get(run->store, run->arena, event->event_id, &now, run->e);

    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return code;
    *same = code == ERR_OK && now.revision == event->revision &&
            str_eq(now.content_hash, event->content_hash) &&
            (str_eq(now.state, "validated") || str_eq(now.state, "exported"));
    return ERR_OK;
}

static enum err_code write_claim(struct pr_run *run, struct pr_plan *plan, bool *again)
{
    TRY(pr_plan_check_revisions(run, plan->request));
    for (size_t i = 0; i < plan->n && !*again; i++) {
        bool same;

        TRY(unchanged(run, &plan->events[i], &same));
        *again = !same;
    }
    if (*again)
        return ERR_OK;
    TRY(store_pr_put(run->store, &plan->row, run->e));
    TRY(store_pr_add_events(run->store, plan->row.id, plan->events, plan->n, run->e));
    if (!plan->request->claimed)
        return ERR_OK;
    return plan->request->claimed(plan->request->context, plan->row.id, run->e);
}

enum err_code pr_journal_claim(struct pr_run *run, struct pr_plan *plan, bool *again)
{
    enum err_code code;

    *again = false;
    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = write_claim(run, plan, again);
    if (code != ERR_OK || *again) {
        store_rollback(run->store);
        return code;
    }
    TRY(store_commit(run->store, run->e));
    pr_reached("claimed");
    return ERR_OK;
}

enum err_code pr_batch_outdated(struct pr_run *run, int64_t pr, bool *outdated)
{
    struct store_pr_event *events;
    size_t n;

    *outdated = false;
    TRY(store_pr_events(run->store, run->arena, pr, &events, &n, run->e));
    for (size_t i = 0; i < n && !*outdated; i++) {
        bool same;

        TRY(unchanged(run, &events[i], &same));
        *outdated = !same;
    }
    return ERR_OK;
}

static const struct {
    const char *from;
    enum err_code (*advance)(struct pr_run *run, struct store_pull_request *row);
} steps[] = {{"claimed", pr_step_commit},
             {"committed", pr_step_push},
             {"pushed", pr_step_open},
             {"opened", pr_step_record}};

static enum err_code advance(struct pr_run *run, struct store_pull_request *row)
{
    while (str_eq(row->state, "running")) {
        size_t i = 0;

        while (i < sizeof steps / sizeof *steps && !str_eq(steps[i].from, row->step))
            i++;
        if (i == sizeof steps / sizeof *steps)
            return err_set(
                run->e, ERR_DB_CORRUPT,
                "The journal of pull request %lld is at an unknown step. Restore the database from a backup.",
                (long long)row->id);
        TRY(steps[i].advance(run, row));
    }
    return ERR_OK;
}

/* The server refused the commit, and meanwhile somebody has changed an event of it: sending the old content again and
 * again would block every other event, and nothing of it is on the remote. */
static bool refused_and_outdated(struct pr_run *run, const struct store_pull_request *row)
{
    struct pr_run quiet = *run;
    struct object_id there;
    bool outdated = false;

    quiet.e = NULL;
    return pr_batch_outdated(&quiet, row->id, &outdated) == ERR_OK && outdated &&
           git_service_remote_branch(run->git, true, row->branch, &there, NULL) == ERR_OK && !there.hex[0];
}

/* Before there is a commit nothing was sent, and what was claimed never becomes valid by itself: tried again and again
 * it would block every other event. */
static bool never_valid(const struct store_pull_request *row, enum err_code code)
{
    return str_eq(row->step, "claimed") && (code == ERR_INVALID_INPUT || code == ERR_INVALID_EVENT ||
                                            code == ERR_TOO_LARGE || code == ERR_EXISTS);
}

static bool ends_batch(struct pr_run *run, const struct store_pull_request *row, enum err_code code)
{
    if (run->drop || code == ERR_BRANCH_EXISTS || code == ERR_NOTHING_TO_DO || never_valid(row, code))
        return true;
    run->drop = code == ERR_PUSH_REJECTED && refused_and_outdated(run, row);
    return run->drop;
}

static enum err_code write_failure(struct pr_run *run, int64_t id, bool final, struct err *e)
{
    struct store_pull_request row;
    struct store_sync sync;
    struct json_object *errors = jx_own(run->arena, json_object_new_array());
    struct json_object *error = json_object_new_object();

    jx_push(errors, error);
    jx_set_text(error, "code", err_name(run->e->code));
    jx_set_text(error, "error", run->e->message);
    TRY(store_pr_get(run->store, run->arena, id, &row, e));
    row.error = run->e->message;
    if (final) {
        row.state = "failed";
        row.settled_at_us = clock_now_us();
    }
    TRY(store_pr_put(run->store, &row, e));
    if (final)
        TRY(store_pr_release_events(run->store, id, e));
    sync = (struct store_sync){.repo_url = row.repo_url,
                               .sync_type = "export",
                               .started_at_us = row.claimed_at_us,
                               .completed_at_us = clock_now_us(),
                               .pr_number = row.number,
                               .pr_url = row.url,
                               .branch_name = row.branch,
                               .conflicts = "[]",
                               .errors = jx_text(run->arena, errors)};
    return store_sync_put(run->store, &sync, e);
}

/* The error goes to the journal. When even that fails the first error is still the answer: a running row needs no note
 * to be resumed. */
static void remember_failure(struct pr_run *run, const struct store_pull_request *row, enum err_code code)
{
    struct err e;
    bool final = ends_batch(run, row, code);
    enum err_code written = store_begin(run->store, PR_WRITE_WAIT_MS, &e);

    if (written == ERR_OK) {
        written = write_failure(run, row->id, final, &e);
        written = store_end(run->store, written, &e);
    }
    if (written != ERR_OK)
        log_write(LOG_WARNING, "The failure of pull request %lld could not be noted: %s", (long long)row->id,
                  e.message);
}

enum err_code pr_journal_finish(struct pr_run *run, struct store_pull_request *row, bool resumed)
{
    enum err_code code = resumed ? pr_step_resume(run, row) : ERR_OK;

    if (code == ERR_OK)
        code = advance(run, row);
    if (code != ERR_OK)
        remember_failure(run, row, code);
    return code;
}
