/*
 * The event: one dated record, held in a repository as one file. This module is pure: bytes in, values out.
 *
 * An event's content is one JSON object of its own fields, in the order of the file, with every key that the file has.
 * Text that YAML reads as a date stays text. The body of a Markdown file is the field `summary` when the front matter
 * has none, else `body`; an empty body adds no field.
 *
 * Formats: Markdown with YAML front matter between `---` lines, JSON (RFC 8259), YAML 1.1 as PyYAML's SafeLoader
 * resolves it (the reference tools use it). Limits: 1 MiB a file, depth 32.
 *
 * All results live in the arena that was given; `fields` is owned by it (jx_own).
 */
#ifndef TIDELINE_EVENT_EVENT_H
#define TIDELINE_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/jx.h"
#include "core/util/str.h"

enum { EVENT_FILE_BYTES = 1024 * 1024 };

enum event_format { EVENT_NONE, EVENT_MD, EVENT_JSON, EVENT_YAML };

/* By extension: .md, .json, .yaml, .yml. Names that are never events (README.md, _index.md and other names that begin
 * with '_' or '.') and unknown extensions give EVENT_NONE. name is a file name without folder, as bytes. */
enum event_format event_format_of(const char *name);

/* ".md", ".json", ".yaml". */
const char *event_extension(enum event_format format);

/* Something worth saying that did not stop the parse. */
struct event_warning {
    struct event_warning *next;
    int line;         /* from 1; 0 when the whole file is meant */
    const char *rule; /* snake_case name, stable */
    const char *text; /* one sentence */
};

struct event {
    const char *id;    /* inside the file, else the file name without extension */
    const char *date;  /* text as written, "" never */
    const char *title; /* never empty, no control characters */
    struct json_object *fields;
    enum event_format format;
    bool id_made; /* by event_parse_given(): there was none inside */
    struct event_warning *warnings; /* in order of lines */
};

/*
 * Parse one file. file_name (without folder) gives the format and, where the file has no id, the id.
 * Refused with ERR_INVALID_EVENT and the line: not UTF-8, not parsable, no date or title, duplicate keys, anchors,
 * aliases, tags, merge keys, a second document, NaN or out-of-range numbers, control characters in id, date or title, an
 * id, date or status above 255 bytes, a title above 4,096.
 * ERR_TOO_LARGE above EVENT_FILE_BYTES.
 * Warned about, at most 100 times a file: id that differs from the file name (rule id_differs), no id inside
 * (id_missing), date that differs from the name's (date_differs) or does not exist (date_invalid), id, date or title
 * that is a number or a bool (number_as_text: used as text here, unchanged in `fields`), a value that is a comment
 * (comment_as_null: `- #MeToo`), a plain scalar cut at ` #` (cut_at_hash), keys that are not text (key_not_text, made
 * text), a tab that PyYAML refuses (tab_outside_quotes), an empty summary above a body (summary_empty).
 */
enum err_code event_parse(struct arena *a, const char *file_name, const char *p, size_t n, struct event *out,
                          struct err *e);

/* An event alone that a person gave: JSON or Markdown by its first bytes. */
struct event_given {
    const char *p;
    size_t n;
    const char *file_name; /* without folder; NULL: none. One that says YAML is believed. */
    const char *id; /* of the event whose next content this is to be; NULL: a new event */
};

/*
 * Parse it. A new event's id must pass event_id_valid_new; where it has none, it gets the file's name when that is such an id, else the one
 * that date and title propose. The id of one that is there may be missing inside (it is not put there) but not be another.
 * Refused otherwise as event_parse() does.
 */
enum err_code event_parse_given(struct arena *a, const struct event_given *given, struct event *out,
                                struct err *e);

/* The same for a new event without a file (`event add -`). */
enum err_code event_parse_input(struct arena *a, const char *p, size_t n, struct event *out, struct err *e);

/* Why fields that came without a file (of a form, of a program) make no event: what event_parse() would refuse, by field. */
struct event_problem {
    struct event_problem *next;
    const char *field;
    const char *text; /* one sentence that says what to do */
};

