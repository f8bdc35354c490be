/*
 * Following another repository or branch from the web: what is asked is checked as far as that goes without network,
 * then a job asks the new remote, and only what has answered is stored.
 */
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/util/digest.h"
#include "core/util/str.h"

static const char repo_key[] = "TIMELINE_REPO_URL", branch_key[] = "TIMELINE_BRANCH";

/* What is to be followed. */
struct place_to_follow {
    const char *repo_url, *branch;
};

static bool is_set_by_environment(const struct service *s, const char *key)
{
    return str_eq(jx_get_text(s->base->sources, key), "environment");
}

/* "a.example, b.example", or what to do when there is none. */
static const char *hosts_text(struct service *s)
{
    const char *const *host = s->base->allowed_hosts;
    struct str list;

    str_init(&list, s->arena, 300);
    for (size_t i = 0; host && host[i]; i++)
        str_addf(&list, "%s%s", i ? ", " : "", host[i]);
    return list.n ? list.p : "none yet";
}

static bool has_user(const char *url)
{
    const char *authority = url + strlen("https://");

    return memchr(authority, '@', strcspn(authority, "/?#")) != NULL;
}

/* Why this repository cannot be followed, or NULL. What is followed already, and what the operator's own settings say, always can. */
static const char *url_problem(struct service *s, const char *url)
{
    struct err ignored;

    if (url && (str_eq(url, s->tenant.repo_url) || str_eq(url, s->base->repo_url)))
        return NULL;
    if (is_set_by_environment(s, repo_key))
        return "TIMELINE_REPO_URL is set by the service's environment, which overrules what is stored here. "
               "The "
               "operator has to take it out there first.";
    if (!url || !*url)
        return "Say which repository to follow: an address that begins with https://.";
    if (!str_starts(url, "https://"))
        return "Write the whole address, beginning with https://. Folders of the server are for its operator "
               "to set.";
    if (has_user(url))
        return "Leave the user name and the password out of the address. A token is for the operator to set, "
               "in "
               "GITHUB_TOKEN.";
    if (config_check(s->arena, s->base, repo_key, url, &ignored) != ERR_OK)
        return "This is no address of a repository. Write https://HOST/PATH, without spaces, ? and #, and "
               "with "
               "at most 1,000 characters.";
    if (config_host_allowed(s->arena, s->base, url))
        return NULL;
    return arena_printf(s->arena,
                        "The operator does not allow this host; allowed are: %s. Others have to be named in "
                        "TIDELINE_ALLOWED_HOSTS.",
                        hosts_text(s));
}

static const char *branch_problem(struct service *s, const char *branch)
{
    struct err ignored;

    if (str_eq(branch, s->tenant.branch) || (branch && str_eq(branch, s->base->branch)))
        return NULL;
    if (is_set_by_environment(s, branch_key))
        return "TIMELINE_BRANCH is set by the service's environment, which overrules what is stored here. "
               "The "
               "operator has to take it out there first.";
    if (!branch || !*branch)
        return "Say which branch to follow, such as main.";
    if (config_check(s->arena, s->base, branch_key, branch, &ignored) != ERR_OK)
        return "Git allows no such name for a branch. Write it as the repository shows it, such as main.";
    return NULL;
}

/* People paste addresses with what stood around them. */
static const char *trimmed(struct service *s, const char *text)
{
    static const char space[] = " \t\r\n";
    size_t n;

    if (!text)
        return NULL;
    text += strspn(text, space);
    for (n = strlen(text); n && strchr(space, text[n - 1]);)
        n--;
    return arena_strndup(s->arena, text, n);
}

static struct place_to_follow wanted(struct service *s, const char *repo_url, const char *branch)
{
    return (struct place_to_follow){repo_url ? trimmed(s, repo_url) : s->tenant.repo_url,
                                    branch ? trimmed(s, branch) : s->tenant.branch};
}

static enum err_code check_fields(struct service *s, const struct place_to_follow *to, struct err *e)
{
    const char *url = url_problem(s, to->repo_url);
    const char *branch = branch_problem(s, to->branch);

    if (url)
        service_problem(s, "repo_url", url);
    if (branch)
        service_problem(s, "branch", branch);
    if (url || branch)
        return err_set(e, ERR_INVALID_FIELDS, "%s", url ? url : branch);
    return ERR_OK;
}

