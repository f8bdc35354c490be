/*
 * The handlers behind the routes (see route.c for what each of them may rely on).
 */
#ifndef TIDELINE_FCGI_HANDLE_H
#define TIDELINE_FCGI_HANDLE_H

#include "fcgi/exchange.h"

/* page_status.c, page_events.c, page_event.c, page_syncs.c */
enum err_code handle_status_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_syncs_page(struct exchange *x, struct response *out, struct err *e);

/* page_conflicts.c, page_conflict.c: the list, one of them, deciding and taking that back */
enum err_code handle_conflicts_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_undo_form(struct exchange *x, struct response *out, struct err *e);

/* page_event_form.c: writing an event; page_event_remove.c: removing one and bringing it back; page_history.c: its versions;
 * page_event_add.c: adding many */
enum err_code handle_event_new_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_edit_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_delete_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_delete_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_restore_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_history_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_revision_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_add_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_add_form(struct exchange *x, struct response *out, struct err *e);

/* The page of an event that is gone and has a history, with status 404; the failure itself for one that never was. */
enum err_code handle_event_gone(struct exchange *x, const struct err *why, struct response *out,
                                struct err *e);

/* page_pulls.c, page_pull_new.c: lists, the form, its preview, sending */
enum err_code handle_pulls_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_new_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_preview_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_preview_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_send_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_retry_form(struct exchange *x, struct response *out, struct err *e);

/* page_job.c: one job, cancelling it, and the buttons that begin one */
enum err_code handle_job_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_job_cancel_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_job_again_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_check_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_refresh_form(struct exchange *x, struct response *out, struct err *e);

/* page_review.c, page_review_event.c, page_review_many.c: the queue, one event of it, verdicts about several */
enum err_code handle_queue_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_review_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_verdict_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_reserve_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_release_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_verdicts_form(struct exchange *x, struct response *out, struct err *e);

/* page_plan.c, page_compare.c: what would come of it */
enum err_code handle_plan_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_plan_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_confirm_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_compare_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_compare_page(struct exchange *x, struct response *out, struct err *e);

/* page_login.c, page_account.c */
enum err_code handle_login_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_login_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_logout_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_account_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_account_password_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_account_sessions_form(struct exchange *x, struct response *out, struct err *e);

/* page_settings.c, page_settings_account.c, page_settings_token.c */
enum err_code handle_settings_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_settings_repository_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_settings_account_add_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_settings_account_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_settings_account_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_token_create_form(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_token_revoke_page(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_token_revoke_form(struct exchange *x, struct response *out, struct err *e);

/* handle_api.c: reading */
/* Print a view; the answer to something that was done is kept nowhere. ERR_TOO_LARGE above RESPONSE_BYTES. */
enum err_code handle_answer(struct exchange *x, struct json_object *view, struct response *out,
                            struct err *e);
enum err_code handle_status_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_events_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_queue_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pulls_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pull_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_syncs_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_jobs_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_job_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_config_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_openapi(struct exchange *x, struct response *out, struct err *e);

/* handle_api_act.c: acting */
enum err_code handle_pull_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_check_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_refresh_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_pulls_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_preview_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_job_delete_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_config_preview_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_config_put_api(struct exchange *x, struct response *out, struct err *e);

/* handle_api_event.c */
enum err_code handle_events_post_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_check_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_put_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_delete_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_restore_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_history_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_event_revision_api(struct exchange *x, struct response *out, struct err *e);

/* handle_api_conflict.c */
enum err_code handle_conflicts_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_resolution_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_conflict_undo_api(struct exchange *x, struct response *out, struct err *e);

/* handle_api_review.c: verdicts, reservations */
enum err_code handle_verdict_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_verdicts_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_reserve_api(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_release_api(struct exchange *x, struct response *out, struct err *e);

/* For handlers of the API that act: what was asked is never asked for by sending nothing, and an answer is never kept. */
enum err_code handle_need_body(const struct exchange *x, struct err *e);
void handle_print(struct exchange *x, struct json_object *view, struct response *out);

enum err_code handle_static(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_health(struct exchange *x, struct response *out, struct err *e);

/* The filter of a list of events from the query: state, q (or query), from, to, tag, actor, importance, cursor. ERR_INVALID_INPUT: a search too long. */
enum err_code handle_event_filter(const struct exchange *x, struct service_event_filter *out, struct err *e);

/* The page or problem document for an error. Never fails: without a working template it is plain text. */
struct failure {
    int status;
    struct err err;
    const char *allow; /* of a 405 */
    const char *quote; /* what a visitor quotes and the log shows */
    bool sign_in;      /* of a 401: nobody is signed in */
    bool again;        /* a form that can be sent again when what is in the way is over */
};
/* page_login.c: where nobody is signed in. The address of the login that leads back to this page; the login itself, with what a form
 * held; and a form of another session, or one that something stood in the way of, to be looked at and sent again. */
const char *handle_login_address(const struct exchange *x);
enum err_code handle_login_again(struct exchange *x, struct response *out, struct err *e);
enum err_code handle_send_again(struct exchange *x, const struct err *why, struct response *out,
                                struct err *e);

void handle_failure(struct exchange *x, const struct failure *f, struct response *out);

#endif
