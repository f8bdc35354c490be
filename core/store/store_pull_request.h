/*
 * The pull-request journal. Each step is durable before the next begins, so that a killed run is resumed by the next:
 *
 *   claimed    events, revisions, parent, time, identity, branch and texts are fixed
 *   committed  the commit exists in the mirror
 *   pushed     the remote shows the branch at the commit
 *   opened     the forge has the pull request (number, url)
 *   recorded   events are marked exported: the batch is finished, state open
 *
 * state: "running" (steps not finished), "open", "merged", "closed", "failed" (refused for good; its events are free again).
 * An event revision is in at most one running or open pull request: a unique index says so.
 */
#ifndef TIDELINE_STORE_STORE_PULL_REQUEST_H
#define TIDELINE_STORE_STORE_PULL_REQUEST_H

#include "core/store/store.h"

struct store_pull_request {
    int64_t id; /* 0: new */
    const char *state, *step;
    const char *repo_url, *base_branch, *branch;
    const char *title, *description, *message;
    bool draft;
    const char *labels;        /* JSON array text */
    const char *parent_commit; /* claimed on top of */
    const char *commit;        /* "" until committed */
    const char *author_name, *author_email;
    int64_t claimed_at_us;     /* also the commit's time */
    int64_t number;            /* the forge's, or our own on a plain remote; 0 until opened */
    const char *url;           /* "" on a plain remote: the page here */
    bool plain;                /* no forge API behind the remote */
    const char *error;         /* sentence of the last failed attempt; "" */
    int64_t opened_at_us, settled_at_us;
    const char *merge_commit;  /* "" */
    int64_t event_count;       /* read only */
};

struct store_pr_event {
    const char *event_id;
    int64_t revision;
    const char *change; /* "added", "changed", "removed" */
    const char *content_hash; /* what was sent */
    const char *date, *title;
    const char *files; /* JSON array of {path, blob}: what the merged tree must hold; blob "" = removed */
};

/* [w] Insert (id 0: sets it) or update all columns but the events, whose states and event_export_status follow. */
enum err_code store_pr_put(struct store *s, struct store_pull_request *pr, struct err *e);
/* [w] With the claim. ERR_EXISTS when a revision is already in a running or open one. */
enum err_code store_pr_add_events(struct store *s, int64_t pr, const struct store_pr_event *events, size_t n,
                                  struct err *e);
/* [w] It came to nothing (closed, failed): what was withdrawn from it need not wait for it any longer. */
enum err_code store_pr_release_events(struct store *s, int64_t pr, struct err *e);

enum err_code store_pr_get(struct store *s, struct arena *a, int64_t id, struct store_pull_request *out,
                           struct err *e); /* ERR_NOT_FOUND */
enum err_code store_pr_by_number(struct store *s, struct arena *a, const char *repo_url, int64_t number,
                                 struct store_pull_request *out, struct err *e);
/* Newest first. state NULL: all. */
enum err_code store_pr_list(struct store *s, struct arena *a, const char *state, const struct store_slice *slice,
                            struct store_pull_request **out, size_t *n, struct err *e);
enum err_code store_pr_events(struct store *s, struct arena *a, int64_t pr, struct store_pr_event **out, size_t *n,
                              struct err *e);

/* Was it sent? Asked about an event that is edited here, in terms of one repository. */
struct store_pr_question {
    const char *repo_url, *event_id;
    const char *content_hash; /* of what the repository holds now; NULL: nothing. store_pr_sent_before() only */
};
/* An earlier revision with this content (or, for NULL, its removal) is in a running or open one, or in a merged one that
 * no import has followed, and no import has written the event since: what is here was made on top of it. */
enum err_code store_pr_sent_before(struct store *s, const struct store_pr_question *question, bool *found,
                                   struct err *e);
/* The current revision was merged, whatever reviewers made of it: nothing of it is left to lose. */
enum err_code store_pr_merged_as_it_is(struct store *s, const struct store_pr_question *question, bool *found,
                                       struct err *e);

/* The revision that was merged, whatever reviewers made of it, when the event was changed here after it had been sent and
 * what came of it is not imported yet: both sides go on from it. 0: there is none. */
enum err_code store_pr_landed_before(struct store *s, const struct store_pr_question *question, int64_t *revision,
                                     struct err *e);
/* An earlier revision is in a running or open one, and no import has ended what was changed here since. */
enum err_code store_pr_waits_before(struct store *s, const struct store_pr_question *question, bool *found,
                                    struct err *e);
/* [w] An import has followed what is merged now. */
enum err_code store_pr_imported(struct store *s, const char *repo_url, const char *branch, struct err *e);

/* Was this revision claimed by a pull request after a moment, which is running, open or merged? *number 0: not opened yet. */
struct store_pr_sending {
    const char *event_id;
    int64_t revision, at_us;
};
enum err_code store_pr_sent_since(struct store *s, const struct store_pr_sending *sending, int64_t *number,
                                  bool *found, struct err *e);

/* The next number of our own on a plain remote. [w] */
enum err_code store_pr_next_number(struct store *s, const char *repo_url, int64_t *number, struct err *e);
/* [w] Another repository is followed: states and event_export_status tell of its pull requests from here on. */
enum err_code store_pr_follow(struct store *s, struct err *e);
/* Of the repository and branch whose bases are in force. */
enum err_code store_pr_open_count(struct store *s, int64_t *count, struct err *e);

#endif
