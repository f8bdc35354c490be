/*
 * Asking for a pull request from a page or the API: what waits, whether the choice can be sent, and the job that does it.
 * The job's arguments are as core/jobs/jobs.h says; what is left out is made.
 */
#include <stdlib.h>
#include <string.h>

#include "core/jobs/jobs.h"
#include "core/service/service_account.h"
#include "core/service/service_internal.h"
#include "core/service/service_job.h"
#include "core/util/utf8.h"

enum {
    PROBLEMS_SHOWN = 10, /* of events; who sends hundreds of wrong ones reads no more of them */
    NAME_BYTES = 200,    /* of an event in a sentence */
    UNFINISHED_MOST = 50,
    ACTIVE_MOST = 100, /* jobs; previews are JOBS_PREVIEWS_MOST at most */
};

/* All events that wait, by date; and the same by id, to find one. */
struct pending {
    struct store_event *events;
    const struct store_event **by_id;
    size_t n;
};

static int compare_ids(const void *left, const void *right)
{
    const struct store_event *const *l = left;
    const struct store_event *const *r = right;

    return strcmp((*l)->id, (*r)->id);
}

static enum err_code load_pending(struct service *s, struct pending *p, struct err *e)
{
    service_see_other_programs(s);
    TRY(store_event_pending_export(s->store, s->arena, &p->events, &p->n, e));
    p->by_id = arena_array(s->arena, p->n + 1, sizeof *p->by_id);
    for (size_t i = 0; i < p->n; i++)
        p->by_id[i] = &p->events[i];
    if (p->n)
        qsort(p->by_id, p->n, sizeof *p->by_id, compare_ids);
    return ERR_OK;
}

static const struct store_event *find_pending(const struct pending *p, const char *id)
{
    const struct store_event wanted = {.id = id};
    const struct store_event *key = &wanted;
    const struct store_event *const *found =
        p->n ? bsearch(&key, p->by_id, p->n, sizeof *p->by_id, compare_ids) : NULL;

    return found ? *found : NULL;
}

/* ---- the form */

static struct json_object *event_row(const struct store_event *event)
{
    struct json_object *row = json_object_new_object();
    double score = event->quality_score >= 0 ? event->quality_score : event->auto_score;

    jx_set_text(row, "id", event->id);
    jx_set_text(row, "date", event->date);
    jx_set_text(row, "title", event->title);
    jx_set_text(row, "change", event->change);
    jx_set_int(row, "revision", event->revision);
    jx_set(row, "score", score >= 0 ? json_object_new_double(score) : NULL);
    return row;
}

/* The events that texts are made for: those named that still wait, or all that are offered. */
static size_t choose(struct service *s, const struct pending *p, const char *const *ids,
                     struct store_event **chosen)
{
    size_t offered = p->n < SERVICE_PR_EVENTS ? p->n : SERVICE_PR_EVENTS;
    bool *wanted = arena_array(s->arena, p->n + 1, sizeof *wanted);
    size_t n = 0;

    *chosen = p->events;
    if (!ids)
        return offered;
    for (size_t i = 0; ids[i]; i++) {
        const struct store_event *event = find_pending(p, ids[i]);

        if (event)
            wanted[event - p->events] = true;
    }
    *chosen = arena_array(s->arena, p->n + 1, sizeof **chosen);
    for (size_t i = 0; i < p->n; i++)
        if (wanted[i])
            (*chosen)[n++] = p->events[i];
    return n;
}

static enum err_code active_job(struct service *s, struct json_object **job, struct err *e)
{
    struct store_job *jobs;
    size_t n;

    *job = NULL;
    TRY(store_job_list(s->store, s->arena, true, &(struct store_slice){.limit = ACTIVE_MOST}, &jobs, &n, e));
    for (size_t i = 0; i < n && !*job; i++)
        if (str_eq(jobs[i].kind, jobs_kind_name(JOB_CREATE_PR)) ||
            str_eq(jobs[i].kind, jobs_kind_name(JOB_RETRY)))
            *job = jobs_json(s->arena, &jobs[i]);
    return ERR_OK;
}

