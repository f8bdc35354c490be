/*
 * What `event add` is given, read: files as they are named, a folder's event files sorted by name, "-" for standard
 * input. All are read before the first is added, so that a name that is wrong changes nothing.
 */
#ifndef TIDELINE_CLI_EVENT_FILES_H
#define TIDELINE_CLI_EVENT_FILES_H

#include "cli/cli.h"
#include "core/service/service_write.h"

struct event_files {
    struct service_source *list;
    size_t n;
    bool many; /* not just one file with one event */
};

/* The operands of the command. ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO. */
enum err_code event_files_read(struct cli *cli, struct event_files *out, struct err *e);

#endif
