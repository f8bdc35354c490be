// link: fcgi_lib
/* Sides of a conflict as people read them: which words are marked, what is folded, that a page stays light. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"
#include "fcgi/view_sides.h"

enum { ROOM = 12000 };

static struct json_object *parsed(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err e = {0};

    assert_int_equal(jx_parse(a, text, strlen(text), &value, &e), ERR_OK);
    return value;
}

/* Runs as text: what was dropped in [-…-], what is new in {+…+}, what is folded in <…>. */
static void add_cell(struct str *out, const struct json_object *cell)
{
    const struct json_object *runs = jx_get(cell, "runs");

    for (size_t i = 0; runs && i < json_object_array_length(runs); i++) {
        const struct json_object *run = json_object_array_get_idx(runs, i);

        if (jx_get_text(run, "del"))
            str_addf(out, "[-%s-]", jx_get_text(run, "del"));
        else if (jx_get_text(run, "ins"))
            str_addf(out, "{+%s+}", jx_get_text(run, "ins"));
        else if (jx_get_text(run, "fold"))
            str_addf(out, "<%s>", jx_get_text(run, "fold"));
        else
            str_add(out, jx_get_text(run, "plain"));
    }
    if (jx_get_text(cell, "none"))
        str_addf(out, "(%s)", jx_get_text(cell, "none"));
    if (jx_get_text(cell, "note"))
        str_addf(out, " (%s)", jx_get_text(cell, "note"));
    if (jx_get_text(cell, "more"))
        str_addf(out, " (%s)", jx_get_text(cell, "more"));
}

static const char *shown(struct arena *a, const char *row)
{
    size_t room = ROOM;
    struct json_object *model = jx_own(a, view_sides(a, parsed(a, row), &room));
    struct str out;

    str_init(&out, a, 100000);
    add_cell(&out, jx_get(model, "base"));
    str_add(&out, " | ");
    add_cell(&out, jx_get(model, "ours"));
    str_add(&out, " | ");
    add_cell(&out, jx_get(model, "theirs"));
    return out.p;
}

