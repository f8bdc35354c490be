/*
 * One job: what it does now, how it ended, and what to do about it; and the buttons that begin one. With ?follow=1 whoever
 * began it is led on to what came out as soon as it is there.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/view_job.h"
#include "fcgi/view_plan.h"

enum { REFRESH_S = 1 };

/* Why it failed, beyond its sentence: what to do. */
static const char *advice_of(const char *code)
{
    static const struct {
        const char *code, *text;
    } rows[] = {
        {"stale", "Open the form again: it shows the events as they are now."},
        {"remote_unreachable", "It was tried several times. Try again when the server answers."},
        {"remote_timeout", "It was tried several times. Try again when the server answers."},
        {"rate_limited", "Wait a while before trying again."},
        {"token_missing", "Whoever runs this timeline sets the token; nothing is lost until then."},
        {"remote_auth", "Whoever runs this timeline gives it a new token; nothing is lost until then."},
        {"remote_forbidden", "Whoever runs this timeline can give its token more rights; nothing is lost."},
        {"push_rejected", "The repository's own rules refuse it. Change what they object to, or ask whoever "
                          "looks after the repository."},
        {"branch_exists", "Somebody else used the branch's name. Make the pull request anew."},
        {"nothing_to_do", "There is nothing to send any more."},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].code, code))
            return rows[i].text;
    return NULL;
}

static bool is_state(const struct json_object *job, const char *state)
{
    return str_eq(jx_get_text(job, "state"), state);
}

static bool is_kind(const struct json_object *job, const char *kind)
{
    return str_eq(jx_get_text(job, "kind"), kind);
}

/* The same question for everybody who may ask it. */
static bool may_ask(const struct exchange *x, const struct json_object *job)
{
    return exchange_may(x, is_kind(job, "switch") || is_kind(job, "compare") ? SERVICE_ADMIN
                           : is_kind(job, "check")                           ? SERVICE_VIEWER
                                                                             : SERVICE_EDITOR) &&
           exchange_caller(x)->name;
}

static void set_again(struct exchange *x, struct json_object *model, const struct json_object *job,
                      const char *label)
{
    struct json_object *again = json_object_new_object();

    jx_set_text(again, "label", label);
    jx_set_text(again, "action",
                arena_printf(x->arena, "/jobs/%lld/again", (long long)jx_get_int(job, "id", 0)));
    jx_set(model, "again", again);
}

/* A pull that would remove much says which events, and leads to the page that asks. */
static void set_confirm(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    struct json_object *confirm;
    const struct json_object *deletions;
    struct view_plan plan;
    int64_t total;

    if (!str_eq(jx_get_text(job, "code"), "deletions_need_confirmation"))
        return;
    deletions = view_plan_deletions(jx_get(job, "result"), &total);
    confirm = json_object_new_object();
    jx_set_text(confirm, "text",
                "More than a fifth of the events would go away with this pull. That is right when somebody "
                "has cleared them out of the repository, and wrong when its folder was moved or emptied by "
                "mistake. Nothing has been changed here. Edits made here stay in any case.");
    jx_set_text(confirm, "href",
                may_ask(x, job) && total
                    ? arena_printf(x->arena, "/jobs/%lld/confirm", (long long)jx_get_int(job, "id", 0))
                    : NULL);
    jx_set_text(confirm, "label",
                total == 1 ? "Remove this event"
                           : arena_printf(x->arena, "Remove these %s events", view_count(x->arena, total)));
    jx_set(model, "confirm", confirm);
    plan = view_plan_begin(x, confirm);
    view_plan_add(&plan, &(struct view_plan_list){"deleted", "Events that would go", NULL, deletions, total,
                                                  true, true});
}

static void set_failure(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    struct json_object *failed = json_object_new_object();
    const char *code = jx_get_text(job, "code");
    bool to_confirm = str_eq(code, "deletions_need_confirmation");
    bool sends = is_kind(job, "create_pr") || is_kind(job, "preview");

    jx_set_text(failed, "code", code);
    jx_set_text(failed, "advice", advice_of(code));
    jx_set(model, "failed", failed);
    set_confirm(x, model, job);
    if (sends && exchange_may(x, SERVICE_EDITOR)) {
        jx_set_text(
            failed, "href",
            arena_printf(x->arena, "/pull-requests/new?from=%lld", (long long)jx_get_int(job, "id", 0)));
        jx_set_text(failed, "label", "Look at the form again");
    } else {
        jx_set_text(failed, "href", NULL);
    }
    if (may_ask(x, job) && !to_confirm && !str_eq(code, "stale"))
        set_again(x, model, job, "Try again");
}

