// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include "core/store/sql.h"
#include "core/store/store_job.h"
#include "core/store/store_pull_request.h"
#include "core/store/store_repository.h"
#include "core/store/store_sync.h"
#include "core/util/clock.h"
#include "core/util/str.h"

static const char url[] = "https://git.example.org/timeline";

static struct store_pull_request new_pull_request(void)
{
    return (struct store_pull_request){.state = "running",
                                       .step = "claimed",
                                       .repo_url = url,
                                       .base_branch = "main",
                                       .branch = "research-batch/1",
                                       .title = "Add 1 researched event",
                                       .labels = "[\"research\"]",
                                       .claimed_at_us = 1000};
}

static struct store_pr_event event_in_pull_request(struct fixture *f, const char *id)
{
    struct store_event event = get_event(f, id);

    return (struct store_pr_event){.event_id = event.id,
                                   .revision = event.revision,
                                   .change = event.change,
                                   .content_hash = event.content_hash,
                                   .date = event.date,
                                   .title = event.title,
                                   .files = "[{\"path\":\"a.md\",\"blob\":\"\"}]"};
}

static void claim(struct fixture *f, struct store_pull_request *pr, const char *id)
{
    struct store_pr_event event = event_in_pull_request(f, id);

    begin(f);
    assert_ok(f, store_pr_put(f->s, pr, &f->e));
    assert_ok(f, store_pr_add_events(f->s, pr->id, &event, 1, &f->e));
    commit(f);
}

static void move(struct fixture *f, struct store_pull_request *pr, const char *state, const char *step)
{
    pr->state = state;
    pr->step = step;
    begin(f);
    assert_ok(f, store_pr_put(f->s, pr, &f->e));
    if (str_eq(state, "closed") || str_eq(state, "failed"))
        assert_ok(f, store_pr_release_events(f->s, pr->id, &f->e));
    commit(f);
}

static size_t pending(struct fixture *f)
{
    struct store_event *events;
    size_t n = 0;

    assert_ok(f, store_event_pending_export(f->s, f->a, &events, &n, &f->e));
    return n;
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void test_pull_request_columns(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request(), back;
    struct store_pr_event *events;
    size_t n;
    int64_t next = 0;

    put_event(f, "a", "T", "ann", NULL);
    claim(f, &pr, "a");
    pr.commit = "0123";
    pr.number = 41;
    pr.url = "https://git.example.org/pull/41";
    pr.draft = true;
    move(f, &pr, "running", "opened");
    assert_ok(f, store_pr_by_number(f->s, f->a, url, 41, &back, &f->e));
    assert_int_equal(back.id, pr.id);
    assert_string_equal(back.step, "opened");
    assert_string_equal(back.commit, "0123");
    assert_string_equal(back.labels, "[\"research\"]");
    assert_string_equal(back.description, "");
    assert_int_equal(back.claimed_at_us, 1000);
    assert_int_equal(back.event_count, 1);
    assert_true(back.draft);
    assert_ok(f, store_pr_events(f->s, f->a, pr.id, &events, &n, &f->e));
    assert_int_equal(n, 1);
    assert_string_equal(events[0].event_id, "a");
    assert_string_equal(events[0].files, "[{\"path\":\"a.md\",\"blob\":\"\"}]");
    assert_ok(f, store_pr_next_number(f->s, url, &next, &f->e));
    assert_int_equal(next, 42);
    assert_ok(f, store_pr_next_number(f->s, "https://other.example.org", &next, &f->e));
    assert_int_equal(next, 1);
    assert_int_equal(store_pr_get(f->s, f->a, 99, &back, &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_pr_by_number(f->s, f->a, url, 0, &back, &f->e), ERR_NOT_FOUND);
}

/* Claimed, opened, merged, imported: when an event may be sent, and what it shows. */
static void test_life_of_a_pull_request(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request();
    int64_t open = -1;

    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    assert_int_equal(pending(f), 1);
    claim(f, &pr, "a");
    assert_int_equal(pending(f), 0);
    assert_string_equal(get_event(f, "a").state, "validated");
    pr.number = 5;
    pr.opened_at_us = clock_now_us();
    move(f, &pr, "open", "recorded");
    assert_string_equal(get_event(f, "a").state, "exported");
    assert_int_equal(number(f,
                            "SELECT pr_number FROM event_export_status WHERE exported = 1 AND merged = 0 AND "
                            "export_date GLOB '20*-*-* *:*:*.*'"),
                     5);
    assert_ok(f, store_pr_open_count(f->s, &open, &f->e));
    assert_int_equal(open, 1);
    pr.settled_at_us = clock_now_us();
    move(f, &pr, "merged", "recorded");
    assert_int_equal(number(f, "SELECT merged FROM event_export_status WHERE merge_date IS NOT NULL"), 1);
    /* The merged content is not here yet: the event must not be sent a second time. */
    assert_int_equal(pending(f), 0);
    begin(f);
    assert_ok(f, store_event_set_base(f->s, "a", get_event(f, "a").content_hash, &f->e));
    commit(f);
    assert_string_equal(get_event(f, "a").state, "merged");
}

/* As an import does. The states of all events are told anew then. */
static void follow(struct fixture *f, struct store_repository *r)
{
    struct store_event_filter all = {.limit = 100};
    struct store_event_page page;

    begin(f);
    assert_ok(f, store_repository_put(f->s, r, &f->e));
    assert_ok(f, store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)r->id), &f->e));
    assert_ok(f, store_event_list(f->s, f->a, &all, &page, &f->e));
    for (size_t i = 0; i < page.n; i++)
        assert_ok(f, store_conflict_close(f->s, page.items[i].id, &f->e));
    commit(f);
}

