#include <ctype.h>
#include <string.h>

#include "core/service/service_internal.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { JOB_LOCK_WAIT_MS = 60000, LOCK_SLICE_MS = 500 };

/* One pull, pull request or refresh of a tenant at a time, from whatever process. Who waits can be cancelled. */
static enum err_code take_lock(struct service *s, int *fd, struct err *e)
{
    const char *path = arena_printf(s->arena, "%s-tideline-operation.lock", s->tenant.db_path);
    const char *what = arena_printf(s->arena, "the timeline %s", s->tenant.name);
    int64_t give_up_ms = clock_monotonic_ms() + JOB_LOCK_WAIT_MS;
    enum err_code code;

    if (s->mode != SERVICE_JOB)
        return file_lock(path, 0, what, fd, e);
    do {
        if (s->progress.cancelled && s->progress.cancelled(s->progress.context))
            return err_set(e, ERR_CANCELLED, "The operation was cancelled.");
        code = file_lock(path, LOCK_SLICE_MS, what, fd, e);
    } while (code == ERR_LOCKED && clock_monotonic_ms() < give_up_ms);
    return code;
}

/* Where this URL leads is the operator's word: it comes from the operator, or its host does. Such a host may have a private address. */
static bool is_named(struct service *s, const struct tenant *t, const char *url)
{
    return (str_eq(url, t->repo_url) && t->repo_from_operator) || config_host_allowed(s->arena, t, url);
}

/* "git.example.org:8443" of an https:// URL; NULL for a path. */
static const char *authority_of(struct arena *a, const char *url)
{
    const char *start = url && str_starts(url, "https://") ? url + strlen("https://") : NULL;
    char *authority = start ? arena_strndup(a, start, strcspn(start, "/")) : NULL;

    for (char *c = authority; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return authority;
}

/*
 * A token belongs to where the operator's own settings point. A repository that somebody set on the web gets it when it is on the
 * same host and port; else it goes nowhere, neither to Git nor to a forge, and *owner says whose it is.
 */
static enum err_code find_token(struct service *s, const struct tenant *t, const char **token,
                                const char **owner, struct err *e)
{
    const char *own = authority_of(s->arena, s->base->repo_url);
    const char *other = authority_of(s->arena, t->repo_url);

    *owner = NULL;
    TRY(config_token(s->arena, t, token, e));
    if (!*token || t->repo_from_operator || (own && str_eq(own, other)))
        return ERR_OK;
    *token = NULL;
    *owner = own ? own : "another host";
    return ERR_OK;
}

/* The operator may have taken the host out of what is allowed since it was stored. At the command line the service's environment, which
 * may hold the list, is not known: there the address alone is checked. */
static enum err_code check_host(struct service *s, const struct tenant *t, struct err *e)
{
    if (s->mode == SERVICE_CLI || is_named(s, t, t->repo_url))
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN,
                   "The repository %s was set on the web, but the operator does not allow its host (any "
                   "more). Set another one, or name the host in TIDELINE_ALLOWED_HOSTS.",
                   t->repo_url);
}

static enum err_code open_git(struct service *s, const struct tenant *t, struct remote *r, const char *token,
                              struct err *e)
{
    struct git_service_options options = {
        .mirror = t->mirror,
        .url = t->repo_url,
        .push_url = t->push_url,
        .branch = t->branch,
        .token = token,
        .token_for = r->token_for,
        .ca_file = t->ca_file,
        .idle_timeout_ms = t->remote_timeout_s * 1000,
        .lock_wait_ms = s->mode == SERVICE_JOB ? JOB_LOCK_WAIT_MS : 0,
        .refuse_private = !is_named(s, t, t->repo_url),
        .progress = {s->progress.report, s->progress.cancelled, s->progress.context},
    };

    return git_service_open(&options, &r->git, e);
}

static const char *source_of(const struct tenant *tenant, const char *key)
{
    const char *source = jx_get_text(tenant->sources, key);

    return source ? source : "default";
}

static void fill(struct service *s, const struct tenant *t, struct remote *r, const char *token)
{
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
        .refuse_private = !t->repo_from_operator && !config_host_allowed(s->arena, t, t->api_url),
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

enum err_code remote_begin_at(struct service *s, const struct tenant *t, struct remote *r, struct err *e)
{
    const char *token = NULL;

    memset(r, 0, sizeof *r);
    r->lock_fd = -1;
    if (s->mode == SERVICE_WEB)
        return err_set(e, ERR_INTERNAL,
                       "A web worker was asked to talk to the remote; that is a job's work.");
    TRY(check_host(s, t, e));
    TRY(find_token(s, t, &token, &r->token_for, e));
    TRY(take_lock(s, &r->lock_fd, e));
    TRY(open_git(s, t, r, token, e));
    fill(s, t, r, token);
    return ERR_OK;
}

enum err_code remote_begin(struct service *s, struct remote *r, struct err *e)
{
    memset(r, 0, sizeof *r);
    r->lock_fd = -1;
    TRY(service_need_repository(s, e));
    return remote_begin_at(s, &s->tenant, r, e);
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
