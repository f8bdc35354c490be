// link: core_event core_util
/*
 * Patching: only the lines of what changed change. The table shows whole files before and after; the loop at the end
 * patches generated files to generated fields and looks for every untouched field's bytes in the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event_patch.h"

static struct json_object *json(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err e = {0};

    if (jx_parse(a, text, strlen(text), &value, &e) != ERR_OK)
        fail_msg("%s in %s", e.message, text);
    return value;
}

static struct json_object *parse(struct arena *a, const char *name, const char *p, size_t n)
{
    struct event event = {0};
    struct err e = {0};

    if (event_parse(a, name, p, n, &event, &e) != ERR_OK)
        fail_msg("%s in %s", e.message, p);
    return event.fields;
}

/* From exactly the file's bytes, without a NUL behind them, as they come out of a repository. */
static void patch(struct arena *a, const char *name, const char *before, struct json_object *fields,
                  struct str *out)
{
    size_t n = strlen(before);
    char *bytes = malloc(n);
    struct err e = {0};
    enum err_code code;

    assert_non_null(bytes);
    memcpy(bytes, before, n);
    code = event_patch(a, name, bytes, n, fields, out, &e);
    free(bytes);
    if (code != ERR_OK)
        fail_msg("%s in %s", e.message, before);
}

#define HEAD "id: 2025-11-06--a\ndate: 2025-11-06\ntitle: T # mine\n"
#define HEAD_CRLF "id: 2025-11-06--a\r\ndate: 2025-11-06\r\ntitle: T # mine\r\n"
#define MD "---\n" HEAD
#define JSON_HEAD "\"id\": \"2025-11-06--a\", \"date\": \"2025-11-06\", \"title\": \"T\""
#define TWENTY                                                                                               \
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"

struct example {
    const char *name;
    const char *file_name;
    const char *before;
    const char *set;     /* fields that get these values */
    const char *removed; /* a field that goes, or NULL */
    const char *after;
};

