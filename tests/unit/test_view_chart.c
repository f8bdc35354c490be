// link: fcgi_lib
/* From counts to the numbers of a picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"
#include "fcgi/view_chart.h"

enum { WIDTH = 640, HEIGHT = 96 };

static struct json_object *parsed(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    assert_int_equal(jx_parse(a, text, strlen(text), &value, NULL), ERR_OK);
    return value;
}

static struct json_object *years_chart(struct arena *a, const char *list)
{
    struct exchange x = {.arena = a};
    struct json_object *chart = view_chart_years(&x, parsed(a, list));

    return chart ? jx_own(a, chart) : NULL;
}

static int64_t number(const struct json_object *o, const char *key)
{
    const char *text = jx_get_text(o, key);

    return text ? strtol(text, NULL, 10) : jx_get_int(o, key, -1);
}

/* Every bar stands on the ground, within the picture, beside the one before it. */
static void check_bars(struct json_object *bars, size_t most)
{
    int64_t end = 0;

    assert_in_range(json_object_array_length(bars), 1, most);
    for (size_t i = 0; i < json_object_array_length(bars); i++) {
        struct json_object *bar = json_object_array_get_idx(bars, i);

        assert_true(number(bar, "x") >= end);
        end = number(bar, "x") + number(bar, "width");
        assert_true(end <= WIDTH);
        assert_true(number(bar, "width") > 0);
        assert_in_range(number(bar, "height"), 2, HEIGHT);
        assert_int_equal(number(bar, "y") + number(bar, "height"), HEIGHT);
    }
}

static void years_are_put_together_until_they_fit(void **state)
{
    static const struct {
        const char *years, *title, *desc, *from, *to;
        size_t bars;
    } cases[] = {
        {"[{\"year\":2025,\"events\":1}]", "Events per year",
         "1 event from 2025 to 2025; the most, 1, in 2025.", "2025", NULL, 1},
        {"[{\"year\":1990,\"events\":5},{\"year\":1992,\"events\":10}]", "Events per year",
         "15 events from 1990 to 1992; the most, 10, in 1992.", "1990", "1992", 2},
        {"[{\"year\":1981,\"events\":1},{\"year\":2020,\"events\":1}]", "Events per year",
         "2 events from 1981 to 2020; the most, 1, in 1981.", "1981", "2020", 2},
        {"[{\"year\":1961,\"events\":1},{\"year\":2021,\"events\":12}]", "Events per 2 years",
         "13 events from 1960 to 2021; the most, 12, in 2020–2021.", "1960", "2021", 2},
        {"[{\"year\":1100,\"events\":1},{\"year\":1200,\"events\":1},{\"year\":2020,\"events\":1},{\"year\":"
         "2021,\"events\":1234}]",
         "Events per year",
         "1,235 events from 2020 to 2021; the most, 1,234, in 2021. Not in the picture: 2 events before "
         "that.",
         "2020", "2021", 3},
        {"[{\"year\":1,\"events\":1},{\"year\":2000,\"events\":3},{\"year\":2001,\"events\":3}]",
         "Events per 50 years", "7 events from 0000 to 2049; the most, 6, in 2000–2049.", "0000", "2049", 2},
        {"[{\"year\":0,\"events\":1},{\"year\":9999,\"events\":1}]", "Events per 200 years",
         "2 events from 0000 to 9999; the most, 1, in 0000–0199.", "0000", "9999", 2},
    };
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *chart = years_chart(a, cases[i].years);

        assert_string_equal(jx_get_text(chart, "title"), cases[i].title);
        assert_string_equal(jx_get_text(chart, "desc"), cases[i].desc);
        assert_string_equal(jx_get_text(chart, "from"), cases[i].from);
        assert_true(str_eq(jx_get_text(chart, "to"), cases[i].to));
        assert_int_equal(json_object_array_length(jx_get(chart, "rows")), cases[i].bars);
        check_bars(jx_get(chart, "bars"), cases[i].bars);
    }
    assert_null(years_chart(a, "[]"));
    assert_null(years_chart(a, "[{\"year\":2025,\"events\":0}]"));
}

static void few_beside_many_are_still_seen(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *bars =
        jx_get(years_chart(a, "[{\"year\":2000,\"events\":1},{\"year\":2001,\"events\":100000}]"), "bars");

    (void)state;
    check_bars(bars, 2);
    assert_int_equal(number(json_object_array_get_idx(bars, 0), "height"), 2);
    assert_int_equal(number(json_object_array_get_idx(bars, 1), "height"), HEIGHT);
    assert_string_equal(jx_get_text(json_object_array_get_idx(bars, 1), "text"), "2001: 100,000 events");
}

static void weeks_show_each_kind_in_its_own_shape(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};
    struct json_object *chart = view_chart_weeks(
        &x, parsed(a, "[{\"monday\":\"2025-10-27\",\"pulls\":0,\"pull_requests\":0,\"failures\":0},"
                      "{\"monday\":\"2025-11-03\",\"pulls\":4,\"pull_requests\":1,\"failures\":0},"
                      "{\"monday\":\"2025-11-10\",\"pulls\":0,\"pull_requests\":0,\"failures\":2}]"));

    (void)state;
    jx_own(a, chart);
    assert_int_equal(json_object_array_length(jx_get(chart, "bars")), 1);
    assert_int_equal(json_object_array_length(jx_get(chart, "circles")), 1);
    assert_int_equal(json_object_array_length(jx_get(chart, "triangles")), 1);
    assert_int_equal(json_object_array_length(jx_get(chart, "rows")), 2);
    assert_string_equal(jx_get_text(chart, "desc"),
                        "In the last 3 weeks: 4 pulls, 1 pull request, 2 failures.");
    assert_string_equal(jx_get_text(json_object_array_get_idx(jx_get(chart, "triangles"), 0), "text"),
                        "Week of 2025-11-10: 2 failures");
    assert_null(view_chart_weeks(
        &x, parsed(a, "[{\"monday\":\"2025-10-27\",\"pulls\":0,\"pull_requests\":0,\"failures\":0}]")));
    assert_null(view_chart_weeks(&x, parsed(a, "[]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_are_put_together_until_they_fit),
        cmocka_unit_test(few_beside_many_are_still_seen),
        cmocka_unit_test(weeks_show_each_kind_in_its_own_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
