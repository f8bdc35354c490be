/* check, backup */
#include "cli/cli.h"
#include "cli/text.h"
#include "core/service/service_verify.h"

static enum err_code run_check(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_verify(cli->service, view, e);
}

static void add_checked(struct json_object *view, struct str *out)
{
    static const char *const rows[][2] = {
        {"Events", "events"},
        {"Revisions", "revisions"},
        {"Conflicts", "conflicts"},
        {"Known files", "files"},
        {"Search", "search_documents"},
        {"Pull requests", "pull_requests"},
        {"In the mirror", "repository_files"},
        {"Commits", "commits"},
    };
    struct json_object *checked = jx_get(view, "checked");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (jx_get(checked, rows[i][1]))
            str_addf(out, "  %-16s %lld\n", rows[i][0], (long long)jx_get_int(checked, rows[i][1], 0));
}

static void add_findings(struct json_object *view, struct str *out)
{
    struct json_object *findings = jx_get(view, "findings");
    size_t n = findings ? json_object_array_length(findings) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(findings, i);
        const char *what = jx_get_text(row, "event");

        if (!what)
            what = jx_get_text(row, "path");
        str_addf(out, "%s  %s", i ? "" : "\nFound\n", jx_get_text(row, "code"));
        if (what)
            str_addf(out, "  %s", what);
        if (jx_get(row, "pull_request"))
            str_addf(out, "  pull request %lld", (long long)jx_get_int(row, "pull_request", 0));
        str_addf(out, "\n      %s\n", jx_get_text(row, "text"));
    }
    if (jx_get_int(view, "found", 0) > (int64_t)n)
        str_addf(out, "  … and %lld more\n", (long long)(jx_get_int(view, "found", 0) - (int64_t)n));
}

static void text_check(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *skipped = jx_get(view, "skipped");
    int64_t unseen = jx_get_int(view, "not_yet_seen", 0);

    (void)cli;
    str_add(out,
            jx_get_bool(view, "success", false) ? "Everything is as it must be\n" : "Something is wrong\n");
    add_checked(view, out);
    if (unseen) {
        str_add(out, "\nNot looked at: ");
        text_count(out, unseen, "event");
        str_add(out, " that another program wrote to and Tideline has not seen yet\n");
    }
    for (size_t i = 0; skipped && i < json_object_array_length(skipped); i++)
        str_addf(out, "\nNot looked at: the %s. %s\n",
                 jx_get_text(json_object_array_get_idx(skipped, i), "part"),
                 jx_get_text(json_object_array_get_idx(skipped, i), "why"));
    add_findings(view, out);
}

static enum err_code run_backup(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_backup(cli->service, cli->operands[0], cli_flag(cli, "--replace"), view, e);
}

static void text_backup(struct cli *cli, struct json_object *view, struct str *out)
{
    (void)cli;
    str_add(out, "Copied ");
    text_count(out, jx_get_int(view, "events", 0), "event");
    str_addf(out, " (%.1f MiB) to %s\n", (double)jx_get_int(view, "bytes", 0) / (1024 * 1024),
             jx_get_text(view, "file"));
}

static const struct cli_option backup_options[] = {
    {"--replace", NULL, "replace the file if it is there", OPTION_FLAG, 0, 0},
    {0},
};

const struct command commands_database[] = {
    {"check", NULL, 0, "Look for breaches of everything that must hold in the database and its mirror",
     NEEDS_DATABASE, NULL, run_check, text_check},
    {"backup", "FILE", 1, "Copy the database to a file while it is in use", NEEDS_DATABASE, backup_options,
     run_backup, text_backup},
    {0},
};
