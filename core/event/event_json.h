/* JSON files and places in files. Used by the files of core/event only. */
#ifndef TIDELINE_EVENT_EVENT_JSON_H
#define TIDELINE_EVENT_EVENT_JSON_H

#include "core/event/event_internal.h"

/* The object that a JSON file holds, owned by the arena. ERR_INVALID_EVENT with the line. The bytes must be UTF-8. */
enum err_code event_json_read(struct arena *a, const char *p, size_t n, struct json_object **out,
                              struct err *e);

/* The line of a key of the outermost object; 1 when it has no such key. The JSON must be valid. */
int event_json_line(const char *p, size_t n, const char *key);

/* The line of a byte, from 1. */
int event_line_of(const char *p, size_t at);

#endif
