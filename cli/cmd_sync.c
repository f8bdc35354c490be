/* sync log */
#include "cli/cli.h"
#include "cli/text.h"

enum { LOG_DEFAULT = 20, LOG_MOST = 1000 };

static enum err_code run_log(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_list_args args = {.cursor = cli_text(cli, "--cursor"),
                                           .limit = cli_number(cli, "--limit", LOG_DEFAULT)};

    return service_sync_log(cli->service, &args, view, e);
}

static void text_log(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {
        {"STARTED", "started_at", false}, {"TYPE", "type", false},
        {"OK", "success", false},         {"IN", "imported", true},
        {"CHANGED", "updated", true},     {"GONE", "deleted", true},
        {"OUT", "exported", true},        {"REQUEST", "pr_number", true},
        {"ERRORS", "errors", true},       {0}};
    struct json_object *syncs = jx_get(view, "syncs");

    text_table(cli, syncs, columns, out);
    if (!syncs || !json_object_array_length(syncs))
        str_add(out, "Nothing has been pulled or sent yet: run tideline git-pull\n");
    text_next(view, out);
}

static const struct cli_option log_options[] = {
    {"--limit", "N", "at most so many, 1 to 1000 (20)", OPTION_NUMBER, 1, LOG_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

const struct command commands_sync[] = {
    {"sync log", NULL, 0, "List past pulls and pull requests, newest first", NEEDS_SERVICE, log_options,
     run_log, text_log},
    {0},
};
