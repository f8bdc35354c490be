/* Asking for a password. */
#ifndef TIDELINE_CLI_PASSWORD_H
#define TIDELINE_CLI_PASSWORD_H

#include "cli/cli.h"

enum {
    PASSWORD_BYTES = 4096
}; /* of a line, with its NUL; what a password may be is for the service to say */

/*
 * At the terminal, twice and without echo, or with --password-stdin the first line of standard input, which must be all there is.
 * The caller wipes it (explicit_bzero). ERR_USAGE: nobody can be asked; ERR_INVALID_INPUT: the two differ, or the input is not one line;
 * ERR_CANCELLED: stopped by a signal or the end of input; the terminal is as before.
 */
enum err_code password_read(const struct cli *cli, const char *name, char out[PASSWORD_BYTES], struct err *e);

#endif
