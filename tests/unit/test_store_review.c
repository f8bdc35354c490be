// link: core_store core_event core_util
/* The queue of review, reservations and verdicts, with other programs at work on the same tables. */
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>

#include "core/store/sql.h"
#include "core/store/store_review.h"
#include "core/util/clock.h"

static const char id_a[] = "2025-03-04--a", id_b[] = "2025-03-04--b", id_c[] = "2025-03-04--c";

static void run_sql(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void catch_up(struct fixture *f)
{
    assert_ok(f, store_catch_up(f->s, 0, NULL, &f->e));
}

static struct store_queue_page queue(struct fixture *f, struct store_queue_filter filter)
{
    struct store_queue_page page;

    if (!filter.limit)
        filter.limit = 10;
    if (!filter.since_us)
        filter.since_us = clock_now_us() - 60 * 1000000;
    assert_ok(f, store_queue_list(f->s, f->a, &filter, &page, &f->e));
    return page;
}

/* The ids' last letters, and the total behind a colon. */
static const char *letters(struct fixture *f, struct store_queue_filter filter)
{
    struct store_queue_page page = queue(f, filter);
    char *out = arena_alloc(f->a, page.n + 32);

    for (size_t i = 0; i < page.n; i++)
        out[i] = page.items[i].id[strlen(page.items[i].id) - 1];
    (void)snprintf(out + page.n, 32, ":%d", (int)page.total);
    return out;
}

static void reserve(struct fixture *f, const char *id, const char *by)
{
    begin(f);
    assert_ok(f, store_reservation_set(f->s, id, by, &f->e));
    commit(f);
}

static void judge(struct fixture *f, const char *id, const char *status, const char *notes)
{
    const struct store_verdict verdict = {status, -1, notes, "eve"};

    begin(f);
    assert_ok(f, store_event_validate(f->s, id, &verdict, &f->e));
    commit(f);
}

static const struct store_given_verdict *verdicts(struct fixture *f, const char *id, size_t expected)
{
    struct store_given_verdict *given;
    size_t n;

    assert_ok(f, store_verdict_list(f->s, f->a, id, 20, &given, &n, &f->e));
    assert_int_equal(n, expected);
    return given;
}

static void three_drafts(struct fixture *f)
{
    put_event(f, id_a, "First", "ann", NULL);
    put_event(f, id_b, "Second", "ann", NULL);
    put_event(f, id_c, "Third", "ann", NULL);
}

static void what_waits_longest_comes_first(void **state)
{
    struct fixture *f = *state;
    const struct store_queue_row *row;

    three_drafts(f);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "abc:3");
    put_event(f, id_a, "First again", "bob", NULL);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "bca:3");
    row = &queue(f, (struct store_queue_filter){0}).items[2];
    assert_string_equal(row->title, "First again");
    assert_string_equal(row->updated_by, "bob");
    assert_string_equal(row->change, "added");
    assert_int_equal(row->revision, 2);
    assert_int_equal(row->waiting_since_us, get_event(f, id_a).updated_at_us);
    assert_true(row->auto_score == get_event(f, id_a).auto_score);
    assert_true(row->deductions > 0);
    assert_null(row->reserved_by);
    assert_false(row->sent_back);
    validate_event(f, id_b, "validated");
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "ca:2");
    judge(f, id_c, "rejected", "No");
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "a:1");
    put_event(f, id_c, "Third, mended", "ann", NULL);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "ac:2");
}

static void changes_are_asked_for_one_by_one(void **state)
{
    struct fixture *f = *state;
    struct store_queue_filter wrong = {.change = "none", .limit = 1};
    struct store_queue_page page;

    three_drafts(f);
    put_event(f, id_b, "Second", "repository", get_event(f, id_b).content_hash);
    put_event(f, id_c, "Third", "repository", get_event(f, id_c).content_hash);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "a:1");
    put_event(f, id_b, "Second, edited", "ann", NULL);
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_c, "ann", NULL, &f->e));
    commit(f);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "abc:3");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "added"}), "a:1");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "changed"}), "b:1");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "removed"}), "c:1");
    /* What is removed before it ever was in the repository is gone from the queue as well. */
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "ann", NULL, &f->e));
    commit(f);
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "bc:2");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "added"}), ":0");
    assert_int_equal(store_queue_list(f->s, f->a, &wrong, &page, &f->e), ERR_INVALID_INPUT);
}

