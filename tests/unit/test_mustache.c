// link: core_mustache
/* The rules of the specification in a table of our own, and what the specification leaves to us: errors and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mustache/mustache.h"
#include "core/util/clock.h"
#include "core/util/file.h"

struct rule {
    const char *name, *view, *text, *partial, *expected;
};

static const struct rule rules[] = {
    {"plain text", "{}", "a {b} c\n", NULL, "a {b} c\n"},
    {"escapes five characters", "{\"x\":\"<a href=\\\"'&'\\\">\"}", "{{x}}", NULL,
     "&lt;a href=&quot;&#39;&amp;&#39;&quot;&gt;"},
    {"raw output", "{\"x\":\"<&>\"}", "{{{x}}} {{&x}}", NULL, "<&> <&>"},
    {"a value is not a template", "{\"x\":\"{{y}}\",\"y\":1}", "{{x}}", NULL, "{{y}}"},
    {"numbers as written", "{\"i\":-7,\"d\":1.10,\"b\":true}", "{{i}} {{d}} {{b}}", NULL, "-7 1.10 true"},
    {"missing and null", "{\"n\":null}", "[{{n}}{{m}}{{m.x}}]", NULL, "[]"},
    {"null hides the parent's", "{\"x\":1,\"s\":{\"x\":null}}", "{{#s}}[{{x}}]{{/s}}", NULL, "[]"},
    {"dotted name", "{\"a\":{\"b\":{\"c\":\"d\"}}}", "{{a.b.c}}{{a.c}}", NULL, "d"},
    {"the first part decides", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "{{#a}}[{{b.c}}]{{/a}}", NULL,
     "[]"},
    {"parent contexts", "{\"a\":1,\"s\":{\"b\":2}}", "{{#s}}{{a}}{{b}}{{/s}}", NULL, "12"},
    {"list", "{\"l\":[{\"x\":1},{\"x\":2}]}", "{{#l}}{{x}};{{/l}}", NULL, "1;2;"},
    {"list of lists", "{\"l\":[[1,2],[3]]}", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", NULL, "(12)(3)"},
    {"falsy values", "{\"a\":0,\"b\":\"\",\"c\":[],\"d\":false}",
     "{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{^a}}1{{/a}}{{^b}}2{{/b}}{{^c}}3{{/c}}{{^z}}4{{/"
     "z}}",
     NULL, "1234"},
    {"an empty object is true", "{\"o\":{}}", "{{#o}}yes{{/o}}{{^o}}no{{/o}}", NULL, "yes"},
    {"standalone section", "{\"a\":true}", "1\n  {{#a}}\n2\n  {{/a}} \t\n3\n", NULL, "1\n2\n3\n"},
    {"standalone with CRLF", "{\"a\":true}", "|\r\n{{#a}}\r\n{{/a}}\r\n|", NULL, "|\r\n|"},
    {"two tags on a line are inline", "{\"a\":true}", " {{#a}}x{{/a}}\n", NULL, " x\n"},
    {"standalone at the end", "{\"a\":true}", "#{{#a}}\n/\n  {{/a}}", NULL, "#\n/\n"},
    {"comment", "{}", "a{{! b\nc }}d\n  {{! alone }}\ne", NULL, "ad\ne"},
    {"delimiters", "{\"x\":1}", "{{=<% %>=}}<%x%>{{x}}<%={{ }}=%>{{x}}", NULL, "1{{x}}1"},
    {"raw with other delimiters", "{\"x\":\"<\"}", "{{=| |=}}|&x|", NULL, "<"},
    {"partial sees the context", "{\"l\":[1,2]}", "{{#l}}{{>p}}{{/l}}", "<{{.}}>", "<1><2>"},
    {"partial keeps its own delimiters", "{\"x\":1}", "{{=| |=}}|>p|", "{{x}}|x|", "1|x|"},
    {"unknown partial", "{}", "[{{>none}}]", NULL, "[]"},
    {"standalone partial is indented", "{\"x\":\"<\\n>\"}", "\\\n {{>p}}\n/\n", "|\n{{{x}}}\n|\n",
     "\\\n |\n <\n>\n |\n/\n"},
    {"inline partial is not", "{}", "  - {{>p}}\n", "a\nb", "  - a\nb\n"},
    {"indentation before a tag", "{\"x\":1,\"t\":true}", "  {{>p}}\n", "{{x}}\n{{#t}}y{{/t}}\n",
     "  1\n  y\n"},
    {"recursive partial", "{\"v\":1,\"k\":[{\"v\":2,\"k\":[]}]}", "{{>p}}", "{{v}}({{#k}}{{>p}}{{/k}})",
     "1(2())"},
};

static char *render(struct arena *a, const struct rule *rule)
{
    AUTO_STRUCT(mustache) *m = mustache_new();
    struct json_object *view;
    struct str out;
    struct err e = {0};

    str_init(&out, a, 1 << 20);
    assert_int_equal(jx_parse(a, rule->view, strlen(rule->view), &view, &e), ERR_OK);
    if (rule->partial)
        assert_int_equal(mustache_add(m, "p", rule->partial, strlen(rule->partial), &e), ERR_OK);
    if (mustache_add(m, "t", rule->text, strlen(rule->text), &e) != ERR_OK)
        return arena_strdup(a, e.message);
    assert_int_equal(mustache_render(m, "t", view, &out, &e), ERR_OK);
    return out.p;
}

static void follows_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        char *got = render(a, &rules[i]);

        if (strcmp(got, rules[i].expected) != 0)
            fail_msg("%s: expected \"%s\", got \"%s\"", rules[i].name, rules[i].expected, got);
    }
}

static void refuses_broken_templates(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *says;
    } broken[] = {
        {"a\n{{x", 2, "not closed"},
        {"a\n\n{{#x}}\n", 3, "\"x\" is never closed"},
        {"{{#x}}\n{{/y}}", 2, "closed with another name"},
        {"\n{{/y}}", 2, "not opened"},
        {"{{}}", 1, "no name"},
        {"{{a b}}", 1, "no spaces"},
        {"{{a..b}}", 1, "empty part"},
        {"{{=a=}}", 1, "two delimiters"},
        {"{{=a b c=}}", 1, "no spaces"},
        {"{{=<%%%%%%%%%%%%%%%% %>=}}", 1, "two delimiters"},
        {"{{{x}}", 1, "not closed"},
        {"{{$block}}", 1, "inheritance"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        AUTO_STRUCT(mustache) *m = mustache_new();
        struct err e = {0};

        assert_int_equal(mustache_add(m, "page", broken[i].text, strlen(broken[i].text), &e),
                         ERR_INVALID_INPUT);
        assert_int_equal(e.line, broken[i].line);
        if (!strstr(e.message, broken[i].says) || !strstr(e.message, "page"))
            fail_msg("%s: \"%s\"", broken[i].text, e.message);
    }
}

static void ends_whatever_the_partials_do(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(mustache) *m = mustache_new();
    struct str out;
    struct err e = {0};

    (void)state;
    str_init(&out, a, 1000);
    assert_int_equal(mustache_add(m, "twice", "{{>twice}}{{>twice}}", 20, &e), ERR_OK);
    assert_int_equal(mustache_render(m, "twice", NULL, &out, &e), ERR_OK);
    assert_int_equal(out.n, 0);
    assert_int_equal(mustache_add(m, "deep", "x {{>deep}}", 11, &e), ERR_OK);
    assert_int_equal(mustache_render(m, "deep", NULL, &out, &e), ERR_OK);
    assert_true(out.n > 0 && out.n <= 1000);
}

static void stops_at_the_ceiling(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(mustache) *m = mustache_new();
    struct json_object *list = jx_own(a, json_object_new_array());
    struct str out;
    struct err e = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        jx_push_text(list, "0123456789");
    str_init(&out, a, 95);
    assert_int_equal(mustache_add(m, "t", "{{#.}}{{.}}{{/.}}", 17, &e), ERR_OK);
    assert_int_equal(mustache_render(m, "t", list, &out, &e), ERR_OK);
    assert_true(out.full);
    assert_int_equal(out.n, 90);
}

static void adds_replaces_and_misses(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(mustache) *m = mustache_new();
    struct str out;
    struct err e = {0};

    (void)state;
    str_init(&out, a, 100);
    assert_int_equal(mustache_render(m, "t", NULL, &out, &e), ERR_NOT_FOUND);
    assert_int_equal(mustache_add(m, "t", "one", 3, &e), ERR_OK);
    assert_int_equal(mustache_add(m, "t", "{{", 2, &e), ERR_INVALID_INPUT);
    assert_int_equal(mustache_render(m, "t", NULL, &out, &e), ERR_OK);
    assert_int_equal(mustache_add(m, "t", "two", 3, &e), ERR_OK);
    assert_int_equal(mustache_render(m, "t", NULL, &out, &e), ERR_OK);
    assert_string_equal(out.p, "onetwo");
}

static void write_template(struct arena *a, const char *folder, const char *name, const char *text)
{
    assert_int_equal(file_write(file_join(a, folder, name), text, strlen(text), 0640, NULL), ERR_OK);
}

static void loads_a_folder_and_checks_it(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(mustache) *good = mustache_new();
    AUTO_STRUCT(mustache) *raw = mustache_new();
    AUTO_STRUCT(mustache) *lost = mustache_new();
    char folder[] = "/tmp/tideline-mustache-XXXXXX";
    struct str out;
    struct err e = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    str_init(&out, a, 100);
    write_template(a, folder, "page.mustache", "[{{>part}}]");
    write_template(a, folder, "part.mustache", "{{x}}");
    write_template(a, folder, "notes.txt", "{{#");
    assert_int_equal(mustache_load_folder(good, folder, &e), ERR_OK);
    assert_int_equal(mustache_render(good, "page", NULL, &out, &e), ERR_OK);
    assert_string_equal(out.p, "[]");
    write_template(a, folder, "part.mustache", "\n{{{x}}}");
    assert_int_equal(mustache_load_folder(raw, folder, &e), ERR_INVALID_INPUT);
    assert_int_equal(e.line, 2);
    write_template(a, folder, "part.mustache", "{{>nowhere}}");
    assert_int_equal(mustache_load_folder(lost, folder, &e), ERR_INVALID_INPUT);
    assert_non_null(strstr(e.message, "nowhere"));
    assert_int_equal(file_remove_tree(folder, &e), ERR_OK);
    assert_int_equal(mustache_load_folder(lost, folder, &e), ERR_NOT_FOUND);
}

/* Ten times the time that a release build needs on a slow machine, so that only a wrong algorithm fails here. */
static void renders_a_page_of_200_rows_fast(void **state)
{
    static const char page[] = "<table>\n  {{#rows}}\n  {{>p}}\n  {{/rows}}\n</table>\n";
    static const char row[] = "<tr><td>{{date}}</td><td><a href=\"/events/{{id}}\">{{title}}</a></td>\n"
                              "<td>{{state}}{{#score}} {{score}}{{/score}}</td></tr>\n";
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(mustache) *m = mustache_new();
    struct json_object *view = jx_own(a, json_object_new_object());
    struct json_object *rows = json_object_new_array();
    struct err e = {0};
    int64_t started;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct json_object *one = json_object_new_object();

        jx_set_text(one, "date", "2025-01-02");
        jx_set_text(one, "id", "2025-01-02--an-event-with-a-name");
        jx_set_text(one, "title", "An event with a \"name\" & a <tag>");
        jx_set_text(one, "state", "merged");
        jx_set_int(one, "score", i % 10);
        jx_push(rows, one);
    }
    jx_set(view, "rows", rows);
    assert_int_equal(mustache_add(m, "t", page, strlen(page), &e), ERR_OK);
    assert_int_equal(mustache_add(m, "p", row, strlen(row), &e), ERR_OK);
    started = clock_now_us();
    for (int i = 0; i < 100; i++) {
        AUTO_STRUCT(arena) *request = arena_new();
        struct str out;

        str_init(&out, request, 1 << 20);
        assert_int_equal(mustache_render(m, "t", view, &out, &e), ERR_OK);
        assert_true(out.n > 200 * 100);
    }
    int64_t each_us = (clock_now_us() - started) / 100;

    print_message("a page of 200 rows: %lld us\n", (long long)each_us);
    assert_true(each_us < 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_rules),
        cmocka_unit_test(refuses_broken_templates),
        cmocka_unit_test(ends_whatever_the_partials_do),
        cmocka_unit_test(stops_at_the_ceiling),
        cmocka_unit_test(adds_replaces_and_misses),
        cmocka_unit_test(loads_a_folder_and_checks_it),
        cmocka_unit_test(renders_a_page_of_200_rows_fast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
