/* A job that failed, or waits for its next try, asked for once more. */
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"

/* Who may ask for which kind. */
static enum service_role role_for(const char *kind)
{
    if (str_eq(kind, jobs_kind_name(JOB_CHECK)))
        return SERVICE_VIEWER;
    return str_eq(kind, jobs_kind_name(JOB_SWITCH)) || str_eq(kind, jobs_kind_name(JOB_COMPARE))
               ? SERVICE_ADMIN
               : SERVICE_EDITOR;
}

enum err_code service_job_again(struct service *s, int64_t id, struct json_object **view, struct err *e)
{
    struct service_job_request request = {.kind = NULL};
    struct store_job job;

    TRY(service_need(s, SERVICE_VIEWER, e));
    TRY(store_job_get(s->store, s->arena, id, &job, e));
    TRY(service_need(s, role_for(job.kind), e));
    TRY(service_need_account(s, e)); /* where everybody may look, nobody may have the remote asked */
    if (str_eq(job.state, "succeeded"))
        return err_set(e, ERR_STALE, "Job %lld has succeeded: there is nothing to try again.", (long long)id);
    TRY(jx_parse(s->arena, job.args, strlen(job.args), &request.args, e));
    request.kind = job.kind;
    return service_enqueue(s, &request, view, e);
}
