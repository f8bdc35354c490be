// link: core_event core_util
/* What event_parse makes of files that it accepts: values, warnings, places. Refusals are in test_event_refuse.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event_internal.h"

#define NAME "2024-01-02--a"
#define HEAD "---\nid: " NAME "\ndate: 2024-01-02\ntitle: T\n"
#define SAME "\"id\":\"" NAME "\",\"date\":\"2024-01-02\",\"title\":\"T\""

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

static struct event parse(struct arena *a, const char *name, const char *text)
{
    struct event event;
    struct err e = {0};

    if (event_parse(a, name, text, strlen(text), &event, &e) != ERR_OK)
        fail_msg("%s: %s\n%s", name, e.message, text);
    return event;
}

struct fields_row {
    const char *name, *text, *fields;
};

static const struct fields_row fields_rows[] = {
    {NAME ".md", HEAD "---\n", "{" SAME "}"},
    {NAME ".md", HEAD "---", "{" SAME "}"},
    {NAME ".md", HEAD "---  \n", "{" SAME "}"},
    {NAME ".md", "---  \t\nid: " NAME "\ndate: 2024-01-02\ntitle: T\n---\t \n", "{" SAME "}"},
    {NAME ".md", HEAD "---\n\n\nText\n\nmore  \n\n", "{" SAME ",\"summary\":\"Text\\n\\nmore\"}"},
    {NAME ".md", HEAD "summary: S\n---\nText", "{" SAME ",\"summary\":\"S\",\"body\":\"Text\"}"},
    {NAME ".md", HEAD "body: B\n---\nText", "{" SAME ",\"body\":\"B\",\"summary\":\"Text\"}"},
    {NAME ".md", HEAD "summary: S\n---\n \n", "{" SAME ",\"summary\":\"S\"}"},
    {NAME ".md", HEAD "---\nA\n---\nB\n", "{" SAME ",\"summary\":\"A\\n---\\nB\"}"},
    {NAME ".md",
     "---\r\nid: " NAME "\r\ndate: 2024-01-02\r\ntitle: T\r\nv: |\r\n  a\r\n  b\r\n---\r\nX\r\nY\r\n",
     "{" SAME ",\"v\":\"a\\nb\\n\",\"summary\":\"X\\nY\"}"},
    {NAME ".md", "\xEF\xBB\xBF" HEAD "---\n\xC3\xA9\n", "{" SAME ",\"summary\":\"\xC3\xA9\"}"},
    {NAME ".md", HEAD "v:\ttab\n---\n", "{" SAME ",\"v\":\"tab\"}"},
    {NAME ".md", HEAD "tags:\n- a\n- b # c\n---\n", "{" SAME ",\"tags\":[\"a\",\"b\"]}"},
    {NAME ".md", HEAD "tags:\n  - a\n\n  - 'it''s'\n---\n", "{" SAME ",\"tags\":[\"a\",\"it's\"]}"},
    {NAME ".md", HEAD "v: one\n  two\n\n  three\n---\n", "{" SAME ",\"v\":\"one two\\nthree\"}"},
    {NAME ".md", HEAD "v: \"one\n  two\\n\\\n  three\"\n---\n", "{" SAME ",\"v\":\"one two\\nthree\"}"},
    {NAME ".md", HEAD "v: >-\n  one\n  two\n---\n", "{" SAME ",\"v\":\"one two\"}"},
    {NAME ".md",
     HEAD "sources:\n- title: S\n  url: https://example.org/a?b=c#d\n  tier: 1\n  date: 2024-01\n---\n",
     "{" SAME ",\"sources\":[{\"title\":\"S\",\"url\":\"https://example.org/"
     "a?b=c#d\",\"tier\":1,\"date\":\"2024-01\"}]}"},
    {NAME ".md", HEAD "v: {a: [], b: {}}\n---\n", "{" SAME ",\"v\":{\"a\":[],\"b\":{}}}"},
    {NAME ".md", HEAD "v:\nw: ~\n---\n", "{" SAME ",\"v\":null,\"w\":null}"},
    {NAME ".md", HEAD "2020: a\nyes: b\n\"<<\": c\n---\n",
     "{" SAME ",\"2020\":\"a\",\"yes\":\"b\",\"<<\":\"c\"}"},
    {NAME ".yaml", "id: " NAME "\ndate: 2024-01-02\ntitle: T", "{" SAME "}"},
    {NAME ".yml", "---\nid: " NAME "\ndate: '2024-01-02'\ntitle: \"T\"\n", "{" SAME "}"},
    {NAME ".json", "{" SAME ",\"v\":[1,2.50,true,null,\"\\u00e9\\/\"]}",
     "{" SAME ",\"v\":[1,2.50,true,null,\"\xC3\xA9/\"]}"},
    {NAME ".json", "\xEF\xBB\xBF {" SAME "}\r\n", "{" SAME "}"},
};

static void fields(void **state)
{
    for (size_t i = 0; i < sizeof fields_rows / sizeof *fields_rows; i++) {
        const struct fields_row *row = &fields_rows[i];
        struct event event = parse(*state, row->name, row->text);

        assert_string_equal(jx_text(*state, event.fields), row->fields);
        assert_string_equal(event.id, NAME);
        assert_string_equal(event.date, "2024-01-02");
        assert_string_equal(event.title, "T");
    }
}

/* Made with PyYAML 6.0's SafeLoader, but for the dates. */
static const char *const scalar_rows[][2] = {{"0", "0"},
                                             {"-1", "-1"},
                                             {"+1", "1"},
                                             {"007", "7"},
                                             {"0777", "511"},
                                             {"-017", "-15"},
                                             {"08", "\"08\""},
                                             {"0o17", "\"0o17\""},
                                             {"0x1F", "31"},
                                             {"-0x1f", "-31"},
                                             {"0X1F", "\"0X1F\""},
                                             {"0xfg", "\"0xfg\""},
                                             {"0b101", "5"},
                                             {"0b2", "\"0b2\""},
                                             {"1_000", "1000"},
                                             {"_1", "\"_1\""},
                                             {"1:30", "90"},
                                             {"1:60", "\"1:60\""},
                                             {"-1:30", "-90"},
                                             {"190:20:30", "685230"},
                                             {"01:30", "\"01:30\""},
                                             {"9223372036854775807", "9223372036854775807"},
                                             {"-9223372036854775808", "-9223372036854775808"},
                                             {"1.", "1.0"},
                                             {"1.0", "1.0"},
                                             {"1.10", "1.10"},
                                             {".5", "0.5"},
                                             {"-.5", "\"-.5\""},
                                             {"+1.5", "1.5"},
                                             {"01.5", "1.5"},
                                             {"1e3", "\"1e3\""},
                                             {"1.0e3", "\"1.0e3\""},
                                             {"1.0e+3", "1.0e+3"},
                                             {"1.5E-2", "1.5E-2"},
                                             {"6_8.1_5", "68.15"},
                                             {"1:30.5", "90.5"},
                                             {"0.1", "0.1"},
                                             {"yes", "true"},
                                             {"Yes", "true"},
                                             {"YES", "true"},
                                             {"yES", "\"yES\""},
                                             {"y", "\"y\""},
                                             {"n", "\"n\""},
                                             {"no", "false"},
                                             {"on", "true"},
                                             {"Off", "false"},
                                             {"oFF", "\"oFF\""},
                                             {"TRUE", "true"},
                                             {"tRUE", "\"tRUE\""},
                                             {"false", "false"},
                                             {"~", "null"},
                                             {"null", "null"},
                                             {"NULL", "null"},
                                             {"nULL", "\"nULL\""},
                                             {"", "null"},
                                             {"'yes'", "\"yes\""},
                                             {"\"12\"", "\"12\""},
                                             {"2024", "2024"},
                                             {"2024-01", "\"2024-01\""},
                                             {"2024-01-02", "\"2024-01-02\""},
                                             {"2024-99-99", "\"2024-99-99\""},
                                             {"2024-01-02T10:00:00Z", "\"2024-01-02T10:00:00Z\""},
                                             {"=", "\"=\""},
                                             {"<<", "\"<<\""},
                                             {"12 Monkeys", "\"12 Monkeys\""},
                                             {"Norway", "\"Norway\""},
                                             {".inf.", "\".inf.\""},
                                             {"1.2.3", "\"1.2.3\""}};

