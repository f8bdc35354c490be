/*
 * nginx-config: what the operator asks for, checked, and the server blocks of all tenants for it.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/nginx_config.h"
#include "core/util/file.h"

enum {
    RATE_DEFAULT = 100,
    RATE_MOST = 100000,
    LOGIN_RATE_DEFAULT = 10,
    CONNECTIONS_DEFAULT = 100,
    ADDRESS_BYTES = 64,
};

/* Is it an IPv4 address, or an IPv6 one, in brackets or not? */
static bool is_address(const char *p, size_t n, bool brackets)
{
    unsigned char address[16];
    char host[ADDRESS_BYTES];
    bool six = brackets ? p[0] == '[' : memchr(p, ':', n) != NULL;

    if (brackets && six) {
        if (n < 3 || p[n - 1] != ']')
            return false;
        p++;
        n -= 2;
    }
    if (!n || n >= sizeof host)
        return false;
    memcpy(host, p, n);
    host[n] = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, host, address) == 1;
}

static bool is_number(const char *text, long least, long most)
{
    size_t n = strlen(text);
    long number = strtol(text, NULL, 10);

    return n && n < 7 && strspn(text, "0123456789") == n && number >= least && number <= most;
}

static enum err_code check_listen(const char *option, const char *const *all, struct err *e)
{
    for (; *all; all++) {
        const char *colon = strrchr(*all, ':');
        size_t n = colon ? (size_t)(colon - *all) : 0;

        if (!n || !is_number(colon + 1, 1, 65535) || !((n == 1 && **all == '*') || is_address(*all, n, true)))
            return err_set(e, ERR_USAGE,
                           "%s is \"%.60s\"; expected ADDRESS:PORT, such as 0.0.0.0:443 or [::]:443.", option,
                           *all);
    }
    return ERR_OK;
}

static enum err_code check_networks(const char *const *all, struct err *e)
{
    for (; *all; all++) {
        size_t n = strcspn(*all, "/");
        long most = memchr(*all, ':', n) ? 128 : 32;

        if (!is_address(*all, n, false) || ((*all)[n] && !is_number(*all + n + 1, 0, most)))
            return err_set(
                e, ERR_USAGE,
                "--real-ip-from is \"%.60s\"; expected an address or a network, such as 10.0.0.0/8.", *all);
    }
    return ERR_OK;
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

static enum err_code check_site(struct cli *cli, struct nginx_site *site, struct err *e)
{
    if (!*site->listen || !site->socket)
        return err_set(e, ERR_USAGE, "%s is missing. See: tideline nginx-config --help",
                       *site->listen ? "--socket PATH" : "--listen ADDR:PORT");
    if (!site->certificate != !site->key)
        return err_set(e, ERR_USAGE, "--certificate and --key belong together; one of them is missing.");
    if (*site->http && !site->certificate)
        return err_set(e, ERR_USAGE, "--http redirects to https, so it needs --certificate and --key.");
    TRY(check_listen("--listen", site->listen, e));
    TRY(check_listen("--http", site->http, e));
    TRY(check_networks(site->real_ip_from, e));
    TRY(check_file(cli, "--certificate", &site->certificate, e));
    TRY(check_file(cli, "--key", &site->key, e));
    TRY(check_file(cli, "--socket", &site->socket, e));
    TRY(check_file(cli, "--static", &site->folder, e));
    if (strchr(site->socket, ':'))
        return err_set(e, ERR_USAGE, "--socket is \"%.200s\"; expected a path without a colon.",
                       site->socket);
    return ERR_OK;
}

static enum err_code read_site(struct cli *cli, struct nginx_site *site, struct err *e)
{
    *site = (struct nginx_site){
        .listen = cli_list(cli, "--listen"),
        .http = cli_list(cli, "--http"),
        .certificate = cli_text(cli, "--certificate"),
        .key = cli_text(cli, "--key"),
        .socket = cli_text(cli, "--socket"),
        .folder = cli_text(cli, "--static"),
        .real_ip_from = cli_list(cli, "--real-ip-from"),
        .rate = cli_number(cli, "--rate", RATE_DEFAULT),
        .login_rate = cli_number(cli, "--login-rate", LOGIN_RATE_DEFAULT),
        .connections = cli_number(cli, "--connections", CONNECTIONS_DEFAULT),
    };
    TRY(check_site(cli, site, e));
    site->port = strrchr(site->listen[0], ':');
    if (strcmp(site->port, ":443") == 0)
        site->port = "";
    return ERR_OK;
}

static void add_tenants(struct cli *cli, const struct nginx_site *site, struct str *out)
{
    const struct tenant **chosen = arena_array(cli->arena, cli->registry.n + 1, sizeof *chosen);
    size_t n = 0;

    for (size_t i = 0; i < cli->registry.n; i++)
        if (!cli->tenant_name || str_eq(cli->tenant_name, cli->registry.tenants[i].name))
            chosen[n++] = &cli->registry.tenants[i];
    for (size_t i = 0; i < n; i++)
        nginx_add_tenant(site, chosen[i], out);
    if (n && *site->http)
        nginx_add_redirect(site, chosen, n, out);
}

static enum err_code run_nginx_config(struct cli *cli, struct json_object **view, struct err *e)
{
    struct str *out = &cli->raw;
    struct nginx_site site;

    *view = NULL;
    TRY(read_site(cli, &site, e));
    str_add(
        out,
        "# Made by `tideline nginx-config`, to be included in http{}. Make it again when tenants change.\n");
    if (!cli_flag(cli, "--no-default"))
        nginx_add_shared(&site, &cli->registry, out);
    add_tenants(cli, &site, out);
    return ERR_OK;
}

static const struct cli_option nginx_options[] = {
    {"--listen", "ADDR:PORT", "where nginx listens; may be given more than once", OPTION_LIST, 0, 0},
    {"--certificate", "FILE", "the certificate; without it plain HTTP, for loopback and tests only",
     OPTION_TEXT, 0, 0},
    {"--key", "FILE", "the certificate's key", OPTION_TEXT, 0, 0},
    {"--socket", "PATH", "the socket of tideline-fcgi", OPTION_TEXT, 0, 0},
    {"--static", "DIR", "let nginx serve /static/ from this folder", OPTION_TEXT, 0, 0},
    {"--http", "ADDR:PORT", "also listen here and redirect to https; may be given more than once",
     OPTION_LIST, 0, 0},
    {"--real-ip-from", "CIDR",
     "a proxy before nginx whose X-Forwarded-For is to be believed; may be given more than once", OPTION_LIST,
     0, 0},
    {"--rate", "N", "requests a second from one address before 429 (100); 0: no limit", OPTION_NUMBER, 0,
     RATE_MOST},
    {"--login-rate", "N", "tries to sign in a minute from one address (10); 0: no limit", OPTION_NUMBER, 0,
     RATE_MOST},
    {"--connections", "N", "requests of one address at a time (100); 0: no limit", OPTION_NUMBER, 0, 65535},
    {"--no-default", NULL, "without what may stand only once: for a second output beside another",
     OPTION_FLAG, 0, 0},
    {0},
};

const struct command commands_nginx[] = {
    {"nginx-config", NULL, 0, "Print nginx's server blocks for all tenants", NEEDS_TENANTS, nginx_options,
     run_nginx_config, NULL},
    {0},
};
