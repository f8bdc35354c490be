// link: fcgi_lib
/* The form of an event: untouched it changes nothing, whatever the event holds; touched it changes what was touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"
#include "fcgi/event_form.h"

/* As a browser sends a field: line ends are CR LF. */
static void add_pair(struct str *body, const char *name, const char *value)
{
    str_addf(body, "%s%s=", body->n ? "&" : "", name);
    for (; *value; value++)
        if (*value == '\n')
            str_add(body, "%0D%0A");
        else
            str_addf(body, "%%%02X", (unsigned char)*value);
}

static void add_rows(struct arena *a, struct str *body, struct json_object *rows)
{
    static const char *const parts[] = {"title", "url", "outlet", "date", "was"};
    size_t n = json_object_array_length(rows);

    /* One empty row more than there are sources, as the page has it. */
    add_pair(body, "sources", arena_printf(a, "%zu", n + 1));
    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
            const char *value = i < n   ? jx_get_text(json_object_array_get_idx(rows, i), parts[k])
                                : k < 4 ? ""
                                        : NULL;

            if (value)
                add_pair(body, event_form_source_name(a, i + 1, parts[k]), value);
        }
}

/* What the page of this event sends when some inputs are typed into: pairs "name=value", ended by NULL. */
static struct json_object *sent(struct arena *a, struct json_object *shown, const char *const *typing)
{
    struct json_object *typed;
    struct form form;
    struct str body;

    str_init(&body, a, 4 * 1024 * 1024);
    json_object_object_foreach(shown, input, value)
    {
        if (str_eq(input, "sources"))
            add_rows(a, &body, value);
        else
            add_pair(&body, input, json_object_get_string(value));
    }
    assert_int_equal(form_parse(a, body.p, body.n, &form, NULL), ERR_OK);
    for (size_t i = 0; typing && typing[i]; i++) {
        const char *equals = strchr(typing[i], '=');
        const char *name = arena_strndup(a, typing[i], (size_t)(equals - typing[i]));
        bool found = false;

        for (size_t k = 0; k < form.n; k++)
            if (str_eq(form.fields[k].name, name)) {
                form.fields[k].value = equals + 1;
                found = true;
            }
        if (!found) {
            struct request_param *more = arena_array(a, form.n + 1, sizeof *more);

            memcpy(more, form.fields, form.n * sizeof *more);
            more[form.n++] = (struct request_param){name, equals + 1};
            form.fields = more;
        }
    }
    assert_int_equal(event_form_read(a, &form, &typed, NULL), ERR_OK);
    return typed;
}

static struct json_object *parse(struct arena *a, const char *text)
{
    struct json_object *value = NULL;
    struct err e = {0};

    if (jx_parse(a, text, strlen(text), &value, &e) != ERR_OK)
        fail_msg("%s: %s", text, e.message);
    return value;
}

/* ---- untouched */

static const char *const events[] = {
    "{\"id\":\"a\",\"date\":\"1869-11-17\",\"title\":\"T\",\"summary\":\"One\\n\\nTwo\\n\",\"importance\":9}",
    "{\"title\":\"No id, another order\",\"date\":\"1869-11-17\"}",
    "{\"id\":\"a\",\"date\":1869,\"title\":1,\"importance\":\"high\",\"status\":null}",
    "{\"id\":\"a\",\"date\":18.690,\"title\":true,\"importance\":7.50,\"status\":[1,2],\"summary\":{\"a\":1}"
    "}",
    "{\"id\":\"a\",\"title\":\" padded \",\"date\":\" 1869-11-17\",\"status\":\"\"}",
    "{\"id\":\"a\",\"title\":\"two\\nlines\",\"date\":\"\\u0001\",\"summary\":\"a\\r\\nb\\r\\n\"}",
    "{\"id\":\"a\",\"summary\":\"\\na\\rb\\n\\n\",\"body\":\"\",\"title\":\"\\u202etitle\"}",
    "{\"id\":\"a\",\"summary\":\"\\u0000b\"}",
    "{\"id\":\"a\",\"summary\":\"s\",\"body\":\"b\\n\"}",
    "{\"id\":\"a\",\"tags\":[\"a\",\" b \",\"a\",2025,1.50],\"actors\":[]}",
    "{\"id\":\"a\",\"tags\":[\"a\",null],\"actors\":[\"a\\nb\"]}",
    "{\"id\":\"a\",\"tags\":[\"\"],\"actors\":[\" \"]}",
    "{\"id\":\"a\",\"tags\":{\"a\":1},\"actors\":\"one\"}",
    "{\"id\":\"a\",\"tags\":null,\"actors\":null,\"sources\":null}",
    "{\"id\":\"a\",\"sources\":[]}",
    "{\"id\":\"a\",\"sources\":\"a text\"}",
    "{\"id\":\"a\",\"sources\":{\"title\":\"a map\"}}",
    "{\"id\":\"a\",\"sources\":[{\"tier\":1,\"title\":\"T\",\"url\":null,\"date\":1869,\"publisher\":\"P\"}]"
    "}",
    "{\"id\":\"a\",\"sources\":[\"https://x.example/\",\"\",7,null,[\"a\"],{},{\"tier\":1}]}",
    "{\"id\":\"a\",\"sources\":[{\"title\":[1]},{\"title\":\"a\\nb\"},{\"title\":true},{\"title\":\"a\","
    "\"x\":{\"y\":[]}}]}",
    "{\"id\":\"a\",\"sources\":[{\"title\":\"same\"},{\"title\":\"same\"},{\"title\":\"same\"}]}",
    "{\"id\":\"a\",\"location\":\"x\",\"importance\":1,\"notes\":{\"z\":1,\"a\":[1.0,1e3]},\"title\":\"T\","
    "\"x/y\":null}",
    "{\"id\":\"a\",\"title\":\"\\ud83d\\ude80 \\u00e9 <b>&amp;\\\"\",\"summary\":\"+%2B &lt;\"}",
    "{\"id\":\"a\",\"more\":\"a key\",\"do\":\"save\",\"csrf\":1,\"whole\":2,\"source_1_title\":3}",
    "{}",
};

