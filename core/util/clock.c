#include "core/util/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_pause_ms(int ms)
{
    struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};

    (void)nanosleep(&pause, NULL);
}

static struct tm broken_down(int64_t us)
{
    time_t seconds = (time_t)(us / 1000000 - (us % 1000000 < 0));
    struct tm tm;

    (void)gmtime_r(&seconds, &tm);
    return tm;
}

char *clock_rfc3339(struct arena *a, int64_t us)
{
    struct tm tm = broken_down(us);

    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

char *clock_sql(struct arena *a, int64_t us)
{
    struct tm tm = broken_down(us);
    int fraction = (int)((us % 1000000 + 1000000) % 1000000);

    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                        tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

char *clock_compact_date(struct arena *a, int64_t us)
{
    struct tm tm = broken_down(us);

    return arena_printf(a, "%04d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

bool clock_date_valid(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    int month;
    int day;
    int end = 0;

    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 || text[4] != '-' || text[7] != '-')
        return false;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10 || year < 1 || month < 1 ||
        month > 12 || day < 1)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return day <= days[month - 1] + (month == 2 && leap);
}

bool clock_parse(const char *text, int64_t *us)
{
    struct tm tm = {0};
    char separator;
    int end = 0;
    int64_t fraction = 0;
    const char *rest;

    if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &separator,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 7 ||
        (separator != 'T' && separator != ' ') || tm.tm_mon < 1 || tm.tm_mon > 12)
        return false;
    rest = text + end;
    if (*rest == '.') {
        int64_t unit = 100000;

        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            fraction += (*rest - '0') * unit;
    }
    if (*rest != '\0' && strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *us = (int64_t)timegm(&tm) * 1000000 + fraction;
    return true;
}