static const struct example examples[] = {
    {"a scalar keeps the comment behind it", "a.md", MD "---\n", "{\"title\":\"Other: one\"}", NULL,
     "---\nid: 2025-11-06--a\ndate: 2025-11-06\ntitle: 'Other: one' # mine\n---\n"},
    {"a number, spaces kept", "a.md", MD "importance:   7  \nz: 1\n---\n", "{\"importance\":8}", NULL,
     MD "importance:   8  \nz: 1\n---\n"},
    {"needless quotes are a habit, needed ones are not", "a.md", MD "a: \"x\"\nb: \"x: y\"\nc: 'x: y'\n---\n",
     "{\"a\":\"y\",\"b\":\"z: \",\"c\":\"plain\"}", NULL, MD "a: \"y\"\nb: \"z: \"\nc: plain\n---\n"},
    {"an absent value", "a.md", MD "a:\nb:   # none\n---\n", "{\"a\":\"x\",\"b\":1}", NULL,
     MD "a: x\nb: 1   # none\n---\n"},
    {"a folded text", "a.md", MD "a: one\n  two\n  three\nb: 1\n---\n", "{\"a\":\"four\"}", NULL,
     MD "a: four\nb: 1\n---\n"},
    {"a file that does not fold", "a.md", MD "a: " TWENTY "\n---\n", "{\"a\":\"0 " TWENTY "\"}", NULL,
     MD "a: 0 " TWENTY "\n---\n"},
    {"a literal block stays one", "a.md", MD "a: |\n  one\n\n  two\n\n# about b\nb: 1\n---\n",
     "{\"a\":\"one\\n\\ntwo\\nthree\\n\"}", NULL,
     MD "a: |\n  one\n\n  two\n  three\n\n# about b\nb: 1\n---\n"},
    {"a block that keeps its blank lines", "a.md", MD "l:\n- |+\n  x\n\n- b\na: |+\n  one\n\n---\n",
     "{\"l\":[\"x\\n\\n\",\"c\",\"b\"],\"n\":1}", NULL,
     MD "l:\n- |+\n  x\n\n- c\n- b\na: |+\n  one\n\nn: 1\n---\n"},
    {"a new field goes to the end", "a.md", MD "\n# last words\n---\n\nBody.\n",
     "{\"n\":\"#x\",\"tags\":[\"a\"],\"m\":{\"k\":1}}", NULL,
     MD "n: '#x'\ntags:\n- a\nm:\n  k: 1\n\n# last words\n---\n\nBody.\n"},
    {"a removed field takes its lines", "a.md", MD "# about a\na:\n- x\n- y\n\n# about b\nb: 1\n---\n", "{}",
     "a", MD "# about a\n\n# about b\nb: 1\n---\n"},
    {"a list item is added like the others", "a.md",
     MD "tags:\n  - \"a\"\n  - \"b\"  # two\n# end\nz: 1\n---\n", "{\"tags\":[\"a\",\"b\",\"c\"]}", NULL,
     MD "tags:\n  - \"a\"\n  - \"b\"  # two\n  - \"c\"\n# end\nz: 1\n---\n"},
    {"list items: first, middle, changed, removed", "a.md", MD "t:\n- a\n- b # stays\n- c\n- d\n- e\n---\n",
     "{\"t\":[\"0\",\"a\",\"b\",\"x\",\"c\",\"D\"]}", NULL,
     MD "t:\n- '0'\n- a\n- b # stays\n- x\n- c\n- D\n---\n"},
    {"all items go, and come", "a.md", MD "t:\n- a\n- b\nu: []\n---\n", "{\"t\":[],\"u\":[\"x\",\"y\"]}",
     NULL, MD "t: []\nu:\n- x\n- y\n---\n"},
    {"a list in brackets", "a.md", MD "t: [a, \"b\"] # c\n---\n", "{\"t\":[\"a\",\"b, c\",\"null\",1]}", NULL,
     MD "t: [a, \"b, c\", \"null\", 1] # c\n---\n"},
    {"items in brackets stay as they are written", "a.md", MD "t: [ a, 'b',   \"c\" ,d ] # e\n---\n",
     "{\"t\":[\"a\",\"x\",\"b\",\"c\",\"e, f\"]}", NULL, MD "t: [ a, x, 'b',   \"c\" ,'e, f' ] # e\n---\n"},
    {"items in brackets over several lines", "a.md",
     MD "t: [\n  \"a\", # first\n  \"b\",\n  \"c\",\n]\n---\n", "{\"t\":[\"a\",\"c\",\"d\"]}", NULL,
     MD "t: [\n  \"a\", # first\n  \"c\", \"d\",\n]\n---\n"},
    {"items in brackets with the line endings of the file", "a.md",
     "---\r\nid: a\r\ndate: 2025-01-02\r\ntitle: T\r\nt: [\r\n  'a',\r\n  'b'\r\n]\r\n---\r\n",
     "{\"t\":[\"a\",\"b\",\"c\"]}", NULL,
     "---\r\nid: a\r\ndate: 2025-01-02\r\ntitle: T\r\nt: [\r\n  'a',\r\n  'b',\r\n  'c'\r\n]\r\n---\r\n"},
    {"an item that was a comment", "a.md", MD "t:\n- #MeToo\n- b\n---\n", "{\"t\":[\"#MeToo\",\"b\"]}", NULL,
     MD "t:\n- '#MeToo' #MeToo\n- b\n---\n"},
    {"one member of one source", "a.md",
     MD "sources:\n- title: 'A'\n  outlet: X # why\n- title: 'B'\n  outlet: Y\n---\n",
     "{\"sources\":[{\"title\":\"A\",\"outlet\":\"Z\"},{\"title\":\"B\",\"outlet\":\"Y\"}]}", NULL,
     MD "sources:\n- title: 'A'\n  outlet: Z # why\n- title: 'B'\n  outlet: Y\n---\n"},
    {"the first member of a source goes, another comes", "a.md",
     MD "sources:\n  - title: A\n    url: u\n  - title: B\n---\n",
     "{\"sources\":[{\"url\":\"u\",\"tier\":1},{\"title\":\"B\"}]}", NULL,
     MD "sources:\n  - url: u\n    tier: 1\n  - title: B\n---\n"},
    {"a source is added like the one before", "a.md", MD "sources:\n  - title: 'A'\n    url: u\n---\n",
     "{\"sources\":[{\"title\":\"A\",\"url\":\"u\"},{\"title\":\"B\",\"url\":\"v\",\"tags\":[\"x\"]}]}", NULL,
     MD "sources:\n  - title: 'A'\n    url: u\n  - title: 'B'\n    url: v\n    tags:\n      - x\n---\n"},
    {"a source goes", "a.md", MD "sources:\n- title: A\n  url: u\n- title: B\n  url: v\nz: 1\n---\n",
     "{\"sources\":[{\"title\":\"B\",\"url\":\"v\"}]}", NULL,
     MD "sources:\n- title: B\n  url: v\nz: 1\n---\n"},
    {"another type", "a.md", MD "a: x\nb:\n- 1\nc:\n  d: 1\n---\n",
     "{\"a\":[\"x\"],\"b\":\"t\",\"c\":[{\"e\":2}]}", NULL, MD "a:\n- x\nb: t\nc:\n- e: 2\n---\n"},
    {"the body, in place", "a.md", MD "---\n\n\nOne.\nTwo.  \n\nThree.\n\n\n",
     "{\"summary\":\"One.\\nTwo.  \\n\\nFour.\"}", NULL, MD "---\n\n\nOne.\nTwo.  \n\nFour.\n\n\n"},
    {"the body, without final newline", "a.md", MD "---\nOne.", "{\"summary\":\"One.\\nTwo.\"}", NULL,
     MD "---\nOne.\nTwo."},
    {"mixed line endings of the body", "a.md", MD "---\n\nA\r\nB\nC\r\n", "{\"summary\":\"A\\nB\\nC\\nD\"}",
     NULL, MD "---\n\nA\r\nB\nC\r\nD\r\n"},
    {"a body comes", "a.md", MD "---", "{\"summary\":\"One.\"}", NULL, MD "---\n\nOne.\n"},
    {"a body goes", "a.md", MD "---\n\nOne.\n", "{}", "summary", MD "---\n"},
    {"a summary that cannot be a body", "a.md", MD "---\n\nOne.\n", "{\"summary\":\" One.\"}", NULL,
     MD "summary: ' One.'\n---\n"},
    {"a body behind a summary", "a.md", MD "summary: S\n---\n", "{\"body\":\"B\"}", NULL,
     MD "summary: S\n---\n\nB\n"},
    {"a body whose summary goes becomes a field", "a.md", MD "summary: S\n---\n\nB\n", "{}", "summary",
     MD "body: B\n---\n"},
    {"summary and body both above", "a.md", MD "summary: S\nbody: B\n---\n", "{\"body\":\"C\"}", NULL,
     MD "summary: S\nbody: C\n---\n"},
    {"CR LF", "a.md", "---\r\n" HEAD_CRLF "t:\r\n- a\r\n---\r\n\r\nOne.\r\n",
     "{\"t\":[\"a\",\"b\"],\"n\":\"x\\ny\",\"summary\":\"One.\\nTwo.\"}", NULL,
     "---\r\n" HEAD_CRLF "t:\r\n- a\r\n- b\r\nn: 'x\r\n\r\n  y'\r\n---\r\n\r\nOne.\r\nTwo.\r\n"},
    {"a byte order mark and other characters", "a.md", "\xEF\xBB\xBF---\n" HEAD "é: 😀\nb: 😀 x\n---\n",
     "{\"b\":\"y\"}", NULL, "\xEF\xBB\xBF---\n" HEAD "é: 😀\nb: y\n---\n"},
    {"YAML without final newline", "a.yaml", HEAD "t:\n- a", "{\"t\":[\"a\",\"b\"],\"n\":1}", NULL,
     HEAD "t:\n- a\n- b\nn: 1"},
    {"YAML in one brace is written anew", "a.yaml", "{id: 2025-11-06--a, date: 2025-11-06, title: T}\n",
     "{\"title\":\"U\"}", NULL, "id: 2025-11-06--a\ndate: '2025-11-06'\ntitle: U\n"},
    {"a long key", "a.yaml", HEAD "? k\n: v\nz: 1 # keep\n", "{\"k\":\"w\"}", NULL,
     "id: 2025-11-06--a\ndate: '2025-11-06'\ntitle: T\nk: w\nz: 1\n"},
    {"JSON by four spaces, escaped, without final newline", "a.json",
     "{\n    " JSON_HEAD ",\n    \"a\": \"\\u00e9\",\n    \"t\": [\n        \"x\"\n    ]\n}",
     "{\"a\":\"é😀\",\"t\":[\"x\",\"y\"],\"n\":{\"k\":[1]}}", NULL,
     "{\n    " JSON_HEAD
     ",\n    \"a\": \"\\u00e9\\ud83d\\ude00\",\n    \"t\": [\n        \"x\",\n        \"y\"\n    ],\n"
     "    \"n\": {\n        \"k\": [\n            1\n        ]\n    }\n}"},
    {"JSON by tabs with CR LF", "a.json",
     "{\r\n\t" JSON_HEAD ",\r\n\t\"s\": [\r\n\t\t{\r\n\t\t\t\"u\": 1\r\n\t\t}\r\n\t]\r\n}\r\n",
     "{\"s\":[{\"u\":1,\"v\":\"é\"},{\"u\":2}]}", NULL,
     "{\r\n\t" JSON_HEAD
     ",\r\n\t\"s\": [\r\n\t\t{\r\n\t\t\t\"u\": 1,\r\n\t\t\t\"v\": \"é\"\r\n\t\t},\r\n\t\t{\r\n\t\t\t\"u\": "
     "2\r\n\t\t}\r\n\t]\r\n}\r\n"},
    {"JSON on one line", "a.json", "{" JSON_HEAD ", \"t\": [1, 2, 3], \"e\":[]}",
     "{\"t\":[0,1,3],\"e\":[\"x\"],\"n\":1.50}", NULL,
     "{" JSON_HEAD ", \"t\": [0, 1, 3], \"e\":[\"x\"], \"n\": 1.50}"},
    {"JSON: first and last go", "a.json",
     "{\n  \"z\": 1,\n  " JSON_HEAD ",\n  \"y\": [\n    1,\n    2\n  ]\n}\n", "{\"y\":[2]}", "z",
     "{\n  " JSON_HEAD ",\n  \"y\": [\n    2\n  ]\n}\n"},
    {"JSON: the last goes", "a.json", "{\n  " JSON_HEAD ",\n  \"z\": {\"b\": 2}\n}\n", "{}", "z",
     "{\n  " JSON_HEAD "\n}\n"},
};

