#include <string.h>

#include "core/service/service_internal.h"
#include "core/util/file.h"

enum { JOB_LOCK_WAIT_MS = 60000 };

/* One pull, pull request or refresh of a tenant at a time, from whatever process. */
static enum err_code take_lock(struct service *s, int *fd, struct err *e)
{
    const char *path = arena_printf(s->arena, "%s-tideline-operation.lock", s->tenant.db_path);
    int wait_ms = s->mode == SERVICE_JOB ? JOB_LOCK_WAIT_MS : 0;

    return file_lock(path, wait_ms, arena_printf(s->arena, "the timeline %s", s->tenant.name), fd, e);
}

static enum err_code open_git(struct service *s, struct remote *r, const char *token, struct err *e)
{
    struct git_service_options options = {
        .mirror = s->tenant.mirror,
        .url = s->tenant.repo_url,
        .push_url = s->tenant.push_url,
        .branch = s->tenant.branch,
        .token = token,
        .ca_file = s->tenant.ca_file,
        .idle_timeout_ms = s->tenant.remote_timeout_s * 1000,
        .lock_wait_ms = s->mode == SERVICE_JOB ? JOB_LOCK_WAIT_MS : 0,
        .refuse_private = !s->tenant.repo_from_operator,
        .progress = {s->progress.report, s->progress.cancelled, s->progress.context},
    };

    return git_service_open(&options, &r->git, e);
}

static const char *source_of(const struct tenant *tenant, const char *key)
{
    const char *source = jx_get_text(tenant->sources, key);

    return source ? source : "default";
}

static void fill(struct service *s, struct remote *r, const char *token)
{
    const struct tenant *t = &s->tenant;

    r->sync = (struct timeline_sync){
        .arena = s->arena,
        .store = s->store,
        .git = r->git,
        .repo_url = t->repo_url,
        .branch = t->branch,
        .events_dir = t->events_dir,
        .event_format = t->event_format,
        .progress = {s->progress.report, s->progress.cancelled, s->progress.context},
    };
    r->http = (struct http_options){
        .ca_file = t->ca_file,
        .idle_timeout_ms = t->remote_timeout_s * 1000,
        .refuse_private = !t->repo_from_operator,
        .cancelled = s->progress.cancelled,
        .context = s->progress.context,
    };
    r->pr = (struct pr_builder){
        .sync = &r->sync,
        .forge = forge_of(t->repo_url, t->api_url, !str_eq(source_of(t, "GITHUB_API_URL"), "default")),
        .remote = {.api_url = t->api_url,
                   .repo_url = t->repo_url,
                   .push_url = t->push_url,
                   .token = token,
                   .http = &r->http},
        .branch_prefix = t->pr_branch_prefix,
        .author_name = t->author_name,
        .author_email = t->author_email,
        .page_base = arena_printf(s->arena, "%s/pull-requests/", t->page_url),
    };
}

enum err_code remote_begin(struct service *s, struct remote *r, struct err *e)
{
    const char *token = NULL;

    memset(r, 0, sizeof *r);
    r->lock_fd = -1;
    if (s->mode == SERVICE_WEB)
        return err_set(e, ERR_INTERNAL,
                       "A web worker was asked to talk to the remote; that is a job's work.");
    TRY(service_need_repository(s, e));
    TRY(config_token(s->arena, &s->tenant, &token, e));
    TRY(take_lock(s, &r->lock_fd, e));
    TRY(open_git(s, r, token, e));
    fill(s, r, token);
    return ERR_OK;
}

void remote_end(struct remote *r)
{
    if (r->git)
        git_service_close(r->git);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    r->git = NULL;
    r->lock_fd = -1;
}
