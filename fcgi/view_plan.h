/*
 * What an import would do, or what a refused one would have removed, in words and in lists for the partial `event_lists`.
 */
#ifndef TIDELINE_FCGI_VIEW_PLAN_H
#define TIDELINE_FCGI_VIEW_PLAN_H

#include "fcgi/view.h"

/* A list of events under a heading. `linked`: they have a page here. total: how many there are, the list may be shorter. */
struct view_plan_list {
    const char *id; /* of its heading */
    const char *heading, *text;
    const struct json_object *events; /* [{id, date, title, fields?, change?}] */
    int64_t total;
    bool linked, open;
};

/* How many bytes of rows a page has room for; each list takes of it. */
enum { VIEW_PLAN_BYTES = 18 * 1024 };
struct view_plan {
    struct exchange *x;
    struct json_object *lists; /* model.lists */
    size_t room;
};

/* model.lists, empty. */
struct view_plan view_plan_begin(struct exchange *x, struct json_object *model);
/* Nothing for an empty list. */
void view_plan_add(struct view_plan *plan, const struct view_plan_list *list);

/* The events that a pull would remove: of the report of a dry run, or of a refused pull. */
const struct json_object *view_plan_deletions(const struct json_object *result, int64_t *total);

/* "3 new events, 1 removed"; NULL: nothing. */
const char *view_plan_sum(struct exchange *x, const struct json_object *result);

#endif
