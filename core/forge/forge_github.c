/* GitHub's REST API, version 2022-11-28: https://docs.github.com/en/rest/pulls/pulls and .../rest/issues/labels. */
#include "core/forge/forge_github.h"

#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"

enum {
    ONE_BYTES = 2 * 1024 * 1024,  /* one pull request is about 30 KB */
    LIST_BYTES = 8 * 1024 * 1024, /* a page of them */
    LIST_ITEMS = 20,
    PATH_BYTES = 4096,
};

static const char *const headers[] = {"Accept: application/vnd.github+json",
                                      "X-GitHub-Api-Version: 2022-11-28",
                                      "User-Agent: tideline/" TIDELINE_VERSION, NULL};
static const char *const body_headers[] = {
    "Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28",
    "User-Agent: tideline/" TIDELINE_VERSION, "Content-Type: application/json", NULL};

/* One call: what is asked and what came back. */
struct call {
    struct forge_github_question question;
    const char *path;         /* behind /repos/OWNER/NAME */
    struct json_object *body; /* NULL: GET */
    size_t limit_bytes;
    struct json_object *answer;
    bool exists; /* refused because it is there already */
    bool lost;   /* nobody knows whether it was done */
};

static enum err_code address(struct arena *a, const struct forge_remote *remote, struct call *call,
                             char **url, struct err *e)
{
    size_t n = strlen(remote->api_url);

    while (n > 0 && remote->api_url[n - 1] == '/')
        n--;
    TRY(forge_github_repository_of(a, remote->repo_url, &call->question.repository, e));
    *url = arena_printf(a, "%.*s/repos/%s/%s%s", (int)n, remote->api_url, call->question.repository.owner,
                        call->question.repository.name, call->path);
    return ERR_OK;
}

static enum err_code read_answer(struct arena *a, struct call *call, const struct http_response *response,
                                 struct err *e)
{
    if (response->status < 200 || response->status > 299) {
        call->lost = response->status >= 500;
        return forge_github_refusal(&call->question, response, &call->exists, e);
    }
    if (jx_parse(a, response->body, response->body_n, &call->answer, NULL) != ERR_OK) {
        call->lost = true;
        return err_set(e, ERR_REMOTE_PROTOCOL,
                       "GitHub's answer cannot be read as JSON. Check GITHUB_API_URL and try again.");
    }
    return ERR_OK;
}

static enum err_code ask(struct arena *a, const struct forge_remote *remote, struct call *call, struct err *e)
{
    struct http_request request = {.method = call->body ? "POST" : "GET",
                                   .bearer = remote->token,
                                   .headers = call->body ? body_headers : headers,
                                   .limit_bytes = call->limit_bytes,
                                   .options = remote->http};
    struct http_response response;
    char *url;
    enum err_code code;

    if (!remote->token || !*remote->token)
        return err_set(e, ERR_TOKEN_MISSING,
                       "Pull requests on GitHub need a token. Set GITHUB_TOKEN or GITHUB_TOKEN_FILE.");
    TRY(address(a, remote, call, &url, e));
    request.url = url;
    if (call->body) {
        request.body = jx_text(a, call->body);
        request.body_n = strlen(request.body);
    }
    call->question.writing = call->body != NULL;
    call->question.permission = call->body ? "pull_requests=write" : "pull_requests=read";
    call->question.now_us = clock_now_us();
    code = http_call(a, &request, &response, e);
    if (code != ERR_OK) {
        call->lost = code != ERR_REMOTE_REDIRECT;
        return code;
    }
    return read_answer(a, call, &response, e);
}

/* A branch name in a query: everything but unreserved characters of RFC 3986 as %XX. */
static char *escape_query(struct arena *a, const char *text)
{
    struct str out;

    str_init(&out, a, PATH_BYTES);
    for (const char *p = text; *p; p++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *p))
            str_addc(&out, *p);
        else
            str_addf(&out, "%%%02X", (unsigned)(unsigned char)*p);
    return out.p;
}

/* The repository that holds the branch: the fork when there is one. */
static enum err_code head_repository(struct arena *a, const struct forge_remote *remote,
                                     struct forge_github_repository *out, struct err *e)
{
    return forge_github_repository_of(a, remote->push_url ? remote->push_url : remote->repo_url, out, e);
}

