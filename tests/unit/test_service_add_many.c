// link: core_service core_auth core_store core_config core_event core_util
/* Many events at once: each on its own, in chunks that stay. */
#include "tests/unit/write_fixture.h"

#include "core/store/store_internal.h"

static enum err_code add(struct desk *d, const char *name, const char *json)
{
    const char *bytes = quoted(d, json);
    const struct service_source source = {name, bytes, strlen(bytes)};

    anew(d);
    return service_event_add_many(d->s, &source, 1, &d->view, &d->e);
}

static const struct json_object *row(struct desk *d, size_t i)
{
    return json_object_array_get_idx(jx_get(d->view, "events"), i);
}

/* "added unchanged refused", and of each event its result and code. */
static const char *summary(struct desk *d)
{
    struct str out;

    str_init(&out, d->f->a, 10000);
    str_addf(&out, "%lld %lld %lld:", (long long)jx_get_int(d->view, "added", -1),
             (long long)jx_get_int(d->view, "unchanged", -1), (long long)jx_get_int(d->view, "refused", -1));
    for (size_t i = 0; i < json_object_array_length(jx_get(d->view, "events")); i++)
        str_addf(&out, " %s%s%s", jx_get_text(row(d, i), "result"), jx_get_text(row(d, i), "code") ? "/" : "",
                 jx_get_text(row(d, i), "code") ? jx_get_text(row(d, i), "code") : "");
    return out.p;
}

static const char *many(struct desk *d, int from, int to)
{
    struct str out;

    str_init(&out, d->f->a, 1024 * 1024);
    for (int i = from; i < to; i++)
        str_addf(&out, "%c{'date':'19%02d-01-%02d','title':'Event %d'}", i == from ? '[' : ',', i / 28,
                 i % 28 + 1, i);
    str_addc(&out, ']');
    return out.p;
}

static void test_each_on_its_own(void **state)
{
    static const struct {
        const char *json, *summary;
    } rows[] = {
        {"[]", "0 0 0:"},
        {" [ {'date':'1901-01-01','title':'A'} ]", "1 0 0: added"},
        {"[{'date':'1901-01-01','title':'A'},{'title':'A','date':'1901-01-01'}]",
         "0 2 0: unchanged unchanged"},
        {"[{'id':'1901-01-01--a','date':'1901-01-01','title':'Other'}]", "0 0 1: refused/already_exists"},
        {"[null,7,[],{},{'date':'1901-01-02','title':'B'}]",
         "1 0 4: refused/invalid_event refused/invalid_event refused/invalid_event refused/invalid_fields "
         "added"},
        {"{'date':'1901-01-03','title':'C'}", "1 0 0: added"},
        {"---\ndate: 1901-01-04\ntitle: D\n---\n", "1 0 0: added"},
        {"[{'date':'1901-01-01'", "0 0 1: refused/invalid_event"},
        {"", "0 0 1: refused/invalid_event"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "0 0 1: refused/invalid_event"},
        {"[{'date':'1901-01-05','date':'x','title':'E'}]", "0 0 1: refused/invalid_event"},
    };
    struct desk *d = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_done(d, add(d, "x", rows[i].json));
        if (!str_eq(summary(d), rows[i].summary))
            fail_msg("%s: %s", rows[i].json, summary(d));
        assert_int_equal(jx_get_bool(d->view, "success", false), strstr(rows[i].summary, " 0:") != NULL);
        assert_int_equal(json_object_array_length(service_problems(d->s)), 0);
    }
}

static void test_names_and_places_are_told(void **state)
{
    struct desk *d = *state;

    assert_done(d, add(d, "in/1901-01-01--named.md", "---\ndate: 1901-01-01\ntitle: A\n---\n"));
    assert_string_equal(jx_get_text(row(d, 0), "name"), "in/1901-01-01--named.md");
    assert_string_equal(jx_get_text(row(d, 0), "id"), "1901-01-01--named");
    assert_null(jx_get(row(d, 0), "index"));
    assert_done(d, add(d, "x.json", "{'date':'1901-01-01',\n\n'title':}"));
    assert_int_equal(jx_get_int(row(d, 0), "line", 0), 3);
    assert_done(d, add(d, NULL, "[{'date':'1901-01-02','title':'A'},{'date':'1901'}]"));
    assert_null(jx_get_text(row(d, 0), "name"));
    assert_int_equal(jx_get_int(row(d, 1), "index", 0), 2);
    assert_null(jx_get(row(d, 1), "line"));
    assert_null(jx_get_text(row(d, 1), "id"));
}

