// link: core_config
/* Configuration: the syntax of the files, every key's check, precedence, warnings, and what tenants must not share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/config/config.h"
#include "core/util/file.h"
#include "core/util/str.h"

#define URL "TIMELINE_REPO_URL=https://git.example.org/a/timeline\n"

struct fixture {
    struct arena *arena;
    const char *folder;
    struct tenant_registry registry;
    struct err e;
};

static int set_up(void **state)
{
    struct arena *a = arena_new();
    struct fixture *f = arena_alloc(a, sizeof *f);
    char *folder = arena_strdup(a, "/tmp/tideline-config-XXXXXX");

    f->arena = a;
    f->folder = mkdtemp(folder);
    *state = f;
    return f->folder ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    (void)file_remove_tree(f->folder, NULL);
    arena_free(f->arena);
    return 0;
}

static void put_file(struct fixture *f, const char *name, const char *text, size_t n)
{
    assert_int_equal(file_write(file_join(f->arena, f->folder, name), text, n, 0640, &f->e), ERR_OK);
}

static void put(struct fixture *f, const char *name, const char *text)
{
    put_file(f, name, text, strlen(text));
}

static enum err_code load(struct fixture *f, const char *const *environment, bool service)
{
    struct config_places places = {
        .tenants_folder = f->folder, .environment = environment, .service = service};

    return config_load(f->arena, &places, true, &f->registry, &f->e);
}

static const char *const home[] = {"HOME=/users/someone", NULL};

static const struct tenant *load_one(struct fixture *f, const char *text)
{
    put(f, "us.env", text);
    if (load(f, home, false) != ERR_OK)
        fail_msg("%s", f->e.message);
    assert_int_equal(f->registry.n, 1);
    return &f->registry.tenants[0];
}

static void has_defaults(void **state)
{
    struct fixture *f = *state;
    const struct tenant *t = load_one(f, URL);

    assert_string_equal(t->name, "us");
    assert_string_equal(t->branch, "main");
    assert_null(t->events_dir);
    assert_null(t->event_format);
    assert_string_equal(t->workspace, "/users/someone/.local/state/tideline/us/workspace");
    assert_string_equal(t->db_path, "/users/someone/.local/state/tideline/us/db/timeline.db");
    assert_true(str_starts(t->mirror, t->workspace));
    assert_int_equal(strlen(t->mirror), strlen(t->workspace) + 17);
    assert_string_equal(t->api_url, "https://api.github.com");
    assert_null(t->push_url);
    assert_string_equal(t->pr_branch_prefix, "research-batch");
    assert_string_equal(t->instance_name, "us");
    assert_string_equal(t->author_name, "us");
    assert_string_equal(t->hostnames[0], "us.localhost");
    assert_null(t->hostnames[1]);
    assert_true(t->auto_pull_on_start && t->workspace_isolation && t->repo_from_operator && !t->public_read);
    assert_string_equal(t->allowed_hosts[0], "git.example.org");
    assert_string_equal(jx_get_text(t->sources, "TIMELINE_REPO_URL"), "file");
    assert_string_equal(jx_get_text(t->sources, "TIMELINE_BRANCH"), "default");
    assert_null(f->registry.warnings[0]);
}

static void reads_every_key(void **state)
{
    struct fixture *f = *state;
    const struct tenant *t = load_one(
        f, "\xEF\xBB\xBF# a comment\r\n; another\r\n\r\n" URL "TIMELINE_BRANCH=research/2025\r\n"
           "  TIMELINE_EVENTS_DIR= data/events \nTIMELINE_EVENT_FORMAT='json'\nTIMELINE_WORKSPACE=/srv/w\n"
           "WORKSPACE_ISOLATION=False\nDB_PATH=\"/srv/my "
           "db\"\nGITHUB_TOKEN=abc=def\nGITHUB_API_URL=https://ghe/api/v3\n"
           "TIMELINE_PUSH_URL=file:///srv/fork.git\nAUTO_PULL_ON_START=false\nPR_BRANCH_PREFIX=a/b\n"
           "INSTANCE_NAME=\"The \\\"US\\\" \\$ \\n timeline\"\nTIMELINE_HOSTNAMES=US.example.org, "
           "us.example.com,us.example.org\n"
           "TIMELINE_PUBLIC=true\nTIMELINE_AUTHOR_NAME=José # not a "
           "comment\nTIMELINE_AUTHOR_EMAIL=j@example.org\n"
           "TIMELINE_PAGE_URL=https://us.example.org:8443\nTIMELINE_REMOTE_TIMEOUT=5\nTIMELINE_CA_FILE=/etc/"
           "ca.pem\nTIMELINE_WEBHOOK_SECRET=It's a "
           "Secret\nPATH=$HOME/bin\nGITHUB_TOKEN_FILE=");

    assert_string_equal(t->branch, "research/2025");
    assert_string_equal(t->events_dir, "data/events");
    assert_string_equal(t->event_format, "json");
    assert_string_equal(t->mirror, "/srv/w");
    assert_string_equal(t->db_path, "/srv/my db");
    assert_string_equal(t->token, "abc=def");
    assert_null(t->token_file);
    assert_string_equal(t->api_url, "https://ghe/api/v3");
    assert_string_equal(t->push_url, "file:///srv/fork.git");
    assert_string_equal(t->pr_branch_prefix, "a/b");
    assert_string_equal(t->instance_name, "The \"US\" $ \\n timeline");
    assert_string_equal(t->hostnames[0], "us.example.org");
    assert_string_equal(t->hostnames[1], "us.example.com");
    assert_null(t->hostnames[2]);
    assert_string_equal(t->author_name, "José # not a comment");
    assert_string_equal(t->author_email, "j@example.org");
    assert_string_equal(t->page_url, "https://us.example.org:8443");
    assert_int_equal(t->remote_timeout_s, 5);
    assert_string_equal(t->webhook_secret, "It's a Secret");
    assert_true(t->public_read && !t->auto_pull_on_start && !t->workspace_isolation);
}

/* What is refused: the text after the first line, the key named (or NULL), and words of the sentence. */
static const struct {
    const char *line, *says;
} refused[] = {
    {"TIMELINE_REPO_URL=http://h/p", "expected https://"},
    {"TIMELINE_REPO_URL=ftp://h/p", "expected https://"},
    {"TIMELINE_REPO_URL=https://h", "expected https://"},
    {"TIMELINE_REPO_URL=https:///p", "expected https://"},
    {"TIMELINE_REPO_URL=https://h:0/p", "expected https://"},
    {"TIMELINE_REPO_URL=https://h:99999/p", "expected https://"},
    {"TIMELINE_REPO_URL=https://-h/p", "expected https://"},
    {"TIMELINE_REPO_URL=https://h/p?x=1", "expected https://"},
    {"TIMELINE_REPO_URL=https://h/p q", "expected https://"},
    {"TIMELINE_REPO_URL=https://[::1/p", "expected https://"},
    {"TIMELINE_REPO_URL=relative/path", "absolute path"},
    {"TIMELINE_REPO_URL=/srv/../etc", "absolute path"},
    {"TIMELINE_REPO_URL=file://host/p", "file:///PATH"},
    {"TIMELINE_REPO_URL=git@github.com:a/b", "expected https://"},
    {"TIMELINE_REPO_URL=https://user:canary@h/p", "GITHUB_TOKEN"},
    {"TIMELINE_PUSH_URL=https://canary@h/p", "GITHUB_TOKEN"},
    {"GITHUB_API_URL=https://user:canary@h", "GITHUB_TOKEN"},
    {"GITHUB_API_URL=http://h/api/v3", "expected https://api.github.com"},
    {"TIMELINE_BRANCH=-x", "Git branch"},
    {"TIMELINE_BRANCH=a..b", "Git branch"},
    {"TIMELINE_BRANCH=a b", "Git branch"},
    {"TIMELINE_BRANCH=a.lock", "Git branch"},
    {"TIMELINE_BRANCH=a/.b", "Git branch"},
    {"TIMELINE_BRANCH=a//b", "Git branch"},
    {"TIMELINE_BRANCH=/a", "Git branch"},
    {"TIMELINE_BRANCH=a@{1}", "Git branch"},
    {"TIMELINE_BRANCH=refs/heads/a", "Git branch"},
    {"TIMELINE_BRANCH=HEAD", "Git branch"},
    {"TIMELINE_BRANCH=a\tb", "Git branch"},
    {"PR_BRANCH_PREFIX=a/", "without a slash"},
    {"TIMELINE_EVENTS_DIR=/abs", "folder inside"},
    {"TIMELINE_EVENTS_DIR=a/../b", "folder inside"},
    {"TIMELINE_EVENTS_DIR=..", "folder inside"},
    {"TIMELINE_EVENTS_DIR=a/", "folder inside"},
    {"TIMELINE_EVENTS_DIR=.git/x", "folder inside"},
    {"TIMELINE_EVENT_FORMAT=yaml", "md or json"},
    {"DB_PATH=timeline.db", "absolute path"},
    {"DB_PATH=~/timeline.db", "absolute path"},
    {"AUTO_PULL_ON_START=maybe", "true or false"},
    {"TIMELINE_PUBLIC=1", "true or false"},
    {"TIMELINE_PAGE_URL=http://h", "https://HOST"},
    {"TIMELINE_PAGE_URL=https://h/", "https://HOST"},
    {"TIMELINE_REMOTE_TIMEOUT=0", "1 to 600"},
    {"TIMELINE_REMOTE_TIMEOUT=601", "1 to 600"},
    {"TIMELINE_REMOTE_TIMEOUT=5s", "1 to 600"},
    {"TIMELINE_HOSTNAMES=a.example:80", "hostnames"},
    {"TIMELINE_HOSTNAMES=*.example", "hostnames"},
    {"TIMELINE_HOSTNAMES=a.example;}", "hostnames"},
    {"TIMELINE_HOSTNAMES=a..b", "hostnames"},
    {"TIMELINE_HOSTNAMES=a-.b", "hostnames"},
    {"TIMELINE_HOSTNAMES=,", "hostnames"},
    {"TIMELINE_AUTHOR_NAME=A <b>", "without < and >"},
    {"TIMELINE_AUTHOR_EMAIL=nobody", "e-mail"},
    {"TIMELINE_AUTHOR_EMAIL=a@b@c", "e-mail"},
    {"TIMELINE_AUTHOR_EMAIL=a b@c", "e-mail"},
    {"INSTANCE_NAME=a\x01", "a name"},
    {"INSTANCE_NAME=\xE2\x80\xAE"
     "abc",
     "a name"},
    {"GITHUB_TOKEN=canary canary", "a token"},
    {"GITHUB_TOKEN=canary\xC3\xA9", "a token"},
    {"no equals sign", "expected KEY=VALUE"},
    {"export TIMELINE_BRANCH=x", "not a name"},
    {"1KEY=x", "not a name"},
    {"=x", "not a name"},
    {"INSTANCE_NAME=\"open", "quotes"},
    {"INSTANCE_NAME='a' b", "quotes"},
    {"INSTANCE_NAME=a\\", "backslash"},
    {"INSTANCE_NAME=a\rb", "carriage return"},
    {"INSTANCE_NAME=\xff", "UTF-8"},
    {"TIMELINE_PUBLIC=true\nTIMELINE_PUBLIC=true", "second time"},
};