/* Whatever is written between two pages, what stays as it is comes once. */
static void pages_are_stable(void **state)
{
    struct fixture *f = *state;
    struct store_queue_filter filter = {.limit = 4};
    char seen[64] = "";

    for (char c = 'a'; c <= 'p'; c++)
        put_event(f, arena_printf(f->a, "2025-03-04--%c", c), "T", "ann", NULL);
    do {
        struct store_queue_page page = queue(f, filter);

        for (size_t i = 0; i < page.n; i++)
            strncat(seen, page.items[i].id + strlen("2025-03-04--"), 1);
        filter.cursor = page.next_cursor;
        if (strlen(seen) == 4) {
            validate_event(f, "2025-03-04--b", "validated");      /* was shown */
            validate_event(f, "2025-03-04--d", "validated");      /* the cursor's own */
            validate_event(f, "2025-03-04--f", "validated");      /* was not */
            put_event(f, "2025-03-04--h", "Edited", "bob", NULL); /* waits anew, at the end */
            put_event(f, "2025-03-04--z", "New", "bob", NULL);
        }
    } while (filter.cursor);
    assert_string_equal(seen, "abcdegijklmnophz");
}

static void cursors_of_elsewhere_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "1",
                                        "zzzzzzzzzzzzzzzzzzzzzzzz",
                                        "ffffffffffffffffffffffff",
                                        "000000000000000000000001 ",
                                        "-00000000000000000000001",
                                        "0000000000000001"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct store_queue_filter filter = {.cursor = wrong[i], .limit = 1};
        struct store_queue_page page;

        assert_int_equal(store_queue_list(f->s, f->a, &filter, &page, &f->e), ERR_INVALID_INPUT);
    }
}

static void what_comes_behind_an_event_is_known_after_its_verdict(void **state)
{
    struct fixture *f = *state;
    const char *cursor = NULL;

    three_drafts(f);
    validate_event(f, id_a, "validated");
    assert_ok(f, store_queue_behind(f->s, f->a, id_a, &cursor, &f->e));
    assert_string_equal(letters(f, (struct store_queue_filter){.cursor = cursor}), "bc:2");
    assert_ok(f, store_queue_behind(f->s, f->a, id_c, &cursor, &f->e));
    assert_string_equal(letters(f, (struct store_queue_filter){.cursor = cursor}), ":2");
    assert_ok(f, store_queue_behind(f->s, f->a, "none", &cursor, &f->e));
    assert_null(cursor);
}