static enum err_code github_find(struct arena *a, const struct forge_remote *remote, const char *head_branch,
                                 struct forge_pull_request *out, bool *found, struct err *e)
{
    struct forge_github_repository head;
    struct call call = {.limit_bytes = LIST_BYTES};

    TRY(head_repository(a, remote, &head, e));
    /* Without "owner:" GitHub ignores the filter and lists everything. */
    call.path = arena_printf(a, "/pulls?head=%s%%3A%s&state=all&per_page=%d", head.owner,
                             escape_query(a, head_branch), LIST_ITEMS);
    TRY(ask(a, remote, &call, e));
    return forge_github_choose(a, call.answer, head_branch, out, found, e);
}

static struct json_object *new_body(struct arena *a, const struct forge_new_pull_request *request,
                                    const struct forge_github_repository *base,
                                    const struct forge_github_repository *head)
{
    struct json_object *body = jx_own(a, json_object_new_object());

    jx_set_text(body, "title", request->title);
    jx_set_text(body, "head", arena_printf(a, "%s:%s", head->owner, request->head_branch));
    /* GitHub wants the repository's name where one owner has both. */
    if (str_eq(base->owner, head->owner) && !str_eq(base->name, head->name))
        jx_set_text(body, "head_repo", head->name);
    jx_set_text(body, "base", request->base_branch);
    jx_set_text(body, "body", request->body);
    jx_set_bool(body, "draft", request->draft);
    return body;
}

static void github_label(struct arena *a, const struct forge_remote *remote, int64_t number,
                         const char *const *labels, const char **warning)
{
    struct json_object *list = json_object_new_array();
    struct call call = {.limit_bytes = ONE_BYTES, .body = jx_own(a, json_object_new_object())};
    struct err failure;

    *warning = NULL;
    for (size_t i = 0; labels && labels[i]; i++)
        jx_push_text(list, labels[i]);
    jx_set(call.body, "labels", list);
    if (json_object_array_length(list) == 0)
        return;
    call.path = arena_printf(a, "/issues/%lld/labels", (long long)number);
    if (ask(a, remote, &call, &failure) != ERR_OK)
        *warning =
            arena_printf(a, "The pull request is open, but its labels could not be set: %s", failure.message);
}

/* After an answer that was lost, or one that says "already exists": is it there? The first failure stays the answer
 * when it is not. */
static enum err_code look_again(struct arena *a, const struct forge_remote *remote, const char *head_branch,
                                struct forge_pull_request *out, enum err_code failed)
{
    bool found = false;

    if (failed == ERR_CANCELLED || github_find(a, remote, head_branch, out, &found, NULL) != ERR_OK)
        return failed;
    return found ? ERR_OK : failed;
}

static enum err_code github_create(struct arena *a, const struct forge_remote *remote,
                                   const struct forge_new_pull_request *request,
                                   struct forge_pull_request *out, const char **warning, struct err *e)
{
    struct forge_github_repository base;
    struct forge_github_repository head;
    struct call call = {.limit_bytes = ONE_BYTES, .path = "/pulls"};
    enum err_code code;

    *warning = NULL;
    TRY(forge_github_repository_of(a, remote->repo_url, &base, e));
    TRY(head_repository(a, remote, &head, e));
    call.body = new_body(a, request, &base, &head);
    code = ask(a, remote, &call, e);
    if (code == ERR_OK) {
        code = forge_github_pull_request(a, call.answer, out, e);
        call.lost = code != ERR_OK;
    }
    if (code != ERR_OK && (call.lost || call.exists))
        code = look_again(a, remote, request->head_branch, out, code);
    TRY(code);
    github_label(a, remote, out->number, request->labels, warning);
    return ERR_OK;
}

static enum err_code github_get(struct arena *a, const struct forge_remote *remote, int64_t number,
                                struct forge_pull_request *out, struct err *e)
{
    struct call call = {.limit_bytes = ONE_BYTES, .path = arena_printf(a, "/pulls/%lld", (long long)number)};

    TRY(ask(a, remote, &call, e));
    TRY(forge_github_pull_request(a, call.answer, out, e));
    if (out->number != number)
        return err_set(e, ERR_REMOTE_PROTOCOL,
                       "GitHub answered with another pull request than number %lld. Try "
                       "again.",
                       (long long)number);
    return ERR_OK;
}

const struct forge forge_github = {
    .name = "github", .find = github_find, .create = github_create, .get = github_get, .label = github_label};
