/*
 * Inside core/event: how values become text. The YAML half writes what PyYAML's safe_dump(sort_keys=False,
 * allow_unicode=True) writes, because the reference tools write real timelines with it. libyaml's own emitter is not
 * used: it escapes every character above U+FFFF (emoji) and cannot write a fragment at a given indentation, which the
 * patch needs. Lines end in '\n' here; whoever splices a fragment into a file with other line endings converts it.
 */
#ifndef TIDELINE_EVENT_EVENT_WRITE_H
#define TIDELINE_EVENT_EVENT_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event/event_internal.h"

/* PyYAML's default: a text is folded at the first single space behind this column. */
enum { EVENT_WRITE_WIDTH = 80 };

/* A place in YAML being written. */
struct event_yaml {
    struct str *out;
    size_t column;      /* characters since the line began */
    size_t width;       /* EVENT_WRITE_WIDTH, or SIZE_MAX for files that do not fold */
    size_t list_offset; /* columns by which a list is indented under its key: 0 in house style */
};

/* How a text may be written. */
struct event_shape {
    bool multiline;
    bool plain;   /* in a block context, seen as characters only: event_scalar_kind() decides the rest */
    bool flow;    /* plain inside [ ] as well */
    bool single;  /* between single quotes */
    bool literal; /* as a literal block without indentation indicator or keep */
};

/* text ends with a NUL behind its n bytes. */
struct event_shape event_write_shape(const char *text, size_t n);

/* Append characters that hold no line break, and a new line with indentation. */
void event_write_put(struct event_yaml *y, const char *p, size_t n);
void event_write_line(struct event_yaml *y, size_t indent);

/* Write text in the wanted style, or the nearest that can hold it: 0 (plain where possible), '\'', '"' or '|'.
 * Continuation lines start at column indent. fold false keeps it on one line (never with '|'). */
void event_write_text(struct event_yaml *y, const char *text, size_t indent, char style, bool fold);

/* Write a value behind "key:" or "-", with the space or line break that belongs between. indent is that of the map or
 * list that holds it. style as above, for a text. */
void event_write_value(struct event_yaml *y, struct json_object *value, size_t indent, bool after_dash,
                       char style);

/* Write "key: value" from the current column, which is indent. */
void event_write_member(struct event_yaml *y, const char *key, struct json_object *value, size_t indent,
                        char style);

/* A list of scalars as [a, b]; and one scalar as it may stand in there, a text in the style wanted if that can hold it. */
void event_write_flow(struct event_yaml *y, struct json_object *list);
void event_write_flow_item(struct event_yaml *y, struct json_object *item, char style);

/* How JSON is laid out. */
struct event_json {
    struct str *out;
    const char *newline; /* "\n", "\r\n", or NULL for everything on one line */
    const char *unit;    /* indentation per level */
    bool ascii;          /* escape everything above U+007F */
};

/* Write a value whose first line is already indented by prefix. */
void event_write_json(struct event_json *j, struct json_object *value, const char *prefix);
void event_write_json_text(struct event_json *j, const char *text, size_t n);

/* A shallow copy of fields with the keys in the order of event_write(); owned by the arena. */
struct json_object *event_write_ordered(struct arena *a, struct json_object *fields);

#endif
