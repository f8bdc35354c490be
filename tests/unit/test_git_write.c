// link: core_git core_http core_util
#include "tests/unit/git_fixture.h"

/* Files to write, ended by a path of NULL; "" as bytes means remove. */
static enum err_code commit_files(struct fixture *f, struct object_id parent, const char *const files[][2],
                                  struct object_id *out)
{
    struct git_service_file list[16];
    struct git_service_commit request = {.parent = parent,
                                 .files = list,
                                 .message = "A message\n",
                                 .author_name = " <Re\nsearcher> ",
                                 .author_email = "r@example.org",
                                 .time_us = 1700000123456789};

    for (; files[request.file_count][0]; request.file_count++) {
        const char *bytes = files[request.file_count][1];

        list[request.file_count] =
            (struct git_service_file){files[request.file_count][0], *bytes ? bytes : NULL, strlen(bytes)};
    }
    return git_service_commit_changes(f->git, &request, out, &f->err);
}

/* The same commit made by git itself in the clone `work`. */
static struct object_id by_git(struct fixture *f, const char *script)
{
    return id_of(sh_read(
        f,
        arena_printf(
            f->arena,
            "cd work; git reset -q --hard origin/main; %s; git add -A; printf 'A message\\n' > ../m\n"
            "export GIT_AUTHOR_NAME=Researcher GIT_AUTHOR_EMAIL=r@example.org GIT_COMMITTER_NAME=Researcher\n"
            "export GIT_COMMITTER_EMAIL=r@example.org GIT_AUTHOR_DATE='1700000123 +0000' "
            "GIT_COMMITTER_DATE='1700000123 +0000'\n"
            "git commit-tree -p HEAD -F ../m $(git write-tree); rm -f ../m",
            script)));
}

static void commits_equal_those_of_git(void **state)
{
    static const struct {
        const char *script;
        const char *const files[6][2];
    } cases[] = {
        {"echo new > data/events/a.md", {{"data/events/a.md", "new\n"}}},
        {"echo new > data/events/aa.md; echo z > data/events/z.md; echo 0 > data/events/0.md",
         {{"data/events/z.md", "z\n"}, {"data/events/aa.md", "new\n"}, {"data/events/0.md", "0\n"}}},
        {"rm data/events/a.md", {{"data/events/a.md", ""}}},
        {"rm data/events/a.md data/events/b.md data/events/c.md; rmdir data/events data 2>/dev/null || true",
         {{"data/events/a.md", ""}, {"data/events/b.md", ""}, {"data/events/c.md", ""}}},
        {"mkdir -p x/y; echo 1 > x/y/z; echo 2 > data/e", {{"x/y/z", "1\n"}, {"data/e", "2\n"}}},
        {"mkdir data/events-2 data/events.d; echo 1 > data/events-2/a; echo 2 > data/events.d/a; echo 3 > "
         "data/events0",
         {{"data/events-2/a", "1\n"}, {"data/events.d/a", "2\n"}, {"data/events0", "3\n"}}},
        {"rm README; mkdir README; echo in > README/in", {{"README", ""}, {"README/in", "in\n"}}},
        {"rm data/events/b.md; echo two > data/events/b.md; echo x > n",
         {{"data/events/b.md", "two\n"}, {"n", "x\n"}}},
    };
    struct fixture *f = *state;
    struct git_service_pull out = pull(f);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct object_id made, again, expected = by_git(f, cases[i].script);

        if (commit_files(f, out.after, cases[i].files, &made) != ERR_OK)
            fail_msg("%s: %s", cases[i].script, f->err.message);
        assert_id_equal(made, expected);
        assert_int_equal(commit_files(f, out.after, cases[i].files, &again), ERR_OK);
        assert_id_equal(again, made);
    }
    sh(f, "git -C workspace/mirror fsck --strict --no-dangling");
}

static void executable_files_stay_executable(void **state)
{
    struct fixture *f = *state;
    const char *const files[][2] = {{"data/events/a.md", "new\n"}, {NULL, NULL}};
    struct object_id made;

    sh(f, "cd work; chmod +x data/events/a.md; git commit -qam x; git push -q origin main");
    assert_int_equal(commit_files(f, pull(f).after, files, &made), ERR_OK);
    assert_non_null(
        strstr(sh_read(f, arena_printf(f->arena, "git -C workspace/mirror ls-tree %s:data/events", made.hex)),
               "100755 blob"));
}

