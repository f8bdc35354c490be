/*
 * Other shapes of an event file for test_event_bytes.c: what files may look like that the ones at hand do not. Each gives
 * false where there is nothing to change.
 */
#ifndef TIDELINE_TESTS_EVENT_BYTES_SHAPES_H
#define TIDELINE_TESTS_EVENT_BYTES_SHAPES_H

typedef bool make_shape(struct arena *a, const char *name, struct bytes file, struct bytes *out);

static struct bytes built(const struct str *s)
{
    return (struct bytes){s->p, s->n};
}

static bool is_json(const char *name)
{
    return event_format_of(name) == EVENT_JSON;
}

static bool shape_itself(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    (void)a;
    (void)name;
    *out = file;
    return true;
}

static bool shape_crlf(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;

    (void)name;
    if (memchr(file.p, '\r', file.n))
        return false;
    str_init(&s, a, EVENT_FILE_BYTES);
    for (size_t i = 0; i < file.n; i++) {
        if (file.p[i] == '\n')
            str_addc(&s, '\r');
        str_addc(&s, file.p[i]);
    }
    *out = built(&s);
    return true;
}

/* With the final newline taken away, or given where there is none. */
static bool shape_other_end(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;
    size_t n = file.n;

    (void)name;
    while (n && file.p[n - 1] == '\n')
        n--;
    str_init(&s, a, EVENT_FILE_BYTES);
    str_addn(&s, file.p, n);
    if (n == file.n)
        str_add(&s, "\n\n");
    *out = built(&s);
    return true;
}

/* Spaces behind every line but those of three dashes. */
static bool shape_trailing_spaces(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;

    (void)name;
    str_init(&s, a, EVENT_FILE_BYTES);
    for (size_t at = 0; at < file.n; at = line_end(file, at)) {
        size_t end = line_end(file, at);
        size_t text = end > at && file.p[end - 1] == '\n' ? end - 1 : end;

        str_addn(&s, file.p + at, text - at);
        if (text > at && !line_is(file, at, "---"))
            str_add(&s, "  ");
        str_addn(&s, file.p + text, end - text);
    }
    *out = built(&s);
    return true;
}

/* Characters of two to four bytes, and line breaks that only YAML knows, where they mean nothing. */
static bool shape_odd_characters(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;
    bool markdown = event_format_of(name) == EVENT_MD;
    size_t at = markdown ? line_end(file, 0) : 0;

    if (is_json(name))
        return false;
    str_init(&s, a, EVENT_FILE_BYTES);
    str_addn(&s, file.p, at);
    str_add(
        &s,
        "# odd: \xC2\xA0 \xF0\x9F\x98\x80 e\xCC\x81 \xE2\x80\x8B\n\"\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80\": "
        "\xF0\x9F\x98\x80 \xE5\x85\xA5\n");
    str_addn(&s, file.p + at, file.n - at);
    if (markdown)
        str_add(&s, "\nOdd \xE2\x80\xA8line \xC2\x85 next \xF0\x9F\x98\x80 \t tab\n");
    *out = built(&s);
    return true;
}

static bool shape_mark(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;

    (void)name;
    str_init(&s, a, EVENT_FILE_BYTES);
    str_add(&s, "\xEF\xBB\xBF");
    str_addn(&s, file.p, file.n);
    *out = built(&s);
    return true;
}

/* Plain words, which mean the same in a list in brackets. */
static bool is_plain_item(struct bytes file, size_t at, size_t end)
{
    size_t i = at + 2;

    if (end - at < 4 || memcmp(file.p + at, "- ", 2) != 0)
        return false;
    while (i < end && (strchr(" -_.", file.p[i]) || (file.p[i] >= 'a' && file.p[i] <= 'z') ||
                       (file.p[i] >= 'A' && file.p[i] <= 'Z')))
        i++;
    return i + 1 == end && file.p[i] == '\n' && file.p[at + 2] > '.';
}

