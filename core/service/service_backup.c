#include "core/service/service_internal.h"
#include "core/service/service_verify.h"
#include "core/store/store_backup.h"
#include "core/util/clock.h"

/* Counted in the same moment that the copy is of. */
static enum err_code copy_and_count(struct service *s, struct store_backup *b,
                                    struct store_event_counts *counts, struct err *e)
{
    TRY(store_event_count(s->store, counts, e));
    return store_backup(s->store, b, e);
}

enum err_code service_backup(struct service *s, const char *file, bool replace, struct json_object **view,
                             struct err *e)
{
    struct store_backup b = {.file = file,
                             .replace = replace,
                             .report = s->progress.report,
                             .cancelled = s->progress.cancelled,
                             .context = s->progress.context};
    struct store_event_counts counts;
    enum err_code code;

    TRY(store_read_begin(s->store, e));
    code = copy_and_count(s, &b, &counts, e);
    store_read_end(s->store);
    TRY(code);
    *view = jx_own(s->arena, json_object_new_object());
    jx_set_bool(*view, "success", true);
    jx_set_text(*view, "file", file);
    jx_set_int(*view, "bytes", b.bytes);
    jx_set_int(*view, "events", counts.total);
    view_time(s, *view, "created_at", clock_now_us());
    return ERR_OK;
}
