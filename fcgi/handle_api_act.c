/*
 * What programs ask to be done: each request is held to its members and queued as a job, which the answer names.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/handle.h"
#include "fcgi/members.h"

enum { ACTIVE_LOOKED_AT = 100 };

static enum err_code read_key(const struct exchange *x, const char **key, struct err *e)
{
    *key = x->request->idempotency_key;
    if (!*key && x->request->input->idempotency_key)
        return err_set(e, ERR_INVALID_INPUT,
                       "The Idempotency-Key must have 1 to 200 visible ASCII characters, without spaces.");
    return ERR_OK;
}

/* What makes a pull request or changes settings is never asked for by sending nothing. */
enum err_code handle_need_body(const struct exchange *x, struct err *e)
{
    if (x->request->body_n)
        return ERR_OK;
    return err_set(e, ERR_MEDIA_TYPE,
                   "Send a JSON object, such as {}, with the header \"Content-Type: application/json\".");
}

void handle_print(struct exchange *x, struct json_object *view, struct response *out)
{
    out->type = RESPONSE_JSON;
    out->cache_control = "no-store";
    out->body = jx_text(x->arena, view);
    out->n = strlen(out->body);
}

static void answer_queued(struct exchange *x, struct json_object *view, struct response *out)
{
    out->status = 202;
    out->location =
        arena_printf(x->arena, "/api/v1/jobs/%lld", (long long)jx_get_int(jx_get(view, "job"), "id", 0));
    out->idempotency_replayed = jx_get_bool(view, "replayed", false);
    handle_print(x, view, out);
    exchange_wake(x);
}

/* Queue a job that any other of its kind answers. */
static enum err_code queue(struct exchange *x, const char *kind, const struct member *known,
                           struct response *out, struct err *e)
{
    struct service_job_request request = {.kind = kind, .args = x->body};
    struct json_object *view;

    TRY(read_key(x, &request.idempotency_key, e));
    TRY(members_check(x, known, e));
    TRY(service_job_request(x->service, &request, &view, e));
    answer_queued(x, view, out);
    return ERR_OK;
}

enum err_code handle_pull_post_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"confirm_deletions", MEMBER_FLAG},
                                          {"seen", MEMBER_TEXT},
                                          {"force", MEMBER_FLAG},
                                          {"dry_run", MEMBER_FLAG},
                                          {NULL, MEMBER_FLAG}};
    static const struct member none = {NULL, MEMBER_FLAG};
    bool dry_run = jx_get_bool(x->body, "dry_run", false);

    TRY(members_check(x, known, e));
    if (dry_run && json_object_object_length(x->body) > 1)
        return members_refuse(x, "dry_run",
                              "A dry run stands alone: it changes nothing and confirms nothing.", e);
    if (x->body)
        json_object_object_del(x->body, "dry_run");
    return dry_run ? queue(x, "plan", &none, out, e) : queue(x, "pull", known, out, e);
}

enum err_code handle_check_post_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member none = {NULL, MEMBER_FLAG};

    return queue(x, "check", &none, out, e);
}

enum err_code handle_refresh_post_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member none = {NULL, MEMBER_FLAG};

    return queue(x, "refresh", &none, out, e);
}

static bool is_active(const struct json_object *job)
{
    const char *state = jx_get_text(job, "state");

    return str_eq(state, "queued") || str_eq(state, "running");
}

/* The problem document names the job that stands in the way; when that is over by now, it names none. */
static enum err_code obstructed(struct exchange *x, const char *kind, enum err_code code)
{
    struct json_object *view;
    struct json_object *jobs;
    struct err ignored = {0};

    if (code != ERR_ALREADY_RUNNING ||
        service_job_list(x->service, ACTIVE_LOOKED_AT, NULL, &view, &ignored) != ERR_OK)
        return code;
    jobs = jx_get(view, "jobs");
    for (size_t i = 0; i < json_object_array_length(jobs); i++) {
        const struct json_object *job = json_object_array_get_idx(jobs, i);
        const char *its = jx_get_text(job, "kind");

        if (is_active(job) && (str_eq(its, kind) || (str_eq(kind, "create_pr") && str_eq(its, "retry"))))
            x->job_in_the_way = jx_get_int(job, "id", 0);
    }
    return code;
}

/* what: the members of the body, or what a preview was made of. */
static enum err_code ask_for_pull_request(struct exchange *x, const struct json_object *what, bool preview,
                                          struct response *out, struct err *e)
{
    struct service_pr_choice choice = {
        .title = jx_get_text(what, "title"),
        .description = jx_get_text(what, "description"),
        .labels = members_texts(x, what, "labels", NULL),
        .draft = jx_get_bool(what, "draft", false),
        .preview = preview,
    };
    struct json_object *view;

    choice.ids = members_texts(x, what, "events", &choice.revisions);
    TRY(read_key(x, &choice.idempotency_key, e));
    TRY(obstructed(x, "create_pr", service_pr_request(x->service, &choice, &view, e)));
    answer_queued(x, view, out);
    return ERR_OK;
}

/* Exactly what a preview showed: the same events at the same revisions, with the same texts. */
static enum err_code send_preview(struct exchange *x, int64_t id, struct response *out, struct err *e)
{
    struct json_object *what = jx_own(x->arena, json_object_new_object());
    struct json_object *view;
    struct json_object *job;
    struct json_object *result;
    enum err_code code = service_job_show(x->service, id, &view, e);

