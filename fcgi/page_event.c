/*
 * One event, every field of it: those that all events have in their places, the others as they are.
 */
#include <stdio.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/review_form.h"
#include "fcgi/view_changes.h"

enum { VERSIONS_SHOWN = 5 };

static const char *score_of(struct exchange *x, const struct json_object *object, const char *key)
{
    struct json_object *value = jx_get(object, key);

    return value ? arena_printf(x->arena, "%.2f of 10", json_object_get_double(value)) : NULL;
}

static struct json_object *review_of(struct exchange *x, const struct json_object *view)
{
    const struct json_object *validation = jx_get(view, "validation");
    struct json_object *review = json_object_new_object();
    const char *status = jx_get_text(validation, "status");
    const char *word = status ? view_label(x->arena, status) : "Pending";

    jx_set_text(review, "status", word);
    jx_set_text(review, "score", score_of(x, validation, "score"));
    jx_set_text(review, "automatic", score_of(x, validation, "automatic_score"));
    jx_set_text(review, "notes", jx_get_text(validation, "notes"));
    view_set_time(x, review, "when", jx_get_text(validation, "date"));
    jx_set(review, "deductions", view_deductions(x, jx_get(validation, "deductions")));
    jx_set(review, "verdicts", review_verdicts(x, jx_get(view, "verdicts")));
    jx_set_text(review, "href",
                str_eq(jx_get_text(view, "state"), "draft") ? review_address(x, jx_get_text(view, "id"))
                                                            : NULL);
    return review;
}

/* The last few; their own page tells all of them and what each changed. */
static struct json_object *history_of(struct exchange *x, const char *id, const struct json_object *list)
{
    size_t n = list ? json_object_array_length(list) : 0;
    struct json_object *history;
    struct json_object *items;

    if (!n)
        return NULL;
    history = json_object_new_object();
    items = json_object_new_array();
    for (size_t i = 0; i < n && i < VERSIONS_SHOWN; i++) {
        const struct json_object *revision = json_object_array_get_idx(list, i);
        const char *number = arena_printf(x->arena, "%lld", (long long)jx_get_int(revision, "revision", 0));
        const char *author = jx_get_text(revision, "author");
        struct json_object *item = json_object_new_object();

        jx_set_text(item, "number", number);
        jx_set_text(item, "href", event_edit_address(x, id, arena_printf(x->arena, "revisions/%s", number)));
        jx_set_text(item, "text", view_reason(jx_get_text(revision, "reason")));
        jx_set_text(item, "author", str_eq(author, "repository") ? NULL : author);
        view_set_time(x, item, "when", jx_get_text(revision, "at"));
        jx_push(items, item);
    }
    jx_set(history, "items", items);
    jx_set_text(history, "all", event_edit_address(x, id, "history"));
    return history;
}

static struct json_object *files_of(struct json_object *paths)
{
    struct json_object *files;

    if (!paths || !json_object_array_length(paths))
        return NULL;
    files = json_object_new_object();
    jx_set_text(files, "label", json_object_array_length(paths) == 1 ? "File" : "Files");
    jx_set(files, "items", json_object_get(paths));
    return files;
}

/* Where it is decided what an event says that both sides changed. */
static struct json_object *conflict_of(struct exchange *x, const char *id, bool removed)
{
    struct json_object *conflict = json_object_new_object();
    bool editor = exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR);

    jx_set_text(conflict, "href", arena_printf(x->arena, "/conflicts/%s", request_encode(x->arena, id)));
    jx_set_text(conflict, "label", editor ? "Settle the conflict" : "See the conflict");
    jx_set_text(conflict, "text",
                removed ? "It was removed here, and then changed in the repository. It stays removed here, and "
                          "no pull request removes it there, until somebody has decided."
                        : "It was changed here and in the repository, in ways that do not go together. It "
                          "stays as it is here, and out of pull requests, until somebody has decided.");
    return conflict;
}

/* What an editor can do here. */
static void set_acts(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    const char *id = jx_get_text(view, "id");
    bool removed = jx_get_bool(view, "removed", false);
    struct json_object *acts = NULL;
    struct json_object *banner = NULL;

    if (exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR)) {
        acts = json_object_new_object();
        jx_set_text(acts, "edit", removed ? NULL : event_edit_address(x, id, "edit"));
        jx_set_text(acts, "remove", removed ? NULL : event_edit_address(x, id, "delete"));
        jx_set_text(acts, "restore", removed ? event_edit_address(x, id, "restore") : NULL);
        jx_set_int(acts, "looked_at", jx_get_int(view, "revision", 0));
    }
    if (removed && !str_eq(jx_get_text(view, "state"), "conflict")) {
        banner = json_object_new_object();
        jx_set_text(
            banner, "text",
            str_eq(jx_get_text(view, "state"), "draft")
                ? "Somebody has to validate that before a pull request takes it out of the repository."
                : "A pull request takes it out of the repository.");
    }
    jx_set(model, "acts", acts);
    jx_set(model, "removed", banner);
}

static struct json_object *model_of(struct exchange *x, const struct json_object *view)
{
    struct json_object *event = jx_get(view, "event");
    const char *id = jx_get_text(view, "id");
    const char *title = jx_get_text(event, "title") ? jx_get_text(event, "title") : id;
    const char *state = jx_get_text(view, "state");
    struct json_object *model = view_page(
        x, title, VIEW_EVENTS, arena_printf(x->arena, "/api/v1/events/%s", request_encode(x->arena, id)));

    jx_set_text(model, "id", id);
    jx_set_text(model, "heading", title);
    jx_set_text(model, "date", jx_get_text(event, "date"));
    view_set_badge(model, "badge", state);
    jx_set_text(model, "badge_hint", view_state_hint(state));
    view_warnings(x, model, jx_get(view, "warnings"));
    view_event(x, model, event);
    jx_set(model, "review", review_of(x, view));
    jx_set(model, "history", history_of(x, id, jx_get(view, "history")));
    jx_set(model, "files", files_of(jx_get(view, "paths")));
    jx_set(model, "conflict",
           str_eq(state, "conflict") ? conflict_of(x, id, jx_get_bool(view, "removed", false)) : NULL);
    set_acts(x, model, view);
    jx_set(model, "base_changes", view_changes(x, jx_get(view, "base_changes"), VIEW_CHANGES_PAGE / 2));
    return model;
}

enum err_code handle_event_gone(struct exchange *x, const struct err *why, struct response *out,
                                struct err *e)
{
    const char *id = x->request->segments[1];
    const struct service_list_args newest = {.limit = 1};
    struct json_object *view, *model;
    struct err ignored = {0};
    const char *title;

    if (why->code != ERR_NOT_FOUND ||
        service_event_history(x->service, id, &newest, &view, &ignored) != ERR_OK)
        return *e = *why, why->code;
    title = jx_get_text(view, "title");
    model = view_page(x, "This event is gone", VIEW_EVENTS, NULL);
    jx_set_text(model, "name", title ? title : id);
    jx_set_text(model, "history", event_edit_address(x, id, "history"));
    out->status = err_http_status(ERR_NOT_FOUND);
    return view_render(x, "event_gone", model, out, e);
}

enum err_code handle_event_page(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    struct err why = {0};

    if (service_event_show(x->service, x->request->segments[1], &view, &why) != ERR_OK)
        return handle_event_gone(x, &why, out, e);
    return view_render(x, "event", model_of(x, view), out, e);
}
