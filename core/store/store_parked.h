/*
 * What belongs to a repository that is not followed now, kept until it is followed again.
 *
 * The rows of timeline_events are those of one repository, the followed one. What was written here about another one, an
 * edit, an addition, a removal, and what reviewers said about an event that the followed one lacks, waits in tl_parked:
 * one row per (repository, event), from the import that leaves the repository to the one that comes back to it.
 */
#ifndef TIDELINE_STORE_STORE_PARKED_H
#define TIDELINE_STORE_STORE_PARKED_H

#include "core/store/store.h"

struct store_parked {
    const char *event_id;
    const char *content; /* JSON as it was here; NULL: unedited, only what is said about it is kept */
    bool removed;        /* to be removed; content is what it was before */
    const char *base;    /* JSON that the edit is one of; NULL: the repository did not have the event */
    int64_t revision;    /* as it was left */
    const char *author;  /* of that revision */
    const char *metadata, *export_row; /* JSON of the shared tables' rows; NULL: there were none. Read only */
};

/* [w] With what event_metadata and event_export_status say about the event now. */
enum err_code store_parked_put(struct store *s, int64_t repository, const struct store_parked *p,
                               struct err *e);

/* [w] The event is about to go, because the followed repository has it no more: keep what is said about it for the others
 * that hold it. store_event_delete() does. */
enum err_code store_parked_keep_rows(struct store *s, const char *event_id, struct err *e);

enum err_code store_parked_get(struct store *s, struct arena *a, int64_t repository, const char *event_id,
                               struct store_parked *out, bool *found, struct err *e);

/* What of it has been merged since the last import from there, as it was sent, whatever reviewers made of it: both sides go
 * on from that content. base_hash: of its base, "" none. *content NULL: nothing. */
struct store_parked_question {
    int64_t repository;
    const char *base_hash;
};
enum err_code store_parked_landed(struct store *s, struct arena *a, const struct store_parked *p,
                                  const struct store_parked_question *question, const char **content,
                                  struct err *e);

/* Ids, sorted. */
enum err_code store_parked_ids(struct store *s, struct arena *a, int64_t repository, const char ***ids,
                               size_t *n, struct err *e);

/* The events that differ from the followed repository, conflicts too: what leaving it has to park. */
enum err_code store_parked_leaving(struct store *s, struct arena *a, const char ***ids, size_t *n,
                                   struct err *e);

/* metadata and export_row of an event as they are now; event_id is given. */
enum err_code store_parked_rows_of(struct store *s, struct arena *a, struct store_parked *p, struct err *e);

/* [w] event_metadata and event_export_status as they were. Rows that are there now stay; but with verdict_counts the
 * verdict is the one that is put back. The event must be there. */
enum err_code store_parked_restore_rows(struct store *s, const struct store_parked *p, bool verdict_counts,
                                        struct err *e);

/* [w] */
enum err_code store_parked_forget(struct store *s, int64_t repository, struct err *e);
enum err_code store_parked_forget_addition(struct store *s, const char *event_id, struct err *e);

#endif
