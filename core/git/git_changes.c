/* What differs between two commits: one merge pass over the two folders' bytes. */
#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

/* Two trees read side by side; each side's `has` says whether its entry is waiting. */
struct pair {
    struct git_service_tree old_tree, new_tree;
    struct git_service_entry old_entry, new_entry;
    bool old_has, new_has;
};

static void advance_old(struct pair *pair)
{
    pair->old_has = git_service_tree_next(&pair->old_tree, &pair->old_entry);
}

static void advance_new(struct pair *pair)
{
    pair->new_has = git_service_tree_next(&pair->new_tree, &pair->new_entry);
}

/* By git's order, so that a name which is a file on one side and a folder on the other comes twice. */
static int which_first(const struct pair *pair)
{
    if (!pair->old_has || !pair->new_has)
        return pair->old_has ? -1 : 1;
    return git_service_entry_compare(&pair->old_entry, &pair->new_entry);
}

static bool same(const struct git_service_entry *left, const struct git_service_entry *right)
{
    return left->mode == right->mode && memcmp(left->id, right->id, GIT_OID_RAWSZ) == 0;
}

/* The next difference; NULL for the side that does not have it. False at the end. */
static bool next_difference(struct pair *pair, struct git_service_entry *old_entry,
                            struct git_service_entry *new_entry, bool *in_old, bool *in_new)
{
    while (pair->old_has || pair->new_has) {
        int order = which_first(pair);
        bool equal = order == 0 && same(&pair->old_entry, &pair->new_entry);

        *in_old = order <= 0;
        *in_new = order >= 0;
        *old_entry = pair->old_entry;
        *new_entry = pair->new_entry;
        if (*in_old)
            advance_old(pair);
        if (*in_new)
            advance_new(pair);
        if (!equal)
            return true;
    }
    return false;
}

static void pair_release(struct pair *pair)
{
    auto_tree_release(&pair->old_tree);
    auto_tree_release(&pair->new_tree);
}
#define AUTO_PAIR __attribute__((cleanup(pair_release))) struct pair

/* NULL ids are empty folders. */
static enum err_code pair_open(struct git_service *g, const git_oid *old_id, const git_oid *new_id,
                               struct pair *pair, struct err *e)
{
    if (old_id)
        TRY(git_service_tree_open(g, old_id, &pair->old_tree, e));
    if (new_id)
        TRY(git_service_tree_open(g, new_id, &pair->new_tree, e));
    advance_old(pair);
    advance_new(pair);
    return ERR_OK;
}

static enum git_service_entry_kind kind_of(const struct git_service_entry *entry)
{
    switch (entry->mode & 0170000) {
    case GIT_FILEMODE_TREE: return GIT_ENTRY_FOLDER;
    case GIT_FILEMODE_LINK: return GIT_ENTRY_SYMLINK;
    case GIT_FILEMODE_COMMIT: return GIT_ENTRY_SUBMODULE;
    default: return GIT_ENTRY_FILE;
    }
}

static void set_id(const struct git_service_entry *entry, struct object_id *out)
{
    git_oid id;

    memcpy(id.id, entry->id, GIT_OID_RAWSZ);
    git_service_id_text(&id, out);
}

/* A tree that breaks off must not look like one whose files were deleted. */
static enum err_code check_end(const struct pair *pair, struct err *e)
{
    if (pair->old_tree.p == pair->old_tree.end && pair->new_tree.p == pair->new_tree.end)
        return ERR_OK;
    return err_set(e, ERR_IO, "A folder of the repository is malformed. Run git fsck on the repository.");
}

static struct git_service_change *add_change(struct arena *a, struct git_service_changes *changes,
                                             size_t *capacity)
{
    if (changes->n == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 64;
        struct git_service_change *items = arena_array(a, more, sizeof *items);

        if (changes->n)
            memcpy(items, changes->items, changes->n * sizeof *items);
        changes->items = items;
        *capacity = more;
    }
    return &changes->items[changes->n++];
}

static void collect(struct arena *a, struct pair *pair, struct git_service_changes *out)
{
    struct git_service_entry old_entry, new_entry;
    bool in_old, in_new;
    size_t capacity = 0;

    while (next_difference(pair, &old_entry, &new_entry, &in_old, &in_new)) {
        const struct git_service_entry *named = in_new ? &new_entry : &old_entry;
        struct git_service_change *change;

        if (memchr(named->name, '/', named->name_n))
            continue; /* no Git writes such a name; only somebody who wants it taken for a path */
        change = add_change(a, out, &capacity);
        change->name = arena_strndup(a, named->name, named->name_n);
        if (in_old) {
            set_id(&old_entry, &change->old_blob);
            change->old_kind = kind_of(&old_entry);
        }
        if (in_new) {
            set_id(&new_entry, &change->new_blob);
            change->new_kind = kind_of(&new_entry);
        }
    }
}

enum err_code git_service_get_changed_files(struct git_service *g, struct arena *a,
                                            const struct object_id *from, const struct object_id *to,
                                            const char *folder, struct git_service_changes *out,
                                            struct err *e)
{
    AUTO_PAIR pair = {0};
    git_oid old_id, new_id;
    bool in_old = false, in_new = false;

    memset(out, 0, sizeof *out);
    TRY(git_service_use(g, e));
    if (from->hex[0])
        TRY(git_service_folder_tree(g, from, folder, &old_id, &in_old, e));
    if (to->hex[0])
        TRY(git_service_folder_tree(g, to, folder, &new_id, &in_new, e));
    if (in_old && in_new && git_oid_equal(&old_id, &new_id))
        return ERR_OK;
    TRY(pair_open(g, in_old ? &old_id : NULL, in_new ? &new_id : NULL, &pair, e));
    collect(a, &pair, out);
    return check_end(&pair, e);
}
