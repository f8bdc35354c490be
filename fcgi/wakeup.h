/*
 * Waking the job workers. Whoever enqueues a job writes the tenant's name into a pipe; a job worker that is free reads it. The
 * database holds the jobs: a record is only a hint that there may be one, and may be doubled.
 *
 * Beside the pipe there is memory that the processes of a generation share: when jobs that wait for their time are due, per tenant, and
 * whether a record was lost because the pipe was full (or may have been, because its reader died). The master sends what is due,
 * and for a lost record one that is empty: look at every tenant. So nobody looks at databases to find out that there is nothing to do.
 *
 * Records are of one size below PIPE_BUF, so writes and reads of them are whole. After a job its worker writes the
 * tenant again instead of staying with it: tenants take turns.
 */
#ifndef TIDELINE_FCGI_WAKEUP_H
#define TIDELINE_FCGI_WAKEUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/err.h"

enum { WAKEUP_RECORD_BYTES = 64 };

struct wakeup_board;

struct wakeup {
    int read_fd, write_fd;
    struct wakeup_board *board;
};

#define WAKEUP_CLOSED                                                                                        \
    {                                                                                                        \
        -1, -1, NULL                                                                                         \
    }

enum wakeup_event {
    WAKEUP_TENANT,  /* a name was read; "": look at every tenant */
    WAKEUP_TIMEOUT, /* nothing came */
    WAKEUP_STOP,    /* a signal came: see what it was */
};

/* For so many tenants. */
enum err_code wakeup_open(size_t tenants, struct wakeup *w, struct err *e);
void wakeup_close(struct wakeup *w); /* harmless on WAKEUP_CLOSED */

/* False when the pipe is full; then every tenant will be looked at. Never waits. */
bool wakeup_send(const struct wakeup *w, const char *tenant);

/* Every tenant is to be looked at. */
void wakeup_note_loss(const struct wakeup *w);

/* This tenant (its place in the registry) has a job that is due then (clock_monotonic_ms()). The earliest time counts. */
void wakeup_later(const struct wakeup *w, size_t tenant, int64_t at_ms);

/* Wait for a record, for ever with timeout_ms -1. SIGTERM, which the caller has blocked, is taken only while waiting here,
 * and before any record: there is always another one where there is much to do. */
enum wakeup_event wakeup_wait(const struct wakeup *w, int timeout_ms, char tenant[WAKEUP_RECORD_BYTES]);

/* Is SIGTERM, which the caller has blocked, waiting to be taken? */
bool wakeup_stop_pending(void);

/*
 * For the master.
 */

/* The next tenant whose time has come, which is forgotten with that; false: none. Start with *tenant 0. */
bool wakeup_due(const struct wakeup *w, size_t *tenant);

/* Send the empty record if one was lost. */
void wakeup_mend(const struct wakeup *w);

/* Do records wait to be read? */
bool wakeup_waiting(const struct wakeup *w);

/* What is left in a pipe that nobody reads any more. */
void wakeup_move(const struct wakeup *from, const struct wakeup *to);

#endif
