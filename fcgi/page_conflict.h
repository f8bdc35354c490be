/*
 * What the files of the conflict's page share.
 */
#ifndef TIDELINE_FCGI_PAGE_CONFLICT_H
#define TIDELINE_FCGI_PAGE_CONFLICT_H

#include "fcgi/conflict_items.h"

/* So much of a page is for what people wrote: the sides, what is filled into the form, and what comes in besides. */
enum { CONFLICT_SIDES_BYTES = 8500, CONFLICT_OWN_BYTES = 2500, CONFLICT_BESIDE_BYTES = 2500 };

/* "/conflicts/ID" */
const char *conflict_address(struct exchange *x, const char *id);

/* As much of a title as lists and headings have room for. */
const char *conflict_title(struct exchange *x, const char *title);

/* What an open conflict is about, for people who may not or need not decide as well: model.items, whole, rest, and beside what comes in without a
 * question and what else was changed. form: with what is needed to choose. */
void conflict_set_questions(struct exchange *x, struct json_object *model, const struct json_object *conflict,
                            bool form);

/* What is in question, in a few words: "Title, Importance", "removed there, changed here". */
const char *conflict_words(struct exchange *x, const struct json_object *conflict);

/* model.decisions {items: [{text, author, when, undone}], undo} of service_conflict_show(); null when there are none. */
void conflict_set_decisions(struct exchange *x, struct json_object *model, const struct json_object *view);

/* What became of the event and comes next, from service_event_show() or the answer to a decision; NULL: nothing to say. */
const char *conflict_next_words(const struct json_object *event);

#endif
