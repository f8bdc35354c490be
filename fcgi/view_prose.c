/*
 * Markdown as events use it, line by line: what is not understood stays the text that it is.
 */
#include <ctype.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view.h"

enum { PROSE_BYTES = 64 * 1024 };

struct prose {
    struct arena *arena;
    struct json_object *blocks;
    struct json_object *points; /* of the list being read, or NULL */
    struct str paragraph;       /* being read */
    bool lines;
};

struct inline_text {
    struct arena *arena;
    struct json_object *runs;
    struct str plain;
};

static void add_run(struct inline_text *t, const char *kind, const char *text, const char *href)
{
    struct json_object *run = json_object_new_object();

    jx_set_bool(run, "plain", str_eq(kind, "plain"));
    jx_set_bool(run, "strong", str_eq(kind, "strong"));
    jx_set_bool(run, "code", str_eq(kind, "code"));
    jx_set_text(run, "href", href);
    jx_set_text(run, "text", text);
    jx_push(t->runs, run);
}

static void flush_plain(struct inline_text *t)
{
    if (t->plain.n)
        add_run(t, "plain", t->plain.p, NULL);
    str_cut(&t->plain, 0);
}

/* `code` and **strong**; how many bytes were taken, 0 when it is neither. */
static size_t take_marked(struct inline_text *t, const char *p, const char *mark, const char *kind)
{
    size_t n = strlen(mark);
    const char *end = str_starts(p, mark) ? strstr(p + n, mark) : NULL;

    if (!end || end == p + n || isspace((unsigned char)p[n]))
        return 0;
    flush_plain(t);
    add_run(t, kind, arena_strndup(t->arena, p + n, (size_t)(end - p) - n), NULL);
    return (size_t)(end - p) + n;
}

/* [text](https://…) */
static size_t take_link(struct inline_text *t, const char *p)
{
    const char *middle = *p == '[' ? strstr(p, "](") : NULL;
    const char *end = middle ? strchr(middle, ')') : NULL;
    const char *href;

    if (!end || middle == p + 1 || memchr(p + 1, '[', (size_t)(middle - p) - 1))
        return 0;
    href = arena_strndup(t->arena, middle + 2, (size_t)(end - middle) - 2);
    if (!view_url_safe(href))
        return 0;
    flush_plain(t);
    add_run(t, "link", arena_strndup(t->arena, p + 1, (size_t)(middle - p) - 1), href);
    return (size_t)(end - p) + 1;
}

static struct json_object *runs_of(struct arena *a, const char *text)
{
    struct inline_text t = {.arena = a, .runs = json_object_new_array()};

    str_init(&t.plain, a, PROSE_BYTES);
    for (const char *p = text; *p;) {
        size_t n = take_marked(&t, p, "**", "strong");

        n = n ? n : take_marked(&t, p, "`", "code");
        n = n ? n : take_link(&t, p);
        if (!n && *p == '\\' && ispunct((unsigned char)p[1]))
            p++;
        if (!n)
            str_addc(&t.plain, *p);
        p += n ? n : 1;
    }
    flush_plain(&t);
    return t.runs;
}

static struct json_object *items_of(struct json_object *items)
{
    struct json_object *o = json_object_new_object();

    jx_set(o, "items", items);
    return o;
}

static void add_block(struct prose *s, const char *kind, struct json_object *content)
{
    struct json_object *block = json_object_new_object();

    jx_set(block, "heading", NULL);
    jx_set(block, "runs", NULL);
    jx_set(block, "points", NULL);
    jx_set(block, kind, content);
    jx_push(s->blocks, block);
}

static void end_block(struct prose *s)
{
    if (s->paragraph.n && s->points) {
        struct json_object *item = json_object_new_object();

        jx_set(item, "runs", runs_of(s->arena, s->paragraph.p));
        jx_push(s->points, item);
    } else if (s->paragraph.n) {
        add_block(s, "runs", items_of(runs_of(s->arena, s->paragraph.p)));
    }
    str_cut(&s->paragraph, 0);
}

static void add_line(struct prose *s, const char *text)
{
    if (s->paragraph.n)
        str_addc(&s->paragraph, ' ');
    str_add(&s->paragraph, text);
    if (s->lines && !s->points)
        end_block(s);
}

static void begin_point(struct prose *s, const char *text)
{
    end_block(s);
    if (!s->points) {
        s->points = json_object_new_array();
        add_block(s, "points", items_of(s->points));
    }
    add_line(s, text);
}

static void end_points(struct prose *s)
{
    end_block(s);
    s->points = NULL;
}

static void take_line(struct prose *s, const char *line)
{
    size_t marks;

    line += strspn(line, " \t\r");
    marks = strspn(line, "#");
    if (!*line) {
        end_points(s);
    } else if (marks && marks <= 6 && line[marks] == ' ') {
        end_points(s);
        add_block(s, "heading", json_object_new_string(line + marks + 1));
    } else if ((*line == '-' || *line == '*') && line[1] == ' ') {
        begin_point(s, line + 2);
    } else {
        add_line(s, line);
    }
}

void view_prose(struct arena *a, struct json_object *blocks, const char *markdown, bool lines)
{
    struct prose s = {.arena = a, .blocks = blocks, .lines = lines};
    size_t whole = strlen(markdown);
    size_t room = utf8_cut(markdown, whole, PROSE_BYTES);
    const char *end = markdown + room;

    str_init(&s.paragraph, a, PROSE_BYTES);
    while (markdown < end) {
        const char *newline = memchr(markdown, '\n', (size_t)(end - markdown));
        size_t n = (size_t)((newline ? newline : end) - markdown);

        take_line(&s, arena_strndup(a, markdown, n));
        markdown += n + (newline != NULL);
    }
    end_points(&s);
    if (room < whole)
        take_line(&s, "(The text goes on; this page shows its beginning.)");
    end_points(&s);
}
