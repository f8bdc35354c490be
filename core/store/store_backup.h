/*
 * A consistent copy of the database while others go on reading and writing it.
 */
#ifndef TIDELINE_STORE_STORE_BACKUP_H
#define TIDELINE_STORE_STORE_BACKUP_H

#include "core/store/store.h"

struct store_backup {
    const char *file; /* of the copy */
    bool replace;     /* a file that is there may be replaced */
    void (*report)(void *context, const char *phase, uint64_t done, uint64_t total,
                   uint64_t bytes);   /* or NULL */
    bool (*cancelled)(void *context); /* or NULL */
    void *context;
    int64_t bytes; /* set: size of the copy */
};

/*
 * Copy the database as one moment has it (that of the store_read_begin() around it, or of its own). It is written under a
 * temporary name in the folder of the file, made durable, then renamed: the file is there whole or not at all. The copy
 * opens like any database (DB_PATH). ERR_EXISTS: the file is there and may not be replaced, or is part of a database in
 * use; ERR_DISK_FULL, ERR_READ_ONLY, ERR_IO, ERR_CANCELLED: nothing is left behind.
 */
enum err_code store_backup(struct store *s, struct store_backup *b, struct err *e);

#endif
