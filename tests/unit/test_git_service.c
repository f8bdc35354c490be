// link: core_git core_http core_util
#include "core/git/git_internal.h"
#include "tests/unit/git_fixture.h"

#include <fcntl.h>
#include <sys/file.h>

static void open_refuses_what_it_cannot_use(void **state)
{
    static const struct {
        const char *url, *branch;
        enum err_code code;
    } cases[] = {
        {"https://user:secret@example.org/a.git", "main", ERR_INVALID_INPUT},
        {"http://example.org/a.git", "main", ERR_UNSUPPORTED},
        {"git@example.org:a.git", "main", ERR_UNSUPPORTED},
        {"ssh://example.org/a.git", "main", ERR_UNSUPPORTED},
        {"file://elsewhere/a.git", "main", ERR_INVALID_INPUT},
        {"file:///a%zz.git", "main", ERR_INVALID_INPUT},
        {"relative/path", "main", ERR_UNSUPPORTED},
        {"", "main", ERR_INVALID_INPUT},
        {"/somewhere", "-main", ERR_INVALID_INPUT},
        {"/somewhere", "a..b", ERR_INVALID_INPUT},
        {"/somewhere", NULL, ERR_INVALID_INPUT},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct git_service_options options = f->options;
        struct git_service *git = NULL;

        options.url = cases[i].url;
        options.branch = cases[i].branch;
        assert_int_equal(git_service_open(&options, &git, &f->err), cases[i].code);
        assert_null(git);
        assert_null(strstr(f->err.message, "secret"));
    }
}

static void clone_then_nothing_then_news(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f), again = pull(f), third;

    assert_true(first.cloned);
    assert_string_equal(first.before.hex, "");
    assert_id_equal(first.after, rev(f, "main"));
    assert_int_equal(first.new_commits, 2);
    assert_true(first.received_bytes > 0);
    assert_false(again.cloned);
    assert_id_equal(again.before, first.after);
    assert_id_equal(again.after, first.after);
    assert_int_equal(again.new_commits, 0);
    sh(f, "cd work; for i in 1 2 3; do echo $i > data/events/a.md; git commit -qam $i; done; git push -q "
          "origin main");
    reopen(f);
    third = pull(f);
    assert_false(third.cloned);
    assert_false(third.forced);
    assert_int_equal(third.new_commits, 3);
    assert_id_equal(third.before, first.after);
    assert_id_equal(third.after, rev(f, "main"));
    sh(f, "git -C workspace/mirror fsck --strict --no-dangling");
}

static void clone_by_file_url_and_from_a_working_tree(void **state)
{
    struct fixture *f = *state;

    f->options.url = arena_printf(f->arena, "file://%s/wo%%72k", f->folder);
    reopen(f);
    assert_id_equal(pull(f).after, rev(f, "main"));
}

static void packed_and_repacked_remote(void **state)
{
    struct fixture *f = *state;

    sh(f, "git -C remote gc -q --prune=now");
    assert_int_equal(pull(f).new_commits, 2);
    sh(f, "cd work; echo x > data/events/d.md; git add -A; git commit -qm d; git push -q origin main\n"
          "git -C ../remote repack -adq");
    assert_int_equal(pull(f).new_commits, 1);
    sh(f, "git -C workspace/mirror fsck --strict --no-dangling");
}

static void alternates_are_fetched(void **state)
{
    struct fixture *f = *state;

    sh(f, "git clone -q --bare --shared remote borrowed");
    f->options.url = file_join(f->arena, f->folder, "borrowed");
    reopen(f);
    assert_int_equal(pull(f).new_commits, 2);
    sh(f, "git -C workspace/mirror fsck --strict --no-dangling; test ! -e "
          "workspace/mirror/objects/info/alternates");
}

/* What stands in the place of the blob `one` in the remote. */
static void special_files_are_not_taken_over(void **state)
{
    static const char *const specials[] = {"mkfifo", "ln -s /etc/passwd", "mkdir"};
    struct fixture *f = *state;
    struct git_service_pull out;

    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        sh(f, arena_printf(f->arena,
                           "cd remote; id=$(git rev-parse main:data/events/a.md)\n"
                           "object=objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-)\n"
                           "rm -rf $object; %s $object",
                           specials[i]));
        assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_IO);
        assert_non_null(strstr(f->err.message, "no regular file"));
        sh(f, "test -z \"$(find workspace -type l -o -type p)\"");
    }
}

