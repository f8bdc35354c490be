// link: core_forge
// GitHub's answers: which are pull requests, which are refusals, and what a refusal tells a person.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/forge/forge_github.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void a_forge_is_told_by_its_url(void **state)
{
    static const struct {
        const char *repo, *api;
        bool set, forge;
    } rows[] = {
        {"https://github.com/o/n.git", "https://api.github.com", false, true},
        {"https://GitHub.com/o/n", "https://api.github.com/", false, true},
        {"https://gitlab.com/o/n", "https://api.github.com", false, false},
        {"https://github.com.evil.example/o/n", "https://api.github.com", false, false},
        {"https://git.corp.example/o/n", "https://git.corp.example/api/v3", false, true},
        {"https://git.corp.example/o/n", "https://other.example/api/v3", false, false},
        {"https://git.corp.example/o/n", "https://other.example/api/v3", true, true},
        {"/srv/git/o/n.git", "https://api.github.com", false, false},
        {"file:///srv/git/o/n.git", "https://api.github.com", false, false},
        {"/srv/git/o/n.git", "https://localhost:1234", true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(forge_of(rows[i].repo, rows[i].api, rows[i].set) != NULL, rows[i].forge);
}

static void owner_and_name_are_the_last_parts(void **state)
{
    static const struct {
        const char *url, *owner, *name; /* NULL: refused */
    } rows[] = {
        {"https://github.com/alice/time.line.git", "alice", "time.line"},
        {"https://github.com/alice/timeline/", "alice", "timeline"},
        {"https://host:8443/deep/er/alice/t", "alice", "t"},
        {"/srv/git/alice/t.git", "alice", "t"},
        {"file:///alice/t", "alice", "t"},
        {"https://github.com/timeline", NULL, NULL},
        {"https://github.com", NULL, NULL},
        {"https://github.com/a/b?x=/c/d e", NULL, NULL},
        {"https://github.com/../x", NULL, NULL},
        {"https://github.com/a%2fb/c", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forge_github_repository out;
        struct err e;
        enum err_code code = forge_github_repository_of(arena, rows[i].url, &out, &e);

        assert_int_equal(code, rows[i].owner ? ERR_OK : ERR_CONFIG);
        if (rows[i].owner) {
            assert_string_equal(out.owner, rows[i].owner);
            assert_string_equal(out.name, rows[i].name);
        }
    }
}

static struct http_response answer(int status, const char *body, char **headers)
{
    static char *none[] = {NULL};

    return (struct http_response){.status = status,
                                  .body = arena_strdup(arena, body),
                                  .body_n = strlen(body),
                                  .headers = headers ? headers : none};
}

static char permissions[] = "x-accepted-github-permissions: pull_requests=write; contents=read";
static char used_up[] = "x-ratelimit-remaining: 0";
static char reset[] = "x-ratelimit-reset: 1762430400";
static char plenty[] = "x-ratelimit-remaining: 4000";
static char wait[] = "retry-after: 60";
static const struct {
    int status;
    bool writing;
    const char *body;
    char *headers[3];
    enum err_code code;
    const char *says;
} refusals[] = {
    {401, true, "{\"message\":\"Bad credentials\"}", {NULL}, ERR_REMOTE_AUTH, "GITHUB_TOKEN"},
    {403,
     true,
     "{\"message\":\"Resource not accessible\"}",
     {permissions, plenty},
     ERR_REMOTE_FORBIDDEN,
     "permission pull_requests=write; contents=read"},
    {403, true, "{}", {NULL}, ERR_REMOTE_FORBIDDEN, "permission pull_requests=write"},
    {403, false, "{}", {used_up, reset}, ERR_RATE_LIMITED, "after 2025-11-06T12:00:00Z"},
    {429, false, "{}", {used_up, reset}, ERR_RATE_LIMITED, "after 2025-11-06T12:00:00Z"},
    {403, false, "{}", {wait, reset}, ERR_RATE_LIMITED, "after 2025-11-06T11:01:00Z"},
    {403,
     false,
     "{\"message\":\"You have exceeded a secondary rate limit\"}",
     {NULL},
     ERR_RATE_LIMITED,
     "few minutes"},
    {429, false, "not json", {NULL}, ERR_RATE_LIMITED, "few minutes"},
    {404, true, "{\"message\":\"Not Found\"}", {NULL}, ERR_REMOTE_FORBIDDEN, "alice/t"},
    {404, false, "{\"message\":\"Not Found\"}", {NULL}, ERR_REPOSITORY_NOT_FOUND, "alice/t"},
    {422,
     true,
     "{\"message\":\"Validation Failed\",\"errors\":[{\"message\":\"No commits between main and x\"}]}",
     {NULL},
     ERR_FORGE_REFUSED,
     "Validation Failed; No commits between main and x"},
    {422,
     true,
     "{\"message\":\"Validation "
     "Failed\",\"errors\":[{\"field\":\"head\",\"code\":\"invalid\"},\"words\"]}",
     {NULL},
     ERR_FORGE_REFUSED,
     "; head is invalid; words"},
    {422, true, "<html>", {NULL}, ERR_FORGE_REFUSED, "no reason"},
    {502, true, "<html>", {NULL}, ERR_REMOTE_UNREACHABLE, "502"},
    {500, false, "", {NULL}, ERR_REMOTE_UNREACHABLE, "500"},
    {418, false, "{}", {NULL}, ERR_REMOTE_PROTOCOL, "418"},
    {304, false, "{}", {NULL}, ERR_REMOTE_PROTOCOL, "304"},
};

static void refusals_say_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char *headers[3] = {refusals[i].headers[0], refusals[i].headers[1], NULL};
        struct http_response response = answer(refusals[i].status, refusals[i].body, headers);
        struct forge_github_question question = {.repository = {"alice", "t"},
                                                 .writing = refusals[i].writing,
                                                 .permission = "pull_requests=write",
                                                 .now_us = INT64_C(1762426800) * 1000000};
        bool exists = true;
        struct err e;

        assert_int_equal(forge_github_refusal(&question, &response, &exists, &e), refusals[i].code);
        if (!strstr(e.message, refusals[i].says))
            fail_msg("row %zu says: %s", i, e.message);
        assert_false(exists);
    }
}

static char long_wait[] = "retry-after: 4000000000";

static void a_limit_tells_how_long_to_wait(void **state)
{
    static const struct {
        char *headers[3];
        int wait_s;
    } rows[] = {{{used_up, reset, NULL}, 3600}, {{wait, reset, NULL}, 60}, {{long_wait, NULL}, 24 * 3600}};
    const struct forge_github_question question = {
        .repository = {"alice", "t"}, .permission = "", .now_us = INT64_C(1762426800) * 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *headers[3] = {rows[i].headers[0], rows[i].headers[1], NULL};
        struct http_response response = answer(429, "{}", headers);
        bool exists;
        struct err e = {0};

        assert_int_equal(forge_github_refusal(&question, &response, &exists, &e), ERR_RATE_LIMITED);
        assert_int_equal(e.retry_after_s, rows[i].wait_s);
    }
}

static void already_exists_is_noticed(void **state)
{
    struct http_response response = answer(
        422,
        "{\"message\":\"Validation Failed\",\"errors\":[{\"resource\":\"PullRequest\",\"code\":\"custom\","
        "\"message\":\"A pull request already exists for alice:x.\"}]}",
        NULL);
    struct forge_github_question question = {.repository = {"alice", "t"}, .permission = ""};
    bool exists = false;
    struct err e;

    (void)state;
    assert_int_equal(forge_github_refusal(&question, &response, &exists, &e), ERR_FORGE_REFUSED);
    assert_true(exists);
}

static void a_hostile_message_is_short_and_clean(void **state)
{
    char filler[3001] = "";
    struct http_response response;
    struct forge_github_question question = {.repository = {"alice", "t"}, .permission = ""};
    struct err e;

    (void)state;
    memset(filler, 'x', sizeof filler - 1);
    response = answer(422, arena_printf(arena, "{\"message\":\"\\u001b[31m%s\"}", filler), NULL);
    assert_int_equal(forge_github_refusal(&question, &response, NULL, &e), ERR_FORGE_REFUSED);
    assert_null(strchr(e.message, '\x1b'));
    assert_true(strlen(e.message) < 500);
}

#define SHA "0123456789012345678901234567890123456789"

static enum err_code parse_pull(const char *text, struct forge_pull_request *out)
{
    struct json_object *object = NULL;
    struct err e;

    assert_int_equal(jx_parse(arena, text, strlen(text), &object, &e), ERR_OK);
    return forge_github_pull_request(arena, object, out, &e);
}

static void pull_requests_are_read(void **state)
{
    struct forge_pull_request out;

    (void)state;
    assert_int_equal(parse_pull("{\"number\":7,\"state\":\"open\",\"html_url\":\"https://github.com/a/b/pull/"
                                "7\",\"merged_at\":null,"
                                "\"merge_commit_sha\":\"" SHA "\",\"head\":{\"ref\":\"x/y\",\"sha\":\"" SHA
                                "\"}}",
                                &out),
                     ERR_OK);
    assert_int_equal(out.number, 7);
    assert_string_equal(out.state, "open");
    assert_string_equal(out.url, "https://github.com/a/b/pull/7");
    assert_string_equal(out.head_branch, "x/y");
    assert_string_equal(out.merge_commit, "");
    assert_int_equal(parse_pull("{\"number\":7,\"state\":\"closed\",\"html_url\":\"javascript:alert(1)\","
                                "\"merged_at\":\"2025-11-06T12:00:00Z\","
                                "\"merge_commit_sha\":\"" SHA "\",\"head\":{\"ref\":\"x/y\"}}",
                                &out),
                     ERR_OK);
    assert_string_equal(out.state, "merged");
    assert_string_equal(out.url, "");
    assert_string_equal(out.merge_commit, SHA);
    assert_int_equal(out.merged_at_us, INT64_C(1762430400) * 1000000);
    assert_int_equal(parse_pull("{\"number\":7,\"state\":\"closed\",\"merged\":false,\"html_url\":\"http://"
                                "github.com/a\",\"closed_at\":\"2025-11-06T12:00:00Z\","
                                "\"head\":{\"ref\":\"x\"}}",
                                &out),
                     ERR_OK);
    assert_string_equal(out.state, "closed");
    assert_string_equal(out.url, "");
    assert_int_equal(out.closed_at_us, INT64_C(1762430400) * 1000000);
}

static void what_is_no_pull_request_is_refused(void **state)
{
    static const char *const rows[] = {
        "[]",
        "null",
        "\"text\"",
        "{}",
        "{\"number\":\"7\",\"state\":\"open\",\"head\":{\"ref\":\"x\"}}",
        "{\"number\":-1,\"state\":\"open\",\"head\":{\"ref\":\"x\"}}",
        "{\"number\":7,\"state\":\"new\",\"head\":{\"ref\":\"x\"}}",
        "{\"number\":7,\"state\":\"open\",\"head\":{\"ref\":null}}",
        "{\"number\":7,\"state\":\"open\",\"head\":[]}",
        "{\"number\":7,\"state\":\"open\",\"head\":{\"ref\":\"x\",\"sha\":\"../../etc\"}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forge_pull_request out;

        assert_int_equal(parse_pull(rows[i], &out), ERR_REMOTE_PROTOCOL);
    }
}

static void the_branchs_own_pull_request_is_chosen(void **state)
{
    static const struct {
        const char *list;
        int64_t number; /* 0: none, -1: refused */
    } rows[] = {
        {"[]", 0},
        {"[{\"number\":1,\"state\":\"open\",\"head\":{\"ref\":\"other\"}}]", 0},
        {"[{\"number\":9,\"state\":\"open\",\"head\":{\"ref\":\"other\"}},{\"number\":2,\"state\":\"closed\","
         "\"head\":{\"ref\":\"mine\"}}]",
         2},
        {"[{\"number\":3,\"state\":\"closed\",\"head\":{\"ref\":\"mine\"}},{\"number\":2,\"state\":\"open\","
         "\"head\":{\"ref\":\"mine\"}}]",
         2},
        {"[{\"number\":2,\"state\":\"closed\",\"head\":{\"ref\":\"mine\"}},{\"number\":3,\"state\":"
         "\"closed\",\"head\":{\"ref\":\"mine\"}}]",
         3},
        {"{\"message\":\"moved\"}", -1},
        {"[7]", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forge_pull_request out = {.number = 0};
        struct json_object *list = NULL;
        struct err e;
        bool found = true;
        enum err_code code;

        assert_int_equal(jx_parse(arena, rows[i].list, strlen(rows[i].list), &list, &e), ERR_OK);
        code = forge_github_choose(arena, list, "mine", &out, &found, &e);
        assert_int_equal(code, rows[i].number < 0 ? ERR_REMOTE_PROTOCOL : ERR_OK);
        if (rows[i].number < 0)
            continue;
        assert_int_equal(found, rows[i].number > 0);
        assert_int_equal(found ? out.number : 0, rows[i].number);
    }
}

static void without_a_token_nothing_is_asked(void **state)
{
    /* No HTTP options: a call would crash. */
    const struct forge_remote remote = {.api_url = "https://api.github.com",
                                        .repo_url = "https://github.com/a/b"};
    const struct forge *forge = forge_of(remote.repo_url, remote.api_url, false);
    struct forge_pull_request out;
    struct err e;
    bool found;

    (void)state;
    assert_int_equal(forge->find(arena, &remote, "x", &out, &found, &e), ERR_TOKEN_MISSING);
    assert_int_equal(forge->get(arena, &remote, 1, &out, &e), ERR_TOKEN_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forge_is_told_by_its_url),
        cmocka_unit_test(owner_and_name_are_the_last_parts),
        cmocka_unit_test(refusals_say_what_to_do),
        cmocka_unit_test(a_limit_tells_how_long_to_wait),
        cmocka_unit_test(already_exists_is_noticed),
        cmocka_unit_test(a_hostile_message_is_short_and_clean),
        cmocka_unit_test(pull_requests_are_read),
        cmocka_unit_test(what_is_no_pull_request_is_refused),
        cmocka_unit_test(the_branchs_own_pull_request_is_chosen),
        cmocka_unit_test(without_a_token_nothing_is_asked),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
