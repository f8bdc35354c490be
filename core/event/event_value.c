/* Nodes of YAML to JSON values. */
#include "core/event/event_internal.h"

static enum err_code refuse_twice(const struct event_node *key, struct err *e)
{
    return err_set_line(e, ERR_INVALID_EVENT, key->line,
                        "Line %d: the key \"%.80s\" is there twice; keep one of them.", key->line, key->text);
}

/* What is made is put into its parent before it is filled, so that a refusal leaves nothing behind. */
static enum err_code fill(struct json_object *parent, const struct event_node *node, struct err *e)
{
    for (const struct event_node *child = node->first; child; child = child->next) {
        struct json_object *value = NULL;

        if (child->key && json_object_object_get_ex(parent, child->key->text, NULL))
            return refuse_twice(child->key, e);
        if (child->kind == EVENT_NODE_SCALAR)
            TRY(event_scalar_value(child, &value, e));
        else
            value = child->kind == EVENT_NODE_MAP ? json_object_new_object()
                                                  : json_object_new_array_ext(child->count);
        if (child->key)
            json_object_object_add_ex(parent, child->key->text, value, JSON_C_OBJECT_ADD_KEY_IS_NEW);
        else
            json_object_array_add(parent, value);
        if (child->kind != EVENT_NODE_SCALAR)
            TRY(fill(value, child, e));
    }
    return ERR_OK;
}

enum err_code event_node_value(struct arena *a, const struct event_node *node, struct json_object **out,
                               struct err *e)
{
    struct json_object *value;

    if (node->kind == EVENT_NODE_SCALAR) {
        TRY(event_scalar_value(node, out, e));
        jx_own(a, *out);
        return ERR_OK;
    }
    value = jx_own(a, node->kind == EVENT_NODE_MAP ? json_object_new_object() : json_object_new_array());
    TRY(fill(value, node, e));
    *out = value;
    return ERR_OK;
}
