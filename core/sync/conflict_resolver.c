/* Open conflicts: what they are now, and what a save makes of them. */
#include "core/sync/conflict_resolver.h"

#include <string.h>

#include "core/sync/sync_internal.h"
#include "core/util/digest.h"

enum { VERSION_DIGITS = 16 };

const char *conflict_resolver_kind(const struct store_event *event, const struct store_conflict *row)
{
    if (event->removed)
        return "removed_here";
    if (!row->theirs)
        return "removed_there";
    return row->base ? "fields" : "added";
}

const char *conflict_resolver_version(struct arena *a, const struct store_event *event,
                                      const struct store_conflict *row)
{
    char digest[DIGEST_HEX_SIZE];
    const char *sides = arena_printf(a, "%s\n%s", row->theirs ? row->theirs : "", row->base ? row->base : "");

    digest_sha256(sides, strlen(sides), digest);
    return arena_printf(a, "%lld-%.*s", (long long)event->revision, VERSION_DIGITS, digest);
}

/* The sides of a conflict as an import would see them. */
static enum err_code sides_of(struct arena *a, const struct store_event *event,
                              const struct store_conflict *row, struct sync_sides *out, struct err *e)
{
    struct json_object *theirs = NULL;

    TRY(sync_parse(a, row->theirs, &theirs, e));
    *out = (struct sync_sides){.id = event->id,
                               .base = row->base,
                               .theirs = row->theirs,
                               .theirs_hash = theirs ? event_hash(a, theirs) : "",
                               .ours = event};
    return ERR_OK;
}

static enum err_code read_both(struct store *s, struct arena *a, const char *id, struct store_event *event,
                               struct store_conflict *row, struct err *e)
{
    TRY(store_conflict_get(s, a, id, row, e));
    return store_event_get(s, a, id, event, e);
}

enum err_code conflict_resolver_look(struct store *s, struct arena *a, const char *id,
                                     struct conflict_resolver_conflict *out, struct err *e)
{
    struct sync_sides sides;
    struct sync_merge merge;

    *out = (struct conflict_resolver_conflict){.whole = false};
    TRY(read_both(s, a, id, &out->event, &out->row, e));
    TRY(sides_of(a, &out->event, &out->row, &sides, e));
    TRY(sync_merge_sides(a, &sides, &merge, e));
    TRY(sync_parse(a, out->row.base, &out->sides.base, e));
    TRY(sync_parse(a, out->event.removed ? NULL : out->event.content, &out->sides.ours, e));
    TRY(sync_parse(a, out->row.theirs, &out->sides.theirs, e));
    out->kind = conflict_resolver_kind(&out->event, &out->row);
    out->version = conflict_resolver_version(a, &out->event, &out->row);
    out->conflicts = merge.conflicts;
    out->from_theirs = merge.from_theirs;
    out->whole = json_object_array_length(merge.conflicts) == 0;
    return ERR_OK;
}

enum err_code conflict_resolver_saved(struct store *s, struct arena *a, const char *id, struct err *e)
{
    struct store_conflict row;
    struct store_event event;
    struct sync_sides sides;
    struct sync_merge merge;
    struct err none = {0};
    enum err_code code = read_both(s, a, id, &event, &row, &none);

    if (code == ERR_NOT_FOUND)
        return ERR_OK;
    if (code != ERR_OK)
        return *e = none, code;
    TRY(sides_of(a, &event, &row, &sides, e));
    return sync_merge_settle(s, a, &sides, &merge, e);
}