static void scalars(void **state)
{
    for (size_t i = 0; i < sizeof scalar_rows / sizeof *scalar_rows; i++) {
        const char *const *row = scalar_rows[i];
        struct event event;

        event = parse(*state, NAME ".md", arena_printf(*state, HEAD "v: %s\n---\n", row[0]));
        assert_string_equal(jx_text(*state, jx_get(event.fields, "v")), row[1]);
    }
}

static void kinds(void **state)
{
    (void)state;
    assert_int_equal(event_scalar_kind("2024-01-02"), EVENT_SCALAR_DATE);
    assert_int_equal(event_scalar_kind("2024-1-2 3:04:05.6 +01:00"), EVENT_SCALAR_DATE);
    assert_int_equal(event_scalar_kind("2024-1-2t3:04:05Z"), EVENT_SCALAR_DATE);
    assert_int_equal(event_scalar_kind("2024-1-2"), EVENT_SCALAR_TEXT);
    assert_int_equal(event_scalar_kind("2024-01-02 3:4:05"), EVENT_SCALAR_TEXT);
    assert_int_equal(event_scalar_kind("<<"), EVENT_SCALAR_MERGE);
    assert_int_equal(event_scalar_kind("="), EVENT_SCALAR_VALUE);
    assert_int_equal(event_scalar_kind(".inf"), EVENT_SCALAR_FLOAT);
}

