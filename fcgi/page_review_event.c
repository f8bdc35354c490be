/*
 * One event that waits for review: what it will be, what changes with it, what the automatic checks say, and the verdict.
 */
#include <stdio.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/review_form.h"
#include "fcgi/view_changes.h"

enum { TITLE_BYTES = 120 }; /* in a message */

/* Where a verdict decides what becomes of the event; elsewhere the page says why not. */
static const char *why_not(const char *state)
{
    if (str_eq(state, "merged"))
        return "It is as the repository has it: there is nothing to review.";
    if (str_eq(state, "exported"))
        return "It is in an open pull request. What is decided there comes back with the next pull.";
    if (str_eq(state, "conflict"))
        return "It changed here and in the repository. Decide about the conflict first; what comes of that "
               "can be "
               "reviewed.";
    return str_eq(state, "gone") ? "It is gone." : NULL;
}

static const char *what_it_is(const char *change)
{
    if (str_eq(change, "added"))
        return "It is new: the repository does not have it yet.";
    if (str_eq(change, "removed"))
        return "It is marked as removed. When that is validated, a pull request takes its file out of the "
               "repository; rejected, nothing "
               "is sent, and the event can be restored.";
    return NULL;
}

static struct json_object *verdict_row(struct exchange *x, const struct json_object *verdict)
{
    struct json_object *row = json_object_new_object();
    struct json_object *score = jx_get(verdict, "score");
    const char *status = jx_get_text(verdict, "status");

    jx_set_text(row, "mark", str_eq(status, "pending") ? "draft" : status);
    jx_set_text(row, "word", review_word(status));
    jx_set_text(row, "author", jx_get_text(verdict, "author"));
    jx_set_text(row, "score",
                score ? arena_printf(x->arena, "score %.2f", json_object_get_double(score)) : NULL);
    jx_set_text(row, "revision", view_count(x->arena, jx_get_int(verdict, "revision", 0)));
    jx_set_text(row, "notes", review_notes(x, jx_get_text(verdict, "notes"), REVIEW_VERDICT_NOTES));
    view_set_time(x, row, "when", jx_get_text(verdict, "at"));
    return row;
}

struct json_object *review_verdicts(struct exchange *x, const struct json_object *list)
{
    struct json_object *verdicts;
    struct json_object *items;
    size_t n = list ? json_object_array_length(list) : 0;

    if (!n)
        return NULL;
    verdicts = json_object_new_object();
    items = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        jx_push(items, verdict_row(x, json_object_array_get_idx(list, i)));
    jx_set(verdicts, "items", items);
    return verdicts;
}

/* Who has reserved it, and what the visitor can do about that. */
static void set_reservation(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    const struct json_object *reservation = jx_get(view, "reservation");
    const char *here = review_address(x, jx_get_text(view, "id"));
    struct json_object *o = json_object_new_object();
    const char *until = jx_get_text(reservation, "until");
    bool mine = jx_get_bool(reservation, "mine", false);

    jx_set_text(o, "text",
                !reservation ? NULL
                : mine       ? arena_printf(x->arena, "You have reserved this until %.5s UTC.",
                                            until + strlen("2025-11-06T"))
                             : arena_printf(x->arena, "%s has reserved this until %.5s UTC.",
                                            jx_get_text(reservation, "by"), until + strlen("2025-11-06T")));
    jx_set_text(o, "action", arena_printf(x->arena, "%s/%s", here, mine ? "release" : "reserve"));
    jx_set_text(o, "label", mine ? "Release it" : reservation ? "Take it over" : "Reserve it for an hour");
    jx_set_bool(o, "take_over", reservation && !mine);
    jx_set(model, "reservation", o);
}

