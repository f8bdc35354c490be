#include "core/event/event_patch.h"

#include <string.h>

struct attempt {
    struct arena *arena;
    const char *file_name;
    const char *p;
    size_t n;
    struct event event; /* what the bytes hold now */
    struct json_object *to;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether a text reads the same as a body: the reader cuts white space off both ends and reads CR as LF. */
static bool fits_body(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    return n && !is_space(text[0]) && !is_space(text[n - 1]) && !strchr(text, '\r');
}

/* The field that stands as body after the patch, or NULL. It is the summary unless the front matter holds one and goes
 * on holding it; a field that is in the front matter stays there. */
static const char *body_key(struct json_object *front, struct json_object *to)
{
    bool summary_above =
        json_object_object_get_ex(front, "summary", NULL) && json_object_object_get_ex(to, "summary", NULL);
    const char *key = summary_above ? "body" : "summary";

    if (summary_above && json_object_object_get_ex(front, "body", NULL))
        return NULL;
    return fits_body(jx_get_text(to, key)) ? key : NULL;
}

static struct json_object *without(struct arena *a, struct json_object *fields, const char *skip_key)
{
    struct json_object *rest = jx_own(a, json_object_new_object());

    json_object_object_foreach(fields, key, value)
    {
        if (!str_eq(key, skip_key))
            jx_set(rest, key, json_object_get(value));
    }
    return rest;
}

static bool patch_front(struct attempt *t, struct event_edits *edits, enum event_patch_grain grain)
{
    struct event_parts parts;
    struct event_node *root;
    struct json_object *front;
    struct err ignored;
    const char *key = NULL;

    if (event_split(t->event.format, t->p, t->n, &parts, &ignored) != ERR_OK ||
        event_yaml_read(t->arena, t->p, parts.yaml, &root, &ignored) != ERR_OK ||
        event_node_value(t->arena, root, &front, &ignored) != ERR_OK)
        return false;
    if (t->event.format == EVENT_MD) {
        key = body_key(front, t->to);
        event_patch_body(edits, &parts, key ? jx_get_text(t->to, key) : NULL);
    }
    return event_patch_yaml(edits, &parts, without(t->arena, t->to, key), grain);
}

/* One try at a grain; true when the result reads as what is wanted. */
static bool attempt(struct attempt *t, enum event_patch_grain grain, struct str *out)
{
    struct event_edits edits = {.arena = t->arena, .p = t->p, .n = t->n};
    struct event result = {0};
    struct err ignored;
    bool done;

    if (t->event.format == EVENT_JSON)
        done = event_patch_json(&edits, t->event.fields, t->to, grain);
    else
        done = patch_front(t, &edits, grain);
    if (!done)
        return false;
    str_init(out, t->arena, EVENT_FILE_BYTES);
    event_edits_apply(&edits, out);
    return !out->full && event_parse(t->arena, t->file_name, out->p, out->n, &result, &ignored) == ERR_OK &&
           event_same(t->arena, result.fields, t->to);
}

enum err_code event_patch(struct arena *a, const char *file_name, const char *p, size_t n,
                          struct json_object *fields, struct str *out, struct err *e)
{
    struct attempt t = {.arena = a, .file_name = file_name, .n = n, .to = fields};

    TRY(event_parse(a, file_name, p, n, &t.event, e));
    t.p = arena_strndup(a, p, n); /* so that scanning may rely on the NUL behind the last line */
    if (event_same(a, t.event.fields, fields)) {
        str_init(out, a, EVENT_FILE_BYTES);
        str_addn(out, p, n);
        return ERR_OK;
    }
    for (int grain = EVENT_GRAIN_FINE; grain <= EVENT_GRAIN_ALL; grain++)
        if (attempt(&t, (enum event_patch_grain)grain, out))
            return ERR_OK;
    return event_write(a, fields, t.event.format, out, e);
}
