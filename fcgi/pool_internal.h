/*
 * The master's state, shared by pool.c (signals and life cycle) and pool_worker.c (one worker).
 */
#ifndef TIDELINE_FCGI_POOL_INTERNAL_H
#define TIDELINE_FCGI_POOL_INTERNAL_H

#include <sys/types.h>

#include "fcgi/pool.h"
#include "fcgi/worker.h"

enum worker_kind { WORKER_WEB, WORKER_JOB };

/* A place in the pool. Free: generation 0. Waiting to be started (again): pid 0. */
struct worker {
    enum worker_kind kind;
    int generation;
    pid_t pid;
    int64_t started_ms;
    int64_t start_at_ms; /* not before: back-off */
    int failures;        /* in a row */
    int64_t kill_at_ms;  /* told to stop; killed then. 0: not told */
    struct worker_duty duty;
};

struct pool {
    const struct options *options;
    struct site *site;     /* of the newest generation */
    struct site *old_site; /* while a new generation comes up; else NULL */
    struct wakeup
        wakeup; /* of the newest generation: an older one would swallow names that it does not know */
    struct wakeup old_wakeup; /* of the generation before, until its last worker has ended */
    int listen_fd;
    struct slot *slots;     /* one for each worker */
    struct worker *workers; /* twice as many as there may be: two generations at a time */
    size_t n;
    int generation;
    int64_t reload_until_ms;  /* the new generation must be up by then; 0: no reload is going on */
    bool reload_again;        /* asked for while one was going on */
    int64_t crowded_since_ms; /* all job workers are busy and jobs wait; 0: not so */
    bool stopping;
};

/* Take free places for a generation: web and job workers as the options say. */
void pool_fill(struct pool *p, int generation);

/* Start those that wait and are due. */
void pool_start_due(struct pool *p);

/* Collect the dead; those that were not told to end are to be started again. */
void pool_reap(struct pool *p);

/* One more job worker when all have been busy for a moment while jobs wait, so that no tenant waits for another's. */
void pool_start_extra(struct pool *p);

/* Kill what stalls and what did not end in time. */
void pool_kill_late(struct pool *p);

/* Ask all workers of generations up to this one to end. */
void pool_retire(struct pool *p, int generation);

/* Have all of this generation begun to take work? */
bool pool_is_up(const struct pool *p, int generation);

size_t pool_alive(const struct pool *p);

/* Is nothing left of the generations before this one? */
bool pool_is_alone(const struct pool *p, int generation);

#endif
