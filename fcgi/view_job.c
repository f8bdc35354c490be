#include "fcgi/view_job.h"

#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"

enum { KIB = 1024, QUARTER = 25, SENTENCE_BYTES = 1024, SECOND_US = 1000000, MINUTE_S = 60 };

static const struct words {
    const char *kind, *now, *subject, *failed, *cancelled;
} all_words[] = {
    {"pull", "Pulling from the repository", "The pull", "The pull failed", "The pull was cancelled"},
    {"plan", "Finding out what a pull would do", "The plan", "It is not known what a pull would do",
     "The plan was cancelled"},
    {"compare", "Comparing with the other repository", "The comparison",
     "The repositories could not be compared", "The comparison was cancelled"},
    {"check", "Asking the repository what is new", "The question to the repository",
     "The repository could not be asked", "The question was cancelled"},
    {"create_pr", "Sending the pull request", "The pull request", "The pull request was not sent",
     "The pull request was cancelled"},
    {"retry", "Sending the pull request again", "The pull request", "The pull request was not sent",
     "The pull request was cancelled"},
    {"preview", "Preparing the preview", "The preview", "There is no preview", "The preview was cancelled"},
    {"refresh", "Asking how the pull requests stand", "The question",
     "It is not known how the pull requests stand", "The question was cancelled"},
    {"switch", "Switching to another repository", "The switch", "The repository was not switched",
     "The switch was cancelled"},
    {NULL, "Working", "This", "This failed", "This was cancelled"},
};

static const struct words *words_of(const struct json_object *job)
{
    const char *kind = jx_get_text(job, "kind");
    size_t i = 0;

    while (all_words[i].kind && !str_eq(all_words[i].kind, kind))
        i++;
    return &all_words[i];
}

static bool is_state(const struct json_object *job, const char *state)
{
    return str_eq(jx_get_text(job, "state"), state);
}

bool view_job_active(const struct json_object *job)
{
    return is_state(job, "queued") || is_state(job, "running");
}

char *view_bytes(struct arena *a, int64_t n)
{
    if (n < KIB)
        return view_plural(a, n, "byte", "bytes");
    if (n < (int64_t)KIB * KIB)
        return arena_printf(a, "%.1f KiB", (double)n / KIB);
    return arena_printf(a, "%.1f MiB", (double)n / ((double)KIB * KIB));
}

/* "in 30 seconds", "in 2 minutes" */
static const char *time_until(struct exchange *x, const char *rfc3339)
{
    int64_t us = 0;
    int64_t seconds;

    if (!rfc3339 || !clock_parse(rfc3339, &us) || us <= x->now_us)
        return "in a moment";
    seconds = (us - x->now_us) / SECOND_US + 1;
    return arena_printf(x->arena, "in %s",
                        seconds < 2 * MINUTE_S
                            ? view_plural(x->arena, seconds, "second", "seconds")
                            : view_plural(x->arena, seconds / MINUTE_S, "minute", "minutes"));
}

const char *view_job_next_try(struct exchange *x, const struct json_object *job)
{
    if (!is_state(job, "queued") || !jx_get_text(job, "error"))
        return NULL;
    return arena_printf(x->arena, "The last try did not work out. It is tried again by itself %s.",
                        time_until(x, jx_get_text(job, "next_try_at")));
}

/* ---- what came out */

static int64_t count_of(const struct json_object *result, const char *key)
{
    const struct json_object *value = jx_get(result, key);

    return json_object_is_type(value, json_type_array) ? (int64_t)json_object_array_length(value)
                                                       : jx_get_int(result, key, 0);
}

static void add_part(struct str *s, int64_t n, const char *one, const char *many)
{
    if (n > 0)
        str_addf(s, "%s%s", s->n ? ", " : "", view_plural(s->arena, n, one, many));
}

static const char *joined(struct arena *a, const char *first, const char *second)
{
    return first && second ? arena_printf(a, "%s %s", first, second) : first ? first : second;
}

