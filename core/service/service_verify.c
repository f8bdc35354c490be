#include "core/service/service_verify.h"

#include <unistd.h>

#include "core/service/service_internal.h"
#include "core/store/store_check.h"
#include "core/util/file.h"
#include "core/util/str.h"

/* What the check reads with; git NULL: the mirror cannot be asked, and why. */
struct verify {
    struct service *s;
    struct store_check check;
    struct timeline_sync sync;
    struct pr_builder pr;
    struct json_object *skipped;
    int lock_fd;
};

static void skip(struct verify *v, const char *part, const char *why)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "part", part);
    jx_set_text(row, "why", why);
    jx_push(v->skipped, row);
}

/* Without the lock a pull might rebuild the mirror under our eyes. */
static bool lock_mirror(struct verify *v)
{
    struct service *s = v->s;
    struct err e = {0};

    if (file_lock(arena_printf(s->arena, "%s-tideline-operation.lock", s->tenant.db_path), 0, "the mirror",
                  &v->lock_fd, &e) == ERR_OK)
        return true;
    skip(v, "mirror",
         e.code == ERR_LOCKED ? "Another operation is using the mirror." : arena_strdup(s->arena, e.message));
    return false;
}

/* To read what is there; no token, no network. */
static void open_mirror(struct verify *v)
{
    const struct tenant *t = &v->s->tenant;
    struct git_service_options options = {.mirror = t->mirror, .url = t->repo_url, .branch = t->branch};
    struct git_service_status status = {0};
    struct err e = {0};

    if (!t->repo_url)
        return skip(v, "mirror", "No repository is configured.");
    if (!lock_mirror(v))
        return;
    if (git_service_open(&options, &v->sync.git, &e) != ERR_OK ||
        git_service_get_status(v->sync.git, v->s->arena, &status, &e) != ERR_OK)
        skip(v, "mirror", arena_strdup(v->s->arena, e.message));
    else if (!status.mirror_exists)
        skip(v, "mirror", "There is no mirror. The next pull makes it.");
    if (v->sync.git && !status.mirror_exists) {
        git_service_close(v->sync.git);
        v->sync.git = NULL;
    }
}

static void close_mirror(struct verify *v)
{
    if (v->sync.git)
        git_service_close(v->sync.git);
    if (v->lock_fd >= 0)
        close(v->lock_fd);
}

/* All parts see one moment of the database. */
static enum err_code check_all(struct verify *v, struct err *e)
{
    const char *why = NULL;

    TRY(store_check(v->s->store, &v->check, e));
    if (!v->check.usable)
        return skip(v, "mirror", "The database must be right first."), ERR_OK;
    if (v->sync.repo_url)
        TRY(timeline_sync_check(&v->sync, &v->check, &why, e));
    if (why)
        skip(v, "mirror", why);
    return pr_builder_check(&v->pr, &v->check, e);
}

static struct json_object *answer(struct verify *v)
{
    struct json_object *view = jx_own(v->s->arena, json_object_new_object());

    jx_set_bool(view, "success", v->check.found == 0);
    jx_set(view, "checked", json_object_get(v->check.checked));
    jx_set(view, "findings", json_object_get(v->check.findings));
    jx_set_int(view, "found", v->check.found);
    jx_set_int(view, "not_yet_seen", v->check.not_yet_seen);
    jx_set(view, "skipped", json_object_get(v->skipped));
    return view;
}

enum err_code service_verify(struct service *s, struct json_object **view, struct err *e)
{
    struct verify v = {.s = s, .skipped = jx_own(s->arena, json_object_new_array()), .lock_fd = -1};
    enum err_code code;

    v.check = (struct store_check){
        .report = s->progress.report, .cancelled = s->progress.cancelled, .context = s->progress.context};
    store_check_begin(&v.check, s->arena);
    v.sync = (struct timeline_sync){.arena = s->arena,
                                    .store = s->store,
                                    .repo_url = s->tenant.repo_url,
                                    .branch = s->tenant.branch,
                                    .events_dir = s->tenant.events_dir};
    v.pr = (struct pr_builder){.sync = &v.sync};
    open_mirror(&v);
    code = store_read_begin(s->store, e);
    if (code == ERR_OK)
        code = check_all(&v, e);
    store_read_end(s->store);
    close_mirror(&v);
    TRY(code);
    *view = answer(&v);
    if (v.check.found)
        return err_set(e, ERR_FINDINGS,
                       "The check has %lld finding%s. Where the sentence does not say what to do, restore a "
                       "backup, or report it.",
                       (long long)v.check.found, v.check.found == 1 ? "" : "s");
    return ERR_OK;
}
