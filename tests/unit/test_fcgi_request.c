// link: fcgi_lib
/* Requests as they come from the network: what is taken, what is refused, and where they lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/str.h"
#include "fcgi/request.h"
#include "fcgi/route.h"

static enum err_code parse(struct arena *a, const char *method, const char *uri, struct request *out)
{
    const struct request_input in = {.method = method, .uri = uri, .tenant = "us"};

    return request_parse(a, &in, out, NULL);
}

static const struct {
    const char *uri;
    enum err_code code;
    const char *segments; /* joined with | */
    const char *params;   /* name=value joined with | */
} cases[] = {
    {"/", ERR_OK, "", ""},
    {"/events", ERR_OK, "events", ""},
    {"/events/2025-01-01--x", ERR_OK, "events|2025-01-01--x", ""},
    {"/events/a%2Fb", ERR_OK, "events|a/b", ""},
    {"/events/%C3%A9%20%27", ERR_OK, "events|\xc3\xa9 '", ""},
    {"/events/a+b", ERR_OK, "events|a+b", ""},
    {"/events/..", ERR_OK, "events|..", ""},
    {"/events?q=a+b%2Bc&state=draft", ERR_OK, "events", "q=a b+c|state=draft"},
    {"/events?", ERR_OK, "events", ""},
    {"/events?&q=&x", ERR_OK, "events", "q=|x="},
    {"/?a=b=c", ERR_OK, "", "a=b=c"},
    {"//evil.example", ERR_OK, "|evil.example", ""},
    {"/events/", ERR_NOT_FOUND, NULL, NULL},
    {"/a/b/c/d/e/f/g/h/i", ERR_NOT_FOUND, NULL, NULL},
    {"", ERR_INVALID_INPUT, NULL, NULL},
    {"events", ERR_INVALID_INPUT, NULL, NULL},
    {"http://us.localhost/", ERR_INVALID_INPUT, NULL, NULL},
    {"/%00", ERR_INVALID_INPUT, NULL, NULL},
    {"/a%0", ERR_INVALID_INPUT, NULL, NULL},
    {"/a%", ERR_INVALID_INPUT, NULL, NULL},
    {"/a%zz", ERR_INVALID_INPUT, NULL, NULL},
    {"/%ff", ERR_INVALID_INPUT, NULL, NULL},
    {"/%c0%af", ERR_INVALID_INPUT, NULL, NULL},
    {"/?q=%00", ERR_INVALID_INPUT, NULL, NULL},
    {"/?q=%ed%a0%80", ERR_INVALID_INPUT, NULL, NULL},
    {"/?q=1&q=2", ERR_INVALID_INPUT, NULL, NULL},
    {"/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", ERR_INVALID_INPUT, NULL, NULL},
};

static const char *joined_segments(struct arena *a, const struct request *r)
{
    struct str s;

    str_init(&s, a, 1024);
    for (size_t i = 0; i < r->n_segments; i++)
        str_addf(&s, "%s%s", i ? "|" : "", r->segments[i]);
    return s.p;
}

static const char *joined_params(struct arena *a, const struct request *r)
{
    struct str s;

    str_init(&s, a, 1024);
    for (size_t i = 0; i < r->n_params; i++)
        str_addf(&s, "%s%s=%s", i ? "|" : "", r->params[i].name, r->params[i].value);
    return s.p;
}

static void test_addresses(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct request r;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err_code code = parse(a, "GET", cases[i].uri, &r);

        if (code != cases[i].code)
            fail_msg("%s: %s instead of %s", cases[i].uri, err_name(code), err_name(cases[i].code));
        if (code != ERR_OK)
            continue;
        assert_string_equal(joined_segments(a, &r), cases[i].segments);
        assert_string_equal(joined_params(a, &r), cases[i].params);
    }
}

static void test_limits(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *uri = arena_alloc(a, REQUEST_URI_BYTES + 2);
    struct request r;

    (void)state;
    memset(uri, 'a', REQUEST_URI_BYTES + 1);
    uri[0] = '/';
    assert_int_equal(parse(a, "GET", uri, &r), ERR_TOO_LARGE);
    uri[REQUEST_URI_BYTES] = '\0';
    assert_int_equal(parse(a, "GET", uri, &r), ERR_OK);
    assert_int_equal(parse(a, NULL, NULL, &r), ERR_INVALID_INPUT);
    assert_int_equal(r.method, METHOD_OTHER);
}

static void test_methods(void **state)
{
    static const struct {
        const char *name;
        enum request_method method;
        bool head;
    } methods[] = {{"GET", METHOD_GET, false},       {"HEAD", METHOD_GET, true},
                   {"POST", METHOD_POST, false},     {"PUT", METHOD_PUT, false},
                   {"DELETE", METHOD_DELETE, false}, {"get", METHOD_OTHER, false},
                   {"OPTIONS", METHOD_OTHER, false}, {"", METHOD_OTHER, false}};
    AUTO_STRUCT(arena) *a = arena_new();
    struct request r;

    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        assert_int_equal(parse(a, methods[i].name, "/", &r), ERR_OK);
        assert_int_equal(r.method, methods[i].method);
        assert_int_equal(r.head, methods[i].head);
    }
}