/* Version 3 did not keep where an event was sent beside it. */
static void test_sent_before_repositories_were_kept_apart(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request();
    struct store_repository r = {.url = url, .branch = "main"};

    follow(f, &r);
    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    claim(f, &pr, "a");
    move(f, &pr, "open", "recorded");
    assert_ok(f, store_exec(f->s,
                            "DROP INDEX tl_pull_request_event_once_each;"
                            "ALTER TABLE tl_pull_request_event DROP COLUMN repository;"
                            "UPDATE tl_schema SET version = 3",
                            &f->e));
    store_close(f->s);
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    assert_int_equal(number(f, "SELECT repository FROM tl_pull_request_event"), r.id);
    assert_string_equal(get_event(f, "a").state, "exported");
}

static void test_merged_then_taken_back(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request();
    struct store_repository r = {.url = url, .branch = "main"};

    follow(f, &r);
    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    claim(f, &pr, "a");
    pr.settled_at_us = clock_now_us();
    move(f, &pr, "merged", "recorded");
    assert_int_equal(pending(f), 0);
    r.imported_at_us = clock_now_us() + 1;
    follow(f, &r);
    assert_int_equal(pending(f), 1);
}

/* What is on its way to one repository says nothing about another. */
static void test_one_of_each_repository(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request here = new_pull_request(), there = new_pull_request();
    struct store_repository first = {.url = url, .branch = "main"};
    struct store_repository second = {.url = "https://other.example.org/fork", .branch = "main"};
    int64_t open = -1;

    follow(f, &first);
    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    claim(f, &here, "a");
    here.number = 5;
    move(f, &here, "open", "recorded");
    assert_int_equal(pending(f), 0);
    follow(f, &second);
    begin(f);
    assert_ok(f, store_pr_follow(f->s, &f->e));
    commit(f);
    assert_int_equal(pending(f), 1);
    assert_ok(f, store_pr_open_count(f->s, &open, &f->e));
    assert_int_equal(open, 0);
    assert_int_equal(number(f, "SELECT exported FROM event_export_status"), 0);
    there.repo_url = second.url;
    claim(f, &there, "a");
    assert_int_equal(pending(f), 0);
    follow(f, &first);
    begin(f);
    assert_ok(f, store_pr_follow(f->s, &f->e));
    commit(f);
    assert_int_equal(number(f, "SELECT pr_number FROM event_export_status WHERE exported AND NOT merged"), 5);
    assert_ok(f, store_pr_open_count(f->s, &open, &f->e));
    assert_int_equal(open, 1);
}

