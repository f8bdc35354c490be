/*
 * Writes one text as a YAML scalar: plain, quoted or literal, folded where PyYAML's emitter folds. A character that
 * needs double quotes keeps its neighbours readable: emoji stay as they are (PyYAML escapes them there).
 */
#include <stdio.h>
#include <string.h>

#include "core/event/event_write.h"
#include "core/util/utf8.h"

void event_write_put(struct event_yaml *y, const char *p, size_t n)
{
    str_addn(y->out, p, n);
    y->column += utf8_length(p, n);
}

void event_write_line(struct event_yaml *y, size_t indent)
{
    str_addc(y->out, '\n');
    for (size_t i = 0; i < indent; i++)
        str_addc(y->out, ' ');
    y->column = indent;
}

/* A run of spaces: the fold replaces a single one, never at the start or end of the text. */
static void put_spaces(struct event_yaml *y, const char *run, size_t n, size_t indent, bool may_fold)
{
    if (n == 1 && may_fold && y->column > y->width)
        event_write_line(y, indent);
    else
        event_write_put(y, run, n);
}

static void write_plain(struct event_yaml *y, const char *text, size_t indent, bool fold)
{
    for (const char *p = text; *p;) {
        size_t spaces = strspn(p, " ");
        size_t word = strcspn(p + spaces, " ");

        if (spaces)
            put_spaces(y, p, spaces, indent, fold);
        event_write_put(y, p + spaces, word);
        p += spaces + word;
    }
}

/* n line breaks between quotes are n+1 in the file, because a single one reads as a space. */
static void put_breaks(struct event_yaml *y, size_t n, size_t indent)
{
    for (size_t i = 0; i < n; i++)
        str_addc(y->out, '\n');
    event_write_line(y, indent);
}

static void write_single(struct event_yaml *y, const char *text, size_t indent, bool fold)
{
    event_write_put(y, "'", 1);
    for (const char *p = text; *p;) {
        size_t n = strspn(p, " ");

        if (n) {
            put_spaces(y, p, n, indent, fold && p != text && p[n]);
        } else if ((n = strspn(p, "\n"))) {
            put_breaks(y, n, indent);
        } else if (*p == '\'') {
            n = 1;
            event_write_put(y, "''", 2);
        } else {
            n = strcspn(p, " \n'");
            event_write_put(y, p, n);
        }
        p += n;
    }
    event_write_put(y, "'", 1);
}

/* The escape of a character between double quotes; empty when it stands for itself. */
static void escape_of(uint32_t c, char out[16])
{
    static const char named[] = "\aa\bb\tt\nn\vv\ff\rr\033e\"\"\\\\";

    out[0] = '\0';
    for (const char *p = named; *p; p += 2)
        if (c == (unsigned char)*p) {
            (void)snprintf(out, 16, "\\%c", p[1]);
            return;
        }
    if (c == 0x85)
        (void)snprintf(out, 16, "\\N");
    else if (c == 0x2028 || c == 0x2029)
        (void)snprintf(out, 16, c == 0x2028 ? "\\L" : "\\P");
    else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
        (void)snprintf(out, 16, "\\x%02X", c);
    else if (c == 0xFEFF || c == 0xFFFE || c == 0xFFFF)
        (void)snprintf(out, 16, "\\u%04X", c);
    else if (c == 0x10FFFF)
        (void)snprintf(out, 16, "\\U%08X", c);
}

/* Between double quotes a line may break at a space or beside an escape. A backslash ends the line, so that nothing is
 * read for the break; a space that starts the next line needs a backslash of its own. */
static void fold_double(struct event_yaml *y, const char *run, const char *from, size_t indent)
{
    event_write_put(y, run, (size_t)(from - run));
    event_write_put(y, "\\", 1);
    event_write_line(y, indent);
    if (*from == ' ')
        event_write_put(y, "\\", 1);
}

/* Whether PyYAML breaks the line at p: harmless characters from run on are not written yet, an escape at p is. */
static bool breaks_at(const struct event_yaml *y, const char *run, const char *p)
{
    size_t pending = run < p ? utf8_length(run, (size_t)(p - run)) : 0;
    size_t ahead = run > p ? 1 : 0;

    return (*p == ' ' || run >= p) && y->column + pending - ahead > y->width;
}

static void write_double(struct event_yaml *y, const char *text, size_t indent, bool fold)
{
    const char *end = text + strlen(text);
    const char *run = text;
    size_t length;

    event_write_put(y, "\"", 1);
    for (const char *p = text; p < end; p += length) {
        uint32_t point = 0;
        char escape[16];

        length = utf8_decode(p, (size_t)(end - p), &point);
        length = length ? length : 1;
        escape_of(point, escape);
        if (*escape) {
            event_write_put(y, run, (size_t)(p - run));
            event_write_put(y, escape, strlen(escape));
            run = p + length;
        }
        if (fold && p > text && p + length < end && breaks_at(y, run, p)) {
            const char *from = run > p ? run : p;

            fold_double(y, run, from, indent);
            run = from;
        }
    }
    event_write_put(y, run, (size_t)(end - run));
    event_write_put(y, "\"", 1);
}

/* Only for texts whose shape allows it: no indentation indicator, clip or strip. */
static void write_literal(struct event_yaml *y, const char *text, size_t indent)
{
    size_t n = strlen(text);
    const char *end = text + n;

    event_write_put(y, "|-", text[n - 1] == '\n' ? 1 : 2);
    if (text[n - 1] == '\n')
        end--;
    for (const char *p = text; p <= end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((stop ? stop : end) - p);

        event_write_line(y, length ? indent : 0);
        event_write_put(y, p, length);
        p += length + 1;
    }
}

void event_write_text(struct event_yaml *y, const char *text, size_t indent, char style, bool fold)
{
    struct event_shape shape = event_write_shape(text, strlen(text));

    if (style == '|' && shape.literal && fold && *text)
        write_literal(y, text, indent);
    else if (!style && shape.plain && *text && event_scalar_kind(text) == EVENT_SCALAR_TEXT)
        write_plain(y, text, indent, fold);
    else if (style != '"' && shape.single && !(shape.multiline && !fold))
        write_single(y, text, indent, fold);
    else
        write_double(y, text, indent, fold);
}
