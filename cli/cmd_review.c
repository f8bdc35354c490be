/* event queue, validate, reserve, release */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "core/service/service_review.h"

static enum err_code run_queue(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_queue_filter filter = {
        .change = cli_text(cli, "--change"),
        .free_only = cli_flag(cli, "--free"),
        .limit = cli_number(cli, "--limit", 0),
        .cursor = cli_text(cli, "--cursor"),
    };

    return service_review_queue(cli->service, &filter, view, e);
}

static void text_queue(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {{"WAITING SINCE", "waiting_since", false},
                                                 {"CHANGE", "change", false},
                                                 {"SCORE", "automatic_score", true},
                                                 {"RESERVED BY", "reserved_by", false},
                                                 {"SENT BACK", "sent_back", false},
                                                 {"ID", "id", false},
                                                 {"TITLE", "title", false},
                                                 {0}};
    struct json_object *events = jx_get(view, "events");

    text_table(cli, events, columns, out);
    str_addf(out, "%s%zu of ", json_object_array_length(events) ? "\n" : "",
             json_object_array_length(events));
    text_count(out, jx_get_int(view, "total", 0), "event");
    str_addc(out, '\n');
    text_next(view, out);
}

static enum err_code read_score(const char *text, double *score, struct err *e)
{
    char *end;

    *score = -1;
    if (!text)
        return ERR_OK;
    *score = strtod(text, &end);
    if (!*text || *end || strspn(text, "0123456789.") != strlen(text) || !(*score >= 0 && *score <= 10))
        return err_set(e, ERR_USAGE, "--score is \"%.60s\"; expected a number from 0 to 10.", text);
    return ERR_OK;
}

/* The report is printed; the exit status says that not all of it is good. */
static enum err_code validate_many(struct cli *cli, const struct service_verdict *verdict,
                                   struct json_object **view, struct err *e)
{
    const char **ids = arena_array(cli->arena, cli->n_operands + 1, sizeof *ids);
    const struct service_verdicts verdicts = {.ids = ids, .verdict = verdict};

    memcpy(ids, cli->operands, cli->n_operands * sizeof *ids);
    TRY(service_review_many(cli->service, &verdicts, view, e));
    if (jx_get_bool(*view, "success", false))
        return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT, "The verdict was not given about all of them; the report says why.");
}

static enum err_code run_validate(struct cli *cli, struct json_object **view, struct err *e)
{
    struct service_verdict verdict = {.status = cli_text(cli, "--status"),
                                      .notes = cli_text(cli, "--notes"),
                                      .revision = cli_number(cli, "--revision", 0)};

    if (!verdict.status)
        return err_set(e, ERR_USAGE, "Say the verdict with --status validated, rejected or pending.");
    TRY(read_score(cli_text(cli, "--score"), &verdict.score, e));
    if (cli->n_operands > 1 && verdict.revision)
        return err_set(e, ERR_USAGE, "--revision is of one event. Validate such an event alone.");
    if (cli->n_operands > 1)
        return validate_many(cli, &verdict, view, e);
    verdict.may_lack_reason = true;
    return service_event_validate(cli->service, cli->operands[0], &verdict, view, e);
}

static void text_report(struct json_object *view, struct str *out)
{
    struct json_object *events = jx_get(view, "events");

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        const struct json_object *row = json_object_array_get_idx(events, i);
        const char *error = jx_get_text(row, "error");

        str_addf(out, "%-10s %s%s%s\n", jx_get_text(row, "result"), jx_get_text(row, "id"), error ? ": " : "",
                 error ? error : "");
    }
}

static void text_judged(struct cli *cli, struct json_object *view, struct str *out)
{
    if (jx_get(view, "events")) {
        text_report(view, out);
        return;
    }
    text_verdict(cli, view, out);
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
}

static enum err_code run_reserve(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_review_reserve(cli->service, cli->operands[0], cli_flag(cli, "--take-over"), view, e);
}

static enum err_code run_release(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_review_release(cli->service, cli->operands[0], view, e);
}

static void text_reservation(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *reservation = jx_get(view, "reservation");

    (void)cli;
    if (reservation)
        str_addf(out, "%s is reserved for %s until %s\n", jx_get_text(view, "id"),
                 jx_get_text(reservation, "by"), jx_get_text(reservation, "until"));
    else
        str_addf(out, "%s is reserved for nobody\n", jx_get_text(view, "id"));
}

static const struct cli_option queue_options[] = {
    {"--change", "added|changed|removed", "only events that do this to the repository", OPTION_TEXT, 0, 0},
    {"--free", NULL, "only events that nobody else has reserved", OPTION_FLAG, 0, 0},
    {"--limit", "N", "at most so many, 1 to 1000 (50)", OPTION_NUMBER, 1, SERVICE_QUEUE_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

static const struct cli_option validate_options[] = {
    {"--status", "validated|rejected|pending", "the verdict; pending sends an event back", OPTION_TEXT, 0, 0},
    {"--score", "0-10", "the quality score (when validated: the automatic one)", OPTION_TEXT, 0, 0},
    {"--notes", "N", "why, for those who come after", OPTION_TEXT, 0, 0},
    {"--revision", "N", "only if the event is still at this revision", OPTION_NUMBER, 1, INT64_MAX},
    {0},
};

static const struct cli_option reserve_options[] = {
    {"--take-over", NULL, "also when somebody else has reserved it", OPTION_FLAG, 0, 0},
    {0},
};

const struct command commands_review[] = {
    {"event queue", NULL, 0, "List what waits for review, longest first", NEEDS_SERVICE, queue_options,
     run_queue, text_queue},
    {"event validate", "ID...", 1, "Validate events, reject them or send them back", NEEDS_SERVICE,
     validate_options, run_validate, text_judged},
    {"event reserve", "ID", 1, "Reserve an event for your review, for an hour", NEEDS_SERVICE,
     reserve_options, run_reserve, text_reservation},
    {"event release", "ID", 1, "Let go of an event that you have reserved", NEEDS_SERVICE, NULL, run_release,
     text_reservation},
    {0},
};
