/* Whether the worker of a job lives, as Linux tells in /proc/PID/stat (proc(5)): field 3 is the state, field 22 the time
 * at which the process started, in clock ticks since the machine was booted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/jobs/jobs.h"
#include "core/util/clock.h"

enum { STAT_BYTES = 1024, FIELDS_FROM_STATE_TO_START = 19, ROUNDING_US = 20000 };

static int64_t boot_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* From the state on; the program's name before it may hold anything, so look for the last parenthesis. */
static bool read_stat(int64_t pid, char *text, const char **state)
{
    char path[64];
    FILE *file;
    size_t n;

    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    n = fread(text, 1, STAT_BYTES - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    *state = strrchr(text, ')');
    if (!*state || (*state)[1] != ' ')
        return false;
    *state += 2;
    return true;
}

bool jobs_worker_alive(int64_t pid, int64_t began_at_us)
{
    char text[STAT_BYTES];
    const char *at;
    int64_t started_us;

    if (pid <= 0 || !read_stat(pid, text, &at) || *at == 'Z' || *at == 'X')
        return false;
    for (int i = 0; i < FIELDS_FROM_STATE_TO_START && at; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return false;
    started_us = strtoll(at, NULL, 10) * (1000000 / sysconf(_SC_CLK_TCK));
    return clock_now_us() - (boot_clock_us() - started_us) <= began_at_us + ROUNDING_US;
}
