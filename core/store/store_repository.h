/*
 * What the database remembers of a repository: one row per (URL, branch), and per file of its events folder the blob
 * that was last imported and the content it held (the base that local edits are measured against).
 */
#ifndef TIDELINE_STORE_STORE_REPOSITORY_H
#define TIDELINE_STORE_STORE_REPOSITORY_H

#include "core/store/store.h"

struct store_repository {
    int64_t id; /* 0: not there yet */
    const char *url, *branch;
    const char *events_dir;      /* as last imported; "" unknown */
    const char *imported_commit; /* "" nothing imported yet */
    int64_t imported_at_us;      /* last successful import; 0 never */
    const char *head_commit;     /* tip when last asked; "" unknown */
    int64_t checked_at_us;       /* when the remote last answered; 0 never */
    int64_t commits_behind;      /* as of checked_at; -1 unknown */
    int64_t events_in_repo;      /* distinct ids with a readable file, as of the import */
    const char *new_event_format;/* majority of the files: "md" or "json"; "" unknown */
    const char *remote_error;    /* sentence of the last failed question, "" none */
};

/* The row of (url, branch); id 0 when there is none. */
enum err_code store_repository_get(struct store *s, struct arena *a, const char *url, const char *branch,
                                   struct store_repository *out, struct err *e);

/* [w] Insert (id 0: sets it) or update all columns. */
enum err_code store_repository_put(struct store *s, struct store_repository *r, struct err *e);

/* The URL that the database follows now ("" before the first import): a pull from another one is refused until
 * git-config says so. Kept as the setting "current_url". */

struct store_file {
    const char *path;     /* file name in the events folder, raw bytes */
    const char *event_id; /* "" while it never could be read */
    const char *blob_id;  /* 40 hex */
    const char *format;   /* "md", "json", "yaml" */
    const char *content;  /* base: JSON text of the last good content, in file order; NULL when there never was one */
    const char *content_hash; /* event_hash of it; "" */
    bool broken;          /* the blob cannot be read as an event; content is the last good one */
    int error_line;
    const char *error;    /* sentence; "" */
    const char *warnings; /* JSON array of {rule,line,text}; "" none */
};

enum err_code store_file_get(struct store *s, struct arena *a, int64_t repository, const char *path,
                             struct store_file *out, bool *found, struct err *e);
/* All files that hold an id, best first (.md, .json, .yaml; good before broken). */
enum err_code store_file_of_event(struct store *s, struct arena *a, int64_t repository, const char *event_id,
                                  struct store_file **out, size_t *n, struct err *e);
enum err_code store_file_put(struct store *s, int64_t repository, const struct store_file *f, struct err *e); /* [w] */
enum err_code store_file_remove(struct store *s, int64_t repository, const char *path, struct err *e);        /* [w] */
/* Every file's path and blob, for an import without a common commit (content NULL). Sorted by path bytes. */
enum err_code store_file_blobs(struct store *s, struct arena *a, int64_t repository, struct store_file **out,
                               size_t *n, struct err *e);
/* Files that are broken now (reported at every pull). */
enum err_code store_file_broken(struct store *s, struct arena *a, int64_t repository, struct store_file **out,
                                size_t *n, struct err *e);

/* Files of a repository that are known, broken ones too. */
struct store_file_counts {
    int64_t all, md, json;
    int64_t ids; /* different event ids in them */
};

enum err_code store_file_count(struct store *s, int64_t repository, struct store_file_counts *out, struct err *e);

#endif
