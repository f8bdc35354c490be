/*
 * What exactly would be sent, and sending it.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/pull_form.h"
#include "fcgi/view.h"
#include "fcgi/view_diff.h"

enum { FILES_MOST = 1000000 };

/* The preview of this number: a job that has succeeded, or one that is still to be waited for. */
static enum err_code find_preview(struct exchange *x, const char *number, struct json_object **job,
                                  struct err *e)
{
    int64_t id = request_ordinal(number);
    struct json_object *view = NULL;

    if (id)
        TRY(service_job_show(x->service, id, &view, e));
    *job = jx_get(view, "job");
    if (!*job || !str_eq(jx_get_text(*job, "kind"), "preview"))
        return err_set(e, ERR_NOT_FOUND,
                       "There is no such preview any more. Make it anew from the form: /pull-requests/new");
    return ERR_OK;
}

static bool is_ready(const struct json_object *job)
{
    return str_eq(jx_get_text(job, "state"), "succeeded") && jx_get_text(jx_get(job, "result"), "diff");
}

static void add_code(struct json_object *facts, const char *label, const char *text)
{
    if (text && text[0])
        view_fact(facts, label, view_value_code(text), NULL);
}

/* The end of the branch's name is made when it is sent, so that no two ever meet. */
static void add_branch(struct exchange *x, struct json_object *facts, const char *branch)
{
    const char *end = branch ? strrchr(branch, '-') : NULL;

    if (end)
        view_fact(facts, "Branch",
                  view_value_code(arena_printf(x->arena, "%.*s-…", (int)(end - branch), branch)),
                  "a new one; the end of its name is made when it is sent");
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *job)
{
    struct json_object *facts = json_object_new_array();
    const struct json_object *result = jx_get(job, "result");
    const struct json_object *request = jx_get(job, "request");
    const struct json_object *labels = jx_get(request, "labels");

    view_fact(facts, "Title", view_value_text(jx_get_text(result, "title")), NULL);
    view_fact(facts, "Events", view_value_text(view_count(x->arena, jx_get_int(result, "events_count", 0))),
              NULL);
    add_branch(x, facts, jx_get_text(result, "branch"));
    add_code(facts, "Into", x->tenant->branch);
    if (labels && json_object_array_length(labels))
        view_fact(facts, "Labels", view_value(x, labels), NULL);
    if (jx_get_bool(request, "draft", false))
        view_fact(facts, "Draft", view_value_text("yes: it is marked as not ready to be merged"), NULL);
    return facts;
}

/* "2 files: 1 added, 1 changed" */
static const char *files_text(struct exchange *x, const struct json_object *files, int64_t total)
{
    static const char *const words[] = {"added", "changed", "removed"};
    size_t n = files ? json_object_array_length(files) : 0;
    struct str s;

    str_init(&s, x->arena, 256);
    str_add(&s, view_plural(x->arena, total, "file", "files"));
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        int64_t count = 0;

        for (size_t i = 0; i < n; i++)
            count += str_eq(jx_get_text(json_object_array_get_idx(files, i), "change"), words[w]);
        if (count)
            str_addf(&s, "%s%s %s", strchr(s.p, ':') ? ", " : ": ", view_count(x->arena, count), words[w]);
    }
    return s.p;
}

static enum err_code set_diff(struct exchange *x, struct json_object *model, const struct json_object *job,
                              struct err *e)
{
    const struct json_object *result = jx_get(job, "result");
    const struct json_object *files = jx_get(result, "files");
    long long id = (long long)jx_get_int(job, "id", 0);
    struct json_object *diff;
    int64_t total;
    int64_t next;
    long first = 1;

    TRY(request_number(x->request, "file", FILES_MOST, &first, e));
    diff = view_diff(x->arena, jx_get_text(result, "diff"), files, (size_t)first - 1);
    total = jx_get_int(diff, "total", 0);
    next = jx_get_int(diff, "next", 0);
    if (total && first > total)
        return err_set(e, ERR_NOT_FOUND, "This preview has only %lld files.", (long long)total);
    jx_set_text(model, "files_heading", files_text(x, files, total));
    jx_set_text(model, "range",
                first > 1 || next ? arena_printf(x->arena, "Here are files %ld to %lld of %lld.", first,
                                                 (long long)(next ? next : total), (long long)total)
                                  : NULL);
    jx_set_text(model, "earlier",
                first > 1 ? arena_printf(x->arena, "/pull-requests/preview/%lld", id) : NULL);
    jx_set_text(model, "later",
                next
                    ? arena_printf(x->arena, "/pull-requests/preview/%lld?file=%lld", id, (long long)next + 1)
                    : NULL);
    jx_set_text(model, "raw", arena_printf(x->arena, "/pull-requests/preview/%lld?as=diff", id));
    jx_set(model, "diff", json_object_get(diff));
    return ERR_OK;
}

