/*
 * A timeline in a temporary folder for the tests of core/pr: a bare repository as remote, a clone in which other people
 * work, a mirror, a database; and a forge whose pull requests stand in a file, so that they outlive a killed process.
 */
#ifndef TIDELINE_TESTS_PR_FIXTURE_H
#define TIDELINE_TESTS_PR_FIXTURE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/pr/pr_internal.h"
#include "core/store/store_pr_content.h"
#include "core/store/store_sync.h"
#include "core/util/clock.h"
#include "core/util/digest.h"
#include "core/util/file.h"

#define ALPHA "2025-01-02--alpha"
#define BETA "2025-01-03--beta"
#define EVENTS "timeline_data/events/"

struct fixture {
    struct arena *arena;
    char folder[64];
    const char *remote, *work, *mirror, *db;
    struct store *store;
    struct git_service *git;
    struct timeline_sync sync;
    struct pr_builder builder;
    struct err e;
};

static struct fixture *current; /* the fake forge and the step hook have no context of their own */

/* ---- git on the command line, as the people on the other side use it */

static inline void shell(struct fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void shell(struct fixture *f, const char *format, ...)
{
    va_list arguments;
    char *command;
    int status;

    va_start(arguments, format);
    command = arena_vprintf(f->arena, format, arguments);
    va_end(arguments);
    status = system(arena_printf(f->arena, "( %s ) >%s/shell.log 2>&1", command, f->folder));
    if (status != 0)
        fail_msg("failed: %s", command);
}

/* What a command prints, without the last newline. */
static inline const char *output(struct fixture *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline const char *output(struct fixture *f, const char *format, ...)
{
    va_list arguments;
    char *command;
    char *text;
    size_t n;

    va_start(arguments, format);
    command = arena_vprintf(f->arena, format, arguments);
    va_end(arguments);
    assert_int_equal(system(arena_printf(f->arena, "( %s ) >%s/output.txt 2>&1", command, f->folder)), 0);
    assert_int_equal(
        file_read(f->arena, arena_printf(f->arena, "%s/output.txt", f->folder), 1 << 20, &text, &n, &f->e),
        ERR_OK);
    if (n && text[n - 1] == '\n')
        text[n - 1] = '\0';
    return text;
}

static inline void write_text(struct fixture *f, const char *path, const char *text)
{
    assert_int_equal(file_write(path, text, strlen(text), 0755, &f->e), ERR_OK);
}

static inline const char *remote_tip(struct fixture *f, const char *branch)
{
    return output(f, "git -C %s rev-parse refs/heads/%s", f->remote, branch);
}

/* Branches of the remote that pull requests made. */
static inline const char *pr_branches(struct fixture *f)
{
    return output(f, "git -C %s for-each-ref --format='%%(refname:short)' refs/heads/batch", f->remote);
}

static inline void must(struct fixture *f, enum err_code code)
{
    if (code != ERR_OK)
        fail_msg("%s: %s", err_name(code), f->e.message);
}

/* ---- what the program has open; closed before fork, because no handle may cross it */

static inline void open_handles(struct fixture *f)
{
    struct git_service_options options = {
        .mirror = f->mirror, .url = f->remote, .branch = "main", .lock_wait_ms = 5000};

    must(f, store_open(f->db, &f->store, &f->e));
    must(f, git_service_open(&options, &f->git, &f->e));
    f->sync = (struct timeline_sync){
        .arena = f->arena, .store = f->store, .git = f->git, .repo_url = f->remote, .branch = "main"};
    f->builder.sync = &f->sync;
}

static inline void close_handles(struct fixture *f)
{
    git_service_close(f->git);
    store_close(f->store);
    f->git = NULL;
    f->store = NULL;
}

static inline void pull(struct fixture *f)
{
    struct sync_import_options options = {.force = false};
    struct json_object *report = NULL;

    must(f, timeline_sync_import_from_repo(&f->sync, &options, &report, &f->e));
}

static inline void make_remote(struct fixture *f)
{
    shell(f, "git init -q --bare -b main %s && git clone -q %s %s && mkdir -p %s/" EVENTS, f->remote,
          f->remote, f->work, f->work);
    write_text(
        f, arena_printf(f->arena, "%s/" EVENTS "2024-01-01--first.md", f->work),
        "---\nid: 2024-01-01--first\ndate: 2024-01-01\ntitle: The first event\nsources:\n- title: S\n  url: "
        "https://example.org/\n---\n\nText.\n");
    write_text(f, arena_printf(f->arena, "%s/other.txt", f->work), "one\n");
    shell(f, "cd %s && git add . && git commit -q -m first && git push -q origin HEAD:main", f->work);
}

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char template[] = P_tmpdir "/tideline-pr-XXXXXX";

    current = f;
    f->arena = arena_new();
    memcpy(f->folder, template, sizeof template);
    assert_non_null(mkdtemp(f->folder));
    f->remote = arena_printf(f->arena, "%s/owner/remote.git", f->folder);
    f->work = arena_printf(f->arena, "%s/work", f->folder);
    f->mirror = arena_printf(f->arena, "%s/mirror", f->folder);
    f->db = arena_printf(f->arena, "%s/db/timeline.db", f->folder);
    f->builder = (struct pr_builder){.branch_prefix = "batch",
                                     .author_name = "Tester",
                                     .author_email = "tester@example.org",
                                     .page_base = "/pull-requests/"};
    make_remote(f);
    open_handles(f);
    pull(f);
    *state = f;
    return 0;
}

/* What `tideline check` finds: nothing, whatever was done to a batch. */
static inline void check_all(struct fixture *f)
{
    struct store_check check = {0};
    const char *skipped = NULL;

    store_check_begin(&check, f->arena);
    must(f, store_read_begin(f->store, &f->e));
    must(f, store_check(f->store, &check, &f->e));
    must(f, timeline_sync_check(&f->sync, &check, &skipped, &f->e));
    must(f, pr_builder_check(&f->builder, &check, &f->e));
    store_read_end(f->store);
    if (check.found)
        fail_msg("%s", jx_pretty(f->arena, check.findings));
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;

    pr_builder_step_hook = NULL;
    if (f->store && f->git)
        check_all(f);
    close_handles(f);
    (void)file_remove_tree(f->folder, &f->e);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* ---- events */

static inline void put_event(struct fixture *f, const char *id, const char *title)
{
    struct store_event_write w = {.id = id, .author = "tester", .reason = "add"};

    w.content = arena_printf(
        f->arena,
        "{\"id\":\"%s\",\"date\":\"%.10s\",\"title\":\"%s\",\"sources\":[{\"title\":\"S\",\"url\":"
        "\"https://example.org/\"}]}",
        id, id, title);
    must(f, store_begin(f->store, 1000, &f->e));
    must(f, store_event_put(f->store, &w, NULL, &f->e));
    must(f, store_commit(f->store, &f->e));
}

static inline void validate(struct fixture *f, const char *id)
{
    const struct store_verdict verdict = {"validated", 8, "", "tester"};

    must(f, store_begin(f->store, 1000, &f->e));
    must(f, store_event_validate(f->store, id, &verdict, &f->e));
    must(f, store_commit(f->store, &f->e));
}

static inline void add_validated(struct fixture *f, const char *id, const char *title)
{
    put_event(f, id, title);
    validate(f, id);
}

static inline void assert_event_state(struct fixture *f, const char *id, const char *state)
{
    struct store_event event;

    must(f, store_event_get(f->store, f->arena, id, &event, &f->e));
    assert_string_equal(event.state, state);
}

/* event_export_status as other programs read it: "exported pr_number merged", or "none". */
static inline const char *export_status(struct fixture *f, const char *id)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    const char *text = "none";

    assert_int_equal(sqlite3_open_v2(f->db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(
            db,
            "SELECT exported || ' ' || coalesce(pr_number, 0) || ' ' || merged FROM event_export_status "
            "WHERE event_id = ?",
            -1, &row, NULL),
        SQLITE_OK);
    sqlite3_bind_text(row, 1, id, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW && sqlite3_column_text(row, 0))
        text = arena_strdup(f->arena, (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    sqlite3_close(db);
    return text;
}

static inline size_t pending_count(struct fixture *f)
{
    struct store_event *events;
    size_t n;

    must(f, store_event_pending_export(f->store, f->arena, &events, &n, &f->e));
    return n;
}

/* ---- runs */

static inline enum err_code create_pr(struct fixture *f, struct json_object **answer)
{
    struct pr_request request = {.ids = NULL};

    return pr_builder_create_pr(&f->builder, &request, answer, &f->e);
}

static inline struct json_object *create_pr_ok(struct fixture *f)
{
    struct json_object *answer = NULL;

    must(f, create_pr(f, &answer));
    assert_true(jx_get_bool(answer, "success", false));
    return answer;
}

static inline struct json_object *refresh(struct fixture *f)
{
    struct json_object *answer = NULL;

    must(f, pr_builder_refresh(&f->builder, &answer, &f->e));
    return answer;
}

static inline struct store_pull_request *all_rows(struct fixture *f, size_t *n)
{
    struct store_pull_request *rows;

    must(f, store_pr_list(f->store, f->arena, NULL, &(struct store_slice){.limit = 100}, &rows, n, &f->e));
    return rows;
}

static inline struct store_pull_request only_row(struct fixture *f)
{
    size_t n;
    struct store_pull_request *rows = all_rows(f, &n);

    assert_int_equal(n, 1);
    return rows[0];
}

static const char *kill_point;

static inline void die_there(const char *point)
{
    if (strcmp(point, kill_point) == 0)
        raise(SIGKILL);
}

/* create-pr in a process that dies at a point of the journal. */
static inline void create_pr_killed_at(struct fixture *f, const char *point)
{
    pid_t child;
    int status;

    close_handles(f);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct json_object *answer;

        open_handles(f);
        kill_point = point;
        pr_builder_step_hook = die_there;
        (void)create_pr(f, &answer);
        _exit(3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    open_handles(f);
}

static inline void forget_mirror(struct fixture *f)
{
    close_handles(f);
    must(f, file_remove_tree(f->mirror, &f->e));
    open_handles(f);
}

/* ---- a forge in a file: one line "NUMBER STATE BRANCH" per pull request */

static inline const char *forge_file(void)
{
    return arena_printf(current->arena, "%s/forge.txt", current->folder);
}

static enum err_code fake_fault; /* what the next create answers, after having created when fake_created */
static bool fake_created;

static inline bool fake_lookup(const char *branch, int64_t number, struct forge_pull_request *out)
{
    FILE *file = fopen(forge_file(), "r");
    char state[16];
    char name[200];
    long long n;
    bool found = false;

    while (file && fscanf(file, "%lld %15s %199s", &n, state, name) == 3) {
        if (branch ? strcmp(branch, name) != 0 : n != number)
            continue;
        *out = (struct forge_pull_request){
            .number = n,
            .state = arena_strdup(current->arena, state),
            .head_branch = arena_strdup(current->arena, name),
            .url = arena_printf(current->arena, "https://forge.example/pull/%lld", n),
            .head_commit = "",
            .merge_commit = ""};
        found = true;
    }
    if (file)
        fclose(file);
    return found;
}

static inline enum err_code fake_find(struct arena *a, const struct forge_remote *remote,
                                      const char *head_branch, struct forge_pull_request *out, bool *found,
                                      struct err *e)
{
    (void)a;
    (void)remote;
    (void)e;
    *found = fake_lookup(head_branch, 0, out);
    return ERR_OK;
}

static inline enum err_code fake_create(struct arena *a, const struct forge_remote *remote,
                                        const struct forge_new_pull_request *request,
                                        struct forge_pull_request *out, const char **warning, struct err *e)
{
    FILE *file;

    (void)a;
    (void)remote;
    *warning = NULL;
    if (fake_fault == ERR_OK || fake_created) {
        file = fopen(forge_file(), "a");
        assert_non_null(file);
        fprintf(file, "%ld open %s\n", ftell(file) + 40, request->head_branch);
        fclose(file);
    }
    if (fake_fault != ERR_OK)
        return err_set(e, fake_fault, "The forge says no.");
    assert_true(fake_lookup(request->head_branch, 0, out));
    return ERR_OK;
}

static inline enum err_code fake_get(struct arena *a, const struct forge_remote *remote, int64_t number,
                                     struct forge_pull_request *out, struct err *e)
{
    (void)a;
    (void)remote;
    return fake_lookup(NULL, number, out) ? ERR_OK : err_set(e, ERR_REPOSITORY_NOT_FOUND, "It is gone.");
}

static inline void fake_label(struct arena *a, const struct forge_remote *remote, int64_t number,
                              const char *const *labels, const char **warning)
{
    (void)a;
    (void)remote;
    (void)number;
    (void)labels;
    *warning = NULL;
}

static const struct forge fake_forge = {
    .name = "fake", .find = fake_find, .create = fake_create, .get = fake_get, .label = fake_label};

static inline void use_forge(struct fixture *f)
{
    fake_fault = ERR_OK;
    fake_created = false;
    f->builder.forge = &fake_forge;
    f->builder.remote = (struct forge_remote){.token = "secret", .repo_url = f->remote, .api_url = ""};
}

static inline const char *forge_lines(struct fixture *f)
{
    return output(f, "wc -l <%s/forge.txt", f->folder);
}

/* The person's own Git configuration must not change what the tests see. */
static inline void pr_test_environment(void)
{
    static const char *const environment[][2] = {
        {"GIT_CONFIG_GLOBAL", "/dev/null"},   {"GIT_CONFIG_SYSTEM", "/dev/null"},
        {"GIT_AUTHOR_NAME", "Maintainer"},    {"GIT_AUTHOR_EMAIL", "m@example.org"},
        {"GIT_COMMITTER_NAME", "Maintainer"}, {"GIT_COMMITTER_EMAIL", "m@example.org"}};

    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++)
        setenv(environment[i][0], environment[i][1], 1);
}

#endif
