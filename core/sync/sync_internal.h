/*
 * Shared by the files of core/sync: one import, from the fetched commit to the committed transaction.
 */
#ifndef TIDELINE_SYNC_SYNC_INTERNAL_H
#define TIDELINE_SYNC_SYNC_INTERNAL_H

#include "core/sync/timeline_sync.h"

/* One file of the events folder that is new, changed or gone. */
struct sync_entry {
    const char *name;
    struct object_id blob; /* "" = gone */
    enum git_service_entry_kind kind;
    bool broken;
    int line;          /* of the error; 0 none */
    const char *error; /* sentence; "" */
    const char *event_id, *format, *content, *hash, *warnings;
    const struct store_event_extract *extract; /* of content; NULL above SYNC_KEEP_EXTRACTS entries */
};

/* One event that the changed files concern. */
struct sync_touched {
    const char *id;
    bool was_in_repo;
    const char *base; /* content agreed before this import, when the event is edited here; else NULL */
};

/* Of so many files what the store takes out of a content is kept, which spares it a second parse without letting memory
 * follow the size of a first import. */
enum { SYNC_KEEP_EXTRACTS = 4096 };

/* Paths shown in `files_changed`; the total is given beside it. */
enum { SYNC_PATHS_SHOWN = 1000 };

/* What becomes of an event. An edited one into which the repository's changes come is merged. */
enum sync_fate { SYNC_FATE_IMPORTED, SYNC_FATE_UPDATED, SYNC_FATE_DELETED, SYNC_FATE_MERGED, SYNC_FATES };

struct sync_ids {
    const char **ids; /* sorted */
    size_t n;
};

struct sync_run {
    struct timeline_sync *t;
    const struct sync_import_options *options;
    struct err *e;
    int64_t started_at_us;
    struct git_service_pull pull;
    struct store_repository repository;
    const char *events_dir;
    char before[41]; /* the commit imported last; "" none */
    bool whole;      /* every file was compared, not only a diff of two commits */
    bool switched;   /* the bases in the database belong to another repository */
    int64_t base_repository;
    struct sync_entry *entries; /* sorted by name */
    size_t entry_count;
    struct sync_touched *touched; /* sorted by id, unique */
    size_t touched_count;
    int64_t imported, updated, deleted, new_commits, in_repo;
    int64_t removable; /* events of the repository before, for the deletion guard */
    struct sync_ids fate[SYNC_FATES];
    struct json_object *warnings;
    struct json_object *merged; /* [{id, fields}]: what of theirs came into events that are edited here */
};

/* sync_plan.c: what differs, read and parsed; no transaction. */
enum err_code sync_plan(struct sync_run *run);

/* sync_apply.c: everything inside the write transaction, but begin and commit. */
enum err_code sync_apply(struct sync_run *run);

/* sync_merge.c: the three contents of an event that changed on both sides, JSON texts; NULL: not there. */
struct sync_sides {
    const char *id;
    const char *base; /* last shared; NULL also: unknown */
    const char *theirs, *theirs_hash;
    const struct store_event *ours;
};

enum sync_outcome {
    SYNC_GONE,     /* on both sides */
    SYNC_FOLLOWED, /* what comes out is theirs */
    SYNC_MERGED,   /* content holds what both sides did */
    SYNC_CONFLICT, /* a person has to decide */
};

struct sync_merge {
    enum sync_outcome outcome;
    const char *content, *hash;      /* merged */
    struct json_object *from_theirs; /* names of the fields that something of theirs came into */
    struct json_object *conflicts;   /* as event_merge() gives them; empty when whole sides conflict */
    bool worse; /* it scores below both sides: a person should look at it again */
};

/* What becomes of them. Nothing is written. */
enum err_code sync_merge_sides(struct arena *a, const struct sync_sides *sides, struct sync_merge *out,
                               struct err *e);
/* [w] The same, made true: the event's content and base, its conflict row or the end of it. */
enum err_code sync_merge_settle(struct store *s, struct arena *a, const struct sync_sides *sides,
                                struct sync_merge *out, struct err *e);
