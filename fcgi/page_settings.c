/*
 * The settings of a timeline: which repository and branch are followed and where that was said, following others,
 * accounts, tokens, and everything else as it is in force.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/settings.h"
#include "fcgi/view_job.h"

enum { JOBS_LOOKED_AT = 50 };

/* Where a value comes from, in words. */
static const char *source_text(const struct json_object *config, const char *key)
{
    const char *source = jx_get_text(jx_get(config, "source"), key);
    struct json_object *web = jx_get(config, "from_web");

    for (size_t i = 0; web && i < json_object_array_length(web); i++)
        if (str_eq(json_object_get_string(json_object_array_get_idx(web, i)), key))
            return "set on this page";
    if (str_eq(source, "file"))
        return "from the timeline's file";
    if (str_eq(source, "environment"))
        return "from the service's environment";
    return str_eq(source, "database") ? "set with tideline git-config" : "by default";
}

struct setting {
    const char *label, *key, *name; /* name: in the view */
};

static struct json_object *value_of(const struct json_object *config, const char *name)
{
    struct json_object *value = jx_get(config, name);

    if (json_object_is_type(value, json_type_boolean))
        return view_value_text(json_object_get_boolean(value) ? "yes" : "no");
    return json_object_is_type(value, json_type_string) ? view_value_code(json_object_get_string(value))
                                                        : NULL;
}

static const char *joined(struct exchange *x, struct json_object *list)
{
    struct str s;

    str_init(&s, x->arena, 4096);
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        str_addf(&s, "%s%s", i ? ", " : "", json_object_get_string(json_object_array_get_idx(list, i)));
    return s.p;
}

static struct json_object *other_settings(struct exchange *x, const struct json_object *config)
{
    static const struct setting settings[] = {
        {"Name", "INSTANCE_NAME", "instance_name"},
        {"Everybody may read", "TIMELINE_PUBLIC", "public"},
        {"Events folder", "TIMELINE_EVENTS_DIR", "events_dir"},
        {"Format of new events", "TIMELINE_EVENT_FORMAT", "event_format"},
        {"Pushes to", "TIMELINE_PUSH_URL", "push_url"},
        {"Branches begin with", "PR_BRANCH_PREFIX", "pr_branch_prefix"},
        {"Forge", "GITHUB_API_URL", "github_api_url"},
        {"Token for the forge", "GITHUB_TOKEN", "token_configured"},
        {"Author of commits", "TIMELINE_AUTHOR_NAME", "author_name"},
        {"Their e-mail", "TIMELINE_AUTHOR_EMAIL", "author_email"},
        {"Pulls at start", "AUTO_PULL_ON_START", "auto_pull_on_start"},
        {"Workspace", "TIMELINE_WORKSPACE", "workspace"},
        {"Database", "DB_PATH", "db_path"},
    };
    struct json_object *facts = json_object_new_array();

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct json_object *value = value_of(config, settings[i].name);
        const char *key = settings[i].key;

        if (!value)
            continue;
        if (str_eq(key, "GITHUB_TOKEN") && str_eq(source_text(config, key), "by default"))
            key = "GITHUB_TOKEN_FILE";
        view_fact(facts, settings[i].label, value,
                  arena_printf(x->arena, "%s, %s", key, source_text(config, key)));
    }
    view_fact(facts, "Hostnames", view_value_code(joined(x, jx_get(config, "hostnames"))),
              "TIMELINE_HOSTNAMES");
    return facts;
}

static void set_repository(struct exchange *x, struct json_object *model, const struct json_object *config)
{
    struct json_object *facts = json_object_new_array();
    struct json_object *fields = jx_get(model, "fields");
    const char *url = jx_get_text(config, "repo_url");
    const char *branch = jx_get_text(config, "branch");
    const char *hosts = joined(x, jx_get(config, "hosts"));

    view_fact_repository(x, facts, url);
    if (url)
        jx_set_text(json_object_array_get_idx(facts, 0), "note", source_text(config, "TIMELINE_REPO_URL"));
    view_fact(facts, "Branch", view_value_code(branch), source_text(config, "TIMELINE_BRANCH"));
    jx_set(model, "facts", facts);
    settings_field(x, fields, "repo_url", url ? url : "");
    settings_field(x, fields, "branch", branch);
    jx_set_text(model, "settings_version", jx_get_text(config, "version"));
    jx_set_text(model, "hosts", *hosts ? hosts : NULL);
}

