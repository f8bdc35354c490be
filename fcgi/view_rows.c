/*
 * Rows that several pages show: pull requests, syncs, unreadable files.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/view.h"

enum { FILES_OF_SYNC = 5 };

/* A pull request of another repository, which has no page here and is not asked about. */
static const char *elsewhere(struct exchange *x, const struct json_object *pull)
{
    const char *url = jx_get_text(pull, "repo_url");

    if (jx_get_bool(pull, "followed", true))
        return NULL;
    if (str_eq(url, x->tenant->repo_url))
        return arena_printf(x->arena, "into %s, which is not followed now", jx_get_text(pull, "base_branch"));
    return arena_printf(x->arena, "at %s, which is not followed now", url);
}

struct json_object *view_pull_row(struct exchange *x, const struct json_object *pull)
{
    struct json_object *row = json_object_new_object();
    int64_t number = jx_get_int(pull, "number", 0);
    const char *error = jx_get_text(pull, "error");
    const char *name = number ? arena_printf(x->arena, "#%lld", (long long)number) : "not opened yet";

    jx_set_text(row, "title", jx_get_text(pull, "title"));
    if (elsewhere(x, pull))
        name = arena_printf(x->arena, "%s %s", name, elsewhere(x, pull));
    jx_set_text(row, "name", error ? arena_printf(x->arena, "%s · %s", name, error) : name);
    jx_set_text(row, "href",
                number && (!elsewhere(x, pull) || str_eq(jx_get_text(pull, "repo_url"), x->tenant->repo_url))
                    ? arena_printf(x->arena, "/pull-requests/%lld", (long long)number)
                    : NULL);
    jx_set_text(row, "events", view_count(x->arena, jx_get_int(pull, "events_count", 0)));
    jx_set_text(row, "events_word", jx_get_int(pull, "events_count", 0) == 1 ? "event" : "events");
    view_set_badge(row, "badge", jx_get_text(pull, "state"));
    view_set_time(x, row, "when", jx_get_text(pull, "created_at"));
    return row;
}

static void add_file(struct exchange *x, struct json_object *files, const struct json_object *error)
{
    struct json_object *file = json_object_new_object();
    int64_t line = jx_get_int(error, "line", 0);

    jx_set_text(file, "path", jx_get_text(error, "path"));
    jx_set_text(file, "line", line > 0 ? view_count(x->arena, line) : NULL);
    jx_set_text(file, "error", jx_get_text(error, "error"));
    jx_push(files, file);
}

size_t view_set_files(struct exchange *x, struct json_object *model, const struct json_object *errors,
                      size_t most)
{
    struct json_object *files = json_object_new_array();
    bool is_list = json_object_is_type(errors, json_type_array);
    size_t n = 0;

    for (size_t i = 0; is_list && i < json_object_array_length(errors); i++) {
        const struct json_object *error = json_object_array_get_idx(errors, i);

        if (!jx_get_text(error, "path"))
            continue;
        if (n++ < most)
            add_file(x, files, error);
    }
    jx_set(model, "files", files);
    jx_set_text(model, "files_more",
                n > most ? arena_printf(x->arena, "And %s.",
                                        view_plural(x->arena, (int64_t)(n - most), "more file", "more files"))
                         : NULL);
    return n;
}

/* The first error that is about no file: why the whole sync stopped. */
static const char *reason_of(const struct json_object *errors)
{
    if (!json_object_is_type(errors, json_type_array))
        return NULL;
    for (size_t i = 0; i < json_object_array_length(errors); i++) {
        const struct json_object *error = json_object_array_get_idx(errors, i);

        if (!jx_get_text(error, "path") && jx_get_text(error, "error"))
            return jx_get_text(error, "error");
    }
    return NULL;
}

static int64_t count_of(const struct json_object *object, const char *key)
{
    const struct json_object *value = jx_get(object, key);

    return json_object_is_type(value, json_type_array) ? (int64_t)json_object_array_length(value)
                                                       : jx_get_int(object, key, 0);
}

static void add_part(struct str *s, struct arena *a, int64_t n, const char *word)
{
    if (n > 0)
        str_addf(s, "%s%s %s", s->n ? ", " : "", view_count(a, n), word);
}

static const char *import_text(struct exchange *x, const struct json_object *sync)
{
    struct str s;

    str_init(&s, x->arena, 256);
    add_part(&s, x->arena, jx_get_int(sync, "imported", 0), "new");
    add_part(&s, x->arena, jx_get_int(sync, "updated", 0), "changed");
    add_part(&s, x->arena, jx_get_int(sync, "deleted", 0), "removed");
    return s.n ? arena_printf(x->arena, "Imported: %s", s.p) : "Nothing new in the repository";
}

