/*
 * Inside core/event: changing a file's bytes as little as possible. A patch is a list of edits on the original bytes;
 * what no edit names stays as it is. The caller reads the result again and, when it is not what was wanted, tries a
 * coarser patch: so these functions may give up (false) wherever a layout is not one they know.
 */
#ifndef TIDELINE_EVENT_EVENT_PATCH_H
#define TIDELINE_EVENT_EVENT_PATCH_H

#include "core/event/event_write.h"

struct event_edit {
    struct event_span span; /* empty: an insertion */
    const char *text;
    size_t n;
};

/* The edits of one file. They never overlap; those at the same place apply in the order they were made. */
struct event_edits {
    struct arena *arena;
    const char *p;
    size_t n;
    struct event_edit *list;
    size_t count;
    size_t capacity;
};

/* Put n bytes (they must outlive the edits) in place of a span. */
void event_edits_add(struct event_edits *edits, struct event_span span, const char *text, size_t n);

/* Write the file with all edits into out. */
void event_edits_apply(struct event_edits *edits, struct str *out);

/* What becomes of a list's items. */
enum event_step_kind { EVENT_STEP_KEEP, EVENT_STEP_CHANGE, EVENT_STEP_REMOVE, EVENT_STEP_INSERT };

struct event_step {
    enum event_step_kind kind;
    size_t from; /* index in the old list; EVENT_STEP_INSERT: how many old items stand before it */
    size_t to;   /* index in the new list; unused for EVENT_STEP_REMOVE */
};

/* Align two lists by a longest common subsequence. Between kept items there are changes first, then only removals or
 * only insertions. */
struct event_step *event_patch_align(struct arena *a, struct json_object *from, struct json_object *to,
                                     size_t *count);

/* How much of a YAML block is rewritten. */
enum event_patch_grain { EVENT_GRAIN_FINE, EVENT_GRAIN_FIELD, EVENT_GRAIN_ALL };

/* Edit the YAML in parts->yaml so that it holds `to`. EVENT_GRAIN_FIELD: whole top-level fields that differ;
 * EVENT_GRAIN_ALL: everything, in the order of the file. Not for JSON. */
bool event_patch_yaml(struct event_edits *edits, const struct event_parts *parts, struct json_object *to,
                      enum event_patch_grain grain);

/* Edit the JSON file, whose value is `from`, so that it holds `to`. */
bool event_patch_json(struct event_edits *edits, struct json_object *from, struct json_object *to,
                      enum event_patch_grain grain);

/* Edit the text below the front matter; NULL removes it. */
void event_patch_body(struct event_edits *edits, const struct event_parts *parts, const char *text);

/* The style that a text takes from a scalar that stands in its place or beside it: quotes that were not needed are a
 * habit; needed ones say which kind to use; a literal block goes on for long texts. 0 when there is nothing to take. */
char event_patch_style(const struct event_node *node, struct json_object *value);

/* Whether a value stands on its key's line: a scalar, [] or {}. And whether a list is made of scalars, at least one. */
bool event_patch_is_leaf(struct json_object *value);
bool event_patch_is_flat(struct json_object *list);

/* Whether the file folds long texts (true where nothing tells), and how far it indents lists under their keys. */
bool event_patch_folds(const char *p, struct event_span part, const struct event_node *root);
size_t event_patch_list_offset(const struct event_node *root);

/* A tree of the JSON value in p, whose syntax was checked before: kinds, spans, and the texts of keys. */
struct event_node *event_patch_scan(struct arena *a, const char *p, size_t n);

#endif
