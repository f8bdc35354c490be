/*
 * Which styles of YAML can hold a text. The rules are those of PyYAML's Emitter.analyze_scalar, with one correction:
 * NEL, LS and PS always need double quotes, because both PyYAML and libyaml read a raw NEL back as a line feed.
 */
#include <string.h>

#include "core/event/event_write.h"
#include "core/util/utf8.h"

/* What a walk over the characters saw. */
struct traits {
    bool block_indicator;
    bool flow_indicator;
    bool line_break;
    bool special;
    bool break_space; /* a line begins with a space */
    bool space_break; /* a line ends with a space */
};

static bool printable(uint32_t c)
{
    if (c >= 0x20 && c <= 0x7E)
        return true;
    if (c == 0x2028 || c == 0x2029 || c == 0xFEFF)
        return false;
    return (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c < 0x10FFFF);
}

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\0';
}

/* next is the byte behind the character, NUL at the end. */
static void look_first(struct traits *t, char c, char next)
{
    if (strchr("#,[]{}&*!|>'\"%@`", c) || (c == '-' && blank(next))) {
        t->flow_indicator = true;
        t->block_indicator = true;
    } else if (c == '?' || c == ':') {
        t->flow_indicator = true;
        t->block_indicator = t->block_indicator || blank(next);
    }
}

static void look_inside(struct traits *t, char before, char c, char next)
{
    if (strchr(",?[]{}", c))
        t->flow_indicator = true;
    if (c == ':') {
        t->flow_indicator = true;
        t->block_indicator = t->block_indicator || blank(next);
    }
    if (c == '#' && blank(before)) {
        t->flow_indicator = true;
        t->block_indicator = true;
    }
}

static void look(struct traits *t, const char *text, size_t i)
{
    char c = text[i];
    char next = text[i + 1];

    if (i == 0)
        look_first(t, c, next);
    else
        look_inside(t, text[i - 1], c, next);
    if (c == '\n') {
        t->line_break = true;
        t->space_break = t->space_break || (i > 0 && text[i - 1] == ' ');
        t->break_space = t->break_space || next == ' ';
    }
}

static void walk(struct traits *t, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(text + i, n - i, &point);

        if (length <= 1)
            look(t, text, i);
        if (point != '\n' && !printable(point))
            t->special = true;
        i += length ? length : 1;
    }
}

struct event_shape event_write_shape(const char *text, size_t n)
{
    struct traits t = {0};
    struct event_shape shape = {.plain = true, .single = true};
    bool outer_space;

    if (!n)
        return shape;
    if (strncmp(text, "---", 3) == 0 || strncmp(text, "...", 3) == 0)
        t.block_indicator = t.flow_indicator = true;
    walk(&t, text, n);
    outer_space = text[0] == ' ' || text[0] == '\n' || text[n - 1] == ' ' || text[n - 1] == '\n';
    shape.multiline = t.line_break;
    shape.single = !t.break_space && !t.space_break && !t.special;
    shape.plain = shape.single && !t.line_break && !outer_space && !t.block_indicator;
    shape.flow = shape.plain && !t.flow_indicator;
    shape.literal = !t.space_break && !t.special && text[0] != ' ' && text[0] != '\n' && text[n - 1] != ' ' &&
                    !(n > 1 && text[n - 1] == '\n' && text[n - 2] == '\n');
    return shape;
}
