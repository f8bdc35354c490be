/*
 * Review: the queue of what waits for a verdict, reservations, and verdicts about one event or many. Needs the role
 * editor but for looking.
 */
#ifndef TIDELINE_SERVICE_SERVICE_REVIEW_H
#define TIDELINE_SERVICE_SERVICE_REVIEW_H

#include "core/service/service.h"

/* A reservation holds so long. It is a notice to others and locks nothing: it can be taken over, and a verdict of anyone ends it. */
enum { SERVICE_RESERVE_MINUTES = 60, SERVICE_VALIDATE_MANY = 10000 };

/*
 * What waits for review, longest first: {success, events: [{id, date, title, change, revision, waiting_since, updated_by, automatic_score, deductions (how many),
 * reserved_by, reserved_until, mine, sent_back: bool, notes}], next_cursor, total}. reserved_* null when nobody has it now.
 */
struct service_queue_filter {
    const char *cursor;
    int64_t limit;      /* 0: 50 */
    const char *change; /* "added", "changed", "removed"; NULL: all */
    bool free_only;     /* not what others reserved */
};
enum err_code service_review_queue(struct service *s, const struct service_queue_filter *filter,
                                   struct json_object **view, struct err *e);

/* Reserve for the caller (also when it is the caller's already: the time begins anew), or release. View as event show. take_over: also when somebody else has it;
 * else ERR_EXISTS naming who and until when. */
enum err_code service_review_reserve(struct service *s, const char *id, bool take_over,
                                     struct json_object **view, struct err *e);
enum err_code service_review_release(struct service *s, const char *id, struct json_object **view,
                                     struct err *e);

/* The same verdict about many, each on its own: {success, validated | rejected | pending: n, refused, events: [{id, result: "validated" | "rejected" | "pending" | "refused", code, error,
 * score}]}. Events: ids, with the revisions that were looked at (0: any). */
struct service_verdicts {
    const char *const *ids;   /* NULL-terminated */
    const int64_t *revisions; /* NULL: any */
    const struct service_verdict *verdict;
};
enum err_code service_review_many(struct service *s, const struct service_verdicts *verdicts,
                                  struct json_object **view, struct err *e);

#endif
