/*
 * The members of an API request's body: which there may be, and of what type. A member that is not known is refused by its
 * name, so that a typing error is not ignored in silence.
 */
#ifndef TIDELINE_FCGI_MEMBERS_H
#define TIDELINE_FCGI_MEMBERS_H

#include "fcgi/exchange.h"

enum { MEMBERS_EVENTS = 10000 };

enum member_type {
    MEMBER_FLAG, /* true or false */
    MEMBER_TEXT,
    MEMBER_TEXTS,  /* a list of texts */
    MEMBER_ID,     /* a whole number from 1 */
    MEMBER_OBJECT,
    MEMBER_EVENT,  /* an event: an object of its fields, or a text as it would stand in a file */
    MEMBER_NUMBER, /* any number, or null for none */
    MEMBER_EVENTS, /* a list of ids, or of {"id", "revision"}; not empty, at most MEMBERS_EVENTS */
};

struct member {
    const char *name; /* NULL ends a list of members */
    enum member_type type;
};

/* Hold x->body to the list. ERR_INVALID_FIELDS with service_problems(). */
enum err_code members_check(struct exchange *x, const struct member *known, struct err *e);

/* Say that one of them is wrong; the result is what the handler returns. */
enum err_code members_refuse(struct exchange *x, const char *name, const char *problem, struct err *e);

/* The texts of a list of the body, NULL-terminated; NULL when it is not there. Of MEMBER_EVENTS: their ids, and beside them in *revisions (may be
 * NULL) what was named with them, 0 where nothing was. */
const char *const *members_texts(struct exchange *x, const struct json_object *body, const char *name,
                                 const int64_t **revisions);

#endif
