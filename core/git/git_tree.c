/* Trees read as bytes, folders found, and what differs between two. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

/* An object that a commit names but that cannot be read: the mirror is damaged, and the next pull makes it anew. */
static enum err_code damaged(struct git_service *g, struct err *e, int result, const char *what)
{
    enum err_code code = git_service_fail(e, result, what);

    if (code != ERR_IO && code != ERR_NOT_FOUND)
        return code;
    git_service_distrust(g);
    return err_set(e, ERR_IO, "The mirror is damaged (cannot %s). Run git-pull: it makes the mirror anew.",
                   what);
}

static bool is_empty_tree(const git_oid *id)
{
    static const unsigned char empty[GIT_OID_RAWSZ] = {0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e,
                                                       0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6,
                                                       0x92, 0x88, 0xfb, 0xee, 0x49, 0x04};

    return memcmp(id->id, empty, sizeof empty) == 0;
}

enum err_code git_service_tree_open(struct git_service *g, const git_oid *id, struct git_service_tree *out,
                                    struct err *e)
{
    git_object_t type;
    size_t n;
    int result;

    memset(out, 0, sizeof *out);
    if (is_empty_tree(id))
        return ERR_OK;
    if (g->folder && git_oid_equal(git_odb_object_id(g->folder), id)) {
        result = git_odb_object_dup(&out->object, g->folder);
    } else {
        result = git_odb_read_header(&n, &type, g->odb, id);
        if (result == 0 && (type != GIT_OBJECT_TREE || n > TREE_BYTES_MAX))
            return err_set(e, ERR_TOO_LARGE, "A folder of the repository is no tree or larger than %d MiB.",
                           TREE_BYTES_MAX / 1024 / 1024);
        if (result == 0)
            result = git_odb_read(&out->object, g->odb, id);
    }
    if (result < 0)
        return damaged(g, e, result, "read a folder");
    out->p = git_odb_object_data(out->object);
    out->end = out->p + git_odb_object_size(out->object);
    return ERR_OK;
}

bool git_service_tree_next(struct git_service_tree *tree, struct git_service_entry *entry)
{
    const char *p = tree->p, *nul;

    entry->mode = 0;
    while (p < tree->end && *p >= '0' && *p <= '7')
        entry->mode = entry->mode * 8 + (unsigned)(*p++ - '0');
    if (p >= tree->end || *p++ != ' ')
        return false;
    nul = memchr(p, '\0', (size_t)(tree->end - p));
    if (!nul || nul == p || tree->end - nul <= GIT_OID_RAWSZ)
        return false;
    entry->name = p;
    entry->name_n = (size_t)(nul - p);
    entry->id = (const unsigned char *)nul + 1;
    tree->p = nul + 1 + GIT_OID_RAWSZ;
    return true;
}

static bool is_folder(const struct git_service_entry *entry)
{
    return (entry->mode & 0170000) == GIT_FILEMODE_TREE;
}

static unsigned char byte_after(const struct git_service_entry *entry, size_t at)
{
    if (at < entry->name_n)
        return (unsigned char)entry->name[at];
    return is_folder(entry) && at == entry->name_n ? '/' : 0;
}

int git_service_entry_compare(const struct git_service_entry *left, const struct git_service_entry *right)
{
    size_t n = left->name_n < right->name_n ? left->name_n : right->name_n;
    int order = memcmp(left->name, right->name, n);

    if (order)
        return order;
    order = (int)byte_after(left, n) - (int)byte_after(right, n);
    return order ? order : (left->name_n > right->name_n) - (left->name_n < right->name_n);
}

enum err_code git_service_commit_tree(struct git_service *g, const struct object_id *commit, git_oid *tree,
                                      struct err *e)
{
    AUTO(git_commit) *found = NULL;
    git_oid id;
    git_object_t type;
    size_t n;
    int result;

    result = git_service_id_parse(commit, &id) ? git_commit_lookup(&found, g->mirror, &id) : GIT_ENOTFOUND;
    if (result == GIT_ENOTFOUND)
        return err_set(e, ERR_NOT_FOUND, "The mirror has no commit \"%s\": run git-pull.", commit->hex);
    if (result < 0)
        return damaged(g, e, result, "read a commit");
    git_oid_cpy(tree, git_commit_tree_id(found));
    result = is_empty_tree(tree) ? 0 : git_odb_read_header(&n, &type, g->odb, tree);
    return result < 0 ? damaged(g, e, result, "read a commit's tree") : ERR_OK;
}

