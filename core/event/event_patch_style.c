/*
 * The habits of a YAML file, so that what is added looks like what is there.
 */
#include <string.h>

#include "core/event/event_patch.h"
#include "core/util/utf8.h"

static bool may_be_plain(const char *text, size_t n)
{
    return n && event_write_shape(text, n).plain && event_scalar_kind(text) == EVENT_SCALAR_TEXT;
}

char event_patch_style(const struct event_node *node, struct json_object *value)
{
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
    char quote = '"';

    if (!node || !text || node->kind != EVENT_NODE_SCALAR)
        return 0;
    if (node->style == EVENT_STYLE_LITERAL || node->style == EVENT_STYLE_FOLDED)
        return strchr(text, '\n') || strlen(text) > EVENT_WRITE_WIDTH ? '|' : 0;
    if (node->style != EVENT_STYLE_SINGLE && node->style != EVENT_STYLE_DOUBLE)
        return 0;
    if (node->style == EVENT_STYLE_SINGLE)
        quote = '\'';
    if (may_be_plain(node->text, node->text_n))
        return quote;
    if (may_be_plain(text, strlen(text)))
        return 0;
    return quote;
}

bool event_patch_is_leaf(struct json_object *value)
{
    if (json_object_is_type(value, json_type_array))
        return json_object_array_length(value) == 0;
    return !json_object_is_type(value, json_type_object) || json_object_object_length(value) == 0;
}

bool event_patch_is_flat(struct json_object *list)
{
    size_t n = json_object_array_length(list);

    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        if (json_object_is_type(item, json_type_array) || json_object_is_type(item, json_type_object))
            return false;
    }
    return n > 0;
}

/* Counts the texts that were folded, and those that stand on one line where folding would have broken it. */
struct folds {
    const char *p;
    size_t start; /* of the part */
    int folded;
    int unfolded;
};

static void count_scalar(struct folds *f, const struct event_node *node)
{
    size_t column = 0;
    size_t at = node->span.from;

    if (node->style == EVENT_STYLE_LITERAL || node->style == EVENT_STYLE_FOLDED ||
        memchr(node->text, '\n', node->text_n))
        return;
    if (memchr(f->p + at, '\n', node->span.to - at)) {
        f->folded++;
        return;
    }
    while (at > f->start && f->p[at - 1] != '\n')
        at--;
    for (; at < node->span.to; at++) {
        column += ((unsigned char)f->p[at] & 0xC0) != 0x80;
        if (at > node->span.from && column > EVENT_WRITE_WIDTH + 1 && f->p[at] == ' ') {
            f->unfolded++;
            return;
        }
    }
}

static void count_folds(struct folds *f, const struct event_node *node)
{
    if (node->kind == EVENT_NODE_SCALAR)
        count_scalar(f, node);
    for (const struct event_node *child = node->first; child; child = child->next)
        count_folds(f, child);
}

bool event_patch_folds(const char *p, struct event_span part, const struct event_node *root)
{
    struct folds f = {.p = p, .start = part.from};

    count_folds(&f, root);
    return f.unfolded <= f.folded;
}

size_t event_patch_list_offset(const struct event_node *root)
{
    for (const struct event_node *entry = root->first; entry; entry = entry->next)
        if (entry->kind == EVENT_NODE_LIST && entry->style == EVENT_STYLE_BLOCK && entry->first &&
            entry->indent >= entry->key->indent)
            return entry->indent - entry->key->indent;
    return 0;
}
