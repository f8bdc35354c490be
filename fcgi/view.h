/*
 * From a service's view to what a template needs: words for times and numbers, links, nested values. Templates hold no
 * logic and C holds no HTML; between them stands one JSON object, the model.
 *
 * Mustache looks a missing key up in the objects around it. So every optional key is set, to null where there is
 * nothing; view_value() nodes, which nest, name all their kinds.
 */
#ifndef TIDELINE_FCGI_VIEW_H
#define TIDELINE_FCGI_VIEW_H

#include "fcgi/exchange.h"

enum view_section {
    VIEW_STATUS,
    VIEW_EVENTS,
    VIEW_REVIEW,
    VIEW_CONFLICTS, /* in the navigation while there are any, or somebody looks at them */
    VIEW_PULLS,
    VIEW_SYNCS,
    VIEW_SETTINGS,
    VIEW_NOWHERE
};

/* The model of a whole page: title, tenant, navigation, assets, who asks and what the page before wanted to say. api: the same as JSON, or NULL.
 * csrf is the token for forms, user {name, role, can_edit, can_admin} or null, sign_in an address or null, flash a sentence or null. */
struct json_object *view_page(struct exchange *x, const char *title, enum view_section section,
                              const char *api);

/* Have the page fetched again while something is running. */
void view_live(struct json_object *model);

/* Render a template of the site into the response. ERR_TOO_LARGE above RESPONSE_BYTES. */
enum err_code view_render(struct exchange *x, const char *template, struct json_object *model,
                          struct response *out, struct err *e);

/* "1,935" and "1 event", "1,935 events". */
char *view_count(struct arena *a, int64_t n);
char *view_plural(struct arena *a, int64_t n, const char *one, const char *many);

/* "just now", "5 minutes ago", "yesterday"; the date when it is two weeks and more. */
char *view_since(struct arena *a, int64_t now_us, int64_t us);

/* key: {iso, exact, words} from RFC 3339 text; null when there is none. */
void view_set_time(struct exchange *x, struct json_object *model, const char *key, const char *rfc3339);

/* key: {mark, word}: the shape and the word of a state. */
void view_set_badge(struct json_object *model, const char *key, const char *state);

/* What a state of an event, or of a pull request, means; "" for one that is not known. */
const char *view_state_hint(const char *state);

/* "Capture lanes" from "capture_lanes". */
char *view_label(struct arena *a, const char *key);

/* The same of at most so many bytes of a key that may be anything: everything visible, "(no name)" where there is none. */
char *view_label_short(struct arena *a, const char *key, size_t most_bytes);

/* May this be the target of a link? http and https only, no space or control character, at most 2,048 bytes. */
bool view_url_safe(const char *url);

/* An event may hold half a million values, and its page must cost a worker no more for that. True while the page has room
 * for one more, which it takes; then view_more() says what is left out: "and 1,234 more". */
bool view_room(struct exchange *x);
char *view_more(struct arena *a, size_t n);

/* Any JSON as a node for the partial `value`: {text, long, code, link, list, map, none}, all but one null. */
struct json_object *view_value(struct exchange *x, const struct json_object *value);
struct json_object *view_value_text(const char *text);
struct json_object *view_value_code(const char *text);

/* Add {label, value, when, note, words} to a list of facts. value may be NULL (set another key then); note may be NULL.
 * Returns the fact. */
struct json_object *view_fact(struct json_object *facts, const char *label, struct json_object *value,
                              const char *note);

/* The repository's address as a fact: without scheme, linked where it can be. */
void view_fact_repository(struct exchange *x, struct json_object *facts, const char *url);

/* Markdown, as far as events use it, as blocks for the partial `prose`: headings, paragraphs, lists, strong, code, links.
 * Appends to blocks. With lines each line is a paragraph of its own, as forges show it. Everything else stays text.
 * What is longer than 64 KiB is cut there, and a last paragraph says so. */
void view_prose(struct arena *a, struct json_object *blocks, const char *markdown, bool lines);

/* An event's `sources`, whatever shape they have: {heading, any, items: [{title, href, detail, more}]}. */
struct json_object *view_sources(struct exchange *x, struct json_object *sources);

/* What an event says, for the partial `event_body`: model.summary, sources and facts. The partial shows model.warnings ({items: [{text, line}]} or null), too,
 * which are the caller's to set. */
void view_event(struct exchange *x, struct json_object *model, struct json_object *content);

/* An event's deductions [{text, points}] for the partial `deductions`: {items: [{text, points}]}; NULL when there are none. */
struct json_object *view_deductions(struct exchange *x, const struct json_object *list);

/* model.warnings for the same partial, from an event's warnings [{rule, line, text}]; null when there are none. */
void view_warnings(struct exchange *x, struct json_object *model, const struct json_object *list);

/* Why a version of an event was made, in words. */
const char *view_reason(const char *reason);

/* Rows for the partials. */
struct json_object *view_pull_row(struct exchange *x, const struct json_object *pull);
struct json_object *view_sync_row(struct exchange *x, const struct json_object *sync);
/* model.files and model.files_more from errors [{path, line, error}] that name a path; returns how many there are. */
size_t view_set_files(struct exchange *x, struct json_object *model, const struct json_object *errors,
                      size_t most);

/* model.pages for the partial `pages` of a list: {first, older}, of this address alone; null when one page holds all. */
void view_set_pages(struct exchange *x, struct json_object *model, const char *next_cursor);

/* The page of a timeline that nothing has been pulled into yet. */
enum err_code view_unpulled(struct exchange *x, enum view_section section, struct response *out,
                            struct err *e);

#endif
