/*
 * What workers tell the master: one slot each in memory that all of them share (anonymous mapping made before the first
 * fork). Only the worker writes its slot while it lives; the master reads it, and clears it for the next one.
 */
#ifndef TIDELINE_FCGI_SLOT_H
#define TIDELINE_FCGI_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/err.h"

enum { SLOT_TENANT_SIZE = 64 }; /* a tenant's name and NUL */

struct slot {
    _Atomic int64_t busy_since_ms; /* monotonic; 0: idle. Long work sets it anew with each sign of life */
    atomic_bool ready;             /* the worker has begun to take work */
    atomic_bool chores_done;       /* of a job worker: every tenant has been looked at */
    char tenant[SLOT_TENANT_SIZE]; /* whose job or request it works on; "" between two */
};

/* n cleared slots. ERR_IO when the system gives no memory. */
enum err_code slot_map(size_t n, struct slot **out, struct err *e);
void slot_unmap(struct slot *slots, size_t n);

void slot_clear(struct slot *s);
void slot_set_tenant(struct slot *s, const char *tenant); /* NULL: none */
void slot_busy(struct slot *s);                           /* busy from now on */
void slot_idle(struct slot *s);

/* Busy for longer than limit_ms without a sign of life. */
bool slot_stalled(const struct slot *s, int64_t limit_ms);

#endif
