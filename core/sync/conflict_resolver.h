/*
 * conflict_resolver: what a person decides about an event that changed here and in the repository so that no merge by
 * field can tell what is meant.
 *
 * An open conflict is a row with the content that both sides last shared and the repository's side; our side is always
 * the event as it is now, so people may go on editing. Whoever saves an event calls conflict_resolver_saved(), which ends
 * a conflict that has nothing left to decide.
 *
 * A decision makes the repository's side the event's base, so that what differs from it waits for a pull request. It is
 * written down with everything that is needed to undo it. Nothing here talks to Git: rows of the store say it all.
 */
#ifndef TIDELINE_SYNC_CONFLICT_RESOLVER_H
#define TIDELINE_SYNC_CONFLICT_RESOLVER_H

#include "core/event/event_merge.h"
#include "core/store/store_decision.h"
#include "core/store/store_event.h"

/* An open conflict as it is now. */
struct conflict_resolver_conflict {
    struct store_event event;
    struct store_conflict row;
    const char *kind;    /* "fields", "removed_here", "removed_there", "added" */
    const char *version; /* changes when either side does */
    struct event_sides sides;        /* NULL: not there (base: or unknown) */
    struct json_object *conflicts;   /* as event_merge() gives them */
    struct json_object *from_theirs; /* names of fields that come in without a question */
    bool whole; /* nothing to choose by field: one side removed it, or what comes out could not be kept */
};

/* ERR_NOT_FOUND: no open conflict. */
enum err_code conflict_resolver_look(struct store *s, struct arena *a, const char *id,
                                     struct conflict_resolver_conflict *out, struct err *e);

/* For lists: the same kind and version, without a merge. */
const char *conflict_resolver_kind(const struct store_event *event, const struct store_conflict *row);
const char *conflict_resolver_version(struct arena *a, const struct store_event *event,
                                      const struct store_conflict *row);

/* [w] After every save or removal of an event, in the same transaction: its open conflict is seen anew with the content of now, and closed when a merge
 * settles all of it (a revision by "repository"). No open conflict, no event: nothing happens. */
enum err_code conflict_resolver_saved(struct store *s, struct arena *a, const char *id, struct err *e);

struct conflict_resolution {
    const char *id;
    const char *version; /* that was looked at; NULL: any */
    const char *take;    /* "ours", "theirs" for all that choices says nothing about; NULL: choices says all */
    struct json_object *choices; /* as event_merge_resolve() takes them; NULL: none */
    const char *p; /* a written event (JSON or Markdown) instead; NULL: none */
    size_t n;
    const char *author;
};

/*
 * [w] Decide. Validated stays validated when only sides were chosen and the automatic score is not below both sides'.
 * ERR_STALE (version), ERR_NOT_FOUND, ERR_INVALID_FIELDS: then nothing is written and *problems has [{field, error}].
 */
enum err_code conflict_resolver_resolve(struct store *s, struct arena *a, const struct conflict_resolution *r,
                                        struct json_object **problems, struct err *e);

/* Can this decision be taken back? ERR_NOTHING_TO_DO says why not. */
enum err_code conflict_resolver_can_undo(struct store *s, struct arena *a, const struct store_decision *d,
                                         struct err *e);

/* [w] Take the last decision that stands back: content and verdict are what they were, and the conflict is open again
 * with the repository's side of now (or merged, when that leaves nothing to decide). ERR_NOTHING_TO_DO; ERR_NOT_FOUND: no such event. */
enum err_code conflict_resolver_undo(struct store *s, struct arena *a, const char *id, const char *author,
                                     struct err *e);

#endif
