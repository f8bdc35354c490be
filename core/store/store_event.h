/*
 * Events in the database: the shared rows (timeline_events, event_metadata, event_export_status) and our own beside
 * them (tl_event: revision, hashes, state; tl_revision: contents that were current before; full-text search).
 *
 * The current content of an event is in timeline_events alone; it moves to tl_revision when another takes its place.
 *
 * State is materialised in tl_event so that lists and counts cost nothing; counts are kept by triggers on tl_ tables.
 * Whatever writes timeline_events or event_metadata, other programs included, appends to the change log (triggers with
 * built-in functions only); store_catch_up() turns the log into revisions, states and search documents.
 *
 *   conflict   an open conflict row
 *   exported   its current content is in an open pull request
 *   merged     equal to the repository (content_hash = base_hash), nothing to do; comes before exported
 *   rejected, validated   as event_metadata says, and different from the repository
 *   draft      everything else
 */
#ifndef TIDELINE_STORE_STORE_EVENT_H
#define TIDELINE_STORE_STORE_EVENT_H

#include "core/store/store.h"
#include "core/util/jx.h"

/* updated_by and a revision's author for rows that other programs wrote by plain SQL (found by store_catch_up). */
#define STORE_OTHER_PROGRAM "another program"

struct store_event {
    const char *id, *date, *title, *summary, *status, *file_path;
    int64_t importance;       /* -1: none */
    const char *content;      /* JSON text of its own fields in file order */
    const char *content_hash; /* event_hash */
    const char *base_hash;    /* of the repository followed now; "" = not in it */
    int64_t revision;         /* from 1 */
    const char *state;
    const char *change;       /* "none", "added", "changed", "removed" against the base */
    bool removed;             /* a local removal that waits for export */
    bool withdrawn;           /* removed as well, before what was sent of it came back; see store_event_delete() */
    const char *validation_status; /* "pending", "in_progress", "validated", "rejected"; "" no row */
    const char *validation_notes;  /* "" */
    int64_t validated_at_us;       /* 0 */
    double quality_score;          /* of the validator; -1: none */
    double auto_score;             /* event_quality at the last change */
    int64_t updated_at_us;
    const char *updated_by;   /* "repository", or a person or program */
};

enum err_code store_event_get(struct store *s, struct arena *a, const char *id, struct store_event *out,
                              struct err *e); /* ERR_NOT_FOUND */

/* What the store keeps of a content beside the content itself. Whoever has it parsed long before it is written keeps
 * this instead of the parsed content, which is much larger. */
enum { STORE_SEARCH_COLUMNS = 6 };
struct store_event_extract {
    const char *date, *title, *summary, *status; /* as event_text() gives them */
    int64_t importance;
    bool has_importance; /* a whole number is there */
    double score;        /* event_quality */
    const char *words[STORE_SEARCH_COLUMNS];
};

/* Nothing of the result points into fields or scratch, which may be reset afterwards; both arenas may be the same. */
const struct store_event_extract *store_event_extract(struct arena *a, struct arena *scratch,
                                                      struct json_object *fields);

/* What becomes of a verdict about the content before. */
enum store_validation {
    STORE_VALIDATION_USUAL, /* kept when the author is "repository", else back to pending */
    STORE_VALIDATION_KEPT,
    STORE_VALIDATION_RESET,
};

/* What to write. Derived columns (date, title, summary, importance, status, hash, scores) are taken from content. */
struct store_event_write {
    const char *id;
    const char *content;   /* JSON text, valid */
    struct json_object *fields; /* the same, parsed, when the caller has it; NULL: the store parses content */
    const struct store_event_extract *extract; /* of the same, instead of fields; NULL: made here */
    const char *base_hash; /* new base; NULL: leave as it is; "" = none */
    const char *file_path; /* in the repository, NULL: leave */
    const char *author;    /* "repository" for imports */
    const char *reason;    /* "import", "add", "edit", … */
    int64_t expected_revision; /* 0: any; else ERR_STALE when it differs */
    const char *content_hash;   /* event_hash of content, when the caller has it; NULL: computed here */
    enum store_validation validation;
};

/* [w] Insert or update: a new revision when the content differs; state recomputed. An edit of validated content by an author other
 * than "repository" sends it back to pending. *revision may be NULL. */
enum err_code store_event_put(struct store *s, const struct store_event_write *w, int64_t *revision, struct err *e);

/* [w] The base alone moved (upstream changed but the local edit stays, or the file went away). A removed
 * event whose base goes away is deleted, unless a person is still to decide about it (an open conflict). */
enum err_code store_event_set_base(struct store *s, const char *id, const char *base_hash, struct err *e);

/*
 * [w] Remove an event. *kept (may be NULL) tells that the row stays; a removal that is there already is left as it is.
 *
 * By a person: one with a base is marked removed (change "removed", a revision of its own, to be validated and sent), and
 * so is one with an open conflict, whose two sides are decided about by a person. One without a base is deleted, its revisions
 * kept in tl_revision, the removal being the last; but while what was sent of it is in a running or open pull request it is withdrawn:
 * marked removed without a base. When that comes back merged, store_event_set_base() makes it a removal like any other;
 * store_pr_release_events() deletes it when it is closed instead.
 *
 * By "repository" (the file is gone): deleted, whatever was known of it.
 *
 * An event that is to be deleted but that tables which are not ours refer to (by a declared foreign key) stays as a row
 * that shows nowhere but in store_event_get() (state "gone") until it is put again.
 */
enum err_code store_event_delete(struct store *s, const char *id, const char *author, bool *kept, struct err *e);

/* [w] Delete it when it is withdrawn and nothing that was sent of it can come back any more. */
enum err_code store_event_drop_withdrawn(struct store *s, const char *id, struct err *e);