    if (code != ERR_OK && code != ERR_NOT_FOUND)
        return code;
    job = code == ERR_OK ? jx_get(view, "job") : NULL;
    result = job && str_eq(jx_get_text(job, "kind"), "preview") ? jx_get(job, "result") : NULL;
    if (!result)
        return members_refuse(x, "preview", "This is not the job of a preview that has succeeded.", e);
    jx_set(what, "title", json_object_get(jx_get(result, "title")));
    jx_set(what, "description", json_object_get(jx_get(result, "description")));
    /* What it would finish is chosen already. */
    if (!jx_get_bool(result, "resumed", false))
        jx_set(what, "events", json_object_get(jx_get(result, "events")));
    jx_set(what, "labels", json_object_get(jx_get(jx_get(job, "request"), "labels")));
    jx_set(what, "draft", json_object_get(jx_get(jx_get(job, "request"), "draft")));
    return ask_for_pull_request(x, what, false, out, e);
}

enum err_code handle_preview_post_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"events", MEMBER_EVENTS},    {"title", MEMBER_TEXT},
                                          {"description", MEMBER_TEXT}, {"labels", MEMBER_TEXTS},
                                          {"draft", MEMBER_FLAG},       {NULL, MEMBER_FLAG}};

    TRY(handle_need_body(x, e));
    TRY(members_check(x, known, e));
    return ask_for_pull_request(x, x->body, true, out, e);
}

enum err_code handle_pulls_post_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {{"events", MEMBER_EVENTS},    {"title", MEMBER_TEXT},
                                          {"description", MEMBER_TEXT}, {"labels", MEMBER_TEXTS},
                                          {"draft", MEMBER_FLAG},       {"preview", MEMBER_ID},
                                          {NULL, MEMBER_FLAG}};

    TRY(handle_need_body(x, e));
    TRY(members_check(x, known, e));
    if (!jx_get(x->body, "preview"))
        return ask_for_pull_request(x, x->body, false, out, e);
    if (json_object_object_length(x->body) > 1)
        return members_refuse(x, "preview", "Name a preview, or say what to send: not both.", e);
    return send_preview(x, jx_get_int(x->body, "preview", 0), out, e);
}

enum err_code handle_job_delete_api(struct exchange *x, struct response *out, struct err *e)
{
    int64_t id = request_ordinal(x->request->segments[3]);
    struct json_object *view;
    enum err_code code;

    if (!id)
        return err_set(e, ERR_NOT_FOUND, "A job is named by its number, such as /api/v1/jobs/1.");
    code = service_job_cancel(x->service, id, &view, e);
    if (code == ERR_STALE) /* nobody said If-Match, so 412 would tell a program nothing */
        return e->code = ERR_NOTHING_TO_DO;
    TRY(code);
    handle_print(x, view, out);
    exchange_wake(x); /* what waits behind it may begin */
    return ERR_OK;
}

/* The version that the program saw, when it is the one of now; "*" stands for whatever is there. */
static enum err_code read_condition(struct exchange *x, const char **version, struct err *e)
{
    struct json_object *view;

    if (!x->request->if_match)
        return err_set(
            e, ERR_PRECONDITION_REQUIRED,
            "Send the ETag of GET /api/v1/config with the header If-Match, so that nobody's change is "
            "overwritten unseen.");
    TRY(service_config_page(x->service, &view, e));
    *version = jx_get_text(view, "version");
    if (request_matches(x->request, arena_printf(x->arena, "\"%s\"", *version)))
        return ERR_OK;
    return err_set(e, ERR_STALE, "The settings have changed since. Get them again, then decide anew.");
}

/* Which repository, which branch: at least one of them. */
static enum err_code read_place(struct exchange *x, struct service_switch_args *args, struct err *e)
{
    args->repo_url = jx_get_text(x->body, "repo_url");
    args->branch = jx_get_text(x->body, "branch");
    args->seen = jx_get_text(x->body, "seen");
    if (!args->repo_url && !args->branch)
        return members_refuse(x, "repo_url", "Say which repository or which branch to follow.", e);
    return read_key(x, &args->idempotency_key, e);
}

enum err_code handle_config_preview_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {
        {"repo_url", MEMBER_TEXT}, {"branch", MEMBER_TEXT}, {NULL, MEMBER_FLAG}};
    struct service_switch_args args = {0};
    struct json_object *view;

    TRY(handle_need_body(x, e));
    TRY(members_check(x, known, e));
    TRY(read_place(x, &args, e));
    TRY(service_compare_request(x->service, &args, &view, e));
    answer_queued(x, view, out);
    return ERR_OK;
}

enum err_code handle_config_put_api(struct exchange *x, struct response *out, struct err *e)
{
    static const struct member known[] = {
        {"repo_url", MEMBER_TEXT}, {"branch", MEMBER_TEXT}, {"seen", MEMBER_TEXT}, {NULL, MEMBER_FLAG}};
    struct service_switch_args args = {0};
    struct json_object *view;

    TRY(handle_need_body(x, e));
    TRY(read_condition(x, &args.version, e));
    TRY(members_check(x, known, e));
    TRY(read_place(x, &args, e));
    TRY(obstructed(x, "switch", service_switch_request(x->service, &args, &view, e)));
    answer_queued(x, view, out);
    return ERR_OK;
}
