/*
 * What the visitor of the status page can do: one button that follows from the headline, the others beside it.
 */
#ifndef TIDELINE_FCGI_STATUS_ACTIONS_H
#define TIDELINE_FCGI_STATUS_ACTIONS_H

#include "fcgi/view.h"

/* model.actions from the view of service_status_page(): {items: [{label, href, post, secondary}], command}. */
void status_set_actions(struct exchange *x, struct json_object *model, const struct json_object *view);

/* "Pull from GitHub", "Pull now" */
const char *status_pull_label(const struct exchange *x);

#endif
