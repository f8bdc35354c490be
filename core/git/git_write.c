/* commit_changes: new trees are made by one merge pass over the old tree's bytes and the sorted changes, so writing
 * into a folder of 100,000 costs little more than writing that one tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

enum { PATH_BYTES_MAX = 4096, DEPTH_MAX = 64, FILES_MAX = 100000 };

/* The changes below one folder: files[first] up to files[end], their paths sharing the first `skip` bytes. */
struct span {
    const struct git_service_file **files;
    size_t first, end, skip;
    int depth;
};

/* A folder being written. */
struct folder {
    struct git_service *g;
    struct arena *arena;
    struct git_service_tree old_tree;
    struct git_service_entry old_entry;
    const char *old_bytes; /* where old_entry begins */
    bool has_old;
    struct str out;
};

static enum err_code write_folder(struct git_service *g, const git_oid *base, const struct span *span,
                                  git_oid *id, bool *empty, struct err *e);

static void next_old(struct folder *f)
{
    f->old_bytes = f->old_tree.p;
    f->has_old = git_service_tree_next(&f->old_tree, &f->old_entry);
}

static void keep_old(struct folder *f)
{
    str_addn(&f->out, f->old_bytes, (size_t)(f->old_tree.p - f->old_bytes));
    next_old(f);
}

static void put_entry(struct folder *f, unsigned mode, const char *name, size_t n, const git_oid *id)
{
    str_addf(&f->out, "%o ", mode);
    str_addn(&f->out, name, n);
    str_addc(&f->out, '\0');
    str_addn(&f->out, (const char *)id->id, GIT_OID_RAWSZ);
}

static enum err_code not_a_file(const struct git_service_file *file, struct err *e)
{
    return err_set(e, ERR_EXISTS, "%s is a link, a submodule or a folder in the repository, not a file.",
                   file->path);
}

static enum err_code write_file(struct folder *f, const struct git_service_file *file, const char *name,
                                bool replaces, struct err *e)
{
    unsigned mode = GIT_FILEMODE_BLOB;
    git_oid id;
    int result;

    if (replaces && (f->old_entry.mode & 0170000) != 0100000)
        return not_a_file(file, e);
    if (replaces && f->old_entry.mode & 0100)
        mode = GIT_FILEMODE_BLOB_EXECUTABLE;
    if (replaces)
        next_old(f);
    if (!file->bytes)
        return ERR_OK;
    result = git_odb_write(&id, f->g->odb, file->bytes, file->n, GIT_OBJECT_BLOB);
    if (result < 0)
        return git_service_fail(e, result, "write a file into the mirror");
    put_entry(f, mode, name, strlen(name), &id);
    return ERR_OK;
}

static enum err_code write_subfolder(struct folder *f, const struct span *span, const char *name, size_t n,
                                     bool replaces, struct err *e)
{
    git_oid base, id;
    bool empty;

    if (replaces) {
        memcpy(base.id, f->old_entry.id, GIT_OID_RAWSZ);
        next_old(f);
    }
    TRY(write_folder(f->g, replaces ? &base : NULL, span, &id, &empty, e));
    if (!empty)
        put_entry(f, GIT_FILEMODE_TREE, name, n, &id);
    return ERR_OK;
}

/* The changes that go into the same entry: one file, or all below one folder. */
static size_t group_end(const struct span *span, size_t at, const char *name, size_t n)
{
    size_t end = at + 1;

    while (name[n] == '/' && end < span->end &&
           strncmp(span->files[end]->path + span->skip, name, n + 1) == 0)
        end++;
    return end;
}

static enum err_code write_group(struct folder *f, const struct span *span, size_t at, size_t end,
                                 struct err *e)
{
    const char *name = span->files[at]->path + span->skip;
    size_t n = strcspn(name, "/");
    bool is_folder = name[n] == '/';
    struct git_service_entry entry = {name, n, is_folder ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB, NULL};
    struct span below = {span->files, at, end, span->skip + n + 1, span->depth + 1};
    bool replaces;

    while (f->has_old && git_service_entry_compare(&f->old_entry, &entry) < 0)
        keep_old(f);
    replaces = f->has_old && git_service_entry_compare(&f->old_entry, &entry) == 0;
    if (is_folder)
        return write_subfolder(f, &below, name, n, replaces, e);
    return write_file(f, span->files[at], name, replaces, e);
}

static int compare_name(const void *key, const void *element)
{
    const struct git_service_entry *entry = key;
    const char *name = *(char *const *)element;
    int order = strncmp(entry->name, name, entry->name_n);

    return order ? order : -(name[entry->name_n] != '\0');
}

