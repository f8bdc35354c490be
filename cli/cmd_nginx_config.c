/*
 * nginx-config: the server blocks of all tenants, as text that stands in http{}.
 *
 * Written for nginx 1.22. What is easy to get wrong and therefore done here: any fastcgi_param in a location drops all
 * of the server's, so every location that passes to the application has the whole list, the tenant's literal name
 * first; any add_header drops the server's likewise; protocol settings of a listening socket come from its default
 * server. Each value has been checked to need no quoting, or is a quoted string without a character that nginx gives
 * a meaning to.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/util/file.h"

enum { RATE_DEFAULT = 100, RATE_MOST = 100000, BURST_SECONDS = 4, LONG_HOSTNAME = 44 };

struct site {
    const char *listen, *http;     /* ADDR:PORT; http may be NULL */
    const char *certificate, *key; /* both NULL: plain HTTP */
    const char *socket, *folder;   /* folder may be NULL */
    const char *port;              /* ":8443", or "" for 443: what a redirect must add */
    int64_t rate;                  /* requests a second from one address; 0: no limit */
};

static enum err_code check_address(const char *option, const char *text, struct err *e)
{
    unsigned char address[16];
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    bool good = n > 0 && n < sizeof host && port > 0 && port < 65536 &&
                strspn(colon + 1, "0123456789") == strlen(colon + 1);

    if (good) {
        bool six = text[0] == '[' && text[n - 1] == ']';

        memcpy(host, text + six, n - 2 * (size_t)six);
        host[n - 2 * (size_t)six] = '\0';
        good = strcmp(text, "*") == 0 || strcmp(host, "*") == 0 ||
               inet_pton(six ? AF_INET6 : AF_INET, host, address) == 1;
    }
    if (good)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "%s is \"%.60s\"; expected ADDRESS:PORT, such as 0.0.0.0:443 or [::]:443.",
                   option, text);
}

/* Absolute, and without what a quoted string of nginx gives a meaning to. */
static enum err_code check_file(struct cli *cli, const char *option, const char **path, struct err *e)
{
    char folder[4096];

    if (!*path)
        return ERR_OK;
    if (**path != '/' && getcwd(folder, sizeof folder))
        *path = file_join(cli->arena, folder, *path);
    for (const char *p = *path; *p; p++)
        if ((unsigned char)*p < ' ' || strchr("\"\\$;{}\x7f", *p))
            return err_set(e, ERR_USAGE,
                           "%s is \"%.200s\"; expected a path without quotes, $, ;, {, } and backslashes.",
                           option, *path);
    return ERR_OK;
}

static enum err_code read_site(struct cli *cli, struct site *site, struct err *e)
{
    *site = (struct site){cli_text(cli, "--listen"),
                          cli_text(cli, "--http"),
                          cli_text(cli, "--certificate"),
                          cli_text(cli, "--key"),
                          cli_text(cli, "--socket"),
                          cli_text(cli, "--static"),
                          "",
                          cli_number(cli, "--rate", RATE_DEFAULT)};
    if (!site->listen || !site->socket)
        return err_set(e, ERR_USAGE, "%s is missing. See: tideline nginx-config --help",
                       site->listen ? "--socket PATH" : "--listen ADDR:PORT");
    if (!site->certificate != !site->key)
        return err_set(e, ERR_USAGE, "--certificate and --key belong together; one of them is missing.");
    if (site->http && !site->certificate)
        return err_set(e, ERR_USAGE, "--http redirects to https, so it needs --certificate and --key.");
    TRY(check_address("--listen", site->listen, e));
    if (site->http)
        TRY(check_address("--http", site->http, e));
    TRY(check_file(cli, "--certificate", &site->certificate, e));
    TRY(check_file(cli, "--key", &site->key, e));
    TRY(check_file(cli, "--socket", &site->socket, e));
    TRY(check_file(cli, "--static", &site->folder, e));
    if (strchr(site->socket, ':'))
        return err_set(e, ERR_USAGE, "--socket is \"%.200s\"; expected a path without a colon.",
                       site->socket);
    site->port = strrchr(site->listen, ':');
    if (strcmp(site->port, ":443") == 0)
        site->port = "";
    return ERR_OK;
}

static size_t longest_hostname(const struct tenant_registry *registry)
{
    size_t longest = 0;

    for (size_t i = 0; i < registry->n; i++)
        for (const char *const *name = registry->tenants[i].hostnames; *name; name++)
            longest = strlen(*name) > longest ? strlen(*name) : longest;
    return longest;
}

