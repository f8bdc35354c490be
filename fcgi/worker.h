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

/* What a job worker owes before it takes work. */
struct worker_debt {
    const struct tenant_registry *seen; /* tenants that the generation before knew; with `chores` */
    bool chores;      /* first of its generation: recover all tenants, pull those that want it at start */
    int64_t dead_pid; /* its predecessor, which died in the middle of a job; 0: none */
    char dead_tenant[SLOT_TENANT_SIZE];
};

struct worker_context {
    const struct options *options;
    const struct site *site;
    const struct wakeup *wakeup;
    struct slot *slot;
    int listen_fd; /* -1 in job workers */
    struct worker_debt debt;
};

/* Answer requests. Loads neither libgit2 nor libcurl state. */
int web_worker_run(const struct worker_context *c);

/* Run jobs. */
int job_worker_run(const struct worker_context *c);

#endif
