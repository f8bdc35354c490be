/*
 * One verdict about several events: asked once more, given, and told event by event where it was refused.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/review_form.h"

enum { IDS_SHOWN = 50 };

static const char *verb_of(const char *status)
{
    return str_eq(status, "validated") ? "Validate" : str_eq(status, "rejected") ? "Reject" : "Send back";
}

static struct json_object *rows_of(struct exchange *x, const struct review_form *form)
{
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < form->n && i < IDS_SHOWN; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "name", form->ids[i]);
        jx_set_text(row, "href", review_address(x, form->ids[i]));
        jx_push(rows, row);
    }
    return rows;
}

static const char *chosen_of(struct exchange *x, const struct review_form *form)
{
    struct str s;

    str_init(&s, x->arena, RESPONSE_BYTES);
    for (size_t i = 0; i < form->n; i++)
        str_addf(&s, "%s%lld:%s", i ? "\n" : "", (long long)form->revisions[i], form->ids[i]);
    return s.p;
}

static const char *consequence_of(const char *status)
{
    if (str_eq(status, "validated"))
        return "They go out with the next pull request.";
    return str_eq(status, "rejected") ? "They stay here and do not go out, until somebody edits them."
                                      : "They stay in the queue, with your notes, until somebody edits them.";
}

static enum err_code ask(struct exchange *x, const struct review_form *form, struct response *out,
                         struct err *e)
{
    const char *verb = verb_of(form->status);
    const char *button =
        arena_printf(x->arena, "%s %s", verb, view_plural(x->arena, (int64_t)form->n, "event", "events"));
    struct json_object *model = view_page(x, arena_printf(x->arena, "%s?", button), VIEW_REVIEW, NULL);

    jx_set_text(model, "button", button);
    jx_set_text(model, "text", consequence_of(form->status));
    jx_set_text(model, "status", form->status);
    jx_set_text(model, "score", form->score);
    jx_set_text(model, "notes", form->notes);
    jx_set_bool(model, "harm", str_eq(form->status, "rejected"));
    jx_set_text(model, "chosen", chosen_of(x, form));
    jx_set(model, "rows", rows_of(x, form));
    jx_set_text(model, "more", form->n > IDS_SHOWN ? view_more(x->arena, form->n - IDS_SHOWN) : NULL);
    out->cache_control = "no-store";
    return view_render(x, "review_many", model, out, e);
}

static const char *done_words(struct exchange *x, const struct json_object *view, const char *status)
{
    int64_t n = jx_get_int(view, status, 0);

    return arena_printf(x->arena, "%s %s %s", n ? view_count(x->arena, n) : "No",
                        n == 1 ? "event was"
                        : n    ? "events were"
                               : "event was",
                        review_word(status));
}

static struct json_object *refusals_of(struct exchange *x, const struct json_object *view)
{
    const struct json_object *events = jx_get(view, "events");
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        const struct json_object *event = json_object_array_get_idx(events, i);
        struct json_object *row;

        if (!str_eq(jx_get_text(event, "result"), "refused"))
            continue;
        row = json_object_new_object();
        jx_set_text(row, "name", jx_get_text(event, "id"));
        jx_set_text(row, "href", review_address(x, jx_get_text(event, "id")));
        jx_set_text(row, "text", jx_get_text(event, "error"));
        jx_push(rows, row);
        if (json_object_array_length(rows) >= IDS_SHOWN)
            break;
    }
    return rows;
}

static enum err_code report(struct exchange *x, const struct review_form *form,
                            const struct json_object *view, struct response *out, struct err *e)
{
    const char *heading = arena_printf(x->arena, "%s, %s not", done_words(x, view, form->status),
                                       view_count(x->arena, jx_get_int(view, "refused", 0)));
    struct json_object *model = view_page(x, heading, VIEW_REVIEW, NULL);

    jx_set_text(model, "heading", heading);
    jx_set_text(model, "notes", form->notes);
    jx_set(model, "rows", refusals_of(x, view));
    out->cache_control = "no-store";
    return view_render(x, "review_report", model, out, e);
}

static enum err_code carry_out(struct exchange *x, const struct review_form *form,
                               const struct service_verdict *verdict, struct response *out, struct err *e)
{
    const struct service_verdicts verdicts = {form->ids, form->revisions, verdict};
    struct json_object *view;

    TRY(service_review_many(x->service, &verdicts, &view, e));
    if (!jx_get_bool(view, "success", false))
        return report(x, form, view, out, e);
    exchange_redirect(x, out, "/validation",
                      arena_printf(x->arena, "%s.", done_words(x, view, form->status)));
    return ERR_OK;
}

static const char *text_or_null(const struct exchange *x, const char *name)
{
    const char *text = form_first(&x->form, name);

    return *text ? text : NULL;
}

enum err_code handle_verdicts_form(struct exchange *x, struct response *out, struct err *e)
{
    const struct review_list list = {.change = text_or_null(x, "change"),
                                     .cursor = text_or_null(x, "cursor"),
                                     .free_only = str_eq(form_first(&x->form, "free"), "true")};
    struct service_verdicts verdicts = {0};
    struct service_verdict verdict;
    struct review_form form;
    enum err_code code;

    TRY(review_form_read(x, &form, e));
    review_form_verdict(x, &form, &verdict);
    verdicts = (struct service_verdicts){form.ids, form.revisions, &verdict};
    code = service_review_check(x->service, &verdicts, e);
    if (code == ERR_INVALID_FIELDS)
        return review_list_page(x, &list, &form, out, e);
    TRY(code);
    return form_has(&x->form, "sure") ? carry_out(x, &form, &verdict, out, e) : ask(x, &form, out, e);
}
