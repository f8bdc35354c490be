#include <stdlib.h>
#include <string.h>

#include "core/sync/sync_internal.h"
#include "core/util/clock.h"

/* Plans that another process overtakes are made again so many times. */
enum { ATTEMPTS = 3, LOCK_WAIT_MS = 60000 };

/* A database follows one repository; another one by accident (a shared DB_PATH, a changed environment) must not mix in. */
static enum err_code check_followed(struct sync_run *run)
{
    struct timeline_sync *t = run->t;
    const char *current = NULL;

    if (run->options->another)
        return ERR_OK;
    TRY(store_setting_get(t->store, t->arena, "current_url", &current, run->e));
    if (!current || !current[0] || str_eq(current, t->repo_url))
        return ERR_OK;
    return err_set(
        run->e, ERR_REPOSITORY_SWITCHED,
        "This database follows %s, not %s. If the switch is meant, run: tideline git-config --repo %s",
        current, t->repo_url, t->repo_url);
}

static enum err_code count_commits(struct sync_run *run)
{
    struct object_id from = {""};
    int64_t count = 0;

    memcpy(from.hex, run->before, sizeof from.hex);
    if (!run->pull.after.hex[0])
        return run->new_commits = 0, ERR_OK;
    TRY(git_service_count_commits(run->t->git, &from, &run->pull.after, &count, run->e));
    run->new_commits = count >= 0 ? count : (int64_t)run->pull.new_commits;
    return ERR_OK;
}

static enum err_code in_transaction(struct sync_run *run, struct json_object **report)
{
    enum err_code code;

    /* Again, because git-config may have said otherwise while the repository was being read. */
    TRY(check_followed(run));
    code = sync_apply(run);
    if (code == ERR_CONFIRM_DELETIONS) {
        TRY(sync_fate_refused(run, report));
        return code;
    }
    TRY(code);
    TRY(sync_report(run, report));
    return run->options->dry_run ? ERR_OK : sync_record(run, *report);
}

static enum err_code attempt(struct sync_run *run, struct json_object **report)
{
    struct store *s = run->t->store;
    enum err_code code;

    run->warnings = jx_own(run->t->arena, json_object_new_array());
    TRY(sync_plan(run));
    TRY(count_commits(run));
    TRY(store_begin(s, LOCK_WAIT_MS, run->e));
    code = in_transaction(run, report);
    if (code != ERR_OK || run->options->dry_run)
        store_rollback(s);
    else
        code = store_commit(s, run->e);
    /* It tells of what the transaction saw: without the commit none of it is true. */
    if (code != ERR_OK && code != ERR_CONFIRM_DELETIONS)
        *report = NULL;
    return code;
}

static enum err_code run_import(struct sync_run *run, struct json_object **report)
{
    enum err_code code = ERR_OK;

    TRY(check_followed(run));
    TRY(git_service_clone_or_update(run->t->git, &run->pull, run->e));
    for (int i = 0; i < ATTEMPTS; i++) {
        code = attempt(run, report);
        if (code != ERR_STALE)
            return code;
    }
    return code;
}

/* Failures to record: those of a run that began. A refused or impossible start leaves the database as it is. */
static bool worth_recording(enum err_code code)
{
    return code != ERR_REPOSITORY_SWITCHED && code != ERR_LOCKED && code != ERR_BUSY &&
           code != ERR_READ_ONLY && code != ERR_DISK_FULL && code != ERR_DB_CORRUPT && code != ERR_DB_FOREIGN;
}

enum err_code timeline_sync_import_from_repo(struct timeline_sync *t,
                                             const struct sync_import_options *options,
                                             struct json_object **report, struct err *e)
{
    struct sync_run run = {.t = t, .options = options, .e = e, .started_at_us = clock_now_us()};
    enum err_code code = run_import(&run, report);

    if (code != ERR_OK && !options->dry_run && worth_recording(code))
        sync_record_failure(&run);
    return code;
}
