// link: core_event core_util
/* What event_parse refuses, at which line and with which advice; hostile files; mutated files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"
#include "core/util/clock.h"

#define HEAD "---\nid: a\ndate: 2024-01-02\n"
#define TITLED HEAD "title: x\n"

struct refusal {
    const char *name, *text;
    int line;
    const char *advice; /* part of the sentence */
};

static const struct refusal refusals[] = {
    {"a.md", "title: x\n", 1, "between two --- lines"},
    {"a.md", "", 1, "between two --- lines"},
    {"a.md", "---\ntitle: x\n", 1, "close it"},
    {"a.md", "---", 1, "close it"},
    {"a.md", "---\n---\n", 2, "there are no fields"},
    {"a.md", "---\n- a\n---\n", 2, "not `key: value`"},
    {"a.md", "---\ntitle: x\n---\n", 2, "there is no date"},
    {"a.md", HEAD "---\n", 2, "there is no title"},
    {"a.md", HEAD "title: ' '\n---\n", 4, "there is no title"},
    {"a.md", HEAD "title: #MeToo\n---\n", 4, "YAML reads #MeToo as a comment"},
    {"a.md", HEAD "title: [a]\n---\n", 4, "is a list or a map"},
    {"a.md", HEAD "title: A: b\n---\n", 4, "put the text in quotes"},
    {"a.md", HEAD "title: 'It doesn't work'\n---\n", 4, "written twice"},
    {"a.md", HEAD "title: 'It doesnt\nv: x\n---\n", 4, "never closed"},
    {"a.md", HEAD "title: \"a\" b\n---\n", 4, "behind a closing quote"},
    {"a.md", HEAD "title: [A] b\n---\n", 4, "bracket"},
    {"a.md", TITLED "s:\n- url: https://e.org/\nlong\n---\n", 7, "put the whole text in quotes"},
    {"a.md", TITLED "\ttags: x\n---\n", 5, "tab"},
    {"a.md", HEAD "title: @a\n---\n", 4, "begins with @"},
    {"a.md", HEAD "title: &a b\n---\n", 4, "anchor"},
    {"a.md", HEAD "title: *a\n---\n", 4, "alias"},
    {"a.md", HEAD "title: **a** b\n---\n", 4, "alias"},
    {"a.md", TITLED "v: &a [*a]\n---\n", 5, "anchor"},
    {"a.md", HEAD "title: !a b\n---\n", 4, "tag"},
    {"a.md", HEAD "title: ! b\n---\n", 4, "tag"},
    {"a.md", TITLED "v: !!python/object:os.system [x]\n---\n", 5, "tag"},
    {"a.md", TITLED "<<: {b: 1}\n---\n", 5, "merge keys"},
    {"a.md", TITLED "v:\n  <<: {b: 1}\n---\n", 6, "merge keys"},
    {"a.md", TITLED "title: y\n---\n", 5, "there twice"},
    {"a.md", TITLED "v:\n- a: 1\n  a: 2\n---\n", 7, "there twice"},
    {"a.md", TITLED "1: x\n'1': y\n---\n", 6, "there twice"},
    {"a.md", TITLED "? [a]\n: b\n---\n", 5, "a key is a list"},
    {"a.md", HEAD "title: \"a\\qb\"\n---\n", 4, "backslash"},
    {"a.md", TITLED "v: \"a\\0b\"\n---\n", 5, "character \\0"},
    {"a.md", TITLED "tags: [a, b\nc: d\n---\n", 5, "brackets"},
    {"a.md", HEAD "title: > 5\n---\n", 4, "put the text in quotes"},
    {"a.md", TITLED "v: .inf\n---\n", 5, "number that can be kept"},
    {"a.md", TITLED "v: .NaN\n---\n", 5, "number that can be kept"},
    {"a.md", TITLED "v: 1.0e+999\n---\n", 5, "number that can be kept"},
    {"a.md", TITLED "v: 9223372036854775808\n---\n", 5, "too large"},
    {"a.md", TITLED "v: -0x8000000000000001\n---\n", 5, "too large"},
    {"a.md", TITLED "...\nv: x\n---\n", 6, "remove it"},
    {"a.yaml", "id: a\ndate: 2024-01-02\ntitle: x\n---\nid: b\n", 4, "second document"},
    {"a.md",
     HEAD "title: a\x01"
          "b\n---\n",
     4, "control character"},
    {"a.md", HEAD "title: \"a\\eb\"\n---\n", 4, "control character"},
    {"a.md",
     HEAD "title: a\xE2\x80\xAE"
          "b\n---\n",
     4, "U+202E"},
    {"a.md", HEAD "title: \"a\\u2066b\"\n---\n", 4, "U+2066"},
    {"a.md", "---\nid: \"a\\nb\"\ndate: 2024-01-02\ntitle: x\n---\n", 2, "U+000A"},
    {"a\nb.md", "---\ndate: 2024-01-02\ntitle: x\n---\n", 2, "U+000A"},
    {"a\xFF.md", "---\ndate: 2024-01-02\ntitle: x\n---\n", 2, "the id holds"},
    {"a.md",
     HEAD "title: a\xFF"
          "b\n---\n",
     4, "not UTF-8"},
    {"a.md", TITLED "---\n\xC0\xAF\n", 6, "not UTF-8"},
    {"a.md", "\xEF\xBB\xBF" HEAD "title: \xC3\xA9: b\n---\n", 4, "put the text in quotes"},
    {"a.md", "---\r\nid: a\r\ndate: 2024-01-02\r\ntitle: x: y\r\n---\r\n", 4, "put the text in quotes"},
    {"a.md", TITLED "summary: s\nbody: b\n---\nText\n", 8, "summary and body already"},
    {"a.json", "", 1, "a value is missing"},
    {"a.json", "[]", 1, "not an object"},
    {"a.json", "{\"id\":\"a\",\n\"date\":\"2024-01-02\",\"title\":\"x\",\n\"title\":\"y\"}", 3, "twice"},
    {"a.json", "{\"id\":\"a\",\n\"v\":NaN}", 2, "a value is expected"},
    {"a.json", "{\"v\":99999999999999999999}", 1, "too large"},
    {"a.json", "{\"event\":{\"id\":\"a\",\"date\":\"2024-01-02\",\"title\":\"x\"}}", 1,
     "not inside \"event\""},
    {"a.json", "{\"v\":{\"title\":\"y\"},\"date\":\"2024-01-02\",\n\"title\":\"x\\u202e\"}", 2, "U+202E"},
    {"a.txt", "x", 0, "is no event"},
    {"README.md", TITLED "---\n", 0, "is no event"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *row = &refusals[i];
        AUTO_STRUCT(arena) *a = arena_new();
        struct event event;
        struct err e = {0};

        if (event_parse(a, row->name, row->text, strlen(row->text), &event, &e) != ERR_INVALID_EVENT)
            fail_msg("not refused: %s", row->text);
        if (e.line != row->line || !strstr(e.message, row->advice))
            fail_msg("line %d: %s\n%s", e.line, e.message, row->text);
    }
}