static void reservations_change_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct store_reservation now;
    struct store_event before, after;

    three_drafts(f);
    before = get_event(f, id_a);
    reserve(f, id_a, "bob");
    after = get_event(f, id_a);
    assert_int_equal(after.revision, before.revision);
    assert_int_equal(after.updated_at_us, before.updated_at_us);
    assert_string_equal(after.state, "draft");
    assert_string_equal(after.validation_status, "in_progress");
    assert_int_equal(number(f, "SELECT count(*) FROM tl_change"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM tl_revision"), 0);
    assert_int_equal(number(f,
                            "SELECT count(*) FROM event_metadata WHERE reserved_by = 'bob' AND reserved_at "
                            "GLOB '20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] *.[0-9]*'"),
                     1);
    assert_ok(f, store_reservation_get(f->s, f->a, id_a, &now, &f->e));
    assert_string_equal(now.by, "bob");
    assert_true(clock_now_us() - now.at_us < 60 * 1000000);
    begin(f);
    assert_ok(f, store_reservation_end(f->s, id_a, &f->e));
    assert_ok(f, store_reservation_end(f->s, id_b, &f->e));
    assert_int_equal(store_reservation_end(f->s, "none", &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_reservation_set(f->s, "none", "bob", &f->e), ERR_NOT_FOUND);
    commit(f);
    assert_string_equal(get_event(f, id_a).validation_status, "pending");
    assert_ok(f, store_reservation_get(f->s, f->a, id_a, &now, &f->e));
    assert_null(now.by);
    verdicts(f, id_a, 0);
}

static void what_others_reserved_can_be_passed_over(void **state)
{
    static const struct {
        const char *sql, *seen; /* free for ann, when bob has reserved b */
    } table[] = {
        {"UPDATE event_metadata SET reserved_at = reserved_at", "ac:2"},
        {"UPDATE event_metadata SET reserved_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')", "ac:2"},
        {"UPDATE event_metadata SET reserved_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-61 seconds')",
         "abc:3"},
        {"UPDATE event_metadata SET reserved_at = datetime('now', '-61 seconds')", "abc:3"},
        {"UPDATE event_metadata SET reserved_at = '2020-01-01 00:00:00.000000'", "abc:3"},
        {"UPDATE event_metadata SET reserved_at = 'z'", "abc:3"},
        {"UPDATE event_metadata SET reserved_at = NULL", "abc:3"},
        {"UPDATE event_metadata SET reserved_by = NULL", "abc:3"},
        {"UPDATE event_metadata SET reserved_by = 'ann'", "abc:3"},
        {"UPDATE event_metadata SET validation_status = 'validated'", "ac:2"},
    };
    struct fixture *f = *state;

    three_drafts(f);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        reserve(f, id_b, "bob");
        assert_string_equal(letters(f, (struct store_queue_filter){.free_for = "bob"}), "abc:3");
        run_sql(f, table[i].sql);
        catch_up(f);
        print_message("%s\n", table[i].sql);
        assert_string_equal(letters(f, (struct store_queue_filter){.free_for = "ann"}), table[i].seen);
        assert_string_equal(letters(f, (struct store_queue_filter){.free_for = "ann", .change = "added"}),
                            table[i].seen);
    }
}

static void other_programs_reserve_as_well(void **state)
{
    struct fixture *f = *state;
    const struct store_queue_row *row;

    three_drafts(f);
    run_sql(f, "INSERT INTO event_metadata (event_id, validation_status, reserved_by, reserved_at) "
               "VALUES ('2025-03-04--a', 'in_progress', 'agent 7', strftime('%Y-%m-%d %H:%M:%f000', 'now'))");
    catch_up(f);
    row = &queue(f, (struct store_queue_filter){0}).items[0];
    assert_string_equal(row->id, id_a);
    assert_string_equal(row->reserved_by, "agent 7");
    assert_int_equal(row->revision, 1);
    verdicts(f, id_a, 0);
}

static void verdicts_are_kept(void **state)
{
    struct fixture *f = *state;
    const struct store_given_verdict *given;
    struct store_reservation now;

    three_drafts(f);
    reserve(f, id_a, "bob");
    judge(f, id_a, "pending", "The second source is missing");
    assert_ok(f, store_reservation_get(f->s, f->a, id_a, &now, &f->e));
    assert_null(now.by);
    assert_true(queue(f, (struct store_queue_filter){0}).items[0].sent_back);
    assert_string_equal(queue(f, (struct store_queue_filter){0}).items[0].verdict_notes,
                        "The second source is missing");
    /* Looking at it does not make it another event. */
    reserve(f, id_a, "bob");
    assert_true(queue(f, (struct store_queue_filter){0}).items[0].sent_back);
    put_event(f, id_a, "First, mended", "ann", NULL);
    assert_false(queue(f, (struct store_queue_filter){0}).items[2].sent_back);
    validate_event(f, id_a, "validated");
    given = verdicts(f, id_a, 2);
    assert_string_equal(given[0].status, "validated");
    assert_string_equal(given[0].author, "ann");
    assert_string_equal(given[0].notes, "looks right");
    assert_true(given[0].score == 8.5);
    assert_int_equal(given[0].revision, 2);
    assert_true(given[0].at_us >= given[1].at_us && given[1].at_us > 0);
    assert_string_equal(given[1].status, "pending");
    assert_string_equal(given[1].author, "eve");
    assert_true(given[1].score == -1);
    assert_int_equal(given[1].revision, 1);
    /* Withdrawn without a word is not sent back. */
    judge(f, id_a, "pending", NULL);
    assert_false(queue(f, (struct store_queue_filter){.limit = 1, .change = "added"}).items[0].sent_back);
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "ann", NULL, &f->e));
    commit(f);
    verdicts(f, id_a, 3);
}

static void other_programs_judge_as_well(void **state)
{
    static const struct {
        const char *sql;
        size_t n;
        const char *status, *notes;
        double score;
    } table[] = {
        {"INSERT INTO event_metadata (event_id, validation_status, validation_notes) "
         "VALUES ('2025-03-04--a', 'pending', 'not looked at')",
         0, "", "", 0},
        {"UPDATE event_metadata SET validation_status = 'validated', quality_score = 7, validation_notes = "
         "'Fine', "
         "validation_date = '2025-06-07 08:09:10.000000'",
         1, "validated", "Fine", 7},
        {"UPDATE event_metadata SET validation_status = 'validated'", 1, "validated", "Fine", 7},
        {"UPDATE event_metadata SET tags_enriched = '[]', research_priority_id = 'p'", 1, "validated", "Fine",
         7},
        {"UPDATE event_metadata SET validation_status = 'rejected', validation_notes = 'Twice here'", 2,
         "rejected", "Twice here", 7},
        {"UPDATE event_metadata SET validation_status = 'in_progress'", 3, "pending", "", -1},
        {"UPDATE event_metadata SET validation_status = 'pending'", 3, "pending", "", -1},
        {"DELETE FROM event_metadata", 3, "pending", "", -1},
    };
    struct fixture *f = *state;

    three_drafts(f);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct store_given_verdict *given;

        print_message("%s\n", table[i].sql);
        run_sql(f, table[i].sql);
        catch_up(f);
        given = verdicts(f, id_a, table[i].n);
        if (!table[i].n)
            continue;
        assert_string_equal(given[0].status, table[i].status);
        assert_string_equal(given[0].notes, table[i].notes);
        assert_string_equal(given[0].author, STORE_OTHER_PROGRAM);
        assert_true(given[0].score == table[i].score);
        assert_int_equal(given[0].revision, 1);
    }
    assert_string_equal(clock_rfc3339(f->a, verdicts(f, id_a, 3)[2].at_us), "2025-06-07T08:09:10Z");
}

