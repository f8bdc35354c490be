/*
 * Removing an event, which asks first, and bringing one back, or an earlier version of it.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

static void set_files(struct json_object *model, struct json_object *paths)
{
    struct json_object *files = NULL;
    size_t n = json_object_is_type(paths, json_type_array) ? json_object_array_length(paths) : 0;

    if (n) {
        files = json_object_new_object();
        jx_set_text(files, "label", n == 1 ? "This file would go:" : "These files would go:");
        jx_set(files, "items", json_object_get(jx_get(files, "items")));
        jx_set(files, "items", json_object_new_array());
        for (size_t i = 0; i < n; i++)
            jx_push_text(jx_get(files, "items"), json_object_get_string(json_object_array_get_idx(paths, i)));
    }
    jx_set(model, "files", files);
}

static enum err_code ask(struct exchange *x, const struct err *why, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    struct json_object *view, *model;
    struct err failure = {0};
    const char *title;

    if (service_event_show(x->service, id, &view, &failure) != ERR_OK)
        return handle_event_gone(x, &failure, out, e);
    title = jx_get_text(jx_get(view, "event"), "title");
    model = view_page(x, "Remove this event?", VIEW_EVENTS, NULL);
    jx_set_text(model, "name", title ? title : id);
    jx_set_text(model, "date", jx_get_text(jx_get(view, "event"), "date"));
    jx_set_text(model, "notice", why ? why->message : NULL);
    jx_set_text(model, "action", event_edit_address(x, id, "delete"));
    jx_set_text(model, "back", event_edit_address(x, id, ""));
    jx_set_int(model, "revision", jx_get_int(view, "revision", 0));
    set_files(model, jx_get(view, "paths"));
    if (why)
        out->status = err_http_status(why->code);
    return view_render(x, "event_remove", model, out, e);
}

enum err_code handle_event_delete_page(struct exchange *x, struct response *out, struct err *e)
{
    return ask(x, NULL, out, e);
}

static enum err_code read_number(struct exchange *x, const char *name, int64_t *out, struct err *e)
{
    const char *text;

    TRY(form_text(&x->form, name, &text, e));
    *out = request_ordinal(text);
    if (*out || !*text || str_eq(text, "0"))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT,
                   "The form does not say which version is meant. Open the page again.");
}

enum err_code handle_event_delete_form(struct exchange *x, struct response *out, struct err *e)
{
    const char *id = x->request->segments[1];
    struct json_object *view = NULL;
    struct err why = {0};
    int64_t revision;

    TRY(read_number(x, "revision", &revision, e));
    if (!revision)
        return err_set(e, ERR_INVALID_INPUT,
                       "The form does not say which version is meant. Open the page again.");
    if (service_event_delete(x->service, id, revision, &view, &why) != ERR_OK) {
        if (why.code == ERR_STALE)
            return ask(x, &why, out, e);
        return handle_event_gone(x, &why, out, e);
    }
    if (str_eq(jx_get_text(view, "removed"), "gone"))
        exchange_redirect(x, out, event_edit_address(x, id, "history"),
                          "The event is gone from here. Its versions stay, and each can be brought back.");
    else
        exchange_redirect(
            x, out, event_edit_address(x, id, ""),
            "Marked as removed. Once somebody has validated that, it goes out in a pull request.");
    return ERR_OK;
}

static const char *restored_text(struct exchange *x, const struct service_restore *restore,
                                 const struct json_object *view)
{
    const char *state = jx_get_text(view, "state");

    if (jx_get_bool(view, "unchanged", false))
        return "The event is just like that version already.";
    return arena_printf(x->arena, "%s The event is %s now: %s.",
                        restore->which
                            ? arena_printf(x->arena, "Version %lld is back.", (long long)restore->which)
                            : "It is back.",
                        state ? state : "changed", view_state_hint(state));
}

enum err_code handle_event_restore_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_restore restore = {.id = x->request->segments[1]};
    const char *here = event_edit_address(x, restore.id, "");
    struct json_object *view = NULL;
    struct err why = {0};

    TRY(read_number(x, "revision", &restore.which, e));
    TRY(read_number(x, "looked_at", &restore.looked_at, e));
    if (!restore.looked_at)
        restore.looked_at =
            -1; /* it was gone when this was asked for, and what came since has not been seen */
    switch ((int)service_event_restore(x->service, &restore, &view, &why)) {
    case ERR_OK: exchange_redirect(x, out, here, restored_text(x, &restore, view)); return ERR_OK;
    case ERR_STALE:
        exchange_redirect(
            x, out, event_edit_address(x, restore.id, "history"),
            "Somebody else has changed this event meanwhile, so nothing was brought back. Look at "
            "it, then choose again.");
        return ERR_OK;
    case ERR_NOTHING_TO_DO: /* pressed twice, or somebody else was faster */
        exchange_redirect(x, out, here, "It is back already.");
        return ERR_OK;
    default: return *e = why, why.code;
    }
}
