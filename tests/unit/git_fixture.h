/*
 * Real repositories for the tests of core/git: a scratch folder with the bare repository `remote`, the folder `mirror`
 * for git_service, and a shell that works in it. Everything is removed at the end.
 */
#ifndef TIDELINE_TEST_GIT_FIXTURE_H
#define TIDELINE_TEST_GIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/git/git_service.h"
#include "core/util/file.h"
#include "core/util/str.h"

struct fixture {
    struct arena *arena;
    char folder[64];
    struct git_service_options options;
    struct git_service *git;
    struct err err;
};

/* Run a shell script in the scratch folder; it must succeed. */
static inline void sh(struct fixture *f, const char *script)
{
    const char *head =
        "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=A "
        "GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org "
        "GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'; set -e; cd ";
    const char *command = arena_printf(f->arena, "%s%s\n%s", head, f->folder, script);

    assert_int_equal(system(command), 0);
}

/* What a command prints, without the last newline. */
static inline char *sh_read(struct fixture *f, const char *script)
{
    char *text;
    size_t n;

    sh(f, arena_printf(f->arena, "{ %s\n} > printed", script));
    assert_int_equal(file_read(f->arena, file_join(f->arena, f->folder, "printed"), 1 << 20, &text, &n, NULL),
                     0);
    if (n && text[n - 1] == '\n')
        text[n - 1] = '\0';
    return text;
}

static inline struct object_id id_of(const char *hex)
{
    struct object_id id = {""};

    (void)snprintf(id.hex, sizeof id.hex, "%s", hex);
    return id;
}

static inline struct object_id rev(struct fixture *f, const char *name)
{
    return id_of(sh_read(f, arena_printf(f->arena, "git -C remote rev-parse %s", name)));
}

static inline void reopen(struct fixture *f)
{
    git_service_close(f->git);
    f->git = NULL;
    assert_int_equal(git_service_open(&f->options, &f->git, &f->err), ERR_OK);
}

/* `work` is a clone that scripts commit in and push from; the branch is main with two commits. */
static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->arena = arena_new();
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/tideline-git-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    sh(f,
       "git init -q --bare -b main remote; git init -q -b main work; cd work; git remote add origin "
       "../remote\n"
       "mkdir -p data/events; echo one > data/events/a.md; echo two > data/events/b.md; echo r > README\n"
       "git add -A; git commit -qm first; echo three > data/events/c.md; git add -A; git commit -qm second\n"
       "git push -q origin main");
    f->options = (struct git_service_options){.mirror = file_join(f->arena, f->folder, "workspace/mirror"),
                                              .url = file_join(f->arena, f->folder, "remote"),
                                              .branch = "main"};
    reopen(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    git_service_close(f->git);
    (void)file_remove_tree(f->folder, NULL);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* clone_or_update that must work. */
static inline struct git_service_pull pull(struct fixture *f)
{
    struct git_service_pull out;
    enum err_code code = git_service_clone_or_update(f->git, &out, &f->err);

    if (code != ERR_OK)
        fail_msg("%s", f->err.message);
    return out;
}

#define assert_id_equal(left, right) assert_string_equal((left).hex, (right).hex)
#define GIT_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
