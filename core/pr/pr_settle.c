/* How open pull requests ended. A forge is asked; on a plain remote the base branch and the pushed branch tell. */
#include <string.h>

#include "core/git/git_landed.h"
#include "core/pr/pr_internal.h"
#include "core/util/clock.h"

enum {
    OPEN_LIMIT = 10000,
    WALK_COMMITS = 5000, /* commits of the base branch since the claim that are looked at */
};

/* How one pull request ended; state "open": it has not. */
struct outcome {
    const char *state;
    const char *merge_commit;
    int64_t at_us;
};

static enum err_code write_outcome(struct pr_run *run, struct store_pull_request *row,
                                   const struct outcome *outcome, bool *settled)
{
    /* Another process may have settled it meanwhile. */
    TRY(store_pr_get(run->store, run->arena, row->id, row, run->e));
    *settled = str_eq(row->state, "open");
    if (!*settled)
        return ERR_OK;
    row->state = outcome->state;
    row->merge_commit = outcome->merge_commit;
    row->settled_at_us = outcome->at_us ? outcome->at_us : clock_now_us();
    TRY(store_pr_put(run->store, row, run->e));
    return str_eq(row->state, "merged") ? ERR_OK : store_pr_release_events(run->store, row->id, run->e);
}

static void tell(struct pr_run *run, struct json_object *answer, const struct store_pull_request *row)
{
    struct json_object *item = json_object_new_object();

    jx_set_int(item, "id", row->id);
    jx_set_int(item, "number", row->number);
    jx_set_text(item, "title", row->title);
    jx_set_text(item, "branch", row->branch);
    jx_set_text(item, "settled_at", clock_rfc3339(run->arena, row->settled_at_us));
    jx_set_text(item, "merge_commit", row->merge_commit[0] ? row->merge_commit : NULL);
    jx_push(jx_get(answer, row->state), item);
}

static enum err_code settle(struct pr_run *run, struct store_pull_request *row, const struct outcome *outcome,
                            struct json_object *answer)
{
    enum err_code code;
    bool settled = false;

    if (str_eq(outcome->state, "open"))
        return ERR_OK;
    TRY(store_begin(run->store, PR_WRITE_WAIT_MS, run->e));
    code = write_outcome(run, row, outcome, &settled);
    TRY(store_end(run->store, code, run->e));
    if (settled)
        tell(run, answer, row);
    return ERR_OK;
}

static enum err_code ask_forge(struct pr_run *run, const struct store_pull_request *row, struct outcome *out)
{
    struct forge_pull_request pull;

    TRY(run->b->forge->get(run->arena, &run->b->remote, row->number, &pull, run->e));
    out->state = pull.state;
    out->merge_commit = pull.merge_commit;
    out->at_us = pull.merged_at_us ? pull.merged_at_us : pull.closed_at_us;
    return ERR_OK;
}

/* One pull request that the forge does not show any more must not hide how the others ended. */
static enum err_code settle_on_forge(struct pr_run *run, struct store_pull_request *row,
                                     struct json_object *answer)
{
    struct outcome outcome = {.state = "open", .merge_commit = ""};
    enum err_code code;

    if (!run->b->forge) {
        pr_warn(run, arena_printf(
                         run->arena,
                         "Pull request %lld is on a forge that is no longer configured; its state stays as "
                         "it was.",
                         (long long)row->number));
        return ERR_OK;
    }
    code = ask_forge(run, row, &outcome);
    if (code == ERR_REPOSITORY_NOT_FOUND) {
        pr_warn(run,
                arena_printf(run->arena, "Pull request %lld: %s", (long long)row->number, run->e->message));
        return ERR_OK;
    }
    TRY(code);
    return settle(run, row, &outcome, answer);
}

/* The tip of the base branch, fetched once, and only after the branches of all pull requests were asked for. */
struct plain_view {
    struct object_id tip;
    bool *branch_gone; /* per row */
};

