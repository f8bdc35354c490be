/*
 * The text below the front matter. What the old and the new text share at both ends keeps its bytes, so mixed line
 * endings survive; the rest takes the line ending of the body.
 */
#include <string.h>

#include "core/event/event_patch.h"

/* The line ending at p[at], which reads as one '\n': its length, or 0. */
static size_t ending_at(const char *p, size_t at, size_t to)
{
    if (p[at] == '\r')
        return at + 1 < to && p[at + 1] == '\n' ? 2 : 1;
    return p[at] == '\n' ? 1 : 0;
}

static size_t ending_before(const char *p, size_t at, size_t from)
{
    if (p[at - 1] == '\n')
        return at - from > 1 && p[at - 2] == '\r' ? 2 : 1;
    return p[at - 1] == '\r' ? 1 : 0;
}

/* Shrink the span of the old body and [*from, *to) of the new text to what differs. */
static void strip_common(const char *p, struct event_span *old, const char *text, struct event_span *new)
{
    while (old->from < old->to && new->from < new->to) {
        size_t ending = ending_at(p, old->from, old->to);

        if (ending ? text[new->from] != '\n' : text[new->from] != p[old->from])
            break;
        old->from += ending ? ending : 1;
        new->from++;
    }
    while (old->from < old->to && new->from < new->to) {
        size_t ending = ending_before(p, old->to, old->from);

        if (ending ? text[new->to - 1] != '\n' : text[new->to - 1] != p[old->to - 1])
            break;
        old->to -= ending ? ending : 1;
        new->to--;
    }
}

static void add_lines(struct str *out, const char *text, size_t n, const char *newline)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n')
            str_add(out, newline);
        else
            str_addc(out, text[i]);
    }
}

static void add_body(struct event_edits *edits, const struct event_parts *parts, const char *text)
{
    const char *newline = parts->crlf ? "\r\n" : "\n";
    struct str out;

    str_init(&out, edits->arena, EVENT_FILE_BYTES);
    if (edits->p[parts->rest.from - 1] != '\n')
        str_add(&out, newline);
    str_add(&out, newline);
    add_lines(&out, text, strlen(text), newline);
    str_add(&out, newline);
    event_edits_add(edits, parts->rest, out.p, out.n);
}

void event_patch_body(struct event_edits *edits, const struct event_parts *parts, const char *text)
{
    struct event_span old = parts->body;
    struct event_span new = {0, text ? strlen(text) : 0};
    struct str out;
    bool crlf;

    if (!new.to) {
        if (old.from < old.to)
            event_edits_add(edits, parts->rest, "", 0);
        return;
    }
    if (old.from == old.to) {
        add_body(edits, parts, text);
        return;
    }
    crlf = memchr(edits->p + old.from, '\n', old.to - old.from)
               ? memmem(edits->p + old.from, old.to - old.from, "\r\n", 2) != NULL
               : parts->crlf;
    strip_common(edits->p, &old, text, &new);
    str_init(&out, edits->arena, EVENT_FILE_BYTES);
    add_lines(&out, text + new.from, new.to - new.from, crlf ? "\r\n" : "\n");
    if (old.from < old.to || out.n)
        event_edits_add(edits, old, out.p, out.n);
}
