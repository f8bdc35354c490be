// link: core_service core_auth core_store core_config core_event core_util
/* What can be chosen for a pull request, and what becomes of a choice: refused with its problems, queued once, found again. */
#include "tests/unit/auth_fixture.h"

#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/store/store_pull_request.h"

#define REPO "/nowhere.git"
#define ALPHA "2025-01-02--alpha"
#define BETA "2025-01-03--beta"

/* A tenant with an editor and a viewer, as a web worker has it open. */
struct desk {
    struct fixture *f;
    struct service *s;
    const char *session; /* of who asks; NULL: nobody */
};

static void open_service(struct desk *d)
{
    struct config_places places = {.tenants_folder = NULL, .service = false};
    const char *environment[] = {"TIMELINE_REPO_URL=" REPO, arena_printf(d->f->a, "DB_PATH=%s", d->f->path),
                                 arena_printf(d->f->a, "TIDELINE_STATE=%s", d->f->folder), NULL};
    struct tenant_registry registry;
    const struct tenant *tenant = NULL;

    places.environment = environment;
    assert_ok(d->f, config_load(d->f->a, &places, false, &registry, &d->f->e));
    assert_ok(d->f, config_choose(&registry, NULL, &tenant, &d->f->e));
    assert_ok(d->f, service_open(d->f->a, tenant, SERVICE_WEB, "operator", &d->s, &d->f->e));
}

static void enter(struct desk *d, const char *name)
{
    d->session = name ? session_of(d->f, name) : NULL;
    service_leave(d->s);
    if (name)
        assert_ok(d->f, service_enter_session(d->s, d->session, &d->f->e));
}

static int set_up(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    void *fixture = NULL;

    with_ada(&fixture);
    d->f = fixture;
    add_account(d->f, "ed", AUTH_EDITOR);
    add_account(d->f, "vic", AUTH_VIEWER);
    open_service(d);
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

static void write_event(struct desk *d, const char *id, const char *title)
{
    const struct store_event_write w = {
        .id = id,
        .author = "ed",
        .reason = "add",
        .content = arena_printf(d->f->a, "{\"id\":\"%s\",\"date\":\"%.10s\",\"title\":\"%s\",\"sources\":[]}",
                                id, id, title)};
    const struct store_verdict verdict = {"validated", 8, "", "ed"};

    assert_ok(d->f, store_event_put(d->f->s, &w, NULL, &d->f->e));
    assert_ok(d->f, store_event_validate(d->f->s, id, &verdict, &d->f->e));
}

static void add_event(struct desk *d, const char *id, const char *title)
{
    begin(d->f);
    write_event(d, id, title);
    commit(d->f);
}

/* Ask; the fixture's error is the answer's. New problems each time. */
static enum err_code ask(struct desk *d, const struct service_pr_choice *choice, struct json_object **view)
{
    service_set_arena(d->s, d->f->a);
    if (d->session)
        assert_ok(d->f, service_enter_session(d->s, d->session, &d->f->e));
    d->f->e = (struct err){0};
    *view = NULL;
    return service_pr_request(d->s, choice, view, &d->f->e);
}

static int64_t job_of(const struct json_object *view)
{
    return jx_get_int(jx_get(view, "job"), "id", 0);
}

static const char *problems(struct desk *d)
{
    return jx_text(d->f->a, service_problems(d->s));
}

static void offers_the_oldest(void **state)
{
    struct desk *d = *state;
    const char *const one[] = {"2001-01-07--e", "2001-01-99--none", NULL};
    struct json_object *view;
    struct json_object *events;

    begin(d->f);
    for (int i = SERVICE_PR_EVENTS + 2; i >= 0; i--)
        write_event(d, arena_printf(d->f->a, "20%02d-01-%02d--e", 1 + i / 28, 1 + i % 28), "Event");
    commit(d->f);
    assert_ok(d->f, service_pr_form(d->s, NULL, &view, &d->f->e));
    events = jx_get(view, "events");
    assert_int_equal(json_object_array_length(events), SERVICE_PR_EVENTS);
    assert_int_equal(jx_get_int(view, "total", 0), SERVICE_PR_EVENTS + 3);
    assert_string_equal(jx_get_text(json_object_array_get_idx(events, 0), "id"), "2001-01-01--e");
    assert_int_equal(jx_get_int(json_object_array_get_idx(events, 0), "revision", 0), 1);
    assert_string_equal(jx_get_text(view, "title"), "Add 500 researched events (2001-01-01 to 2018-01-24)");
    assert_null(jx_get(view, "running"));
    assert_ok(d->f, service_pr_form(d->s, one, &view, &d->f->e));
    assert_string_equal(jx_get_text(view, "title"), "Add 1 researched event (2001-01-07)");
    assert_int_equal(json_object_array_length(jx_get(view, "events")), SERVICE_PR_EVENTS);
}

static void names_what_is_wrong(void **state)
{
    struct desk *d = *state;
    static const char *const none[] = {NULL};
    static const char *const alpha[] = {ALPHA, NULL};
    static const char *const unknown[] = {"2025-01-09--nobody", NULL};
    static const char *const both[] = {ALPHA, "a\"b", NULL};
    static const char *const labels[] = {"fine", "two\nlines", NULL};
    static const int64_t stale[] = {2};
    static const int64_t good[] = {1, 1};
    const struct {
        struct service_pr_choice choice;
        const char *problems;
    } rows[] = {
        {{.ids = none}, "[{\"field\":\"events\",\"error\":\"Choose at least one event.\"}]"},
        {{.ids = unknown},
         "[{\"field\":\"events\",\"error\":\"“2025-01-09--nobody” is not there, or not any more. "
         "Leave it out.\"}]"},
        {{.ids = alpha, .revisions = stale},
         "[{\"field\":\"events\",\"error\":\"“Alpha” (2025-01-02) was changed after it was chosen. Look at "
         "it as it "
         "is now, and choose it again.\"}]"},
        {{.ids = both, .revisions = good, .title = " "},
         "[{\"field\":\"events\",\"error\":\"“a\\\"b” is not there, or not any more. Leave it out.\"},"
         "{\"field\":\"title\",\"error\":\"The title is empty. Leave it out to have one made.\"}]"},
        {{.ids = alpha, .labels = labels},
         "[{\"field\":\"labels\",\"error\":\"The label holds a control character.\"}]"},
        {{.description = "\x1b", .preview = true},
         "[{\"field\":\"description\",\"error\":\"The description holds a control character.\"}]"},
    };
    struct json_object *view;

    add_event(d, ALPHA, "Alpha");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ask(d, &rows[i].choice, &view), ERR_INVALID_FIELDS);
        assert_string_equal(problems(d), rows[i].problems);
    }
    assert_int_equal(number(d->f, "SELECT count(*) FROM tl_job"), 0);
}