static enum err_code find_landing(struct pr_run *run, const struct store_pull_request *row,
                                  const struct object_id *tip, struct git_service_landing_place *place)
{
    struct store_pr_event *events;
    struct git_service_landing_file *wanted;
    struct git_service_landing landing = {.tip = *tip, .limit_commits = WALK_COMMITS};
    struct pr_files files;
    size_t n;

    TRY(store_pr_events(run->store, run->arena, row->id, &events, &n, run->e));
    TRY(pr_files_read(run->arena, events, n, &files, run->e));
    wanted = arena_array(run->arena, files.n ? files.n : 1, sizeof *wanted);
    for (size_t i = 0; i < files.n; i++)
        wanted[i] = (struct git_service_landing_file){files.items[i].file.path, files.items[i].blob};
    landing.parent = pr_object_id(row->parent_commit);
    landing.commit = pr_object_id(row->commit);
    landing.files = wanted;
    landing.n = files.n;
    return git_service_find_landing(run->git, &landing, place, run->e);
}

static enum err_code settle_plain(struct pr_run *run, struct store_pull_request *row,
                                  const struct object_id *tip, bool branch_gone, struct json_object *answer)
{
    struct git_service_landing_place place;
    struct outcome outcome = {.state = branch_gone ? "closed" : "open", .merge_commit = ""};

    TRY(find_landing(run, row, tip, &place));
    if (place.landed) {
        outcome.state = "merged";
        outcome.merge_commit = arena_strdup(run->arena, place.commit.hex);
        /* The landing commit may be older than the claim when its clock was wrong: never merged before it was claimed. */
        outcome.at_us = place.time_us > row->claimed_at_us ? place.time_us : row->claimed_at_us;
    }
    return settle(run, row, &outcome, answer);
}

/* First the branches, then the base: a branch that was merged and deleted between the two is found merged. */
static enum err_code look_at_plain(struct pr_run *run, const struct store_pull_request *rows, size_t n,
                                   struct plain_view *view)
{
    bool any = false;

    view->branch_gone = arena_array(run->arena, n ? n : 1, sizeof *view->branch_gone);
    for (size_t i = 0; i < n; i++) {
        struct object_id there;

        if (!rows[i].plain)
            continue;
        any = true;
        TRY(git_service_remote_branch(run->git, true, rows[i].branch, &there, run->e));
        view->branch_gone[i] = !there.hex[0];
    }
    return any ? pr_fetch(run, &view->tip) : ERR_OK;
}

/* The open ones of the repository and branch that is followed now. */
static enum err_code open_rows(struct pr_run *run, struct store_pull_request **rows, size_t *n)
{
    struct store_pull_request *all;
    size_t count;

    TRY(store_pr_list(run->store, run->arena, "open", &(struct store_slice){.limit = OPEN_LIMIT}, &all,
                      &count, run->e));
    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i].repo_url, run->b->sync->repo_url) &&
            str_eq(all[i].base_branch, run->b->sync->branch))
            all[(*n)++] = all[i];
    *rows = all;
    return ERR_OK;
}

static struct json_object *new_answer(struct pr_run *run, size_t checked)
{
    struct json_object *answer = jx_own(run->arena, json_object_new_object());

    jx_set_bool(answer, "success", true);
    jx_set_int(answer, "checked", (int64_t)checked);
    jx_set(answer, "merged", json_object_new_array());
    jx_set(answer, "closed", json_object_new_array());
    jx_set(answer, "warnings", json_object_get(run->warnings));
    return answer;
}

enum err_code pr_builder_refresh(struct pr_builder *b, struct json_object **answer, struct err *e)
{
    struct arena *a = b->sync->arena;
    struct pr_run run = {.b = b,
                         .arena = a,
                         .store = b->sync->store,
                         .git = b->sync->git,
                         .e = e ? e : arena_alloc(a, sizeof *e),
                         .warnings = jx_own(a, json_object_new_array())};
    struct store_pull_request *rows;
    struct json_object *all;
    struct plain_view view;
    size_t n;

    *answer = NULL;
    TRY(open_rows(&run, &rows, &n));
    all = new_answer(&run, n);
    TRY(look_at_plain(&run, rows, n, &view));
    for (size_t i = 0; i < n; i++)
        if (rows[i].plain)
            TRY(settle_plain(&run, &rows[i], &view.tip, view.branch_gone[i], all));
        else
            TRY(settle_on_forge(&run, &rows[i], all));
    *answer = all;
    return ERR_OK;
}
