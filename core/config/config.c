/* Finding the tenants: the folder of *.env files, or the process environment alone. */
#include "core/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config/config_internal.h"
#include "core/util/digest.h"
#include "core/util/file.h"
#include "core/util/str.h"

#define DEFAULT_FOLDER "/etc/tideline/tenants"
#define SERVICE_STATE "/var/lib/tideline"

enum { TENANTS_LIMIT = 1000, WARNINGS_LIMIT = 1000 };

AUTO_DEFINE(DIR, closedir)

struct loader {
    struct arena *arena;
    const struct config_places *places;
    bool read_tokens;
    const char *folder; /* NULL: the environment makes the tenant */
    const char *state;
    struct tenant_registry *out;
    const char **warnings;
    size_t n_warnings;
    struct err *e;
};

static void warn(struct loader *l, const char *sentence)
{
    if (l->n_warnings < WARNINGS_LIMIT)
        l->warnings[l->n_warnings++] = sentence;
}

static bool looks_like_ours(const char *name)
{
    return strncasecmp(name, "TIMELINE_", 9) == 0 || strncasecmp(name, "TIDELINE_", 9) == 0;
}

/* In a file of ours a slip of two letters is surely a slip; in the environment other programs have their own names. */
static void warn_unknown(struct loader *l, const char *where, const char *name, size_t slip)
{
    size_t distance;
    const char *nearest = key_nearest(name, &distance);

    if (looks_like_ours(name) || distance <= slip)
        warn(l, arena_printf(l->arena, "%s%.80s is not a setting and does nothing; did you mean %s?", where,
                             name, nearest));
}

static enum err_code find_state(struct loader *l)
{
    const char *const *environment = l->places->environment;
    const char *xdg = env_get(environment, "XDG_STATE_HOME");
    const char *home = env_get(environment, "HOME");

    l->state = env_get(environment, "TIDELINE_STATE");
    if (l->state && *l->state != '/')
        return err_set(l->e, ERR_CONFIG, "Environment: TIDELINE_STATE is \"%s\"; expected an absolute path.",
                       l->state);
    if (l->state)
        return ERR_OK;
    if (l->places->service || str_eq(l->folder, DEFAULT_FOLDER))
        l->state = SERVICE_STATE;
    else if (xdg && *xdg == '/')
        l->state = file_join(l->arena, xdg, "tideline");
    else if (home && *home == '/')
        l->state = file_join(l->arena, home, ".local/state/tideline");
    else
        return err_set(l->e, ERR_CONFIG,
                       "There is no home folder to keep the database in: set TIDELINE_STATE.");
    return ERR_OK;
}

static struct tenant new_tenant(struct loader *l, const char *name, const char *file)
{
    struct tenant t = {.name = name, .file = file, .workspace_isolation = true, .auto_pull_on_start = true};

    t.sources = jx_own(l->arena, json_object_new_object());
    for (const struct key *key = key_table(); key->name; key++)
        jx_set_text(t.sources, key->name, "default");
    return t;
}

static enum err_code set_from_environment(struct loader *l, struct tenant *t)
{
    static const struct place place = {.source = "environment"};

    for (const struct key *key = key_table(); key->name; key++) {
        const char *value = env_get(l->places->environment, key->name);

        if (value && (key->flags & KEY_TOKEN) && !l->read_tokens)
            TRY(key_set(l->arena, t, key, NULL, &place, l->e));
        else if (value)
            TRY(key_set(l->arena, t, key, value, &place, l->e));
    }
    return ERR_OK;
}

static enum err_code set_from_file(struct loader *l, struct tenant *t, const struct env_file *file)
{
    for (size_t i = 0; i < file->n; i++) {
        const struct env_line *line = &file->lines[i];
        const struct key *key = key_find(line->key);
        struct place place = {t->file, line->line, "file"};
        const char *where = arena_printf(l->arena, "%s, line %d: ", t->file, line->line);

        if (key)
            TRY(key_set(l->arena, t, key, line->value, &place, l->e));
        else if (key_is_service_wide(line->key))
            warn(l,
                 arena_printf(l->arena, "%s%s is for the whole service: set it in its environment instead.",
                              where, line->key));
        else
            warn_unknown(l, where, line->key, 2);
    }
    return ERR_OK;
}