static bool find_entry(struct git_service_tree *tree, const char *name, size_t n,
                       struct git_service_entry *entry)
{
    while (git_service_tree_next(tree, entry)) {
        if (entry->name_n == n && memcmp(entry->name, name, n) == 0)
            return true;
    }
    return false;
}

/* The folder stays at hand for the next question: see struct git_service. */
static void keep_folder(struct git_service *g, struct git_service_tree *tree)
{
    git_odb_object *previous = g->folder;

    if (!tree->object || git_odb_object_dup(&g->folder, tree->object) < 0)
        g->folder = NULL;
    git_odb_object_free(previous);
}

/* Walk down the parts of `path` from a tree. *found false when a part is missing or what is above it is no folder. */
static enum err_code walk_path(struct git_service *g, git_oid *id, const char *path, unsigned *mode,
                               bool *found, struct err *e)
{
    *found = true;
    *mode = GIT_FILEMODE_TREE;
    while (*path) {
        AUTO_TREE tree = {0};
        size_t n = strcspn(path, "/");
        struct git_service_entry entry;

        *found = (*mode & 0170000) == GIT_FILEMODE_TREE;
        if (!*found)
            return ERR_OK;
        TRY(git_service_tree_open(g, id, &tree, e));
        keep_folder(g, &tree);
        *found = find_entry(&tree, path, n, &entry);
        if (!*found)
            return ERR_OK;
        *mode = entry.mode;
        memcpy(id->id, entry.id, GIT_OID_RAWSZ);
        path += n;
        path += *path == '/';
    }
    return ERR_OK;
}

enum err_code git_service_folder_tree(struct git_service *g, const struct object_id *commit,
                                      const char *folder, git_oid *tree, bool *found, struct err *e)
{
    unsigned mode;

    TRY(git_service_commit_tree(g, commit, tree, e));
    TRY(walk_path(g, tree, folder, &mode, found, e));
    *found = *found && (mode & 0170000) == GIT_FILEMODE_TREE;
    return ERR_OK;
}

bool git_service_has_folder(struct git_service *g, const struct object_id *commit, const char *folder)
{
    git_oid tree;
    bool found = false;

    return git_service_use(g, NULL) == ERR_OK &&
           git_service_folder_tree(g, commit, folder, &tree, &found, NULL) == ERR_OK && found;
}

enum err_code git_service_path_object(struct git_service *g, const struct object_id *commit, const char *path,
                                      struct object_id *out, struct err *e)
{
    unsigned mode;
    git_oid id;
    bool found;

    memset(out, 0, sizeof *out);
    TRY(git_service_use(g, e));
    TRY(git_service_commit_tree(g, commit, &id, e));
    TRY(walk_path(g, &id, path, &mode, &found, e));
    if (found)
        git_service_id_text(&id, out);
    return ERR_OK;
}

enum err_code git_service_read_blob(struct git_service *g, struct arena *a, const struct object_id *blob,
                                    size_t limit_bytes, char **p, size_t *n, struct err *e)
{
    AUTO(git_odb_object) *object = NULL;
    git_object_t type;
    git_oid id;
    int result;

    TRY(git_service_use(g, e));
    if (!git_service_id_parse(blob, &id))
        return err_set(e, ERR_INVALID_INPUT, "\"%s\" is no object id.", blob->hex);
    result = git_odb_read_header(n, &type, g->odb, &id);
    if (result == 0 && type != GIT_OBJECT_BLOB)
        return err_set(e, ERR_INVALID_INPUT, "The object %s is no file.", blob->hex);
    if (result == 0 && *n > limit_bytes)
        return err_set(e, ERR_TOO_LARGE, "The file has %zu bytes; %zu are allowed.", *n, limit_bytes);
    if (result == 0)
        result = git_odb_read(&object, g->odb, &id);
    if (result < 0)
        return damaged(g, e, result, "read a file");
    *n = git_odb_object_size(object);
    *p = arena_strndup(a, git_odb_object_data(object), *n);
    return ERR_OK;
}
