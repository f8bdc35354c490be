/*
 * Pull requests: the list, and one of them. On a remote without pull requests of its own this page is the pull request.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/view.h"

enum { PULLS_SHOWN = 50, WORD_BYTES = 1024 };

#define SHELL_SAFE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"

static void set_empty(struct json_object *model)
{
    struct json_object *empty = json_object_new_object();

    jx_set_text(
        empty, "text",
        "A pull request carries validated events to the repository. The ones that were sent are listed "
        "here.");
    jx_set_text(empty, "href", "/events?state=validated");
    jx_set_text(empty, "label", "See the validated events");
    jx_set(model, "empty", empty);
}

static const char *heading_of(struct exchange *x, const struct json_object *list)
{
    int64_t total = (int64_t)json_object_array_length(list);
    int64_t open = 0;

    for (int64_t i = 0; i < total; i++)
        open += str_eq(jx_get_text(json_object_array_get_idx(list, (size_t)i), "state"), "open");
    if (!total)
        return "No pull requests yet";
    return open ? view_plural(x->arena, open, "open pull request", "open pull requests")
                : "No open pull requests";
}

enum err_code handle_pulls_page(struct exchange *x, struct response *out, struct err *e)
{
    const struct service_list_args args = {.cursor = request_param(x->request, "cursor"),
                                           .limit = PULLS_SHOWN};
    struct json_object *view;
    struct json_object *model;
    struct json_object *rows;
    struct json_object *list;
    const char *heading;

    if (!x->service)
        return view_unpulled(x, VIEW_PULLS, out, e);
    TRY(service_pr_list(x->service, &args, &view, e));
    list = jx_get(view, "pull_requests");
    heading = args.cursor ? "Older pull requests" : heading_of(x, list);
    model = view_page(x, heading, VIEW_PULLS, "/api/v1/pull-requests");
    rows = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(list); i++)
        jx_push(rows, view_pull_row(x, json_object_array_get_idx(list, i)));
    jx_set_text(model, "heading", heading);
    jx_set(model, "rows", rows);
    view_set_pages(x, model, jx_get_text(view, "next_cursor"));
    jx_set_bool(model, "any", json_object_array_length(rows) > 0);
    jx_set_text(model, "begin", exchange_may(x, SERVICE_EDITOR) ? "/pull-requests/new" : NULL);
    jx_set(model, "empty", NULL);
    if (!json_object_array_length(rows))
        set_empty(model);
    return view_render(x, "pull_requests", model, out, e);
}

/* "GitHub", or the host that the pull request is on. */
static const char *place_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");

    host = host ? host + strlen("://") : url;
    return str_starts(host, "github.com/") ? "GitHub"
                                           : arena_printf(a, "%.*s", (int)strcspn(host, "/?#"), host);
}

static void set_forge(struct exchange *x, struct json_object *model, const struct json_object *pull)
{
    struct json_object *forge = NULL;
    const char *url = jx_get_text(pull, "url");

    if (!jx_get_bool(pull, "plain", false) && view_url_safe(url)) {
        forge = json_object_new_object();
        jx_set_text(forge, "href", url);
        jx_set_text(forge, "label", arena_printf(x->arena, "Open on %s", place_of(x->arena, url)));
    }
    jx_set(model, "forge", forge);
}

/* Git allows a branch's name what a shell acts on, and these commands are there to be copied into one. */
static const char *shell_word(struct arena *a, const char *text)
{
    struct str word;

    if (!text || text[strspn(text, SHELL_SAFE)] == '\0')
        return text;
    str_init(&word, a, WORD_BYTES);
    str_addc(&word, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            str_add(&word, "'\\'");
        str_addc(&word, *text);
    }
    str_addc(&word, '\'');
    return word.p;
}

static void set_plain(struct exchange *x, struct json_object *model, const struct json_object *pull)
{
    struct json_object *plain = NULL;

    if (jx_get_bool(pull, "plain", false) && str_eq(jx_get_text(pull, "state"), "open")) {
        plain = json_object_new_object();
        jx_set_text(plain, "text",
                    "This repository has no pull requests of its own, so this page is the pull request. "
                    "Whoever looks after the "
                    "repository accepts it by merging the branch; Tideline notices at the next pull.");
        jx_set_text(plain, "commands",
                    arena_printf(x->arena, "git fetch origin %s\ngit switch %s\ngit merge FETCH_HEAD",
                                 shell_word(x->arena, jx_get_text(pull, "branch")),
                                 shell_word(x->arena, jx_get_text(pull, "base_branch"))));
    }
    jx_set(model, "plain", plain);
}