/* The hosts that URLs set through web or API may name. */
static enum err_code set_allowed_hosts(struct loader *l, struct tenant *t)
{
    const char *listed = env_get(l->places->environment, "TIDELINE_ALLOWED_HOSTS");
    bool own_api = !str_eq(jx_get_text(t->sources, "GITHUB_API_URL"), "default");
    const char *urls[] = {t->repo_url, t->push_url, own_api ? t->api_url : NULL};
    const char **hosts;
    size_t n = 0;

    if (listed && !check_hostnames(listed))
        return err_set(
            l->e, ERR_CONFIG,
            "Environment: TIDELINE_ALLOWED_HOSTS is \"%.100s\"; expected hostnames without ports, separated "
            "by commas.",
            listed);
    if (listed) {
        t->allowed_hosts = hostname_list(l->arena, listed);
        return ERR_OK;
    }
    hosts = arena_array(l->arena, sizeof urls / sizeof urls[0] + 1, sizeof *hosts);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const char *host = url_host(l->arena, urls[i]);

        if (host)
            hosts[n++] = host;
    }
    t->allowed_hosts = hosts;
    return ERR_OK;
}

static enum err_code load_file(struct loader *l, const char *file_name)
{
    const char *path = file_join(l->arena, l->folder, file_name);
    const char *name = arena_strndup(l->arena, file_name, strlen(file_name) - strlen(".env"));
    struct env_file file = {0};
    struct tenant t = new_tenant(l, name, path);

    if (!check_tenant_name(name))
        return err_set(
            l->e, ERR_CONFIG,
            "%s is not named as a tenant can be; expected NAME.env with small letters, digits and -.", path);
    if (l->out->n == TENANTS_LIMIT)
        return err_set(l->e, ERR_CONFIG, "%s holds more than %d tenants.", l->folder, TENANTS_LIMIT);
    TRY(env_file_read(l->arena, path, l->read_tokens, &file, l->e));
    TRY(set_from_file(l, &t, &file));
    tenant_derive(l->arena, &t, l->state);
    l->out->tenants[l->out->n++] = t;
    return ERR_OK;
}

static int is_tenant_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(entry->d_name, ".env");
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct tenant *)left)->name, ((const struct tenant *)right)->name);
}

static enum err_code load_folder(struct loader *l)
{
    AUTO(DIR) *listing = opendir(l->folder);
    struct dirent *entry;

    if (!listing)
        return err_set(l->e, ERR_CONFIG, "Cannot read the tenants folder %s: %s.", l->folder,
                       strerror(errno));
    l->out->tenants = arena_array(l->arena, TENANTS_LIMIT, sizeof *l->out->tenants);
    while ((entry = readdir(listing)))
        if (is_tenant_file(entry))
            TRY(load_file(l, entry->d_name));
    if (!l->out->n)
        return err_set(l->e, ERR_CONFIG,
                       "There is no tenant in %s: make a file NAME.env with TIMELINE_REPO_URL=….", l->folder);
    qsort(l->out->tenants, l->out->n, sizeof *l->out->tenants, by_name);
    return ERR_OK;
}

/* What a tenant must not share. The numbers see through links and spellings; they are 0 for what is not there yet. */
struct claim {
    const struct tenant *t;
    struct stat db, mirror;
};

static struct stat look_at(const char *path)
{
    struct stat status = {0};

    if (path && stat(path, &status) != 0)
        status.st_ino = 0;
    return status;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static const char *shared_hostname(const struct tenant *a, const struct tenant *b)
{
    for (const char *const *left = a->hostnames; *left; left++)
        for (const char *const *right = b->hostnames; *right; right++)
            if (strcmp(*left, *right) == 0)
                return *left;
    return NULL;
}

static enum err_code check_pair(const struct claim *left, const struct claim *right, struct err *e)
{
    const struct tenant *a = left->t;
    const struct tenant *b = right->t;
    const char *hostname = shared_hostname(a, b);

    if (hostname)
        return err_set(
            e, ERR_CONFIG,
            "%s: TIMELINE_HOSTNAMES holds %s, which %s has too; expected each hostname in one tenant.",
            b->file, hostname, a->file);
    if (str_eq(a->db_path, b->db_path) || same_file(&left->db, &right->db))
        return err_set(e, ERR_CONFIG, "%s: DB_PATH is the database of %s too; expected one of its own.",
                       b->file, a->file);
    if ((a->mirror && str_eq(a->mirror, b->mirror)) || same_file(&left->mirror, &right->mirror))
        return err_set(e, ERR_CONFIG,
                       "%s: TIMELINE_WORKSPACE is the workspace of %s too; expected one of its own.", b->file,
                       a->file);
    return ERR_OK;
}

static enum err_code check_pairs(const struct loader *l)
{
    struct claim *claims = arena_array(l->arena, l->out->n, sizeof *claims);