static const char *sync_text(struct exchange *x, const struct json_object *sync, bool running)
{
    bool export = str_eq(jx_get_text(sync, "type"), "export");
    int64_t n = jx_get_int(sync, "exported", 0);

    if (running)
        return export ? "Sending events" : "Importing";
    if (!jx_get_bool(sync, "success", false))
        return export ? "Sending events stopped" : "Import stopped";
    return export ? arena_printf(x->arena, "Sent %s", view_plural(x->arena, n, "event", "events"))
                  : import_text(x, sync);
}

static const char *sync_detail(struct exchange *x, const struct json_object *sync)
{
    int64_t commits = jx_get_int(sync, "commits", 0);
    int64_t files = jx_get_int(sync, "files_changed", 0);
    const char *branch = jx_get_text(sync, "branch");
    struct str s;

    if (!jx_get_bool(sync, "success", false))
        return reason_of(jx_get(sync, "errors"));
    str_init(&s, x->arena, 1024);
    add_part(&s, x->arena, commits, commits == 1 ? "commit" : "commits");
    add_part(&s, x->arena, files, files == 1 ? "file" : "files");
    if (str_eq(jx_get_text(sync, "type"), "export") && branch && branch[0])
        str_addf(&s, "%sbranch %s", s.n ? ", " : "", branch);
    return s.n ? s.p : NULL;
}

static void set_pull(struct exchange *x, struct json_object *row, int64_t number)
{
    struct json_object *pull = NULL;

    if (number > 0) {
        pull = json_object_new_object();
        jx_set_text(pull, "href", arena_printf(x->arena, "/pull-requests/%lld", (long long)number));
        jx_set_text(pull, "label", arena_printf(x->arena, "as pull request #%lld", (long long)number));
    }
    jx_set(row, "pull", pull);
}

/* How many were open then; the link leads to those of now. */
static void set_conflicts(struct exchange *x, struct json_object *row, int64_t n)
{
    struct json_object *conflicts = NULL;

    if (n > 0) {
        conflicts = json_object_new_object();
        jx_set_text(conflicts, "href", "/conflicts");
        jx_set_text(conflicts, "label", view_plural(x->arena, n, "conflict", "conflicts"));
    }
    jx_set(row, "conflicts", conflicts);
}

static void set_trouble(struct exchange *x, struct json_object *row, const struct json_object *errors)
{
    struct json_object *trouble = json_object_new_object();
    size_t n = view_set_files(x, trouble, errors, FILES_OF_SYNC);

    jx_set_text(
        trouble, "summary",
        arena_printf(x->arena, "%s could not be read", view_plural(x->arena, (int64_t)n, "file", "files")));
    if (!n) {
        json_object_put(trouble);
        trouble = NULL;
    }
    jx_set(row, "trouble", trouble);
}

struct json_object *view_sync_row(struct exchange *x, const struct json_object *sync)
{
    struct json_object *row = json_object_new_object();
    const char *completed = jx_get_text(sync, "completed_at");
    bool running = !completed && !reason_of(jx_get(sync, "errors"));

    jx_set_text(row, "text", sync_text(x, sync, running));
    jx_set_text(row, "detail", sync_detail(x, sync));
    set_pull(x, row, jx_get_int(sync, "pr_number", 0));
    set_conflicts(x, row, count_of(sync, "conflicts"));
    set_trouble(x, row, jx_get(sync, "errors"));
    view_set_badge(row, "badge",
                   running                               ? "running"
                   : jx_get_bool(sync, "success", false) ? "done"
                                                         : "failed");
    view_set_time(x, row, "when", completed ? completed : jx_get_text(sync, "started_at"));
    return row;
}

void view_set_pages(struct exchange *x, struct json_object *model, const char *next_cursor)
{
    const char *path = x->request->path;
    bool later = request_param(x->request, "cursor") != NULL;
    struct json_object *pages;

    jx_set(model, "pages", NULL);
    if (!later && !next_cursor)
        return;
    pages = json_object_new_object();
    jx_set_text(pages, "first", later ? path : NULL);
    jx_set_text(pages, "older",
                next_cursor
                    ? arena_printf(x->arena, "%s?cursor=%s", path, request_encode(x->arena, next_cursor))
                    : NULL);
    jx_set(model, "pages", pages);
}
