/*
 * Before another repository is followed: in what it differs from what is here.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view_plan.h"

enum err_code handle_compare_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_switch_args args = {0};
    struct json_object *view;
    struct err why = {0};

    TRY(form_text(&x->form, "repo_url", &args.repo_url, e));
    TRY(form_text(&x->form, "branch", &args.branch, e));
    if (service_compare_request(x->service, &args, &view, &why) == ERR_OK) {
        long long id = (long long)jx_get_int(jx_get(view, "job"), "id", 0);

        exchange_wake(x);
        exchange_redirect(x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", id), NULL);
        return ERR_OK;
    }
    if (settings_is_answer(x, &why))
        return settings_show(x, &why, "repo_url", out, e);
    *e = why;
    return why.code;
}

static void set_lists(struct exchange *x, struct json_object *model, const struct json_object *result)
{
    const struct json_object *events = jx_get(result, "events");
    const struct view_plan_list lists[] = {
        {"conflicts", "Changed here and there",
         "A person would have to decide about these fields. The version here stays until then.",
         jx_get(events, "conflicts"), 0, true, false},
        {"pending", "Your changes", "They stay, to be sent to the other repository.",
         jx_get(events, "pending"), jx_get_int(result, "pending", 0), true, false},
        {"deleted", "Only here",
         "They go. What reviewers said about them is kept until this repository is followed again.",
         jx_get(events, "deleted"), jx_get_int(result, "deleted", 0), true, false},
        {"updated", "Different there", "They become what they are there.", jx_get(events, "updated"), 0, true,
         false},
        {"imported", "Only there", "They come in.", jx_get(events, "imported"),
         jx_get_int(result, "imported", 0), false, false},
    };
    struct view_plan plan = view_plan_begin(x, model);

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        view_plan_add(&plan, &lists[i]);
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *job)
{
    struct json_object *facts = json_object_new_array();
    const struct json_object *result = jx_get(job, "result");
    const struct json_object *now = jx_get(result, "now");
    const char *commit = jx_get_text(result, "after_commit");

    view_fact_repository(x, facts, jx_get_text(result, "repo_url"));
    view_fact(facts, "Branch", view_value_code(jx_get_text(result, "branch")),
              commit ? arena_printf(x->arena, "at %.10s", commit) : "no commits yet");
    if (jx_get_text(now, "repo_url"))
        view_fact(facts, "Followed now", view_value_code(jx_get_text(now, "repo_url")),
                  jx_get_text(now, "branch"));
    view_fact(facts, "Events that are the same",
              view_value_text(view_count(x->arena, jx_get_int(result, "unchanged", 0))), NULL);
    view_set_time(x, view_fact(facts, "Compared", NULL, NULL), "when", jx_get_text(job, "finished_at"));
    return facts;
}

static const char *heading_of(struct exchange *x, const struct json_object *result)
{
    const int64_t n = jx_get_int(result, "imported", 0) + jx_get_int(result, "deleted", 0) +
                      jx_get_int(result, "updated", 0) +
                      (int64_t)json_object_array_length(jx_get(result, "conflicts"));

    return n ? arena_printf(x->arena, "%s would change", view_plural(x->arena, n, "event", "events"))
             : "Nothing would change";
}

static void set_stop(struct exchange *x, struct json_object *model, const struct json_object *result)
{
    jx_set_text(model, "seen", jx_get_text(result, "seen"));
    jx_set_text(
        model, "stop",
        jx_get_bool(result, "needs_confirmation", false)
            ? arena_printf(x->arena,
                           "%s, more than a fifth of all, would go, because the other repository does "
                           "not have them. Switching removes these, and no others.",
                           view_plural(x->arena, jx_get_int(result, "deleted", 0), "event", "events"))
            : NULL);
}

enum err_code handle_compare_page(struct exchange *x, struct response *out, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[2]);
    struct json_object *view = NULL;
    struct json_object *job, *result, *model;

    if (id)
        TRY(service_job_show(x->service, id, &view, e));
    job = jx_get(view, "job");
    if (!job || !str_eq(jx_get_text(job, "kind"), "compare"))
        return err_set(e, ERR_NOT_FOUND,
                       "There is no such comparison any more. Make it anew from the settings: /settings");
    if (!str_eq(jx_get_text(job, "state"), "succeeded")) {
        exchange_redirect(x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)id), NULL);
        return ERR_OK;
    }
    result = jx_get(job, "result");
    model = view_page(x, "Another repository", VIEW_SETTINGS,
                      arena_printf(x->arena, "/api/v1/jobs/%lld", (long long)id));
    jx_set_text(model, "heading", heading_of(x, result));
    jx_set_text(model, "repo_url", jx_get_text(result, "repo_url"));
    jx_set_text(model, "branch", jx_get_text(result, "branch"));
    jx_set_text(model, "settings_version", jx_get_text(result, "version"));
    set_stop(x, model, result);
    set_lists(x, model, result);
    jx_set(model, "facts", facts_of(x, job));
    return view_render(x, "compare", model, out, e);
}