static const struct refusal input_refusals[] = {
    {NULL, "", 1, "JSON object"},
    {NULL, "id: a\n", 1, "JSON object"},
    {NULL, "[]", 1, "JSON object"},
    {NULL, "{\"event\":{\"date\":\"2024-01-02\",\"title\":\"x\"},\"state\":\"draft\"}", 1,
     "not inside \"event\""},
    {NULL, "{\"date\":\"2024\",\n\"title\":\"x\"}", 1, "none can be made"},
    {NULL, "{\"date\":\"2024-01-02\",\n\"id\":\"../x\",\"title\":\"x\"}", 2, "2025-11-06--what-happened"},
    {NULL, TITLED "---\n", 2, "2025-11-06--what-happened"},
};

static void refuses_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof input_refusals / sizeof *input_refusals; i++) {
        const struct refusal *row = &input_refusals[i];
        AUTO_STRUCT(arena) *a = arena_new();
        struct event event;
        struct err e = {0};

        assert_int_equal(event_parse_input(a, row->text, strlen(row->text), &event, &e), ERR_INVALID_EVENT);
        if (e.line != row->line || !strstr(e.message, row->advice))
            fail_msg("line %d: %s\n%s", e.line, e.message, row->text);
    }
}

/* Lists hold thousands of these at once. */
static void lengths(void **state)
{
    static const struct {
        const char *head;
        size_t most;
    } fields[] = {{"{\"date\":\"2024-01-02\",\"title\":\"", 4096},
                  {"{\"title\":\"x\",\"date\":\"", 255},
                  {"{\"title\":\"x\",\"date\":\"2024-01-02\",\"status\":\"", 255},
                  {"{\"title\":\"x\",\"date\":\"2024-01-02\",\"id\":\"", 255}};

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        for (size_t more = 0; more < 2; more++) {
            AUTO_STRUCT(arena) *a = arena_new();
            struct event event;
            struct err e = {0};
            struct str text;

            str_init(&text, a, 5000);
            str_add(&text, fields[i].head);
            for (size_t k = 0; k < fields[i].most + more; k++)
                str_addc(&text, 'a');
            str_add(&text, "\"}");
            assert_int_equal(event_parse(a, "a.json", text.p, text.n, &event, &e),
                             more ? ERR_INVALID_EVENT : ERR_OK);
            assert_true(!more || strstr(e.message, "shorten it"));
        }
}

