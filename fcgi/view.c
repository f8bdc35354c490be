#include "fcgi/view.h"

#include <string.h>
#include <time.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "fcgi/handle.h"

enum { SECOND_US = 1000000, MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* What nobody has to do is not in the way. */
static bool is_in_navigation(enum view_section item, enum view_section section, const struct exchange *x,
                             int64_t conflicts)
{
    if (item == VIEW_CONFLICTS)
        return conflicts || section == VIEW_CONFLICTS;
    return item != VIEW_SETTINGS || exchange_may(x, SERVICE_ADMIN);
}

static struct json_object *navigation(enum view_section section, const struct exchange *x)
{
    static const struct {
        const char *label, *href;
    } items[] = {{"Status", "/"},
                 {"Events", "/events"},
                 {"Review", "/validation"},
                 {"Conflicts", "/conflicts"},
                 {"Pull requests", "/pull-requests"},
                 {"Syncs", "/syncs"},
                 {"Settings", "/settings"}};
    struct json_object *list = json_object_new_array();
    struct json_object *nav = json_object_new_object();
    bool reads = x->service && (x->tenant->public_read || exchange_caller(x)->name);
    int64_t conflicts = reads ? service_conflict_count(x->service) : 0;

    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        struct json_object *item;
        bool here = section == (enum view_section)i;

        if (!is_in_navigation((enum view_section)i, section, x, conflicts))
            continue;
        item = json_object_new_object();
        jx_set_text(item, "label",
                    i == VIEW_CONFLICTS && conflicts
                        ? arena_printf(x->arena, "%s (%s)", items[i].label, view_count(x->arena, conflicts))
                        : items[i].label);
        jx_set_text(item, "href", items[i].href);
        jx_set_text(item, "current",
                    !here                                     ? NULL
                    : str_eq(x->request->path, items[i].href) ? "page"
                                                              : "true");
        jx_push(list, item);
    }
    jx_set(nav, "items", list);
    return nav;
}

/* Who asks, and what belongs to the session. */
static void set_visitor(struct exchange *x, struct json_object *model)
{
    static const char *const roles[] = {"", "viewer", "editor", "admin"};
    const struct service_caller *caller = exchange_caller(x);
    struct json_object *user = NULL;

    if (caller->name) {
        user = json_object_new_object();
        jx_set_text(user, "name", caller->name);
        jx_set_text(user, "role", roles[caller->role]);
        jx_set_bool(user, "can_edit", exchange_may(x, SERVICE_EDITOR));
        jx_set_bool(user, "can_admin", exchange_may(x, SERVICE_ADMIN));
    }
    jx_set(model, "user", user);
    jx_set_text(model, "csrf", caller->session_value ? service_csrf_token(x->service) : NULL);
    jx_set_text(model, "sign_in", caller->name || !x->tenant ? NULL : handle_login_address(x));
    jx_set_text(model, "flash", x->flash);
}

static struct json_object *asset_links(const struct site *site)
{
    struct json_object *o = json_object_new_object();

    jx_set_text(o, "style", asset_find(&site->assets, "style.css")->href);
    jx_set_text(o, "script", asset_find(&site->assets, "live.js")->href);
    jx_set_text(o, "icon", asset_find(&site->assets, "icon.svg")->href);
    return o;
}

struct json_object *view_page(struct exchange *x, const char *title, enum view_section section,
                              const char *api)
{
    struct json_object *model = jx_own(x->arena, json_object_new_object());

    jx_set_text(model, "title", title);
    jx_set_text(model, "instance", x->tenant ? x->tenant->instance_name : "Tideline");
    jx_set_text(model, "version", TIDELINE_VERSION);
    jx_set(model, "nav", x->tenant ? navigation(section, x) : NULL);
    jx_set(model, "assets", asset_links(x->site));
    /* The API takes no cookies, so where reading needs an account a link to it would lead nowhere in a browser. */
    jx_set_text(model, "api", x->tenant && x->tenant->public_read ? api : NULL);
    jx_set_bool(model, "live", false);
    jx_set(model, "refresh", NULL);
    set_visitor(x, model);
    return model;
}

void view_live(struct json_object *model)
{
    jx_set_bool(model, "live", true);
}

enum err_code view_render(struct exchange *x, const char *template, struct json_object *model,
                          struct response *out, struct err *e)
{
    struct str text;

    str_init(&text, x->arena, RESPONSE_BYTES);
    TRY(mustache_render(x->site->pages, template, model, &text, e));
    if (text.full)
        return err_set(e, ERR_TOO_LARGE, "This page would be larger than %d MiB.",
                       RESPONSE_BYTES / 1024 / 1024);
    out->type = RESPONSE_HTML;
    out->body = text.p;
    out->n = text.n;
    return ERR_OK;
}

