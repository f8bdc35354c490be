// link: core_service core_git core_store core_config core_event core_util
/* Settings of the operator and of the web, and what following another repository stores. */
#include "tests/unit/git_fixture.h"

#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/util/clock.h"

static const char repo_key[] = "TIMELINE_REPO_URL", branch_key[] = "TIMELINE_BRANCH";

/* A tenant whose repository is `remote` of the fixture; git_fixture's handle is not used. */
struct desk {
    struct fixture *f;
    const struct tenant *tenant;
    struct service *s;
};

static void open_as(struct desk *d, enum service_mode mode)
{
    if (d->s)
        service_close(d->s);
    d->s = NULL;
    assert_int_equal(service_open(d->f->arena, d->tenant, mode, "operator", &d->s, &d->f->err), ERR_OK);
}

static void load(struct desk *d, const char *const *more)
{
    struct arena *a = d->f->arena;
    const char **environment = arena_array(a, 8, sizeof *environment);
    struct tenant_registry registry;
    const char *tenants = file_join(a, d->f->folder, "tenants");
    const struct config_places places = {
        .tenants_folder = tenants, .environment = environment, .service = true};
    size_t n = 0;

    sh(d->f,
       arena_printf(
           a, "mkdir -p tenants; printf 'TIMELINE_REPO_URL=%s/remote\\nGITHUB_TOKEN=t\\n' > tenants/us.env",
           d->f->folder));
    environment[n++] = arena_printf(a, "TIDELINE_STATE=%s/state", d->f->folder);
    for (; more && *more; more++)
        environment[n++] = *more;
    assert_int_equal(config_load(a, &places, true, &registry, &d->f->err), ERR_OK);
    assert_int_equal(config_choose(&registry, NULL, &d->tenant, &d->f->err), ERR_OK);
}

static int set_up(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    void *fixture = NULL;

    assert_int_equal(fixture_setup(&fixture), 0);
    d->f = fixture;
    load(d, (const char *const[]){"TIDELINE_ALLOWED_HOSTS=git.example.org", NULL});
    open_as(d, SERVICE_CLI);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *d = *state;
    void *fixture = d->f;

    service_close(d->s);
    assert_int_equal(fixture_teardown(&fixture), 0);
    free(d);
    return 0;
}

static const char *stored(struct desk *d, const char *key)
{
    const char *value = NULL;

    assert_int_equal(store_setting_get(d->s->store, d->f->arena, key, &value, &d->f->err), ERR_OK);
    return value;
}

static void store_from_web(struct desk *d, const char *key, const char *value)
{
    assert_int_equal(store_begin(d->s->store, 1000, &d->f->err), ERR_OK);
    assert_int_equal(service_setting_store(d->s, key, value, true, &d->f->err), ERR_OK);
    assert_int_equal(store_commit(d->s->store, &d->f->err), ERR_OK);
    assert_int_equal(service_reload(d->s, &d->f->err), ERR_OK);
}

static void a_mark_counts_for_its_own_value_only(void **state)
{
    static const struct store_setting settings[] = {{"TIMELINE_BRANCH", "main"},
                                                    {"TIMELINE_REPO_URL", "https://b.example/x"},
                                                    {"web:TIMELINE_BRANCH", "main"},
                                                    {"web:TIMELINE_REPO_URL", "https://a.example/x"},
                                                    {"web:TIMELINE_PUSH_URL", "https://c"},
                                                    {"PR_BRANCH_PREFIX", "web:"}};
    enum { N = sizeof settings / sizeof *settings };

    (void)state;
    assert_true(service_setting_from_web(settings, N, &settings[0]));
    assert_false(service_setting_from_web(settings, N, &settings[1]));
    assert_false(service_setting_from_web(settings, N, &settings[5]));
    assert_false(service_setting_from_web(settings, 2, &settings[0]));
}

