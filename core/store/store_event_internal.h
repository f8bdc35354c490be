/*
 * What the event files of core/store share. Private to this module.
 */
#ifndef TIDELINE_STORE_STORE_EVENT_INTERNAL_H
#define TIDELINE_STORE_STORE_EVENT_INTERNAL_H

#include "core/store/sql.h"
#include "core/store/store_event.h"
#include "core/util/jx.h"

/* An event as it is: what decides how it is written. key 0: tl_event does not know it; content NULL: no row. */
struct event_now {
    const char *id, *date;
    int64_t key, revision, last_revision; /* last_revision: greatest in tl_revision */
    const char *content_hash, *base_hash, *state, *change;
    bool removed;
    double auto_score;
    int64_t updated_at_us;
    const char *updated_by, *reason;
    const char *content, *file_path, *validation_status;
    bool conflict;
    bool logged; /* the change log has something about it */
};

enum err_code store_event_now(struct store *s, struct arena *a, const char *id, struct event_now *now,
                              struct err *e);

/* The same for writing: mutes the log and first settles what other programs did to the event. */
enum err_code store_event_now_settled(struct store *s, struct arena *a, const char *id, struct event_now *now,
                                      struct err *e);

/* Compute change and state, and write tl_event (insert when key is 0). */
enum err_code store_event_save(struct store *s, struct event_now *now, struct err *e);

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
 * is), the row, its columns and the search document follow, validation is reset when keep_validation is false. Does not
 * save tl_event of an event that is there already: the caller does, with store_event_save(). */
struct event_step {
    const struct event_content *content;
    const char *old_content;
    bool keep_validation;
};
enum err_code store_event_advance(struct store *s, struct arena *a, struct event_now *now,
                                  const struct event_step *step, struct err *e);

/* Keep the current content of an event in tl_revision. */
enum err_code store_event_keep_revision(struct store *s, const struct event_now *now, const char *content,
                                        struct err *e);

/* Take an event out of our own tables; content is what its search document was made of, NULL when that is lost. */
enum err_code store_event_forget(struct store *s, struct arena *a, const struct event_now *now,
                                 const char *content, struct err *e);

/* [w] Bring one event in step with what the log says about it. */
enum err_code store_event_settle(struct store *s, struct arena *a, const char *id, struct err *e);

/* [w] The search document of an event: put after its row has been written, removed with the content that it was made of
 * (NULL: lost, then the index is made anew). Both wait for store_search_flush(). */
enum err_code store_search_put(struct store *s, int64_t key, const struct store_event_extract *extract,
                               struct err *e);
void store_search_remove(struct store *s, struct arena *a, int64_t key, const char *content);

/* The words of a content, column by column of the search document. */
void store_search_words(struct arena *a, struct json_object *fields, const char *words[STORE_SEARCH_COLUMNS]);

/* What a person typed as an FTS5 expression; NULL when there is no term in it. */
const char *store_search_expression(struct arena *a, const char *query);

#endif
