/*
 * Configuration: which tenants there are and what each is set to (CONTRACT.md, "Configuration").
 *
 * One tenant = one file NAME.env in the tenants folder, in the syntax that Docker's --env-file and systemd's
 * EnvironmentFile share: KEY=VALUE lines, '#' comments, no expansion; quotes around a whole value are removed as systemd does. Without a folder the process
 * environment alone makes one tenant. NAME is [a-z0-9][a-z0-9-]{0,62}.
 *
 * Precedence, weakest first: default, tenant file, what git-config stored in the database, and (command line only) the
 * process environment. A value that cannot be meant is refused naming file, line, key and what is expected. Secrets
 * are never printed; they live only in struct tenant and are read by whoever talks to a remote.
 */
#ifndef TIDELINE_CONFIG_CONFIG_H
#define TIDELINE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/jx.h"

struct tenant {
    const char *name;
    const char *file;     /* the .env file, or NULL when the environment made the tenant */
    const char *repo_url; /* NULL when not configured yet (git-config --repo may set it) */
    const char *branch;
    const char *events_dir;   /* NULL: found in the repository */
    const char *event_format; /* "md", "json", or NULL: the repository's majority */
    const char *workspace;
    const char *mirror; /* <workspace>/<hash of repo_url>, or the workspace itself without isolation */
    const char *db_path;
    const char *api_url;
    const char *push_url; /* NULL: repo_url */
    const char *pr_branch_prefix;
    const char *instance_name;
    const char *const *hostnames; /* NULL-terminated, lower case */
    const char *
        page_url; /* where this tenant's pages are, without a final slash: TIMELINE_PAGE_URL, default https://FIRST_HOSTNAME */
    int remote_timeout_s; /* a remote that sends nothing for so long has stalled: TIMELINE_REMOTE_TIMEOUT, default 30 */
    const char *author_name, *author_email;
    const char *ca_file;      /* NULL: the system's */
    bool workspace_isolation; /* false: the mirror is the workspace itself */
    bool auto_pull_on_start;
    bool public_read;
    bool
        repo_from_operator; /* the URL came from file, environment or CLI: local paths and private hosts are allowed */
    const char *token;                                /* secret: value of GITHUB_TOKEN, or NULL */
    const char *token_file;                           /* read again at each job */
    const char *webhook_secret, *webhook_secret_file; /* secret */
    struct json_object *sources; /* {key: "default" | "file" | "database" | "environment"} */
    const char *const
        *allowed_hosts; /* TIDELINE_ALLOWED_HOSTS or the hosts in the tenant's own file; NULL-terminated */
};

struct tenant_registry {
    struct tenant *tenants; /* sorted by name */
    size_t n;
    const char *const *warnings; /* NULL-terminated sentences: unknown keys with the nearest name */
};

/* Where configuration is looked for. State is below TIDELINE_STATE, else /var/lib/tideline for the service and for whoever uses the tenants of
 * /etc/tideline (so that both see the same databases), else below XDG_STATE_HOME or ~/.local/state. environment is an environ-like array (tests pass their own). */
struct config_places {
    const char *
        tenants_folder; /* --tenants; NULL: TIDELINE_TENANTS of the environment, else /etc/tideline/tenants when it is there, else the environment */
    const char *const *environment;
    bool
        service; /* true: state below /var/lib/tideline by default, and with a folder nothing tenant-specific comes from the environment */
};

/* Read everything and check it. All of it lives in the arena. Two tenants must not share a hostname, database or mirror: refused.
 * Only with read_secrets are token keys read out of the files (web workers pass false). */
enum err_code config_load(struct arena *a, const struct config_places *places, bool read_secrets,
                          struct tenant_registry *out, struct err *e);

/* Overwrite the tokens in an environ-like array where they stand, which is what /proc shows: for processes that never push. The
 * names stay, with nothing behind them. */
void config_wipe_tokens(char **environment);

/* The tenant of that name; NULL name: the only one, else ERR_USAGE listing them. ERR_TENANT_UNKNOWN. */
enum err_code config_choose(const struct tenant_registry *registry, const char *name,
                            const struct tenant **out, struct err *e);

/* What the database holds on top (key, value pairs as git-config stored them). Gives a new tenant; keys that the environment sets win at
 * the command line. */
struct config_override {
    const char *key, *value;
    bool from_web; /* stored through web or API: https only, and the host is not the operator's word */
};
enum err_code config_apply(struct arena *a, const struct tenant *base,
                           const struct config_override *overrides, size_t n, struct tenant *out,
                           struct err *e);

/* Check one value (NULL: it is to be forgotten) as the files are checked; also whether this key may be stored by git-config at all, and that the environment does not set it
 * (the repository's address may be what the environment says: that is how a database is told to follow it). */
enum err_code config_check(struct arena *a, const struct tenant *tenant, const char *key, const char *value,
                           struct err *e);

/* Does the URL name a host that the operator named (allowed_hosts)? URLs set through web or API must; false for what is no https URL. */
bool config_host_allowed(struct arena *a, const struct tenant *tenant, const char *url);

/* The token: GITHUB_TOKEN, else the file's content now, trimmed; NULL when none is configured. The caller must not keep it beyond its job. */
enum err_code config_token(struct arena *a, const struct tenant *tenant, const char **token, struct err *e);

/* What `git-config --show` prints: no secrets. */
struct json_object *config_json(struct arena *a, const struct tenant *tenant);

#endif
