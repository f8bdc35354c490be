// link: fcgi_lib
/* The pieces that the pool is made of: options, page cache, wake-ups, slots, the socket, the form of an answer. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "fcgi/listener.h"
#include "fcgi/options.h"
#include "fcgi/page_cache.h"
#include "fcgi/response.h"
#include "fcgi/slot.h"
#include "fcgi/wakeup.h"

static void test_options(void **state)
{
    static const struct {
        const char *argument;
        enum err_code code;
    } cases[] = {{"--web-workers=8", ERR_OK},
                 {"--web-workers=0", ERR_USAGE},
                 {"--web-workers=257", ERR_USAGE},
                 {"--web-workers=4x", ERR_USAGE},
                 {"--job-workers=", ERR_USAGE},
                 {"--job-workers-most=65", ERR_USAGE},
                 {"--stall-limit=2", ERR_OK},
                 {"--stall-limit=1", ERR_USAGE},
                 {"--log-format=json", ERR_OK},
                 {"--log-format=xml", ERR_USAGE},
                 {"--nothing", ERR_USAGE},
                 {"--socket", ERR_USAGE},
                 {"word", ERR_USAGE},
                 {"--socket=/run/x.sock", ERR_OK},
                 {"--help", ERR_OK}};
    char program[] = "tideline-fcgi";
    char many[] = "--job-workers=20";
    struct options o;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char argument[64];
        char *argv[] = {program, argument, NULL};

        (void)snprintf(argument, sizeof argument, "%s", cases[i].argument);
        assert_int_equal(options_parse(2, argv, &o, NULL), cases[i].code);
    }
    assert_int_equal(options_parse(1, (char *[]){program, NULL}, &o, NULL), ERR_OK);
    assert_int_equal(o.web_workers, 4);
    assert_int_equal(o.job_workers, 2);
    assert_int_equal(o.job_workers_most, 16);
    assert_int_equal(o.stall_limit_s, 600);
    assert_int_equal(options_parse(2, (char *[]){program, many, NULL}, &o, NULL), ERR_OK);
    assert_int_equal(o.job_workers_most, 20);
}

static const struct page *get(struct page_cache *c, const char *uri, int64_t version, int64_t now_ms)
{
    const struct page_key key = {c, uri, version, 1};

    return page_cache_get(c, &key, now_ms);
}

static void put(struct page_cache *c, const char *uri, size_t n, int64_t now_ms)
{
    static char bytes[PAGE_CACHE_BYTES];
    const struct page_key key = {c, uri, 5, 1};
    const struct page page = {bytes, n, 0, "\"tag\""};

    memset(bytes, uri[1], n);
    page_cache_put(c, &key, &page, now_ms);
}

static void test_cache_keeps_what_is_true(void **state)
{
    AUTO_STRUCT(page_cache) *c = page_cache_new();
    const struct page_key other = {state, "/a", 5, 1};
    const struct page_key reopened = {c, "/a", 5, 2};

    put(c, "/a", 100, 1000);
    assert_non_null(get(c, "/a", 5, 1000));
    assert_int_equal(get(c, "/a", 5, 1000)->n, 100);
    assert_string_equal(get(c, "/a", 5, 1000)->etag, "\"tag\"");
    assert_null(get(c, "/b", 5, 1000));
    assert_null(get(c, "/a", 6, 1000));
    assert_null(page_cache_get(c, &other, 1000));
    assert_null(page_cache_get(c, &reopened, 1000));
    assert_non_null(get(c, "/a", 5, 1000 + PAGE_CACHE_KEEP_MS - 1));
    assert_null(get(c, "/a", 5, 1000 + PAGE_CACHE_KEEP_MS));
}

static void test_cache_is_bounded(void **state)
{
    AUTO_STRUCT(page_cache) *c = page_cache_new();
    size_t kept = 0;
    char uri[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(uri, sizeof uri, "/%d", i);
        put(c, uri, 60000, 1);
        assert_non_null(get(c, "/0", 5, 1)); /* used all the time: never the one that goes */
    }
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(uri, sizeof uri, "/%d", i);
        kept += get(c, uri, 5, 1) != NULL;
    }
    assert_int_equal(kept, PAGE_CACHE_BYTES / 60000);
    put(c, "/large", PAGE_CACHE_BYTES, 1);
    assert_null(get(c, "/large", 5, 1));
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(uri, sizeof uri, "/s%d", i);
        put(c, uri, 10, 1);
    }
    assert_non_null(get(c, "/s999", 5, 1));
    assert_null(get(c, "/s1", 5, 1));
}

