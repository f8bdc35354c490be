// link: core_jobs
// The queue as workers use it: what a worker leaves behind is taken up again, and only that.
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/jobs/jobs.h"
#include "core/util/clock.h"

static int64_t enqueue(struct fixture *f)
{
    const struct jobs_request request = {.kind = JOB_PULL, .created_by = "ann"};
    struct jobs_answer answer;

    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &answer, &f->e));
    return answer.id;
}

static void assert_state(struct fixture *f, int64_t id, const char *state)
{
    struct store_job job;

    assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
    assert_string_equal(job.state, state);
}

static void run_by(struct fixture *f, int64_t pid)
{
    struct store_job job;
    bool found = false;

    assert_ok(f, store_begin(f->s, 1000, &f->e));
    assert_ok(f, store_job_claim(f->s, f->a, pid, &job, &found, &f->e));
    assert_ok(f, store_commit(f->s, &f->e));
    assert_true(found);
}

static void change(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static pid_t dead_process(void)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

/* After a power cut nobody is left who could say that a worker died. */
static void jobs_of_lost_workers_are_queued_again(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);

    run_by(f, dead_process());
    assert_int_equal(enqueue(f), id);
    assert_ok(f, jobs_recover(f->s, &f->e));
    assert_state(f, id, "queued");
    run_by(f, jobs_worker_self());
    assert_ok(f, jobs_recover(f->s, &f->e));
    assert_state(f, id, "running");
}

/* In a container the next worker often gets the number of the last one. */
static void a_number_used_again_is_another_process(void **state)
{
    struct fixture *f = *state;
    int64_t self = jobs_worker_self();
    int64_t id = enqueue(f);

    assert_int_equal(self & ((1 << JOBS_PID_BITS) - 1), getpid());
    assert_true(self < (int64_t)1 << 53); /* programs read it as a double */
    run_by(f, self + (1 << JOBS_PID_BITS));
    assert_ok(f, jobs_recover(f->s, &f->e));
    assert_state(f, id, "queued");
    assert_true(jobs_worker_alive(self));
    assert_false(jobs_worker_alive(getpid()));
    assert_false(jobs_worker_alive(0));
}

/* A job that runs stays its worker's, and one that waits begins, however far the clock jumps. */
static void the_clock_may_be_set(void **state)
{
    static const char *const jumps[] = {"+", "-"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        int64_t id = enqueue(f);
        int64_t due_us = 0;
        struct store_job job;
        bool found = false;

        change(f, arena_printf(f->a,
                               "UPDATE tl_job SET created_at = created_at %s 7200000000, not_before = "
                               "not_before %s 7200000000",
                               jumps[i], jumps[i]));
        assert_ok(f, store_job_next_due(f->s, &due_us, &f->e));
        assert_true(due_us > 0 && due_us <= clock_now_us());
        assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
        assert_true(found);
        change(f, arena_printf(f->a, "UPDATE tl_job SET started_at = started_at %s 7200000000", jumps[i]));
        assert_ok(f, jobs_recover(f->s, &f->e));
        assert_state(f, id, "running");
        assert_ok(f, jobs_finish(f->s, f->a, &job, &(struct jobs_outcome){0}, &f->e));
    }
}

static void a_job_taken_over_is_not_ended_by_the_other(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct store_job job;
    bool found = false;

    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    change(f, "UPDATE tl_job SET worker_pid = worker_pid + 4194304");
    assert_int_equal(jobs_finish(f->s, f->a, &job, &(struct jobs_outcome){0}, &f->e), ERR_NOT_FOUND);
    assert_state(f, id, "running");
}

static void a_job_whose_end_was_not_written_is_tried_again(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct store_job job;
    bool found = false;

    for (int attempt = 1; attempt <= JOBS_LOSSES; attempt++) {
        assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
        assert_true(found);
        assert_int_equal(job.id, id);
        assert_int_equal(job.attempts, attempt);
    }
    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    assert_false(found);
    assert_state(f, id, "failed");
    assert_int_not_equal(enqueue(f), id);
}

/* What a try found out is for the next one, not for those who look at the job. */
static void a_note_outlives_its_worker(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct json_object *view;
    struct store_job job;
    bool found = false;

    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    assert_int_equal(jobs_remembered(f->a, &job), 0);
    begin(f);
    assert_ok(f, jobs_remember(f->s, id, 7, &f->e));
    commit(f);
    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    assert_int_equal(job.attempts, 2);
    assert_int_equal(jobs_remembered(f->a, &job), 7);
    view = jx_own(f->a, jobs_json(f->a, &job));
    assert_null(jx_get(view, "result"));
    assert_ok(f, jobs_finish(f->s, f->a, &job, &(struct jobs_outcome){0}, &f->e));
    assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
    assert_string_equal(job.result, "");
}

