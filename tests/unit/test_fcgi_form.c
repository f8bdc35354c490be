// link: fcgi_lib
/* Forms, cookies and the other headers that decide something, as hostile browsers and programs send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/jx.h"
#include "core/util/str.h"
#include "fcgi/form.h"

static const struct {
    const char *body;
    enum err_code code;
    const char *fields; /* name=value joined with | */
} forms[] = {
    {"", ERR_OK, ""},
    {"a=1&b=2", ERR_OK, "a=1|b=2"},
    {"a=1&a=2", ERR_OK, "a=1|a=2"},
    {"a", ERR_OK, "a="},
    {"&&a=&", ERR_OK, "a="},
    {"=x", ERR_OK, "=x"},
    {"a=b=c", ERR_OK, "a=b=c"},
    {"title=M%C3%BCnchen+%26+co", ERR_OK, "title=M\xc3\xbcnchen & co"},
    {"t=one%0D%0Atwo%0Dthree%0Afour", ERR_OK, "t=one\ntwo\nthree\nfour"},
    {"a=%00", ERR_INVALID_INPUT, NULL},
    {"a=%", ERR_INVALID_INPUT, NULL},
    {"a=%f", ERR_INVALID_INPUT, NULL},
    {"a=%zz", ERR_INVALID_INPUT, NULL},
    {"a=%ff", ERR_INVALID_INPUT, NULL},
    {"a=\xff", ERR_INVALID_INPUT, NULL},
    {"%ed%a0%80=1", ERR_INVALID_INPUT, NULL},
};

static const char *joined(struct arena *a, const struct form *f)
{
    struct str s;

    str_init(&s, a, 1024);
    for (size_t i = 0; i < f->n; i++)
        str_addf(&s, "%s%s=%s", i ? "|" : "", f->fields[i].name, f->fields[i].value);
    return s.p;
}

static void test_forms(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct form f = {0};
        enum err_code code = form_parse(a, forms[i].body, strlen(forms[i].body), &f, NULL);

        if (code != forms[i].code)
            fail_msg("%s: %s instead of %s", forms[i].body, err_name(code), err_name(forms[i].code));
        if (code == ERR_OK)
            assert_string_equal(joined(a, &f), forms[i].fields);
    }
}

static void test_a_raw_nul_is_refused(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct form f;

    (void)state;
    assert_int_equal(form_parse(a, "a=1\0b", 5, &f, NULL), ERR_INVALID_INPUT);
}

static void test_limits(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    char *body = arena_alloc(a, (size_t)2 * FORM_FIELDS + 3);
    struct form f;

    (void)state;
    for (int i = 0; i <= FORM_FIELDS; i++)
        memcpy(body + 2 * i, "a&", 2);
    assert_int_equal(form_parse(a, body, (size_t)2 * FORM_FIELDS - 1, &f, NULL), ERR_OK);
    assert_int_equal(f.n, FORM_FIELDS);
    assert_int_equal(form_parse(a, body, (size_t)2 * FORM_FIELDS + 1, &f, NULL), ERR_TOO_LARGE);
}

static void test_fields(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *const *all;
    const char *text;
    struct form f;
    size_t n;

    (void)state;
    assert_int_equal(form_parse(a, "a=1&b=2&a=3", 11, &f, NULL), ERR_OK);
    assert_int_equal(form_text(&f, "b", &text, NULL), ERR_OK);
    assert_string_equal(text, "2");
    assert_int_equal(form_text(&f, "c", &text, NULL), ERR_OK);
    assert_string_equal(text, "");
    assert_int_equal(form_text(&f, "a", &text, NULL), ERR_INVALID_INPUT);
    assert_string_equal(form_first(&f, "a"), "1");
    assert_string_equal(form_first(&f, "c"), "");
    assert_true(form_has(&f, "b"));
    assert_false(form_has(&f, "c"));
    all = form_all(a, &f, "a", &n);
    assert_int_equal(n, 2);
    assert_string_equal(all[1], "3");
    assert_null(all[2]);
}

