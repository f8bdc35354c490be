/*
 * The form of an event: between an event's own fields and what a person sees and types. Pure: values in, values out.
 *
 * Whatever nobody touched comes out as it went in: types, order of keys, keys of a source that have no field of their
 * own, line ends that a browser would change. So the form says what was typed, and that is laid over the event that the
 * form was opened on. A field whose value has a shape that its input cannot hold (tags that are a map, a title that is
 * true) is not on the form; it stands with all keys that have no field in `more`, as JSON.
 *
 * What is typed is one object, the same whether it was read from a POST or made from an event:
 *   {id, date, title, importance, status, summary, body, actors, tags, more: text,
 *    sources: [{title, url, outlet, date: text, was: text, remove: bool}]}
 * A member that is missing is not on the form. actors and tags hold one item a line. was says what source a row began
 * as: its place in the event ("0"), or the source itself in a list of one; missing in a row that was added. A
 * source whose title, url, outlet and date are nothing that inputs could hold is a row without them, which can only be
 * removed.
 */
#ifndef TIDELINE_FCGI_EVENT_FORM_H
#define TIDELINE_FCGI_EVENT_FORM_H

#include "core/util/jx.h"
#include "fcgi/form.h"

enum { EVENT_FORM_SOURCES = 200 }; /* rows; an event with more of them has its sources in `more` */

/* What a form shows for this content (NULL: nothing yet). base: the event that it is a form of (NULL: a new one). Owned by the arena, as
 * all results here. */
struct json_object *event_form_fill(struct arena *a, struct json_object *content, struct json_object *base);

/* What was sent. ERR_INVALID_INPUT: a field twice, more rows than a form has. */
enum err_code event_form_read(struct arena *a, const struct form *f, struct json_object **typed,
                              struct err *e);

/* The event that base becomes by what was typed (base NULL: a new one), and [{field, error}] about what cannot be meant; its fields
 * are good only without any. Shares values with base. */
struct event_form_result {
    struct json_object *fields;
    struct json_object *problems;
};
void event_form_apply(struct arena *a, struct json_object *base, struct json_object *typed,
                      struct event_form_result *out);

/* What an input of one line shows for a value, or NULL when it cannot: a text without line breaks and control characters, a number, "" for
 * null and for what is not there. */
const char *event_form_line(struct arena *a, struct json_object *value);

/* What was typed into an input that showed was: of its type where it can be. NULL: emptied. */
struct json_object *event_form_value(struct arena *a, const char *typed, struct json_object *was);

/* event_form_source.c: the rows of `sources`, and the list that they become (NULL: none is left). */
struct json_object *event_form_source_rows(struct arena *a, struct json_object *sources,
                                           struct json_object *base);
struct json_object *event_form_sources(struct arena *a, struct json_object *base, struct json_object *rows);
/* A row's source as JSON if it has no inputs; NULL: it has. */
const char *event_form_source_odd(struct arena *a, struct json_object *base, struct json_object *row);
/* The keys of a row's source that have no input, "publisher: The Archive, tier: 1", cut where it gets long; NULL: none. */
const char *event_form_source_rest(struct arena *a, struct json_object *base, struct json_object *row);
/* "source_3_title": the name of an input, rows counted from 1. */
const char *event_form_source_name(struct arena *a, size_t row, const char *part);

/* Nothing but white space. */
bool event_form_is_blank(const char *text);

#endif