static void test_closed_frees_events(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request(), again = new_pull_request();
    struct store_pr_event event;

    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    claim(f, &pr, "a");
    move(f, &pr, "open", "recorded");
    begin(f);
    event = event_in_pull_request(f, "a");
    assert_ok(f, store_pr_put(f->s, &again, &f->e));
    assert_int_equal(store_pr_add_events(f->s, again.id, &event, 1, &f->e), ERR_EXISTS);
    store_rollback(f->s);
    move(f, &pr, "closed", "recorded");
    assert_string_equal(get_event(f, "a").state, "validated");
    assert_int_equal(
        number(f, "SELECT count(*) FROM event_export_status WHERE exported = 0 AND pr_number IS NULL"), 1);
    assert_int_equal(pending(f), 1);
    again.id = 0;
    claim(f, &again, "a");
    assert_int_equal(pending(f), 0);
    /* Running again what was given up would put the revision into two. */
    pr.state = "running";
    begin(f);
    assert_int_equal(store_pr_put(f->s, &pr, &f->e), ERR_EXISTS);
    store_rollback(f->s);
}

/* A new revision may be claimed while an old one is open, but is not offered until that one is settled. */
static void test_edit_while_open(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = new_pull_request();

    put_event(f, "a", "T", "ann", NULL);
    validate_event(f, "a", "validated");
    claim(f, &pr, "a");
    move(f, &pr, "open", "recorded");
    put_event(f, "a", "Edited", "bob", NULL);
    assert_string_equal(get_event(f, "a").state, "draft");
    validate_event(f, "a", "validated");
    assert_string_equal(get_event(f, "a").state, "validated");
    assert_int_equal(pending(f), 0);
    put_event(f, "a", "T", "bob", NULL);
    assert_string_equal(get_event(f, "a").state, "exported");
}

