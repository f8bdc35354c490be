/*
 * A value as it stands on the sides of a conflict, as people read it: any JSON as lines of text, with the words marked that
 * each side changed, and what is alike folded. Pure: values in, models out. Whatever a value holds, what becomes of it is
 * bounded by the room that the caller gives, and what is left out is said.
 */
#ifndef TIDELINE_FCGI_VIEW_SIDES_H
#define TIDELINE_FCGI_VIEW_SIDES_H

#include "core/util/arena.h"
#include "core/util/jx.h"

enum {
    VIEW_SIDES_TEXT_BYTES = 64 * 1024, /* of one value are looked at */
    VIEW_SIDES_FOLD_BYTES = 400,       /* as much alike in a row is folded */
};

/* A value as lines: a list has its items in lines, an object "Key: value", what is nested is indented. Cut at
 * VIEW_SIDES_TEXT_BYTES. */
char *view_sides_text(struct arena *a, const struct json_object *value);

/*
 * row has the members base, ours and theirs, each missing where the value is not there on that side. Result: {base, ours,
 * theirs}, each a cell {runs: [{plain|del|ins|fold: text}], none, note, more}: the words that the sides dropped are marked in
 * base, those that are new in each side; where there is no base, the sides are compared with each other. none: "not there",
 * "empty"; note: what cannot be seen; more: what is cut off. Everything shown takes from *room_bytes, as it costs in a page.
 */
struct json_object *view_sides(struct arena *a, const struct json_object *row, size_t *room_bytes);

/* One text from two: what was dropped and what is new in one cell. row has the members from and to. */
struct json_object *view_sides_change(struct arena *a, const struct json_object *row, size_t *room_bytes);

/* Bytes of text in a page, where some signs are written out. */
size_t view_sides_cost(const char *text, size_t n);

#endif
