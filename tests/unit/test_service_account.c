// link: core_service core_auth core_store core_config core_event core_util
#include "tests/unit/auth_fixture.h"

#include "core/service/service_account.h"
#include "core/service/service_internal.h"

/* A tenant in the folder of the fixture, with the accounts ada (admin), ed (editor) and vic (viewer), open as a web worker has it. */
struct desk {
    struct fixture *f;
    struct service *s;
};

static void open_service(struct desk *d, enum service_mode mode)
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
    assert_ok(d->f, service_open(d->f->a, tenant, mode, "operator", &d->s, &d->f->e));
}

static int with_desk(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    void *fixture = NULL;

    with_ada(&fixture);
    d->f = fixture;
    add_account(d->f, "ed", AUTH_EDITOR);
    add_account(d->f, "vic", AUTH_VIEWER);
    open_service(d, SERVICE_WEB);
    *state = d;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *d = *state;
    void *fixture = d->f;

    service_close(d->s);
    fixture_close(&fixture);
    free(d);
    return 0;
}

static const char *sign_in(struct desk *d, const char *name)
{
    const struct service_login asked = {.name = name, .password = PASSWORD, .address = "192.0.2.1"};
    const char *cookie = NULL;

    assert_ok(d->f, service_login(d->s, &asked, &cookie, &d->f->e));
    return cookie;
}

static const char *token_of(struct desk *d, const char *name, const char *scope)
{
    const struct auth x = auth_of(d->f);
    const struct store_token asked = {.account = name, .name = "n", .scope = scope};
    struct auth_token_made made;

    assert_ok(d->f, auth_token_create(&x, &asked, 0, &made, &d->f->e));
    return made.value;
}

static void enter_by(struct desk *d, const char *name, const char *scope)
{
    service_leave(d->s);
    if (scope)
        assert_ok(d->f, service_enter_token(d->s, token_of(d, name, scope), &d->f->e));
    else if (name)
        assert_ok(d->f, service_enter_session(d->s, sign_in(d, name), &d->f->e));
}

static void test_who_may_do_what(void **state)
{
    struct desk *d = *state;
    const enum err_code nobody = ERR_UNAUTHENTICATED, no = ERR_FORBIDDEN, yes = ERR_OK;
    const struct {
        const char *name, *scope; /* scope NULL: by session */
        enum err_code viewer, editor, admin, account;
    } cases[] = {
        {NULL, NULL, nobody, nobody, nobody, nobody},
        {"vic", NULL, yes, no, no, yes},
        {"ed", NULL, yes, yes, no, yes},
        {"ada", NULL, yes, yes, yes, yes},
        {"vic", "read", yes, no, no, no},
        {"ed", "read", yes, no, no, no},
        {"ada", "read", yes, no, no, no},
        {"vic", "write", yes, no, no, yes},
        {"ed", "write", yes, yes, no, yes},
        {"ada", "write", yes, yes, yes, yes},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enter_by(d, cases[i].name, cases[i].scope);
        assert_int_equal(service_need(d->s, SERVICE_NOBODY, &d->f->e), ERR_OK);
        assert_int_equal(service_need(d->s, SERVICE_VIEWER, &d->f->e), cases[i].viewer);
        assert_int_equal(service_need(d->s, SERVICE_EDITOR, &d->f->e), cases[i].editor);
        assert_int_equal(service_need(d->s, SERVICE_ADMIN, &d->f->e), cases[i].admin);
        assert_int_equal(service_need_account(d->s, &d->f->e), cases[i].account);
        assert_int_equal(service_may(d->s, SERVICE_EDITOR), cases[i].editor == ERR_OK);
    }
}

static void test_public_pages_are_read_by_all(void **state)
{
    struct desk *d = *state;

    d->s->tenant.public_read = true;
    assert_int_equal(service_need(d->s, SERVICE_VIEWER, &d->f->e), ERR_OK);
    assert_int_equal(service_need(d->s, SERVICE_EDITOR, &d->f->e), ERR_UNAUTHENTICATED);
    assert_int_equal(service_need_account(d->s, &d->f->e), ERR_UNAUTHENTICATED);
}

