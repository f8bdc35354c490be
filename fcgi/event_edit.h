/*
 * Writing one event in a browser: what a form holds on its way from the page to the service and back. Shared by the form
 * (page_event_form.c), what follows it (page_event_preview.c) and the page of a stale save (page_event_stale.c).
 */
#ifndef TIDELINE_FCGI_EVENT_EDIT_H
#define TIDELINE_FCGI_EVENT_EDIT_H

#include "core/service/service_write.h"
#include "fcgi/event_form.h"
#include "fcgi/exchange.h"

struct event_edit {
    const char *id;            /* of the event that is edited; NULL: a new one */
    int64_t revision;          /* that the form was opened on; 0: a new one */
    int64_t over;              /* that a save is to replace: the same, or a later one that was looked at since */
    struct json_object *base;  /* the event's fields in that revision; NULL: a new one */
    struct json_object *typed; /* as event_form.h has it; NULL: the whole event is edited as text */
    const char *whole;         /* that text; NULL: fields */
    struct json_object *problems; /* [{field, error}] */
    struct err why;               /* why the form is back, where that is not about single fields; code 0: it is not */
    const char *note;             /* what more there is to say above it; NULL: nothing */
};

/* "/events/ID/PART", or "/events/ID" for "". */
const char *event_edit_address(struct exchange *x, const char *id, const char *part);

/* What was sent, and the event it was opened on. ERR_NOT_FOUND, ERR_INVALID_INPUT. */
enum err_code event_edit_read(struct exchange *x, struct event_edit *edit, struct err *e);

/* What the service is asked to keep. False: problems say why it cannot be meant. */
bool event_edit_draft(struct exchange *x, struct event_edit *edit, struct service_draft *out);

/* The form, with what was typed and what is wrong with it. */
enum err_code event_edit_show(struct exchange *x, const struct event_edit *edit, struct response *out,
                              struct err *e);

/* The form again if the person at it can do something about this failure; else the failure itself. */
enum err_code event_edit_refuse(struct exchange *x, struct event_edit *edit, const struct err *why,
                                struct response *out, struct err *e);

/* model.hidden: what the form held, to be sent again from another page. */
void event_edit_carry(struct exchange *x, struct json_object *model);

/* page_event_preview.c: model.duplicates for the partial `duplicates`, from a preview's; null when there are none. */
void event_edit_duplicates(struct exchange *x, struct json_object *model, const struct json_object *list);

/* page_event_preview.c: what it would become. */
enum err_code event_edit_preview(struct exchange *x, struct event_edit *edit,
                                 const struct service_draft *draft, struct response *out, struct err *e);

/* page_event_stale.c: both versions, from the view of ERR_STALE; and the form with both put together. */
enum err_code event_edit_stale(struct exchange *x, const struct event_edit *edit,
                               const struct json_object *view, struct response *out, struct err *e);
enum err_code event_edit_merge(struct exchange *x, struct event_edit *edit, const struct service_draft *draft,
                               struct response *out, struct err *e);

#endif
