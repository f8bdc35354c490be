// link: core_pr core_sync core_forge core_git core_store core_event core_util
/* Imports of what had been sent from here: changed since, removed since, taken back, or merged with others' changes. */
#include "tests/unit/merge_import_fixture.h"

static void send_and_merge(struct fixture *f)
{
    const char *branch = jx_get_text(create_pr_ok(f), "branch");

    shell(f, "cd %s && git fetch -q origin && git merge -q origin/%s && git push -q origin HEAD:main",
          f->work, branch);
}

static void removed_after_it_was_sent(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    send_and_merge(f);
    save(f, ALPHA, NULL);
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "draft");
    assert_true(event_of(f, ALPHA).removed);
    validate(f, ALPHA);
    assert_int_equal(pending_count(f), 1);
    send_and_merge(f);
    refresh(f);
    import(f);
    assert_string_equal(state_of(f, ALPHA), "");
}

static void an_addition_withdrawn(void **state)
{
    struct fixture *f = *state;

    save_validated(f, ALPHA, members(f, "Ours", 5));
    send_and_merge(f);
    save(f, ALPHA, NULL);
    assert_true(event_of(f, ALPHA).withdrawn);
    refresh(f);
    import(f);
    assert_true(event_of(f, ALPHA).removed);
    assert_false(event_of(f, ALPHA).withdrawn);
    assert_string_equal(event_of(f, ALPHA).change, "removed");
    validate(f, ALPHA);
    assert_int_equal(pending_count(f), 1);
}

/* What was taken back after it had been sent is taken back, though the content is the one of before. */
static void taken_back_after_it_was_sent(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    send_and_merge(f);
    save(f, ALPHA, members(f, "Base", 5));
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "draft");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Base", 5), "taken back");
    they_have(f, members(f, "Ours", 7));
    assert_event_state(f, ALPHA, "draft");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Base", 7), "and merged");
}

/* The same when reviewers have changed something else of it. */
static void taken_back_after_a_review(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    send_and_merge(f);
    their_file(f, ALPHA, members(f, "Ours", 8));
    push(f);
    save(f, ALPHA, members(f, "Base", 5));
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "draft");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Base", 8), "both");
}

/* Others' changes came in between sending and merging: the edit on top of what was sent is no conflict. */
static void merged_between_sending_and_merging(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Sent", 5));
    const char *branch = jx_get_text(create_pr_ok(f), "branch");

    save(f, ALPHA, members(f, "Sent and edited", 5));
    they_have(f, members(f, "Base", 7));
    assert_same(f, event_of(f, ALPHA).content, members(f, "Sent and edited", 7), "theirs came in");
    save(f, ALPHA, members(f, "Sent and edited", 9));
    shell(f, "cd %s && git fetch -q origin && (git merge -q origin/%s || true)", f->work, branch);
    their_file(f, ALPHA, members(f, "Sent", 7));
    shell(f, "cd %s && git add -A . && git commit -q -m merge && git push -q origin HEAD:main", f->work);
    shell(f, "git -C %s update-ref refs/heads/%s refs/heads/main", f->remote, branch);
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "draft");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Sent and edited", 9), "kept");
}

/* The branch is merged into what they have by now, with this as the result; NULL: no file. */
static void merge_as(struct fixture *f, const char *branch, const char *content)
{
    shell(f, "cd %s && git fetch -q origin && (git merge -q origin/%s || true)", f->work, branch);
    their_file(f, ALPHA, content);
    shell(f, "cd %s && git add -A . && git commit -q -m merge && git push -q origin HEAD:main", f->work);
    shell(f, "git -C %s update-ref refs/heads/%s refs/heads/main", f->remote, branch);
    refresh(f);
    import(f);
}

/* What others change meanwhile does not make what was taken back the repository's. */
static void taken_back_and_changed_there(void **state)
{
    struct fixture *f = *state;
    const char *branch;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    branch = jx_get_text(create_pr_ok(f), "branch");
    save(f, ALPHA, members(f, "Base", 5));
    they_have(f, members(f, "Base", 7));
    they_have(f, members(f, "Base", 8));
    assert_event_state(f, ALPHA, "merged");
    merge_as(f, branch, members(f, "Ours", 8));
    assert_same(f, event_of(f, ALPHA).content, members(f, "Base", 8), "taken back");
    assert_event_state(f, ALPHA, "draft");
    they_have(f, members(f, "Base", 8));
    assert_event_state(f, ALPHA, "merged");
    they_have(f, members(f, "Ours", 9));
    assert_same(f, event_of(f, ALPHA).content, members(f, "Ours", 9), "long over");
}

