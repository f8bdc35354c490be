// link: core_service core_auth core_store core_config core_event core_util
/* Verdicts and reservations as use cases: who may, what is refused, and what comes next. */
#include "tests/unit/auth_fixture.h"

#include <math.h>

#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_review.h"

static const char id_a[] = "2025-03-04--a", id_b[] = "2025-03-04--b", id_c[] = "2025-03-04--c";

/* A tenant with two editors and a viewer, as a web worker has it open. */
struct desk {
    struct fixture *f;
    struct service *s;
};

static void open_service(struct desk *d)
{
    struct config_places places = {.tenants_folder = NULL, .service = false};
    const char *environment[] = {"TIMELINE_REPO_URL=/nowhere.git",
                                 arena_printf(d->f->a, "DB_PATH=%s", d->f->path),
                                 arena_printf(d->f->a, "TIDELINE_STATE=%s", d->f->folder), NULL};
    struct tenant_registry registry;
    const struct tenant *tenant = NULL;

    places.environment = environment;
    assert_ok(d->f, config_load(d->f->a, &places, false, &registry, &d->f->e));
    assert_ok(d->f, config_choose(&registry, NULL, &tenant, &d->f->e));
    assert_ok(d->f, service_open(d->f->a, tenant, SERVICE_WEB, "operator", &d->s, &d->f->e));
}

/* A new request of this account; NULL: of nobody. */
static void enter(struct desk *d, const char *name)
{
    service_set_arena(d->s, d->f->a);
    d->s->problems = NULL;
    if (name)
        assert_ok(d->f, service_enter_session(d->s, session_of(d->f, name), &d->f->e));
}

static int set_up(void **state)
{
    static const char *const ids[] = {id_a, id_b, id_c};
    struct desk *d = calloc(1, sizeof *d);
    void *fixture = NULL;

    with_ada(&fixture);
    d->f = fixture;
    add_account(d->f, "ed", AUTH_EDITOR);
    add_account(d->f, "bob", AUTH_EDITOR);
    add_account(d->f, "vic", AUTH_VIEWER);
    open_service(d);
    for (size_t i = 0; i < 3; i++)
        put_event(d->f, ids[i], "First", "ann", NULL);
    enter(d, "ed");
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *d = *state;
    void *fixture = d->f;

    service_close(d->s);
    fixture_close(&fixture);
    free(d);
    return 0;
}

static enum err_code judge(struct desk *d, const char *id, const struct service_verdict *verdict,
                           struct json_object **view)
{
    d->s->problems = NULL;
    return service_event_validate(d->s, id, verdict, view, &d->f->e);
}

static void verdicts_need_an_editor(void **state)
{
    static const struct {
        const char *who;
        enum err_code code;
    } table[] = {{NULL, ERR_UNAUTHENTICATED}, {"vic", ERR_FORBIDDEN}, {"ed", ERR_OK}};
    const struct service_verdict good = {.status = "validated", .score = -1};
    const char *const ids[] = {id_b, NULL};
    const struct service_verdicts many = {.ids = ids, .verdict = &good};
    struct desk *d = *state;
    struct json_object *view;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enter(d, table[i].who);
        assert_int_equal(service_review_reserve(d->s, id_a, false, &view, &d->f->e), table[i].code);
        assert_int_equal(service_review_release(d->s, id_a, &view, &d->f->e), table[i].code);
        assert_int_equal(judge(d, id_a, &good, &view), table[i].code);
        assert_int_equal(service_review_check(d->s, &many, &d->f->e), table[i].code);
        assert_int_equal(service_review_many(d->s, &many, &view, &d->f->e), table[i].code);
    }
    enter(d, "vic");
    assert_ok(d->f, service_review_queue(d->s, &(struct service_queue_filter){0}, &view, &d->f->e));
    assert_int_equal(jx_get_int(view, "total", -1), 1);
}