char *view_count(struct arena *a, int64_t n)
{
    char *plain = arena_printf(a, "%lld", (long long)n);
    size_t digits = strlen(plain);
    struct str s;

    str_init(&s, a, 64);
    for (size_t i = 0; i < digits; i++) {
        if (i && (digits - i) % 3 == 0 && plain[i - 1] != '-')
            str_addc(&s, ',');
        str_addc(&s, plain[i]);
    }
    return s.p;
}

char *view_plural(struct arena *a, int64_t n, const char *one, const char *many)
{
    return arena_printf(a, "%s %s", view_count(a, n), n == 1 ? one : many);
}

static char *ago(struct arena *a, int64_t n, const char *one, const char *many)
{
    return arena_printf(a, "%s ago", view_plural(a, n, one, many));
}

char *view_since(struct arena *a, int64_t now_us, int64_t us)
{
    int64_t seconds = (now_us - us) / SECOND_US;

    if (seconds >= -MINUTE && seconds < MINUTE)
        return arena_strdup(a, "just now");
    if (seconds > 0 && seconds < HOUR)
        return ago(a, seconds / MINUTE, "minute", "minutes");
    if (seconds > 0 && seconds < DAY)
        return ago(a, seconds / HOUR, "hour", "hours");
    if (seconds > 0 && seconds < (int64_t)2 * DAY)
        return arena_strdup(a, "yesterday");
    if (seconds > 0 && seconds < (int64_t)14 * DAY)
        return ago(a, seconds / DAY, "day", "days");
    return arena_strndup(a, clock_rfc3339(a, us), strlen("2025-11-06"));
}

void view_set_time(struct exchange *x, struct json_object *model, const char *key, const char *rfc3339)
{
    struct json_object *o;
    const char *iso;
    int64_t us;

    if (!rfc3339 || !clock_parse(rfc3339, &us)) {
        jx_set(model, key, NULL);
        return;
    }
    iso = clock_rfc3339(x->arena, us);
    o = json_object_new_object();
    jx_set_text(o, "iso", iso);
    jx_set_text(o, "exact", arena_printf(x->arena, "%.10s %.8s UTC", iso, iso + strlen("2025-11-06T")));
    jx_set_text(o, "words", view_since(x->arena, x->now_us, us));
    jx_set(model, key, o);
}

static const struct {
    const char *state, *hint;
} hints[] = {
    {"draft", "not yet validated"},
    {"validated", "ready to go out"},
    {"exported", "in an open pull request"},
    {"merged", "equal to the repository"},
    {"conflict", "changed on both sides"},
    {"rejected", "kept out"},
    {"running", "not finished yet"},
    {"open", "waiting to be merged"},
    {"closed", "closed without being merged"},
    {"failed", "refused; its events are free again"},
    {"done", ""},
    {"queued", ""},
    {"succeeded", ""},
    {"cancelled", ""},
};

/* The mark becomes part of a class name, so only states that have a shape get one. */
void view_set_badge(struct json_object *model, const char *key, const char *state)
{
    struct json_object *badge = json_object_new_object();

    jx_set_text(badge, "mark", "draft");
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (str_eq(hints[i].state, state))
            jx_set_text(badge, "mark", state);
    jx_set_text(badge, "word", state ? state : "unknown");
    jx_set(model, key, badge);
}

const char *view_state_hint(const char *state)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (str_eq(hints[i].state, state))
            return hints[i].hint;
    return "";
}

enum err_code view_unpulled(struct exchange *x, enum view_section section, struct response *out,
                            struct err *e)
{
    struct json_object *model = view_page(x, "Not pulled yet", section, NULL);
    struct json_object *facts = json_object_new_array();
    const struct tenant *t = x->tenant;

    jx_set_text(model, "heading", t->repo_url ? "Not pulled yet" : "No repository yet");
    jx_set_text(model, "text", "There are no events here until the first pull from the repository.");
    jx_set_text(model, "advice",
                !t->repo_url ? "Say which repository this timeline lives in, with TIMELINE_REPO_URL in the "
                               "tenant's file or with:"
                : t->auto_pull_on_start
                    ? "The service pulls when it starts, and this page changes by itself. At a terminal:"
                    : "This timeline is not pulled by itself when the service starts. At a terminal:");
    jx_set_bool(model, "pull",
                t->repo_url && exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR));
    jx_set_text(model, "command",
                arena_printf(x->arena, "tideline --tenant %s %s", t->name,
                             t->repo_url ? "git-pull" : "git-config --repo URL"));
    view_fact_repository(x, facts, t->repo_url);
    view_fact(facts, "Branch", view_value_code(t->branch), NULL);
    jx_set(model, "facts", facts);
    if (t->repo_url && t->auto_pull_on_start)
        view_live(model);
    return view_render(x, "unpulled", model, out, e);
}
