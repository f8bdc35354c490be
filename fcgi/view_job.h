/*
 * A job in words: what it is doing, how it ended, where that leads. Pure but for the exchange's arena and clock; job is the `job` of
 * service_job_show().
 */
#ifndef TIDELINE_FCGI_VIEW_JOB_H
#define TIDELINE_FCGI_VIEW_JOB_H

#include "fcgi/view.h"

struct view_job {
    const char *tone;         /* good, attention, problem, empty */
    const char *heading;      /* "Pulling from the repository", "The pull failed" */
    const char *text;         /* what more there is to say under it, or NULL */
    const char *flash;        /* all of it in a sentence or two, for the page where a followed job leads */
    const char *href, *label; /* where to look now; NULL: nowhere */
    const char *landing;      /* where somebody who followed it is led; NULL: it stays here */
    bool to_pull;             /* there is something to pull */
};
void view_job_outcome(struct exchange *x, const struct json_object *job, struct view_job *out);

bool view_job_active(const struct json_object *job);

/* When and that it is tried again, in two sentences: of a job that failed for a reason that may pass. NULL of any other. */
const char *view_job_next_try(struct exchange *x, const struct json_object *job);

/* {title, percent, numbers, bar: {done, total}, waiting, say}: for a running job; say changes at every quarter only. Owned by the
 * caller. */
struct json_object *view_job_progress(struct exchange *x, const struct json_object *job);

/* model.in_conflict and model.brought_together of a pull that ended: {heading, text, items: [{href, name, note}], more}, or null. */
void view_job_set_events(struct exchange *x, struct json_object *model, const struct json_object *job);

/* "812 bytes", "3.2 MiB" */
char *view_bytes(struct arena *a, int64_t n);

#endif
