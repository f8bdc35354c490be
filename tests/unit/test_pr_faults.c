// link: core_pr
// The journal of pull requests, killed and refused at every point: one branch, one pull request, nothing lost.
#include "tests/unit/pr_fixture.h"

static const char *const points[] = {"claimed", "commit-made",    "committed", "branch-pushed",
                                     "pushed",  "request-opened", "opened",    "recorded"};

/* Exactly one branch, one pull request, its event exported, and nothing left to send. */
static void assert_finished_once(struct fixture *f, const char *point)
{
    struct store_pull_request row = only_row(f);
    struct json_object *answer;

    print_message("killed at %s\n", point);
    assert_string_equal(row.state, "open");
    assert_string_equal(row.step, "recorded");
    assert_int_not_equal(row.number, 0);
    assert_string_equal(pr_branches(f), row.branch);
    assert_string_equal(remote_tip(f, row.branch), row.commit);
    assert_event_state(f, ALPHA, "exported");
    assert_int_equal(create_pr(f, &answer), ERR_NOTHING_TO_DO);
}

static void killed_anywhere_it_is_finished_once(struct fixture *f, bool without_mirror)
{
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        void *inner = NULL;
        struct json_object *answer;
        enum err_code code;

        if (!f->builder.forge && strcmp(points[i], "request-opened") == 0)
            continue;
        set_up(&inner);
        current->builder.forge = f->builder.forge;
        if (f->builder.forge)
            use_forge(current);
        add_validated(current, ALPHA, "Alpha");
        create_pr_killed_at(current, points[i]);
        if (without_mirror)
            forget_mirror(current);
        code = create_pr(current, &answer);
        if (strcmp(points[i], "recorded") == 0)
            assert_int_equal(code, ERR_NOTHING_TO_DO);
        else
            must(current, code);
        assert_finished_once(current, points[i]);
        if (f->builder.forge)
            assert_string_equal(forge_lines(current), "1");
        tear_down(&inner);
        current = f;
    }
}

static void killed_on_a_plain_remote(void **state)
{
    killed_anywhere_it_is_finished_once(*state, false);
}

static void killed_and_the_mirror_deleted(void **state)
{
    killed_anywhere_it_is_finished_once(*state, true);
}

static void killed_with_a_forge(void **state)
{
    use_forge(*state);
    killed_anywhere_it_is_finished_once(*state, false);
    killed_anywhere_it_is_finished_once(*state, true);
}

static void killed_twice_it_is_finished_once(void **state)
{
    struct fixture *f = *state;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "commit-made");
    create_pr_killed_at(f, "branch-pushed");
    create_pr_killed_at(f, "opened");
    create_pr_ok(f);
    assert_finished_once(f, "three points in turn");
}

static void what_was_claimed_is_what_is_sent(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer;

    add_validated(f, ALPHA, "As claimed");
    create_pr_killed_at(f, "claimed");
    put_event(f, ALPHA, "Edited afterwards");
    forget_mirror(f);
    answer = create_pr_ok(f);
    assert_non_null(
        strstr(output(f, "git -C %s show %s:" EVENTS ALPHA ".md", f->remote, jx_get_text(answer, "branch")),
               "title: As claimed\n"));
    assert_event_state(f, ALPHA, "draft");
}

static void what_was_rejected_meanwhile_is_not_sent(void **state)
{
    static const char *const before[] = {"claimed", "commit-made", "committed"};
    const struct store_verdict no = {"rejected", -1, "Wrong after all", "tester"};

    (void)state;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        void *inner = NULL;
        struct fixture *f;
        struct json_object *answer;

        set_up(&inner);
        f = inner;
        add_validated(f, ALPHA, "Alpha");
        add_validated(f, BETA, "Beta");
        create_pr_killed_at(f, before[i]);
        must(f, store_begin(f->store, 1000, &f->e));
        must(f, store_event_validate(f->store, ALPHA, &no, &f->e));
        must(f, store_commit(f->store, &f->e));
        answer = create_pr_ok(f);
        assert_int_equal(jx_get_int(answer, "events_count", 0), 1);
        assert_event_state(f, ALPHA, "rejected");
        assert_event_state(f, BETA, "exported");
        assert_string_equal(pr_branches(f), jx_get_text(answer, "branch"));
        tear_down(&inner);
    }
}