static void force_push_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;

    (void)pull(f);
    sh(f, "cd work; git reset -q --hard HEAD~1; echo other > data/events/z.md; git add -A; git commit -qm "
          "other\n"
          "git push -qf origin main");
    out = pull(f);
    assert_true(out.forced);
    assert_int_equal(out.new_commits, 1);
    assert_true(git_service_has_commit(f->git, &out.before));
}

static void merges_are_counted(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f), out;
    struct object_id none = {""}, absent = id_of("1234567890123456789012345678901234567890");
    int64_t count;

    sh(f, "cd work; git checkout -qb side HEAD~1; echo s > s; git add s; git commit -qm side; git checkout "
          "-q main\n"
          "git merge -q --no-ff -m merge side; git push -q origin main");
    out = pull(f);
    assert_false(out.forced);
    assert_int_equal(out.new_commits, 2);
    assert_int_equal(git_service_count_commits(f->git, &none, &out.after, &count, &f->err), ERR_OK);
    assert_int_equal(count, 4);
    assert_int_equal(git_service_count_commits(f->git, &absent, &out.after, &count, &f->err), ERR_OK);
    assert_int_equal(count, -1);
    assert_int_equal(git_service_count_commits(f->git, &none, &absent, &count, &f->err), ERR_NOT_FOUND);
    assert_true(git_service_contains(f->git, &out.after, &first.after));
    assert_false(git_service_contains(f->git, &first.after, &out.after));
    assert_true(git_service_contains(f->git, &first.after, &first.after));
    assert_false(git_service_contains(f->git, &absent, &first.after));
}

/* Before anything is stored: what is there, and no mirror for it. */
static void asks_without_making_a_mirror(void **state)
{
    struct fixture *f = *state;
    struct git_service_status status;
    struct object_id tip;

    assert_int_equal(git_service_ask(f->git, &tip, &f->err), ERR_OK);
    assert_string_equal(tip.hex, rev(f, "main").hex);
    sh(f, "git -C remote branch -m main trunk; git -C remote branch spare trunk");
    assert_int_equal(git_service_ask(f->git, &tip, &f->err), ERR_BRANCH_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "no branch main; it has spare, trunk"));
    assert_string_equal(tip.hex, "");
    sh(f, "git -C remote branch -D spare; git -C remote update-ref -d refs/heads/trunk");
    assert_int_equal(git_service_ask(f->git, &tip, &f->err), ERR_BRANCH_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "is empty"));
    sh(f, "rm -rf remote");
    assert_int_equal(git_service_ask(f->git, &tip, &f->err), ERR_REPOSITORY_NOT_FOUND);
    assert_int_equal(git_service_get_status(f->git, f->arena, &status, &f->err), ERR_OK);
    assert_false(status.mirror_exists);
}

static void deleted_branch_keeps_the_mirror(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f), out;
    struct git_service_status status;

    sh(f, "git -C remote branch -m main trunk; git -C remote branch spare trunk");
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_BRANCH_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "spare, trunk"));
    assert_int_equal(git_service_get_status(f->git, f->arena, &status, &f->err), ERR_OK);
    assert_true(status.mirror_exists);
    assert_id_equal(status.head, first.after);
    assert_string_equal(status.default_branch, "trunk");
    f->options.branch = "trunk";
    reopen(f);
    assert_false(pull(f).cloned);
    sh(f, "test -z \"$(git -C workspace/mirror for-each-ref refs/remotes/origin/main)\"");
}

static void empty_repository_is_fine(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;

    sh(f, "git init -q --bare -b main empty");
    f->options.url = file_join(f->arena, f->folder, "empty");
    reopen(f);
    out = pull(f);
    assert_true(out.cloned);
    assert_string_equal(out.after.hex, "");
    assert_false(pull(f).cloned);
    sh(f, "git -C work push -q ../empty main");
    out = pull(f);
    assert_false(out.cloned);
    assert_int_equal(out.new_commits, 2);
}

