#include "core/jobs/jobs.h"
#include "core/service/service_internal.h"

static const char *const states[] = {"running", "open", "merged", "closed", "failed"};

struct asking_job {
    struct service *s;
    int64_t id;
};

static enum err_code remember(void *context, int64_t pull_request, struct err *e)
{
    const struct asking_job *job = context;

    return jobs_remember(job->s->store, job->id, pull_request, e);
}

static enum err_code create(struct service *s, struct remote *r, const struct service_pr_args *args,
                            struct json_object **view, struct err *e)
{
    struct asking_job job = {s, args->job};
    struct pr_request request = {
        .ids = args->ids,
        .title = args->title,
        .description = args->description,
        .labels = args->labels,
        .draft = args->draft,
        .dry_run = args->dry_run,
        .revisions = args->revisions,
        .claimed = args->job ? remember : NULL,
        .context = &job,
        .earlier = args->earlier,
    };

    return pr_builder_create_pr(&r->pr, &request, view, e);
}

enum err_code service_create_pr(struct service *s, const struct service_pr_args *args,
                                struct json_object **view, struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin(s, &r, e);

    if (code == ERR_OK)
        code = create(s, &r, args, view, e);
    remote_end(&r);
    return code;
}

enum err_code service_pr_refresh(struct service *s, struct json_object **view, struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin(s, &r, e);

    if (code == ERR_OK)
        code = pr_builder_refresh(&r.pr, view, e);
    remote_end(&r);
    return code;
}

enum err_code service_pr_retry(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    struct remote r;
    enum err_code code = remote_begin(s, &r, e);

    if (code == ERR_OK)
        code = pr_builder_retry(&r.pr, id, view, e);
    remote_end(&r);
    return code;
}

struct json_object *view_pull_request(struct service *s, const struct store_pull_request *pr)
{
    struct json_object *o = json_object_new_object();
    const char *page =
        arena_printf(s->arena, "%s/pull-requests/%lld", s->tenant.page_url, (long long)pr->number);

    jx_set_int(o, "id", pr->id);
    jx_set(o, "number", pr->number ? json_object_new_int64(pr->number) : NULL);
    jx_set_text(o, "state", pr->state);
    jx_set_text(o, "step", pr->step);
    jx_set_text(o, "title", pr->title);
    jx_set_text(o, "branch", pr->branch);
    jx_set_text(o, "base_branch", pr->base_branch);
    jx_set_text(o, "repo_url", pr->repo_url);
    jx_set_bool(o, "followed",
                str_eq(pr->repo_url, s->tenant.repo_url) && str_eq(pr->base_branch, s->tenant.branch));
    jx_set_text(o, "url", pr->url[0] ? pr->url : pr->plain && pr->number ? page : NULL);
    jx_set_int(o, "events_count", pr->event_count);
    view_text(o, "commit_hash", pr->commit);
    jx_set_bool(o, "draft", pr->draft);
    jx_set_bool(o, "plain", pr->plain);
    view_time(s, o, "created_at", pr->claimed_at_us);
    view_time(s, o, "opened_at", pr->opened_at_us);
    view_time(s, o, "merged_at", str_eq(pr->state, "merged") ? pr->settled_at_us : 0);
    view_time(s, o, "closed_at", str_eq(pr->state, "closed") ? pr->settled_at_us : 0);
    view_text(o, "merge_commit", pr->merge_commit);
    view_text(o, "error", pr->error);
    return o;
}

enum err_code view_pull_requests(struct service *s, const char *state, const struct store_slice *slice,
                                 struct json_object **list, struct err *e)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct store_slice part = {slice->before, list_part(slice, 0)};

    *list = jx_own(s->arena, json_object_new_array());
    while (part.limit) {
        struct store_pull_request *rows;
        size_t n;

        TRY(store_pr_list(s->store, scratch, state, &part, &rows, &n, e));
        for (size_t i = 0; i < n; i++) {
            jx_push(*list, view_pull_request(s, &rows[i]));
            part.before = rows[i].id;
        }
        part.limit = n == part.limit ? list_part(slice, json_object_array_length(*list)) : 0;
        arena_reset(scratch);
    }
    return ERR_OK;
}

static enum err_code check_state(const char *state, struct err *e)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (!state || str_eq(state, states[i]))
            return ERR_OK;
    return err_set(e, ERR_INVALID_INPUT,
                   "There is no state \"%s\" of pull requests. Use running, open, merged, closed or failed.",
                   state);
}

enum err_code service_pr_list(struct service *s, const struct service_list_args *args,
                              struct json_object **view, struct err *e)
{
    struct json_object *list;
    struct store_slice slice;

    TRY(check_state(args->state, e));
    TRY(list_begin(args, &slice, e));
    TRY(view_pull_requests(s, args->state, &slice, &list, e));
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "pull_requests", json_object_get(list));
    list_end(s, *view, list, &slice);
    return ERR_OK;
}

static enum err_code add_events(struct service *s, const struct store_pull_request *pr, struct json_object *o,
                                struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_pr_event *events;
    size_t n;

    jx_set(o, "events", list);
    TRY(store_pr_events(s->store, s->arena, pr->id, &events, &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        struct store_event now;
        struct err gone = {0};
        enum err_code code = store_event_get(s->store, s->arena, events[i].event_id, &now, &gone);

        jx_set_text(row, "id", events[i].event_id);
        jx_set_text(row, "date", events[i].date);
        jx_set_text(row, "title", events[i].title);
        jx_set_text(row, "change", events[i].change);
        jx_set_int(row, "revision", events[i].revision);
        jx_set_text(row, "state", code == ERR_OK ? now.state : NULL);
        jx_push(list, row);
    }
    return ERR_OK;
}

enum err_code service_pr_show(struct service *s, int64_t number, struct json_object **view, struct err *e)
{
    struct store_pull_request pr;
    struct json_object *o;

    TRY(service_need_repository(s, e));
    TRY(store_pr_by_number(s->store, s->arena, s->tenant.repo_url, number, &pr, e));
    o = view_pull_request(s, &pr);
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "pull_request", o);
    jx_set_text(o, "description", pr.description);
    jx_set(o, "labels", view_parsed(s, pr.labels));
    view_text(o, "parent_commit", pr.parent_commit);
    return add_events(s, &pr, o, e);
}
