/* Progress of long work, and the signals that cancel it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/util/clock.h"

enum { BAR_WIDTH = 24, REDRAW_MS = 80, PHASE_BYTES = 80 };

static volatile sig_atomic_t cancelled;

/* What was drawn last; one process has one progress. */
static struct {
    bool bar, lines, drawn;
    int columns;
    int64_t drawn_ms;
    char phase[PHASE_BYTES];
} shown;

static void cancel(int signal_number)
{
    (void)signal_number;
    cancelled = 1;
}

/* The first signal asks the work to stop at a safe point; a second one ends the process. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = cancel, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool is_cancelled(void *context)
{
    (void)context;
    return cancelled != 0;
}

static void format_bytes(char *out, size_t size, uint64_t bytes)
{
    if (bytes < 1024 * 1024)
        (void)snprintf(out, size, "%.0f KiB", (double)bytes / 1024);
    else
        (void)snprintf(out, size, "%.1f MiB", (double)bytes / (1024 * 1024));
}

static void draw(uint64_t done, uint64_t total, uint64_t bytes)
{
    char bar[BAR_WIDTH + 1];
    char size[32] = "";
    char line[256];
    uint64_t part = total ? (done < total ? done : total) : 0;
    int filled = total ? (int)((double)part / (double)total * BAR_WIDTH) : 0;

    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    if (bytes)
        format_bytes(size, sizeof size, bytes);
    if (total)
        (void)snprintf(line, sizeof line, "%-22s [%s] %3d%% %s", shown.phase, bar,
                       (int)((double)part * 100 / (double)total), size);
    else
        (void)snprintf(line, sizeof line, "%-22s %s", shown.phase, size);
    fprintf(stderr, "\r%.*s\033[K", shown.columns - 1, line);
    (void)fflush(stderr);
    shown.drawn = true;
}

static void report(void *context, const char *phase, uint64_t done, uint64_t total, uint64_t bytes)
{
    bool other = strncmp(phase, shown.phase, sizeof shown.phase - 1) != 0;
    int64_t now_ms = clock_monotonic_ms();

    (void)context;
    if (other)
        (void)snprintf(shown.phase, sizeof shown.phase, "%s", phase);
    if (shown.lines && other)
        fprintf(stderr, "tideline: %s\n", shown.phase);
    if (!shown.bar || (!other && now_ms - shown.drawn_ms < REDRAW_MS && done < total))
        return;
    shown.drawn_ms = now_ms;
    draw(done, total, bytes);
}

void progress_start(struct cli *cli, struct service_progress *progress)
{
    const char *terminal = getenv("TERM");
    bool can_redraw = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;

    catch_signals();
    shown.bar = can_redraw && !cli->verbose;
    shown.lines = cli->verbose;
    shown.columns = cli->columns < 200 ? cli->columns : 200;
    *progress = (struct service_progress){report, is_cancelled, NULL};
}

void progress_end(void)
{
    if (shown.drawn)
        fprintf(stderr, "\r\033[K");
    shown.drawn = false;
}
