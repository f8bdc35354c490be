/*
 * What nginx answers by itself, when a request never reaches the application or gets no answer from it: a short page
 * for people, a problem document below /api/, in the words that the application would use.
 *
 * error_page leads to an internal address whose ending gives the media type; `return 200` there keeps the status of the
 * error. $status is known by then, so one map by kind and status holds all texts.
 */
#include "cli/nginx_config.h"
#include "core/util/err.h"

/* Nothing in these texts may be a single quote, a dollar or a backslash: they stand in nginx's single quotes and in JSON. */
static const struct refusal {
    int status;
    enum err_code code;
    int retry_after_s; /* 0: not worth trying again */
    const char *reason, *heading, *help;
} refusals[] = {
    {400, ERR_INVALID_INPUT, 0, "Bad Request", "That cannot be understood",
     "The server could not read this request. Check the address, then load the page again."},
    {404, ERR_NOT_FOUND, 0, "Not Found", "There is nothing at this address",
     "It may have been moved, or the address is mistyped."},
    {405, ERR_INVALID_INPUT, 0, "Method Not Allowed", "That cannot be done here",
     "This address does not take this kind of request. Use GET."},
    {408, ERR_INVALID_INPUT, 0, "Request Timeout", "That took too long",
     "The request did not arrive in time. Send it again."},
    {412, ERR_STALE, 0, "Precondition Failed", "The file has changed",
     "It is not what this request expects any more. Load it again."},
    {413, ERR_TOO_LARGE, 0, "Content Too Large", "That is too much at once",
     "At most 1 MiB can be sent in one request. Send less."},
    {414, ERR_TOO_LARGE, 0, "URI Too Long", "The address is too long",
     "Search for fewer words, or choose fewer things at once."},
    {421, ERR_TENANT_UNKNOWN, 0, "Misdirected Request", "No timeline lives here",
     "No timeline is served under this name. Check the address."},
    {429, ERR_TOO_MANY, 10, "Too Many Requests", "That was very fast",
     "Too many requests came from your address. Wait a few seconds and try again."},
    {431, ERR_TOO_LARGE, 0, "Request Header Fields Too Large", "Your browser sent too much",
     "The headers of this request are too large. Delete the cookies of this site and try again."},
    {501, ERR_UNSUPPORTED, 0, "Not Implemented", "That is not supported",
     "The server does not know this kind of request."},
    {503, ERR_BUSY, 5, "Service Unavailable", "Back in a moment",
     "Tideline is being restarted. Try again in a few seconds."},
    {504, ERR_BUSY, 30, "Gateway Timeout", "The answer took too long",
     "What was asked for may have been done all the same: look before you send it again."},
    {505, ERR_UNSUPPORTED, 0, "HTTP Version Not Supported", "That is not supported",
     "The server does not know this version of HTTP. Use HTTP/1.1 or HTTP/2."},
};

enum { REFUSALS = sizeof refusals / sizeof *refusals };

static const struct refusal unexpected = {
    500,
    ERR_INTERNAL,
    0,
    "Internal Server Error",
    "Something went wrong here",
    "The web server could not answer. Try again; whoever runs it finds the reason in its log."};

static void add_page(const struct refusal *r, struct str *out)
{
    str_addf(out,
             "'<!DOCTYPE html>\n"
             "<html lang=\"en\">\n"
             "<head>\n"
             "<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<title>%s</title>\n"
             "</head>\n"
             "<body>\n"
             "<main>\n"
             "<h1>%s</h1>\n"
             "<p>%s</p>\n"
             "%s"
             "</main>\n"
             "</body>\n"
             "</html>\n"
             "';\n",
             r->heading, r->heading, r->help,
             r->status == 404 ? "<p><a href=\"/\">Go to the status page</a></p>\n" : "");
}

static void add_problem(const struct refusal *r, struct str *out)
{
    str_addf(out,
             "'{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"code\":\"%s\"}\n"
             "';\n",
             r->reason, r->status, r->help, err_name(r->code));
}

static void add_texts(struct str *out)
{
    str_add(out, "map \"$tideline_kind $status\" $tideline_refusal {\n");
    for (size_t i = 0; i < REFUSALS; i++) {
        str_addf(out, "    \"html %d\" ", refusals[i].status);
        add_page(&refusals[i], out);
        str_addf(out, "    \"json %d\" ", refusals[i].status);
        add_problem(&refusals[i], out);
    }
    str_add(out, "    \"~^json\" ");
    add_problem(&unexpected, out);
    str_add(out, "    default ");
    add_page(&unexpected, out);
    str_add(out, "}\n");
}

void nginx_add_refusal_texts(struct str *out)
{
    str_add(out, "# What nginx answers by itself: a page for people, a problem document for programs.\n"
                 "map $request_uri $tideline_kind {\n"
                 "    default html;\n"
                 "    \"~^/api/\" json;\n"
                 "}\n");
    add_texts(out);
    str_add(out, "map $status $tideline_retry_after {\n"
                 "    default \"\";\n");
    for (size_t i = 0; i < REFUSALS; i++)
        if (refusals[i].retry_after_s)
            str_addf(out, "    %d %d;\n", refusals[i].status, refusals[i].retry_after_s);
    str_add(out, "}\n"
                 "map $status $tideline_allow {\n"
                 "    default \"\";\n"
                 "    405 \"GET, HEAD\";\n"
                 "}\n\n");
}

void nginx_add_strict_transport(const char *indentation, struct str *out)
{
    str_addf(out, "%sadd_header Strict-Transport-Security \"max-age=31536000\" always;\n", indentation);
}

/* 494 is nginx's own number for too large a header; what it may not read or find is the same to a visitor; without the application
 * (502) there is nothing to do but to come back. */
void nginx_add_refusals(bool strict, struct str *out)
{
    str_add(out, "    error_page 400 404 405 408 412 413 414 421 429 431 500 501 503 504 505 "
                 "/.tideline/refusal.$tideline_kind;\n"
                 "    error_page 403 =404 /.tideline/refusal.$tideline_kind;\n"
                 "    error_page 494 =431 /.tideline/refusal.$tideline_kind;\n"
                 "    error_page 502 =503 /.tideline/refusal.$tideline_kind;\n"
                 "    location /.tideline/ {\n"
                 "        internal;\n"
                 "        client_max_body_size 0;\n"
                 "        types {\n"
                 "            text/html html;\n"
                 "            application/problem+json json;\n"
                 "        }\n"
                 "        charset utf-8;\n"
                 "        add_header Cache-Control no-store always;\n"
                 "        add_header Content-Security-Policy \"default-src 'none'; base-uri 'none'; "
                 "form-action 'none'; frame-ancestors 'none'\" always;\n"
                 "        add_header X-Content-Type-Options nosniff always;\n"
                 "        add_header Retry-After $tideline_retry_after always;\n"
                 "        add_header Allow $tideline_allow always;\n");
    if (strict)
        nginx_add_strict_transport("        ", out);
    str_add(out, "        return 200 $tideline_refusal;\n"
                 "    }\n");
}
