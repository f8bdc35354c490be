/*
 * A job worker: waits for the name of a tenant, runs one job of it, lets the next tenant have its turn.
 */
#include <signal.h>
#include <stdlib.h>

#include "core/service/service.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "fcgi/worker.h"

/* How long without a wake-up until every tenant is looked at: for jobs that were to begin later, and lost records. */
enum { SWEEP_AFTER_MS = 60000 };

struct job_worker {
    const struct worker_context *context;
    struct arena *arena; /* of the worker's life */
    struct tenant_registry registry;
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

/* Being stopped does not cancel a job: what is not done in the time that is left is resumed at the next start. */
static bool cancelled(void *context)
{
    (void)context;
    return false;
}

static enum err_code open_tenant(struct job_worker *w, struct arena *a, const struct tenant *t,
                                 struct service **out, struct err *e)
{
    const struct service_progress progress = {report, cancelled, w};

    TRY(service_open(a, t, SERVICE_JOB, "service", out, e));
    service_set_progress(*out, &progress);
    return ERR_OK;
}

/* Do something with one tenant's service open. */
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
    if (code != ERR_OK)
        log_write(LOG_ERROR, "%s (%s)", e.message, err_name(code));
    if (s)
        service_close(s);
    slot_idle(w->context->slot);
    slot_set_tenant(w->context->slot, NULL);
    log_tenant(NULL);
}

static enum err_code run_one(struct job_worker *w, struct service *s, struct err *e)
{
    bool ran = false;

    TRY(service_run_job(s, &ran, e));
    if (ran)
        (void)wakeup_send(w->context->wakeup, service_tenant(s)->name);
    return ERR_OK;
}

static enum err_code recover_predecessor(struct job_worker *w, struct service *s, struct err *e)
{
    int64_t due_us;

    TRY(service_next_job(s, &due_us, e));
    (void)wakeup_send(w->context->wakeup, service_tenant(s)->name);
    return ERR_OK;
}

static enum err_code begin_tenant(struct job_worker *w, struct service *s, struct err *e)
{
    const struct tenant *t = service_tenant(s);
    const struct tenant_registry *seen = w->context->debt.seen;
    bool fresh = !seen || !site_tenant(seen, t->name);
    struct json_object *view;
    int64_t due_us;

    TRY(service_next_job(s, &due_us, e));
    if (fresh && t->auto_pull_on_start && t->repo_url)
        TRY(service_job_enqueue(s, "pull", NULL, &view, e));
    (void)wakeup_send(w->context->wakeup, t->name);
    return ERR_OK;
}

static void for_all(struct job_worker *w,
                    enum err_code (*task)(struct job_worker *w, struct service *s, struct err *e))
{
    for (size_t i = 0; i < w->registry.n; i++)
        with_tenant(w, &w->registry.tenants[i], task);
}

static void pay_debt(struct job_worker *w)
{
    const struct worker_debt *debt = &w->context->debt;
    const struct tenant *dead = debt->dead_pid ? site_tenant(&w->registry, debt->dead_tenant) : NULL;

    if (dead)
        with_tenant(w, dead, recover_predecessor);
    if (debt->chores)
        for_all(w, begin_tenant);
}

static void work(struct job_worker *w)
{
    char name[WAKEUP_RECORD_BYTES];
    const struct tenant *t;

    for (;;) {
        switch (wakeup_wait(w->context->wakeup, SWEEP_AFTER_MS, name)) {
        case WAKEUP_STOP: return;
        case WAKEUP_TIMEOUT: for_all(w, run_one); break;
        case WAKEUP_TENANT:
            t = site_tenant(&w->registry, name);
            if (t)
                with_tenant(w, t, run_one);
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
    if (site_load_secrets(a, c->options, &w.registry, &e) != ERR_OK) {
        log_write(LOG_ERROR, "A job worker cannot begin: %s", e.message);
        return EXIT_FAILURE;
    }
    atomic_store(&c->slot->ready, true);
    pay_debt(&w);
    work(&w);
    return EXIT_SUCCESS;
}
