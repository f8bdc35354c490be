// link: core_event core_util
/*
 * The three-way merge, rule by rule: what comes in, what conflicts, what a person may decide, what a difference says,
 * and that large events are merged in a moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/event/event_merge.h"

static struct json_object *json(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err e = {0};

    if (jx_parse(a, text, strlen(text), &value, &e) != ERR_OK)
        fail_msg("%s in %s", e.message, text);
    return value;
}

struct example {
    const char *name;
    const char *base; /* NULL: none */
    const char *ours;
    const char *theirs;
    const char *fields;
    const char *conflicts; /* "field field/key …" */
    const char *from_theirs;
};

#define S1 "{\"title\":\"S\",\"url\":\"u1\",\"outlet\":\"O\"}"
#define S1_OUTLET "{\"title\":\"S\",\"url\":\"u1\",\"outlet\":\"P\"}"
#define S1_TITLE "{\"title\":\"R\",\"url\":\"u1\",\"outlet\":\"O\"}"
#define S2 "{\"title\":\"T\",\"url\":\"u2\"}"
#define S3 "{\"title\":\"U\",\"url\":\"u3\"}"
#define SOURCES(list) "{\"sources\":[" list "]}"

static const struct example examples[] = {
    /* Scalars. */
    {"nothing changed", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "", ""},
    {"ours alone", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":2}", "", ""},
    {"theirs alone", "{\"a\":1}", "{\"a\":1}", "{\"a\":2}", "{\"a\":2}", "", "a"},
    {"both the same", "{\"a\":1}", "{\"a\":2}", "{\"a\":2}", "{\"a\":2}", "", ""},
    {"both differently", "{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":2}", "a", ""},
    {"1 is 1.0, and ours keeps its spelling", "{\"a\":1}", "{\"a\":1.0}", "{\"a\":1}", "{\"a\":1.0}", "", ""},
    {"a new spelling of a number is no change", "{\"a\":5}", "{\"a\":6}", "{\"a\":5.0}", "{\"a\":6}", "", ""},
    {"true is not 1, \"1\" is not 1", "{\"a\":0}", "{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":1}", "a", ""},
    {"null is a value", "{\"a\":1}", "{\"a\":1}", "{\"a\":null}", "{\"a\":null}", "", "a"},
    {"null against removal", "{\"a\":1}", "{\"a\":null}", "{}", "{\"a\":null}", "a", ""},
    /* Fields that come and go. */
    {"added by theirs", "{}", "{}", "{\"a\":1}", "{\"a\":1}", "", "a"},
    {"added by ours", "{}", "{\"a\":1}", "{}", "{\"a\":1}", "", ""},
    {"added by both alike", "{}", "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "", ""},
    {"added by both differently", "{}", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "a", ""},
    {"removed by theirs", "{\"a\":1,\"b\":1}", "{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"b\":1}", "", "a"},
    {"removed by ours", "{\"a\":1}", "{}", "{\"a\":1}", "{}", "", ""},
    {"removed by both", "{\"a\":1}", "{}", "{}", "{}", "", ""},
    {"removed by ours, changed by theirs", "{\"a\":1}", "{}", "{\"a\":2}", "{}", "a", ""},
    {"changed by ours, removed by theirs", "{\"a\":1}", "{\"a\":2}", "{}", "{\"a\":2}", "a", ""},
    /* No base. */
    {"no base: alike", NULL, "{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "", ""},
    {"no base: one side only", NULL, "{\"a\":1}", "{\"b\":2}", "{\"b\":2,\"a\":1}", "", "b"},
    {"no base: differing", NULL, "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "a", ""},
    {"no base: sets are values", NULL, "{\"tags\":[\"x\"]}", "{\"tags\":[\"y\"]}", "{\"tags\":[\"x\"]}",
     "tags", ""},
    {"no base: sources are values", NULL, SOURCES(S1), SOURCES(S2), SOURCES(S1), "sources", ""},
    /* The order of keys. */
    {"order alone is no change", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "{\"b\":1,\"a\":1}",
     "{\"a\":2,\"b\":1}", "", ""},
    {"new keys follow their neighbours", "{\"a\":1,\"b\":1}", "{\"b\":1,\"o\":1,\"a\":1}",
     "{\"f\":1,\"a\":1,\"x\":1,\"y\":1,\"b\":1,\"z\":1}",
     "{\"f\":1,\"b\":1,\"z\":1,\"o\":1,\"a\":1,\"x\":1,\"y\":1}", "", "f z x y"},
    /* Identity. */
    {"ids that differ conflict, whoever changed", "{\"id\":\"a\"}", "{\"id\":\"a\"}", "{\"id\":\"b\"}",
     "{\"id\":\"a\"}", "id", ""},
    {"ids that differ conflict, ours changed", "{\"id\":\"a\"}", "{\"id\":\"b\"}", "{\"id\":\"a\"}",
     "{\"id\":\"b\"}", "id", ""},
    {"an id does not go away", "{\"id\":\"a\"}", "{\"id\":\"a\"}", "{}", "{\"id\":\"a\"}", "", ""},
    {"an id comes in", "{}", "{}", "{\"id\":\"a\"}", "{\"id\":\"a\"}", "", "id"},
    /* Sets. */
    {"both add", "{\"tags\":[\"a\"]}", "{\"tags\":[\"o\",\"a\"]}", "{\"tags\":[\"t\",\"a\",\"s\"]}",
     "{\"tags\":[\"o\",\"a\",\"t\",\"s\"]}", "", "tags"},
    {"both add the same", "{\"tags\":[\"a\"]}", "{\"tags\":[\"a\",\"x\",\"o\"]}", "{\"tags\":[\"x\",\"a\"]}",
     "{\"tags\":[\"a\",\"x\",\"o\"]}", "", ""},
    {"both remove", "{\"actors\":[\"a\",\"b\",\"c\"]}", "{\"actors\":[\"a\",\"b\"]}",
     "{\"actors\":[\"b\",\"c\"]}", "{\"actors\":[\"b\"]}", "", "actors"},
    {"one adds, one removes", "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"b\",\"a\",\"c\"]}",
     "{\"tags\":[\"b\"]}", "{\"tags\":[\"b\",\"c\"]}", "", "tags"},
    {"case counts", "{\"tags\":[]}", "{\"tags\":[\"A\"]}", "{\"tags\":[\"a\"]}", "{\"tags\":[\"A\",\"a\"]}",
     "", "tags"},
    {"numbers in sets: 1 is 1.0 and not \"1\"", "{\"tags\":[]}", "{\"tags\":[1]}",
     "{\"tags\":[1.0,\"1\",null]}", "{\"tags\":[1,\"1\",null]}", "", "tags"},
    {"a text is not its hash", "{\"tags\":[]}", "{\"tags\":[\"s\"]}", "{\"tags\":[\"ss\",\"\"]}",
     "{\"tags\":[\"s\",\"ss\",\"\"]}", "", "tags"},
    {"another order alone is taken", "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"a\",\"b\"]}",
     "{\"tags\":[\"b\",\"a\"]}", "{\"tags\":[\"b\",\"a\"]}", "", "tags"},
    {"another order in ours stays", "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"b\",\"a\"]}",
     "{\"tags\":[\"a\",\"b\",\"c\"]}", "{\"tags\":[\"b\",\"a\",\"c\"]}", "", "tags"},
    {"copies: ours keeps its own", "{\"tags\":[\"a\",\"a\"]}", "{\"tags\":[\"a\",\"a\",\"b\"]}",
     "{\"tags\":[\"a\",\"a\",\"c\"]}", "{\"tags\":[\"a\",\"a\",\"b\",\"c\"]}", "", "tags"},
    {"copies: theirs removes one", "{\"tags\":[\"a\",\"a\"]}", "{\"tags\":[\"a\",\"a\",\"b\"]}",
     "{\"tags\":[\"a\"]}", "{\"tags\":[\"a\",\"b\"]}", "", "tags"},
    {"copies: the larger number", "{\"tags\":[\"a\"]}", "{\"tags\":[]}", "{\"tags\":[\"a\",\"a\"]}",
     "{\"tags\":[\"a\",\"a\"]}", "", "tags"},
    {"a list in a known base that lacks it", "{}", "{\"tags\":[\"a\"]}", "{\"tags\":[\"b\"]}",
     "{\"tags\":[\"a\",\"b\"]}", "", "tags"},
    {"a set that went away conflicts with a changed one", "{\"tags\":[\"a\"]}", "{}",
     "{\"tags\":[\"a\",\"b\"]}", "{}", "tags", ""},
    {"a set that is a text on one side", "{\"tags\":[\"a\"]}", "{\"tags\":\"a, b\"}",
     "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":\"a, b\"}", "tags", ""},
    {"a set that holds maps", "{\"actors\":[]}", "{\"actors\":[{\"name\":\"a\"}]}", "{\"actors\":[\"b\"]}",
     "{\"actors\":[{\"name\":\"a\"}]}", "actors", ""},
    {"lists of other names are values", "{\"steps\":[1]}", "{\"steps\":[1,2]}", "{\"steps\":[1,3]}",
     "{\"steps\":[1,2]}", "steps", ""},
    {"maps are values", "{\"m\":{\"a\":1,\"b\":1}}", "{\"m\":{\"a\":2,\"b\":1}}", "{\"m\":{\"a\":1,\"b\":2}}",
     "{\"m\":{\"a\":2,\"b\":1}}", "m", ""},
    {"the order of keys in a map is no change", "{\"m\":{\"a\":1,\"b\":1}}", "{\"m\":{\"a\":2,\"b\":1}}",
     "{\"m\":{\"b\":1,\"a\":1}}", "{\"m\":{\"a\":2,\"b\":1}}", "", ""},
    /* Sources. */
    {"both add a source", SOURCES(S1), SOURCES(S1 "," S2), SOURCES(S3 "," S1), SOURCES(S1 "," S2 "," S3), "",
     "sources"},
    {"both add the same source", SOURCES(S1), SOURCES(S1 "," S2), SOURCES(S2 "," S1 "," S3),
     SOURCES(S1 "," S2 "," S3), "", "sources"},
    {"both add one URL with different titles", SOURCES(""),
     SOURCES("{\"url\":\"u\",\"title\":\"A\",\"tier\":1}"),
     SOURCES("{\"url\":\"u\",\"title\":\"B\",\"outlet\":\"O\"}"),
     SOURCES("{\"url\":\"u\",\"title\":\"A\",\"outlet\":\"O\",\"tier\":1}"), "sources/title", "sources"},
    {"different keys of one source", SOURCES(S1), SOURCES(S1_OUTLET), SOURCES(S1_TITLE),
     SOURCES("{\"title\":\"R\",\"url\":\"u1\",\"outlet\":\"P\"}"), "", "sources"},
    {"one key of one source", SOURCES(S1 "," S2), SOURCES(S1_OUTLET "," S2),
     SOURCES("{\"title\":\"S\",\"url\":\"u1\",\"outlet\":\"Q\"}," S3), SOURCES(S1_OUTLET "," S3),
     "sources/outlet", "sources"},
    {"removed and untouched", SOURCES(S1 "," S2), SOURCES(S1), SOURCES(S1_OUTLET "," S2), SOURCES(S1_OUTLET),
     "", "sources"},
    {"ours removed what theirs changed", SOURCES(S1 "," S2), SOURCES(S2), SOURCES(S1_OUTLET "," S2),
     SOURCES(S2), "sources/", ""},
    {"theirs removed what ours changed", SOURCES(S1 "," S2), SOURCES(S1_OUTLET "," S2), SOURCES(S2 "," S3),
     SOURCES(S1_OUTLET "," S2 "," S3), "sources/", "sources"},
    {"two sources of one URL", SOURCES("{\"url\":\"u\",\"title\":\"A\"},{\"url\":\"u\",\"title\":\"B\"}"),
     SOURCES("{\"url\":\"u\",\"title\":\"B\",\"tier\":1}"),
     SOURCES("{\"url\":\"u\",\"title\":\"A\"},{\"url\":\"u\",\"title\":\"B\",\"outlet\":\"O\"}"),
     SOURCES("{\"url\":\"u\",\"title\":\"B\",\"outlet\":\"O\",\"tier\":1}"), "", "sources"},
    {"sources without URL by title and date", SOURCES("{\"title\":\"A\",\"date\":2001,\"url\":null}"),
     SOURCES("{\"title\":\"A\",\"date\":2001,\"url\":null,\"tier\":1}"),
     SOURCES("{\"title\":\"A\",\"date\":2001,\"url\":null,\"outlet\":\"O\"}"),
     SOURCES("{\"title\":\"A\",\"date\":2001,\"url\":null,\"outlet\":\"O\",\"tier\":1}"), "", "sources"},
    {"a URL that was found later", SOURCES("{\"title\":\"A\"}"), SOURCES("{\"title\":\"A\",\"tier\":1}"),
     SOURCES("{\"title\":\"A\",\"url\":\"u\"}"), SOURCES("{\"title\":\"A\",\"url\":\"u\",\"tier\":1}"), "",
     "sources"},
    {"one title, two URLs: two sources", SOURCES(""), SOURCES("{\"title\":\"A\",\"url\":\"u\"}"),
     SOURCES("{\"title\":\"A\",\"url\":\"v\"}"),
     SOURCES("{\"title\":\"A\",\"url\":\"u\"},{\"title\":\"A\",\"url\":\"v\"}"), "", "sources"},
    {"URLs as texts", SOURCES("\"a\",\"b\""), SOURCES("\"a\",\"b\",\"o\""), SOURCES("\"b\",\"t\""),
     SOURCES("\"b\",\"o\",\"t\""), "", "sources"},
    {"a text that became a map", SOURCES("\"u\",\"b\""), SOURCES("\"u\""),
     SOURCES("{\"url\":\"u\",\"title\":\"T\"},\"b\""), SOURCES("{\"url\":\"u\",\"title\":\"T\"}"), "",
     "sources"},
    {"a text that became a map on both sides", SOURCES("\"u\""), SOURCES("{\"url\":\"u\",\"tier\":1}"),
     SOURCES("{\"url\":\"u\",\"title\":\"T\"}"), SOURCES("{\"url\":\"u\",\"title\":\"T\",\"tier\":1}"), "",
     "sources"},
    {"sources that are no list", "{\"sources\":\"a\"}", SOURCES("\"a\",\"b\""), SOURCES("\"a\",\"c\""),
     SOURCES("\"a\",\"b\""), "sources", ""},
    {"copies of a source pair up one by one", SOURCES("\"a\""), SOURCES("\"a\",\"a\",\"o\""),
     SOURCES("\"a\",\"a\",\"a\""), SOURCES("\"a\",\"a\",\"o\",\"a\""), "", "sources"},
    {"an added URL is not one of the base's", SOURCES(S1), SOURCES(S1 "," S1_TITLE "," S2),
     SOURCES(S1_OUTLET), SOURCES(S1_OUTLET "," S1_TITLE "," S2), "", "sources"},
    {"equal ones pair up before those of one URL",
     SOURCES("{\"url\":\"u\",\"tier\":1},{\"url\":\"u\",\"tier\":2}"), SOURCES("{\"url\":\"u\",\"tier\":2}"),
     SOURCES("{\"url\":\"u\",\"tier\":1},{\"url\":\"u\",\"tier\":2}," S3),
     SOURCES("{\"url\":\"u\",\"tier\":2}," S3), "", "sources"},
    {"a text of several lines in a source", SOURCES("{\"url\":\"u\",\"notes\":\"a\\nb\\nc\"}"),
     SOURCES("{\"url\":\"u\",\"notes\":\"A\\nb\\nc\"}"), SOURCES("{\"url\":\"u\",\"notes\":\"a\\nb\\nC\"}"),
     SOURCES("{\"url\":\"u\",\"notes\":\"A\\nb\\nC\"}"), "", "sources"},
    /* Texts. */
    {"different lines", "{\"summary\":\"a\\nb\\nc\"}", "{\"summary\":\"A\\nb\\nc\"}",
     "{\"summary\":\"a\\nb\\nC\"}", "{\"summary\":\"A\\nb\\nC\"}", "", "summary"},
    {"the same line", "{\"summary\":\"a\\nb\\nc\"}", "{\"summary\":\"a\\nB\\nc\"}",
     "{\"summary\":\"a\\nX\\nc\"}", "{\"summary\":\"a\\nB\\nc\"}", "summary", ""},
    {"lines that touch", "{\"body\":\"a\\nb\\nc\"}", "{\"body\":\"A\\nb\\nc\"}", "{\"body\":\"a\\nB\\nc\"}",
     "{\"body\":\"A\\nb\\nc\"}", "body", ""},
    {"the same change among others", "{\"t\":\"a\\nb\\nc\\nd\\ne\"}", "{\"t\":\"A\\nb\\nC\\nd\\ne\"}",
     "{\"t\":\"a\\nb\\nC\\nd\\nE\"}", "{\"t\":\"A\\nb\\nC\\nd\\nE\"}", "", "t"},
    {"both append", "{\"t\":\"a\\nb\"}", "{\"t\":\"a\\nb\\nc\"}", "{\"t\":\"a\\nb\\nd\"}",
     "{\"t\":\"a\\nb\\nc\"}", "t", ""},
    {"one appends, one changes the first line", "{\"t\":\"a\\nb\"}", "{\"t\":\"a\\nb\\nc\"}",
     "{\"t\":\"A\\nb\"}", "{\"t\":\"A\\nb\\nc\"}", "", "t"},
    {"one inserts before, one behind", "{\"t\":\"a\"}", "{\"t\":\"o\\na\"}", "{\"t\":\"a\\nt\"}",
     "{\"t\":\"o\\na\\nt\"}", "", "t"},
    {"a final line feed", "{\"t\":\"a\\nb\\nc\"}", "{\"t\":\"a\\nb\\nc\\n\"}", "{\"t\":\"A\\nb\\nc\"}",
     "{\"t\":\"A\\nb\\nc\\n\"}", "", "t"},
    {"one removes a line, one changes another", "{\"t\":\"a\\nb\\nc\\nd\"}", "{\"t\":\"b\\nc\\nd\"}",
     "{\"t\":\"a\\nb\\nc\\nD\"}", "{\"t\":\"b\\nc\\nD\"}", "", "t"},
    {"one removes what the other changes", "{\"t\":\"a\\nb\\nc\"}", "{\"t\":\"a\\nc\"}",
     "{\"t\":\"a\\nB\\nc\"}", "{\"t\":\"a\\nc\"}", "t", ""},
    {"paragraphs", "{\"t\":\"p\\n\\nq\\n\\nr\"}", "{\"t\":\"p\\n\\nn\\n\\nq\\n\\nr\"}",
     "{\"t\":\"p\\n\\nq\\n\\nR\"}", "{\"t\":\"p\\n\\nn\\n\\nq\\n\\nR\"}", "", "t"},
    {"one line each", "{\"title\":\"a\"}", "{\"title\":\"b\"}", "{\"title\":\"c\"}", "{\"title\":\"b\"}",
     "title", ""},
    {"a text in no base", "{}", "{\"t\":\"a\\nb\"}", "{\"t\":\"a\\nc\"}", "{\"t\":\"a\\nb\"}", "t", ""},
    {"an empty text", "{\"t\":\"\"}", "{\"t\":\"a\"}", "{\"t\":\"b\"}", "{\"t\":\"a\"}", "t", ""},
    {"lines that repeat", "{\"t\":\"a\\nb\\na\\nb\\na\\nb\"}", "{\"t\":\"X\\nb\\na\\nb\\na\\nY\"}",
     "{\"t\":\"a\\nb\\nZ\\nb\\na\\nb\"}", "{\"t\":\"X\\nb\\nZ\\nb\\na\\nY\"}", "", "t"},
    {"lines that repeat, before the first and behind the last that do not",
     "{\"t\":\"a\\na\\nb\\nb\\nonce\\na\\na\\nb\\nb\"}", "{\"t\":\"X\\na\\nb\\nb\\nonce\\na\\na\\nb\\nY\"}",
     "{\"t\":\"a\\na\\nb\\nZ\\nonce\\nZ\\na\\nb\\nb\"}", "{\"t\":\"X\\na\\nb\\nZ\\nonce\\nZ\\na\\nb\\nY\"}",
     "", "t"},
    {"carriage returns belong to their lines", "{\"t\":\"a\\r\\nb\\r\\nc\"}", "{\"t\":\"A\\r\\nb\\r\\nc\"}",
     "{\"t\":\"a\\r\\nb\\r\\nC\"}", "{\"t\":\"A\\r\\nb\\r\\nC\"}", "", "t"},
};

/* The conflicts of a merge as "field field/key …". */
static const char *conflicts_of(struct arena *a, struct json_object *rows)
{
    struct str out;

    str_init(&out, a, 10000);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        struct json_object *detail = jx_get(row, "detail");
        size_t n = detail ? json_object_array_length(detail) : 0;

        for (size_t j = 0; j < n || j == 0; j++) {
            struct json_object *part = n ? json_object_array_get_idx(detail, j) : NULL;
            const char *key = jx_get_text(part, "key");

            str_addf(&out, "%s%s", out.n ? " " : "", jx_get_text(row, "field"));
            if (part)
                str_addf(&out, "/%s", key ? key : "");
        }
    }
    return out.p;
}

static void check_example(struct arena *a, const struct example *x)
{
    struct event_merge m;
    struct str names;

    event_merge(a, x->base ? json(a, x->base) : NULL, json(a, x->ours), json(a, x->theirs), &m);
    str_init(&names, a, 10000);
    for (size_t i = 0; i < json_object_array_length(m.from_theirs); i++)
        str_addf(&names, "%s%s", i ? " " : "",
                 json_object_get_string(json_object_array_get_idx(m.from_theirs, i)));
    if (!str_eq(jx_text(a, m.fields), jx_text(a, json(a, x->fields))))
        fail_msg("%s: %s", x->name, jx_text(a, m.fields));
    if (!str_eq(conflicts_of(a, m.conflicts), x->conflicts))
        fail_msg("%s: conflicts %s", x->name, jx_text(a, m.conflicts));
    if (!str_eq(names.p, x->from_theirs))
        fail_msg("%s: from theirs %s", x->name, names.p);
}

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        AUTO_STRUCT(arena) *a = arena_new();

        check_example(a, &examples[i]);
    }
}

