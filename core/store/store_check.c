#include "core/store/store_check.h"

#include <stdlib.h>
#include <string.h>

#include "core/store/store_check_internal.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

void store_check_begin(struct store_check *c, struct arena *a)
{
    c->arena = a;
    c->findings = jx_own(a, json_object_new_array());
    c->checked = jx_own(a, json_object_new_object());
    c->found = c->not_yet_seen = 0;
    c->usable = false;
}

/* Whatever a damaged database holds, the answer is UTF-8. */
static void set_clean(struct json_object *object, const char *key, const char *text)
{
    char clean[1024];

    if (!text)
        return;
    utf8_clean(clean, sizeof clean, text, strlen(text));
    jx_set_text(object, key, clean);
}

void store_check_add(struct store_check *c, const struct store_finding *finding)
{
    struct json_object *row;

    if (c->found++ >= STORE_FINDINGS_LISTED)
        return;
    row = json_object_new_object();
    jx_set_text(row, "code", finding->code);
    set_clean(row, "event", finding->event);
    set_clean(row, "path", finding->path);
    if (finding->pull_request)
        jx_set_int(row, "pull_request", finding->pull_request);
    set_clean(row, "text", finding->text);
    jx_push(c->findings, row);
}

enum err_code store_check_step(struct store_check *c, const char *phase, uint64_t done, uint64_t total,
                               struct err *e)
{
    if (done % 64 && done != total)
        return ERR_OK;
    if (c->report)
        c->report(c->context, phase, done, total, 0);
    if (c->cancelled && c->cancelled(c->context))
        return err_set(e, ERR_CANCELLED, "The check was cancelled.");
    return ERR_OK;
}

static void add_row(struct store_check *c, const struct check_rule *rule, const char *subject,
                    const char *detail)
{
    struct store_finding finding = {.code = rule->code};

    switch (rule->about) {
    case CHECK_DATABASE: break;
    case CHECK_EVENT: finding.event = subject; break;
    case CHECK_PATH: finding.path = subject; break;
    case CHECK_PULL_REQUEST: finding.pull_request = strtoll(subject, NULL, 10); break;
    }
    finding.text = arena_printf(c->arena, "%s%s%s%s%s.", rule->text, rule->about == CHECK_DATABASE ? " " : "",
                                rule->about == CHECK_DATABASE ? subject : "", *detail ? ": " : "", detail);
    store_check_add(c, &finding);
}

enum err_code store_check_rule(struct store_check *c, const struct check_rule *rule, struct sql *q,
                               struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;

    TRY(sql_row(q, &found, e));
    while (found) {
        add_row(c, rule, sql_text(q, a, "subject"), sql_text(q, a, "detail"));
        TRY(sql_row(q, &found, e));
    }
    return ERR_OK;
}

static const struct check_rule rules[] = {
    {SQL_CHECK_REFERENCES, CHECK_DATABASE, "reference_broken", "A row refers to one that is not there,"},
    {SQL_CHECK_ROWS_UNKNOWN, CHECK_EVENT, "event_unknown",
     "The row of this event in timeline_events is not known to Tideline"},
    {SQL_CHECK_METADATA_STATUS, CHECK_EVENT, "metadata_status",
     "The validation status of this event is none that is known"},
    {SQL_CHECK_METADATA_ALONE, CHECK_EVENT, "metadata_alone",
     "A row of event_metadata tells of an event that is not there"},
    {SQL_CHECK_EXPORT_ALONE, CHECK_EVENT, "export_alone",
     "A row of event_export_status tells of an event that is not there"},
    {SQL_CHECK_EXPORT_MISSING, CHECK_EVENT, "export_missing",
     "This event is in an open pull request, but event_export_status does not say so"},
    {SQL_CHECK_EXPORT_STALE, CHECK_EVENT, "export_stale",
     "event_export_status says that this event was sent as it is now, but it was not: pull request"},
    {SQL_CHECK_STATE_COUNTS, CHECK_DATABASE, "state_count", "The count of events is wrong for the state"},
    {SQL_CHECK_YEAR_COUNTS, CHECK_DATABASE, "year_count", "The count of events is wrong for the year"},
    {SQL_CHECK_WAIT_COUNTS, CHECK_DATABASE, "wait_count",
     "The count of what waits for review is wrong for the change"},
    {SQL_CHECK_PLACES, CHECK_EVENT, "place_twice", "Another event has the same place in lists"},
    {SQL_CHECK_REVISION_CURRENT, CHECK_EVENT, "revision_gap",
     "The current revision does not follow the last one that is kept"},
    {SQL_CHECK_CONFLICT_ALONE, CHECK_EVENT, "conflict_alone",
     "A conflict is about an event that is not there"},
    {SQL_CHECK_CONFLICT_NONE, CHECK_EVENT, "conflict_empty", "A conflict has nothing on either side"},
    {SQL_CHECK_PR_STATE, CHECK_PULL_REQUEST, "pull_request_state", "State and step do not go together"},
    {SQL_CHECK_PR_INCOMPLETE, CHECK_PULL_REQUEST, "pull_request_incomplete",
     "Something is missing for the step that it is at"},
    {SQL_CHECK_PR_ACTIVE, CHECK_PULL_REQUEST, "pull_request_active",
     "An event is held although the pull request has ended, or is free although it has not"},
    {SQL_CHECK_PR_TWICE, CHECK_EVENT, "pull_request_twice",
     "One revision of this event is in several pull requests that have not ended"},
    {SQL_CHECK_PR_NUMBER_TWICE, CHECK_PULL_REQUEST, "pull_request_number",
     "Another pull request of this repository has the same number"},
    {SQL_CHECK_PR_REVISION, CHECK_PULL_REQUEST, "pull_request_revision",
     "What was sent is not in the history of the event"},
    {SQL_CHECK_PARKED, CHECK_EVENT, "parked_here",
     "Something about this event still waits for the repository that is followed"},
    {SQL_CHECK_JOB_STATE, CHECK_DATABASE, "job_state", "What is known of a job contradicts itself, job"},
    {SQL_CHECK_JOB_TWICE, CHECK_DATABASE, "job_twice", "Two jobs of one kind are active, job"},
    {SQL_CHECK_FILES, CHECK_PATH, "file_state", "What is known of this file contradicts itself"},
    {SQL_CHECK_FOLLOWED, CHECK_DATABASE, "repository_unknown",
     "The repository that the bases belong to is not there, repository"},
    {SQL_CHECK_EVENTS_IN_REPO, CHECK_DATABASE, "repository_count",
     "The count of events in the repository is wrong for"},
};