static enum err_code list_unfinished(struct service *s, struct json_object *list, struct err *e)
{
    struct store_pull_request *rows;
    size_t n;

    TRY(store_pr_list(s->store, s->arena, "running", &(struct store_slice){.limit = UNFINISHED_MOST}, &rows,
                      &n, e));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row;

        if (!str_eq(rows[i].repo_url, s->tenant.repo_url))
            continue;
        row = json_object_new_object();
        jx_set_int(row, "id", rows[i].id);
        jx_set_text(row, "title", rows[i].title);
        jx_set_text(row, "error", rows[i].error[0] ? rows[i].error : NULL);
        jx_set_int(row, "events_count", rows[i].event_count);
        jx_push(list, row);
    }
    return ERR_OK;
}

static enum err_code set_others(struct service *s, struct json_object *view, struct err *e)
{
    struct json_object *unfinished = json_object_new_array();
    struct json_object *running = NULL;

    jx_set(view, "unfinished", unfinished);
    TRY(active_job(s, &running, e));
    jx_set(view, "running", running);
    /* What is being made now is no left-over. */
    return running ? ERR_OK : list_unfinished(s, unfinished, e);
}

enum err_code service_pr_form(struct service *s, const char *const *ids, struct json_object **view,
                              struct err *e)
{
    struct json_object *list = json_object_new_array();
    struct store_event *chosen;
    struct pending p;
    const char *title = NULL;
    const char *description = NULL;
    size_t n;

    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set(*view, "events", list);
    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(service_need_repository(s, e));
    TRY(load_pending(s, &p, e));
    for (size_t i = 0; i < p.n && i < SERVICE_PR_EVENTS; i++)
        jx_push(list, event_row(&p.events[i]));
    jx_set_int(*view, "total", (int64_t)p.n);
    n = choose(s, &p, ids, &chosen);
    if (n)
        pr_builder_texts(s->arena, chosen, n, &title, &description);
    jx_set_text(*view, "title", title);
    jx_set_text(*view, "description", description);
    return set_others(s, *view, e);
}

/* ---- what was asked for */

static void add_problem(struct service *s, const char *field, const char *text)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", field);
    jx_set_text(problem, "error", text);
    jx_push(service_problems(s), problem);
}

static const char *event_name(struct service *s, const char *title, const char *date)
{
    char name[NAME_BYTES];

    utf8_clean(name, sizeof name, title, strlen(title));
    return date ? arena_printf(s->arena, "“%s” (%.20s)", name, date) : arena_printf(s->arena, "“%s”", name);
}

static const char *changed_since(struct service *s, const struct store_event *event)
{
    return arena_printf(s->arena, "%s was changed after it was chosen. Look at it as it is now%s.",
                        event_name(s, event->title, event->date),
                        str_eq(event->state, "validated") ? ", and choose it again"
                                                          : "; it goes out once it is validated again");
}

static const char *why_not(struct service *s, const struct store_event *event, int64_t revision)
{
    const char *name = event_name(s, event->title, event->date);

    if (str_eq(event->state, "exported"))
        return arena_printf(s->arena, "%s is in an open pull request already.", name);
    if (str_eq(event->state, "merged"))
        return arena_printf(s->arena, "%s equals the repository: there is nothing to send.", name);
    if (revision && event->revision != revision)
        return changed_since(s, event);
    if (str_eq(event->state, "validated"))
        return arena_printf(s->arena, "%s is in a pull request that is being made already.", name);
    return arena_printf(s->arena, "%s is in state %s, and only validated events go out.", name, event->state);
}

