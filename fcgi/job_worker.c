/*
 * A job worker: waits for the name of a tenant, runs one job of it, lets the next tenant have its turn.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/service/service.h"
#include "core/util/clock.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "fcgi/worker.h"

enum {
    NICENESS = 5,             /* pages come first */
    EXTRA_IDLE_MS = 10000,    /* an extra worker without work ends */
    LAST_SECONDS_MS = 5000,   /* before being killed: time to put a job back */
    LOOK_FOR_SIGNAL_MS = 250, /* while a job runs */
    LOOK_AGAIN_MS = 15000,    /* at a tenant whose database could not be read or written */
};

struct job_worker {
    const struct worker_context *context;
    struct arena *arena; /* of the worker's life */
    struct tenant_registry registry;
    int64_t looked_ms; /* for SIGTERM */
    int64_t stop_ms;   /* when it was seen; 0: not */
    bool unfinished;   /* a job's end could not be written: it counts as running while this process lives */
};

static void report(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes)
{
    const struct job_worker *w = context;

    (void)phase;
    (void)done;
    (void)total;
    (void)bytes;
    slot_busy(w->context->slot); /* a sign of life for the master */
}

/* Being stopped does not cancel a job at once: most end in the time that is left. One that does not is put back. The signal itself
 * stays blocked, so that the next wait sees it. */
static bool cancelled(void *context)
{
    struct job_worker *w = context;
    int64_t now_ms = clock_monotonic_ms();

    slot_busy(w->context->slot);
    if (!w->stop_ms && now_ms - w->looked_ms >= LOOK_FOR_SIGNAL_MS) {
        w->looked_ms = now_ms;
        w->stop_ms = wakeup_stop_pending() ? now_ms : 0;
    }
    return w->stop_ms && now_ms - w->stop_ms >= WORKER_GRACE_MS - LAST_SECONDS_MS;
}

static enum err_code open_tenant(struct job_worker *w, struct arena *a, const struct tenant *t,
                                 struct service **out, struct err *e)
{
    const struct service_progress progress = {report, cancelled, w};

    TRY(service_open(a, t, SERVICE_JOB, "service", out, e));
    service_set_progress(*out, &progress);
    return ERR_OK;
}

/* The place that the master knows the tenant by: this worker's registry may have been read later than the master's. */
static void wake_later(struct job_worker *w, const char *name, int64_t wait_ms)
{
    const struct tenant_registry *known = &w->context->site->registry;
    const struct tenant *t = site_tenant(known, name);

    if (t)
        wakeup_later(w->context->wakeup, (size_t)(t - known->tenants), clock_monotonic_ms() + wait_ms);
}

/* Do something with one tenant's service open. What fails leaves jobs that nobody else looks for: a disk may be full, another program may
 * hold the database. */
static void with_tenant(struct job_worker *w, const struct tenant *t,
                        enum err_code (*task)(struct job_worker *w, struct service *s, struct err *e))
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct service *s = NULL;
    struct err e = {0};
    enum err_code code;

    log_tenant(t->name);
    slot_set_tenant(w->context->slot, t->name);
    slot_busy(w->context->slot);
    code = open_tenant(w, a, t, &s, &e);
    if (code == ERR_OK)
        code = task(w, s, &e);
    if (code != ERR_OK) {
        log_write(LOG_ERROR, "%s (%s)", e.message, err_name(code));
        wake_later(w, t->name, LOOK_AGAIN_MS);
    }
    if (s)
        service_close(s);
    slot_set_tenant(w->context->slot, NULL);
    slot_idle(w->context->slot);
    log_tenant(NULL);
}

/* Who looks next at this tenant, and when. `more`: also now, if something is due. Otherwise what is due waits for a job that runs,
 * and that one's worker will look. */
static enum err_code pass_on(struct job_worker *w, struct service *s, bool more, struct err *e)
{
    const char *name = service_tenant(s)->name;
    int64_t due_us;

    TRY(service_next_job(s, &due_us, e));
    if (due_us > clock_now_us())
        wake_later(w, name, (due_us - clock_now_us()) / 1000 + 1);
    else if (due_us && more)
        (void)wakeup_send(w->context->wakeup, name);
    return ERR_OK;
}

static enum err_code run_one(struct job_worker *w, struct service *s, struct err *e)
{
    bool ran = false;
    enum err_code code = service_run_job(s, &ran, e);

    w->unfinished = ran && code != ERR_OK && code != ERR_NOT_FOUND;
    TRY(code);
    return pass_on(w, s, ran, e);
}

static enum err_code look(struct job_worker *w, struct service *s, struct err *e)
{
    return pass_on(w, s, true, e);
}

static enum err_code begin_tenant(struct job_worker *w, struct service *s, struct err *e)
{
    const struct tenant *t = service_tenant(s);
    const struct tenant_registry *seen = w->context->duty.seen;
    bool fresh = !seen || !site_tenant(seen, t->name);
    struct json_object *view;

    if (fresh && t->auto_pull_on_start && t->repo_url)
        TRY(service_job_enqueue(s, "pull", NULL, &view, e));
    return look(w, s, e);
}

static void for_all(struct job_worker *w,
                    enum err_code (*task)(struct job_worker *w, struct service *s, struct err *e))
{
    for (size_t i = 0; i < w->registry.n && !wakeup_stop_pending(); i++)
        with_tenant(w, &w->registry.tenants[i], task);
}

static void run_for(struct job_worker *w, const char *name)
{
    const struct tenant *t = site_tenant(&w->registry, name);

    if (!name[0])
        for_all(w, look);
    else if (t)
        with_tenant(w, t, run_one);
}

static void work(struct job_worker *w)
{
    bool extra = w->context->duty.extra;
    int64_t idle_since_ms = clock_monotonic_ms();
    char name[WAKEUP_RECORD_BYTES];

    while (!w->unfinished) {
        switch (wakeup_wait(w->context->wakeup, extra ? EXTRA_IDLE_MS : -1, name)) {
        case WAKEUP_STOP: return;
        case WAKEUP_TIMEOUT:
            /* Or another worker was faster. */
            if (extra && clock_monotonic_ms() - idle_since_ms >= EXTRA_IDLE_MS)
                return;
            break;
        case WAKEUP_TENANT:
            run_for(w, name);
            idle_since_ms = clock_monotonic_ms();
            break;
        }
    }
}

/* Only needed so that the signal interrupts the wait; what it means is known there. */
static void note_signal(int signal_number)
{
    (void)signal_number;
}

int job_worker_run(const struct worker_context *c)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct sigaction action = {.sa_handler = note_signal};
    struct job_worker w = {.context = c, .arena = a};
    struct err e = {0};

    (void)sigaction(SIGTERM, &action, NULL);
    errno = 0;
    if (nice(NICENESS) == -1 && errno)
        log_write(LOG_WARNING, "A job worker keeps its priority: nice failed with error %d.", errno);
    if (site_load_secrets(a, c->options, &w.registry, &e) != ERR_OK) {
        log_write(LOG_ERROR, "A job worker cannot begin: %s", e.message);
        return EXIT_FAILURE;
    }
    atomic_store(&c->slot->ready, true);
    if (c->duty.chores)
        for_all(&w, begin_tenant);
    atomic_store(&c->slot->chores_done, true);
    work(&w);
    return EXIT_SUCCESS;
}
