/*
 * Which lines two texts share. Lines that stand exactly once in both are anchors (a longest rising run of them: the
 * idea of patience diff); between anchors Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations",
 * 1986) finds the rest, within an effort that is bounded for both texts together. What is too much effort counts as
 * changed from end to end, which is coarse but true.
 */
#include <string.h>

#include "core/event/event_merge_internal.h"

/* Steps of Myers' algorithm for one pair of texts; each may keep an int. */
enum { EFFORT = 4000000 };

/* Lines [from, from_to) and [to, to_to). */
struct box {
    size_t from;
    size_t from_to;
    size_t to;
    size_t to_to;
};

struct matcher {
    struct arena *scratch;
    const struct event_lines *lines;
    int *match;
    size_t effort; /* what is left */
};

static bool alike(const struct matcher *m, size_t i, size_t j)
{
    return m->lines->from[i] == m->lines->to[j];
}

/* Match what two ranges share at both ends, and leave the middle. */
static void trim(struct matcher *m, struct box *b)
{
    for (; b->from < b->from_to && b->to < b->to_to && alike(m, b->from, b->to); b->from++, b->to++)
        m->match[b->from] = (int)b->to;
    for (; b->from < b->from_to && b->to < b->to_to && alike(m, b->from_to - 1, b->to_to - 1);
         b->from_to--, b->to_to--)
        m->match[b->from_to - 1] = (int)b->to_to - 1;
}

/*
 * The front after d edits: for each diagonal k = x - y in -d..d how far x got, -1 where the diagonal cannot be
 * reached. row points at k = 0.
 */
struct front {
    int *row;
    int d;
};

enum { OUT = -1 };

/* Where diagonal k is entered from the front before: by a removal (from k - 1) or an insertion (from k + 1). */
static int enter(const struct front *before, int k, int n, int m, bool *removal)
{
    int by_removal = k - 1 >= -before->d && k - 1 <= before->d ? before->row[k - 1] : OUT;
    int by_insertion = k + 1 >= -before->d && k + 1 <= before->d ? before->row[k + 1] : OUT;

    by_removal = by_removal != OUT && by_removal < n ? by_removal + 1 : OUT;
    if (by_insertion != OUT && by_insertion - k > m)
        by_insertion = OUT;
    *removal = by_removal > by_insertion;
    return *removal ? by_removal : by_insertion;
}

static int slide(struct matcher *m, const struct box *b, int x, int k)
{
    size_t i = b->from + (size_t)x;
    size_t j = b->to + (size_t)(x - k);
    size_t start = i;

    for (; i < b->from_to && j < b->to_to && alike(m, i, j); i++)
        j++;
    m->effort -= m->effort < i - start ? m->effort : i - start;
    return x + (int)(i - start);
}

static void new_front(struct matcher *m, struct front *f, int d)
{
    size_t width = 2 * (size_t)d + 1;
    int *row = arena_array(m->scratch, width, sizeof *row);

    for (size_t i = 0; i < width; i++)
        row[i] = OUT;
    m->effort -= m->effort < width ? m->effort : width;
    *f = (struct front){row + d, d};
}

/* Walk back from the end and note the lines that were slid over. */
static void trace_back(struct matcher *m, const struct box *b, const struct front *fronts, int d)
{
    int n = (int)(b->from_to - b->from);
    int height = (int)(b->to_to - b->to);
    int k = n - height;
    int x = n;

    for (; d >= 0; d--) {
        bool removal = false;
        int entered = d ? enter(&fronts[d - 1], k, n, height, &removal) : 0;

        while (x > entered) {
            x--;
            m->match[b->from + (size_t)x] = (int)(b->to + (size_t)(x - k));
        }
        x = removal ? x - 1 : x;
        k = removal ? k - 1 : k + 1;
    }
}