/* Whoever edits what was judged: it is to be looked at again. */
static void edits_after_a_verdict_return_the_event_to_review(void **state)
{
    static const char *const edits[] = {
        "UPDATE timeline_events SET title = 'By column' WHERE id = '2025-03-04--a'",
        "UPDATE timeline_events SET json_content = replace(json_content, '\"importance\":7', "
        "'\"importance\":3') "
        "WHERE id = '2025-03-04--a'",
        "INSERT OR REPLACE INTO timeline_events (id, json_content, date, title, file_path, file_hash) "
        "SELECT id, replace(json_content, 'What', 'Which'), date, title, file_path, file_hash "
        "FROM timeline_events WHERE id = '2025-03-04--a'",
        NULL, /* by a person, through Tideline */
    };
    static const char *const statuses[] = {"validated", "rejected"};
    struct fixture *f = *state;

    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
            int64_t revision = put_event(f, id_a, "First", "ann", NULL);

            judge(f, id_a, statuses[s], "Said before the edit");
            assert_string_equal(get_event(f, id_a).state, statuses[s]);
            if (edits[i])
                run_sql(f, edits[i]);
            else
                put_event(f, id_a, "By a person", "bob", NULL);
            catch_up(f);
            assert_string_equal(get_event(f, id_a).state, "draft");
            assert_string_equal(get_event(f, id_a).validation_status, "pending");
            assert_int_equal(get_event(f, id_a).revision, revision + 1);
            assert_string_equal(letters(f, (struct store_queue_filter){0}), "a:1");
            assert_false(queue(f, (struct store_queue_filter){0}).items[0].sent_back);
        }
    }
    /* An edit that was judged by the same hand stays judged. */
    put_event(f, id_a, "First", "ann", NULL);
    run_sql(f, "UPDATE timeline_events SET title = 'Both' WHERE id = '2025-03-04--a';"
               "UPDATE event_metadata SET validation_status = 'validated' WHERE event_id = '2025-03-04--a'");
    catch_up(f);
    assert_string_equal(get_event(f, id_a).state, "validated");
}

static void a_removal_is_judged_like_any_change(void **state)
{
    struct fixture *f = *state;

    three_drafts(f);
    put_event(f, id_b, "Second", "repository", get_event(f, id_b).content_hash);
    validate_event(f, id_b, "validated");
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_b, "ann", NULL, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id_b).state, "draft");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "removed"}), "b:1");
    judge(f, id_b, "rejected", "Keep it");
    assert_string_equal(get_event(f, id_b).state, "rejected");
    judge(f, id_b, "validated", NULL);
    assert_string_equal(get_event(f, id_b).state, "validated");
    assert_string_equal(get_event(f, id_b).change, "removed");
    put_event(f, id_b, "Second, after all", "bob", NULL);
    assert_string_equal(get_event(f, id_b).state, "draft");
    assert_string_equal(get_event(f, id_b).change, "changed");
}

/* A file that version 3 made has neither counts nor indexes. */
static void databases_of_before_get_their_counts(void **state)
{
    struct fixture *f = *state;

    three_drafts(f);
    put_event(f, id_c, "Third", "repository", get_event(f, id_c).content_hash);
    put_event(f, id_c, "Third, edited", "ann", NULL);
    store_close(f->s);
    f->s = NULL;
    run_sql(f, "DROP TABLE tl_verdict; DROP TABLE tl_wait; DROP INDEX tl_event_by_wait;"
               "DROP INDEX tl_event_by_change_wait; DROP INDEX tl_event_metadata_reserved;"
               "DROP TRIGGER tl_event_wait_insert; DROP TRIGGER tl_event_wait_update;"
               "DROP TRIGGER tl_event_wait_delete; UPDATE tl_schema SET version = 3");
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_string_equal(letters(f, (struct store_queue_filter){0}), "abc:3");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "changed"}), "c:1");
    judge(f, id_a, "rejected", "No");
    assert_string_equal(letters(f, (struct store_queue_filter){.change = "added"}), "b:1");
    verdicts(f, id_a, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_longest_comes_first, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(changes_are_asked_for_one_by_one, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(pages_are_stable, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(cursors_of_elsewhere_are_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(what_comes_behind_an_event_is_known_after_its_verdict, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(reservations_change_nothing_else, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(what_others_reserved_can_be_passed_over, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(other_programs_reserve_as_well, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(verdicts_are_kept, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(other_programs_judge_as_well, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(edits_after_a_verdict_return_the_event_to_review, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(a_removal_is_judged_like_any_change, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(databases_of_before_get_their_counts, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