static void test_wakeups(void **state)
{
    struct wakeup w;
    char name[WAKEUP_RECORD_BYTES];
    int sent = 0;

    (void)state;
    assert_int_equal(wakeup_open(3, &w, NULL), ERR_OK);
    assert_int_equal(wakeup_wait(&w, 0, name), WAKEUP_TIMEOUT);
    assert_true(wakeup_send(&w, "us"));
    assert_true(wakeup_send(&w, "brazil"));
    assert_int_equal(wakeup_wait(&w, 1000, name), WAKEUP_TENANT);
    assert_string_equal(name, "us");
    assert_int_equal(wakeup_wait(&w, 1000, name), WAKEUP_TENANT);
    assert_string_equal(name, "brazil");
    while (wakeup_send(&w, "full"))
        sent++;
    assert_in_range(sent, 16, 100000); /* and it did not wait */
    wakeup_close(&w);
}

static void test_wakeups_that_are_lost_are_made_good(void **state)
{
    char name[WAKEUP_RECORD_BYTES];
    struct wakeup w;

    (void)state;
    assert_int_equal(wakeup_open(3, &w, NULL), ERR_OK);
    assert_false(wakeup_waiting(&w));
    wakeup_mend(&w);
    assert_false(wakeup_waiting(&w)); /* nothing was lost */
    while (wakeup_send(&w, "full"))
        continue;
    wakeup_mend(&w); /* no room yet: still to be done */
    while (wakeup_wait(&w, 0, name) == WAKEUP_TENANT)
        assert_string_equal(name, "full");
    wakeup_mend(&w);
    assert_int_equal(wakeup_wait(&w, 0, name), WAKEUP_TENANT);
    assert_string_equal(name, ""); /* look at all of them */
    wakeup_mend(&w);
    assert_false(wakeup_waiting(&w));
    wakeup_close(&w);
}

static void test_jobs_that_are_due_later(void **state)
{
    int64_t now = clock_monotonic_ms();
    struct wakeup w;
    size_t i = 0;

    (void)state;
    assert_int_equal(wakeup_open(3, &w, NULL), ERR_OK);
    assert_false(wakeup_due(&w, &i));
    wakeup_later(&w, 2, now + 3600000);
    wakeup_later(&w, 1, now + 3600000);
    wakeup_later(&w, 1, now - 1);
    wakeup_later(&w, 1, now + 1800000); /* the earliest counts */
    i = 0;
    assert_true(wakeup_due(&w, &i));
    assert_int_equal(i, 1);
    i++;
    assert_false(wakeup_due(&w, &i));
    i = 0;
    assert_false(wakeup_due(&w, &i)); /* once */
    wakeup_close(&w);
}

static void test_a_pipe_is_emptied_into_the_next_one(void **state)
{
    char name[WAKEUP_RECORD_BYTES];
    struct wakeup from, to;

    (void)state;
    assert_int_equal(wakeup_open(3, &from, NULL), ERR_OK);
    assert_int_equal(wakeup_open(1, &to, NULL), ERR_OK);
    assert_true(wakeup_send(&from, "us"));
    assert_true(wakeup_send(&to, "brazil"));
    wakeup_move(&from, &to);
    assert_false(wakeup_waiting(&from));
    assert_int_equal(wakeup_wait(&to, 0, name), WAKEUP_TENANT);
    assert_string_equal(name, "brazil");
    assert_int_equal(wakeup_wait(&to, 0, name), WAKEUP_TENANT);
    assert_string_equal(name, "us");
    wakeup_mend(&to);
    assert_false(wakeup_waiting(&to));
    wakeup_later(&from, 2, clock_monotonic_ms() + 3600000);
    wakeup_move(&from, &to);
    wakeup_mend(&to);
    assert_int_equal(wakeup_wait(&to, 0, name), WAKEUP_TENANT);
    assert_string_equal(name, ""); /* places of tenants differ: all are looked at */
    wakeup_close(&from);
    wakeup_close(&to);
}

static void nothing(int signal_number)
{
    (void)signal_number;
}

