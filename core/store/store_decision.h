/*
 * What people decided about conflicts: who, when, between what, and what came of it. Rows are kept for good; undoing a
 * decision marks it.
 */
#ifndef TIDELINE_STORE_STORE_DECISION_H
#define TIDELINE_STORE_STORE_DECISION_H

#include "core/store/store.h"

struct store_decision {
    int64_t id; /* 0: new */
    const char *event_id;
    int64_t at_us;
    const char *author;
    const char *kind;     /* of the conflict: "fields", "added", "removed_here", "removed_there" */
    const char *fields;   /* JSON array of the keys that were in conflict */
    const char *take;     /* "ours", "theirs", "written"; "": choices say all */
    const char *choices;  /* JSON object */
    int64_t opened_at_us; /* of the conflict */
    const char *base, *ours, *theirs; /* JSON texts; NULL: not there */
    const char *base_hash;            /* store_event.base_hash before */
    const char *before;               /* JSON text of the content before, also when it was removed here */
    const char *after;                /* the content decided; NULL: a removal, or the event is gone */
    const char *validation;           /* JSON object: status, score, notes, at */
    int64_t revision;                 /* of the event after it; 0: gone */
    int64_t undone_at_us;             /* 0: stands */
    const char *undone_by;            /* "" */
    bool elsewhere; /* read only: about another repository than the one that is followed now */
};

/* [w] Write down a new one (sets id). */
enum err_code store_decision_add(struct store *s, struct store_decision *d, struct err *e);

/* [w] Mark it as undone. */
enum err_code store_decision_undo(struct store *s, int64_t id, const char *author, struct err *e);

/* All about an event, newest first, at most limit. Works for events that are gone. */
enum err_code store_decision_list(struct store *s, struct arena *a, const char *event_id, size_t limit,
                                  struct store_decision **out, size_t *n, struct err *e);

/* The newest that stands. *found false: there is none. */
enum err_code store_decision_last(struct store *s, struct arena *a, const char *event_id,
                                  struct store_decision *out, bool *found, struct err *e);

#endif