static void add_shared(const struct cli *cli, const struct site *site, struct str *out)
{
    if (longest_hostname(&cli->registry) > LONG_HOSTNAME)
        str_add(out, "server_names_hash_bucket_size 512;\n");
    if (site->rate)
        str_addf(out, "limit_req_zone $binary_remote_addr zone=tideline:4m rate=%lldr/s;\n",
                 (long long)site->rate);
    if (site->folder)
        str_add(
            out,
            "# Files are named with the hash of their content (?v=...), which makes a copy good for ever.\n"
            "map $args $tideline_cache {\n"
            "    default \"public, max-age=31536000, immutable\";\n"
            "    \"\" \"public, max-age=3600\";\n"
            "}\n");
    str_addc(out, '\n');
}

/* What holds for a listening socket stands in each of its servers, the default one above all. */
static void add_socket_settings(const struct site *site, struct str *out)
{
    str_add(out, "    server_tokens off;\n"
                 "    underscores_in_headers off;\n"
                 "    ignore_invalid_headers on;\n"
                 "    client_header_timeout 15s;\n"
                 "    large_client_header_buffers 4 8k;\n");
    if (site->certificate)
        str_add(out, "    ssl_protocols TLSv1.2 TLSv1.3;\n"
                     "    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                     "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                     "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;\n"
                     "    ssl_prefer_server_ciphers off;\n"
                     "    ssl_session_cache shared:tideline_tls:4m;\n"
                     "    ssl_session_timeout 1d;\n"
                     "    ssl_session_tickets off;\n");
}

static void add_default_server(const struct site *site, struct str *out)
{
    str_addf(out,
             "# Whatever is asked for under another name gets no page of any timeline.\n"
             "server {\n"
             "    listen %s %sdefault_server;\n"
             "    server_name _;\n",
             site->listen, site->certificate ? "ssl http2 " : "");
    add_socket_settings(site, out);
    if (site->certificate)
        str_add(out, "    ssl_reject_handshake on;\n");
    str_add(out, "    return 421;\n}\n\n");
    if (site->http)
        str_addf(out,
                 "server {\n"
                 "    listen %s default_server;\n"
                 "    server_name _;\n"
                 "    server_tokens off;\n"
                 "    client_header_timeout 15s;\n"
                 "    return 421;\n}\n\n",
                 site->http);
}

static void add_names(const struct tenant *t, struct str *out)
{
    str_add(out, "    server_name");
    for (const char *const *name = t->hostnames; *name; name++)
        str_addf(out, " %s", *name);
    str_add(out, ";\n");
}

/* The application adds its own headers; this one is for all that nginx answers. */
static void add_strict_transport(const struct site *site, const char *indentation, struct str *out)
{
    if (site->certificate)
        str_addf(out, "%sadd_header Strict-Transport-Security \"max-age=31536000\" always;\n", indentation);
}

static void add_server_settings(const struct site *site, struct str *out)
{
    int64_t burst = site->rate * BURST_SECONDS;

    add_socket_settings(site, out);
    if (site->certificate)
        str_addf(out, "    ssl_certificate \"%s\";\n    ssl_certificate_key \"%s\";\n", site->certificate,
                 site->key);
    str_add(out, "    client_max_body_size 1m;\n"
                 "    client_body_timeout 15s;\n"
                 "    send_timeout 30s;\n"
                 "    keepalive_timeout 65s;\n"
                 "    gzip on;\n"
                 "    gzip_vary on;\n"
                 "    gzip_comp_level 4;\n"
                 "    gzip_min_length 1024;\n"
                 "    gzip_types text/css text/plain application/javascript application/json "
                 "application/problem+json image/svg+xml;\n");
    if (site->rate)
        str_addf(out,
                 "    limit_req zone=tideline burst=%lld nodelay;\n"
                 "    limit_req_status 429;\n",
                 (long long)burst);
    add_strict_transport(site, "    ", out);
}

/* What nginx answers by itself when a visitor should come back later. */
static void add_refusal(const struct site *site, const char *location, const char *answer, struct str *out)
{
    str_addf(out,
             "    location %s {\n"
             "        default_type \"text/plain; charset=utf-8\";\n"
             "        add_header Retry-After 5 always;\n",
             location);
    add_strict_transport(site, "        ", out);
    str_addf(out, "        return %s;\n    }\n", answer);
}

