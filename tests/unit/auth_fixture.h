/*
 * A database with the account "ada", an admin, and short forms, for the tests of core/auth.
 */
#ifndef TIDELINE_TESTS_AUTH_FIXTURE_H
#define TIDELINE_TESTS_AUTH_FIXTURE_H

#include "tests/unit/store_fixture.h"

#include "core/auth/auth.h"
#include "core/store/store_internal.h"
#include "core/util/clock.h"
#include "core/util/log.h"

#define SECOND_US ((int64_t)1000000)
#define PASSWORD "correct horse 7"

static inline struct auth auth_of(struct fixture *f)
{
    return (struct auth){.store = f->s, .arena = f->a, .wait_ms = 5000};
}

static inline void run_sql(struct fixture *f, const char *sql)
{
    begin(f);
    assert_ok(f, store_exec(f->s, sql, &f->e));
    commit(f);
}

static inline int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static inline void add_account(struct fixture *f, const char *name, enum auth_role role)
{
    const struct auth x = auth_of(f);
    const struct store_account account = {.name = name, .role = auth_role_name(role), .created_by = "root"};

    assert_ok(f, auth_account_add(&x, &account, PASSWORD, &f->e));
}

static inline int with_ada(void **state)
{
    fixture_open(state);
    add_account(*state, "ada", AUTH_ADMIN);
    return 0;
}

static inline enum err_code login_from(struct fixture *f, const char *name, const char *password,
                                       const char *address, const char **value)
{
    const struct auth x = auth_of(f);
    const struct auth_login login = {.name = name, .password = password, .address = address};
    struct store_session session;

    f->e = (struct err){0};
    return auth_login(&x, &login, &session, value, &f->e);
}

static inline enum err_code login(struct fixture *f, const char *name, const char *password)
{
    const char *value = NULL;

    return login_from(f, name, password, NULL, &value);
}

static inline const char *session_of(struct fixture *f, const char *name)
{
    const char *value = NULL;

    assert_ok(f, login_from(f, name, PASSWORD, NULL, &value));
    return value;
}

static inline bool open_session(struct fixture *f, const char *value, struct store_session *session)
{
    const struct auth x = auth_of(f);
    bool found = false;

    assert_ok(f, auth_session(&x, value, session, &found, &f->e));
    return found;
}

static inline bool is_open(struct fixture *f, const char *value)
{
    struct store_session session;

    return open_session(f, value, &session);
}

static inline char *repeated(struct fixture *f, char c, size_t n)
{
    char *text = arena_alloc(f->a, n + 1);

    memset(text, c, n);
    return text;
}

static inline void fail_times(struct fixture *f, const char *name, const char *address, int times)
{
    const char *value = NULL;

    for (int i = 0; i < times; i++)
        assert_int_equal(login_from(f, name, "wrong password", address, &value), ERR_UNAUTHENTICATED);
}

#endif
