#include <string.h>

#include "core/pr/pr_internal.h"
#include "core/util/utf8.h"

static char *to_hex(struct arena *a, const char *bytes)
{
    size_t n = strlen(bytes);
    struct str out;

    str_init(&out, a, n * 2);
    for (size_t i = 0; i < n; i++)
        str_addf(&out, "%02x", (unsigned)(unsigned char)bytes[i]);
    return out.p;
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static const char *from_hex(struct arena *a, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *out = arena_alloc(a, n + 1);

    if (strspn(hex, "0123456789abcdef") != n * 2)
        return NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
    return out;
}

enum err_code pr_files_of_export(struct arena *a, const struct sync_export *all, const char *event_id,
                                 const char **json, struct err *e)
{
    struct json_object *list = jx_own(a, json_object_new_array());

    for (size_t i = 0; i < all->n; i++) {
        const struct git_service_file *file = &all->files[i].file;
        struct json_object *item;

        if (!str_eq(all->files[i].event_id, event_id))
            continue;
        if (file->bytes && (file->n > INT32_MAX || !utf8_valid(file->bytes, file->n, NULL)))
            return err_set(e, ERR_INVALID_EVENT,
                           "The file of the event %s is not UTF-8. Edit the event first.", event_id);
        item = json_object_new_object();
        if (utf8_valid(file->path, strlen(file->path), NULL))
            jx_set_text(item, "path", file->path);
        else
            jx_set_text(item, "path_hex", to_hex(a, file->path));
        jx_set_text(item, "blob", all->files[i].blob.hex);
        if (file->bytes)
            jx_set(item, "text", json_object_new_string_len(file->bytes, (int)file->n));
        jx_push(list, item);
    }
    *json = jx_text(a, list);
    return ERR_OK;
}

static enum err_code parse(struct arena *a, const char *json, struct json_object **list, struct err *e)
{
    TRY(jx_parse(a, json, strlen(json), list, e));
    if (!json_object_is_type(*list, json_type_array))
        return err_set(e, ERR_DB_CORRUPT,
                       "The journal of a pull request holds files that cannot be read. Restore the "
                       "database from a backup.");
    return ERR_OK;
}

static enum err_code read_one(struct arena *a, struct json_object *item, struct pr_file *out, struct err *e)
{
    const char *hex = jx_get_text(item, "path_hex");
    struct json_object *text = jx_get(item, "text");

    out->file.path = hex ? from_hex(a, hex) : jx_get_text(item, "path");
    out->blob = jx_get_text(item, "blob");
    if (!out->file.path || !out->blob)
        return err_set(e, ERR_DB_CORRUPT,
                       "The journal of a pull request names a file that cannot be read. Restore the "
                       "database from a backup.");
    if (json_object_is_type(text, json_type_string)) {
        out->file.bytes = json_object_get_string(text);
        out->file.n = (size_t)json_object_get_string_len(text);
    }
    return ERR_OK;
}

enum err_code pr_files_read(struct arena *a, const struct store_pr_event *events, size_t n,
                            struct pr_files *out, struct err *e)
{
    struct json_object **lists = arena_array(a, n ? n : 1, sizeof *lists);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        TRY(parse(a, events[i].files, &lists[i], e));
        count += json_object_array_length(lists[i]);
    }
    out->items = arena_array(a, count ? count : 1, sizeof *out->items);
    out->n = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < json_object_array_length(lists[i]); k++) {
            out->items[out->n].event = &events[i];
            TRY(read_one(a, json_object_array_get_idx(lists[i], k), &out->items[out->n++], e));
        }
    return ERR_OK;
}

enum err_code pr_files_forget_text(struct arena *a, const char *json, const char **out, struct err *e)
{
    struct json_object *list = NULL;

    TRY(parse(a, json, &list, e));
    for (size_t k = 0; k < json_object_array_length(list); k++)
        json_object_object_del(json_object_array_get_idx(list, k), "text");
    *out = jx_text(a, list);
    return ERR_OK;
}

struct git_service_file *pr_files_for_commit(struct arena *a, const struct pr_files *files)
{
    struct git_service_file *out = arena_array(a, files->n ? files->n : 1, sizeof *out);

    for (size_t i = 0; i < files->n; i++)
        out[i] = files->items[i].file;
    return out;
}
