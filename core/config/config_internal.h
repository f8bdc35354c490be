/*
 * What the files of core/config share: the table of keys, the checks of single values, and the reader of *.env files.
 */
#ifndef TIDELINE_CONFIG_CONFIG_INTERNAL_H
#define TIDELINE_CONFIG_CONFIG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config.h"

enum key_kind { KEY_TEXT, KEY_BOOL, KEY_SECONDS, KEY_HOSTNAMES };

enum key_flag {
    KEY_SECRET = 1,   /* never quoted in a message */
    KEY_TOKEN = 2,    /* read only for those who push */
    KEY_STORABLE = 4, /* git-config may put it into the database */
    KEY_PATH = 8,     /* absolute; a relative one in the environment is below the working folder */
};

struct key {
    const char *name;
    enum key_kind kind;
    unsigned flags;
    size_t offset; /* of the field in struct tenant */
    bool (*check)(const char *value);
    const char *expected; /* "… expected EXPECTED." */
};

/* The key of that name, or NULL. */
const struct key *key_find(const char *name);

/* The known name, of a tenant or of the whole service, that is nearest to this one; *distance in edits. */
const char *key_nearest(const char *name, size_t *distance);

/* True for TIDELINE_TENANTS and others that are not a tenant's. */
bool key_is_service_wide(const char *name);

/* All keys, for sources and --show; NULL-terminated by name. */
const struct key *key_table(void);

/* Where a value stands, for messages. */
struct place {
    const char *file; /* NULL: the process environment, or the command line */
    int line;
    const char *source; /* "file", "database" or "environment" */
};

/* Check value and put it into the tenant. An empty value counts as not set. ERR_CONFIG naming place, key and expectation. */
enum err_code key_set(struct arena *a, struct tenant *t, const struct key *key, const char *value,
                      const struct place *place, struct err *e);

/* Only the check. */
enum err_code key_check(const struct key *key, const char *value, const struct place *place, struct err *e);

/* Fill in what no key has set. state is the folder for databases and mirrors (unused once the paths are set). */
void tenant_derive(struct arena *a, struct tenant *t, const char *state);

/* Checks of single values (config_check.c). */
bool check_repo_url(const char *value);
bool check_api_url(const char *value);
bool check_branch(const char *value);
bool check_events_dir(const char *value);
bool check_format(const char *value);
bool check_path(const char *value);
bool check_bool(const char *value);
bool check_seconds(const char *value);
bool check_page_url(const char *value);
bool check_hostnames(const char *value);
bool check_name(const char *value);
bool check_email(const char *value);
bool check_token(const char *value);
bool check_secret(const char *value);
bool check_tenant_name(const char *value);
bool url_has_password(const char *value);
bool url_is_local(const char *value);

/* "host" of an https URL, lower case, without port; NULL for anything else. */
char *url_host(struct arena *a, const char *url);

/* "a, b" as a NULL-terminated array of lower-case names without repetitions. */
const char *const *hostname_list(struct arena *a, const char *value);

/* One KEY=VALUE of a file. */
struct env_line {
    const char *key;
    const char *value; /* unquoted; NULL when it is a token that was not asked for */
    int line;
};

struct env_file {
    struct env_line *lines;
    size_t n;
};

/* Read a file in the syntax of config.h, at most 64 KiB. ERR_CONFIG naming file and line. */
enum err_code env_file_read(struct arena *a, const char *path, bool read_tokens, struct env_file *out,
                            struct err *e);

/* The value of a variable in an environ-like array, or NULL when it is not set or empty. */
const char *env_get(const char *const *environment, const char *name);

#endif
