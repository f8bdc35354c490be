// link: core_auth core_store core_event core_util
#include "tests/unit/auth_fixture.h"

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
        cmocka_unit_test_setup_teardown(test_sessions_end, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_seen_is_noted_seldom, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_busy_database_is_not_waited_for, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_cookies_that_are_none, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_most_sessions, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_role_holds_at_once, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_csrf, fixture_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_seals, fixture_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens_that_are_none, with_ada, fixture_close),
        cmocka_unit_test_setup_teardown(test_nothing_secret_is_stored, with_ada, fixture_close),
    };

    log_setup(false, LOG_ERROR); /* logins are logged */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