static void test_conflict_rows(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_merge m;

    (void)state;
    event_merge(
        a, json(a, "{\"a\":null,\"sources\":[" S1 "," S2 "]}"),
        json(a, "{\"a\":1,\"sources\":[" S1_OUTLET "]}"),
        json(a,
             "{\"sources\":[{\"title\":\"S\",\"url\":\"u1\"},{\"title\":\"T\",\"url\":\"u2\",\"tier\":2}]}"),
        &m);
    assert_string_equal(
        jx_text(a, m.conflicts),
        "[{\"field\":\"a\",\"base\":null,\"ours\":1},"
        "{\"field\":\"sources\",\"base\":[" S1 "," S2 "],\"ours\":[" S1_OUTLET "],"
        "\"theirs\":[{\"title\":\"S\",\"url\":\"u1\"},{\"title\":\"T\",\"url\":\"u2\",\"tier\":2}],"
        "\"detail\":["
        "{\"choice\":\"sources/1\",\"source\":\"u1\",\"key\":\"outlet\",\"base\":\"O\",\"ours\":\"P\"},"
        "{\"choice\":\"sources/2\",\"source\":\"u2\",\"base\":" S2
        ",\"theirs\":{\"title\":\"T\",\"url\":\"u2\",\"tier\":2}}]}]");
}

