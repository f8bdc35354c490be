#include <string.h>

#include "cli/nginx_config.h"

enum {
    BURST_SECONDS = 4,
    LOGIN_BURST = 5,
    HASH_NAMES = 512,   /* nginx's own server_names_hash_max_size */
    HASH_BUCKET = 64,   /* and _bucket_size, at the least */
    HASH_OVERHEAD = 18, /* of a name: a pointer, a length, and what rounds it up to a pointer's size */
};

static void add_hash_sizes(const struct tenant_registry *registry, struct str *out)
{
    size_t names = 0, longest = 0, size = HASH_NAMES;

    for (size_t i = 0; i < registry->n; i++)
        for (const char *const *name = registry->tenants[i].hostnames; *name; name++, names++)
            longest = strlen(*name) > longest ? strlen(*name) : longest;
    while (size < 2 * names)
        size *= 2;
    if (size > HASH_NAMES)
        str_addf(out, "server_names_hash_max_size %zu;\n", size);
    if (size > HASH_NAMES || longest + HASH_OVERHEAD > HASH_BUCKET)
        str_add(out, "server_names_hash_bucket_size 512;\n");
}

/*
 * Whoever has one IPv6 address has all of its /64. An address is written in its shortest form here, so the first four
 * groups are there, or what stands before "::".
 */
static void add_limit_zones(const struct nginx_site *site, struct str *out)
{
    if (site->rate || site->login_rate || site->connections)
        str_add(out,
                "# One visitor is one IPv4 address, or one IPv6 network of 64 bits.\n"
                "map $remote_addr $tideline_visitor {\n"
                "    default $binary_remote_addr;\n"
                "    \"~^(?<tideline_network>[0-9a-f]+:[0-9a-f]+:[0-9a-f]+:[0-9a-f]+):\" $tideline_network;\n"
                "    \"~^(?<tideline_network_short>[0-9a-f:]+)::\" $tideline_network_short;\n"
                "}\n");
    if (site->rate)
        str_addf(out, "limit_req_zone $tideline_visitor zone=tideline:4m rate=%lldr/s;\n",
                 (long long)site->rate);
    if (site->login_rate)
        str_addf(out,
                 "# Only tries to sign in are counted; an empty key is not.\n"
                 "map \"$request_method $uri\" $tideline_login {\n"
                 "    default \"\";\n"
                 "    \"POST /login\" $tideline_visitor;\n"
                 "}\n"
                 "limit_req_zone $tideline_login zone=tideline_login:2m rate=%lldr/m;\n",
                 (long long)site->login_rate);
    if (site->connections)
        str_add(out, "limit_conn_zone $tideline_visitor zone=tideline_visitors:4m;\n");
}

/* What holds for a listening socket stands in each of its servers, the default one above all. */
static void add_socket_settings(const struct nginx_site *site, struct str *out)
{
    str_add(out, "    server_tokens off;\n"
                 "    underscores_in_headers off;\n"
                 "    ignore_invalid_headers on;\n"
                 "    client_header_timeout 15s;\n"
                 "    client_header_buffer_size 1k;\n"
                 "    large_client_header_buffers 4 8k;\n");
    for (const char *const *from = site->real_ip_from; *from; from++)
        str_addf(out, "    set_real_ip_from %s;\n", *from);
    if (*site->real_ip_from)
        str_add(out, "    real_ip_header X-Forwarded-For;\n"
                     "    real_ip_recursive on;\n");
    if (site->certificate)
        str_add(out, "    ssl_protocols TLSv1.2 TLSv1.3;\n"
                     "    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                     "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                     "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;\n"
                     "    ssl_prefer_server_ciphers off;\n"
                     "    ssl_session_cache shared:tideline_tls:4m;\n"
                     "    ssl_session_timeout 1d;\n"
                     "    ssl_session_tickets off;\n"
                     "    http2_max_concurrent_streams 64;\n");
}

static void add_listen(const char *const *addresses, const char *how, struct str *out)
{
    for (; *addresses; addresses++)
        str_addf(out, "    listen %s%s;\n", *addresses, how);
}