static int compare_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* A file and a folder of one name stand apart in Git's order, so the merge does not see that they clash. */
static enum err_code check_clashes(struct folder *f, const struct span *span, struct err *e)
{
    size_t n = span->end - span->first;
    char **names = arena_array(f->arena, n, sizeof *names);
    char **last_hit = arena_array(f->arena, n, sizeof *last_hit);
    struct git_service_tree tree = {NULL, f->out.p, f->out.p + f->out.n};
    struct git_service_entry entry;
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        const char *name = span->files[span->first + i]->path + span->skip;
        char *part = arena_strndup(f->arena, name, strcspn(name, "/"));

        if (!used || strcmp(names[used - 1], part) != 0)
            names[used++] = part;
    }
    qsort(names, used, sizeof *names, compare_text);
    while (git_service_tree_next(&tree, &entry)) {
        char **hit = bsearch(&entry, names, used, sizeof *names, compare_name);

        if (hit && last_hit[hit - names])
            return err_set(e, ERR_EXISTS, "%s would be a file and a folder at once in the repository.", *hit);
        if (hit)
            last_hit[hit - names] = *hit;
    }
    return ERR_OK;
}

static enum err_code merge_folder(struct folder *f, const struct span *span, struct err *e)
{
    next_old(f);
    for (size_t at = span->first; at < span->end;) {
        const char *name = span->files[at]->path + span->skip;
        size_t end = group_end(span, at, name, strcspn(name, "/"));

        TRY(write_group(f, span, at, end, e));
        at = end;
    }
    while (f->has_old)
        keep_old(f);
    if (f->old_tree.p != f->old_tree.end)
        return err_set(e, ERR_IO, "A folder of the repository is malformed. Run git fsck on the repository.");
    if (f->out.full)
        return err_set(e, ERR_TOO_LARGE, "A folder of the repository would be larger than %d MiB.",
                       TREE_BYTES_MAX / 1024 / 1024);
    return check_clashes(f, span, e);
}

static enum err_code write_folder(struct git_service *g, const git_oid *base, const struct span *span,
                                  git_oid *id, bool *empty, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_TREE tree = {0};
    struct folder f = {.g = g, .arena = a};
    int result;

    if (span->depth > DEPTH_MAX)
        return err_set(e, ERR_INVALID_INPUT, "A path has more than %d folders.", DEPTH_MAX);
    if (base)
        TRY(git_service_tree_open(g, base, &tree, e));
    f.old_tree = tree;
    str_init(&f.out, a, TREE_BYTES_MAX);
    TRY(merge_folder(&f, span, e));
    *empty = f.out.n == 0;
    result = git_odb_write(id, g->odb, f.out.p, f.out.n, GIT_OBJECT_TREE);
    return result < 0 ? git_service_fail(e, result, "write a folder into the mirror") : ERR_OK;
}

/* ".git" in the spellings that some file system takes for it. */
static bool is_git_folder(const char *part, size_t n)
{
    while (n && (part[n - 1] == ' ' || part[n - 1] == '.'))
        n--;
    return (n == 4 && strncasecmp(part, ".git", n) == 0) || (n == 5 && strncasecmp(part, "git~1", n) == 0);
}

/* A backslash stands in real names, but to some systems it ends a part: then no piece may be one that they fear. */
static bool part_is_good(const char *part, size_t n)
{
    size_t begin = 0;

    if (n == 0 || (n == 1 && *part == '.'))
        return false;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && part[i] != '\\')
            continue;
        if (is_git_folder(part + begin, i - begin) || (i - begin == 2 && !strncmp(part + begin, "..", 2)))
            return false;
        begin = i + 1;
    }
    return true;
}

static enum err_code check_path(const char *path, struct err *e)
{
    const char *part = path;

    while (strlen(path) <= PATH_BYTES_MAX) {
        size_t n = strcspn(part, "/");

        if (!part_is_good(part, n))
            break;
        if (!part[n])
            return ERR_OK;
        part += n + 1;
    }
    return err_set(e, ERR_INVALID_INPUT, "\"%.200s\" is no path within the repository.", path);
}

static int compare_file(const void *left, const void *right)
{
    const struct git_service_file *const *l = left, *const *r = right;

    return strcmp((*l)->path, (*r)->path);
}

static enum err_code sort_files(struct arena *a, const struct git_service_commit *request, struct span *span,
                                struct err *e)
{
    size_t n = request->file_count;

