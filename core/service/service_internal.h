/*
 * Shared by the files of core/service.
 */
#ifndef TIDELINE_SERVICE_SERVICE_INTERNAL_H
#define TIDELINE_SERVICE_SERVICE_INTERNAL_H

#include "core/auth/auth.h"
#include "core/git/git_service.h"
#include "core/pr/pr_builder.h"
#include "core/service/service_account.h"
#include "core/service/service_job.h"
#include "core/store/store.h"
#include "core/store/store_job.h"
#include "core/store/store_pull_request.h"
#include "core/sync/timeline_sync.h"

struct service {
    struct arena *arena;        /* of the request */
    struct arena *tenant_arena; /* holds `tenant`; renewed when the stored settings change */
    const struct tenant *base;  /* as files and environment say */
    struct tenant tenant;       /* with what the database holds on top */
    enum service_mode mode;
    const char *opened_as;        /* who acts when nobody entered */
    const char *actor;            /* who acts now: the caller, once one entered */
    struct service_caller caller; /* texts live in `arena` */
    struct json_object *problems; /* in `arena`; NULL: none yet */
    struct store *store;
    int64_t settings_version; /* store_version() that `tenant` was made at */
    struct service_progress progress;
};

/* Everything that one operation on the remote needs; all of it is released by remote_end(). */
struct remote {
    struct git_service *git;
    struct timeline_sync sync;
    struct pr_builder pr;
    struct http_options http;
    const char *token_for; /* the host whose token is not sent to this remote; NULL: none is withheld */
    int lock_fd;
};

/* Take the tenant's operation lock and open the mirror. ERR_LOCKED, ERR_CONFIG when no repository is configured. */
enum err_code remote_begin(struct service *s, struct remote *r, struct err *e);
void remote_end(struct remote *r);
/* The same for a tenant that is set otherwise than the database says: what is to be stored is tried first. */
enum err_code remote_begin_at(struct service *s, const struct tenant *t, struct remote *r, struct err *e);

/* Take over what the database holds now. Texts of s->tenant end. */
enum err_code service_reload(struct service *s, struct err *e);

/* Was this setting stored through the web? Beside such a one stands a mark with the same value. */
bool service_setting_from_web(const struct store_setting *settings, size_t n,
                              const struct store_setting *setting);
/* [w] Store it (NULL: forget it) with or without the mark; a repository's URL is the database's current one from then on. */
enum err_code service_setting_store(struct service *s, const char *key, const char *value, bool from_web,
                                    struct err *e);

/* ERR_CONFIG with what to do when the tenant has no repository URL. */
enum err_code service_need_repository(struct service *s, struct err *e);

/*
 * Queue a job of any kind for the caller, or find the one that answers (jobs_enqueue says which). What may be asked for, and by whom, the
 * caller of this has checked; args: see core/jobs/jobs.h. View as service_job.h says.
 */
enum err_code service_enqueue(struct service *s, const struct service_job_request *request,
                              struct json_object **view, struct err *e);

/* What core/auth works on now. */
struct auth service_auth(struct service *s);

/* Note what is wrong with a field. service_problems_end() is ERR_OK when nothing was noted, else ERR_INVALID_FIELDS with all sentences. */
void service_problem(struct service *s, const char *field, const char *error);
enum err_code service_problems_end(struct service *s, struct err *e);

/* How long this mode waits for the writer lock. */
int service_wait_ms(const struct service *s);

/* Other programs write into the same tables. When their work cannot be taken over now (busy, read-only), what was known
 * before is shown. */
void service_see_other_programs(struct service *s);

/* Short forms for views. */
void view_time(struct service *s, struct json_object *object, const char *key, int64_t us);
void view_text(struct json_object *object, const char *key, const char *text); /* "" becomes null */
struct json_object *view_parsed(struct service *s, const char *text);          /* NULL when empty or broken */
struct json_object *view_score(double score);                                  /* NULL when none (below 0) */
/* reservation and verdicts of an event's view. */
enum err_code service_review_add(struct service *s, const struct store_event *event, struct json_object *view,
                                 struct err *e);
/* As service_status asks the remote, but that it cannot be asked is a failure, for a job to try again. */
enum err_code service_check(struct service *s, struct json_object **view, struct err *e);

enum err_code view_job(struct service *s, int64_t id, struct json_object **view,
                       struct err *e); /* {success, job} */
struct json_object *view_pull_request(struct service *s, const struct store_pull_request *pr);
/* Long lists of errors fill a page sooner: then slice->limit is lowered to what is there, for list_end(). */
enum err_code view_syncs(struct service *s, struct store_slice *slice, struct json_object **list,
                         struct err *e);
enum err_code view_pull_requests(struct service *s, const char *state, const struct store_slice *slice,
                                 struct json_object **list, struct err *e);

/*
 * Lists paged by id: list_begin() reads cursor and limit (more than 1000 is 1000) and says what to ask the store for, one row more than is
 * shown; list_end() takes that row off again and sets next_cursor of the view, the last "id" shown or null.
 * ERR_INVALID_INPUT: a cursor that no list gave.
 */
enum err_code list_begin(const struct service_list_args *args, struct store_slice *out, struct err *e);
void list_end(struct service *s, struct json_object *view, struct json_object *rows,
              const struct store_slice *slice);

/* Rows hold long texts that lists do not show, so a list is read in parts: how many rows of it to read next, when there are so many. 0: all are there. */
size_t list_part(const struct store_slice *slice, size_t rows);

#endif
