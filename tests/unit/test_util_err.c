/* Errors: one table, clean messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>

#include "core/util/err.h"

#define LISTED(symbol, name, exit_status, http_status) symbol,
static const enum err_code codes[] = {ERR_CODES(LISTED)};

/* CONTRACT.md, "Command line": the exit statuses, and "Web": the HTTP statuses. */
static void keeps_the_contract(void **state)
{
    static const int statuses[] = {400, 401, 403, 404, 409, 412, 413, 415, 422,
                                   428, 429, 500, 501, 502, 503, 504, 507};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const char *name = err_name(codes[i]);
        bool known = false;

        assert_in_range(err_exit_status(codes[i]), 1, 8);
        for (size_t j = 0; j < sizeof statuses / sizeof statuses[0]; j++)
            known = known || statuses[j] == err_http_status(codes[i]);
        assert_true(known);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(name, err_name(codes[j]));
    }
    assert_int_equal(err_exit_status(ERR_OK), 0);
    assert_int_equal(err_http_status(ERR_OK), 200);
    assert_int_equal(err_exit_status(ERR_USAGE), 2);
    assert_int_equal(err_exit_status(ERR_CONFLICTS), 3);
    assert_int_equal(err_exit_status(ERR_NOTHING_TO_DO), 4);
    assert_int_equal(err_exit_status(ERR_NOT_FOUND), 5);
    assert_int_equal(err_exit_status(ERR_LOCKED), 6);
    assert_int_equal(err_exit_status(ERR_REMOTE_AUTH), 7);
    assert_int_equal(err_exit_status(ERR_REMOTE_UNREACHABLE), 8);
}

static void cleans_and_bounds_messages(void **state)
{
    char big[2000];
    struct err e;

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    assert_int_equal(err_set(&e, ERR_IO, "a\x1b[31m %s \xFF", "b\xE2\x80\xAE"), ERR_IO);
    assert_string_equal(e.message, "a?[31m b? ?");
    assert_int_equal(e.line, 0);
    assert_int_equal(err_set_line(&e, ERR_INVALID_EVENT, 7, "%s", big), ERR_INVALID_EVENT);
    assert_int_equal(e.line, 7);
    assert_true(strlen(e.message) < sizeof e.message);
    assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
}

static void tells_full_from_read_only(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_set_errno(&e, ENOSPC, "write X"), ERR_DISK_FULL);
    assert_non_null(strstr(e.message, "write X"));
    assert_int_equal(err_set_errno(&e, EROFS, "write X"), ERR_READ_ONLY);
    assert_int_equal(err_set_errno(&e, EACCES, "write X"), ERR_READ_ONLY);
    assert_int_equal(err_set_errno(&e, EIO, "write X"), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_contract),
        cmocka_unit_test(cleans_and_bounds_messages),
        cmocka_unit_test(tells_full_from_read_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
