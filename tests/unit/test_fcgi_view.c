// link: fcgi_lib
/* Words, links and nested values of the pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "fcgi/view.h"

static struct json_object *parsed(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    assert_int_equal(jx_parse(a, text, strlen(text), &value, NULL), ERR_OK);
    return value;
}

static void test_numbers(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } numbers[] = {{0, "0 events"},        {1, "1 event"},           {999, "999 events"},
                   {1935, "1,935 events"}, {-1234, "-1,234 events"}, {1234567, "1,234,567 events"}};
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_string_equal(view_plural(a, numbers[i].n, "event", "events"), numbers[i].text);
}

static void test_times(void **state)
{
    static const struct {
        int64_t seconds;
        const char *words;
    } times[] = {{-5, "just now"},         {0, "just now"},          {59, "just now"},
                 {60, "1 minute ago"},     {3599, "59 minutes ago"}, {3600, "1 hour ago"},
                 {86399, "23 hours ago"},  {86400, "yesterday"},     {172800, "2 days ago"},
                 {1209599, "13 days ago"}, {1209600, "2025-10-23"},  {-86400, "2025-11-07"}};
    AUTO_STRUCT(arena) *a = arena_new();
    int64_t now = 0;

    (void)state;
    assert_true(clock_parse("2025-11-06T12:00:00Z", &now));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_string_equal(view_since(a, now, now - times[i].seconds * 1000000), times[i].words);
}

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        bool safe;
    } urls[] = {{"https://example.org/a?b=c#d", true},
                {"HTTP://example.org", true},
                {"javascript:alert(1)", false},
                {" https://example.org", false},
                {"https://example.org/a b", false},
                {"https://example.org/\n", false},
                {"https://example.org/\tx", false},
                {"//example.org", false},
                {"data:text/html,x", false},
                {"https", false},
                {"", false},
                {NULL, false}};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(view_url_safe(urls[i].url), urls[i].safe);
}

/* Prose as one line: each block as kind and contents. */
static const char *prose(struct arena *a, const char *markdown, bool lines)
{
    struct json_object *blocks = jx_own(a, json_object_new_array());

    view_prose(a, blocks, markdown, lines);
    return jx_text(a, blocks);
}

static void test_prose(void **state)
{
    static const struct {
        const char *markdown, *kinds;
    } cases[] = {
        {"", ""},
        {"one\ntwo\n\nthree", "PP"},
        {"## Heading\ntext", "HP"},
        {"#hashtag is no heading", "P"},
        {"- a\n- b\n  more\n\nafter", "LP"},
        {"* a\n\n* b", "LL"},
        {"####### seven", "P"},
        {"\r\n\r\nx\r\n", "P"},
    };
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *blocks = jx_own(a, json_object_new_array());
        struct str kinds;

        str_init(&kinds, a, 64);
        view_prose(a, blocks, cases[i].markdown, false);
        for (size_t k = 0; k < json_object_array_length(blocks); k++) {
            struct json_object *block = json_object_array_get_idx(blocks, k);

            str_add(&kinds, jx_get(block, "heading") ? "H" : jx_get(block, "points") ? "L" : "P");
        }
        assert_string_equal(kinds.p, cases[i].kinds);
    }
}

static void test_runs(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *text =
        prose(a, "a **b** `c` [d](https://e.example/) [f](javascript:alert(1)) 2 ** 3 \\*g", false);

    (void)state;
    assert_non_null(strstr(text, "\"strong\":true,\"code\":false,\"href\":null,\"text\":\"b\""));
    assert_non_null(strstr(text, "\"code\":true,\"href\":null,\"text\":\"c\""));
    assert_non_null(strstr(text, "\"href\":\"https://e.example/\",\"text\":\"d\""));
    assert_non_null(strstr(text, "\"text\":\" [f](javascript:alert(1)) 2 ** 3 *g\""));
    assert_null(strstr(text, "\"href\":\"javascript"));
    /* A pull request's description keeps its lines. */
    assert_non_null(strstr(prose(a, "**A**: 1\n**B**: 2", true), "\": 1\"}]}"));
}

