/*
 * What the event files of core/store share. Private to this module.
 */
#ifndef TIDELINE_STORE_STORE_EVENT_INTERNAL_H
#define TIDELINE_STORE_STORE_EVENT_INTERNAL_H

#include "core/store/sql.h"
#include "core/store/store_event.h"
#include "core/util/jx.h"
#include "core/util/str.h"

/* An event as it is: what decides how it is written. key 0: tl_event does not know it; content NULL: no row. */
struct event_now {
    const char *id, *date;
    int64_t key, revision, last_revision; /* last_revision: greatest in tl_revision */
    const char *content_hash, *base_hash, *state, *change;
    bool removed, withdrawn; /* withdrawn: removed as well */
    double auto_score;
    int64_t updated_at_us;
    const char *updated_by, *reason;
    const char *content, *file_path, *validation_status;
    bool conflict;
    bool logged;   /* the change log has something about it */
    int64_t place; /* where its search document stands; 0: it has none */
};

/*
 * Where an event stands in lists, and the rowid of its search document: a number that grows with the date and, within a
 * day, with the age of the row, so that the newest date comes first and within it the first that came. Lists and
 * searches go down these numbers and stop when the page is full; nothing is sorted. 0: in no list (state gone).
 *
 *     bits 24-55  the date: its first ten characters, each as one digit of what can stand there
 *     bits 0-23   16777215 - tl_event.key
 */
enum { STORE_PLACE_KEYS = 0xffffff }; /* keys go from 1 to this - 1 */
int64_t store_place_of(const char *date, int64_t key);
int64_t store_place_key(int64_t place);

/* [w] Give every event of a database of before its place; the search documents are made anew at the end of the
 * transaction. */
enum err_code store_event_place_all(struct store *s, struct err *e);

/* The first and the last place that dates from `from` to `to` can have (NULL: no bound). */
void store_place_range(const char *from, const char *to, int64_t *first, int64_t *last);

/* A row of the statements that give events: fills struct store_event. */
void store_event_read(struct sql *q, struct arena *a, void *row);

enum err_code store_event_now(struct store *s, struct arena *a, const char *id, struct event_now *now,
                              struct err *e);

/* The same for writing: mutes the log and first settles what other programs did to the event. */
enum err_code store_event_now_settled(struct store *s, struct arena *a, const char *id, struct event_now *now,
                                      struct err *e);

/* What tl_event.removed holds for an event that is withdrawn. */
enum { STORE_WITHDRAWN = 2 };

/* What change and state follow from all the rest: sets both in *now. */
enum err_code store_event_compute(struct store *s, struct event_now *now, struct err *e);

/* Compute change and state, and write tl_event (insert when key is 0). */
enum err_code store_event_save(struct store *s, struct event_now *now, struct err *e);

/* [w] store_export_status.c: event_export_status tells what is true of the event as it is now; store_event_save() does it. */
enum err_code store_export_status_follow(struct store *s, const struct event_now *now, struct err *e);

/* Settle, compute, write: for whoever changed something that the state depends on. An unknown id is fine. */
enum err_code store_event_refresh(struct store *s, struct arena *a, const char *id, struct err *e);

/* A content that is about to become current. */
struct event_content {
    const char *text;
    const struct store_event_extract *extract;
    const char *hash;
    const char *author, *reason;
    const char *file_path; /* NULL: left as it is */
};

/* Make a content current: the one before goes to tl_revision (old_content, when it is no longer in the row; NULL: it
 * is, unless old_lost says that nobody has it), the row, its columns and the search document follow, validation is reset when keep_validation is false. Does not
 * save tl_event of an event that is there already: the caller does, with store_event_save(). */
struct event_step {
    const struct event_content *content;
    const char *old_content;
    bool old_lost;
    bool keep_validation;
};
enum err_code store_event_advance(struct store *s, struct arena *a, struct event_now *now,
                                  const struct event_step *step, struct err *e);

/* Write the shared row: insert when now->content is NULL, else update. */
enum err_code store_event_write_row(struct store *s, struct arena *a, const struct event_now *now,
                                    const struct event_content *content, struct err *e);

/* Keep the current content of an event in tl_revision. */
enum err_code store_event_keep_revision(struct store *s, const struct event_now *now, const char *content,
                                        struct err *e);

/* [w] store_event_delete() by a person, of an event that was looked at. */
enum err_code store_event_remove(struct store *s, struct event_now *now, const char *author, bool *kept,
                                 struct err *e);

/* [w] Another program deleted the row of an event; content is what was there, NULL when that is not known. An event that
 * is in the repository, or in a conflict, is removed here by that: the row is put back to carry the removal until it has
 * gone out. Any other is forgotten. */
enum err_code store_event_lose_row(struct store *s, struct arena *a, struct event_now *now,
                                   const char *content, struct err *e);

/* The repository's content when that is the one that is current here too; else NULL. */
enum err_code store_event_base_content(struct store *s, struct arena *a, const struct event_now *now,
                                       const char **content, struct err *e);

/* Take an event out of our own tables; content is what its search document was made of, NULL when that is lost. */
enum err_code store_event_forget(struct store *s, struct arena *a, const struct event_now *now,
                                 const char *content, struct err *e);

/* [w] What was said about the content before holds no longer. */
enum err_code store_event_reset_validation(struct store *s, struct event_now *now, struct err *e);

/* [w] Keep the verdict that another program wrote into event_metadata, when it is one and news. */
enum err_code store_verdict_notice(struct store *s, struct arena *a, const struct event_now *now, struct err *e);

/* [w] Bring one event in step with what the log says about it. */
enum err_code store_event_settle(struct store *s, struct arena *a, const char *id, struct err *e);

/* [w] The search document at a place: put after the row has been written, removed with the content that it was made of
 * (NULL: lost, then the index is made anew). Both wait for store_search_flush(). */
enum err_code store_search_put(struct store *s, int64_t place, const struct store_event_extract *extract,
                               struct err *e);
void store_search_remove(struct store *s, struct arena *a, int64_t place, const char *content);

/* The words of a content, column by column of the search document. */
void store_search_words(struct arena *a, struct json_object *fields, const char *words[STORE_SEARCH_COLUMNS]);

/* The last column: tags, actors, importance and the addresses of sources, each as one word that nobody types, because events are looked
 * for by them as wholes. */
const char *store_facet_words(struct arena *a, struct json_object *fields);

/* The FTS5 expression that finds events with a source of one of these addresses (at least one). */
struct store_urls;
const char *store_facet_urls(struct arena *a, const struct store_urls *urls);

/* What a filter asks of the search documents as an FTS5 expression; NULL when it asks nothing. A query without a single
 * word that can be looked for gives ERR_NOT_FOUND, without a sentence: nothing is found. */
enum err_code store_search_expression(struct store *s, struct arena *a,
                                      const struct store_event_filter *filter, const char **out,
                                      struct err *e);

/* It has a phrase of three words or more, which FTS5 looks for in all events that hold the words. */
bool store_search_is_long(const char *expression);

/* The parts of it that ask for facets, each with " AND " before it when there is something before it. */
void store_facet_expression(struct str *out, const struct store_event_filter *filter);

#endif
