/*
 * The pull-request form: what waits, texts that can be changed, and on to the preview. Nothing is sent from here but by
 * the preview's button.
 */
#include <string.h>

#include "core/util/digest.h"
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/pull_form.h"
#include "fcgi/view.h"

enum { CHOOSE_FROM = 10 };

/* The place of an id in the form's choice, or -1. */
struct choice_index {
    const struct pull_form *form;
    struct json_object *places; /* id: place */
};

static struct choice_index index_of(struct exchange *x, const struct pull_form *form)
{
    struct choice_index index = {form, jx_own(x->arena, json_object_new_object())};

    for (size_t i = 0; form && form->ids && form->ids[i]; i++)
        jx_set_int(index.places, form->ids[i], (int64_t)i);
    return index;
}

static struct json_object *event_row(struct exchange *x, const struct json_object *event,
                                     const struct choice_index *index, size_t number)
{
    struct json_object *row = json_object_new_object();
    const char *id = jx_get_text(event, "id");
    int64_t revision = jx_get_int(event, "revision", 0);
    bool all = !index->form || !index->form->ids;
    int64_t place = jx_get_int(index->places, id, -1);
    bool stale = place >= 0 && index->form->revisions[place] && index->form->revisions[place] != revision;
    struct json_object *score = jx_get(event, "score");

    jx_set_text(row, "id", arena_printf(x->arena, "event-%zu", number));
    jx_set_text(row, "value", arena_printf(x->arena, "%lld:%s", (long long)revision, id));
    /* One that has changed is chosen anew or not at all. */
    jx_set_bool(row, "checked", all || (place >= 0 && !stale));
    jx_set_bool(row, "stale", stale);
    jx_set_text(row, "date", jx_get_text(event, "date"));
    jx_set_text(row, "name", jx_get_text(event, "title"));
    jx_set_text(row, "change", jx_get_text(event, "change"));
    jx_set_text(row, "score",
                score ? arena_printf(x->arena, "score %.1f", json_object_get_double(score)) : NULL);
    jx_set_text(row, "href", arena_printf(x->arena, "/events/%s", request_encode(x->arena, id)));
    return row;
}

static void set_events(struct exchange *x, struct json_object *part, const struct json_object *view,
                       const struct pull_form *form)
{
    const struct choice_index index = index_of(x, form);
    const struct json_object *events = jx_get(view, "events");
    struct json_object *rows = json_object_new_array();
    size_t n = json_object_array_length(events);
    int64_t total = jx_get_int(view, "total", 0);

    for (size_t i = 0; i < n; i++)
        jx_push(rows, event_row(x, json_object_array_get_idx(events, i), &index, i + 1));
    jx_set(part, "rows", rows);
    jx_set_text(part, "cut",
                total > (int64_t)n
                    ? arena_printf(x->arena,
                                   "These are the oldest %s of %s that wait. When they are "
                                   "sent, the next ones can be.",
                                   view_count(x->arena, (int64_t)n), view_count(x->arena, total))
                    : NULL);
}

/* Among many, a few are easier to choose than all but a few. Only before anything is chosen or typed, which a link would lose. */
static void set_choose(struct json_object *part, const struct pull_form *form, int64_t total)
{
    bool none = form && form->ids && !form->ids[0] && !form->title[0];
    struct json_object *choose = NULL;

    if (total > CHOOSE_FROM && (!form || none)) {
        choose = json_object_new_object();
        jx_set_text(choose, "text", none ? "None is chosen yet." : "All are chosen.");
        jx_set_text(choose, "href", none ? "/pull-requests/new" : "/pull-requests/new?choose=none");
        jx_set_text(choose, "label", none ? "Choose all" : "Choose none, then a few");
    }
    jx_set(part, "choose", choose);
}

static const char *digest_of(struct exchange *x, const char *text)
{
    char digest[DIGEST_HEX_SIZE];

    digest_sha256(text, strlen(text), digest);
    return arena_strdup(x->arena, digest);
}

/* One text field, as it is shown. */
struct text_field {
    const char *name;
    const char *typed;  /* NULL: nobody has typed yet */
    const char *digest; /* of the text that was filled in; "" none was */
    const char *made;   /* what would be made; NULL nothing */
};