static void names_only_so_many(void **state)
{
    struct desk *d = *state;
    const char **ids = arena_array(d->f->a, 1001, sizeof *ids);
    const struct service_pr_choice choice = {.ids = ids};
    struct json_object *view;

    for (int i = 0; i < 1000; i++)
        ids[i] = arena_printf(d->f->a, "none-%d", i);
    assert_int_equal(ask(d, &choice, &view), ERR_INVALID_FIELDS);
    assert_int_equal(json_object_array_length(service_problems(d->s)), 11);
    assert_non_null(strstr(problems(d), "990 more of the chosen events cannot go out now."));
}

static void needs_something_to_send_and_somebody_who_may(void **state)
{
    struct desk *d = *state;
    const struct service_pr_choice all = {.ids = NULL};
    struct json_object *view;

    assert_int_equal(ask(d, &all, &view), ERR_NOTHING_TO_DO);
    add_event(d, ALPHA, "Alpha");
    enter(d, "vic");
    assert_int_equal(ask(d, &all, &view), ERR_FORBIDDEN);
    assert_int_equal(service_pr_form(d->s, NULL, &view, &d->f->e), ERR_FORBIDDEN);
    assert_int_equal(service_pr_request_retry(d->s, 1, &view, &d->f->e), ERR_FORBIDDEN);
    enter(d, NULL);
    assert_int_equal(ask(d, &all, &view), ERR_UNAUTHENTICATED);
    assert_int_equal(number(d->f, "SELECT count(*) FROM tl_job"), 0);
    enter(d, "ed");
    assert_ok(d->f, ask(d, &all, &view));
    assert_false(jx_get_bool(view, "joined", true));
}