static void test_values(void **state)
{
    static const struct {
        const char *json, *kind;
    } cases[] = {{"\"text\"", "text"},
                 {"\"\"", "none"},
                 {"null", "none"},
                 {"true", "text"},
                 {"1.50", "text"},
                 {"[]", "none"},
                 {"[1]", "list"},
                 {"{\"a\":1}", "map"},
                 {"\"two\\nlines\"", "long"},
                 {"\"https://example.org\"", "link"},
                 {"\"javascript:x\"", "text"}};
    static const char *const kinds[] = {"text", "long", "code", "link", "list", "map", "none"};
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *node = jx_own(a, view_value(&x, parsed(a, cases[i].json)));

        /* Every kind is named, or a nested value would show its parent's. */
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            assert_true(json_object_object_get_ex(node, kinds[k], NULL));
            assert_int_equal(jx_get(node, kinds[k]) != NULL, str_eq(kinds[k], cases[i].kind));
        }
    }
}

static void test_depth_is_bounded(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};
    struct str deep;
    const char *text;

    (void)state;
    str_init(&deep, a, 256);
    for (int i = 0; i < 30; i++)
        str_add(&deep, "[");
    str_add(&deep, "7");
    for (int i = 0; i < 30; i++)
        str_add(&deep, "]");
    text = jx_text(a, jx_own(a, view_value(&x, parsed(a, deep.p))));
    assert_non_null(strstr(text, "\"code\":\"[[[[[[[[[[[[[[[[[7]"));
}

/* `before`, the item as often as said with commas between, `after`. */
static struct json_object *many(struct arena *a, const char *before, const char *item, const char *after,
                                int n)
{
    struct str text;

    str_init(&text, a, 1024 * 1024);
    str_add(&text, before);
    for (int i = 0; i < n; i++)
        str_addf(&text, "%s%s", i ? "," : "", item);
    str_add(&text, after);
    return parsed(a, text.p);
}

static void test_size_is_bounded(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *row = many(a, "[", "[1]", "]", 400);
    struct json_object *nested = many(a, "[", jx_text(a, row), "]", 400);
    struct json_object *map = jx_own(a, json_object_new_object());
    struct exchange lists = {.arena = a}, maps = {.arena = a}, sources = {.arena = a};
    const char *text = jx_text(a, jx_own(a, view_value(&lists, nested)));

    (void)state;
    assert_true(strlen(text) < 500000); /* 160,000 lists would be 12 MB */
    assert_non_null(strstr(text, "\"and 397 more\""));
    for (int i = 0; i < 3000; i++)
        jx_set_int(map, arena_printf(a, "k%d", i), i);
    assert_non_null(strstr(jx_text(a, jx_own(a, view_value(&maps, map))), "\"and 1,000 more\""));
    text = jx_text(a, jx_own(a, view_sources(&sources, many(a, "[", "\"a\"", "]", 5000))));
    assert_non_null(strstr(text, "\"heading\":\"5,000 sources\""));
    assert_non_null(strstr(text, "\"and 3,000 more\""));
}

static void test_prose_is_bounded(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *marks = arena_alloc(a, 1000001);
    struct json_object *blocks = jx_own(a, json_object_new_array());
    struct json_object *last;

    (void)state;
    memset(marks, '[', 1000000); /* each might begin a link: trying all of them took seconds */
    view_prose(a, blocks, marks, false);
    assert_int_equal(json_object_array_length(blocks), 2);
    assert_true(strlen(jx_text(a, blocks)) < 70000);
    last = json_object_array_get_idx(blocks, 1);
    assert_non_null(strstr(jx_text(a, last), "The text goes on"));
}

