// link: fcgi_lib core_event
/* Differences between contents of an event, as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event_merge.h"
#include "core/util/str.h"
#include "fcgi/view_changes.h"

static const char *cell_text(struct arena *a, const struct json_object *cell)
{
    static const char *const kinds[] = {"plain", "del", "ins"};
    struct json_object *runs = jx_get(cell, "runs");
    struct str s;

    str_init(&s, a, 64 * 1024);
    for (size_t i = 0; runs && i < json_object_array_length(runs); i++)
        for (size_t k = 0; k < 3; k++) {
            const char *text = jx_get_text(json_object_array_get_idx(runs, i), kinds[k]);

            if (text)
                str_addf(&s, k ? "{%s}" : "%s", text);
        }
    str_add(&s, runs ? "" : jx_get_text(cell, "text"));
    if (jx_get_text(cell, "end"))
        str_add(&s, "$");
    return s.p;
}

/* "[3 unchanged lines] same|-old+new" */
static const char *told(struct arena *a, struct json_object *rows)
{
    struct str s;

    str_init(&s, a, 256 * 1024);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *both = jx_get(row, "both");
        struct json_object *pair = jx_get(row, "pair");

        str_add(&s, i ? "|" : "");
        if (jx_get(row, "fold"))
            str_addf(&s, "[%s]", jx_get_text(jx_get(row, "fold"), "text"));
        if (both)
            str_addf(&s, "%c%s",
                     str_eq(jx_get_text(both, "class"), "gone")    ? '-'
                     : str_eq(jx_get_text(both, "class"), "fresh") ? '+'
                                                                   : ' ',
                     cell_text(a, both));
        if (jx_get(pair, "old"))
            str_addf(&s, "-%s", cell_text(a, jx_get(pair, "old")));
        if (jx_get(pair, "new"))
            str_addf(&s, "+%s", cell_text(a, jx_get(pair, "new")));
    }
    return s.p;
}

#define LONG_A                                                                                               \
    "The first sentence of a long paragraph is here. The second one says something else, and goes on. "      \
    "A third one follows it? And a fourth one, of the kind that is longer! "
#define LONG_B                                                                                               \
    "Then there is a fifth sentence, which is the one that changes, as it is told here in many words."

static const struct {
    const char *from, *to, *rows;
} texts[] = {
    {"a", "a", ""},
    {"", "", ""},
    {"a", "b", "-a+b"},
    {"the old title", "the new title", "-the {old} title+the {new} title"},
    {NULL, "a\nb", "+a|+b"},
    {"a\nb", NULL, "-a|-b"},
    {NULL, "", ""},
    {"a", "", "-a$"},
    {"", "a", "+a$"},
    {"a", "a\n", "-a$+a"},
    {"a\n", "a", "-a+a$"},
    {"a\n", "b\n", "-a+b"},
    {"a\nb\nc\nd\ne\n", "a\nb\nX\nd\ne\n", "[1 unchanged line]| b|-c+X| d"},
    {"a\nb\n", "a\nb\nc\n", "[1 unchanged line]| b|+c"},
    {"a\nb\nc\n", "b\nc\n", "-a| b"},
    {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nX\n3\n4\n5\n6\n7\nY\n9\n",
     " 1|-2+X| 3|[3 unchanged lines]| 7|-8+Y| 9"},
    {"a\n\nb", "a\nb", " a|-| b"},
    {"x\r\n", "y\r\n", "-x␍+y␍"},
    {"a\x01", "b", "-a⟨U+0001⟩+b"},
    {LONG_A LONG_B,
     LONG_A
     "Then there is a fifth sentence, which is the one that differs, as it is told here in many words.",
     "[3 unchanged lines]| And a fourth one, of the kind that is longer! |-Then there is a fifth sentence, "
     "which is the one that "
     "{changes}, as it is told here "
     "in many words.+Then there is a fifth sentence, which is the one that {differs}, as it is told here in "
     "many words."},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const char *rows = told(a, view_changes_rows(a, texts[i].from, texts[i].to));

        if (!str_eq(rows, texts[i].rows))
            fail_msg("%zu: %s\nnot %s", i, rows, texts[i].rows);
    }
}

/* ---- any two texts */