static void add_flow(struct str *s, struct bytes file, struct range r, const char *key)
{
    str_addf(s, "%s: [", key);
    for (size_t at = line_end(file, r.start); at < r.end; at = line_end(file, at)) {
        if (at > line_end(file, r.start))
            str_add(s, ", ");
        str_addn(s, file.p + at + 2, line_end(file, at) - at - 3);
    }
    str_add(s, "]\n");
}

/* Lists of plain words in brackets instead of lines. */
static bool shape_flow_lists(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    static const char *const keys[] = {"tags", "actors"};
    bool changed = false;

    for (size_t i = 0; i < 2 && !is_json(name); i++) {
        struct range r = find_yaml(*out, event_format_of(name) == EVENT_MD, keys[i]);
        bool plain = r.found && line_is(*out, r.start, arena_printf(a, "%s:", keys[i]));
        struct str s;

        for (size_t at = line_end(*out, r.start); plain && at < r.end; at = line_end(*out, at))
            plain = is_plain_item(*out, at, line_end(*out, at));
        if (!plain || line_end(*out, r.start) == r.end)
            continue;
        str_init(&s, a, EVENT_FILE_BYTES);
        str_addn(&s, out->p, r.start);
        add_flow(&s, *out, r, keys[i]);
        str_addn(&s, out->p + r.end, out->n - r.end);
        *out = built(&s);
        changed = true;
    }
    (void)file;
    return changed;
}

static bool is_list_line(struct bytes file, size_t at)
{
    return file.p[at] == '-' || file.p[at] == ' ' || file.p[at] == '\n';
}

/* Lists that stand under their key are moved in by two columns, those that are moved in go back. */
static bool shape_indented_lists(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    static const char *const keys[] = {"tags", "actors", "sources"};
    bool changed = false;

    (void)file;
    for (size_t i = 0; i < 3 && !is_json(name); i++) {
        struct range r = find_yaml(*out, event_format_of(name) == EVENT_MD, keys[i]);
        size_t first = line_end(*out, r.start);
        bool block = r.found && line_is(*out, r.start, arena_printf(a, "%s:", keys[i])) && first < r.end &&
                     out->p[first] == '-';
        struct str s;

        for (size_t at = first; block && at < r.end; at = line_end(*out, at))
            block = is_list_line(*out, at);
        if (!block)
            continue;
        str_init(&s, a, EVENT_FILE_BYTES);
        str_addn(&s, out->p, first);
        for (size_t at = first; at < r.end; at = line_end(*out, at)) {
            if (out->p[at] != '\n')
                str_add(&s, "  ");
            str_addn(&s, out->p + at, line_end(*out, at) - at);
        }
        str_addn(&s, out->p + r.end, out->n - r.end);
        *out = built(&s);
        changed = true;
    }
    return changed;
}

/* JSON in one line, and by tabs. */
static bool shape_one_line(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct json_object *value = NULL;

    if (!is_json(name) || jx_parse(a, file.p, file.n, &value, NULL) != ERR_OK)
        return false;
    out->p = jx_text(a, value);
    out->n = strlen(out->p);
    return true;
}

static bool shape_tabs(struct arena *a, const char *name, struct bytes file, struct bytes *out)
{
    struct str s;

    if (!is_json(name))
        return false;
    str_init(&s, a, EVENT_FILE_BYTES);
    for (size_t at = 0; at < file.n; at = line_end(file, at)) {
        size_t text = at;

        for (; text + 1 < file.n && file.p[text] == ' ' && file.p[text + 1] == ' '; text += 2)
            str_addc(&s, '\t');
        str_addn(&s, file.p + text, line_end(file, at) - text);
    }
    *out = built(&s);
    return true;
}

static const struct {
    const char *name;
    make_shape *make;
} shapes[] = {
    {"it is", shape_itself},
    {"CR LF", shape_crlf},
    {"the other end", shape_other_end},
    {"trailing spaces", shape_trailing_spaces},
    {"odd characters", shape_odd_characters},
    {"a byte order mark", shape_mark},
    {"lists in brackets", shape_flow_lists},
    {"lists moved in", shape_indented_lists},
    {"one line of JSON", shape_one_line},
    {"JSON by tabs", shape_tabs},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

#endif
