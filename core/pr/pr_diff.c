/* What a dry run shows: the change as `git diff` would print it. */
#include <string.h>

#include "core/event/event.h"
#include "core/pr/pr_internal.h"
#include "core/util/utf8.h"

enum { DIFF_BYTES = 4 * 1024 * 1024 };

/* A path as git quotes it (core.quotePath): in C quotes with octal escapes when a byte of it is unusual. */
static const char *quoted(struct arena *a, const char *side, const char *path)
{
    struct str out;
    bool unusual = false;

    str_init(&out, a, strlen(path) * 4 + 8);
    str_addf(&out, "\"%s", side);
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            str_addf(&out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            str_addf(&out, "\\%03o", c);
        else
            str_addc(&out, (char)c);
        unusual = unusual || c == '"' || c == '\\' || c < 0x20 || c >= 0x7f;
    }
    str_addc(&out, '"');
    return unusual ? out.p : arena_printf(a, "%s%s", side, path);
}

static void add_header(struct arena *a, struct str *out, const char *path, bool was, bool is)
{
    const char *left = quoted(a, "a/", path);
    const char *right = quoted(a, "b/", path);

    str_addf(out, "diff --git %s %s\n", left, right);
    if (!was)
        str_add(out, "new file mode 100644\n");
    if (!is)
        str_add(out, "deleted file mode 100644\n");
    str_addf(out, "--- %s\n+++ %s\n", was ? left : "/dev/null", is ? right : "/dev/null");
}

static enum err_code read_old(struct pr_run *run, const struct object_id *parent, const char *path,
                              char **old, size_t *n)
{
    struct object_id blob;

    *old = NULL;
    *n = 0;
    TRY(git_service_path_object(run->git, parent, path, &blob, run->e));
    if (!blob.hex[0])
        return ERR_OK;
    return git_service_read_blob(run->git, run->arena, &blob, EVENT_FILE_BYTES, old, n, run->e);
}

/* The answer is JSON, and what a file of the repository held before may be no UTF-8. */
static const char *shown(struct arena *a, const char *body)
{
    size_t n = strlen(body);
    struct str out;

    if (utf8_valid(body, n, NULL))
        return body;
    str_init(&out, a, n + 1);
    for (size_t i = 0; i < n;) {
        uint32_t point;
        size_t length = utf8_decode(body + i, n - i, &point);

        str_addn(&out, length ? body + i : "?", length ? length : 1);
        i += length ? length : 1;
    }
    return out.p;
}

enum err_code pr_diff(struct pr_run *run, const struct object_id *parent, const struct pr_files *files,
                      const char **out)
{
    struct str text;

    str_init(&text, run->arena, DIFF_BYTES);
    for (size_t i = 0; i < files->n; i++) {
        const struct git_service_file *file = &files->items[i].file;
        struct git_service_versions both = {.path = file->path, .new_bytes = file->bytes, .new_n = file->n};
        char *old;
        char *body;

        TRY(read_old(run, parent, file->path, &old, &both.old_n));
        both.old_bytes = old;
        TRY(git_service_diff_text(run->arena, &both, &body, run->e));
        add_header(run->arena, &text, file->path, old != NULL, file->bytes != NULL);
        str_add(&text, shown(run->arena, body));
    }
    if (text.full)
        pr_warn(run, "The diff is cut: it is longer than 4 MiB.");
    *out = text.p;
    return ERR_OK;
}
