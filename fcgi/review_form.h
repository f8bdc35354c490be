/*
 * A verdict as a form sends it, about one event or about those that were chosen; shared by the pages of review.
 */
#ifndef TIDELINE_FCGI_REVIEW_FORM_H
#define TIDELINE_FCGI_REVIEW_FORM_H

#include "core/service/service_review.h"
#include "fcgi/view.h"

/* What somebody typed; texts are "" where nothing was. */
struct review_form {
    const char *status, *score, *notes;
    int64_t revision;         /* of the one event; 0: none named */
    const char *const *ids;   /* of those chosen, NULL-terminated */
    const int64_t *revisions; /* beside ids */
    size_t n;
};

/* From a POST. ERR_INVALID_INPUT: a field twice, or a list of events that no page of ours made. */
enum err_code review_form_read(struct exchange *x, struct review_form *out, struct err *e);

/* What it says. Adds to service_problems() what the form asks for beyond the service: a score that is a number, and notes with
 * what is sent back. */
void review_form_verdict(struct exchange *x, const struct review_form *form, struct service_verdict *out);
bool review_form_is_refused(const struct exchange *x);

/* model.fields {score, notes, …} and model.errors, with what was typed. */
void review_form_show(struct exchange *x, struct json_object *model, const struct review_form *form);

/* "validated", "rejected", "sent back". */
const char *review_word(const char *status);

/* "new", "edit", "removal". */
const char *review_change_word(const char *change);

/* Notes as a list shows them: their beginning. */
enum { REVIEW_ROW_NOTES = 200, REVIEW_VERDICT_NOTES = 1000 };
const char *review_notes(struct exchange *x, const char *notes, size_t most_bytes);

/* The address of an event's page of review. */
const char *review_address(struct exchange *x, const char *id);

/* page_review_event.c: {items} for the partial `verdicts`; NULL when there are none. */
struct json_object *review_verdicts(struct exchange *x, const struct json_object *list);

/* page_review.c: the queue's page with what was chosen and typed, and what is wrong with it. form NULL: as it is opened. */
struct review_list {
    const char *change, *cursor;
    bool free_only;
};
enum err_code review_list_page(struct exchange *x, const struct review_list *list,
                               const struct review_form *form, struct response *out, struct err *e);

#endif
