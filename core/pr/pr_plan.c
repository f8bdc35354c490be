/* What will be claimed: parent, events, files, texts. */
#include <string.h>

#include "core/event/event.h"
#include "core/pr/pr_internal.h"
#include "core/util/clock.h"
#include "core/util/digest.h"
#include "core/util/utf8.h"

enum {
    TITLE_CHARACTERS = 256, /* GitHub's limits */
    BODY_CHARACTERS = 65536,
    LABELS = 100,
    LABEL_CHARACTERS = 50,
};

enum err_code pr_fetch(struct pr_run *run, struct object_id *tip)
{
    struct git_service_pull pull;

    TRY(git_service_clone_or_update(run->git, &pull, run->e));
    if (!pull.after.hex[0])
        return err_set(
            run->e, ERR_BRANCH_NOT_FOUND,
            "The repository is empty: there is no branch %s that a pull request could go to. Push a first "
            "commit to it.",
            run->b->sync->branch);
    *tip = pull.after;
    return ERR_OK;
}

static const struct {
    const char *name;
    size_t limit;
    bool lines;
} text_fields[] = {[PR_TITLE] = {"title", TITLE_CHARACTERS, false},
                   [PR_DESCRIPTION] = {"description", BODY_CHARACTERS, true},
                   [PR_LABEL] = {"label", LABEL_CHARACTERS, false}};

enum err_code pr_builder_check_text(enum pr_builder_field field, const char *text, struct err *e)
{
    const char *name = text_fields[field].name;
    size_t n = strlen(text);
    uint32_t point;

    if (!utf8_valid(text, n, NULL))
        return err_set(e, ERR_INVALID_INPUT, "The %s is not UTF-8.", name);
    if (n == 0 || strspn(text, " \t\r\n") == n)
        return err_set(e, ERR_INVALID_INPUT, "The %s is empty. Leave it out to have one made.", name);
    if (utf8_length(text, n) > text_fields[field].limit)
        return err_set(e, ERR_INVALID_INPUT, "The %s is longer than %zu characters.", name,
                       text_fields[field].limit);
    for (size_t i = 0; i < n; i += utf8_decode(text + i, n - i, &point)) {
        utf8_decode(text + i, n - i, &point);
        if (text_fields[field].lines && (point == '\r' || point == '\n' || point == '\t'))
            continue;
        if (utf8_is_control(point) || point == '\n')
            return err_set(e, ERR_INVALID_INPUT, "The %s holds a control character.", name);
    }
    return ERR_OK;
}

static enum err_code check_request(struct pr_run *run, const struct pr_request *request)
{
    size_t n = 0;

    if (request->title)
        TRY(pr_builder_check_text(PR_TITLE, request->title, run->e));
    if (request->description)
        TRY(pr_builder_check_text(PR_DESCRIPTION, request->description, run->e));
    for (; request->labels && request->labels[n]; n++)
        TRY(pr_builder_check_text(PR_LABEL, request->labels[n], run->e));
    if (n > LABELS)
        return err_set(run->e, ERR_INVALID_INPUT, "A pull request takes at most %d labels.", LABELS);
    return ERR_OK;
}

enum err_code pr_plan_check_revisions(struct pr_run *run, const struct pr_request *request)
{
    for (size_t i = 0; request->ids && request->revisions && request->ids[i]; i++) {
        const char *id = request->ids[i];
        struct store_event now;
        enum err_code code =
            request->revisions[i] ? store_event_get(run->store, run->arena, id, &now, run->e) : ERR_OK;

        if (code == ERR_NOT_FOUND || (code == ERR_OK && request->revisions[i] &&
                                      (now.revision != request->revisions[i] || str_eq(now.state, "gone"))))
            return err_set(run->e, ERR_STALE,
                           "The event %s has changed since it was chosen. Look at it as it is now, then "
                           "choose again; nothing was sent.",
                           id);
        TRY(code);
    }
    return ERR_OK;
}

static const char *change_of(const struct store_event *event)
{
    if (event->removed)
        return "removed";
    return event->base_hash[0] ? "changed" : "added";
}

enum err_code pr_plan_events(struct pr_run *run, const struct object_id *parent,
                             const struct store_event *events, size_t n, struct store_pr_event **out)
{
    struct sync_export all;

    TRY(timeline_sync_prepare_export_files(run->b->sync, parent, events, n, &all, run->e));
    if (all.n == 0)
        return err_set(
            run->e, ERR_NOTHING_TO_DO,
            "The repository holds these events already. Run git-pull to bring the database up to date.");
    *out = arena_array(run->arena, n, sizeof **out);
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = (struct store_pr_event){.event_id = events[i].id,
                                            .revision = events[i].revision,
                                            .change = change_of(&events[i]),
                                            .content_hash = events[i].content_hash,
                                            .date = events[i].date,
                                            .title = events[i].title};
        TRY(pr_files_of_export(run->arena, &all, events[i].id, &(*out)[i].files, run->e));
    }
    return ERR_OK;
}

const char *pr_plan_branch(struct pr_run *run, const struct store_pull_request *row,
                           const struct store_pr_event *events, size_t n)
{
    struct str all;
    char digest[DIGEST_HEX_SIZE];

    /* Time and a random part are in it: a batch never meets the branch of an earlier one with the same events. */
    str_init(&all, run->arena, 8192 + n * 512);
    str_addf(&all, "%s\n%s\n%lld\n%s\n", row->repo_url, row->parent_commit, (long long)row->claimed_at_us,
             digest_random_hex(run->arena, 8));
    for (size_t i = 0; i < n; i++)
        str_addf(&all, "%s\n%lld\n", events[i].content_hash, (long long)events[i].revision);
    digest_sha256(all.p, all.n, digest);
    return pr_text_branch(run->arena, run->b->branch_prefix, row->claimed_at_us, n, digest);
}

