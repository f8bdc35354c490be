/*
 * The FastCGI side of a web worker: accept, hand over, send, again.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/util/log.h"
#include "core/util/own.h"
#include "fcgi/web.h"
#include "fcgi/worker.h"

enum { ACCEPT_FAILURES = 16 };

/*
 * SIGTERM stays blocked: taken in the middle of a request it would break off reading or writing it, in libfcgi, which knows no
 * second try. So it is looked for between two requests, and a worker without work waits for visitors and for the signal.
 * Of those who wait only one is woken by a visitor, hence the rule that who was woken accepts before it looks for the signal.
 */
static int open_door(int listen_fd)
{
    AUTO_FD door = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event visitor = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    struct epoll_event end = {.events = EPOLLIN};
    sigset_t term;
    int signal_fd;

    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    signal_fd = signalfd(-1, &term, SFD_CLOEXEC);
    if (door < 0 || signal_fd < 0 || epoll_ctl(door, EPOLL_CTL_ADD, listen_fd, &visitor) < 0 ||
        epoll_ctl(door, EPOLL_CTL_ADD, signal_fd, &end) < 0)
        return -1;
    return TAKE_FD(door);
}

/* nginx has the whole body before it asks us, so its length is known and reading it does not wait for the visitor. */
static char *read_body(FCGX_Request *request, struct request_input *in)
{
    const char *announced = FCGX_GetParam("CONTENT_LENGTH", request->envp);
    long n = announced ? strtol(announced, NULL, 10) : 0;
    char *body;
    int got;

    in->body_too_large = n > REQUEST_BODY_BYTES;
    if (n <= 0 || in->body_too_large)
        return NULL;
    body = malloc((size_t)n);
    if (!body)
        abort();
    got = FCGX_GetStr(body, (int)n, request->in);
    in->body = body;
    in->body_n = got > 0 ? (size_t)got : 0;
    in->body_cut = got != n;
    return body;
}

static void serve(struct web *web, FCGX_Request *request)
{
    struct request_input in = {
        .method = FCGX_GetParam("REQUEST_METHOD", request->envp),
        .uri = FCGX_GetParam("REQUEST_URI", request->envp),
        .tenant = FCGX_GetParam("TIDELINE_TENANT", request->envp),
        .address = FCGX_GetParam("REMOTE_ADDR", request->envp),
        .cookie = FCGX_GetParam("HTTP_COOKIE", request->envp),
        .authorization = FCGX_GetParam("HTTP_AUTHORIZATION", request->envp),
        .origin = FCGX_GetParam("HTTP_ORIGIN", request->envp),
        .sec_fetch_site = FCGX_GetParam("HTTP_SEC_FETCH_SITE", request->envp),
        .if_none_match = FCGX_GetParam("HTTP_IF_NONE_MATCH", request->envp),
        .if_match = FCGX_GetParam("HTTP_IF_MATCH", request->envp),
        .idempotency_key = FCGX_GetParam("HTTP_IDEMPOTENCY_KEY", request->envp),
        .content_type = FCGX_GetParam("CONTENT_TYPE", request->envp),
    };
    struct web_answer answer;
    char *body = read_body(request, &in);

    web_answer(web, &in, &answer);
    /* A visitor who has gone is no error: there is nobody to tell. */
    (void)FCGX_PutStr(answer.p, (int)answer.n, request->out);
    web_rest(web, &answer);
    free(body);
}

/* A worker that ends in the middle may have queued a job: the slot says whose, for the master to wake. */
static void serve_known(const struct worker_context *c, struct web *web, FCGX_Request *request)
{
    slot_set_tenant(c->slot, FCGX_GetParam("TIDELINE_TENANT", request->envp));
    slot_busy(c->slot);
    serve(web, request);
    FCGX_Finish_r(request);
    slot_set_tenant(c->slot, NULL);
    slot_idle(c->slot);
}

/* False: told to end, or the socket is broken, which one failure after the other means; one alone may be a visitor who left at once. */
static bool next_visitor(FCGX_Request *request, int door)
{
    struct epoll_event event;

    for (int failed = 0; failed < ACCEPT_FAILURES;) {
        int code = FCGX_Accept_r(request);

        if (code == 0)
            return true;
        if (wakeup_stop_pending())
            return false;
        if (code != -EAGAIN)
            failed++;
        else
            (void)epoll_wait(door, &event, 1, -1);
    }
    return false;
}

int web_worker_run(const struct worker_context *c)
{
    AUTO_STRUCT(web) *web = web_new(c->site, c->wakeup);
    AUTO_FD door = open_door(c->listen_fd);
    FCGX_Request request;

    site_forget_secrets();
    if (door < 0 || FCGX_Init() != 0 ||
        FCGX_InitRequest(&request, c->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        log_write(LOG_ERROR, "A web worker could not begin to listen.");
        return EXIT_FAILURE;
    }
    atomic_store(&c->slot->ready, true);
    while (next_visitor(&request, door)) {
        serve_known(c, web, &request);
        if (wakeup_stop_pending())
            break;
    }
    FCGX_Free(&request, 1);
    return wakeup_stop_pending() ? EXIT_SUCCESS : EXIT_FAILURE;
}
