#include "core/util/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/util/utf8.h"

__attribute__((format(printf, 4, 0))) static enum err_code fill(struct err *e, enum err_code code, int line,
                                                                const char *format, va_list arguments)
{
    char raw[sizeof e->message * 2];

    if (!e)
        return code;
    e->code = code;
    e->line = line;
    (void)vsnprintf(raw, sizeof raw, format, arguments);
    utf8_clean(e->message, sizeof e->message, raw, strlen(raw));
    return code;
}

enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fill(e, code, 0, format, arguments);
    va_end(arguments);
    return code;
}

enum err_code err_set_line(struct err *e, enum err_code code, int line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fill(e, code, line, format, arguments);
    va_end(arguments);
    return code;
}

enum err_code err_set_errno(struct err *e, int error_number, const char *what)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return err_set(e, ERR_DISK_FULL, "Cannot %s: the disk is full. Free some space and try again.", what);
    case EROFS:
    case EACCES:
    case EPERM:
        return err_set(e, ERR_READ_ONLY, "Cannot %s: %s. Make it writable for this user.", what,
                       strerror(error_number));
    default: return err_set(e, ERR_IO, "Cannot %s: %s.", what, strerror(error_number));
    }
}

const char *err_name(enum err_code code)
{
    switch (code) {
    case ERR_OK: return "ok";
#define NAME(symbol, name, exit_status, http_status)                                                         \
    case symbol: return name;
        ERR_CODES(NAME)
#undef NAME
    }
    return "internal_error";
}

int err_exit_status(enum err_code code)
{
    switch (code) {
    case ERR_OK: return 0;
#define STATUS(symbol, name, exit_status, http_status)                                                       \
    case symbol: return exit_status;
        ERR_CODES(STATUS)
#undef STATUS
    }
    return 1;
}

int err_http_status(enum err_code code)
{
    switch (code) {
    case ERR_OK: return 200;
#define STATUS(symbol, name, exit_status, http_status)                                                       \
    case symbol: return http_status;
        ERR_CODES(STATUS)
#undef STATUS
    }
    return 500;
}
