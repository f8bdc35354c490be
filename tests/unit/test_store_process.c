// link: core_store core_event core_util
/* Several processes on one database: nobody's write is lost, and whoever dies leaves the state before. */
#include "tests/unit/store_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/sql.h"

enum { WRITERS = 4, WRITES = 25 };

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

/* No handle crosses fork(): each process opens the database itself. */
static void write_many(const char *path, int writer)
{
    struct store *s = NULL;
    struct err e;
    int failed = store_open(path, &s, &e) != ERR_OK;

    for (int i = 0; !failed && i < WRITES; i++) {
        char id[64], content[256];
        snprintf(id, sizeof id, "event-%d-%d", writer, i);
        snprintf(content, sizeof content, "{\"id\":\"%s\",\"date\":\"2025-01-01\",\"title\":\"Shared word\"}",
                 id);
        struct store_event_write w = {.id = id, .content = content, .author = "ann"};
        failed = store_begin(s, 60000, &e) != ERR_OK || store_event_put(s, &w, NULL, &e) != ERR_OK ||
                 store_commit(s, &e) != ERR_OK;
    }
    if (s)
        store_close(s);
    _exit(failed);
}

static void test_two_at_once(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "shared", .limit = 1000};
    struct store_event_page page;
    pid_t writers[WRITERS];

    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0)
            write_many(f->path, i);
        assert_true(writers[i] > 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(number(f, "SELECT count(*) FROM timeline_events"), WRITERS * WRITES);
    assert_int_equal(number(f, "SELECT sum(n) FROM tl_count"), WRITERS * WRITES);
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.n, WRITERS * WRITES);
    assert_int_equal(number(f, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
                     1);
}

/* Writes an event in a transaction, says so, and waits to be killed. */
static void write_and_wait(const char *path, int ready)
{
    struct store *s = NULL;
    struct err e;
    struct store_event_write w = {
        .id = "doomed", .content = "{\"date\":\"2025-01-01\",\"title\":\"Doomed\"}", .author = "ann"};

    if (store_open(path, &s, &e) == ERR_OK && store_begin(s, 1000, &e) == ERR_OK &&
        store_event_put(s, &w, NULL, &e) == ERR_OK && store_search_flush(s, &e) == ERR_OK)
        (void)!write(ready, "x", 1);
    alarm(60); /* should the test fail before it kills this process */
    for (;;)
        pause();
}

static void test_killed_in_a_transaction(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    int ready[2], status;
    char byte;
    pid_t writer;

    assert_ok(f, store_open(f->path, &f->s, &f->e));
    put_event(f, "before", "Before", "ann", NULL);
    store_close(f->s);
    f->s = NULL;
    assert_int_equal(pipe(ready), 0);
    writer = fork();
    if (writer == 0)
        write_and_wait(f->path, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(store_begin(f->s, 0, &f->e), ERR_BUSY); /* it holds the lock */
    assert_non_null(strstr(f->e.message, f->path));
    get_event(f, "before"); /* readers never wait */
    assert_int_equal(kill(writer, SIGKILL), 0);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(store_event_get(f->s, f->a, "doomed", &event, &f->e), ERR_NOT_FOUND);
    put_event(f, "after", "After", "ann", NULL);
    assert_int_equal(number(f, "SELECT writing FROM tl_schema"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM timeline_events"), 2);
}

static int64_t size_of(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? (int64_t)found.st_size : -1;
}

static void write_setting(struct fixture *f, size_t bytes)
{
    char *text = arena_alloc(f->a, bytes + 1);

    memset(text, 'x', bytes);
    begin(f);
    assert_ok(f, store_setting_set(f->s, "big", text, &f->e));
    commit(f);
}

/* Small commits leave the log alone, also at close; the one that finds it over 4 MiB empties it; a reader postpones that. */
static void test_checkpoints(void **state)
{
    struct fixture *f = *state;
    const char *wal = arena_printf(f->a, "%s-wal", f->path), *value;
    struct store *reader = NULL;

    assert_ok(f, store_open(f->path, &f->s, &f->e));
    write_setting(f, 100000);
    assert_true(size_of(wal) > 100000);
    store_close(f->s);
    f->s = NULL;
    assert_true(size_of(wal) > 100000);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_ok(f, store_open_read(f->path, &reader, &f->e));
    assert_ok(f, store_read_begin(reader, &f->e));
    assert_ok(f, store_setting_get(reader, f->a, "big", &value, &f->e));
    write_setting(f, STORE_CHECKPOINT_BYTES);
    assert_true(size_of(wal) > STORE_CHECKPOINT_BYTES);
    assert_ok(f, store_setting_get(reader, f->a, "big", &value, &f->e));
    assert_int_equal(strlen(value), 100000);
    store_read_end(reader);
    write_setting(f, 10);
    assert_int_equal(size_of(wal), 0);
    assert_ok(f, store_setting_get(reader, f->a, "big", &value, &f->e));
    assert_int_equal(strlen(value), 10);
    store_close(reader);
}

/* Many start at once on a machine that has no database yet. */
static void test_created_by_several(void **state)
{
    struct fixture *f = *state;
    pid_t starters[WRITERS];

    for (int i = 0; i < WRITERS; i++) {
        starters[i] = fork();
        if (starters[i] == 0) {
            struct store *s = NULL;
            struct err e = {0};
            enum err_code code = store_open(f->path, &s, &e);
            if (code != ERR_OK)
                print_error("%s\n", e.message);
            _exit(code != ERR_OK);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(starters[i], &status, 0), starters[i]);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
#define CLOSED(test) cmocka_unit_test_setup_teardown(test, fixture_folder, fixture_close)
    const struct CMUnitTest tests[] = {
        CLOSED(test_two_at_once),
        CLOSED(test_killed_in_a_transaction),
        CLOSED(test_checkpoints),
        CLOSED(test_created_by_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
