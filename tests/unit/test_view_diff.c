// link: fcgi_lib
/* Differences as people read them: which lines stand beside each other, which words are marked, what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"
#include "fcgi/view_diff.h"

#define FILE_A "diff --git a/e/a.md b/e/a.md\n--- a/e/a.md\n+++ b/e/a.md\n"
#define NEW_A "diff --git a/e/a.md b/e/a.md\nnew file mode 100644\n--- /dev/null\n+++ b/e/a.md\n"
#define GONE_A "diff --git a/e/a.md b/e/a.md\ndeleted file mode 100644\n--- a/e/a.md\n+++ /dev/null\n"

/* Runs as text: what was removed in [-…-], what was added in {+…+}. */
static void add_cell(struct str *out, const struct json_object *cell, const char *sign)
{
    const struct json_object *runs = jx_get(cell, "runs");

    if (!cell) {
        str_add(out, "nothing");
        return;
    }
    str_addf(out, "%s%s:", sign, jx_get_text(cell, "no"));
    if (jx_get_text(cell, "text"))
        str_add(out, jx_get_text(cell, "text"));
    for (size_t i = 0; runs && i < json_object_array_length(runs); i++) {
        const struct json_object *run = json_object_array_get_idx(runs, i);

        if (jx_get_text(run, "del"))
            str_addf(out, "[-%s-]", jx_get_text(run, "del"));
        else if (jx_get_text(run, "ins"))
            str_addf(out, "{+%s+}", jx_get_text(run, "ins"));
        else
            str_add(out, jx_get_text(run, "plain"));
    }
    if (jx_get_text(cell, "end"))
        str_addf(out, " (%s)", jx_get_text(cell, "end"));
}

static const char *sign_of(const struct json_object *cell)
{
    const char *class = jx_get_text(cell, "class");

    return str_eq(class, "gone") ? "−" : str_eq(class, "fresh") ? "+" : "";
}

static void add_file(struct str *out, const struct json_object *file)
{
    const struct json_object *rows = jx_get(file, "rows");

    str_addf(out, "%s %s", jx_get_text(file, "word"), jx_get_text(file, "path"));
    if (jx_get_text(file, "title"))
        str_addf(out, " = %s %s", jx_get_text(file, "title"), jx_get_text(file, "href"));
    str_add(out, "\n");
    if (jx_get_text(file, "note"))
        str_addf(out, "note %s\n", jx_get_text(file, "note"));
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        const struct json_object *row = json_object_array_get_idx(rows, i);

        if (jx_get(row, "fold")) {
            str_addf(out, "~ %s", jx_get_text(jx_get(row, "fold"), "text"));
        } else if (jx_get(row, "both")) {
            add_cell(out, jx_get(row, "both"), sign_of(jx_get(row, "both")));
        } else {
            add_cell(out, jx_get(jx_get(row, "pair"), "old"), "−");
            str_add(out, " | ");
            add_cell(out, jx_get(jx_get(row, "pair"), "new"), "+");
        }
        str_add(out, "\n");
    }
    if (jx_get_text(file, "more"))
        str_addf(out, "more %s\n", jx_get_text(file, "more"));
}

static const char *shown(struct arena *a, const char *diff, const char *files, size_t first)
{
    struct json_object *about = NULL;
    struct json_object *model;
    struct json_object *list;
    struct str out;

    if (files)
        assert_int_equal(jx_parse(a, files, strlen(files), &about, NULL), ERR_OK);
    model = view_diff(a, diff, about, first);
    list = jx_get(model, "files");
    str_init(&out, a, 1 << 20);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        add_file(&out, json_object_array_get_idx(list, i));
    if (jx_get(model, "next"))
        str_addf(&out, "next %d of %d\n", (int)jx_get_int(model, "next", 0),
                 (int)jx_get_int(model, "total", 0));
    return out.p;
}