struct decision {
    const char *choices;
    const char *fields; /* NULL: refused */
};

#define THEIR_S1 "{\"title\":\"S\",\"url\":\"u1\",\"outlet\":\"Q\"}"
#define REST ",\"sources\":[" S1_OUTLET "," S3 "]"

static const struct decision decisions[] = {
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources\":\"ours\"}", "{\"a\":2,\"n\":7" REST "}"},
    {"{\"a\":\"theirs\",\"b\":\"theirs\",\"sources\":\"theirs\"}",
     "{\"a\":3,\"b\":3,\"n\":7,\"sources\":[" THEIR_S1 "," S3 "]}"},
    {"{\"a\":{\"value\":\"ours\"},\"b\":{\"value\":null},\"sources\":{\"value\":[]}}",
     "{\"a\":\"ours\",\"b\":null,\"n\":7,\"sources\":[]}"},
    {"{\"a\":{\"remove\":true},\"b\":{\"remove\":true},\"sources\":{\"remove\":true}}", "{\"n\":7}"},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources/1\":\"theirs\"}",
     "{\"a\":2,\"n\":7,\"sources\":[" THEIR_S1 "," S3 "]}"},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources\":\"theirs\",\"sources/1\":\"ours\"}",
     "{\"a\":2,\"n\":7" REST "}"},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources/1\":{\"value\":\"W\"}}",
     "{\"a\":2,\"n\":7,\"sources\":[{\"title\":\"S\",\"url\":\"u1\",\"outlet\":\"W\"}," S3 "]}"},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources/1\":{\"remove\":true}}",
     "{\"a\":2,\"n\":7,\"sources\":[{\"title\":\"S\",\"url\":\"u1\"}," S3 "]}"},
    {"{\"a\":\"ours\",\"sources\":\"ours\"}", NULL},
    {"{\"a\":\"ours\",\"b\":\"ours\"}", NULL},
    {"{}", NULL},
    {"[]", NULL},
    {"{\"a\":\"base\",\"b\":\"ours\",\"sources\":\"ours\"}", NULL},
    {"{\"a\":null,\"b\":\"ours\",\"sources\":\"ours\"}", NULL},
    {"{\"a\":{\"value\":1,\"remove\":true},\"b\":\"ours\",\"sources\":\"ours\"}", NULL},
    {"{\"a\":{\"remove\":false},\"b\":\"ours\",\"sources\":\"ours\"}", NULL},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources\":\"ours\",\"n\":\"ours\"}", NULL},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources\":\"ours\",\"x\":\"ours\"}", NULL},
    {"{\"a\":\"ours\",\"b\":\"ours\",\"sources/2\":\"ours\",\"sources/1\":\"ours\"}", NULL},
};