static void restored_and_changed_there(void **state)
{
    struct fixture *f = *state;
    const char *branch;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, NULL);
    branch = jx_get_text(create_pr_ok(f), "branch");
    save(f, ALPHA, members(f, "Base", 5));
    they_have(f, members(f, "Base", 7));
    merge_as(f, branch, NULL);
    assert_event_state(f, ALPHA, "draft");
    assert_string_equal(event_of(f, ALPHA).change, "added");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Base", 7), "restored");
}

/* A removal that was sent and taken back: the event is one that the repository does not have. */
static void restored_after_the_removal_was_sent(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, NULL);
    send_and_merge(f);
    save(f, ALPHA, members(f, "Base", 5));
    assert_event_state(f, ALPHA, "merged");
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "draft");
    assert_string_equal(event_of(f, ALPHA).change, "added");
}

/* The repository takes back what was sent and merged long ago: that is its change, not an edit of ours. */
static void reverted_upstream(void **state)
{
    struct fixture *f = *state;

    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "One", 5));
    send_and_merge(f);
    refresh(f);
    import(f);
    save_validated(f, ALPHA, members(f, "Two", 5));
    send_and_merge(f);
    refresh(f);
    import(f);
    assert_event_state(f, ALPHA, "merged");
    they_have(f, members(f, "One", 5));
    assert_event_state(f, ALPHA, "merged");
    assert_same(f, event_of(f, ALPHA).content, members(f, "One", 5), "followed");
}

/* Nobody could tell that it had been merged, so what reviewers made of it was in conflict with what was sent. What was
 * decided then stands when the pull request turns out to be merged. */
static void decided_before_the_merge_was_known(void **state)
{
    static const struct {
        int ours, theirs, after;
        const char *choices;
    } cases[] = {{5, 5, 5, "{\"title\":\"ours\"}"},
                 {6, 7, 7, "{\"title\":\"ours\",\"importance\":\"theirs\"}"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conflict_resolution decision = {.id = ALPHA, .author = "ann"};
        struct json_object *problems;
        void *inner = NULL;
        struct fixture *f;

        set_up(&inner);
        f = inner;
        they_have(f, members(f, "Base", 5));
        save_validated(f, ALPHA, members(f, "Ours", cases[i].ours));
        send_and_merge(f);
        they_have(f, members(f, "Reviewed", cases[i].theirs));
        assert_event_state(f, ALPHA, "conflict");
        decision.choices = parsed(f, cases[i].choices);
        must(f, store_begin(f->store, 1000, &f->e));
        must(f, conflict_resolver_resolve(f->store, f->arena, &decision, &problems, &f->e));
        must(f, store_commit(f->store, &f->e));
        assert_same(f, event_of(f, ALPHA).content, members(f, "Ours", cases[i].after), "decided");
        refresh(f);
        they_have(f, members(f, "Reviewed", 9));
        assert_event_state(f, ALPHA, "validated");
        assert_same(f, event_of(f, ALPHA).content, members(f, "Ours", 9), "and kept");
        tear_down(&inner);
    }
}

/* As somebody would write it by hand. */
static const char *odd_file(struct fixture *f, const char *title, int importance)
{
    return arena_printf(f->arena,
                        "{\n    \"date\" : \"2025-01-02\", \"title\":\"%s\",\n\t\"id\": \"" ALPHA
                        "\", \"importance\":\t%d }",
                        title, importance);
}

/* What merged cleanly goes out as exactly that. */
static void merged_and_sent(void **state)
{
    struct fixture *f = *state;
    const char *branch;

    they_have(f, odd_file(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    they_have(f, odd_file(f, "Base", 8));
    assert_event_state(f, ALPHA, "validated");
    branch = jx_get_text(create_pr_ok(f), "branch");
    assert_string_equal(output(f, "git -C %s show %s:" EVENTS ALPHA ".json", f->remote, branch),
                        odd_file(f, "Ours", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(removed_after_it_was_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_addition_withdrawn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(taken_back_after_it_was_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(taken_back_after_a_review, set_up, tear_down),
        cmocka_unit_test_setup_teardown(merged_between_sending_and_merging, set_up, tear_down),
        cmocka_unit_test_setup_teardown(taken_back_and_changed_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(restored_and_changed_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(restored_after_the_removal_was_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reverted_upstream, set_up, tear_down),
        cmocka_unit_test(decided_before_the_merge_was_known),
        cmocka_unit_test_setup_teardown(merged_and_sent, set_up, tear_down),
    };

    pr_test_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