static void refuses_naming_line_key_and_expectation(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const char *line = refused[i].line;
        const char *key = arena_strndup(f->arena, line, strcspn(line, "= "));
        int at = strchr(line, '\n') ? 3 : 2;

        put(f, "us.env", arena_printf(f->arena, "# first\n%s\n", line));
        if (load(f, home, false) != ERR_CONFIG)
            fail_msg("accepted: %s", line);
        if (!strstr(f->e.message, refused[i].says) || !strstr(f->e.message, "us.env") || f->e.line != at)
            fail_msg("%s: line %d: %s", line, f->e.line, f->e.message);
        if (strstr(refused[i].says, "expected") && !strstr(f->e.message, key) && strchr(line, '='))
            fail_msg("%s: the key is not named: %s", line, f->e.message);
        assert_null(strstr(f->e.message, "canary"));
    }
}

static void refuses_files_that_are_no_text(void **state)
{
    struct fixture *f = *state;
    char *big = arena_alloc(f->arena, 70000);

    memset(big, '#', 69999);
    put(f, "us.env", big);
    assert_int_equal(load(f, home, false), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "64 KiB"));
    put_file(f, "us.env", "DB_PATH=/a\0b\n", 13);
    assert_int_equal(load(f, home, false), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "NUL"));
    put(f, "us.env", URL);
    put(f, "Not Good.env", URL);
    assert_int_equal(load(f, home, false), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "NAME.env"));
}

