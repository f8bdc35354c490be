/* Whether two titles tell of the same thing. */
#include <string.h>

#include "core/event/event_internal.h"
#include "core/util/utf8.h"

enum { WORDS = 64, TEXT_BYTES = 8192, STEM_BYTES = 5, WORDS_OF_A_TITLE = 3 };

struct word {
    const char *p;
    size_t n;
};

struct words {
    struct word list[WORDS];
    size_t n;
    size_t weight; /* of all: a word weighs as much as it has bytes */
};

/* Characters of scripts that put no blank between words: each stands for itself. */
static bool is_word_alone(uint32_t point)
{
    return (point >= 0x2E80 && point <= 0x9FFF && !(point >= 0x3000 && point <= 0x303F)) ||
           (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x20000 && point <= 0x3FFFF);
}

/* What is neither a letter nor a digit of any script, nearly enough. */
static bool is_break(uint32_t point)
{
    return point < 0xC0 || point == 0xD7 || point == 0xF7 || (point >= 0x2000 && point <= 0x2BFF) ||
           (point >= 0x3000 && point <= 0x303F) || (point >= 0xFE10 && point <= 0xFE6F) ||
           (point >= 0xFF00 && point <= 0xFF0F) || (point >= 0xFF1A && point <= 0xFF20);
}

/* Greek and Cyrillic; Latin letters are made small by event_ascii_of(). */
static uint32_t small(uint32_t point)
{
    if ((point >= 0x391 && point <= 0x3A9) || (point >= 0x410 && point <= 0x42F))
        return point + 0x20;
    return point >= 0x400 && point <= 0x40F ? point + 0x50 : point;
}

/* One character of a title into the folded text: a blank where a word ends. */
static void fold(struct str *out, uint32_t point)
{
    char ascii[2];
    char bytes[4];
    const char *text = event_ascii_of(point, ascii);

    if (text) {
        str_add(out, text);
    } else if (is_break(point)) {
        str_addc(out, ' ');
    } else {
        if (is_word_alone(point))
            str_addc(out, ' ');
        str_addn(out, bytes, utf8_encode(small(point), bytes));
        if (is_word_alone(point))
            str_addc(out, ' ');
    }
}

static void read_words(struct arena *a, const char *title, struct words *out)
{
    size_t n = strlen(title);
    struct str text;
    const char *p;

    *out = (struct words){.n = 0};
    str_init(&text, a, TEXT_BYTES);
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(title + i, n - i, &point);

        fold(&text, length ? point : ' ');
        i += length ? length : 1;
    }
    for (p = text.p + strspn(text.p, " "); *p && out->n < WORDS; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");

        out->list[out->n++] = (struct word){p, length};
        out->weight += length;
        p += length;
    }
}

static bool has_digit(const struct word *word)
{
    for (size_t i = 0; i < word->n; i++)
        if (word->p[i] >= '0' && word->p[i] <= '9')
            return true;
    return false;
}

/* The same word, or forms of one: alike up to a short rest. Numbers have no forms. */
static bool is_same_word(const struct word *left, const struct word *right)
{
    size_t least = left->n < right->n ? left->n : right->n;
    size_t most = left->n + right->n - least;
    size_t n = 0;

    while (n < least && left->p[n] == right->p[n])
        n++;
    if (n == most)
        return true;
    return n >= STEM_BYTES && n * 4 >= most * 3 && !has_digit(left);
}

/* The weight of the words that both have, counted in both; each word stands for one of the other. */
static size_t shared_weight(const struct words *left, const struct words *right, size_t *count)
{
    bool taken[WORDS] = {false};
    size_t weight = 0;

    *count = 0;
    for (size_t i = 0; i < left->n; i++) {
        for (size_t k = 0; k < right->n; k++) {
            if (taken[k] || !is_same_word(&left->list[i], &right->list[k]))
                continue;
            taken[k] = true;
            weight += left->list[i].n + right->list[k].n;
            (*count)++;
            break;
        }
    }
    return weight;
}

bool event_titles_near(struct arena *a, const char *left, const char *right, double *nearness)
{
    struct words l, r;
    size_t shared, count, least;

    read_words(a, left, &l);
    read_words(a, right, &r);
    if (!l.n || !r.n) {
        *nearness = str_eq(left, right) ? 1 : 0;
        return *nearness > 0;
    }
    shared = shared_weight(&l, &r, &count);
    least = l.n < r.n ? l.n : r.n;
    *nearness = (double)shared / (double)(l.weight + r.weight);
    return shared * 3 >= (l.weight + r.weight) * 2 || (count == least && least >= WORDS_OF_A_TITLE);
}
