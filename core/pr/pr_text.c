/*
 * The texts of a pull request: CONTRACT.md, "Titles, descriptions and commit messages when none is given".
 *
 * Event text is other people's. A backslash stops Markdown, but GitHub looks for mentions, issue numbers, commit ids
 * and addresses in the rendered text, where the backslash is gone already: those are broken by a zero-width space, in
 * commit messages too, because a message "Fixes #1" closes an issue when it lands.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/pr/pr_builder.h"
#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

#define BREAK "\xe2\x80\x8b" /* U+200B */

enum {
    TITLE_CHARACTERS = 300, /* of an event's title in a list */
    DATE_CHARACTERS = 32,
    BODY_BYTES = 65535, /* GitHub takes 65,536 characters; bytes are never fewer */
    TAIL_BYTES = 1024,  /* kept free for what follows the lists */
    MESSAGE_LINES = 100,
};

struct writer {
    struct str *out;
    const char *start, *p;
    bool markdown;
};

static bool is_alnum(char c)
{
    return isalnum((unsigned char)c) != 0;
}

static bool word_start(const struct writer *w)
{
    return w->p == w->start || !is_alnum(w->p[-1]);
}

/* Length of the prefix here that an autolink begins with, up to where it must be broken; else 0. */
static size_t link_prefix(const struct writer *w)
{
    const char *p = w->p;

    if ((*p == '@' || (*p == '#' && !w->markdown)) && is_alnum(p[1]))
        return 1;
    if (strncmp(p, "://", 3) == 0)
        return 1;
    if (!word_start(w))
        return 0;
    if (strncasecmp(p, "www.", 4) == 0)
        return 3;
    return strncasecmp(p, "gh-", 3) == 0 && isdigit((unsigned char)p[3]) ? 2 : 0;
}

/* A word that could be a commit: 7 to 40 hexadecimal digits, letters and digits mixed. */
static bool commit_here(const struct writer *w)
{
    size_t n = strspn(w->p, "0123456789abcdef");
    size_t digits = strcspn(w->p, "abcdef");
    size_t letters = strcspn(w->p, "0123456789");

    return word_start(w) && n >= 7 && n <= 40 && digits < n && letters < n && !is_alnum(w->p[n]);
}

/* "1." and "1)" begin a list where a line begins. */
static bool list_number_here(const struct writer *w)
{
    size_t n = (size_t)(w->p - w->start);

    return (*w->p == '.' || *w->p == ')') && n > 0 && strspn(w->start, "0123456789") == n;
}

static bool entity_here(const char *p)
{
    size_t n = 1 + strspn(p + 1, "#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    return *p == '&' && n > 1 && p[n] == ';';
}

static bool special_here(const struct writer *w)
{
    if (strchr("\\`*_[]<>#~|$", *w->p) || entity_here(w->p) || list_number_here(w))
        return true;
    return (*w->p == '!' && w->p[1] == '[') || (w->p == w->start && strchr("-+=", *w->p));
}

/* One character of ASCII at w->p, or a prefix that is broken. Returns the bytes taken. */
static size_t write_ascii(struct writer *w)
{
    size_t prefix = link_prefix(w);

    if (prefix) {
        str_addn(w->out, w->p, prefix);
        str_add(w->out, BREAK);
        return prefix;
    }
    if (w->markdown && special_here(w))
        str_addc(w->out, '\\');
    str_addc(w->out, iscntrl((unsigned char)*w->p) ? ' ' : *w->p);
    if (commit_here(w) || (*w->p == '#' && is_alnum(w->p[1])))
        str_add(w->out, BREAK);
    return 1;
}

static size_t write_one(struct writer *w, size_t left)
{
    uint32_t point;
    size_t n = utf8_decode(w->p, left, &point);

    if (n == 1 && point < 0x80)
        return write_ascii(w);
    if (n == 0 || utf8_is_control(point))
        str_addc(w->out, '?');
    else
        str_addn(w->out, w->p, n);
    return n ? n : 1;
}

/* Text that does nothing, at most `limit` characters of it. */
static void write_harmless(struct str *out, const char *text, size_t limit, bool markdown)
{
    struct writer w = {.out = out, .start = text, .p = text, .markdown = markdown};
    const char *end = text + strlen(text);

    for (size_t count = 0; w.p < end; count++) {
        if (count == limit) {
            str_add(out, "…");
            return;
        }
        w.p += write_one(&w, (size_t)(end - w.p));
    }
}

static char *harmless(struct arena *a, const char *text, size_t limit, bool markdown)
{
    struct str out;

    str_init(&out, a, strlen(text) * 5 + 16);
    write_harmless(&out, text, limit, markdown);
    return out.p;
}

char *pr_text_escape(struct arena *a, const char *text, size_t limit)
{
    return harmless(a, text, limit, true);
}

/* "D1 to D2", or the one date. */
static char *range(struct arena *a, const struct pr_text_event *events, size_t n, bool markdown)
{
    const char *first = n ? events[0].date : "";
    const char *last = first;

    for (size_t i = 1; i < n; i++) {
        if (strcmp(events[i].date, first) < 0)
            first = events[i].date;
        if (strcmp(events[i].date, last) > 0)
            last = events[i].date;
    }
    if (str_eq(first, last))
        return harmless(a, first, DATE_CHARACTERS, markdown);
    return arena_printf(a, "%s to %s", harmless(a, first, DATE_CHARACTERS, markdown),
                        harmless(a, last, DATE_CHARACTERS, markdown));
}

static bool only_removes(const struct pr_text_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!str_eq(events[i].change, "removed"))
            return false;
    return n > 0;
}

