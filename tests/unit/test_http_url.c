// link: core_http core_util
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/http/http.h"
#include "core/http/http_internal.h"

static void good_urls_are_split(void **state)
{
    static const struct {
        const char *url, *scheme, *host, *port, *path;
    } cases[] = {
        {"https://example.org/a/b.git", "https", "example.org", "443", "/a/b.git"},
        {"https://Example.ORG", "https", "example.org", "443", "/"},
        {"HTTPS://example.org:8443/", "https", "example.org", "8443", "/"},
        {"http://127.0.0.1:80/x?y=@z", "http", "127.0.0.1", "80", "/x?y=@z"},
        {"http://localhost", "http", "localhost", "80", "/"},
        {"https://[2001:DB8::1]/x", "https", "2001:db8::1", "443", "/x"},
        {"https://[::1]:444/x", "https", "::1", "444", "/x"},
        {"https://example.org?a=b", "https", "example.org", "443", "/?a=b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct http_url out;

        assert_int_equal(http_url_parse(a, cases[i].url, &out, NULL), ERR_OK);
        assert_string_equal(out.scheme, cases[i].scheme);
        assert_string_equal(out.host, cases[i].host);
        assert_string_equal(out.port, cases[i].port);
        assert_string_equal(out.path, cases[i].path);
    }
}

static void bad_urls_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "example.org",
        "ftp://example.org/",
        "//example.org/",
        "https:/example.org",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://:secret@example.org/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:/",
        "https://example.org:4x/",
        "https://example.org:443:1/",
        "https://exa mple.org/",
        "https://example.org/a\nb",
        "https://example.org/a\x7f",
        "https://ex%41mple.org/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[example.org]/",
        "https://-oProxy=x/",
        "https://example.org\\@evil.example/",
        "https://\xc3\xa9.example/",
    };
    char long_url[2100];

    (void)state;
    memset(long_url, 'a', sizeof long_url);
    memcpy(long_url, "https://b/", 10);
    long_url[sizeof long_url - 1] = '\0';
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const char *url = i < sizeof cases / sizeof *cases ? cases[i] : long_url;
        struct http_url out;
        struct err e = {0};

        if (http_url_parse(a, url, &out, &e) != ERR_INVALID_INPUT)
            fail_msg("taken: %s", url);
        assert_null(strstr(e.message, "secret"));
    }
}

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return http_address_is_public((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return http_address_is_public((const struct sockaddr *)&v6);
}

static void private_addresses_are_known(void **state)
{
    static const char *const closed[] = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:a00:1::",
        "::10.0.0.1",
    };
    static const char *const open[] = {
        "1.1.1.1",         "8.8.8.8",         "100.63.255.255", "100.128.0.1",
        "172.15.0.1",      "172.32.0.1",      "198.17.0.1",     "198.20.0.1",
        "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808",
    };

    (void)state;
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (is_public(closed[i]))
            fail_msg("%s", closed[i]);
    }
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        if (!is_public(open[i]))
            fail_msg("%s", open[i]);
    }
}

/* A server that answers one connection with fixed bytes, in a child process. */
static pid_t serve(const char *answer, unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    *port = ntohs(address.sin_port);
    pid = fork();
    if (pid == 0) {
        char request[4096];
        int peer = accept(fd, NULL, NULL);
        ssize_t got = read(peer, request, sizeof request);

        if (got > 0 && *answer && write(peer, answer, strlen(answer)) < 0)
            _exit(1);
        if (!*answer)
            got = read(peer, request, sizeof request); /* silent until the client gives up */
        _exit(got < 0);
    }
    close(fd);
    return pid;
}

static enum err_code call(struct arena *a, const char *answer, const struct http_options *options,
                          struct http_response *response)
{
    struct http_request request = {
        .method = "GET", .limit_bytes = 100, .options = options, .bearer = "canary"};
    unsigned port;
    struct err e = {0};
    pid_t pid = serve(answer, &port);
    enum err_code code;
    int status;

