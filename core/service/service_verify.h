/*
 * Trust: is everything as it must be (`tideline check`), and a copy in case it is not (`tideline backup`). Neither
 * changes anything or talks to a remote. For a service opened with SERVICE_READ.
 */
#ifndef TIDELINE_SERVICE_SERVICE_VERIFY_H
#define TIDELINE_SERVICE_SERVICE_VERIFY_H

#include "core/service/service.h"

/*
 * Check all invariants of the database and, where it is there, of the mirror: {success (nothing was found), checked: {events, revisions, conflicts, files, search_documents,
 * pull_requests, repository_files, commits: how many were looked at}, findings: [{code, event | path | pull_request, text}] (the first 1,000), found (all of them), not_yet_seen (events that
 * another program wrote to since Tideline last looked; left out), skipped: [{part, why}]}.
 * ERR_FINDINGS with the view when something was found.
 */
enum err_code service_verify(struct service *s, struct json_object **view, struct err *e);

/* A consistent copy of the database, while it is in use: {success, file, bytes, events, created_at}. The file is there whole or not at all.
 * ERR_EXISTS: it is there already and replace is false, or it may not be replaced. */
enum err_code service_backup(struct service *s, const char *file, bool replace, struct json_object **view,
                             struct err *e);

#endif
