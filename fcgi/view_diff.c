#include "fcgi/view_diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/request.h"
#include "fcgi/view.h"

enum {
    BLOCK_LINES = 2048, /* removed or added lines in a row that are set beside each other */
    LINES_MOST = 1 << 28,
    TEXT_BYTES = 48 * 1024, /* of all lines of a page */
    SCRATCH_BYTES = 8 * 1024 * 1024,
};

#define HEADER "diff --git "

struct line {
    const char *p;
    size_t n;
    long no;
    bool same;   /* unchanged */
    bool no_end; /* the file ends here without a newline */
};

struct block {
    struct line lines[BLOCK_LINES];
    size_t n;
};

struct reader {
    struct arena *arena;
    struct arena *scratch; /* for comparing words, emptied now and then */
    const char *p;         /* the rest of the diff */
    struct json_object *rows;
    size_t file_rows, page_rows, left_out, text_bytes;
    long old_no, new_no;
    bool shown; /* else files of earlier pages are read over */
    bool one_sided;
    struct block *removed, *added;
};

/* The line here without its end, going on to the next. */
static struct line take_line(struct reader *r)
{
    const char *newline = strchr(r->p, '\n');
    struct line line = {.p = r->p, .n = newline ? (size_t)(newline - r->p) : strlen(r->p)};

    r->p += line.n + (newline != NULL);
    return line;
}

/* ---- one cell */

/* Nobody reads a page of what stays as it is. */
static size_t most_of(const struct line *line)
{
    return line->same ? VIEW_DIFF_SAME_BYTES : VIEW_DIFF_LINE_BYTES;
}

char *view_diff_text(struct arena *a, const char *p, size_t n)
{
    struct str out;

    str_init(&out, a, n * sizeof "⟨U+0000⟩");
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(p + i, n - i, &point);

        if (length == 0)
            str_add(&out, "�");
        else if (utf8_is_control(point) || point == '\r')
            str_addf(&out, "⟨U+%04X⟩", (unsigned)point);
        else
            str_addn(&out, p + i, length);
        i += length ? length : 1;
    }
    return out.p;
}

static const char *shown_text(struct arena *a, const struct line *line)
{
    size_t room = utf8_cut(line->p, line->n, most_of(line));
    bool ends = room && room == line->n && line->p[room - 1] == '\r';
    const char *text = view_diff_text(a, line->p, room - ends);

    return ends ? arena_printf(a, "%s␍", text) : text;
}

static const char *line_end(struct reader *r, const struct line *line)
{
    if (line->n > most_of(line))
        return arena_printf(
            r->arena, line->same ? "… and %s more as before" : "… and %s more",
            view_plural(r->arena, (int64_t)(line->n - most_of(line)), "character", "characters"));
    return line->no_end ? "no line break at the end of the file" : NULL;
}

static struct json_object *cell_of(struct reader *r, const struct line *line)
{
    struct json_object *cell = json_object_new_object();
    const char *text = shown_text(r->arena, line);

    jx_set_text(cell, "no", arena_printf(r->arena, "%ld", line->no));
    jx_set_text(cell, "text", text);
    jx_set(cell, "runs", NULL);
    jx_set_text(cell, "end", line_end(r, line));
    r->text_bytes += strlen(text);
    return cell;
}

/* ---- rows */

static bool room(struct reader *r)
{
    if (!r->shown || r->file_rows >= VIEW_DIFF_FILE_ROWS || r->text_bytes >= TEXT_BYTES)
        return r->left_out++, false;
    r->file_rows++;
    r->page_rows++;
    return true;
}

static void add_row(struct reader *r, const char *kind, struct json_object *value)
{
    struct json_object *row = json_object_new_object();

    jx_set(row, "fold", NULL);
    jx_set(row, "both", NULL);
    jx_set(row, "pair", NULL);
    jx_set(row, kind, value);
    jx_push(r->rows, row);
}

static void add_both(struct reader *r, const struct line *line, const char *class)
{
    struct json_object *cell;

    if (!room(r))
        return;
    cell = cell_of(r, line);
    jx_set_text(cell, "class", class);
    add_row(r, "both", cell);
}

static void mark_words(struct reader *r, struct json_object *was, struct json_object *is)
{
    struct view_diff_words words;

    if (arena_used_bytes(r->scratch) > SCRATCH_BYTES)
        arena_reset(r->scratch);
    if (!view_diff_words(r->scratch, jx_get_text(was, "text"), jx_get_text(is, "text"), &words))
        return;
    jx_set(was, "runs", words.old_runs);
    jx_set(is, "runs", words.new_runs);
    jx_set(was, "text", NULL);
    jx_set(is, "text", NULL);
}