static void a_commit_needs_its_parent(void **state)
{
    const char *const files[][2] = {{"a", "new\n"}, {NULL, NULL}};
    struct fixture *f = *state;
    struct object_id made;

    assert_int_equal(commit_files(f, rev(f, "main"), files, &made), ERR_NOT_FOUND);
    (void)pull(f);
    assert_int_equal(commit_files(f, id_of(""), files, &made), ERR_NOT_FOUND);
    assert_int_equal(commit_files(f, id_of("1234567890123456789012345678901234567890"), files, &made),
                     ERR_NOT_FOUND);
}

static void commits_that_are_refused(void **state)
{
    static const struct {
        const char *const files[3][2];
        enum err_code code;
    } cases[] = {
        {{{"data/events/a.md", "one\n"}}, ERR_NOTHING_TO_DO},
        {{{"no/such", ""}}, ERR_NOTHING_TO_DO},
        {{{NULL, NULL}}, ERR_NOTHING_TO_DO},
        {{{"/etc/passwd", "x"}}, ERR_INVALID_INPUT},
        {{{"a/../b", "x"}}, ERR_INVALID_INPUT},
        {{{".git/config", "x"}}, ERR_INVALID_INPUT},
        {{{"a/.GIT/config", "x"}}, ERR_INVALID_INPUT},
        {{{"a/.git. /config", "x"}}, ERR_INVALID_INPUT},
        {{{"a//b", "x"}}, ERR_INVALID_INPUT},
        {{{"a\\..\\b", "x"}}, ERR_INVALID_INPUT},
        {{{"a\\.git\\config", "x"}}, ERR_INVALID_INPUT},
        {{{"a/", "x"}}, ERR_INVALID_INPUT},
        {{{"", "x"}}, ERR_INVALID_INPUT},
        {{{"./a", "x"}}, ERR_INVALID_INPUT},
        {{{"n", "x"}, {"n", "y"}}, ERR_INVALID_INPUT},
        {{{"n", "x"}, {"n/m", "y"}}, ERR_EXISTS},
        {{{"README/x", "y"}}, ERR_EXISTS},
        {{{"data/events", "y"}}, ERR_EXISTS},
        {{{"link", "y"}}, ERR_EXISTS},
    };
    struct fixture *f = *state;
    struct object_id made, parent;

    sh(f, "cd work; ln -s README link; git add -A; git commit -qm link; git push -q origin main");
    parent = pull(f).after;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err_code code = commit_files(f, parent, cases[i].files, &made);

        if (code != cases[i].code)
            fail_msg("case %zu (%s): %s %s", i, cases[i].files[0][0], err_name(code), f->err.message);
    }
}

static const char *const one_file[][2] = {{"data/events/new.md", "new\n"}, {NULL, NULL}};
static const char *const other_file[][2] = {{"data/events/new.md", "other\n"}, {NULL, NULL}};

static void branches_in_the_mirror(void **state)
{
    struct fixture *f = *state;
    struct object_id parent = pull(f).after, first, second;

    assert_int_equal(commit_files(f, parent, one_file, &first), ERR_OK);
    assert_int_equal(commit_files(f, parent, other_file, &second), ERR_OK);
    assert_int_equal(git_service_create_branch(f->git, "batch/1", &first, &f->err), ERR_OK);
    assert_int_equal(git_service_create_branch(f->git, "batch/1", &first, &f->err), ERR_OK);
    assert_int_equal(git_service_create_branch(f->git, "batch/1", &second, &f->err), ERR_BRANCH_EXISTS);
    assert_int_equal(git_service_create_branch(f->git, "bad..name", &second, &f->err), ERR_INVALID_INPUT);
    (void)pull(f);
    sh(f, arena_printf(f->arena, "test $(git -C workspace/mirror rev-parse tideline-local/batch/1) = %s",
                       first.hex));
}

static void push_is_taken_once(void **state)
{
    struct fixture *f = *state;
    struct object_id parent = pull(f).after, first, second, there;
    bool already;

    assert_int_equal(commit_files(f, parent, one_file, &first), ERR_OK);
    assert_int_equal(commit_files(f, parent, other_file, &second), ERR_OK);
    assert_int_equal(git_service_remote_branch(f->git, true, "batch/1", &there, &f->err), ERR_OK);
    assert_string_equal(there.hex, "");
    assert_int_equal(git_service_push_branch(f->git, "batch/1", &first, &already, &f->err), ERR_OK);
    assert_false(already);
    assert_id_equal(rev(f, "batch/1"), first);
    assert_int_equal(git_service_push_branch(f->git, "batch/1", &first, &already, &f->err), ERR_OK);
    assert_true(already);
    assert_int_equal(git_service_push_branch(f->git, "batch/1", &second, &already, &f->err),
                     ERR_BRANCH_EXISTS);
    assert_id_equal(rev(f, "batch/1"), first);
    assert_int_equal(git_service_remote_branch(f->git, false, "batch/1", &there, &f->err), ERR_OK);
    assert_id_equal(there, first);
    sh(f, "git -C remote fsck --strict --no-dangling");
}

