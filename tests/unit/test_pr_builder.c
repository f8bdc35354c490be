// link: core_pr
// create-pr against a real bare repository and a real database: what goes out, and what is refused.
#include "tests/unit/pr_fixture.h"

static void a_validated_event_goes_out_once(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer;
    struct store_pull_request row;
    struct store_sync *syncs;
    struct store_pr_event *sent;
    size_t n;
    const char *branch;

    add_validated(f, ALPHA, "Alpha");
    put_event(f, BETA, "Beta, not validated");
    answer = create_pr_ok(f);
    row = only_row(f);
    branch = jx_get_text(answer, "branch");
    assert_string_equal(jx_get_text(answer, "pr_url"), "/pull-requests/1");
    assert_int_equal(jx_get_int(answer, "pr_number", 0), 1);
    assert_int_equal(jx_get_int(answer, "events_count", 0), 1);
    assert_string_equal(jx_get_text(answer, "title"), "Add 1 researched event (2025-01-02)");
    assert_false(jx_get_bool(answer, "resumed", true));
    assert_string_equal(pr_branches(f), branch);
    assert_string_equal(remote_tip(f, branch), jx_get_text(answer, "commit_hash"));
    assert_string_equal(output(f, "git -C %s diff --name-status main %s", f->remote, branch),
                        "A\t" EVENTS ALPHA ".md");
    assert_string_equal(output(f, "git -C %s log -1 --format='%%an %%ae %%P' %s", f->remote, branch),
                        arena_printf(f->arena, "Tester tester@example.org %s", remote_tip(f, "main")));
    assert_string_equal(row.state, "open");
    assert_string_equal(row.step, "recorded");
    assert_string_equal(row.url, "");
    assert_event_state(f, ALPHA, "exported");
    assert_string_equal(export_status(f, ALPHA), "1 1 0");
    assert_event_state(f, BETA, "draft");
    assert_string_equal(export_status(f, BETA), "none");
    must(f, store_pr_events(f->store, f->arena, row.id, &sent, &n, &f->e));
    assert_int_equal(n, 1);
    assert_null(strstr(sent[0].files, "\"text\""));
    must(f, store_sync_list(f->store, f->arena, &(struct store_slice){.limit = 1}, &syncs, &n, &f->e));
    assert_string_equal(syncs[0].sync_type, "export");
    assert_true(syncs[0].success);
    assert_int_equal(syncs[0].pr_number, 1);
    assert_int_equal(syncs[0].events_exported, 1);
    assert_int_equal(create_pr(f, &answer), ERR_NOTHING_TO_DO);
    assert_string_equal(pr_branches(f), branch);
}

static void a_changed_event_changes_only_its_lines(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    struct store_event_write w = {.id = "2024-01-01--first", .author = "tester", .reason = "edit"};
    struct json_object *fields = NULL;
    struct json_object *answer;

    must(f, store_event_get(f->store, f->arena, w.id, &event, &f->e));
    must(f, jx_parse(f->arena, event.content, strlen(event.content), &fields, &f->e));
    jx_set_text(fields, "title", "The first event, mended");
    w.content = jx_text(f->arena, fields);
    must(f, store_begin(f->store, 1000, &f->e));
    must(f, store_event_put(f->store, &w, NULL, &f->e));
    must(f, store_commit(f->store, &f->e));
    validate(f, w.id);
    answer = create_pr_ok(f);
    assert_string_equal(
        output(f, "git -C %s diff --numstat main %s", f->remote, jx_get_text(answer, "branch")),
        "1\t1\t" EVENTS "2024-01-01--first.md");
}

static void a_dry_run_shows_everything_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct pr_request request = {.dry_run = true, .title = "My title"};
    struct json_object *answer = NULL;
    const char *diff;
    int64_t version;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    version = store_version(f->store);
    must(f, pr_builder_create_pr(&f->builder, &request, &answer, &f->e));
    assert_string_equal(jx_get_text(answer, "title"), "My title");
    assert_non_null(strstr(jx_get_text(answer, "description"), "- `2025-01-02` - Alpha\n"));
    diff = jx_get_text(answer, "diff");
    assert_non_null(strstr(diff,
                           "diff --git a/" EVENTS ALPHA ".md b/" EVENTS ALPHA ".md\nnew file mode 100644\n"
                           "--- /dev/null\n+++ b/" EVENTS ALPHA ".md\n@@"));
    assert_non_null(strstr(diff, "\n+title: Alpha\n"));
    assert_int_equal(json_object_is_type(jx_get(answer, "pr_url"), json_type_null), 1);
    assert_int_equal(store_version(f->store), version);
    all_rows(f, &n);
    assert_int_equal(n, 0);
    assert_string_equal(pr_branches(f), "");
    assert_event_state(f, ALPHA, "validated");
    /* What it shows can be applied, and gives what the real run sends. */
    write_text(f, arena_printf(f->arena, "%s/dry.diff", f->folder), diff);
    shell(f, "cd %s && git apply --index ../dry.diff", f->work);
    answer = create_pr_ok(f);
    assert_string_equal(output(f, "git -C %s write-tree", f->work),
                        output(f, "git -C %s rev-parse %s^{tree}", f->remote, jx_get_text(answer, "branch")));
}