/* was or is may be NULL: nothing stood, or stands, there. */
static void add_pair(struct reader *r, const struct line *was, const struct line *is)
{
    struct json_object *pair;
    struct json_object *old_cell = NULL;
    struct json_object *new_cell = NULL;

    if (!room(r))
        return;
    if (was)
        old_cell = cell_of(r, was);
    if (is)
        new_cell = cell_of(r, is);
    if (was && is)
        mark_words(r, old_cell, new_cell);
    pair = json_object_new_object();
    jx_set(pair, "old", old_cell);
    jx_set(pair, "new", new_cell);
    add_row(r, "pair", pair);
}

/* Lines that were removed and added in one place stand beside each other. */
static void flush(struct reader *r)
{
    size_t n = r->removed->n > r->added->n ? r->removed->n : r->added->n;

    for (size_t i = 0; i < n; i++) {
        const struct line *was = i < r->removed->n ? &r->removed->lines[i] : NULL;
        const struct line *is = i < r->added->n ? &r->added->lines[i] : NULL;

        if (r->one_sided)
            add_both(r, was ? was : is, was ? "gone" : "fresh");
        else
            add_pair(r, was, is);
    }
    r->removed->n = 0;
    r->added->n = 0;
}

static void add_change(struct reader *r, struct block *block, struct line *line, long *no)
{
    if (block->n == BLOCK_LINES)
        flush(r);
    line->no = (*no)++;
    block->lines[block->n++] = *line;
}

/* "\ No newline at end of file" is about the line before. */
static void mark_no_end(struct reader *r, char sign)
{
    struct block *block = sign == '+' ? r->added : r->removed;

    if (sign != ' ' && block->n)
        block->lines[block->n - 1].no_end = true;
}

static void add_fold(struct reader *r, long lines)
{
    struct json_object *fold;

    if (lines <= 0 || !r->shown || r->left_out)
        return;
    fold = json_object_new_object();
    jx_set_text(fold, "text", view_plural(r->arena, lines, "unchanged line", "unchanged lines"));
    add_row(r, "fold", fold);
}

/* ---- the diff */

struct hunk {
    long old_no, old_n, new_no, new_n;
};

static bool number(const char **p, long *out)
{
    char *end;

    if (**p < '0' || **p > '9')
        return false;
    *out = strtol(*p, &end, 10);
    *p = end;
    return *out <= LINES_MOST;
}

/* "12,3", "12" */
static bool extent(const char **p, long *first, long *n)
{
    *n = 1;
    if (!number(p, first))
        return false;
    if (**p != ',')
        return true;
    (*p)++;
    return number(p, n);
}

static bool parse_hunk(const char *p, struct hunk *h)
{
    if (!str_starts(p, "@@ -"))
        return false;
    p += strlen("@@ -");
    if (!extent(&p, &h->old_no, &h->old_n) || !str_starts(p, " +"))
        return false;
    p += strlen(" +");
    return extent(&p, &h->new_no, &h->new_n) && str_starts(p, " @@");
}

/* Lines are counted, not guessed: an event's text may look like the head of another file. */
static void read_hunk(struct reader *r, struct hunk *h)
{
    char last = ' ';

    add_fold(r, h->old_no - r->old_no);
    r->old_no = h->old_no;
    r->new_no = h->new_no;
    while (*r->p && (h->old_n > 0 || h->new_n > 0 || *r->p == '\\')) {
        struct line line = take_line(r);
        char sign = line.n ? *line.p : ' ';

        if (sign == '\\') {
            mark_no_end(r, last);
            continue;
        }
        line.p += line.n > 0;
        line.n -= line.n > 0;
        last = sign;
        if (sign == '-') {
            h->old_n--;
            add_change(r, r->removed, &line, &r->old_no);
        } else if (sign == '+') {
            h->new_n--;
            add_change(r, r->added, &line, &r->new_no);
        } else {
            flush(r);
            h->old_n--, h->new_n--;
            line.no = r->new_no++;
            line.same = true;
            r->old_no++;
            add_both(r, &line, "same");
        }
    }
    flush(r);
}

/* What stands before the first hunk. */
struct head {
    bool added, removed;
    const char *note;
};

