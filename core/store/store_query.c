/*
 * What a person typed as an FTS5 expression. FTS5 sees only quoted strings, each perhaps with a star behind it: none of
 * its own words gets through. Side by side they all must match, but for those without a letter, which an AND would not
 * forgive.
 *
 * A word with a star stands for all words that begin with it, and FTS5 puts all their documents together before it gives
 * the first: among 100,000 events that took 160 ms for one letter, 95 ms for two, 35 ms for three and 12 ms for four. So
 * the larger the database, the more letters must stand before a star.
 */
#include <ctype.h>
#include <string.h>

#include "core/store/store_event_internal.h"
#include "core/util/utf8.h"

enum {
    QUERY_BYTES = 1000, /* of what a person typed; the rest is not looked at */
    QUERY_TERMS = 64,   /* and gaps between them */
    EXPRESSION_BYTES = 32 * 1024,
    FEW_EVENTS = 10000, /* up to here any number of words may have a star */
    STARS_MOST = 2,
    LONG_PHRASE = 3, /* words */
};

/* One word or "phrase" of the query. */
struct term {
    const char *p;
    size_t n;
    bool prefix;
};

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* U+E000 begins the words of the index that nobody types. */
static bool is_usable(const struct term *term)
{
    bool usable = false;

    for (size_t i = 0; i < term->n; i++) {
        usable = usable || is_letter(term->p[i]);
        if (i + 2 < term->n && memcmp(term->p + i, "\xee\x80\x80", 3) == 0)
            return false;
    }
    return usable;
}

static size_t length_until(const char *p, size_t n, const char *stops)
{
    size_t i = 0;

    while (i < n && !strchr(stops, p[i]))
        i++;
    return i;
}

static size_t read_terms(const char *query, struct term terms[QUERY_TERMS])
{
    size_t n = strnlen(query, QUERY_BYTES + 1), count = 0;

    n = n > QUERY_BYTES ? utf8_cut(query, n, QUERY_BYTES) : n;
    if (!utf8_valid(query, n, NULL))
        return 0;
    for (size_t i = 0, seen = 0; i < n && seen < QUERY_TERMS; seen++) {
        bool phrase = query[i] == '"';
        const char *p = query + i + phrase;
        size_t length = length_until(p, n - (size_t)(p - query), phrase ? "\"" : " \t\r\n\f\v\"");
        size_t after = (size_t)(p - query) + length + (phrase && p[length] == '"');
        bool prefix = phrase ? query[after] == '*' : length > 0 && p[length - 1] == '*';
        struct term term = {p, phrase || !prefix ? length : length - 1, prefix};
        if (is_usable(&term))
            terms[count++] = term;
        i = after + (phrase ? prefix : length == 0);
    }
    return count;
}

/* Of the last word of a term, the one that the star belongs to. A character of a script that writes whole words with one
 * or two counts for more. */
static size_t letters_before_star(const struct term *term)
{
    size_t end = term->n, begin, letters = 0;

    while (end > 0 && !is_letter(term->p[end - 1]))
        end--;
    begin = end;
    while (begin > 0 && is_letter(term->p[begin - 1]))
        begin--;
    for (size_t i = begin; i < end; i++) {
        unsigned char c = (unsigned char)term->p[i];
        letters += (c & 0xc0) == 0x80 ? 0 : c >= 0xe0 ? 3 : 1;
    }
    return letters;
}

static size_t letters_needed(int64_t events)
{
    return events > 300000 ? 5 : events > 35000 ? 4 : events > FEW_EVENTS ? 3 : events > 5000 ? 2 : 1;
}

enum err_code store_event_check_query(struct store *s, const char *query, struct err *e)
{
    struct store_event_counts counts;
    struct term terms[QUERY_TERMS];
    size_t n, stars = 0;

    if (!query || !strchr(query, '*'))
        return ERR_OK;
    n = read_terms(query, terms);
    TRY(store_event_count(s, &counts, e));
    for (size_t i = 0; i < n; i++) {
        size_t needed = letters_needed(counts.total);
        if (!terms[i].prefix)
            continue;
        stars++;
        if (letters_before_star(&terms[i]) < needed)
            return err_set(e, ERR_INVALID_INPUT,
                           "Among so many events a word needs at least %zu letters before its *.", needed);
    }
    if (stars > STARS_MOST && counts.total > FEW_EVENTS)
        return err_set(e, ERR_INVALID_INPUT, "Among so many events at most %d words may end in *.",
                       STARS_MOST);
    return ERR_OK;
}

static enum err_code add_query(struct store *s, struct str *out, const char *query, struct err *e)
{
    struct term terms[QUERY_TERMS];
    size_t n = read_terms(query, terms);

    TRY(store_event_check_query(s, query, e));
    for (size_t i = 0; i < n; i++) {
        str_add(out, out->n ? " \"" : "\"");
        str_addn(out, terms[i].p, terms[i].n);
        str_add(out, terms[i].prefix ? "\"*" : "\"");
    }
    return out->n ? ERR_OK : ERR_NOT_FOUND;
}

bool store_search_is_long(const char *expression)
{
    size_t words = 0;
    bool within = false;

    for (const char *p = expression; *p; p++) {
        if (*p == '"') {
            within = !within;
            words = 0;
        } else if (within && is_letter(*p) && !is_letter(p[-1]) && ++words == LONG_PHRASE) {
            return true;
        }
    }
    return false;
}

enum err_code store_search_expression(struct store *s, struct arena *a,
                                      const struct store_event_filter *filter, const char **out,
                                      struct err *e)
{
    struct str expression;

    str_init(&expression, a, EXPRESSION_BYTES);
    if (filter->query)
        TRY(add_query(s, &expression, filter->query, e));
    store_facet_expression(&expression, filter);
    *out = expression.n ? expression.p : NULL;
    return ERR_OK;
}
