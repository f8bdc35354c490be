/*
 * The queue of review: the heading says how many wait, the longest waiting comes first, and one verdict may be given about
 * several that are chosen.
 */
#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/review_form.h"

enum { ROWS_SHOWN = 25 };

static const char *address(struct exchange *x, const struct review_list *list, const char *cursor)
{
    char separator = '?';
    struct str s;

    str_init(&s, x->arena, REQUEST_URI_BYTES);
    str_add(&s, "/validation");
    if (list->change) {
        str_addf(&s, "?change=%s", request_encode(x->arena, list->change));
        separator = '&';
    }
    if (list->free_only) {
        str_addf(&s, "%cfree=true", separator);
        separator = '&';
    }
    if (cursor)
        str_addf(&s, "%ccursor=%s", separator, request_encode(x->arena, cursor));
    return s.p;
}

static void push_filter(struct json_object *filters, const char *label, const char *href, bool current)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "label", label);
    jx_set_text(o, "href", href);
    jx_set_bool(o, "current", current);
    jx_push(filters, o);
}

static void set_filters(struct exchange *x, struct json_object *model, const struct review_list *list)
{
    static const struct {
        const char *change, *label;
    } table[] = {{NULL, "all"}, {"added", "new"}, {"changed", "edits"}, {"removed", "removals"}};
    struct json_object *filters = json_object_new_array();
    struct review_list other = *list;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        other.change = table[i].change;
        push_filter(filters, table[i].label, address(x, &other, NULL), str_eq(list->change, other.change));
    }
    other = *list;
    other.free_only = !list->free_only;
    push_filter(filters, "only free ones", address(x, &other, NULL), list->free_only);
    jx_set(model, "filters", filters);
}

static const char *score_words(struct exchange *x, const struct json_object *event)
{
    struct json_object *score = jx_get(event, "automatic_score");
    int64_t n = jx_get_int(event, "deductions", 0);

    return arena_printf(x->arena, "scores %.2f%s%s", score ? json_object_get_double(score) : 0, n ? ", " : "",
                        n ? view_plural(x->arena, n, "thing to mend", "things to mend") : "");
}

static const char *reserved_words(struct exchange *x, const struct json_object *event)
{
    const char *by = jx_get_text(event, "reserved_by");

    if (!by)
        return NULL;
    return jx_get_bool(event, "mine", false) ? "reserved by you"
                                             : arena_printf(x->arena, "reserved by %s", by);
}

/* Was it chosen, at this very revision? One that has changed is chosen anew. */
static bool is_chosen(const struct review_form *form, const char *id, int64_t revision)
{
    for (size_t i = 0; form && i < form->n; i++)
        if (form->revisions[i] == revision && str_eq(form->ids[i], id))
            return true;
    return false;
}

static struct json_object *row_of(struct exchange *x, const struct json_object *event,
                                  const struct review_form *form, size_t number)
{
    struct json_object *row = json_object_new_object();
    const char *id = jx_get_text(event, "id");
    int64_t revision = jx_get_int(event, "revision", 0);

    jx_set_text(row, "id", arena_printf(x->arena, "event-%zu", number));
    jx_set_text(row, "value", arena_printf(x->arena, "%lld:%s", (long long)revision, id));
    jx_set_bool(row, "checked", is_chosen(form, id, revision));
    jx_set_text(row, "date", jx_get_text(event, "date"));
    jx_set_text(row, "name", jx_get_text(event, "title"));
    jx_set_text(row, "href", review_address(x, id));
    jx_set_text(row, "mark", jx_get_text(event, "change"));
    jx_set_text(row, "change", review_change_word(jx_get_text(event, "change")));
    jx_set_text(row, "score", score_words(x, event));
    view_set_time(x, row, "since", jx_get_text(event, "waiting_since"));
    jx_set_text(row, "reserved", reserved_words(x, event));
    jx_set_bool(row, "sent_back", jx_get_bool(event, "sent_back", false));
    jx_set_text(row, "notes", review_notes(x, jx_get_text(event, "notes"), REVIEW_ROW_NOTES));
    return row;
}

