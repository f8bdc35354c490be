/* git-pull, git-status, git-config */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "core/service/service_job.h"

static enum err_code run_pull(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_pull_args args = {
        .force = cli_flag(cli, "--force"),
        .dry_run = cli_flag(cli, "--dry-run"),
        .confirm_deletions = cli_flag(cli, "--confirm-deletions"),
        .seen = cli_text(cli, "--seen"),
    };

    return service_pull(cli->service, &args, view, e);
}

static enum err_code run_status(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_status(cli->service, cli_flag(cli, "--offline"), view, e);
}

static void add_behind(struct json_object *view, struct str *out)
{
    struct json_object *behind = jx_get(view, "commits_behind");
    const char *error = jx_get_text(view, "remote_error");

    if (!behind)
        str_addf(out, "The remote has not been asked%s%s\n\n", error ? ": " : "", error ? error : "");
    else if (json_object_get_int64(behind) == 0)
        str_add(out, "In step with the repository\n\n");
    else {
        text_count(out, json_object_get_int64(behind), "commit");
        str_add(out, " behind the repository: run tideline git-pull\n\n");
    }
}

static void text_status(struct cli *cli, struct json_object *view, struct str *out)
{
    static const char *const rows[][2] = {
        {"Repository", "repo_url"},
        {"Branch", "current_branch"},
        {"Last pull", "last_import"},
        {"Last sync", "last_sync"},
        {"Remote asked", "checked_at"},
        {"Events here", "events_in_db"},
        {"Events there", "events_in_repo"},
        {"Changed here", "local_changes"},
        {"Ready to go out", "pending_export"},
        {"Conflicts", "conflicts"},
        {"Open requests", "open_pull_requests"},
    };

    add_behind(view, out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        text_pair(out, rows[i][0], text_cell(cli->arena, jx_get(view, rows[i][1])));
}

/* A folder given from where the command was started; everything else is checked by the service. */
static enum err_code absolute_repository(struct cli *cli, const char *value, const char **out, struct err *e)
{
    char path[PATH_MAX];

    *out = value;
    if (*value == '/' || strstr(value, "://") || strchr(value, '@'))
        return ERR_OK;
    if (!realpath(value, path))
        return err_set(e, ERR_CONFIG,
                       "\"%.200s\" is neither a URL nor a folder (%s); expected https://HOST/PATH.", value,
                       strerror(errno));
    *out = arena_strdup(cli->arena, path);
    return ERR_OK;
}

struct change {
    const char *key, *value;
};

/* All that is asked for, --unset last. */
static enum err_code read_changes(struct cli *cli, struct change *changes, size_t *n, struct err *e)
{
    const char *repository = cli_text(cli, "--repo");
    const char *branch = cli_text(cli, "--branch");

    *n = 0;
    if (repository) {
        TRY(absolute_repository(cli, repository, &repository, e));
        changes[(*n)++] = (struct change){"TIMELINE_REPO_URL", repository};
    }
    if (branch)
        changes[(*n)++] = (struct change){"TIMELINE_BRANCH", branch};
    for (const char *const *pair = cli_list(cli, "--set"); *pair; pair++) {
        const char *equals = strchr(*pair, '=');

        if (!equals)
            return err_set(e, ERR_USAGE, "--set is \"%.100s\"; expected KEY=VALUE.", *pair);
        changes[(*n)++] =
            (struct change){arena_strndup(cli->arena, *pair, (size_t)(equals - *pair)), equals + 1};
    }
    for (const char *const *key = cli_list(cli, "--unset"); *key; key++)
        changes[(*n)++] = (struct change){*key, NULL};
    return ERR_OK;
}

/* What the switch would do; nothing is stored, not even the rest of what is asked for. */
static enum err_code compare(struct cli *cli, const struct change *changes, size_t n,
                             struct json_object **view, struct err *e)
{
    const char *repository = NULL;
    const char *branch = NULL;

    for (size_t i = 0; i < n; i++) {
        if (str_eq(changes[i].key, "TIMELINE_REPO_URL") && changes[i].value)
            repository = changes[i].value;
        else if (str_eq(changes[i].key, "TIMELINE_BRANCH") && changes[i].value)
            branch = changes[i].value;
        else
            return err_set(e, ERR_USAGE, "--dry-run goes with --repo and --branch alone.");
    }
    if (!repository && !branch)
        return err_set(e, ERR_USAGE, "Say with --repo or --branch what --dry-run is to compare with.");
    return service_compare(cli->service, repository, branch, view, e);
}

static enum err_code run_config(struct cli *cli, struct json_object **view, struct err *e)
{
    struct change *changes = arena_array(cli->arena, cli->n_given + 1, sizeof *changes);
    size_t n;

    TRY(read_changes(cli, changes, &n, e));
    /* Look at all of them before storing the first. */
    for (size_t i = 0; i < n; i++)
        if (changes[i].value)
            TRY(config_check(cli->arena, service_tenant(cli->service), changes[i].key, changes[i].value, e));
    if (cli_flag(cli, "--dry-run"))
        return compare(cli, changes, n, view, e);
    for (size_t i = 0; i < n; i++)
        TRY(service_config_set(cli->service, changes[i].key, changes[i].value, e));
    return service_config_show(cli->service, view, e);
}

static void text_config(struct cli *cli, struct json_object *view, struct str *out)
{
    static const char *const rows[][2] = {
        {"Timeline", "tenant"},           {"Settings file", "file"},
        {"Repository", "repo_url"},       {"Branch", "branch"},
        {"Events folder", "events_dir"},  {"New events as", "event_format"},
        {"Pushed to", "push_url"},        {"Branches", "pr_branch_prefix"},
        {"GitHub API", "github_api_url"}, {"Token configured", "token_configured"},
        {"Instance", "instance_name"},    {"Committer", "author_name"},
        {"E-mail", "author_email"},       {"Workspace", "workspace"},
        {"Database", "db_path"},
    };
    struct json_object *source = jx_get(view, "source");

    if (cli_flag(cli, "--dry-run")) {
        text_compared(cli, view, out);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        text_pair(out, rows[i][0], text_cell(cli->arena, jx_get(view, rows[i][1])));
    if (!source)
        return;
    str_add(out, "\nSet by\n");
    json_object_object_foreach(source, key, from)
    {
        if (!str_eq(json_object_get_string(from), "default"))
            str_addf(out, "  %-28s %s\n", key, json_object_get_string(from));
    }
}

static const struct cli_option pull_options[] = {
    {"--force", NULL, "compare everything again; local edits still stay", OPTION_FLAG, 0, 0},
    {"--dry-run", NULL, "say what would become of which event and change nothing", OPTION_FLAG, 0, 0},
    {"--confirm-deletions", NULL, "go on although more than a fifth of the events would go", OPTION_FLAG, 0,
     0},
    {"--seen", "TEXT", "the same, when they are those that the refusal or --dry-run named with this text",
     OPTION_TEXT, 0, 0},
    {0},
};

static const struct cli_option status_options[] = {
    {"--offline", NULL, "do not ask the remote", OPTION_FLAG, 0, 0},
    {0},
};

static const struct cli_option config_options[] = {
    {"--repo", "URL", "follow this repository from now on", OPTION_TEXT, 0, 0},
    {"--branch", "B", "follow this branch from now on", OPTION_TEXT, 0, 0},
    {"--dry-run", NULL, "say how the repository or branch differs from what is here, and store nothing",
     OPTION_FLAG, 0, 0},
    {"--set", "KEY=VALUE", "store another setting, such as TIMELINE_EVENTS_DIR (repeatable)", OPTION_LIST, 0,
     0},
    {"--unset", "KEY", "forget what was stored for this key (repeatable)", OPTION_LIST, 0, 0},
    {"--show", NULL, "show the settings in force (also without options)", OPTION_FLAG, 0, 0},
    {0},
};

const struct command commands_git[] = {
    {"git-pull", NULL, 0, "Fetch the repository and import what changed", NEEDS_REMOTE, pull_options,
     run_pull, text_pull},
    {"git-status", NULL, 0, "Say whether database and repository are in step", NEEDS_REMOTE, status_options,
     run_status, text_status},
    {"git-config", NULL, 0, "Show or store which repository and branch are followed", NEEDS_REMOTE,
     config_options, run_config, text_config},
    {0},
};