static void test_problems_are_shown_beside_their_fields(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct json_object *model = jx_own(a, json_object_new_object());
    struct json_object *fields = jx_own(a, json_object_new_object());
    struct json_object *problems = NULL;

    (void)state;
    jx_set(fields, "title", json_object_new_object());
    form_set_problems(model, fields, NULL);
    assert_true(json_object_object_get_ex(model, "errors", NULL));
    assert_null(jx_get(model, "errors"));
    assert_true(json_object_object_get_ex(jx_get(fields, "title"), "error", NULL));
    assert_int_equal(
        jx_parse(a, "[{\"field\":\"title\",\"error\":\"Too long.\"},{\"field\":\"x\",\"error\":\"No.\"}]", 67,
                 &problems, NULL),
        ERR_OK);
    form_set_problems(model, fields, problems);
    assert_string_equal(jx_get_text(jx_get(fields, "title"), "error"), "Too long.");
    assert_string_equal(jx_get_text(jx_get(fields, "x"), "error"), "No.");
    assert_string_equal(
        jx_get_text(json_object_array_get_idx(jx_get(jx_get(model, "errors"), "items"), 1), "href"), "#x");
}

static const struct {
    const char *header, *session, *flash;
} cookies[] = {
    {NULL, NULL, NULL},
    {"", NULL, NULL},
    {"__Host-tideline=abc", "abc", NULL},
    {"a=b; __Host-tideline=abc; c=d", "abc", NULL},
    {"__Host-tideline-flash=f; __Host-tideline=abc", "abc", "f"},
    {"x__Host-tideline=abc", NULL, NULL},
    {"__Host-tideline", NULL, NULL},
    {"__Host-tideline=", NULL, NULL},
    {";;; ;=;__Host-tideline=1;__Host-tideline=2", "1", NULL},
    {"__host-tideline=abc", NULL, NULL},
};

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static void test_cookies(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cookies / sizeof *cookies; i++) {
        const struct request_input in = {.method = "GET", .uri = "/", .cookie = cookies[i].header};
        struct request r;

        assert_int_equal(request_parse(a, &in, &r, NULL), ERR_OK);
        /* An empty value is no value. */
        if (!same(r.session && r.session[0] ? r.session : NULL, cookies[i].session) ||
            !same(r.flash, cookies[i].flash))
            fail_msg("%s", cookies[i].header);
    }
}

static const struct {
    const char *header, *bearer;
} authorizations[] = {
    {NULL, NULL},
    {"Bearer abc", "abc"},
    {"bearer abc-._~+/=", "abc-._~+/="},
    {"Bearer   abc  ", "abc"},
    {"Bearer", NULL},
    {"Bearer ", NULL},
    {"Bearer a b", NULL},
    {"Bearer a,b", NULL},
    {"Bearer a\xff", NULL},
    {"Basic YTpi", NULL},
    {"BearerX abc", NULL},
};

static void test_bearers(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof authorizations / sizeof *authorizations; i++) {
        const struct request_input in = {
            .method = "GET", .uri = "/", .authorization = authorizations[i].header};
        struct request r;

        assert_int_equal(request_parse(a, &in, &r, NULL), ERR_OK);
        if (!same(r.bearer, authorizations[i].bearer))
            fail_msg("%s", authorizations[i].header);
    }
}

static void test_conditions_and_types(void **state)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct request_input in = {.method = "PUT",
                               .uri = "/",
                               .if_match = "\"1\", W/\"2\",\"3\"",
                               .content_type = "Application/JSON ; charset=utf-8",
                               .idempotency_key = "k-1"};
    struct request r;

    (void)state;
    assert_int_equal(request_parse(a, &in, &r, NULL), ERR_OK);
    assert_true(request_matches(&r, "\"1\""));
    assert_true(request_matches(&r, "\"2\"")); /* weakened by compression on the way out */
    assert_true(request_matches(&r, "\"3\""));
    assert_true(request_has_type(&r, "application/json"));
    assert_false(request_has_type(&r, "application/jso"));
    assert_string_equal(r.idempotency_key, "k-1");
    in.idempotency_key = "two words";
    in.content_type = "application/jsonp";
    in.if_match = "*";
    assert_int_equal(request_parse(a, &in, &r, NULL), ERR_OK);
    assert_null(r.idempotency_key);
    assert_false(request_has_type(&r, "application/json"));
    assert_true(request_matches(&r, "\"anything\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_a_raw_nul_is_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_problems_are_shown_beside_their_fields),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_bearers),
        cmocka_unit_test(test_conditions_and_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
