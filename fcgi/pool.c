#include "fcgi/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util/clock.h"
#include "core/util/log.h"
#include "core/util/own.h"
#include "fcgi/listener.h"
#include "fcgi/pool_internal.h"

enum {
    TICK_MS = 100,           /* how often stalls, back-offs and due jobs are looked at */
    RELOAD_LIMIT_MS = 20000, /* a new generation that is not up by then is given up */
};

static void free_pool(struct pool *p)
{
    if (p->site)
        site_free(p->site);
    if (p->old_site)
        site_free(p->old_site);
    if (p->slots)
        slot_unmap(p->slots, p->n);
    free(p->workers);
    if (p->listen_fd >= 0)
        (void)close(p->listen_fd);
    wakeup_close(&p->wakeup);
    wakeup_close(&p->old_wakeup);
}

static enum err_code open_pool(struct pool *p, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();

    p->n = (size_t)(p->options->web_workers + p->options->job_workers_most) * 2;
    p->workers = calloc(p->n, sizeof *p->workers);
    if (!p->workers)
        abort();
    TRY(site_load(p->options, &p->site, e));
    TRY(slot_map(p->n, &p->slots, e));
    TRY(wakeup_open(p->site->registry.n, &p->wakeup, e));
    return listener_open(a, p->options->socket_path, &p->listen_fd, e);
}

/* The signals are blocked for good and taken with sigtimedwait(): no handler, nothing lost. */
static sigset_t block_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return set;
}

static void begin_reload(struct pool *p)
{
    struct wakeup wakeup = WAKEUP_CLOSED;
    struct site *fresh = NULL;
    struct err e = {0};

    if (p->stopping)
        return;
    if (p->reload_until_ms || p->old_wakeup.board) {
        p->reload_again = true; /* the generation before is still ending: there are no free places */
        return;
    }
    p->reload_again = false;
    if (site_load(p->options, &fresh, &e) != ERR_OK ||
        wakeup_open(fresh->registry.n, &wakeup, &e) != ERR_OK) {
        log_write(LOG_ERROR, "The new configuration is refused and the old one stays: %s", e.message);
        if (fresh)
            site_free(fresh);
        return;
    }
    p->old_site = p->site;
    p->old_wakeup = p->wakeup;
    p->site = fresh;
    p->wakeup = wakeup;
    p->generation++;
    p->reload_until_ms = clock_monotonic_ms() + RELOAD_LIMIT_MS;
    pool_fill(p, p->generation);
}

static void accept_reload(struct pool *p)
{
    pool_retire(p, p->generation - 1);
    site_free(p->old_site);
    p->old_site = NULL;
    p->reload_until_ms = 0;
    log_write(LOG_INFO, "reloaded: %zu tenants", p->site->registry.n);
}

/* The old generation goes on under a new number, so that the failed one can be told to end. */
static void give_up_reload(struct pool *p)
{
    struct wakeup failed;

    for (size_t i = 0; i < p->n; i++)
        if (p->workers[i].generation && p->workers[i].generation < p->generation)
            p->workers[i].generation = p->generation + 1;
    pool_retire(p, p->generation++);
    site_free(p->site);
    failed = p->wakeup;
    p->site = p->old_site;
    p->wakeup = p->old_wakeup;
    p->old_wakeup = failed;
    p->old_site = NULL;
    p->reload_until_ms = 0;
    log_write(LOG_ERROR, "The new workers did not come up and the old ones stay.");
}

/* What the generation that has ended left unread, or wrote with its last breath. */
static void close_old_pipe(struct pool *p)
{
    if (!p->old_wakeup.board || p->reload_until_ms || !pool_is_alone(p, p->generation))
        return;
    wakeup_move(&p->old_wakeup, &p->wakeup);
    wakeup_close(&p->old_wakeup);
}

static void go_on_reload(struct pool *p)
{
    if (p->reload_until_ms && pool_is_up(p, p->generation))
        accept_reload(p);
    else if (p->reload_until_ms && clock_monotonic_ms() >= p->reload_until_ms)
        give_up_reload(p);
    close_old_pipe(p);
    if (p->reload_again && !p->stopping)
        begin_reload(p);
}

static void begin_stop(struct pool *p)
{
    if (p->stopping)
        return;
    p->stopping = true;
    log_write(LOG_INFO, "stopping");
    /* Nobody is accepted any more; who has been accepted is answered. */
    (void)unlink(p->options->socket_path);
    pool_retire(p, p->generation);
}

static void wake_due(const struct pool *p)
{
    for (size_t i = 0; wakeup_due(&p->wakeup, &i); i++)
        (void)wakeup_send(&p->wakeup, p->site->registry.tenants[i].name);
    wakeup_mend(&p->wakeup);
}

static void tick(struct pool *p)
{
    pool_reap(p);
    pool_kill_late(p);
    if (p->stopping)
        return;
    go_on_reload(p);
    wake_due(p);
    pool_start_extra(p);
    pool_start_due(p);
}

static void loop(struct pool *p, const sigset_t *signals)
{
    const struct timespec wait = {0, (long)TICK_MS * 1000000L};

    while (!p->stopping || pool_alive(p)) {
        switch (sigtimedwait(signals, NULL, &wait)) {
        case SIGTERM:
        case SIGINT: begin_stop(p); break;
        case SIGHUP: begin_reload(p); break;
        default: break; /* a child, or the time is up: tick() looks at both */
        }
        tick(p);
    }
}

enum err_code pool_run(const struct options *options, struct err *e)
{
    struct pool p = {.options = options,
                     .listen_fd = -1,
                     .wakeup = WAKEUP_CLOSED,
                     .old_wakeup = WAKEUP_CLOSED,
                     .generation = 1};
    sigset_t signals;
    enum err_code code;

    (void)umask(007);
    signals = block_signals();
    code = open_pool(&p, e);
    if (code == ERR_OK) {
        pool_fill(&p, p.generation);
        pool_start_due(&p);
        log_write(LOG_INFO, "serving %zu tenants on %s with %d web and %d job workers", p.site->registry.n,
                  options->socket_path, options->web_workers, options->job_workers);
        loop(&p, &signals);
        log_write(LOG_INFO, "stopped");
    }
    free_pool(&p);
    return code;
}
