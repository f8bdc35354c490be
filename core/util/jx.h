/*
 * JSON (RFC 8259) on json-c: strict parsing, short setters and getters, one way to print.
 *
 * json-c objects are reference counted. The house rule: a root is handed to an arena with jx_own() and lives as long
 * as the arena; what is put into another object with jx_set() or jx_push() is owned by that object from then on. To put a part of one
 * tree into another tree, pass json_object_get(part).
 */
#ifndef TIDELINE_UTIL_JX_H
#define TIDELINE_UTIL_JX_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/str.h"

enum { JX_DEPTH = 32 }; /* nesting that is accepted */

/* Parse exactly one JSON value of n bytes, strictly: valid UTF-8, no duplicate keys, no NaN or Infinity, integers
 * within int64, numbers within double (their text is kept, so they print as they were written), depth <= JX_DEPTH, nothing behind it. *out is owned by the arena.
 * ERR_INVALID_INPUT with the line. */
enum err_code jx_parse(struct arena *a, const char *p, size_t n, struct json_object **out, struct err *e);

/* Hand a root to the arena; returns it. */
struct json_object *jx_own(struct arena *a, struct json_object *root);

/* Setters; object keys must be valid for the object's life only during the call. A NULL text sets JSON null. */
void jx_set(struct json_object *object, const char *key, struct json_object *value);
void jx_set_text(struct json_object *object, const char *key, const char *text);
void jx_set_int(struct json_object *object, const char *key, int64_t value);
void jx_set_bool(struct json_object *object, const char *key, bool value);
void jx_push(struct json_object *array, struct json_object *value);
void jx_push_text(struct json_object *array, const char *text);

/* Getters that never fail: a missing key or another type gives the fallback. Texts live as long as the object. */
struct json_object *jx_get(const struct json_object *object, const char *key);
const char *jx_get_text(const struct json_object *object, const char *key); /* NULL unless a string */
int64_t jx_get_int(const struct json_object *object, const char *key, int64_t fallback);
bool jx_get_bool(const struct json_object *object, const char *key, bool fallback);

/* Compact JSON with plain slashes, in the arena; control characters and bytes as RFC 8259 wants. */
char *jx_text(struct arena *a, struct json_object *value);

/* The same, indented by two spaces, for people. */
char *jx_pretty(struct arena *a, struct json_object *value);

#endif