static void missing_repository_and_folder(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;
    struct git_service_status status;

    assert_int_equal(git_service_pull_latest(f->git, &out, &f->err), ERR_NOT_FOUND);
    assert_int_equal(git_service_get_status(f->git, f->arena, &status, &f->err), ERR_OK);
    assert_false(status.mirror_exists);
    sh(f, "mkdir plain");
    f->options.url = file_join(f->arena, f->folder, "plain");
    reopen(f);
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_REPOSITORY_NOT_FOUND);
    f->options.url = "/nowhere/at/all";
    reopen(f);
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_REPOSITORY_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "TIMELINE_REPO_URL"));
}

static void damage_is_repaired(void **state)
{
    static const char *const harm[] = {
        "rm -rf workspace/mirror",
        "rm -rf workspace/mirror/*",
        "rm -rf workspace/mirror/objects",
        "rm workspace/mirror/HEAD",
        "rm -rf workspace/mirror/refs workspace/mirror/packed-refs",
        "cd workspace/mirror/objects; for o in [0-9a-f]*/*; do rm $o; echo garbage > $o; done",
        "cd workspace/mirror/objects; for o in [0-9a-f]*/*; do rm $o; : > $o; done",
        ": > workspace/mirror/tideline-mirror",
    };
    struct fixture *f = *state;

    (void)pull(f);
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        git_service_close(f->git);
        f->git = NULL;
        sh(f, harm[i]);
        reopen(f);
        assert_id_equal(pull(f).after, rev(f, "main"));
        sh(f, "git -C workspace/mirror fsck --strict --no-dangling; git -C remote fsck --strict");
    }
}

static void damage_found_while_reading_is_repaired_next(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f);
    struct object_id blob;
    size_t n;
    char *p;

    assert_int_equal(git_service_path_object(f->git, &first.after, "data/events/a.md", &blob, &f->err),
                     ERR_OK);
    sh(f, arena_printf(f->arena, "rm workspace/mirror/objects/%.2s/%s", blob.hex, blob.hex + 2));
    reopen(f);
    assert_int_equal(git_service_read_blob(f->git, f->arena, &blob, 100, &p, &n, &f->err), ERR_IO);
    assert_true(pull(f).cloned);
    assert_int_equal(git_service_read_blob(f->git, f->arena, &blob, 100, &p, &n, &f->err), ERR_OK);
}

static void foreign_folder_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;

    sh(f, "mkdir -p workspace/mirror; echo precious > workspace/mirror/thesis.txt");
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_CONFIG);
    sh(f, "rm -rf workspace/mirror; git clone -q --bare remote workspace/mirror");
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_CONFIG);
    sh(f, "git -C workspace/mirror rev-parse -q --verify main >/dev/null");
}

static void another_url_starts_anew(void **state)
{
    struct fixture *f = *state;

    (void)pull(f);
    sh(f, "git clone -q --bare remote fork");
    f->options.url = file_join(f->arena, f->folder, "fork");
    reopen(f);
    assert_true(pull(f).cloned);
    assert_false(pull(f).cloned);
}

static void leftovers_are_swept(void **state)
{
    struct fixture *f = *state;

    (void)pull(f);
    sh(f, "cd workspace/mirror; touch objects/pack/pack_git2_x objects/pack/tmp_y objects/tmp_object_git2_z\n"
          "touch refs/remotes/origin/main.lock packed-refs.lock HEAD.lock config.lock\n"
          "cd ../../work; echo n > data/events/n.md; git add -A; git commit -qm n; git push -q origin main");
    assert_int_equal(pull(f).new_commits, 1);
    assert_string_equal(
        sh_read(f, "find workspace -name '*.lock' ! -name mirror.lock -o -name '*git2*' -o -name 'tmp_*'"),
        "");
}

static void packs_are_joined(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;

    sh(f, "cd work; for i in 1 2 3 4; do echo $i > data/events/p$i.md; git add -A; git commit -qm $i; git "
          "push -q origin main\n"
          "git -C ../remote repack -q; done");
    out = pull(f);
    sh(f, "test $(ls workspace/mirror/objects/pack/*.pack | wc -l) -ge 4");
    git_service_compact(f->git, 3);
    sh(f,
       "test $(ls workspace/mirror/objects/pack/*.pack | wc -l) = 1; git -C workspace/mirror fsck --strict");
    assert_true(git_service_has_folder(f->git, &out.after, "data/events"));
    assert_false(pull(f).cloned);
}

