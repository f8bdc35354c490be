/*
 * tideline-fcgi: serves the pages and the API of all tenants over FastCGI.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/util/log.h"
#include "fcgi/options.h"
#include "fcgi/pool.h"

int main(int argc, char **argv)
{
    struct options options;
    struct err e = {0};
    enum err_code code = options_parse(argc, argv, &options, &e);

    if (code == ERR_OK && (options.help || options.version)) {
        (void)fputs(options.help ? options_help() : "tideline-fcgi " TIDELINE_VERSION "\n", stdout);
        return EXIT_SUCCESS;
    }
    log_setup(options.log_json, LOG_INFO);
    if (code == ERR_OK)
        code = pool_run(&options, &e);
    if (code != ERR_OK)
        log_write(LOG_ERROR, "%s (%s)", e.message, err_name(code));
    return err_exit_status(code);
}