static void what_the_operator_stores_is_the_operators_again(void **state)
{
    static const char url[] = "https://git.example.org/a/b.git";
    struct desk *d = *state;

    assert_true(service_tenant(d->s)->repo_from_operator);
    store_from_web(d, repo_key, url);
    assert_string_equal(service_tenant(d->s)->repo_url, url);
    assert_false(service_tenant(d->s)->repo_from_operator);
    assert_string_equal(stored(d, "current_url"), url);
    open_as(d, SERVICE_CLI);
    assert_false(service_tenant(d->s)->repo_from_operator);
    assert_int_equal(service_config_set(d->s, repo_key, url, &d->f->err), ERR_OK);
    assert_true(service_tenant(d->s)->repo_from_operator);
    assert_null(stored(d, "web:TIMELINE_REPO_URL"));
    store_from_web(d, repo_key, url);
    assert_int_equal(service_config_set(d->s, repo_key, NULL, &d->f->err), ERR_OK);
    assert_string_equal(service_tenant(d->s)->repo_url, d->tenant->repo_url);
    assert_null(stored(d, "web:TIMELINE_REPO_URL"));
    assert_string_equal(stored(d, "current_url"), d->tenant->repo_url);
}

static void a_path_is_never_taken_from_the_web(void **state)
{
    struct desk *d = *state;

    assert_int_equal(store_begin(d->s->store, 1000, &d->f->err), ERR_OK);
    assert_int_equal(service_setting_store(d->s, repo_key, "/etc", true, &d->f->err), ERR_OK);
    assert_int_equal(store_commit(d->s->store, &d->f->err), ERR_OK);
    assert_int_equal(service_reload(d->s, &d->f->err), ERR_FORBIDDEN);
}

static void web_workers_do_not_speak_for_the_operator(void **state)
{
    struct desk *d = *state;
    struct json_object *view;
    const struct service_switch_args args = {.branch = "spare"};

    open_as(d, SERVICE_WEB);
    assert_int_equal(service_config_set(d->s, branch_key, "spare", &d->f->err), ERR_INTERNAL);
    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_UNAUTHENTICATED);
    assert_int_equal(service_config_page(d->s, &view, &d->f->err), ERR_UNAUTHENTICATED);
    assert_null(stored(d, branch_key));
}

static const char *version(struct desk *d)
{
    struct json_object *view;

    assert_int_equal(service_config_page(d->s, &view, &d->f->err), ERR_OK);
    return arena_strdup(d->f->arena, jx_get_text(view, "version"));
}

static void a_request_is_checked_before_it_is_queued(void **state)
{
    struct desk *d = *state;
    const char *before = version(d);
    struct service_switch_args args = {.version = before};
    struct json_object *view;

    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_NOTHING_TO_DO);
    args.branch = "spare";
    assert_int_equal(service_config_set(d->s, "INSTANCE_NAME", "Another", &d->f->err), ERR_OK);
    assert_string_not_equal(version(d), before);
    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_STALE);
    args.version = version(d);
    args.repo_url = "https://evil.example/x";
    args.branch = "..";
    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_INVALID_FIELDS);
    assert_int_equal(json_object_array_length(service_problems(d->s)), 2);
    args.repo_url = " https://git.example.org/a/b.git\n";
    args.branch = NULL;
    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_OK);
    assert_string_equal(jx_get_text(jx_get(jx_get(view, "job"), "request"), "repo_url"),
                        "https://git.example.org/a/b.git");
    assert_string_equal(jx_get_text(jx_get(jx_get(view, "job"), "request"), "branch"), "main");
    assert_string_equal(service_tenant(d->s)->repo_url, d->tenant->repo_url);
}

static void what_the_environment_sets_cannot_be_stored(void **state)
{
    struct desk *d = *state;
    struct arena *a = d->f->arena;
    const char *environment[] = {arena_printf(a, "TIMELINE_REPO_URL=%s/remote", d->f->folder),
                                 "TIMELINE_BRANCH=main", "TIDELINE_ALLOWED_HOSTS=git.example.org",
                                 arena_printf(a, "TIDELINE_STATE=%s/state", d->f->folder), NULL};
    const struct config_places places = {.environment = environment};
    const struct service_switch_args args = {.repo_url = "https://git.example.org/a/b.git",
                                             .branch = "spare"};
    struct tenant_registry registry;
    struct json_object *view;

    assert_int_equal(config_load(a, &places, true, &registry, &d->f->err), ERR_OK);
    assert_int_equal(config_choose(&registry, NULL, &d->tenant, &d->f->err), ERR_OK);
    open_as(d, SERVICE_CLI);
    assert_int_equal(service_switch_request(d->s, &args, &view, &d->f->err), ERR_INVALID_FIELDS);
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(jx_get_text(json_object_array_get_idx(service_problems(d->s), i), "error"),
                               "environment"));
}

