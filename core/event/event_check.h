/* What the texts of id, date, title and status may be: shared by files of core/event that read them from a file and from
 * fields. */
#ifndef TIDELINE_EVENT_EVENT_CHECK_H
#define TIDELINE_EVENT_EVENT_CHECK_H

#include "core/event/event_internal.h"

#define EVENT_NOT_TEXT_WORDS "a list or a map; write it as text."

/* What is wrong with a text, as a sentence that begins with a small letter ("the title …"); NULL: nothing. */
const char *event_text_problem(struct arena *a, const char *key, const char *text);

#endif
