/*
 * The wake-up pipe: whoever enqueues a job writes the tenant's name, a job worker that is free reads it. The database
 * holds the jobs; a record is only a hint that there may be one, so records may be doubled, and one that finds the
 * pipe full may be lost: job workers also look at every tenant now and then.
 *
 * Records are of one size below PIPE_BUF, so writes and reads of them are whole. After a job its worker writes the
 * tenant again instead of staying with it: tenants take turns.
 */
#ifndef TIDELINE_FCGI_WAKEUP_H
#define TIDELINE_FCGI_WAKEUP_H

#include <stdbool.h>

#include "core/util/err.h"

enum { WAKEUP_RECORD_BYTES = 64 };

struct wakeup {
    int read_fd, write_fd;
};

enum wakeup_event {
    WAKEUP_TENANT,  /* a name was read */
    WAKEUP_TIMEOUT, /* nothing came */
    WAKEUP_STOP,    /* a signal came: see what it was */
};

enum err_code wakeup_open(struct wakeup *w, struct err *e);
void wakeup_close(struct wakeup *w); /* harmless on {-1, -1} */

/* False when the pipe is full. Never waits. */
bool wakeup_send(const struct wakeup *w, const char *tenant);

/* Wait for a record. SIGTERM, which the caller has blocked, is taken only while waiting here. */
enum wakeup_event wakeup_wait(const struct wakeup *w, int timeout_ms, char tenant[WAKEUP_RECORD_BYTES]);

#endif
