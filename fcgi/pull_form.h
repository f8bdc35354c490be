/*
 * The pull-request form as it was sent, or as it is shown: shared by its page, its preview and the sending.
 */
#ifndef TIDELINE_FCGI_PULL_FORM_H
#define TIDELINE_FCGI_PULL_FORM_H

#include "fcgi/exchange.h"

/* What somebody chose and typed. Texts are "" where nothing was. */
struct pull_form {
    const char *const *ids;   /* NULL-terminated; NULL: nobody has chosen yet, everything is */
    const int64_t *revisions; /* beside ids, as they were seen */
    const char *title, *description, *labels;
    const char *generated_title,
        *generated_description; /* digests of the texts that were filled in; "" none */
    bool draft;
};

/* From a POST. ERR_INVALID_INPUT: a field twice, or a list of events that no page of ours made. */
enum err_code pull_form_read(struct exchange *x, struct pull_form *out, struct err *e);

/* From a job of the kinds preview and create_pr: what it was asked for (a preview that was asked for all that
 * waits: what it showed). Texts that were not given are "". */
void pull_form_of_job(struct exchange *x, const struct json_object *job, struct pull_form *out);

/* What is asked of the service: texts that nobody touched are left to be made for the events that are chosen. */
void pull_form_choice(struct exchange *x, const struct pull_form *form, struct service_pr_choice *out);

/* The form's page. form NULL: as it is opened. why NULL, or what keeps it from being sent: shown above what was typed, with its status. */
enum err_code pull_form_page(struct exchange *x, const struct pull_form *form, const struct err *why,
                             struct response *out, struct err *e);

/* Ask for what was chosen: to the job that does it, or, refused, the form again with what was typed. */
enum err_code pull_form_ask(struct exchange *x, const struct pull_form *form,
                            const struct service_pr_choice *choice, struct response *out, struct err *e);

/* Refusals that the person at the form can do something about: the form is shown again with them. */
bool pull_form_refusal(struct err *why);

#endif