static void test_a_blocked_signal_ends_the_wait(void **state)
{
    struct sigaction action = {.sa_handler = nothing};
    struct wakeup w;
    char name[WAKEUP_RECORD_BYTES];
    sigset_t term;
    sigset_t before;

    (void)state;
    assert_int_equal(wakeup_open(3, &w, NULL), ERR_OK);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, &before);
    (void)raise(SIGTERM); /* before the wait: must not be lost */
    assert_true(wakeup_send(&w, "more to do"));
    assert_int_equal(wakeup_wait(&w, 60000, name), WAKEUP_STOP);
    (void)sigprocmask(SIG_SETMASK, &before, NULL); /* taken */
    (void)sigprocmask(SIG_BLOCK, &term, NULL);
    assert_int_equal(wakeup_wait(&w, 60000, name), WAKEUP_TENANT);
    (void)raise(SIGTERM);
    assert_int_equal(wakeup_wait(&w, 60000, name), WAKEUP_STOP);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    wakeup_close(&w);
}

static void test_slots(void **state)
{
    struct slot *slots;

    (void)state;
    assert_int_equal(slot_map(3, &slots, NULL), ERR_OK);
    assert_false(slot_stalled(&slots[1], -1)); /* idle is never stalled */
    slot_busy(&slots[1]);
    assert_true(slot_stalled(&slots[1], -1));
    assert_false(slot_stalled(&slots[1], 60000));
    slot_set_tenant(&slots[1], "us");
    slot_clear(&slots[1]);
    assert_false(slot_stalled(&slots[1], -1));
    assert_string_equal(slots[1].tenant, "");
    slot_unmap(slots, 3);
}

static void test_listener(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char folder[] = "/tmp/tideline-listener-XXXXXX";
    char *path = file_join(a, mkdtemp(folder), "run/t.sock");
    struct err e = {0};
    struct stat st;
    int fd = -1;
    int second = -1;

    (void)state;
    assert_int_equal(listener_open(a, path, &fd, &e), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(stat(file_join(a, folder, "run"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
    assert_int_equal(listener_open(a, path, &second, &e), ERR_LOCKED);
    (void)close(fd);
    assert_int_equal(listener_open(a, path, &second, &e), ERR_OK); /* a stale one is replaced */
    (void)close(second);
    (void)unlink(path);
    assert_int_equal(file_write(path, "x", 1, 0600, &e), ERR_OK);
    assert_int_equal(listener_open(a, path, &fd, &e), ERR_CONFIG); /* a file of somebody's is not */
    assert_true(file_exists(path));
    assert_int_equal(file_remove_tree(folder, &e), ERR_OK);
}

static void test_answers(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct response r = {.status = 200,
                         .type = RESPONSE_TEXT,
                         .cache_control = "no-cache",
                         .etag = "\"x\"",
                         .body = "hi",
                         .n = 2};
    struct str s;

    (void)state;
    str_init(&s, a, 8192);
    response_write(&r, false, &s);
    assert_true(str_starts(
        s.p, "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"));
    assert_true(str_ends(s.p, "\r\n\r\nhi"));
    assert_non_null(strstr(
        s.p,
        "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"));
    assert_non_null(strstr(s.p, "X-Content-Type-Options: nosniff\r\n"));
    str_cut(&s, 0);
    response_write(&r, true, &s);
    assert_non_null(strstr(s.p, "Content-Length: 2\r\n"));
    assert_true(str_ends(s.p, "\r\n\r\n"));
    r.status = 304;
    str_cut(&s, 0);
    response_write(&r, false, &s);
    assert_null(strstr(s.p, "Content-Length"));
    assert_true(str_ends(s.p, "\r\n\r\n"));
}

#define REASON_IS_KNOWN(symbol, name, exit_status, http_status)                                              \
    if (!response_reason(http_status)[0])                                                                    \
        fail_msg("%s: no reason for %d", name, http_status);

static void test_every_error_has_a_reason(void **state)
{
    (void)state;
    ERR_CODES(REASON_IS_KNOWN)
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_cache_keeps_what_is_true),
        cmocka_unit_test(test_cache_is_bounded),
        cmocka_unit_test(test_wakeups),
        cmocka_unit_test(test_wakeups_that_are_lost_are_made_good),
        cmocka_unit_test(test_jobs_that_are_due_later),
        cmocka_unit_test(test_a_pipe_is_emptied_into_the_next_one),
        cmocka_unit_test(test_a_blocked_signal_ends_the_wait),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_listener),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_every_error_has_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