static void set_warnings(struct json_object *model, const struct json_object *result)
{
    struct json_object *warnings = jx_get(result, "warnings");
    struct json_object *part = NULL;

    if (json_object_is_type(warnings, json_type_array) && json_object_array_length(warnings)) {
        part = json_object_new_object();
        jx_set(part, "items", json_object_get(warnings));
    }
    jx_set(model, "warnings", part);
}

static void set_description(struct exchange *x, struct json_object *model, const char *markdown)
{
    struct json_object *description = json_object_new_object();
    struct json_object *blocks = json_object_new_array();

    view_prose(x->arena, blocks, markdown ? markdown : "", true);
    jx_set(description, "blocks", blocks);
    jx_set(model, "description", description);
}

static enum err_code model_of(struct exchange *x, const struct json_object *job, struct json_object **model,
                              struct err *e)
{
    const struct json_object *result = jx_get(job, "result");
    const char *events = view_plural(x->arena, jx_get_int(result, "events_count", 0), "event", "events");
    bool resumed = jx_get_bool(result, "resumed", false);
    int64_t id = jx_get_int(job, "id", 0);

    *model = view_page(x, "Preview", VIEW_PULLS, NULL);
    jx_set_text(*model, "heading", arena_printf(x->arena, "This sends %s", events));
    jx_set_text(*model, "resumed",
                resumed ? "An earlier pull request was left unfinished, and this is what it holds. Sending "
                          "finishes that one first; what you chose can be sent after it."
                        : NULL);
    jx_set_int(*model, "id", id);
    jx_set_text(*model, "change", arena_printf(x->arena, "/pull-requests/new?from=%lld", (long long)id));
    set_warnings(*model, result);
    jx_set(*model, "facts", facts_of(x, job));
    set_description(x, *model, jx_get_text(result, "description"));
    return set_diff(x, *model, job, e);
}

static enum err_code as_text(const struct json_object *job, struct response *out)
{
    out->type = RESPONSE_TEXT;
    out->body = jx_get_text(jx_get(job, "result"), "diff");
    out->n = strlen(out->body);
    return ERR_OK;
}

enum err_code handle_pull_preview_page(struct exchange *x, struct response *out, struct err *e)
{
    const char *as = request_param(x->request, "as");
    struct json_object *job;
    struct json_object *model;

    TRY(find_preview(x, x->request->segments[2], &job, e));
    if (!is_ready(job) && str_eq(jx_get_text(job, "state"), "succeeded"))
        return err_set(e, ERR_NOT_FOUND, "This preview was not kept. Make it anew: /pull-requests/new");
    if (!is_ready(job)) {
        exchange_redirect(
            x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)jx_get_int(job, "id", 0)), NULL);
        return ERR_OK;
    }
    if (as && str_eq(as, "diff"))
        return as_text(job, out);
    TRY(model_of(x, job, &model, e));
    return view_render(x, "pull_request_preview", model, out, e);
}

/* What the preview showed is what is sent, word for word. Of one that showed an unfinished pull request, what was asked for. */
static void choice_of(struct exchange *x, const struct json_object *job, struct pull_form *form,
                      struct service_pr_choice *choice)
{
    const struct json_object *result = jx_get(job, "result");

    pull_form_of_job(x, job, form);
    pull_form_choice(x, form, choice);
    if (!jx_get_bool(result, "resumed", false)) {
        choice->title = jx_get_text(result, "title");
        choice->description = jx_get_text(result, "description");
    }
}

enum err_code handle_pull_send_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_pr_choice choice;
    struct pull_form form;
    struct json_object *job;
    const char *number;

    TRY(form_text(&x->form, "preview", &number, e));
    TRY(find_preview(x, number, &job, e));
    if (!is_ready(job))
        return err_set(e, ERR_STALE, "This preview is not ready, so nothing was sent. Make it anew.");
    choice_of(x, job, &form, &choice);
    return pull_form_ask(x, &form, &choice, out, e);
}
