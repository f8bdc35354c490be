/*
 * Review: the queue of what waits for a verdict, reservations, and verdicts about many events (service_event_validate() is about
 * one). Needs the role editor but for looking.
 */
#ifndef TIDELINE_SERVICE_SERVICE_REVIEW_H
#define TIDELINE_SERVICE_SERVICE_REVIEW_H

#include "core/service/service.h"

/* A reservation holds so long. It is a notice to others and locks nothing: it can be taken over, and a verdict of anyone ends it. */
enum {
    SERVICE_RESERVE_MINUTES = 60,
    SERVICE_VALIDATE_MANY = 10000,
    SERVICE_QUEUE_MOST = 1000,
    SERVICE_NOTES_BYTES = 8192,
};

/*
 * What waits for review, longest first: {success, events: [{id, date, title, change, revision, waiting_since, updated_by, automatic_score, deductions (how many),
 * reserved_by, reserved_until, mine, sent_back: bool, notes}], next_cursor, total}. reserved_* null when nobody has it now; notes are those
 * it was sent back with, else null. Paging is stable: what waits all the time and does not change comes exactly once.
 * ERR_INVALID_INPUT: another change, a cursor of another list, a limit.
 */
struct service_queue_filter {
    const char *cursor;
    int64_t limit;      /* 0: 50; at most SERVICE_QUEUE_MOST */
    const char *change; /* "added", "changed", "removed"; NULL: all */
    bool free_only;     /* not what others reserved */
};
enum err_code service_review_queue(struct service *s, const struct service_queue_filter *filter,
                                   struct json_object **view, struct err *e);

/* What comes next behind an event that was looked at and is free; NULL: nothing. */
enum err_code service_review_next(struct service *s, const char *id, const char **next, struct err *e);

/* Reserve for the caller (also when it is the caller's already: the time begins anew). View as event show. take_over: also when
 * somebody else has it; else ERR_EXISTS naming who and until when. ERR_NOTHING_TO_DO: it does not wait for review. */
enum err_code service_review_reserve(struct service *s, const char *id, bool take_over,
                                     struct json_object **view, struct err *e);

/* Release it, which is fine when nobody has it. ERR_EXISTS: it is somebody else's, to be taken over first. View as event show. */
enum err_code service_review_release(struct service *s, const char *id, struct json_object **view,
                                     struct err *e);

/* The same verdict about many, each on its own: {success (none was refused), validated | rejected | pending: n, refused, events: [{id, result: "validated" | "rejected" |
 * "pending" | "refused", code, error, score}]}. Events: ids, with the revisions that were looked at (0: any). Another verdict than
 * one can give is ERR_INVALID_FIELDS, and nothing is done; so is more than SERVICE_VALIDATE_MANY. */
struct service_verdicts {
    const char *const *ids;   /* NULL-terminated */
    const int64_t *revisions; /* NULL: any */
    const struct service_verdict *verdict;
};
enum err_code service_review_many(struct service *s, const struct service_verdicts *verdicts,
                                  struct json_object **view, struct err *e);
/* Could it be said? Whether each event still is as it was looked at shows when it is. ERR_INVALID_FIELDS. */
enum err_code service_review_check(struct service *s, const struct service_verdicts *verdicts, struct err *e);

#endif
