/*
 * What to tell a person whose YAML libyaml refuses. Its own words ("did not find expected key") say what the parser
 * waited for, not what to mend.
 */
#ifndef TIDELINE_EVENT_EVENT_YAML_ERROR_H
#define TIDELINE_EVENT_EVENT_YAML_ERROR_H

#include <stdbool.h>

/* A clause without full stop for libyaml's context and problem (each may be NULL); NULL when there is none. Static.
 * *at_context: the line to name is that of the context (where a quote was opened), not of the problem. */
const char *event_yaml_advice(const char *context, const char *problem, bool *at_context);

#endif