/* It failed for a reason that may pass: when and why it is tried again. */
static void set_waiting(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    struct json_object *later = NULL;
    const char *text = view_job_next_try(x, job);

    if (text) {
        later = json_object_new_object();
        jx_set_text(later, "error", jx_get_text(job, "error"));
        jx_set_text(later, "text", text);
        if (may_ask(x, job))
            set_again(x, model, job, "Try now");
    }
    jx_set(model, "later", later);
}

static void set_active(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    bool active = view_job_active(job);

    jx_set(model, "progress", active ? view_job_progress(x, job) : NULL);
    jx_set_text(model, "cancel", NULL);
    jx_set_bool(model, "cancelling", active && jx_get_bool(job, "cancel_asked", false));
    if (!active)
        return;
    view_live(model);
    jx_set_int(model, "refresh", REFRESH_S);
    if (exchange_may(x, SERVICE_EDITOR) && !jx_get_bool(job, "cancel_asked", false))
        jx_set_text(model, "cancel",
                    arena_printf(x->arena, "/jobs/%lld/cancel", (long long)jx_get_int(job, "id", 0)));
}

static void add_time(struct exchange *x, struct json_object *facts, const char *label, const char *time)
{
    if (time)
        view_set_time(x, view_fact(facts, label, NULL, NULL), "when", time);
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *job)
{
    struct json_object *facts = json_object_new_array();
    const char *by = jx_get_text(job, "created_by");
    int64_t tries = jx_get_int(job, "attempts", 0);

    view_set_badge(view_fact(facts, "State", NULL, NULL), "badge", jx_get_text(job, "state"));
    view_fact(facts, "Asked for by", view_value_text(by && by[0] ? by : "the service"), NULL);
    add_time(x, facts, "Asked for", jx_get_text(job, "created_at"));
    add_time(x, facts, "Begun", jx_get_text(job, "started_at"));
    add_time(x, facts, "Ended", jx_get_text(job, "finished_at"));
    if (tries > 1)
        view_fact(facts, "Tries", view_value_text(view_count(x->arena, tries)), NULL);
    for (size_t i = 0; i < json_object_array_length(facts); i++) {
        struct json_object *fact = json_object_array_get_idx(facts, i);

        if (!jx_get(fact, "badge"))
            jx_set(fact, "badge", NULL);
    }
    return facts;
}

static void set_log(struct exchange *x, struct json_object *model, const struct json_object *lines)
{
    struct json_object *log = NULL;
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; lines && i < json_object_array_length(lines); i++) {
        const struct json_object *line = json_object_array_get_idx(lines, i);
        struct json_object *row = json_object_new_object();
        const char *at = jx_get_text(line, "at");

        jx_set_text(row, "text", jx_get_text(line, "text"));
        jx_set_text(row, "iso", at);
        jx_set_text(row, "clock", at && strlen(at) > 18 ? arena_printf(x->arena, "%.8s", at + 11) : at);
        jx_push(rows, row);
    }
    if (json_object_array_length(rows)) {
        log = json_object_new_object();
        jx_set(log, "rows", rows);
    } else {
        json_object_put(rows);
    }
    jx_set(model, "log", log);
}

static struct json_object *model_of(struct exchange *x, const struct json_object *view,
                                    const struct view_job *outcome)
{
    const struct json_object *job = jx_get(view, "job");
    struct json_object *next = NULL;
    struct json_object *model =
        view_page(x, outcome->heading, VIEW_NOWHERE,
                  arena_printf(x->arena, "/api/v1/jobs/%lld", (long long)jx_get_int(job, "id", 0)));

    jx_set_text(model, "heading", outcome->heading);
    jx_set_text(model, "tone", outcome->tone);
    jx_set_text(model, "lead", outcome->text);
    jx_set_int(model, "id", jx_get_int(job, "id", 0));
    if (outcome->href) {
        next = json_object_new_object();
        jx_set_text(next, "href", outcome->href);
        jx_set_text(next, "label", outcome->label);
    }
    jx_set(model, "next", next);
    jx_set_bool(model, "to_pull", outcome->to_pull && exchange_may(x, SERVICE_EDITOR));
    if (jx_get_bool(model, "to_pull", false))
        jx_set(model, "next", NULL);
    jx_set(model, "again", NULL);
    jx_set(model, "failed", NULL);
    jx_set(model, "confirm", NULL);
    if (is_state(job, "failed"))
        set_failure(x, model, job);
    if (is_state(job, "cancelled") && may_ask(x, job))
        set_again(x, model, job, "Ask for it again");
    view_job_set_events(x, model, job);
    set_waiting(x, model, job);
    set_active(x, model, job);
    jx_set_bool(model, "acts",
                jx_get(model, "next") || jx_get_bool(model, "to_pull", false) || jx_get(model, "again") ||
                    jx_get_text(model, "cancel") || jx_get_text(jx_get(model, "failed"), "href"));
    jx_set(model, "facts", facts_of(x, job));
    set_log(x, model, jx_get(view, "log"));
    return model;
}

