/* Files: bounded reading, replacing in one step, folders, locks between processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/file.h"

static int set_up(void **state)
{
    char *folder = strdup("/tmp/tideline-file-XXXXXX");

    *state = folder;
    return folder && mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    enum err_code code = file_remove_tree(*state, NULL);

    free(*state);
    return code == ERR_OK ? 0 : -1;
}

static void reads_within_the_limit(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *path = file_join(a, *state, "f");
    char *text;
    size_t n;
    struct err e;

    assert_int_equal(file_read(a, path, 10, &text, &n, &e), ERR_NOT_FOUND);
    assert_int_equal(file_write(path, "a\0b456789X", 10, 0640, &e), ERR_OK);
    assert_int_equal(file_read(a, path, 10, &text, &n, &e), ERR_OK);
    assert_int_equal(n, 10);
    assert_memory_equal(text, "a\0b456789X", 11);
    assert_int_equal(file_read(a, path, 9, &text, &n, &e), ERR_TOO_LARGE);
    assert_non_null(strstr(e.message, "9 bytes"));
    assert_int_equal(file_read(a, *state, 9, &text, &n, &e), ERR_IO);
}

static void replaces_in_one_step(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *path = file_join(a, *state, "f");
    const char *link_path = file_join(a, *state, "link");
    struct stat status;
    char *text;
    struct err e;

    assert_int_equal(file_write(path, "one", 3, 0600, &e), ERR_OK);
    assert_int_equal(link(path, link_path), 0);
    assert_int_equal(file_write(path, "two", 3, 0600, &e), ERR_OK);
    assert_int_equal(file_read(a, link_path, 9, &text, NULL, &e), ERR_OK);
    assert_string_equal(text, "one");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(file_write(file_join(a, *state, "no/f"), "x", 1, 0600, &e), ERR_NOT_FOUND);
}

static void makes_and_removes_folders(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *deep = file_join(a, *state, "a/b/c");
    const char *outside = file_join(a, *state, "outside");
    struct err e;

    assert_int_equal(file_make_folder(deep, &e), ERR_OK);
    assert_int_equal(file_make_folder(deep, &e), ERR_OK);
    assert_true(file_is_folder(deep));
    assert_int_equal(file_write(outside, "x", 1, 0600, &e), ERR_OK);
    assert_int_equal(symlink(outside, file_join(a, deep, "link")), 0);
    assert_int_equal(symlink(*state, file_join(a, deep, "up")), 0);
    assert_int_equal(file_remove_tree(file_join(a, *state, "a"), &e), ERR_OK);
    assert_false(file_exists(file_join(a, *state, "a")));
    assert_true(file_exists(outside));
    assert_int_equal(file_remove_tree(file_join(a, *state, "a"), &e), ERR_OK);
    assert_true(file_make_folder(file_join(a, outside, "x"), &e) != ERR_OK);
}

/* A child that holds the lock until its pipe is closed; it says when it has it. */
static pid_t hold(const char *path, int *release)
{
    int ready[2];
    int go[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    child = fork();
    if (child == 0) {
        int fd = -1;

        close(go[1]);
        if (file_lock(path, 0, "it", &fd, NULL) != ERR_OK || write(ready[1], "r", 1) != 1)
            _exit(1);
        _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(go[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *release = go[1];
    return child;
}

static void locks_out_other_processes(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *path = file_join(a, *state, "lock");
    int release;
    int status;
    pid_t child = hold(path, &release);
    AUTO_FD fd = -1;
    int64_t started = clock_monotonic_ms();
    struct err e;

    assert_int_equal(file_lock(path, 0, "the mirror", &fd, &e), ERR_LOCKED);
    assert_non_null(strstr(e.message, "the mirror"));
    assert_int_equal(file_lock(path, 30, "the mirror", &fd, &e), ERR_LOCKED);
    assert_true(clock_monotonic_ms() - started >= 30);
    assert_int_equal(fd, -1);
    close(release);
    assert_int_equal(file_lock(path, -1, "the mirror", &fd, &e), ERR_OK);
    assert_true(fd >= 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_killed_process_frees_its_lock(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *path = file_join(a, *state, "lock");
    int release;
    pid_t child = hold(path, &release);
    AUTO_FD fd = -1;
    struct err e;

    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(file_lock(path, 0, "it", &fd, &e), ERR_OK);
    close(release);
}

static void does_not_lock_through_a_link(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *path = file_join(a, *state, "lock");
    AUTO_FD fd = -1;
    struct err e;

    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_not_equal(file_lock(path, 0, "it", &fd, &e), ERR_OK);
    assert_false(file_exists(file_join(a, *state, "elsewhere")));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_within_the_limit),          TEST(replaces_in_one_step),
        TEST(makes_and_removes_folders),       TEST(locks_out_other_processes),
        TEST(a_killed_process_frees_its_lock), TEST(does_not_lock_through_a_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
