/* JSON: the strict reader against hostile text, and the ways of printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/jx.h"

static enum err_code parse(struct arena *a, const char *text, struct json_object **out, struct err *e)
{
    return jx_parse(a, text, strlen(text), out, e);
}

/* Text in, compact text out. */
static void reads_what_is_json(void **state)
{
    static const char *const table[][2] = {
        {"null", "null"},
        {" true ", "true"},
        {"-0", "0"},
        {"1.10", "1.10"},
        {"1E3", "1E3"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"\"\"", "\"\""},
        {"\"\\u00e9\\ud83d\\ude00\\/\\n\"", "\"\xC3\xA9\xF0\x9F\x98\x80/\\n\""},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[1,\n[2,{\"b\":1,\"a\":[]}]]", "[1,[2,{\"b\":1,\"a\":[]}]]"},
        {"{\"\":null}", "{\"\":null}"},
    };
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct json_object *value = NULL;
        struct err e;

        if (parse(a, table[i][0], &value, &e) != ERR_OK)
            fail_msg("%s: %s", table[i][0], e.message);
        assert_string_equal(jx_text(a, value), table[i][1]);
    }
}

static const struct {
    const char *text;
    int line;
} not_json[] = {
    {"", 1},
    {" \n ", 2},
    {"nul", 1},
    {"True", 1},
    {"NaN", 1},
    {"Infinity", 1},
    {"-Infinity", 1},
    {"-", 1},
    {"+1", 1},
    {"01", 1},
    {"1.", 1},
    {".5", 1},
    {"1e", 1},
    {"0x10", 1},
    {"1e999", 1},
    {"9223372036854775808", 1},
    {"-9223372036854775809", 1},
    {"'a'", 1},
    {"\"a", 1},
    {"\"\\", 1},
    {"\"\\x\"", 1},
    {"\"a\nb\"", 1},
    {"\"\t\"", 1},
    {"\"\\u12\"", 1},
    {"\"\\u12g4\"", 1},
    {"\"\\ud83d\"", 1},
    {"\"\\ud83dx\"", 1},
    {"\"\\ud83d\\u0041\"", 1},
    {"\"\\ude00\"", 1},
    {"\"\\u0000\"", 1},
    {"\"\xFF\"", 1},
    {"\n\"\xED\xA0\x80\"", 2},
    {"[", 1},
    {"[1", 1},
    {"[1,]", 1},
    {"[,1]", 1},
    {"[1 2]", 1},
    {"{", 1},
    {"{\"a\"}", 1},
    {"{\"a\":}", 1},
    {"{\"a\":1,}", 1},
    {"{a:1}", 1},
    {"{1:1}", 1},
    {"{\"a\":1,\n\"b\":2,\n\"a\":3}", 3},
    {"{\"a\":1,\"\\u0061\":2}", 1},
    {"{\"a\":null,\"a\":null}", 1},
    {"1 2", 1},
    {"{} x", 1},
    {"[]]", 1},
    {"// c\n1", 1},
    {"/* c */ 1", 1},
    {"\xEF\xBB\xBF{}", 1},
};

static void refuses_what_is_not(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++) {
        struct json_object *value = NULL;
        struct err e = {0};

        if (parse(a, not_json[i].text, &value, &e) != ERR_INVALID_INPUT)
            fail_msg("accepted: %s", not_json[i].text);
        assert_null(value);
        if (e.line != not_json[i].line)
            fail_msg("%s: line %d, expected %d", not_json[i].text, e.line, not_json[i].line);
    }
}

static void a_nul_byte_is_not_the_end(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *value = NULL;

    (void)state;
    assert_int_equal(jx_parse(a, "1\0 2", 4, &value, NULL), ERR_INVALID_INPUT);
    assert_int_equal(jx_parse(a, "\"a\0b\"", 5, &value, NULL), ERR_INVALID_INPUT);
    assert_int_equal(jx_parse(a, "[1]garbage", 3, &value, NULL), ERR_OK);
}

static void limits_depth(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *value = NULL;
    size_t n = 200000;
    char *deep = arena_alloc(a, n + 1);

    (void)state;
    memset(deep, '[', JX_DEPTH);
    memset(deep + JX_DEPTH, ']', JX_DEPTH);
    assert_int_equal(jx_parse(a, deep, 2 * JX_DEPTH, &value, NULL), ERR_OK);
    memset(deep, '[', JX_DEPTH + 1);
    memset(deep + JX_DEPTH + 1, ']', JX_DEPTH + 1);
    assert_int_equal(jx_parse(a, deep, 2 * JX_DEPTH + 2, &value, NULL), ERR_INVALID_INPUT);
    memset(deep, '[', n);
    assert_int_equal(jx_parse(a, deep, n, &value, NULL), ERR_INVALID_INPUT);
    for (size_t i = 0; i + 5 <= n; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    assert_int_equal(jx_parse(a, deep, n, &value, NULL), ERR_INVALID_INPUT);
}

/* Every prefix of a valid text is refused, and none of them reads past its end (the sanitizer would say so). */
static void refuses_every_cut(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+3,true,false,null,\"\\u00e9\\ud83d\\ude00\"],\"b\":{\"c\":\"\xC3\xA9\"}}";
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *value = NULL;

    (void)state;
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        char *cut = malloc(n ? n : 1);

        assert_non_null(cut);
        memcpy(cut, text, n);
        assert_int_equal(jx_parse(a, cut, n, &value, NULL), ERR_INVALID_INPUT);
        free(cut);
    }
    assert_int_equal(jx_parse(a, text, sizeof text - 1, &value, NULL), ERR_OK);
}

static void prints_for_programs_and_people(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *value = NULL;

    (void)state;
    assert_int_equal(parse(a, "{\"b\":\"a/b\\u0001\",\"a\":[1.50,null]}", &value, NULL), ERR_OK);
    assert_string_equal(jx_text(a, value), "{\"b\":\"a/b\\u0001\",\"a\":[1.50,null]}");
    assert_non_null(strstr(jx_pretty(a, value), "\n  \"b\""));
    assert_string_equal(jx_text(a, NULL), "null");
}

static void gets_with_fallbacks(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *object = jx_own(a, json_object_new_object());

    (void)state;
    jx_set_text(object, "t", "x");
    jx_set_text(object, "n", NULL);
    jx_set_int(object, "i", INT64_MIN);
    jx_set_bool(object, "b", true);
    assert_string_equal(jx_get_text(object, "t"), "x");
    assert_null(jx_get_text(object, "n"));
    assert_null(jx_get_text(object, "i"));
    assert_null(jx_get_text(NULL, "i"));
    assert_int_equal(jx_get_int(object, "i", 7), INT64_MIN);
    assert_int_equal(jx_get_int(object, "t", 7), 7);
    assert_true(jx_get_bool(object, "b", false));
    assert_true(jx_get_bool(object, "i", true));
    assert_null(jx_get(jx_get(object, "t"), "deeper"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_json),        cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(a_nul_byte_is_not_the_end), cmocka_unit_test(limits_depth),
        cmocka_unit_test(refuses_every_cut),         cmocka_unit_test(prints_for_programs_and_people),
        cmocka_unit_test(gets_with_fallbacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
