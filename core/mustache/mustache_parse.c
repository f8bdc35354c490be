/*
 * From text to nodes in one pass. The only subtle part is the specification's rule about standalone tags: a tag that
 * prints nothing and is alone on its line takes the whole line with it, and a partial alone on its line indents every
 * line that it brings in.
 */
#include <string.h>

#include "core/mustache/mustache_internal.h"
#include "core/util/str.h"

enum { SECTION_DEPTH = 32, DELIMITER_BYTES = 16 };

struct delimiter {
    char text[DELIMITER_BYTES];
    size_t n;
};

struct parser {
    struct template *t;
    const char *start;
    const char *end;
    const char *p; /* where the text that is not yet a node begins */
    struct delimiter open;
    struct delimiter close;
    size_t capacity; /* of t->nodes */
    size_t sections[SECTION_DEPTH];
    size_t depth;
    const char *counted; /* `line` is the line of this byte */
    int line;
    struct err *e;
};

/* One tag as it stands in the text. */
struct tag {
    const char *start; /* of its opening delimiter */
    const char *end;   /* behind its closing delimiter */
    const char *name;  /* trimmed content without the sigil */
    size_t n;
    char sigil; /* one of # ^ / > ! = & {, or 0 for a plain name */
};

/* Tags are asked about in the order of the text, so each byte is counted once. */
static int line_of(struct parser *s, const char *at)
{
    for (; s->counted < at; s->counted++)
        s->line += *s->counted == '\n';
    return s->line;
}

static enum err_code bad(struct parser *s, const char *at, const char *what)
{
    int line = line_of(s, at);

    return err_set_line(s->e, ERR_INVALID_INPUT, line, "Template %s, line %d: %s.", s->t->name, line, what);
}

static struct node *add_node(struct parser *s, enum node_kind kind, const char *at)
{
    struct template *t = s->t;
    struct node *node;

    if (t->n == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 32;
        struct node *grown = arena_array(t->arena, capacity, sizeof *grown);

        if (t->n)
            memcpy(grown, t->nodes, t->n * sizeof *grown);
        t->nodes = grown;
        s->capacity = capacity;
    }
    node = &t->nodes[t->n++];
    node->kind = kind;
    node->line = line_of(s, at);
    return node;
}

static bool begins_line(const struct parser *s, const char *at)
{
    return at == s->start || at[-1] == '\n';
}