/* The identity is fixed at the claim: a useless one must not block everything until somebody mends the database. */
static void what_never_becomes_a_commit_gives_its_events_back(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;

    add_validated(f, ALPHA, "Alpha");
    f->builder.author_name = "<>";
    assert_int_equal(create_pr(f, &answer), ERR_INVALID_INPUT);
    assert_string_equal(only_row(f).state, "failed");
    assert_int_equal(pending_count(f), 1);
    f->builder.author_name = "Tester";
    answer = create_pr_ok(f);
    assert_false(jx_get_bool(answer, "resumed", true));
    assert_event_state(f, ALPHA, "exported");
}

static void a_refusing_forge_leaves_it_to_be_finished(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;

    use_forge(f);
    add_validated(f, ALPHA, "Alpha");
    fake_fault = ERR_FORGE_REFUSED;
    assert_int_equal(create_pr(f, &answer), ERR_FORGE_REFUSED);
    row = only_row(f);
    assert_string_equal(row.step, "pushed");
    assert_string_equal(row.error, "The forge says no.");
    assert_event_state(f, ALPHA, "validated");
    shell(f, "git -C %s branch -D %s", f->remote, row.branch);
    fake_fault = ERR_OK;
    create_pr_ok(f);
    assert_finished_once(f, "a refusal, and the branch deleted meanwhile");
    assert_string_equal(forge_lines(f), "1");
}

static void a_branch_merged_by_hand_is_not_proposed_again(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;

    use_forge(f);
    add_validated(f, ALPHA, "Alpha");
    fake_fault = ERR_FORGE_REFUSED;
    assert_int_equal(create_pr(f, &answer), ERR_FORGE_REFUSED);
    row = only_row(f);
    shell(f, "git -C %s update-ref refs/heads/main %s && git -C %s branch -D %s", f->remote, row.commit,
          f->remote, row.branch);
    assert_int_equal(create_pr(f, &answer), ERR_STALE);
    assert_non_null(strstr(f->e.message, "git-pull"));
    assert_string_equal(only_row(f).state, "failed");
    pull(f);
    assert_event_state(f, ALPHA, "merged");
    assert_int_equal(create_pr(f, &answer), ERR_NOTHING_TO_DO);
}

static void a_lost_answer_opens_no_second_one(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;

    use_forge(f);
    add_validated(f, ALPHA, "Alpha");
    fake_fault = ERR_REMOTE_TIMEOUT;
    fake_created = true;
    assert_int_equal(create_pr(f, &answer), ERR_REMOTE_TIMEOUT);
    create_pr_ok(f);
    assert_finished_once(f, "a lost answer");
    assert_string_equal(forge_lines(f), "1");
}

static void a_foreign_branch_stops_the_batch_for_a_person(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;
    const char *tip;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "committed");
    row = only_row(f);
    tip = remote_tip(f, "main");
    shell(f, "git -C %s branch %s main", f->remote, row.branch);
    assert_int_equal(create_pr(f, &answer), ERR_BRANCH_EXISTS);
    assert_string_equal(remote_tip(f, row.branch), tip);
    assert_string_equal(only_row(f).state, "failed");
    assert_int_equal(pending_count(f), 1);
    /* A person has looked, deleted the branch, and tries again. */
    shell(f, "git -C %s branch -D %s", f->remote, row.branch);
    must(f, pr_builder_retry(&f->builder, row.id, &answer, &f->e));
    assert_string_equal(jx_get_text(answer, "branch"), row.branch);
    assert_string_equal(jx_get_text(answer, "commit_hash"), row.commit);
    assert_finished_once(f, "a foreign branch");
    assert_int_equal(pr_builder_retry(&f->builder, row.id, &answer, &f->e), ERR_INVALID_INPUT);
    assert_int_equal(pr_builder_retry(&f->builder, 999, &answer, &f->e), ERR_NOT_FOUND);
}

