/* UTF-8: what is refused, and what cleaning leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/utf8.h"

static void tells_valid_from_invalid(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        size_t bad; /* SIZE_MAX: valid */
    } table[] = {
        {"", 0, SIZE_MAX},
        {"plain", 5, SIZE_MAX},
        {"a\0b", 3, SIZE_MAX},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9, SIZE_MAX},
        {"\xF4\x8F\xBF\xBF", 4, SIZE_MAX},
        {"a\x80", 2, 1},
        {"\xC3", 1, 0},
        {"ab\xE2\x82", 4, 2},
        {"\xC0\xAF", 2, 0},         /* overlong / */
        {"\xE0\x80\xAF", 3, 0},     /* overlong / */
        {"\xF0\x80\x80\xAF", 4, 0}, /* overlong / */
        {"\xED\xA0\x80", 3, 0},     /* a surrogate */
        {"\xF4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 4, 0},
        {"\xFF", 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t bad = SIZE_MAX;

        assert_int_equal(utf8_valid(table[i].text, table[i].n, &bad), table[i].bad == SIZE_MAX);
        assert_int_equal(bad, table[i].bad);
    }
}

static void encodes_what_it_decodes(void **state)
{
    static const uint32_t points[] = {0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char bytes[4];
        uint32_t back = 1;
        size_t n = utf8_encode(points[i], bytes);

        assert_int_equal(utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, points[i]);
        if (n > 1)
            assert_int_equal(utf8_decode(bytes, n - 1, &back), 0);
    }
}

static void cleans_hostile_text(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *clean;
    } table[] = {
        {"a\x1b[31mb", 20, "a?[31mb"},
        {"a\xE2\x80\xAE"
         "b",
         20, "a?b"},
        {"a\xFF\xC3", 20, "a??"},
        {"tab\tline\n", 20, "tab\tline\n"},
        {"\xC2\x9B", 20, "?"},
        {"a\xC3\xA9z", 3, "a"},
        {"a\xC3\xA9z", 4, "a\xC3\xA9"},
        {"abc", 1, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char out[32];

        memset(out, 'x', sizeof out);
        utf8_clean(out, table[i].size, table[i].text, strlen(table[i].text));
        assert_string_equal(out, table[i].clean);
    }
}

static void counts_and_cuts_between_characters(void **state)
{
    const char *text = "a\xC3\xA9\xE2\x82\xAC";

    (void)state;
    assert_int_equal(utf8_length(text, 6), 3);
    assert_int_equal(utf8_cut(text, 6, 10), 6);
    assert_int_equal(utf8_cut(text, 6, 5), 3);
    assert_int_equal(utf8_cut(text, 6, 2), 1);
    assert_int_equal(utf8_cut(text, 6, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_valid_from_invalid),
        cmocka_unit_test(encodes_what_it_decodes),
        cmocka_unit_test(cleans_hostile_text),
        cmocka_unit_test(counts_and_cuts_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