static void set_checks(struct exchange *x, struct json_object *model, const struct json_object *validation)
{
    struct json_object *checks = json_object_new_object();
    struct json_object *score = jx_get(validation, "automatic_score");

    jx_set_text(checks, "score",
                arena_printf(x->arena, "%.2f of 10", score ? json_object_get_double(score) : 0));
    jx_set(checks, "deductions", view_deductions(x, jx_get(validation, "deductions")));
    jx_set(model, "checks", checks);
}

static void set_form(struct exchange *x, struct json_object *model, const struct json_object *view,
                     const struct review_form *form)
{
    const char *reason = why_not(jx_get_text(view, "state"));
    struct json_object *o = NULL;

    review_form_show(x, model, form);
    jx_set_text(model, "why_not", reason);
    jx_set(model, "form", NULL);
    jx_set(model, "reservation", NULL);
    if (reason || !exchange_caller(x)->name || !exchange_may(x, SERVICE_EDITOR))
        return;
    o = json_object_new_object();
    jx_set_text(o, "action", review_address(x, jx_get_text(view, "id")));
    jx_set_text(o, "revision", arena_printf(x->arena, "%lld", (long long)jx_get_int(view, "revision", 0)));
    jx_set_text(o, "validate",
                str_eq(jx_get_text(view, "change"), "removed") ? "Validate the removal" : "Validate");
    jx_set(model, "form", o);
    if (str_eq(jx_get_text(view, "state"), "draft"))
        set_reservation(x, model, view);
}

/* Events here that may tell of the same, for who is to decide. */
static void set_duplicates(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    const struct service_draft draft = {.id = jx_get_text(view, "id"), .fields = jx_get(view, "event")};
    struct json_object *preview = NULL;
    struct err ignored = {0};

    jx_set(model, "duplicates", NULL);
    if (jx_get(model, "form") && !jx_get_bool(view, "removed", false) &&
        service_event_preview(x->service, &draft, &preview, &ignored) == ERR_OK)
        event_edit_duplicates(x, model, jx_get(preview, "duplicates"));
}

/* What came between what was looked at and what it is now. */
static void set_meanwhile(struct exchange *x, struct json_object *model, const struct json_object *view,
                          int64_t looked_at)
{
    struct json_object *seen = NULL;
    struct err ignored = {0};

    jx_set(model, "meanwhile", NULL);
    if (looked_at &&
        service_event_revision(x->service, jx_get_text(view, "id"), looked_at, &seen, &ignored) == ERR_OK)
        jx_set(model, "meanwhile", view_changes(x, jx_get(seen, "to_now"), VIEW_CHANGES_PAGE / 4));
}

/* Judged before this one: ?after=ID. */
static void set_after(struct exchange *x, struct json_object *model)
{
    const char *after = request_param(x->request, "after");

    jx_set_text(model, "after", after && x->request->method == METHOD_GET ? review_address(x, after) : NULL);
}

static struct json_object *model_of(struct exchange *x, const struct json_object *view,
                                    const struct review_form *form, const char *notice)
{
    struct json_object *event = jx_get(view, "event");
    const char *id = jx_get_text(view, "id");
    const char *title = jx_get_text(event, "title") ? jx_get_text(event, "title") : id;
    struct json_object *model = view_page(
        x, title, VIEW_REVIEW, arena_printf(x->arena, "/api/v1/events/%s", request_encode(x->arena, id)));

    jx_set_text(model, "heading", title);
    jx_set_text(model, "notice", notice);
    jx_set_text(model, "date", jx_get_text(event, "date"));
    view_set_badge(model, "badge", jx_get_text(view, "state"));
    jx_set_text(model, "by", jx_get_text(view, "updated_by"));
    view_set_time(x, model, "since", jx_get_text(view, "updated_at"));
    jx_set_text(model, "what", what_it_is(jx_get_text(view, "change")));
    jx_set_text(model, "edit",
                exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR)
                    ? event_edit_address(x, id, "edit")
                    : NULL);
    jx_set_text(model, "event_href", arena_printf(x->arena, "/events/%s", request_encode(x->arena, id)));
    view_warnings(x, model, jx_get(view, "warnings"));
    view_event(x, model, event);
    jx_set(model, "changes", view_changes(x, jx_get(view, "base_changes"), VIEW_CHANGES_PAGE / 2));
    set_checks(x, model, jx_get(view, "validation"));
    jx_set(model, "verdicts", review_verdicts(x, jx_get(view, "verdicts")));
    set_form(x, model, view, form);
    set_duplicates(x, model, view);
    set_meanwhile(x, model, view, notice ? form->revision : 0);
    set_after(x, model);
    return model;
}