static struct head read_head(struct reader *r)
{
    struct head head = {false, false, NULL};

    while (*r->p && !str_starts(r->p, HEADER) && !str_starts(r->p, "@@ -")) {
        struct line line = take_line(r);

        head.added = head.added || str_starts(line.p, "new file mode");
        head.removed = head.removed || str_starts(line.p, "deleted file mode");
        if (str_starts(line.p, "Binary files"))
            head.note = "This file is not text; its bytes change.";
    }
    return head;
}

static void read_hunks(struct reader *r)
{
    struct hunk h;

    r->old_no = r->new_no = 1;
    while (*r->p && !str_starts(r->p, HEADER)) {
        if (parse_hunk(r->p, &h)) {
            (void)take_line(r);
            read_hunk(r, &h);
        } else {
            (void)take_line(r);
        }
    }
}

static struct json_object *file_of(struct reader *r, const struct line *header, const struct head *head)
{
    struct json_object *file = json_object_new_object();

    jx_set_text(file, "word", head->added ? "added" : head->removed ? "removed" : "changed");
    jx_set_text(file, "path", shown_text(r->arena, header));
    jx_set_text(file, "title", NULL);
    jx_set_text(file, "date", NULL);
    jx_set_text(file, "href", NULL);
    jx_set_text(file, "note", head->note);
    return file;
}

static void set_event(struct reader *r, struct json_object *file, const struct json_object *about)
{
    const char *id = jx_get_text(about, "event");

    if (jx_get_text(about, "path"))
        jx_set_text(file, "path", jx_get_text(about, "path"));
    jx_set_text(file, "title", jx_get_text(about, "title"));
    jx_set_text(file, "date", jx_get_text(about, "date"));
    if (id)
        jx_set_text(file, "href", arena_printf(r->arena, "/events/%s", request_encode(r->arena, id)));
}

static struct json_object *read_file(struct reader *r, const struct json_object *about)
{
    struct line header = take_line(r);
    struct head head = read_head(r);
    struct json_object *file;

    header.p += strlen(HEADER);
    header.n -= strlen(HEADER);
    file = file_of(r, &header, &head);
    if (about)
        set_event(r, file, about);
    r->rows = json_object_new_array();
    r->file_rows = r->left_out = 0;
    r->one_sided = head.added || head.removed;
    read_hunks(r);
    jx_set_bool(file, "any", json_object_array_length(r->rows) > 0);
    if (!head.note && !json_object_array_length(r->rows) && !r->left_out)
        jx_set_text(file, "note", "The file has no lines.");
    jx_set(file, "rows", r->rows);
    jx_set_text(file, "more",
                r->left_out ? arena_printf(r->arena, "%s left out here.",
                                           view_plural(r->arena, (int64_t)r->left_out, "more line is",
                                                       "more lines are"))
                            : NULL);
    return file;
}

static bool page_full(const struct reader *r)
{
    return r->page_rows >= VIEW_DIFF_ROWS || r->text_bytes >= TEXT_BYTES;
}

static void read_files(struct reader *r, const struct json_object *files, size_t first,
                       struct json_object *model)
{
    struct json_object *list = json_object_new_array();
    bool named = json_object_is_type(files, json_type_array);
    size_t shown_to = first;
    size_t i = 0;

    while (*r->p && !str_starts(r->p, HEADER))
        (void)take_line(r);
    for (; *r->p; i++) {
        bool named_here = named && i < json_object_array_length(files);
        struct json_object *file;

        r->shown = i >= first && !page_full(r);
        file = read_file(r, named_here ? json_object_array_get_idx(files, i) : NULL);
        jx_set_text(file, "id", arena_printf(r->arena, "file-%zu", i + 1));
        shown_to += r->shown;
        if (r->shown)
            jx_push(list, file);
        else
            json_object_put(file);
    }
    jx_set(model, "files", list);
    jx_set(model, "next", shown_to < i ? json_object_new_int64((int64_t)shown_to) : NULL);
    jx_set_int(model, "total", (int64_t)i);
}

struct json_object *view_diff(struct arena *a, const char *diff, const struct json_object *files,
                              size_t first)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct json_object *model = jx_own(a, json_object_new_object());
    struct reader r = {.arena = a, .scratch = scratch, .p = diff};

    r.removed = arena_alloc(a, sizeof *r.removed);
    r.added = arena_alloc(a, sizeof *r.added);
    read_files(&r, files, first, model);
    return model;
}