    for (size_t i = 0; i < l->out->n; i++) {
        const struct tenant *t = &l->out->tenants[i];

        claims[i] = (struct claim){t, look_at(t->db_path), look_at(t->mirror)};
        for (size_t j = 0; j < i; j++)
            TRY(check_pair(&claims[j], &claims[i], l->e));
    }
    return ERR_OK;
}

/* "fork-1f3870be" for https://host/alice/fork.git: the hash keeps forks of one name apart. */
static const char *name_from_url(struct arena *a, const char *url)
{
    const char *end = url + strlen(url);
    const char *start;
    char hash[DIGEST_HEX_SIZE];
    struct str name;

    digest_sha256(url, strlen(url), hash);
    while (end > url && end[-1] == '/')
        end--;
    if (end - url > 4 && memcmp(end - 4, ".git", 4) == 0)
        end -= 4;
    for (start = end; start > url && start[-1] != '/';)
        start--;
    str_init(&name, a, 50);
    for (const char *p = start; p < end && name.n < 40; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + ('a' - 'A')) : *p;

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            str_addc(&name, c);
        else if (name.n && name.p[name.n - 1] != '-')
            str_addc(&name, '-');
    }
    while (name.n && name.p[name.n - 1] == '-')
        str_cut(&name, name.n - 1);
    return arena_printf(a, "%s-%.8s", name.n ? name.p : "timeline", hash);
}

static enum err_code load_environment(struct loader *l)
{
    struct tenant t = new_tenant(l, "default", NULL);

    TRY(set_from_environment(l, &t));
    if (t.repo_url)
        t.name = name_from_url(l->arena, t.repo_url);
    tenant_derive(l->arena, &t, l->state);
    l->out->tenants = arena_alloc(l->arena, sizeof t);
    l->out->tenants[0] = t;
    l->out->n = 1;
    return ERR_OK;
}

/* At the command line the environment is stronger than the files. */
static enum err_code overlay_environment(struct loader *l)
{
    for (size_t i = 0; i < l->out->n; i++) {
        TRY(set_from_environment(l, &l->out->tenants[i]));
        tenant_derive(l->arena, &l->out->tenants[i], l->state);
    }
    return ERR_OK;
}

static void warn_environment(struct loader *l)
{
    for (const char *const *variable = l->places->environment; variable && *variable; variable++) {
        const char *name = arena_strndup(l->arena, *variable, strcspn(*variable, "="));

        if (looks_like_ours(name) && !key_find(name) && !key_is_service_wide(name))
            warn_unknown(l, "Environment: ", name, 0);
    }
}

static bool folder_has_tenants(const char *folder)
{
    AUTO(DIR) *listing = opendir(folder);
    struct dirent *entry;

    while (listing && (entry = readdir(listing)))
        if (is_tenant_file(entry))
            return true;
    return false;
}

static void find_folder(struct loader *l)
{
    l->folder = l->places->tenants_folder;
    if (!l->folder)
        l->folder = env_get(l->places->environment, "TIDELINE_TENANTS");
    if (l->folder)
        return;
    errno = 0;
    if (folder_has_tenants(DEFAULT_FOLDER))
        l->folder = DEFAULT_FOLDER;
    else if (errno == EACCES && !env_get(l->places->environment, "TIMELINE_REPO_URL"))
        warn(l, "You may not read the service's timelines in " DEFAULT_FOLDER
                ", so they are left out; run this as a user who may, such as tideline.");
}

enum err_code config_load(struct arena *a, const struct config_places *places, bool read_secrets,
                          struct tenant_registry *out, struct err *e)
{
    struct loader l = {.arena = a, .places = places, .read_tokens = read_secrets, .out = out, .e = e};

    *out = (struct tenant_registry){0};
    l.warnings = arena_array(a, WARNINGS_LIMIT + 1, sizeof *l.warnings);
    find_folder(&l);
    TRY(find_state(&l));
    TRY(l.folder ? load_folder(&l) : load_environment(&l));
    TRY(check_pairs(&l));
    if (l.folder && !places->service)
        TRY(overlay_environment(&l));
    for (size_t i = 0; i < out->n; i++)
        TRY(set_allowed_hosts(&l, &out->tenants[i]));
    warn_environment(&l);
    out->warnings = l.warnings;
    return ERR_OK;
}
