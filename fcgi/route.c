#include "fcgi/route.h"

#include <string.h>

#include "fcgi/handle.h"

static const struct route routes[] = {
    {METHOD_GET, "/", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_status_page},
    {METHOD_GET, "/events", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_events_page},
    {METHOD_GET, "/events/new", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_event_new_page},
    {METHOD_POST, "/events/new", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_event_form},
    {METHOD_GET, "/events/add", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_events_add_page},
    {METHOD_POST, "/events/add", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_events_add_form},
    {METHOD_GET, "/events/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE, handle_event_page},
    {METHOD_GET, "/validation", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_queue_page},
    {METHOD_POST, "/validation", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_verdicts_form},
    {METHOD_GET, "/validation/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE, handle_review_page},
    {METHOD_POST, "/validation/*", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_verdict_form},
    {METHOD_POST, "/validation/*/reserve", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_reserve_form},
    {METHOD_POST, "/validation/*/release", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_release_form},
    {METHOD_GET, "/events/*/edit", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_event_edit_page},
    {METHOD_POST, "/events/*/edit", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_event_form},
    {METHOD_GET, "/events/*/delete", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE,
     handle_event_delete_page},
    {METHOD_POST, "/events/*/delete", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_event_delete_form},
    {METHOD_POST, "/events/*/restore", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_event_restore_form},
    {METHOD_GET, "/events/*/history", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE,
     handle_event_history_page},
    {METHOD_GET, "/events/*/revisions/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE,
     handle_event_revision_page},
    {METHOD_GET, "/conflicts", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_conflicts_page},
    {METHOD_GET, "/conflicts/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE, handle_conflict_page},
    {METHOD_POST, "/conflicts/*", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_conflict_form},
    {METHOD_POST, "/conflicts/*/undo", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_conflict_undo_form},
    {METHOD_GET, "/pull-requests", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_pulls_page},
    {METHOD_GET, "/pull-requests/new", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_pull_new_page},
    {METHOD_POST, "/pull-requests", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_pull_send_form},
    {METHOD_POST, "/pull-requests/preview", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_pull_preview_form},
    {METHOD_GET, "/pull-requests/preview/*", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE,
     handle_pull_preview_page},
    {METHOD_POST, "/pull-requests/retry", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM,
     handle_pull_retry_form},
    {METHOD_GET, "/pull-requests/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE, handle_pull_page},
    {METHOD_GET, "/syncs", FACE_HTML, TENANT_KNOWN, WHO_READER, BODY_NONE, handle_syncs_page},
    {METHOD_GET, "/jobs/*", FACE_HTML, TENANT_PULLED, WHO_READER, BODY_NONE, handle_job_page},
    {METHOD_POST, "/jobs/*/cancel", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_job_cancel_form},
    {METHOD_POST, "/jobs/*/again", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM, handle_job_again_form},
    {METHOD_GET, "/jobs/*/confirm", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE,
     handle_pull_confirm_page},
    {METHOD_POST, "/pull/plan", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_plan_form},
    {METHOD_GET, "/pull/plan/*", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_plan_page},
    {METHOD_POST, "/pull", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_pull_form},
    {METHOD_POST, "/check", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM, handle_check_form},
    {METHOD_POST, "/refresh", FACE_HTML, TENANT_PULLED, WHO_EDITOR, BODY_FORM, handle_refresh_form},
    {METHOD_GET, "/login", FACE_HTML, TENANT_KNOWN, WHO_ANYBODY, BODY_NONE, handle_login_page},
    {METHOD_POST, "/login", FACE_HTML, TENANT_KNOWN, WHO_ANYBODY, BODY_FORM, handle_login_form},
    {METHOD_POST, "/logout", FACE_HTML, TENANT_KNOWN, WHO_ANYBODY, BODY_FORM, handle_logout_form},
    {METHOD_GET, "/account", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_NONE, handle_account_page},
    {METHOD_POST, "/account/password", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM,
     handle_account_password_form},
    {METHOD_POST, "/account/sessions", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM,
     handle_account_sessions_form},
    {METHOD_GET, "/settings", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_NONE, handle_settings_page},
    {METHOD_POST, "/settings/repository", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_FORM,
     handle_settings_repository_form},
    {METHOD_POST, "/settings/compare", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_FORM, handle_compare_form},
    {METHOD_GET, "/settings/compare/*", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_NONE, handle_compare_page},
    {METHOD_POST, "/settings/accounts", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_FORM,
     handle_settings_account_add_form},
    {METHOD_GET, "/settings/accounts/*", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_NONE,
     handle_settings_account_page},
    {METHOD_POST, "/settings/accounts/*", FACE_HTML, TENANT_PULLED, WHO_ADMIN, BODY_FORM,
     handle_settings_account_form},
    {METHOD_POST, "/tokens", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM, handle_token_create_form},
    {METHOD_GET, "/tokens/*", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_NONE, handle_token_revoke_page},
    {METHOD_POST, "/tokens/*", FACE_HTML, TENANT_PULLED, WHO_ACCOUNT, BODY_FORM, handle_token_revoke_form},
    {METHOD_GET, "/api/v1/status", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_status_api},
    {METHOD_POST, "/api/v1/pull", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON, handle_pull_post_api},
    {METHOD_POST, "/api/v1/check", FACE_JSON, TENANT_PULLED, WHO_ACCOUNT, BODY_JSON, handle_check_post_api},
    {METHOD_GET, "/api/v1/events", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_events_api},
    {METHOD_POST, "/api/v1/events/validation", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_verdicts_api},
    {METHOD_POST, "/api/v1/events", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_EVENT, handle_events_post_api},
    {METHOD_POST, "/api/v1/events/check", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_EVENT,
     handle_event_check_api},
    {METHOD_GET, "/api/v1/events/*", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_event_api},
    {METHOD_PUT, "/api/v1/events/*", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_EVENT, handle_event_put_api},
    {METHOD_DELETE, "/api/v1/events/*", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_NONE,
     handle_event_delete_api},
    {METHOD_GET, "/api/v1/events/*/history", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE,
     handle_event_history_api},
    {METHOD_GET, "/api/v1/events/*/revisions/*", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE,
     handle_event_revision_api},
    {METHOD_POST, "/api/v1/events/*/restore", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_event_restore_api},
    {METHOD_POST, "/api/v1/events/*/validation", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_verdict_api},
    {METHOD_POST, "/api/v1/events/*/reservation", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_reserve_api},
    {METHOD_DELETE, "/api/v1/events/*/reservation", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_NONE,
     handle_release_api},
    {METHOD_GET, "/api/v1/validation", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_queue_api},
    {METHOD_GET, "/api/v1/conflicts", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_conflicts_api},
    {METHOD_GET, "/api/v1/conflicts/*", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_conflict_api},
    {METHOD_POST, "/api/v1/conflicts/*/resolution", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_conflict_resolution_api},
    {METHOD_POST, "/api/v1/conflicts/*/undo", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_conflict_undo_api},
    {METHOD_GET, "/api/v1/pull-requests", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_pulls_api},
    {METHOD_POST, "/api/v1/pull-requests", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_pulls_post_api},
    {METHOD_POST, "/api/v1/pull-requests/preview", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_preview_post_api},
    {METHOD_POST, "/api/v1/pull-requests/refresh", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_JSON,
     handle_refresh_post_api},
    {METHOD_GET, "/api/v1/pull-requests/*", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_pull_api},
    {METHOD_GET, "/api/v1/syncs", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_syncs_api},
    {METHOD_GET, "/api/v1/jobs", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_jobs_api},
    {METHOD_GET, "/api/v1/jobs/*", FACE_JSON, TENANT_PULLED, WHO_READER, BODY_NONE, handle_job_api},
    {METHOD_DELETE, "/api/v1/jobs/*", FACE_JSON, TENANT_PULLED, WHO_EDITOR, BODY_NONE, handle_job_delete_api},
    {METHOD_GET, "/api/v1/config", FACE_JSON, TENANT_PULLED, WHO_ADMIN, BODY_NONE, handle_config_api},
    {METHOD_PUT, "/api/v1/config", FACE_JSON, TENANT_PULLED, WHO_ADMIN, BODY_JSON, handle_config_put_api},
    {METHOD_POST, "/api/v1/config/preview", FACE_JSON, TENANT_PULLED, WHO_ADMIN, BODY_JSON,
     handle_config_preview_api},
    {METHOD_GET, "/api/v1/openapi.json", FACE_JSON, TENANT_NONE, WHO_ANYBODY, BODY_NONE, handle_openapi},
    {METHOD_GET, "/static/*", FACE_TEXT, TENANT_NONE, WHO_ANYBODY, BODY_NONE, handle_static},
    {METHOD_GET, "/healthz", FACE_TEXT, TENANT_NONE, WHO_ANYBODY, BODY_NONE, handle_health},
};

static bool matches(const char *pattern, const struct request *r)
{
    const char *p = pattern + 1;

    for (size_t i = 0; i < r->n_segments; i++) {
        size_t n = strcspn(p, "/");
        bool any = n == 1 && *p == '*';

        if (!n ||
            !(any ? r->segments[i][0] : strlen(r->segments[i]) == n && memcmp(p, r->segments[i], n) == 0))
            return false;
        p += n + (p[n] == '/');
    }
    return !*p;
}

/* Rows of one pattern stand for one address; the first pattern that fits is the address, so literal ones stand before "*". */
struct route_match route_find(const struct request *r)
{
    struct route_match found = {0};
    const char *address = NULL;

    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (address ? !str_eq(routes[i].pattern, address) : !matches(routes[i].pattern, r))
            continue;
        address = routes[i].pattern;
        found.methods |= routes[i].method;
        if (routes[i].method == r->method)
            found.route = &routes[i];
    }
    return found;
}

const char *route_allow(struct arena *a, unsigned methods)
{
    static const struct {
        unsigned method;
        const char *names;
    } table[] = {
        {METHOD_GET, "GET, HEAD"}, {METHOD_POST, "POST"}, {METHOD_PUT, "PUT"}, {METHOD_DELETE, "DELETE"}};
    struct str s;

    str_init(&s, a, 64);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (methods & table[i].method)
            str_addf(&s, "%s%s", s.n ? ", " : "", table[i].names);
    return s.p;
}

enum route_face route_face_of(const char *path)
{
    if (str_starts(path, "/api/") || str_starts(path, "/hooks/"))
        return FACE_JSON;
    return str_starts(path, "/static/") || str_eq(path, "/healthz") ? FACE_TEXT : FACE_HTML;
}