/* Changes with what is stored and with what is in force. */
static enum err_code version_of(struct service *s, const char **out, struct err *e)
{
    struct store_setting *settings;
    char hash[DIGEST_HEX_SIZE];
    struct str text;
    size_t n;

    TRY(store_setting_list(s->store, s->arena, &settings, &n, e));
    str_init(&text, s->arena, 256 * 1024);
    str_addf(&text, "%s\n%s\n", s->tenant.repo_url ? s->tenant.repo_url : "", s->tenant.branch);
    for (size_t i = 0; i < n; i++)
        if (settings[i].key[0] >= 'A' && settings[i].key[0] <= 'Z')
            str_addf(&text, "%s=%s\n", settings[i].key, settings[i].value);
    digest_sha256(text.p, text.n, hash);
    *out = arena_strndup(s->arena, hash, 16);
    return ERR_OK;
}

static struct json_object *list_of(const char *const *texts)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; texts && texts[i]; i++)
        jx_push_text(list, texts[i]);
    return list;
}

static enum err_code add_from_web(struct service *s, struct json_object *view, struct err *e)
{
    struct json_object *keys = json_object_new_array();
    struct store_setting *settings;
    size_t n;

    jx_set(view, "from_web", keys);
    TRY(store_setting_list(s->store, s->arena, &settings, &n, e));
    for (size_t i = 0; i < n; i++)
        if (service_setting_from_web(settings, n, &settings[i]))
            jx_push_text(keys, settings[i].key);
    return ERR_OK;
}

enum err_code service_config_page(struct service *s, struct json_object **view, struct err *e)
{
    const char *version;

    TRY(service_need(s, SERVICE_ADMIN, e));
    TRY(service_config_show(s, view, e));
    TRY(version_of(s, &version, e));
    jx_set_text(*view, "version", version);
    jx_set(*view, "hosts", list_of(s->base->allowed_hosts));
    return add_from_web(s, *view, e);
}

static enum err_code check_version(struct service *s, const char *seen, struct err *e)
{
    const char *now;

    TRY(version_of(s, &now, e));
    if (!seen || strcmp(seen, now) == 0)
        return ERR_OK;
    return err_set(
        e, ERR_STALE,
        "The settings were changed by somebody else since you opened this page. Look at what is in force "
        "now, then send it again.");
}

static enum err_code check_request(struct service *s, const struct service_switch_args *args,
                                   const struct place_to_follow *to, struct err *e)
{
    TRY(service_need(s, SERVICE_ADMIN, e));
    TRY(check_version(s, args->version, e));
    TRY(check_fields(s, to, e));
    if (str_eq(to->repo_url, s->tenant.repo_url) && str_eq(to->branch, s->tenant.branch))
        return err_set(e, ERR_NOTHING_TO_DO, "This repository and branch are followed already.");
    return ERR_OK;
}

static enum err_code ask_for(struct service *s, const char *kind, const struct service_switch_args *args,
                             struct json_object **view, struct err *e)
{
    struct service_job_request request = {.kind = kind, .idempotency_key = args->idempotency_key};
    struct place_to_follow to = wanted(s, args->repo_url, args->branch);

    TRY(check_request(s, args, &to, e));
    request.args = jx_own(s->arena, json_object_new_object());
    jx_set_text(request.args, "repo_url", to.repo_url);
    jx_set_text(request.args, "branch", to.branch);
    if (args->seen && *args->seen)
        jx_set_text(request.args, "seen", args->seen);
    return service_enqueue(s, &request, view, e);
}

enum err_code service_switch_request(struct service *s, const struct service_switch_args *args,
                                     struct json_object **view, struct err *e)
{
    return ask_for(s, "switch", args, view, e);
}

enum err_code service_compare_request(struct service *s, const struct service_switch_args *args,
                                      struct json_object **view, struct err *e)
{
    return ask_for(s, "compare", args, view, e);
}

/* The tenant as it would be. */
static enum err_code try_out(struct service *s, const struct place_to_follow *to, struct tenant *out,
                             struct err *e)
{
    const struct config_override overrides[] = {
        {repo_key, to->repo_url, s->mode != SERVICE_CLI && !str_eq(to->repo_url, s->base->repo_url)},
        {branch_key, to->branch, s->mode != SERVICE_CLI},
    };
    bool same = str_eq(to->repo_url, s->tenant.repo_url);

