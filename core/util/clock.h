/*
 * Time. Everything is UTC. Three spellings: RFC 3339 with Z for people and programs, SQLAlchemy's text for the four
 * shared tables (`YYYY-MM-DD HH:MM:SS.ffffff`), and microseconds since 1970 inside the program and in tl_ tables.
 */
#ifndef TIDELINE_UTIL_CLOCK_H
#define TIDELINE_UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/util/arena.h"

/* Wall clock, microseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_us(void);

/* Monotonic milliseconds, for deadlines. */
int64_t clock_monotonic_ms(void);

/* Let others run for a moment (only for waiting on a lock that cannot be waited for otherwise). */
void clock_pause_ms(int ms);

/* "2025-11-06T12:34:56Z"; fractions are cut off. */
char *clock_rfc3339(struct arena *a, int64_t us);

/* "2025-11-06 12:34:56.000000", as SQLAlchemy writes a DateTime to SQLite. */
char *clock_sql(struct arena *a, int64_t us);

/* "20251106", for branch names. */
char *clock_compact_date(struct arena *a, int64_t us);

/* Read either spelling (T or space, fraction and Z optional). False when it is neither. */
bool clock_parse(const char *text, int64_t *us);

/* A calendar date: YYYY-MM-DD, exactly ten characters, that exists in the proleptic Gregorian calendar. */
bool clock_date_valid(const char *text);

#endif