static void accepts_what_is_meant(void **state)
{
    static const char *const lines[] = {
        "TIMELINE_REPO_URL=https://127.0.0.1:8443/a",
        "TIMELINE_REPO_URL=https://[::1]:8443/a.git",
        "TIMELINE_REPO_URL=HTTPS://Host.Example/a/b%20c",
        "TIMELINE_REPO_URL=/srv/git/my timeline.git",
        "TIMELINE_REPO_URL=file:///srv/git",
        "GITHUB_API_URL=https://127.0.0.1:1/api/v3",
        "TIMELINE_BRANCH=feature/x-1.2_é",
        "TIMELINE_EVENTS_DIR=a b/ç",
        "INSTANCE_NAME=",
        "TIMELINE_HOSTNAMES=localhost",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        put(f, "us.env", lines[i]);
        if (load(f, home, false) != ERR_OK)
            fail_msg("%s: %s", lines[i], f->e.message);
    }
}

static void warns_with_the_nearest_name(void **state)
{
    static const char *const environment[] = {"HOME=/h", "TIDELINE_TENANT=x", "OTHER_TOKEN=x", NULL};
    struct fixture *f = *state;
    const char *const *w;

    put(f, "us.env", URL "TIMELINE_BRANHC=x\nDB_PAHT=/x\nPATH=/bin\nTIDELINE_STATE=/x\n");
    assert_int_equal(load(f, environment, false), ERR_OK);
    w = f->registry.warnings;
    assert_non_null(strstr(w[0], "line 2: TIMELINE_BRANHC"));
    assert_non_null(strstr(w[0], "TIMELINE_BRANCH?"));
    assert_non_null(strstr(w[1], "DB_PATH?"));
    assert_non_null(strstr(w[2], "TIDELINE_STATE is for the whole service"));
    assert_non_null(strstr(w[3], "Environment: TIDELINE_TENANT"));
    assert_null(w[4]);
}