static void test_the_operator_may_do_all(void **state)
{
    struct desk *d = *state;
    const enum service_mode modes[] = {SERVICE_CLI, SERVICE_JOB};
    struct json_object *view = NULL;

    for (size_t i = 0; i < 2; i++) {
        service_close(d->s);
        open_service(d, modes[i]);
        assert_int_equal(service_need(d->s, SERVICE_ADMIN, &d->f->e), ERR_OK);
        assert_string_equal(service_caller(d->s)->name, "operator");
        assert_ok(d->f, service_user_add(d->s, i ? "one" : "two", "viewer", PASSWORD, &view, &d->f->e));
        assert_string_equal(jx_get_text(jx_get(view, "account"), "created_by"), "operator");
    }
}

static void test_entering_and_leaving(void **state)
{
    struct desk *d = *state;
    const char *cookie = sign_in(d, "ed");

    assert_string_equal(service_caller(d->s)->name, "ed");
    assert_string_equal(d->s->actor, "ed"); /* under whose name is recorded what is done */
    service_set_arena(d->s, d->f->a);       /* the next request */
    assert_null(service_caller(d->s)->name);
    assert_string_equal(d->s->actor, "operator");
    assert_ok(d->f, service_enter_session(d->s, cookie, &d->f->e));
    assert_int_equal(service_caller(d->s)->role, SERVICE_EDITOR);
    assert_ok(d->f, service_enter_session(d->s, NULL, &d->f->e));
    assert_null(service_caller(d->s)->name); /* not who came before */
    assert_ok(d->f, service_enter_session(d->s, cookie, &d->f->e));
    assert_int_equal(service_enter_token(d->s, "tdl_x", &d->f->e), ERR_UNAUTHENTICATED);
    assert_null(service_caller(d->s)->name);
    assert_ok(d->f, service_enter_session(d->s, cookie, &d->f->e));
    assert_ok(d->f, service_logout(d->s, &d->f->e));
    assert_ok(d->f, service_enter_session(d->s, cookie, &d->f->e));
    assert_null(service_caller(d->s)->name);
    assert_ok(d->f, service_logout(d->s, &d->f->e));
}

static void test_a_failed_login_enters_nobody(void **state)
{
    struct desk *d = *state;
    const struct service_login wrong = {.name = "ada", .password = "wrong password"};
    const char *cookie = NULL;

    (void)sign_in(d, "ed");
    assert_int_equal(service_login(d->s, &wrong, &cookie, &d->f->e), ERR_UNAUTHENTICATED);
    assert_null(service_caller(d->s)->name);
    assert_null(cookie);
}

static void test_forms_belong_to_a_session(void **state)
{
    struct desk *d = *state;
    char *token, *sealed;

    assert_null(service_csrf_token(d->s));
    assert_false(service_csrf_valid(d->s, "x"));
    assert_null(service_seal(d->s, "x"));
    assert_null(service_unseal(d->s, "x"));
    (void)sign_in(d, "ed");
    token = service_csrf_token(d->s);
    sealed = service_seal(d->s, "Saved.");
    assert_true(service_csrf_valid(d->s, token));
    assert_string_equal(service_unseal(d->s, sealed), "Saved.");
    (void)sign_in(d, "ed"); /* another session of the same person */
    assert_false(service_csrf_valid(d->s, token));
    assert_null(service_unseal(d->s, sealed));
    enter_by(d, "ada", "write");
    assert_null(service_csrf_token(d->s)); /* programs have no forms */
}

/* Everything that keeps accounts, by those who may not. */
static void test_only_admins_keep_accounts(void **state)
{
    struct desk *d = *state;
    const struct service_token_args foreign = {.user = "ada"};
    const struct {
        const char *name, *scope;
        enum err_code code;
    } callers[] = {{NULL, NULL, ERR_UNAUTHENTICATED},
                   {"vic", NULL, ERR_FORBIDDEN},
                   {"ed", NULL, ERR_FORBIDDEN},
                   {"ada", "read", ERR_FORBIDDEN}};
    struct json_object *view = NULL;

    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        struct err *e = &d->f->e;
        enum err_code code = callers[i].code;

        enter_by(d, callers[i].name, callers[i].scope);
        assert_int_equal(service_user_add(d->s, "zed", "admin", PASSWORD, &view, e), code);
        assert_int_equal(service_user_check(d->s, "zed", "admin", e), code);
        assert_int_equal(service_user_show(d->s, "ada", &view, e), code);
        assert_int_equal(service_user_list(d->s, &view, e), code);
        assert_int_equal(service_user_set_role(d->s, "vic", "admin", &view, e), code);
        assert_int_equal(service_user_set_password(d->s, "ada", PASSWORD "2", &view, e), code);
        assert_int_equal(service_user_remove(d->s, "vic", &view, e), code);
        assert_int_equal(service_token_create(d->s, &foreign, &view, e), code);
        assert_null(view);
    }
    assert_int_equal(number(d->f, "SELECT count(*) FROM tl_account"), 3);
}

