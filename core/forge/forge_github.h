/*
 * The parts of the GitHub client that are pure, so that tests can show them every kind of answer: where a repository
 * is on the forge, what an answer says, what a refusal means. Used by forge_github.c and tests only.
 */
#ifndef TIDELINE_FORGE_FORGE_GITHUB_H
#define TIDELINE_FORGE_FORGE_GITHUB_H

#include "core/forge/forge.h"
#include "core/util/jx.h"

extern const struct forge forge_github;

struct forge_github_repository {
    const char *owner, *name; /* [A-Za-z0-9._-]{1,100} each, so that they can stand in a URL as they are */
};

/* The last two path parts of a URL or path, without ".git" and trailing slashes. ERR_CONFIG when they are not there
 * or could not be GitHub's. */
enum err_code forge_github_repository_of(struct arena *a, const char *url,
                                         struct forge_github_repository *out, struct err *e);

/* What was asked, for the sentence of a refusal. */
struct forge_github_question {
    struct forge_github_repository repository;
    bool writing;
    const char *permission; /* what the call needs when GitHub does not say, such as "pull_requests=write" */
    int64_t now_us;         /* Retry-After counts from here */
};

/* The error of any status outside 200-299 (see forge.h). *exists (may be NULL) is true when the refusal says that the
 * pull request is there already. */
enum err_code forge_github_refusal(const struct forge_github_question *question,
                                   const struct http_response *response, bool *exists, struct err *e);

/* One pull request, from the list or alone. Texts are copied to the arena. ERR_REMOTE_PROTOCOL when it is not one. */
enum err_code forge_github_pull_request(struct arena *a, struct json_object *object,
                                        struct forge_pull_request *out, struct err *e);

/* The pull request of `branch` in a list's items: the open one, else the newest. Items of other branches are passed
 * over, because GitHub ignores a filter that it does not like and lists everything. */
enum err_code forge_github_choose(struct arena *a, struct json_object *list, const char *branch,
                                  struct forge_pull_request *out, bool *found, struct err *e);

#endif