/* SCRIPT_NAME and PATH_INFO split as CGI wants them for an application at the root; REQUEST_URI is the path as sent. */
static void add_application(const struct tenant *t, const struct site *site, struct str *out)
{
    static const char *const params[] = {
        "QUERY_STRING $query_string",
        "REQUEST_METHOD $request_method",
        "CONTENT_TYPE $content_type",
        "CONTENT_LENGTH $content_length",
        "SCRIPT_NAME \"\"",
        "PATH_INFO $document_uri",
        "REQUEST_URI $request_uri",
        "DOCUMENT_URI $document_uri",
        "SERVER_PROTOCOL $server_protocol",
        "REQUEST_SCHEME $scheme",
        "HTTPS $https if_not_empty",
        "GATEWAY_INTERFACE CGI/1.1",
        "SERVER_SOFTWARE nginx",
        "REMOTE_ADDR $remote_addr",
        "REMOTE_PORT $remote_port",
        "SERVER_ADDR $server_addr",
        "SERVER_PORT $server_port",
        "SERVER_NAME $server_name",
        "HTTP_PROXY \"\"",
    };

    str_addf(out,
             "    location / {\n"
             "        fastcgi_pass \"unix:%s\";\n"
             "        fastcgi_param TIDELINE_TENANT %s;\n",
             site->socket, t->name);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        str_addf(out, "        fastcgi_param %s;\n", params[i]);
    str_add(out, "        fastcgi_connect_timeout 5s;\n"
                 "        fastcgi_send_timeout 30s;\n"
                 "        fastcgi_read_timeout 60s;\n"
                 "        fastcgi_buffer_size 16k;\n"
                 "        fastcgi_buffers 16 16k;\n"
                 "        error_page 502 504 =503 @down;\n"
                 "        error_page 429 @flood;\n"
                 "    }\n");
    add_refusal(site, "@down", "503 \"Tideline is being restarted. Try again in a moment.\\n\"", out);
    add_refusal(site, "@flood", "429 \"Too many requests came from your address. Try again in a moment.\\n\"",
                out);
}

static void add_static(const struct site *site, struct str *out)
{
    if (!site->folder)
        return;
    str_addf(out, "    location /static/ {\n        alias \"%s%s\";\n", site->folder,
             str_ends(site->folder, "/") ? "" : "/");
    str_add(out, "        types {\n"
                 "            text/css css;\n"
                 "            application/javascript js;\n"
                 "            image/svg+xml svg;\n"
                 "            image/png png;\n"
                 "            image/x-icon ico;\n"
                 "            text/plain txt;\n"
                 "        }\n"
                 "        error_page 429 @flood;\n"
                 "        charset utf-8;\n"
                 "        charset_types text/css application/javascript text/plain;\n"
                 "        add_header Cache-Control $tideline_cache;\n"
                 "        add_header Content-Security-Policy \"default-src 'none'\";\n"
                 "        add_header X-Content-Type-Options nosniff;\n");
    add_strict_transport(site, "        ", out);
    str_add(out, "    }\n");
}

static void add_tenant(const struct tenant *t, const struct site *site, struct str *out)
{
    str_addf(out, "# %s\nserver {\n    listen %s%s;\n", t->name, site->listen,
             site->certificate ? " ssl http2" : "");
    add_names(t, out);
    add_server_settings(site, out);
    add_application(t, site, out);
    add_static(site, out);
    str_add(out, "}\n\n");
    if (!site->http)
        return;
    str_addf(out, "server {\n    listen %s;\n", site->http);
    add_names(t, out);
    str_addf(out,
             "    server_tokens off;\n"
             "    client_header_timeout 15s;\n"
             "    return 308 https://$host%s$request_uri;\n}\n\n",
             site->port);
}

static enum err_code run_nginx_config(struct cli *cli, struct json_object **view, struct err *e)
{
    bool with_default = !cli_flag(cli, "--no-default");
    struct str *out = &cli->raw;
    struct site site;

    *view = NULL;
    TRY(read_site(cli, &site, e));
    str_add(
        out,
        "# Made by `tideline nginx-config`, to be included in http{}. Make it again when tenants change.\n");
    if (with_default) {
        add_shared(cli, &site, out);
        add_default_server(&site, out);
    }
    for (size_t i = 0; i < cli->registry.n; i++)
        if (!cli->tenant_name || str_eq(cli->tenant_name, cli->registry.tenants[i].name))
            add_tenant(&cli->registry.tenants[i], &site, out);
    return ERR_OK;
}

static const struct cli_option nginx_options[] = {
    {"--listen", "ADDR:PORT", "where nginx listens", OPTION_TEXT, 0, 0},
    {"--certificate", "FILE", "the certificate; without it plain HTTP, for loopback and tests only",
     OPTION_TEXT, 0, 0},
    {"--key", "FILE", "the certificate's key", OPTION_TEXT, 0, 0},
    {"--socket", "PATH", "the socket of tideline-fcgi", OPTION_TEXT, 0, 0},
    {"--static", "DIR", "let nginx serve /static/ from this folder", OPTION_TEXT, 0, 0},
    {"--http", "ADDR:PORT", "also listen here and redirect to https", OPTION_TEXT, 0, 0},
    {"--rate", "N", "requests a second from one address before 429 (100); 0: no limit", OPTION_NUMBER, 0,
     RATE_MOST},
    {"--no-default", NULL, "without what may stand only once: for a second output beside another",
     OPTION_FLAG, 0, 0},
    {0},
};

const struct command commands_nginx[] = {
    {"nginx-config", NULL, 0, "Print nginx's server blocks for all tenants", NEEDS_TENANTS, nginx_options,
     run_nginx_config, NULL},
    {0},
};