/* NULL: nothing is wrong with id, date, title and status. An id may be missing. */
struct event_problem *event_check(struct arena *a, struct json_object *fields);

/* How the id of a new event is made, to end a sentence that begins with "… is". */
#define EVENT_NEW_ID_WORDS                                                                                   \
    "its date, two hyphens and up to 120 small letters, digits and hyphens, like 2025-11-06--what-happened; " \
    "or leave the id out and one is made."

/* New ids: ^\d{4}-\d\d-\d\d--[a-z0-9]([a-z0-9-]{0,118}[a-z0-9])?$ with a date that exists. */
bool event_id_valid_new(const char *id);

/* "2025-11-06--a-title-in-ascii" from a date and a title; always passes event_id_valid_new when date is a valid date. */
char *event_id_propose(struct arena *a, const char *date, const char *title);

/* The same fields with this id, which stands in front. */
struct json_object *event_with_id(struct arena *a, struct json_object *fields, const char *id);

/* Equality of contents: key order does not matter, list order does. */
bool event_same(struct arena *a, struct json_object *left, struct json_object *right);

/* SHA-256 in hexadecimal of the canonical content: equal contents, equal hash. The arena also gets the canonical text,
 * which is as large as the event. */
char *event_hash(struct arena *a, struct json_object *fields);

/*
 * Write a new file, deterministic, in the house style of real timelines. Markdown: front matter in the order id, date, title,
 * importance, status, tags, actors, sources, then the other keys in their own order; list items at the parent's indentation;
 * scalars plain where YAML 1.1 reads them back as the same text, else quoted as PyYAML's safe_dump does; lines folded at
 * 80 as it does; body last, with a final newline. JSON: two spaces, UTF-8 unescaped, fields in the same order, final newline.
 * event_parse of the result gives the same fields (event_same). EVENT_YAML writes YAML.
 */
enum err_code event_write(struct arena *a, struct json_object *fields, enum event_format format, struct str *out,
                          struct err *e);

/*
 * Rewrite an existing file so that it holds `fields`, changing only the lines of the top-level fields (and list items)
 * that differ from what the bytes hold now; key order, quoting, comments, indentation, line endings and a missing final
 * newline of everything else survive. No difference: the identical bytes.
 */
enum err_code event_patch(struct arena *a, const char *file_name, const char *p, size_t n,
                          struct json_object *fields, struct str *out, struct err *e);

/* One rule that an event breaks, and what that costs. */
struct event_deduction {
    struct event_deduction *next;
    const char *rule;  /* snake_case, stable, documented in event_quality.c and the README */
    const char *field; /* the field it is about, or NULL */
    double points;     /* taken from 10 */
    const char *text;  /* one sentence that says how to mend it */
};

struct event_quality {
    double score; /* 0-10, two decimals */
    struct event_deduction *deductions; /* largest first */
};

/* The automatic quality score: 10 less the deductions, at least 0. Never fails: anything parsable has a score. */
void event_quality(struct arena *a, struct json_object *fields, struct event_quality *out);

/*
 * Do two titles of one day tell of the same thing? Capitals, accents and punctuation make no difference. Words are compared,
 * longer ones weighing more, and forms of one word ("resigns", "resigned") count as equal: near when what both have makes up two thirds
 * of the two, or when a title of at least three words stands wholly in the other. *nearness: 0 to 1.
 */
bool event_titles_near(struct arena *a, const char *left, const char *right, double *nearness);

/* The addresses (http, https) of an event's sources, each once, as https in a spelling that is the same for the same page: case of scheme
 * and host, a name and password, default port, fragment and slash at the end make no difference. At most EVENT_SOURCE_URLS. */
enum { EVENT_SOURCE_URLS = 200 };
const char **event_source_urls(struct arena *a, struct json_object *fields, size_t *n);

/* Short forms that other modules show. Never NULL; "" when absent. Lists join with ", ". */
const char *event_text(struct arena *a, struct json_object *fields, const char *key);
int event_source_count(struct json_object *fields);

#endif