static const char *problem_of(struct desk *d, const char *field)
{
    struct json_object *problems = service_problems(d->s);

    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        struct json_object *problem = json_object_array_get_idx(problems, i);

        if (str_eq(jx_get_text(problem, "field"), field))
            return jx_get_text(problem, "error");
    }
    return NULL;
}

static void next_request(struct desk *d, const char *cookie)
{
    service_set_arena(d->s, d->f->a);
    assert_ok(d->f, service_enter_session(d->s, cookie, &d->f->e));
}

static void test_problems_name_their_fields(void **state)
{
    struct desk *d = *state;
    const struct service_token_args odd = {.user = "vic", .scope = "write", .name = "a\nb", .days = 3651};
    const struct service_token_args nobodys = {.user = "zed"};
    struct json_object *view = NULL;
    const char *cookie = sign_in(d, "ada");

    assert_int_equal(service_user_add(d->s, "Zed", "king", "short", &view, &d->f->e), ERR_INVALID_FIELDS);
    assert_non_null(strstr(problem_of(d, "name"), "small letters"));
    assert_non_null(strstr(problem_of(d, "role"), "viewer, editor or admin"));
    assert_non_null(strstr(problem_of(d, "password"), "at least 10"));
    assert_non_null(strstr(d->f->e.message, "viewer, editor or admin"));
    next_request(d, cookie);
    assert_int_equal(json_object_array_length(service_problems(d->s)), 0);
    assert_int_equal(service_user_add(d->s, "ed", "viewer", PASSWORD, &view, &d->f->e), ERR_EXISTS);
    assert_non_null(problem_of(d, "name"));
    next_request(d, cookie);
    assert_int_equal(service_user_set_role(d->s, "ada", "viewer", &view, &d->f->e), ERR_FORBIDDEN);
    assert_non_null(strstr(problem_of(d, "role"), "only admin"));
    next_request(d, cookie);
    assert_int_equal(service_token_create(d->s, &odd, &view, &d->f->e), ERR_INVALID_FIELDS);
    assert_true(problem_of(d, "scope") && problem_of(d, "name") && problem_of(d, "expires"));
    next_request(d, cookie);
    assert_int_equal(service_token_create(d->s, &nobodys, &view, &d->f->e), ERR_NOT_FOUND);
    assert_non_null(problem_of(d, "user"));
    assert_null(view);
}

static void test_own_password(void **state)
{
    struct desk *d = *state;
    const char *other = sign_in(d, "vic");
    const char *own = sign_in(d, "vic");
    struct err *e = &d->f->e;

    assert_int_equal(service_own_password(d->s, "", "short", NULL, e), ERR_INVALID_FIELDS);
    assert_true(problem_of(d, "current") && problem_of(d, "password"));
    next_request(d, own);
    assert_int_equal(service_own_password(d->s, "wrong password", "a new password", NULL, e),
                     ERR_INVALID_FIELDS);
    assert_non_null(problem_of(d, "current"));
    next_request(d, own);
    assert_int_equal(service_own_password(d->s, PASSWORD, PASSWORD, NULL, e), ERR_INVALID_FIELDS);
    assert_non_null(problem_of(d, "password"));
    next_request(d, own);
    assert_ok(d->f, service_own_password(d->s, PASSWORD, "a new password", NULL, e));
    next_request(d, own);
    assert_string_equal(service_caller(d->s)->name, "vic");
    next_request(d, other);
    assert_null(service_caller(d->s)->name);
    assert_int_equal(service_own_password(d->s, "a new password", PASSWORD, NULL, e), ERR_UNAUTHENTICATED);
    enter_by(d, "ada", "read");
    assert_int_equal(service_own_password(d->s, PASSWORD, "a new password", NULL, e), ERR_FORBIDDEN);
}

