// link: core_event core_util
/* Each rule of the quality score, alone, on top of an event that breaks none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"

#define SUMMARY                                                                                              \
    "\"A summary that says who did what to whom, where and why, and what came of it, in more than one "      \
    "hundred "                                                                                               \
    "characters.\""
#define FIFTY "12345678901234567890123456789012345678901234567890"
#define ONE "{\"title\":\"A\",\"url\":\"https://example.org/a\",\"outlet\":\"O\"}"
#define TWO "{\"title\":\"B\",\"url\":\"https://example.org/b\",\"publisher\":\"P\"}"

/* Fields of a perfect event; a row replaces one. */
static const char *const perfect[][2] = {
    {"id", "\"2024-01-02--a\""}, {"date", "\"2024-01-02\""},   {"title", "\"Something happened somewhere\""},
    {"summary", SUMMARY},        {"importance", "7"},          {"status", "\"confirmed\""},
    {"tags", "[\"a\",\"b\"]"},   {"actors", "[\"Somebody\"]"}, {"sources", "[" ONE "," TWO "]"},
};

struct row {
    const char *key, *value; /* value NULL: the field is missing */
    const char *deductions;  /* "rule points;…", largest first */
    double score;
};

static const struct row rows[] = {
    {"other", "[null,\"kept\"]", "", 10},
    {"id", NULL, "id_missing 0.25;", 9.75},
    {"title", NULL, "title_missing 2;", 8},
    {"title", "\"Too short\"", "title_short 0.5;", 9.5},
    {"title", "\"" FIFTY FIFTY FIFTY "1\"", "title_long 0.5;", 9.5},
    {"title", "\"" FIFTY FIFTY FIFTY "\"", "", 10},
    {"date", NULL, "date_missing 2;", 8},
    {"date", "2024", "date_invalid 1.5;", 8.5},
    {"date", "\"2023-02-29\"", "date_invalid 1.5;", 8.5},
    {"date", "\"9999-01-01\"", "date_future 0.5;", 9.5},
    {"summary", NULL, "summary_missing 2;", 8},
    {"summary", "\" \\n\"", "summary_missing 2;", 8},
    {"summary", "\"Short.\"", "summary_short 1;", 9},
    {"importance", NULL, "importance_missing 0.75;", 9.25},
    {"importance", "0", "importance_invalid 0.5;", 9.5},
    {"importance", "1", "", 10},
    {"importance", "10", "", 10},
    {"importance", "11", "importance_invalid 0.5;", 9.5},
    {"importance", "\"7\"", "importance_invalid 0.5;", 9.5},
    {"status", NULL, "status_missing 0.5;", 9.5},
    {"status", "\"Confirmed\"", "", 10},
    {"status", "\"maybe\"", "status_unknown 0.25;", 9.75},
    {"tags", NULL, "tags_missing 1;", 9},
    {"tags", "[]", "tags_missing 1;", 9},
    {"tags", "[null]", "tags_missing 1;null_item 0.5;", 8.5},
    {"tags", "[\"a\",null,null,null]", "null_item 1;", 9},
    {"tags", "\"a, b\"", "list_expected 0.5;", 9.5},
    {"tags", "[\"a\",\"b\",\"A\"]", "tags_duplicate 0.25;", 9.75},
    {"actors", "[]", "actors_missing 0.75;", 9.25},
    {"sources", NULL, "sources_missing 3;", 7},
    {"sources", "[]", "sources_missing 3;", 7},
    {"sources", "[" ONE "]", "sources_single 1;", 9},
    {"sources", "[" ONE "," ONE "]", "sources_duplicate 0.5;", 9.5},
    {"sources", "[" ONE ",{\"title\":\"B\",\"outlet\":\"O\"}]", "source_url_missing 0.5;", 9.5},
    {"sources", "[" ONE ",{\"title\":\"B\",\"outlet\":\"O\",\"url\":null}]", "source_url_missing 0.5;", 9.5},
    {"sources", "[" ONE ",{\"title\":\"B\",\"outlet\":\"O\",\"url\":\"Reuters\"}]", "source_url_invalid 0.5;",
     9.5},
    {"sources", "[" ONE ",{\"title\":\"B\",\"outlet\":\"O\",\"url\":\"javascript:alert(1)\"}]",
     "source_url_invalid 0.5;", 9.5},
    {"sources", "[" ONE ",{\"title\":\"B\",\"outlet\":\"O\",\"url\":\"https://e.org/a b\"}]",
     "source_url_invalid 0.5;", 9.5},
    {"sources", "[" ONE ",\"https://example.org/b\"]", "source_title_missing 0.25;source_outlet_missing 0.1;",
     9.65},
    {"sources", "[{},{},{},{},{}]",
     "source_url_missing 1;source_title_missing 0.5;source_outlet_missing 0.3;", 8.2},
    {"sources", "\"https://example.org\"", "sources_single 1;list_expected 0.5;", 8.5},
};

static struct json_object *build(struct arena *a, const struct row *row)
{
    struct json_object *fields = jx_own(a, json_object_new_object());
    struct json_object *value;

    for (size_t i = 0; i < sizeof perfect / sizeof *perfect; i++) {
        if (strcmp(perfect[i][0], row->key) == 0)
            continue;
        assert_int_equal(jx_parse(a, perfect[i][1], strlen(perfect[i][1]), &value, NULL), ERR_OK);
        jx_set(fields, perfect[i][0], json_object_get(value));
    }
    if (row->value) {
        assert_int_equal(jx_parse(a, row->value, strlen(row->value), &value, NULL), ERR_OK);
        jx_set(fields, row->key, json_object_get(value));
    }
    return fields;
}

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct event_quality quality;
        struct str got;

        event_quality(a, build(a, &rows[i]), &quality);
        str_init(&got, a, 4096);
        for (struct event_deduction *d = quality.deductions; d; d = d->next) {
            str_addf(&got, "%s %g;", d->rule, d->points);
            assert_true(strlen(d->text) > 10);
            assert_non_null(d->field);
        }
        if (strcmp(got.p, rows[i].deductions) != 0 || quality.score < rows[i].score - 0.001 ||
            quality.score > rows[i].score + 0.001)
            fail_msg("%s %s: %s %g", rows[i].key, rows[i].value ? rows[i].value : "-", got.p, quality.score);
    }
}

static void bare_and_empty(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *fields = jx_own(a, json_object_new_object());
    struct event_quality quality;

    (void)state;
    event_quality(a, fields, &quality);
    assert_true(quality.score < 0.001);
    jx_set_text(fields, "id", "2024-01-02--a");
    jx_set_text(fields, "date", "2024-01-02");
    jx_set_text(fields, "title", "Something happened somewhere");
    event_quality(a, fields, &quality);
    assert_true(quality.score > 1.999 && quality.score < 2.001);
}

static void predicted_events_may_lie_ahead(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *fields = build(a, &(struct row){"date", "\"9999-01-01\"", NULL, 0});
    struct event_quality quality;

    (void)state;
    jx_set_text(fields, "status", "predicted");
    event_quality(a, fields, &quality);
    assert_null(quality.deductions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(bare_and_empty),
        cmocka_unit_test(predicted_events_may_lie_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
