// link: core_mustache
/* The official Mustache specification's required modules, read from TIDELINE_SHARED/mustache-spec or from the folder
 * `shared` beside the source. Where neither is there the test is skipped and says so; test_mustache.c always runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mustache/mustache.h"
#include "core/util/file.h"

static const char *const modules[] = {"comments", "delimiters", "interpolation",
                                      "inverted", "partials",   "sections"};

static char *spec_folder(struct arena *a)
{
    const char *shared = getenv("TIDELINE_SHARED");
    const char *source = getenv("TIDELINE_SOURCE");

    if (shared)
        return file_join(a, shared, "mustache-spec");
    return arena_printf(a, "%s/../shared/mustache-spec", source ? source : ".");
}

static void add_partials(struct mustache *m, struct json_object *partials)
{
    if (!partials)
        return;
    json_object_object_foreach(partials, name, text)
    {
        const char *p = json_object_get_string(text);

        assert_int_equal(mustache_add(m, name, p, strlen(p), NULL), ERR_OK);
    }
}

static bool run_case(struct arena *a, const char *module, struct json_object *test)
{
    AUTO_STRUCT(mustache) *m = mustache_new();
    const char *text = jx_get_text(test, "template");
    const char *expected = jx_get_text(test, "expected");
    struct str out;
    struct err e = {0};

    str_init(&out, a, 1 << 20);
    add_partials(m, jx_get(test, "partials"));
    if (mustache_add(m, "the test itself", text, strlen(text), &e) != ERR_OK ||
        mustache_render(m, "the test itself", jx_get(test, "data"), &out, &e) != ERR_OK) {
        print_error("%s: %s: %s\n", module, jx_get_text(test, "name"), e.message);
        return false;
    }
    if (strcmp(out.p, expected) != 0)
        print_error("%s: %s: expected \"%s\", got \"%s\"\n", module, jx_get_text(test, "name"), expected,
                    out.p);
    return strcmp(out.p, expected) == 0;
}

static size_t run_module(struct arena *a, const char *folder, const char *module, size_t *failed)
{
    struct json_object *root = NULL;
    struct json_object *tests;
    struct err e = {0};
    char *text;
    size_t n;

    assert_int_equal(file_read(a, arena_printf(a, "%s/%s.json", folder, module), 1 << 20, &text, &n, &e),
                     ERR_OK);
    if (jx_parse(a, text, n, &root, &e) != ERR_OK)
        fail_msg("%s: %s", module, e.message);
    tests = jx_get(root, "tests");
    for (size_t i = 0; i < json_object_array_length(tests); i++)
        *failed += !run_case(a, module, json_object_array_get_idx(tests, i));
    return json_object_array_length(tests);
}

static void passes_the_required_modules(void **state)
{
    struct arena *a = arena_new();
    char *folder = spec_folder(a);
    size_t ran = 0;
    size_t failed = 0;

    (void)state;
    if (!file_is_folder(folder)) {
        print_message("The Mustache specification is not at %s: set TIDELINE_SHARED to run this test.\n",
                      folder);
        arena_free(a); /* skip() jumps out of here */
        skip();
    }
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
        ran += run_module(a, folder, modules[i], &failed);
    print_message("%zu cases of the specification, %zu failed\n", ran, failed);
    assert_int_equal(failed, 0);
    assert_true(ran > 100);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(passes_the_required_modules)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