static void test_own_sessions(void **state)
{
    struct desk *d = *state;
    const char *other = sign_in(d, "vic"), *foreign = sign_in(d, "ed");
    const char *own = sign_in(d, "vic");

    assert_ok(d->f, service_own_sessions_end(d->s, &d->f->e));
    next_request(d, other);
    assert_null(service_caller(d->s)->name);
    next_request(d, own);
    assert_string_equal(service_caller(d->s)->name, "vic");
    next_request(d, foreign);
    assert_string_equal(service_caller(d->s)->name, "ed");
}

static void test_an_admins_own_session_survives(void **state)
{
    struct desk *d = *state;
    struct json_object *view = NULL;
    const char *cookie = sign_in(d, "ada");

    assert_ok(d->f, service_user_set_password(d->s, "ada", "a new password", &view, &d->f->e));
    next_request(d, cookie);
    assert_string_equal(service_caller(d->s)->name, "ada");
}

static size_t count_tokens(struct desk *d, const char *user)
{
    struct json_object *view = NULL;

    assert_ok(d->f, service_token_list(d->s, user, &view, &d->f->e));
    return json_object_array_length(jx_get(view, "tokens"));
}

static void test_tokens_of_ones_own(void **state)
{
    struct desk *d = *state;
    const struct service_token_args asked = {.user = NULL, .name = ""};
    struct json_object *made = NULL, *view = NULL;
    struct err *e = &d->f->e;
    int64_t id;

    (void)token_of(d, "ada", "write"); /* id 1 */
    (void)sign_in(d, "vic");
    assert_ok(d->f, service_token_create(d->s, &asked, &made, e));
    assert_string_equal(jx_get_text(made, "account"), "vic");
    assert_string_equal(jx_get_text(made, "scope"), "read");
    assert_string_equal(jx_get_text(made, "name"), "token");
    id = jx_get_int(made, "id", 0);
    assert_int_equal(count_tokens(d, NULL), 1);
    assert_int_equal(service_token_list(d->s, "ada", &view, e), ERR_FORBIDDEN);
    assert_int_equal(service_token_revoke(d->s, 1, &view, e), ERR_NOT_FOUND); /* not even that it is there */
    assert_int_equal(service_token_revoke(d->s, 999, &view, e), ERR_NOT_FOUND);
    assert_ok(d->f, service_token_revoke(d->s, id, &view, e));
    (void)sign_in(d, "ada");
    assert_int_equal(count_tokens(d, NULL), 1);
    (void)token_of(d, "ed", "read");
    assert_int_equal(count_tokens(d, NULL), 2);
    assert_int_equal(count_tokens(d, "ed"), 1);
    service_leave(d->s);
    assert_int_equal(service_token_list(d->s, NULL, &view, e), ERR_UNAUTHENTICATED);
    assert_int_equal(service_token_revoke(d->s, 1, &view, e), ERR_UNAUTHENTICATED);
    assert_int_equal(service_token_create(d->s, &asked, &view, e), ERR_UNAUTHENTICATED);
}

/* Or whoever got hold of a token that reads could make one that writes. */
static void test_a_token_that_reads_makes_none(void **state)
{
    struct desk *d = *state;
    const struct service_token_args asked = {.scope = "write"};
    struct json_object *view = NULL;

    enter_by(d, "ada", "read");
    assert_int_equal(service_token_create(d->s, &asked, &view, &d->f->e), ERR_FORBIDDEN);
    assert_int_equal(service_token_revoke(d->s, 1, &view, &d->f->e), ERR_FORBIDDEN);
    assert_int_equal(service_own_sessions_end(d->s, &d->f->e), ERR_FORBIDDEN);
    assert_int_equal(number(d->f, "SELECT count(*) FROM tl_token"), 1);
}

static void test_has_accounts(void **state)
{
    struct desk *d = *state;
    bool any = false;

    assert_ok(d->f, service_has_accounts(d->s, &any, &d->f->e));
    assert_true(any);
    run_sql(d->f, "DELETE FROM tl_account");
    assert_ok(d->f, service_has_accounts(d->s, &any, &d->f->e));
    assert_false(any);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_may_do_what, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_public_pages_are_read_by_all, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_the_operator_may_do_all, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_entering_and_leaving, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_a_failed_login_enters_nobody, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_forms_belong_to_a_session, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_only_admins_keep_accounts, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_problems_name_their_fields, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_own_password, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_own_sessions, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_an_admins_own_session_survives, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_tokens_of_ones_own, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_a_token_that_reads_makes_none, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_has_accounts, with_desk, desk_close),
    };

    log_setup(false, LOG_ERROR); /* logins are logged */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
