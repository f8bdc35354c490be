// link: core_pr
// How pull requests end: merged in every way that Git knows, closed, or as a forge says.
#include "tests/unit/pr_fixture.h"

static const struct {
    const char *name, *commands; /* in a clone, with the branch as origin/$B */
} landings[] = {
    {"merge", "git merge -q --no-ff -m merged origin/$B"},
    {"fast-forward", "git merge -q --ff-only origin/$B"},
    {"squash", "git merge -q --squash origin/$B && git commit -q -m squashed"},
    {"rebase", "echo before >>other.txt && git commit -q -am before && git cherry-pick origin/$B"},
    {"octopus of other work",
     "git checkout -q -b side && echo s >side.txt && git add side.txt && git commit -q -m side && "
     "git checkout -q main && git merge -q --no-ff -m one side && git merge -q --no-ff -m two "
     "origin/$B"},
};

static void every_way_to_merge_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof landings / sizeof *landings; i++) {
        void *inner = NULL;
        struct fixture *f;
        struct json_object *answer;
        struct store_pull_request row;
        const char *landed;

        set_up(&inner);
        f = inner;
        print_message("%s\n", landings[i].name);
        add_validated(f, ALPHA, "Alpha");
        add_validated(f, BETA, "Beta");
        create_pr_ok(f);
        row = only_row(f);
        assert_int_equal(json_object_array_length(jx_get(refresh(f), "merged")), 0);
        shell(
            f,
            "cd %s && git fetch -q && git branch -q -f main HEAD; B=%s && %s && git push -q origin HEAD:main",
            f->work, row.branch, landings[i].commands);
        landed = remote_tip(f, "main");
        /* A later edit of the same file must not hide it, nor the branch being cleaned up. */
        shell(f,
              "cd %s && echo more >>" EVENTS ALPHA
              ".md && git commit -q -am later && git push -q origin HEAD:main && "
              "git push -q origin :%s",
              f->work, row.branch);
        answer = refresh(f);
        assert_int_equal(jx_get_int(answer, "checked", 0), 1);
        assert_int_equal(json_object_array_length(jx_get(answer, "merged")), 1);
        assert_int_equal(json_object_array_length(jx_get(answer, "closed")), 0);
        row = only_row(f);
        assert_string_equal(row.state, "merged");
        assert_string_equal(row.merge_commit, landed);
        assert_true(row.settled_at_us > 0);
        assert_string_equal(export_status(f, ALPHA), "1 1 1");
        assert_int_equal(pending_count(f), 0);
        assert_int_equal(jx_get_int(refresh(f), "checked", -1), 0);
        tear_down(&inner);
    }
}

static void half_of_it_is_not_merged(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request row;

    add_validated(f, ALPHA, "Alpha");
    add_validated(f, BETA, "Beta");
    create_pr_ok(f);
    row = only_row(f);
    shell(f,
          "cd %s && git fetch -q && git checkout -q origin/%s -- " EVENTS ALPHA
          ".md && git commit -q -m half && git push -q "
          "origin HEAD:main",
          f->work, row.branch);
    refresh(f);
    assert_string_equal(only_row(f).state, "open");
    assert_event_state(f, BETA, "exported");
}

/* The proposal goes back to a title that the file once had; rewritten history must not look like its merge. */
static void the_past_of_a_rewritten_base_is_no_merge(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    struct store_event_write w = {.id = "2024-01-01--first", .author = "tester", .reason = "edit"};
    const char *file = "" EVENTS "2024-01-01--first.md";

    must(f, store_event_get(f->store, f->arena, w.id, &event, &f->e));
    w.content = event.content;
    shell(f,
          "cd %s && sed -i 's/^title: .*/title: Renamed/' %s && git commit -q -am renamed && git push -q "
          "origin HEAD:main",
          f->work, file);
    pull(f);
    must(f, store_begin(f->store, 1000, &f->e));
    must(f, store_event_put(f->store, &w, NULL, &f->e));
    must(f, store_commit(f->store, &f->e));
    validate(f, w.id);
    create_pr_ok(f);
    shell(f,
          "cd %s && git checkout -q --orphan fresh HEAD~1 && git commit -q -m again && git checkout -q main "
          "-- . && "
          "git commit -q -m renamed-again && git push -q --force origin HEAD:main",
          f->work);
    refresh(f);
    assert_string_equal(only_row(f).state, "open");
    shell(f,
          "cd %s && git fetch -q && git checkout -q origin/%s -- %s && git commit -q -m landed && git push "
          "-q origin HEAD:main",
          f->work, only_row(f).branch, file);
    refresh(f);
    assert_string_equal(only_row(f).state, "merged");
}

