/* Texts merged by line: what each side changed of the base, put together where the changes lie apart. */
#include <string.h>

#include "core/event/event_merge_internal.h"

/* More lines than this in one text are a conflict: no event for people looks so. */
enum { TEXT_LINES = 100000 };

/* A text between its line feeds: one line more than it has of those, so that nothing is said of a final one. */
struct text {
    struct event_word *lines;
    size_t n;
    size_t *numbers;
};

static size_t count_lines(struct json_object *string)
{
    const char *p = json_object_get_string(string);
    const char *end = p + json_object_get_string_len(string);
    size_t n = 1;

    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        n++;
        p++;
    }
    return n;
}

static void split(struct text *t, struct json_object *string)
{
    const char *p = json_object_get_string(string);
    const char *end = p + json_object_get_string_len(string);

    for (size_t i = 0; i < t->n; i++) {
        const char *feed = memchr(p, '\n', (size_t)(end - p));
        const char *stop = feed ? feed : end;

        t->lines[i] = (struct event_word){p, (size_t)(stop - p)};
        p = stop + 1;
    }
}

enum { BASE, OURS, THEIRS, SIDES };

struct text_merge {
    struct text sides[SIDES];
    int *match[SIDES]; /* of OURS and THEIRS: for each line of the base its line there */
    size_t at[SIDES];  /* what is merged so far */
    struct str out;
    bool any; /* a line was written */
};

static void add_lines(struct text_merge *m, int side, size_t end)
{
    for (size_t i = m->at[side]; i < end; i++) {
        const struct event_word *line = &m->sides[side].lines[i];

        if (m->any)
            str_addc(&m->out, '\n');
        str_addn(&m->out, line->p, line->n);
        m->any = true;
    }
}

/* The lines of two sides from where they are up to the ends given. */
static bool alike(const struct text_merge *m, int left, int right, const size_t *ends)
{
    const size_t *a = m->sides[left].numbers + m->at[left];
    const size_t *b = m->sides[right].numbers + m->at[right];
    size_t n = ends[left] - m->at[left];

    return n == ends[right] - m->at[right] && (n == 0 || memcmp(a, b, n * sizeof *a) == 0);
}

/*
 * Between the last line that both sides left and the next (ends). Within it all changes touch each other: a line that
 * one side left, the other changed.
 */
static bool merge_gap(struct text_merge *m, const size_t *ends)
{
    if (alike(m, BASE, THEIRS, ends) || alike(m, OURS, THEIRS, ends))
        add_lines(m, OURS, ends[OURS]);
    else if (alike(m, BASE, OURS, ends))
        add_lines(m, THEIRS, ends[THEIRS]);
    else
        return false;
    memcpy(m->at, ends, sizeof m->at);
    return true;
}

static bool merge_lines(struct text_merge *m)
{
    size_t n = m->sides[BASE].n;
    size_t ends[SIDES] = {n, m->sides[OURS].n, m->sides[THEIRS].n};

    for (size_t i = 0; i < n; i++) {
        if (m->match[OURS][i] < 0 || m->match[THEIRS][i] < 0)
            continue;
        if (!merge_gap(m, (size_t[]){i, (size_t)m->match[OURS][i], (size_t)m->match[THEIRS][i]}))
            return false;
        if (!merge_gap(m, (size_t[]){i + 1, m->at[OURS] + 1, m->at[THEIRS] + 1}))
            return false;
    }
    return merge_gap(m, ends);
}

static void match_side(struct arena *a, struct text_merge *m, int side, size_t distinct)
{
    struct event_lines lines = {m->sides[BASE].numbers, m->sides[BASE].n, m->sides[side].numbers,
                                m->sides[side].n, distinct};

    m->match[side] = arena_array(a, lines.from_n, sizeof *m->match[side]);
    event_lines_match(&lines, m->match[side]);
}

bool event_merge_text(struct arena *a, const struct event_three *v, struct json_object **out)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct json_object *texts[SIDES] = {v->base.value, v->ours.value, v->theirs.value};
    struct text_merge m = {0};
    struct event_word *lines;
    size_t *numbers;
    size_t total = 0;
    size_t distinct;

    for (int i = 0; i < SIDES; i++) {
        m.sides[i].n = count_lines(texts[i]);
        if (m.sides[i].n > TEXT_LINES)
            return false;
        total += m.sides[i].n;
    }
    lines = arena_array(scratch, total, sizeof *lines);
    numbers = arena_array(scratch, total, sizeof *numbers);
    for (size_t i = 0, at = 0; i < SIDES; at += m.sides[i++].n) {
        m.sides[i].lines = lines + at;
        m.sides[i].numbers = numbers + at;
        split(&m.sides[i], texts[i]);
    }
    distinct = event_words_number(scratch, lines, total, numbers);
    match_side(scratch, &m, OURS, distinct);
    match_side(scratch, &m, THEIRS, distinct);
    str_init(&m.out, scratch, SIZE_MAX / 2);
    if (!merge_lines(&m))
        return false;
    *out = jx_own(a, json_object_new_string_len(m.out.p, (int)m.out.n));
    return true;
}