static enum err_code show(struct exchange *x, const struct review_form *form, const char *notice,
                          struct response *out, struct err *e)
{
    struct json_object *view;

    TRY(service_event_show(x->service, x->request->segments[1], &view, e));
    return view_render(x, "review_event", model_of(x, view, form, notice), out, e);
}

enum err_code handle_review_page(struct exchange *x, struct response *out, struct err *e)
{
    return show(x, NULL, NULL, out, e);
}

/* The form again, with what was typed; of an event that changed meanwhile, as it is now. */
static enum err_code show_again(struct exchange *x, const struct review_form *form, const struct err *why,
                                struct response *out, struct err *e)
{
    const char *notice =
        why->code == ERR_STALE
            ? "This event was changed while you looked at it, so nothing was decided. Below it is as "
              "it is now; what you typed is still there."
            : NULL;

    TRY(show(x, form, notice, out, e));
    out->status = err_http_status(why->code);
    out->cache_control = "no-store";
    return ERR_OK;
}

static const char *done_words(struct exchange *x, const struct json_object *view, const char *status)
{
    struct json_object *score = jx_get(jx_get(view, "validation"), "score");
    const char *title = jx_get_text(jx_get(view, "event"), "title");
    const char *name = title ? title : jx_get_text(view, "id");
    bool removal = str_eq(jx_get_text(view, "change"), "removed");

    return arena_printf(x->arena, "%s“%s” is %s%s.", removal ? "The removal of " : "",
                        review_notes(x, name, TITLE_BYTES), review_word(status),
                        str_eq(status, "validated") && score
                            ? arena_printf(x->arena, ", score %.4g", json_object_get_double(score))
                            : "");
}

enum err_code handle_verdict_form(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    struct service_verdict verdict;
    struct json_object *view;
    struct review_form form;
    const char *next = NULL;
    struct err why = {0};
    enum err_code code;

    TRY(review_form_read(x, &form, e));
    review_form_verdict(x, &form, &verdict);
    code = service_event_validate(x->service, id, &verdict, &view, &why);
    if (code == ERR_INVALID_FIELDS || code == ERR_STALE)
        return show_again(x, &form, &why, out, e);
    if (code != ERR_OK)
        return *e = why, code;
    TRY(service_review_next(x->service, id, &next, e));
    exchange_redirect(x, out,
                      arena_printf(x->arena, "%s?after=%s", next ? review_address(x, next) : "/validation",
                                   request_encode(x->arena, id)),
                      done_words(x, view, form.status));
    return ERR_OK;
}

enum err_code handle_reserve_form(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    struct json_object *view;
    enum err_code code = service_review_reserve(x->service, id, form_has(&x->form, "take_over"), &view, e);

    if (code != ERR_OK && code != ERR_EXISTS)
        return code;
    exchange_redirect(x, out, review_address(x, id),
                      code == ERR_OK ? "Reserved for you for an hour. Others see that."
                                     : "Somebody else has just reserved it.");
    return ERR_OK;
}

enum err_code handle_release_form(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    struct json_object *view;
    enum err_code code = service_review_release(x->service, id, &view, e);

    if (code != ERR_OK && code != ERR_EXISTS)
        return code;
    exchange_redirect(x, out, review_address(x, id),
                      code == ERR_OK ? "Released. Anybody may take it up." : "Somebody else has it by now.");
    return ERR_OK;
}