static void push_sends_only_what_is_new(void **state)
{
    struct fixture *f = *state;
    struct object_id made;
    bool already;

    assert_int_equal(commit_files(f, pull(f).after, one_file, &made), ERR_OK);
    assert_int_equal(git_service_push_branch(f->git, "b", &made, &already, &f->err), ERR_OK);
    /* the commit, three trees, one file */
    assert_string_equal(
        sh_read(f, "git verify-pack -v remote/objects/pack/*.idx | grep -cE '^[0-9a-f]{40} '"), "5");
}

static void push_into_another_repository(void **state)
{
    struct fixture *f = *state;
    struct object_id made;
    bool already;

    sh(f, "git init -q fork");
    f->options.push_url = file_join(f->arena, f->folder, "fork");
    reopen(f);
    assert_int_equal(commit_files(f, pull(f).after, one_file, &made), ERR_OK);
    assert_int_equal(git_service_push_branch(f->git, "batch", &made, &already, &f->err), ERR_OK);
    sh(f, arena_printf(f->arena,
                       "cd fork; git fsck --strict --no-dangling; test $(git rev-parse batch) = %s; git "
                       "checkout -q batch\n"
                       "test \"$(cat data/events/new.md)\" = new",
                       made.hex));
    sh(f, "test -z \"$(git -C remote branch --list batch)\"");
}

static void hooks_decide(void **state)
{
    struct fixture *f = *state;
    struct object_id made;
    bool already;

    setenv("GITHUB_TOKEN", "secret-canary", 1);
    assert_int_equal(commit_files(f, pull(f).after, one_file, &made), ERR_OK);
    sh(f, "printf '#!/bin/sh\\necho \"No \\033[31m$1 today\" >&2\\nenv > seen\\ngit cat-file -e $3^{tree} && "
          "git show $3:data/events/new.md >> seen\\nexit 1\\n' > remote/hooks/update\n"
          "chmod +x remote/hooks/update");
    assert_int_equal(git_service_push_branch(f->git, "batch", &made, &already, &f->err), ERR_PUSH_REJECTED);
    assert_non_null(strstr(f->err.message, "refs/heads/batch today"));
    assert_null(strchr(f->err.message, '\033'));
    sh(f, "! grep -q canary remote/seen; tail -n1 remote/seen | grep -qx new; test -z \"$(git -C remote "
          "branch --list batch)\"");
    sh(f, "rm remote/hooks/update; printf '#!/bin/sh\\ncat > got\\n' > remote/hooks/pre-receive; cp "
          "remote/hooks/pre-receive remote/hooks/post-receive\n"
          "sed -i s/got/done/ remote/hooks/post-receive; chmod +x remote/hooks/p*-receive");
    assert_int_equal(git_service_push_branch(f->git, "batch", &made, &already, &f->err), ERR_OK);
    assert_string_equal(sh_read(f, "cat remote/got"), sh_read(f, "cat remote/done"));
    assert_non_null(strstr(sh_read(f, "cat remote/got"), made.hex));
    unsetenv("GITHUB_TOKEN");
}

static void a_hook_that_hangs_ends_with_the_deadline(void **state)
{
    static const char *const scripts[] = {"read line; exec sleep 100",
                                          "exec >&- 2>&-; sleep 100 & exec sleep 100"};
    struct fixture *f = *state;
    struct object_id made;
    bool already;

    f->options.deadline_ms = 600;
    reopen(f);
    assert_int_equal(commit_files(f, pull(f).after, one_file, &made), ERR_OK);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        sh(f, arena_printf(f->arena,
                           "cd remote/hooks; printf '#!/bin/sh\\n%s\\n' > pre-receive; chmod +x pre-receive",
                           scripts[i]));
        assert_int_equal(git_service_push_branch(f->git, "batch", &made, &already, &f->err),
                         ERR_REMOTE_TIMEOUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GIT_TEST(commits_equal_those_of_git),
        GIT_TEST(executable_files_stay_executable),
        GIT_TEST(a_commit_needs_its_parent),
        GIT_TEST(commits_that_are_refused),
        GIT_TEST(branches_in_the_mirror),
        GIT_TEST(push_is_taken_once),
        GIT_TEST(push_sends_only_what_is_new),
        GIT_TEST(push_into_another_repository),
        GIT_TEST(hooks_decide),
        GIT_TEST(a_hook_that_hangs_ends_with_the_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