/* As it was typed; where nothing was typed as it would be made, and then with the digest by which it is known again. */
static void set_text(struct exchange *x, struct json_object *part, const struct text_field *field)
{
    bool fill = !field->typed || (!field->typed[0] && !field->digest[0]);
    const char *made = field->made ? field->made : "";

    jx_set_text(part, field->name, fill ? made : field->typed);
    jx_set_text(part, arena_printf(x->arena, "generated_%s", field->name),
                fill ? digest_of(x, made) : field->digest);
}

static void set_fields(struct exchange *x, struct json_object *model, const struct json_object *view,
                       const struct pull_form *form)
{
    const struct pull_form opened = {.generated_title = "", .generated_description = "", .labels = ""};
    const struct pull_form *f = form ? form : &opened;
    const struct text_field fields[] = {
        {"title", f->title, f->generated_title, jx_get_text(view, "title")},
        {"description", f->description, f->generated_description, jx_get_text(view, "description")}};
    struct json_object *part = json_object_new_object();

    jx_set(model, "form", part);
    set_events(x, part, view, form);
    set_choose(part, form, jx_get_int(view, "total", 0));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        set_text(x, part, &fields[i]);
    jx_set_text(part, "labels", f->labels);
    jx_set_bool(part, "draft", f->draft);
}

static void set_running(struct exchange *x, struct json_object *model, const struct json_object *job)
{
    struct json_object *running = NULL;
    const char *by = jx_get_text(job, "created_by");

    if (job) {
        running = json_object_new_object();
        jx_set_text(running, "text",
                    arena_printf(x->arena,
                                 "A pull request is being sent, asked for by %s. The next one can be sent "
                                 "when it is done.",
                                 by && by[0] ? by : "the service"));
        jx_set_text(running, "href",
                    arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)jx_get_int(job, "id", 0)));
    }
    jx_set(model, "running", running);
}

static struct json_object *unfinished_row(struct exchange *x, const struct json_object *left)
{
    struct json_object *row = json_object_new_object();
    const char *error = jx_get_text(left, "error");

    jx_set_int(row, "id", jx_get_int(left, "id", 0));
    jx_set_text(row, "name", jx_get_text(left, "title"));
    jx_set_text(row, "text",
                arena_printf(x->arena, "%s of it %s: %s",
                             view_plural(x->arena, jx_get_int(left, "events_count", 0), "event", "events"),
                             jx_get_int(left, "events_count", 0) == 1 ? "waits" : "wait",
                             error ? error : "the work was interrupted."));
    return row;
}

static void set_unfinished(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *part = NULL;
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        jx_push(rows, unfinished_row(x, json_object_array_get_idx(list, i)));
    if (json_object_array_length(rows)) {
        part = json_object_new_object();
        jx_set(part, "rows", rows);
    } else {
        json_object_put(rows);
    }
    jx_set(model, "unfinished", part);
}

/* Nothing waits: what to do instead. */
static void set_empty(struct json_object *model, bool empty)
{
    struct json_object *o = NULL;

    if (empty) {
        o = json_object_new_object();
        jx_set_text(
            o, "text",
            "A pull request carries validated events that differ from the repository. Validate drafts, "
            "and they can be sent from here.");
        jx_set_text(o, "href", "/validation");
        jx_set_text(o, "label", "See what waits for review");
    }
    jx_set(model, "empty", o);
}

/* Why the form is back, where that is not about single fields. */
static void set_notice(struct json_object *model, const struct err *why)
{
    bool about_fields = why && why->code == ERR_INVALID_FIELDS;

    jx_set_text(model, "notice", why && !about_fields ? why->message : NULL);
}

/* Whoever looks for an event here finds out where it is. */
static void set_left_out(struct exchange *x, struct json_object *model)
{
    int64_t n = service_conflict_count(x->service);

    jx_set_text(model, "left_out", n ? view_plural(x->arena, n, "conflict", "conflicts") : NULL);
    jx_set_text(model, "left_out_verb", n == 1 ? "is" : "are");
}

