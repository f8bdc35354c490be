/* create_pr and retry: what a person asked for, in terms of the journal. */
#include "core/pr/pr_builder.h"

#include <string.h>

#include "core/pr/pr_internal.h"
#include "core/store/store_pr_content.h"
#include "core/util/utf8.h"

enum { CLAIM_ATTEMPTS = 5, RUNNING_LIMIT = 1000, PATH_BYTES = 1024 };

static struct pr_run begin_run(struct pr_builder *b, struct err *e)
{
    struct arena *a = b->sync->arena;

    return (struct pr_run){.b = b,
                           .arena = a,
                           .store = b->sync->store,
                           .git = b->sync->git,
                           .e = e ? e : arena_alloc(a, sizeof *e),
                           .warnings = jx_own(a, json_object_new_array())};
}

static enum err_code need_token(struct pr_run *run)
{
    const char *token = run->b->remote.token;

    if (run->b->forge && (!token || !*token))
        return err_set(
            run->e, ERR_TOKEN_MISSING,
            "Opening a pull request needs a token. Set GITHUB_TOKEN or GITHUB_TOKEN_FILE; nothing was sent.");
    return ERR_OK;
}

/* The oldest batch of this repository and branch that an earlier run began and did not finish. */
static enum err_code find_running(struct pr_run *run, struct store_pull_request *out, bool *found)
{
    struct store_pull_request *rows;
    size_t n;

    *found = false;
    TRY(store_pr_list(run->store, run->arena, "running", &(struct store_slice){.limit = RUNNING_LIMIT}, &rows,
                      &n, run->e));
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(rows[i].repo_url, run->b->sync->repo_url) ||
            !str_eq(rows[i].base_branch, run->b->sync->branch))
            continue;
        *out = rows[i];
        *found = true;
    }
    return ERR_OK;
}

static void set_link(struct pr_run *run, struct json_object *answer, const struct store_pull_request *row)
{
    if (row->number == 0) {
        jx_set_text(answer, "pr_url", NULL);
        jx_set_text(answer, "pr_number", NULL);
        return;
    }
    jx_set_int(answer, "pr_number", row->number);
    jx_set_text(answer, "pr_url",
                row->plain ? arena_printf(run->arena, "%s%lld", run->b->page_base, (long long)row->number)
                           : row->url);
}

static struct json_object *make_answer(struct pr_run *run, const struct store_pull_request *row, size_t n,
                                       bool resumed)
{
    struct json_object *answer = jx_own(run->arena, json_object_new_object());

    jx_set_bool(answer, "success", true);
    set_link(run, answer, row);
    jx_set_text(answer, "branch", row->branch);
    jx_set_int(answer, "events_count", (int64_t)n);
    jx_set_text(answer, "commit_hash", row->commit[0] ? row->commit : NULL);
    jx_set_text(answer, "title", row->title);
    jx_set_bool(answer, "resumed", resumed);
    jx_set(answer, "warnings", json_object_get(run->warnings));
    return answer;
}

static enum err_code answer_row(struct pr_run *run, const struct store_pull_request *row, bool resumed,
                                struct json_object **answer)
{
    struct store_pr_event *events;
    size_t n;

    TRY(store_pr_events(run->store, run->arena, row->id, &events, &n, run->e));
    *answer = make_answer(run, row, n, resumed);
    jx_set_int(*answer, "id", row->id);
    return ERR_OK;
}

/* What the diff is about, file by file in its order. */
static struct json_object *list_files(const struct pr_files *files)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < files->n; i++) {
        struct json_object *row = json_object_new_object();
        const struct store_pr_event *event = files->items[i].event;
        char path[PATH_BYTES];

        utf8_clean(path, sizeof path, files->items[i].file.path, strlen(files->items[i].file.path));
        jx_set_text(row, "path", path);
        jx_set_text(row, "event", event->event_id);
        jx_set_text(row, "date", event->date);
        jx_set_text(row, "title", event->title);
        jx_set_text(row, "change", event->change);
        jx_push(list, row);
    }
    return list;
}

/* Who sends exactly this later names these revisions. */
static struct json_object *list_events(const struct pr_plan *plan)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < plan->n; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "id", plan->events[i].event_id);
        jx_set_int(row, "revision", plan->events[i].revision);
        jx_push(list, row);
    }
    return list;
}

/* What a real run would do: finish the batch that waits, or send a new one. */
static enum err_code dry_run(struct pr_run *run, const struct pr_request *request,
                             struct json_object **answer)
{
    struct pr_plan plan = {.n = 0};
    struct pr_files files;
    struct object_id parent;
    const char *diff;
    bool resumed;

    TRY(find_running(run, &plan.row, &resumed));
    if (resumed) {
        TRY(pr_fetch(run, &parent));
        TRY(store_pr_events(run->store, run->arena, plan.row.id, &plan.events, &plan.n, run->e));
    } else {
        TRY(pr_plan_make(run, request, &plan));
    }
    parent = pr_object_id(plan.row.parent_commit);
    TRY(pr_files_read(run->arena, plan.events, plan.n, &files, run->e));
    TRY(pr_diff(run, &parent, &files, &diff));
    *answer = make_answer(run, &plan.row, plan.n, resumed);
    jx_set_text(*answer, "description", plan.row.description);
    jx_set_text(*answer, "diff", diff);
    jx_set(*answer, "events", list_events(&plan));
    jx_set(*answer, "files", list_files(&files));
    jx_set_bool(*answer, "dry_run", true);
    return ERR_OK;
}

