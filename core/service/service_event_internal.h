/*
 * Shared by the files that show and write events. Private to this module.
 */
#ifndef TIDELINE_SERVICE_SERVICE_EVENT_INTERNAL_H
#define TIDELINE_SERVICE_SERVICE_EVENT_INTERNAL_H

#include "core/event/event_merge.h"
#include "core/service/service_internal.h"
#include "core/service/service_write.h"

/* An event as people see it: one that is only kept for other tools' tables is not there. *found false: neither. */
enum err_code event_find(struct service *s, const char *id, struct store_event *out, bool *found,
                         struct err *e);
/* The same; ERR_NOT_FOUND with a sentence that tells of its revisions when there are any. */
enum err_code event_there(struct service *s, const char *id, struct store_event *out, struct err *e);

/* What the repository holds of an event now, and its hash; NULL and "": nothing. */
enum err_code event_base(struct service *s, const char *id, const char **content, const char **hash,
                         struct err *e);

/* Fields of a content of the database; NULL when it is none (other programs write there too). */
struct json_object *event_fields(struct service *s, const char *content);

/* What somebody wrote, held to all that an event must be. */
struct draft {
    struct event event;
    const char *content, *hash; /* of event.fields */
};

/* ERR_INVALID_EVENT with the line, ERR_INVALID_FIELDS with service_problems(), ERR_TOO_LARGE, ERR_NOT_FOUND (the event that is to be edited). */
enum err_code draft_read(struct service *s, const struct service_draft *asked, struct draft *out,
                         struct err *e);

/* One change of one event, within a transaction. */
struct event_change {
    const char *id, *content, *hash;
    struct json_object *fields;
    const char *reason;
    int64_t looked_at; /* the revision; 0: any */
    bool added;        /* must not be there yet */
    bool back;         /* need not be there any more */
    /* Filled: what was there before. */
    struct store_event now;
    bool there, unchanged;
};

/* [w] ERR_EXISTS, ERR_NOT_FOUND, ERR_STALE. */
enum err_code event_write_change(struct service *s, struct event_change *change, struct err *e);
/* The same in a transaction of its own, and the answer of service_event_write(). */
enum err_code event_carry_out(struct service *s, struct event_change *change, struct json_object **view,
                              struct err *e);
/* Gives ERR_STALE back, with the view that service_write.h promises; e holds the sentence. fields NULL: a removal. */
enum err_code event_stale(struct service *s, const struct event_change *change, struct json_object **view,
                          struct err *e);

/* [field names] in which two sides of one content cannot both be kept (event_merge()). */
struct json_object *event_clashes(struct service *s, const struct event_sides *sides);

/* Events that may be the same as this one, which is not in the list itself; at most DUPLICATES_MOST, the surest first. check_id: nor may its id be there. */
enum { DUPLICATES_MOST = 20 };
struct likeness {
    const char *id, *date, *title;
    const char *const *urls; /* event_source_urls() */
    size_t n_urls;
    bool check_id;
    bool briefly;  /* the surest alone, among few: for who asks about thousands */
    size_t looked; /* filled: titles of that day that were compared */
};
enum err_code event_duplicates(struct service *s, struct likeness *of, struct json_object **list,
                               struct err *e);

struct json_object *event_view_deductions(const struct event_quality *quality);

#endif
