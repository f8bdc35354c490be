/*
 * The steps of the journal. Each looks first, does its work, and only then writes down that it is done: killed in
 * between, the next run looks again and finds its work done.
 */
#include <string.h>

#include "core/pr/pr_internal.h"
#include "core/store/store_pr_content.h"
#include "core/store/store_sync.h"
#include "core/util/clock.h"

/* One short transaction that moves the row; *row follows only when it is durable. */
static enum err_code save(struct pr_run *run, struct store_pull_request *row, struct store_pull_request *next)
{
    enum err_code code;

    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = store_pr_put(run->store, next, run->e);
    TRY(store_end(run->store, code, run->e));
    *row = *next;
    return ERR_OK;
}

static enum err_code move_to(struct pr_run *run, struct store_pull_request *row, const char *step)
{
    struct store_pull_request next = *row;

    next.step = step;
    TRY(save(run, row, &next));
    pr_reached(step);
    return ERR_OK;
}

/* ---- claimed → committed */

static enum err_code build_commit(struct pr_run *run, const struct store_pull_request *row,
                                  struct object_id *commit)
{
    struct store_pr_event *events;
    struct pr_files files;
    size_t n;

    TRY(store_pr_events(run->store, run->arena, row->id, &events, &n, run->e));
    TRY(pr_files_read(run->arena, events, n, &files, run->e));
    struct git_service_commit request = {.parent = pr_object_id(row->parent_commit),
                                         .files = pr_files_for_commit(run->arena, &files),
                                         .file_count = files.n,
                                         .message = row->message,
                                         .author_name = row->author_name,
                                         .author_email = row->author_email,
                                         .time_us = row->claimed_at_us};
    TRY(git_service_commit_changes(run->git, &request, commit, run->e));
    return git_service_create_branch(run->git, row->branch, commit, run->e);
}

enum err_code pr_step_commit(struct pr_run *run, struct store_pull_request *row)
{
    struct store_pull_request next = *row;
    struct object_id commit;

    TRY(build_commit(run, row, &commit));
    pr_reached("commit-made");
    next.commit = arena_strdup(run->arena, commit.hex);
    next.step = "committed";
    TRY(save(run, row, &next));
    pr_reached("committed");
    return ERR_OK;
}

/* ---- committed → pushed */

/* The mirror is a cache: it may have been deleted since the commit was made. */
static enum err_code ensure_commit(struct pr_run *run, const struct store_pull_request *row)
{
    struct object_id commit = pr_object_id(row->commit);
    struct object_id made;

    if (git_service_has_commit(run->git, &commit))
        return ERR_OK;
    TRY(build_commit(run, row, &made));
    if (!str_eq(made.hex, row->commit))
        return err_set(
            run->e, ERR_INTERNAL,
            "The commit of pull request %lld could not be made again as it was. Please report this.",
            (long long)row->id);
    return ERR_OK;
}

static enum err_code branch_taken(struct pr_run *run, const struct store_pull_request *row)
{
    return err_set(
        run->e, ERR_BRANCH_EXISTS,
        "The branch %s exists on the remote with another commit, and nothing is ever forced. Look at it "
        "there; then delete it and run pr retry %lld, or run create-pr to send the events as a new batch.",
        row->branch, (long long)row->id);
}

enum err_code pr_step_push(struct pr_run *run, struct store_pull_request *row)
{
    struct object_id commit = pr_object_id(row->commit);
    bool already;
    enum err_code code;

    TRY(ensure_commit(run, row));
    code = git_service_push_branch(run->git, row->branch, &commit, &already, run->e);
    if (code == ERR_BRANCH_EXISTS)
        return branch_taken(run, row);
    TRY(code);
    run->pushed_here = true;
    pr_reached("branch-pushed");
    return move_to(run, row, "pushed");
}

/* ---- pushed → opened */

