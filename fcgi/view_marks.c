#include "fcgi/view_marks.h"

#include <string.h>

#include "core/util/jx.h"
#include "fcgi/view_diff.h"

enum { PAIRS_MOST = 400 * 400 }; /* of lines that are compared */

struct view_marked view_marked_of(struct arena *a, const char *text)
{
    struct view_marked t = {.p = text, .n = strlen(text)};

    t.changed = arena_array(a, t.n + 1, sizeof *t.changed);
    memset(t.changed, 0, (t.n + 1) * sizeof *t.changed);
    return t;
}

/* ---- words */

struct range {
    size_t at, n; /* bytes */
};

static void mark_all(struct view_marked *t, struct range r)
{
    for (size_t i = 0; i < r.n; i++)
        t->changed[r.at + i] = true;
}

static void mark_runs(struct view_marked *t, struct range r, const struct json_object *runs, const char *mark)
{
    size_t at = r.at;

    for (size_t i = 0; i < json_object_array_length(runs); i++) {
        const struct json_object *run = json_object_array_get_idx(runs, i);
        const char *text = jx_get_text(run, mark);
        struct range part = {at, strlen(text ? text : jx_get_text(run, "plain"))};

        if (text)
            mark_all(t, part);
        at += part.n;
    }
}

/* Lines that differ, in one place of both texts. */
static void mark_block(struct arena *scratch, struct view_marked *was, struct range old,
                       struct view_marked *is, struct range new)
{
    struct view_diff_words words;

    if (!old.n || !new.n ||
        !view_diff_words(scratch, arena_strndup(scratch, was->p + old.at, old.n),
                         arena_strndup(scratch, is->p + new.at, new.n), &words)) {
        mark_all(was, old);
        mark_all(is, new);
        return;
    }
    mark_runs(was, old, words.old_runs, "del");
    mark_runs(is, new, words.new_runs, "ins");
    json_object_put(words.old_runs);
    json_object_put(words.new_runs);
}

/* ---- lines */

struct lines {
    struct range *items;
    size_t n;
};

static struct lines lines_of(struct arena *a, const struct view_marked *t)
{
    struct lines lines = {.n = 0};
    size_t count = 1;

    for (size_t i = 0; i < t->n; i++)
        count += t->p[i] == '\n';
    lines.items = arena_array(a, count, sizeof *lines.items);
    for (size_t at = 0; at < t->n;) {
        const char *end = memchr(t->p + at, '\n', t->n - at);
        size_t n = end ? (size_t)(end - t->p) + 1 - at : t->n - at;

        lines.items[lines.n++] = (struct range){at, n};
        at += n;
    }
    return lines;
}

struct pair {
    struct arena *scratch;
    struct view_marked *was, *is;
    struct lines old, new;
    size_t first, old_end, new_end; /* what lies between the lines alike at both ends */
    unsigned short *table;          /* NULL: too many to compare */
    size_t width;
};

static bool equal(const struct pair *p, size_t i, size_t j)
{
    const struct range *l = &p->old.items[i];
    const struct range *r = &p->new.items[j];

    return l->n == r->n && memcmp(p->was->p + l->at, p->is->p + r->at, l->n) == 0;
}

static void trim(struct pair *p)
{
    p->old_end = p->old.n;
    p->new_end = p->new.n;
    while (p->first < p->old_end && p->first < p->new_end && equal(p, p->first, p->first))
        p->first++;
    while (p->old_end > p->first && p->new_end > p->first && equal(p, p->old_end - 1, p->new_end - 1))
        p->old_end--, p->new_end--;
}

/* The longest common subsequence of what follows line i and line j. */
static unsigned short *cell(const struct pair *p, size_t i, size_t j)
{
    return &p->table[(i - p->first) * p->width + (j - p->first)];
}

static void match(struct pair *p)
{
    size_t n = p->old_end - p->first;
    size_t m = p->new_end - p->first;

    if (!n || !m || n > PAIRS_MOST / m)
        return;
    p->width = m + 1;
    p->table = arena_array(p->scratch, (n + 1) * p->width, sizeof *p->table);
    memset(p->table, 0, (n + 1) * p->width * sizeof *p->table);
    for (size_t i = p->old_end; i-- > p->first;)
        for (size_t j = p->new_end; j-- > p->first;) {
            unsigned short down = *cell(p, i + 1, j);
            unsigned short right = *cell(p, i, j + 1);

            *cell(p, i, j) = equal(p, i, j) ? (unsigned short)(*cell(p, i + 1, j + 1) + 1)
                             : down > right ? down
                                            : right;
        }
}

static struct range joined(const struct lines *lines, size_t from, size_t to)
{
    struct range r = {0};

    if (from >= to)
        return r;
    r.at = lines->items[from].at;
    r.n = lines->items[to - 1].at + lines->items[to - 1].n - r.at;
    return r;
}

static void walk(struct pair *p)
{
    size_t i = p->first, j = p->first;

    while (i < p->old_end || j < p->new_end) {
        size_t old_from = i, new_from = j;

        while (i < p->old_end || j < p->new_end) {
            bool both = i < p->old_end && j < p->new_end;

            if (both && p->table && equal(p, i, j))
                break;
            if (!both || !p->table) {
                i = p->old_end;
                j = p->new_end;
            } else if (*cell(p, i + 1, j) >= *cell(p, i, j + 1)) {
                i++;
            } else {
                j++;
            }
        }
        mark_block(p->scratch, p->was, joined(&p->old, old_from, i), p->is, joined(&p->new, new_from, j));
        while (p->table && i < p->old_end && j < p->new_end && equal(p, i, j))
            i++, j++;
    }
}

void view_mark(struct view_marked *was, struct view_marked *is)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct pair p = {.scratch = scratch, .was = was, .is = is};

    p.old = lines_of(scratch, was);
    p.new = lines_of(scratch, is);
    trim(&p);
    match(&p);
    walk(&p);
}