static void test_resolve(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct event_sides sides = {json(a, "{\"a\":1,\"b\":1,\"n\":1,\"sources\":[" S1 "]}"),
                                    json(a, "{\"a\":2,\"n\":1,\"sources\":[" S1_OUTLET "]}"),
                                    json(a, "{\"a\":3,\"b\":3,\"n\":7,\"sources\":[" THEIR_S1 "," S3 "]}")};
        const struct decision *d = &decisions[i];
        struct json_object *fields = NULL;
        struct err e = {0};
        enum err_code code = event_merge_resolve(a, &sides, json(a, d->choices), &fields, &e);

        if (code != (d->fields ? ERR_OK : ERR_INVALID_INPUT) || (code && !*e.message))
            fail_msg("%s: %s %s", d->choices, err_name(code), e.message);
        if (d->fields && !str_eq(jx_text(a, fields), jx_text(a, json(a, d->fields))))
            fail_msg("%s: %s", d->choices, jx_text(a, fields));
    }
}

static void test_resolve_removed_source(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_sides sides = {json(a, SOURCES(S1 "," S2)), json(a, SOURCES(S2)),
                                json(a, SOURCES(S1_OUTLET "," S2))};
    struct json_object *fields = NULL;
    struct err e = {0};

    (void)state;
    assert_int_equal(event_merge_resolve(a, &sides, json(a, "{\"sources/1\":\"theirs\"}"), &fields, &e),
                     ERR_OK);
    assert_string_equal(jx_text(a, fields), SOURCES(S2 "," S1_OUTLET));
}