static enum err_code create_new(struct pr_run *run, const struct pr_request *request,
                                struct json_object **answer)
{
    struct pr_plan plan = {.n = 0};
    bool again = true;

    for (int i = 0; i < CLAIM_ATTEMPTS && again; i++) {
        TRY(pr_plan_make(run, request, &plan));
        pr_reached("planned");
        TRY(pr_journal_claim(run, &plan, &again));
    }
    if (again)
        return err_set(run->e, ERR_BUSY, "The events are being edited all the time. Try again in a moment.");
    TRY(pr_journal_finish(run, &plan.row, false));
    return answer_row(run, &plan.row, false, answer);
}

static enum err_code resume(struct pr_run *run, struct store_pull_request *row, struct json_object **answer)
{
    TRY(pr_journal_finish(run, row, true));
    return answer_row(run, row, true, answer);
}

/* After an unfinished batch had to be dropped, its events and others that are validated now go out as a new one. When
 * there are none, why it was dropped is what a person needs to hear. */
static enum err_code instead_of_dropped(struct pr_run *run, const struct pr_request *request,
                                        enum err_code dropped, struct json_object **answer)
{
    struct err why = *run->e;
    enum err_code code;

    run->drop = false;
    run->pushed_here = false;
    pr_warn(run, arena_strdup(run->arena, why.message));
    code = create_new(run, request, answer);
    if (code != ERR_NOTHING_TO_DO)
        return code;
    *run->e = why;
    return dropped;
}

/* The batch of an earlier try, which ended between sending it and saying so. */
static enum err_code find_sent(struct pr_run *run, int64_t id, struct store_pull_request *out, bool *found)
{
    *found = false;
    if (!id)
        return ERR_OK;
    TRY(store_pr_get(run->store, run->arena, id, out, run->e));
    *found = !str_eq(out->state, "running") && !str_eq(out->state, "failed");
    return ERR_OK;
}

static enum err_code create_or_resume(struct pr_run *run, const struct pr_request *request,
                                      struct json_object **answer)
{
    struct store_pull_request row;
    enum err_code code;
    bool found;

    TRY(find_sent(run, request->earlier, &row, &found));
    if (found)
        return answer_row(run, &row, true, answer);
    TRY(find_running(run, &row, &found));
    if (!found)
        return create_new(run, request, answer);
    /* A forge may know no drafts: asking again without --draft is the way out. */
    row.draft = row.draft && request->draft;
    code = resume(run, &row, answer);
    return code != ERR_OK && run->drop ? instead_of_dropped(run, request, code, answer) : code;
}

enum err_code pr_builder_create_pr(struct pr_builder *b, const struct pr_request *request,
                                   struct json_object **answer, struct err *e)
{
    struct pr_run run = begin_run(b, e);
    AUTO_FD lock = -1;

    *answer = NULL;
    if (request->dry_run)
        return dry_run(&run, request, answer);
    TRY(need_token(&run));
    TRY(store_pr_lock(run.store, 0, &lock, run.e));
    return create_or_resume(&run, request, answer);
}

/* A failed batch becomes a running one again, if its events are still what it claimed and in no other batch. */
static enum err_code revive(struct pr_run *run, struct store_pull_request *row)
{
    enum err_code code;

    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    row->state = "running";
    row->step = "claimed";
    row->settled_at_us = 0;
    code = store_pr_put(run->store, row, run->e);
    if (code != ERR_OK) {
        store_rollback(run->store);
        return code == ERR_EXISTS
                   ? err_set(run->e, ERR_EXISTS,
                             "Events of this batch are in another pull request by now: it cannot be "
                             "sent again.")
                   : code;
    }
    return store_commit(run->store, run->e);
}

static enum err_code retry(struct pr_run *run, int64_t id, struct json_object **answer)
{
    struct store_pull_request row;
    bool outdated;

    TRY(store_pr_get(run->store, run->arena, id, &row, run->e));
    if (!str_eq(row.repo_url, run->b->sync->repo_url))
        return err_set(run->e, ERR_REPOSITORY_SWITCHED, "This batch belongs to another repository: %.200s.",
                       row.repo_url);
    if (str_eq(row.state, "running"))
        return resume(run, &row, answer);
    if (!str_eq(row.state, "failed"))
        return err_set(run->e, ERR_INVALID_INPUT, "The pull request is %s: there is nothing to try again.",
                       row.state);
    TRY(pr_batch_outdated(run, id, &outdated));
    if (outdated)
        return err_set(
            run->e, ERR_STALE,
            "Events of this batch have changed since. Run create-pr to send what is validated now.");
    TRY(revive(run, &row));
    return resume(run, &row, answer);
}

enum err_code pr_builder_retry(struct pr_builder *b, int64_t id, struct json_object **answer, struct err *e)
{
    struct pr_run run = begin_run(b, e);
    AUTO_FD lock = -1;

    *answer = NULL;
    TRY(need_token(&run));
    TRY(store_pr_lock(run.store, 0, &lock, run.e));
    return retry(&run, id, answer);
}
