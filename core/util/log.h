/*
 * The log: one line per event on standard error, plain or JSON. Text is cleaned of control characters and line breaks. A line is one
 * write(2), so that lines of several processes do not mix. Secrets never get here.
 */
#ifndef TIDELINE_UTIL_LOG_H
#define TIDELINE_UTIL_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Choose JSON lines and the least level that is written; the default is plain text from LOG_INFO on. */
void log_setup(bool json, enum log_level least);

/* The tenant that the lines from now on are about; NULL: none. The text must outlive its use. */
void log_tenant(const char *tenant);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