static struct jobs_request ask(enum job_kind kind, const char *args)
{
    return (struct jobs_request){.kind = kind, .args = args, .created_by = "ann"};
}

static int64_t count_jobs(struct fixture *f)
{
    const struct store_slice all = {.limit = 5000};
    struct store_job *jobs;
    size_t n;

    assert_ok(f, store_job_list(f->s, f->a, false, &all, &jobs, &n, &f->e));
    return (int64_t)n;
}

/* What is asked while something else is active, in this order. */
static void requests_find_the_job_that_answers(void **state)
{
    static const struct {
        enum job_kind kind;
        const char *args;
        int same_as; /* the row whose job answers; -1: a new one */
        enum err_code code;
    } rows[] = {
        {JOB_PULL, NULL, -1, ERR_OK},
        {JOB_PULL, "{\"force\":true}", 0, ERR_OK},
        {JOB_CHECK, NULL, -1, ERR_OK},
        {JOB_CHECK, "{}", 2, ERR_OK},
        {JOB_CREATE_PR, "{\"title\":\"a\"}", -1, ERR_OK},
        {JOB_CREATE_PR, "{\"title\":\"a\"}", 4, ERR_OK},
        {JOB_CREATE_PR, "{\"title\":\"b\"}", 0, ERR_ALREADY_RUNNING},
        {JOB_RETRY, "{\"id\":1}", 0, ERR_ALREADY_RUNNING},
        {JOB_PREVIEW, "{\"title\":\"a\"}", -1, ERR_OK},
        {JOB_PREVIEW, "{\"title\":\"b\"}", -1, ERR_OK},
        {JOB_PREVIEW, "{\"title\":\"a\"}", 8, ERR_OK},
        {JOB_SWITCH, "{\"branch\":\"x\"}", -1, ERR_OK},
        {JOB_SWITCH, "{\"branch\":\"y\"}", 0, ERR_ALREADY_RUNNING},
        {JOB_REFRESH, NULL, -1, ERR_OK},
    };
    struct fixture *f = *state;
    int64_t ids[sizeof rows / sizeof *rows] = {0};
    int64_t made = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct jobs_request request = ask(rows[i].kind, rows[i].args);
        struct jobs_answer answer;

        assert_int_equal(jobs_enqueue(f->s, &request, 1000, &answer, &f->e), rows[i].code);
        ids[i] = answer.id;
        if (rows[i].code == ERR_ALREADY_RUNNING)
            assert_non_null(strstr(f->e.message, "which ann began"));
        if (rows[i].code != ERR_OK)
            continue;
        assert_int_equal(answer.joined, rows[i].same_as >= 0);
        if (rows[i].same_as >= 0)
            assert_int_equal(answer.id, ids[rows[i].same_as]);
        else
            made++;
    }
    assert_int_equal(count_jobs(f), made);
}

static void previews_that_wait_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct jobs_request request;
    struct jobs_answer answer;

    for (int i = 0; i < JOBS_PREVIEWS_MOST; i++) {
        request = ask(JOB_PREVIEW, arena_printf(f->a, "{\"title\":\"%d\"}", i));
        assert_ok(f, jobs_enqueue(f->s, &request, 1000, &answer, &f->e));
    }
    request = ask(JOB_PREVIEW, "{\"title\":\"one more\"}");
    assert_int_equal(jobs_enqueue(f->s, &request, 1000, &answer, &f->e), ERR_TOO_MANY);
    assert_true(f->e.retry_after_s > 0);
    request = ask(JOB_PREVIEW, "{\"title\":\"3\"}");
    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &answer, &f->e));
    assert_true(answer.joined);
}

static void a_key_gives_the_same_job_for_a_day(void **state)
{
    struct fixture *f = *state;
    struct jobs_request request = ask(JOB_PULL, NULL);
    struct jobs_answer first, again;

    request.idempotency_key = "k1";
    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &first, &f->e));
    assert_false(first.replayed);
    change(f, "UPDATE tl_job SET state = 'succeeded', finished_at = created_at");
    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &again, &f->e));
    assert_true(again.replayed);
    assert_int_equal(again.id, first.id);
    request.args = "{\"force\":true}";
    assert_int_equal(jobs_enqueue(f->s, &request, 1000, &again, &f->e), ERR_KEY_REUSED);
    request.created_by = "bob"; /* keys are each caller's own */
    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &again, &f->e));
    assert_int_not_equal(again.id, first.id);
    change(f, "UPDATE tl_job SET state = 'succeeded', finished_at = created_at;"
              "UPDATE tl_idempotency SET at = at - 86401000000");
    request = ask(JOB_PULL, NULL);
    request.idempotency_key = "k1";
    assert_ok(f, jobs_enqueue(f->s, &request, 1000, &again, &f->e));
    assert_false(again.replayed);
    assert_int_not_equal(again.id, first.id);
}

