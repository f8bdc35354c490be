/*
 * The handlers behind the routes (see route.c for what each of them may rely on).
 */
#ifndef TIDELINE_FCGI_HANDLE_H
#define TIDELINE_FCGI_HANDLE_H

#include "fcgi/exchange.h"

enum err_code handle_status_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pulls_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_syncs_page(struct exchange *x, struct response *out, struct err *e);

enum err_code handle_status_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pulls_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_syncs_api(struct exchange *x, struct response *out, struct err *e);

enum err_code handle_static(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_health(struct exchange *x, struct response *out, struct err *e);

/* The filter of a list of events from the query: state, q (or query), cursor. ERR_INVALID_INPUT: a search too long. */
enum err_code handle_event_filter(const struct exchange *x, struct service_event_filter *out, struct err *e);

/* The page or problem document for an error. Never fails: without a working template it is plain text. */
struct failure {
    int status;
    struct err err;
    const char *allow; /* of a 405 */
    const char *quote; /* what a visitor quotes and the log shows */
};
void handle_failure(struct exchange *x, const struct failure *f, struct response *out);

#endif
