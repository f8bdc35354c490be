/*
 * sync_status: one row per import or export, as the research tools know it.
 */
#ifndef TIDELINE_STORE_STORE_SYNC_H
#define TIDELINE_STORE_STORE_SYNC_H

#include "core/store/store.h"

struct store_sync {
    int64_t id;
    const char *repo_url;
    const char *sync_type; /* "import", "export" */
    int64_t started_at_us, completed_at_us; /* 0: not completed */
    bool success;
    int64_t events_imported, events_updated, events_exported;
    int64_t events_deleted; /* the shared table has no such column: kept in tl_sync beside it */
    int64_t pr_number; /* 0 none */
    const char *pr_url, *branch_name; /* "" */
    int64_t commits_processed;
    int64_t files_changed;
    const char *conflicts; /* JSON array text */
    const char *errors;    /* JSON array text */
};

/* [w] Insert (id 0: sets it) or update. */
enum err_code store_sync_put(struct store *s, struct store_sync *row, struct err *e);

/* Newest first. */
enum err_code store_sync_list(struct store *s, struct arena *a, const struct store_slice *slice,
                              struct store_sync **out, size_t *n, struct err *e);

#endif