static struct store_job claim_one(struct fixture *f)
{
    struct store_job job;
    bool found = false;

    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    assert_true(found);
    return job;
}

static void end_with(struct fixture *f, const struct store_job *job, enum err_code code,
                     struct jobs_outcome *outcome)
{
    static struct err why;

    if (code != ERR_OK)
        err_set(&why, code, "It did not work.");
    outcome->failure = code == ERR_OK ? NULL : &why;
    assert_ok(f, jobs_finish(f->s, f->a, job, outcome, &f->e));
}

static void what_may_pass_is_tried_again_later(void **state)
{
    struct fixture *f = *state;
    static const int64_t waits_s[] = {5, 30, 120, 600};
    int64_t id = enqueue(f);
    struct store_job job;
    bool found = true;

    for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
        struct jobs_outcome outcome = {0};

        job = claim_one(f);
        end_with(f, &job, ERR_REMOTE_UNREACHABLE, &outcome);
        assert_state(f, id, "queued");
        assert_in_range(outcome.again_us - clock_now_us(), (waits_s[i] - 5) * 1000000, waits_s[i] * 1000000);
        assert_ok(f, store_job_get(f->s, f->a, id, &job, &f->e));
        assert_string_equal(job.error_code, "remote_unreachable");
        assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
        assert_false(found);              /* not yet */
        assert_int_equal(enqueue(f), id); /* asking again makes it due */
    }
    job = claim_one(f);
    end_with(f, &job, ERR_REMOTE_UNREACHABLE, &(struct jobs_outcome){0});
    assert_state(f, id, "failed");
}

static void other_failures_are_final(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct store_job job = claim_one(f);

    end_with(f, &job, ERR_REMOTE_AUTH, &(struct jobs_outcome){0});
    assert_state(f, id, "failed");
    assert_int_equal(jobs_finish(f->s, f->a, &job, &(struct jobs_outcome){0}, &f->e), ERR_NOT_FOUND);
}

static void a_rate_limit_says_when(void **state)
{
    const struct err limited = {.code = ERR_RATE_LIMITED, .retry_after_s = 90};
    const struct err for_long = {.code = ERR_RATE_LIMITED, .retry_after_s = 100000};
    const struct err down = {.code = ERR_REMOTE_TIMEOUT, .retry_after_s = 90};

    (void)state;
    assert_int_equal(jobs_wait_s(1, &limited), 90);
    assert_int_equal(jobs_wait_s(3, &limited), 120);
    assert_int_equal(jobs_wait_s(1, &for_long), 3600);
    assert_int_equal(jobs_wait_s(1, &down), 5);
    assert_int_equal(jobs_wait_s(JOBS_TRIES, &limited), 0);
}

/* Neither a worker's death nor its end uses up the tries of a failure that may pass. */
static void only_failed_tries_count(void **state)
{
    struct jobs_outcome interrupted = {.interrupted = true};
    struct jobs_outcome failed = {0};
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct store_job job;

    run_by(f, dead_process());
    for (int i = 0; i < 3; i++) {
        job = claim_one(f);
        end_with(f, &job, ERR_CANCELLED, &interrupted);
        assert_state(f, id, "queued");
        assert_true(interrupted.again_us <= clock_now_us());
    }
    job = claim_one(f);
    assert_int_equal(job.attempts, 2);
    end_with(f, &job, ERR_BUSY, &failed);
    assert_in_range(failed.again_us - clock_now_us(), 1, 5 * 1000000);
}

static void ask_cancel(struct fixture *f, int64_t id)
{
    begin(f);
    assert_ok(f, store_job_ask_cancel(f->s, id, &f->e));
    commit(f);
}