/* A content as the store has it; NULL for none. */
enum err_code sync_parse(struct arena *a, const char *text, struct json_object **out, struct err *e);

/* A content as it came out of a merge or a person's hands can be kept. ERR_INVALID_EVENT, ERR_TOO_LARGE. */
enum err_code sync_merge_check(struct arena *a, struct json_object *fields, struct err *e);
/* What both sides go on from when the event was changed here after a revision of it had been sent and merged: that
 * revision, with what came in from the repository since. NULL: nothing of the kind. */
enum err_code sync_merge_landed(struct sync_run *run, struct arena *a, const struct store_event *ours,
                                const char **base);

/* sync_first_contact.c: *met tells that the event was in the database before the first import, and is settled. */
struct sync_files {
    const struct store_file *items; /* of one event */
    size_t n;
};
enum err_code sync_first_contact(struct sync_run *run, const struct store_event *ours,
                                 const struct sync_files *files, struct arena *scratch, bool *met);

/* The event becomes what the file holds. */
enum err_code sync_follow(struct sync_run *run, const char *id, const struct store_file *theirs);

/* sync_reconcile.c: bring one event in line with its files. */
enum err_code sync_reconcile(struct sync_run *run, struct sync_touched *touched, struct arena *scratch);

/* sync_fate.c: sync_reconcile(), and what came of it; sync_fate_begin() comes before the first. */
void sync_fate_begin(struct sync_run *run);
enum err_code sync_fate_of(struct sync_run *run, struct sync_touched *touched, struct arena *scratch);
/* Names the set of events that would go, so that who agrees agrees to these. */
const char *sync_fate_seen(struct sync_run *run);
/* Into the report of a dry run: events {imported, updated, deleted, merged, conflicts, pending: [{id, date, title}]}. */
enum err_code sync_fate_tell(struct sync_run *run, struct json_object *report);
/* What ERR_CONFIRM_DELETIONS is about, within the transaction. */
enum err_code sync_fate_refused(struct sync_run *run, struct json_object **out);

/* sync_apply.c: more than a fifth of the events would go, and nobody has agreed to that. */
bool sync_stops(struct sync_run *run);

/*
 * sync_switch.c: repositories kept apart. All of it happens only when the bases in the database belong to another
 * repository (run->switched), and in this order: sync_leave() before anything is written, sync_come_back() before an event
 * is reconciled, sync_arrive() after the last one.
 */
enum err_code sync_leave(struct sync_run *run);
/* The content that an event and the repository that is left last shared: of an open conflict that is not what the
 * repository holds. NULL: none. */
enum err_code sync_base_of(struct sync_run *run, struct arena *a, const char *id, const char **base);
/* The events that were parked when this repository was left; they are touched, whatever its files hold. */
enum err_code sync_parked_ids(struct sync_run *run, const char ***ids, size_t *n);
enum err_code sync_come_back(struct sync_run *run, struct sync_touched *touched, struct arena *scratch);
enum err_code sync_arrive(struct sync_run *run);

/* sync_report.c. The report is made before the commit, from what the transaction sees. */
enum err_code sync_report(struct sync_run *run, struct json_object **report);
enum err_code sync_record(struct sync_run *run, struct json_object *report);
void sync_record_failure(struct sync_run *run);
void sync_warn(struct sync_run *run, const char *name, int line, const char *rule, const char *text);
enum err_code sync_warn_twins(struct sync_run *run, const char *id, const struct store_file *files, size_t n);

/* An entry of the events folder that is looked at: an event by its name, or something else that stands in the place of one. */
bool sync_relevant(const char *name, enum git_service_entry_kind kind);

/* At least one of the files can be read now: the event counts as in the repository. */
bool sync_readable(const struct store_file *files, size_t n);

/* The best file that has content (last good content of a broken one included), or NULL. */
const struct store_file *sync_winner(const struct store_file *files, size_t n);

#endif
