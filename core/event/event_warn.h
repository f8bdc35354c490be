/* Warnings of the parser, and the walk that finds YAML's silent traps. Used by the files of core/event only. */
#ifndef TIDELINE_EVENT_EVENT_WARN_H
#define TIDELINE_EVENT_EVENT_WARN_H

#include "core/event/event_internal.h"

enum { EVENT_WARNINGS = 100 }; /* the most that one file gets; the rest is left out */

/* Add one in the order of lines. The text is cleaned of control characters, so it may quote the file. */
void event_warn(struct arena *a, struct event *event, int line, const char *rule, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Look at every node: values lost to a comment, texts cut by one, keys that YAML does not take for text. p and n: the
 * file. */
void event_warn_nodes(struct arena *a, struct event *event, const char *p, size_t n,
                      const struct event_node *root);

#endif