static void test_resolve_without_conflict(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_sides sides = {NULL, json(a, "{\"a\":1}"), json(a, "{\"b\":1}")};
    struct json_object *fields = NULL;
    struct err e = {0};

    (void)state;
    assert_int_equal(event_merge_resolve(a, &sides, json(a, "{}"), &fields, &e), ERR_OK);
    assert_string_equal(jx_text(a, fields), "{\"b\":1,\"a\":1}");
}

struct difference {
    const char *from; /* NULL: no event */
    const char *to;
    const char *rows;
};

static const struct difference differences[] = {
    {"{\"a\":1,\"b\":[1]}", "{\"b\":[1.0],\"a\":1.0}", "[]"},
    {NULL, "{\"a\":null}", "[{\"field\":\"a\",\"kind\":\"added\",\"to\":null}]"},
    {"{\"a\":1}", NULL, "[{\"field\":\"a\",\"kind\":\"removed\",\"from\":1}]"},
    {"{\"a\":1,\"r\":1,\"b\":1}", "{\"b\":2,\"n\":1,\"a\":1}",
     "[{\"field\":\"b\",\"kind\":\"changed\",\"from\":1,\"to\":2},{\"field\":\"n\",\"kind\":\"added\",\"to\":"
     "1},"
     "{\"field\":\"r\",\"kind\":\"removed\",\"from\":1}]"},
    {"{\"tags\":[\"a\",\"a\",\"b\"]}", "{\"tags\":[\"c\",\"a\",\"d\"]}",
     "[{\"field\":\"tags\",\"kind\":\"changed\",\"from\":[\"a\",\"a\",\"b\"],\"to\":[\"c\",\"a\",\"d\"],"
     "\"added\":[\"c\",\"d\"],\"removed\":[\"a\",\"b\"]}]"},
    {"{\"x\":[1,2]}", "{\"x\":[2,1]}",
     "[{\"field\":\"x\",\"kind\":\"changed\",\"from\":[1,2],\"to\":[2,1],\"added\":[],\"removed\":[],"
     "\"reordered\":true}]"},
    {"{\"x\":[1]}", "{\"x\":1}", "[{\"field\":\"x\",\"kind\":\"changed\",\"from\":[1],\"to\":1}]"},
    {SOURCES(S1 "," S2 ",\"u\""), SOURCES(S1_OUTLET ",{\"url\":\"u\"}," S3),
     "[{\"field\":\"sources\",\"kind\":\"changed\",\"from\":[" S1 "," S2 ",\"u\"],\"to\":[" S1_OUTLET
     ",{\"url\":\"u\"}," S3 "],\"added\":[" S3 "],\"removed\":[" S2
     "],\"changed\":[{\"source\":\"u1\",\"fields\":[{\"field\":\"outlet\","
     "\"kind\":\"changed\",\"from\":\"O\",\"to\":\"P\"}]},{\"source\":\"u\",\"from\":\"u\",\"to\":{\"url\":"
     "\"u\"}}]}]"},
};

