/*
 * The questions of a conflict: one for each field, or part of the sources, that both sides changed; how each is answered in a
 * form, and what a form that came back answers. Names of fields are whatever a repository holds, so nothing of the form is
 * named by them unless they are plain words.
 */
#ifndef TIDELINE_FCGI_CONFLICT_ITEMS_H
#define TIDELINE_FCGI_CONFLICT_ITEMS_H

#include "core/service/service_conflict.h"
#include "fcgi/exchange.h"

/* Questions on one page; the rest is answered with one choice for all of them. */
enum { CONFLICT_ITEMS = 12 };

/* How a value of one's own is written. */
enum conflict_own { OWN_LINE, OWN_TEXT, OWN_NUMBER, OWN_LIST, OWN_JSON };

struct conflict_item {
    const char *choice, *field; /* as the service names them: "sources/1" of "sources"; "title" twice */
    const char *id;             /* on the page, the same whatever else is in question: "title", "X5f0c…" */
    const char *label;          /* "Title", "Outlet of the source https://…" */
    const struct json_object *sides; /* base, ours, theirs, each missing where it is not there */
    enum conflict_own own;
};

struct conflict_items {
    struct conflict_item items[CONFLICT_ITEMS];
    size_t n;
    size_t more; /* that are not among them */
    bool
        whole; /* nothing to choose by field: one side removed the event, or what both make together cannot be kept */
};

void conflict_items(struct exchange *x, const struct json_object *conflict, struct conflict_items *out);

/* "Title" of "title": at most 80 bytes of it. */
const char *conflict_label(struct exchange *x, const char *field);

/* What the form that was sent answers. What it leaves open, or what cannot be meant, is noted with service_problems(), the field named by the item's id;
 * ERR_INVALID_FIELDS then. */
enum err_code conflict_items_read(struct exchange *x, const struct conflict_items *items,
                                  struct service_resolution *out, struct err *e);

/* "ours", "theirs" or "own" as the form has it for the item; "" while nothing is chosen. */
const char *conflict_chosen(struct exchange *x, const struct conflict_item *item);

/*
 * The item's own value for the template: {id, name, value, hint, line, area, rows, mono, later}. What was typed, else what
 * stands here, as far as *room_bytes reaches; where it does not, later is true and there is no value yet.
 */
struct json_object *conflict_own(struct exchange *x, const struct conflict_item *item, size_t *room_bytes);

/* The names of the form's fields. */
#define CONFLICT_CHOICE "choice_"
#define CONFLICT_OWN "own_"
#define CONFLICT_WHOLE "event" /* the item id of `whole`, and the rest's */
#define CONFLICT_REST "rest"

#endif
