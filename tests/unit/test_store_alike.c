// link: core_store core_event core_util
/* Events of one day, events with one source, and the revisions of one event, part by part. */
#include "tests/unit/store_fixture.h"

#include "core/event/event.h"
#include "core/store/store_alike.h"
#include "core/store/store_internal.h"

static void put(struct fixture *f, const char *id, const char *date, const char *url)
{
    struct store_event_write w = {
        .id = id,
        .content = arena_printf(
            f->a, "{\"id\":\"%s\",\"date\":\"%s\",\"title\":\"T %s\",\"sources\":[{\"url\":\"%s\"}]}", id,
            date, id, url),
        .author = "ann",
        .reason = "test"};

    begin(f);
    assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    commit(f);
}

/* The ids that are found, in order, with a blank behind each. */
static const char *of_date(struct fixture *f, const char *date, size_t limit)
{
    struct store_alike *list;
    struct str out;
    size_t n;

    str_init(&out, f->a, 1000);
    assert_ok(f, store_alike_of_date(f->s, f->a, date, limit, &list, &n, &f->e));
    for (size_t i = 0; i < n; i++) {
        str_addf(&out, "%s ", list[i].id);
        assert_null(list[i].content);
        assert_string_equal(list[i].title, arena_printf(f->a, "T %s", list[i].id));
    }
    return out.p;
}

static const char *with_url(struct fixture *f, const char *url, size_t limit)
{
    struct json_object *fields = jx_own(f->a, json_object_new_object());
    struct store_urls urls;
    struct store_alike *list;
    struct str out;
    size_t n;

    jx_set_text(fields, "sources", url);
    urls.list = event_source_urls(f->a, fields, &urls.n);
    str_init(&out, f->a, 1000);
    assert_ok(f, store_alike_with_url(f->s, f->a, &urls, limit, &list, &n, &f->e));
    for (size_t i = 0; i < n; i++) {
        str_addf(&out, "%s ", list[i].id);
        assert_non_null(strstr(list[i].content, "sources"));
    }
    return out.p;
}

static void remove_event(struct fixture *f, const char *id)
{
    begin(f);
    assert_ok(f, store_event_delete(f->s, id, "ann", NULL, &f->e));
    commit(f);
}

static void test_same_day(void **state)
{
    struct fixture *f = *state;

    put(f, "a", "1901-02-03", "");
    put(f, "b", "1901-02-03", "");
    put(f, "c", "1901-02-04", "");
    put(f, "d", "1901-02", "");
    put(f, "e", "1901-02-03 or so", "");
    put(f, "f", "odd", "");
    assert_string_equal(of_date(f, "1901-02-03", 9), "b a ");
    assert_string_equal(of_date(f, "1901-02-03", 1), "b ");
    assert_string_equal(of_date(f, "1901-02", 9), "d ");
    assert_string_equal(of_date(f, "odd", 9), "f ");
    assert_string_equal(of_date(f, "1901", 9), "");
    assert_string_equal(of_date(f, "", 9), "");
    put(f, "a", "1901-02-04", "");
    remove_event(f, "b");
    assert_string_equal(of_date(f, "1901-02-03", 9), "");
}

static void test_same_source(void **state)
{
    struct fixture *f = *state;

    put(f, "a", "1901-02-03", "https://example.org/a");
    put(f, "b", "1902-02-03", "http://EXAMPLE.org/a/#x");
    put(f, "c", "1903-02-03", "https://example.org/b");
    assert_string_equal(with_url(f, "https://example.org/a", 9), "b a ");
    assert_string_equal(with_url(f, "https://example.org/a", 1), "b ");
    assert_string_equal(with_url(f, "https://example.org/A", 9), "");
    assert_string_equal(with_url(f, "no address", 9), "");
    put(f, "a", "1901-02-03", "https://example.org/b");
    assert_string_equal(with_url(f, "https://example.org/a", 9), "b ");
    assert_string_equal(with_url(f, "https://example.org/b", 9), "c a ");
    remove_event(f, "c");
    assert_string_equal(with_url(f, "https://example.org/b", 9), "a ");
}

/* Nobody finds an event by typing what stands for an address. */
static void test_addresses_are_not_words(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.query = "example"};
    struct store_event_page page;

    put(f, "a", "1901-02-03", "https://example.org/a");
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.n, 0);
}

/* A file of version 3 has no addresses in its index, which holds no text to make them of. */
static void test_index_of_before_is_made_anew(void **state)
{
    struct fixture *f = *state;

    put(f, "a", "1901-02-03", "https://example.org/a");
    begin(f);
    assert_ok(
        f,
        store_exec(f->s,
                   "DROP TABLE tl_search; CREATE VIRTUAL TABLE tl_search USING fts5 (title, summary, actors, "
                   "tags, sources, facets, content='', columnsize=0, "
                   "tokenize='unicode61 remove_diacritics 2'); UPDATE tl_schema SET version = 3",
                   &f->e));
    commit(f);
    assert_string_equal(with_url(f, "https://example.org/a", 9), "");
    store_close(f->s);
    f->s = NULL;
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_string_equal(with_url(f, "https://example.org/a", 9), "a ");
    put(f, "a", "1901-02-03", "https://example.org/b");
    assert_string_equal(with_url(f, "https://example.org/a", 9), "");
    assert_string_equal(with_url(f, "https://example.org/b", 9), "a ");
}

static void test_revisions_part_by_part(void **state)
{
    struct fixture *f = *state;
    struct store_slice slice = {.limit = 3};
    struct store_revision *list;
    int64_t expected = 7;
    size_t n;

    for (int i = 0; i < 7; i++)
        put(f, "a", "1901-02-03", arena_printf(f->a, "https://example.org/%d", i));
    do {
        assert_ok(f, store_event_revisions(f->s, f->a, "a", &slice, &list, &n, &f->e));
        for (size_t i = 0; i < n; i++, expected--) {
            assert_int_equal(list[i].revision, expected);
            assert_non_null(
                strstr(list[i].content, arena_printf(f->a, "org/%lld\"", (long long)expected - 1)));
        }
        slice.before = n ? list[n - 1].revision : 0;
    } while (n == slice.limit);
    assert_int_equal(expected, 0);
    slice = (struct store_slice){.limit = 9};
    remove_event(f, "a");
    assert_ok(f, store_event_revisions(f->s, f->a, "a", &slice, &list, &n, &f->e));
    assert_int_equal(n, 8);
    assert_string_equal(list[0].reason, "delete");
    assert_string_equal(list[0].content, list[1].content);
    assert_ok(f, store_event_revisions(f->s, f->a, "b", &slice, &list, &n, &f->e));
    assert_int_equal(n, 0);
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(test_same_day),
        OPEN(test_same_source),
        OPEN(test_addresses_are_not_words),
        OPEN(test_index_of_before_is_made_anew),
        OPEN(test_revisions_part_by_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