    request.url = arena_printf(a, "http://127.0.0.1:%u/x", port);
    code = http_call(a, &request, response, &e);
    assert_null(strstr(e.message, "canary"));
    (void)kill(pid, SIGKILL); /* it may still wait for a connection that never came */
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return code;
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void calls_end_as_promised(void **state)
{
    static const char *const large =
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *answer;
        struct http_options options;
        enum err_code code;
        int status;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Two:  b\r\n\r\nok", {0}, ERR_OK, 200},
        {"HTTP/1.1 404 No\r\nContent-Length: 0\r\nX-Two: b\r\n\r\n", {0}, ERR_OK, 404},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\nX-Two: b\r\n\r\n",
         {0},
         ERR_OK,
         503},
        {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
         {0},
         ERR_REMOTE_REDIRECT,
         302},
        {"HTTP/1.1 304 Same\r\nX-Two: b\r\n\r\n", {0}, ERR_OK, 304},
        {large, {0}, ERR_TOO_LARGE, 0},
        {"not http at all\r\n\r\n", {0}, ERR_REMOTE_UNREACHABLE, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", {0}, ERR_REMOTE_UNREACHABLE, 0},
        {"", {.idle_timeout_ms = 300}, ERR_REMOTE_TIMEOUT, 0},
        {"", {.deadline_ms = 300}, ERR_REMOTE_TIMEOUT, 0},
        {"", {.cancelled = always}, ERR_CANCELLED, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct http_response response;
        enum err_code code = call(a, cases[i].answer, &cases[i].options, &response);

        if (code != cases[i].code)
            fail_msg("case %zu: %s", i, err_name(code));
        assert_int_equal(response.status, cases[i].status);
        if (code == ERR_OK)
            assert_string_equal(http_header(&response, "x-two"), "b");
        assert_null(http_header(&response, "x"));
    }
}

static void private_addresses_are_refused(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct http_options options = {.refuse_private = true};
    struct http_request request = {
        .method = "GET", .limit_bytes = 100, .options = &options, .url = "https://localhost:1/"};
    struct http_response response;

    (void)state;
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_FORBIDDEN);
    request.url = "http://example.org/";
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_INVALID_INPUT);
    options.refuse_private = false;
    request.url = "https://localhost:1/";
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_REMOTE_UNREACHABLE);
    request.headers = (const char *const[]){"X: a\r\nY: b", NULL};
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_INVALID_INPUT);
    options.ca_file = "/nowhere.pem";
    request.headers = NULL;
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_CONFIG);
}

/* A listening socket on the loopback; says on which port. */
static int listen_here(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static bool was_called(int fd)
{
    int got = accept(fd, NULL, NULL);

    if (got >= 0)
        (void)close(got);
    return got >= 0;
}

/* NO_PROXY would lead past the proxy to a private address that nobody checks. */
static void no_proxy_is_for_the_operators_urls(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct http_options options = {.idle_timeout_ms = 200};
    struct http_request request = {.method = "GET", .limit_bytes = 100, .options = &options};
    struct http_response response;
    int inside_port, proxy_port;
    int inside = listen_here(&inside_port);
    int proxy = listen_here(&proxy_port);

    (void)state;
    request.url = arena_printf(a, "https://127.0.0.1:%d/", inside_port);
    assert_int_equal(setenv("https_proxy", arena_printf(a, "http://127.0.0.1:%d", proxy_port), 1), 0);
    assert_int_equal(setenv("no_proxy", "127.0.0.1", 1), 0);
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_REMOTE_TIMEOUT);
    assert_true(was_called(inside));
    assert_false(was_called(proxy));
    options.refuse_private = true;
    assert_int_equal(http_call(a, &request, &response, NULL), ERR_REMOTE_TIMEOUT);
    assert_false(was_called(inside));
    assert_true(was_called(proxy));
    (void)unsetenv("https_proxy");
    (void)unsetenv("no_proxy");
    (void)close(inside);
    (void)close(proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_split),           cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(private_addresses_are_known),   cmocka_unit_test(calls_end_as_promised),
        cmocka_unit_test(private_addresses_are_refused), cmocka_unit_test(no_proxy_is_for_the_operators_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
