/*
 * The automatic quality score: 10 less what each broken rule costs, at least 0.
 *
 * A rule that looks at every source or list costs `points` for each one that breaks it, up to `most`. The weights say
 * what a reader of a timeline misses most: evidence first, then what happened, then what helps to find the event. An
 * event with nothing but id, date and title scores 2; one with everything and three sources 10.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/event/event.h"
#include "core/util/clock.h"
#include "core/util/utf8.h"

enum { TITLE_LEAST = 15, TITLE_MOST = 150, SUMMARY_LEAST = 100, IMPORTANCE_MOST = 10 };

/* X(rule, points, most, how to mend it). The README has the same table. */
#define RULES(X)                                                                                             \
    X(sources_missing, 3.0, 3.0, "Name at least two sources.")                                               \
    X(summary_missing, 2.0, 2.0, "Write a summary of what happened, in at least 100 characters.")            \
    X(title_missing, 2.0, 2.0, "Give the event a title.")                                                    \
    X(date_missing, 2.0, 2.0, "Give the date as YYYY-MM-DD.")                                                \
    X(date_invalid, 1.5, 1.5,                                                                                \
      "Write the date as YYYY-MM-DD; take the day of the announcement if only the month is "                 \
      "known.")                                                                                              \
    X(tags_missing, 1.0, 1.0, "Add tags, three or more.")                                                    \
    X(sources_single, 1.0, 1.0, "Add a second, independent source.")                                         \
    X(summary_short, 1.0, 1.0, "Say more in the summary: at least 100 characters.")                          \
    X(actors_missing, 0.75, 0.75, "Name the people and organisations that acted.")                           \
    X(importance_missing, 0.75, 0.75, "Rate the importance with a whole number from 1 to 10.")               \
    X(importance_invalid, 0.5, 0.5, "Rate the importance with a whole number from 1 to 10, without quotes.") \
    X(status_missing, 0.5, 0.5, "Say how certain the event is, for example status: confirmed.")              \
    X(date_future, 0.5, 0.5, "The date lies in the future; check it, or set status: predicted.")             \
    X(source_url_missing, 0.5, 1.0, "Give each source a url.")                                               \
    X(source_url_invalid, 0.5, 1.0, "Write each source's url in full, beginning with http:// or https://.")  \
    X(sources_duplicate, 0.5, 0.5, "Two sources have the same url; remove one.")                             \
    X(list_expected, 0.5, 1.0, "Write tags, actors and sources as lists.")                                   \
    X(title_short, 0.5, 0.5, "Say in the title what happened: at least 15 characters.")                      \
    X(title_long, 0.5, 0.5, "Shorten the title to at most 150 characters; details belong into the summary.") \
    X(null_item, 0.5, 1.0, "Fill or remove the empty list item; text that begins with # needs quotes.")      \
    X(id_missing, 0.25, 0.25, "Write the id into the event; it is the file name without its extension.")     \
    X(source_title_missing, 0.25, 0.5, "Give each source a title.")                                          \
    X(source_outlet_missing, 0.1, 0.3, "Give each source its outlet or publisher.")                          \
    X(status_unknown, 0.25, 0.25,                                                                            \
      "Use a known status: confirmed, verified, validated, reported, alleged, developing, "                  \
      "disputed, contested, investigated, unverified, predicted or retracted.")                              \
    X(tags_duplicate, 0.25, 0.25, "A tag is there twice; remove one.")

enum rule {
#define RULE_SYMBOL(rule, points, most, text) RULE_##rule,
    RULES(RULE_SYMBOL)
#undef RULE_SYMBOL
};

static const struct {
    const char *name;
    double points;
    double most;
    const char *text;
} rules[] = {
#define RULE_ROW(rule, points, most, text) {#rule, points, most, text},
    RULES(RULE_ROW)
#undef RULE_ROW
};

struct judge {
    struct arena *arena;
    struct json_object *fields;
    struct event_quality *out;
};