static void bad_requests_are_refused_before_anything(void **state)
{
    static char long_title[300];
    static const char *const bad_label[] = {"fine", "two\nlines", NULL};
    static const char *const unknown[] = {"2025-01-09--nobody", NULL};
    const struct pr_request rows[] = {{.title = ""},          {.title = "two\nlines"}, {.title = long_title},
                                      {.title = "bad \xff"},  {.description = " \n"},  {.labels = bad_label},
                                      {.description = "\x1b"}};
    const struct pr_request nobody = {.ids = unknown};
    struct fixture *f = *state;
    struct json_object *answer;
    size_t n;

    memset(long_title, 'x', 257);
    add_validated(f, ALPHA, "Alpha");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(pr_builder_create_pr(&f->builder, &rows[i], &answer, &f->e), ERR_INVALID_INPUT);
    assert_int_not_equal(pr_builder_create_pr(&f->builder, &nobody, &answer, &f->e), ERR_OK);
    all_rows(f, &n);
    assert_int_equal(n, 0);
    assert_int_equal(pending_count(f), 1);
}

/* A branch named as the folder of ours is in the way: no server can take the push. */
static void block_pushes(struct fixture *f)
{
    shell(f, "git -C %s branch batch main", f->remote);
}

static void unblock_pushes(struct fixture *f)
{
    shell(f, "git -C %s branch -D batch", f->remote);
}

static void a_refused_push_marks_nothing_and_is_finished_later(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;
    struct store_sync *syncs;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    block_pushes(f);
    assert_int_not_equal(create_pr(f, &answer), ERR_OK);
    row = only_row(f);
    assert_string_equal(row.state, "running");
    assert_string_equal(row.step, "committed");
    assert_string_equal(row.error, f->e.message);
    assert_event_state(f, ALPHA, "validated");
    must(f, store_sync_list(f->store, f->arena, &(struct store_slice){.limit = 1}, &syncs, &n, &f->e));
    assert_string_equal(syncs[0].sync_type, "export");
    assert_false(syncs[0].success);
    unblock_pushes(f);
    answer = create_pr_ok(f);
    assert_true(jx_get_bool(answer, "resumed", false));
    assert_string_equal(jx_get_text(answer, "commit_hash"), row.commit);
    row = only_row(f);
    assert_string_equal(row.state, "open");
    assert_string_equal(row.error, "");
    assert_event_state(f, ALPHA, "exported");
}

static enum err_code note_batch(void *context, int64_t id, struct err *e)
{
    (void)e;
    *(int64_t *)context = id;
    return ERR_OK;
}

/* Killed after everything was done, but before whoever asked had written that down. */
static void asked_again_after_it_was_sent_nothing_is_sent(void **state)
{
    struct fixture *f = *state;
    int64_t id = 0;
    struct pr_request request = {.claimed = note_batch, .context = &id};
    struct json_object *answer;
    int64_t number;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    must(f, pr_builder_create_pr(&f->builder, &request, &answer, &f->e));
    number = jx_get_int(answer, "pr_number", 0);
    assert_int_equal(jx_get_int(answer, "id", 0), id);
    add_validated(f, BETA, "Beta"); /* not what was asked for then */
    request.earlier = id;
    must(f, pr_builder_create_pr(&f->builder, &request, &answer, &f->e));
    assert_int_equal(jx_get_int(answer, "pr_number", 0), number);
    assert_true(jx_get_bool(answer, "resumed", false));
    assert_event_state(f, BETA, "validated");
    all_rows(f, &n);
    assert_int_equal(n, 1);
}

static void without_a_token_nothing_begins(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    size_t n;

    use_forge(f);
    f->builder.remote.token = NULL;
    add_validated(f, ALPHA, "Alpha");
    assert_int_equal(create_pr(f, &answer), ERR_TOKEN_MISSING);
    all_rows(f, &n);
    assert_int_equal(n, 0);
    assert_string_equal(pr_branches(f), "");
}