static enum err_code job_of(struct exchange *x, struct json_object **view, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[1]);

    if (!id)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /jobs/1.");
    return service_job_show(x->service, id, view, e);
}

/* Who is not signed in gets no message on the next page: the result stays here then. */
static bool leads_on(const struct exchange *x, const struct view_job *outcome)
{
    const char *follow = request_param(x->request, "follow");

    return follow && str_eq(follow, "1") && outcome->landing && exchange_caller(x)->session_hash &&
           exchange_may(x, str_starts(outcome->landing, "/settings/compare/") ? SERVICE_ADMIN
                           : str_starts(outcome->landing, "/pull-requests/preview/") ||
                                   str_starts(outcome->landing, "/pull/plan/")
                               ? SERVICE_EDITOR
                               : SERVICE_NOBODY);
}

enum err_code handle_job_page(struct exchange *x, struct response *out, struct err *e)
{
    struct view_job outcome;
    struct json_object *view;

    TRY(job_of(x, &view, e));
    view_job_outcome(x, jx_get(view, "job"), &outcome);
    if (leads_on(x, &outcome)) {
        exchange_redirect(x, out, outcome.landing, outcome.flash);
        return ERR_OK;
    }
    return view_render(x, "job", model_of(x, view, &outcome), out, e);
}

enum err_code handle_job_cancel_form(struct exchange *x, struct response *out, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[1]);
    struct json_object *view;

    if (!id)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /jobs/1.");
    TRY(service_job_cancel(x->service, id, &view, e));
    exchange_redirect(x, out, arena_printf(x->arena, "/jobs/%lld", (long long)id),
                      is_state(jx_get(view, "job"), "cancelled") ? "Cancelled."
                                                                 : "It stops as soon as it can.");
    return ERR_OK;
}

/* To the page of the job that does it. */
static void follow(struct exchange *x, struct response *out, const struct json_object *view)
{
    long long id = (long long)jx_get_int(jx_get(view, "job"), "id", 0);

    exchange_wake(x);
    exchange_redirect(x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", id),
                      jx_get_bool(view, "joined", false) ? "This was asked for already: here is how it goes."
                                                         : NULL);
}

enum err_code handle_job_again_form(struct exchange *x, struct response *out, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[1]);
    struct json_object *view;

    if (!id)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /jobs/1.");
    TRY(service_job_again(x->service, id, &view, e));
    follow(x, out, view);
    return ERR_OK;
}

static enum err_code ask(struct exchange *x, const char *kind, struct json_object *args, struct response *out,
                         struct err *e)
{
    const struct service_job_request request = {.kind = kind, .args = args};
    struct json_object *view;

    TRY(service_job_request(x->service, &request, &view, e));
    follow(x, out, view);
    return ERR_OK;
}

/* "1" is yes, nothing is no. */
static enum err_code add_switch(struct exchange *x, const char *name, struct json_object *args, struct err *e)
{
    const char *value;

    TRY(form_text(&x->form, name, &value, e));
    if (value[0] && !str_eq(value, "1"))
        return err_set(e, ERR_INVALID_INPUT, "The field %s is 1, or left out.", name);
    if (value[0])
        jx_set_bool(args, name, true);
    return ERR_OK;
}

enum err_code handle_pull_form(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *args = jx_own(x->arena, json_object_new_object());
    const char *seen;

    TRY(add_switch(x, "confirm_deletions", args, e));
    TRY(add_switch(x, "force", args, e));
    TRY(form_text(&x->form, "seen", &seen, e));
    if (*seen)
        jx_set_text(args, "seen", seen);
    return ask(x, "pull", args, out, e);
}

enum err_code handle_check_form(struct exchange *x, struct response *out, struct err *e)
{
    return ask(x, "check", NULL, out, e);
}

enum err_code handle_refresh_form(struct exchange *x, struct response *out, struct err *e)
{
    return ask(x, "refresh", NULL, out, e);
}
