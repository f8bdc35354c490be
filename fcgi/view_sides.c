#include "fcgi/view_sides.h"

#include <ctype.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view.h"
#include "fcgi/view_diff.h"
#include "fcgi/view_marks.h"

enum {
    EDGE_BYTES = 120, /* that stay of what is folded, at both of its ends */
    RUN_COST = 40,    /* markup around a run */
    LEAST_BYTES = 200,
    SHARE = 3, /* one cell takes at most this part of the room that is left */
};

/* ---- what a text costs */

static size_t cost_of(char c)
{
    switch (c) {
    case '&': return strlen("&amp;");
    case '<':
    case '>': return strlen("&lt;");
    case '"': return strlen("&quot;");
    case '\'': return strlen("&#39;");
    default: return iscntrl((unsigned char)c) && c != '\n' && c != '\t' ? strlen("⟨U+0000⟩") : 1;
    }
}

size_t view_sides_cost(const char *text, size_t n)
{
    size_t cost = 0;

    for (size_t i = 0; i < n; i++)
        cost += cost_of(text[i]);
    return cost;
}

/* How much of it there is room for. */
static size_t fitting(const char *text, size_t n, size_t room)
{
    size_t cost = 0;
    size_t i = 0;

    for (; i < n; i++) {
        cost += cost_of(text[i]);
        if (cost > room)
            break;
    }
    return utf8_cut(text, n, i);
}

/* ---- a cell */

struct writer {
    struct arena *arena;
    struct json_object *runs;
    size_t room, used;
    size_t left_out; /* characters */
};

static void push(struct writer *w, const char *kind, const char *p, size_t n)
{
    struct json_object *run;
    size_t fits = fitting(p, n, w->room > w->used ? w->room - w->used : 0);

    if (fits < n)
        w->left_out += utf8_length(p + fits, n - fits);
    if (!fits)
        return;
    run = json_object_new_object();
    jx_set(run, "plain", NULL);
    jx_set(run, "del", NULL);
    jx_set(run, "ins", NULL);
    jx_set(run, "fold", NULL);
    jx_set_text(run, kind, view_diff_text(w->arena, p, fits));
    jx_push(w->runs, run);
    w->used += view_sides_cost(p, fits) + RUN_COST;
    if (fits < n)
        w->room = 0; /* nothing behind a gap */
}

/* At most so many bytes from the beginning, to the end of a word where one ends there. */
static size_t head_of(const char *p, size_t n)
{
    size_t cut = utf8_cut(p, n, EDGE_BYTES);

    for (size_t i = cut; i > EDGE_BYTES / 2; i--)
        if (isspace((unsigned char)p[i - 1]))
            return i;
    return cut;
}

/* Where the last bytes begin, with a word where one begins there. */
static size_t tail_of(const char *p, size_t n)
{
    size_t cut = utf8_cut(p, n, n - EDGE_BYTES);

    for (size_t i = cut; i < n - EDGE_BYTES / 2; i++)
        if (isspace((unsigned char)p[i]))
            return i + 1;
    return cut;
}

/* What is alike is folded where it is long. */
static void push_plain(struct writer *w, const char *p, size_t n)
{
    size_t head, tail;
    const char *fold;

    if (n < VIEW_SIDES_FOLD_BYTES) {
        push(w, "plain", p, n);
        return;
    }
    head = head_of(p, n);
    tail = tail_of(p, n);
    fold = arena_printf(
        w->arena, "… %s alike …",
        view_plural(w->arena, (int64_t)utf8_length(p + head, tail - head), "character", "characters"));
    push(w, "plain", p, head);
    push(w, "fold", fold, strlen(fold));
    push(w, "plain", p + tail, n - tail);
}

/* A line break is no word: where it is new with the words beside it, only those are marked. */
static void push_marked(struct writer *w, const char *mark, const char *p, size_t n)
{
    size_t before = 0, after = 0;

    while (before < n && p[before] == '\n')
        before++;
    while (before < n && after < n - before && p[n - 1 - after] == '\n')
        after++;
    if (before == n) {
        push(w, mark, p, n);
        return;
    }
    push(w, "plain", p, before);
    push(w, mark, p + before, n - before - after);
    push(w, "plain", p + n - after, after);
}

static size_t run_length(const struct view_marked *t, size_t at)
{
    size_t n = 0;

    while (at + n < t->n && t->changed[at + n] == t->changed[at])
        n++;
    return n;
}

static struct json_object *cell_new(const char *none)
{
    struct json_object *cell = json_object_new_object();

    jx_set(cell, "runs", NULL);
    jx_set_text(cell, "none", none);
    jx_set(cell, "note", NULL);
    jx_set(cell, "more", NULL);
    return cell;
}

static struct writer writer_begin(struct arena *a, const size_t *room_bytes)
{
    size_t share = *room_bytes / SHARE;

    return (struct writer){
        .arena = a, .runs = json_object_new_array(), .room = share > LEAST_BYTES ? share : LEAST_BYTES};
}

