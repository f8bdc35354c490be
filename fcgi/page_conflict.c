/*
 * One conflict: what shall the event say? Everybody sees the sides; editors answer, and take back what was decided. A form
 * that cannot be taken is shown again over the sides of now, with what was chosen and written.
 */
#include "fcgi/page_conflict.h"

#include <ctype.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view.h"

static const char *id_of(const struct exchange *x)
{
    return x->request->segments[1];
}

static bool is_editor(const struct exchange *x)
{
    return exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR);
}

/* ---- what is wrong with a form */

/* The service names fields; the page's questions have ids, which links lead to. */
static const char *question_of(const struct conflict_items *items, const char *field)
{
    for (size_t i = 0; field && i < items->n; i++) {
        const struct conflict_item *item = &items->items[i];

        if (str_eq(field, item->id) || str_eq(field, item->choice) || str_eq(field, item->field))
            return item->id;
    }
    return (items->whole && str_eq(field, CONFLICT_WHOLE)) || (items->more && str_eq(field, CONFLICT_REST))
               ? field
               : NULL;
}

static void set_error(struct json_object *model, const char *id, const char *error)
{
    struct json_object *questions = jx_get(model, "questions");

    for (size_t i = 0; questions && i < json_object_array_length(questions); i++) {
        struct json_object *question = json_object_array_get_idx(questions, i);

        if (str_eq(jx_get_text(question, "id"), id) && !jx_get_text(question, "error"))
            jx_set_text(question, "error", error);
    }
    if (str_eq(id, CONFLICT_WHOLE) && jx_get(model, "whole"))
        jx_set_text(jx_get(model, "whole"), "error", error);
    if (str_eq(id, CONFLICT_REST) && jx_get(model, "rest"))
        jx_set_text(jx_get(model, "rest"), "error", error);
}

static void push_error(struct json_object *items, const char *id, struct exchange *x, const char *text)
{
    struct json_object *item = json_object_new_object();

    jx_set_text(item, "href", id ? arena_printf(x->arena, "#f-%s", id) : NULL);
    jx_set_text(item, "text", text);
    jx_push(items, item);
}

static void set_errors(struct exchange *x, struct json_object *model, const struct json_object *conflict,
                       const struct err *why)
{
    struct json_object *problems = service_problems(x->service);
    struct json_object *errors, *items;
    struct conflict_items questions;

    jx_set(model, "errors", NULL);
    if (!why)
        return;
    errors = json_object_new_object();
    items = json_object_new_array();
    conflict_items(x, conflict, &questions);
    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        const struct json_object *problem = json_object_array_get_idx(problems, i);
        const char *id = question_of(&questions, jx_get_text(problem, "field"));

        push_error(items, id, x, jx_get_text(problem, "error"));
        if (id)
            set_error(model, id, jx_get_text(problem, "error"));
    }
    if (!json_object_array_length(items))
        push_error(items, NULL, x, why->message);
    jx_set(errors, "items", items);
    jx_set(model, "errors", errors);
}

/* ---- the page */

/* "ada, 2 hours ago": who is asked about what stands here. */
static void set_about(struct exchange *x, struct json_object *model, const struct json_object *conflict)
{
    const char *by = jx_get_text(conflict, "updated_by");

    jx_set_text(model, "date", jx_get_text(conflict, "date"));
    jx_set_text(model, "by", by && *by && !str_eq(by, "repository") ? by : NULL);
    jx_set_text(model, "looked_at", jx_get_text(conflict, "version"));
    view_set_time(x, model, "opened", jx_get_text(conflict, "opened_at"));
    view_set_badge(model, "badge", "conflict");
}

static const char *open_lead(const char *kind)
{
    if (str_eq(kind, "removed_here"))
        return "It was removed here, and since then changed in the repository. Until it is decided it stays "
               "removed here, and no pull request removes it there.";
    if (str_eq(kind, "removed_there"))
        return "It was removed in the repository, and since then changed here. Until it is decided it stays "
               "here, and out of pull requests.";
    if (str_eq(kind, "added"))
        return "It was added here and in the repository, with different content. Until it is decided it "
               "stays as it is here, and out of pull requests.";
    return "It was changed here and in the repository, each in another way. Until it is decided it stays as "
           "it is here, and out of pull requests.";
}

static struct json_object *page_of(struct exchange *x, const char *title, const char *heading,
                                   const struct json_object *view)
{
    const char *api = arena_printf(x->arena, "/api/v1/conflicts/%s", request_encode(x->arena, id_of(x)));
    struct json_object *model =
        view_page(x, arena_printf(x->arena, "%s %s", heading, conflict_title(x, title)), VIEW_CONFLICTS, api);

    jx_set_text(model, "heading", heading);
    jx_set_text(model, "name", conflict_title(x, title));
    jx_set_text(model, "href", arena_printf(x->arena, "/events/%s", request_encode(x->arena, id_of(x))));
    jx_set_text(model, "action", conflict_address(x, id_of(x)));
    conflict_set_decisions(x, model, view);
    return model;
}

