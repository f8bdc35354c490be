/* event add, check, edit, delete, restore, history */
#include <string.h>

#include "cli/cli.h"
#include "cli/event_files.h"
#include "cli/text.h"
#include "core/util/file.h"

enum { LIST_MOST = 1000, REPORTED = 50 };

static enum err_code add_many(struct cli *cli, const struct event_files *files, struct json_object **view,
                              struct err *e)
{
    struct service_progress progress;
    int64_t refused;

    progress_start(cli, &progress);
    service_set_progress(cli->service, &progress);
    TRY(service_event_add_many(cli->service, files->list, files->n, view, e));
    refused = jx_get_int(*view, "refused", 0);
    if (!refused)
        return ERR_OK;
    return err_set(e, ERR_INVALID_EVENT, "%lld of %zu events %s refused; the others are there.",
                   (long long)refused, json_object_array_length(jx_get(*view, "events")),
                   refused == 1 ? "was" : "were");
}

static enum err_code check_size(const struct service_source *file, struct err *e)
{
    if (file->n <= SERVICE_EVENT_BYTES)
        return ERR_OK;
    return err_set(e, ERR_TOO_LARGE, "%s is larger than an event can be (1 MiB).",
                   str_eq(file->name, "-") ? "Standard input" : file->name);
}

static enum err_code run_add(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_draft draft = {.id = NULL};
    struct event_files files;

    TRY(event_files_read(cli, &files, e));
    if (files.many)
        return add_many(cli, &files, view, e);
    TRY(check_size(&files.list[0], e));
    draft.p = files.list[0].p;
    draft.n = files.list[0].n;
    draft.name = files.list[0].name;
    return service_event_write(cli->service, &draft, view, e);
}

static void add_refusals(struct json_object *rows, struct str *out)
{
    size_t shown = 0;

    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const struct json_object *row = json_object_array_get_idx(rows, i);
        int64_t index = jx_get_int(row, "index", 0);
        int64_t line = jx_get_int(row, "line", 0);

        if (!str_eq(jx_get_text(row, "result"), "refused") || shown++ >= REPORTED)
            continue;
        str_addf(out, "%s  %s", shown == 1 ? "\nRefused\n" : "", jx_get_text(row, "name"));
        if (index)
            str_addf(out, "[%lld]", (long long)index);
        if (line)
            str_addf(out, ":%lld", (long long)line);
        str_addf(out, ": %s\n", jx_get_text(row, "error"));
    }
    if (shown > REPORTED)
        str_addf(out, "  and %zu more; --json shows all\n", shown - REPORTED);
}

static void add_likenesses(struct json_object *rows, struct str *out)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const struct json_object *row = json_object_array_get_idx(rows, i);
        const char *id = jx_get_text(row, "id");

        if (str_eq(jx_get_text(row, "result"), "added")) {
            struct str heading;

            str_init(&heading, out->arena, CLI_OUTPUT_BYTES);
            str_addf(&heading, "%s may have been told before", id);
            text_duplicates(heading.p, jx_get(row, "duplicates"), out);
        }
    }
}

static void text_add(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *rows = jx_get(view, "events");

    if (!rows) {
        text_verdict(cli, view, out);
        return;
    }
    str_addf(out, "%lld added, %lld unchanged, %lld refused\n", (long long)jx_get_int(view, "added", 0),
             (long long)jx_get_int(view, "unchanged", 0), (long long)jx_get_int(view, "refused", 0));
    add_refusals(rows, out);
    add_likenesses(rows, out);
}

static enum err_code read_draft(struct cli *cli, const char *path, struct service_draft *draft, struct err *e)
{
    char *text;

    TRY(file_read(cli->arena, path, SERVICE_EVENT_BYTES, &text, &draft->n, e));
    draft->p = text;
    return ERR_OK;
}

static enum err_code run_edit(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_draft draft = {.id = cli->operands[0], .revision = cli_number(cli, "--revision", 0)};

    TRY(read_draft(cli, cli->operands[1], &draft, e));
    return service_event_write(cli->service, &draft, view, e);
}

/* A refusal comes with what somebody else wrote meanwhile. */
static void text_stale(struct cli *cli, struct json_object *view, struct str *out)
{
    str_addf(out, "%s is at revision %lld now, by %s\n", jx_get_text(view, "id"),
             (long long)jx_get_int(view, "revision", 0),
             jx_get_text(view, "updated_by") ? jx_get_text(view, "updated_by") : "nobody");
    text_changes(cli, "Changed since the revision that you looked at", jx_get(view, "since"), out);
    text_changes(cli, "What yours would change now", jx_get(view, "changes"), out);
}