static void changes_only_what_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const struct example *x = &examples[i];
        struct json_object *fields = parse(a, x->file_name, x->before, strlen(x->before));
        struct str out;

        print_message("    %s\n", x->name);
        patch(a, x->file_name, x->before, fields, &out);
        assert_string_equal(out.p, x->before);
        fields = json(a, jx_text(a, fields));
        json_object_object_foreach(json(a, x->set), key, value)
        {
            jx_set(fields, key, json_object_get(value));
        }
        if (x->removed)
            json_object_object_del(fields, x->removed);
        patch(a, x->file_name, x->before, fields, &out);
        assert_string_equal(out.p, x->after);
        assert_true(event_same(a, parse(a, x->file_name, out.p, out.n), fields));
    }
}

static void refuses_what_is_no_event(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *fields = json(a, "{" JSON_HEAD "}");
    char *huge = arena_alloc(a, EVENT_FILE_BYTES + 10);
    struct str out;
    struct err e = {0};

    (void)state;
    assert_int_equal(event_patch(a, "a.md", "no event", 8, fields, &out, &e), ERR_INVALID_EVENT);
    assert_int_equal(
        event_patch(a, "a.md", MD "---\n", strlen(MD "---\n"), json(a, "{\"id\":\"x\"}"), &out, &e),
        ERR_INVALID_EVENT);
    memset(huge, 'x', EVENT_FILE_BYTES + 5);
    jx_set_text(fields, "summary", huge);
    assert_int_equal(event_patch(a, "a.md", MD "---\n", strlen(MD "---\n"), fields, &out, &e), ERR_TOO_LARGE);
}