static void refuses_tenants_that_share(void **state)
{
    static const struct {
        const char *a, *b, *says;
    } pairs[] = {
        {"TIMELINE_HOSTNAMES=x.example,y.example", "TIMELINE_HOSTNAMES=Y.example", "y.example"},
        {"TIMELINE_HOSTNAMES=b.localhost", "", "b.localhost"},
        {"DB_PATH=/srv/x.db", "DB_PATH=/srv/x.db", "DB_PATH"},
        {"TIMELINE_WORKSPACE=/srv/w\n" URL, "TIMELINE_WORKSPACE=/srv/w\n" URL, "TIMELINE_WORKSPACE"},
        {"TIMELINE_WORKSPACE=/srv/w\nWORKSPACE_ISOLATION=false",
         "TIMELINE_WORKSPACE=/srv/w\nWORKSPACE_ISOLATION=false", "TIMELINE_WORKSPACE"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        put(f, "a.env", pairs[i].a);
        put(f, "b.env", pairs[i].b);
        assert_int_equal(load(f, home, false), ERR_CONFIG);
        if (!strstr(f->e.message, pairs[i].says) || !strstr(f->e.message, "a.env") ||
            !strstr(f->e.message, "b.env"))
            fail_msg("%s", f->e.message);
    }
    put(f, "a.env", "TIMELINE_WORKSPACE=/srv/w\nTIMELINE_REPO_URL=/srv/one");
    put(f, "b.env", "TIMELINE_WORKSPACE=/srv/w\nTIMELINE_REPO_URL=/srv/two");
    assert_int_equal(load(f, home, false), ERR_OK);
    put(f, "real.db", "");
    assert_int_equal(symlink("real.db", file_join(f->arena, f->folder, "link.db")), 0);
    put(f, "a.env", arena_printf(f->arena, "DB_PATH=%s/real.db", f->folder));
    put(f, "b.env", arena_printf(f->arena, "DB_PATH=%s/link.db", f->folder));
    assert_int_equal(load(f, home, false), ERR_CONFIG);
}

static void chooses_a_tenant(void **state)
{
    struct fixture *f = *state;
    const struct tenant *t = NULL;

    put(f, "us.env", URL);
    assert_int_equal(load(f, home, false), ERR_OK);
    assert_int_equal(config_choose(&f->registry, NULL, &t, &f->e), ERR_OK);
    assert_string_equal(t->name, "us");
    put(f, "brazil.env", URL);
    assert_int_equal(load(f, home, false), ERR_OK);
    assert_string_equal(f->registry.tenants[0].name, "brazil");
    assert_int_equal(config_choose(&f->registry, NULL, &t, &f->e), ERR_USAGE);
    assert_non_null(strstr(f->e.message, "brazil, us"));
    assert_int_equal(config_choose(&f->registry, "us", &t, &f->e), ERR_OK);
    assert_string_equal(t->name, "us");
    assert_int_equal(config_choose(&f->registry, "uk", &t, &f->e), ERR_TENANT_UNKNOWN);
}

static void environment_overrides_at_the_command_line_only(void **state)
{
    static const char *const environment[] = {"HOME=/h", "TIDELINE_STATE=/st", "TIMELINE_BRANCH=env",
                                              "GITHUB_TOKEN=fromenv", NULL};
    struct fixture *f = *state;

    put(f, "us.env", URL "TIMELINE_BRANCH=file\nGITHUB_TOKEN_FILE=/srv/token\n");
    assert_int_equal(load(f, environment, false), ERR_OK);
    assert_string_equal(f->registry.tenants[0].branch, "env");
    assert_string_equal(f->registry.tenants[0].token, "fromenv");
    assert_null(f->registry.tenants[0].token_file);
    assert_string_equal(f->registry.tenants[0].db_path, "/st/us/db/timeline.db");
    assert_int_equal(load(f, environment, true), ERR_OK);
    assert_string_equal(f->registry.tenants[0].branch, "file");
    assert_null(f->registry.tenants[0].token);
    assert_string_equal(f->registry.tenants[0].token_file, "/srv/token");
}

static void environment_alone_makes_a_tenant(void **state)
{
    static const char *const alice[] = {"XDG_STATE_HOME=/xdg", "HOME=/h",
                                        "TIMELINE_REPO_URL=https://h/alice/My_Fork.git", NULL};
    static const char *const bob[] = {"HOME=/h", "TIMELINE_REPO_URL=https://h/bob/My_Fork.git", NULL};
    static const char *const wrong[] = {"HOME=/h", "TIMELINE_REPO_URL=http://h/x", NULL};
    static const char *const none[] = {NULL};
    struct fixture *f = *state;
    struct config_places places = {.environment = alice};
    struct tenant_registry other;
    const struct tenant *t;

    assert_int_equal(config_load(f->arena, &places, true, &f->registry, &f->e), ERR_OK);
    t = &f->registry.tenants[0];
    assert_true(str_starts(t->name, "my-fork-"));
    assert_int_equal(strlen(t->name), 16);
    assert_string_equal(t->hostnames[0], "localhost");
    assert_null(t->file);
    assert_string_equal(t->db_path, arena_printf(f->arena, "/xdg/tideline/%s/db/timeline.db", t->name));
    places.environment = bob;
    assert_int_equal(config_load(f->arena, &places, true, &other, &f->e), ERR_OK);
    assert_string_not_equal(t->name, other.tenants[0].name);
    assert_string_not_equal(t->mirror, other.tenants[0].mirror);
    places.environment = wrong;
    assert_int_equal(config_load(f->arena, &places, true, &other, &f->e), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "Environment: TIMELINE_REPO_URL"));
    places.environment = none;
    assert_int_equal(config_load(f->arena, &places, true, &other, &f->e), ERR_CONFIG);
    places.service = true;
    assert_int_equal(config_load(f->arena, &places, true, &other, &f->e), ERR_OK);
    assert_string_equal(other.tenants[0].db_path, "/var/lib/tideline/default/db/timeline.db");
    assert_null(other.tenants[0].repo_url);
}