/* Also when the failure came first: nobody wants to see it tried again. */
static void a_cancelled_job_is_not_tried_again(void **state)
{
    static const struct {
        enum err_code end;
        const char *state;
    } rows[] = {{ERR_CANCELLED, "cancelled"}, {ERR_REMOTE_TIMEOUT, "cancelled"}, {ERR_OK, "succeeded"}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t id = enqueue(f);
        struct store_job job = claim_one(f);
        bool asked = false;

        ask_cancel(f, id);
        assert_ok(f, store_job_cancel_asked(f->s, id, &asked, &f->e));
        assert_true(asked);
        end_with(f, &job, rows[i].end, &(struct jobs_outcome){0});
        assert_state(f, id, rows[i].state);
    }
}

static void one_job_runs_at_a_time(void **state)
{
    const struct jobs_request check = {.kind = JOB_CHECK};
    struct fixture *f = *state;
    struct jobs_answer second;
    struct store_job job;
    bool found = true;

    (void)enqueue(f);
    assert_ok(f, jobs_enqueue(f->s, &check, 1000, &second, &f->e));
    (void)claim_one(f);
    change(f, arena_printf(f->a, "UPDATE tl_job SET worker_pid = %lld WHERE state = 'running'",
                           (long long)jobs_worker_of(getppid()))); /* a process that lives */
    assert_ok(f, jobs_claim(f->s, f->a, &job, &found, &f->e));
    assert_false(found);
    assert_state(f, second.id, "queued");
}

static void old_jobs_are_forgotten(void **state)
{
    struct fixture *f = *state;
    struct store_job_line *lines;
    int64_t id;
    size_t n;

    change(f, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1200) "
              "INSERT INTO tl_job (id, kind, args, state, created_by, created_at, not_before, finished_at) "
              "SELECT n, 'pull', '{}', 'succeeded', '', 1, 1, unixepoch() * 1000000 FROM i;"
              "UPDATE tl_job SET state = 'queued' WHERE id = 7;"
              "UPDATE tl_job SET finished_at = finished_at - 91 * 86400000000 WHERE id = 1190;"
              "INSERT INTO tl_job_log (job, at, text) VALUES (8, 1, 'Done.')");
    begin(f);
    assert_ok(f, store_job_prune(f->s, JOBS_KEPT, clock_now_us() - (int64_t)90 * 86400 * 1000000, &f->e));
    commit(f);
    assert_int_equal(count_jobs(f), JOBS_KEPT - 1 + 1); /* without the old one, with the one that waits */
    assert_state(f, 7, "queued");
    assert_ok(f, store_job_log_list(f->s, f->a, 8, &lines, &n, &f->e));
    assert_int_equal(n, 0);
    change(f, "UPDATE tl_job SET state = 'failed', finished_at = created_at WHERE id = 7");
    id = enqueue(f);
    assert_int_equal(count_jobs(f), JOBS_KEPT); /* queueing forgets, too */
    assert_state(f, id, "queued");
}

static void the_log_is_for_people(void **state)
{
    static const char *const wanted[] = {"A worker begins.", "Receiving from the repository.",
                                         "It did not work. This is tried again in 5 s.",
                                         "A worker begins, for the second time.", "Done."};
    const struct store_job_progress now = {"receiving", 1, 2, 3};
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    struct store_job job = claim_one(f);
    struct store_job_line *lines;
    size_t n;

    assert_ok(f, jobs_progress(f->s, id, &now, true, &f->e));
    assert_ok(f, jobs_progress(f->s, id, &now, false, &f->e));
    end_with(f, &job, ERR_REMOTE_TIMEOUT, &(struct jobs_outcome){0});
    (void)enqueue(f);
    job = claim_one(f);
    end_with(f, &job, ERR_OK, &(struct jobs_outcome){0});
    assert_ok(f, store_job_log_list(f->s, f->a, id, &lines, &n, &f->e));
    assert_int_equal(n, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(lines[i].text, wanted[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jobs_of_lost_workers_are_queued_again),
        TEST(a_number_used_again_is_another_process),
        TEST(the_clock_may_be_set),
        TEST(a_job_taken_over_is_not_ended_by_the_other),
        TEST(a_job_whose_end_was_not_written_is_tried_again),
        TEST(a_note_outlives_its_worker),
        TEST(requests_find_the_job_that_answers),
        TEST(previews_that_wait_are_bounded),
        TEST(a_key_gives_the_same_job_for_a_day),
        TEST(what_may_pass_is_tried_again_later),
        TEST(other_failures_are_final),
        cmocka_unit_test(a_rate_limit_says_when),
        TEST(only_failed_tries_count),
        TEST(a_cancelled_job_is_not_tried_again),
        TEST(one_job_runs_at_a_time),
        TEST(old_jobs_are_forgotten),
        TEST(the_log_is_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
