/*
 * fcgi_memory SOCKET WORKERS FILE: the least that a FastCGI program can do, to compare with.
 *
 * WORKERS processes accept from one unix socket and answer every request with the bytes of FILE (headers, an empty
 * line, body), read once at the start.
 */
#define _GNU_SOURCE
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 511, MOST_BYTES = 16 << 20 };

static void serve(int listener, const char *answer, int size)
{
    FCGX_Request request;

    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutStr(answer, size, request.out);
        FCGX_Finish_r(&request);
    }
}

static int read_answer(const char *path, char **out)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    *out = malloc(MOST_BYTES);
    if (!file || !*out)
        return -1;
    n = fread(*out, 1, MOST_BYTES, file);
    fclose(file);
    return (int)n;
}

int main(int argc, char **argv)
{
    char *answer;
    int listener, size, workers;

    if (argc != 4)
        return 2;
    workers = atoi(argv[2]);
    size = read_answer(argv[3], &answer);
    FCGX_Init();
    listener = FCGX_OpenSocket(argv[1], BACKLOG);
    if (size <= 0 || listener < 0)
        return 1;
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener, answer, size);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}
