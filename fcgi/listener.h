/*
 * The unix socket that nginx connects to: 0660, in a folder that is made 0750 when it is missing. A socket file that nobody
 * listens on any more (left by a killed service) is replaced; one that answers is another service's and is refused.
 */
#ifndef TIDELINE_FCGI_LISTENER_H
#define TIDELINE_FCGI_LISTENER_H

#include "core/util/arena.h"
#include "core/util/err.h"

enum err_code listener_open(struct arena *a, const char *path, int *fd, struct err *e);

#endif
