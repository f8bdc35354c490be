/* The files that `event add` is given: single ones, folders of them, and standard input. */
#include "cli/event_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/file.h"

enum { MOST_BYTES = 256 * 1024 * 1024 };

struct reading {
    struct cli *cli;
    struct event_files *out;
    size_t capacity, bytes;
};

static void add_source(struct reading *r, const struct service_source *source)
{
    struct event_files *out = r->out;
    struct service_source *more;

    if (out->n == r->capacity) {
        r->capacity = r->capacity ? r->capacity * 2 : 16;
        more = arena_array(r->cli->arena, r->capacity, sizeof *more);
        if (out->n)
            memcpy(more, out->list, out->n * sizeof *more);
        out->list = more;
    }
    out->list[out->n++] = *source;
}

static enum err_code read_file(struct reading *r, const char *path, struct err *e)
{
    struct service_source source = {.name = path};
    char *text;

    TRY(file_read(r->cli->arena, path, MOST_BYTES, &text, &source.n, e));
    source.p = text;
    r->bytes += source.n;
    if (r->bytes > MOST_BYTES)
        return err_set(e, ERR_TOO_LARGE, "These are more than %d MiB. Add them in parts.",
                       MOST_BYTES / 1024 / 1024);
    add_source(r, &source);
    return ERR_OK;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder);
}

/* What an import would take for events, sorted by name. */
static enum err_code list_folder(struct reading *r, const char *path, const char ***names, size_t *n,
                                 struct err *e)
{
    __attribute__((cleanup(close_folder))) DIR *folder = opendir(path);
    size_t capacity = 0;
    const struct dirent *entry;

    *names = NULL;
    *n = 0;
    if (!folder)
        return err_set_errno(e, errno, arena_printf(r->cli->arena, "read the folder %s", path));
    while ((entry = readdir(folder))) {
        const char *file = file_join(r->cli->arena, path, entry->d_name);

        if (!service_is_event_file(entry->d_name) || file_is_folder(file))
            continue;
        if (*n == capacity) {
            const char **more = arena_array(r->cli->arena, capacity ? capacity * 2 : 64, sizeof *more);

            if (*n)
                memcpy(more, *names, *n * sizeof *more);
            *names = more;
            capacity = capacity ? capacity * 2 : 64;
        }
        (*names)[(*n)++] = file;
    }
    if (*n)
        qsort(*names, *n, sizeof **names, by_name);
    return ERR_OK;
}

static enum err_code read_folder(struct reading *r, const char *path, struct err *e)
{
    const char **names;
    size_t n;

    TRY(list_folder(r, path, &names, &n, e));
    if (!n)
        return err_set(
            e, ERR_NOT_FOUND,
            "In the folder %s there is no event: events have names that end in .md, .json, .yaml or "
            ".yml.",
            path);
    for (size_t i = 0; i < n; i++)
        TRY(read_file(r, names[i], e));
    return ERR_OK;
}

static bool is_array(const struct service_source *file)
{
    size_t at = file->n >= 3 && memcmp(file->p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    while (at < file->n && strchr(" \t\r\n", file->p[at]) && file->p[at])
        at++;
    return at < file->n && file->p[at] == '[';
}

enum err_code event_files_read(struct cli *cli, struct event_files *out, struct err *e)
{
    struct reading r = {.cli = cli, .out = out};

    *out = (struct event_files){.many = cli->n_operands > 1};
    for (size_t i = 0; i < cli->n_operands; i++) {
        bool folder = !str_eq(cli->operands[i], "-") && file_is_folder(cli->operands[i]);

        out->many = out->many || folder;
        TRY(folder ? read_folder(&r, cli->operands[i], e) : read_file(&r, cli->operands[i], e));
    }
    out->many = out->many || is_array(&out->list[0]);
    return ERR_OK;
}
