/* What GitHub's answers mean. Everything here is hostile until it has been looked at: types are checked, texts are
 * quoted short and cleaned, and only an https address becomes a link. */
#include "core/forge/forge_github.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"

enum { MESSAGE_BYTES = 300, LIMIT_WAIT_MOST_S = 24 * 3600 };

static bool name_ok(const char *name)
{
    size_t n = strlen(name);

    return n >= 1 && n <= 100 && !str_eq(name, ".") && !str_eq(name, "..") &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

enum err_code forge_github_repository_of(struct arena *a, const char *url,
                                         struct forge_github_repository *out, struct err *e)
{
    const char *authority = strstr(url, "://");
    const char *start = authority ? strchr(authority + 3, '/') : url;
    char *path = arena_strdup(a, start ? start : "");
    char *slash;
    size_t n = strlen(path);

    while (n > 0 && path[n - 1] == '/')
        path[--n] = '\0';
    if (str_ends(path, ".git"))
        path[n - 4] = '\0';
    slash = strrchr(path, '/');
    out->name = slash ? slash + 1 : "";
    if (slash)
        *slash = '\0';
    slash = strrchr(path, '/');
    out->owner = slash ? slash + 1 : path;
    if (!name_ok(out->name) || !name_ok(out->owner))
        return err_set(e, ERR_CONFIG,
                       "The repository URL %.200s does not end in OWNER/NAME, so its pull requests cannot be "
                       "found on the forge. Correct TIMELINE_REPO_URL or TIMELINE_PUSH_URL.",
                       url);
    return ERR_OK;
}

/* GitHub's own words: the message, then what each entry of errors[] says. */
static void words_of(struct arena *a, const struct http_response *response, struct str *out)
{
    struct json_object *body = NULL;
    struct json_object *errors;

    str_init(out, a, MESSAGE_BYTES);
    if (jx_parse(a, response->body, response->body_n, &body, NULL) != ERR_OK)
        return;
    if (jx_get_text(body, "message"))
        str_add(out, jx_get_text(body, "message"));
    errors = jx_get(body, "errors");
    if (!json_object_is_type(errors, json_type_array))
        return;
    for (size_t i = 0; i < json_object_array_length(errors) && i < 8; i++) {
        struct json_object *item = json_object_array_get_idx(errors, i);
        const char *text = json_object_is_type(item, json_type_string) ? json_object_get_string(item)
                                                                       : jx_get_text(item, "message");

        if (text)
            str_addf(out, "; %s", text);
        else if (jx_get_text(item, "field"))
            str_addf(out, "; %s is %s", jx_get_text(item, "field"),
                     jx_get_text(item, "code") ? jx_get_text(item, "code") : "refused");
    }
}

static int64_t header_number(const struct http_response *response, const char *name)
{
    const char *text = http_header(response, name);
    char *end;
    long long value;

    if (!text || *text < '0' || *text > '9')
        return -1;
    value = strtoll(text, &end, 10);
    return *end == '\0' && value <= INT64_C(4102444800) ? (int64_t)value : -1;
}

static bool limited(const struct http_response *response, const char *words)
{
    if (response->status == 429)
        return true;
    return response->status == 403 && (header_number(response, "x-ratelimit-remaining") == 0 ||
                                       http_header(response, "retry-after") || strstr(words, "rate limit"));
}

static int seconds_until(int64_t at_us, int64_t now_us)
{
    int64_t wait_s = (at_us - now_us + 999999) / 1000000;

    return wait_s < 0 ? 0 : wait_s > LIMIT_WAIT_MOST_S ? LIMIT_WAIT_MOST_S : (int)wait_s;
}

static enum err_code limit_reached(struct arena *a, const struct forge_github_question *question,
                                   const struct http_response *response, struct err *e)
{
    int64_t wait_s = header_number(response, "retry-after");
    int64_t reset_s = header_number(response, "x-ratelimit-reset");
    int64_t at_us = 0;

    if (wait_s >= 0)
        at_us = question->now_us + wait_s * 1000000;
    else if (reset_s > 0 && header_number(response, "x-ratelimit-remaining") == 0)
        at_us = reset_s * 1000000;
    if (at_us == 0)
        return err_set(e, ERR_RATE_LIMITED,
                       "GitHub takes no more requests from this token now. Try again in a "
                       "few minutes.");
    (void)err_set(e, ERR_RATE_LIMITED,
                  "GitHub takes no more requests from this token now. Try again after %s.",
                  clock_rfc3339(a, at_us));
    if (e)
        e->retry_after_s = seconds_until(at_us, question->now_us);
    return ERR_RATE_LIMITED;
}

static enum err_code forbidden(const struct forge_github_question *question,
                               const struct http_response *response, struct err *e)
{
    const char *needs = http_header(response, "x-accepted-github-permissions");

    return err_set(
        e, ERR_REMOTE_FORBIDDEN,
        "GitHub does not let this token %s pull requests of %s/%s. It needs the permission %.100s: "
        "give the token that permission or use another one.",
        question->writing ? "write" : "read", question->repository.owner, question->repository.name,
        needs && *needs ? needs : question->permission);
}

static enum err_code not_found(const struct forge_github_question *question, struct err *e)
{
    const char *owner = question->repository.owner;
    const char *name = question->repository.name;

    if (question->writing)
        return err_set(
            e, ERR_REMOTE_FORBIDDEN,
            "GitHub shows this token no repository %s/%s to write to. Check the repository's URL and "
            "that the token covers it with the permission %.100s.",
            owner, name, question->permission);
    return err_set(
        e, ERR_REPOSITORY_NOT_FOUND,
        "GitHub shows this token no such repository or pull request in %s/%s. Check the repository's "
        "URL and that the token may read it.",
        owner, name);
}

enum err_code forge_github_refusal(const struct forge_github_question *question,
                                   const struct http_response *response, bool *exists, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct str words;

    words_of(a, response, &words);
    if (exists)
        *exists = response->status == 422 && strstr(words.p, "already exists");
    if (limited(response, words.p))
        return limit_reached(a, question, response, e);
    switch (response->status) {
    case 401:
        return err_set(
            e, ERR_REMOTE_AUTH,
            "GitHub does not accept the token. Set GITHUB_TOKEN or GITHUB_TOKEN_FILE to one that is "
            "still valid.");
    case 403: return forbidden(question, response, e);
    case 404: return not_found(question, e);
    case 422:
        return err_set(e, ERR_FORGE_REFUSED, "GitHub refuses the request: %s. Correct that and try again.",
                       words.n ? words.p : "it gives no reason");
    default: break;
    }
    if (response->status >= 500)
        return err_set(e, ERR_REMOTE_UNREACHABLE,
                       "GitHub has trouble of its own (status %d). Try again in a few minutes.",
                       response->status);
    return err_set(
        e, ERR_REMOTE_PROTOCOL,
        "GitHub answered with status %d, which its API does not promise here. Check GITHUB_API_URL.",
        response->status);
}

static const char *text_or_empty(struct arena *a, struct json_object *object, const char *key)
{
    const char *text = jx_get_text(object, key);

    return text ? arena_strdup(a, text) : "";
}

static int64_t time_of(struct json_object *object, const char *key)
{
    const char *text = jx_get_text(object, key);
    int64_t us = 0;

    return text && clock_parse(text, &us) ? us : 0;
}

static const char *link_of(struct arena *a, struct json_object *object)
{
    const char *text = jx_get_text(object, "html_url");
    struct http_url url;

    if (!text || http_url_parse(a, text, &url, NULL) != ERR_OK || !str_eq(url.scheme, "https"))
        return "";
    return arena_strdup(a, text);
}

static bool hex_or_empty(const char *text)
{
    size_t n = strlen(text);

    return n == 0 || (n == 40 && strspn(text, "0123456789abcdef") == 40);
}

static enum err_code not_promised(struct err *e)
{
    return err_set(
        e, ERR_REMOTE_PROTOCOL,
        "GitHub's answer is not a pull request as its API promises it. Check GITHUB_API_URL and try "
        "again.");
}

enum err_code forge_github_pull_request(struct arena *a, struct json_object *object,
                                        struct forge_pull_request *out, struct err *e)
{
    struct json_object *head = jx_get(object, "head");
    const char *state = jx_get_text(object, "state");
    bool merged;

    *out = (struct forge_pull_request){.number = jx_get_int(object, "number", 0)};
    if (out->number <= 0 || (!str_eq(state, "open") && !str_eq(state, "closed")) || !jx_get_text(head, "ref"))
        return not_promised(e);
    out->merged_at_us = time_of(object, "merged_at");
    out->closed_at_us = time_of(object, "closed_at");
    merged = out->merged_at_us != 0 || jx_get_bool(object, "merged", false);
    out->state = merged ? "merged" : str_eq(state, "open") ? "open" : "closed";
    out->url = link_of(a, object);
    out->head_branch = text_or_empty(a, head, "ref");
    out->head_commit = text_or_empty(a, head, "sha");
    /* Before the merge this names a test merge that nobody will ever see. */
    out->merge_commit = merged ? text_or_empty(a, object, "merge_commit_sha") : "";
    if (!hex_or_empty(out->head_commit) || !hex_or_empty(out->merge_commit))
        return not_promised(e);
    return ERR_OK;
}

enum err_code forge_github_choose(struct arena *a, struct json_object *list, const char *branch,
                                  struct forge_pull_request *out, bool *found, struct err *e)
{
    *found = false;
    if (!json_object_is_type(list, json_type_array))
        return not_promised(e);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct forge_pull_request candidate;

        TRY(forge_github_pull_request(a, json_object_array_get_idx(list, i), &candidate, e));
        if (!str_eq(candidate.head_branch, branch))
            continue;
        if (!*found || (str_eq(candidate.state, "open") && !str_eq(out->state, "open")) ||
            (str_eq(candidate.state, out->state) && candidate.number > out->number))
            *out = candidate;
        *found = true;
    }
    return ERR_OK;
}
