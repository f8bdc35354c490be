/*
 * A difference as people read it: from the unified diff of a preview (core/pr/pr_diff.c) to rows of old beside new, with
 * the words that changed marked, file by file. Pure: text in, model out. Whatever the text holds, the model is bounded, and what it
 * leaves out it says (of a long line that stays as it is only the beginning is shown); characters that would hide or reorder text are shown by their numbers.
 */
#ifndef TIDELINE_FCGI_VIEW_DIFF_H
#define TIDELINE_FCGI_VIEW_DIFF_H

#include "core/util/arena.h"
#include "core/util/jx.h"

/*
 * For the partial `diff`. files: what the diff is about, in its order, as the preview names it ([{path, event, date, title, change}]; may
 * be NULL). first: how many files to pass over (the page before showed them).
 * {files: [{id, word, title, href, path, note, rows, more}], next: files passed and shown, or null when these were the last,
 * total}. A row is one of fold {text}, both (a cell and its class: same, gone, fresh), pair {old, new}; cell {no, text, runs: [{plain|del|ins: text}], end}.
 */
struct json_object *view_diff(struct arena *a, const char *diff, const struct json_object *files,
                              size_t first);

enum {
    VIEW_DIFF_ROWS = 200,
    VIEW_DIFF_FILE_ROWS = 150,
    VIEW_DIFF_LINE_BYTES = 4000,
    VIEW_DIFF_SAME_BYTES = 240
};

/* The words of two lines that differ, for view_diff() and its test: runs of the old and of the new line, or NULL when too little is
 * the same to be worth marking. Owned by the caller. */
struct view_diff_words {
    struct json_object *old_runs, *new_runs;
};
bool view_diff_words(struct arena *a, const char *was, const char *is, struct view_diff_words *out);

/* Everything of n bytes visible: a control character, or one that reorders what follows, by its number. */
char *view_diff_text(struct arena *a, const char *p, size_t n);

#endif