/* A switch that is under way, which another one would have to wait for. */
static enum err_code set_switching(struct exchange *x, struct json_object *model, struct err *e)
{
    struct json_object *view, *list;

    jx_set(model, "switching", NULL);
    TRY(service_job_list(x->service, JOBS_LOOKED_AT, NULL, &view, e));
    list = jx_get(view, "jobs");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const struct json_object *job = json_object_array_get_idx(list, i);
        struct json_object *now;

        if (!str_eq(jx_get_text(job, "kind"), "switch") || !view_job_active(job))
            continue;
        now = json_object_new_object();
        jx_set_text(now, "href", arena_printf(x->arena, "/jobs/%lld", (long long)jx_get_int(job, "id", 0)));
        jx_set_text(now, "error", jx_get_text(job, "error"));
        jx_set(model, "switching", now);
        return ERR_OK;
    }
    return ERR_OK;
}

static struct json_object *account_row(struct exchange *x, const struct json_object *account)
{
    struct json_object *row = json_object_new_object();
    const char *name = jx_get_text(account, "name");

    jx_set_text(row, "name", name);
    jx_set_text(row, "href", arena_printf(x->arena, "/settings/accounts/%s", request_encode(x->arena, name)));
    jx_set_text(row, "role", jx_get_text(account, "role"));
    jx_set_bool(row, "you", str_eq(name, exchange_caller(x)->name));
    view_set_time(x, row, "login", jx_get_text(account, "login_at"));
    return row;
}

static void set_accounts(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *list = jx_get(view, "accounts");
    struct json_object *rows = json_object_new_array();
    size_t n = list ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < n && i < SETTINGS_ACCOUNTS; i++)
        jx_push(rows, account_row(x, json_object_array_get_idx(list, i)));
    jx_set(model, "accounts", rows);
    jx_set_text(model, "accounts_more",
                n > SETTINGS_ACCOUNTS ? arena_printf(x->arena, "And %s: tideline --tenant %s user list",
                                                     view_plural(x->arena, (int64_t)(n - SETTINGS_ACCOUNTS),
                                                                 "more account", "more accounts"),
                                                     x->tenant->name)
                                      : NULL);
}

enum err_code settings_show(struct exchange *x, const struct err *why, const char *field,
                            struct response *out, struct err *e)
{
    struct json_object *config, *accounts, *tokens, *model;
    struct json_object *fields = json_object_new_object();

    jx_own(x->arena, fields);
    TRY(service_config_page(x->service, &config, e));
    TRY(service_user_list(x->service, &accounts, e));
    TRY(service_token_list(x->service, NULL, &tokens, e));
    model = view_page(x, "Settings", VIEW_SETTINGS, NULL);
    jx_set(model, "fields", json_object_get(fields));
    set_repository(x, model, config);
    TRY(set_switching(x, model, e));
    set_accounts(x, model, accounts);
    settings_tokens(x, model, tokens, true);
    settings_field(x, fields, "name", "");
    settings_role(x, fields, "viewer");
    settings_field(x, fields, "password", NULL);
    settings_token_fields(x, fields);
    settings_field(x, fields, "user", exchange_caller(x)->name);
    jx_set(model, "others", other_settings(x, config));
    settings_set_errors(x, model, why, field);
    out->status = settings_status(why);
    return view_render(x, "settings", model, out, e);
}

enum err_code handle_settings_page(struct exchange *x, struct response *out, struct err *e)
{
    return settings_show(x, NULL, NULL, out, e);
}

/* A job that was asked for from a form: to its page. */
static void follow(struct exchange *x, const struct json_object *view, struct response *out)
{
    int64_t id = jx_get_int(jx_get(view, "job"), "id", 0);

    exchange_wake(x);
    exchange_redirect(x, out, arena_printf(x->arena, "/jobs/%lld?follow=1", (long long)id), NULL);
}

enum err_code handle_settings_repository_form(struct exchange *x, struct response *out, struct err *e)
{
    struct service_switch_args args = {0};
    struct json_object *view;
    struct err why = {0};

    TRY(form_text(&x->form, "repo_url", &args.repo_url, e));
    TRY(form_text(&x->form, "branch", &args.branch, e));
    TRY(form_text(&x->form, "version", &args.version, e));
    TRY(form_text(&x->form, "seen", &args.seen, e));
    if (service_switch_request(x->service, &args, &view, &why) == ERR_OK) {
        follow(x, view, out);
        return ERR_OK;
    }
    if (settings_is_answer(x, &why))
        return settings_show(x, &why, "repo_url", out, e);
    *e = why;
    return why.code;
}
