#include "core/event/event_yaml_error.h"

#include <stddef.h>
#include <string.h>

/* The first row whose parts occur in libyaml's texts (scanner.c, parser.c, reader.c of 0.2.5) is taken. */
struct advice {
    const char *context; /* NULL: any */
    const char *problem;
    bool at_context;
    const char *text;
};

static const struct advice table[] = {
    {NULL, "mapping values are not allowed", false,
     "an unquoted text holds \": \", which begins a value; put the text in quotes, or mend the "
     "indentation if this line is a field of its own"},
    {"quoted scalar", "end of stream", true,
     "a quote is opened here and never closed; close it, and write an apostrophe inside '…' twice ('')"},
    {"quoted scalar", "document indicator", true, "a quote is opened here and never closed"},
    {"quoted scalar", "escape", false,
     "a backslash in a text in double quotes begins an unknown escape; write \\\\ or use single quotes"},
    {"quoted scalar", "hexdecimal", false,
     "an escape in a text in double quotes is incomplete; write \\\\ or use "
     "single quotes"},
    {"simple key", "could not find expected ':'", true,
     "this line is neither `key: value` nor part of the text above; indent it or put the whole text in "
     "quotes"},
    {"simple key", "", false,
     "this line is neither `key: value` nor part of the text above; indent it or put the whole text in "
     "quotes"},
    {"anchor", "", true, "a value begins with & (an anchor); put the text in quotes"},
    {"alias", "", true, "a value begins with * (an alias); put the text in quotes"},
    {"tag", "", true, "a value begins with ! (a tag); put the text in quotes"},
    {"parsing a node", "undefined tag", true, "a value begins with ! (a tag); put the text in quotes"},
    {NULL, "cannot start any token", false,
     "a tab, or a value that begins with @, ` or %; indent with spaces and put such a text in quotes"},
    {NULL, "tab character", false, "a tab is used for indentation; use spaces"},
    {"block mapping", "did not find expected key", false,
     "a `key: value` line is expected; look here and in the line above for text behind a closing quote or "
     "bracket, an "
     "apostrophe inside '…' that must be written twice (''), or wrong indentation"},
    {"block collection", "did not find expected '-'", false,
     "a list item (`- `) is expected; look here and in the line above for text behind a closing quote or "
     "wrong "
     "indentation"},
    {"flow sequence", "", true,
     "a list in brackets is not closed, or a comma is missing; put texts with brackets in "
     "quotes"},
    {"flow mapping", "", true,
     "a map in braces is not closed, or a comma is missing; put texts with braces in "
     "quotes"},
    {NULL, "block sequence entries are not allowed", false,
     "a list item (`- `) cannot stand here; begin the list in a line of its own"},
    {NULL, "mapping keys are not allowed", false, "a text begins with \"? \"; put it in quotes"},
    {"block scalar", "", true, "behind | or > only +, - or a digit may stand; put the text in quotes"},
    {"directive", "", true, "a line begins with %; put the text in quotes"},
    {NULL, "document start", false, "text stands where the fields are over; remove it or indent it"},
    {NULL, "control characters", false, "a control character stands here; remove it"},
    {NULL, "YAML document", false, "this is not YAML 1.1; remove the %YAML line"},
};

const char *event_yaml_advice(const char *context, const char *problem, bool *at_context)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct advice *row = &table[i];

        if (row->context && (!context || !strstr(context, row->context)))
            continue;
        if (!problem || !strstr(problem, row->problem))
            continue;
        *at_context = row->at_context;
        return row->text;
    }
    return NULL;
}