/* count: how often the rule is broken; 0 costs nothing. */
static void take(struct judge *j, enum rule rule, const char *field, size_t count)
{
    struct event_deduction **at = &j->out->deductions;
    struct event_deduction *deduction;
    double points = rules[rule].points * (double)count;

    if (count == 0)
        return;
    if (points > rules[rule].most)
        points = rules[rule].most;
    while (*at && (*at)->points >= points)
        at = &(*at)->next;
    deduction = arena_alloc(j->arena, sizeof *deduction);
    *deduction = (struct event_deduction){*at, rules[rule].name, field, points, rules[rule].text};
    *at = deduction;
}

static bool is_blank(const char *text)
{
    return !text || !text[strspn(text, " \t\r\n")];
}

/* Characters of a text without the white space around it. */
static size_t length_of(const char *text)
{
    size_t n;

    text += strspn(text, " \t\r\n");
    n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]))
        n--;
    return utf8_length(text, n);
}

static void judge_title(struct judge *j)
{
    const char *title = event_text(j->arena, j->fields, "title");

    take(j, RULE_id_missing, "id", is_blank(event_text(j->arena, j->fields, "id")));
    if (is_blank(title)) {
        take(j, RULE_title_missing, "title", 1);
        return;
    }
    take(j, RULE_title_short, "title", length_of(title) < TITLE_LEAST);
    take(j, RULE_title_long, "title", length_of(title) > TITLE_MOST);
}

static void judge_summary(struct judge *j)
{
    const char *summary = event_text(j->arena, j->fields, "summary");

    if (is_blank(summary))
        take(j, RULE_summary_missing, "summary", 1);
    else
        take(j, RULE_summary_short, "summary", length_of(summary) < SUMMARY_LEAST);
}

/* One day of grace, because somewhere it is tomorrow already. ISO dates compare as text. */
static bool is_future(struct arena *a, const char *date)
{
    char *tomorrow = clock_rfc3339(a, clock_now_us() + (int64_t)86400 * 1000000);

    return strncmp(date, tomorrow, 10) > 0;
}

static void judge_date(struct judge *j)
{
    const char *date = event_text(j->arena, j->fields, "date");

    if (is_blank(date))
        take(j, RULE_date_missing, "date", 1);
    else if (!clock_date_valid(date))
        take(j, RULE_date_invalid, "date", 1);
    else if (!str_eq(jx_get_text(j->fields, "status"), "predicted"))
        take(j, RULE_date_future, "date", is_future(j->arena, date));
}

static void judge_importance(struct judge *j)
{
    struct json_object *importance = jx_get(j->fields, "importance");
    int64_t value = jx_get_int(j->fields, "importance", 0);

    if (!importance)
        take(j, RULE_importance_missing, "importance", 1);
    else
        take(j, RULE_importance_invalid, "importance", value < 1 || value > IMPORTANCE_MOST);
}

static void judge_status(struct judge *j)
{
    static const char *const known[] = {"confirmed",    "verified",   "validated", "reported",
                                        "alleged",      "developing", "disputed",  "contested",
                                        "investigated", "unverified", "predicted", "retracted"};
    const char *status = event_text(j->arena, j->fields, "status");

    if (is_blank(status)) {
        take(j, RULE_status_missing, "status", 1);
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(status, known[i]) == 0)
            return;
    }
    take(j, RULE_status_unknown, "status", 1);
}

static int by_case(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcasecmp(*a, *b);
}

/* Sorted, so that a hostile list of many items costs no more than sorting it. Capitals do not count. */
static bool has_twins(const char **texts, size_t n)
{
    if (n > 1)
        qsort(texts, n, sizeof *texts, by_case);
    for (size_t i = 1; i < n; i++) {
        if (strcasecmp(texts[i - 1], texts[i]) == 0)
            return true;
    }
    return false;
}

/* The list in a field; NULL, and the deduction taken, when there is none or it is empty. */
static struct json_object *list_of(struct judge *j, const char *key, enum rule missing)
{
    struct json_object *list = jx_get(j->fields, key);
    size_t n;
    size_t nulls = 0;