static void test_duplicates_are_seen_among_them_too(void **state)
{
    struct desk *d = *state;

    assert_done(d, write_fields(d, NULL, 0,
                                "{'date':'1900-01-01','title':'Old','sources':['https://example.org/a']}"));
    assert_done(d, add(d, NULL,
                       "[{'date':'1901-01-01','title':'The harbour "
                       "opens'},{'date':'1901-01-01','title':'Harbour opens'},"
                       "{'date':'1901-01-01','title':'Strike','sources':['http://example.org/a/']},"
                       "{'id':'1900-01-01--old','date':'1900-01-01','title':'New'},"
                       "{'date':'1901-01-02','title':'Alone'}]"));
    static const char *const expected[] = {"1901-01-01--harbour-opens title",
                                           "1901-01-01--the-harbour-opens title", "1900-01-01--old source",
                                           "1900-01-01--old id", NULL};
    for (size_t i = 0; i < 5; i++) {
        struct json_object *list = jx_get(row(d, i), "duplicates");
        const struct json_object *first = json_object_array_get_idx(list, 0);

        assert_int_equal(json_object_array_length(list), expected[i] ? 1 : 0);
        if (expected[i])
            assert_string_equal(
                arena_printf(d->f->a, "%s %s", jx_get_text(first, "id"), jx_get_text(first, "why")),
                expected[i]);
    }
}

static void test_too_many_are_refused_whole(void **state)
{
    struct desk *d = *state;
    struct str out;

    str_init(&out, d->f->a, 1024 * 1024);
    str_add(&out, "[{'date':'1901-01-01','title':'A'}");
    for (int i = 0; i < SERVICE_ADD_MANY; i++)
        str_add(&out, ",7");
    str_addc(&out, ']');
    assert_int_equal(add(d, NULL, out.p), ERR_TOO_LARGE);
    assert_int_equal(show(d, "1901-01-01--a"), ERR_NOT_FOUND);
}

static void test_a_busy_database_is_a_failure(void **state)
{
    struct desk *d = *state;
    const struct service_caller editor = {.name = "ed", .role = SERVICE_EDITOR, .may_write = true};

    service_close(d->s);
    open_desk(d, SERVICE_WEB);
    d->s->caller = editor;
    assert_ok(d->f, store_begin(d->f->s, 1000, &d->f->e));
    assert_int_equal(add(d, NULL, "[{'date':'1901-01-01','title':'A'}]"), ERR_BUSY);
    assert_null(d->view);
    store_rollback(d->f->s);
    assert_done(d, add(d, NULL, "[{'date':'1901-01-01','title':'A'}]"));
}

struct stop {
    int asked, after;
};

static bool is_cancelled(void *context)
{
    struct stop *stop = context;

    return stop->asked++ >= stop->after;
}

static void test_what_was_written_before_a_stop_stays(void **state)
{
    struct desk *d = *state;
    struct stop stop = {.after = 2};
    const struct service_progress progress = {.cancelled = is_cancelled, .context = &stop};

    service_set_progress(d->s, &progress);
    assert_done(d, add(d, NULL, many(d, 0, 250)));
    assert_view(d, "added", "200");
    assert_view(d, "refused", "50");
    assert_string_equal(jx_get_text(row(d, 200), "code"), "cancelled");
    stop = (struct stop){.after = 1000};
    assert_done(d, add(d, NULL, many(d, 0, 250)));
    assert_view(d, "added", "50");
    assert_view(d, "unchanged", "200");
    stop = (struct stop){.after = 0};
    assert_int_equal(add(d, NULL, many(d, 250, 260)), ERR_CANCELLED);
}

/* A chunk that fails leaves nothing of itself, and what came before it is there. */
static void test_a_chunk_is_written_whole_or_not(void **state)
{
    struct desk *d = *state;
    int64_t n = 0;

    assert_ok(d->f, store_begin(d->s->store, 1000, &d->f->e));
    assert_ok(d->f,
              store_exec(d->s->store,
                         "CREATE TRIGGER stop BEFORE INSERT ON timeline_events WHEN new.title = 'Event 150' "
                         "BEGIN SELECT raise(FAIL, 'no room'); END",
                         &d->f->e));
    assert_ok(d->f, store_commit(d->s->store, &d->f->e));
    assert_done(d, add(d, NULL, many(d, 0, 250)));
    assert_view(d, "added", "100");
    assert_view(d, "refused", "150");
    assert_ok(d->f, store_number(d->s->store, "SELECT count(*) FROM timeline_events", &n, &d->f->e));
    assert_int_equal(n, 100);
    assert_ok(d->f, store_number(d->s->store, "SELECT count(*) FROM tl_event", &n, &d->f->e));
    assert_int_equal(n, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_on_its_own, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_names_and_places_are_told, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_duplicates_are_seen_among_them_too, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_too_many_are_refused_whole, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_a_busy_database_is_a_failure, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_what_was_written_before_a_stop_stays, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_a_chunk_is_written_whole_or_not, with_desk, desk_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