/* `return` on the server would also meet the way to the error page. */
static void add_refusing_server(const struct nginx_site *site, bool tls, struct str *out)
{
    str_add(out, "server {\n");
    add_listen(tls ? site->listen : site->http,
               tls && site->certificate ? " ssl http2 default_server" : " default_server", out);
    str_add(out, "    server_name _;\n");
    if (tls) {
        add_socket_settings(site, out);
        if (site->certificate)
            str_add(out, "    ssl_reject_handshake on;\n"
                         "    error_page 497 =421 /.tideline/refusal.$tideline_kind;\n");
    } else {
        str_add(out, "    server_tokens off;\n"
                     "    client_header_timeout 15s;\n");
    }
    str_add(out, "    keepalive_timeout 5s;\n");
    nginx_add_refusals(false, out);
    str_add(out, "    location / {\n"
                 "        return 421;\n"
                 "    }\n"
                 "}\n\n");
}

void nginx_add_shared(const struct nginx_site *site, const struct tenant_registry *registry, struct str *out)
{
    add_hash_sizes(registry, out);
    add_limit_zones(site, out);
    if (site->folder)
        str_add(out,
                "# An address with the hash of the content is good for ever; any other one is asked about.\n"
                "map $args $tideline_cache {\n"
                "    default \"public, max-age=3600\";\n"
                "    \"~^v=[0-9a-f]{16}$\" \"public, max-age=31536000, immutable\";\n"
                "}\n");
    nginx_add_refusal_texts(out);
    str_add(out, "# Whatever is asked for under another name gets no page of any timeline.\n");
    add_refusing_server(site, true, out);
    if (*site->http)
        add_refusing_server(site, false, out);
}

static void add_names(const struct tenant *t, struct str *out)
{
    str_add(out, "    server_name");
    for (const char *const *name = t->hostnames; *name; name++)
        str_addf(out, "%s%s", name == t->hostnames ? " " : "\n        ", *name);
    str_add(out, ";\n");
}

static void add_server_settings(const struct nginx_site *site, struct str *out)
{
    add_socket_settings(site, out);
    if (site->certificate)
        str_addf(out,
                 "    ssl_certificate \"%s\";\n"
                 "    ssl_certificate_key \"%s\";\n"
                 "    # Somebody typed http:// before an address of ours.\n"
                 "    error_page 497 =308 https://$host%s$request_uri;\n",
                 site->certificate, site->key, site->port);
    str_add(out, "    client_max_body_size 1m;\n"
                 "    client_body_timeout 15s;\n"
                 "    send_timeout 30s;\n"
                 "    keepalive_timeout 65s;\n"
                 "    reset_timedout_connection on;\n"
                 "    limit_req_status 429;\n"
                 "    limit_conn_status 429;\n"
                 "    # Pages too: the only secret in them, the form's token, looks different in each.\n"
                 "    gzip on;\n"
                 "    gzip_vary on;\n"
                 "    gzip_proxied any;\n"
                 "    gzip_comp_level 4;\n"
                 "    gzip_min_length 1024;\n"
                 "    gzip_types text/css text/plain text/javascript application/javascript application/json "
                 "application/problem+json image/svg+xml;\n");
    if (site->certificate)
        nginx_add_strict_transport("    ", out);
    nginx_add_refusals(site->certificate != NULL, out);
}

/* In the locations, not on the server: what nginx refuses costs nothing, and its way to the error page must stay free. */
static void add_limits(const struct nginx_site *site, bool login, struct str *out)
{
    if (site->rate)
        str_addf(out, "        limit_req zone=tideline burst=%lld nodelay;\n",
                 (long long)(site->rate * BURST_SECONDS));
    if (site->login_rate && login)
        str_addf(out, "        limit_req zone=tideline_login burst=%d nodelay;\n", LOGIN_BURST);
    if (site->connections)
        str_addf(out, "        limit_conn tideline_visitors %lld;\n", (long long)site->connections);
}

/*
 * Of the visitor's headers only those pass that the application reads, by name: none can look like a parameter of ours.
 * SCRIPT_NAME and PATH_INFO split as CGI wants them for an application at the root; REQUEST_URI is the path as sent.
 */
