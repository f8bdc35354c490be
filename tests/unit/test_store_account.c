// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include "core/store/store_account.h"
#include "core/store/store_internal.h"
#include "core/util/clock.h"

#define SECOND_US ((int64_t)1000000)

static void add_account(struct fixture *f, const char *name, const char *role)
{
    const struct store_account account = {
        .name = name, .role = role, .password = "$argon2id$x", .created_by = "root"};

    begin(f);
    assert_ok(f, store_account_add(f->s, &account, &f->e));
    commit(f);
}

static struct store_account get_account(struct fixture *f, const char *name)
{
    struct store_account account;

    assert_ok(f, store_account_get(f->s, f->a, name, &account, &f->e));
    return account;
}

static void test_accounts(void **state)
{
    struct fixture *f = *state;
    int64_t before = clock_now_us(), n = 0;
    struct store_account *list, account;
    size_t n_list = 0;

    add_account(f, "bob", "viewer");
    add_account(f, "ada", "admin");
    account = get_account(f, "ada");
    assert_string_equal(account.role, "admin");
    assert_string_equal(account.password, "$argon2id$x");
    assert_string_equal(account.created_by, "root");
    assert_true(account.created_at_us >= before && account.password_at_us >= before);
    assert_int_equal(account.login_at_us, 0);
    assert_ok(f, store_account_list(f->s, f->a, &list, &n_list, &f->e));
    assert_int_equal(n_list, 2);
    assert_string_equal(list[0].name, "ada");
    assert_ok(f, store_account_count(f->s, "admin", &n, &f->e));
    assert_int_equal(n, 1);
    assert_ok(f, store_account_count(f->s, NULL, &n, &f->e));
    assert_int_equal(n, 2);
    begin(f);
    assert_ok(f, store_account_set_role(f->s, "bob", "editor", &f->e));
    assert_ok(f, store_account_set_password(f->s, "bob", "$argon2id$y", &f->e));
    assert_ok(f, store_account_set_login(f->s, "bob", &f->e));
    commit(f);
    account = get_account(f, "bob");
    assert_string_equal(account.role, "editor");
    assert_string_equal(account.password, "$argon2id$y");
    assert_true(account.login_at_us >= before);
    assert_string_equal(get_account(f, "ada").password, "$argon2id$x");
}

