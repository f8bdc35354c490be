#include "core/service/service_internal.h"

/* How open pull requests ended, as far as it could be found out. */
struct settling {
    struct json_object *answer; /* NULL: none was open, or why */
    struct err why;
};

/* Pull requests that were merged or closed are noticed at each pull, and before it: what was merged is no longer an edit
 * of ours that the repository's content would clash with. */
static void settle_pull_requests(struct remote *r, struct settling *settling)
{
    if (pr_builder_refresh(&r->pr, &settling->answer, &settling->why) != ERR_OK ||
        jx_get_int(settling->answer, "checked", 0) == 0)
        settling->answer = NULL;
}

/* That it failed is worth a warning, not the pull. */
static void tell_settling(const struct settling *settling, struct json_object *view)
{
    struct json_object *row;

    if (settling->answer)
        jx_set(view, "pull_requests", json_object_get(settling->answer));
    if (settling->why.code == ERR_OK)
        return;
    row = json_object_new_object();
    jx_set_text(row, "rule", "pull_requests_not_checked");
    jx_set_text(row, "warning", settling->why.message);
    jx_push(jx_get(view, "warnings"), row);
}

static enum err_code pull(struct remote *r, const struct service_pull_args *args,
                          struct json_object **view, struct err *e)
{
    struct sync_import_options options = {.force = args->force,
                                          .dry_run = args->dry_run,
                                          .confirm_deletions = args->confirm_deletions,
                                          .seen = args->seen};
    struct settling settling = {0};
    size_t conflicts;

    if (!args->dry_run)
        settle_pull_requests(r, &settling);
    TRY(timeline_sync_import_from_repo(&r->sync, &options, view, e));
    tell_settling(&settling, *view);
    conflicts = json_object_array_length(jx_get(*view, "conflicts"));
    if (conflicts == 0)
        return ERR_OK;
    return err_set(
        e, ERR_CONFLICTS,
        "%zu event%s changed here and in the repository so that somebody has to decide (tideline conflict "
        "list). The version here %s kept; everything else %s imported.",
        conflicts, conflicts == 1 ? "" : "s", args->dry_run ? "would be" : "was",
        args->dry_run ? "would be" : "was");
}

enum err_code service_pull(struct service *s, const struct service_pull_args *args, struct json_object **view,
                           struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin(s, &r, e);

    *view = NULL;
    if (code == ERR_OK)
        code = pull(&r, args, view, e);
    remote_end(&r);
    return code;
}

/* why: what the remote's failure was; ERR_OK all the same. */
static enum err_code check(struct service *s, struct err *why, struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin(s, &r, e);

    if (code == ERR_OK)
        code = timeline_sync_check_remote(&r.sync, why, e);
    remote_end(&r);
    return code;
}

enum err_code service_status(struct service *s, bool offline, struct json_object **view, struct err *e)
{
    TRY(service_need_repository(s, e));
    if (!offline)
        TRY(check(s, NULL, e));
    service_see_other_programs(s);
    TRY(timeline_sync_get_sync_status(s->store, s->arena, s->tenant.repo_url, s->tenant.branch, view, e));
    jx_set_bool(*view, "success", true);
    return ERR_OK;
}

enum err_code service_check(struct service *s, struct json_object **view, struct err *e)
{
    struct err why = {0};

    TRY(check(s, &why, e));
    if (why.code != ERR_OK)
        return *e = why, why.code;
    return service_status(s, true, view, e);
}