static void test_sources(void **state)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"[\"https://a.example/\"]", "\"title\":\"https://a.example/\",\"href\":\"https://a.example/\""},
        {"[\"an interview\"]", "\"title\":\"an interview\",\"href\":null"},
        {"[{\"title\":\"T\",\"url\":\"javascript:x\",\"date\":2025,\"tier\":1}]",
         "\"title\":\"T\",\"href\":null,\"detail\":\"2025 · tier 1 · javascript:x\",\"more\":null"},
        {"[{\"url\":\"https://a.example/\",\"outlet\":\"O\",\"publisher\":\"O\"}]",
         "\"title\":\"https://a.example/\",\"href\":\"https://a.example/\",\"detail\":\"O\""},
        {"[{\"title\":null,\"verified\":true}]", "\"title\":\"Without a title\""},
        {"[{\"title\":[\"odd\"]}]", "\"label\":\"Title\""},
        {"{\"title\":\"alone\"}", "\"heading\":\"1 source\""},
        {"[]", "\"heading\":\"No sources\",\"any\":false"},
        {"[null,3]", "\"title\":\"3\""},
    };
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = jx_text(a, jx_own(a, view_sources(&x, parsed(a, cases[i].json))));

        if (!strstr(text, cases[i].part))
            fail_msg("%s\ngives %s\nwithout %s", cases[i].json, text, cases[i].part);
    }
}

static void test_sync_rows(void **state)
{
    static const struct {
        const char *json, *part;
    } cases[] = {
        {"{\"type\":\"import\",\"success\":true,\"completed_at\":\"2025-11-06T11:00:00Z\",\"imported\":12,"
         "\"deleted\":1}",
         "\"text\":\"Imported: 12 new, 1 removed\""},
        {"{\"type\":\"import\",\"success\":true,\"completed_at\":\"2025-11-06T11:00:00Z\"}",
         "\"text\":\"Nothing new in the repository\""},
        {"{\"type\":\"import\",\"success\":false,\"completed_at\":\"2025-11-06T11:00:00Z\",\"errors\":[{"
         "\"error\":\"No.\"}]}",
         "\"text\":\"Import stopped\",\"detail\":\"No.\""},
        {"{\"type\":\"import\",\"success\":false,\"completed_at\":null}", "\"mark\":\"running\""},
        {"{\"type\":\"export\",\"success\":true,\"completed_at\":\"2025-11-06T11:00:00Z\",\"exported\":1,"
         "\"pr_number\":7}",
         "\"text\":\"Sent 1 event\",\"detail\":null,\"pull\":{\"href\":\"/pull-requests/7\""},
        {"{\"type\":\"import\",\"success\":true,\"completed_at\":\"2025-11-06T11:00:00Z\",\"errors\":[{"
         "\"path\":\"a.md\",\"line\":3,"
         "\"error\":\"Bad.\"}]}",
         "\"files\":[{\"path\":\"a.md\",\"line\":\"3\",\"error\":\"Bad.\"}]"},
    };
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a, .now_us = 1762430400000000};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = jx_text(a, jx_own(a, view_sync_row(&x, parsed(a, cases[i].json))));

        if (!strstr(text, cases[i].part))
            fail_msg("%s\ngives %s\nwithout %s", cases[i].json, text, cases[i].part);
    }
}

static void test_badge_never_makes_a_class(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *model = jx_own(a, json_object_new_object());

    (void)state;
    view_set_badge(model, "badge", "x\" onclick=\"y");
    assert_string_equal(jx_get_text(jx_get(model, "badge"), "mark"), "draft");
    view_set_badge(model, "badge", "conflict");
    assert_string_equal(jx_get_text(jx_get(model, "badge"), "mark"), "conflict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_size_is_bounded),
        cmocka_unit_test(test_prose_is_bounded),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_sync_rows),
        cmocka_unit_test(test_badge_never_makes_a_class),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