static void lays_stored_settings_over(void **state)
{
    static const char *const environment[] = {"HOME=/h", "TIMELINE_BRANCH=env", NULL};
    static const struct config_override stored[] = {
        {"TIMELINE_REPO_URL", "/srv/other", false}, {"TIMELINE_BRANCH", "stored", false},
        {"INSTANCE_NAME", "Stored", false},         {"DB_PATH", "/srv/evil.db", false},
        {"OF_A_LATER_VERSION", "x", false},
    };
    static const struct config_override local[] = {{"TIMELINE_REPO_URL", "/srv/other", true}};
    static const struct config_override web[] = {{"TIMELINE_REPO_URL", "https://h/x", true}};
    struct fixture *f = *state;
    const struct tenant *base;
    struct tenant t;

    put(f, "us.env", URL);
    assert_int_equal(load(f, environment, false), ERR_OK);
    base = &f->registry.tenants[0];
    assert_int_equal(config_apply(f->arena, base, stored, 5, &t, &f->e), ERR_OK);
    assert_string_equal(t.repo_url, "/srv/other");
    assert_string_not_equal(t.mirror, base->mirror);
    assert_string_equal(t.branch, "env");
    assert_string_equal(t.instance_name, "Stored");
    assert_string_equal(t.author_name, "Stored");
    assert_string_equal(t.db_path, base->db_path);
    assert_true(t.repo_from_operator);
    assert_string_equal(jx_get_text(t.sources, "TIMELINE_REPO_URL"), "database");
    assert_string_equal(jx_get_text(base->sources, "TIMELINE_REPO_URL"), "file");
    assert_int_equal(config_apply(f->arena, base, local, 1, &t, &f->e), ERR_FORBIDDEN);
    assert_int_equal(config_apply(f->arena, base, web, 1, &t, &f->e), ERR_OK);
    assert_false(t.repo_from_operator);
}

