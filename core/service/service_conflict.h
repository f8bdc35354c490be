/*
 * Conflicts: events that changed here and in the repository so that no merge by field can tell what is meant. Such an
 * event stays as it is here and out of pull requests until a person has decided; everything else flows on.
 *
 * What is decided about is named by a version, which changes when either side does: a decision about sides that are not
 * there any more is refused. Decisions are kept with who and when, and can be undone. Deciding needs the role editor.
 */
#ifndef TIDELINE_SERVICE_SERVICE_CONFLICT_H
#define TIDELINE_SERVICE_SERVICE_CONFLICT_H

#include "core/service/service.h"

/* Longest open first: {success, conflicts: [{id, date, title, kind, fields: ["title", …], opened_at, revision, version}], next_cursor, total}.
 * kind: "fields", "removed_here" (and changed there), "removed_there" (and changed here), "added" (on both sides, differently). */
enum err_code service_conflict_list(struct service *s, const struct service_list_args *args,
                                    struct json_object **view, struct err *e);

/*
 * One event's: {success, open, conflict: {id, date, title, kind, opened_at, revision, version, updated_by,
 *   fields: [{field, base, ours, theirs, detail: [{choice, source, key, base, ours, theirs}]}] as event_merge() has them in `conflicts` (a member is missing where a side
 *     has no such field); empty when one side removed the event, or when what both sides make together could not be kept (too large, say): then a side is
 *     taken as a whole (take alone), or the event written,
 *   base, ours, theirs: whole contents or null,
 *   from_theirs: [field names that come in without a question], changed_here: event_diff(base, ours), changed_there: event_diff(base, theirs)},
 *  decisions: [{id, at, author, take, choices, kind, revision, undone_at, undone_by, can_undo}], newest first; take also "written" or null (choices say all); revision null: the event is gone}.
 * open false: conflict is null, the decisions are told. ERR_NOT_FOUND: no such event, or none that ever had a conflict.
 */
enum err_code service_conflict_show(struct service *s, const char *id, struct json_object **view,
                                    struct err *e);

/* What a person decided. */
struct service_resolution {
    const char *id;
    const char *version; /* of the conflict that was looked at; NULL: whatever it is */
    const char *take; /* "ours", "theirs": for all that choices says nothing about; NULL: choices says all */
    struct json_object *choices; /* as event_merge_resolve() takes them; NULL: none */
    const char *p; /* a whole written event (JSON or Markdown) instead of all that; NULL: none */
    size_t n;
};

/*
 * Decide. View: as event show, and decision: the row as in service_conflict_show; an event that is gone by the decision: {success, id, removed: "gone", decision}.
 * The base of the event is the repository's side from then on, so what differs from it waits for a pull request. A validated event stays validated when only sides
 * were chosen and its automatic score is not below both sides'; a written value sends it back to review.
 * ERR_STALE (version), ERR_NOT_FOUND (no open conflict), ERR_INVALID_FIELDS with service_problems() (a field left undecided, a choice of another kind, a result
 * that is no event: nothing is changed).
 */
enum err_code service_conflict_resolve(struct service *s, const struct service_resolution *resolution,
                                       struct json_object **view, struct err *e);

/* Take the last decision about an event back: its content is what it was, and the conflict is open again with the repository's side of now.
 * ERR_NOTHING_TO_DO when there is none or the event has changed or gone out since (the sentence says which and what to do), ERR_NOT_FOUND when there is
 * no such event. View as service_conflict_show. */
enum err_code service_conflict_undo(struct service *s, const char *id, struct json_object **view,
                                    struct err *e);

#endif