static void two_at_once_are_one(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    AUTO_FD lock = -1;

    add_validated(f, ALPHA, "Alpha");
    must(f, store_pr_lock(f->store, 0, &lock, &f->e));
    assert_int_equal(create_pr(f, &answer), ERR_LOCKED);
    assert_string_equal(pr_branches(f), "");
}

static void an_event_that_changed_upstream_is_not_overwritten(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;

    add_validated(f, ALPHA, "Alpha");
    write_text(f, arena_printf(f->arena, "%s/" EVENTS ALPHA ".md", f->work),
               "---\nid: " ALPHA "\ndate: 2025-01-02\ntitle: T\n---\n");
    shell(f, "cd %s && git add . && git commit -q -m theirs && git push -q origin HEAD:main", f->work);
    assert_int_equal(create_pr(f, &answer), ERR_STALE);
    assert_int_equal(pending_count(f), 1);
    assert_string_equal(pr_branches(f), "");
}

/* The server's own word, from a real hook. */
static void a_hooks_refusal_is_told(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    const char *hook = arena_printf(f->arena, "%s/hooks/pre-receive", f->remote);

    add_validated(f, ALPHA, "Alpha");
    write_text(f, hook, "#!/bin/sh\necho 'No releases on Fridays' >&2\nexit 1\n");
    assert_int_equal(create_pr(f, &answer), ERR_PUSH_REJECTED);
    assert_non_null(strstr(f->e.message, "No releases on Fridays"));
    assert_int_equal(create_pr(f, &answer), ERR_PUSH_REJECTED);
    assert_string_equal(only_row(f).state, "running");
    assert_event_state(f, ALPHA, "validated");
    assert_string_equal(pr_branches(f), "");
    shell(f, "rm %s", hook);
    assert_true(jx_get_bool(create_pr_ok(f), "resumed", false));
}

/* What the server will never take must not block everything else for ever: mended and validated anew, it goes out as a
 * new batch, and only because nothing of the old one is on the remote. */
static void a_refused_event_that_was_mended_goes_out_anew(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    const char *hook = arena_printf(f->arena, "%s/hooks/pre-receive", f->remote);
    struct store_pull_request *rows;
    size_t n;

    add_validated(f, ALPHA, "Bad");
    write_text(f, hook,
               "#!/bin/sh\nread old new ref\nif git show $new | grep -q '^+title: Bad'; then echo 'Bad "
               "title' >&2; exit "
               "1; fi\n");
    assert_int_equal(create_pr(f, &answer), ERR_PUSH_REJECTED);
    put_event(f, ALPHA, "Good");
    assert_int_equal(create_pr(f, &answer), ERR_PUSH_REJECTED);
    assert_non_null(strstr(f->e.message, "Bad title"));
    assert_string_equal(only_row(f).state, "failed");
    validate(f, ALPHA);
    answer = create_pr_ok(f);
    assert_false(jx_get_bool(answer, "resumed", true));
    rows = all_rows(f, &n);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].state, "open");
    assert_string_equal(pr_branches(f), rows[0].branch);
}

static void one_process_of_two_sends_it(void **state)
{
    struct fixture *f = *state;
    pid_t children[2];
    int sent = 0;

    add_validated(f, ALPHA, "Alpha");
    close_handles(f);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct json_object *answer;
            enum err_code code;

            open_handles(f);
            code = create_pr(f, &answer);
            _exit(code == ERR_OK ? 0 : code == ERR_LOCKED || code == ERR_NOTHING_TO_DO ? 1 : 2);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        sent += WEXITSTATUS(status) == 0;
    }
    open_handles(f);
    assert_int_equal(sent, 1);
    assert_string_equal(pr_branches(f), only_row(f).branch);
}

static void an_empty_repository_has_no_base(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    shell(f, "git -C %s update-ref -d refs/heads/main", f->remote);
    assert_int_equal(create_pr(f, &answer), ERR_BRANCH_NOT_FOUND);
    all_rows(f, &n);
    assert_int_equal(n, 0);
}

static void chosen_events_go_and_others_stay(void **state)
{
    static const char *const ids[] = {BETA, NULL};
    static const char *const labels[] = {"research", "two", NULL};
    const struct pr_request request = {
        .ids = ids, .title = "A title", .description = "Words", .labels = labels, .draft = true};
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;

    add_validated(f, ALPHA, "Alpha");
    add_validated(f, BETA, "Beta");
    must(f, pr_builder_create_pr(&f->builder, &request, &answer, &f->e));
    row = only_row(f);
    assert_string_equal(row.title, "A title");
    assert_string_equal(row.description, "Words");
    assert_string_equal(row.labels, "[\"research\",\"two\"]");
    assert_true(row.draft);
    assert_event_state(f, ALPHA, "validated");
    assert_event_state(f, BETA, "exported");
    assert_string_equal(output(f, "git -C %s log -1 --format=%%s %s", f->remote, row.branch), "A title");
}

