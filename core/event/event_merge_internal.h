/* What the files of event_merge share; nobody else includes it. */
#ifndef TIDELINE_EVENT_EVENT_MERGE_INTERNAL_H
#define TIDELINE_EVENT_EVENT_MERGE_INTERNAL_H

#include <stdint.h>

#include "core/event/event_merge.h"

/* A value that may be missing; NULL is JSON null when it is there. */
struct event_slot {
    bool there;
    struct json_object *value;
};

/* The member of an object; not there when object is NULL or no object. */
struct event_slot event_slot_of(struct json_object *object, const char *key);
bool event_slot_is(struct event_slot slot, enum json_type type);
/* A list that is worth a look inside: longer ones are values, or a file of nothing but commas would take hundreds of
 * MiB. */
enum { EVENT_LIST_ITEMS = 50000 };
bool event_slot_is_list(struct event_slot slot);
bool event_slot_same(struct arena *a, struct event_slot left, struct event_slot right);
/* Set (and share) it as a member when it is there. */
void event_slot_set(struct json_object *object, const char *key, struct event_slot slot);

/* One thing on three sides. */
struct event_three {
    bool has_base; /* false: nobody knows what both last shared; base is not there then */
    struct event_slot base;
    struct event_slot ours;
    struct event_slot theirs;
};

struct event_three event_three_of(const struct event_sides *sides, const char *key);

/* How a merge goes on where both changed the same: choices as event_merge_resolve takes them, already checked; NULL:
 * ours stands. */
struct event_merger {
    struct arena *arena;
    struct json_object *choices;
    struct json_object *details; /* of the field at hand; NULL until something of it conflicts */
};

/* Settle what needs no look inside (both alike, one side untouched), then sets and texts. False: a conflict, and *out
 * means nothing. */
bool event_merge_value(struct arena *a, const char *key, const struct event_three *v, struct event_slot *out);

/* What stands where both changed the same: the choice named, else the one of `field`, else ours. */
struct event_slot event_merge_decide(const struct event_merger *m, const char *name, const char *field,
                                     const struct event_three *v);

/* What a choice comes to. False unless it is one of those that event_merge_resolve knows. */
bool event_merge_chosen(struct json_object *choice, const struct event_three *v, struct event_slot *out);

/* A conflict's members base, ours and theirs. */
void event_merge_add_sides(struct json_object *row, const struct event_three *v);

/* Whether all three are lists, an absent base of those that are known counting as an empty one. */
bool event_merge_are_lists(const struct event_three *v);
size_t event_slot_count(struct event_slot list); /* 0 when it is not there */

/* Fields whose lists are sets, and the merge of three such lists (see event_merge_are_lists). */
bool event_merge_is_set(const char *key, const struct event_three *v);
struct json_object *event_merge_set(struct arena *a, const struct event_three *v);

/* Three texts by line. False: a conflict. *out is owned by the arena. */
bool event_merge_text(struct arena *a, const struct event_three *v, struct json_object **out);

/* Three lists of sources. Conflicts become rows of m->details; the list is owned by the arena. */
struct json_object *event_merge_sources(struct event_merger *m, const struct event_three *v);

/* All of it: event_merge() with choices. */
void event_merge_run(struct event_merger *m, const struct event_sides *sides, struct event_merge *out);

/* A text of n bytes, not necessarily with a NUL behind it. */
struct event_word {
    const char *p;
    size_t n;
};

/* Equal words get equal numbers, below the count that is returned. By sorting: no input makes it quadratic. Words
 * whose p is NULL get SIZE_MAX. */
size_t event_words_number(struct arena *a, const struct event_word *words, size_t n, size_t *numbers);

/* A word that two values share exactly when event_same says that they are equal. */
struct event_word event_item_word(struct arena *a, struct json_object *item);

/* All keys of both objects (either may be NULL): those of first in their order, the others behind the key that they
 * follow in second. */
const char **event_keys_of_both(struct arena *a, struct json_object *first, struct json_object *second,
                                size_t *n);

enum { EVENT_SOURCE_NONE = -1 };

/* Sources of one list that are free to be matched. */
struct event_source_list {
    struct json_object *list; /* NULL: empty */
    size_t n;
    int *partner; /* per item: its index in the other list, or EVENT_SOURCE_NONE */
};

/* Match two lists of sources with each other; both get partners. Items where skip_left or skip_right (may be NULL) is
 * not EVENT_SOURCE_NONE take no part. */
void event_sources_match(struct arena *a, struct event_source_list *left, struct event_source_list *right,
                         const int *skip_left, const int *skip_right);

/* What a source is called: its URL, else its title, else all of it. */
const char *event_source_name(struct arena *a, struct json_object *source);

/* Two texts. Lines are numbers; equal numbers are equal lines, and all are below `distinct`. */
struct event_lines {
    const size_t *from;
    size_t from_n;
    const size_t *to;
    size_t to_n;
    size_t distinct;
};

/* For each line of `from` its line in `to`, or -1 where it was removed or changed; rising. */
void event_lines_match(const struct event_lines *lines, int *match);

#endif
