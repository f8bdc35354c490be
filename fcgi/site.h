/*
 * What the workers of one generation serve: the tenants, the parsed templates and the static files. Made by the master
 * (at start and at SIGHUP), inherited by fork, read only from then on. It holds no secret: job workers read those
 * for themselves.
 */
#ifndef TIDELINE_FCGI_SITE_H
#define TIDELINE_FCGI_SITE_H

#include "core/config/config.h"
#include "core/mustache/mustache.h"
#include "core/util/own.h"
#include "fcgi/asset.h"
#include "fcgi/options.h"

struct site {
    struct arena *arena;
    struct tenant_registry registry;
    struct mustache *pages;
    struct asset_set assets;
    struct asset description; /* of the API */
};

/* Read and check everything; a broken tenant file or page is an error. Warnings are logged. */
enum err_code site_load(const struct options *options, struct site **out, struct err *e);
void site_free(struct site *s);
AUTO_DEFINE_STRUCT(site, site_free)

/* The tenants as job workers need them, with their tokens, in the arena. */
enum err_code site_load_secrets(struct arena *a, const struct options *options, struct tenant_registry *out,
                                struct err *e);

/* This process never pushes: wipe the tokens of its environment, which a fork inherits. */
void site_forget_secrets(void);

/* By name; NULL when there is none. */
const struct tenant *site_tenant(const struct tenant_registry *registry, const char *name);

#endif