static void shows_what_changed(void **state)
{
    static const struct {
        const char *diff, *text;
    } rows[] = {
        {"", ""},
        {FILE_A
         "@@ -2,3 +2,3 @@ id: x\n same\n-title: The old title of it\n+title: The new title of it\n end\n",
         "changed a/e/a.md b/e/a.md\n~ 1 unchanged line\n2:same\n−3:title: The [-old-] title of it | "
         "+3:title: The {+new+} title of it\n4:end\n"},
        {FILE_A "@@ -1 +1,2 @@\n-alpha\n+one two\n+three\n",
         "changed a/e/a.md b/e/a.md\n−1:alpha | +1:one two\nnothing | +2:three\n"},
        {FILE_A "@@ -1,2 +1 @@\n-a b c d\n-gone\n+a b x d\n",
         "changed a/e/a.md b/e/a.md\n−1:a b [-c-] d | +1:a b {+x+} d\n−2:gone | nothing\n"},
        {FILE_A "@@ -1 +1 @@\n-last\n\\ No newline at end of file\n+last\n",
         "changed a/e/a.md b/e/a.md\n−1:last (no line break at the end of the file) | +1:last\n"},
        {FILE_A "@@ -1 +1 @@\n-a\r\n+a\n", "changed a/e/a.md b/e/a.md\n−1:a␍ | +1:a\n"},
        {FILE_A "@@ -5 +5 @@\n-x\n+y\n@@ -20 +20 @@\n-v\n+w\n",
         "changed a/e/a.md b/e/a.md\n~ 4 unchanged lines\n−5:x | +5:y\n~ 14 unchanged lines\n−20:v | "
         "+20:w\n"},
        {NEW_A "@@ -0,0 +1,2 @@\n+one\n+two\n", "added a/e/a.md b/e/a.md\n+1:one\n+2:two\n"},
        {GONE_A "@@ -1,2 +0,0 @@\n-one\n-two\n", "removed a/e/a.md b/e/a.md\n−1:one\n−2:two\n"},
        {NEW_A, "added a/e/a.md b/e/a.md\nnote The file has no lines.\n"},
        {FILE_A "Binary files differ\n",
         "changed a/e/a.md b/e/a.md\nnote This file is not text; its bytes change.\n"},
        /* Text that looks like the head of a file is text. */
        {FILE_A "@@ -1,2 +1,2 @@\n--- abc\n-diff --git a/y b/y\n+++ xyz\n+@@ -1 +1 @@\n",
         "changed a/e/a.md b/e/a.md\n−1:-- abc | +1:++ xyz\n−2:diff --git a/y b/y | +2:@@ -1 +1 @@\n"},
        /* What would reorder or hide is shown by its number. */
        {NEW_A "@@ -0,0 +1 @@\n+a\xe2\x80\xae"
               "b\x1b[31m\xff\n",
         "added a/e/a.md b/e/a.md\n+1:a⟨U+202E⟩b⟨U+001B⟩[31m�\n"},
        /* A diff that was cut, and heads that are none. */
        {FILE_A "@@ -1,9 +1,9 @@\n-a", "changed a/e/a.md b/e/a.md\n−1:a | nothing\n"},
        {FILE_A "@@ -1,9 +1\n-a\n", "changed a/e/a.md b/e/a.md\nnote The file has no lines.\n"},
        {FILE_A "@@ -99999999999999999999 +1 @@\n-a\n",
         "changed a/e/a.md b/e/a.md\nnote The file has no lines.\n"},
        {"no diff at all\n", ""},
    };
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(shown(a, rows[i].diff, NULL, 0), rows[i].text);
}

static void marks_words(void **state)
{
    static const struct {
        const char *was, *is, *old_text, *new_text; /* NULL: not worth marking */
    } rows[] = {
        {"one two three", "one 2 three", "one [-two-] three", "one {+2+} three"},
        {"one two three four", "one a b four", "one [-two three-] four", "one {+a b+} four"},
        {"same", "same and more", "same", "same{+ and more+}"},
        {"importance: 7", "importance: 8", "importance: [-7-]", "importance: {+8+}"},
        {"Gräfin Müller kam", "Gräfin Möller kam", "Gräfin [-Müller-] kam", "Gräfin {+Möller+} kam"},
        {"nothing alike here", "quite another line", NULL, NULL},
        {"a", "something very long that is all new", NULL, NULL},
        {"", "new", NULL, NULL},
    };
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *diff = arena_printf(a, FILE_A "@@ -1 +1 @@\n-%s\n+%s\n", rows[i].was, rows[i].is);
        const char *text = arena_printf(a, "changed a/e/a.md b/e/a.md\n−1:%s | +1:%s\n",
                                        rows[i].old_text ? rows[i].old_text : rows[i].was,
                                        rows[i].new_text ? rows[i].new_text : rows[i].is);

        assert_string_equal(shown(a, diff, NULL, 0), text);
    }
}

