/* struct str: growth, the ceiling, cutting; and the small questions about C strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"

static void grows_and_stays_terminated(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct str s;

    (void)state;
    str_init(&s, a, 1 << 20);
    assert_string_equal(s.p, "");
    for (int i = 0; i < 1000; i++)
        str_addf(&s, "%03d,", i);
    assert_int_equal(s.n, 4000);
    assert_int_equal(strlen(s.p), 4000);
    assert_memory_equal(s.p + 3996, "999,", 5);
    str_addn(&s, "a\0b", 3);
    assert_int_equal(s.n, 4003);
    str_addc(&s, '!');
    str_cut(&s, 3);
    assert_string_equal(s.p, "000");
    str_cut(&s, 10);
    assert_int_equal(s.n, 3);
}

static void stops_at_the_ceiling_for_good(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct str s;

    (void)state;
    str_init(&s, a, 10);
    str_add(&s, "0123456789");
    assert_false(s.full);
    assert_int_equal(s.n, 10);
    str_addc(&s, 'x');
    assert_true(s.full);
    str_init(&s, a, 10);
    str_add(&s, "01234567890");
    assert_true(s.full);
    assert_int_equal(s.n, 0);
    str_add(&s, "a");
    str_addf(&s, "%d", 1);
    assert_string_equal(s.p, "");
}

static void answers_about_strings(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL) && str_eq("a", "a"));
    assert_false(str_eq(NULL, "") || str_eq("", NULL) || str_eq("a", "b"));
    assert_true(str_starts("abc", "ab") && str_starts("abc", ""));
    assert_false(str_starts("ab", "abc"));
    assert_true(str_ends("abc", "bc") && str_ends("abc", ""));
    assert_false(str_ends("bc", "abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(stops_at_the_ceiling_for_good),
        cmocka_unit_test(answers_about_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
