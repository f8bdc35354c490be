/*
 * What a pull request sends, beside its journal row (store_pull_request.h), and the lock of whoever moves the journal.
 */
#ifndef TIDELINE_STORE_STORE_PR_CONTENT_H
#define TIDELINE_STORE_STORE_PR_CONTENT_H

#include "core/store/store.h"

/* The lock of the journal, `<db>-tideline-pr.lock`: held from the claim to the end of a run, network calls included,
 * which is why it is not the writer lock. Waits up to wait_ms; ERR_LOCKED. The caller closes *fd; it goes with the process. */
enum err_code store_pr_lock(struct store *s, int wait_ms, int *fd, struct err *e);

/* [w] Replace what store_pr_event.files holds for one event. */
enum err_code store_pr_set_event_files(struct store *s, int64_t pr, const char *event_id, const char *files,
                                       struct err *e);

#endif