/* One event of the choice; NULL when it can go. */
static enum err_code check_event(struct service *s, const struct pending *p, const char *id, int64_t revision,
                                 const char **problem, struct err *e)
{
    const struct store_event *waiting = find_pending(p, id);
    struct store_event event;
    enum err_code code;

    *problem = NULL;
    if (waiting) {
        if (revision && waiting->revision != revision)
            *problem = changed_since(s, waiting);
        return ERR_OK;
    }
    code = store_event_get(s->store, s->arena, id, &event, e);
    if (code == ERR_NOT_FOUND || (code == ERR_OK && str_eq(event.state, "gone"))) {
        *problem = arena_printf(s->arena, "%s is not there, or not any more. Leave it out.",
                                event_name(s, id, NULL));
        return ERR_OK;
    }
    TRY(code);
    *problem = why_not(s, &event, revision);
    return ERR_OK;
}

/* One chosen event, as the person saw it. */
struct chosen {
    const char *id;
    int64_t revision;
};

static int compare_chosen(const void *left, const void *right)
{
    const struct chosen *l = left;
    const struct chosen *r = right;
    int order = strcmp(l->id, r->id);

    return order ? order : (l->revision > r->revision) - (l->revision < r->revision);
}

static struct json_object *chosen_row(const struct chosen *c)
{
    struct json_object *row = json_object_new_object();

    jx_set_text(row, "id", c->id);
    jx_set_int(row, "revision", c->revision);
    return row;
}

/* Each event once and by id, whatever order and however often it was named: two requests for the same are the same. */
static void set_events(struct service *s, const struct service_pr_choice *choice, struct json_object *args)
{
    struct json_object *list = json_object_new_array();
    struct chosen *all;
    size_t n = 0;

    while (choice->ids[n])
        n++;
    all = arena_array(s->arena, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct chosen){choice->ids[i], choice->revisions ? choice->revisions[i] : 0};
    if (n)
        qsort(all, n, sizeof *all, compare_chosen);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_eq(all[i].id, all[i - 1].id))
            jx_push(list, chosen_row(&all[i]));
    jx_set(args, "events", list);
}

static enum err_code check_events(struct service *s, const struct json_object *events,
                                  const struct pending *p, struct err *e)
{
    size_t n = json_object_array_length(events);
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const struct json_object *row = json_object_array_get_idx(events, i);
        const char *problem;

        TRY(check_event(s, p, jx_get_text(row, "id"), jx_get_int(row, "revision", 0), &problem, e));
        if (problem && wrong++ < PROBLEMS_SHOWN)
            add_problem(s, "events", problem);
    }
    if (wrong > PROBLEMS_SHOWN)
        add_problem(s, "events",
                    arena_printf(s->arena, "%zu more of the chosen events cannot go out now.",
                                 wrong - PROBLEMS_SHOWN));
    if (n == 0)
        add_problem(s, "events", "Choose at least one event.");
    return ERR_OK;
}

static void check_text(struct service *s, const char *field, enum pr_builder_field kind, const char *text)
{
    struct err why = {0};

    if (pr_builder_check_text(kind, text, &why) != ERR_OK)
        add_problem(s, field, arena_strdup(s->arena, why.message));
}

static bool holds(const struct json_object *list, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (str_eq(json_object_get_string(json_object_array_get_idx(list, i)), text))
            return true;
    return false;
}

static void set_labels(const struct service_pr_choice *choice, struct json_object *args)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; choice->labels && choice->labels[i]; i++)
        if (!holds(list, choice->labels[i]))
            jx_push_text(list, choice->labels[i]);
    jx_set(args, "labels", list);
}

/* What is asked for, as the job will read it. */
static struct json_object *args_of(struct service *s, const struct service_pr_choice *choice)
{
    struct json_object *args = jx_own(s->arena, json_object_new_object());

    if (choice->ids)
        set_events(s, choice, args);
    if (choice->title && choice->title[0])
        jx_set_text(args, "title", choice->title);
    if (choice->description && choice->description[0])
        jx_set_text(args, "description", choice->description);
    set_labels(choice, args);
    jx_set_bool(args, "draft", choice->draft);
    return args;
}