static void test_taken_and_missing(void **state)
{
    struct fixture *f = *state;
    const struct store_account again = {.name = "ada", .role = "viewer", .password = "z"};
    struct store_account account;

    add_account(f, "ada", "admin");
    begin(f);
    assert_int_equal(store_account_add(f->s, &again, &f->e), ERR_EXISTS);
    assert_int_equal(store_account_set_role(f->s, "zed", "admin", &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_account_set_password(f->s, "zed", "x", &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_account_set_login(f->s, "zed", &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_account_remove(f->s, "zed", &f->e), ERR_NOT_FOUND);
    commit(f);
    assert_int_equal(store_account_get(f->s, f->a, "zed", &account, &f->e), ERR_NOT_FOUND);
    assert_non_null(strstr(f->e.message, "\"zed\""));
    assert_string_equal(get_account(f, "ada").role, "admin");
}

static void add_session(struct fixture *f, const char *hash, const char *account, int64_t age_s)
{
    int64_t now_us = clock_now_us();
    const struct store_session session = {.hash = hash,
                                          .account = account,
                                          .created_at_us = now_us - age_s * SECOND_US,
                                          .ends_at_us = now_us + (1000 - age_s) * SECOND_US};
    const struct store_session_limits limits = {.seen_since_us = now_us - 500 * SECOND_US, .most = 3};

    begin(f);
    assert_ok(f, store_session_add(f->s, &session, &limits, &f->e));
    commit(f);
}

static bool has_session(struct fixture *f, const char *hash)
{
    struct store_session session;
    enum err_code code = store_session_get(f->s, f->a, hash, &session, &f->e);

    assert_true(code == ERR_OK || code == ERR_NOT_FOUND);
    return code == ERR_OK;
}

static void test_sessions(void **state)
{
    struct fixture *f = *state;
    struct store_session session;
    int64_t n = 0;

    add_account(f, "ada", "admin");
    add_account(f, "bob", "viewer");
    add_session(f, "a1", "ada", 30);
    add_session(f, "b1", "bob", 0);
    assert_ok(f, store_session_get(f->s, f->a, "a1", &session, &f->e));
    assert_string_equal(session.account, "ada");
    assert_string_equal(session.role, "admin");
    assert_int_equal(session.seen_at_us, session.created_at_us);
    begin(f);
    assert_ok(f, store_session_seen(f->s, "a1", &f->e));
    assert_ok(f, store_account_set_role(f->s, "ada", "editor", &f->e));
    commit(f);
    assert_ok(f, store_session_get(f->s, f->a, "a1", &session, &f->e));
    assert_true(session.seen_at_us > session.created_at_us + 29 * SECOND_US);
    assert_string_equal(session.role, "editor");
    add_session(f, "a2", "ada", 20);
    add_session(f, "a3", "ada", 10);
    add_session(f, "a4", "ada", 0);
    assert_false(has_session(f, "a1")); /* the oldest beyond three */
    assert_true(has_session(f, "a2") && has_session(f, "a3") && has_session(f, "a4") && has_session(f, "b1"));
    assert_ok(f, store_session_count(f->s, "ada", 0, &n, &f->e));
    assert_int_equal(n, 3);
    assert_ok(f, store_session_count(f->s, "ada", clock_now_us() - 15 * SECOND_US, &n, &f->e));
    assert_int_equal(n, 2);
    begin(f);
    assert_ok(f, store_session_remove_others(f->s, "ada", "a3", &f->e));
    assert_ok(f, store_session_remove(f->s, "never", &f->e));
    commit(f);
    assert_true(has_session(f, "a3") && has_session(f, "b1"));
    assert_false(has_session(f, "a2") || has_session(f, "a4"));
    begin(f);
    assert_ok(f, store_session_remove_others(f->s, "ada", NULL, &f->e));
    commit(f);
    assert_false(has_session(f, "a3"));
    assert_true(has_session(f, "b1"));
}

static void test_sessions_that_are_over_go(void **state)
{
    struct fixture *f = *state;

    add_account(f, "ada", "admin");
    add_account(f, "bob", "viewer");
    add_session(f, "ended", "bob", 1001);
    add_session(f, "idle", "bob", 501);
    assert_true(has_session(f, "idle"));
    add_session(f, "new", "ada", 0);
    assert_false(has_session(f, "ended"));
    assert_false(has_session(f, "idle"));
    assert_true(has_session(f, "new"));
}

static int64_t add_token(struct fixture *f, const char *hash, const char *account)
{
    const struct store_token token = {.hash = hash,
                                      .hint = "tdl_abcd",
                                      .account = account,
                                      .name = "nightly",
                                      .scope = "write",
                                      .created_by = "root",
                                      .created_at_us = 5,
                                      .ends_at_us = 7};
    int64_t id = 0;

    begin(f);
    assert_ok(f, store_token_add(f->s, &token, &id, &f->e));
    commit(f);
    return id;
}

static void test_tokens(void **state)
{
    struct fixture *f = *state;
    struct store_token token, *list;
    int64_t first, second, n_tokens = 0;
    size_t n = 0;

    add_account(f, "ada", "admin");
    add_account(f, "bob", "viewer");
    first = add_token(f, "h1", "ada");
    second = add_token(f, "h2", "bob");
    assert_ok(f, store_token_get(f->s, f->a, "h1", &token, &f->e));
    assert_int_equal(token.id, first);
    assert_string_equal(token.hint, "tdl_abcd");
    assert_string_equal(token.account, "ada");
    assert_string_equal(token.name, "nightly");
    assert_string_equal(token.scope, "write");
    assert_string_equal(token.role, "admin");
    assert_string_equal(token.created_by, "root");
    assert_int_equal(token.created_at_us, 5);
    assert_int_equal(token.ends_at_us, 7);
    assert_int_equal(token.used_at_us, 0);
    assert_ok(f, store_token_list(f->s, f->a, NULL, &list, &n, &f->e));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].id, second);
    assert_ok(f, store_token_list(f->s, f->a, "ada", &list, &n, &f->e));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].id, first);
    assert_ok(f, store_token_count(f->s, "bob", &n_tokens, &f->e));
    assert_int_equal(n_tokens, 1);
    begin(f);
    assert_ok(f, store_token_used(f->s, first, &f->e));
    assert_ok(f, store_token_remove(f->s, second, &f->e));
    assert_int_equal(store_token_remove(f->s, second, &f->e), ERR_NOT_FOUND);
    commit(f);
    assert_ok(f, store_token_get_id(f->s, f->a, first, &token, &f->e));
    assert_true(token.used_at_us > 0);
    assert_int_equal(store_token_get(f->s, f->a, "h2", &token, &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_token_get_id(f->s, f->a, second, &token, &f->e), ERR_NOT_FOUND);
    assert_true(add_token(f, "h3", "bob") > second); /* an id is never used twice */
}