static const char *random_text(struct arena *a, unsigned *seed, const char *like)
{
    struct str s;
    size_t lines = (size_t)rand_r(seed) % 12;

    str_init(&s, a, 64 * 1024);
    while (like && *like) {
        size_t n = strcspn(like, "\n");
        int what = rand_r(seed) % 8;

        if (what > 1)
            str_addn(&s, like, n + (like[n] == '\n'));
        if (what == 1)
            str_addf(&s, "changed %d\n", rand_r(seed) % 5);
        like += n + (like[n] == '\n');
    }
    for (size_t i = 0; !like && i < lines; i++)
        str_addf(&s, "line %d%s", rand_r(seed) % 6, i + 1 < lines || rand_r(seed) % 2 ? "\n" : "");
    return s.p;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
        n++;
    return n;
}

/* Every line is told, told as the same, or left out as the same: on both sides as many. */
static void count(struct json_object *rows, size_t *old, size_t *fresh, bool *any)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *pair = jx_get(row, "pair");
        size_t folded = jx_get(row, "fold") ? (size_t)atoi(jx_get_text(jx_get(row, "fold"), "text")) : 0;

        *any = *any || pair;
        *old += folded + (jx_get(row, "both") != NULL) + (jx_get(pair, "old") != NULL);
        *fresh += folded + (jx_get(row, "both") != NULL) + (jx_get(pair, "new") != NULL);
    }
}

static void test_any_texts(void **state)
{
    unsigned seed = 20261201;

    (void)state;
    print_message("seed %u\n", seed);
    for (size_t i = 0; i < 10000; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const char *from = random_text(a, &seed, NULL);
        const char *to = random_text(a, &seed, rand_r(&seed) % 4 ? from : NULL);
        size_t old = 0, fresh = 0, left_old, left_fresh;
        bool any = false;

        count(view_changes_rows(a, from, to), &old, &fresh, &any);
        if (any != !str_eq(from, to))
            fail_msg("“%s” and “%s”: %s", from, to, any ? "a difference" : "none");
        left_old = count_lines(from) - old;
        left_fresh = count_lines(to) - fresh;
        /* What follows the last difference is the same and left out. */
        if (left_old != left_fresh)
            fail_msg("“%s” and “%s”: %zu and %zu lines are left out at the end", from, to, left_old,
                     left_fresh);
    }
}

/* ---- whole contents */

static struct json_object *parse(struct arena *a, const char *text)
{
    struct json_object *value = NULL;

    assert_int_equal(jx_parse(a, text, strlen(text), &value, NULL), ERR_OK);
    return value;
}

static const char *summary(struct arena *a, const struct json_object *changes)
{
    struct json_object *items = jx_get(changes, "items");
    struct str s;

    str_init(&s, a, 256 * 1024);
    for (size_t i = 0; i < json_object_array_length(items); i++) {
        const struct json_object *item = json_object_array_get_idx(items, i);
        struct json_object *rows = jx_get(jx_get(item, "rows"), "rows");
        struct json_object *list = jx_get(jx_get(item, "list"), "items");

        str_addf(&s, "%s%s %s:", s.n ? "; " : "", jx_get_text(item, "word"), jx_get_text(item, "label"));
        if (rows)
            str_addf(&s, " %s", told(a, rows));
        for (size_t k = 0; list && k < json_object_array_length(list); k++) {
            const struct json_object *row = json_object_array_get_idx(list, k);

            str_addf(&s, " %s %s", jx_get_text(row, "word"), jx_get_text(row, "text"));
            if (jx_get_text(row, "detail"))
                str_addf(&s, " (%s)", jx_get_text(row, "detail"));
            if (jx_get(row, "inner"))
                str_addf(&s, " <%s>", summary(a, jx_get(row, "inner")));
        }
        if (jx_get_text(item, "note"))
            str_addf(&s, " %s", jx_get_text(item, "note"));
    }
    return s.p;
}