static void second_operation_is_locked_out(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;
    int fd;

    (void)pull(f);
    fd = open(arena_printf(f->arena, "%s.lock", f->options.mirror), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_LOCKED);
    close(fd);
    (void)pull(f);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void cancelled_pull_ends(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out;

    f->options.progress.cancelled = always;
    reopen(f);
    assert_int_equal(git_service_clone_or_update(f->git, &out, &f->err), ERR_CANCELLED);
    f->options.progress.cancelled = NULL;
    reopen(f);
    assert_true(pull(f).cloned);
}

static void changed_files_of_one_folder(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f), second;
    struct object_id none = {""};
    struct git_service_changes changes;

    sh(f, "cd work; rm data/events/a.md; echo new > data/events/b.md; echo d > data/events/d.md; echo x > "
          "README\n"
          "git add -A; git commit -qm many; git push -q origin main");
    second = pull(f);
    assert_int_equal(git_service_get_changed_files(f->git, f->arena, &first.after, &second.after,
                                                   "data/events", &changes, &f->err),
                     ERR_OK);
    assert_int_equal(changes.n, 3);
    assert_string_equal(changes.items[0].name, "a.md");
    assert_string_equal(changes.items[0].new_blob.hex, "");
    assert_string_equal(changes.items[1].name, "b.md");
    assert_id_equal(changes.items[1].new_blob, rev(f, "main:data/events/b.md"));
    assert_id_equal(changes.items[1].old_blob, rev(f, "main~1:data/events/b.md"));
    assert_string_equal(changes.items[2].name, "d.md");
    assert_string_equal(changes.items[2].old_blob.hex, "");
    assert_int_equal(git_service_get_changed_files(f->git, f->arena, &none, &second.after, "data/events",
                                                   &changes, &f->err),
                     ERR_OK);
    assert_int_equal(changes.n, 3);
    assert_int_equal(git_service_get_changed_files(f->git, f->arena, &second.after, &first.after, "no/such",
                                                   &changes, &f->err),
                     ERR_OK);
    assert_int_equal(changes.n, 0);
}

static void hostile_trees_show_what_they_are(void **state)
{
    struct fixture *f = *state;
    struct object_id none = {""};
    struct git_service_changes changes;
    struct git_service_pull out;

    sh(f, "cd remote; b=$(echo hi | git hash-object -w --stdin); t=$(printf '100644 blob %s\\tin\\n' $b | "
          "git mktree)\n"
          "e=$(printf '120000 blob %s\\tlink.md\\n160000 commit %s\\tsub\\n040000 tree %s\\tfolder\\n100755 "
          "blob %s\\trun.md\\n"
          "100644 blob %s\\t\\377\\376.md\\n100644 blob %s\\t-rf \"$(echo) <b>.md\\n100644 blob "
          "%s\\tfolder.md\\n'"
          " $b $(git rev-parse main) $t $b $b $b $b | git mktree --missing)\n"
          "r=$(printf '040000 tree %s\\tevents\\n' $e | git mktree); git update-ref refs/heads/main"
          " $(git commit-tree -m hostile -p main $r)");
    out = pull(f);
    assert_int_equal(
        git_service_get_changed_files(f->git, f->arena, &none, &out.after, "events", &changes, &f->err),
        ERR_OK);
    assert_int_equal(changes.n, 7);
    for (size_t i = 0; i < changes.n; i++) {
        const struct git_service_change *c = &changes.items[i];

        if (str_eq(c->name, "link.md"))
            assert_int_equal(c->new_kind, GIT_ENTRY_SYMLINK);
        else if (str_eq(c->name, "sub"))
            assert_int_equal(c->new_kind, GIT_ENTRY_SUBMODULE);
        else if (str_eq(c->name, "folder"))
            assert_int_equal(c->new_kind, GIT_ENTRY_FOLDER);
        else
            assert_int_equal(c->new_kind, GIT_ENTRY_FILE);
    }
    assert_string_equal(changes.items[changes.n - 1].name, "\377\376.md");
}

