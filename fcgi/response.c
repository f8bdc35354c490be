#include "fcgi/response.h"

/* Nothing may be loaded but our own files, nothing may frame us, and no page learns where a visitor came from. */
static const char security_headers[] =
    "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n";

const char *response_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } table[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].reason;
    return "";
}

/* Addresses are built from encoded parts; one that is not must not become a header of its own. */
static bool is_clean(const char *location)
{
    for (const char *p = location; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    return true;
}

static void write_optional(const struct response *r, struct str *out)
{
    if (r->etag)
        str_addf(out, "ETag: %s\r\n", r->etag);
    if (r->allow)
        str_addf(out, "Allow: %s\r\n", r->allow);
    if (r->retry_after_s)
        str_addf(out, "Retry-After: %d\r\n", r->retry_after_s);
    if (r->location && is_clean(r->location))
        str_addf(out, "Location: %s\r\n", r->location);
    if (r->authenticate)
        str_addf(out, "WWW-Authenticate: %s\r\n", r->authenticate);
    /* Of this host alone, unlike "cookies", which would sign out of the neighbours as well. */
    if (r->forget_pages)
        str_add(out, "Clear-Site-Data: \"cache\"\r\n");
    if (r->idempotency_replayed)
        str_add(out, "Idempotency-Replayed: true\r\n");
    for (size_t i = 0; i < RESPONSE_COOKIES && r->cookies[i]; i++)
        str_addf(out, "Set-Cookie: %s\r\n", r->cookies[i]);
    if (r->vary)
        str_addf(out, "Vary: %s\r\n", r->vary);
}

void response_write(const struct response *r, bool head, struct str *out)
{
    str_addf(out, "Status: %d %s\r\n", r->status, response_reason(r->status));
    if (r->status != 304)
        str_addf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", r->type, r->n);
    str_addf(out, "Cache-Control: %s\r\n", r->cache_control);
    write_optional(r, out);
    str_add(out, security_headers);
    str_add(out, "\r\n");
    if (!head && r->status != 304)
        str_addn(out, r->body, r->n);
}
