/*
 * nginx's configuration for all tenants, as text that stands in http{}: what several files share. Written for nginx
 * 1.22 and newer.
 *
 * What is easy to get wrong and therefore done here: any fastcgi_param in a location drops all of the server's, and any
 * add_header likewise, so every location has its whole list; protocol settings of a listening socket come from its
 * default server; an error page that is a named location cannot be had for a request without an address, so ours is an
 * internal one. Nothing is set outside the server blocks that another site of the same nginx would notice: only zones
 * and maps, whose names begin with "tideline".
 */
#ifndef TIDELINE_CLI_NGINX_CONFIG_H
#define TIDELINE_CLI_NGINX_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/util/str.h"

/* What the operator asked for, checked: each value needs no quoting, or is written in quotes and holds nothing that nginx gives a
 * meaning to. Lists end with NULL. */
struct nginx_site {
    const char *const *listen, *const *http; /* ADDR:PORT; http may be empty */
    const char *certificate, *key;           /* both NULL: plain HTTP */
    const char *socket, *folder;             /* folder of the static files; may be NULL */
    const char *const *real_ip_from;         /* proxies whose X-Forwarded-For is believed; may be empty */
    const char *port;                        /* ":8443", or "" for 443: what a redirect must add */
    int64_t rate;                            /* requests a second from one address; 0: no limit */
    int64_t login_rate;                      /* tries to sign in, a minute from one address; 0: no limit */
    int64_t connections;                     /* requests of one address at a time; 0: no limit */
};

/* What may stand only once in http{}: zones, maps, hash sizes for all names of the registry, and the servers that refuse unknown
 * hosts. */
void nginx_add_shared(const struct nginx_site *site, const struct tenant_registry *registry, struct str *out);

/* The server of one tenant. */
void nginx_add_tenant(const struct nginx_site *site, const struct tenant *t, struct str *out);

/* The server that redirects plain HTTP under the names of these tenants (n of them, at least one). */
void nginx_add_redirect(const struct nginx_site *site, const struct tenant *const *tenants, size_t n,
                        struct str *out);

/* The texts of what nginx answers by itself, as maps by status and kind of client. For nginx_add_shared(). */
void nginx_add_refusal_texts(struct str *out);

/* error_page and its location, for every server. strict: the server's certificate is trusted for its names (HSTS). */
void nginx_add_refusals(bool strict, struct str *out);

/* The one line of HSTS. */
void nginx_add_strict_transport(const char *indentation, struct str *out);

#endif