/* What a pull found and could not settle by itself. */
static void pull_troubles(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    int64_t conflicts = count_of(result, "conflicts");
    int64_t errors = count_of(result, "errors");

    if (errors) {
        out->text =
            arena_printf(x->arena, "%s cannot be read.", view_plural(x->arena, errors, "file", "files"));
        out->href = "/#problems";
        out->label = "See which files";
    }
    if (conflicts) {
        out->text = joined(x->arena, out->text,
                           arena_printf(x->arena, "%s changed here and there; the version here was kept.",
                                        view_plural(x->arena, conflicts, "event", "events")));
        out->href = "/conflicts";
        out->label = conflicts == 1 ? "See the conflict" : "See the conflicts";
    }
    if (errors || conflicts)
        out->tone = "attention";
}

static void pull_outcome(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    struct str s;

    str_init(&s, x->arena, SENTENCE_BYTES);
    add_part(&s, count_of(result, "imported"), "new event", "new events");
    add_part(&s, count_of(result, "updated"), "changed", "changed");
    add_part(&s, count_of(result, "deleted"), "removed", "removed");
    out->heading = s.n ? arena_printf(x->arena, "Pulled: %s", s.p) : "Nothing new in the repository";
    out->href = "/events";
    out->label = "See the events";
    pull_troubles(x, result, out);
    out->flash = joined(x->arena, arena_printf(x->arena, "%s.", out->heading), out->text);
}

static void check_outcome(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    const char *trouble = jx_get_text(result, "remote_error");
    int64_t behind = jx_get_int(result, "commits_behind", 0);

    out->heading = "Nothing new in the repository";
    out->href = "/";
    out->label = "See the status";
    if (behind > 0) {
        out->tone = "attention";
        out->heading = view_plural(x->arena, behind, "commit to pull", "commits to pull");
        out->text = "The repository had moved on when it was asked.";
        out->to_pull = true;
    }
    if (trouble) {
        out->tone = "problem";
        out->heading = "The repository cannot be reached";
        out->text = trouble;
    }
    out->flash = trouble ? trouble
                         : arena_printf(x->arena, "Asked the repository: %s.",
                                        behind > 0 ? out->heading : "nothing new");
}

static const char *first_text(const struct json_object *list)
{
    return json_object_is_type(list, json_type_array) && json_object_array_length(list)
               ? json_object_get_string(json_object_array_get_idx(list, 0))
               : NULL;
}

static void sent_outcome(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    int64_t number = jx_get_int(result, "pr_number", 0);
    const char *events = view_plural(x->arena, jx_get_int(result, "events_count", 0), "event", "events");
    const char *sent =
        jx_get_bool(result, "resumed", false)
            ? arena_printf(x->arena, "The pull request that was left unfinished is sent, with %s.", events)
            : arena_printf(x->arena, "Sent, with %s.", events);

    out->heading = arena_printf(x->arena, "Pull request #%lld is open", (long long)number);
    out->text = joined(x->arena, sent, first_text(jx_get(result, "warnings")));
    out->flash = out->text;
    out->href = arena_printf(x->arena, "/pull-requests/%lld", (long long)number);
    out->label = "See the pull request";
    out->landing = out->href;
}

static void refresh_outcome(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    struct str s;

    str_init(&s, x->arena, SENTENCE_BYTES);
    add_part(&s, count_of(result, "merged"), "merged", "merged");
    add_part(&s, count_of(result, "closed"), "closed", "closed");
    out->heading = s.n ? arena_printf(x->arena, "Pull requests: %s", s.p) : "No pull request has changed";
    out->flash = arena_printf(x->arena, "%s.", out->heading);
    out->href = "/pull-requests";
    out->label = "See the pull requests";
}

static void switch_outcome(struct exchange *x, const struct json_object *result, struct view_job *out)
{
    const char *branch = jx_get_text(result, "branch");

    out->heading = "Another repository is followed";
    out->text = arena_printf(x->arena, "The branch %s of %s is followed now. Its events are being pulled.",
                             branch ? branch : "", jx_get_text(result, "repo_url"));
    out->flash = out->text;
    out->href = "/settings";
    out->label = "See the settings";
}

/* What it would come to is a page of its own. */
static void shown_outcome(struct exchange *x, const struct json_object *job, const char *pages,
                          struct view_job *out)
{
    out->href = arena_printf(x->arena, "%s%lld", pages, (long long)jx_get_int(job, "id", 0));
    out->landing = out->href;
}