static void a_broken_tree_is_no_deletion(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull first = pull(f), out;
    struct git_service_changes changes;

    sh(f, "cd remote; t=$(printf '100644 a.md\\0short' | git hash-object -w -t tree --literally --stdin)\n"
          "git update-ref refs/heads/main $(printf 'tree %s\\nparent %s\\nauthor A <a> 1 +0000\\ncommitter A "
          "<a> 1 +0000\\n\\nm\\n'"
          " $t $(git rev-parse main) | git hash-object -w -t commit --literally --stdin)");
    if (git_service_clone_or_update(f->git, &out, &f->err) != ERR_OK)
        return;
    assert_int_not_equal(
        git_service_get_changed_files(f->git, f->arena, &first.after, &out.after, "", &changes, &f->err),
        ERR_OK);
}

static void blobs_and_paths(void **state)
{
    struct fixture *f = *state;
    struct git_service_pull out = pull(f);
    struct object_id blob, computed;
    size_t n;
    char *p;

    assert_true(git_service_has_folder(f->git, &out.after, "data/events"));
    assert_false(git_service_has_folder(f->git, &out.after, "README"));
    assert_false(git_service_has_folder(f->git, &out.after, "data/nothing"));
    assert_int_equal(git_service_path_object(f->git, &out.after, "data/events/b.md", &blob, &f->err), ERR_OK);
    git_service_blob_id("two\n", 4, &computed);
    assert_id_equal(blob, computed);
    assert_int_equal(git_service_read_blob(f->git, f->arena, &blob, 4, &p, &n, &f->err), ERR_OK);
    assert_int_equal(n, 4);
    assert_string_equal(p, "two\n");
    assert_int_equal(git_service_read_blob(f->git, f->arena, &blob, 3, &p, &n, &f->err), ERR_TOO_LARGE);
    assert_int_equal(git_service_path_object(f->git, &out.after, "README/below", &blob, &f->err), ERR_OK);
    assert_string_equal(blob.hex, "");
}

static void differences_as_text(void **state)
{
    static const struct {
        struct git_service_versions file;
        const char *text;
    } table[] = {
        {{"a.md", "one\ntwo\n", 8, "one\nzwei", 8},
         "@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n\\ No newline at end of file\n"},
        {{"a.md", NULL, 0, "x\n", 2}, "@@ -0,0 +1 @@\n+x\n"},
        {{"a.md", "x\n", 2, NULL, 0}, "@@ -1 +0,0 @@\n-x\n"},
        {{"a.md", "x\n", 2, "x\n", 2}, ""},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *text;

        assert_int_equal(git_service_diff_text(f->arena, &table[i].file, &text, &f->err), ERR_OK);
        assert_string_equal(text, table[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GIT_TEST(open_refuses_what_it_cannot_use),
        GIT_TEST(clone_then_nothing_then_news),
        GIT_TEST(clone_by_file_url_and_from_a_working_tree),
        GIT_TEST(packed_and_repacked_remote),
        GIT_TEST(alternates_are_fetched),
        GIT_TEST(special_files_are_not_taken_over),
        GIT_TEST(force_push_is_noticed),
        GIT_TEST(merges_are_counted),
        GIT_TEST(asks_without_making_a_mirror),
        GIT_TEST(deleted_branch_keeps_the_mirror),
        GIT_TEST(empty_repository_is_fine),
        GIT_TEST(missing_repository_and_folder),
        GIT_TEST(damage_is_repaired),
        GIT_TEST(damage_found_while_reading_is_repaired_next),
        GIT_TEST(foreign_folder_is_left_alone),
        GIT_TEST(another_url_starts_anew),
        GIT_TEST(leftovers_are_swept),
        GIT_TEST(packs_are_joined),
        GIT_TEST(second_operation_is_locked_out),
        GIT_TEST(cancelled_pull_ends),
        GIT_TEST(changed_files_of_one_folder),
        GIT_TEST(hostile_trees_show_what_they_are),
        GIT_TEST(a_broken_tree_is_no_deletion),
        GIT_TEST(blobs_and_paths),
        GIT_TEST(differences_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
