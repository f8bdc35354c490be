// link: core_auth core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/auth/auth.h"
#include "core/store/store_internal.h"
#include "core/util/clock.h"
#include "core/util/log.h"

#define SECOND_US ((int64_t)1000000)
#define PASSWORD "correct horse 7"

static struct auth auth_of(struct fixture *f)
{
    return (struct auth){.store = f->s, .arena = f->a, .wait_ms = 5000};
}

static void run_sql(struct fixture *f, const char *sql)
{
    begin(f);
    assert_ok(f, store_exec(f->s, sql, &f->e));
    commit(f);
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void add_account(struct fixture *f, const char *name, enum auth_role role)
{
    const struct auth x = auth_of(f);
    const struct store_account account = {.name = name, .role = auth_role_name(role), .created_by = "root"};

    assert_ok(f, auth_account_add(&x, &account, PASSWORD, &f->e));
}

static int with_ada(void **state)
{
    fixture_open(state);
    add_account(*state, "ada", AUTH_ADMIN);
    return 0;
}

static enum err_code login_from(struct fixture *f, const char *name, const char *password,
                                const char *address, const char **value)
{
    const struct auth x = auth_of(f);
    const struct auth_login login = {.name = name, .password = password, .address = address};
    struct store_session session;

    f->e = (struct err){0};
    return auth_login(&x, &login, &session, value, &f->e);
}

static enum err_code login(struct fixture *f, const char *name, const char *password)
{
    const char *value = NULL;

    return login_from(f, name, password, NULL, &value);
}

static const char *session_of(struct fixture *f, const char *name)
{
    const char *value = NULL;

    assert_ok(f, login_from(f, name, PASSWORD, NULL, &value));
    return value;
}

static bool open_session(struct fixture *f, const char *value, struct store_session *session)
{
    const struct auth x = auth_of(f);
    bool found = false;

    assert_ok(f, auth_session(&x, value, session, &found, &f->e));
    return found;
}

static bool is_open(struct fixture *f, const char *value)
{
    struct store_session session;

    return open_session(f, value, &session);
}

static char *repeated(struct fixture *f, char c, size_t n)
{
    char *text = arena_alloc(f->a, n + 1);

    memset(text, c, n);
    return text;
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    const char *good[] = {"a", "0", "ada", "ada.l", "a-b_c.9", repeated(f, 'a', 63)};
    const char *bad[] = {
        "",    ".a", "-a", "_a", "Ada", "a b",   "a/b",    "ad\xc3\xa4",        "a\nb", "a;b", "ada\xff",
        "a@b", " a", "a ", "..", "a'b", "a\x7f", "a<b>&c", repeated(f, 'a', 64)};

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

static void fail_times(struct fixture *f, const char *name, const char *address, int times)
{
    const char *value = NULL;

    for (int i = 0; i < times; i++)
        assert_int_equal(login_from(f, name, "wrong password", address, &value), ERR_UNAUTHENTICATED);
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

static void test_sessions_end(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    struct store_session session;
    const char *value = session_of(f, "ada");

    run_sql(f, arena_printf(f->a, "UPDATE tl_session SET seen_at = seen_at - %lld",
                            (long long)(AUTH_IDLE_S - 60) * 1000000));
    assert_true(is_open(f, value)); /* noted: idle begins anew */
    assert_true(open_session(f, value, &session));
    assert_true(clock_now_us() - session.seen_at_us < 60 * SECOND_US);
    run_sql(f, arena_printf(f->a, "UPDATE tl_session SET seen_at = seen_at - %lld",
                            (long long)(AUTH_IDLE_S + 1) * 1000000));
    assert_false(is_open(f, value));
    value = session_of(f, "ada");
    run_sql(f, arena_printf(f->a, "UPDATE tl_session SET ends_at = %lld", (long long)clock_now_us()));
    assert_false(is_open(f, value)); /* whatever was seen */
    value = session_of(f, "ada");
    assert_true(open_session(f, value, &session));
    assert_ok(f, auth_logout(&x, session.hash, &f->e));
    assert_false(is_open(f, value));
    assert_ok(f, auth_logout(&x, session.hash, &f->e)); /* twice is no error */
}

static void test_seen_is_noted_seldom(void **state)
{
    struct fixture *f = *state;
    const char *value = session_of(f, "ada");
    int64_t before = number(f, "SELECT seen_at FROM tl_session");
    int64_t writes = store_version(f->s);

    assert_true(is_open(f, value));
    assert_int_equal(store_version(f->s), writes);
    run_sql(f, "UPDATE tl_session SET seen_at = seen_at - 301000000");
    assert_true(is_open(f, value));
    assert_true(number(f, "SELECT seen_at FROM tl_session") >= before);
}

/* A writer that takes its time must not keep anybody from reading. */
static void test_a_busy_database_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    const struct store_token asked = {.account = "ada", .name = "n", .scope = "read"};
    struct auth_token_made made;
    struct store_token token;
    const char *value = session_of(f, "ada");
    struct store *other = NULL;
    int64_t seen, started;

    assert_ok(f, auth_token_create(&x, &asked, 0, &made, &f->e));
    run_sql(f, "UPDATE tl_session SET seen_at = seen_at - 301000000");
    seen = number(f, "SELECT seen_at FROM tl_session");
    assert_ok(f, store_open(f->path, &other, &f->e));
    assert_ok(f, store_begin(other, 1000, &f->e));
    started = clock_monotonic_ms();
    assert_true(is_open(f, value));
    assert_ok(f, auth_token(&x, made.value, &token, &f->e));
    assert_true(clock_monotonic_ms() - started < 2000);
    store_rollback(other);
    assert_int_equal(number(f, "SELECT seen_at FROM tl_session"), seen);
    assert_int_equal(number(f, "SELECT used_at FROM tl_token"), 0);
    assert_true(is_open(f, value));
    assert_ok(f, auth_token(&x, made.value, &token, &f->e));
    assert_true(number(f, "SELECT seen_at FROM tl_session") > seen);
    assert_true(number(f, "SELECT used_at FROM tl_token") > 0);
    store_close(other);
}

static void test_cookies_that_are_none(void **state)
{
    struct fixture *f = *state;
    const char *value = session_of(f, "ada");
    char *other = arena_strdup(f->a, value);
    const char *bad[] = {NULL,
                         "",
                         "x",
                         repeated(f, 'A', 43),
                         repeated(f, 'A', 5000),
                         arena_printf(f->a, "%s=", value),
                         arena_printf(f->a, " %s", value),
                         arena_printf(f->a, "tdl_%s", value),
                         "' OR 1=1 --",
                         "\xff\xfe"};

    other[0] = other[0] == 'A' ? 'B' : 'A';
    assert_false(is_open(f, other));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(is_open(f, bad[i]));
    assert_true(is_open(f, value));
}

static void test_most_sessions(void **state)
{
    struct fixture *f = *state;
    const char *first = session_of(f, "ada");
    struct store_session session;

    for (int i = 0; i < AUTH_SESSIONS_MOST - 1; i++)
        run_sql(
            f, arena_printf(f->a,
                            "INSERT INTO tl_session SELECT 'h%d', account, created_at + %d, seen_at, ends_at "
                            "FROM tl_session WHERE hash NOT LIKE 'h%%'",
                            i, i + 1));
    assert_true(open_session(f, first, &session));
    (void)session_of(f, "ada");
    assert_false(is_open(f, first));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_session"), AUTH_SESSIONS_MOST);
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

static void test_a_role_holds_at_once(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    const struct store_token asked = {.account = "bob", .name = "n", .scope = "write"};
    struct auth_token_made made;
    struct store_session session;
    struct store_token token;
    const char *value;

    add_account(f, "bob", AUTH_EDITOR);
    value = session_of(f, "bob");
    assert_ok(f, auth_token_create(&x, &asked, 0, &made, &f->e));
    assert_ok(f, auth_account_set_role(&x, "bob", AUTH_VIEWER, &f->e));
    assert_true(open_session(f, value, &session));
    assert_string_equal(session.role, "viewer");
    assert_ok(f, auth_token(&x, made.value, &token, &f->e));
    assert_string_equal(token.role, "viewer");
    assert_ok(f, auth_account_remove(&x, "bob", &f->e));
    assert_false(is_open(f, value));
    assert_int_equal(auth_token(&x, made.value, &token, &f->e), ERR_UNAUTHENTICATED);
    assert_int_equal(login(f, "bob", PASSWORD), ERR_UNAUTHENTICATED);
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

static void test_csrf(void **state)
{
    struct fixture *f = *state;
    const char *one = "one-session-value", *two = "two-session-value";
    char *token = auth_csrf_token(f->a, one), *again = auth_csrf_token(f->a, one);
    const char *bad[] = {NULL, "", "x", repeated(f, 'A', 86), repeated(f, 'A', 100000), "\xff", one};

    assert_string_not_equal(token, again);
    assert_int_not_equal(memcmp(token + 43, again + 43, 43), 0); /* nothing of it repeats */
    assert_true(auth_csrf_valid(one, token) && auth_csrf_valid(one, again));
    assert_false(auth_csrf_valid(two, token));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(auth_csrf_valid(one, bad[i]));
    assert_false(auth_csrf_valid(one, arena_printf(f->a, "%sA", token)));
    for (size_t i = 0; token[i]; i++) {
        char before = token[i];

        token[i] = before == 'A' ? 'E' : 'A';
        assert_false(auth_csrf_valid(one, token));
        token[i] = before;
    }
    assert_true(auth_csrf_valid(one, token));
}

static void test_seals(void **state)
{
    struct fixture *f = *state;
    const char *texts[] = {"", "Saved.", "a; b, \"c\" = d\xc3\xa4\n<script>", repeated(f, 'x', 3000)};
    const char *bad[] = {NULL, "", ".", "..", "A.B", "%%%.%%%", repeated(f, 'A', 100000)};
    char *sealed;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sealed = auth_seal(f->a, "one", texts[i]);
        assert_int_equal(strspn(sealed, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
                         strlen(sealed));
        assert_string_equal(auth_unseal(f->a, "one", sealed), texts[i]);
        assert_null(auth_unseal(f->a, "two", sealed));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(auth_unseal(f->a, "one", bad[i]));
    sealed = auth_seal(f->a, "one", "Saved.");
    sealed[1] = sealed[1] == 'A' ? 'B' : 'A';
    assert_null(auth_unseal(f->a, "one", sealed));
    /* A CSRF token is no seal of anything. */
    assert_null(auth_unseal(f->a, "one", arena_printf(f->a, ".%.43s", auth_csrf_token(f->a, "one"))));
}

static void test_tokens(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    const struct store_token asked = {
        .account = "ada", .name = "nightly", .scope = "write", .created_by = "root"};
    struct auth_token_made made, other;
    struct store_token token;

    assert_ok(f, auth_token_create(&x, &asked, 2, &made, &f->e));
    assert_ok(f, auth_token_create(&x, &asked, 0, &other, &f->e));
    assert_int_equal(strlen(made.value), 47);
    assert_int_equal(strncmp(made.value, "tdl_", 4), 0);
    assert_string_not_equal(made.value, other.value);
    assert_ok(f, auth_token(&x, made.value, &token, &f->e));
    assert_string_equal(token.account, "ada");
    assert_string_equal(token.scope, "write");
    assert_int_equal(token.id, made.id);
    assert_int_equal(strlen(token.hint), 8);
    assert_true(token.ends_at_us - token.created_at_us == 2 * 86400 * SECOND_US);
    assert_int_equal(other.ends_at_us, 0);
    run_sql(f, arena_printf(f->a, "UPDATE tl_token SET ends_at = %lld WHERE ends_at > 0",
                            (long long)clock_now_us()));
    assert_int_equal(auth_token(&x, made.value, &token, &f->e), ERR_UNAUTHENTICATED);
    assert_non_null(strstr(f->e.message, "expired"));
    assert_ok(f, auth_token(&x, other.value, &token, &f->e));
    assert_ok(f, auth_token_remove(&x, other.id, &f->e));
    assert_int_equal(auth_token(&x, other.value, &token, &f->e), ERR_UNAUTHENTICATED);
    assert_int_equal(auth_token_remove(&x, other.id, &f->e), ERR_NOT_FOUND);
}

static void test_tokens_that_are_none(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    const struct store_token asked = {.account = "ada", .name = "n", .scope = "read"};
    const struct store_token nobodys = {.account = "zed", .name = "n", .scope = "read"};
    struct auth_token_made made;
    struct store_token token;
    const char *bad[] = {NULL,          "",  "tdl_", repeated(f, 'A', 47), repeated(f, 'A', 9000), "\xff",
                         "' OR 1=1 --", NULL};

    assert_ok(f, auth_token_create(&x, &asked, 0, &made, &f->e));
    bad[7] = made.value + 4;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(auth_token(&x, bad[i], &token, &f->e), ERR_UNAUTHENTICATED);
    assert_int_equal(auth_token_create(&x, &nobodys, 0, &made, &f->e), ERR_NOT_FOUND);
    run_sql(
        f,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
        "INSERT INTO tl_token (hash, hint, account, name, scope, created_at, created_by, ends_at, used_at) "
        "SELECT 'h' || i, '', 'ada', '', 'read', 0, '', 0, 0 FROM n");
    assert_int_equal(auth_token_create(&x, &asked, 0, &made, &f->e), ERR_FORBIDDEN);
    assert_int_equal(number(f, "SELECT count(*) FROM tl_token"), AUTH_TOKENS_MOST);
}

static bool file_holds(struct fixture *f, const char *path, const char *text)
{
    char *p = NULL;
    size_t n = 0;

    assert_ok(f, file_read(f->a, path, 64 * 1024 * 1024, &p, &n, &f->e));
    return memmem(p, n, text, strlen(text)) != NULL;
}

static void test_nothing_secret_is_stored(void **state)
{
    struct fixture *f = *state;
    const struct auth x = auth_of(f);
    const struct store_token asked = {.account = "ada", .name = "marker-of-the-token", .scope = "read"};
    const char *wal = arena_printf(f->a, "%s-wal", f->path);
    struct auth_token_made made;
    const char *value = session_of(f, "ada");

    assert_ok(f, auth_token_create(&x, &asked, 0, &made, &f->e));
    fail_times(f, "hunter2hunter2", NULL, 1); /* a password where the name belongs */
    assert_true(file_holds(f, wal, "marker-of-the-token"));
    for (int i = 0; i < 2; i++) {
        const char *path = i ? f->path : wal;

        assert_false(file_holds(f, path, PASSWORD));
        assert_false(file_holds(f, path, value));
        assert_false(file_holds(f, path, made.value));
        assert_false(file_holds(f, path, made.value + 12));
        assert_false(file_holds(f, path, "hunter2hunter2"));
    }
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
        cmocka_unit_test_setup_teardown(test_sessions_end, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_seen_is_noted_seldom, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_busy_database_is_not_waited_for, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_cookies_that_are_none, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_most_sessions, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_new_password_ends_sessions, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_the_last_admin_stays, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_role_holds_at_once, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_own_password_is_asked_for, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_csrf, fixture_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_seals, fixture_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens_that_are_none, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_nothing_secret_is_stored, with_ada, fixture_close),
    };

    log_setup(false, LOG_ERROR); /* logins are logged */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