/* xorshift64: the same events in every run. */
static uint64_t chaos = 20251107;

static unsigned roll(unsigned sides)
{
    chaos ^= chaos << 13;
    chaos ^= chaos >> 7;
    chaos ^= chaos << 17;
    return (unsigned)(chaos >> 20) % sides;
}

static const char *const texts[] = {"",
                                    "plain",
                                    "it's",
                                    "a: b",
                                    "#x",
                                    "- x",
                                    "null",
                                    "2025-11-06",
                                    "two\nlines",
                                    " spaced ",
                                    "end\n\n",
                                    "tab\tx",
                                    "é 😀 \"q\"",
                                    "1",
                                    "~",
                                    "\\",
                                    "---",
                                    "x\r\ny",
                                    "\xE2\x80\xA8",
                                    TWENTY " " TWENTY,
                                    "[a, b]",
                                    "yes",
                                    "{",
                                    "z"};
static const char *const keys[] = {"tags", "actors", "notes", "a b", "x: y", "é",
                                   "2025", "on",     "deep",  "k1",  "k2",   "k3"};

static const char *any_text(void)
{
    return texts[roll(sizeof texts / sizeof *texts)];
}

static const char *any_key(void)
{
    return keys[roll(sizeof keys / sizeof *keys)];
}

static struct json_object *any_value(int depth)
{
    struct json_object *value;
    unsigned kind = roll(depth > 3 ? 5 : 9);
    unsigned n = roll(5);

