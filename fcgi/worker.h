/*
 * What a worker process gets from the master, and the two kinds of worker. Each runs after fork() until it is told to
 * stop (SIGTERM) and returns its exit status. No database, Git or network handle is open at the fork.
 */
#ifndef TIDELINE_FCGI_WORKER_H
#define TIDELINE_FCGI_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi/site.h"
#include "fcgi/slot.h"
#include "fcgi/wakeup.h"

enum { WORKER_GRACE_MS = 10000 }; /* between being told to end and being killed */

/* What a job worker is for. */
struct worker_duty {
    const struct tenant_registry *seen; /* tenants that the generation before knew; with `chores` */
    bool chores; /* first of its generation: look at all tenants, pull those that want it at start */
    bool extra;  /* started because all were busy: ends when there is nothing to do for a while */
};

struct worker_context {
    const struct options *options;
    const struct site *site;
    const struct wakeup *wakeup;
    struct slot *slot;
    int listen_fd; /* -1 in job workers */
    struct worker_duty duty;
};

/* Answer requests. Loads neither libgit2 nor libcurl state. */
int web_worker_run(const struct worker_context *c);

/* Run jobs. */
int job_worker_run(const struct worker_context *c);

#endif