static struct json_object *model_of(struct exchange *x, const struct json_object *view,
                                    const struct pull_form *form, const struct err *why)
{
    static const char *const names[] = {"events", "title", "description", "labels"};
    struct json_object *fields = json_object_new_object();
    int64_t total = jx_get_int(view, "total", 0);
    const char *heading =
        total ? arena_printf(x->arena, "%s ready to go out", view_plural(x->arena, total, "event", "events"))
              : "Nothing is ready to go out";
    struct json_object *model = view_page(x, heading, VIEW_PULLS, NULL);

    jx_set_text(model, "heading", heading);
    jx_set(model, "fields", fields);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        jx_set(fields, names[i], json_object_new_object());
    form_set_problems(model, fields, service_problems(x->service));
    set_notice(model, why);
    set_running(x, model, jx_get(view, "running"));
    set_unfinished(x, model, jx_get(view, "unfinished"));
    set_left_out(x, model);
    jx_set(model, "form", NULL);
    if (total)
        set_fields(x, model, view, form);
    set_empty(model, total == 0);
    return model;
}

enum err_code pull_form_page(struct exchange *x, const struct pull_form *form, const struct err *why,
                             struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_pr_form(x->service, form && form->ids && form->ids[0] ? form->ids : NULL, &view, e));
    TRY(view_render(x, "pull_request_new", model_of(x, view, form, why), out, e));
    if (why) {
        out->status = err_http_status(why->code);
        out->cache_control = "no-store";
    }
    return ERR_OK;
}

/* /pull-requests/new?from=N: filled from what a job was asked for. */
static enum err_code read_from(struct exchange *x, const char *from, struct pull_form *form, struct err *e)
{
    int64_t id = request_ordinal(from);
    struct json_object *view = NULL;
    const char *kind;

    if (id)
        TRY(service_job_show(x->service, id, &view, e));
    kind = jx_get_text(jx_get(view, "job"), "kind");
    if (!str_eq(kind, "preview") && !str_eq(kind, "create_pr"))
        return err_set(e, ERR_NOT_FOUND,
                       "There is no such preview any more. Open the form without it: /pull-requests/new");
    pull_form_of_job(x, jx_get(view, "job"), form);
    return ERR_OK;
}

enum err_code handle_pull_new_page(struct exchange *x, struct response *out, struct err *e)
{
    static const char *const nothing[] = {NULL};
    const struct pull_form none = {.ids = nothing,
                                   .title = "",
                                   .description = "",
                                   .labels = "",
                                   .generated_title = "",
                                   .generated_description = ""};
    const char *from = request_param(x->request, "from");
    struct pull_form form;

    if (!from)
        return pull_form_page(x, str_eq(request_param(x->request, "choose"), "none") ? &none : NULL, NULL,
                              out, e);
    TRY(read_from(x, from, &form, e));
    return pull_form_page(x, &form, NULL, out, e);
}

enum err_code pull_form_ask(struct exchange *x, const struct pull_form *form,
                            const struct service_pr_choice *choice, struct response *out, struct err *e)
{
    struct json_object *view;
    struct err why = {0};
    enum err_code code = service_pr_request(x->service, choice, &view, &why);

    if (pull_form_refusal(&why))
        return pull_form_page(x, form, &why, out, e);
    if (code != ERR_OK)
        return *e = why, code;
    exchange_wake(x);
    exchange_redirect(
        x, out,
        arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)jx_get_int(jx_get(view, "job"), "id", 0)),
        NULL);
    return ERR_OK;
}

enum err_code handle_pull_preview_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_pr_choice choice;
    struct pull_form form;

    TRY(pull_form_read(x, &form, e));
    pull_form_choice(x, &form, &choice);
    choice.preview = true;
    return pull_form_ask(x, &form, &choice, out, e);
}

enum err_code handle_pull_retry_form(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    const char *text;

    TRY(form_text(&x->form, "id", &text, e));
    if (!request_ordinal(text))
        return err_set(e, ERR_INVALID_INPUT, "The form does not say which pull request. Open it again.");
    TRY(service_pr_request_retry(x->service, request_ordinal(text), &view, e));
    exchange_wake(x);
    exchange_redirect(
        x, out,
        arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)jx_get_int(jx_get(view, "job"), "id", 0)),
        NULL);
    return ERR_OK;
}
