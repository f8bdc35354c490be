/*
 * The parts of store_check(). Private to this module.
 */
#ifndef TIDELINE_STORE_STORE_CHECK_INTERNAL_H
#define TIDELINE_STORE_STORE_CHECK_INTERNAL_H

#include "core/store/sql.h"
#include "core/store/store_check.h"

/* A statement that gives one row (subject, detail) per breach of one rule. */
enum check_about { CHECK_DATABASE, CHECK_EVENT, CHECK_PATH, CHECK_PULL_REQUEST };
struct check_rule {
    enum sql_name statement;
    enum check_about about; /* what the subject is */
    const char *code, *text;
};
enum err_code store_check_rule(struct store_check *c, const struct check_rule *rule, struct sql *q,
                               struct err *e);

/* store_check_schema.c: tables, indexes and triggers of ours are there as the scripts make them. usable: at least
 * the tables are. */
enum err_code store_check_schema(struct store *s, struct store_check *c, bool *usable, struct err *e);

/* store_check_event.c: each event against its row, metadata, conflict and pull requests; each revision. */
enum err_code store_check_events(struct store *s, struct store_check *c, struct err *e);
enum err_code store_check_revisions(struct store *s, struct store_check *c, struct err *e);
enum err_code store_check_conflicts(struct store *s, struct store_check *c, struct err *e);
enum err_code store_check_theirs(struct store *s, struct store_check *c, int64_t repository, struct err *e);
enum err_code store_check_file_contents(struct store *s, struct store_check *c, struct err *e);

/* store_check_search.c: the search documents hold the words of the events, no more and no less. */
enum err_code store_check_search(struct store *s, struct store_check *c, struct err *e);

#endif
