/*
 * Two texts as a difference by line: what is the same is left out, and long paragraphs are broken at sentences, so that a
 * changed word is seen in its sentence and not in three thousand characters.
 */
#include <stdbool.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view_changes.h"
#include "fcgi/view_diff.h"

enum {
    LONG_BYTES = 240,      /* a line above this is broken where sentences end */
    SENTENCE_BYTES = 2000, /* and this is its most */
    PIECES = 64,           /* room at first */
    TABLE_LINES = 400,     /* lines that are compared each with each; more are one large change */
};

struct piece {
    const char *p;
    size_t n;
    bool no_end; /* the text ends here without a line break, unlike the other one */
};

struct pieces {
    struct piece *items;
    size_t n, room;
};

struct op {
    char sign;
    const struct piece *piece;
};

/* The length of the first sentence of n bytes. */
static size_t sentence(const char *p, size_t n)
{
    for (size_t i = 1; i + 1 < n && i < SENTENCE_BYTES; i++)
        if (p[i] == ' ' && strchr(".!?", p[i - 1]))
            return i + 1;
    return n <= SENTENCE_BYTES ? n : utf8_cut(p, n, SENTENCE_BYTES);
}

static void add_piece(struct arena *a, struct pieces *out, const char *p, size_t n)
{
    if (out->n == out->room) {
        struct piece *grown = arena_array(a, out->room * 2 + PIECES, sizeof *grown);

        if (out->n)
            memcpy(grown, out->items, out->n * sizeof *grown);
        out->items = grown;
        out->room = out->room * 2 + PIECES;
    }
    out->items[out->n++] = (struct piece){p, n, false};
}

static void split(struct arena *a, const char *text, struct pieces *out)
{
    *out = (struct pieces){0};
    while (text && *text) {
        size_t left = strcspn(text, "\n");
        bool is_long = left > LONG_BYTES;

        do {
            size_t n = is_long ? sentence(text, left) : left;

            add_piece(a, out, text, n);
            text += n;
            left -= n;
        } while (left);
        text += *text == '\n';
    }
}

static bool ends(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    return !n || text[n - 1] == '\n';
}

static bool same(const struct piece *one, const struct piece *other)
{
    return one->n == other->n && one->no_end == other->no_end && memcmp(one->p, other->p, one->n) == 0;
}

/* The longest common subsequence of what stays between equal ends. */
static size_t middle(const struct pieces *from, const struct pieces *to, struct op *ops)
{
    AUTO_STRUCT(arena) *scratch = arena_new(); /* a page may compare a thousand texts */
    size_t width = to->n + 1;
    unsigned short *table;
    size_t i = 0, j = 0, n = 0;

    if (from->n <= TABLE_LINES && to->n <= TABLE_LINES) {
        table = arena_array(scratch, (from->n + 1) * width, sizeof *table);
        for (size_t k = from->n; k-- > 0;)
            for (size_t l = to->n; l-- > 0;) {
                unsigned short down = table[(k + 1) * width + l], right = table[k * width + l + 1];

                table[k * width + l] = same(&from->items[k], &to->items[l])
                                           ? (unsigned short)(table[(k + 1) * width + l + 1] + 1)
                                       : down > right ? down
                                                      : right;
            }
        while (i < from->n && j < to->n) {
            if (same(&from->items[i], &to->items[j])) {
                ops[n++] = (struct op){' ', &to->items[j++]};
                i++;
            } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) {
                ops[n++] = (struct op){'-', &from->items[i++]};
            } else {
                ops[n++] = (struct op){'+', &to->items[j++]};
            }
        }
    }
    while (i < from->n)
        ops[n++] = (struct op){'-', &from->items[i++]};
    while (j < to->n)
        ops[n++] = (struct op){'+', &to->items[j++]};
    return n;
}

static size_t compare(const struct pieces *from, const struct pieces *to, struct op *ops)
{
    struct pieces f = *from, t = *to;
    size_t n = 0, tail = 0;

    for (; f.n && t.n && same(f.items, t.items); f.items++, t.items++, f.n--, t.n--)
        ops[n++] = (struct op){' ', t.items};
    while (tail < f.n && tail < t.n && same(&f.items[f.n - tail - 1], &t.items[t.n - tail - 1]))
        tail++;
    f.n -= tail;
    t.n -= tail;
    n += middle(&f, &t, ops + n);
    for (size_t i = 0; i < tail; i++)
        ops[n++] = (struct op){' ', &t.items[t.n + i]};
    return n;
}

static void write_piece(struct str *s, const struct op *op)
{
    str_addc(s, op->sign);
    str_addn(s, op->piece->p, op->piece->n);
    str_add(s, op->piece->no_end ? "\n\\ No newline at end of file\n" : "\n");
}

/* Changes with a line around them; what lies between is folded by whoever reads it. */
static void write_hunks(struct str *s, const struct op *ops, size_t n)
{
    size_t old_no = 1, new_no = 1;

    for (size_t i = 0; i < n;) {
        size_t end = i, old_n = 0, new_n = 0;

        if (ops[i].sign == ' ' && !(i + 1 < n && ops[i + 1].sign != ' ')) {
            old_no++, new_no++, i++;
            continue;
        }
        while (end < n && (ops[end].sign != ' ' || (end + 1 < n && ops[end + 1].sign != ' ') ||
                           (end > i && ops[end - 1].sign != ' '))) {
            old_n += ops[end].sign != '+';
            new_n += ops[end].sign != '-';
            end++;
        }
        str_addf(s, "@@ -%zu,%zu +%zu,%zu @@\n", old_no, old_n, new_no, new_n);
        old_no += old_n;
        new_no += new_n;
        for (; i < end; i++)
            write_piece(s, &ops[i]);
    }
}

struct json_object *view_changes_rows(struct arena *a, const char *from, const char *to)
{
    struct pieces was, is;
    struct op *ops;
    struct json_object *files;
    struct str s;

    split(a, from, &was);
    split(a, to, &is);
    if (from && to && ends(from) != ends(to)) {
        if (was.n)
            was.items[was.n - 1].no_end = !ends(from);
        if (is.n)
            is.items[is.n - 1].no_end = !ends(to);
    }
    ops = arena_array(a, was.n + is.n + 1, sizeof *ops);
    str_init(&s, a, SIZE_MAX / 2);
    str_addf(&s, "diff --git text\n%s", !from ? "new file mode\n" : !to ? "deleted file mode\n" : "");
    write_hunks(&s, ops, compare(&was, &is, ops));
    files = jx_get(view_diff(a, s.p, NULL, 0), "files");
    return jx_get(json_object_array_get_idx(files, 0), "rows");
}