    if (kind == 0)
        return json_object_new_int64(roll(100));
    if (kind == 1)
        return roll(2) ? NULL : json_object_new_boolean(1);
    if (kind < 5)
        return json_object_new_string(any_text());
    value = kind < 7 ? json_object_new_array() : json_object_new_object();
    for (unsigned i = 0; i < n; i++) {
        if (kind < 7)
            jx_push(value, any_value(depth + 1));
        else
            jx_set(value, any_key(), any_value(depth + 1));
    }
    return value;
}

static void mutate_list(struct json_object *list, int depth);
static void mutate_map(struct json_object *map, int depth);

/* Change something inside; false when it is a scalar. */
static bool mutate_inside(struct json_object *value, int depth)
{
    if (json_object_is_type(value, json_type_array))
        mutate_list(value, depth);
    else if (json_object_is_type(value, json_type_object))
        mutate_map(value, depth);
    else
        return false;
    return true;
}

static void mutate_list(struct json_object *list, int depth)
{
    size_t n = json_object_array_length(list);
    size_t at = n ? roll((unsigned)n) : 0;

    if (!n || roll(3) == 0)
        jx_push(list, any_value(depth + 1));
    else if (roll(3) == 0)
        json_object_array_del_idx(list, at, 1);
    else if (!mutate_inside(json_object_array_get_idx(list, at), depth + 1))
        json_object_array_put_idx(list, at, any_value(depth + 1));
}

static void mutate_map(struct json_object *map, int depth)
{
    const char *key = any_key();
    struct json_object *value;

    if (!json_object_object_get_ex(map, key, &value))
        jx_set(map, key, any_value(depth + 1));
    else if (roll(3) == 0)
        json_object_object_del(map, key);
    else if (!mutate_inside(value, depth + 1))
        jx_set(map, key, any_value(depth + 1));
}

/* The file with other line endings, a comment, and blank lines. */
static char *roughen(struct arena *a, const struct str *file, bool crlf, bool comments)
{
    struct str out;
    bool top = true;

    str_init(&out, a, EVENT_FILE_BYTES);
    for (size_t i = 0; i < file->n; i++) {
        if (comments && top && file->p[i] == 't' && str_starts(file->p + i, "title: "))
            str_add(&out, crlf ? "# the title\r\n\r\n" : "# the title\n\n");
        top = file->p[i] == '\n';
        if (top && crlf)
            str_addc(&out, '\r');
        str_addc(&out, file->p[i]);
    }
    return out.p;
}

/* Every top-level entry whose value is the same must stand in the result with the same bytes. */
static void check_untouched(struct arena *a, const char *before, enum event_format format,
                            struct json_object *fields, const struct str *after)
{
    struct event_parts parts;
    struct event_node *root;
    struct err e = {0};