static void test_removing_an_account_ends_what_is_its(void **state)
{
    struct fixture *f = *state;
    struct store_token token;

    add_account(f, "ada", "admin");
    add_account(f, "bob", "viewer");
    add_session(f, "a1", "ada", 0);
    add_session(f, "b1", "bob", 0);
    add_token(f, "h1", "ada");
    add_token(f, "h2", "bob");
    begin(f);
    assert_ok(f, store_account_remove(f->s, "bob", &f->e));
    commit(f);
    assert_false(has_session(f, "b1"));
    assert_true(has_session(f, "a1"));
    assert_int_equal(store_token_get(f->s, f->a, "h2", &token, &f->e), ERR_NOT_FOUND);
    assert_ok(f, store_token_get(f->s, f->a, "h1", &token, &f->e));
}

static void test_a_token_needs_its_account(void **state)
{
    struct fixture *f = *state;
    const struct store_token token = {
        .hash = "h", .hint = "t", .account = "zed", .name = "n", .scope = "read"};
    int64_t id = 0;

    begin(f);
    assert_int_not_equal(store_token_add(f->s, &token, &id, &f->e), ERR_OK);
    store_rollback(f->s);
}

static struct store_throttle get_throttle(struct fixture *f, const char *key)
{
    struct store_throttle row;

    assert_ok(f, store_throttle_get(f->s, f->a, key, &row, &f->e));
    return row;
}

static void test_throttle(void **state)
{
    struct fixture *f = *state;
    int64_t now_us = clock_now_us();
    const struct store_throttle old = {"old", 4, now_us - 25 * 3600 * SECOND_US, now_us};
    const struct store_throttle row = {"account x", 3, now_us, now_us + 9};

    assert_int_equal(get_throttle(f, "account x").failures, 0);
    begin(f);
    assert_ok(f, store_throttle_set(f->s, &old, &f->e));
    commit(f);
    assert_int_equal(get_throttle(f, "old").failures, 4);
    begin(f);
    assert_ok(f, store_throttle_set(f->s, &row, &f->e));
    commit(f);
    assert_int_equal(get_throttle(f, "old").failures, 0); /* after a day it is forgotten */
    assert_int_equal(get_throttle(f, "account x").failures, 3);
    assert_int_equal(get_throttle(f, "account x").open_at_us, now_us + 9);
    begin(f);
    assert_ok(f, store_throttle_set(f->s, &(struct store_throttle){.key = "account x"}, &f->e));
    commit(f);
    assert_int_equal(get_throttle(f, "account x").failures, 0);
}

static void test_writing_needs_a_transaction(void **state)
{
    struct fixture *f = *state;

    add_account(f, "ada", "admin");
    assert_int_equal(store_account_remove(f->s, "ada", &f->e), ERR_INTERNAL);
    assert_int_equal(store_session_remove(f->s, "x", &f->e), ERR_INTERNAL);
    assert_int_equal(store_token_used(f->s, 1, &f->e), ERR_INTERNAL);
    assert_string_equal(get_account(f, "ada").role, "admin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accounts, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_taken_and_missing, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_sessions, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_sessions_that_are_over_go, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_removing_an_account_ends_what_is_its, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(test_a_token_needs_its_account, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_throttle, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_writing_needs_a_transaction, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