    return config_apply(s->arena, &s->tenant, overrides + same, 2 - same, out, e);
}

static enum err_code ask_remote(struct service *s, const struct tenant *t, struct object_id *tip,
                                struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin_at(s, t, &r, e);

    if (code == ERR_OK)
        code = git_service_ask(r.git, tip, e);
    remote_end(&r);
    return code;
}

/* What the operator's own settings say needs no storing over them: then they are in force again. */
static enum err_code store_one(struct service *s, const char *key, const char *value, const char *operators,
                               struct err *e)
{
    bool own = str_eq(value, operators);

    return service_setting_store(s, key, own ? NULL : value, !own, e);
}

static enum err_code store_both(struct service *s, const struct place_to_follow *to, struct err *e)
{
    enum err_code code = ERR_OK;

    TRY(store_begin(s->store, service_wait_ms(s), e));
    if (!str_eq(to->repo_url, s->tenant.repo_url))
        code = store_one(s, repo_key, to->repo_url, s->base->repo_url, e);
    if (code == ERR_OK && !str_eq(to->branch, s->tenant.branch))
        code = store_one(s, branch_key, to->branch, s->base->branch, e);
    TRY(store_end(s->store, code, e));
    return service_reload(s, e);
}

/* Time has passed since it was asked for: the operator may have changed what is allowed. At the command line it is the
 * operator who asks. */
static enum err_code check_again(struct service *s, struct place_to_follow *to, struct tenant *out,
                                 struct err *e)
{
    to->repo_url = arena_strdup(s->arena, to->repo_url);
    to->branch = arena_strdup(s->arena, to->branch);
    if (s->mode != SERVICE_CLI)
        TRY(check_fields(s, to, e));
    return try_out(s, to, out, e);
}

enum err_code service_switch(struct service *s, const struct service_switch_args *args,
                             struct json_object **view, struct err *e)
{
    struct service_job_request pull = {.kind = "pull"};
    struct place_to_follow to = wanted(s, args->repo_url, args->branch);
    struct json_object *queued;
    struct object_id tip;
    struct tenant t;

    TRY(check_again(s, &to, &t, e));
    TRY(ask_remote(s, &t, &tip, e));
    TRY(store_both(s, &to, e));
    if (args->seen) {
        pull.args = jx_own(s->arena, json_object_new_object());
        jx_set_text(pull.args, "seen", args->seen);
    }
    TRY(service_enqueue(s, &pull, &queued, e));
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set_text(*view, "repo_url", to.repo_url);
    jx_set_text(*view, "branch", to.branch);
    jx_set_text(*view, "head_commit", tip.hex);
    jx_set(*view, "pull_job", json_object_new_int64(jx_get_int(jx_get(queued, "job"), "id", 0)));
    return ERR_OK;
}

static enum err_code dry_run(struct service *s, const struct tenant *t, struct json_object **view,
                             struct err *e)
{
    const struct sync_import_options options = {.dry_run = true, .another = true};
    struct remote r;
    enum err_code code = remote_begin_at(s, t, &r, e);

    if (code == ERR_OK)
        code = timeline_sync_import_from_repo(&r.sync, &options, view, e);
    remote_end(&r);
    return code;
}

enum err_code service_compare(struct service *s, const char *repo_url, const char *branch,
                              struct json_object **view, struct err *e)
{
    struct place_to_follow to = wanted(s, repo_url, branch);
    struct json_object *now = json_object_new_object();
    const char *version;
    struct tenant t;

    jx_own(s->arena, now);
    TRY(check_again(s, &to, &t, e));
    /* The mirror is that of the repository that is followed: it stays as it is. */
    if (!t.workspace_isolation && !str_eq(to.repo_url, s->tenant.repo_url))
        t.mirror = arena_printf(s->arena, "%s/compared", t.mirror);
    jx_set_text(now, "repo_url", s->tenant.repo_url);
    jx_set_text(now, "branch", s->tenant.branch);
    TRY(version_of(s, &version, e));
    TRY(dry_run(s, &t, view, e));
    jx_set_text(*view, "repo_url", to.repo_url);
    jx_set_text(*view, "branch", to.branch);
    jx_set(*view, "now", json_object_get(now));
    jx_set_text(*view, "version", version);
    return ERR_OK;
}