static const char *const *labels_of(struct arena *a, const char *json)
{
    struct json_object *list = NULL;
    const char **out;
    size_t n;

    if (jx_parse(a, json, strlen(json), &list, NULL) != ERR_OK || !json_object_is_type(list, json_type_array))
        return NULL;
    n = json_object_array_length(list);
    out = arena_array(a, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = json_object_get_string(json_object_array_get_idx(list, i));
    return out;
}

/* No forge: the number is our own, given in the transaction that writes it down. */
static enum err_code open_plain(struct pr_run *run, struct store_pull_request *row)
{
    struct store_pull_request next = *row;
    enum err_code code;

    next.step = "opened";
    next.opened_at_us = clock_now_us();
    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = store_pr_next_number(run->store, row->repo_url, &next.number, run->e);
    if (code == ERR_OK)
        code = store_pr_put(run->store, &next, run->e);
    TRY(store_end(run->store, code, run->e));
    *row = next;
    pr_reached("opened");
    return ERR_OK;
}

static enum err_code create(struct pr_run *run, const struct store_pull_request *row,
                            struct forge_pull_request *out)
{
    struct forge_new_pull_request request = {.head_branch = row->branch,
                                             .base_branch = row->base_branch,
                                             .title = row->title,
                                             .body = row->description,
                                             .draft = row->draft,
                                             .labels = labels_of(run->arena, row->labels)};
    const char *warning = NULL;

    TRY(run->b->forge->create(run->arena, &run->b->remote, &request, out, &warning, run->e));
    if (warning)
        pr_warn(run, warning);
    return ERR_OK;
}

/* One that an earlier run opened. Its labels may be missing: setting them again is harmless. */
static void adopt(struct pr_run *run, const struct store_pull_request *row,
                  const struct forge_pull_request *pull)
{
    const char *warning = NULL;

    run->b->forge->label(run->arena, &run->b->remote, pull->number, labels_of(run->arena, row->labels),
                         &warning);
    if (warning)
        pr_warn(run, warning);
}

/* The branch may have been deleted between two runs: then it is pushed again, the same commit. */
static enum err_code still_pushed(struct pr_run *run, const struct store_pull_request *row, bool *there)
{
    struct object_id commit;

    *there = true;
    if (run->pushed_here)
        return ERR_OK;
    TRY(git_service_remote_branch(run->git, true, row->branch, &commit, run->e));
    *there = commit.hex[0] != '\0';
    if (*there && !str_eq(commit.hex, row->commit))
        return branch_taken(run, row);
    return ERR_OK;
}

/* Refused because somebody merged the branch by hand? Then there is nothing left to open, and the next pull brings the
 * events home. */
static enum err_code refused(struct pr_run *run, const struct store_pull_request *row)
{
    struct object_id commit = pr_object_id(row->commit);
    struct object_id tip;
    struct err why = *run->e;
    bool landed = pr_fetch(run, &tip) == ERR_OK && git_service_contains(run->git, &tip, &commit);

    *run->e = why;
    if (!landed)
        return why.code;
    run->drop = true;
    return err_set(run->e, ERR_NOTHING_TO_DO,
                   "The commit of this batch is in the branch %s already. Run git-pull to bring the database "
                   "up to date.",
                   row->base_branch);
}

static enum err_code open_on_forge(struct pr_run *run, struct store_pull_request *row)
{
    struct store_pull_request next = *row;
    struct forge_pull_request pull;
    bool found;
    bool there = true;

    TRY(run->b->forge->find(run->arena, &run->b->remote, row->branch, &pull, &found, run->e));
    if (found) {
        adopt(run, row, &pull);
    } else {
        TRY(still_pushed(run, row, &there));
        if (!there) {
            /* A rebuilt mirror needs the parent before the commit can be made again. */
            struct object_id tip;

            TRY(pr_fetch(run, &tip));
            return move_to(run, row, "committed");
        }
        enum err_code code = create(run, row, &pull);

        if (code == ERR_FORGE_REFUSED)
            return refused(run, row);
        TRY(code);
    }
    pr_reached("request-opened");
    next.number = pull.number;
    next.url = pull.url;
    next.opened_at_us = clock_now_us();
    next.step = "opened";
    TRY(save(run, row, &next));
    pr_reached("opened");
    return ERR_OK;
}

enum err_code pr_step_open(struct pr_run *run, struct store_pull_request *row)
{
    if (row->plain)
        return open_plain(run, row);
    if (!run->b->forge)
        return err_set(
            run->e, ERR_CONFIG,
            "This batch was begun for a forge that is no longer configured. Set GITHUB_API_URL and the "
            "repository's URL as they were, then try again.");
    return open_on_forge(run, row);
}

/* ---- opened → recorded */

static enum err_code write_record(struct pr_run *run, struct store_pull_request *next)
{
    struct store_pr_event *events;
    struct store_sync sync;
    size_t n;
    int64_t files = 0;

    TRY(store_pr_put(run->store, next, run->e));
    TRY(store_pr_events(run->store, run->arena, next->id, &events, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        struct pr_files sent;
        const char *short_files;

        TRY(pr_files_read(run->arena, &events[i], 1, &sent, run->e));
        files += (int64_t)sent.n;
        /* The branch on the remote holds the bytes from now on. */
        TRY(pr_files_forget_text(run->arena, events[i].files, &short_files, run->e));
        TRY(store_pr_set_event_files(run->store, next->id, events[i].event_id, short_files, run->e));
    }
    sync = (struct store_sync){.repo_url = next->repo_url,
                               .sync_type = "export",
                               .started_at_us = next->claimed_at_us,
                               .completed_at_us = clock_now_us(),
                               .success = true,
                               .events_exported = (int64_t)n,
                               .pr_number = next->number,
                               .pr_url = next->url,
                               .branch_name = next->branch,
                               .commits_processed = 1,
                               .files_changed = files,
                               .conflicts = "[]",
                               .errors = "[]"};
    return store_sync_put(run->store, &sync, run->e);
}

enum err_code pr_step_record(struct pr_run *run, struct store_pull_request *row)
{
    struct store_pull_request next = *row;
    enum err_code code;

    next.step = "recorded";
    next.state = "open";
    next.error = "";
    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = write_record(run, &next);
    TRY(store_end(run->store, code, run->e));
    *row = next;
    pr_reached("recorded");
    return ERR_OK;
}

/* ---- before the steps of a batch that an earlier run began */

static enum err_code write_reclaim(struct pr_run *run, struct store_pull_request *next,
                                   const struct store_pr_event *events, size_t n)
{
    TRY(store_pr_put(run->store, next, run->e));
    for (size_t i = 0; i < n; i++)
        TRY(store_pr_set_event_files(run->store, next->id, events[i].event_id, events[i].files, run->e));
    return ERR_OK;
}

static enum err_code current_events(struct pr_run *run, int64_t pr, struct store_event **out, size_t *n)
{
    struct store_pr_event *claimed;

    TRY(store_pr_events(run->store, run->arena, pr, &claimed, n, run->e));
    *out = arena_array(run->arena, *n ? *n : 1, sizeof **out);
    for (size_t i = 0; i < *n; i++)
        TRY(store_event_get(run->store, run->arena, claimed[i].event_id, &(*out)[i], run->e));
    return ERR_OK;
}

/*
 * Nothing was pushed and the base branch was rewritten: the same batch on top of the new tip, under a new branch name
 * (the mirror keeps the old commit under the old one). Files are made anew, so the events must be what was claimed:
 * what was edited, merged with or put in conflict since would undo what the repository now holds.
 */
static enum err_code claim_again(struct pr_run *run, struct store_pull_request *row,
                                 const struct object_id *tip)
{
    struct store_pull_request next = *row;
    struct store_event *events;
    struct store_pr_event *rows;
    size_t n;
    enum err_code code;

    TRY(pr_batch_outdated(run, row->id, &run->drop));
    if (run->drop)
        return err_set(
            run->e, ERR_STALE,
            "The base branch was rewritten and events of the unfinished batch have changed since: it was "
            "dropped before anything was sent. Run create-pr again to send what is validated now.");
    TRY(current_events(run, row->id, &events, &n));
    TRY(pr_plan_events(run, tip, events, n, &rows));
    next.parent_commit = arena_strdup(run->arena, tip->hex);
    next.commit = "";
    next.step = "claimed";
    next.branch = pr_plan_branch(run, &next, rows, n);
    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = write_reclaim(run, &next, rows, n);
    TRY(store_end(run->store, code, run->e));
    *row = next;
    return ERR_OK;
}

/* Nothing of the batch has left yet, and a person has said no to an event of it: then it does not leave. */
static enum err_code stop_rejected(struct pr_run *run, const struct store_pull_request *row)
{
    struct store_pr_event *events;
    size_t n;

    TRY(store_pr_events(run->store, run->arena, row->id, &events, &n, run->e));
    for (size_t i = 0; i < n; i++) {
        struct store_event now;
        struct err none = {0};

        if (store_event_get(run->store, run->arena, events[i].event_id, &now, &none) != ERR_OK ||
            !str_eq(now.validation_status, "rejected"))
            continue;
        run->drop = true;
        return err_set(
            run->e, ERR_STALE,
            "The event %s of the unfinished batch has been rejected: it was dropped before anything was "
            "sent. Run create-pr again to send what is validated now.",
            now.id);
    }
    return ERR_OK;
}

enum err_code pr_step_resume(struct pr_run *run, struct store_pull_request *row)
{
    struct object_id there;
    struct object_id parent = pr_object_id(row->parent_commit);
    struct object_id tip;

    if (!str_eq(row->step, "claimed") && !str_eq(row->step, "committed"))
        return ERR_OK;
    TRY(git_service_remote_branch(run->git, true, row->branch, &there, run->e));
    if (row->commit[0] && str_eq(there.hex, row->commit)) {
        run->pushed_here = true;
        return move_to(run, row, "pushed");
    }
    if (!there.hex[0])
        TRY(stop_rejected(run, row));
    TRY(pr_fetch(run, &tip));
    if (git_service_contains(run->git, &tip, &parent))
        return ERR_OK;
    return there.hex[0] ? branch_taken(run, row) : claim_again(run, row, &tip);
}
