// link: core_auth core_store core_event core_util
#include "tests/unit/auth_fixture.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_names(void **state)
{
    struct fixture *f = *state;
    const char *good[] = {"a", "0", "ada", "ada.l", "a-b_c.9", repeated(f, 'a', 63)};
    const char *bad[] = {
        "",           ".a",   "-a",  "_a",      "Ada",     "a b",        "a/b",
        "ad\xc3\xa4", "a\nb", "a;b", "ada\xff", "service", "repository", "a@b",
        " a",         "a ",   "..",  "a'b",     "a\x7f",   "a<b>&c",     repeated(f, 'a', 64)};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(auth_name_check(good[i], &f->e), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(auth_name_check(bad[i], &f->e), ERR_INVALID_INPUT);
}

static void test_passwords(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *password;
        bool good;
    } cases[] = {
        {"0123456789", true},
        {"012345678", false},
        {"", false},
        {repeated(f, 'x', 1024), true},
        {repeated(f, 'x', 1025), false},
        {"p\xc3\xa4ssw\xc3\xb6rter", true},
        {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", false}, /* ten bytes, five characters */
        {"not utf8 \xff\xfe!", false},
        {"cut \xe2\x82 here", false},
        {"with\ttab in it", false},
        {"with\nline break", false},
        {"with\x01 control", false},
        {"with \xe2\x80\xae override", false},
        {"adalovelace", false}, /* the name */
        {"AdaLovelace", false},
        {"adalovelace1", true},
        {"          ", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err_code code = auth_password_check("adalovelace", cases[i].password, &f->e);

        if ((code == ERR_OK) != cases[i].good)
            print_error("case %zu: %s\n", i, f->e.message);
        assert_int_equal(code, cases[i].good ? ERR_OK : ERR_INVALID_INPUT);
    }
}

static void test_roles(void **state)
{
    enum auth_role role = AUTH_NOBODY;

    (void)state;
    assert_true(auth_role_of("editor", &role));
    assert_int_equal(role, AUTH_EDITOR);
    assert_false(auth_role_of("", &role) || auth_role_of("Admin", &role) || auth_role_of("root", &role) ||
                 auth_role_of(NULL, &role));
    assert_string_equal(auth_role_name(AUTH_ADMIN), "admin");
    assert_string_equal(auth_role_name(AUTH_NOBODY), "");
}

static void test_login(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL, *again;
    struct store_session session;
    struct store_account account;

    assert_ok(f, login_from(f, "Ada", PASSWORD, "192.0.2.1", &value));
    assert_int_equal(strlen(value), 43);
    assert_true(open_session(f, value, &session));
    assert_string_equal(session.account, "ada");
    assert_string_equal(session.role, "admin");
    assert_true(session.ends_at_us - session.created_at_us == AUTH_SESSION_S * SECOND_US);
    assert_ok(f, store_account_get(f->s, f->a, "ada", &account, &f->e));
    assert_true(account.login_at_us > 0);
    assert_int_equal(strncmp(account.password, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    again = session_of(f, "ada");
    assert_string_not_equal(value, again);
    assert_true(is_open(f, value) && is_open(f, again));
}

static void test_wrong_logins_say_the_same(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *name, *password;
    } cases[] = {
        {"ada", "wrong password"},
        {"zed", PASSWORD},
        {"", PASSWORD},
        {"ada", ""},
        {"ada", NULL},
        {NULL, PASSWORD},
        {"ada\n", PASSWORD},
        {"ad\xff", PASSWORD},
        {"zed", ""},
        {"ada' OR '1'='1", "x"},
        {"ada", PASSWORD " "},
        {"ada", "CORRECT HORSE 7"},
    };
    const char *sentence = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_sql(f, "DELETE FROM tl_throttle");
        assert_int_equal(login(f, cases[i].name, cases[i].password), ERR_UNAUTHENTICATED);
        sentence = sentence ? sentence : arena_strdup(f->a, f->e.message);
        assert_string_equal(f->e.message, sentence);
    }
    /* Longer than any password can be: neither looked at in part nor refused in another way. */
    assert_int_equal(login(f, "ada", repeated(f, 'x', 100000)), ERR_UNAUTHENTICATED);
    assert_string_equal(f->e.message, sentence);
    assert_int_equal(number(f, "SELECT count(*) FROM tl_session"), 0);
}

static int64_t cpu_us(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

/* The least of some tries: what else the machine does only adds. */
static int64_t cost_of(struct fixture *f, const char *name)
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < 4; i++) {
        int64_t started;

        run_sql(f, "DELETE FROM tl_throttle");
        started = cpu_us();
        assert_int_equal(login(f, name, "wrong password"), ERR_UNAUTHENTICATED);
        least = cpu_us() - started < least ? cpu_us() - started : least;
    }
    return least;
}

static void test_unknown_names_cost_the_same(void **state)
{
    struct fixture *f = *state;
    int64_t known = cost_of(f, "ada"), unknown = cost_of(f, "zed"), odd = cost_of(f, "no name");

    assert_true(unknown * 2 > known && unknown < known * 2);
    assert_true(odd * 2 > known && odd < known * 2);
}

/* The pause after the fifth failure is a second; here it is made to be over, or not to be. */
static void test_failures_slow_down(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    fail_times(f, "ada", "192.0.2.1", 5);
    run_sql(f, "UPDATE tl_throttle SET open_at = open_at + 60000000");
    assert_int_equal(login_from(f, "ada", PASSWORD, "192.0.2.9", &value), ERR_TOO_MANY); /* by account */
    assert_true(f->e.retry_after_s >= 55 && f->e.retry_after_s <= 61);
    assert_int_equal(login_from(f, "zed", PASSWORD, "192.0.2.1", &value), ERR_TOO_MANY); /* by address */
    assert_int_equal(number(f, "SELECT max(failures) FROM tl_throttle"), 5); /* refused tries do not count */
    assert_int_equal(number(f, "SELECT count(*) FROM tl_throttle"), 2);
    run_sql(f, "UPDATE tl_throttle SET open_at = 0");
    assert_ok(f, login_from(f, "ada", PASSWORD, "192.0.2.1", &value));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_throttle"), 0); /* success forgets */
}

static void test_pauses_double_up_to_a_limit(void **state)
{
    struct fixture *f = *state;
    const struct {
        int failures, pause_s;
    } cases[] = {{0, 0}, {3, 0}, {4, 1}, {5, 2}, {6, 4}, {13, 512}, {14, 900}, {15, 900}, {999, 900}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fail_times(f, "ada", NULL, 1);
        run_sql(f,
                arena_printf(f->a, "UPDATE tl_throttle SET open_at = 0, failures = %d", cases[i].failures));
        fail_times(f, "ada", NULL, 1);
        assert_int_equal(number(f, "SELECT (open_at - at) / 1000000 FROM tl_throttle"), cases[i].pause_s);
        run_sql(f, "UPDATE tl_throttle SET open_at = 0");
    }
}

static void test_unknown_names_are_slowed_down_alike(void **state)
{
    struct fixture *f = *state;

    fail_times(f, "zed", NULL, 5);
    run_sql(f, "UPDATE tl_throttle SET open_at = open_at + 60000000");
    assert_int_equal(login(f, "zed", PASSWORD), ERR_TOO_MANY);
    assert_ok(f, login(f, "ada", PASSWORD));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_throttle WHERE key LIKE '%zed%'"), 0);
}

static void test_addresses(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *address, *key;
    } cases[] = {
        {"192.0.2.1", "address 192.0.2.1"},
        {"::ffff:192.0.2.1", "address 192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "address 2001:0db8:0001:0002::/64"},
        {"2001:db8:1:2::9", "address 2001:0db8:0001:0002::/64"},
        {"::1", "address 0000:0000:0000:0000::/64"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_throttle row;

        run_sql(f, "DELETE FROM tl_throttle");
        fail_times(f, "ada", cases[i].address, 1);
        assert_ok(f, store_throttle_get(f->s, f->a, cases[i].key, &row, &f->e));
        assert_int_equal(row.failures, 1);
    }
}

/* An end far ahead was written under another clock, and must not lock anybody out for as long. */
static void test_a_clock_that_was_set_back(void **state)
{
    struct fixture *f = *state;

    fail_times(f, "ada", NULL, 5);
    run_sql(f, "UPDATE tl_throttle SET open_at = open_at + 86400000000");
    assert_ok(f, login(f, "ada", PASSWORD));
}

enum { GUESSERS = 6 };

/* A process of its own with its own connection, which starts when the pipe is closed. */
static pid_t start_guesser(struct fixture *f, const int gate[2])
{
    pid_t pid = fork();
    struct err e = {0};
    char byte;

    if (pid)
        return pid;
    close(gate[1]);
    if (store_open(f->path, &f->s, &e) != ERR_OK)
        _exit(99);
    while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
        ;
    _exit((int)login(f, "ada", "wrong password"));
}

static void test_guesses_at_once_all_count(void **state)
{
    struct fixture *f = *state;
    pid_t pids[GUESSERS];
    int looked_at = 0, refused = 0, gate[2];

    /* The next failure closes the account for 32 seconds: of all who guess now one gets an answer. */
    fail_times(f, "ada", NULL, 1);
    run_sql(f, "UPDATE tl_throttle SET failures = 9");
    assert_int_equal(pipe(gate), 0);
    store_close(f->s); /* no connection may cross fork() */
    f->s = NULL;
    for (int i = 0; i < GUESSERS; i++)
        pids[i] = start_guesser(f, gate);
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < GUESSERS; i++) {
        int status = 0;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        looked_at += WEXITSTATUS(status) == ERR_UNAUTHENTICATED;
        refused += WEXITSTATUS(status) == ERR_TOO_MANY;
    }
    assert_int_equal(looked_at, 1);
    assert_int_equal(refused, GUESSERS - 1);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(number(f, "SELECT failures FROM tl_throttle"), 10);
}

static void test_a_new_password_ends_sessions(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    struct store_session own;
    const char *kept, *other;

    add_account(f, "bob", AUTH_VIEWER);
    kept = session_of(f, "ada");
    other = session_of(f, "ada");
    (void)session_of(f, "bob");
    assert_true(open_session(f, kept, &own));
    fail_times(f, "ada", NULL, 5);
    assert_ok(f, auth_account_set_password(&x, "ada", "another password", own.hash, &f->e));
    assert_true(is_open(f, kept));
    assert_false(is_open(f, other));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_session WHERE account = 'bob'"), 1);
    assert_ok(f, login(f, "ada", "another password")); /* and the failures are forgotten */
    assert_int_equal(login(f, "ada", PASSWORD), ERR_UNAUTHENTICATED);
    assert_ok(f, auth_account_set_password(&x, "ada", PASSWORD, NULL, &f->e));
    assert_false(is_open(f, kept));
    assert_int_equal(auth_account_set_password(&x, "zed", PASSWORD, NULL, &f->e), ERR_NOT_FOUND);
}

static void test_the_last_admin_stays(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);

    add_account(f, "bob", AUTH_EDITOR);
    assert_int_equal(auth_account_remove(&x, "ada", &f->e), ERR_FORBIDDEN);
    assert_int_equal(auth_account_set_role(&x, "ada", AUTH_EDITOR, &f->e), ERR_FORBIDDEN);
    assert_ok(f, auth_account_set_role(&x, "ada", AUTH_ADMIN, &f->e));
    assert_ok(f, auth_account_set_role(&x, "bob", AUTH_VIEWER, &f->e));
    assert_ok(f, auth_account_set_role(&x, "bob", AUTH_ADMIN, &f->e));
    assert_ok(f, auth_account_set_role(&x, "ada", AUTH_EDITOR, &f->e));
    assert_int_equal(auth_account_remove(&x, "bob", &f->e), ERR_FORBIDDEN);
    assert_ok(f, auth_account_remove(&x, "ada", &f->e));
    assert_int_equal(auth_account_remove(&x, "ada", &f->e), ERR_NOT_FOUND);
    assert_int_equal(auth_account_set_role(&x, "zed", AUTH_ADMIN, &f->e), ERR_NOT_FOUND);
}