struct warning_row {
    const char *name, *text, *warnings;
};

static const struct warning_row warning_rows[] = {
    {NAME ".md", HEAD "---\n", ""},
    {NAME ".md", HEAD "tags:\n- #MeToo\n- b\n---\n", "comment_as_null@6;"},
    {NAME ".md", HEAD "tags:\n-\n- '#MeToo'\n- a#b\n---\n", ""},
    {NAME ".md", HEAD "v: #a\n---\n", "comment_as_null@5;"},
    {NAME ".md", HEAD "v: A launches #B\n---\n", "cut_at_hash@5;"},
    {NAME ".md", HEAD "v: long\n  text #B\n---\n", "cut_at_hash@5;"},
    {NAME ".md", HEAD "v: 'A launches' #B\nw: 5 # high\nx: [a] # c\n# d\n---\n", ""},
    {NAME ".md", HEAD "v:\ta\nw: a\tb\nx: 'a\tb'\ny: a \t\n---\n",
     "tab_outside_quotes@5;tab_outside_quotes@6;"},
    {NAME ".md", HEAD "2020: a\nyes: b\n2024-01-02: c\n'3': d\n---\n", "key_not_text@5;key_not_text@6;"},
    {NAME ".md", "---\nid: b\ndate: 2024-01-02\ntitle: T\n---\n", "id_differs@2;"},
    {NAME ".md", "---\ndate: 2024-01-02\ntitle: T\n---\n", "id_missing@0;"},
    {NAME ".md", "---\nid:\ndate: 2024-01-02\ntitle: T\n---\n", "id_missing@0;"},
    {NAME ".md", "---\nid: " NAME "\ndate: 2024-01-03\ntitle: T\n---\n", "date_differs@3;"},
    {NAME ".md", "---\nid: " NAME "\ndate: 2024\ntitle: yes\n---\n",
     "number_as_text@3;date_invalid@3;date_differs@3;number_as_text@4;"},
    {"b.md", "---\nid: b\ndate: 2024-02-30\ntitle: T\n---\n", "date_invalid@3;"},
    {"2001-2004--b.md", "---\nid: 2001-2004--b\ndate: 2001-01-01\ntitle: T\n---\n", ""},
    {NAME ".md", HEAD "summary:\n---\nText\n", "summary_empty@5;"},
    {NAME ".json", "{\"v\":{\"date\":1},\n\"id\":7,\n\"date\":\"2024-01-02\",\"title\":\"T\"}",
     "number_as_text@2;id_differs@2;"},
};

static void warnings(void **state)
{
    for (size_t i = 0; i < sizeof warning_rows / sizeof *warning_rows; i++) {
        const struct warning_row *row = &warning_rows[i];
        struct event event = parse(*state, row->name, row->text);
        struct str got;

        str_init(&got, *state, 4096);
        for (struct event_warning *w = event.warnings; w; w = w->next) {
            str_addf(&got, "%s@%d;", w->rule, w->line);
            assert_true(strlen(w->text) > 20);
        }
        assert_string_equal(got.p, row->warnings);
    }
}

static void warnings_are_bounded(void **state)
{
    struct str text;
    struct event event;
    int count = 0;

    str_init(&text, *state, EVENT_FILE_BYTES);
    str_add(&text, HEAD "tags:\n");
    for (int i = 0; i < 1000; i++)
        str_add(&text, "- #x\n");
    str_add(&text, "---\n");
    event = parse(*state, NAME ".md", text.p);
    for (struct event_warning *w = event.warnings; w; w = w->next)
        count++;
    assert_int_equal(count, 100);
    assert_int_equal(json_object_array_length(jx_get(event.fields, "tags")), 1000);
}

static void title_in_one_line(void **state)
{
    struct event event =
        parse(*state, NAME ".md", "---\nid: " NAME "\ndate: 2024-01-02\ntitle: |\n  One\n  two\n---\n");

    assert_string_equal(event.title, "One two");
    assert_string_equal(jx_get_text(event.fields, "title"), "One\ntwo\n");
}

static void numbers_stay_in_the_fields(void **state)
{
    struct event event = parse(*state, "2020.md", "---\nid: 2020\ndate: 2020\ntitle: 1_984\n---\n");

    assert_string_equal(event.id, "2020");
    assert_string_equal(event.title, "1_984");
    assert_string_equal(jx_text(*state, event.fields), "{\"id\":2020,\"date\":2020,\"title\":1984}");
}