/* The page that somebody chose from shows revisions; what has changed since is not what they chose. */
static void only_what_was_chosen_goes(void **state)
{
    static const char *const ids[] = {BETA, ALPHA, NULL};
    static const struct {
        int64_t revisions[2];
        bool dry_run;
        enum err_code code;
    } rows[] = {{{1, 1}, true, ERR_OK},     {{0, 0}, true, ERR_OK},     {{1, 2}, true, ERR_STALE},
                {{2, 1}, true, ERR_STALE},  {{2, 0}, false, ERR_STALE}, {{0, 9}, false, ERR_STALE},
                {{1, -1}, true, ERR_STALE}, {{1, 0}, false, ERR_OK}};
    struct fixture *f = *state;
    struct json_object *answer = NULL;

    add_validated(f, ALPHA, "Alpha");
    add_validated(f, BETA, "Beta");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pr_request request = {
            .ids = ids, .revisions = rows[i].revisions, .dry_run = rows[i].dry_run};

        assert_string_equal(pr_branches(f), "");
        assert_int_equal(pr_builder_create_pr(&f->builder, &request, &answer, &f->e), rows[i].code);
    }
    assert_int_equal(jx_get_int(answer, "events_count", 0), 2);
    assert_string_equal(pr_branches(f), jx_get_text(answer, "branch"));
}

static void edit_alpha(const char *point)
{
    if (strcmp(point, "planned") != 0)
        return;
    pr_builder_step_hook = NULL;
    put_event(current, ALPHA, "Alpha, edited");
    validate(current, ALPHA);
}

/* Between the look at the event and the claim somebody edits it. */
static void a_change_in_the_moment_of_the_claim_is_noticed(void **state)
{
    static const char *const ids[] = {ALPHA, NULL};
    static const int64_t revisions[] = {1};
    const struct pr_request chosen = {.ids = ids, .revisions = revisions};
    const struct pr_request any = {.ids = ids};
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    pr_builder_step_hook = edit_alpha;
    assert_int_equal(pr_builder_create_pr(&f->builder, &chosen, &answer, &f->e), ERR_STALE);
    assert_non_null(strstr(f->e.message, ALPHA));
    all_rows(f, &n);
    assert_int_equal(n, 0);
    assert_int_equal(pending_count(f), 1);
    pr_builder_step_hook = edit_alpha;
    must(f, pr_builder_create_pr(&f->builder, &any, &answer, &f->e));
    assert_event_state(f, ALPHA, "exported");
}

static void a_dry_run_says_which_file_is_whose(void **state)
{
    const struct pr_request request = {.dry_run = true};
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct json_object *files;
    struct json_object *row;

    add_validated(f, ALPHA, "Alpha");
    add_validated(f, BETA, "Beta");
    must(f, pr_builder_create_pr(&f->builder, &request, &answer, &f->e));
    files = jx_get(answer, "files");
    assert_int_equal(json_object_array_length(files), 2);
    row = json_object_array_get_idx(files, 1);
    assert_string_equal(jx_get_text(row, "path"), EVENTS BETA ".md");
    assert_string_equal(jx_get_text(row, "event"), BETA);
    assert_string_equal(jx_get_text(row, "title"), "Beta");
    assert_string_equal(jx_get_text(row, "change"), "added");
}

/* What a form shows before Git is asked is what is sent when nobody changes it. */
static void texts_without_git_are_those_that_are_sent(void **state)
{
    struct fixture *f = *state;
    struct store_event *events;
    const char *title;
    const char *description;
    size_t n;

    add_validated(f, ALPHA, "Alpha");
    add_validated(f, BETA, "Beta");
    must(f, store_event_pending_export(f->store, f->arena, &events, &n, &f->e));
    pr_builder_texts(f->arena, events, n, &title, &description);
    create_pr_ok(f);
    assert_string_equal(only_row(f).title, title);
    assert_string_equal(only_row(f).description, description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_validated_event_goes_out_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_event_changes_only_its_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_shows_everything_and_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_requests_are_refused_before_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_push_marks_nothing_and_is_finished_later, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_hooks_refusal_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_event_that_was_mended_goes_out_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_process_of_two_sends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_repository_has_no_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chosen_events_go_and_others_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_was_chosen_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_change_in_the_moment_of_the_claim_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_says_which_file_is_whose, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_without_git_are_those_that_are_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asked_again_after_it_was_sent_nothing_is_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_token_nothing_begins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_at_once_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_event_that_changed_upstream_is_not_overwritten, set_up, tear_down),
    };

    pr_test_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