static void what_cannot_be_meant_is_named(void **state)
{
    char *long_notes;
    struct desk *d = *state;
    struct json_object *view = NULL;

    long_notes = arena_alloc(d->f->a, SERVICE_NOTES_BYTES + 2);
    memset(long_notes, 'x', SERVICE_NOTES_BYTES + 1);
    const struct {
        struct service_verdict verdict;
        const char *field;
    } table[] = {
        {{.status = NULL, .score = -1}, "status"},
        {{.status = "in_progress", .score = -1}, "status"},
        {{.status = "validated", .score = 10.5}, "score"},
        {{.status = "validated", .score = -0.5}, "score"},
        {{.status = "validated", .score = NAN}, "score"},
        {{.status = "validated", .score = -1, .notes = long_notes}, "notes"},
        {{.status = "rejected", .score = -1}, "notes"},
        {{.status = "rejected", .score = -1, .notes = " \n\t"}, "notes"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(judge(d, id_a, &table[i].verdict, &view), ERR_INVALID_FIELDS);
        assert_string_equal(jx_get_text(json_object_array_get_idx(service_problems(d->s), 0), "field"),
                            table[i].field);
    }
    assert_string_equal(get_event(d->f, id_a).state, "draft");
    assert_ok(d->f,
              judge(d, id_a,
                    &(struct service_verdict){.status = "rejected", .score = -1, .may_lack_reason = true},
                    &view));
    assert_string_equal(jx_get_text(json_object_array_get_idx(jx_get(view, "warnings"), 0), "rule"),
                        "no_reason");
}

static void a_verdict_is_about_what_was_looked_at(void **state)
{
    struct service_verdict verdict = {.status = "validated", .score = -1, .revision = 1};
    struct desk *d = *state;
    struct json_object *view;

    put_event(d->f, id_a, "Second", "ann", NULL);
    assert_int_equal(judge(d, id_a, &verdict, &view), ERR_STALE);
    assert_non_null(strstr(d->f->e.message, "at revision 2 by now, changed by ann"));
    assert_string_equal(get_event(d->f, id_a).state, "draft");
    verdict.revision = 2;
    assert_ok(d->f, judge(d, id_a, &verdict, &view));
    assert_true(get_event(d->f, id_a).quality_score == get_event(d->f, id_a).auto_score);
    verdict.revision = 0;
    assert_ok(d->f, judge(d, id_b, &verdict, &view));
}

static void the_next_one_is_behind_and_free(void **state)
{
    const struct service_verdict good = {.status = "validated", .score = 8};
    struct desk *d = *state;
    struct json_object *view;
    const char *next;

    enter(d, "bob");
    assert_ok(d->f, service_review_reserve(d->s, id_b, false, &view, &d->f->e));
    enter(d, "ed");
    assert_int_equal(service_review_reserve(d->s, id_b, false, &view, &d->f->e), ERR_EXISTS);
    assert_non_null(strstr(d->f->e.message, "reserved by bob until "));
    assert_ok(d->f, judge(d, id_a, &good, &view));
    assert_ok(d->f, service_review_next(d->s, id_a, &next, &d->f->e));
    assert_string_equal(next, id_c);
    assert_ok(d->f, service_review_next(d->s, id_c, &next, &d->f->e));
    assert_null(next);
    assert_ok(d->f, service_review_next(d->s, "none", &next, &d->f->e));
    assert_null(next);
    enter(d, "bob");
    assert_ok(d->f, service_review_next(d->s, id_a, &next, &d->f->e));
    assert_string_equal(next, id_b);
    assert_int_equal(service_review_reserve(d->s, id_a, false, &view, &d->f->e), ERR_NOTHING_TO_DO);
}

/* More than one transaction's worth, with refusals in each. */
static void many_are_judged_in_parts(void **state)
{
    enum { MANY = 1100 };
    const struct service_verdict good = {.status = "validated", .score = 7, .notes = "Read"};
    struct desk *d = *state;
    const char **ids = arena_array(d->f->a, MANY + 1, sizeof *ids);
    int64_t *revisions = arena_array(d->f->a, MANY, sizeof *revisions);
    struct json_object *view;
    struct json_object *events;

    for (int i = 0; i < MANY; i++) {
        ids[i] = i % 500 == 7 ? "none" : i % 500 == 8 ? id_c : i % 2 ? id_a : id_b;
        revisions[i] = i % 500 == 8 ? 9 : i % 3;
        if (revisions[i] == 2)
            revisions[i] = 1;
    }
    assert_ok(d->f,
              service_review_many(d->s, &(struct service_verdicts){ids, revisions, &good}, &view, &d->f->e));
    events = jx_get(view, "events");
    assert_int_equal(json_object_array_length(events), MANY);
    assert_int_equal(jx_get_int(view, "validated", -1), MANY - 6);
    assert_int_equal(jx_get_int(view, "refused", -1), 6);
    assert_false(jx_get_bool(view, "success", true));
    for (size_t i = 0; i < MANY; i++) {
        const char *code = jx_get_text(json_object_array_get_idx(events, i), "code");

        assert_true(str_eq(code, i % 500 == 7 ? "not_found" : i % 500 == 8 ? "stale" : NULL));
    }
    assert_string_equal(get_event(d->f, id_a).state, "validated");
    assert_string_equal(get_event(d->f, id_c).state, "draft");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verdicts_need_an_editor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_meant_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_verdict_is_about_what_was_looked_at, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_one_is_behind_and_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_are_judged_in_parts, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
