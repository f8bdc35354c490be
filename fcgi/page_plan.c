/*
 * Before a pull: what it would do; and what one that stopped would remove, with the question whether that is meant.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/view_plan.h"

static bool is_state(const struct json_object *job, const char *state)
{
    return str_eq(jx_get_text(job, "state"), state);
}

static bool is_kind(const struct json_object *job, const char *kind)
{
    return str_eq(jx_get_text(job, "kind"), kind);
}

static enum err_code find_job(struct exchange *x, const char *number, struct json_object **job, struct err *e)
{
    int64_t id = request_ordinal(number);
    struct json_object *view = NULL;

    if (id)
        TRY(service_job_show(x->service, id, &view, e));
    *job = jx_get(view, "job");
    if (!*job)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /jobs/1.");
    return ERR_OK;
}

static void to_job(struct exchange *x, const struct json_object *job, struct response *out)
{
    exchange_redirect(
        x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)jx_get_int(job, "id", 0)), NULL);
}

enum err_code handle_plan_form(struct exchange *x, struct response *out, struct err *e)
{
    const struct service_job_request request = {.kind = "plan"};
    struct json_object *view;

    TRY(service_job_request(x->service, &request, &view, e));
    exchange_wake(x);
    to_job(x, jx_get(view, "job"), out);
    return ERR_OK;
}

static void set_lists(struct exchange *x, struct json_object *model, const struct json_object *result)
{
    const struct json_object *events = jx_get(result, "events");
    const struct view_plan_list lists[] = {
        {"deleted", "Removed", "Their files are gone from the repository.", jx_get(events, "deleted"),
         jx_get_int(result, "deleted", 0), true, false},
        {"conflicts", "Changed here and there",
         "A person has to decide about these fields. The version here stays "
         "until then.",
         jx_get(events, "conflicts"), 0, true, true},
        {"merged", "Merged with edits here", "These fields come in; your edits stay.",
         jx_get(events, "merged"), 0, true, false},
        {"updated", "Changed", "They follow the repository.", jx_get(events, "updated"), 0, true, false},
        {"imported", "New", NULL, jx_get(events, "imported"), jx_get_int(result, "imported", 0), false,
         false},
    };
    struct view_plan plan = view_plan_begin(x, model);

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        view_plan_add(&plan, &lists[i]);
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *job)
{
    struct json_object *facts = json_object_new_array();
    const struct json_object *result = jx_get(job, "result");
    const char *commit = jx_get_text(result, "after_commit");
    size_t errors = json_object_array_length(jx_get(result, "errors"));

    view_set_time(x, view_fact(facts, "Looked at", NULL, NULL), "when", jx_get_text(job, "finished_at"));
    view_fact(facts, "New commits",
              view_value_text(view_count(x->arena, jx_get_int(result, "new_commits", 0))), NULL);
    if (commit)
        view_fact(facts, "Up to commit", view_value_code(arena_printf(x->arena, "%.10s", commit)), NULL);
    view_fact(facts, "Events that stay as they are",
              view_value_text(view_count(x->arena, jx_get_int(result, "unchanged", 0))), NULL);
    if (errors)
        view_fact(facts, "Files that cannot be read", view_value_text(view_count(x->arena, (int64_t)errors)),
                  NULL);
    return facts;
}

static void set_stop(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    const struct json_object *result = jx_get(job, "result");
    int64_t n = jx_get_int(result, "deleted", 0);
    struct json_object *stop = NULL;

    if (jx_get_bool(result, "needs_confirmation", false)) {
        stop = json_object_new_object();
        jx_set_text(stop, "text",
                    arena_printf(x->arena,
                                 "%s would go, more than a fifth of all. A pull stops before that and asks.",
                                 view_plural(x->arena, n, "event", "events")));
        jx_set_text(stop, "href",
                    arena_printf(x->arena, "/jobs/%lld/confirm", (long long)jx_get_int(job, "id", 0)));
        jx_set_text(stop, "label",
                    arena_printf(x->arena, "Remove %s",
                                 n == 1
                                     ? "this event"
                                     : arena_printf(x->arena, "these %s events", view_count(x->arena, n))));
    }
    jx_set(model, "stop", stop);
}

enum err_code handle_plan_page(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *model, *job;
    const struct json_object *result;
    const char *sum;

    TRY(find_job(x, x->request->segments[2], &job, e));
    if (!is_kind(job, "plan"))
        return err_set(e, ERR_NOT_FOUND,
                       "There is no such plan any more. Make it anew from the status page: /");
    if (!is_state(job, "succeeded")) {
        to_job(x, job, out);
        return ERR_OK;
    }
    result = jx_get(job, "result");
    sum = view_plan_sum(x, result);
    model = view_page(x, "What a pull would do", VIEW_NOWHERE,
                      arena_printf(x->arena, "/api/v1/jobs/%lld", (long long)jx_get_int(job, "id", 0)));
    jx_set_text(model, "heading",
                sum ? arena_printf(x->arena, "Waiting to be pulled: %s", sum)
                    : "A pull would change nothing");
    jx_set_text(model, "tone",
                jx_get_bool(result, "needs_confirmation", false) ||
                        json_object_array_length(jx_get(result, "conflicts"))
                    ? "attention"
                    : "good");
    jx_set_bool(model, "any", sum || jx_get_int(result, "new_commits", 0) > 0);
    set_stop(x, model, job);
    set_lists(x, model, result);
    jx_set(model, "facts", facts_of(x, job));
    return view_render(x, "pull_plan", model, out, e);
}

/* ---- the question */

/* Of a pull that stopped, or of a plan that says that it would. */
static const char *seen_of(const struct json_object *job)
{
    const struct json_object *result = jx_get(job, "result");

    if (is_kind(job, "plan") && !jx_get_bool(result, "needs_confirmation", false))
        return NULL;
    return is_kind(job, "plan") || is_kind(job, "pull") ? jx_get_text(result, "seen") : NULL;
}

enum err_code handle_pull_confirm_page(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *model, *job;
    const struct json_object *deletions;
    struct view_plan plan;
    const char *n_events;
    int64_t total;

    TRY(find_job(x, x->request->segments[1], &job, e));
    if (!seen_of(job))
        return err_set(e, ERR_NOT_FOUND, "This job asks nothing. See how it went: /jobs/%lld",
                       (long long)jx_get_int(job, "id", 0));
    deletions = view_plan_deletions(jx_get(job, "result"), &total);
    n_events = view_plural(x->arena, total, "event", "events");
    model = view_page(x, "Remove events", VIEW_NOWHERE, NULL);
    jx_set_text(model, "heading", arena_printf(x->arena, "Remove %s?", n_events));
    jx_set_text(model, "button", arena_printf(x->arena, "Remove %s and pull", n_events));
    jx_set_text(model, "seen", seen_of(job));
    jx_set_text(model, "back", arena_printf(x->arena, "/jobs/%lld", (long long)jx_get_int(job, "id", 0)));
    plan = view_plan_begin(x, model);
    view_plan_add(&plan,
                  &(struct view_plan_list){"deleted", "Events that go", NULL, deletions, total, true, true});
    return view_render(x, "pull_confirm", model, out, e);
}