static void test_jobs(void **state)
{
    struct fixture *f = *state;
    struct store_job job, *jobs;
    const struct store_job_progress third = {"fetching", 3, 10, 4096}, fourth = {"fetching", 4, 10, 4096};
    const struct store_job_end stopped = {"cancelled", NULL, "cancelled", "Stopped."},
                               done = {"succeeded", "{}", "", ""}, asleep = {"asleep", "{}", "", ""};
    const struct store_job_new pull = {"pull", "{\"force\":true}", "ann"}, check = {.kind = "check"};
    const struct store_slice ten = {.limit = 10};
    int64_t id = 0, other = 0, due = 0;
    bool found = false, cancel = true;
    size_t n;

    begin(f);
    assert_ok(f, store_job_insert(f->s, &pull, &id, &f->e));
    assert_int_not_equal(store_job_insert(f->s, &pull, &other, &f->e), ERR_OK);
    assert_ok(f, store_job_insert(f->s, &check, &other, &f->e));
    assert_ok(f, store_job_next_due(f->s, &due, &f->e));
    assert_in_range(due, 1, clock_now_us());
    assert_ok(f, store_job_claim(f->s, f->a, 100, &job, &found, &f->e));
    assert_true(found);
    assert_int_equal(job.id, id);
    assert_string_equal(job.state, "running");
    assert_string_equal(job.args, "{\"force\":true}");
    assert_int_equal(job.attempts, 1);
    assert_true(job.heartbeat_at_us >= job.created_at_us);
    assert_ok(f, store_job_claim(f->s, f->a, 101, &job, &found, &f->e));
    assert_false(found); /* one at a time */
    assert_ok(f, store_job_progress(f->s, id, &third, &f->e));
    assert_ok(f, store_job_cancel_asked(f->s, id, &cancel, &f->e));
    assert_false(cancel);
    assert_ok(f, store_job_ask_cancel(f->s, id, &f->e));
    assert_ok(f, store_job_progress(f->s, id, &fourth, &f->e));
    assert_ok(f, store_job_cancel_asked(f->s, id, &cancel, &f->e));
    assert_true(cancel);
    assert_ok(f, store_job_finish(f->s, id, &stopped, &f->e));
    assert_int_equal(store_job_finish(f->s, id, &done, &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_job_finish(f->s, other, &asleep, &f->e), ERR_INTERNAL);
    commit(f);
    assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
    assert_string_equal(job.state, "cancelled");
    assert_int_equal(job.done, 4);
    assert_ok(f, store_job_list(f->s, f->a, true, &ten, &jobs, &n, &f->e));
    assert_int_equal(n, 1);
    assert_int_equal(jobs[0].id, other);
    assert_ok(f, store_job_list(f->s, f->a, false, &ten, &jobs, &n, &f->e));
    assert_int_equal(n, 2);
    begin(f);
    assert_ok(f, store_job_ask_cancel(f->s, other, &f->e));
    assert_ok(f, store_job_claim(f->s, f->a, 100, &job, &found, &f->e));
    assert_false(found);
    assert_int_equal(store_job_ask_cancel(f->s, 12345, &f->e), ERR_NOT_FOUND);
    commit(f);
    assert_int_equal(store_job_get(f->s, f->a, 12345, &job, &f->e), ERR_NOT_FOUND);
}

static void test_jobs_of_a_dead_worker(void **state)
{
    const struct store_job_new pull = {"pull", NULL, "ann"};
    struct fixture *f = *state;
    struct store_job job;
    int64_t id = 0;
    bool found = false;

    begin(f);
    assert_ok(f, store_job_insert(f->s, &pull, &id, &f->e));
    for (int attempt = 1; attempt <= 2; attempt++) {
        assert_ok(f, store_job_claim(f->s, f->a, 100, &job, &found, &f->e));
        assert_true(found);
        assert_ok(f, store_job_recover(f->s, 999, 2, &f->e));
        assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
        assert_string_equal(job.state, "running");
        assert_ok(f, store_job_recover(f->s, 100, 2, &f->e));
        assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
        assert_string_equal(job.state, attempt < 2 ? "queued" : "failed");
    }
    assert_string_equal(job.error_code, "worker_lost");
    assert_true(job.finished_at_us > 0);
    commit(f);
}

static void test_repository(void **state)
{
    struct fixture *f = *state;
    struct store_repository r = {0}, other = {0};

    assert_ok(f, store_repository_get(f->s, f->a, url, "main", &r, &f->e));
    assert_int_equal(r.id, 0);
    assert_int_equal(r.commits_behind, -1);
    r.imported_commit = "abc";
    r.commits_behind = 3;
    begin(f);
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    assert_true(r.id > 0);
    r.remote_error = "No answer.";
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    assert_ok(f, store_repository_get(f->s, f->a, url, "draft", &other, &f->e));
    assert_int_equal(other.id, 0);
    assert_ok(f, store_repository_put(f->s, &other, &f->e));
    commit(f);
    assert_ok(f, store_repository_get(f->s, f->a, url, "main", &other, &f->e));
    assert_int_equal(other.id, r.id);
    assert_string_equal(other.imported_commit, "abc");
    assert_string_equal(other.remote_error, "No answer.");
    assert_int_equal(other.commits_behind, 3);
}

static void put_file(struct fixture *f, int64_t repository, const struct store_file *file)
{
    assert_ok(f, store_file_put(f->s, repository, file, &f->e));
}

/* One event in three formats, one with warnings, one file that is broken and whose name is no text. */
static int64_t put_files(struct fixture *f)
{
    static const struct store_file files[] = {
        {.path = "b.json", .event_id = "x", .format = "json", .content = "{}"},
        {.path = "a.yaml", .event_id = "x", .format = "yaml", .content = "{}"},
        {.path = "c.md", .event_id = "x", .format = "md", .content = "{\"a\":1}"},
        {.path = "d.md", .event_id = "y", .format = "md", .warnings = "[{}]"},
        {.path = "\xff\"e.md", .format = "md", .broken = true, .error_line = 4, .error = "Bad."},
    };
    struct store_repository r = {.url = url, .branch = "main"};

    begin(f);
    assert_ok(f, store_repository_put(f->s, &r, &f->e));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        put_file(f, r.id, &files[i]);
    commit(f);
    return r.id;
}

static void test_files(void **state)
{
    struct fixture *f = *state;
    int64_t id = put_files(f);
    struct store_file_counts counts;
    struct store_file *files;
    size_t n;

    assert_ok(f, store_file_of_event(f->s, f->a, id, "x", &files, &n, &f->e));
    assert_int_equal(n, 3);
    assert_string_equal(files[0].path, "c.md");
    assert_string_equal(files[0].content, "{\"a\":1}");
    assert_string_equal(files[1].path, "b.json");
    assert_string_equal(files[2].path, "a.yaml");
    assert_ok(f, store_file_blobs(f->s, f->a, id, &files, &n, &f->e));
    assert_int_equal(n, 5);
    assert_string_equal(files[0].path, "a.yaml");
    assert_string_equal(files[4].path, "\xff\"e.md");
    assert_null(files[2].content);
    assert_ok(f, store_file_broken(f->s, f->a, id, &files, &n, &f->e));
    assert_int_equal(n, 1);
    assert_int_equal(files[0].error_line, 4);
    assert_null(files[0].content);
    assert_ok(f, store_file_count(f->s, id, &counts, &f->e));
    assert_int_equal(counts.all, 5);
    assert_int_equal(counts.ids, 2);
    assert_int_equal(counts.md, 3);
    assert_int_equal(counts.json, 1);
}

/* It keeps its event, behind the good ones. */
static void test_file_that_turns_bad(void **state)
{
    struct fixture *f = *state;
    int64_t id = put_files(f);
    struct store_file file, *files;
    bool found = true;
    size_t n;

    begin(f);
    put_file(f, id,
             &(struct store_file){
                 .path = "c.md", .event_id = "x", .format = "md", .content = "{\"a\":1}", .broken = true});
    assert_ok(f, store_file_remove(f->s, id, "\xff\"e.md", &f->e));
    commit(f);
    assert_ok(f, store_file_of_event(f->s, f->a, id, "x", &files, &n, &f->e));
    assert_string_equal(files[2].path, "c.md");
    assert_ok(f, store_file_get(f->s, f->a, id, "\xff\"e.md", &file, &found, &f->e));
    assert_false(found);
    assert_ok(f, store_file_get(f->s, f->a, id, "c.md", &file, &found, &f->e));
    assert_true(found && file.broken);
}

static void test_syncs(void **state)
{
    struct fixture *f = *state;
    struct store_sync row = {.repo_url = url, .sync_type = "import", .started_at_us = 1735689600123456},
                      *rows;
    size_t n;

    begin(f);
    assert_ok(f, store_sync_put(f->s, &row, &f->e));
    row.completed_at_us = 1735689601000000;
    row.success = true;
    row.events_imported = 5;
    row.events_deleted = 2;
    assert_ok(f, store_sync_put(f->s, &row, &f->e));
    struct store_sync second = {.repo_url = url, .sync_type = "export", .started_at_us = 1, .pr_number = 7};
    assert_ok(f, store_sync_put(f->s, &second, &f->e));
    commit(f);
    assert_ok(f, store_sync_list(f->s, f->a, &(struct store_slice){.limit = 10}, &rows, &n, &f->e));
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].pr_number, 7);
    assert_int_equal(rows[0].completed_at_us, 0);
    assert_int_equal(rows[1].started_at_us, 1735689600123456);
    assert_int_equal(rows[1].events_deleted, 2);
    assert_true(rows[1].success);
    assert_string_equal(rows[1].conflicts, "[]");
    assert_ok(f, store_sync_list(f->s, f->a, &(struct store_slice){rows[0].id, 10}, &rows, &n, &f->e));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].id, row.id);
    assert_int_equal(
        number(f, "SELECT count(*) FROM sync_status WHERE started_at = '2025-01-01 00:00:00.123456' AND "
                  "success = 1 AND pr_number IS NULL"),
        1);
}

int main(void)
{
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        OPEN(test_pull_request_columns),
        OPEN(test_life_of_a_pull_request),
        OPEN(test_merged_then_taken_back),
        OPEN(test_one_of_each_repository),
        OPEN(test_sent_before_repositories_were_kept_apart),
        OPEN(test_closed_frees_events),
        OPEN(test_edit_while_open),
        OPEN(test_jobs),
        OPEN(test_jobs_of_a_dead_worker),
        OPEN(test_repository),
        OPEN(test_files),
        OPEN(test_file_that_turns_bad),
        OPEN(test_syncs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
