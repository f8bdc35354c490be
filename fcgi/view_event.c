/*
 * What an event says: summary, sources and every other field, for the partial `event_body`; and what lowers its score.
 */
#include <string.h>

#include "core/util/str.h"
#include "fcgi/view.h"

static bool is_shown_elsewhere(const char *key, const struct json_object *value)
{
    static const char *const keys[] = {"id", "date", "title", "sources"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_eq(keys[i], key))
            return true;
    /* Prose when it is text, a field like any other when it is not. */
    return (str_eq(key, "summary") || str_eq(key, "body")) && json_object_is_type(value, json_type_string);
}

static bool is_text_list(const struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array) || !json_object_array_length(value))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
            return false;
    return true;
}

static void push_word(struct json_object *items, const char *text, const char *href)
{
    struct json_object *item = json_object_new_object();

    jx_set_text(item, "text", text);
    jx_set_text(item, "href", href);
    jx_push(items, item);
}

/* Names and tags lead to the other events that have them. */
static void set_words(struct exchange *x, struct json_object *fact, const char *filter,
                      const struct json_object *list)
{
    struct json_object *words = json_object_new_object();
    struct json_object *items = json_object_new_array();
    size_t n = json_object_array_length(list);
    size_t shown = 0;

    for (; shown < n && view_room(x); shown++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, shown));

        push_word(items, text,
                  *text && strlen(text) <= SERVICE_FILTER_BYTES
                      ? arena_printf(x->arena, "/events?%s=%s", filter, request_encode(x->arena, text))
                      : NULL);
    }
    if (shown < n)
        push_word(items, view_more(x->arena, n - shown), NULL);
    jx_set(words, "items", items);
    jx_set(fact, "words", words);
}

static void add_field(struct exchange *x, struct json_object *facts, const char *key,
                      const struct json_object *value)
{
    const char *label = view_label(x->arena, key);

    if (str_eq(key, "importance") && json_object_is_type(value, json_type_int))
        view_fact(
            facts, label,
            view_value_text(arena_printf(x->arena, "%lld of 10", (long long)json_object_get_int64(value))),
            NULL);
    else if ((str_eq(key, "actors") || str_eq(key, "tags")) && is_text_list(value))
        set_words(x, view_fact(facts, label, NULL, NULL), str_eq(key, "tags") ? "tag" : "actor", value);
    else
        view_fact(facts, label, view_value(x, value), NULL);
}

static struct json_object *facts_of(struct exchange *x, struct json_object *event)
{
    static const char *const first[] = {"importance", "status", "location", "actors", "tags"};
    struct json_object *facts = json_object_new_array();
    struct json_object *value;

    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (json_object_object_get_ex(event, first[i], &value))
            add_field(x, facts, first[i], value);
    json_object_object_foreach(event, key, member)
    {
        bool done = is_shown_elsewhere(key, member);

        for (size_t i = 0; i < sizeof first / sizeof *first; i++)
            done = done || str_eq(first[i], key);
        if (done)
            continue;
        if (!view_room(x)) {
            view_fact(facts, "And more", NULL, NULL);
            break;
        }
        add_field(x, facts, key, member);
    }
    return facts;
}

static void set_summary(struct exchange *x, struct json_object *model, const struct json_object *event)
{
    const char *texts[] = {jx_get_text(event, "summary"), jx_get_text(event, "body")};
    struct json_object *summary = json_object_new_object();
    struct json_object *blocks = json_object_new_array();

    for (size_t i = 0; i < 2; i++)
        if (texts[i])
            view_prose(x->arena, blocks, texts[i], false);
    jx_set(summary, "blocks", blocks);
    if (!json_object_array_length(blocks)) {
        json_object_put(summary);
        summary = NULL;
    }
    jx_set(model, "summary", summary);
}

void view_event(struct exchange *x, struct json_object *model, struct json_object *content)
{
    /* A version that another program wrote need not be an event. */
    struct json_object *fields =
        json_object_is_type(content, json_type_object) ? content : jx_own(x->arena, json_object_new_object());

    set_summary(x, model, fields);
    jx_set(model, "sources", view_sources(x, jx_get(fields, "sources")));
    jx_set(model, "facts", facts_of(x, fields));
}

struct json_object *view_deductions(struct exchange *x, const struct json_object *list)
{
    struct json_object *deductions;
    struct json_object *items;

    if (!list || !json_object_array_length(list))
        return NULL;
    deductions = json_object_new_object();
    items = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const struct json_object *deduction = json_object_array_get_idx(list, i);
        struct json_object *item = json_object_new_object();

        jx_set_text(item, "text", jx_get_text(deduction, "text"));
        jx_set_text(item, "points",
                    arena_printf(x->arena, "−%.2f", json_object_get_double(jx_get(deduction, "points"))));
        jx_push(items, item);
    }
    jx_set(deductions, "items", items);
    return deductions;
}

void view_warnings(struct exchange *x, struct json_object *model, const struct json_object *list)
{
    struct json_object *warnings = NULL;
    struct json_object *items = json_object_new_array();

    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        const struct json_object *warning = json_object_array_get_idx(list, i);
        struct json_object *item = json_object_new_object();
        int64_t line = jx_get_int(warning, "line", 0);

        jx_set_text(item, "text", jx_get_text(warning, "text"));
        jx_set_text(item, "line", line > 0 ? view_count(x->arena, line) : NULL);
        jx_push(items, item);
    }
    if (json_object_array_length(items)) {
        warnings = json_object_new_object();
        jx_set(warnings, "items", json_object_get(items));
    }
    json_object_put(items);
    jx_set(model, "warnings", warnings);
}

const char *view_reason(const char *reason)
{
    static const struct {
        const char *reason, *words;
    } table[] = {{"import", "imported from the repository"},
                 {"add", "added here"},
                 {"edit", "edited here"},
                 {"delete", "removed here"},
                 {"restore", "an earlier version brought back"},
                 {"merge", "put together with what came from the repository"},
                 {"resolve", "a conflict decided"},
                 {"undo", "a decision taken back"},
                 {"switch", "as it was left before another repository was followed"},
                 {"sql", "written by another program"}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(table[i].reason, reason))
            return table[i].words;
    return reason ? reason : "changed";
}
