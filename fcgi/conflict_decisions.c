/*
 * What was decided about a conflict: by whom, when, what, and what came of it.
 */
#include <ctype.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/page_conflict.h"
#include "fcgi/view.h"
#include "fcgi/view_diff.h"
#include "fcgi/view_sides.h"

enum { DECISIONS_SHOWN = 10, CHOICES_SHOWN = 6, WRITTEN_BYTES = 120 };

/* The beginning of it, in one line. */
static const char *shortened(struct exchange *x, const char *text)
{
    size_t n = strlen(text);
    size_t cut = utf8_cut(text, n, WRITTEN_BYTES);
    struct str s;

    str_init(&s, x->arena, WRITTEN_BYTES + sizeof "…");
    for (size_t i = 0; i < cut; i++)
        if (!isspace((unsigned char)text[i]))
            str_addc(&s, text[i]);
        else if (s.n && s.p[s.n - 1] != ' ')
            str_addc(&s, ' ');
    if (cut < n)
        str_add(&s, "…");
    return view_diff_text(x->arena, s.p, s.n);
}

static const char *choice_words(struct exchange *x, struct json_object *choice)
{
    struct json_object *value;

    if (json_object_is_type(choice, json_type_string))
        return str_eq(json_object_get_string(choice), "ours") ? "as it was here" : "as in the repository";
    if (jx_get_bool(choice, "remove", false))
        return "left out";
    if (!json_object_object_get_ex(choice, "value", &value))
        return "decided";
    return arena_printf(x->arena, "written: “%s”", shortened(x, view_sides_text(x->arena, value)));
}

/* "sources/1": which of them it was, the conflict of that time knew. */
static const char *choice_label(struct exchange *x, const char *choice)
{
    static const char part[] = "sources/";

    return str_starts(choice, part)
               ? arena_printf(x->arena, "Part %s of the sources", conflict_label(x, choice + strlen(part)))
               : conflict_label(x, choice);
}

static const char *whole_words(const char *kind, const char *take)
{
    bool ours = str_eq(take, "ours");

    if (str_eq(kind, "removed_here"))
        return ours ? "Removed, as here" : "Kept, as the repository has it";
    if (str_eq(kind, "removed_there"))
        return ours ? "Kept, as it is here" : "Removed, as in the repository";
    return ours ? "Everything as it was here" : "Everything as in the repository";
}

static const char *decision_words(struct exchange *x, const struct json_object *decision)
{
    struct json_object *choices = jx_get(decision, "choices");
    const char *take = jx_get_text(decision, "take");
    bool is_object = json_object_is_type(choices, json_type_object);
    size_t n = is_object ? (size_t)json_object_object_length(choices) : 0;
    size_t shown = 0;
    struct str s;

    if (!n)
        return str_eq(take, "ours") || str_eq(take, "theirs")
                   ? whole_words(jx_get_text(decision, "kind"), take)
                   : "The event was written anew";
    str_init(&s, x->arena, 16 * 1024);
    json_object_object_foreach(choices, key, choice)
    {
        if (shown++ == CHOICES_SHOWN)
            break;
        str_addf(&s, "%s%s %s", s.n ? "; " : "", choice_label(x, key), choice_words(x, choice));
    }
    if (n > CHOICES_SHOWN)
        str_addf(&s, "; %s", view_more(x->arena, n - CHOICES_SHOWN));
    if (take)
        str_addf(&s, "; all else %s", str_eq(take, "ours") ? "as it was here" : "as in the repository");
    return s.p;
}

static struct json_object *decision_of(struct exchange *x, const struct json_object *decision)
{
    struct json_object *item = json_object_new_object();
    struct json_object *undone = NULL;
    const char *text = decision_words(x, decision);

    jx_set_text(item, "text", text);
    jx_set_text(item, "author", jx_get_text(decision, "author"));
    view_set_time(x, item, "when", jx_get_text(decision, "at"));
    if (jx_get_text(decision, "undone_at")) {
        undone = json_object_new_object();
        jx_set_text(undone, "author", jx_get_text(decision, "undone_by"));
        view_set_time(x, undone, "when", jx_get_text(decision, "undone_at"));
    }
    jx_set(item, "undone", undone);
    return item;
}

void conflict_set_decisions(struct exchange *x, struct json_object *model, const struct json_object *view)
{
    struct json_object *list = jx_get(view, "decisions");
    struct json_object *decisions = json_object_new_object();
    struct json_object *items = json_object_new_array();
    size_t n = list ? json_object_array_length(list) : 0;
    bool can_undo = false;

    for (size_t i = 0; i < n && i < DECISIONS_SHOWN; i++) {
        const struct json_object *decision = json_object_array_get_idx(list, i);

        can_undo = can_undo || jx_get_bool(decision, "can_undo", false);
        jx_push(items, decision_of(x, decision));
    }
    jx_set(decisions, "items", items);
    jx_set_text(decisions, "more", n > DECISIONS_SHOWN ? view_more(x->arena, n - DECISIONS_SHOWN) : NULL);
    jx_set_bool(decisions, "undo", can_undo && exchange_caller(x)->name && exchange_may(x, SERVICE_EDITOR));
    jx_set(model, "decisions", n ? json_object_get(decisions) : NULL);
    json_object_put(decisions);
}

const char *conflict_next_words(const struct json_object *event)
{
    static const struct {
        const char *state, *words;
    } table[] = {
        {"validated", "It differs from the repository and waits for a pull request."},
        {"exported", "It is in an open pull request."},
        {"merged", "It equals the repository now, so nothing waits."},
        {"draft", "It waits for review, and then for a pull request."},
        {"rejected", "It was rejected in review, so it stays out of pull requests."},
    };
    const char *state = jx_get_text(event, "state");

    if (str_eq(jx_get_text(event, "removed"), "gone"))
        return "It is removed here, as in the repository.";
    if (str_eq(jx_get_text(event, "change"), "removed"))
        return str_eq(state, "validated") ? "Its removal waits for a pull request."
                                          : "Its removal waits for review, and then for a pull request.";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(table[i].state, state))
            return table[i].words;
    return NULL;
}