static void test_own_password_is_asked_for(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    struct auth_login asked = {.name = "ada", .password = "wrong password", .address = "192.0.2.1"};

    for (int i = 0; i < AUTH_FREE_FAILURES; i++)
        assert_int_equal(auth_password_verify(&x, &asked, &f->e), ERR_UNAUTHENTICATED);
    run_sql(f, "UPDATE tl_throttle SET open_at = open_at + 60000000");
    asked.password = PASSWORD;
    assert_int_equal(auth_password_verify(&x, &asked, &f->e), ERR_TOO_MANY);
    assert_int_equal(login(f, "ada", PASSWORD), ERR_TOO_MANY); /* guesses here count like logins */
    run_sql(f, "UPDATE tl_throttle SET open_at = 0");
    assert_ok(f, auth_password_verify(&x, &asked, &f->e));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_throttle"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM tl_session"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, fixture_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_passwords, fixture_folder, fixture_close),
        cmocka_unit_test(test_roles),
        cmocka_unit_test_setup_teardown(test_login, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_wrong_logins_say_the_same, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_unknown_names_cost_the_same, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_failures_slow_down, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_pauses_double_up_to_a_limit, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_unknown_names_are_slowed_down_alike, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_addresses, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_clock_that_was_set_back, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_guesses_at_once_all_count, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_new_password_ends_sessions, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_last_admin_stays, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_own_password_is_asked_for, with_ada, fixture_close),
    };

    log_setup(false, LOG_ERROR); /* logins are logged */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