    assert_int_equal(event_split(format, before, strlen(before), &parts, &e), ERR_OK);
    assert_int_equal(event_yaml_read(a, before, parts.yaml, &root, &e), ERR_OK);
    for (struct event_node *entry = root->first; entry; entry = entry->next) {
        struct json_object *value = NULL;
        struct json_object *wanted;
        size_t from = entry->key->span.from;

        assert_int_equal(event_node_value(a, entry, &value, &e), ERR_OK);
        if (!json_object_object_get_ex(fields, entry->key->text, &wanted) || !event_same(a, value, wanted))
            continue;
        if (!memmem(after->p, after->n, before + from, entry->span.to - from))
            fail_msg("%s was touched:\n%s\n->\n%s", entry->key->text, before, after->p);
    }
}

/* The coarser patches, which event_patch() falls back to, must give the fields as well. */
static void check_grains(struct arena *a, const char *name, const char *before, struct json_object *fields)
{
    struct json_object *from = parse(a, name, before, strlen(before));
    enum event_format format = event_format_of(name);
    struct err e = {0};

    for (int grain = EVENT_GRAIN_FINE; grain <= EVENT_GRAIN_ALL; grain++) {
        struct event_edits edits = {.arena = a, .p = before, .n = strlen(before)};
        struct event_parts parts;
        struct str out;

        if (format == EVENT_JSON && grain == EVENT_GRAIN_ALL)
            continue;
        if (format == EVENT_JSON) {
            assert_true(event_patch_json(&edits, from, fields, (enum event_patch_grain)grain));
        } else {
            assert_int_equal(event_split(format, before, strlen(before), &parts, &e), ERR_OK);
            assert_true(event_patch_yaml(&edits, &parts, fields, (enum event_patch_grain)grain));
        }
        str_init(&out, a, EVENT_FILE_BYTES);
        event_edits_apply(&edits, &out);
        if (!event_same(a, parse(a, name, out.p, out.n), fields))
            fail_msg("grain %d: %s\n->\n%s\n%s", grain, before, out.p, jx_text(a, fields));
        if (format == EVENT_YAML && grain == EVENT_GRAIN_FIELD)
            check_untouched(a, before, format, fields, &out);
    }
}

static void any_fields_from_any_file(void **state)
{
    static const char *const names[] = {NULL, "event.md", "event.json", "event.yaml"};

    (void)state;
    print_message("    seed %llu\n", (unsigned long long)chaos);
    for (int i = 0; i < 6000; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct json_object *fields = json(a, "{" JSON_HEAD "}");
        enum event_format format = (enum event_format)(EVENT_MD + roll(3));
        const char *name = names[format];
        struct err e = {0};
        struct str file;
        struct str out;
        char *before;

        for (unsigned n = roll(6); n > 0; n--)
            jx_set(fields, any_key(), any_value(0));
        if (roll(2))
            jx_set_text(fields, "summary", any_text());
        assert_int_equal(event_write(a, fields, format, &file, &e), ERR_OK);
        before = roughen(a, &file, roll(2) != 0, format != EVENT_JSON && roll(2));
        fields = json(a, jx_text(a, parse(a, name, before, strlen(before))));
        patch(a, name, before, fields, &out);
        assert_string_equal(out.p, before);
        for (unsigned n = roll(3) + 1; n > 0; n--)
            mutate_map(fields, 0);
        if (!roll(3))
            jx_set_text(fields, roll(2) ? "summary" : "body", any_text());
        if (!roll(8))
            json_object_object_del(fields, "summary");
        patch(a, name, before, fields, &out);
        if (!event_same(a, parse(a, name, out.p, out.n), fields))
            fail_msg("%s\n->\n%s\n%s", before, out.p, jx_text(a, fields));
        if (format != EVENT_JSON)
            check_untouched(a, before, format, fields, &out);
        if (format != EVENT_MD)
            check_grains(a, name, before, fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_only_what_changed),
        cmocka_unit_test(refuses_what_is_no_event),
        cmocka_unit_test(any_fields_from_any_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
