/*
 * The status page: the answer first, then the step that follows from it, then the numbers, then the details.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/status_actions.h"
#include "fcgi/view_chart.h"
#include "fcgi/view_job.h"

enum { FILES_SHOWN = 50, FILES_UNFOLDED = 10, PULLS_SHOWN = 5, SYNCS_SHOWN = 5, COMMIT_DIGITS = 10 };

static void set_numbers(struct exchange *x, struct json_object *model, const struct json_object *counts)
{
    static const char *const states[] = {"validated", "draft", "exported", "conflict", "merged", "rejected"};
    struct json_object *numbers = json_object_new_object();
    struct json_object *tiles = json_object_new_array();
    int64_t total = jx_get_int(counts, "total", 0);

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct json_object *tile = json_object_new_object();
        int64_t n = jx_get_int(counts, states[i], 0);

        jx_set_text(tile, "count", view_count(x->arena, n));
        jx_set_text(tile, "label", states[i]);
        jx_set_text(tile, "hint", view_state_hint(states[i]));
        jx_set_text(tile, "href",
                    str_eq(states[i], "conflict") ? "/conflicts"
                    : str_eq(states[i], "draft")  ? "/validation"
                                                  : arena_printf(x->arena, "/events?state=%s", states[i]));
        jx_set_bool(tile, "zero", n == 0);
        jx_push(tiles, tile);
    }
    jx_set_text(numbers, "all", view_plural(x->arena, total, "event", "events"));
    jx_set(numbers, "tiles", tiles);
    if (!total) {
        json_object_put(numbers);
        numbers = NULL;
    }
    jx_set(model, "numbers", numbers);
}

/* What is being done now, with a link to the page that follows it. */
static void set_job(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    struct view_job outcome;
    struct json_object *now;

    jx_set(model, "job_now", NULL);
    if (!job || !view_job_active(job))
        return;
    view_job_outcome(x, job, &outcome);
    now = view_job_progress(x, job);
    jx_set_text(now, "heading", outcome.heading);
    jx_set_text(now, "href", arena_printf(x->arena, "/jobs/%lld", (long long)jx_get_int(job, "id", 0)));
    jx_set_text(now, "trouble", jx_get_text(job, "error"));
    jx_set_text(now, "next_try", view_job_next_try(x, job));
    jx_set(model, "job_now", now);
    view_live(model);
}

static void set_problems(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *problems = json_object_new_object();
    size_t listed = view_set_files(x, problems, jx_get(view, "errors"), FILES_SHOWN);
    int64_t n = jx_get_int(view, "errors_total", (int64_t)listed);

    if (!listed) {
        json_object_put(problems);
        jx_set(model, "problems", NULL);
        return;
    }
    jx_set_text(problems, "heading",
                arena_printf(x->arena, "%s cannot be read", view_plural(x->arena, n, "file", "files")));
    jx_set_text(
        problems, "text",
        n == 1 ? "It is left out until somebody mends it in the repository. Everything else is here."
               : "They are left out until somebody mends them in the repository. Everything else is here.");
    if (n > FILES_SHOWN)
        jx_set_text(problems, "files_more",
                    arena_printf(x->arena, "And %s.",
                                 view_plural(x->arena, n - FILES_SHOWN, "more file", "more files")));
    jx_set_text(problems, "folded", n > FILES_UNFOLDED ? "Show which, and why" : NULL);
    jx_set(model, "problems", problems);
}

static void add_behind(struct exchange *x, struct json_object *facts, const struct json_object *view)
{
    const char *error = jx_get_text(view, "remote_error");
    int64_t n = jx_get_int(view, "commits_behind", -1);

    if (n < 0)
        view_fact(facts, "New there", view_value_text("not known"), error);
    else if (n == 0)
        view_fact(facts, "New there", view_value_text("nothing"), "0 commits behind");
    else
        view_fact(facts, "New there", view_value_text(view_plural(x->arena, n, "commit", "commits")),
                  "to pull");
}

static void add_time(struct exchange *x, struct json_object *facts, const char *label, const char *time)
{
    if (time && time[0])
        view_set_time(x, view_fact(facts, label, NULL, NULL), "when", time);
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *view)
{
    struct json_object *facts = json_object_new_array();
    const struct json_object *repository = jx_get(view, "repo_status");
    const char *commit = jx_get_text(repository, "imported_commit");
    const char *folder = jx_get_text(repository, "events_dir");

    view_fact_repository(x, facts, jx_get_text(view, "repo_url"));
    view_fact(facts, "Branch",
              view_value_code(jx_get_text(view, "current_branch") ? jx_get_text(view, "current_branch") : ""),
              NULL);
    if (folder)
        view_fact(facts, "Folder", view_value_code(folder), NULL);
    add_behind(x, facts, view);
    add_time(x, facts, "Last looked", jx_get_text(view, "checked_at"));
    add_time(x, facts, "Last sync", jx_get_text(view, "last_sync"));
    if (commit)
        view_fact(facts, "Imported up to",
                  view_value_code(arena_printf(x->arena, "%.*s", COMMIT_DIGITS, commit)), "commit");
    view_fact(facts, "Events there",
              view_value_text(view_count(x->arena, jx_get_int(view, "events_in_repo", 0))), NULL);
    return facts;
}