static enum err_code check_rules(struct store *s, struct store_check *c, struct err *e)
{
    size_t n = sizeof rules / sizeof *rules;

    for (size_t i = 0; i < n; i++) {
        SQL(q, s, rules[i].statement);
        if (c->report)
            c->report(c->context, "checking rules", i, n, 0);
        TRY(store_check_rule(c, &rules[i], &q, e));
    }
    return ERR_OK;
}

enum err_code store_check_bases(struct store *s, struct store_check *c, int64_t repository, struct err *e)
{
    static const struct check_rule both[] = {
        {SQL_CHECK_BASES, CHECK_EVENT, "base", "The base of this event is wrong"},
        {SQL_CHECK_FILES_UNKNOWN, CHECK_EVENT, "event_missing",
         "The repository has a file of this event, but there is no such event"},
    };

    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        SQL(q, s, both[i].statement);
        sql_bind_int(&q, "repository", repository);
        TRY(store_check_rule(c, &both[i], &q, e));
    }
    return store_check_theirs(s, c, repository, e);
}

/* SQLite's own look at every page. Further checks may stumble over what it finds, and go on as far as they come. */
static enum err_code check_file(struct store *s, struct store_check *c, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    bool found = true;
    SQL(q, s, SQL_CHECK_FILE);

    TRY(store_check_step(c, "checking the file", 0, 0, e));
    TRY(sql_row(&q, &found, e));
    while (found) {
        const char *line = sql_text(&q, a, "integrity_check");

        if (!str_eq(line, "ok"))
            store_check_add(c, &(struct store_finding){.code = "file_damaged", .text = line});
        TRY(sql_row(&q, &found, e));
    }
    return ERR_OK;
}

static enum err_code check_log(struct store *s, struct store_check *c, struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_CHECK_LOG);

    TRY(sql_row(&q, &found, e));
    c->not_yet_seen = found ? sql_int(&q, "n") : 0;
    if (found && sql_int(&q, "writing"))
        store_check_add(c,
                        &(struct store_finding){
                            .code = "log_off",
                            .text = "What other programs write is not noticed: the log has been left off."});
    return ERR_OK;
}

enum err_code store_check(struct store *s, struct store_check *c, struct err *e)
{
    TRY(check_file(s, c, e));
    if (c->found)
        return ERR_OK; /* of a damaged file nothing else can be said for sure */
    TRY(store_check_schema(s, c, &c->usable, e));
    if (!c->usable)
        return ERR_OK; /* without its tables the rest cannot be asked */
    TRY(check_log(s, c, e));
    TRY(check_rules(s, c, e));
    TRY(store_check_events(s, c, e));
    TRY(store_check_revisions(s, c, e));
    TRY(store_check_conflicts(s, c, e));
    TRY(store_check_file_contents(s, c, e));
    return store_check_search(s, c, e);
}
