/*
 * Which words of a line changed: the longest common subsequence of its words, spaces and signs.
 */
#include <ctype.h>
#include <string.h>

#include "core/util/str.h"
#include "fcgi/view_diff.h"

enum {
    TOKENS_MOST = 1500,
    TABLE_MOST =
        300 * 300, /* pairs of words that are compared; lines that differ in more are marked as a whole */
    SAME_PART = 3, /* at least one part in so many must be the same */
};

struct token {
    const char *p;
    size_t n;
    bool same;
};

struct tokens {
    struct token *items;
    size_t n;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80);
}

static size_t token_length(const char *p)
{
    size_t n = 1;

    if (is_word(*p))
        while (is_word(p[n]))
            n++;
    else if (*p == ' ')
        while (p[n] == ' ')
            n++;
    return n;
}

static bool split(struct arena *a, const char *text, struct tokens *out)
{
    size_t room = strlen(text);

    room = room < TOKENS_MOST ? room : TOKENS_MOST;
    out->items = arena_array(a, room + 1, sizeof *out->items);
    out->n = 0;
    while (*text && out->n < room) {
        size_t n = token_length(text);

        out->items[out->n++] = (struct token){text, n, false};
        text += n;
    }
    return !*text;
}

static bool equal(const struct token *l, const struct token *r)
{
    return l->n == r->n && memcmp(l->p, r->p, l->n) == 0;
}

/* What stays of both between what is the same at both ends. */
struct middle {
    struct token *old_items, *new_items;
    size_t n, m;
};

static struct middle trim(struct tokens *was, struct tokens *is)
{
    struct middle mid = {was->items, is->items, was->n, is->n};

    while (mid.n && mid.m && equal(mid.old_items, mid.new_items)) {
        mid.old_items->same = mid.new_items->same = true;
        mid.old_items++, mid.new_items++;
        mid.n--, mid.m--;
    }
    while (mid.n && mid.m && equal(&mid.old_items[mid.n - 1], &mid.new_items[mid.m - 1])) {
        mid.n--, mid.m--;
        mid.old_items[mid.n].same = mid.new_items[mid.m].same = true;
    }
    return mid;
}

/* table[i][j]: the longest common subsequence of what follows i and j. */
static void match(struct arena *a, const struct middle *mid)
{
    size_t width = mid->m + 1;
    unsigned short *table = arena_array(a, (mid->n + 1) * width, sizeof *table);
    size_t i = mid->n;
    size_t j;

    while (i-- > 0)
        for (j = mid->m; j-- > 0;) {
            unsigned short down = table[(i + 1) * width + j];
            unsigned short right = table[i * width + j + 1];
            unsigned short both = table[(i + 1) * width + j + 1];

            table[i * width + j] = equal(&mid->old_items[i], &mid->new_items[j]) ? (unsigned short)(both + 1)
                                   : down > right                                ? down
                                                                                 : right;
        }
    for (i = 0, j = 0; i < mid->n && j < mid->m;) {
        if (equal(&mid->old_items[i], &mid->new_items[j]))
            mid->old_items[i++].same = mid->new_items[j++].same = true;
        else if (table[(i + 1) * width + j] >= table[i * width + j + 1])
            i++;
        else
            j++;
    }
}

/* How much of the text is in words that stayed. */
static size_t same_bytes(const struct tokens *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->items[i].same && is_word(*t->items[i].p) ? t->items[i].n : 0;
    return n;
}

static size_t word_bytes(const struct tokens *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += is_word(*t->items[i].p) ? t->items[i].n : 0;
    return n;
}

/* A space alone between two changed words reads as part of the change. */
static void join(struct tokens *t)
{
    for (size_t i = 1; i + 1 < t->n; i++)
        if (t->items[i].same && *t->items[i].p == ' ' && !t->items[i - 1].same && !t->items[i + 1].same)
            t->items[i].same = false;
}

static struct json_object *runs_of(struct arena *a, struct tokens *t, const char *mark)
{
    struct json_object *runs = json_object_new_array();

    join(t);
    for (size_t i = 0; i < t->n;) {
        struct json_object *run = json_object_new_object();
        bool same = t->items[i].same;
        const char *p = t->items[i].p;
        const char *end = p;

        for (; i < t->n && t->items[i].same == same; i++)
            end = t->items[i].p + t->items[i].n;
        jx_set(run, "plain", NULL);
        jx_set(run, "del", NULL);
        jx_set(run, "ins", NULL);
        jx_set_text(run, same ? "plain" : mark, arena_strndup(a, p, (size_t)(end - p)));
        jx_push(runs, run);
    }
    return runs;
}

bool view_diff_words(struct arena *a, const char *was, const char *is, struct view_diff_words *out)
{
    struct tokens old_tokens;
    struct tokens new_tokens;
    struct middle mid;
    size_t most;

    if (!split(a, was, &old_tokens) || !split(a, is, &new_tokens))
        return false;
    mid = trim(&old_tokens, &new_tokens);
    if (mid.n && mid.m && mid.n * mid.m <= TABLE_MOST)
        match(a, &mid);
    most =
        word_bytes(&old_tokens) > word_bytes(&new_tokens) ? word_bytes(&old_tokens) : word_bytes(&new_tokens);
    if (!same_bytes(&old_tokens) || same_bytes(&old_tokens) * SAME_PART < most)
        return false;
    out->old_runs = runs_of(a, &old_tokens, "del");
    out->new_runs = runs_of(a, &new_tokens, "ins");
    return true;
}
