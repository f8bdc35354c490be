/*
 * The parts of a file. Front matter is what Jekyll, Hugo and the reference tools take for it: a first line `---`, YAML,
 * and a line `---`; white space behind the dashes does not count.
 */
#include <string.h>

#include "core/event/event_internal.h"

/* The line at p is `---`: returns its length with its line end, else 0. */
static size_t fence(const char *p, const char *end)
{
    const char *at = p + 3;

    if (end - p < 3 || memcmp(p, "---", 3) != 0)
        return 0;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    if (at == end)
        return (size_t)(at - p);
    return *at == '\n' ? (size_t)(at - p) + 1 : 0;
}

/* The next `---` line at or behind p, which begins a line. */
static const char *find_fence(const char *p, const char *end)
{
    while (p && p < end) {
        if (fence(p, end))
            return p;
        p = memmem(p, (size_t)(end - p), "\n---", 4);
        p = p ? p + 1 : NULL;
    }
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void find_body(const char *p, struct event_parts *parts)
{
    struct event_span body = parts->rest;

    while (body.from < body.to && is_space(p[body.from]))
        body.from++;
    while (body.to > body.from && is_space(p[body.to - 1]))
        body.to--;
    parts->body = body;
}

static enum err_code split_markdown(const char *p, size_t n, struct event_parts *out, struct err *e)
{
    const char *end = p + n;
    const char *first = p + out->start;
    size_t length = fence(first, end);
    const char *close;

    if (!length)
        return err_set_line(
            e, ERR_INVALID_EVENT, 1,
            "Line 1 is not ---: an event in Markdown begins with its fields between two --- lines.");
    close = find_fence(first + length, end);
    if (!close)
        return err_set_line(e, ERR_INVALID_EVENT, 1,
                            "The front matter that begins in line 1 has no end: close it with a --- line.");
    out->yaml = (struct event_span){(size_t)(first + length - p), (size_t)(close - p)};
    out->rest = (struct event_span){(size_t)(close + fence(close, end) - p), n};
    out->yaml_line = 2;
    return ERR_OK;
}

enum err_code event_split(enum event_format format, const char *p, size_t n, struct event_parts *out,
                          struct err *e)
{
    const char *line_end;

    memset(out, 0, sizeof *out);
    out->start = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    line_end = memchr(p, '\n', n);
    out->crlf = line_end && line_end > p && line_end[-1] == '\r';
    out->yaml = (struct event_span){out->start, n};
    out->rest = (struct event_span){n, n};
    out->yaml_line = 1;
    if (format == EVENT_MD)
        TRY(split_markdown(p, n, out, e));
    find_body(p, out);
    return ERR_OK;
}

char *event_body_text(struct arena *a, const char *p, struct event_span body)
{
    size_t n = body.to - body.from;
    char *text = arena_strndup(a, p + body.from, n);
    size_t used = 0;

    if (!memchr(text, '\r', n))
        return text;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\r')
            text[used++] = text[i];
        else if (text[i + 1] != '\n')
            text[used++] = '\n';
    }
    text[used] = '\0';
    return text;
}
