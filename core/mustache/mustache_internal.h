/*
 * A parsed template, shared by the parser and the renderer and nobody else.
 *
 * The node tree is one flat array in the order of the text. A section's children follow it directly and end before
 * the index `end`, so that skipping a section is one assignment and rendering needs no pointers between nodes.
 */
#ifndef TIDELINE_MUSTACHE_MUSTACHE_INTERNAL_H
#define TIDELINE_MUSTACHE_MUSTACHE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL };

struct node {
    enum node_kind kind;
    bool
        line_start; /* of a text: it begins a line of the template, so a partial's indentation goes before it */
    bool standalone;          /* of a partial: alone on its line; `text` is then the indentation */
    int line;                 /* in the template, from 1 */
    size_t end;               /* of a section: index behind its last child */
    const char *text;         /* of a text: its bytes */
    size_t n;                 /* length of `text` */
    const char *name;         /* of a tag: the whole name */
    const char *const *parts; /* the name split at dots; empty for the implicit iterator "." */
    size_t n_parts;
};

struct template
{
    struct template *next;
    struct arena *arena; /* holds this struct too */
    const char *name;
    struct node *nodes;
    size_t n;
};

/* Parse text into t->nodes; t->arena and t->name are set. ERR_INVALID_INPUT with the line. */
enum err_code mustache_parse(struct template *t, const char *text, size_t n, struct err *e);

/* The template of that name, or NULL. */
struct mustache;
const struct template *mustache_find(const struct mustache *m, const char *name);

#endif