    if (n > FILES_MAX)
        return err_set(e, ERR_TOO_LARGE, "One commit holds at most %d files here.", FILES_MAX);
    memset(span, 0, sizeof *span);
    span->files = arena_array(a, n + 1, sizeof *span->files);
    span->end = n;
    for (size_t i = 0; i < n; i++) {
        TRY(check_path(request->files[i].path, e));
        span->files[i] = &request->files[i];
    }
    qsort(span->files, n, sizeof *span->files, compare_file);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(span->files[i - 1]->path, span->files[i]->path) == 0)
            return err_set(e, ERR_INVALID_INPUT, "%s is given twice for one commit.", span->files[i]->path);
    }
    return ERR_OK;
}

/* What Git itself takes out of a name. */
static char *clean_identity(struct arena *a, const char *text)
{
    char *out = arena_alloc(a, strlen(text) + 1), *to = out;

    for (; *text; text++) {
        if ((unsigned char)*text >= ' ' && *text != 0x7f && *text != '<' && *text != '>' &&
            (to > out || *text != ' '))
            *to++ = *text;
    }
    while (to > out && to[-1] == ' ')
        *--to = '\0';
    return out;
}

static enum err_code write_commit(struct git_service *g, struct arena *a,
                                  const struct git_service_commit *request, const git_oid *tree,
                                  struct object_id *out, struct err *e)
{
    const char *name = clean_identity(a, request->author_name ? request->author_name : "");
    const char *email = clean_identity(a, request->author_email ? request->author_email : "");
    struct str text;
    git_oid id;
    int result;

    if (!*name || !*email)
        return err_set(e, ERR_INVALID_INPUT,
                       "A commit needs an author: set TIMELINE_AUTHOR_NAME and TIMELINE_AUTHOR_EMAIL.");
    str_init(&text, a, 16 * 1024 * 1024);
    str_addf(&text, "tree %s\nparent %s\n", git_oid_tostr_s(tree), request->parent.hex);
    for (int i = 0; i < 2; i++)
        str_addf(&text, "%s %s <%s> %lld +0000\n", i ? "committer" : "author", name, email,
                 (long long)(request->time_us / 1000000));
    str_addf(&text, "\n%s", request->message);
    if (text.full)
        return err_set(e, ERR_TOO_LARGE, "The commit message is too long.");
    result = git_odb_write(&id, g->odb, text.p, text.n, GIT_OBJECT_COMMIT);
    if (result < 0)
        return git_service_fail(e, result, "write the commit into the mirror");
    git_service_id_text(&id, out);
    return ERR_OK;
}

enum err_code git_service_commit_changes(struct git_service *g, const struct git_service_commit *request,
                                         struct object_id *commit, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    git_oid base, tree;
    AUTO_FD lock = -1;
    struct span span;
    bool empty;

    TRY(sort_files(a, request, &span, e));
    git_service_begin(g);
    TRY(git_service_lock(g, &lock, e));
    TRY(git_service_use(g, e));
    TRY(git_service_commit_tree(g, &request->parent, &base, e));
    TRY(write_folder(g, &base, &span, &tree, &empty, e));
    if (git_oid_equal(&base, &tree))
        return err_set(e, ERR_NOTHING_TO_DO,
                       "The repository already holds exactly this: there is nothing to commit.");
    return write_commit(g, a, request, &tree, commit, e);
}

enum err_code git_service_create_branch(struct git_service *g, const char *name,
                                        const struct object_id *commit, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO(git_reference) *made = NULL;
    char *reference = arena_printf(a, "refs/heads/tideline-local/%s", name);
    git_oid id, present;
    AUTO_FD lock = -1;
    int result, valid = 0;

    if (git_branch_name_is_valid(&valid, name) < 0 || !valid)
        return err_set(e, ERR_INVALID_INPUT, "\"%s\" is no branch name that Git accepts.", name);
    TRY(git_service_lock(g, &lock, e));
    if (!git_service_has_commit(g, commit) || !git_service_id_parse(commit, &id))
        return err_set(e, ERR_NOT_FOUND, "The mirror has no commit \"%s\": run git-pull.", commit->hex);
    if (git_reference_name_to_id(&present, g->mirror, reference) == 0) {
        if (git_oid_equal(&present, &id))
            return ERR_OK;
        return err_set(e, ERR_BRANCH_EXISTS, "The branch %s exists already with another commit.", name);
    }
    result = git_reference_create(&made, g->mirror, reference, &id, 0, NULL);
    return result < 0 ? git_service_fail(e, result, "make the branch") : ERR_OK;
}