static void the_same_choice_is_the_same_job(void **state)
{
    struct desk *d = *state;
    static const char *const forward[] = {ALPHA, BETA, NULL};
    static const char *const backward[] = {BETA, ALPHA, BETA, NULL};
    static const char *const one[] = {ALPHA, NULL};
    static const int64_t revisions[] = {1, 1, 1};
    const struct service_pr_choice first = {.ids = forward, .revisions = revisions, .title = "T"};
    const struct service_pr_choice again = {
        .ids = backward, .revisions = revisions, .title = "T", .description = ""};
    const struct service_pr_choice other = {.ids = one, .title = "T"};
    const struct service_pr_choice look = {.ids = one, .title = "T", .preview = true};
    struct json_object *view;
    int64_t id;

    add_event(d, ALPHA, "Alpha");
    add_event(d, BETA, "Beta");
    assert_ok(d->f, ask(d, &first, &view));
    id = job_of(view);
    assert_string_equal(jx_text(d->f->a, jx_get(jx_get(view, "job"), "request")),
                        "{\"events\":[{\"id\":\"" ALPHA "\",\"revision\":1},{\"id\":\"" BETA
                        "\",\"revision\":1}],\"title\":\"T\",\"labels\":[],\"draft\":false}");
    assert_ok(d->f, ask(d, &again, &view));
    assert_int_equal(job_of(view), id);
    assert_true(jx_get_bool(view, "joined", false));
    assert_int_equal(ask(d, &other, &view), ERR_ALREADY_RUNNING);
    assert_ok(d->f, ask(d, &look, &view));
    assert_int_not_equal(job_of(view), id);
    assert_ok(d->f, service_pr_form(d->s, NULL, &view, &d->f->e));
    assert_int_equal(jx_get_int(jx_get(view, "running"), "id", 0), id);
}

/* Pressed twice, and between the presses the job has taken the events: the answer is that job all the same. */
static void a_second_press_finds_the_job_that_took_the_events(void **state)
{
    struct desk *d = *state;
    static const char *const ids[] = {ALPHA, NULL};
    const struct service_pr_choice choice = {.ids = ids, .idempotency_key = "key-1"};
    const struct service_pr_choice keyless = {.ids = ids};
    struct json_object *view;
    int64_t id;

    add_event(d, ALPHA, "Alpha");
    assert_ok(d->f, ask(d, &choice, &view));
    id = job_of(view);
    run_sql(
        d->f,
        "INSERT INTO tl_pull_request (id, state, step, repo_url, base_branch, branch, title, description, "
        "message, draft, labels, parent_commit, commit_id, author_name, author_email, claimed_at, number, "
        "url, plain, error, opened_at, settled_at, merge_commit) VALUES (7, 'running', 'claimed', '" REPO
        "', 'main', 'b', 't', '', '', 0, '[]', '', '', '', '', 1, 0, '', 0, 'No.', 0, 0, '');"
        "INSERT INTO tl_pull_request_event (pull_request, event_id, revision, change, content_hash, date, "
        "title, files, active) VALUES (7, '" ALPHA "', 1, 'added', '', '2025-01-02', 'Alpha', '[]', 1)");
    assert_ok(d->f, ask(d, &keyless, &view));
    assert_int_equal(job_of(view), id);
    run_sql(d->f, "UPDATE tl_job SET state = 'failed', finished_at = 1");
    assert_int_equal(ask(d, &keyless, &view), ERR_INVALID_FIELDS);
    assert_non_null(strstr(problems(d), "is in a pull request that is being made already."));
    assert_ok(d->f, ask(d, &choice, &view));
    assert_int_equal(job_of(view), id);
    assert_true(jx_get_bool(view, "replayed", false));
    /* What it left is offered to be finished. */
    assert_ok(d->f, service_pr_form(d->s, NULL, &view, &d->f->e));
    assert_string_equal(jx_text(d->f->a, jx_get(view, "unfinished")),
                        "[{\"id\":7,\"title\":\"t\",\"error\":\"No.\",\"events_count\":1}]");
    assert_ok(d->f, service_pr_request_retry(d->s, 7, &view, &d->f->e));
    assert_string_equal(jx_get_text(jx_get(view, "job"), "kind"), "retry");
    assert_int_equal(service_pr_request_retry(d->s, 8, &view, &d->f->e), ERR_NOT_FOUND);
    run_sql(d->f, "UPDATE tl_pull_request SET state = 'open'");
    assert_int_equal(service_pr_request_retry(d->s, 7, &view, &d->f->e), ERR_NOTHING_TO_DO);
    run_sql(d->f, "UPDATE tl_pull_request SET state = 'failed', repo_url = '/elsewhere.git'");
    assert_int_equal(service_pr_request_retry(d->s, 7, &view, &d->f->e), ERR_REPOSITORY_SWITCHED);
}