static void succeeded(struct exchange *x, const struct json_object *job, struct view_job *out)
{
    const struct json_object *result = jx_get(job, "result");
    const char *kind = jx_get_text(job, "kind");

    *out = (struct view_job){.tone = "good", .heading = "Done", .landing = "/"};
    if (str_eq(kind, "pull")) {
        pull_outcome(x, result, out);
    } else if (str_eq(kind, "check")) {
        check_outcome(x, result, out);
    } else if (str_eq(kind, "create_pr") || str_eq(kind, "retry")) {
        sent_outcome(x, result, out);
    } else if (str_eq(kind, "refresh")) {
        refresh_outcome(x, result, out);
    } else if (str_eq(kind, "switch")) {
        switch_outcome(x, result, out);
    } else if (str_eq(kind, "preview")) {
        out->heading = "The preview is ready";
        out->label = "See what would be sent";
        shown_outcome(x, job, "/pull-requests/preview/", out);
    } else if (str_eq(kind, "plan")) {
        out->heading = "It is known what a pull would do";
        out->label = "See what it would do";
        shown_outcome(x, job, "/pull/plan/", out);
    } else if (str_eq(kind, "compare")) {
        out->heading = "The repositories are compared";
        out->label = "See what differs";
        shown_outcome(x, job, "/settings/compare/", out);
    }
}

void view_job_outcome(struct exchange *x, const struct json_object *job, struct view_job *out)
{
    const struct words *words = words_of(job);

    *out = (struct view_job){.tone = "empty", .heading = words->now};
    if (is_state(job, "succeeded")) {
        succeeded(x, job, out);
    } else if (is_state(job, "failed")) {
        out->tone = "problem";
        out->heading = words->failed;
        out->text = jx_get_text(job, "error");
    } else if (is_state(job, "cancelled")) {
        out->heading = words->cancelled;
        out->text = "Nothing is lost: what it had begun goes on when it is asked for again.";
    } else if (is_state(job, "queued")) {
        out->heading = arena_printf(x->arena, "%s waits for its %s", words->subject,
                                    view_job_next_try(x, job) ? "next try" : "turn");
    }
}

/* ---- how far it is */

static const char *numbers_of(struct exchange *x, const struct json_object *job)
{
    int64_t done = jx_get_int(job, "done", 0);
    int64_t total = jx_get_int(job, "total", 0);
    int64_t bytes = jx_get_int(job, "bytes", 0);
    struct str s;

    str_init(&s, x->arena, SENTENCE_BYTES);
    if (total > 0)
        str_addf(&s, "%s of %s", view_count(x->arena, done), view_count(x->arena, total));
    if (bytes > 0)
        str_addf(&s, "%s%s", s.n ? ", " : "", view_bytes(x->arena, bytes));
    return s.n ? s.p : NULL;
}

static const char *phase_of(struct exchange *x, const struct json_object *job)
{
    const char *phase = jx_get_text(job, "phase");

    if (is_state(job, "queued"))
        return "Waiting";
    return phase && phase[0] ? view_label(x->arena, phase) : "Beginning";
}

struct json_object *view_job_progress(struct exchange *x, const struct json_object *job)
{
    struct json_object *progress = json_object_new_object();
    struct json_object *bar = NULL;
    int64_t done = jx_get_int(job, "done", 0);
    int64_t total = jx_get_int(job, "total", 0);
    const char *phase = phase_of(x, job);
    const char *say = phase;

    jx_set_text(progress, "percent", NULL);
    if (is_state(job, "running") && total > 0 && done >= 0 && done <= total) {
        int64_t percent = total > INT64_MAX / 100 ? done / (total / 100) : done * 100 / total;

        bar = json_object_new_object();
        jx_set_int(bar, "done", done);
        jx_set_int(bar, "total", total);
        jx_set_text(progress, "percent", arena_printf(x->arena, "%lld %%", (long long)percent));
        say = arena_printf(x->arena, "%s, %lld %%", phase, (long long)(percent - percent % QUARTER));
    }
    jx_set_text(progress, "title", phase);
    jx_set_text(progress, "numbers", is_state(job, "running") ? numbers_of(x, job) : NULL);
    jx_set(progress, "bar", bar);
    jx_set_bool(progress, "waiting", !bar && !view_job_next_try(x, job)); /* then nothing moves */
    jx_set_text(progress, "say", say);
    return progress;
}