static void test_diff(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        const struct difference *d = &differences[i];

        assert_string_equal(
            jx_text(a, event_diff(a, d->from ? json(a, d->from) : NULL, d->to ? json(a, d->to) : NULL)),
            d->rows);
    }
}

/* Nanoseconds would be noise here; a quadratic algorithm takes minutes on what follows. */
enum { SECONDS_MOST = 20 };

static struct json_object *with_text(struct arena *a, const char *key, const struct str *text)
{
    struct json_object *object = jx_own(a, json_object_new_object());

    jx_set(object, key, json_object_new_string_len(text->p, (int)text->n));
    return object;
}

enum { MIB = 1024 * 1024, LINE_BYTES = 16 };

/* About 1 MiB of lines; every step-th line from `first` on is another one, all lines repeat after `period`. */
static struct json_object *large_text(struct arena *a, size_t first, size_t step, size_t period, char mark)
{
    struct str text;

    str_init(&text, a, 2 * MIB);
    for (size_t i = 0; i < MIB / LINE_BYTES; i++)
        str_addf(&text, "%c line %08zu\n", i % step == first ? mark : '-', i % period);
    return with_text(a, "summary", &text);
}

static void test_large_texts(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    clock_t start = clock();
    struct event_merge m;

    (void)state;
    /* 13,000 changes here and there, apart from each other. */
    event_merge(a, large_text(a, 9, 5, MIB, '-'), large_text(a, 1, 5, MIB, 'o'),
                large_text(a, 3, 5, MIB, 't'), &m);
    assert_int_equal(json_object_array_length(m.conflicts), 0);
    assert_non_null(
        strstr(jx_get_text(m.fields, "summary"), "\no line 00000001\n- line 00000002\nt line 00000003\n"));
    assert_non_null(strstr(jx_get_text(m.fields, "summary"), "\no line 00065526\n"));
    /* Lines that repeat give no anchors, and so many differences are beyond the effort allowed. */
    event_merge(a, large_text(a, 9, 5, 7, '-'), large_text(a, 1, 5, 7, 'o'), large_text(a, 3, 5, 11, 't'),
                &m);
    assert_string_equal(conflicts_of(a, m.conflicts), "summary");
    assert_true((clock() - start) / CLOCKS_PER_SEC < SECONDS_MOST);
}