static void check_texts(struct service *s, const struct json_object *args)
{
    const struct json_object *labels = jx_get(args, "labels");
    size_t n = json_object_array_length(labels);

    if (jx_get_text(args, "title"))
        check_text(s, "title", PR_TITLE, jx_get_text(args, "title"));
    if (jx_get_text(args, "description"))
        check_text(s, "description", PR_DESCRIPTION, jx_get_text(args, "description"));
    for (size_t i = 0; i < n && i < SERVICE_PR_LABELS; i++)
        check_text(s, "labels", PR_LABEL, json_object_get_string(json_object_array_get_idx(labels, i)));
    if (n > SERVICE_PR_LABELS)
        add_problem(s, "labels", arena_printf(s->arena, "These are more than %d labels.", SERVICE_PR_LABELS));
}

static enum err_code nothing_waits(struct service *s, struct err *e)
{
    struct json_object *unfinished = jx_own(s->arena, json_object_new_array());

    TRY(list_unfinished(s, unfinished, e));
    if (json_object_array_length(unfinished))
        return ERR_OK; /* the same request finishes it */
    return pr_nothing_waits(s->store, e);
}

static enum err_code check_args(struct service *s, const struct json_object *args, struct err *e)
{
    const struct json_object *events = jx_get(args, "events");
    struct pending p;
    size_t problems;

    TRY(load_pending(s, &p, e));
    if (events)
        TRY(check_events(s, events, &p, e));
    check_texts(s, args);
    problems = json_object_array_length(service_problems(s));
    if (problems)
        return err_set(e, ERR_INVALID_FIELDS,
                       problems == 1
                           ? "This cannot be sent as it is; the problem is named with its field."
                           : "This cannot be sent as it is; the problems are named with their fields.");
    return events || p.n ? ERR_OK : nothing_waits(s, e);
}

/* The button pressed twice, or a request sent again: the events may be on their way already, and the answer is the job
 * that was made for them, not what is wrong with them by now. */
static enum err_code was_asked(struct service *s, const struct service_job_request *request, bool *asked,
                               struct err *e)
{
    struct store_job_key key = {.caller = s->actor ? s->actor : "", .key = request->idempotency_key};
    const char *args = jx_text(s->arena, request->args);
    struct store_job *jobs;
    size_t n;

    *asked = false;
    if (key.key)
        TRY(store_job_key_get(s->store, s->arena, &key, asked, e));
    TRY(store_job_list(s->store, s->arena, true, &(struct store_slice){.limit = ACTIVE_MOST}, &jobs, &n, e));
    for (size_t i = 0; i < n && !*asked; i++)
        *asked = str_eq(jobs[i].kind, request->kind) && str_eq(jobs[i].args, args);
    return ERR_OK;
}

enum err_code service_pr_request(struct service *s, const struct service_pr_choice *choice,
                                 struct json_object **view, struct err *e)
{
    const struct service_job_request request = {.kind = choice->preview ? "preview" : "create_pr",
                                                .args = args_of(s, choice),
                                                .idempotency_key = choice->idempotency_key};
    bool asked;

    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(service_need_repository(s, e));
    TRY(was_asked(s, &request, &asked, e));
    if (!asked)
        TRY(check_args(s, request.args, e));
    return service_enqueue(s, &request, view, e);
}

enum err_code service_pr_request_retry(struct service *s, int64_t id, struct json_object **view,
                                       struct err *e)
{
    struct json_object *args = jx_own(s->arena, json_object_new_object());
    const struct service_job_request request = {.kind = "retry", .args = args};
    struct store_pull_request row;

    TRY(service_need(s, SERVICE_EDITOR, e));
    TRY(service_need_repository(s, e));
    TRY(store_pr_get(s->store, s->arena, id, &row, e));
    if (!str_eq(row.repo_url, s->tenant.repo_url))
        return err_set(e, ERR_REPOSITORY_SWITCHED, "This pull request belongs to another repository: %.200s.",
                       row.repo_url);
    if (!str_eq(row.state, "running") && !str_eq(row.state, "failed"))
        return err_set(e, ERR_NOTHING_TO_DO, "The pull request is %s: there is nothing to try again.",
                       row.state);
    jx_set_int(args, "id", id);
    return service_enqueue(s, &request, view, e);
}
