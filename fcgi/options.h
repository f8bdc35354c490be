/*
 * The command line of tideline-fcgi.
 */
#ifndef TIDELINE_FCGI_OPTIONS_H
#define TIDELINE_FCGI_OPTIONS_H

#include <stdbool.h>

#include "core/util/err.h"

struct options {
    const char *tenants_folder;   /* NULL: TIDELINE_TENANTS, else where config_load() looks */
    const char *socket_path;      /* default /run/tideline/tideline.sock */
    const char *templates_folder; /* default: where installation puts them */
    int web_workers;              /* 1-256, default 4 */
    int job_workers;              /* 1-64, default 2 */
    int job_workers_most;         /* 1-64, at least job_workers; default 16 */
    int stall_limit_s;            /* of job workers: 2-86400, default 600 */
    bool log_json;
    bool help, version; /* print and end */
};

/* Read argv (texts are kept, not copied). ERR_USAGE names the option and what it takes. */
enum err_code options_parse(int argc, char *const *argv, struct options *out, struct err *e);

/* What --help prints. */
const char *options_help(void);

#endif