static void a_failed_batch_is_not_sent_beside_a_new_one(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;
    struct store_pull_request row;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "committed");
    row = only_row(f);
    shell(f, "git -C %s branch %s main", f->remote, row.branch);
    assert_int_equal(create_pr(f, &answer), ERR_BRANCH_EXISTS);
    answer = create_pr_ok(f);
    assert_false(jx_get_bool(answer, "resumed", true));
    assert_string_not_equal(jx_get_text(answer, "branch"), row.branch);
    shell(f, "git -C %s branch -D %s", f->remote, row.branch);
    assert_int_equal(pr_builder_retry(&f->builder, row.id, &answer, &f->e), ERR_EXISTS);
    must(f, store_pr_get(f->store, f->arena, row.id, &row, &f->e));
    assert_string_equal(row.state, "failed");
    assert_string_equal(pr_branches(f),
                        output(f,
                               "git -C %s for-each-ref --format='%%(refname:short)' refs/heads/batch "
                               "| tail -1",
                               f->remote));
}

static void rewrite_main(struct fixture *f)
{
    shell(f,
          "cd %s && git commit -q --amend -m rewritten --date 2001-01-01T00:00:00Z && git push -q --force "
          "origin "
          "HEAD:main && git -C %s gc -q --prune=now",
          f->work, f->remote);
}

static void a_parent_that_is_gone_means_a_new_claim(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "committed");
    rewrite_main(f);
    answer = create_pr_ok(f);
    assert_true(jx_get_bool(answer, "resumed", false));
    assert_finished_once(f, "committed, and the base rewritten");
    assert_string_equal(output(f, "git -C %s rev-parse %s^", f->remote, jx_get_text(answer, "branch")),
                        remote_tip(f, "main"));
}

static void a_parent_that_is_gone_after_the_push_changes_nothing(void **state)
{
    struct fixture *f = *state;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "branch-pushed");
    rewrite_main(f);
    create_pr_ok(f);
    assert_finished_once(f, "branch-pushed, and the base rewritten");
}

static void a_parent_that_is_gone_and_an_edit_drop_the_batch(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer;
    size_t n;
    struct store_pull_request *rows;

    add_validated(f, ALPHA, "Old");
    create_pr_killed_at(f, "committed");
    rewrite_main(f);
    add_validated(f, ALPHA, "New");
    answer = create_pr_ok(f);
    assert_false(jx_get_bool(answer, "resumed", true));
    assert_int_equal(json_object_array_length(jx_get(answer, "warnings")), 1);
    rows = all_rows(f, &n);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].state, "open");
    assert_string_equal(rows[1].state, "failed");
    assert_string_equal(pr_branches(f), rows[0].branch);
    assert_non_null(strstr(output(f, "git -C %s show %s:" EVENTS ALPHA ".md", f->remote, rows[0].branch),
                           "title: New\n"));
}

static void a_base_that_moved_on_keeps_the_claim(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request row;

    add_validated(f, ALPHA, "Alpha");
    create_pr_killed_at(f, "committed");
    row = only_row(f);
    shell(f, "cd %s && echo two >>other.txt && git commit -q -am second && git push -q origin HEAD:main",
          f->work);
    create_pr_ok(f);
    assert_finished_once(f, "committed, and the base moved on");
    assert_string_equal(only_row(f).commit, row.commit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_on_a_plain_remote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_and_the_mirror_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_with_a_forge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_twice_it_is_finished_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_claimed_is_what_is_sent, set_up, tear_down),
        cmocka_unit_test(what_was_rejected_meanwhile_is_not_sent),
        cmocka_unit_test_setup_teardown(what_never_becomes_a_commit_gives_its_events_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusing_forge_leaves_it_to_be_finished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_branch_merged_by_hand_is_not_proposed_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_answer_opens_no_second_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_foreign_branch_stops_the_batch_for_a_person, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_batch_is_not_sent_beside_a_new_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_parent_that_is_gone_means_a_new_claim, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_parent_that_is_gone_after_the_push_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_parent_that_is_gone_and_an_edit_drop_the_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_base_that_moved_on_keeps_the_claim, set_up, tear_down),
    };

    pr_test_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
