/*
 * The FastCGI side of a web worker: accept, hand over, send, again.
 */
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/util/log.h"
#include "fcgi/web.h"
#include "fcgi/worker.h"

enum { ACCEPT_FAILURES = 16 };

static volatile sig_atomic_t stopping;
static volatile sig_atomic_t listening_fd = -1;
static volatile sig_atomic_t spare_fd = -1;

/*
 * A signal that comes just before accept() would be lost in a flag. Putting another file in the place of the listening
 * socket makes that accept() fail, whenever it begins; dup2() may be called from a handler.
 */
static void stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
    (void)dup2(spare_fd, listening_fd);
}

static bool prepare(int listen_fd)
{
    struct sigaction action = {.sa_handler = stop}; /* without SA_RESTART: it must interrupt accept() */

    listening_fd = listen_fd;
    spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return spare_fd >= 0 && FCGX_Init() == 0 && sigaction(SIGTERM, &action, NULL) == 0;
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

int web_worker_run(const struct worker_context *c)
{
    AUTO_STRUCT(web) *web = web_new(c->site, c->wakeup);
    sigset_t term;
    int failed = 0;
    FCGX_Request request;

    site_forget_secrets();
    if (!prepare(c->listen_fd) || FCGX_InitRequest(&request, c->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        log_write(LOG_ERROR, "A web worker could not begin to listen.");
        return EXIT_FAILURE;
    }
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &term, NULL);
    atomic_store(&c->slot->ready, true);
    /* A failed accept() may be a signal or a visitor who left at once; one after the other means that the socket is broken. */
    while (!stopping && failed < ACCEPT_FAILURES) {
        if (FCGX_Accept_r(&request) < 0) {
            failed++;
            continue;
        }
        failed = 0;
        slot_busy(c->slot);
        serve(web, &request);
        FCGX_Finish_r(&request);
        slot_idle(c->slot);
    }
    FCGX_Free(&request, 1);
    return stopping ? EXIT_SUCCESS : EXIT_FAILURE;
}
