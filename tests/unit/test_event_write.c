// link: core_event core_util
/*
 * Writing: the house style line by line, and the promise that what was written reads back as the same fields, for
 * hostile texts too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"

static struct json_object *json(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err e = {0};

    if (jx_parse(a, text, strlen(text), &value, &e) != ERR_OK)
        fail_msg("%s in %s", e.message, text);
    return value;
}

#define HEAD "\"id\":\"2025-11-06--a\",\"date\":\"2025-11-06\",\"title\":\"T\""
#define HEAD_YAML "id: 2025-11-06--a\ndate: '2025-11-06'\ntitle: T\n"
#define WORDS "one two three four five six seven eight nine ten eleven twelve thirteen"

struct example {
    const char *name;
    const char *fields;
    enum event_format format;
    const char *file;
};

static const struct example examples[] = {
    {"order of keys, lists at the indentation of their key",
     "{\"zebra\":1,\"sources\":[{\"title\":\"S\",\"url\":null,\"tier\":2},{\"url\":\"u\"}],\"actors\":[\"A\","
     "\"B\"],"
     "\"tags\":[\"t\"],\"status\":\"confirmed\",\"importance\":7,\"title\":\"T\",\"date\":\"2025-11-06\","
     "\"id\":\"2025-11-06--a\",\"alpha\":true}",
     EVENT_MD,
     "---\n" HEAD_YAML
     "importance: 7\nstatus: confirmed\ntags:\n- t\nactors:\n- A\n- B\nsources:\n- title: S\n"
     "  url: null\n  tier: 2\n- url: u\nzebra: 1\nalpha: true\n---\n"},
    {"the summary is the body", "{" HEAD ",\"summary\":\"One.\\n\\n# Two\\n---\\nthree\"}", EVENT_MD,
     "---\n" HEAD_YAML "---\n\nOne.\n\n# Two\n---\nthree\n"},
    {"summary and body", "{" HEAD ",\"summary\":\"Short.\",\"body\":\"Long.\"}", EVENT_MD,
     "---\n" HEAD_YAML "summary: Short.\n---\n\nLong.\n"},
    {"a body alone is a field, or it would read as summary", "{" HEAD ",\"body\":\"Long.\"}", EVENT_MD,
     "---\n" HEAD_YAML "body: Long.\n---\n"},
    {"a summary with space around it is a field", "{" HEAD ",\"summary\":\" x\\n\"}", EVENT_MD,
     "---\n" HEAD_YAML "summary: ' x\n\n  '\n---\n"},
    {"a summary with carriage returns is a field", "{" HEAD ",\"summary\":\"x\\r\\ny\"}", EVENT_MD,
     "---\n" HEAD_YAML "summary: \"x\\r\\ny\"\n---\n"},
    {"an empty summary is a field", "{" HEAD ",\"summary\":\"\"}", EVENT_MD,
     "---\n" HEAD_YAML "summary: ''\n---\n"},
    {"empty and nested", "{" HEAD ",\"a\":[],\"b\":{},\"c\":{\"d\":{\"e\":[\"f\",[\"g\",\"h\"],{}]}}}",
     EVENT_YAML, HEAD_YAML "a: []\nb: {}\nc:\n  d:\n    e:\n    - f\n    - - g\n      - h\n    - {}\n"},
    {"plain text that folds", "{" HEAD ",\"n\":\"" WORDS " " WORDS "\"}", EVENT_YAML,
     HEAD_YAML "n: one two three four five six seven eight nine ten eleven twelve thirteen one two\n"
               "  three four five six seven eight nine ten eleven twelve thirteen\n"},
    {"quoted text that folds", "{" HEAD ",\"n\":[\"it's: " WORDS " " WORDS "\"]}", EVENT_YAML,
     HEAD_YAML "n:\n- 'it''s: one two three four five six seven eight nine ten eleven twelve thirteen\n"
               "  one two three four five six seven eight nine ten eleven twelve thirteen'\n"},
    {"texts that YAML would take for something else",
     "{" HEAD ",\"n\":[\"null\",\"~\",\"yes\",\"1\",\"1.5\",\"07\",\"0x1F\",\"12:30\",\"2025-11-06\","
     "\"2025-11-06T10:00:00Z\",\"=\",\"<<\",\".inf\",\"\"]}",
     EVENT_YAML,
     HEAD_YAML "n:\n- 'null'\n- '~'\n- 'yes'\n- '1'\n- '1.5'\n- '07'\n- '0x1F'\n- '12:30'\n- '2025-11-06'\n"
               "- '2025-11-06T10:00:00Z'\n- '='\n- '<<'\n- '.inf'\n- ''\n"},
    {"texts that only look so",
     "{" HEAD ",\"n\":[\"1e3\",\"0o7\",\"y\",\"2025-11\",\"-x\",\"a:b\",\"a#b\",\"é 😀\"]}", EVENT_YAML,
     HEAD_YAML "n:\n- 1e3\n- 0o7\n- y\n- 2025-11\n- -x\n- a:b\n- a#b\n- é 😀\n"},
    {"indicators",
     "{" HEAD ",\"n\":[\"#MeToo\",\"a #b\",\"a: b\",\"- x\",\"[x\",\"@x\",\"--- x\",\"x:\",\" x\",\"x \"]}",
     EVENT_YAML,
     HEAD_YAML
     "n:\n- '#MeToo'\n- 'a #b'\n- 'a: b'\n- '- x'\n- '[x'\n- '@x'\n- '--- x'\n- 'x:'\n- ' x'\n- 'x '\n"},
    {"what needs escapes",
     "{" HEAD ",\"n\":[\"a\\tb\",\"\\u0085\\u2028\\u2029\\ufeff\\u0007\",\"\\\"😀\\\\\\u001b\"]}", EVENT_YAML,
     HEAD_YAML "n:\n- \"a\\tb\"\n- \"\\N\\L\\P\\uFEFF\\a\"\n- \"\\\"😀\\\\\\e\"\n"},
    {"lines", "{" HEAD ",\"n\":\"a\\nb\\n\\nc\\n\"}", EVENT_YAML, HEAD_YAML "n: 'a\n\n  b\n\n\n  c\n\n  '\n"},
    {"numbers", "{" HEAD ",\"n\":[1e3,1.5E-7,2.50,-3,0]}", EVENT_YAML,
     HEAD_YAML "n:\n- 1.0e+3\n- 1.5e-7\n- 2.50\n- -3\n- 0\n"},
    {"keys", "{" HEAD ",\"2025\":1,\"a b\":2,\"on\":3,\"c: d\":4}", EVENT_YAML,
     HEAD_YAML "'2025': 1\na b: 2\n'on': 3\n'c: d': 4\n"},
    {"JSON", "{\"summary\":\"é \\\"q\\\" a/b \\n\\u001f\",\"tags\":[\"t\",1e3],\"e\":[],\"o\":{}," HEAD "}",
     EVENT_JSON,
     "{\n  \"id\": \"2025-11-06--a\",\n  \"date\": \"2025-11-06\",\n  \"title\": \"T\",\n  \"tags\": [\n    "
     "\"t\",\n"
     "    1e3\n  ],\n  \"summary\": \"é \\\"q\\\" a/b \\n\\u001f\",\n  \"e\": [],\n  \"o\": {}\n}\n"},
};

static void writes_the_house_style(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const struct example *x = &examples[i];
        struct str out;
        struct err e = {0};

        print_message("    %s\n", x->name);
        if (event_write(a, json(a, x->fields), x->format, &out, &e) != ERR_OK)
            fail_msg("%s", e.message);
        assert_string_equal(out.p, x->file);
    }
}

static void refuses_what_is_no_event(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *huge = arena_alloc(a, EVENT_FILE_BYTES + 10);
    struct json_object *fields = json(a, "{" HEAD "}");
    struct str out;
    struct err e = {0};

    (void)state;
    assert_int_equal(event_write(a, json(a, "{\"id\":\"x\"}"), EVENT_MD, &out, &e), ERR_INVALID_EVENT);
    memset(huge, 'x', EVENT_FILE_BYTES + 5);
    jx_set_text(fields, "summary", huge);
    assert_int_equal(event_write(a, fields, EVENT_MD, &out, &e), ERR_TOO_LARGE);
    assert_int_equal(event_write(a, fields, EVENT_JSON, &out, &e), ERR_TOO_LARGE);
}

/* xorshift64: the same events in every run. */
static uint64_t chaos = 20251106;