    if (list && !json_object_is_type(list, json_type_array) &&
        !is_blank(event_text(j->arena, j->fields, key))) {
        take(j, RULE_list_expected, key, 1);
        return NULL;
    }
    n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < n; i++)
        nulls += json_object_array_get_idx(list, i) == NULL;
    take(j, RULE_null_item, key, nulls);
    take(j, missing, key, nulls == n);
    return nulls == n ? NULL : list;
}

static void judge_tags(struct judge *j)
{
    struct json_object *tags = list_of(j, "tags", RULE_tags_missing);
    const char **texts;
    size_t n;
    size_t used = 0;

    list_of(j, "actors", RULE_actors_missing);
    if (!tags)
        return;
    n = json_object_array_length(tags);
    texts = arena_array(j->arena, n, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        struct json_object *tag = json_object_array_get_idx(tags, i);

        if (json_object_is_type(tag, json_type_string))
            texts[used++] = json_object_get_string(tag);
    }
    take(j, RULE_tags_duplicate, "tags", has_twins(texts, used));
}

/* http or https, a host, and nothing that breaks a link. */
static bool is_web_url(const char *url)
{
    const char *host;

    if (strncasecmp(url, "http://", 7) == 0)
        host = url + 7;
    else if (strncasecmp(url, "https://", 8) == 0)
        host = url + 8;
    else
        return false;
    for (const unsigned char *p = (const unsigned char *)url; *p; p++) {
        if (*p <= ' ' || *p == 0x7F || *p == '"' || *p == '<' || *p == '>')
            return false;
    }
    return isalnum((unsigned char)*host) || *host == '[' || (unsigned char)*host >= 0x80;
}

/* How often the sources break each rule. */
struct faults {
    size_t no_url;
    size_t bad_url;
    size_t no_title;
    size_t no_outlet;
};

/* Look at one source, a map or (in old files) a bare url; returns its url or NULL. */
static const char *look_at_source(struct json_object *source, struct faults *faults)
{
    bool bare = json_object_is_type(source, json_type_string);
    const char *url = bare ? json_object_get_string(source) : jx_get_text(source, "url");

    faults->no_title += is_blank(jx_get_text(source, "title"));
    faults->no_outlet +=
        is_blank(jx_get_text(source, "outlet")) && is_blank(jx_get_text(source, "publisher"));
    if (is_blank(url)) {
        faults->no_url++;
        return NULL;
    }
    faults->bad_url += !is_web_url(url);
    return url;
}

static void judge_sources(struct judge *j)
{
    struct json_object *sources = list_of(j, "sources", RULE_sources_missing);
    struct faults faults = {0};
    const char **urls;
    size_t n = sources ? json_object_array_length(sources) : 0;
    size_t used = 0;

    take(j, RULE_sources_single, "sources", event_source_count(j->fields) == 1);
    urls = arena_array(j->arena, n, sizeof *urls);
    for (size_t i = 0; i < n; i++) {
        struct json_object *source = json_object_array_get_idx(sources, i);
        const char *url = source ? look_at_source(source, &faults) : NULL;

        if (url)
            urls[used++] = url;
    }
    take(j, RULE_source_url_missing, "sources", faults.no_url);
    take(j, RULE_source_url_invalid, "sources", faults.bad_url);
    take(j, RULE_source_title_missing, "sources", faults.no_title);
    take(j, RULE_source_outlet_missing, "sources", faults.no_outlet);
    take(j, RULE_sources_duplicate, "sources", has_twins(urls, used));
}

void event_quality(struct arena *a, struct json_object *fields, struct event_quality *out)
{
    struct judge j = {a, fields, out};
    double score = 10;

    memset(out, 0, sizeof *out);
    judge_title(&j);
    judge_date(&j);
    judge_summary(&j);
    judge_importance(&j);
    judge_status(&j);
    judge_tags(&j);
    judge_sources(&j);
    for (struct event_deduction *d = out->deductions; d; d = d->next)
        score -= d->points;
    out->score = score > 0 ? (double)(int)(score * 100 + 0.5) / 100 : 0;
}
