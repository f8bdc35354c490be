/*
 * pr_builder: turns validated events into a pull request, as a journal (store_pull_request.h): claimed, committed,
 * pushed, opened, recorded. Every step can be resumed after kill -9 at any instruction, because parent, time, identity
 * and event revisions are fixed at the claim, so the rebuilt commit has the same id and branch; and every step looks
 * before it creates. At most one pull request per batch, ever.
 */
#ifndef TIDELINE_PR_PR_BUILDER_H
#define TIDELINE_PR_PR_BUILDER_H

#include "core/forge/forge.h"
#include "core/sync/timeline_sync.h"

struct pr_builder {
    struct timeline_sync *sync; /* store, git, arena, repository */
    const struct forge *
        forge; /* NULL: plain remote; the pull request is the pushed branch with a number and page of our own */
    struct forge_remote remote;
    const char *branch_prefix; /* PR_BRANCH_PREFIX */
    const char *author_name, *author_email;
    const char *page_base; /* URL of the page of our own, e.g. "/pull-requests/", the number is appended */
};

struct pr_request {
    const char *const *ids;    /* NULL-terminated; NULL: all pending */
    const char *title;         /* NULL: generated */
    const char *description;   /* NULL: generated */
    const char *const *labels; /* NULL-terminated or NULL */
    bool draft;
    bool dry_run;
    const int64_t *revisions; /* beside ids, as they were when somebody chose them; NULL, or 0 for one: any */
    /* Of a request that is made again when its process died. claimed() is told the batch's id in the transaction that claims it; NULL: nobody is.
     * earlier is what it was told at an earlier try: is that batch sent, it is the answer and nothing else is sent. 0: none. */
    enum err_code (*claimed)(void *context, int64_t id, struct err *e);
    void *context;
    int64_t earlier;
};

/*
 * create_pr. First finishes what an earlier run began (then that is the answer, with "resumed": true). *answer as `create-pr` in CONTRACT.md;
 * with id, resumed and warnings[]; dry_run adds description, diff and files (what the diff is about, in its order: {path, event, date, title,
 * change}) and changes nothing anywhere. An event that is no longer what was chosen (revisions) is ERR_STALE, also when it changes in the very moment of the claim. A batch ends as failed, with its events free
 * again, when its branch is taken (ERR_BRANCH_EXISTS, a person must look), or when nothing of it was sent and what it claimed is outdated: then a new
 * batch takes its place in the same run. Of all that wait, an event that cannot go now (changed upstream, broken file, useless id) stays behind with a
 * warning; one that was named is an error. ERR_LOCKED while another run goes on. ERR_NOTHING_TO_DO when nothing is pending; ERR_TOKEN_MISSING,
 * ERR_PUSH_REJECTED, ERR_FORGE_REFUSED …: nothing is marked exported, the journal row keeps the error and the same command again finishes it.
 */
enum err_code pr_builder_create_pr(struct pr_builder *b, const struct pr_request *request,
                                   struct json_object **answer, struct err *e);

/* ERR_NOTHING_TO_DO, saying whether nothing is validated or what is has to wait for a pull request that has an earlier version of it. */
enum err_code pr_nothing_waits(struct store *s, struct err *e);

/* Settle: ask the forge, or compare with the base branch (merge commit, squash and rebase alike: the content landed), for every open pull
 * request; merged and merge_date follow, events of a closed one are pending again. Called by `pr refresh` and after each pull.
 * *answer: {success, checked, merged[], closed[], warnings[]}. */
enum err_code pr_builder_refresh(struct pr_builder *b, struct json_object **answer, struct err *e);

/* Try a failed or interrupted one again now: `pr retry ID`, the journal's own id. A failed one goes again under its own branch name and
 * commit when its events are still what was claimed (else ERR_STALE) and in no other batch (else ERR_EXISTS). *answer as create_pr's. */
enum err_code pr_builder_retry(struct pr_builder *b, int64_t id, struct json_object **answer, struct err *e);

/* The journal's part of `tideline check` (store_check.h), offline; without b->sync->git commits are not looked at. */
enum err_code pr_builder_check(struct pr_builder *b, struct store_check *c, struct err *e);

/* The texts that would be made for these events: what a form shows before Git is asked. */
void pr_builder_texts(struct arena *a, const struct store_event *events, size_t n, const char **title,
                      const char **description);

/* May this be the title, the description, a label of a pull request? ERR_INVALID_INPUT says why not. */
enum pr_builder_field { PR_TITLE, PR_DESCRIPTION, PR_LABEL };
enum err_code pr_builder_check_text(enum pr_builder_field field, const char *text, struct err *e);

/* Texts (pure; see CONTRACT.md). Event text is made harmless for Markdown: no mention, link, image or keyword survives. */
struct pr_text_event {
    const char *id, *date, *title, *change;
    double score; /* -1: none */
    int sources;
};
char *pr_text_title(struct arena *a, const struct pr_text_event *events, size_t n);
char *pr_text_description(struct arena *a, const struct pr_text_event *events, size_t n);
char *pr_text_message(struct arena *a, const char *title, const struct pr_text_event *events, size_t n);
char *pr_text_branch(struct arena *a, const char *prefix, int64_t time_us, size_t n, const char *batch_hash);
/* Markdown with every special character escaped; cut at limit characters with "…". */
char *pr_text_escape(struct arena *a, const char *text, size_t limit);

#endif
