/*
 * YAML to a tree of nodes, by libyaml's event interface. Not its document interface, which resolves anchors and grows
 * without limit.
 *
 * libyaml's cost is quadratic in the nesting of flow collections; the scanner runs only a little ahead of the events,
 * so refusing an event at depth JX_DEPTH + 1 keeps that harmless.
 */
#include <string.h>
#include <yaml.h>

#include "core/event/event_json.h"
#include "core/event/event_yaml_error.h"

struct reader {
    struct arena *arena;
    const char *p; /* the file */
    struct event_span part;
    yaml_parser_t parser;
    yaml_event_t event;
    bool event_held;
    /* Where the last mark was: the same place as characters from part.from, as a byte of the file, and as a line with
     * its first byte. */
    size_t at_character;
    size_t at_byte;
    int at_line;
    size_t line_from;
    int nodes;
    struct err *e;
};

static void reader_free(struct reader *r)
{
    if (r->event_held)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}
AUTO_DEFINE_STRUCT(reader, reader_free)

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static void step_forward(struct reader *r)
{
    bool line_end = r->p[r->at_byte++] == '\n';

    if (line_end) {
        r->at_line++;
        r->line_from = r->at_byte;
    }
    while (r->at_byte < r->part.to && !begins_character(r->p[r->at_byte]))
        r->at_byte++;
    r->at_character++;
}

static void step_back(struct reader *r)
{
    do
        r->at_byte--;
    while (!begins_character(r->p[r->at_byte]));
    r->at_character--;
    if (r->p[r->at_byte] != '\n')
        return;
    r->at_line--;
    for (r->line_from = r->at_byte; r->line_from > r->part.from && r->p[r->line_from - 1] != '\n';)
        r->line_from--;
}

/* The byte of a mark. Marks come nearly in order, so walking from the last one visits each byte about once. */
static size_t byte_of(struct reader *r, size_t character)
{
    while (r->at_character < character && r->at_byte < r->part.to)
        step_forward(r);
    while (r->at_character > character)
        step_back(r);
    return r->at_byte;
}

static enum err_code refuse(struct reader *r, int line, const char *what)
{
    (void)err_set_line(r->e, ERR_INVALID_EVENT, line, "Line %d: %s.", line, what);
    return ERR_INVALID_EVENT;
}

/* Pass on what libyaml says, as a sentence that helps. */
static enum err_code refuse_syntax(struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    bool at_context = false;
    const char *advice = event_yaml_advice(parser->context, parser->problem, &at_context);
    char *sentence;

    if (parser->error == YAML_READER_ERROR) {
        /* The reader counts bytes, and buffers ahead of every mark. */
        byte_of(r, 0);
        while (r->at_byte < r->part.from + parser->problem_offset && r->at_byte < r->part.to)
            step_forward(r);
    } else {
        byte_of(r, at_context ? parser->context_mark.index : parser->problem_mark.index);
    }
    sentence = advice ? arena_strdup(r->arena, advice)
                      : arena_printf(r->arena, "the YAML cannot be read (%s)",
                                     parser->problem ? parser->problem : "no more memory");
    return refuse(r, r->at_line, sentence);
}

static enum err_code next_event(struct reader *r)
{
    if (r->event_held)
        yaml_event_delete(&r->event);
    r->event_held = yaml_parser_parse(&r->parser, &r->event) != 0;
    return r->event_held ? ERR_OK : refuse_syntax(r);
}

static enum event_node_style scalar_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return EVENT_STYLE_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return EVENT_STYLE_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE: return EVENT_STYLE_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE: return EVENT_STYLE_FOLDED;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE: break;
    }
    return EVENT_STYLE_PLAIN;
}

/* A node of the event's kind at the event's place. Tags and anchors are seen by their first character, because
 * libyaml itself drops the tag `!`. */
static enum err_code new_node(struct reader *r, struct event_node **out)
{
    struct event_node *node = arena_alloc(r->arena, sizeof *node);
    char c;

    node->span.from = byte_of(r, r->event.start_mark.index);
    node->line = r->at_line;
    node->indent = node->span.from - r->line_from;
    c = (char)(node->span.from < r->part.to ? r->p[node->span.from] : '\0');
    if (r->event.type == YAML_ALIAS_EVENT || c == '&')
        return refuse(r, node->line,
                      "a value begins with & or * (an anchor or alias); put the text in quotes");
    if (c == '!')
        return refuse(r, node->line, "a value begins with ! (a tag); put the text in quotes");
    if (++r->nodes > EVENT_NODES)
        return refuse(r, node->line, "there are more than 50,000 values; split the event");
    *out = node;
    return ERR_OK;
}

/* libyaml ends a block scalar behind the blank lines that follow it. */
static size_t without_blanks(const char *p, struct event_span span)
{
    while (span.to > span.from && strchr(" \t\r\n", p[span.to - 1]))
        span.to--;
    return span.to;
}

static enum err_code read_scalar(struct reader *r, struct event_node *node)
{
    const char *text = (const char *)r->event.data.scalar.value;

