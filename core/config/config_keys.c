/* The table of keys (CONTRACT.md, "Configuration") and what each does to a tenant. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/config/config_internal.h"
#include "core/util/digest.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

#define FIELD(name) offsetof(struct tenant, name)

static const struct key keys[] = {
    {"TIMELINE_REPO_URL", KEY_TEXT, KEY_STORABLE, FIELD(repo_url), check_repo_url,
     "https://HOST/PATH, an absolute path, or file:///PATH"},
    {"TIMELINE_BRANCH", KEY_TEXT, KEY_STORABLE, FIELD(branch), check_branch,
     "the name of a Git branch, such as main"},
    {"TIMELINE_EVENTS_DIR", KEY_TEXT, KEY_STORABLE, FIELD(events_dir), check_events_dir,
     "a folder inside the repository, such as timeline_data/events, without .. and without a slash at either "
     "end"},
    {"TIMELINE_EVENT_FORMAT", KEY_TEXT, KEY_STORABLE, FIELD(event_format), check_format, "md or json"},
    {"TIMELINE_WORKSPACE", KEY_TEXT, KEY_PATH, FIELD(workspace), check_path, "an absolute path without .."},
    {"WORKSPACE_ISOLATION", KEY_BOOL, 0, FIELD(workspace_isolation), check_bool, "true or false"},
    {"DB_PATH", KEY_TEXT, KEY_PATH, FIELD(db_path), check_path, "an absolute path without .."},
    {"GITHUB_TOKEN", KEY_TEXT, KEY_SECRET | KEY_TOKEN, FIELD(token), check_token,
     "a token: letters, digits and signs without spaces"},
    {"GITHUB_TOKEN_FILE", KEY_TEXT, KEY_PATH, FIELD(token_file), check_path, "an absolute path without .."},
    {"GITHUB_API_URL", KEY_TEXT, KEY_STORABLE, FIELD(api_url), check_api_url,
     "https://api.github.com or https://HOST/api/v3"},
    {"TIMELINE_PUSH_URL", KEY_TEXT, KEY_STORABLE, FIELD(push_url), check_repo_url,
     "https://HOST/PATH, an absolute path, or file:///PATH"},
    {"AUTO_PULL_ON_START", KEY_BOOL, 0, FIELD(auto_pull_on_start), check_bool, "true or false"},
    {"PR_BRANCH_PREFIX", KEY_TEXT, KEY_STORABLE, FIELD(pr_branch_prefix), check_branch,
     "the first part of a branch name, such as research-batch, without a slash at the end"},
    {"INSTANCE_NAME", KEY_TEXT, KEY_STORABLE, FIELD(instance_name), check_name,
     "a name of at most 100 characters without < and >"},
    {"TIMELINE_HOSTNAMES", KEY_HOSTNAMES, 0, FIELD(hostnames), check_hostnames,
     "hostnames without ports, separated by commas"},
    {"TIMELINE_PAGE_URL", KEY_TEXT, 0, FIELD(page_url), check_page_url,
     "https://HOST or https://HOST:PORT without a slash at the end"},
    {"TIMELINE_REMOTE_TIMEOUT", KEY_SECONDS, 0, FIELD(remote_timeout_s), check_seconds,
     "a number of seconds from 1 to 600"},
    {"TIMELINE_PUBLIC", KEY_BOOL, 0, FIELD(public_read), check_bool, "true or false"},
    {"TIMELINE_AUTHOR_NAME", KEY_TEXT, KEY_STORABLE, FIELD(author_name), check_name,
     "a name of at most 100 characters without < and >"},
    {"TIMELINE_AUTHOR_EMAIL", KEY_TEXT, KEY_STORABLE, FIELD(author_email), check_email,
     "an e-mail address such as name@example.org"},
    {"TIMELINE_CA_FILE", KEY_TEXT, KEY_PATH, FIELD(ca_file), check_path, "an absolute path without .."},
    {"TIMELINE_WEBHOOK_SECRET", KEY_TEXT, KEY_SECRET, FIELD(webhook_secret), check_secret,
     "at most 1000 characters"},
    {"TIMELINE_WEBHOOK_SECRET_FILE", KEY_TEXT, KEY_PATH, FIELD(webhook_secret_file), check_path,
     "an absolute path without .."},
    {0},
};

static const char *const service_wide[] = {"TIDELINE_TENANTS", "TIDELINE_STATE", "TIDELINE_ALLOWED_HOSTS"};

const struct key *key_table(void)
{
    return keys;
}

const struct key *key_find(const char *name)
{
    for (const struct key *key = keys; key->name; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

bool key_is_service_wide(const char *name)
{
    for (size_t i = 0; i < sizeof service_wide / sizeof service_wide[0]; i++)
        if (strcmp(service_wide[i], name) == 0)
            return true;
    return false;
}

enum { NAME_LIMIT = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance with one row; letters are compared without case. */
static size_t distance_between(const char *a, const char *b)
{
    size_t row[NAME_LIMIT + 1];
    size_t m = strlen(b);

    if (strlen(a) > NAME_LIMIT || m > NAME_LIMIT)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            bool same = (a[i - 1] & ~32) == (b[j - 1] & ~32);

            row[j] = least(least(above, row[j - 1]) + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[m];
}

static void nearer(const char *name, const char *candidate, const char **best, size_t *distance)
{
    size_t d = distance_between(name, candidate);

    if (d < *distance) {
        *distance = d;
        *best = candidate;
    }
}

const char *key_nearest(const char *name, size_t *distance)
{
    const char *best = keys[0].name;

    *distance = SIZE_MAX;
    for (const struct key *key = keys; key->name; key++)
        nearer(name, key->name, &best, distance);
    for (size_t i = 0; i < sizeof service_wide / sizeof service_wide[0]; i++)
        nearer(name, service_wide[i], &best, distance);
    return best;
}

static bool is_url(const struct key *key)
{
    return key->check == check_repo_url || key->check == check_api_url;
}

/* Neither secrets are quoted nor URLs with an @, which may hold one. */
static enum err_code refuse(const struct key *key, const char *value, const struct place *place,
                            struct err *e)
{
    char where[300];
    char shown[120];

    if (place->file)
        (void)snprintf(where, sizeof where, "%.250s, line %d: ", place->file, place->line);
    else
        (void)snprintf(where, sizeof where, "%s",
                       strcmp(place->source, "environment") == 0 ? "Environment: " : "");
    if (url_has_password(value))
        return err_set_line(
            e, ERR_CONFIG, place->line,
            "%s%s holds a user name or password; expected a URL without them. Put the token into "
            "GITHUB_TOKEN.",
            where, key->name);
    utf8_clean(shown, sizeof shown, value, strlen(value));
    if ((key->flags & KEY_SECRET) || (is_url(key) && strchr(value, '@')))
        return err_set_line(e, ERR_CONFIG, place->line, "%s%s cannot be right; expected %s.", where,
                            key->name, key->expected);
    return err_set_line(e, ERR_CONFIG, place->line, "%s%s is \"%s\"; expected %s.", where, key->name, shown,
                        key->expected);
}

/* Control characters mean nothing in any value, and characters that reorder text could make one look like another. */
static bool clean(const char *value)
{
    size_t n = strlen(value);
    uint32_t point;

    if (!utf8_valid(value, n, NULL))
        return false;
    for (size_t i = 0; i < n; i += utf8_decode(value + i, n - i, &point)) {
        (void)utf8_decode(value + i, n - i, &point);
        if (utf8_is_control(point) || point == '\t' || point == '\n')
            return false;
    }
    return true;
}

enum err_code key_check(const struct key *key, const char *value, const struct place *place, struct err *e)
{
    return *value && clean(value) && key->check(value) ? ERR_OK : refuse(key, value, place, e);
}

/* "./x" given in the environment is meant from where the command was started. */
static const char *absolute(struct arena *a, const struct key *key, const char *value,
                            const struct place *place)
{
    bool local = key->check == check_repo_url && (str_starts(value, "./") || str_starts(value, "../"));
    char folder[4096];

    if (strcmp(place->source, "environment") != 0 || *value == '/' || *value == '~')
        return value;
    if (!local && !(key->flags & KEY_PATH))
        return value;
    if (!getcwd(folder, sizeof folder))
        return value;
    while (str_starts(value, "./") || str_starts(value, "../")) {
        bool up = value[1] == '.';
        char *slash = strrchr(folder, '/');

        if (up && slash)
            *(slash == folder ? slash + 1 : slash) = '\0';
        value += up ? 3 : 2;
    }
    return file_join(a, folder, value);
}

static void put(struct arena *a, struct tenant *t, const struct key *key, const char *value)
{
    void *field = (char *)t + key->offset;

    switch (key->kind) {
    case KEY_TEXT: *(const char **)field = arena_strdup(a, value); break;
    case KEY_BOOL: *(bool *)field = strcasecmp(value, "true") == 0; break;
    case KEY_SECONDS: *(int *)field = (int)strtol(value, NULL, 10); break;
    case KEY_HOSTNAMES: *(const char *const **)field = hostname_list(a, value); break;
    }
}

static void forget(struct tenant *t, const char *name)
{
    const struct key *key = key_find(name);

    *(const char **)((char *)t + key->offset) = NULL;
    jx_set_text(t->sources, name, "default");
}

/* A value and its _FILE are two spellings of one setting: the stronger source decides between them too. */
static void forget_twin(struct tenant *t, const char *name, const struct place *place)
{
    static const char *const twins[][2] = {{"GITHUB_TOKEN", "GITHUB_TOKEN_FILE"},
                                           {"TIMELINE_WEBHOOK_SECRET", "TIMELINE_WEBHOOK_SECRET_FILE"}};

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            if (strcmp(name, twins[i][j]) == 0 &&
                !str_eq(jx_get_text(t->sources, twins[i][!j]), place->source))
                forget(t, twins[i][!j]);
}

enum err_code key_set(struct arena *a, struct tenant *t, const struct key *key, const char *value,
                      const struct place *place, struct err *e)
{
    if (value && !*value)
        return ERR_OK;
    forget_twin(t, key->name, place);
    jx_set_text(t->sources, key->name, place->source);
    if (!value)
        return ERR_OK; /* a token that this process does not read */
    value = absolute(a, key, value, place);
    TRY(key_check(key, value, place, e));
    put(a, t, key, value);
    if (key->offset == FIELD(repo_url))
        t->repo_from_operator = true;
    return ERR_OK;
}

static bool is_default(const struct tenant *t, const char *name)
{
    const char *source = jx_get_text(t->sources, name);

    return !source || strcmp(source, "default") == 0;
}

static const char *mirror_path(struct arena *a, const struct tenant *t)
{
    char hash[DIGEST_HEX_SIZE];

    if (!t->workspace_isolation)
        return t->workspace;
    if (!t->repo_url)
        return NULL;
    digest_sha256(t->repo_url, strlen(t->repo_url), hash);
    return file_join(a, t->workspace, arena_strndup(a, hash, 16));
}

void tenant_derive(struct arena *a, struct tenant *t, const char *state)
{
    if (!t->branch)
        t->branch = "main";
    if (!t->workspace)
        t->workspace = arena_printf(a, "%s/%s/workspace", state, t->name);
    if (!t->db_path)
        t->db_path = arena_printf(a, "%s/%s/db/timeline.db", state, t->name);
    if (!t->api_url)
        t->api_url = "https://api.github.com";
    if (!t->pr_branch_prefix)
        t->pr_branch_prefix = "research-batch";
    if (!t->instance_name)
        t->instance_name = t->name;
    if (!t->hostnames)
        t->hostnames = hostname_list(a, t->file ? arena_printf(a, "%s.localhost", t->name) : "localhost");
    if (!t->page_url)
        t->page_url = arena_printf(a, "https://%s", t->hostnames[0]);
    if (!t->remote_timeout_s)
        t->remote_timeout_s = 30;
    if (!t->author_name || is_default(t, "TIMELINE_AUTHOR_NAME"))
        t->author_name = t->instance_name;
    if (!t->author_email)
        t->author_email = arena_printf(a, "tideline@%s", t->hostnames[0]);
    t->mirror = mirror_path(a, t);
}
