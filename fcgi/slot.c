#include "fcgi/slot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/util/clock.h"

enum err_code slot_map(size_t n, struct slot **out, struct err *e)
{
    void *p = mmap(NULL, n * sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return err_set_errno(e, errno, "share memory with the workers");
    *out = p;
    return ERR_OK;
}

void slot_unmap(struct slot *slots, size_t n)
{
    (void)munmap(slots, n * sizeof *slots);
}

void slot_clear(struct slot *s)
{
    slot_set_tenant(s, NULL);
    slot_idle(s);
    atomic_store(&s->ready, false);
    atomic_store(&s->chores_done, false);
}

void slot_set_tenant(struct slot *s, const char *tenant)
{
    (void)snprintf(s->tenant, sizeof s->tenant, "%s", tenant ? tenant : "");
}

void slot_busy(struct slot *s)
{
    atomic_store(&s->busy_since_ms, clock_monotonic_ms());
}

void slot_idle(struct slot *s)
{
    atomic_store(&s->busy_since_ms, 0);
}

bool slot_stalled(const struct slot *s, int64_t limit_ms)
{
    int64_t since = atomic_load(&s->busy_since_ms);

    return since && clock_monotonic_ms() - since > limit_ms;
}