static bool is_question(const struct json_object *questions, const char *id)
{
    for (size_t i = 0; questions && i < json_object_array_length(questions); i++)
        if (str_eq(jx_get_text(json_object_array_get_idx(questions, i), "id"), id))
            return true;
    return false;
}

/* What was written as an answer to something that is no question any more is shown once more, to be taken elsewhere. */
static void set_kept(struct exchange *x, struct json_object *model)
{
    const struct json_object *questions = jx_get(model, "questions");
    struct json_object *kept = json_object_new_object();
    struct json_object *items = json_object_new_array();

    for (size_t i = 0; i < x->form.n; i++) {
        const struct request_param *field = &x->form.fields[i];
        const char *id = field->name + strlen(CONFLICT_OWN);
        struct json_object *item;

        if (!str_starts(field->name, CONFLICT_OWN) || !field->value[0] || is_question(questions, id) ||
            !str_eq(form_first(&x->form, arena_printf(x->arena, CONFLICT_CHOICE "%s", id)), "own"))
            continue;
        item = json_object_new_object();
        jx_set_text(item, "label", islower((unsigned char)*id) ? conflict_label(x, id) : "Written");
        jx_set_text(item, "text", field->value);
        jx_push(items, item);
    }
    jx_set(kept, "items", items);
    jx_set(model, "kept", json_object_array_length(items) ? json_object_get(kept) : NULL);
    json_object_put(kept);
}

static struct json_object *open_model(struct exchange *x, const struct json_object *view)
{
    const struct json_object *conflict = jx_get(view, "conflict");
    const char *kind = jx_get_text(conflict, "kind");
    bool removed = str_eq(kind, "removed_here") || str_eq(kind, "removed_there");
    const char *title = jx_get_text(conflict, "title") ? jx_get_text(conflict, "title") : id_of(x);
    struct json_object *model =
        page_of(x, title, removed ? "Shall this event stay?" : "What shall this event say?", view);

    set_about(x, model, conflict);
    jx_set_text(model, "lead", open_lead(kind));
    jx_set_bool(model, "form", is_editor(x));
    jx_set_bool(model, "has_base", jx_get(conflict, "base") != NULL);
    conflict_set_questions(x, model, conflict, is_editor(x));
    set_kept(x, model);
    jx_set_bool(model, "several",
                json_object_array_length(jx_get(model, "questions")) > 1 || jx_get(model, "rest"));
    return model;
}

/* The conflict that waits longest, to go on with. */
static enum err_code set_following(struct exchange *x, struct json_object *model, struct err *e)
{
    struct service_list_args args = {.limit = 1};
    struct json_object *view, *first;
    struct json_object *next = NULL;

    TRY(service_conflict_list(x->service, &args, &view, e));
    first = json_object_array_get_idx(jx_get(view, "conflicts"), 0);
    if (first) {
        int64_t total = jx_get_int(view, "total", 1);

        next = json_object_new_object();
        jx_set_text(next, "href", conflict_address(x, jx_get_text(first, "id")));
        jx_set_text(next, "label",
                    total > 1 ? arena_printf(x->arena, "Next of %s",
                                             view_plural(x->arena, total, "conflict", "conflicts"))
                              : "Next conflict");
    }
    jx_set(model, "next", next);
    return ERR_OK;
}

static bool is_decided(const struct json_object *view)
{
    const struct json_object *list = jx_get(view, "decisions");
    const struct json_object *last =
        list && json_object_array_length(list) ? json_object_array_get_idx(list, 0) : NULL;

    return last && !jx_get_text(last, "undone_at");
}

static enum err_code closed_model(struct exchange *x, const struct json_object *view,
                                  struct json_object **out, struct err *e)
{
    const char *heading = is_decided(view) ? "Decided" : "No conflict any more";
    struct json_object *event = NULL;
    struct json_object *model;
    struct err gone = {0};
    const char *title, *state;
    enum err_code code = service_event_show(x->service, id_of(x), &event, &gone);

    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return err_set(e, code, "%s", gone.message);
    if (code != ERR_OK)
        event = NULL;
    title = jx_get_text(jx_get(event, "event"), "title");
    state = jx_get_text(event, "state");
    model = page_of(x, title ? title : id_of(x), heading, view);
    jx_set_text(model, "date", jx_get_text(jx_get(event, "event"), "date"));
    if (state)
        view_set_badge(model, "badge", state);
    else
        jx_set(model, "badge", NULL);
    if (!event)
        jx_set(model, "href", NULL);
    jx_set_text(model, "lead", event ? conflict_next_words(event) : "The event is removed.");
    set_kept(x, model);
    TRY(set_following(x, model, e));
    *out = model;
    return ERR_OK;
}