static void nul_bytes(void **state)
{
    static const char text[] = TITLED "---\nx\0y";
    AUTO_STRUCT(arena) *a = arena_new();
    struct event event;
    struct err e;

    (void)state;
    assert_int_equal(event_parse(a, "a.md", text, sizeof text - 1, &event, &e), ERR_INVALID_EVENT);
    assert_int_equal(e.line, 6);
    assert_non_null(strstr(e.message, "NUL"));
}

/* head, then `unit` until the file is `bytes` long, then tail. */
struct flood {
    const char *head, *unit, *tail;
    size_t bytes;
    enum err_code code;
    const char *advice;
};

static const struct flood floods[] = {
    {TITLED "v: ", "[", "\n---\n", 200000, ERR_INVALID_EVENT, "nested too deeply"},
    {TITLED "v: ", "{a: ", "\n---\n", 200000, ERR_INVALID_EVENT, "nested too deeply"},
    {TITLED "v:\n", "- ", "\n---\n", 200000, ERR_INVALID_EVENT, "nested too deeply"},
    {TITLED "v:\n", "? ", "\n---\n", 200000, ERR_INVALID_EVENT, ""},
    {TITLED "v: [", "a,", "]\n---\n", 400000, ERR_INVALID_EVENT, "50,000"},
    {TITLED "v:\n", "- #\n", "---\n", 100000, ERR_OK, NULL},
    {TITLED "v: ", "a", "\n---\n", 1000000, ERR_OK, NULL},
    {TITLED, "#\n", "---\n", 1000000, ERR_OK, NULL},
    {TITLED "---\n", "x\r\n", "", 1000000, ERR_OK, NULL},
    {TITLED "---\n", "\n---", "", 1000000, ERR_OK, NULL},
    {TITLED "v: ", "\xC3\xA9 ", "\n---\n", 1000000, ERR_OK, NULL},
    {TITLED "---\n", "x", "", EVENT_FILE_BYTES + 1, ERR_TOO_LARGE, "1 MiB"},
    {"---\n", "\n", "---\n", 1000000, ERR_INVALID_EVENT, "there are no fields"},
    {"---\n", "\"", "\n---\n", 1000000, ERR_INVALID_EVENT, ""},
    {"---\nid: ", "x", "\ndate: 2024-01-02\ntitle: x\n---\n", 300, ERR_INVALID_EVENT, "255 bytes"},
};

static void survives_floods(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        const struct flood *row = &floods[i];
        AUTO_STRUCT(arena) *a = arena_new();
        int64_t start = clock_monotonic_ms();
        struct event event;
        struct err e = {0};
        struct str text;
        enum err_code code;

        str_init(&text, a, SIZE_MAX / 2);
        str_add(&text, row->head);
        while (text.n + strlen(row->tail) < row->bytes)
            str_add(&text, row->unit);
        str_add(&text, row->tail);
        code = event_parse(a, "a.md", text.p, text.n, &event, &e);
        if (code != row->code || (row->advice && !strstr(e.message, row->advice)))
            fail_msg("flood %zu: %s", i, e.message);
        /* Generous, because sanitizers are slow: what is quadratic takes minutes. */
        assert_true(clock_monotonic_ms() - start < 10000);
    }
}

