/* create-pr, and pr list, show, refresh, retry */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"

enum { LIST_DEFAULT = 50, LIST_MOST = 1000, ID_MOST = 400 };

struct id_list {
    const char **ids;
    size_t n;
};

static enum err_code event_exists(struct cli *cli, const char *id, bool *exists, struct err *e)
{
    struct json_object *view = NULL;
    struct err why = {0};
    enum err_code code = service_event_show(cli->service, id, &view, &why);

    *exists = code == ERR_OK;
    if (code != ERR_OK && code != ERR_NOT_FOUND)
        *e = why;
    return *exists || code == ERR_NOT_FOUND ? ERR_OK : code;
}

/* The end of the id that begins at p: the longest piece up to a comma that is an event, because real ids hold commas;
 * when none is, the piece up to the first comma (the service then says that there is no such event). */
static enum err_code end_of_id(struct cli *cli, const char *p, const char **end, struct err *e)
{
    const char *stop = p + strnlen(p, ID_MOST);
    bool exists = false;

    for (*end = stop;; stop--) {
        if (*stop != ',' && *stop != '\0') {
            if (stop == p)
                break;
            continue;
        }
        TRY(event_exists(cli, arena_strndup(cli->arena, p, (size_t)(stop - p)), &exists, e));
        *end = stop;
        if (exists || stop == p)
            break;
    }
    if (!exists)
        *end = p + strcspn(p, ",");
    return ERR_OK;
}

static enum err_code add_ids(struct cli *cli, const char *value, struct id_list *list, struct err *e)
{
    const char *p = value;

    while (*p) {
        const char *end;

        p += strspn(p, ", ");
        if (!*p)
            break;
        TRY(end_of_id(cli, p, &end, e));
        list->ids[list->n++] = arena_strndup(cli->arena, p, (size_t)(end - p));
        p = end;
    }
    return ERR_OK;
}

static enum err_code read_ids(struct cli *cli, const char *const **ids, struct err *e)
{
    const char *const *values = cli_list(cli, "--events");
    struct id_list list = {0};
    size_t bytes = 1;

    *ids = NULL;
    if (!*values)
        return ERR_OK;
    for (const char *const *value = values; *value; value++)
        bytes += strlen(*value) + 1;
    list.ids = arena_array(cli->arena, bytes, sizeof *list.ids);
    for (; *values; values++)
        TRY(add_ids(cli, *values, &list, e));
    if (!list.n)
        return err_set(e, ERR_USAGE, "--events names no event; expected ID,ID and so on.");
    *ids = list.ids;
    return ERR_OK;
}

static enum err_code run_create(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_pr_args args = {
        .title = cli_text(cli, "--title"),
        .description = cli_text(cli, "--description"),
        .labels = cli_list(cli, "--label"),
        .draft = cli_flag(cli, "--draft"),
        .dry_run = cli_flag(cli, "--dry-run"),
    };

    TRY(read_ids(cli, &args.ids, e));
    return service_create_pr(cli->service, &args, view, e);
}

static void text_create(struct cli *cli, struct json_object *view, struct str *out)
{
    if (cli_flag(cli, "--dry-run"))
        str_add(out, "This would be sent; nothing has been changed\n\n");
    else if (jx_get_bool(view, "resumed", false))
        str_add(out, "Finished the pull request that an earlier run began\n\n");
    else
        str_add(out, "Created the pull request\n\n");
    text_pair(out, "Title", jx_get_text(view, "title"));
    text_pair(out, "Number", text_cell(cli->arena, jx_get(view, "pr_number")));
    text_pair(out, "Page", jx_get_text(view, "pr_url"));
    text_pair(out, "Branch", jx_get_text(view, "branch"));
    text_pair(out, "Commit", jx_get_text(view, "commit_hash"));
    text_pair(out, "Events", text_cell(cli->arena, jx_get(view, "events_count")));
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
    if (jx_get_text(view, "description"))
        str_addf(out, "\n%s\n", jx_get_text(view, "description"));
    if (jx_get_text(view, "diff"))
        str_addf(out, "\n%s", jx_get_text(view, "diff"));
}

static enum err_code run_list(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_list_args args = {.state = cli_text(cli, "--state"),
                                           .cursor = cli_text(cli, "--cursor"),
                                           .limit = cli_number(cli, "--limit", LIST_DEFAULT)};

    return service_pr_list(cli->service, &args, view, e);
}