/* A title that says "Add" over nothing but removals would be read, and merged, as the opposite of what it does. */
char *pr_text_title(struct arena *a, const struct pr_text_event *events, size_t n)
{
    return arena_printf(a, "%s event%s (%s)",
                        arena_printf(a, only_removes(events, n) ? "Remove %zu" : "Add %zu researched", n),
                        n == 1 ? "" : "s", range(a, events, n, false));
}

static int by_date(const void *left, const void *right)
{
    const struct pr_text_event *l = left;
    const struct pr_text_event *r = right;
    int order = strcmp(l->date, r->date);

    return order ? order : strcmp(l->id, r->id);
}

static struct pr_text_event *sorted(struct arena *a, const struct pr_text_event *events, size_t n)
{
    struct pr_text_event *copy = arena_array(a, n ? n : 1, sizeof *copy);

    if (n) {
        memcpy(copy, events, n * sizeof *copy);
        qsort(copy, n, sizeof *copy, by_date);
    }
    return copy;
}

/* In a code span nothing is special but the backtick. */
static char *date_span(struct arena *a, const char *date)
{
    char *text = harmless(a, date, DATE_CHARACTERS, false);

    for (char *p = text; *p; p++)
        if (*p == '`')
            *p = '\'';
    return text;
}

struct section {
    const char *change;
    const char *heading;
};

static const struct section sections[] = {
    {"added", "### Events Added:"}, {"changed", "### Events Updated:"}, {"removed", "### Events Removed:"}};

/* Adds what fits; returns how many lines it left out. */
static size_t add_section(struct str *out, const struct section *section, const struct pr_text_event *events,
                          size_t n)
{
    size_t left_out = 0;
    bool begun = false;

    for (size_t i = 0; i < n; i++) {
        char *line;
        size_t needed;

        if (!str_eq(events[i].change, section->change))
            continue;
        line = arena_printf(out->arena, "- `%s` - %s\n", date_span(out->arena, events[i].date),
                            pr_text_escape(out->arena, events[i].title, TITLE_CHARACTERS));
        needed = strlen(line) + (begun ? 0 : strlen(section->heading) + 2);
        if (left_out || out->n + needed > BODY_BYTES - TAIL_BYTES) {
            left_out++;
            continue;
        }
        if (!begun)
            str_addf(out, "%s\n", section->heading);
        begun = true;
        str_add(out, line);
    }
    if (begun)
        str_addc(out, '\n');
    return left_out;
}

static void add_quality(struct str *out, const struct pr_text_event *events, size_t n)
{
    double sum = 0;
    long sources = 0;
    size_t rated = 0;

    for (size_t i = 0; i < n; i++) {
        sources += events[i].sources;
        if (events[i].score >= 0) {
            sum += events[i].score;
            rated++;
        }
    }
    str_add(out, "### Quality Assurance\n- All events validated by QA system\n");
    if (rated)
        str_addf(out, "- Average quality score: %.2f/10\n", sum / (double)rated);
    str_addf(out, "- Total sources: %ld\n\n", sources);
}

char *pr_text_description(struct arena *a, const struct pr_text_event *events, size_t n)
{
    struct pr_text_event *all = sorted(a, events, n);
    struct str out;
    size_t left_out = 0;

    str_init(&out, a, BODY_BYTES);
    str_addf(&out, "## Research Batch Summary\n\n**Events**: %zu\n**Date Range**: %s\n\n", n,
             range(a, all, n, true));
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        left_out += add_section(&out, &sections[i], all, n);
    if (left_out)
        str_addf(&out,
                 "… and %zu more event%s, left out of this list for its length; the changed files show them "
                 "all.\n\n",
                 left_out, left_out == 1 ? "" : "s");
    add_quality(&out, all, n);
    str_add(&out, "🤖 Generated by Tideline");
    return out.p;
}

static const char *verb_of(const char *change)
{
    if (str_eq(change, "removed"))
        return "Remove ";
    return str_eq(change, "changed") ? "Update " : "";
}

char *pr_text_message(struct arena *a, const char *title, const struct pr_text_event *events, size_t n)
{
    struct pr_text_event *all = sorted(a, events, n);
    struct str out;

    str_init(&out, a, BODY_BYTES);
    str_addf(&out, "%s\n\n", title);
    for (size_t i = 0; i < n && i < MESSAGE_LINES; i++)
        str_addf(&out, "- %s: %s%s\n", harmless(a, all[i].date, DATE_CHARACTERS, false),
                 verb_of(all[i].change), harmless(a, all[i].title, 100, false));
    if (n > MESSAGE_LINES)
        str_addf(&out, "- and %zu more\n", n - MESSAGE_LINES);
    str_add(&out, "\n🤖 Generated by Tideline\n");
    return out.p;
}

char *pr_text_branch(struct arena *a, const char *prefix, int64_t time_us, size_t n, const char *batch_hash)
{
    return arena_printf(a, "%s/%s-%zu-events-%.8s", prefix, clock_compact_date(a, time_us), n, batch_hash);
}
