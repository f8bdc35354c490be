/*
 * What changed between two contents of an event, as people read it: field by field, the words that changed marked in
 * texts, what came and what went in lists.
 */
#ifndef TIDELINE_FCGI_VIEW_CHANGES_H
#define TIDELINE_FCGI_VIEW_CHANGES_H

#include "fcgi/view.h"

enum {
    VIEW_CHANGES_PAGE = 24 * 1024, /* room for a page that is about one change */
    VIEW_CHANGES_ROW = 2 * 1024,   /* for one of many */
};

/*
 * For the partial `changes`, from event_diff() as views have it ([{field, kind, from, to, added, removed, changed, reordered}]): {any, items: [{field, label, word,
 * said, before, after, rows: {label, rows as view_diff() has them}, list: {items: [{word, said, text, detail, inner}]}, note}]}; rows, list and note may be
 * null. said is the word that is read, before and after the heads of the two columns: a page that compares other things than then and now sets its own. What
 * has no room left is told and not shown. NULL for NULL.
 */
struct json_object *view_changes(struct exchange *x, const struct json_object *diff, size_t room_bytes);

/* One text beside the other, or NULL beside nothing: rows as view_diff() has them. Long lines are broken where sentences end. */
struct json_object *view_changes_rows(struct arena *a, const char *from, const char *to);

#endif
