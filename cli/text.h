/* Short aligned text for people, shared by the commands. */
#ifndef TIDELINE_CLI_TEXT_H
#define TIDELINE_CLI_TEXT_H

#include "cli/cli.h"

/* "Label             text"; nothing when text is NULL or empty. */
void text_pair(struct str *out, const char *label, const char *text);

/* A number with what it counts: "1 event", "2 events". */
void text_count(struct str *out, int64_t n, const char *what);

/* A column of a table: heading, key in each row, and whether it stands at the right. The last column is cut to the width of the terminal. */
struct text_column {
    const char *heading, *key;
    bool right;
};

/* columns end with a row without heading. Nothing for an empty list. */
void text_table(struct cli *cli, struct json_object *rows, const struct text_column *columns,
                struct str *out);

/* Where the next page of a list begins, when there is one. */
void text_next(const struct json_object *view, struct str *out);

/* A value as a cell: text, number, "yes" and "no", "" for null. */
const char *text_cell(struct arena *a, struct json_object *value);

/* "Heading:" and a line for each row made of path or id, line, and what is said. Nothing for an empty list. */
void text_findings(struct str *out, const char *heading, struct json_object *rows);

/* The same for the first of `total` rows. */
void text_findings_of(struct str *out, const char *heading, struct json_object *rows, int64_t total);

/* "Heading:" and a line for each field that event_diff() names. Nothing for an empty list. */
void text_changes(struct cli *cli, const char *heading, struct json_object *changes, struct str *out);

/* The state of an event after something was done to it, and what costs points. */
void text_verdict(struct cli *cli, struct json_object *view, struct str *out);

/* "Heading:" and a line for each event that may tell of the same. */
void text_duplicates(const char *heading, struct json_object *duplicates, struct str *out);

/* text_pull.c: git-pull, also when it did nothing or was refused; git-config --dry-run */
void text_pull(struct cli *cli, struct json_object *view, struct str *out);
void text_compared(struct cli *cli, struct json_object *view, struct str *out);

#endif