static void test_marks(void **state)
{
    static const struct {
        const char *row, *shown;
    } table[] = {
        {"{\"base\":\"The canal opens today\",\"ours\":\"The canal opens at last\",\"theirs\":\"The river "
         "opens today\"}",
         "The [-canal-] opens [-today-] | The canal opens {+at last+} | The {+river+} opens today"},
        /* one side only dropped something */
        {"{\"base\":\"one two three four\",\"ours\":\"one two three\",\"theirs\":\"one two three four "
         "five\"}",
         "one two three[- four-] | one two three | one two three four{+ five+}"},
        {"{\"base\":5,\"ours\":7,\"theirs\":9}", "[-5-] | {+7+} | {+9+}"},
        {"{\"base\":\"x\",\"ours\":\"y\"}", "[-x-] | {+y+} | (not there)"},
        {"{\"base\":\"x\",\"theirs\":\"\"}", "[-x-] | (not there) | (empty)"},
        /* no base: against each other */
        {"{\"ours\":\"the old bridge\",\"theirs\":\"the new bridge\"}",
         "(not there) | the {+old+} bridge | the {+new+} bridge"},
        /* lists by line, whatever stands in them */
        {"{\"base\":[\"a\",\"b\"],\"ours\":[\"a\",\"b\",\"c\"],\"theirs\":[\"b\"]}",
         "[-a-]\nb | a\nb\n{+c+} | b"},
        {"{\"base\":{\"of_all\":1,\"range\":{\"low\":1}},\"ours\":{\"of_all\":2,\"range\":{\"low\":1}},"
         "\"theirs\":{\"of_all\":1,"
         "\"range\":{\"low\":[1,{\"x\":null}]}}}",
         "Of all: [-1-]\nRange:\n[-  Low: 1-] | Of all: {+2+}\nRange:\n  Low: 1 | Of all: 1\nRange:\n{+  "
         "Low:\n    – 1\n    – X: "
         "(empty)+}"},
        {"{\"base\":true,\"ours\":false,\"theirs\":null}",
         "[-yes-] (yes or no) | {+no+} (yes or no) | (empty)"},
        {"{\"base\":6,\"ours\":\"7\",\"theirs\":7}", "[-6-] (a number) | {+7+} (a text) | {+7+} (a number)"},
        {"{\"base\":\"a\",\"ours\":\"a\\n\",\"theirs\":\"b\"}",
         "[-a-] | a{+\n+} (another in spaces or line breaks only) | {+b+}"},
        /* nothing hides, nothing steers */
        {"{\"base\":\"x\",\"ours\":\"safe\\u202eexe\\u001b[2J\",\"theirs\":\"<b>\\r\\n\"}",
         "[-x-] | {+safe⟨U+202E⟩exe⟨U+001B⟩[2J+} | {+<b>⟨U+000D⟩+}\n"},
        {"{\"base\":[],\"ours\":{},\"theirs\":[[]]}",
         "(empty[- list-]) (a list) | (empty) (a group of values) | {+– +}(empty list) (a list)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRUCT(arena) *a = arena_new();

        assert_string_equal(shown(a, table[i].row), table[i].shown);
    }
}

static void test_change(void **state)
{
    static const struct {
        const char *row, *shown;
    } table[] = {
        {"{\"from\":\"The canal opens today\",\"to\":\"The canal opens at last\"}",
         "The canal opens [-today-]{+at last+}"},
        {"{\"from\":[\"a\",\"b\",\"c\"],\"to\":[\"b\",\"c\",\"d\"]}", "[-a-]\nb\nc\n{+d+}"},
        {"{\"to\":5}", "{+5+}"},
        {"{\"from\":5}", "[-5-]"},
        {"{\"from\":\"\",\"to\":\"\"}", "(empty)"},
        {"{\"from\":\"a b c d e f\",\"to\":\"a x y d e z\"}", "a [-b c-]{+x y+} d e [-f-]{+z+}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        size_t room = ROOM;
        struct json_object *cell = jx_own(a, view_sides_change(a, parsed(a, table[i].row), &room));
        struct str out;

        str_init(&out, a, 10000);
        add_cell(&out, cell);
        assert_string_equal(out.p, table[i].shown);
    }
}

static char *repeated(struct arena *a, const char *text, size_t n)
{
    struct str out;

    str_init(&out, a, 4 * 1024 * 1024);
    for (size_t i = 0; i < n; i++)
        str_add(&out, text);
    return out.p;
}

static struct json_object *three(struct arena *a, const char *base, const char *ours, const char *theirs)
{
    struct json_object *row = jx_own(a, json_object_new_object());

    jx_set_text(row, "base", base);
    jx_set_text(row, "ours", ours);
    jx_set_text(row, "theirs", theirs);
    return row;
}

static void test_folds_what_is_alike(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *long_text = repeated(a, "é and so on. ", 100);
    size_t room = ROOM;
    struct json_object *model = jx_own(a, view_sides(a,
                                                     three(a, arena_printf(a, "%s\nan end", long_text),
                                                           arena_printf(a, "%s\nthe end", long_text),
                                                           arena_printf(a, "%s\nno end", long_text)),
                                                     &room));
    struct str out;

    (void)state;
    str_init(&out, a, 10000);
    add_cell(&out, jx_get(model, "ours"));
    assert_true(str_starts(out.p, "é and so on. é"));
    assert_non_null(strstr(out.p, "<… 1,0"));
    assert_true(str_ends(out.p, "{+the+} end"));
    assert_true(out.n < 400);
}

/* What a hostile repository sends costs no more than there is room for. */
static void test_keeps_within_its_room(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *units[] = {"\"", "<x>", "a\n", "\x01", "é", "a b ", "[", "&\n\n"};

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const char *most = repeated(a, units[i], 200000);
        size_t room = ROOM;
        struct json_object *model =
            jx_own(a, view_sides(a, three(a, "x", most, most + strlen(units[i])), &room));
        const char *text = jx_text(a, jx_get(jx_get(model, "ours"), "runs"));

        assert_true(view_sides_cost(text, strlen(text)) < 2 * ROOM);
        assert_non_null(jx_get_text(jx_get(model, "ours"), "more"));
    }
}

static void test_spends_all_its_room(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    size_t room = ROOM;

    (void)state;
    for (int i = 0; i < 100; i++)
        (void)jx_own(a, view_sides_change(a, three(a, NULL, NULL, NULL), &room));
    assert_int_equal(room, ROOM);
    for (int i = 0; i < 100; i++) {
        struct json_object *row = json_object_new_object();

        jx_set_text(row, "to", repeated(a, "word ", 500));
        (void)jx_own(a, view_sides_change(a, jx_own(a, row), &room));
    }
    assert_true(room < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_folds_what_is_alike),
        cmocka_unit_test(test_keeps_within_its_room),
        cmocka_unit_test(test_spends_all_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