static void text_list(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {{"ID", "id", true},
                                                 {"NUMBER", "number", true},
                                                 {"STATE", "state", false},
                                                 {"EVENTS", "events_count", true},
                                                 {"CREATED", "created_at", false},
                                                 {"TITLE", "title", false},
                                                 {0}};
    struct json_object *requests = jx_get(view, "pull_requests");

    text_table(cli, requests, columns, out);
    if (!requests || !json_object_array_length(requests))
        str_add(out, "There is no pull request; validated events go out with tideline create-pr\n");
    text_next(view, out);
}

static enum err_code read_number(const char *text, int64_t *number, struct err *e)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    if (errno || !*text || *end || *number < 1)
        return err_set(e, ERR_USAGE, "\"%.60s\" is not the number of a pull request. See: tideline pr list",
                       text);
    return ERR_OK;
}

static enum err_code run_show(struct cli *cli, struct json_object **view, struct err *e)
{
    int64_t number;

    TRY(read_number(cli->operands[0], &number, e));
    return service_pr_show(cli->service, number, view, e);
}

static void text_show(struct cli *cli, struct json_object *view, struct str *out)
{
    static const char *const rows[][2] = {
        {"Title", "title"},      {"Number", "number"},      {"State", "state"},
        {"Step", "step"},        {"Page", "url"},           {"Branch", "branch"},
        {"Into", "base_branch"}, {"Commit", "commit_hash"}, {"Created", "created_at"},
        {"Merged", "merged_at"}, {"Error", "error"},
    };
    static const struct text_column columns[] = {{"CHANGE", "change", false},
                                                 {"STATE", "state", false},
                                                 {"ID", "id", false},
                                                 {"TITLE", "title", false},
                                                 {0}};
    struct json_object *request = jx_get(view, "pull_request");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        text_pair(out, rows[i][0], text_cell(cli->arena, jx_get(request, rows[i][1])));
    str_addc(out, '\n');
    text_table(cli, jx_get(request, "events"), columns, out);
}

static enum err_code run_refresh(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_pr_refresh(cli->service, view, e);
}

static void text_refresh(struct cli *cli, struct json_object *view, struct str *out)
{
    (void)cli;
    text_count(out, jx_get_int(view, "checked", 0), "open pull request");
    str_add(out, " looked at\n");
    text_findings(out, "Merged", jx_get(view, "merged"));
    text_findings(out, "Closed without merging", jx_get(view, "closed"));
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
}

static enum err_code run_retry(struct cli *cli, struct json_object **view, struct err *e)
{
    int64_t id;

    TRY(read_number(cli->operands[0], &id, e));
    return service_pr_retry(cli->service, id, view, e);
}

static const struct cli_option create_options[] = {
    {"--events", "ID,ID...", "only these events (repeatable); all that are validated otherwise", OPTION_LIST,
     0, 0},
    {"--title", "T", "the title, instead of one made from the events", OPTION_TEXT, 0, 0},
    {"--description", "D", "the description, instead of one made from the events", OPTION_TEXT, 0, 0},
    {"--draft", NULL, "open it as a draft", OPTION_FLAG, 0, 0},
    {"--label", "L", "put this label on it (repeatable)", OPTION_LIST, 0, 0},
    {"--dry-run", NULL, "show description and diff and change nothing anywhere", OPTION_FLAG, 0, 0},
    {0},
};

static const struct cli_option list_options[] = {
    {"--state", "open|merged|closed|failed", "only those in this state", OPTION_TEXT, 0, 0},
    {"--limit", "N", "at most so many, 1 to 1000 (50)", OPTION_NUMBER, 1, LIST_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

const struct command commands_pr[] = {
    {"create-pr", NULL, 0, "Send validated events as one pull request", NEEDS_REMOTE, create_options,
     run_create, text_create},
    {"pr list", NULL, 0, "List pull requests, newest first", NEEDS_SERVICE, list_options, run_list,
     text_list},
    {"pr show", "N", 1, "Show one pull request with its events", NEEDS_SERVICE, NULL, run_show, text_show},
    {"pr refresh", NULL, 0, "Notice pull requests that were merged or closed", NEEDS_REMOTE, NULL,
     run_refresh, text_refresh},
    {"pr retry", "ID", 1, "Try one that failed or was interrupted again", NEEDS_REMOTE, NULL, run_retry,
     text_create},
    {0},
};
