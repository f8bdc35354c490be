#include <string.h>

#include "core/git/git_internal.h"
#include "core/util/str.h"

enum { DIFF_BYTES_MAX = 1024 * 1024 };

static const char *prefix_of(char origin)
{
    switch (origin) {
    case GIT_DIFF_LINE_CONTEXT: return " ";
    case GIT_DIFF_LINE_ADDITION: return "+";
    case GIT_DIFF_LINE_DELETION: return "-";
    default: return "";
    }
}

static int add_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
                    void *context)
{
    struct str *text = context;

    (void)delta;
    (void)hunk;
    if (line->origin == GIT_DIFF_LINE_FILE_HDR)
        return 0;
    str_add(text, prefix_of(line->origin));
    str_addn(text, line->content, line->content_len);
    return text->full ? -1 : 0;
}

enum err_code git_service_diff_text(struct arena *a, const struct git_service_versions *file, char **out,
                                    struct err *e)
{
    AUTO(git_patch) *patch = NULL;
    struct str text;
    int result;

    str_init(&text, a, DIFF_BYTES_MAX);
    result = git_patch_from_buffers(&patch, file->old_bytes, file->old_n, file->path, file->new_bytes,
                                    file->new_n, file->path, NULL);
    if (result == 0)
        result = git_patch_print(patch, add_line, &text);
    if (text.full)
        return err_set(e, ERR_TOO_LARGE, "The difference in %s is larger than %d bytes.", file->path,
                       DIFF_BYTES_MAX);
    if (result < 0)
        return git_service_fail(e, result, "compare two versions of a file");
    *out = text.p;
    return ERR_OK;
}
