/*
 * Looking for breaches of what must always hold (`tideline check`). Nothing is changed and nothing is mended: a finding
 * says what is wrong where. The parts of the check share one struct store_check, and see one moment of the database
 * when they run within one store_read_begin().
 *
 * What other programs wrote and store_catch_up() has not seen yet is no breach: such events are counted and left out.
 */
#ifndef TIDELINE_STORE_STORE_CHECK_H
#define TIDELINE_STORE_STORE_CHECK_H

#include "core/store/store.h"
#include "core/util/jx.h"

/* So many findings are listed; all are counted. */
enum { STORE_FINDINGS_LISTED = 1000 };

struct store_check {
    struct arena *arena;          /* of what follows */
    struct json_object *findings; /* [{code, event | path | pull_request, text}] */
    struct json_object *checked;  /* {events: n, …}: how much was looked at */
    int64_t found;
    bool usable; /* after store_check(): the tables are there and readable, so that more can be asked */
    int64_t not_yet_seen; /* events that another program wrote to since Tideline last looked */
    void (*report)(void *context, const char *phase, uint64_t done, uint64_t total,
                   uint64_t bytes);   /* or NULL */
    bool (*cancelled)(void *context); /* or NULL */
    void *context;
};

/* Zeroed but for report, cancelled and context. */
void store_check_begin(struct store_check *c, struct arena *a);

/* One breach. At most one of event, path and pull_request is set. */
struct store_finding {
    const char *code; /* snake_case, stable */
    const char *event;
    const char *path;     /* in the repository; raw bytes are fine */
    int64_t pull_request; /* the journal's id; 0: none */
    const char *text;     /* one sentence */
};
void store_check_add(struct store_check *c, const struct store_finding *finding);

/* Before each step of long work: shows it, and is ERR_CANCELLED when somebody has enough. */
enum err_code store_check_step(struct store_check *c, const char *phase, uint64_t done, uint64_t total,
                               struct err *e);

/* The database by itself: the file, its schema, events and their rows, revisions, conflicts, journal, jobs, the search index. Errors are those
 * of a check that cannot go on, such as a file that cannot be read at all. */
enum err_code store_check(struct store *s, struct store_check *c, struct err *e);

/* Events against the files of the repository whose bases they have. */
enum err_code store_check_bases(struct store *s, struct store_check *c, int64_t repository, struct err *e);

#endif
