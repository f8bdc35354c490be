#include "fcgi/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/util/clock.h"

enum { PIPE_BYTES = 1024 * 1024 }; /* what the kernel allows everybody (pipe(7)): 16,384 records */

struct wakeup_board {
    size_t n;
    atomic_bool lost;
    _Atomic int64_t due_ms[]; /* per tenant; 0: nothing waits */
};

static size_t board_bytes(size_t tenants)
{
    return sizeof(struct wakeup_board) + tenants * sizeof(_Atomic int64_t);
}

static enum err_code map_board(size_t tenants, struct wakeup_board **out, struct err *e)
{
    void *p = mmap(NULL, board_bytes(tenants), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return err_set_errno(e, errno, "share memory with the workers");
    *out = p;
    (*out)->n = tenants;
    return ERR_OK;
}

enum err_code wakeup_open(size_t tenants, struct wakeup *w, struct err *e)
{
    struct wakeup_board *board;
    int ends[2];

    TRY(map_board(tenants, &board, e));
    /* Not blocking at the reading end either: between poll() and read() another worker may take the record. */
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        (void)munmap(board, board_bytes(tenants));
        return err_set_errno(e, errno, "make the pipe to the job workers");
    }
    /* A smaller one does as well: it only loses more. */
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
    *w = (struct wakeup){.read_fd = ends[0], .write_fd = ends[1], .board = board};
    return ERR_OK;
}

void wakeup_close(struct wakeup *w)
{
    if (w->read_fd >= 0) {
        (void)close(w->read_fd);
        (void)close(w->write_fd);
        (void)munmap(w->board, board_bytes(w->board->n));
    }
    *w = (struct wakeup)WAKEUP_CLOSED;
}

static bool put(const struct wakeup *w, const char *tenant)
{
    char record[WAKEUP_RECORD_BYTES] = {0};

    (void)snprintf(record, sizeof record, "%s", tenant);
    return write(w->write_fd, record, sizeof record) == (ssize_t)sizeof record;
}

bool wakeup_send(const struct wakeup *w, const char *tenant)
{
    bool sent = put(w, tenant);

    if (!sent)
        wakeup_note_loss(w);
    return sent;
}

void wakeup_note_loss(const struct wakeup *w)
{
    atomic_store(&w->board->lost, true);
}

void wakeup_later(const struct wakeup *w, size_t tenant, int64_t at_ms)
{
    _Atomic int64_t *due_ms = &w->board->due_ms[tenant];
    int64_t now = atomic_load(due_ms);

    while ((!now || at_ms < now) && !atomic_compare_exchange_weak(due_ms, &now, at_ms))
        ;
}

bool wakeup_due(const struct wakeup *w, size_t *tenant)
{
    int64_t now_ms = clock_monotonic_ms();

    for (; *tenant < w->board->n; ++*tenant) {
        int64_t due_ms = atomic_load(&w->board->due_ms[*tenant]);

        if (due_ms && due_ms <= now_ms &&
            atomic_compare_exchange_strong(&w->board->due_ms[*tenant], &due_ms, 0))
            return true;
    }
    return false;
}

void wakeup_mend(const struct wakeup *w)
{
    if (atomic_exchange(&w->board->lost, false) && !put(w, ""))
        wakeup_note_loss(w);
}

bool wakeup_waiting(const struct wakeup *w)
{
    int bytes = 0;

    return ioctl(w->read_fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

/* Times are kept by place in the registry, and the other generation's places are others: look at every tenant instead. */
void wakeup_move(const struct wakeup *from, const struct wakeup *to)
{
    char tenant[WAKEUP_RECORD_BYTES];
    bool look = atomic_load(&from->board->lost);

    while (read(from->read_fd, tenant, sizeof tenant) == (ssize_t)sizeof tenant) {
        tenant[sizeof tenant - 1] = '\0';
        (void)wakeup_send(to, tenant);
    }
    for (size_t i = 0; i < from->board->n; i++)
        look = look || atomic_load(&from->board->due_ms[i]);
    if (look)
        wakeup_note_loss(to);
}

bool wakeup_stop_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
}

enum wakeup_event wakeup_wait(const struct wakeup *w, int timeout_ms, char tenant[WAKEUP_RECORD_BYTES])
{
    struct timespec limit = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000L};
    struct pollfd p = {.fd = w->read_fd, .events = POLLIN};
    sigset_t open_mask;
    int n;

    /* ppoll() takes no signal when there is something to read. */
    if (wakeup_stop_pending())
        return WAKEUP_STOP;
    (void)sigprocmask(SIG_SETMASK, NULL, &open_mask);
    (void)sigdelset(&open_mask, SIGTERM);
    n = ppoll(&p, 1, timeout_ms < 0 ? NULL : &limit, &open_mask);
    if (n < 0)
        return WAKEUP_STOP;
    if (n > 0 && read(w->read_fd, tenant, WAKEUP_RECORD_BYTES) == WAKEUP_RECORD_BYTES) {
        tenant[WAKEUP_RECORD_BYTES - 1] = '\0';
        return WAKEUP_TENANT;
    }
    return WAKEUP_TIMEOUT;
}
