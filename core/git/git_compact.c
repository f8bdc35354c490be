/* Each fetch over the network leaves one pack, and libgit2 never joins them; hundreds make every look-up slow. */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "core/git/git_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

/* The names of the packs without their endings. */
static size_t list_packs(struct arena *a, const char *folder, char ***stems)
{
    DIR *opened = opendir(folder);
    struct dirent *entry;
    size_t n = 0, capacity = 1024;

    *stems = arena_array(a, capacity, sizeof **stems);
    while (opened && n < capacity && (entry = readdir(opened))) {
        if (str_starts(entry->d_name, "pack-") && str_ends(entry->d_name, ".idx"))
            (*stems)[n++] = arena_strndup(a, entry->d_name, strlen(entry->d_name) - strlen(".idx"));
    }
    if (opened)
        closedir(opened);
    return n;
}

/* One pack of everything that a reference of the mirror reaches. name receives its stem. */
static int write_pack(struct git_service *g, const char *folder, struct arena *a, char **stem)
{
    AUTO(git_packbuilder) *pack = NULL;
    AUTO(git_revwalk) *walk = NULL;
    int result = git_revwalk_new(&walk, g->mirror);

    if (result == 0)
        result = git_revwalk_push_glob(walk, "refs/*");
    if (result == 0)
        result = git_packbuilder_new(&pack, g->mirror);
    if (result == 0)
        result = git_packbuilder_insert_walk(pack, walk);
    if (result == 0)
        result = git_packbuilder_write(pack, folder, 0, NULL, NULL);
    if (result == 0)
        *stem = arena_printf(a, "pack-%s", git_packbuilder_name(pack));
    return result;
}

/* The index first: a pack without one does not count, an index without its pack is an error. */
static void remove_pack(struct arena *a, const char *folder, const char *stem)
{
    (void)unlink(arena_printf(a, "%s/%s.idx", folder, stem));
    (void)unlink(arena_printf(a, "%s/%s.pack", folder, stem));
}

void git_service_compact(struct git_service *g, size_t packs_allowed)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *folder = file_join(a, g->options.mirror, "objects/pack");
    char **stems, *joined = NULL;
    size_t n = list_packs(a, folder, &stems);

    if (n <= packs_allowed || write_pack(g, folder, a, &joined) != 0)
        return;
    if (!file_exists(arena_printf(a, "%s/%s.idx", folder, joined)))
        return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(stems[i], joined) != 0)
            remove_pack(a, folder, stems[i]);
    }
    git_service_unuse(g); /* whatever it has open is gone */
}
