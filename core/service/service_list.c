/*
 * Lists that go by id, newest first: one row more than is shown is read, which tells whether there is a next page.
 */
#include <stdlib.h>
#include <string.h>

#include "core/service/service_internal.h"

enum { LIST_DEFAULT = 50, LIST_MOST = 1000, LIST_PART = 20, CURSOR_DIGITS = 18 };

static enum err_code read_cursor(const char *cursor, int64_t *before, struct err *e)
{
    size_t n = strlen(cursor);

    if (n == 0 || n > CURSOR_DIGITS || strspn(cursor, "0123456789") != n || cursor[0] == '0')
        return err_set(e, ERR_INVALID_INPUT,
                       "The cursor is not one that a list gave. Start from the first page.");
    *before = strtoll(cursor, NULL, 10);
    return ERR_OK;
}

enum err_code list_begin(const struct service_list_args *args, struct store_slice *out, struct err *e)
{
    int64_t limit = args->limit ? args->limit : LIST_DEFAULT;

    *out = (struct store_slice){0};
    if (limit < 0)
        return err_set(e, ERR_INVALID_INPUT, "The limit must be a number from 1 to %d.", LIST_MOST);
    if (args->cursor)
        TRY(read_cursor(args->cursor, &out->before, e));
    out->limit = (size_t)(limit < LIST_MOST ? limit : LIST_MOST) + 1;
    return ERR_OK;
}

size_t list_part(const struct store_slice *slice, size_t rows)
{
    size_t left = slice->limit > rows ? slice->limit - rows : 0;

    return left < LIST_PART ? left : LIST_PART;
}

void list_end(struct service *s, struct json_object *view, struct json_object *rows,
              const struct store_slice *slice)
{
    size_t n = json_object_array_length(rows);
    const char *next = NULL;

    if (n >= slice->limit) {
        json_object_array_del_idx(rows, --n, 1);
        next = arena_printf(s->arena, "%lld",
                            (long long)jx_get_int(json_object_array_get_idx(rows, n - 1), "id", 0));
    }
    jx_set_text(view, "next_cursor", next);
}