static void test_untouched(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct event_form_result result;
        struct json_object *base;
        struct err ignored = {0};

        if (jx_parse(a, events[i], strlen(events[i]), &base, &ignored) != ERR_OK)
            continue; /* a NUL: no event holds one */
        event_form_apply(a, base, sent(a, event_form_fill(a, base, base), NULL), &result);
        assert_string_equal(jx_text(a, result.fields), jx_text(a, base));
    }
}

/* ---- typed into */

#define BASE                                                                                                 \
    "{\"id\":\"a\",\"x\":1,\"date\":\"1869-11-17\",\"title\":\"T\",\"summary\":\"s\\n\",\"importance\":9,"   \
    "\"tags\":[\"a\",2025],\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},\"bare\"]}"
#define HEAD "{\"id\":\"a\",\"x\":1,\"date\":\"1869-11-17\","
#define TAIL                                                                                                 \
    "\"summary\":\"s\\n\",\"importance\":9,\"tags\":[\"a\",2025],\"sources\":[{\"tier\":1,\"title\":\"S\","  \
    "\"url\":\"u\",\"date\":1869},\"bare\"]}"
#define ALL_BUT_SOURCES HEAD "\"title\":\"T\",\"summary\":\"s\\n\",\"importance\":9,\"tags\":[\"a\",2025]"

