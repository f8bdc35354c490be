/*
 * Adding many events at once, from a JSON array: each on its own, with a report of what became of each.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/event_edit.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum { ROWS_SHOWN = 50 };

static const char *name_of(struct exchange *x, const struct json_object *event)
{
    const char *id = jx_get_text(event, "id");
    int64_t index = jx_get_int(event, "index", 0);

    return id && id[0] ? id : index ? arena_printf(x->arena, "Event %lld", (long long)index) : "The event";
}

/* Where in the text, and which of the events where its name does not tell. */
static const char *place_of(struct exchange *x, const struct json_object *event)
{
    int64_t line = jx_get_int(event, "line", 0);
    int64_t index = jx_get_text(event, "id") ? jx_get_int(event, "index", 0) : 0;
    struct str s;

    str_init(&s, x->arena, 64);
    if (index > 0)
        str_addf(&s, "number %s", view_count(x->arena, index));
    if (line > 0)
        str_addf(&s, "%sline %s", s.n ? ", " : "", view_count(x->arena, line));
    return s.n ? s.p : NULL;
}

/* The surest of those that it resembles, and how many more there are. */
static struct json_object *like_of(struct exchange *x, const struct json_object *duplicates)
{
    size_t n = json_object_is_type(duplicates, json_type_array) ? json_object_array_length(duplicates) : 0;
    struct json_object *like;
    const struct json_object *other;
    const char *id;

    if (!n)
        return NULL;
    like = json_object_new_object();
    other = json_object_array_get_idx(duplicates, 0);
    id = jx_get_text(other, "id");
    jx_set_text(like, "to", event_edit_address(x, id, ""));
    jx_set_text(like, "title", jx_get_text(other, "title") ? jx_get_text(other, "title") : id);
    jx_set_text(like, "others", n > 1 ? view_more(x->arena, n - 1) : NULL);
    return like;
}

static struct json_object *row_of(struct exchange *x, const struct json_object *event)
{
    struct json_object *row = json_object_new_object();
    const char *result = jx_get_text(event, "result");
    bool there = !str_eq(result, "refused");

    jx_set_text(row, "name", name_of(x, event));
    jx_set_text(row, "href", there ? event_edit_address(x, jx_get_text(event, "id"), "") : NULL);
    jx_set_text(row, "place", place_of(x, event));
    view_set_badge(row, "badge", there ? str_eq(result, "added") ? "draft" : "done" : "failed");
    jx_set_text(jx_get(row, "badge"), "word",
                there ? str_eq(result, "added") ? "added as a draft" : "there already" : "refused");
    jx_set_text(row, "error", jx_get_text(event, "error"));
    jx_set(row, "like", there ? like_of(x, jx_get(event, "duplicates")) : NULL);
    return row;
}

/* What somebody has to look at stands first. */
static int rank_of(const struct json_object *event)
{
    struct json_object *likes = jx_get(event, "duplicates");

    if (str_eq(jx_get_text(event, "result"), "refused"))
        return 0;
    return json_object_is_type(likes, json_type_array) && json_object_array_length(likes) ? 1 : 2;
}

static void set_rows(struct exchange *x, struct json_object *report, const struct json_object *list)
{
    struct json_object *rows = json_object_new_array();
    size_t n = list ? json_object_array_length(list) : 0;
    size_t shown = 0;

    for (int rank = 0; rank < 3; rank++)
        for (size_t i = 0; i < n && shown < ROWS_SHOWN; i++) {
            const struct json_object *event = json_object_array_get_idx(list, i);

            if (rank_of(event) != rank)
                continue;
            jx_push(rows, row_of(x, event));
            shown++;
        }
    jx_set(report, "rows", rows);
    jx_set_text(report, "more", shown < n ? view_more(x->arena, n - shown) : NULL);
}

static void add_part(struct exchange *x, struct str *s, int64_t n, const char *word)
{
    if (n)
        str_addf(s, "%s%s %s", s->n ? ", " : "", view_count(x->arena, n), word);
}

static struct json_object *report_of(struct exchange *x, const struct json_object *view)
{
    struct json_object *report = json_object_new_object();
    struct str s;

    str_init(&s, x->arena, 256);
    add_part(x, &s, jx_get_int(view, "added", 0), "added");
    add_part(x, &s, jx_get_int(view, "unchanged", 0), "there already");
    add_part(x, &s, jx_get_int(view, "refused", 0), "refused");
    jx_set_text(report, "heading", s.n ? s.p : "There was no event in it");
    jx_set_bool(report, "drafts", jx_get_int(view, "added", 0) > 0);
    jx_set_bool(report, "refused", jx_get_int(view, "refused", 0) > 0);
    set_rows(x, report, jx_get(view, "events"));
    return report;
}

/* typed: what stays in the form; NULL: nothing is left to be mended. */
static enum err_code show(struct exchange *x, const struct json_object *view, const char *typed,
                          const struct err *why, struct response *out, struct err *e)
{
    struct json_object *problems = jx_own(x->arena, json_object_new_array());
    struct json_object *fields = json_object_new_object();
    struct json_object *report = view ? report_of(x, view) : NULL;
    struct json_object *model = view_page(x, "Add many events", VIEW_EVENTS, NULL);

    if (why) {
        struct json_object *problem = json_object_new_object();

        jx_set_text(problem, "field", "events");
        jx_set_text(problem, "error", why->message);
        jx_push(problems, problem);
        out->status = err_http_status(why->code);
    }
    jx_set_text(model, "heading", report ? jx_get_text(report, "heading") : "Add many events");
    jx_set(fields, "events", json_object_new_object());
    form_set_problems(model, fields, problems);
    jx_set(model, "fields", fields);
    jx_set(model, "report", report);
    jx_set_bool(model, "form", typed != NULL);
    jx_set_text(model, "typed", typed);
    return view_render(x, "events_add", model, out, e);
}

enum err_code handle_events_add_page(struct exchange *x, struct response *out, struct err *e)
{
    return show(x, NULL, "", NULL, out, e);
}

enum err_code handle_events_add_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_source source = {.name = "form"};
    struct json_object *view = NULL;
    struct err why = {0};
    enum err_code code;

    TRY(form_text(&x->form, "events", &source.p, e));
    source.n = strlen(source.p);
    if (event_form_is_blank(source.p)) {
        (void)err_set(&why, ERR_INVALID_FIELDS,
                      "Paste the events first: a JSON array, such as [{\"date\": …}, …].");
        return show(x, NULL, source.p, &why, out, e);
    }
    code = service_event_add_many(x->service, &source, 1, &view, &why);
    if (code == ERR_INVALID_INPUT || code == ERR_INVALID_EVENT || code == ERR_TOO_LARGE)
        return show(x, NULL, source.p, &why, out, e);
    if (code != ERR_OK && !view)
        return *e = why, code;
    return show(x, view, jx_get_int(view, "refused", 0) ? source.p : NULL, NULL, out, e);
}
