/*
 * Files: bounded reads, folders, advisory locks. Paths are bytes as the system has them; none is ever made from an
 * event id. New folders are 0750 and new files 0640 (umask 007 is set by the programs).
 */
#ifndef TIDELINE_UTIL_FILE_H
#define TIDELINE_UTIL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/util/arena.h"
#include "core/util/err.h"

/* Read a whole file of at most limit_bytes. *out is NUL-terminated, in the arena; *n (may be NULL) its length.
 * ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO. path "-" reads standard input. */
enum err_code file_read(struct arena *a, const char *path, size_t limit_bytes, char **out, size_t *n,
                        struct err *e);

/* Replace or create a file in one step (temporary beside it, fsync, rename). mode as for open(2). */
enum err_code file_write(const char *path, const char *p, size_t n, unsigned mode, struct err *e);

/* mkdir -p, 0750 each. Existing folders are left as they are. */
enum err_code file_make_folder(const char *path, struct err *e);

/* Remove a folder and all in it, never following symlinks. A path that is not there is fine. */
enum err_code file_remove_tree(const char *path, struct err *e);

bool file_exists(const char *path);
bool file_is_folder(const char *path);

/* An exclusive flock(2) on path (made when missing). Waits up to wait_ms (0: do not wait, -1: for ever); the lock goes
 * when the descriptor closes or the process dies. ERR_LOCKED when another holds it; message names `what`. */
enum err_code file_lock(const char *path, int wait_ms, const char *what, int *fd, struct err *e);

/* "folder/name" in the arena. */
char *file_join(struct arena *a, const char *folder, const char *name);

#endif
