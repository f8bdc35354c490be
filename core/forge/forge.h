/*
 * A forge: the service around a Git remote that has pull requests. A small table of functions; forge_github.c speaks
 * GitHub's REST API (https://docs.github.com/en/rest/pulls/pulls, version 2022-11-28). A remote without an API (plain
 * Git server, local path) has no forge: pr_builder keeps the pull request itself.
 */
#ifndef TIDELINE_FORGE_FORGE_H
#define TIDELINE_FORGE_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http/http.h"
#include "core/util/arena.h"
#include "core/util/err.h"

struct forge_remote {
    const char *api_url;  /* https://api.github.com, or https://HOST/api/v3 */
    const char *repo_url; /* the main repository: owner and name are its last two path parts, without .git */
    const char *push_url; /* a fork, or NULL */
    const char *token;    /* NULL: ERR_TOKEN_MISSING on everything */
    const struct http_options *http;
};

struct forge_pull_request {
    int64_t number;
    const char *url;          /* html_url; https only, else "" */
    const char *state;        /* "open", "merged", "closed" */
    const char *head_branch, *head_commit;
    const char *merge_commit; /* "" */
    int64_t merged_at_us, closed_at_us; /* 0 */
};

struct forge_new_pull_request {
    const char *head_branch; /* on push_url's repository */
    const char *base_branch;
    const char *title;
    const char *body;
    bool draft;
    const char *const *labels; /* NULL-terminated; may be NULL. A label that cannot be set is a warning, not a failure. */
};

struct forge {
    const char *name;
    /* An open or closed pull request of this head branch; *found false when there never was one. Look before you create. */
    enum err_code (*find)(struct arena *a, const struct forge_remote *remote, const char *head_branch,
                          struct forge_pull_request *out, bool *found, struct err *e);
    /* Create. When the answer is lost or says "already exists", the pull request is looked up. *warning may be set to a sentence. */
    enum err_code (*create)(struct arena *a, const struct forge_remote *remote,
                            const struct forge_new_pull_request *request, struct forge_pull_request *out,
                            const char **warning, struct err *e);
    enum err_code (*get)(struct arena *a, const struct forge_remote *remote, int64_t number,
                         struct forge_pull_request *out, struct err *e);
    /* Set labels on one that exists (create does so itself): for a pull request that find() brought back after the
     * creator died. Harmless when they are there. Never fails: *warning is a sentence or NULL. */
    void (*label)(struct arena *a, const struct forge_remote *remote, int64_t number, const char *const *labels,
                  const char **warning);
};

/*
 * The forge behind a repository URL, or NULL for a plain remote: https://github.com/OWNER/NAME with the default API URL, or any https URL
 * whose host is the API URL's host (api.github.com stands for github.com), or — when the operator set GITHUB_API_URL explicitly
 * (api_url_is_set) — every https URL. Local paths and file:// have none, unless api_url_is_set.
 */
const struct forge *forge_of(const char *repo_url, const char *api_url, bool api_url_is_set);

/* Errors: ERR_REMOTE_AUTH (401), ERR_REMOTE_FORBIDDEN (403/404 on a write, naming the permission that GitHub's header asks for),
 * ERR_REPOSITORY_NOT_FOUND, ERR_RATE_LIMITED (with when to try again), ERR_FORGE_REFUSED (422 with GitHub's message, cleaned),
 * ERR_REMOTE_PROTOCOL (an answer that is not what the API promises), and those of http_call. */

#endif
