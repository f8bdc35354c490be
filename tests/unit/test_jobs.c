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
    run_by(f, getpid());
    assert_ok(f, jobs_recover(f->s, &f->e));
    assert_state(f, id, "running");
}

/* In a container the next worker often gets the number of the last one. */
static void a_number_used_again_is_another_process(void **state)
{
    struct fixture *f = *state;
    int64_t id = enqueue(f);
    sqlite3 *db = NULL;

    run_by(f, getpid());
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE tl_job SET started_at = started_at - 3600000000", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_ok(f, jobs_recover(f->s, &f->e));
    assert_state(f, id, "queued");
    assert_true(jobs_worker_alive(getpid(), clock_now_us()));
    assert_false(jobs_worker_alive(getpid(), 0));
    assert_false(jobs_worker_alive(0, clock_now_us()));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jobs_of_lost_workers_are_queued_again, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_number_used_again_is_another_process, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_job_whose_end_was_not_written_is_tried_again, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