/* An empty text at the start of a line is where a partial's indentation goes before an inline tag. */
static void add_text(struct parser *s, const char *from, const char *to)
{
    struct node *node = add_node(s, NODE_TEXT, from);

    node->line_start = begins_line(s, from);
    node->text = arena_strndup(s->t->arena, from, (size_t)(to - from));
    node->n = (size_t)(to - from);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(const char **from, const char **to)
{
    while (*from < *to && is_space(**from))
        (*from)++;
    while (*to > *from && is_space((*to)[-1]))
        (*to)--;
}

static const char *find(const char *from, const char *end, const char *what, size_t n)
{
    return from && from < end ? memmem(from, (size_t)(end - from), what, n) : NULL;
}

/* {{{name}}} and {{=a b=}} close with one character more. */
static char closing_extra(char sigil)
{
    return sigil == '{' ? '}' : sigil == '=' ? '=' : '\0';
}

static enum err_code read_tag(struct parser *s, const char *at, struct tag *tag)
{
    char close[DELIMITER_BYTES + 1];
    size_t n = 0;
    const char *from = at + s->open.n;
    const char *to;

    while (from < s->end && is_space(*from))
        from++;
    tag->start = at;
    tag->sigil = from < s->end && *from && strchr("#^/>!=&{", *from) ? *from : '\0';
    from += tag->sigil != '\0';
    if (closing_extra(tag->sigil))
        close[n++] = closing_extra(tag->sigil);
    memcpy(close + n, s->close.text, s->close.n);
    n += s->close.n;
    to = find(from, s->end, close, n);
    if (!to)
        return bad(s, at, "a tag is not closed");
    tag->end = to + n;
    trim(&from, &to);
    tag->name = from;
    tag->n = (size_t)(to - from);
    return ERR_OK;
}

static bool prints(const struct tag *tag)
{
    return tag->sigil == '\0' || tag->sigil == '&' || tag->sigil == '{';
}

/* Alone on its line? Then *before is where the line begins and *after where the next one does. */
static bool is_standalone(const struct parser *s, const struct tag *tag, const char **before,
                          const char **after)
{
    const char *from = tag->start;
    const char *to = tag->end;

    if (prints(tag))
        return false;
    while (from > s->start && (from[-1] == ' ' || from[-1] == '\t'))
        from--;
    while (to < s->end && (*to == ' ' || *to == '\t'))
        to++;
    if (to < s->end && *to == '\r')
        to++;
    if (!begins_line(s, from) || from < s->p || (to < s->end && *to != '\n'))
        return false;
    *before = from;
    *after = to < s->end ? to + 1 : to;
    return true;
}

static enum err_code set_name(struct parser *s, struct node *node, const struct tag *tag)
{
    struct arena *a = s->t->arena;
    char *copy = arena_strndup(a, tag->name, tag->n);
    const char **parts = arena_array(a, tag->n + 1, sizeof *parts);
    char *rest = copy;

    for (size_t i = 0; i < tag->n; i++)
        if (is_space(copy[i]) || copy[i] == '\0')
            return bad(s, tag->start, "a name holds no spaces");
    if (!tag->n || *copy == '<' || *copy == '$')
        return bad(s, tag->start, tag->n ? "template inheritance is not supported" : "a tag has no name");
    node->name = arena_strndup(a, tag->name, tag->n);
    node->parts = parts;
    if (node->kind == NODE_PARTIAL || strcmp(copy, ".") == 0)
        return ERR_OK;
    for (char *part; (part = strsep(&rest, "."));) {
        if (!*part)
            return bad(s, tag->start, "a dotted name has an empty part");
        parts[node->n_parts++] = part;
    }
    return ERR_OK;
}

static enum err_code add_named(struct parser *s, const struct tag *tag, enum node_kind kind)
{
    return set_name(s, add_node(s, kind, tag->start), tag);
}

static enum err_code open_section(struct parser *s, const struct tag *tag, enum node_kind kind)
{
    if (s->depth == SECTION_DEPTH)
        return bad(s, tag->start, "sections are nested too deeply");
    s->sections[s->depth++] = s->t->n;
    return add_named(s, tag, kind);
}

static enum err_code close_section(struct parser *s, const struct tag *tag)
{
    struct node *section;

    if (!s->depth)
        return bad(s, tag->start, "a section is closed that was not opened");
    section = &s->t->nodes[s->sections[--s->depth]];
    if (strlen(section->name) != tag->n || memcmp(section->name, tag->name, tag->n) != 0)
        return bad(s, tag->start,
                   arena_printf(s->t->arena, "the section \"%.60s\" of line %d is closed with another name",
                                section->name, section->line));
    section->end = s->t->n;
    return ERR_OK;
}

static bool set_delimiter(struct delimiter *d, const char *from, const char *to)
{
    size_t n = (size_t)(to - from);

    if (!n || n > DELIMITER_BYTES - 1 || memchr(from, '=', n))
        return false;
    memcpy(d->text, from, n);
    d->n = n;
    return true;
}

static enum err_code set_delimiters(struct parser *s, const struct tag *tag)
{
    const char *end = tag->name + tag->n;
    const char *gap = tag->name;
    const char *second;

    while (gap < end && !is_space(*gap))
        gap++;
    for (second = gap; second < end && is_space(*second);)
        second++;
    for (const char *p = second; p < end; p++)
        if (is_space(*p))
            return bad(s, tag->start, "delimiters hold no spaces");
    if (!set_delimiter(&s->open, tag->name, gap) || !set_delimiter(&s->close, second, end))
        return bad(s, tag->start, "two delimiters are expected, as in {{=<% %>=}}");
    return ERR_OK;
}

static enum err_code add_partial(struct parser *s, const struct tag *tag, const char *indentation)
{
    TRY(add_named(s, tag, NODE_PARTIAL));
    if (indentation) {
        struct node *node = &s->t->nodes[s->t->n - 1];

        node->standalone = true;
        node->n = (size_t)(tag->start - indentation);
        node->text = arena_strndup(s->t->arena, indentation, node->n);
    }
    return ERR_OK;
}

/* indentation: where the line of a standalone tag begins, else NULL. */
static enum err_code add_tag(struct parser *s, const struct tag *tag, const char *indentation)
{
    switch (tag->sigil) {
    case '!': return ERR_OK;
    case '=': return set_delimiters(s, tag);
    case '#': return open_section(s, tag, NODE_SECTION);
    case '^': return open_section(s, tag, NODE_INVERTED);
    case '/': return close_section(s, tag);
    case '>': return add_partial(s, tag, indentation);
    case '&':
    case '{': return add_named(s, tag, NODE_RAW);
    default: return add_named(s, tag, NODE_VALUE);
    }
}

static enum err_code parse_tag(struct parser *s, const char *at)
{
    struct tag tag = {0};
    const char *before = NULL;
    const char *after = NULL;

    TRY(read_tag(s, at, &tag));
    if (is_standalone(s, &tag, &before, &after)) {
        if (before > s->p)
            add_text(s, s->p, before);
        s->p = after;
        return add_tag(s, &tag, before);
    }
    if (at > s->p)
        add_text(s, s->p, at);
    if (begins_line(s, at))
        add_text(s, at, at);
    s->p = tag.end;
    return add_tag(s, &tag, NULL);
}

enum err_code mustache_parse(struct template *t, const char *text, size_t n, struct err *e)
{
    struct parser s = {.t = t,
                       .open = {"{{", 2},
                       .close = {"}}", 2},
                       .start = text,
                       .end = text + n,
                       .p = text,
                       .counted = text,
                       .line = 1,
                       .e = e};
    const char *at;

    while ((at = find(s.p, s.end, s.open.text, s.open.n)))
        TRY(parse_tag(&s, at));
    if (s.depth) {
        const struct node *section = &t->nodes[s.sections[s.depth - 1]];

        return err_set_line(e, ERR_INVALID_INPUT, section->line,
                            "Template %s, line %d: the section \"%.60s\" is never closed.", t->name,
                            section->line, section->name);
    }
    if (s.p < s.end)
        add_text(&s, s.p, s.end);
    return ERR_OK;
}
