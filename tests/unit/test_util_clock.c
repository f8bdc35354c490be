/* Time: spellings, parsing, calendar dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/clock.h"

static void writes_each_spelling(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const int64_t us = 1762432496 * (int64_t)1000000 + 42; /* 2025-11-06T12:34:56.000042Z */

    (void)state;
    assert_string_equal(clock_rfc3339(a, us), "2025-11-06T12:34:56Z");
    assert_string_equal(clock_sql(a, us), "2025-11-06 12:34:56.000042");
    assert_string_equal(clock_compact_date(a, us), "20251106");
    assert_string_equal(clock_rfc3339(a, 0), "1970-01-01T00:00:00Z");
    assert_string_equal(clock_sql(a, -1), "1969-12-31 23:59:59.999999");
}

static void reads_both_spellings(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } table[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01 00:00:01.5", 1500000},
        {"1970-01-01T00:00:00.000042+00:00", 42},
        {"2025-11-06 12:34:56.000042", 1762432496000042},
        {"2024-02-29T00:00:00Z", 1709164800000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t us = -7;

        assert_true(clock_parse(table[i].text, &us));
        assert_int_equal(us, table[i].us);
    }
}

static void refuses_other_text(void **state)
{
    static const char *const table[] = {"",
                                        "now",
                                        "2025-11-06",
                                        "2025-11-06X12:00:00",
                                        "2025-11-06T12:00:00+01:00",
                                        "2025-13-06T12:00:00Z",
                                        "2025-11-06T12:00:00Zjunk",
                                        "2025-11-06T12:00"};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t us;

        if (clock_parse(table[i], &us))
            fail_msg("accepted: %s", table[i]);
    }
}

static void knows_the_calendar(void **state)
{
    static const char *const good[] = {"2025-01-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"};
    static const char *const bad[] = {"2025-02-29", "1900-02-29",  "2025-04-31", "2025-00-01", "2025-13-01",
                                      "2025-01-00", "2025-1-1",    "2025-01-1",  "2025/01/01", "0000-01-01",
                                      "",           "2025-01-01 ", "-025-01-01", "2025-+1-01", "20250-1-01"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!clock_date_valid(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (clock_date_valid(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void runs_forward(void **state)
{
    int64_t started = clock_monotonic_ms();

    (void)state;
    clock_pause_ms(2);
    assert_true(clock_monotonic_ms() > started);
    assert_true(clock_now_us() > 1700000000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_spelling), cmocka_unit_test(reads_both_spellings),
        cmocka_unit_test(refuses_other_text),   cmocka_unit_test(knows_the_calendar),
        cmocka_unit_test(runs_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