static void names_files_by_their_events(void **state)
{
    const char *files = "[{\"path\":\"e/ä.md\",\"event\":\"2001-02-03--a b\",\"date\":\"2001-02-03\","
                        "\"title\":\"A <b>\",\"change\":\"changed\"}]";
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    assert_string_equal(shown(a, FILE_A "@@ -1 +1 @@\n-x\n+y\n" NEW_A "@@ -0,0 +1 @@\n+z\n", files, 0),
                        "changed e/ä.md = A <b> /events/2001-02-03--a%20b\n−1:x | +1:y\n"
                        "added a/e/a.md b/e/a.md\n+1:z\n");
    assert_string_equal(shown(a, FILE_A "@@ -1 +1 @@\n-x\n+y\n" NEW_A "@@ -0,0 +1 @@\n+z\n", files, 1),
                        "added a/e/a.md b/e/a.md\n+1:z\n");
    assert_string_equal(shown(a, FILE_A "@@ -1 +1 @@\n-x\n+y\n", files, 5), "");
}

static const char *long_file(struct arena *a, int lines)
{
    struct str out;

    str_init(&out, a, 1 << 20);
    str_addf(&out, NEW_A "@@ -0,0 +1,%d @@\n", lines);
    for (int i = 0; i < lines; i++)
        str_addf(&out, "+line %d\n", i);
    return out.p;
}

static void says_what_it_leaves_out(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *file = long_file(a, VIEW_DIFF_FILE_ROWS + 5);
    const char *three = arena_printf(a, "%s%s%s", file, file, file);
    char *line = arena_alloc(a, VIEW_DIFF_LINE_BYTES + 1000);
    const char *text = shown(a, three, NULL, 0);

    (void)state;
    assert_non_null(strstr(text, "more 5 more lines are left out here.\n"));
    assert_non_null(strstr(text, "next 2 of 3\n"));
    text = shown(a, three, NULL, 2);
    assert_non_null(strstr(text, "+150:line 149\nmore 5"));
    assert_null(strstr(text, "next"));
    memset(line, 'x', VIEW_DIFF_LINE_BYTES + 999);
    text = shown(a, arena_printf(a, NEW_A "@@ -0,0 +1 @@\n+%s\n", line), NULL, 0);
    assert_non_null(strstr(text, "(… and 999 characters more)"));
    text = shown(a, arena_printf(a, FILE_A "@@ -1,2 +1,2 @@\n %s\n-x\n+y\n", line), NULL, 0);
    assert_non_null(strstr(text, "xxx (… and 4,759 characters more as before)\n"));
}

/* Two lines of thousands of words each: bounded in time and memory, and marked as a whole. */
static void bounds_the_comparison(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct str was;
    struct str is;
    struct str diff;

    (void)state;
    str_init(&was, a, 1 << 16);
    str_init(&is, a, 1 << 16);
    str_init(&diff, a, 1 << 22);
    for (int i = 0; i < 700; i++) {
        str_addf(&was, "a%d ", i);
        str_addf(&is, "b%d ", i);
    }
    str_addf(&diff, FILE_A "@@ -1,150 +1,150 @@\n");
    for (int i = 0; i < 150; i++)
        str_addf(&diff, "-%s\n", was.p);
    for (int i = 0; i < 150; i++)
        str_addf(&diff, "+%s\n", is.p);
    assert_non_null(strstr(shown(a, diff.p, NULL, 0), "more "));
    assert_true(arena_used_bytes(a) < (size_t)64 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_changed),          cmocka_unit_test(marks_words),
        cmocka_unit_test(names_files_by_their_events), cmocka_unit_test(says_what_it_leaves_out),
        cmocka_unit_test(bounds_the_comparison),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