static void nothing_is_stored_before_the_remote_has_answered(void **state)
{
    struct desk *d = *state;
    struct json_object *view = NULL;

    open_as(d, SERVICE_JOB);
    assert_int_equal(service_switch(d->s, &(struct service_switch_args){.branch = "absent"}, &view, &d->f->err), ERR_BRANCH_NOT_FOUND);
    assert_non_null(strstr(d->f->err.message, "it has main"));
    assert_int_equal(service_switch(d->s, &(struct service_switch_args){.repo_url = "/etc"}, &view, &d->f->err), ERR_INVALID_FIELDS);
    assert_null(stored(d, branch_key));
    assert_null(stored(d, "current_url"));
    assert_string_equal(service_tenant(d->s)->branch, "main");
}

static void what_has_answered_is_followed_and_pulled(void **state)
{
    struct desk *d = *state;
    struct store_job *jobs;
    struct json_object *view;
    size_t n;

    sh(d->f, "git -C remote branch spare main; git clone -q --bare remote other");
    open_as(d, SERVICE_JOB);
    assert_int_equal(service_switch(d->s, &(struct service_switch_args){.branch = "spare"}, &view, &d->f->err), ERR_OK);
    assert_string_equal(jx_get_text(view, "head_commit"), rev(d->f, "spare").hex);
    assert_string_equal(service_tenant(d->s)->branch, "spare");
    assert_string_equal(stored(d, "web:TIMELINE_BRANCH"), "spare");
    assert_null(stored(d, repo_key));
    assert_true(service_tenant(d->s)->repo_from_operator);
    assert_int_equal(store_job_list(d->s->store, d->f->arena, true, &(struct store_slice){.limit = 9}, &jobs,
                                    &n, &d->f->err),
                     ERR_OK);
    assert_int_equal(n, 1);
    assert_string_equal(jobs[0].kind, "pull");
    /* The operator's own repository may always be followed again, wherever it is. */
    assert_int_equal(
        service_config_set(d->s, repo_key, arena_printf(d->f->arena, "%s/other", d->f->folder), &d->f->err),
        ERR_OK);
    assert_int_equal(service_switch(d->s, &(struct service_switch_args){d->tenant->repo_url, "main", NULL, NULL, NULL}, &view, &d->f->err), ERR_OK);
    assert_null(stored(d, repo_key));
    assert_null(stored(d, branch_key));
    assert_string_equal(stored(d, "current_url"), d->tenant->repo_url);
}

static void weeks_have_no_gaps(void **state)
{
    struct desk *d = *state;
    struct json_object *view, *weeks;
    int64_t before = 0;

    assert_int_equal(service_weeks(d->s, &view, &d->f->err), ERR_OK);
    weeks = jx_get(view, "weeks");
    assert_int_equal(json_object_array_length(weeks), SERVICE_WEEKS);
    for (size_t i = 0; i < SERVICE_WEEKS; i++) {
        int64_t us = 0;
        const char *monday = jx_get_text(json_object_array_get_idx(weeks, i), "monday");

        assert_true(clock_parse(arena_printf(d->f->arena, "%sT00:00:00Z", monday), &us));
        if (i)
            assert_int_equal(us - before, INT64_C(7) * 86400 * 1000000);
        before = us;
    }
    assert_in_range(clock_now_us() - before, 0, INT64_C(7) * 86400 * 1000000);
    assert_int_equal((before / 1000000 / 86400 + 3) % 7, 0); /* 1970-01-01 was a Thursday */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mark_counts_for_its_own_value_only),
        TEST(what_the_operator_stores_is_the_operators_again),
        TEST(a_path_is_never_taken_from_the_web),
        TEST(web_workers_do_not_speak_for_the_operator),
        TEST(a_request_is_checked_before_it_is_queued),
        TEST(what_the_environment_sets_cannot_be_stored),
        TEST(nothing_is_stored_before_the_remote_has_answered),
        TEST(what_has_answered_is_followed_and_pulled),
        TEST(weeks_have_no_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
