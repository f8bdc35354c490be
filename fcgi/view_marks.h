/*
 * Which bytes of two texts differ, by line and within lines by word: what view_sides shows. Pure.
 */
#ifndef TIDELINE_FCGI_VIEW_MARKS_H
#define TIDELINE_FCGI_VIEW_MARKS_H

#include <stdbool.h>

#include "core/util/arena.h"

struct view_marked {
    const char *p;
    size_t n;
    bool *changed; /* one for each byte; never within a character */
};

/* Nothing of it marked. The text must outlive the result. */
struct view_marked view_marked_of(struct arena *a, const char *text);

/* Mark in both what the other has not, besides what is marked already. Texts with more lines, or words, than are
 * compared (a fixed effort) are marked from the first to the last difference. */
void view_mark(struct view_marked *was, struct view_marked *is);

#endif
