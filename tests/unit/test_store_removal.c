// link: core_store core_event core_util
/* Removing events: what the repository holds, what it never had, and what is on its way there. */
#include "tests/unit/store_fixture.h"

#include "core/store/store_pull_request.h"
#include "core/store/store_repository.h"
#include "core/util/str.h"

static const char id[] = "2025-03-04--a";
static const char url[] = "https://git.example.org/timeline";

static bool remove_event(struct fixture *f)
{
    bool kept = false;

    begin(f);
    assert_ok(f, store_event_delete(f->s, id, "ann", &kept, &f->e));
    commit(f);
    return kept;
}

static bool is_there(struct fixture *f)
{
    struct store_event event;
    enum err_code code = store_event_get(f->s, f->a, id, &event, &f->e);

    assert_true(code == ERR_OK || code == ERR_NOT_FOUND);
    return code == ERR_OK;
}

static void assert_event(struct fixture *f, const char *change, const char *state)
{
    struct store_event event = get_event(f, id);

    assert_string_equal(event.change, change);
    assert_string_equal(event.state, state);
}

static size_t pending(struct fixture *f)
{
    struct store_event *events;
    size_t n;

    assert_ok(f, store_event_pending_export(f->s, f->a, &events, &n, &f->e));
    return n;
}

static void follow_repository(struct fixture *f)
{
    struct store_repository r = {.url = url,
                                 .branch = "main",
                                 .events_dir = "",
                                 .imported_commit = "",
                                 .head_commit = "",
                                 .new_event_format = "",
                                 .remote_error = ""};

    begin(f);
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    assert_ok(f,
              store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)r.id), &f->e));
    commit(f);
}

/* A pull request with the event as it is now. */
static struct store_pull_request send(struct fixture *f)
{
    struct store_event event = get_event(f, id);
    struct store_pr_event sent = {event.id,   event.revision, event.change, event.content_hash,
                                  event.date, event.title,    "[]"};
    struct store_pull_request pr = {.state = "open",
                                    .step = "recorded",
                                    .repo_url = url,
                                    .base_branch = "main",
                                    .branch = "batch/1",
                                    .title = "T",
                                    .claimed_at_us = 1000};

    begin(f);
    assert_ok(f, store_pr_put(f->s, &pr, &f->e));
    assert_ok(f, store_pr_add_events(f->s, pr.id, &sent, 1, &f->e));
    commit(f);
    return pr;
}

static void settle(struct fixture *f, struct store_pull_request *pr, const char *state)
{
    begin(f);
    pr->state = state;
    assert_ok(f, store_pr_put(f->s, pr, &f->e));
    if (!str_eq(state, "merged"))
        assert_ok(f, store_pr_release_events(f->s, pr->id, &f->e));
    commit(f);
}

static const char *base_of_now(struct fixture *f)
{
    return arena_strdup(f->a, get_event(f, id).content_hash);
}

static void test_what_the_repository_holds_waits(void **state)
{
    struct fixture *f = *state;
    int64_t revision;

    put_event(f, id, "Harbour", "repository", "");
    begin(f);
    assert_ok(f, store_event_set_base(f->s, id, base_of_now(f), &f->e));
    commit(f);
    validate_event(f, id, "validated");
    assert_true(remove_event(f));
    assert_event(f, "removed", "draft");
    assert_string_equal(get_event(f, id).validation_status, "pending");
    revision = get_event(f, id).revision;
    assert_int_equal(revision, 2);
    assert_true(remove_event(f));
    assert_int_equal(get_event(f, id).revision, revision);
    validate_event(f, id, "validated");
    assert_event(f, "removed", "validated");
    assert_int_equal(pending(f), 1);
    put_event(f, id, "Harbour", "ann", NULL);
    assert_event(f, "none", "merged");
}

static void test_what_it_never_had_is_gone(void **state)
{
    struct fixture *f = *state;
    struct store_revision *rows;
    bool kept;
    size_t n;

    put_event(f, id, "Harbour", "ann", "");
    assert_false(remove_event(f));
    assert_false(is_there(f));
    assert_ok(f, store_event_history(f->s, f->a, id, 10, &rows, &n, &f->e));
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].reason, "delete");
    assert_string_equal(rows[0].author, "ann");
    begin(f);
    assert_int_equal(store_event_delete(f->s, id, "ann", &kept, &f->e), ERR_NOT_FOUND);
    commit(f);
}

