/*
 * Which sources of two lists are the same one. Matching goes from what is sure to what is likely, each time in order
 * among what is still free, so that it does not matter which list is called left.
 */
#include <string.h>

#include "core/event/event_merge_internal.h"

static const char *url_of(struct json_object *source)
{
    const char *url = json_object_is_type(source, json_type_string) ? json_object_get_string(source)
                                                                    : jx_get_text(source, "url");

    return url && *url ? url : NULL;
}

const char *event_source_name(struct arena *a, struct json_object *source)
{
    const char *name = url_of(source);

    if (!name)
        name = jx_get_text(source, "title");
    return name ? name : jx_text(a, source);
}

/* What must be equal, and who takes part. */
enum pass { WHOLE, URL_AND_TITLE, URL, TITLE_BOTH_BARE, TITLE_LEFT_BARE, TITLE_RIGHT_BARE, PASSES };
enum part { LEFT, RIGHT };

static const char *url_word(struct arena *a, struct json_object *source, bool with_title)
{
    const char *url = url_of(source);
    const char *title = jx_get_text(source, "title");

    if (!url || !with_title)
        return url;
    return title ? arena_printf(a, "%zu %s%s", strlen(url), url, title) : NULL;
}

static const char *title_word(struct arena *a, struct json_object *source)
{
    const char *title = jx_get_text(source, "title");

    if (!title || !*title)
        return NULL;
    return arena_printf(a, "%zu %s%s", strlen(title), title, jx_text(a, jx_get(source, "date")));
}

/* A side takes part in a match by title with its sources that have no URL, and, where the other side's have none, with
 * those that have one. */
static bool fits(enum pass pass, enum part part, struct json_object *source)
{
    bool bare = pass == TITLE_BOTH_BARE || pass == (part == LEFT ? TITLE_LEFT_BARE : TITLE_RIGHT_BARE);

    return bare == !url_of(source);
}

static struct event_word word_of(struct arena *a, enum pass pass, enum part part, struct json_object *source)
{
    const char *text;

    if (pass == WHOLE)
        return event_item_word(a, source);
    if (pass == URL || pass == URL_AND_TITLE)
        text = url_word(a, source, pass == URL_AND_TITLE);
    else
        text = fits(pass, part, source) ? title_word(a, source) : NULL;
    return (struct event_word){text, text ? strlen(text) : 0};
}

struct matching {
    struct arena *scratch;
    struct event_source_list *sides[2];
    const int *skip[2];
    struct event_word *words; /* of all items of both sides, and their numbers */
    size_t *numbers;
};

static bool add_words(struct matching *m, enum pass pass, enum part part, struct event_word *words)
{
    const struct event_source_list *side = m->sides[part];
    bool any = false;

    for (size_t i = 0; i < side->n; i++) {
        bool is_free = side->partner[i] == EVENT_SOURCE_NONE &&
                       (!m->skip[part] || m->skip[part][i] == EVENT_SOURCE_NONE);

        words[i] = (struct event_word){0};
        if (is_free)
            words[i] = word_of(m->scratch, pass, part, json_object_array_get_idx(side->list, i));
        any = any || words[i].p;
    }
    return any;
}

/* For each word the items on the right that have it, in order, as a chain: first[] by word, next[] by item. */
static void pair_up(struct matching *m, size_t distinct)
{
    struct event_source_list *left = m->sides[LEFT];
    struct event_source_list *right = m->sides[RIGHT];
    const size_t *right_numbers = m->numbers + left->n;
    int *first = arena_array(m->scratch, distinct, sizeof *first);
    int *next = arena_array(m->scratch, right->n, sizeof *next);

    for (size_t i = 0; i < distinct; i++)
        first[i] = EVENT_SOURCE_NONE;
    for (size_t j = right->n; j-- > 0;) {
        if (right_numbers[j] == SIZE_MAX)
            continue;
        next[j] = first[right_numbers[j]];
        first[right_numbers[j]] = (int)j;
    }
    for (size_t i = 0; i < left->n; i++) {
        size_t word = m->numbers[i];
        int j = word == SIZE_MAX ? EVENT_SOURCE_NONE : first[word];

        if (j == EVENT_SOURCE_NONE)
            continue;
        first[word] = next[j];
        left->partner[i] = j;
        right->partner[j] = (int)i;
    }
}

static void forget(struct arena *a, struct event_source_list *side)
{
    side->n = side->list ? json_object_array_length(side->list) : 0;
    side->partner = arena_array(a, side->n, sizeof *side->partner);
    for (size_t i = 0; i < side->n; i++)
        side->partner[i] = EVENT_SOURCE_NONE;
}

void event_sources_match(struct arena *a, struct event_source_list *left, struct event_source_list *right,
                         const int *skip_left, const int *skip_right)
{
    AUTO_STRUCT(arena) *scratch = arena_new();
    struct matching m = {.scratch = scratch, .sides = {left, right}, .skip = {skip_left, skip_right}};

    forget(a, left);
    forget(a, right);
    m.words = arena_array(scratch, left->n + right->n, sizeof *m.words);
    m.numbers = arena_array(scratch, left->n + right->n, sizeof *m.numbers);
    for (enum pass pass = WHOLE; pass < PASSES; pass++) {
        if (add_words(&m, pass, LEFT, m.words) && add_words(&m, pass, RIGHT, m.words + left->n))
            pair_up(&m, event_words_number(scratch, m.words, left->n + right->n, m.numbers));
    }
}