static void asks_again_for_the_same(void **state)
{
    static const struct {
        const char *sql, *who;
        enum err_code code;
        bool same; /* the waiting one, not a new one */
    } rows[] = {
        {"UPDATE tl_job SET kind = 'pull', state = 'queued'", "ed", ERR_OK, true},
        {"UPDATE tl_job SET kind = 'pull', state = 'failed'", "ed", ERR_OK, false},
        {"UPDATE tl_job SET kind = 'pull', state = 'cancelled'", "ed", ERR_OK, false},
        {"UPDATE tl_job SET kind = 'pull', state = 'succeeded'", "ed", ERR_STALE, false},
        {"UPDATE tl_job SET kind = 'pull', state = 'failed'", "vic", ERR_FORBIDDEN, false},
        {"UPDATE tl_job SET kind = 'check', state = 'failed'", "vic", ERR_OK, false},
        {"UPDATE tl_job SET kind = 'switch', state = 'failed'", "ed", ERR_FORBIDDEN, false},
        {"UPDATE tl_job SET kind = 'switch', state = 'failed'", "ada", ERR_OK, false},
    };
    struct desk *d = *state;
    struct json_object *view;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct service_job_request pull = {.kind = "pull"};
        int64_t id;

        run_sql(d->f, "DELETE FROM tl_job");
        enter(d, "ed");
        assert_ok(d->f, service_job_request(d->s, &pull, &view, &d->f->e));
        id = job_of(view);
        run_sql(d->f, rows[i].sql);
        enter(d, rows[i].who);
        assert_int_equal(service_job_again(d->s, id, &view, &d->f->e), rows[i].code);
        if (rows[i].code == ERR_OK)
            assert_int_equal(job_of(view) == id, rows[i].same);
    }
    assert_int_equal(service_job_again(d->s, 9999, &view, &d->f->e), ERR_NOT_FOUND);
}

/* Looking at a job may be public; having the remote asked for it is not. */
static void nobody_asks_again(void **state)
{
    struct desk *d = *state;
    const struct service_job_request check = {.kind = "check"};
    struct json_object *view;
    int64_t id;

    assert_ok(d->f, service_job_request(d->s, &check, &view, &d->f->e));
    id = job_of(view);
    run_sql(d->f, "UPDATE tl_job SET state = 'failed'");
    enter(d, NULL);
    d->s->tenant.public_read = true;
    assert_int_equal(service_job_again(d->s, id, &view, &d->f->e), ERR_UNAUTHENTICATED);
}

/* A preview holds what nobody has sent yet, a switch where an admin wanted to go: for who may ask for such a job. */
static void shows_what_was_asked_to_who_may_ask(void **state)
{
    static const struct {
        const char *kind, *state, *who;
        bool shown;
    } rows[] = {{"preview", "succeeded", NULL, false}, {"preview", "succeeded", "vic", false},
                {"preview", "succeeded", "ed", true},  {"preview", "succeeded", "ada", true},
                {"switch", "failed", NULL, false},     {"switch", "failed", "ed", false},
                {"switch", "failed", "ada", true},     {"switch", "succeeded", NULL, true},
                {"pull", "failed", NULL, true}};
    struct desk *d = *state;
    const struct service_job_request pull = {.kind = "pull"};
    struct json_object *view, *job;
    int64_t id;

    assert_ok(d->f, service_job_request(d->s, &pull, &view, &d->f->e));
    id = job_of(view);
    run_sql(d->f, "UPDATE tl_job SET state = 'succeeded', args = '{\"a\": 1}', result = '{\"diff\": \"d\"}'");
    d->s->tenant.public_read = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_sql(d->f, arena_printf(d->f->a, "UPDATE tl_job SET kind = '%s', state = '%s'", rows[i].kind,
                                   rows[i].state));
        enter(d, rows[i].who);
        assert_ok(d->f, service_job_show(d->s, id, &view, &d->f->e));
        job = jx_get(view, "job");
        assert_int_equal(jx_get(jx_get(job, "request"), "a") != NULL, rows[i].shown);
        /* Of a job that did not succeed what it noted on the way is its own business. */
        assert_int_equal(jx_get(job, "result") != NULL,
                         rows[i].shown && strcmp(rows[i].state, "succeeded") == 0);
        assert_true(json_object_is_type(jx_get(job, "request"), json_type_object));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(offers_the_oldest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_only_so_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_something_to_send_and_somebody_who_may, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_choice_is_the_same_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_press_finds_the_job_that_took_the_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_again_for_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_asks_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_what_was_asked_to_who_may_ask, set_up, tear_down),
    };

    log_setup(false, LOG_ERROR); /* logins are logged */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
