// link: core_event core_util
/* Titles that are near each other, addresses that are the same, and fields that make no event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"

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

static struct json_object *parse(struct arena *a, const char *quoted)
{
    char *text = arena_strdup(a, quoted);
    struct json_object *value = NULL;
    struct err e = {0};

    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    if (jx_parse(a, text, strlen(text), &value, &e) != ERR_OK)
        fail_msg("%s: %s", quoted, e.message);
    return value;
}

static void near_titles(void **state)
{
    static const struct {
        const char *left, *right;
        bool near;
    } rows[] = {
        {"The harbour opens", "The harbour opens", true},
        {"The harbour opens", "THE HARBOUR: opens!", true},
        {"Café in Malmö closes", "Cafe in Malmo closes", true},
        {"The Senate confirms the new judge", "Senate confirms new judge", true},
        {"Minister resigns over the affair", "Minister resigned over affair", true},
        {"Minister resigns", "Minister resigns after weeks of protests in the capital", false},
        {"Minister of trade resigns", "After weeks of protests the minister of trade resigns at last", true},
        {"Bank fails", "Bank is founded", false},
        {"The harbour opens", "A bridge collapses", false},
        {"Company fined 12 million for pollution", "Company fined 900 million for spying on its staff",
         false},
        {"Court blocks the order on tariffs", "Court upholds the verdict against the mayor", false},
        {"Президент подписал указ", "ПРЕЗИДЕНТ ПОДПИСАЛ УКАЗ", true},
        {"Президент подписал указ", "Парламент отклонил закон", false},
        {"首相が辞任を表明", "首相が辞任を表明した", true},
        {"首相が辞任を表明", "台風が九州に上陸", false},
        {"ΑΘΗΝΑ", "αθηνα", true},
        {"!!!", "!!!", true},
        {"!!!", "???", false},
        {"!!!", "The harbour opens", false},
        {"", "", true},
        {"1984", "1985", false},
        {"A", "a", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double there = -1;
        double back = -1;
        bool near = event_titles_near(*state, rows[i].left, rows[i].right, &there);

        if (near != rows[i].near)
            fail_msg("%s / %s: %.2f", rows[i].left, rows[i].right, there);
        assert_int_equal(event_titles_near(*state, rows[i].right, rows[i].left, &back), near);
        assert_true(there >= 0 && there <= 1 && there > back - 0.001 && there < back + 0.001);
    }
}

static void long_titles_cost_little(void **state)
{
    char *left = arena_alloc(*state, 4097);
    double nearness = 0;

    memset(left, 'a', 4096);
    for (size_t i = 1; i < 4096; i += 2)
        left[i] = ' ';
    assert_true(event_titles_near(*state, left, left, &nearness));
    assert_true(event_titles_near(*state, "\xff\xfe", "\xff\xfe", &nearness));
}

static void addresses(void **state)
{
    static const struct {
        const char *sources, *urls;
    } rows[] = {
        {"null", ""},
        {"[]", ""},
        {"'https://example.org/a'", "https://example.org/a "},
        {"{'url':'https://example.org/a'}", "https://example.org/a "},
        {"[{'url':'HTTP://Example.ORG/A/b/'},{'url':'https://example.org/A/b#part'}]",
         "https://example.org/A/b "},
        {"[{'url':'https://example.org:443/a'},'http://example.org:80/a/']", "https://example.org/a "},
        {"['https://example.org:8080/a']", "https://example.org:8080/a "},
        {"['https://example.org','https://example.org/','https://EXAMPLE.org./#x']", "https://example.org "},
        {"['https://example.org/a/?q=1#x','https://example.org/a?q=1']", "https://example.org/a?q=1 "},
        {"['https://example.org/a?q=1','https://example.org/a?q=2']",
         "https://example.org/a?q=1 https://example.org/a?q=2 "},
        {"['https://example.org/#!/a','https://example.org/#!/b']",
         "https://example.org#!/a https://example.org#!/b "},
        {"['https://ann:secret@example.org/a']", "https://example.org/a "},
        {"[' https://example.org/a\\n']", "https://example.org/a "},
        {"['ftp://example.org/a','example.org/a','mailto:a@b.c','https://','https:///x','','N/A']", ""},
        {"[{'title':'no address'},{'url':7},null,7,[['https://example.org/a']]]", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_object *fields = parse(*state, arena_printf(*state, "{'sources':%s}", rows[i].sources));
        size_t n = 0;
        const char **urls = event_source_urls(*state, fields, &n);
        struct str all;

        str_init(&all, *state, 10000);
        for (size_t k = 0; k < n; k++)
            str_addf(&all, "%s ", urls[k]);
        if (!str_eq(all.p, rows[i].urls))
            fail_msg("%s: %s", rows[i].sources, all.p);
    }
}

static void many_addresses_are_cut(void **state)
{
    struct json_object *fields = parse(*state, "{'sources':[]}");
    size_t n = 0;

    for (int i = 0; i < 1000; i++)
        jx_push_text(jx_get(fields, "sources"), arena_printf(*state, "https://example.org/%d", i));
    jx_push_text(jx_get(fields, "sources"), "https://example.org/0");
    (void)event_source_urls(*state, fields, &n);
    assert_int_equal(n, EVENT_SOURCE_URLS);
}

static void checked_fields(void **state)
{
    static const struct {
        const char *fields, *problems;
    } rows[] = {
        {"{'date':'1901-02-03','title':'x'}", ""},
        {"{'id':null,'date':'1901','title':'x','status':null}", ""},
        {"{'id':7,'date':1901,'title':true}", ""},
        {"{}", "date title "},
        {"{'date':null,'title':'\\t \\n'}", "date title "},
        {"{'id':{},'date':[],'title':{},'status':[]}", "id date title "},
        {"{'id':'a\\tb','date':'a\\nb','title':'a\\n\\tb'}", "id date "},
        {"{'date':'1','title':'a\\u202e'}", "title "},
        {"{'date':'1','title':'a\\u2066'}", "title "},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str all;

        str_init(&all, *state, 1000);
        for (struct event_problem *p = event_check(*state, parse(*state, rows[i].fields)); p; p = p->next) {
            str_addf(&all, "%s ", p->field);
            assert_true(p->text[0] >= 'A' && p->text[0] <= 'Z' && str_ends(p->text, "."));
        }
        if (!str_eq(all.p, rows[i].problems))
            fail_msg("%s: %s", rows[i].fields, all.p);
    }
}

/* What a file would be refused for is refused in fields, and the other way round. */
static void fields_are_held_to_what_files_are(void **state)
{
    static const char *const keys[] = {"id", "date", "title", "status"};
    static const size_t sizes[] = {1, 255, 256, 4096, 4097};

    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < 5; i++) {
            struct json_object *fields = parse(*state, "{'id':'x','date':'1901-02-03','title':'x'}");
            char *text = arena_alloc(*state, sizes[i] + 1);
            const char *file;
            struct event event;

            memset(text, 'x', sizes[i]);
            jx_set_text(fields, keys[k], text);
            file = jx_text(*state, fields);
            assert_int_equal(event_parse(*state, "x.json", file, strlen(file), &event, NULL) == ERR_OK,
                             event_check(*state, fields) == NULL);
        }
    }
}

