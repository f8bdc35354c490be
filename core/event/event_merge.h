/*
 * The three-way merge of an event, field by field. Pure: values in, values out.
 *
 * base is the content that both sides last shared, ours the content here, theirs the content of the repository: JSON
 * objects of an event's own fields. base NULL means that no common content is known: equal fields agree, a field on one
 * side only is taken, differing ones are conflicts.
 *
 * What becomes of a field:
 *   - Both sides alike (event_same: 1 is 1.0, key order means nothing), or one side untouched: no conflict, the change
 *     is taken. A field that one side removed and the other left alone is removed; removed here and changed there is a
 *     conflict.
 *   - Both changed it, differently:
 *       tags, actors (and the lists of plain labels named in event_merge_set.c), lists of scalars on all sides: sets.
 *         Additions and removals of both come in; ours keeps its order, what theirs adds follows in its order. Items
 *         are equal when event_same says so. An item that stands more than once counts by its copies, and the number of
 *         copies is merged like any number, the larger winning where both changed it: so a side may also remove
 *         duplicates. Such a field never conflicts.
 *       sources, lists on all sides: items are matched with those of the base, and what both added with each other, by
 *         URL (exact text; a source that is a bare text is its own URL), several of one URL by title first; where one
 *         of the two has no URL, by title and date. Matched sources merge key by key like an event; additions of both
 *         are kept; removed and untouched is removed; removed and changed is a conflict of that source.
 *       texts on all sides: by line. Changes to different lines both come in; where they overlap or touch (no untouched
 *         line between them) the whole field is a conflict.
 *       anything else: a conflict of the whole value.
 *     A list field that is absent in a known base is an empty list there. Lists of more than 50,000 items and texts of
 *     more than 100,000 lines are values.
 *   - id is never merged: two different ids are a conflict whatever the base says, and an id on one side stays.
 *
 * An event that one side deleted is not for here: the caller knows that without looking at fields.
 *
 * Cost: about n log n in the number of lines, items and keys. Where two texts differ so much that their difference
 * would cost more than a fixed effort, parts of it are taken as one large change: that can turn a merge into a
 * conflict, never lose a line. The merge of two events within EVENT_FILE_BYTES may be above it: the caller checks.
 *
 * Results are owned by the arena and share parts with the values given: neither may be changed afterwards.
 */
#ifndef TIDELINE_EVENT_EVENT_MERGE_H
#define TIDELINE_EVENT_EVENT_MERGE_H

#include "core/event/event.h"

struct event_merge {
    /* In the order of ours; a key new in theirs stands behind the key that it follows there. Where a conflict remains,
     * ours stands. */
    struct json_object *fields;
    /*
     * [{field, base, ours, theirs}] in the order of the fields. A member that is missing says that the field is not
     * there on that side (JSON null is a value). Of `sources` there is also
     *   detail: [{choice, source, key, base, ours, theirs}]
     * with one entry per key that both changed: source is its URL, else its title; key is missing when the whole source
     * is meant (removed on one side, changed on the other). All else in `sources` is merged. choice ("sources/1", from
     * 1) names the entry for event_merge_resolve(). Without detail the list conflicts as a whole.
     */
    struct json_object *conflicts;
    /* Names of the fields in which something of theirs came in, removals included. */
    struct json_object *from_theirs;
};

/* ours and theirs are never NULL. Always succeeds and always gives the same. */
void event_merge(struct arena *a, struct json_object *base, struct json_object *ours,
                 struct json_object *theirs, struct event_merge *out);

struct event_sides {
    struct json_object *base; /* NULL: unknown */
    struct json_object *ours;
    struct json_object *theirs;
};

/*
 * The fields after a person has decided. choices is an object with one member per conflict, named by its field (or
 * `choice` of a detail entry, which comes before its field):
 *   "ours", "theirs"   that side's value, removal if the field is not there. For sources with detail: that side
 *                      for what conflicts; all else stays merged.
 *   {"value": any}     a written value, for the field, or for the key or source of a detail entry
 *   {"remove": true}   without the field, key or source
 * ERR_INVALID_INPUT: a member that names no conflict, another kind of choice, a conflict that is left undecided.
 * Whether the result makes a good event (date, title, size) is for the caller to check, as on every save.
 */
enum err_code event_merge_resolve(struct arena *a, const struct event_sides *sides,
                                  struct json_object *choices, struct json_object **fields, struct err *e);

/* What keeps choices (an object) from settling the conflicts of a merge: [{field, error}], one sentence each; empty when
 * nothing does. field is the member of choices that is at fault, or the field that is left undecided. */
struct json_object *event_merge_problems(struct arena *a, struct json_object *choices,
                                         struct json_object *conflicts);

/*
 * What changed between two contents, for people: [{field, kind, from, to}] in the order of `to`, removed fields where
 * `from` has them; kind is "added", "removed" or "changed", and from or to is missing where the field is not there.
 * Fields that are lists (of at most 50,000 items) on both sides also have added[] and removed[] (items, counted with
 * copies), `sources` also changed[]: [{source, fields}] with fields as this function gives them for the two, or
 * {source, from, to} unless both are objects. Nothing in any of them: "reordered": true. from or to may be NULL: an
 * event that was not there.
 */
struct json_object *event_diff(struct arena *a, struct json_object *from, struct json_object *to);

#endif