static unsigned roll(unsigned sides)
{
    chaos ^= chaos << 13;
    chaos ^= chaos >> 7;
    chaos ^= chaos << 17;
    return (unsigned)(chaos >> 20) % sides;
}

static const char *const atoms[] = {
    "a",
    "the",
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    "#",
    " #",
    ":",
    ": ",
    "'",
    "\"",
    "-",
    "- ",
    "---",
    "\n---\n",
    "...",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "\t",
    "\r",
    "\r\n",
    "\\",
    "\xC2\x85",
    "\xE2\x80\xA8",
    "\xE2\x80\xA9",
    "\xEF\xBB\xBF",
    "\xC2\xA0",
    "é",
    "😀",
    "\x7F",
    "\x01",
    "null",
    "~",
    "1e3",
    "0o7",
    "07",
    "yes",
    "=",
    "<<",
    "$",
    "12:30",
    "1.5",
    "2025-11-06",
    "averyveryverylongwordthatnobodywouldeverwriteinanyeventbutahostileonewouldofcourse",
    "words in a row that go on and on "};

static void add_text(struct str *text)
{
    unsigned n = roll(4) ? roll(6) : roll(40);

    for (unsigned i = 0; i < n; i++)
        str_add(text, atoms[roll(sizeof atoms / sizeof *atoms)]);
}