static void test_too_many_lines(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_merge m;
    struct str feeds[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        str_init(&feeds[i], a, 2 * MIB);
        if (i == 1)
            str_add(&feeds[i], "first");
        for (int line = 0; line < MIB / 2; line++)
            str_addc(&feeds[i], '\n');
        if (i == 2)
            str_add(&feeds[i], "last");
    }
    event_merge(a, with_text(a, "t", &feeds[0]), with_text(a, "t", &feeds[1]), with_text(a, "t", &feeds[2]),
                &m);
    assert_string_equal(conflicts_of(a, m.conflicts), "t");
}

/* Items from..to, as texts or as sources. */
static struct json_object *large_list(struct arena *a, const char *key, int from, int to)
{
    struct json_object *object = jx_own(a, json_object_new_object());
    struct json_object *list = json_object_new_array();

    jx_set(object, key, list);
    for (int i = from; i < to; i++) {
        struct json_object *source = json_object_new_object();

        jx_set_text(source, "url", arena_printf(a, "https://example.org/%d", i));
        jx_set_text(source, "title", i % 2 ? "The same title" : "Another title");
        jx_push(list, str_eq(key, "tags") ? json_object_get(jx_get(source, "url")) : json_object_get(source));
        json_object_put(source);
    }
    return object;
}