static void checks_what_git_config_stores(void **state)
{
    static const char *const environment[] = {"HOME=/h", "TIMELINE_BRANCH=env", NULL};
    static const struct {
        const char *key, *value;
        enum err_code code;
    } table[] = {
        {"TIMELINE_REPO_URL", "https://h/x", ERR_OK},
        {"TIMELINE_REPO_URL", "http://h/x", ERR_CONFIG},
        {"TIMELINE_REPO_URL", "", ERR_CONFIG},
        {"TIMELINE_BRANCH", "main", ERR_CONFIG},
        {"TIMELINE_EVENTS_DIR", "events", ERR_OK},
        {"TIMELINE_EVENT_FORMAT", "md", ERR_OK},
        {"TIMELINE_PUSH_URL", "/srv/fork", ERR_OK},
        {"GITHUB_API_URL", "https://h", ERR_OK},
        {"PR_BRANCH_PREFIX", "x", ERR_OK},
        {"INSTANCE_NAME", "x", ERR_OK},
        {"INSTANCE_NAME", "", ERR_CONFIG},
        {"TIMELINE_BRANCH", NULL, ERR_OK},
        {"GITHUB_TOKEN", NULL, ERR_USAGE},
        {"TIMELINE_AUTHOR_NAME", "x", ERR_OK},
        {"TIMELINE_AUTHOR_EMAIL", "x@y", ERR_OK},
        {"GITHUB_TOKEN", "x", ERR_USAGE},
        {"GITHUB_TOKEN_FILE", "/x", ERR_USAGE},
        {"DB_PATH", "/x", ERR_USAGE},
        {"TIMELINE_WORKSPACE", "/x", ERR_USAGE},
        {"TIMELINE_CA_FILE", "/x", ERR_USAGE},
        {"TIMELINE_HOSTNAMES", "x", ERR_USAGE},
        {"TIMELINE_WEBHOOK_SECRET", "x", ERR_USAGE},
        {"TIMELINE_PUBLIC", "true", ERR_USAGE},
        {"TIMELINE_BRANHC", "x", ERR_USAGE},
    };
    struct fixture *f = *state;

    put(f, "us.env", URL);
    assert_int_equal(load(f, environment, false), ERR_OK);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        enum err_code code =
            config_check(f->arena, &f->registry.tenants[0], table[i].key, table[i].value, &f->e);

        if (code != table[i].code)
            fail_msg("%s=%s: %s", table[i].key, table[i].value ? table[i].value : "(none)", err_name(code));
    }
}