static void add_text(struct json_object *facts, const char *label, const char *text)
{
    if (text && text[0])
        view_fact(facts, label, view_value_code(text), NULL);
}

static void add_time(struct exchange *x, struct json_object *facts, const char *label, const char *time)
{
    if (time)
        view_set_time(x, view_fact(facts, label, NULL, NULL), "when", time);
}

static struct json_object *facts_of(struct exchange *x, const struct json_object *pull)
{
    struct json_object *facts = json_object_new_array();
    struct json_object *labels = jx_get(pull, "labels");

    add_text(facts, "Branch", jx_get_text(pull, "branch"));
    add_text(facts, "Into", jx_get_text(pull, "base_branch"));
    add_text(facts, "Commit", jx_get_text(pull, "commit_hash"));
    add_text(facts, "Merge commit", jx_get_text(pull, "merge_commit"));
    add_time(x, facts, "Made", jx_get_text(pull, "created_at"));
    add_time(x, facts, "Merged", jx_get_text(pull, "merged_at"));
    add_time(x, facts, "Closed", jx_get_text(pull, "closed_at"));
    if (json_object_is_type(labels, json_type_array) && json_object_array_length(labels))
        view_fact(facts, "Labels", view_value(x, labels), NULL);
    if (jx_get_bool(pull, "draft", false))
        view_fact(facts, "Draft", view_value_text("yes, not ready to be merged"), NULL);
    return facts;
}

static struct json_object *events_of(struct exchange *x, const struct json_object *list)
{
    struct json_object *events = json_object_new_object();
    struct json_object *rows = json_object_new_array();
    size_t n = list ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < n; i++) {
        const struct json_object *event = json_object_array_get_idx(list, i);
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "date", jx_get_text(event, "date"));
        jx_set_text(row, "title", jx_get_text(event, "title"));
        jx_set_text(row, "change", jx_get_text(event, "change"));
        jx_set_text(row, "href",
                    arena_printf(x->arena, "/events/%s", request_encode(x->arena, jx_get_text(event, "id"))));
        jx_push(rows, row);
    }
    jx_set_text(events, "heading", view_plural(x->arena, (int64_t)n, "event", "events"));
    jx_set_bool(events, "any", n > 0);
    jx_set(events, "rows", rows);
    return events;
}

static void set_description(struct exchange *x, struct json_object *model, const char *markdown)
{
    struct json_object *description = json_object_new_object();
    struct json_object *blocks = json_object_new_array();

    if (markdown)
        view_prose(x->arena, blocks, markdown, true);
    jx_set(description, "blocks", blocks);
    if (!json_object_array_length(blocks)) {
        json_object_put(description);
        description = NULL;
    }
    jx_set(model, "description", description);
}

static struct json_object *model_of(struct exchange *x, const struct json_object *pull, const char *number)
{
    const char *title = jx_get_text(pull, "title");
    const char *state = jx_get_text(pull, "state");
    struct json_object *model = view_page(x, arena_printf(x->arena, "Pull request %s", number), VIEW_PULLS,
                                          arena_printf(x->arena, "/api/v1/pull-requests/%s", number));

    jx_set_text(model, "name", arena_printf(x->arena, "Pull request #%s", number));
    jx_set_text(model, "heading", title ? title : "Pull request");
    view_set_badge(model, "badge", state);
    jx_set_text(model, "badge_hint", view_state_hint(str_eq(state, "merged") ? "" : state));
    jx_set_text(model, "trouble", jx_get_text(pull, "error"));
    set_forge(x, model, pull);
    set_plain(x, model, pull);
    jx_set(model, "facts", facts_of(x, pull));
    jx_set(model, "events", events_of(x, jx_get(pull, "events")));
    set_description(x, model, jx_get_text(pull, "description"));
    return model;
}

enum err_code handle_pull_page(struct exchange *x, struct response *out, struct err *e)
{
    const char *number = x->request->segments[1];
    struct json_object *view;

    if (!request_ordinal(number))
        return err_set(e, ERR_NOT_FOUND, "A pull request is named by its number, such as /pull-requests/1.");
    TRY(service_pr_show(x->service, request_ordinal(number), &view, e));
    return view_render(x, "pull_request", model_of(x, jx_get(view, "pull_request"), number), out, e);
}
