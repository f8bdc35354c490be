/* Which process a worker is, and whether it lives, as Linux tells in /proc/PID/stat (proc(5)): field 3 is the state, field 22
 * the time at which the process started, in clock ticks since the machine was booted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/jobs/jobs.h"
#include "core/util/digest.h"

enum { STAT_BYTES = 1024, BOOT_BYTES = 64, FIELDS_FROM_STATE_TO_START = 19, TAG_DIGITS = 7 };

static bool read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t n;

    if (!file)
        return false;
    n = fread(text, 1, size - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    return n > 0;
}

/* From the state on; the program's name before it may hold anything, so look for the last parenthesis. */
static bool read_stat(int64_t pid, char *text, const char **state)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_text(path, text, STAT_BYTES))
        return false;
    *state = strrchr(text, ')');
    if (!*state || (*state)[1] != ' ')
        return false;
    *state += 2;
    return true;
}

int64_t jobs_worker_of(int64_t pid)
{
    char text[STAT_BYTES], boot[BOOT_BYTES], life[2 * BOOT_BYTES], digest[DIGEST_HEX_SIZE];
    const char *at;
    int n;

    if (pid <= 0 || !read_stat(pid, text, &at) || *at == 'Z' || *at == 'X' ||
        !read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        return 0;
    for (int i = 0; i < FIELDS_FROM_STATE_TO_START && at; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return 0;
    n = snprintf(life, sizeof life, "%lld %s", strtoll(at, NULL, 10), boot);
    digest_sha256(life, (size_t)n, digest);
    digest[TAG_DIGITS] = '\0';
    return (strtoll(digest, NULL, 16) + 1) << JOBS_PID_BITS | pid;
}

int64_t jobs_worker_self(void)
{
    return jobs_worker_of(getpid());
}

bool jobs_worker_alive(int64_t worker)
{
    return worker > 0 && jobs_worker_of(worker & ((1 << JOBS_PID_BITS) - 1)) == worker;
}
