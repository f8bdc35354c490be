/*
 * stopwatch [-i FILE] COMMAND [ARG...]: how long a command takes from start to end, without the cost of whoever asks.
 *
 * Runs it with FILE (default /dev/null) as standard input and both outputs into /dev/null, and prints one line of
 * JSON: wall and processor time in milliseconds, the largest memory (RSS) in KiB, and the exit status.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static void redirect(const char *path, int flags, int to)
{
    int fd = open(path, flags);

    if (fd < 0 || dup2(fd, to) < 0)
        _exit(126);
}

int main(int argc, char **argv)
{
    const char *input = "/dev/null";
    struct rusage used;
    int status;
    double began;
    pid_t child;

    if (argc > 3 && strcmp(argv[1], "-i") == 0) {
        input = argv[2];
        argv += 2;
        argc -= 2;
    }
    if (argc < 2)
        return 2;
    began = now_ms();
    child = fork();
    if (child == 0) {
        redirect(input, O_RDONLY, STDIN_FILENO);
        redirect("/dev/null", O_WRONLY, STDOUT_FILENO);
        redirect("/dev/null", O_WRONLY, STDERR_FILENO);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0)
        return 1;
    printf("{\"wall\": %.3f, \"cpu\": %.3f, \"rss\": %ld, \"code\": %d}\n", now_ms() - began,
           ms_of(used.ru_utime) + ms_of(used.ru_stime), used.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