static void test_a_removal_that_is_sent(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr;

    follow_repository(f);
    put_event(f, id, "Harbour", "repository", "");
    begin(f);
    assert_ok(f, store_event_set_base(f->s, id, base_of_now(f), &f->e));
    commit(f);
    remove_event(f);
    validate_event(f, id, "validated");
    pr = send(f);
    assert_event(f, "removed", "exported");
    remove_event(f);
    assert_event(f, "removed", "exported");
    settle(f, &pr, "closed");
    assert_event(f, "removed", "validated");
    assert_int_equal(pending(f), 1);
}

/* An addition is on its way when it is removed here. */
static void test_withdrawn(void **state)
{
    static const struct {
        const char *ends, *change, *state; /* change NULL: gone */
    } table[] = {{"closed", NULL, NULL}, {"failed", NULL, NULL}, {"merged", "removed", "validated"}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fixture *f;
        struct store_pull_request pr;

        (void)state;
        fixture_open((void **)&f);
        follow_repository(f);
        put_event(f, id, "Harbour", "ann", "");
        validate_event(f, id, "validated");
        pr = send(f);
        assert_event(f, "added", "exported");
        assert_true(remove_event(f));
        assert_event(f, "removed", "draft");
        assert_true(get_event(f, id).withdrawn);
        validate_event(f, id, "validated");
        assert_int_equal(pending(f), 0);
        settle(f, &pr, table[i].ends);
        assert_int_equal(is_there(f), table[i].change != NULL);
        assert_int_equal(pending(f), 0);
        if (table[i].change) {
            /* The import that brings it makes it a removal like any other. */
            begin(f);
            assert_ok(f, store_event_drop_withdrawn(f->s, id, &f->e));
            assert_ok(f, store_event_set_base(f->s, id, base_of_now(f), &f->e));
            assert_ok(f, store_pr_imported(f->s, url, "main", &f->e));
            commit(f);
            assert_event(f, table[i].change, table[i].state);
            assert_false(get_event(f, id).withdrawn);
            assert_int_equal(pending(f), 1);
        }
        fixture_close((void **)&f);
    }
}

/* Merged, but no import ever brought it: nothing is waited for any longer. */
static void test_withdrawn_for_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr;

    follow_repository(f);
    put_event(f, id, "Harbour", "ann", "");
    validate_event(f, id, "validated");
    pr = send(f);
    remove_event(f);
    settle(f, &pr, "merged");
    begin(f);
    assert_ok(f, store_event_drop_withdrawn(f->s, id, &f->e));
    commit(f);
    assert_true(is_there(f));
    begin(f);
    assert_ok(f, store_pr_imported(f->s, url, "main", &f->e));
    assert_ok(f, store_event_drop_withdrawn(f->s, id, &f->e));
    commit(f);
    assert_false(is_there(f));
}

static void test_withdrawn_and_taken_back(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr;

    follow_repository(f);
    put_event(f, id, "Harbour", "ann", "");
    validate_event(f, id, "validated");
    pr = send(f);
    remove_event(f);
    put_event(f, id, "Harbour", "ann", NULL);
    assert_event(f, "added", "exported");
    settle(f, &pr, "closed");
    assert_event(f, "added", "draft");
}

/* Both sides of an open conflict are decided about by a person: nothing of it is deleted on the way. */
static void test_removed_in_a_conflict(void **state)
{
    struct fixture *f = *state;
    const struct store_conflict conflict = {.event_id = id, .ours = "{}", .theirs = "{}", .fields = "[]"};

    put_event(f, id, "Harbour", "ann", "");
    begin(f);
    assert_ok(f, store_conflict_put(f->s, &conflict, &f->e));
    commit(f);
    assert_true(remove_event(f));
    assert_string_equal(get_event(f, id).state, "conflict");
    assert_true(get_event(f, id).removed);
    begin(f);
    assert_ok(f, store_event_set_base(f->s, id, "", &f->e));
    commit(f);
    assert_true(is_there(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_the_repository_holds_waits, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_what_it_never_had_is_gone, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_a_removal_that_is_sent, fixture_open, fixture_close),
        cmocka_unit_test(test_withdrawn),
        cmocka_unit_test_setup_teardown(test_withdrawn_for_nothing, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_withdrawn_and_taken_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_removed_in_a_conflict, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