static void formats(void **state)
{
    (void)state;
    assert_int_equal(event_format_of("a.md"), EVENT_MD);
    assert_int_equal(event_format_of("a.b.json"), EVENT_JSON);
    assert_int_equal(event_format_of("a.yaml"), EVENT_YAML);
    assert_int_equal(event_format_of("a.yml"), EVENT_YAML);
    for (const char *const *name = (const char *const[]){"README.md", "readme.md", "_index.md", ".md",
                                                         ".a.md", "a", "a.MD", "a.md~", "a.txt", "", NULL};
         *name; name++)
        assert_int_equal(event_format_of(*name), EVENT_NONE);
    assert_string_equal(event_extension(EVENT_MD), ".md");
    assert_string_equal(event_extension(EVENT_JSON), ".json");
    assert_string_equal(event_extension(EVENT_YAML), ".yaml");
}

static const char *span_text(struct arena *a, const char *p, struct event_span span)
{
    return arena_strndup(a, p + span.from, span.to - span.from);
}

static const struct event_node *child(const struct event_node *node, int index)
{
    node = node->first;
    while (index-- > 0)
        node = node->next;
    return node;
}

/* Byte marks behind a byte order mark and letters of several bytes, and tight ends before comments and blank lines. */
static void marks(void **state)
{
    const char *text =
        "\xEF\xBB\xBF---\ntitle: \"\xC3\xA9\xF0\x9F\x98\x80\" # c\nv: |\n  a\n\n# c\nlist: # c\n"
        "- \xC3\xA9\n# c\n-\n-\n  # - no\n  - x\n\n# end\nempty:\nflow: [a, b] # c\n---\nB\n";
    struct event_parts parts;
    struct event_node *root;
    const struct event_node *list;
    struct err e;

    assert_int_equal(event_split(EVENT_MD, text, strlen(text), &parts, &e), ERR_OK);
    assert_int_equal(event_yaml_read(*state, text, parts.yaml, &root, &e), ERR_OK);
    assert_int_equal(root->count, 5);
    assert_string_equal(span_text(*state, text, child(root, 0)->span), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    assert_string_equal(span_text(*state, text, child(root, 0)->key->span), "title");
    assert_int_equal(child(root, 0)->indent, 7);
    assert_string_equal(span_text(*state, text, child(root, 1)->span), "|\n  a");
    assert_int_equal(child(root, 1)->style, EVENT_STYLE_LITERAL);
    list = child(root, 2);
    assert_string_equal(span_text(*state, text, list->span), "- \xC3\xA9\n# c\n-\n-\n  # - no\n  - x");
    assert_int_equal(list->line, 8);
    assert_int_equal(child(list, 1)->span.to, child(list, 1)->dash + 1);
    assert_int_equal(text[child(list, 2)->dash], '-');
    assert_string_equal(span_text(*state, text, child(list, 2)->span), "- x");
    assert_int_equal(child(list, 2)->dash, child(list, 1)->dash + 2);
    assert_int_equal(child(root, 3)->span.from, child(root, 3)->span.to);
    assert_string_equal(span_text(*state, text, child(root, 4)->span), "[a, b]");
    assert_int_equal(child(root, 4)->line, 17);
    assert_string_equal(span_text(*state, text, parts.body), "B");
}

static void input(void **state)
{
    struct event event;
    struct err e;
    const char *json = " {\"date\":\"2024-01-02\",\"title\":\"L'\xC3\xA9t\xC3\xA9: 5%!\"}";
    const char *markdown = HEAD "---\nText\n";

    assert_int_equal(event_parse_input(*state, json, strlen(json), &event, &e), ERR_OK);
    assert_string_equal(event.id, "2024-01-02--lete-5");
    assert_string_equal(jx_get_text(event.fields, "id"), "2024-01-02--lete-5");
    assert_int_equal(event.format, EVENT_JSON);
    assert_null(event.warnings);
    assert_int_equal(event_parse_input(*state, markdown, strlen(markdown), &event, &e), ERR_OK);
    assert_string_equal(event.id, NAME);
    assert_string_equal(jx_get_text(event.fields, "summary"), "Text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields, setup, teardown),
        cmocka_unit_test_setup_teardown(scalars, setup, teardown),
        cmocka_unit_test(kinds),
        cmocka_unit_test_setup_teardown(warnings, setup, teardown),
        cmocka_unit_test_setup_teardown(warnings_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(title_in_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_stay_in_the_fields, setup, teardown),
        cmocka_unit_test(formats),
        cmocka_unit_test_setup_teardown(marks, setup, teardown),
        cmocka_unit_test_setup_teardown(input, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
