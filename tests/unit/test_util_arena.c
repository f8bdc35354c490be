/* Arenas: zeroed aligned memory, deferred releases, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/arena.h"

static int released[8];
static int n_released;

static void note(void *handle)
{
    released[n_released++] = *(int *)handle;
}

static void gives_zeroed_aligned_memory(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t n = 0; n < 100000; n = n * 3 + 1) {
        unsigned char *p = arena_alloc(a, n);

        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAB, n);
    }
    assert_true(arena_used_bytes(a) > 100000 / 3);
}

static void memory_is_zeroed_again_after_reset(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    unsigned char *p;

    (void)state;
    memset(arena_alloc(a, 20000), 0xAB, 20000);
    memset(arena_alloc(a, 90000), 0xAB, 90000);
    arena_reset(a);
    assert_int_equal(arena_used_bytes(a), 0);
    p = arena_alloc(a, 20000);
    for (size_t i = 0; i < 20000; i++)
        assert_int_equal(p[i], 0);
}

static void releases_last_first_and_once(void **state)
{
    struct arena *a = arena_new();
    static int one = 1, two = 2, three = 3;

    (void)state;
    n_released = 0;
    arena_defer(a, note, &one);
    arena_defer(a, note, &two);
    arena_reset(a);
    arena_defer(a, note, &three);
    arena_free(a);
    assert_int_equal(n_released, 3);
    assert_int_equal(released[0], 2);
    assert_int_equal(released[1], 1);
    assert_int_equal(released[2], 3);
}

static void copies_text(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    assert_null(arena_strdup(a, NULL));
    assert_string_equal(arena_strdup(a, "abc"), "abc");
    assert_string_equal(arena_strndup(a, "abc", 2), "ab");
    assert_string_equal(arena_strndup(a, NULL, 0), "");
    assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(memory_is_zeroed_again_after_reset),
        cmocka_unit_test(releases_last_first_and_once),
        cmocka_unit_test(copies_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