/* One more edit. True when the end is reached. */
static bool advance(struct matcher *m, const struct box *b, const struct front *before, struct front *now)
{
    int n = (int)(b->from_to - b->from);
    int height = (int)(b->to_to - b->to);

    for (int k = -now->d; k <= now->d; k += 2) {
        bool removal;
        int x = now->d ? enter(before, k, n, height, &removal) : 0;

        if (x == OUT)
            continue;
        now->row[k] = slide(m, b, x, k);
        if (k == n - height && now->row[k] == n)
            return true;
    }
    return false;
}

static void match_box(struct matcher *m, struct box b)
{
    size_t most;
    struct front *fronts = NULL;
    size_t room = 0;

    trim(m, &b);
    most = b.from_to - b.from + b.to_to - b.to;
    if (b.from == b.from_to || b.to == b.to_to)
        return;
    for (size_t d = 0; d <= most && m->effort; d++) {
        if (d == room) {
            struct front *grown = arena_array(m->scratch, room = room ? room * 2 : 16, sizeof *grown);

            if (d)
                memcpy(grown, fronts, d * sizeof *grown);
            fronts = grown;
        }
        new_front(m, &fronts[d], (int)d);
        if (advance(m, &b, d ? &fronts[d - 1] : NULL, &fronts[d])) {
            trace_back(m, &b, fronts, (int)d);
            return;
        }
    }
}

/* A line that stands once in both ranges. */
struct anchor {
    size_t from;
    size_t to;
    int before; /* index of the anchor before it in the best run that ends here; -1: none */
};

/* Where each line stands in `to`: place + 1; 0 nowhere, SIZE_MAX more than once. */
static size_t *places(struct matcher *m, const size_t *lines, size_t start, size_t end)
{
    size_t *at = arena_array(m->scratch, m->lines->distinct, sizeof *at);

    for (size_t i = start; i < end; i++)
        at[lines[i]] = at[lines[i]] ? SIZE_MAX : i + 1;
    return at;
}

static size_t find_anchors(struct matcher *m, const struct box *b, struct anchor *out)
{
    const size_t *in_from = places(m, m->lines->from, b->from, b->from_to);
    const size_t *in_to = places(m, m->lines->to, b->to, b->to_to);
    size_t n = 0;

    for (size_t i = b->from; i < b->from_to; i++) {
        size_t line = m->lines->from[i];

        if (in_from[line] != SIZE_MAX && in_to[line] && in_to[line] != SIZE_MAX)
            out[n++] = (struct anchor){i, in_to[line] - 1, -1};
    }
    return n;
}

/* The longest run of anchors that rises in both texts: tails[l] is the anchor with the smallest `to` that ends a run of
 * l + 1. Returns the last anchor of the run, -1 when there is none. */
static int longest_run(struct matcher *m, struct anchor *anchors, size_t n)
{
    int *tails = arena_array(m->scratch, n, sizeof *tails);
    size_t runs = 0;

    for (size_t i = 0; i < n; i++) {
        size_t low = 0;
        size_t high = runs;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (anchors[tails[middle]].to < anchors[i].to)
                low = middle + 1;
            else
                high = middle;
        }
        anchors[i].before = low ? tails[low - 1] : -1;
        tails[low] = (int)i;
        runs += low == runs;
    }
    return runs ? tails[runs - 1] : -1;
}

void event_lines_match(const struct event_lines *lines, int *match)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct matcher m = {.scratch = scratch, .lines = lines, .match = match, .effort = EFFORT};
    struct box b = {0, lines->from_n, 0, lines->to_n};
    struct anchor *anchors;
    size_t n;

    for (size_t i = 0; i < lines->from_n; i++)
        match[i] = -1;
    trim(&m, &b);
    anchors = arena_array(scratch, b.from_to - b.from, sizeof *anchors);
    n = find_anchors(&m, &b, anchors);
    /* From the last anchor to the first: what lies behind each one, then what lies before them all. */
    for (int i = longest_run(&m, anchors, n); i >= 0; i = anchors[i].before) {
        match[anchors[i].from] = (int)anchors[i].to;
        match_box(&m, (struct box){anchors[i].from + 1, b.from_to, anchors[i].to + 1, b.to_to});
        b.from_to = anchors[i].from;
        b.to_to = anchors[i].to;
    }
    match_box(&m, b);
}
