#include "core/util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/util/arena.h"
#include "core/util/clock.h"
#include "core/util/jx.h"
#include "core/util/utf8.h"

static bool as_json;
static enum log_level least_level = LOG_INFO;
static const char *current_tenant;

void log_setup(bool json, enum log_level least)
{
    as_json = json;
    least_level = least;
}

void log_tenant(const char *tenant)
{
    current_tenant = tenant;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG: return "debug";
    case LOG_INFO: return "info";
    case LOG_WARNING: return "warning";
    case LOG_ERROR: return "error";
    }
    return "info";
}

static char *line_as_json(struct arena *a, const char *time, enum log_level level, const char *text)
{
    struct json_object *line = jx_own(a, json_object_new_object());

    jx_set_text(line, "time", time);
    jx_set_text(line, "level", level_name(level));
    jx_set_int(line, "pid", getpid());
    if (current_tenant)
        jx_set_text(line, "tenant", current_tenant);
    jx_set_text(line, "message", text);
    return arena_printf(a, "%s\n", jx_text(a, line));
}

void log_write(enum log_level level, const char *format, ...)
{
    AUTO_STRUCT(arena) *a = NULL;
    char clean[2048];
    char *raw;
    char *time;
    char *line;
    va_list arguments;

    if (level < least_level)
        return;
    a = arena_new();
    va_start(arguments, format);
    raw = arena_vprintf(a, format, arguments);
    va_end(arguments);
    utf8_clean(clean, sizeof clean, raw, strlen(raw));
    for (char *c = clean; (c = strpbrk(c, "\t\n"));)
        *c = ' '; /* whoever names a file may not write a line of the log */
    time = clock_rfc3339(a, clock_now_us());
    if (as_json)
        line = line_as_json(a, time, level, clean);
    else
        line = arena_printf(a, "%s %s [%d] %s%s%s\n", time, level_name(level), (int)getpid(),
                            current_tenant ? current_tenant : "", current_tenant ? ": " : "", clean);
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        return; /* nowhere left to say so */
}