static void test_numbers(void **state)
{
    static const struct {
        const char *uri;
        enum err_code code;
        long value;
    } numbers[] = {{"/", ERR_OK, 50},
                   {"/?limit=", ERR_OK, 50},
                   {"/?limit=7", ERR_OK, 7},
                   {"/?limit=100", ERR_OK, 100},
                   {"/?limit=101", ERR_INVALID_INPUT, 0},
                   {"/?limit=0", ERR_INVALID_INPUT, 0},
                   {"/?limit=-1", ERR_INVALID_INPUT, 0},
                   {"/?limit=+7", ERR_INVALID_INPUT, 0},
                   {"/?limit=7x", ERR_INVALID_INPUT, 0},
                   {"/?limit=x", ERR_INVALID_INPUT, 0},
                   {"/?limit=99999999999999999999", ERR_INVALID_INPUT, 0}};
    AUTO_STRUCT(arena) *a = arena_new();
    struct request r;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        long value = 50;

        assert_int_equal(parse(a, "GET", numbers[i].uri, &r), ERR_OK);
        assert_int_equal(request_number(&r, "limit", 100, &value, NULL), numbers[i].code);
        if (numbers[i].code == ERR_OK)
            assert_int_equal(value, numbers[i].value);
    }
}

static void test_etags(void **state)
{
    static const struct {
        const char *header;
        bool found;
    } etags[] = {{NULL, false},           {"", false},      {"\"a\"", true},
                 {"W/\"a\"", true},       {"*", true},      {"\"b\", \"a\"", true},
                 {"\"b\",W/\"a\"", true}, {"\"b\"", false}, {"a", false},
                 {"\"ab\"", false}};

    (void)state;
    for (size_t i = 0; i < sizeof etags / sizeof *etags; i++) {
        const struct request r = {.if_none_match = etags[i].header};

        assert_int_equal(request_has_etag(&r, "\"a\""), etags[i].found);
    }
}

static void test_encode_is_undone_by_parse(void **state)
{
    static const char text[] = "a/b?c=d&e%f+g \"h\" <i> \xc3\xa9 --_.~";
    AUTO_STRUCT(arena) *a = arena_new();
    struct request r;

    (void)state;
    assert_int_equal(
        parse(a, "GET", arena_printf(a, "/%s?q=%s", request_encode(a, text), request_encode(a, text)), &r),
        ERR_OK);
    assert_int_equal(r.n_segments, 1);
    assert_string_equal(r.segments[0], text);
    assert_string_equal(request_param(&r, "q"), text);
    assert_null(request_param(&r, "nothing"));
}

static void test_ordinals(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } table[] = {{"1", 1},
                 {"120", 120},
                 {"999999999999999999", 999999999999999999},
                 {"", 0},
                 {"0", 0},
                 {"01", 0},
                 {" 1", 0},
                 {"+1", 0},
                 {"-1", 0},
                 {"1e0", 0},
                 {"1000000000000000000", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(request_ordinal(table[i].text), table[i].number);
}

static void test_routes(void **state)
{
    static const struct {
        const char *method, *uri;
        const char *pattern; /* NULL: no route */
        const char *allow;   /* of a path that has other methods */
    } routes[] = {
        {"GET", "/", "/", NULL},
        {"HEAD", "/events", "/events", NULL},
        {"GET", "/events/x", "/events/*", NULL},
        {"GET", "/events//", NULL, NULL},
        {"GET", "/events/x/y", NULL, NULL},
        {"GET", "/Events", NULL, NULL},
        {"GET", "//", NULL, NULL},
        {"GET", "/%65vents", "/events", NULL},
        {"GET", "/pull-requests/7", "/pull-requests/*", NULL},
        {"GET", "/api/v1/events/x", "/api/v1/events/*", NULL},
        {"GET", "/api/v1", NULL, NULL},
        {"GET", "/static/style.css", "/static/*", NULL},
        {"GET", "/static/a/b", NULL, NULL},
        {"POST", "/", NULL, "GET, HEAD"},
        {"OPTIONS", "/api/v1/status", NULL, "GET, HEAD"},
    };
    AUTO_STRUCT(arena) *a = arena_new();
    struct request r;

    (void)state;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        struct route_match match = {0};

        if (parse(a, routes[i].method, routes[i].uri, &r) == ERR_OK)
            match = route_find(&r);
        if (!routes[i].pattern != !match.route)
            fail_msg("%s %s: route expected or not", routes[i].method, routes[i].uri);
        if (match.route)
            assert_string_equal(match.route->pattern, routes[i].pattern);
        else
            assert_string_equal(route_allow(a, match.methods), routes[i].allow ? routes[i].allow : "");
    }
    assert_int_equal(route_face_of("/api/v1/nothing"), FACE_JSON);
    assert_int_equal(route_face_of("/events/x"), FACE_HTML);
    assert_int_equal(route_face_of("/static/x"), FACE_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_methods),   cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_etags),     cmocka_unit_test(test_encode_is_undone_by_parse),
        cmocka_unit_test(test_routes),    cmocka_unit_test(test_ordinals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
