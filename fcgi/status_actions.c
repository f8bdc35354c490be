#include "fcgi/status_actions.h"

#include <string.h>

#include "core/util/str.h"

enum action { SETTLE, PULL, PLAN, CREATE, CHECK, WRITE, LOOK, ACTIONS };

struct actions {
    struct exchange *x;
    const struct json_object *view;
    bool can[ACTIONS];
    enum action first;
};

static bool is_one_of(const char *text, const char *const *words)
{
    for (; text && *words; words++)
        if (str_eq(text, *words))
            return true;
    return false;
}

static int64_t count_of(const struct actions *a, const char *state)
{
    return jx_get_int(jx_get(a->view, "counts"), state, 0);
}

/* What waits already, or runs, needs no second press. */
static bool is_active(const struct actions *a, const char *const *kinds)
{
    return is_one_of(jx_get_text(jx_get(a->view, "job"), "kind"), kinds);
}

static void find_possible(struct actions *a)
{
    static const char *const pulls[] = {"pull", "switch", NULL};
    static const char *const asks[] = {"pull", "switch", "check", NULL};
    static const char *const sends[] = {"create_pr", "retry", NULL};
    bool editor = exchange_caller(a->x)->name && exchange_may(a->x, SERVICE_EDITOR);

    a->can[SETTLE] = editor && count_of(a, "conflict") > 0;
    a->can[PULL] = editor && !is_active(a, pulls);
    a->can[PLAN] = a->can[PULL] && jx_get_int(a->view, "commits_behind", 0) > 0;
    a->can[CREATE] = editor && count_of(a, "validated") > 0 && !is_active(a, sends);
    a->can[CHECK] = exchange_caller(a->x)->name && !is_active(a, asks);
    a->can[WRITE] = editor && !count_of(a, "validated") && !count_of(a, "draft") && !a->can[SETTLE];
    a->can[LOOK] = true;
}

/* What the headline asks for, in its own order. */
static enum action wanted(const struct actions *a)
{
    const char *tone = jx_get_text(jx_get(a->view, "headline"), "tone");

    if (count_of(a, "conflict") > 0)
        return SETTLE;
    if (jx_get_text(a->view, "remote_error"))
        return CHECK;
    if (str_eq(tone, "problem") || str_eq(tone, "empty") || jx_get_int(a->view, "commits_behind", 0) > 0)
        return PULL;
    return count_of(a, "validated") > 0 && a->can[CREATE] ? CREATE : LOOK;
}

/* Where to look when there is nothing to do, or not for this visitor. */
static bool find_look(const struct actions *a, const char **href, const char **label)
{
    const struct {
        const char *href, *one, *many;
        int64_t n;
    } steps[] = {
        {"/conflicts", "conflict", "conflicts", count_of(a, "conflict")},
        {"#problems", "file that cannot be read", "files that cannot be read",
         jx_get_int(a->view, "errors_total", 0)},
        {"/events?state=validated", "validated event", "validated events", count_of(a, "validated")},
        {"/validation", "draft", "drafts", count_of(a, "draft")},
        {"/events", "event", "events", count_of(a, "total")},
    };

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].n <= 0)
            continue;
        *href = steps[i].href;
        *label = steps[i].n == 1 ? arena_printf(a->x->arena, "See the %s", steps[i].one)
                                 : arena_printf(a->x->arena, "See the %s %s",
                                                view_count(a->x->arena, steps[i].n), steps[i].many);
        return true;
    }
    return false;
}

const char *status_pull_label(const struct exchange *x)
{
    const char *url = x->tenant->repo_url;

    return url && str_starts(url, "https://github.com/") ? "Pull from GitHub" : "Pull now";
}

static void add(struct actions *a, struct json_object *items, enum action action)
{
    struct json_object *item = json_object_new_object();
    const char *href = NULL, *post = NULL, *label = NULL;

    switch (action) {
    case SETTLE:
        href = "/conflicts";
        label = count_of(a, "conflict") == 1 ? "Settle the conflict" : "Settle the conflicts";
        break;
    case LOOK: (void)find_look(a, &href, &label); break;
    case PULL:
        post = "/pull";
        label = status_pull_label(a->x);
        break;
    case PLAN:
        post = "/pull/plan";
        label = "See what a pull would do";
        break;
    case CREATE:
        href = "/pull-requests/new";
        label = "Create pull request";
        break;
    case CHECK:
        post = "/check";
        label = "Check now";
        break;
    case WRITE:
        href = "/events/new";
        label = "New event";
        break;
    case ACTIONS: break;
    }
    if (!label) {
        json_object_put(item);
        return;
    }
    jx_set_text(item, "href", href);
    jx_set_text(item, "post", post);
    jx_set_text(item, "label", label);
    jx_set_bool(item, "secondary", action != a->first);
    jx_push(items, item);
}

/* The same at a terminal, for those who like it. */
static const char *command_of(const struct actions *a)
{
    const char *command = a->first == PULL ? "git-pull" : a->first == CREATE ? "create-pr" : NULL;

    return command ? arena_printf(a->x->arena, "tideline --tenant %s %s", a->x->tenant->name, command) : NULL;
}

void status_set_actions(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct actions a = {.x = x, .view = view};
    struct json_object *actions = json_object_new_object();
    struct json_object *items = json_object_new_array();

    find_possible(&a);
    a.first = wanted(&a);
    if (!a.can[a.first])
        a.first = LOOK;
    add(&a, items, a.first);
    for (enum action other = PULL; other < LOOK; other++)
        if (other != a.first && a.can[other])
            add(&a, items, other);
    jx_set_bool(actions, "any", json_object_array_length(items) > 0);
    jx_set(actions, "items", items);
    jx_set_text(actions, "command", command_of(&a));
    jx_set(model, "actions", actions);
}