static const struct {
    const char *base; /* NULL: a new event */
    const char *typing[8];
    const char *fields;  /* NULL: refused */
    const char *problem; /* the field */
} edits[] = {
    {BASE, {"title= T2 "}, HEAD "\"title\":\"T2\"," TAIL, NULL},
    {BASE, {"title= "}, NULL, "title"},
    {BASE, {"date="}, NULL, "date"},
    {BASE,
     {"summary=s\n\nmore\n"},
     HEAD "\"title\":\"T\",\"summary\":\"s\\n\\nmore\\n\",\"importance\":9,\"tags\":[\"a\",2025],\"sources\":"
          "[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},\"bare\"]}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"summary\":\"a\\r\\nb\\r\\n\"}",
     {"summary=a\nc\n"},
     "{\"title\":\"T\",\"date\":\"d\",\"summary\":\"a\\r\\nc\\r\\n\"}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"summary\":\"a\"}",
     {"summary="},
     "{\"title\":\"T\",\"date\":\"d\"}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"importance\":9}",
     {"importance=8"},
     "{\"title\":\"T\",\"date\":\"d\",\"importance\":8}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"importance\":9}",
     {"importance="},
     "{\"title\":\"T\",\"date\":\"d\"}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"importance\":\"9\"}",
     {"importance=8"},
     "{\"title\":\"T\",\"date\":\"d\",\"importance\":8}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"importance\":\"high\"}",
     {"importance=low"},
     "{\"title\":\"T\",\"date\":\"d\",\"importance\":\"low\"}",
     NULL},
    {BASE, {"importance=much"}, NULL, "importance"},
    {BASE, {"importance=NaN"}, NULL, "importance"},
    {"{\"title\":\"T\",\"date\":\"d\"}",
     {"status=confirmed", "actors=A\n\n  B  \n"},
     "{\"title\":\"T\",\"date\":\"d\",\"status\":\"confirmed\",\"actors\":[\"A\",\"B\"]}",
     NULL},
    {"{\"title\":\"T\",\"date\":1869}", {"date=1870"}, "{\"title\":\"T\",\"date\":1870}", NULL},
    {"{\"title\":\"T\",\"date\":1869}",
     {"date=1870-01-01"},
     "{\"title\":\"T\",\"date\":\"1870-01-01\"}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"tags\":[\" a \",2025,\"b\"]}",
     {"tags=new\n2025\n a "},
     "{\"title\":\"T\",\"date\":\"d\",\"tags\":[\"new\",2025,\" a \"]}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"tags\":[\"a\"]}",
     {"tags=\n"},
     "{\"title\":\"T\",\"date\":\"d\"}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"tags\":[\"a\",\"b\"]}",
     {"tags=a\nb\n\n"},
     "{\"title\":\"T\",\"date\":\"d\",\"tags\":[\"a\",\"b\"]}",
     NULL},
    /* sources */
    {BASE,
     {"source_1_title=S2"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S2\",\"url\":\"u\",\"date\":1869},\"bare\"]}",
     NULL},
    {BASE,
     {"source_1_date=1870"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1870},\"bare\"]}",
     NULL},
    {BASE,
     {"source_1_date=May 1870"},
     ALL_BUT_SOURCES
     ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":\"May 1870\"},\"bare\"]}",
     NULL},
    {BASE,
     {"source_1_outlet=O", "source_1_url="},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"date\":1869,\"outlet\":\"O\"},\"bare\"]}",
     NULL},
    {BASE, {"source_1_remove=1"}, ALL_BUT_SOURCES ",\"sources\":[\"bare\"]}", NULL},
    {BASE,
     {"source_1_title=", "source_1_url= ", "source_1_date="},
     ALL_BUT_SOURCES ",\"sources\":[\"bare\"]}",
     NULL},
    {BASE, {"source_1_remove=1", "source_2_url="}, ALL_BUT_SOURCES "}", NULL},
    {BASE,
     {"source_2_url=other"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},\"other\"]}",
     NULL},
    {BASE,
     {"source_2_title=B"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},{\"url\":"
                     "\"bare\",\"title\":\"B\"}]}",
     NULL},
    {BASE,
     {"source_3_url=n", "source_3_title=N"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},\"bare\",{"
                     "\"title\":\"N\",\"url\":\"n\"}]}",
     NULL},
    /* a source that names its publisher has its outlet there, and a new one does as the first does */
    {"{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\"}]}",
     {"source_1_outlet=Q"},
     "{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"Q\"}]}",
     NULL},
    {"{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\",\"outlet\":\"O\"}]}",
     {"source_1_outlet=Q"},
     "{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\",\"outlet\":\"Q\"}]}",
     NULL},
    {"{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\"}]}",
     {"source_1_outlet="},
     "{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\"}]}",
     NULL},
    {"{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\"}]}",
     {"source_2_title=T", "source_2_outlet=Q"},
     "{\"title\":\"E\",\"date\":\"d\",\"sources\":[{\"title\":\"S\",\"publisher\":\"P\"},{\"title\":\"T\","
     "\"publisher\":\"Q\"}]}",
     NULL},
    /* a row that says it was what it never was is a new one */
    {BASE,
     {"source_1_was=99", "source_2_was=x"},
     ALL_BUT_SOURCES ",\"sources\":[{\"title\":\"S\",\"url\":\"u\",\"date\":\"1869\"},{\"url\":\"bare\"}]}",
     NULL},
    {BASE,
     {"source_2_was=[{\"url\":\"bare\",\"tier\":2}]", "source_2_title=B"},
     ALL_BUT_SOURCES ",\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},{\"url\":"
                     "\"bare\",\"tier\":2,\"title\":\"B\"}]}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"sources\":[7,{\"title\":\"S\"}]}",
     {"source_1_remove=1"},
     "{\"title\":\"T\",\"date\":\"d\",\"sources\":[{\"title\":\"S\"}]}",
     NULL},
    {"{\"title\":\"T\",\"date\":\"d\",\"sources\":[7,{\"title\":\"S\"}]}",
     {"source_2_title=Z"},
     "{\"title\":\"T\",\"date\":\"d\",\"sources\":[7,{\"title\":\"Z\"}]}",
     NULL},
    /* everything else */
    {BASE,
     {"more={\"x\": 2, \"y\": [1.50]}"},
     "{\"id\":\"a\",\"x\":2,\"date\":\"1869-11-17\",\"title\":\"T\",\"summary\":\"s\\n\",\"importance\":9,"
     "\"tags\":[\"a\",2025],\"sources\":[{\"tier\":1,\"title\":\"S\",\"url\":\"u\",\"date\":1869},\"bare\"],"
     "\"y\":[1.50]}",
     NULL},
    {"{\"x\":1,\"title\":\"T\",\"date\":\"d\"}", {"more= \n"}, "{\"title\":\"T\",\"date\":\"d\"}", NULL},
    {BASE, {"more={\"x\": 2,\n}"}, NULL, "more"},
    {BASE, {"more=[]"}, NULL, "more"},
    {BASE, {"more={\"title\": \"twice\"}"}, NULL, "more"},
    {BASE, {"more={\"id\": \"b\"}"}, NULL, "more"},
    {"{\"title\":\"T\",\"date\":\"d\",\"tags\":{\"a\":1}}",
     {"more={\"tags\": [\"a\"]}"},
     "{\"title\":\"T\",\"date\":\"d\",\"tags\":[\"a\"]}",
     NULL},
    /* new ones */
    {NULL,
     {"title=T", "date=2031-05-17", "tags=b\na", "summary=s", "source_1_url=u"},
     "{\"date\":\"2031-05-17\",\"title\":\"T\",\"tags\":[\"b\",\"a\"],\"summary\":\"s\",\"sources\":[{"
     "\"url\":\"u\"}]}",
     NULL},
    {NULL,
     {"id= my-id ", "title=T", "date=d", "importance=3", "more={\"z\":1}"},
     "{\"id\":\"my-id\",\"date\":\"d\",\"title\":\"T\",\"importance\":3,\"z\":1}",
     NULL},
    {NULL, {"title=T"}, NULL, "date"},
    {NULL, {"date=d"}, NULL, "title"},
};

static void test_edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        AUTO_STRUCT(arena) *a = arena_new();
        struct event_form_result result;
        struct json_object *base = edits[i].base ? parse(a, edits[i].base) : NULL;
        struct json_object *typed = sent(a, event_form_fill(a, base, base), edits[i].typing);
        size_t problems;

        event_form_apply(a, base, typed, &result);
        problems = json_object_array_length(result.problems);
        if (edits[i].fields) {
            if (problems)
                fail_msg("edit %zu: %s", i, jx_text(a, result.problems));
            if (!str_eq(jx_text(a, result.fields), jx_text(a, parse(a, edits[i].fields))))
                fail_msg("edit %zu:\n%s\nnot\n%s", i, jx_text(a, result.fields), edits[i].fields);
            continue;
        }
        if (!problems)
            fail_msg("edit %zu is taken: %s", i, jx_text(a, result.fields));
        assert_string_equal(jx_get_text(json_object_array_get_idx(result.problems, 0), "field"),
                            edits[i].problem);
    }
}