static void suggests_only_what_is_near(void **state)
{
    struct fixture *f = *state;
    const struct tenant *t;

    put(f, "us.env", URL);
    assert_int_equal(load(f, home, false), ERR_OK);
    t = &f->registry.tenants[0];
    assert_int_equal(config_check(f->arena, t, "TIMELINE_BRANHC", "x", &f->e), ERR_USAGE);
    assert_non_null(strstr(f->e.message, "did you mean TIMELINE_BRANCH?"));
    assert_int_equal(config_check(f->arena, t, "X", "x", &f->e), ERR_USAGE);
    assert_null(strstr(f->e.message, "did you mean"));
}

static void finds_the_token_and_shows_none(void **state)
{
    struct fixture *f = *state;
    struct config_places places = {.tenants_folder = f->folder, .environment = home};
    const char *file = file_join(f->arena, f->folder, "token");
    const char *token;

    put(f, "token", "  canary-1\n");
    put(f, "us.env", arena_printf(f->arena, "GITHUB_TOKEN_FILE=%s\n", file));
    assert_int_equal(load(f, home, false), ERR_OK);
    assert_int_equal(config_token(f->arena, &f->registry.tenants[0], &token, &f->e), ERR_OK);
    assert_string_equal(token, "canary-1");
    put(f, "token", "canary-2");
    assert_int_equal(config_token(f->arena, &f->registry.tenants[0], &token, &f->e), ERR_OK);
    assert_string_equal(token, "canary-2");
    put(f, "token", "canary 3\n");
    assert_int_equal(config_token(f->arena, &f->registry.tenants[0], &token, &f->e), ERR_CONFIG);
    assert_null(strstr(f->e.message, "canary"));
    put(f, "us.env", "GITHUB_TOKEN=canary\nTIMELINE_WEBHOOK_SECRET=canary\n");
    for (int read = 0; read < 2; read++) {
        struct json_object *view;

        assert_int_equal(config_load(f->arena, &places, read, &f->registry, &f->e), ERR_OK);
        assert_true(!f->registry.tenants[0].token == !read);
        view = config_json(f->arena, &f->registry.tenants[0]);
        assert_true(jx_get_bool(view, "token_configured", false));
        assert_null(strstr(jx_text(f->arena, view), "canary"));
    }
    put(f, "us.env", URL);
    assert_int_equal(load(f, home, false), ERR_OK);
    assert_int_equal(config_token(f->arena, &f->registry.tenants[0], &token, &f->e), ERR_OK);
    assert_null(token);
    assert_false(jx_get_bool(config_json(f->arena, &f->registry.tenants[0]), "token_configured", true));
}