static void writer_end(struct writer *w, struct json_object *cell, size_t *room_bytes)
{
    jx_set(cell, "runs", w->runs);
    if (w->left_out)
        jx_set_text(
            cell, "more",
            arena_printf(w->arena, "… and %s",
                         view_plural(w->arena, (int64_t)w->left_out, "more character", "more characters")));
    *room_bytes -= *room_bytes > w->used ? w->used : *room_bytes;
}

static bool is_blank_change(const struct view_marked *t)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        if (t->changed[i] && !isspace((unsigned char)t->p[i]))
            return false;
        any = any || t->changed[i];
    }
    return any;
}

static struct json_object *cell_of(struct arena *a, const struct view_marked *t, const char *mark,
                                   size_t *room_bytes)
{
    struct json_object *cell = cell_new(t->n ? NULL : "empty");
    struct writer w = writer_begin(a, room_bytes);

    for (size_t i = 0; i < t->n;) {
        size_t n = run_length(t, i);

        if (t->changed[i])
            push_marked(&w, mark, t->p + i, n);
        else
            push_plain(&w, t->p + i, n);
        i += n;
    }
    if (is_blank_change(t))
        jx_set_text(cell, "note", "another in spaces or line breaks only");
    writer_end(&w, cell, room_bytes);
    return cell;
}

/* ---- three of them */

static const char *kind_of(const struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string: return "a text";
    case json_type_int:
    case json_type_double: return "a number";
    case json_type_boolean: return "yes or no";
    case json_type_array: return "a list";
    case json_type_object: return "a group of values";
    case json_type_null: break;
    }
    return "empty";
}

struct side {
    bool there;
    struct json_object *value;
    struct view_marked text;
};

static struct side side_of(struct arena *a, const struct json_object *row, const char *name)
{
    struct side side = {0};

    side.there = json_object_object_get_ex(row, name, &side.value);
    if (side.there)
        side.text = view_marked_of(a, view_sides_text(a, side.value));
    return side;
}

/* Two sides may read alike and be different things: 7 and "7". */
static bool kinds_differ(const struct side *sides, size_t n)
{
    const char *kind = NULL;

    for (size_t i = 0; i < n; i++) {
        if (!sides[i].there)
            continue;
        if (kind && !str_eq(kind, kind_of(sides[i].value)))
            return true;
        kind = kind_of(sides[i].value);
    }
    return false;
}

struct json_object *view_sides(struct arena *a, const struct json_object *row, size_t *room_bytes)
{
    static const char *const names[] = {"base", "ours", "theirs"};
    struct json_object *model = json_object_new_object();
    struct side sides[3];
    bool kinds;

    for (size_t i = 0; i < 3; i++)
        sides[i] = side_of(a, row, names[i]);
    kinds = kinds_differ(sides, 3);
    if (sides[0].there) {
        for (size_t i = 1; i < 3; i++)
            if (sides[i].there)
                view_mark(&sides[0].text, &sides[i].text);
    } else if (sides[1].there && sides[2].there) {
        view_mark(&sides[1].text, &sides[2].text);
    }
    for (size_t i = 0; i < 3; i++) {
        struct json_object *cell = sides[i].there ? cell_of(a, &sides[i].text, i ? "ins" : "del", room_bytes)
                                                  : cell_new("not there");

        if (kinds && sides[i].there && sides[i].text.n)
            jx_set_text(cell, "note", kind_of(sides[i].value));
        jx_set(model, names[i], cell);
    }
    return model;
}

/* ---- two in one */

static size_t alike(const struct view_marked *was, size_t i, const struct view_marked *is, size_t j)
{
    size_t n = 0;

    while (i + n < was->n && j + n < is->n && !was->changed[i + n] && !is->changed[j + n] &&
           was->p[i + n] == is->p[j + n])
        n++;
    return n;
}

struct json_object *view_sides_change(struct arena *a, const struct json_object *row, size_t *room_bytes)
{
    struct side from = side_of(a, row, "from");
    struct side to = side_of(a, row, "to");
    struct json_object *cell = cell_new(!from.text.n && !to.text.n ? "empty" : NULL);
    struct writer w = writer_begin(a, room_bytes);
    size_t i = 0, j = 0;

    if (!from.there)
        from.text = view_marked_of(a, "");
    if (!to.there)
        to.text = view_marked_of(a, "");
    view_mark(&from.text, &to.text);
    while (i < from.text.n || j < to.text.n) {
        size_t n = alike(&from.text, i, &to.text, j);

        if (n) {
            push_plain(&w, to.text.p + j, n);
            i += n, j += n;
            continue;
        }
        n = i < from.text.n ? run_length(&from.text, i) : 0;
        if (n && (from.text.changed[i] || j >= to.text.n || !to.text.changed[j])) {
            n = from.text.changed[i] ? n : 1;
            push_marked(&w, "del", from.text.p + i, n);
            i += n;
        } else {
            n = run_length(&to.text, j);
            push_marked(&w, "ins", to.text.p + j, n);
            j += n;
        }
    }
    writer_end(&w, cell, room_bytes);
    return cell;
}
