/*
 * One worker: start, watch, end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/log.h"
#include "fcgi/pool_internal.h"

enum {
    WEB_LIMIT_MS = 30000,
    CROWDED_MS = 300, /* jobs wait so long before another worker is started for them */
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MOST_MS = 10000,
    STEADY_MS = 30000, /* having lived so long, a worker's earlier failures are forgotten */
};

static const char *kind_name(const struct worker *w)
{
    return w->kind == WORKER_WEB ? "web" : "job";
}

static void take_place(struct pool *p, const struct worker *as)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->workers[i].generation)
            continue;
        p->workers[i] = *as;
        return;
    }
}

void pool_fill(struct pool *p, int generation)
{
    for (int i = 0; i < p->options->web_workers; i++)
        take_place(p, &(struct worker){.kind = WORKER_WEB, .generation = generation});
    for (int i = 0; i < p->options->job_workers; i++)
        take_place(
            p, &(struct worker){.kind = WORKER_JOB, .generation = generation, .duty = {.chores = i == 0}});
}

/* Do all job workers of the newest generation work? *n: how many there are. */
static bool all_busy(const struct pool *p, int *n)
{
    *n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct worker *w = &p->workers[i];

        if (w->kind != WORKER_JOB || w->generation != p->generation)
            continue;
        ++*n;
        if (!atomic_load(&p->slots[i].busy_since_ms))
            return false;
    }
    return true;
}

void pool_start_extra(struct pool *p)
{
    int64_t now = clock_monotonic_ms();
    int n;

    if (!all_busy(p, &n) || n >= p->options->job_workers_most || !wakeup_waiting(&p->wakeup)) {
        p->crowded_since_ms = 0;
        return;
    }
    if (!p->crowded_since_ms)
        p->crowded_since_ms = now;
    if (now - p->crowded_since_ms < CROWDED_MS)
        return;
    p->crowded_since_ms = 0;
    log_write(LOG_INFO, "all %d job workers are busy and jobs wait: another one starts", n);
    take_place(p, &(struct worker){.kind = WORKER_JOB, .generation = p->generation, .duty = {.extra = true}});
}

/* SIGTERM stays blocked until the worker is ready for it; of a terminal's signals the master tells what they mean. */
static void set_signals(void)
{
    sigset_t none;

    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigaddset(&none, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void be_worker(struct pool *p, const struct worker *w, struct slot *slot, pid_t master)
{
    struct worker_context context = {.options = p->options,
                                     .site = p->site,
                                     .wakeup = &p->wakeup,
                                     .slot = slot,
                                     .listen_fd = p->listen_fd,
                                     .duty = w->duty};

    /* The master may have died between fork() and this call; then nobody will send the signal. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != master)
        _exit(EXIT_FAILURE);
    (void)prctl(PR_SET_NAME, w->kind == WORKER_WEB ? "tideline-web" : "tideline-job");
    set_signals();
    if (w->kind == WORKER_WEB)
        exit(web_worker_run(&context));
    (void)close(p->listen_fd);
    context.listen_fd = -1;
    context.duty.seen = p->old_site ? &p->old_site->registry : NULL;
    exit(job_worker_run(&context));
}

static int64_t backoff_ms(int failures)
{
    int64_t wait = BACKOFF_FIRST_MS;

    for (int i = 1; i < failures && wait < BACKOFF_MOST_MS; i++)
        wait *= 2;
    return wait < BACKOFF_MOST_MS ? wait : BACKOFF_MOST_MS;
}

static void start(struct pool *p, struct worker *w, struct slot *slot)
{
    pid_t master = getpid();
    pid_t pid;

    slot_clear(slot);
    w->started_ms = clock_monotonic_ms();
    pid = fork();
    if (pid == 0)
        be_worker(p, w, slot, master);
    if (pid < 0) {
        w->start_at_ms = w->started_ms + backoff_ms(++w->failures);
        log_write(LOG_ERROR, "A %s worker cannot be started now: fork failed with error %d.", kind_name(w),
                  errno);
        return;
    }
    w->pid = pid;
}

void pool_start_due(struct pool *p)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];

        /* While a reload goes on one of the generation before would get what belongs to the new one. */
        if (w->generation == p->generation && !w->pid && !w->kill_at_ms && now >= w->start_at_ms)
            start(p, w, &p->slots[i]);
    }
}

/* The job that it ran is for others to take up, or the one that a request queued. A record that a job worker had just read, but not yet
 * begun with, is lost. */
static void pass_on(const struct pool *p, const struct worker *w, const struct slot *slot)
{
    if (slot->tenant[0])
        (void)wakeup_send(&p->wakeup, slot->tenant);
    else if (w->kind == WORKER_JOB)
        wakeup_note_loss(&p->wakeup);
}

static void bury(struct pool *p, size_t i, int status)
{
    struct worker *w = &p->workers[i];
    bool willing = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    int64_t now = clock_monotonic_ms();

    if (!willing)
        pass_on(p, w, &p->slots[i]);
    if (w->kill_at_ms || (w->duty.extra && willing)) {
        *w = (struct worker){0};
        return;
    }
    w->failures = now - w->started_ms >= STEADY_MS ? 1 : w->failures + 1;
    w->start_at_ms = now + backoff_ms(w->failures);
    log_write(LOG_WARNING, "%s worker %d ended with %s %d; another starts in %lld ms", kind_name(w),
              (int)w->pid, WIFSIGNALED(status) ? "signal" : "status",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
              (long long)(w->start_at_ms - now));
    if (atomic_load(&p->slots[i].chores_done))
        w->duty.chores = false;
    w->pid = 0;
}

void pool_reap(struct pool *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < p->n; i++)
            if (p->workers[i].pid == pid) {
                bury(p, i, status);
                break;
            }
}

void pool_kill_late(struct pool *p)
{
    int64_t job_limit_ms = (int64_t)p->options->stall_limit_s * 1000;
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < p->n; i++) {
        const struct worker *w = &p->workers[i];
        bool stalled;

        if (!w->pid)
            continue;
        stalled = slot_stalled(&p->slots[i], w->kind == WORKER_WEB ? WEB_LIMIT_MS : job_limit_ms);
        if (!stalled && !(w->kill_at_ms && now >= w->kill_at_ms))
            continue;
        log_write(LOG_WARNING, "%s worker %d %s and is killed", kind_name(w), (int)w->pid,
                  stalled ? "shows no sign of life" : "did not end in time");
        (void)kill(w->pid, SIGKILL);
    }
}

void pool_retire(struct pool *p, int generation)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];

        if (!w->generation || w->generation > generation || w->kill_at_ms)
            continue;
        w->kill_at_ms = now + WORKER_GRACE_MS;
        if (w->pid)
            (void)kill(w->pid, SIGTERM);
        else
            *w = (struct worker){0};
    }
}

bool pool_is_up(const struct pool *p, int generation)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->workers[i].generation == generation && !p->workers[i].duty.extra &&
            !(p->workers[i].pid && atomic_load(&p->slots[i].ready)))
            return false;
    return true;
}

bool pool_is_alone(const struct pool *p, int generation)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->workers[i].generation && p->workers[i].generation != generation)
            return false;
    return true;
}

size_t pool_alive(const struct pool *p)
{
    size_t alive = 0;

    for (size_t i = 0; i < p->n; i++)
        alive += p->workers[i].pid > 0;
    return alive;
}
