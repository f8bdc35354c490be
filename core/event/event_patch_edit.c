/*
 * The list of edits, and the alignment of lists.
 */
#include <stdlib.h>
#include <string.h>

#include "core/event/event_patch.h"

/* Above this many comparisons the middle of two lists is paired in order instead of aligned. */
enum { ALIGN_CELLS = 1000000 };

void event_edits_add(struct event_edits *edits, struct event_span span, const char *text, size_t n)
{
    if (edits->count == edits->capacity) {
        size_t capacity = edits->capacity ? edits->capacity * 2 : 16;
        struct event_edit *grown = arena_array(edits->arena, capacity, sizeof *grown);

        if (edits->count)
            memcpy(grown, edits->list, edits->count * sizeof *grown);
        edits->list = grown;
        edits->capacity = capacity;
    }
    edits->list[edits->count++] = (struct event_edit){span, text, n};
}

/* Edits lie in one array, so their addresses tell which was made first; sorting moves copies of the addresses. */
static int by_place(const void *left, const void *right)
{
    const struct event_edit *a = *(const struct event_edit *const *)left;
    const struct event_edit *b = *(const struct event_edit *const *)right;

    if (a->span.from != b->span.from)
        return a->span.from < b->span.from ? -1 : 1;
    return a < b ? -1 : a > b;
}

void event_edits_apply(struct event_edits *edits, struct str *out)
{
    const struct event_edit **sorted = arena_array(edits->arena, edits->count, sizeof(struct event_edit *));
    size_t at = 0;

    for (size_t i = 0; i < edits->count; i++)
        sorted[i] = &edits->list[i];
    qsort(sorted, edits->count, sizeof(struct event_edit *), by_place);
    for (size_t i = 0; i < edits->count; i++) {
        const struct event_edit *edit = sorted[i];

        if (edit->span.from > at)
            str_addn(out, edits->p + at, edit->span.from - at);
        str_addn(out, edit->text, edit->n);
        if (edit->span.to > at)
            at = edit->span.to;
    }
    str_addn(out, edits->p + at, edits->n - at);
}

/* Two lists as hashes of their items, without what they share at both ends. */
struct alignment {
    const char **from;
    const char **to;
    size_t n;
    size_t m;
    size_t start; /* items shared at the start */
    size_t *best; /* (n + 1) x (m + 1): longest common subsequence of the rests */
    struct event_step *steps;
    size_t count;
};

static const char **texts_of(struct arena *a, struct json_object *list, size_t n)
{
    const char **texts = arena_array(a, n, sizeof *texts);

    for (size_t i = 0; i < n; i++)
        texts[i] = event_hash(a, json_object_array_get_idx(list, i));
    return texts;
}

static void add_step(struct alignment *al, enum event_step_kind kind, size_t from, size_t to)
{
    al->steps[al->count++] = (struct event_step){kind, from, to};
}

static size_t *cell(const struct alignment *al, size_t i, size_t j)
{
    return &al->best[i * (al->m + 1) + j];
}

static void fill(struct alignment *al)
{
    for (size_t i = al->n; i-- > 0;)
        for (size_t j = al->m; j-- > 0;) {
            size_t down = *cell(al, i + 1, j);
            size_t right = *cell(al, i, j + 1);

            if (strcmp(al->from[i], al->to[j]) == 0)
                *cell(al, i, j) = *cell(al, i + 1, j + 1) + 1;
            else
                *cell(al, i, j) = down > right ? down : right;
        }
}

/* The items [i, to_i) and [j, to_j) have nothing in common. */
static void add_gap(struct alignment *al, size_t i, size_t to_i, size_t j, size_t to_j)
{
    while (i < to_i && j < to_j)
        add_step(al, EVENT_STEP_CHANGE, al->start + i++, al->start + j++);
    while (i < to_i)
        add_step(al, EVENT_STEP_REMOVE, al->start + i++, 0);
    while (j < to_j)
        add_step(al, EVENT_STEP_INSERT, al->start + i, al->start + j++);
}

static void walk(struct alignment *al)
{
    size_t i = 0;
    size_t j = 0;
    size_t gap_i = 0;
    size_t gap_j = 0;

    while (al->best && i < al->n && j < al->m) {
        if (strcmp(al->from[i], al->to[j]) == 0) {
            add_gap(al, gap_i, i, gap_j, j);
            add_step(al, EVENT_STEP_KEEP, al->start + i++, al->start + j++);
            gap_i = i;
            gap_j = j;
        } else if (*cell(al, i + 1, j) >= *cell(al, i, j + 1)) {
            i++;
        } else {
            j++;
        }
    }
    add_gap(al, gap_i, al->n, gap_j, al->m);
}

struct event_step *event_patch_align(struct arena *a, struct json_object *from, struct json_object *to,
                                     size_t *count)
{
    struct alignment al = {.n = json_object_array_length(from), .m = json_object_array_length(to)};
    size_t tail = 0;

    al.from = texts_of(a, from, al.n);
    al.to = texts_of(a, to, al.m);
    al.steps = arena_array(a, al.n + al.m, sizeof *al.steps);
    for (; al.n && al.m && strcmp(*al.from, *al.to) == 0; al.from++, al.to++, al.n--, al.m--, al.start++)
        add_step(&al, EVENT_STEP_KEEP, al.start, al.start);
    for (; al.n && al.m && strcmp(al.from[al.n - 1], al.to[al.m - 1]) == 0; al.n--, al.m--)
        tail++;
    if (al.n && al.m && al.n <= ALIGN_CELLS / al.m) {
        al.best = arena_array(a, (al.n + 1) * (al.m + 1), sizeof *al.best);
        fill(&al);
    }
    walk(&al);
    for (size_t i = 0; i < tail; i++)
        add_step(&al, EVENT_STEP_KEEP, al.start + al.n + i, al.start + al.m + i);
    *count = al.count;
    return al.steps;
}
