/* What is taken out of a content for the columns beside it, its score and its search document. */
#include "core/store/store_event_internal.h"

#include "core/event/event.h"

const struct store_event_extract *store_event_extract(struct arena *a, struct arena *scratch,
                                                      struct json_object *fields)
{
    struct store_event_extract *x = arena_alloc(a, sizeof *x);
    struct json_object *importance = jx_get(fields, "importance");
    struct event_quality quality = {0};

    event_quality(scratch, fields, &quality);
    x->score = quality.score;
    x->date = arena_strdup(a, event_text(scratch, fields, "date"));
    x->title = arena_strdup(a, event_text(scratch, fields, "title"));
    x->summary = arena_strdup(a, event_text(scratch, fields, "summary"));
    x->status = arena_strdup(a, event_text(scratch, fields, "status"));
    x->has_importance = json_object_is_type(importance, json_type_int);
    x->importance = x->has_importance ? json_object_get_int64(importance) : 0;
    store_search_words(scratch, fields, x->words);
    for (size_t i = 0; i < STORE_SEARCH_COLUMNS; i++)
        x->words[i] = arena_strdup(a, x->words[i]);
    return x;
}