static void names_the_folder_that_is_wrong(void **state)
{
    struct fixture *f = *state;
    struct config_places places = {.tenants_folder = "/nowhere/at/all", .environment = home};

    assert_int_equal(load(f, home, false), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "NAME.env"));
    assert_int_equal(config_load(f->arena, &places, true, &f->registry, &f->e), ERR_CONFIG);
    assert_non_null(strstr(f->e.message, "/nowhere/at/all"));
}

static void limits_the_hosts_of_the_web(void **state)
{
    static const char *const listed[] = {"HOME=/h", "TIDELINE_ALLOWED_HOSTS=a.example, B.example", NULL};
    static const char *const wrong[] = {"HOME=/h", "TIDELINE_ALLOWED_HOSTS=https://a.example", NULL};
    struct fixture *f = *state;

    put(f, "us.env", URL);
    assert_int_equal(load(f, listed, true), ERR_OK);
    assert_string_equal(f->registry.tenants[0].allowed_hosts[1], "b.example");
    assert_null(f->registry.tenants[0].allowed_hosts[2]);
    assert_int_equal(load(f, wrong, true), ERR_CONFIG);
}

static void knows_the_hosts_that_the_operator_named(void **state)
{
    static const char named[] =
        "https://git.example.org/other/x HTTPS://GIT.example.ORG/x https://git.example.org:8443/x "
        "https://push.example.org/x https://ghe.example.org/api/v3";
    static const char others[] =
        "https://api.github.com/ https://git.example.org.evil.example/x "
        "https://git.example.org@evil.example/x "
        "https://evil.example/git.example.org https://git.example.org./x https://127.0.0.1/x https://[::1]/x "
        "http://git.example.org/x git.example.org file:///etc/passwd /etc/passwd";
    struct fixture *f = *state;
    const struct tenant *t;

    put(f, "us.env",
        URL "TIMELINE_PUSH_URL=https://push.example.org/me/fork\nGITHUB_API_URL=https://ghe.example.org/api/"
            "v3\n");
    assert_int_equal(load(f, home, true), ERR_OK);
    t = &f->registry.tenants[0];
    assert_false(config_host_allowed(f->arena, t, NULL) || config_host_allowed(f->arena, t, ""));
    for (char *url = strtok(arena_strdup(f->arena, named), " "); url; url = strtok(NULL, " "))
        assert_true(config_host_allowed(f->arena, t, url));
    for (char *url = strtok(arena_strdup(f->arena, others), " "); url; url = strtok(NULL, " "))
        assert_false(config_host_allowed(f->arena, t, url));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(has_defaults),
        TEST(reads_every_key),
        TEST(refuses_naming_line_key_and_expectation),
        TEST(refuses_files_that_are_no_text),
        TEST(accepts_what_is_meant),
        TEST(warns_with_the_nearest_name),
        TEST(refuses_tenants_that_share),
        TEST(chooses_a_tenant),
        TEST(environment_overrides_at_the_command_line_only),
        TEST(environment_alone_makes_a_tenant),
        TEST(lays_stored_settings_over),
        TEST(checks_what_git_config_stores),
        TEST(suggests_only_what_is_near),
        TEST(finds_the_token_and_shows_none),
        TEST(names_the_folder_that_is_wrong),
        TEST(limits_the_hosts_of_the_web),
        TEST(knows_the_hosts_that_the_operator_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
