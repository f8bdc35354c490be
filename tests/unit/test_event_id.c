// link: core_event core_util
/* Ids of new events, equality, hashes, and the short forms of fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"

#define TEN "abcdefghi-"
#define SLUG_119 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "abcdefghi"

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void valid_ids(void **state)
{
    static const struct {
        const char *id;
        bool valid;
    } rows[] = {
        {"2025-11-06--a", true},
        {"2025-11-06--a-b-1", true},
        {"2025-11-06--a--b", true},
        {"2024-02-29--a", true},
        {"2025-11-06--" SLUG_119 "j", true},
        {"2025-11-06--" SLUG_119 "jk", false},
        {"2025-02-29--a", false},
        {"2025-11-06-a", false},
        {"2025-11-06--", false},
        {"2025-11-06---a", false},
        {"2025-11-06--a-", false},
        {"2025-11-06--A", false},
        {"2025-11-06--a_b", false},
        {"2025-11-06--a/b", false},
        {"2025-11-06--a.md", false},
        {"2025-11-06--caf\xC3\xA9", false},
        {"2025-11-06--a\n", false},
        {"25-11-06--a", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (event_id_valid_new(rows[i].id) != rows[i].valid)
            fail_msg("%s", rows[i].id);
    }
}

static void proposed_ids(void **state)
{
    static const char *const rows[][2] = {
        {"A Title in ASCII", "a-title-in-ascii"},
        {"  Trump's \"Plan\" \xE2\x80\x94 it\xE2\x80\x99s $5 (50%)!  ", "trumps-plan-its-5-50"},
        {"\xC3\x89t\xC3\xA9 \xC3\x86ro Stra\xC3\x9F"
         "e \xC5\x92uvre \xC5\x81\xC3\xB3"
         "d\xC5\xBA \xC3\xBE\xC3\xBF",
         "ete-aero-strasse-oeuvre-lodz-thy"},
        {"\xC8\x98tefan Nguy\xE1\xBB\x85n e\xCC\x81t", "stefan-nguyen-et"},
        {"1 \xC3\x97 2 \xC3\xB7 3", "1-2-3"},
        {"\xE4\xB8\xAD\xE6\x96\x87", "event"},
        {"", "event"},
        {"---", "event"},
        {"../../etc/passwd", "etc-passwd"},
        {SLUG_119 "jk next", TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN},
        {SLUG_119 "j next", SLUG_119 "j"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *id = event_id_propose(*state, "2025-11-06", rows[i][0]);
        char *expected = arena_printf(*state, "2025-11-06--%s", rows[i][1]);

        if (expected[strlen(expected) - 1] == '-')
            expected[strlen(expected) - 1] = '\0';
        assert_string_equal(id, expected);
        assert_true(event_id_valid_new(id));
    }
}

static void one_long_word(void **state)
{
    char title[300] = {0};
    char *id;

    memset(title, 'x', sizeof title - 1);
    id = event_id_propose(*state, "2025-11-06", title);
    assert_int_equal(strlen(id), 12 + 120);
    assert_true(event_id_valid_new(id));
}

static void sameness(void **state)
{
    static const struct {
        const char *left, *right;
        bool same;
    } rows[] = {
        {"{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", true},
        {"[1,2]", "[2,1]", false},
        {"[5]", "[5.0]", true},
        {"[1.50]", "[1.5]", true},
        {"[0]", "[-0.0]", true},
        {"[1.5]", "[1.6]", false},
        {"[9007199254740993]", "[9007199254740992]", false},
        {"[1]", "[\"1\"]", false},
        {"[1]", "[true]", false},
        {"[null]", "[false]", false},
        {"[\"ab\"]", "[\"a\",\"b\"]", false},
        {"{\"a\":null}", "{}", false},
        {"{\"a\":null}", "{\"b\":null}", false},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}", true},
        {"[[],{}]", "[{},[]]", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_object *left;
        struct json_object *right;

        assert_int_equal(jx_parse(*state, rows[i].left, strlen(rows[i].left), &left, NULL), ERR_OK);
        assert_int_equal(jx_parse(*state, rows[i].right, strlen(rows[i].right), &right, NULL), ERR_OK);
        if (event_same(*state, left, right) != rows[i].same ||
            event_same(*state, right, left) != rows[i].same)
            fail_msg("%s %s", rows[i].left, rows[i].right);
        assert_int_equal(strcmp(event_hash(*state, left), event_hash(*state, right)) == 0, rows[i].same);
    }
}

static void short_forms(void **state)
{
    const char *text =
        "{\"t\":\"x\",\"n\":5,\"l\":[\"a\",null,2,{\"name\":\"N\"},{\"x\":1}],\"sources\":[\"u\",null,{}]}";
    struct json_object *fields;

    assert_int_equal(jx_parse(*state, text, strlen(text), &fields, NULL), ERR_OK);
    assert_string_equal(event_text(*state, fields, "t"), "x");
    assert_string_equal(event_text(*state, fields, "n"), "5");
    assert_string_equal(event_text(*state, fields, "none"), "");
    assert_true(str_starts(event_text(*state, fields, "l"), "a, 2, N, {"));
    assert_int_equal(event_source_count(fields), 2);
    assert_int_equal(event_source_count(jx_get(fields, "l")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_ids),
        cmocka_unit_test_setup_teardown(proposed_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(one_long_word, setup, teardown),
        cmocka_unit_test_setup_teardown(sameness, setup, teardown),
        cmocka_unit_test_setup_teardown(short_forms, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