static struct pr_text_event *text_events(struct arena *a, const struct store_event *events, size_t n)
{
    struct pr_text_event *out = arena_array(a, n, sizeof *out);

    for (size_t i = 0; i < n; i++) {
        const struct store_event *event = &events[i];
        struct json_object *fields = NULL;

        out[i] = (struct pr_text_event){.id = event->id,
                                        .date = event->date,
                                        .title = event->title,
                                        .change = change_of(event),
                                        .score = event->quality_score >= 0 ? event->quality_score
                                                                           : event->auto_score};
        if (event->content && jx_parse(a, event->content, strlen(event->content), &fields, NULL) == ERR_OK)
            out[i].sources = event_source_count(fields);
    }
    return out;
}

void pr_builder_texts(struct arena *a, const struct store_event *events, size_t n, const char **title,
                      const char **description)
{
    const struct pr_text_event *texts = text_events(a, events, n);

    *title = pr_text_title(a, texts, n);
    *description = pr_text_description(a, texts, n);
}

static const char *labels_json(struct arena *a, const char *const *labels)
{
    struct json_object *list = jx_own(a, json_object_new_array());

    for (size_t i = 0; labels && labels[i]; i++)
        jx_push_text(list, labels[i]);
    return jx_text(a, list);
}

static void write_texts(struct pr_run *run, const struct pr_request *request,
                        const struct store_event *events, struct pr_plan *plan)
{
    const struct pr_text_event *texts = text_events(run->arena, events, plan->n);
    struct store_pull_request *row = &plan->row;

    row->title = request->title ? request->title : pr_text_title(run->arena, texts, plan->n);
    row->description =
        request->description ? request->description : pr_text_description(run->arena, texts, plan->n);
    row->message = pr_text_message(run->arena, row->title, texts, plan->n);
    row->labels = labels_json(run->arena, request->labels);
    row->draft = request->draft;
}

static struct store_pull_request new_row(struct pr_run *run, const struct object_id *parent)
{
    const struct pr_builder *b = run->b;

    return (struct store_pull_request){.state = "running",
                                       .step = "claimed",
                                       .repo_url = b->sync->repo_url,
                                       .base_branch = b->sync->branch,
                                       .parent_commit = arena_strdup(run->arena, parent->hex),
                                       .commit = "",
                                       .author_name = b->author_name,
                                       .author_email = b->author_email,
                                       .claimed_at_us = clock_now_us(),
                                       .url = "",
                                       .plain = b->forge == NULL,
                                       .error = "",
                                       .merge_commit = ""};
}

/* What one event alone cannot be sent for: the repository has moved on, its file is broken, its id is no file name. */
static bool is_about_one_event(enum err_code code)
{
    return code == ERR_STALE || code == ERR_INVALID_EVENT;
}

/* One event that cannot go now must not hold up the others: it stays behind, and the answer says why. */
static enum err_code leave_behind(struct pr_run *run, const struct object_id *parent,
                                  struct store_event *events, size_t *n)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        struct sync_export alone;
        enum err_code code =
            timeline_sync_prepare_export_files(run->b->sync, parent, &events[i], 1, &alone, run->e);

        if (code == ERR_OK)
            events[kept++] = events[i];
        else if (is_about_one_event(code))
            pr_warn(run, arena_strdup(run->arena, run->e->message));
        else
            return code;
    }
    *n = kept;
    return ERR_OK;
}

/* Events that were named all go, or none; of all that wait those go that can. */
static enum err_code plan_events(struct pr_run *run, const struct object_id *parent,
                                 struct store_event *events, struct pr_plan *plan, bool choose)
{
    enum err_code code = pr_plan_events(run, parent, events, plan->n, &plan->events);
    struct err why;

    if (!choose || !is_about_one_event(code))
        return code;
    why = *run->e;
    TRY(leave_behind(run, parent, events, &plan->n));
    if (plan->n == 0)
        return *run->e = why, code;
    return pr_plan_events(run, parent, events, plan->n, &plan->events);
}

enum err_code pr_nothing_waits(struct store *s, struct err *e)
{
    struct store_event_counts n;

    TRY(store_event_count(s, &n, e));
    if (n.validated == 0)
        return err_set(
            e, ERR_NOTHING_TO_DO,
            "No validated event waits for a pull request. Validate events first, or see which pull "
            "requests are open.");
    return err_set(e, ERR_NOTHING_TO_DO,
                   "%lld validated event%s go out yet: an earlier version is in a pull request that is open, "
                   "or merged and not pulled. See which pull requests are open, or pull first.",
                   (long long)n.validated, n.validated == 1 ? " cannot" : "s cannot");
}

enum err_code pr_plan_make(struct pr_run *run, const struct pr_request *request, struct pr_plan *plan)
{
    struct store_event *events;
    struct object_id parent;

    plan->request = request;
    TRY(check_request(run, request));
    /* Other programs validate in the same database: see it before choosing. */
    TRY(store_catch_up(run->store, 0, NULL, run->e));
    TRY(pr_plan_check_revisions(run, request));
    TRY(timeline_sync_export_pending_events(run->b->sync, request->ids, &events, &plan->n, run->e));
    if (plan->n == 0)
        return pr_nothing_waits(run->store, run->e);
    TRY(pr_fetch(run, &parent));
    TRY(plan_events(run, &parent, events, plan, !request->ids));
    plan->row = new_row(run, &parent);
    write_texts(run, request, events, plan);
    plan->row.branch = pr_plan_branch(run, &plan->row, plan->events, plan->n);
    return ERR_OK;
}
