/*
 * Ids of new events. Ids of imported ones are taken as they are (event_parse).
 */
#include <string.h>

#include "core/event/event_internal.h"
#include "core/util/clock.h"
#include "core/util/utf8.h"

enum { DATE_BYTES = 10, SLUG_BYTES = 120 };

static bool is_slug_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool event_id_valid_new(const char *id)
{
    char date[DATE_BYTES + 1] = {0};
    const char *slug;
    size_t n;

    if (strnlen(id, DATE_BYTES + 3) < DATE_BYTES + 3 || id[DATE_BYTES] != '-' || id[DATE_BYTES + 1] != '-')
        return false;
    memcpy(date, id, DATE_BYTES);
    slug = id + DATE_BYTES + 2;
    n = strlen(slug);
    if (!clock_date_valid(date) || n > SLUG_BYTES || !is_slug_char(slug[0]) || !is_slug_char(slug[n - 1]))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_slug_char(slug[i]) && slug[i] != '-')
            return false;
    }
    return true;
}

/* Base letters of U+00C0 to U+017F (Latin-1 Supplement and Latin Extended-A), one each; '*' is looked up in `pairs`,
 * '-' is no letter. */
static const char latin[] = "aaaaaa*ceeeeiiii"  /* C0 */
                            "dnooooo-ouuuuy**"  /* D0 */
                            "aaaaaa*ceeeeiiii"  /* E0 */
                            "dnooooo-ouuuuy*y"  /* F0 */
                            "aaaaaaccccccccdd"  /* 100 */
                            "ddeeeeeeeeeegggg"  /* 110 */
                            "gggghhhhiiiiiiii"  /* 120 */
                            "ii**jjkkklllllll"  /* 130 */
                            "lllnnnnnnnnnoooo"  /* 140 */
                            "oo**rrrrrrssssss"  /* 150 */
                            "ssttttttuuuuuuuu"  /* 160 */
                            "uuuuwwyyyzzzzzzs"; /* 170 */

static const struct {
    uint32_t point;
    const char *text;
} pairs[] = {{0xC6, "ae"},  {0xDE, "th"},  {0xDF, "ss"},  {0xE6, "ae"},  {0xFE, "th"},
             {0x132, "ij"}, {0x133, "ij"}, {0x152, "oe"}, {0x153, "oe"}, {0x1E9E, "ss"}};

/* Letters outside that block: Romanian, and Vietnamese by runs (Latin Extended Additional). */
static const struct {
    uint32_t from;
    uint32_t to;
    const char *text;
} runs[] = {{0x1A0, 0x1A1, "o"},   {0x1AF, 0x1B0, "u"},   {0x1CD, 0x1CE, "a"},   {0x218, 0x219, "s"},
            {0x21A, 0x21B, "t"},   {0x1EA0, 0x1EB7, "a"}, {0x1EB8, 0x1EC7, "e"}, {0x1EC8, 0x1ECB, "i"},
            {0x1ECC, 0x1EE3, "o"}, {0x1EE4, 0x1EF1, "u"}, {0x1EF2, 0x1EF9, "y"}};

/* Accents as characters of their own, apostrophes of all kinds, soft hyphen and zero-width characters: dropped, so that
 * the letters around them stay one word. */
static bool is_dropped(uint32_t point)
{
    return point == '\'' || point == '`' || point == 0xB4 || point == 0xAD || point == 0x2BC ||
           (point >= 0x300 && point <= 0x36F) || (point >= 0x200B && point <= 0x200D) ||
           (point >= 0x2018 && point <= 0x201B) || point == 0x2032 || point == 0xFEFF;
}

const char *event_ascii_of(uint32_t point, char buffer[2])
{
    buffer[1] = '\0';
    buffer[0] = (char)point;
    if (point >= 'A' && point <= 'Z')
        return buffer[0] = (char)(point | 32), buffer;
    if (point < 0x80 && is_slug_char((char)point))
        return buffer;
    if (is_dropped(point))
        return "";
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i].point == point)
            return pairs[i].text;
    }
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        if (point >= runs[i].from && point <= runs[i].to)
            return runs[i].text;
    }
    if (point < 0xC0 || point > 0x17F || latin[point - 0xC0] == '-')
        return NULL;
    buffer[0] = latin[point - 0xC0];
    return buffer;
}

static void add_words(struct str *slug, const char *title)
{
    size_t n = strlen(title);
    bool gap = false;

    for (size_t i = 0; i < n && slug->n <= SLUG_BYTES;) {
        uint32_t point = 0;
        size_t length = utf8_decode(title + i, n - i, &point);
        char buffer[2];
        const char *text = length ? event_ascii_of(point, buffer) : NULL;

        i += length ? length : 1;
        if (!text) {
            gap = true;
            continue;
        }
        if (gap && slug->n && *text)
            str_addc(slug, '-');
        gap = gap && !*text;
        str_add(slug, text);
    }
}

/* Cut to the limit where a word ends, or inside a word that alone is longer. */
static void cut(struct str *slug)
{
    size_t n = SLUG_BYTES;

    if (slug->n <= SLUG_BYTES)
        return;
    while (n > 0 && slug->p[n] != '-')
        n--;
    str_cut(slug, n ? n : SLUG_BYTES);
}

char *event_id_propose(struct arena *a, const char *date, const char *title)
{
    struct str slug;

    str_init(&slug, a, SLUG_BYTES + 8);
    add_words(&slug, title);
    cut(&slug);
    /* A title without a single Latin letter or digit still needs an id that a file can have. */
    if (!slug.n)
        str_add(&slug, "event");
    return arena_printf(a, "%s--%s", date, slug.p);
}

struct json_object *event_with_id(struct arena *a, struct json_object *fields, const char *id)
{
    struct json_object *whole = jx_own(a, json_object_new_object());

    jx_set_text(whole, "id", id);
    json_object_object_foreach(fields, key, value)
    {
        if (!str_eq(key, "id"))
            jx_set(whole, key, json_object_get(value));
    }
    return whole;
}