/* A form that is filled with another content than the one it is opened on, as after a merge, keeps all of it. */
static void test_filled_otherwise(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        for (size_t k = 0; k < sizeof events / sizeof *events; k++) {
            struct json_object *base, *other;
            struct event_form_result result;
            struct err ignored = {0};

            if (jx_parse(a, events[i], strlen(events[i]), &base, &ignored) != ERR_OK ||
                jx_parse(a, events[k], strlen(events[k]), &other, &ignored) != ERR_OK)
                continue;
            event_form_apply(a, base, sent(a, event_form_fill(a, other, base), NULL), &result);
            json_object_object_foreach(other, key, value)
            {
                static const char *const typed[] = {"date",   "title",   "importance", "status", "tags",
                                                    "actors", "summary", "body",       "id"};
                bool has_input = false;

                for (size_t n = 0; n < sizeof typed / sizeof *typed; n++)
                    has_input = has_input || str_eq(typed[n], key);
                if (!has_input && json_object_is_type(value, json_type_array) &&
                    !str_eq(jx_text(a, jx_get(result.fields, key)), jx_text(a, value)) &&
                    json_object_array_length(value))
                    fail_msg("%s of %s over %s: %s", key, events[k], events[i], jx_text(a, result.fields));
            }
        }
}

static void test_reading(void **state)
{
    static const struct {
        const char *body;
        enum err_code code;
    } rows[] = {{"title=a", ERR_OK},
                {"title=a&title=b", ERR_INVALID_INPUT},
                {"sources=0", ERR_OK},
                {"sources=x", ERR_INVALID_INPUT},
                {"sources=-1", ERR_INVALID_INPUT},
                {"sources=201", ERR_INVALID_INPUT},
                {"sources=200", ERR_OK},
                {"sources=", ERR_INVALID_INPUT},
                {"sources=1&source_1_url=a&source_1_url=b", ERR_INVALID_INPUT}};
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_object *typed;
        struct form form;

        assert_int_equal(form_parse(a, rows[i].body, strlen(rows[i].body), &form, NULL), ERR_OK);
        if (event_form_read(a, &form, &typed, NULL) != rows[i].code)
            fail_msg("%s", rows[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_untouched), cmocka_unit_test(test_edits),
                                       cmocka_unit_test(test_filled_otherwise),
                                       cmocka_unit_test(test_reading)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