static char *make_text(struct arena *a)
{
    struct str text;

    str_init(&text, a, 1 << 16);
    add_text(&text);
    return text.p;
}

static struct json_object *make_value(struct arena *a, int depth)
{
    struct json_object *value = NULL;
    unsigned kind = roll(depth > 4 ? 6 : 10);
    unsigned n = roll(4);

    if (kind == 0)
        return json_object_new_int64((int64_t)roll(1000) - 500);
    if (kind == 1)
        return roll(3) ? json_object_new_boolean(roll(2) != 0) : NULL;
    if (kind == 2)
        return json_object_new_double_s(1500, "1.5E3");
    if (kind < 6)
        return json_object_new_string(make_text(a));
    value = kind < 8 ? json_object_new_array() : json_object_new_object();
    for (unsigned i = 0; i < n; i++) {
        if (kind < 8)
            jx_push(value, make_value(a, depth + 1));
        else
            jx_set(value, make_text(a), make_value(a, depth + 1));
    }
    return value;
}

static void hostile_fields_come_back(void **state)
{
    static const char *const names[] = {NULL, "event.md", "event.json", "event.yaml"};

    (void)state;
    print_message("    seed %llu\n", (unsigned long long)chaos);
    for (int i = 0; i < 3000; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct json_object *fields = json(a, "{" HEAD "}");

        for (unsigned n = roll(5); n > 0; n--)
            jx_set(fields, make_text(a), make_value(a, 0));
        if (roll(2))
            jx_set_text(fields, "summary", make_text(a));
        if (!roll(4))
            jx_set_text(fields, "body", make_text(a));
        for (int format = EVENT_MD; format <= EVENT_YAML; format++) {
            struct event event = {0};
            struct str out;
            struct str again;
            struct err e = {0};

            if (event_write(a, fields, (enum event_format)format, &out, &e) != ERR_OK)
                fail_msg("%s: %s", e.message, jx_text(a, fields));
            if (event_parse(a, names[format], out.p, out.n, &event, &e) != ERR_OK)
                fail_msg("%s: %s", e.message, out.p);
            if (!event_same(a, event.fields, fields))
                fail_msg("%s\n%s", out.p, jx_text(a, fields));
            assert_int_equal(event_write(a, event.fields, (enum event_format)format, &again, &e), ERR_OK);
            assert_int_equal(again.n, out.n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_house_style),
        cmocka_unit_test(refuses_what_is_no_event),
        cmocka_unit_test(hostile_fields_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
