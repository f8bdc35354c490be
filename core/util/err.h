/*
 * Errors. A function that can fail returns an `enum err_code` and fills the caller's `struct err` once, at the place
 * where the failure happens, with one sentence that says what a person can do. Everyone above passes it on unchanged
 * (`TRY`) and the edge (CLI, web, job) prints or logs it once.
 *
 * A message never holds a secret and never the raw body of an upstream answer. It is clean UTF-8: err_set() replaces
 * control characters and invalid bytes, so it may quote hostile input.
 */
#ifndef TIDELINE_UTIL_ERR_H
#define TIDELINE_UTIL_ERR_H

/* X(symbol, name in JSON, exit status of the CLI, HTTP status). One table so that no two lists can differ. */
#define ERR_CODES(X)                                                                                         \
    X(ERR_INTERNAL, "internal_error", 1, 500)                                                                \
    X(ERR_USAGE, "usage", 2, 400)                                                                            \
    X(ERR_CONFIG, "configuration", 2, 500)                                                                   \
    X(ERR_TENANT_UNKNOWN, "unknown_tenant", 2, 404)                                                          \
    X(ERR_INVALID_INPUT, "invalid_input", 1, 400)                                                            \
    X(ERR_INVALID_EVENT, "invalid_event", 1, 422)                                                            \
    X(ERR_INVALID_FIELDS, "invalid_fields", 1, 422)                                                          \
    X(ERR_TOO_LARGE, "too_large", 1, 413)                                                                    \
    X(ERR_MEDIA_TYPE, "unsupported_media_type", 1, 415)                                                      \
    X(ERR_UNAUTHENTICATED, "unauthenticated", 7, 401)                                                        \
    X(ERR_FORBIDDEN, "forbidden", 7, 403)                                                                    \
    X(ERR_STALE_FORM, "stale_form", 7, 403)                                                                  \
    X(ERR_TOO_MANY, "too_many_requests", 6, 429)                                                             \
    X(ERR_PRECONDITION_REQUIRED, "precondition_required", 1, 428)                                            \
    X(ERR_KEY_REUSED, "idempotency_key_reused", 1, 422)                                                      \
    X(ERR_NOT_FOUND, "not_found", 5, 404)                                                                    \
    X(ERR_EXISTS, "already_exists", 1, 409)                                                                  \
    X(ERR_STALE, "stale", 1, 412)                                                                            \
    X(ERR_ALREADY_RUNNING, "already_running", 6, 409)                                                        \
    X(ERR_CONFLICTS, "conflicts", 3, 409)                                                                    \
    X(ERR_NOTHING_TO_DO, "nothing_to_do", 4, 409)                                                            \
    X(ERR_CONFIRM_DELETIONS, "deletions_need_confirmation", 1, 409)                                          \
    X(ERR_REPOSITORY_SWITCHED, "repository_switched", 2, 409)                                                \
    X(ERR_LOCKED, "locked", 6, 503)                                                                          \
    X(ERR_BUSY, "database_busy", 6, 503)                                                                     \
    X(ERR_DB_FOREIGN, "database_not_ours", 2, 500)                                                           \
    X(ERR_DB_CORRUPT, "database_corrupt", 1, 500)                                                            \
    X(ERR_FINDINGS, "findings", 1, 500)                                                                      \
    X(ERR_DISK_FULL, "disk_full", 1, 507)                                                                    \
    X(ERR_READ_ONLY, "read_only", 1, 503)                                                                    \
    X(ERR_IO, "io_error", 1, 500)                                                                            \
    X(ERR_CANCELLED, "cancelled", 1, 409)                                                                    \
    X(ERR_TOKEN_MISSING, "token_missing", 7, 409)                                                            \
    X(ERR_REMOTE_AUTH, "remote_auth", 7, 502)                                                                \
    X(ERR_REMOTE_FORBIDDEN, "remote_forbidden", 7, 502)                                                      \
    X(ERR_REMOTE_REDIRECT, "remote_redirect", 7, 502)                                                        \
    X(ERR_REPOSITORY_NOT_FOUND, "repository_not_found", 5, 502)                                              \
    X(ERR_BRANCH_NOT_FOUND, "branch_not_found", 5, 502)                                                      \
    X(ERR_BRANCH_EXISTS, "branch_exists", 1, 409)                                                            \
    X(ERR_PUSH_REJECTED, "push_rejected", 7, 502)                                                            \
    X(ERR_REMOTE_UNREACHABLE, "remote_unreachable", 8, 502)                                                  \
    X(ERR_REMOTE_TIMEOUT, "remote_timeout", 8, 504)                                                          \
    X(ERR_REMOTE_TLS, "remote_tls", 8, 502)                                                                  \
    X(ERR_REMOTE_PROTOCOL, "remote_protocol", 1, 502)                                                        \
    X(ERR_FORGE_REFUSED, "forge_refused", 7, 502)                                                            \
    X(ERR_RATE_LIMITED, "rate_limited", 8, 503)                                                              \
    X(ERR_UNSUPPORTED, "unsupported", 2, 501)

enum err_code {
    ERR_OK = 0,
#define ERR_SYMBOL(symbol, name, exit_status, http_status) symbol,
    ERR_CODES(ERR_SYMBOL)
#undef ERR_SYMBOL
};

struct err {
    enum err_code code;
    int line;          /* in the input that was refused, from 1; 0 where lines mean nothing */
    int retry_after_s; /* when it may be tried again: ERR_TOO_MANY, ERR_RATE_LIMITED; 0 where nobody knows */
    char message[512];
};

/* Fill e (which may be NULL) and return code, so that a failure is one statement: return err_set(...). */
enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the line of the input that is at fault. */
enum err_code err_set_line(struct err *e, enum err_code code, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* From errno of a failed call on a file: picks disk_full, read_only or io_error. what: "write the lock file X". */
enum err_code err_set_errno(struct err *e, int error_number, const char *what);

/* The snake_case name that JSON shows; "ok" for ERR_OK. Static. */
const char *err_name(enum err_code code);

/* The CLI's exit status and the HTTP status of a code; 0 and 200 for ERR_OK. */
int err_exit_status(enum err_code code);
int err_http_status(enum err_code code);

/* Pass a failure up unchanged. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        enum err_code try_code_ = (expression);                                                              \
        if (try_code_ != ERR_OK)                                                                             \
            return try_code_;                                                                                \
    } while (0)

#endif