static const char *const parameters[] = {
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
    "HTTP_ACCEPT $http_accept if_not_empty",
    "HTTP_AUTHORIZATION $http_authorization if_not_empty",
    "HTTP_COOKIE $http_cookie if_not_empty",
    "HTTP_IDEMPOTENCY_KEY $http_idempotency_key if_not_empty",
    "HTTP_IF_MATCH $http_if_match if_not_empty",
    "HTTP_IF_NONE_MATCH $http_if_none_match if_not_empty",
    "HTTP_ORIGIN $http_origin if_not_empty",
    "HTTP_REFERER $http_referer if_not_empty",
    "HTTP_SEC_FETCH_SITE $http_sec_fetch_site if_not_empty",
    "HTTP_USER_AGENT $http_user_agent if_not_empty",
    "HTTP_X_GITHUB_DELIVERY $http_x_github_delivery if_not_empty",
    "HTTP_X_GITHUB_EVENT $http_x_github_event if_not_empty",
    "HTTP_X_HUB_SIGNATURE_256 $http_x_hub_signature_256 if_not_empty",
};

static void add_application(const struct nginx_site *site, const struct tenant *t, struct str *out)
{
    str_add(out, "    location / {\n");
    add_limits(site, true, out);
    str_addf(out,
             "        fastcgi_pass \"unix:%s\";\n"
             "        fastcgi_pass_request_headers off;\n"
             "        fastcgi_param TIDELINE_TENANT %s;\n",
             site->socket, t->name);
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        str_addf(out, "        fastcgi_param %s;\n", parameters[i]);
    str_add(out, "        fastcgi_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate "
                 "X-Accel-Buffering X-Accel-Charset;\n"
                 "        fastcgi_connect_timeout 5s;\n"
                 "        fastcgi_send_timeout 30s;\n"
                 "        fastcgi_read_timeout 60s;\n"
                 "        fastcgi_buffer_size 16k;\n"
                 "        fastcgi_buffers 16 16k;\n"
                 "    }\n");
}

static void add_static(const struct nginx_site *site, struct str *out)
{
    if (!site->folder)
        return;
    str_add(out, "    location /static/ {\n");
    add_limits(site, false, out);
    str_addf(out, "        alias \"%s%s\";\n", site->folder, str_ends(site->folder, "/") ? "" : "/");
    /* The files are small: a part of one is never asked for, but would be refused by a page with their headers. */
    str_add(out,
            "        max_ranges 0;\n"
            "        types {\n"
            "            text/css css;\n"
            "            text/javascript js;\n"
            "            image/svg+xml svg;\n"
            "            image/png png;\n"
            "            image/x-icon ico;\n"
            "            text/plain txt;\n"
            "        }\n"
            "        charset utf-8;\n"
            "        charset_types text/css text/javascript text/plain;\n"
            "        add_header Cache-Control $tideline_cache;\n"
            "        add_header Content-Security-Policy \"default-src 'none'; frame-ancestors 'none'\";\n"
            "        add_header X-Content-Type-Options nosniff;\n"
            "        add_header Cross-Origin-Resource-Policy same-origin;\n");
    if (site->certificate)
        nginx_add_strict_transport("        ", out);
    str_add(out, "    }\n");
}

void nginx_add_tenant(const struct nginx_site *site, const struct tenant *t, struct str *out)
{
    str_addf(out, "# %s\nserver {\n", t->name);
    add_listen(site->listen, site->certificate ? " ssl http2" : "", out);
    add_names(t, out);
    add_server_settings(site, out);
    add_application(site, t, out);
    add_static(site, out);
    str_add(out, "}\n\n");
}

/* The name was found among ours, so it is safe in an address; Host itself may hold a port. */
void nginx_add_redirect(const struct nginx_site *site, const struct tenant *const *tenants, size_t n,
                        struct str *out)
{
    str_add(out, "server {\n");
    add_listen(site->http, "", out);
    for (size_t i = 0; i < n; i++)
        add_names(tenants[i], out);
    str_add(out, "    server_tokens off;\n"
                 "    client_header_timeout 15s;\n"
                 "    keepalive_timeout 5s;\n");
    nginx_add_refusals(false, out);
    str_addf(out,
             "    location / {\n"
             "        return 308 https://$host%s$request_uri;\n"
             "    }\n"
             "}\n\n",
             site->port);
}
