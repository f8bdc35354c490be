/*
 * Writing events: adding, editing, removing, restoring, and what a form or program wants to know before it does.
 *
 * Every change is a revision: who, when, why, and field by field what. Whoever changes an event names the revision that
 * was looked at; when there is another one by now, nothing is written and both versions are in the answer. Rules only
 * warn: refused is what cannot be kept (event_parse_input), and the answer names each field that is at fault.
 * Writing needs the role editor.
 *
 * Whatever saves or removes an event calls conflict_resolver_saved() (core/sync/conflict_resolver.h) before it commits, so
 * that an edit made while a conflict is open is seen by it.
 */
#ifndef TIDELINE_SERVICE_SERVICE_WRITE_H
#define TIDELINE_SERVICE_SERVICE_WRITE_H

#include "core/service/service.h"

/* An event that somebody wrote: the event alone, as bytes (JSON or Markdown) or as fields. */
struct service_draft {
    const char *p; /* NULL: fields */
    size_t n;
    const char *name; /* of the file that the bytes came in; NULL: none */
    struct json_object *fields;
    const char
        *id; /* of the event that is edited; NULL: a new one, whose id may be missing and is proposed then */
    int64_t revision; /* that was looked at; 0: whatever it is. New events: 0 */
};

/*
 * What would become of a draft, changing nothing: {success, id, proposed_id (true when it was missing), new, event: {own fields}, automatic_score,
 * deductions[] as in event show, warnings: [{rule, line, text}], duplicates: [{id, date, title, state, why: "id" | "title" | "source", url}],
 * changes: event_diff to what is here now (event_merge.h; of a new event every field is added), unchanged, current: {revision, event} or null}. line 0: none, as of all
 * warnings about fields. A duplicate has url when a source of both has that address, whatever else is alike.
 * ERR_INVALID_EVENT with the line, ERR_INVALID_FIELDS with service_problems(), ERR_NOT_FOUND (id is unknown).
 */
enum err_code service_event_preview(struct service *s, const struct service_draft *draft,
                                    struct json_object **view, struct err *e);

/* Write a draft: a new event (service_event_add() is this for bytes) or the next revision of one. View as event show, and unchanged: true when the
 * content is what was there already (no revision is made then). An edit of a removed event takes the removal back.
 * ERR_EXISTS for a new one. ERR_STALE sets *view too: {success: false, code, error, id, revision, removed, updated_at, updated_by, event (as it is now), yours (the draft's fields), changes: event_diff(now, yours),
 * since: event_diff(the revision that was looked at, now), mine: event_diff(that revision, yours), clashes: [names of fields that both changed so that one has to be
 * chosen, see service_event_merge()]; the three are null when that revision is gone}. */
enum err_code service_event_write(struct service *s, const struct service_draft *draft,
                                  struct json_object **view, struct err *e);

/*
 * What an edit of an earlier revision (draft.revision) and the changes since become together, field by field (event_merge.h), changing nothing: {success, id, revision
 * and event (as it is now), merged: {own fields}, conflicts: [names of the fields that both changed so that one has to be chosen: merged has the draft's]}.
 * ERR_NOT_FOUND: there is no such event, or no such revision of it.
 */
enum err_code service_event_merge(struct service *s, const struct service_draft *draft,
                                  struct json_object **view, struct err *e);

/* Remove an event. One that is in the repository stays as a removal, a draft until validated, that goes out in a pull request; another is gone,
 * and its revisions stay. revision as in service_draft. View: {success, id, removed: "pending" | "gone", unchanged (it waited already)}; pending: as event show besides.
 * ERR_STALE as service_event_write, without yours and changes. */
enum err_code service_event_delete(struct service *s, const char *id, int64_t revision,
                                   struct json_object **view, struct err *e);

/* Make an earlier revision the current content, as a new revision; also of an event that is gone. View as event show.
 * which 0: of a removed event, the content that was removed (ERR_NOTHING_TO_DO when it is not). ERR_STALE as service_event_write; when it is gone by now with
 * revision 0 and event null. */
struct service_restore {
    const char *id;
    int64_t which;     /* to be restored */
    int64_t looked_at; /* the current one, as in service_draft.revision; -1: it must be gone */
};
enum err_code service_event_restore(struct service *s, const struct service_restore *restore,
                                    struct json_object **view, struct err *e);

/* Newest first: {success, id, title, gone, revisions: [{revision, at, author, reason, current, removed, changes: event_diff to the one before; null for the first}], next_cursor}.
 * Works for events that are gone. ERR_NOT_FOUND: there never was one. */
enum err_code service_event_history(struct service *s, const char *id, const struct service_list_args *args,
                                    struct json_object **view, struct err *e);

/* One of them: {success, id, revision, at, author, reason, current, removed, event: {own fields}, changes (to the one before), to_now: event_diff(it, now); null: gone,
 * current_revision (0: gone)}. */
enum err_code service_event_revision(struct service *s, const char *id, int64_t revision,
                                     struct json_object **view, struct err *e);

/*
 * Add many: each on its own, one that is refused does not stop the others. Sources: {name, bytes}; one that is a JSON array holds many events.
 * Chunks of them are written at a time: what the report says is there is there, whatever happens to the rest. A name that is a file's says the format, and
 * the id where there is none inside (event_parse_given).
 * View: {success (all are there), added, unchanged, refused, events: [{name, index (in an array, from 1; else null), id, result: "added" | "unchanged" |
 * "refused", code, error, line, duplicates[]}]}. unchanged: it is there with this very content. Where thousands resemble each other,
 * only the surest duplicate of each is told, or none when the report is full. At most SERVICE_ADD_MANY events at once.
 */
enum { SERVICE_ADD_MANY = 10000, SERVICE_EVENT_BYTES = 1024 * 1024 };
struct service_source {
    const char *name; /* a file's name, for the report */
    const char *p;
    size_t n;
};
/* Would an import take a file of this name, without folder, for an event? */
bool service_is_event_file(const char *name);
enum err_code service_event_add_many(struct service *s, const struct service_source *sources, size_t n,
                                     struct json_object **view, struct err *e);

#endif