    node->kind = EVENT_NODE_SCALAR;
    node->style = scalar_style(r->event.data.scalar.style);
    node->text_n = r->event.data.scalar.length;
    node->text = arena_strndup(r->arena, text, node->text_n);
    if (memchr(text, '\0', node->text_n))
        return refuse(r, node->line, "a text holds the character \\0; remove it");
    node->span.to = byte_of(r, r->event.end_mark.index);
    if (node->style == EVENT_STYLE_LITERAL || node->style == EVENT_STYLE_FOLDED)
        node->span.to = without_blanks(r->p, node->span);
    return ERR_OK;
}

/* The first byte behind white space and comments. */
static size_t skip_blanks(const struct reader *r, size_t at)
{
    while (at < r->part.to && strchr(" \t\r\n#", r->p[at])) {
        if (r->p[at] == '#') {
            while (at < r->part.to && r->p[at] != '\n')
                at++;
        } else {
            at++;
        }
    }
    return at;
}

static enum err_code read_node(struct reader *r, int depth, struct event_node **out);

static enum err_code read_key(struct reader *r, int depth, struct event_node **out)
{
    struct event_node *key = NULL;

    if (r->event.type != YAML_SCALAR_EVENT && r->event.type != YAML_ALIAS_EVENT) {
        byte_of(r, r->event.start_mark.index);
        return refuse(r, r->at_line,
                      "a key is a list or a map; write it as text, in quotes if it has brackets");
    }
    TRY(read_node(r, depth, &key));
    if (key->style == EVENT_STYLE_PLAIN && strcmp(key->text, "<<") == 0)
        return refuse(r, key->line, "merge keys (<<) are not accepted; write the fields out");
    *out = key;
    return next_event(r);
}

/* All up to the end event; `depth` is that of the children. */
static enum err_code read_children(struct reader *r, int depth, struct event_node *parent)
{
    yaml_event_type_t end =
        parent->kind == EVENT_NODE_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    struct event_node **tail = &parent->first;
    size_t behind = parent->span.from;

    for (;;) {
        struct event_node *key = NULL;

        TRY(next_event(r));
        if (r->event.type == end)
            break;
        if (parent->kind == EVENT_NODE_MAP)
            TRY(read_key(r, depth, &key));
        TRY(read_node(r, depth, tail));
        (*tail)->key = key;
        if (!key && parent->style == EVENT_STYLE_BLOCK)
            (*tail)->dash = skip_blanks(r, behind);
        behind = (*tail)->span.to;
        tail = &(*tail)->next;
        parent->count++;
    }
    parent->span.to =
        parent->style == EVENT_STYLE_BLOCK && parent->first ? behind : byte_of(r, r->event.end_mark.index);
    return ERR_OK;
}

static enum err_code read_collection(struct reader *r, int depth, struct event_node *node)
{
    bool flow = r->event.type == YAML_SEQUENCE_START_EVENT
                    ? r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                    : r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;

    node->kind = r->event.type == YAML_SEQUENCE_START_EVENT ? EVENT_NODE_LIST : EVENT_NODE_MAP;
    node->style = flow ? EVENT_STYLE_FLOW : EVENT_STYLE_BLOCK;
    if (depth > JX_DEPTH)
        return refuse(r, node->line, "lists and maps are nested too deeply; 32 levels are the most");
    return read_children(r, depth + 1, node);
}

static enum err_code read_node(struct reader *r, int depth, struct event_node **out)
{
    struct event_node *node = NULL;

    TRY(new_node(r, &node));
    *out = node;
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, node);
    return read_collection(r, depth, node);
}

static enum err_code read_document(struct reader *r, struct event_node **out)
{
    TRY(next_event(r)); /* the start of the stream */
    TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT)
        return refuse(r, r->at_line,
                      "there are no fields; write at least id, date and title, one `key: value` a line");
    TRY(next_event(r));
    TRY(read_node(r, 1, out));
    if ((*out)->kind != EVENT_NODE_MAP)
        return refuse(r, (*out)->line, "the fields are not `key: value` lines");
    TRY(next_event(r)); /* the end of the document */
    TRY(next_event(r));
    if (r->event.type == YAML_STREAM_END_EVENT)
        return ERR_OK;
    byte_of(r, r->event.start_mark.index);
    return refuse(r, r->at_line, "a second document begins; a file holds one event");
}

enum err_code event_yaml_read(struct arena *a, const char *p, struct event_span part, struct event_node **out,
                              struct err *e)
{
    struct reader reader = {
        .arena = a, .p = p, .part = part, .at_byte = part.from, .line_from = part.from, .e = e};
    AUTO_STRUCT(reader) *r = &reader;

    r->at_line = event_line_of(p, part.from);
    if (!yaml_parser_initialize(&r->parser))
        return err_set(e, ERR_INTERNAL, "There is no memory left for reading YAML.");
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)p + part.from, part.to - part.from);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    return read_document(r, out);
}