static void set_rows(struct json_object *section, struct json_object *rows, const char *none)
{
    bool any = json_object_array_length(rows) > 0;

    jx_set(section, "rows", rows);
    jx_set_bool(section, "any", any);
    jx_set_text(section, "none", any ? NULL : none);
}

static void set_pulls(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *section = json_object_new_object();
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; list && i < json_object_array_length(list) && i < PULLS_SHOWN; i++)
        jx_push(rows, view_pull_row(x, json_object_array_get_idx(list, i)));
    set_rows(section, rows, "Validated events go out with the button “Create pull request”.");
    jx_set(model, "pulls", section);
}

/* Pull requests that stopped half way, and the newest one when it was refused: with what to do. */
static void set_left(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *left = json_object_new_object();
    struct json_object *rows = json_object_new_array();
    struct json_object *list = jx_get(view, "unfinished_pull_requests");
    bool editor = exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR);

    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        const struct json_object *pull = json_object_array_get_idx(list, i);
        bool failed = str_eq(jx_get_text(pull, "state"), "failed");
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "title", jx_get_text(pull, "title"));
        jx_set_text(row, "error", jx_get_text(pull, "error"));
        jx_set_text(row, "id",
                    editor && !failed ? arena_printf(x->arena, "%lld", (long long)jx_get_int(pull, "id", 0))
                                      : NULL);
        jx_set_text(row, "text",
                    failed ? "It was refused, and its events are free again: they can go out in another one."
                           : "It stopped half way. Nothing is lost: it goes on where it stopped.");
        jx_set_text(row, "href", editor && failed ? "/pull-requests/new" : NULL);
        jx_push(rows, row);
    }
    jx_set_bool(left, "any", json_object_array_length(rows) > 0);
    jx_set(left, "rows", rows);
    jx_set(model, "left", left);
}

static void set_syncs(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *section = json_object_new_object();
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; list && i < json_object_array_length(list) && i < SYNCS_SHOWN; i++)
        jx_push(rows, view_sync_row(x, json_object_array_get_idx(list, i)));
    set_rows(section, rows, "Nothing has been pulled or sent yet.");
    jx_set(model, "syncs_now", section);
}

/* The database is there, and that is all: nothing was pulled, nothing is being pulled, and nobody tried. */
static bool is_untouched(const struct json_object *view)
{
    const struct json_object *syncs = jx_get(view, "recent_syncs");

    return str_eq(jx_get_text(jx_get(view, "headline"), "tone"), "empty") && !jx_get(view, "job") &&
           !jx_get_int(jx_get(view, "counts"), "total", 0) && (!syncs || !json_object_array_length(syncs));
}

static struct json_object *model_of(struct exchange *x, const struct json_object *view)
{
    struct json_object *headline = jx_get(view, "headline");
    struct json_object *counts = jx_get(view, "counts");
    struct json_object *job = jx_get(view, "job");
    struct json_object *model = view_page(x, jx_get_text(headline, "text"), VIEW_STATUS, "/api/v1/status");

    jx_set(model, "headline", json_object_get(headline));
    set_job(x, model, job);
    status_set_actions(x, model, view);
    set_left(x, model, view);
    set_numbers(x, model, counts);
    set_problems(x, model, view);
    jx_set(model, "facts", facts_of(x, view));
    set_pulls(x, model, jx_get(view, "open_pull_request_list"));
    set_syncs(x, model, jx_get(view, "recent_syncs"));
    jx_set(model, "chart", NULL);
    jx_set(model, "no_account", NULL);
    return model;
}

static enum err_code add_chart(struct exchange *x, struct json_object *model, struct err *e)
{
    struct json_object *view;

    TRY(service_years(x->service, &view, e));
    jx_set(model, "chart", view_chart_years(x, jx_get(view, "years")));
    return ERR_OK;
}

/* On a public page nobody is sent to the login page, which says how the first account is made. */
static enum err_code add_first_step(struct exchange *x, struct json_object *model, struct err *e)
{
    bool any = true;

    if (!exchange_caller(x)->name)
        TRY(service_has_accounts(x->service, &any, e));
    if (!any)
        jx_set_text(
            model, "no_account",
            arena_printf(x->arena, "tideline --tenant %s user add NAME --role admin", x->tenant->name));
    return ERR_OK;
}

/* Figures that a visitor looks at are to be of today. That the question cannot be queued now spoils no page. */
static void ask_if_old(struct exchange *x)
{
    struct err ignored = {0};
    bool queued = false;

    if (service_check_if_old(x->service, &queued, &ignored) == ERR_OK && queued)
        exchange_wake(x);
}

enum err_code handle_status_page(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view, *model;

    if (!x->service || !x->tenant->repo_url)
        return view_unpulled(x, VIEW_STATUS, out, e);
    ask_if_old(x);
    TRY(service_status_page(x->service, &view, e));
    if (is_untouched(view))
        return view_unpulled(x, VIEW_STATUS, out, e);
    model = model_of(x, view);
    TRY(add_chart(x, model, e));
    TRY(add_first_step(x, model, e));
    return view_render(x, "status", model, out, e);
}