static void given_events(void **state)
{
    static const struct {
        const char *file, *id, *bytes;
        enum err_code code;
        const char *is;
    } rows[] = {
        {NULL, NULL, "{\"date\":\"1901-02-03\",\"title\":\"A b\"}", ERR_OK, "1901-02-03--a-b"},
        {"1901-02-03--named.md", NULL, "---\ndate: 1901-02-03\ntitle: A b\n---\n", ERR_OK,
         "1901-02-03--named"},
        {"1901-02-03--named.md", NULL, "---\nid: 1901-02-03--in\ndate: 1901-02-03\ntitle: A\n---\n", ERR_OK,
         "1901-02-03--in"},
        {"draft.md", NULL, "---\ndate: 1901-02-03\ntitle: A b\n---\n", ERR_OK, "1901-02-03--a-b"},
        {"draft.yaml", NULL, "date: 1901-02-03\ntitle: A b\n", ERR_OK, "1901-02-03--a-b"},
        {"draft.md", NULL, "date: 1901-02-03\ntitle: A b\n", ERR_INVALID_EVENT, NULL},
        {"draft", NULL, "{\"date\":\"1901\",\"title\":\"A b\"}", ERR_INVALID_EVENT, NULL},
        {NULL, NULL, "{\"id\":\"Odd\",\"date\":\"1901-02-03\",\"title\":\"A b\"}", ERR_INVALID_EVENT, NULL},
        {NULL, "Odd", "{\"id\":\"Odd\",\"date\":\"1901\",\"title\":\"A b\"}", ERR_OK, "Odd"},
        {NULL, "Odd", "{\"date\":\"1901\",\"title\":\"A b\"}", ERR_OK, "Odd"},
        {NULL, "7", "{\"id\":7,\"date\":\"1901\",\"title\":\"A b\"}", ERR_OK, "7"},
        {NULL, "Odd", "{\"id\":\"odd\",\"date\":\"1901\",\"title\":\"A b\"}", ERR_INVALID_EVENT, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct event_given given = {rows[i].bytes, strlen(rows[i].bytes), rows[i].file, rows[i].id};
        struct event event;
        struct err e = {0};

        if (event_parse_given(*state, &given, &event, &e) != rows[i].code)
            fail_msg("%s: %s", rows[i].bytes, e.message);
        if (rows[i].is)
            assert_string_equal(event.id, rows[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(near_titles, setup, teardown),
        cmocka_unit_test_setup_teardown(long_titles_cost_little, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(many_addresses_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(checked_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(fields_are_held_to_what_files_are, setup, teardown),
        cmocka_unit_test_setup_teardown(given_events, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
