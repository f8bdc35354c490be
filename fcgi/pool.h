/*
 * The master: owns the listening socket and keeps the workers alive. It opens no database, no repository and no
 * connection, and does nothing that can block, so that it always can answer a signal.
 *
 *   a worker dies            another takes its place, at once the first time, later and later when it goes on
 *   a worker stalls          killed (a request may take 30 s, a job 10 minutes or --stall-limit without a sign of life)
 *   all job workers are busy  and jobs wait: another one starts, up to --job-workers-most, and ends when there is nothing to do
 *   SIGTERM, SIGINT          workers finish what they do, for at most 10 s; a job that takes longer is put back; then the master ends
 *   SIGHUP                   tenants and templates are read again; a new generation of workers starts beside the old one, which
 *                            ends when the new one is up. What is refused is logged, and the old ones stay
 *   the master is killed     the kernel kills the workers with it
 */
#ifndef TIDELINE_FCGI_POOL_H
#define TIDELINE_FCGI_POOL_H

#include "core/util/err.h"
#include "fcgi/options.h"

/* Serve until told to stop. Errors are those of starting: configuration, templates, socket. */
enum err_code pool_run(const struct options *options, struct err *e);

#endif