/* What somebody decided about an event. */
struct store_verdict {
    const char *status; /* "pending", "in_progress", "validated", "rejected" */
    double score;       /* 0 to 10; -1: none */
    const char *notes;  /* NULL and "": none */
    const char *author; /* who says so; NULL: nobody in particular */
};

/* [w] Kept in store_verdict_list(), and ends a reservation. ERR_NOT_FOUND, ERR_INVALID_INPUT. */
enum err_code store_event_validate(struct store *s, const char *id, const struct store_verdict *v, struct err *e);

/* [w] The same for a verdict that stood before and stands again: it was given at that time (0: never). */
enum err_code store_event_revalidate(struct store *s, const char *id, const struct store_verdict *v,
                                     int64_t at_us, struct err *e);

/* An event is in a list when all of these hold. NULL: whatever it is. */
struct store_event_filter {
    const char *state;
    const char *query; /* full text over title, summary, actors, tags, sources: words, "phrases", prefix*. Never raw FTS5 syntax. */
    const char *from, *to; /* the date's first and last: YYYY, YYYY-MM or YYYY-MM-DD, all that begins with it included */
    const char *tag, *actor; /* one of the event's, whole; capitals and accents make no difference */
    bool has_importance;
    int64_t importance; /* at least, from 0 to 10 */
    const char *cursor; /* next_cursor of the page before; NULL: first */
    size_t limit;       /* of a page; 0: 50. The caller at the edge bounds it. */
};

/* Counting stops here; longer tags and names than STORE_FILTER_BYTES cannot be asked for. */
enum { STORE_COUNT_MOST = 1000, STORE_FILTER_BYTES = 200 };

struct store_event_page {
    struct store_event *items; /* content NULL in lists */
    size_t n;
    const char *next_cursor; /* NULL: no more */
    int64_t
        total; /* of the filter, all pages; when total_is_exact is false there are more than this: counting
                                stopped at STORE_COUNT_MOST, or at the end of the page for a phrase of three words or more */
    bool total_is_exact;     /* always, without any filter or with a state alone */
};

/*
 * Newest date first, and within a day in the order in which the events came into the database. Paging is stable whatever
 * is written meanwhile: an event that is there all the time and keeps its date comes exactly once. ERR_INVALID_INPUT:
 * unknown state, bad cursor, a query that store_event_check_query() refuses.
 */
enum err_code store_event_list(struct store *s, struct arena *a, const struct store_event_filter *filter,
                               struct store_event_page *out, struct err *e);

/* ERR_INVALID_INPUT: a word with a star behind too few letters for a database of this size, or too many such words: they stand for
 * so many words that looking for them takes long. */
enum err_code store_event_check_query(struct store *s, const char *query, struct err *e);

/* [w] So many events are about to be written, or are there: among many of them the search index is made so that words with a
 * star are found fast. Call before writing them. */
enum err_code store_search_expect(struct store *s, int64_t events, struct err *e);

struct store_event_counts {
    int64_t total, draft, validated, exported, merged, conflict, rejected;
};

enum err_code store_event_count(struct store *s, struct store_event_counts *out, struct err *e);

/* Events that are withdrawn, for imports to look at. */
enum err_code store_event_withdrawn(struct store *s, struct arena *a, const char ***ids, size_t *n,
                                    struct err *e);

/* The export set: validated events whose content differs from the base and that are in no open or running pull request; sorted by date
 * then id. With content. */
enum err_code store_event_pending_export(struct store *s, struct arena *a, struct store_event **out, size_t *n,
                                         struct err *e);

struct store_revision {
    int64_t revision, at_us;
    const char *author, *reason, *content;
};

/* Newest first, at most limit. Works for deleted events too. */
enum err_code store_event_history(struct store *s, struct arena *a, const char *id, size_t limit,
                                  struct store_revision **out, size_t *n, struct err *e);

/* The same, those before a revision (slice->before; 0: from the newest). Also of a row that is kept for other tables alone. */
enum err_code store_event_revisions(struct store *s, struct arena *a, const char *id,
                                    const struct store_slice *slice, struct store_revision **out, size_t *n,
                                    struct err *e);

/* Conflicts: one open row per event. */
struct store_conflict {
    const char *event_id;
    const char *base, *ours, *theirs; /* JSON texts; NULL = the event is not there on that side */
    const char *fields;               /* JSON array of the keys that both changed differently */
    int64_t opened_at_us;
};
enum err_code store_conflict_put(struct store *s, const struct store_conflict *c, struct err *e);    /* [w] insert or update */
enum err_code store_conflict_close(struct store *s, const char *event_id, struct err *e);            /* [w] none is fine */
enum err_code store_conflict_get(struct store *s, struct arena *a, const char *event_id, struct store_conflict *out,
                                 struct err *e); /* ERR_NOT_FOUND */
enum err_code store_conflict_list(struct store *s, struct arena *a, struct store_conflict **out, size_t *n,
                                  struct err *e);

/* A part of that list: those behind (opened_at_us, event_id), longest open first. */
struct store_conflict_slice {
    int64_t opened_at_us; /* 0 with "": from the first */
    const char *event_id;
    size_t limit;
};
enum err_code store_conflict_page(struct store *s, struct arena *a, const struct store_conflict_slice *slice,
                                  struct store_conflict **out, size_t *n, struct err *e);

/* Process the change log: hashes, revisions for what other programs wrote, states, search documents. At most `limit` entries (0: all).
 * Runs its own write transaction when not inside one and there is something to do; *left tells what remains (may be NULL). Imports call
 * it before they commit; lists with a query call it first. */
enum err_code store_catch_up(struct store *s, size_t limit, int64_t *left, struct err *e);

#endif
