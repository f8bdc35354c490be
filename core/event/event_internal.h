/*
 * What the files of core/event share; nobody else includes it.
 *
 * Offsets and lines are those of the file's own bytes: a byte order mark counts its three bytes, lines count '\n'
 * from 1. libyaml's marks count characters and are turned into bytes here and nowhere else.
 */
#ifndef TIDELINE_EVENT_EVENT_INTERNAL_H
#define TIDELINE_EVENT_EVENT_INTERNAL_H

#include <stdint.h>

#include "core/event/event.h"

enum { EVENT_NODES = 50000 }; /* values in one YAML document */

/* Bytes [from, to) of a file. */
struct event_span {
    size_t from;
    size_t to;
};

/* The parts of a Markdown or YAML file. */
struct event_parts {
    size_t start;           /* 0, or 3 behind a byte order mark */
    struct event_span yaml; /* Markdown: the lines between the two `---` lines; YAML: all of it */
    struct event_span rest; /* Markdown: all that follows the closing `---` line; YAML: empty, at the end */
    struct event_span body; /* `rest` without the white space around it; empty: from == to */
    int yaml_line;          /* line of yaml.from */
    bool crlf;              /* the first line ends with CR LF */
};

/* Find them. Markdown without front matter is refused (ERR_INVALID_EVENT with the line). */
enum err_code event_split(enum event_format format, const char *p, size_t n, struct event_parts *out,
                          struct err *e);

/* The text that a span of the body stands for: CR LF and lone CR are read as LF. */
char *event_body_text(struct arena *a, const char *p, struct event_span body);

enum event_node_kind { EVENT_NODE_SCALAR, EVENT_NODE_LIST, EVENT_NODE_MAP };

enum event_node_style {
    EVENT_STYLE_PLAIN,
    EVENT_STYLE_SINGLE,
    EVENT_STYLE_DOUBLE,
    EVENT_STYLE_LITERAL,
    EVENT_STYLE_FOLDED,
    EVENT_STYLE_BLOCK, /* lists and maps */
    EVENT_STYLE_FLOW
};

/* One node of a YAML document. */
struct event_node {
    enum event_node_kind kind;
    enum event_node_style style;
    /* The bytes that the node itself takes, quotes, brackets and block headers included; without its `- ` or its key,
     * and without blank lines and comments behind it (which libyaml's own end marks swallow). A block list begins at
     * its first '-', a block map at its first key. An absent scalar (`key:`) has from == to, right behind the ':'
     * or '-'. */
    struct event_span span;
    int line;
    size_t indent;            /* bytes between the start of its line and span.from */
    const char *text;         /* scalars: the value, NUL behind it */
    size_t text_n;            /* its bytes */
    int count;                /* lists: items; maps: entries */
    struct event_node *first; /* lists: the first item; maps: the first value */
    struct event_node *next;  /* the next item or value of the same list or map */
    struct event_node *key;   /* of a value in a map: its key, always a scalar */
    size_t dash;              /* of an item in a block list: offset of its '-' */
};

/*
 * Read the YAML in `part` of the file p. The root is always a map. Refused with ERR_INVALID_EVENT and the line:
 * whatever libyaml refuses (with advice), anchors, aliases, tags, merge keys, keys that are lists or maps, a second
 * document, depth over JX_DEPTH, more than EVENT_NODES values, U+0000. Duplicate keys are found by event_node_value.
 * The bytes must be valid UTF-8.
 */
enum err_code event_yaml_read(struct arena *a, const char *p, struct event_span part, struct event_node **out,
                              struct err *e);

/* The value of a node as JSON: scalars resolved, keys as written. The root of what is made is owned by the arena.
 * Refused: a key that is there twice, NaN and infinity, numbers out of range. */
enum err_code event_node_value(struct arena *a, const struct event_node *node, struct json_object **out,
                               struct err *e);

/* What YAML 1.1 (PyYAML's resolver) takes a plain scalar for. */
enum event_scalar {
    EVENT_SCALAR_TEXT,
    EVENT_SCALAR_NULL,
    EVENT_SCALAR_BOOL,
    EVENT_SCALAR_INT,
    EVENT_SCALAR_FLOAT,
    EVENT_SCALAR_DATE,  /* a timestamp: stays text here */
    EVENT_SCALAR_MERGE, /* `<<` */
    EVENT_SCALAR_VALUE  /* `=`: stays text here */
};

/* text is NUL-terminated. */
enum event_scalar event_scalar_kind(const char *text);

/* The value of a scalar node: null, a bool, an int or a float where PyYAML takes a plain scalar for one, else text. The
 * caller owns *out (NULL is JSON null). Refused: NaN, infinity, numbers out of range. */
enum err_code event_scalar_value(const struct event_node *node, struct json_object **out, struct err *e);

/* What stands for a character in an id: small letters and digits, "" for nothing, NULL for what is none in ASCII (a break between
 * words, or a letter of another script). buffer may hold the result. */
const char *event_ascii_of(uint32_t point, char buffer[2]);

#endif
