/*
 * Counts over time, for pictures.
 */
#ifndef TIDELINE_STORE_STORE_ACTIVITY_H
#define TIDELINE_STORE_STORE_ACTIVITY_H

#include "core/store/store.h"

struct store_year {
    int64_t year, events;
};

/* Events per year of their date, ascending; years without any are left out. */
enum err_code store_activity_years(struct store *s, struct arena *a, struct store_year **out, size_t *n,
                                   struct err *e);

/* Syncs that began in the week of this Monday. Those still running count as nothing. */
struct store_week {
    const char *monday; /* YYYY-MM-DD, UTC */
    int64_t pulls, pull_requests, failures;
};

enum { STORE_ACTIVITY_SYNCS = 50000 }; /* the newest so many are counted */

/* From a Monday on, ascending; weeks without any are left out. */
enum err_code store_activity_weeks(struct store *s, struct arena *a, const char *since_monday,
                                   struct store_week **out, size_t *n, struct err *e);

#endif