static const char *heading_of(struct exchange *x, const struct review_list *list, int64_t n)
{
    const char *one = str_eq(list->change, "added")     ? "new event waits"
                      : str_eq(list->change, "changed") ? "edit waits"
                      : str_eq(list->change, "removed") ? "removal waits"
                                                        : "event waits";
    const char *many = str_eq(list->change, "added")     ? "new events wait"
                       : str_eq(list->change, "changed") ? "edits wait"
                       : str_eq(list->change, "removed") ? "removals wait"
                                                         : "events wait";

    if (!n)
        return list->change || list->free_only ? "Nothing of this waits for review"
                                               : "Nothing waits for review";
    return arena_printf(x->arena, "%s for review", view_plural(x->arena, n, one, many));
}

static void set_empty(struct json_object *model, const struct review_list *list)
{
    struct json_object *empty = json_object_new_object();
    bool filtered = list->change || list->free_only;

    jx_set_text(empty, "text",
                filtered
                    ? "Take the filters off to see whether anything else waits."
                    : "Events that are added, edited or marked as removed here come to this page, and "
                      "wait until "
                      "somebody has validated or rejected them. What is validated goes out with the next "
                      "pull request.");
    jx_set_text(empty, "href", filtered ? "/validation" : "/events?state=validated");
    jx_set_text(empty, "label", filtered ? "Show all that waits" : "See what is validated");
    jx_set(model, "empty", empty);
}

/* What the form must bring back to show the same page again. */
static void set_place(struct json_object *model, const struct review_list *list)
{
    struct json_object *place = json_object_new_object();

    jx_set_text(place, "change", list->change);
    jx_set_text(place, "free", list->free_only ? "true" : NULL);
    jx_set_text(place, "cursor", list->cursor);
    jx_set(model, "place", place);
}

static void set_rows(struct exchange *x, struct json_object *model, const struct json_object *view,
                     const struct review_form *form)
{
    const struct json_object *events = jx_get(view, "events");
    struct json_object *rows = json_object_new_array();

    for (size_t i = 0; i < json_object_array_length(events); i++)
        jx_push(rows, row_of(x, json_object_array_get_idx(events, i), form, i + 1));
    jx_set(model, "rows", rows);
    jx_set_bool(model, "any", json_object_array_length(rows) > 0);
}

static struct json_object *model_of(struct exchange *x, const struct review_list *list,
                                    const struct json_object *view, const struct review_form *form)
{
    const char *heading = heading_of(x, list, jx_get_int(view, "total", 0));
    const char *next = jx_get_text(view, "next_cursor");
    struct json_object *model = view_page(
        x, heading, VIEW_REVIEW, arena_printf(x->arena, "/api/v1%s", address(x, list, list->cursor)));

    jx_set_text(model, "heading", heading);
    set_filters(x, model, list);
    set_rows(x, model, view, form);
    jx_set(model, "empty", NULL);
    if (!jx_get_bool(model, "any", false))
        set_empty(model, list);
    jx_set_text(model, "first", list->cursor ? address(x, list, NULL) : NULL);
    jx_set_text(model, "next", next ? address(x, list, next) : NULL);
    jx_set_bool(model, "leaf", list->cursor || next);
    jx_set_bool(model, "may_judge", exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR));
    set_place(model, list);
    jx_set_text(model, "after",
                x->request->method == METHOD_GET && request_param(x->request, "after")
                    ? review_address(x, request_param(x->request, "after"))
                    : NULL);
    review_form_show(x, model, form);
    return model;
}

enum err_code review_list_page(struct exchange *x, const struct review_list *list,
                               const struct review_form *form, struct response *out, struct err *e)
{
    const struct service_queue_filter filter = {
        .cursor = list->cursor, .limit = ROWS_SHOWN, .change = list->change, .free_only = list->free_only};
    struct json_object *view;

    TRY(service_review_queue(x->service, &filter, &view, e));
    TRY(view_render(x, "review", model_of(x, list, view, form), out, e));
    if (form) {
        out->status = err_http_status(ERR_INVALID_FIELDS);
        out->cache_control = "no-store";
    }
    return ERR_OK;
}

enum err_code handle_queue_page(struct exchange *x, struct response *out, struct err *e)
{
    const struct review_list list = {.change = request_param(x->request, "change"),
                                     .cursor = request_param(x->request, "cursor"),
                                     .free_only = str_eq(request_param(x->request, "free"), "true")};

    if (!x->service)
        return view_unpulled(x, VIEW_REVIEW, out, e);
    return review_list_page(x, &list, NULL, out, e);
}
