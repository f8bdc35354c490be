/* event list, show */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "core/service/service_write.h"

enum { LIST_MOST = 10000 };

static enum err_code run_list(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_event_filter filter = {
        .state = cli_text(cli, "--state"),
        .query = cli_text(cli, "--query"),
        .cursor = cli_text(cli, "--cursor"),
        .limit = cli_number(cli, "--limit", 0),
        .from = cli_text(cli, "--from"),
        .to = cli_text(cli, "--to"),
        .tag = cli_text(cli, "--tag"),
        .actor = cli_text(cli, "--actor"),
        .importance = cli_text(cli, "--importance"),
    };

    return service_event_list(cli->service, &filter, view, e);
}

static void text_list(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {{"STATE", "state", false},
                                                 {"SCORE", "quality_score", true},
                                                 {"ID", "id", false},
                                                 {"TITLE", "title", false},
                                                 {0}};
    struct json_object *events = jx_get(view, "events");
    const char *next = jx_get_text(view, "next_cursor");

    text_table(cli, events, columns, out);
    str_addf(out, "%s%zu of %s", events && json_object_array_length(events) ? "\n" : "",
             events ? json_object_array_length(events) : 0,
             jx_get_bool(view, "total_is_exact", true) ? "" : "more than ");
    text_count(out, jx_get_int(view, "total", 0), "event");
    str_addf(out, "%s%s\n", next ? "; the next: --cursor " : "", next ? next : "");
}

static enum err_code run_show(struct cli *cli, struct json_object **view, struct err *e)
{
    int64_t revision = cli_number(cli, "--revision", 0);

    return revision ? service_event_revision(cli->service, cli->operands[0], revision, view, e)
                    : service_event_show(cli->service, cli->operands[0], view, e);
}

static void add_field(struct cli *cli, const char *key, struct json_object *value, struct str *out)
{
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        str_addf(out, "%s:\n%s\n", key, jx_pretty(cli->arena, value));
    else
        str_addf(out, "%s: %s\n", key, text_cell(cli->arena, value));
}

static void add_fields(struct cli *cli, struct json_object *event, struct str *out)
{
    str_addc(out, '\n');
    if (!event)
        return;
    json_object_object_foreach(event, key, value)
    {
        add_field(cli, key, value, out);
    }
}

static void text_revision(struct cli *cli, struct json_object *view, struct str *out)
{
    text_pair(out, "Event", jx_get_text(view, "id"));
    text_pair(out, "Revision", text_cell(cli->arena, jx_get(view, "revision")));
    text_pair(out, "Written", jx_get_text(view, "at"));
    text_pair(out, "By", jx_get_text(view, "author"));
    text_pair(out, "Why", jx_get_text(view, "reason"));
    add_fields(cli, jx_get(view, "event"), out);
    text_changes(cli, "Changed by it", jx_get(view, "changes"), out);
    text_changes(cli, "Changed since", jx_get(view, "to_now"), out);
}

static void text_show(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *validation = jx_get(view, "validation");
    struct json_object *paths = jx_get(view, "paths");

    if (!validation) {
        text_revision(cli, view, out);
        return;
    }
    text_pair(out, "Event", jx_get_text(view, "id"));
    text_pair(out, "State", jx_get_text(view, "state"));
    text_pair(out, "Change", jx_get_bool(view, "removed", false) ? "to be removed" : NULL);
    text_pair(out, "Revision", text_cell(cli->arena, jx_get(view, "revision")));
    text_pair(out, "Validation", jx_get_text(validation, "status"));
    text_pair(out, "Score", text_cell(cli->arena, jx_get(validation, "score")));
    text_pair(out, "Automatic score", text_cell(cli->arena, jx_get(validation, "automatic_score")));
    text_pair(out, "Notes", jx_get_text(validation, "notes"));
    for (size_t i = 0; paths && i < json_object_array_length(paths); i++)
        text_pair(out, i ? "" : "File", json_object_get_string(json_object_array_get_idx(paths, i)));
    add_fields(cli, jx_get(view, "event"), out);
    text_changes(cli, "Different from the repository", jx_get(view, "base_changes"), out);
    text_findings(out, "What costs points", jx_get(validation, "deductions"));
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
}

static const struct cli_option list_options[] = {
    {"--state", "draft|validated|exported|merged|conflict|rejected", "only events in this state", OPTION_TEXT,
     0, 0},
    {"--query", "WORDS", "only events that hold these words", OPTION_TEXT, 0, 0},
    {"--from", "DATE", "only from this date on: YYYY, YYYY-MM or YYYY-MM-DD", OPTION_TEXT, 0, 0},
    {"--to", "DATE", "only up to this date, year or month", OPTION_TEXT, 0, 0},
    {"--tag", "TAG", "only events with this tag", OPTION_TEXT, 0, 0},
    {"--actor", "NAME", "only events with this actor", OPTION_TEXT, 0, 0},
    {"--importance", "N", "only events of this importance, 0 to 10, or a greater one", OPTION_TEXT, 0, 0},
    {"--limit", "N", "at most so many, 1 to 10000 (50)", OPTION_NUMBER, 1, LIST_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

static const struct cli_option show_options[] = {
    {"--revision", "N", "what it was at this revision", OPTION_NUMBER, 1, INT64_MAX},
    {0},
};

const struct command commands_event[] = {
    {"event list", NULL, 0, "List events, newest first", NEEDS_SERVICE, list_options, run_list, text_list},
    {"event show", "ID", 1, "Show one event with its validation and files", NEEDS_SERVICE, show_options,
     run_show, text_show},
    {0},
};