static void test_large_lists(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    clock_t start = clock();
    static const char *const keys[] = {"tags", "sources"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct event_merge m;
        struct json_object *diff;

        event_merge(a, large_list(a, keys[i], 1000, 9000), large_list(a, keys[i], 0, 8000),
                    large_list(a, keys[i], 2000, 10000), &m);
        assert_int_equal(json_object_array_length(m.conflicts), 0);
        /* 1000 to 1999 and 8000 to 8999 were removed. */
        assert_int_equal(json_object_array_length(jx_get(m.fields, keys[i])), 1000 + 6000 + 1000);
        diff = event_diff(a, large_list(a, keys[i], 0, 8000), m.fields);
        assert_int_equal(json_object_array_length(jx_get(json_object_array_get_idx(diff, 0), "added")), 1000);
        assert_int_equal(json_object_array_length(jx_get(json_object_array_get_idx(diff, 0), "removed")),
                         1000);
    }
    assert_true((clock() - start) / CLOCKS_PER_SEC < SECONDS_MOST);
}

static void test_lists_beyond_the_limit(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct event_merge m;

    (void)state;
    event_merge(a, large_list(a, "tags", 0, 50001), large_list(a, "tags", 0, 50000),
                large_list(a, "tags", 1, 50001), &m);
    assert_string_equal(conflicts_of(a, m.conflicts), "tags");
    event_merge(a, large_list(a, "tags", 0, 50000), large_list(a, "tags", 0, 49999),
                large_list(a, "tags", 1, 50000), &m);
    assert_string_equal(conflicts_of(a, m.conflicts), "");
    assert_int_equal(json_object_array_length(jx_get(m.fields, "tags")), 49998);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_conflict_rows),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_resolve_removed_source),
        cmocka_unit_test(test_resolve_without_conflict),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_large_texts),
        cmocka_unit_test(test_too_many_lines),
        cmocka_unit_test(test_large_lists),
        cmocka_unit_test(test_lists_beyond_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
