#include "core/event/event_warn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/util/utf8.h"

void event_warn(struct arena *a, struct event *event, int line, const char *rule, const char *format, ...)
{
    struct event_warning **at = &event->warnings;
    struct event_warning *warning;
    char raw[400];
    char clean[400];
    va_list arguments;
    int count = 0;

    for (struct event_warning *w = event->warnings; w; w = w->next) {
        if (w->line <= line)
            at = &w->next;
        count++;
    }
    if (count >= EVENT_WARNINGS)
        return;
    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    utf8_clean(clean, sizeof clean, raw, utf8_cut(raw, strlen(raw), sizeof clean - 1));
    warning = arena_alloc(a, sizeof *warning);
    *warning = (struct event_warning){*at, line, rule, arena_strdup(a, clean)};
    *at = warning;
}

struct walk {
    struct arena *arena;
    struct event *event;
    const char *p;
    size_t n;
};

/* The comment that follows a value in its line, from its '#'; NULL when there is none. */
static const char *comment_behind(const struct walk *w, size_t at)
{
    size_t from = at;

    while (at < w->n && (w->p[at] == ' ' || w->p[at] == '\t'))
        at++;
    return at > from && at < w->n && w->p[at] == '#' ? w->p + at : NULL;
}

static int comment_length(const struct walk *w, const char *comment)
{
    size_t n = 0;

    while (comment + n < w->p + w->n && comment[n] != '\n' && comment[n] != '\r')
        n++;
    return (int)utf8_cut(comment, n, 60);
}

/* libyaml takes a tab in or before a plain text for a space; PyYAML, which the reference tools use, does not. */
static bool has_tab(const struct walk *w, struct event_span span)
{
    return (span.from > 0 && w->p[span.from - 1] == '\t') ||
           memchr(w->p + span.from, '\t', span.to - span.from);
}

static void look_at_scalar(const struct walk *w, const struct event_node *node)
{
    const char *comment;

    if (node->style != EVENT_STYLE_PLAIN)
        return;
    if (has_tab(w, node->span))
        event_warn(w->arena, w->event, node->line, "tab_outside_quotes",
                   "There is a tab outside quotes, which PyYAML refuses; write a space instead.");
    comment = comment_behind(w, node->span.to);
    if (!comment)
        return;
    if (node->text_n == 0)
        event_warn(w->arena, w->event, node->line, "comment_as_null",
                   "YAML reads %.*s as a comment, so the value is empty; put it in quotes to keep it.",
                   comment_length(w, comment), comment);
    else if (event_scalar_kind(node->text) == EVENT_SCALAR_TEXT)
        event_warn(w->arena, w->event, node->line, "cut_at_hash",
                   "The text ends before \" #\": YAML reads %.*s as a comment; put the whole text in quotes "
                   "to keep it.",
                   comment_length(w, comment), comment);
}

static void look_at_key(const struct walk *w, const struct event_node *key)
{
    enum event_scalar kind =
        key->style == EVENT_STYLE_PLAIN ? event_scalar_kind(key->text) : EVENT_SCALAR_TEXT;

    if (kind == EVENT_SCALAR_TEXT || kind == EVENT_SCALAR_DATE || kind == EVENT_SCALAR_VALUE)
        return;
    event_warn(
        w->arena, w->event, key->line, "key_not_text",
        "YAML does not read the key \"%.60s\" as text; it is kept as text. Put it in quotes to say so.",
        key->text);
}

static void look_at_children(const struct walk *w, const struct event_node *parent)
{
    for (const struct event_node *node = parent->first; node; node = node->next) {
        if (node->key)
            look_at_key(w, node->key);
        if (node->kind == EVENT_NODE_SCALAR)
            look_at_scalar(w, node);
        else
            look_at_children(w, node);
    }
}

void event_warn_nodes(struct arena *a, struct event *event, const char *p, size_t n,
                      const struct event_node *root)
{
    struct walk w = {a, event, p, n};

    look_at_children(&w, root);
}