static const char *const seeds[][2] = {
    {"a.md",
     TITLED "importance: 8\ntags:\n- one\n- 'two'\nsources:\n- title: \"S \\u00e9\"\n  url: https://e.org\n"
            "v: |\n  lit\n\n  eral\n---\n# Body\n\ntext\n"},
    {"b.md", "---\r\nid: b\r\ndate: '2024-01-02'\r\ntitle: caf\xC3\xA9 #x\r\nv: {a: [1, 2.5, ~], b: >-\r\n  "
             "f\r\n---\r\n"},
    {"c.json",
     "{\"id\":\"c\",\"date\":\"2024-01-02\",\"title\":\"x\\u00e9\",\"v\":[1,-2.5e3,true,null,{\"a\":{}}]}"},
    {"d.yaml",
     "# c\nid: d\ndate: 2024-01-02\ntitle: >\n  folded\n  text\n? k\n: v\nl:\n  - - a\n    - b\n  - {}\n"},
};

static const char *const pieces[] = {"---\n",
                                     "- ",
                                     ": ",
                                     "\n",
                                     "\t",
                                     "#",
                                     "'",
                                     "\"",
                                     "[",
                                     "]",
                                     "{",
                                     "}",
                                     "&a",
                                     "*a",
                                     "!t",
                                     "|\n",
                                     "? ",
                                     "<<: ",
                                     "\xEF\xBB\xBF",
                                     "\xC3",
                                     "\xE2\x80\xA8",
                                     "\xC2\x85",
                                     "\\",
                                     "\r",
                                     ","};

/* One change: a byte, a piece put in, a run taken out or doubled. */
static void mutate(struct arena *a, struct str *text, unsigned *seed)
{
    size_t at = (size_t)rand_r(seed) % (text->n + 1);
    size_t run = (size_t)rand_r(seed) % 12;
    char *rest = arena_strndup(a, text->p + at, text->n - at);
    size_t rest_n = text->n - at;
    int kind = rand_r(seed) % 4;

    if (run > rest_n)
        run = rest_n;
    str_cut(text, at);
    if (kind == 0 && rest_n) {
        rest[0] = (char)(rand_r(seed) % 256);
    } else if (kind == 1) {
        str_add(text, pieces[(size_t)rand_r(seed) % (sizeof pieces / sizeof *pieces)]);
    } else if (kind == 2) {
        rest += run;
        rest_n -= run;
    } else {
        str_addn(text, rest, run);
    }
    str_addn(text, rest, rest_n);
}

static void check_accepted(struct arena *a, const struct event *event)
{
    struct event_quality quality;
    int line = 0;

    assert_true(*event->id && *event->date && *event->title);
    assert_true(json_object_is_type(event->fields, json_type_object));
    assert_int_equal(strlen(event_hash(a, event->fields)), 64);
    for (struct event_warning *w = event->warnings; w; w = w->next) {
        assert_true(w->line >= line);
        line = w->line;
    }
    event_quality(a, event->fields, &quality);
    assert_true(quality.score >= 0 && quality.score <= 10);
}

static void survives_mutation(void **state)
{
    unsigned seed = 20251106;
    int accepted = 0;

    (void)state;
    for (int i = 0; i < 12000; i++) {
        const char *const *row = seeds[i % 4];
        AUTO_STRUCT(arena) *a = arena_new();
        struct event event;
        struct err e = {0};
        struct str text;

        str_init(&text, a, EVENT_FILE_BYTES);
        str_add(&text, row[1]);
        for (int changes = 1 + i % 3; changes > 0; changes--)
            mutate(a, &text, &seed);
        if (event_parse(a, row[0], text.p, text.n, &event, &e) == ERR_OK) {
            check_accepted(a, &event);
            accepted++;
        } else {
            assert_int_equal(e.code, ERR_INVALID_EVENT);
            assert_true(e.line >= 1 && *e.message);
        }
        (void)event_parse_input(a, text.p, text.n, &event, &e);
    }
    /* Both ways were taken. */
    assert_in_range(accepted, 1000, 11000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),   cmocka_unit_test(refuses_input),   cmocka_unit_test(lengths),
        cmocka_unit_test(nul_bytes), cmocka_unit_test(survives_floods), cmocka_unit_test(survives_mutation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