static void text_written(struct cli *cli, struct json_object *view, struct str *out)
{
    if (!jx_get_bool(view, "success", false))
        text_stale(cli, view, out);
    else if (jx_get_bool(view, "unchanged", false))
        str_addf(out, "%s says this already (revision %lld)\n", jx_get_text(view, "id"),
                 (long long)jx_get_int(view, "revision", 0));
    else
        text_verdict(cli, view, out);
}

static enum err_code run_delete(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_event_delete(cli->service, cli->operands[0], cli_number(cli, "--revision", 0), view, e);
}

static void text_delete(struct cli *cli, struct json_object *view, struct str *out)
{
    const char *id = jx_get_text(view, "id");

    if (!jx_get_bool(view, "success", false))
        text_stale(cli, view, out);
    else if (str_eq(jx_get_text(view, "removed"), "gone"))
        str_addf(out, "%s is gone; its revisions are kept: tideline event restore %s\n", id, id);
    else
        str_addf(
            out,
            "%s is to be removed (revision %lld): once that is validated, a pull request removes it from the "
            "repository\n",
            id, (long long)jx_get_int(view, "revision", 0));
}

static enum err_code run_restore(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_restore restore = {.id = cli->operands[0],
                                            .which = cli_number(cli, "--revision", 0)};

    return service_event_restore(cli->service, &restore, view, e);
}

static enum err_code run_history(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_list_args args = {.limit = cli_number(cli, "--limit", 0),
                                           .cursor = cli_text(cli, "--cursor")};

    return service_event_history(cli->service, cli->operands[0], &args, view, e);
}

static void text_history(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *rows = jx_get(view, "revisions");

    str_addf(out, "%s: %s%s\n", jx_get_text(view, "id"), jx_get_text(view, "title"),
             jx_get_bool(view, "gone", false) ? " (gone)" : "");
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        const char *heading = arena_printf(
            cli->arena, "Revision %lld, %s by %s at %s", (long long)jx_get_int(row, "revision", 0),
            jx_get_text(row, "reason"), jx_get_text(row, "author"), jx_get_text(row, "at"));
        struct json_object *changes = jx_get(row, "changes");

        if (changes && json_object_array_length(changes))
            text_changes(cli, heading, changes, out);
        else
            str_addf(out, "\n%s\n", heading);
    }
    text_next(view, out);
}

static enum err_code run_check(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_draft draft = {.id = cli_text(cli, "--edit")};

    TRY(read_draft(cli, cli->operands[0], &draft, e));
    return service_event_preview(cli->service, &draft, view, e);
}

static void text_check(struct cli *cli, struct json_object *view, struct str *out)
{
    bool added = jx_get_bool(view, "new", false);

    str_addf(out, "%s would be %s%s, with the automatic score %s\n", jx_get_text(view, "id"),
             added ? "a new event" : "changed",
             jx_get_bool(view, "proposed_id", false) ? " (the id is made from date and title)" : "",
             text_cell(cli->arena, jx_get(view, "automatic_score")));
    if (!added)
        text_changes(cli, "What would change", jx_get(view, "changes"), out);
    text_findings(out, "What costs points", jx_get(view, "deductions"));
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
    text_duplicates("These may tell of the same", jx_get(view, "duplicates"), out);
}

static const struct cli_option looked_at_options[] = {
    {"--revision", "N", "the revision that you looked at; refused when there is another by now",
     OPTION_NUMBER, 1, INT64_MAX},
    {0},
};

static const struct cli_option restore_options[] = {
    {"--revision", "N", "which one (what was removed)", OPTION_NUMBER, 1, INT64_MAX},
    {0},
};

static const struct cli_option history_options[] = {
    {"--limit", "N", "at most so many, 1 to 1000 (50)", OPTION_NUMBER, 1, LIST_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

static const struct cli_option check_options[] = {
    {"--edit", "ID", "as the next content of this event instead of a new one", OPTION_TEXT, 0, 0},
    {0},
};

const struct command commands_event_write[] = {
    {"event add", "FILE|DIR|-...", 1, "Add new events from JSON or Markdown files, JSON arrays or folders",
     NEEDS_SERVICE, NULL, run_add, text_add},
    {"event check", "FILE|-", 1, "Say what an event would come to, and change nothing", NEEDS_SERVICE,
     check_options, run_check, text_check},
    {"event edit", "ID FILE|-", 2, "Give an event another content", NEEDS_SERVICE, looked_at_options,
     run_edit, text_written},
    {"event delete", "ID", 1, "Remove an event, from the repository as well once that is validated",
     NEEDS_SERVICE, looked_at_options, run_delete, text_delete},
    {"event restore", "ID", 1, "Bring a removed event or an earlier revision back", NEEDS_SERVICE,
     restore_options, run_restore, text_written},
    {"event history", "ID", 1, "Show what an event was, field by field", NEEDS_SERVICE, history_options,
     run_history, text_history},
    {0},
};
