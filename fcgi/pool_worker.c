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
    GRACE_MS = 10000,
    WEB_LIMIT_MS = 30000,
    JOB_LIMIT_MS = 600000,
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MOST_MS = 10000,
    STEADY_MS = 30000, /* having lived so long, a worker's earlier failures are forgotten */
};

static const char *kind_name(const struct worker *w)
{
    return w->kind == WORKER_WEB ? "web" : "job";
}

static void take_place(struct pool *p, enum worker_kind kind, int generation, bool chores)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->workers[i].generation)
            continue;
        p->workers[i] = (struct worker){.kind = kind, .generation = generation, .debt = {.chores = chores}};
        return;
    }
}

void pool_fill(struct pool *p, int generation)
{
    for (int i = 0; i < p->options->web_workers; i++)
        take_place(p, WORKER_WEB, generation, false);
    for (int i = 0; i < p->options->job_workers; i++)
        take_place(p, WORKER_JOB, generation, i == 0);
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
                                     .debt = w->debt};

    /* The master may have died between fork() and this call; then nobody will send the signal. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != master)
        _exit(EXIT_FAILURE);
    (void)prctl(PR_SET_NAME, w->kind == WORKER_WEB ? "tideline-web" : "tideline-job");
    set_signals();
    if (w->kind == WORKER_WEB)
        exit(web_worker_run(&context));
    (void)close(p->listen_fd);
    context.listen_fd = -1;
    context.debt.seen = p->old_site ? &p->old_site->registry : NULL;
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

        if (w->generation && !w->pid && !w->kill_at_ms && now >= w->start_at_ms)
            start(p, w, &p->slots[i]);
    }
}

/* What its successor must clean up. The chores are done again when they may not have been finished. */
static void note_debt(struct worker *w, const struct slot *slot)
{
    w->debt.dead_pid = slot->tenant[0] ? w->pid : 0;
    (void)snprintf(w->debt.dead_tenant, sizeof w->debt.dead_tenant, "%s", slot->tenant);
}

static void bury(struct pool *p, size_t i, int status)
{
    struct worker *w = &p->workers[i];
    int64_t now = clock_monotonic_ms();

    if (w->kill_at_ms) {
        *w = (struct worker){0};
        return;
    }
    w->failures = now - w->started_ms >= STEADY_MS ? 1 : w->failures + 1;
    w->start_at_ms = now + backoff_ms(w->failures);
    log_write(LOG_WARNING, "%s worker %d ended with %s %d; another starts in %lld ms", kind_name(w),
              (int)w->pid, WIFSIGNALED(status) ? "signal" : "status",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
              (long long)(w->start_at_ms - now));
    note_debt(w, &p->slots[i]);
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
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < p->n; i++) {
        const struct worker *w = &p->workers[i];
        bool stalled;

        if (!w->pid)
            continue;
        stalled = slot_stalled(&p->slots[i], w->kind == WORKER_WEB ? WEB_LIMIT_MS : JOB_LIMIT_MS);
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
        w->kill_at_ms = now + GRACE_MS;
        if (w->pid)
            (void)kill(w->pid, SIGTERM);
        else
            *w = (struct worker){0};
    }
}

bool pool_is_up(const struct pool *p, int generation)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->workers[i].generation == generation && !(p->workers[i].pid && atomic_load(&p->slots[i].ready)))
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