static const struct {
    const char *from, *to, *told;
} contents[] = {
    {"{\"a\":1}", "{\"a\":1}", ""},
    {"{\"title\":\"x\",\"importance\":7}", "{\"title\":\"x\",\"importance\":8}", "changed Importance: -7+8"},
    {"{}", "{\"status\":\"confirmed\"}", "added Status: +confirmed"},
    {"{\"status\":\"confirmed\"}", "{}", "removed Status: -confirmed"},
    {"{\"a\":null}", "{\"a\":true}", "changed A: -null+true"},
    {"{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"b\",\"c\"]}", "changed Tags: added c removed a"},
    {"{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"b\",\"a\"]}",
     "changed Tags: The same items in another order."},
    {"{}", "{\"tags\":[\"a\",2]}", "added Tags: added a added 2"},
    {"{\"tags\":[\"a\"]}", "{}", "removed Tags: removed a"},
    {"{\"tags\":[]}", "{}", "removed Tags: -[]"},
    {"{\"sources\":[{\"title\":\"S\",\"url\":\"u\"}]}",
     "{\"sources\":[{\"title\":\"T\",\"url\":\"u\",\"tier\":1},{\"title\":\"N\",\"url\":\"n\"}]}",
     "changed Sources: added N (n) changed u <changed Title: -S+T; added Tier: +1>"},
    {"{\"sources\":[{\"title\":\"S\"},\"bare\"]}", "{\"sources\":[{\"title\":\"S\"}]}",
     "changed Sources: removed bare"},
    {"{\"capture_lanes\":{\"a\":1}}", "{\"capture_lanes\":{\"a\":2}}",
     "changed Capture lanes: -{\"a\":{1}}+{\"a\":{2}}"},
};

static void test_contents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct exchange x = {.arena = a};
        struct json_object *diff = event_diff(a, parse(a, contents[i].from), parse(a, contents[i].to));
        struct json_object *changes = jx_own(a, view_changes(&x, diff, VIEW_CHANGES_PAGE));
        const char *text = summary(a, changes);

        assert_int_equal(jx_get_bool(changes, "any", false), contents[i].told[0] != '\0');
        if (!str_eq(text, contents[i].told))
            fail_msg("%s\nnot %s", text, contents[i].told);
    }
}

static void test_room(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};
    struct json_object *from = jx_own(a, json_object_new_object());
    struct json_object *to = jx_own(a, json_object_new_object());
    struct json_object *changes;
    struct str text;

    (void)state;
    str_init(&text, a, 1024 * 1024);
    for (int i = 0; i < 20000; i++)
        str_addf(&text, "line %d\n", i);
    jx_set_text(from, "summary", text.p);
    jx_set_text(to, "summary", "gone");
    jx_set_text(to, "title", "T");
    changes = jx_own(a, view_changes(&x, event_diff(a, from, to), VIEW_CHANGES_ROW));
    assert_string_equal(summary(a, changes),
                        "changed Summary: This is too long to be shown here.; added Title: +T");
    assert_null(view_changes(&x, NULL, VIEW_CHANGES_ROW));
}

/* What is too long is known only when it has been compared, and a thousand of them would hold up everybody. */
static void test_many_that_are_too_long(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct exchange x = {.arena = a};
    struct json_object *from = jx_own(a, json_object_new_object());
    struct json_object *to = jx_own(a, json_object_new_object());
    struct json_object *changes;
    struct str one, other;

    (void)state;
    str_init(&one, a, 1024 * 1024);
    str_init(&other, a, 1024 * 1024);
    for (int i = 0; i < 390; i++) {
        str_addf(&one, "%c\n", 'a' + i % 26);
        str_addf(&other, "%c\n", 'a' + i * 7 % 26);
    }
    for (int i = 0; i < 1500; i++) {
        jx_set_text(from, arena_printf(a, "f%d", i), one.p);
        jx_set_text(to, arena_printf(a, "f%d", i), other.p);
    }
    jx_set_text(to, "title", "T");
    changes = jx_own(a, view_changes(&x, event_diff(a, from, to), VIEW_CHANGES_ROW));
    changes = jx_get(changes, "items");
    assert_int_equal(json_object_array_length(changes), 1501);
    for (size_t i = 0; i < 1500; i++)
        assert_string_equal(jx_get_text(json_object_array_get_idx(changes, i), "note"),
                            "This is too long to be shown here.");
    assert_non_null(jx_get(json_object_array_get_idx(changes, 1500), "rows"));
    assert_true(arena_used_bytes(a) < 32 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts), cmocka_unit_test(test_any_texts),
                                       cmocka_unit_test(test_contents), cmocka_unit_test(test_room),
                                       cmocka_unit_test(test_many_that_are_too_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
