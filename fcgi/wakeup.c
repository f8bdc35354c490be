#include "fcgi/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum err_code wakeup_open(struct wakeup *w, struct err *e)
{
    int ends[2];

    /* Not blocking at the reading end either: between poll() and read() another worker may take the record. */
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_set_errno(e, errno, "make the pipe to the job workers");
    *w = (struct wakeup){.read_fd = ends[0], .write_fd = ends[1]};
    return ERR_OK;
}

void wakeup_close(struct wakeup *w)
{
    if (w->read_fd >= 0) {
        (void)close(w->read_fd);
        (void)close(w->write_fd);
    }
    *w = (struct wakeup){-1, -1};
}

bool wakeup_send(const struct wakeup *w, const char *tenant)
{
    char record[WAKEUP_RECORD_BYTES] = {0};

    (void)snprintf(record, sizeof record, "%s", tenant);
    return write(w->write_fd, record, sizeof record) == (ssize_t)sizeof record;
}

enum wakeup_event wakeup_wait(const struct wakeup *w, int timeout_ms, char tenant[WAKEUP_RECORD_BYTES])
{
    struct timespec limit = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000L};
    struct pollfd p = {.fd = w->read_fd, .events = POLLIN};
    sigset_t open_mask;
    int n;

    (void)sigprocmask(SIG_SETMASK, NULL, &open_mask);
    (void)sigdelset(&open_mask, SIGTERM);
    n = ppoll(&p, 1, &limit, &open_mask);
    if (n < 0)
        return WAKEUP_STOP;
    if (n > 0 && read(w->read_fd, tenant, WAKEUP_RECORD_BYTES) == WAKEUP_RECORD_BYTES) {
        tenant[WAKEUP_RECORD_BYTES - 1] = '\0';
        return WAKEUP_TENANT;
    }
    return WAKEUP_TIMEOUT;
}