static void a_deleted_branch_means_closed(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request row;
    struct json_object *answer;

    add_validated(f, ALPHA, "Alpha");
    create_pr_ok(f);
    row = only_row(f);
    shell(f, "git -C %s branch -D %s", f->remote, row.branch);
    answer = refresh(f);
    assert_int_equal(json_object_array_length(jx_get(answer, "closed")), 1);
    assert_string_equal(only_row(f).state, "closed");
    assert_event_state(f, ALPHA, "validated");
    assert_string_equal(export_status(f, ALPHA), "0 0 0");
    answer = create_pr_ok(f);
    assert_int_equal(jx_get_int(answer, "pr_number", 0), 2);
    assert_string_not_equal(jx_get_text(answer, "branch"), row.branch);
}

static void the_forge_says_how_it_ended(void **state)
{
    static const char *const ends[] = {"merged", "closed"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        void *inner = NULL;
        struct fixture *f;

        set_up(&inner);
        f = inner;
        use_forge(f);
        add_validated(f, ALPHA, "Alpha");
        assert_string_equal(jx_get_text(create_pr_ok(f), "pr_url"), "https://forge.example/pull/40");
        shell(f, "sed -i 's/ open / %s /' %s/forge.txt", ends[i], f->folder);
        assert_int_equal(json_object_array_length(jx_get(refresh(f), ends[i])), 1);
        assert_string_equal(only_row(f).state, ends[i]);
        assert_int_equal(pending_count(f), i);
        tear_down(&inner);
    }
}

static void one_that_the_forge_lost_is_a_warning(void **state)
{
    struct fixture *f = *state;

    use_forge(f);
    add_validated(f, ALPHA, "Alpha");
    create_pr_ok(f);
    shell(f, "rm %s/forge.txt", f->folder);
    assert_int_equal(json_object_array_length(jx_get(refresh(f), "warnings")), 1);
    assert_string_equal(only_row(f).state, "open");
}

static void after_the_next_pull_the_event_equals_the_repository(void **state)
{
    struct fixture *f = *state;

    add_validated(f, ALPHA, "Alpha");
    create_pr_ok(f);
    shell(f,
          "cd %s && git fetch -q && git merge -q --squash origin/%s && git commit -q -m squashed && git push "
          "-q origin "
          "HEAD:main",
          f->work, only_row(f).branch);
    pull(f);
    refresh(f);
    assert_string_equal(only_row(f).state, "merged");
    assert_event_state(f, ALPHA, "merged");
    assert_int_equal(pending_count(f), 0);
}

/* What was found before the remote failed is no answer: it would say success. */
static void a_remote_that_is_gone_gives_no_answer(void **state)
{
    struct fixture *f = *state;
    struct json_object *answer = NULL;

    add_validated(f, ALPHA, "Alpha");
    create_pr_ok(f);
    shell(f, "mv %s %s.away", f->remote, f->remote);
    assert_int_equal(pr_builder_refresh(&f->builder, &answer, &f->e), ERR_REPOSITORY_NOT_FOUND);
    assert_null(answer);
    shell(f, "mv %s.away %s", f->remote, f->remote);
    assert_int_equal(jx_get_int(refresh(f), "checked", -1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_the_next_pull_the_event_equals_the_repository, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_past_of_a_rewritten_base_is_no_merge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_of_it_is_not_merged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_branch_means_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_the_forge_lost_is_a_warning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_remote_that_is_gone_gives_no_answer, set_up, tear_down),
        cmocka_unit_test(every_way_to_merge_is_noticed),
        cmocka_unit_test(the_forge_says_how_it_ended),
    };

    pr_test_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
