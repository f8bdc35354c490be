/*
 * Mustache templates (the official specification, required modules: comments, delimiters, interpolation, inverted,
 * partials, sections). Debian 12 packages no Mustache library for C; this one is small and held to the official tests,
 * so that a library can replace it.
 *
 * Views are json-c values. {{name}} is HTML-escaped (& < > " and '), dotted names and {{.}} work, numbers print as JSON
 * prints them. A section is left out for null, false, 0, "", [] and what is missing. Rendering never fails on data; it is bounded by the output's ceiling and a nesting depth.
 */
#ifndef TIDELINE_MUSTACHE_MUSTACHE_H
#define TIDELINE_MUSTACHE_MUSTACHE_H

#include <stddef.h>

#include "core/util/err.h"
#include "core/util/jx.h"
#include "core/util/own.h"
#include "core/util/str.h"

/* A set of parsed templates that can include each other by name as partials. */
struct mustache;

struct mustache *mustache_new(void);
void mustache_free(struct mustache *m);
AUTO_DEFINE_STRUCT(mustache, mustache_free)

/* Parse and add (or replace) a template. ERR_INVALID_INPUT with template name, line and reason: unclosed section or tag, wrong closing name. */
enum err_code mustache_add(struct mustache *m, const char *name, const char *text, size_t n, struct err *e);

/* Add every *.mustache file of a folder by its name without extension, and check that every partial named exists and
 * that no template uses raw output ({{{ }}} or {{& }}). */
enum err_code mustache_load_folder(struct mustache *m, const char *folder, struct err *e);

/* Render a template with a view, appending to out. An unknown partial renders as nothing (as the specification says). ERR_NOT_FOUND: no such template. */
enum err_code mustache_render(struct mustache *m, const char *name, struct json_object *view, struct str *out,
                              struct err *e);

#endif
