/* What changed in an event, and what is like it, in lines for people. */
#include <string.h>

#include "cli/text.h"
#include "core/util/utf8.h"

enum { VALUE_CHARACTERS = 60 };

static size_t size_of(const char *text)
{
    return utf8_length(text, strlen(text));
}

/* A value in one line; NULL when it is too long for that. */
static const char *short_value(struct cli *cli, struct json_object *value)
{
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                    : jx_text(cli->arena, value);

    return size_of(text) <= VALUE_CHARACTERS && !strpbrk(text, "\n\r") ? text : NULL;
}

static void add_items(struct cli *cli, char sign, struct json_object *items, struct str *out)
{
    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        const char *name = jx_get_text(item, "title");
        const char *text = short_value(cli, item);

        str_addf(out, " %c %s", sign, text ? text : name ? name : "a long one");
    }
}

static void add_list(struct cli *cli, struct json_object *change, struct str *out)
{
    struct json_object *changed = jx_get(change, "changed");

    add_items(cli, '+', jx_get(change, "added"), out);
    add_items(cli, '-', jx_get(change, "removed"), out);
    for (size_t i = 0; changed && i < json_object_array_length(changed); i++)
        str_addf(out, " ~ %s", jx_get_text(json_object_array_get_idx(changed, i), "source"));
    if (jx_get_bool(change, "reordered", false))
        str_add(out, " in another order");
}

static void add_value(struct cli *cli, struct json_object *change, struct str *out)
{
    struct json_object *from = jx_get(change, "from");
    struct json_object *to = jx_get(change, "to");
    const char *before = short_value(cli, from);
    const char *after = short_value(cli, to);

    if (str_eq(jx_get_text(change, "kind"), "removed"))
        str_add(out, " removed");
    else if (str_eq(jx_get_text(change, "kind"), "added"))
        str_addf(out, " %s", after ? after : "added");
    else if (before && after)
        str_addf(out, " %s → %s", before, after);
    else
        str_add(out, " changed");
}

void text_changes(struct cli *cli, const char *heading, struct json_object *changes, struct str *out)
{
    size_t n = json_object_is_type(changes, json_type_array) ? json_object_array_length(changes) : 0;

    if (!n)
        return;
    str_addf(out, "\n%s\n", heading);
    for (size_t i = 0; i < n; i++) {
        struct json_object *change = json_object_array_get_idx(changes, i);

        str_addf(out, "  %s:", jx_get_text(change, "field"));
        if (jx_get(change, "added"))
            add_list(cli, change, out);
        else
            add_value(cli, change, out);
        str_addc(out, '\n');
    }
}

static const char *why_words(const char *why)
{
    if (str_eq(why, "id"))
        return "the same id";
    return str_eq(why, "title") ? "the same day and nearly the same title" : "a source of the same address";
}

void text_duplicates(const char *heading, struct json_object *duplicates, struct str *out)
{
    size_t n = duplicates ? json_object_array_length(duplicates) : 0;

    if (!n)
        return;
    str_addf(out, "\n%s\n", heading);
    for (size_t i = 0; i < n; i++) {
        const struct json_object *row = json_object_array_get_idx(duplicates, i);

        str_addf(out, "  %s: %s (%s)\n", jx_get_text(row, "id"), jx_get_text(row, "title"),
                 why_words(jx_get_text(row, "why")));
    }
}

void text_verdict(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *validation = jx_get(view, "validation");
    const char *score = text_cell(cli->arena, jx_get(validation, "score"));

    str_addf(out, "%s is %s (revision %lld%s%s)\n", jx_get_text(view, "id"), jx_get_text(view, "state"),
             (long long)jx_get_int(view, "revision", 0), *score ? ", score " : "", score);
    text_findings(out, "What costs points", jx_get(validation, "deductions"));
}
