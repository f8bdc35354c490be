/*
 * Review: the queue of drafts, who has reserved which, and every verdict that was given (store_event_validate() gives one).
 *
 * Reservations are in event_metadata (reserved_by, reserved_at, validation_status in_progress), where the research tools look for
 * them too. They are notes about an event: they change neither its revision nor its state. A verdict ends them.
 */
#ifndef TIDELINE_STORE_STORE_REVIEW_H
#define TIDELINE_STORE_STORE_REVIEW_H

#include "core/store/store_event.h"

struct store_queue_filter {
    const char *change;   /* "added", "changed", "removed"; NULL: all */
    const char *free_for; /* only what nobody but this one has reserved; NULL: all */
    int64_t since_us;     /* reservations made until then are over */
    const char *cursor;   /* next_cursor of the page before; NULL: from the one that waits longest */
    size_t limit;         /* of a page, not 0 */
};

struct store_queue_row {
    const char *id, *date, *title, *change;
    int64_t key, revision;
    int64_t waiting_since_us; /* since its last change */
    const char *updated_by;
    double auto_score;
    int deductions;            /* that the automatic score knows of */
    const char *reserved_by;   /* NULL: nobody has it now */
    int64_t reserved_at_us;    /* 0 with that */
    bool sent_back;            /* the last verdict, about this very revision, is pending with notes */
    const char *verdict_notes; /* of the last verdict; "" */
};

struct store_queue_page {
    struct store_queue_row *items;
    size_t n;
    const char *next_cursor; /* NULL: no more */
    int64_t total;           /* of the filter, all pages */
};

/*
 * The longest waiting first. Paging is stable whatever is written meanwhile: an event that waits all the time and does not
 * change comes exactly once; one that changes waits anew, at the end. Cost follows the page and the reserved events that a filter
 * passes over. ERR_INVALID_INPUT: a cursor that no list gave, another change.
 */
enum err_code store_queue_list(struct store *s, struct arena *a, const struct store_queue_filter *filter,
                               struct store_queue_page *out, struct err *e);

/* The cursor of what comes behind an event, whether it still waits or not. NULL: there is no such event. */
enum err_code store_queue_behind(struct store *s, struct arena *a, const char *id, const char **cursor,
                                 struct err *e);

struct store_reservation {
    const char *by; /* NULL: nobody */
    int64_t at_us;
};
enum err_code store_reservation_get(struct store *s, struct arena *a, const char *id,
                                    struct store_reservation *out, struct err *e);
/* [w] Reserve, whoever had it before. ERR_NOT_FOUND. */
enum err_code store_reservation_set(struct store *s, const char *id, const char *by, struct err *e);
/* [w] None is fine. ERR_NOT_FOUND. */
enum err_code store_reservation_end(struct store *s, const char *id, struct err *e);

/* A verdict as it was given. Those of other programs, found in event_metadata, are by STORE_OTHER_PROGRAM. */
struct store_given_verdict {
    int64_t revision, at_us;
    const char *author;
    const char *status; /* "validated", "rejected", "pending": sent back or withdrawn */
    double score;       /* -1: none */
    const char *notes;  /* "" */
};

/* Newest first, at most limit. Works for events that are gone. */
enum err_code store_verdict_list(struct store *s, struct arena *a, const char *id, size_t limit,
                                 struct store_given_verdict **out, size_t *n, struct err *e);

#endif