/* What there is to see. Of a conflict that went by itself nothing is left: whoever was about to decide it is told so, and no
 * more. */
static enum err_code look(struct exchange *x, bool was_open, struct json_object **view, struct err *e)
{
    enum err_code code = service_conflict_show(x->service, id_of(x), view, e);

    if (code != ERR_NOT_FOUND || !was_open)
        return code;
    *view = jx_own(x->arena, json_object_new_object());
    return ERR_OK;
}

/* why: a form that was refused; NULL: the plain page. */
static enum err_code show(struct exchange *x, const struct err *why, struct response *out, struct err *e)
{
    struct json_object *view, *model;
    bool open;

    TRY(look(x, why != NULL, &view, e));
    open = jx_get_bool(view, "open", false);
    if (open)
        model = open_model(x, view);
    else
        TRY(closed_model(x, view, &model, e));
    set_errors(x, model, jx_get(view, "conflict"), why);
    out->status = settings_status(why);
    return view_render(x, open ? "conflict" : "conflict_closed", model, out, e);
}

enum err_code handle_conflict_page(struct exchange *x, struct response *out, struct err *e)
{
    return show(x, NULL, out, e);
}

/* ---- deciding */

static enum err_code read_form(struct exchange *x, struct service_resolution *resolution, struct err *e)
{
    struct conflict_items items;
    struct json_object *view;

    TRY(form_text(&x->form, "version", &resolution->version, e));
    TRY(form_text(&x->form, "take", &resolution->take, e));
    if (!resolution->version[0])
        resolution->version = NULL;
    if (str_eq(resolution->take, "ours") || str_eq(resolution->take, "theirs"))
        return ERR_OK;
    resolution->take = NULL;
    TRY(service_conflict_show(x->service, id_of(x), &view, e));
    if (!jx_get_bool(view, "open", false))
        return err_set(e, ERR_NOT_FOUND, "There is nothing to decide here any more.");
    /* Answers to the questions of then are no answers to those of now. */
    if (resolution->version && !str_eq(jx_get_text(jx_get(view, "conflict"), "version"), resolution->version))
        return err_set(e, ERR_STALE, "The sides have changed.");
    conflict_items(x, jx_get(view, "conflict"), &items);
    return conflict_items_read(x, &items, resolution, e);
}

static const char *stale_words(enum err_code code)
{
    return code == ERR_STALE
               ? "The event was changed, here or in the repository, since you opened this page. Below it is "
                 "as "
                 "it stands now, with what you chose and wrote. Look at it, then decide."
               : "Somebody else has decided since you opened this page, or the conflict is gone by itself. "
                 "Below it is as it stands now.";
}

static bool is_answer(struct exchange *x, const struct err *why)
{
    return why->code == ERR_NOT_FOUND || settings_is_answer(x, why);
}

enum err_code handle_conflict_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_resolution resolution = {.id = id_of(x)};
    struct json_object *view;
    struct err why = {0};
    const char *next;

    if (read_form(x, &resolution, &why) == ERR_OK &&
        service_conflict_resolve(x->service, &resolution, &view, &why) == ERR_OK) {
        next = conflict_next_words(view);
        exchange_redirect(x, out, conflict_address(x, id_of(x)),
                          next ? arena_printf(x->arena, "Decided. %s", next) : "Decided.");
        return ERR_OK;
    }
    if (!is_answer(x, &why)) {
        *e = why;
        return why.code;
    }
    if (why.code == ERR_STALE || why.code == ERR_NOT_FOUND)
        (void)err_set(&why, ERR_STALE, "%s", stale_words(why.code));
    return show(x, &why, out, e);
}

enum err_code handle_conflict_undo_form(struct exchange *x, struct response *out, struct err *e)
{
    struct json_object *view;
    struct err why = {0};

    if (service_conflict_undo(x->service, id_of(x), &view, &why) == ERR_OK) {
        exchange_redirect(x, out, conflict_address(x, id_of(x)),
                          jx_get_bool(view, "open", false)
                              ? "The decision is taken back, and the conflict is open again."
                              : "The decision is taken back. Both sides go together now without a question.");
        return ERR_OK;
    }
    if (settings_is_answer(x, &why))
        return show(x, &why, out, e);
    *e = why;
    return why.code;
}
