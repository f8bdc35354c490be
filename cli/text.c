#include "cli/text.h"

#include <string.h>

#include "core/util/utf8.h"

enum { LABEL_WIDTH = 18, COLUMNS_MOST = 10, FINDINGS_SHOWN = 20 };

void text_pair(struct str *out, const char *label, const char *text)
{
    if (text && *text)
        str_addf(out, "%-*s %s\n", LABEL_WIDTH, label, text);
}

void text_count(struct str *out, int64_t n, const char *what)
{
    str_addf(out, "%lld %s%s", (long long)n, what, n == 1 ? "" : "s");
}

void text_next(const struct json_object *view, struct str *out)
{
    if (jx_get_text(view, "next_cursor"))
        str_addf(out, "\nThe next: --cursor %s\n", jx_get_text(view, "next_cursor"));
}

const char *text_cell(struct arena *a, struct json_object *value)
{
    if (!value)
        return "";
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? "yes" : "no";
    if (json_object_is_type(value, json_type_array))
        return arena_printf(a, "%zu", json_object_array_length(value));
    return json_object_get_string(value);
}

static size_t width_of(const char *text)
{
    return utf8_length(text, strlen(text));
}

static void add_padded(struct str *out, const char *text, size_t width, bool right)
{
    size_t n = width_of(text);
    int gap = n < width ? (int)(width - n) : 0;

    str_addf(out, "%*s%s%*s", right ? gap : 0, "", text, right ? 0 : gap, "");
}

/* The last column takes what is left of the line, at least 20 characters. */
static void add_last(struct str *out, const char *text, size_t used, size_t columns)
{
    size_t room = columns > used + 20 ? columns - used : 20;
    size_t shown = 0;
    size_t bytes = 0;
    size_t n = strlen(text);

    if (width_of(text) <= room) {
        str_add(out, text);
        return;
    }
    while (bytes < n && shown + 1 < room) {
        uint32_t point;
        size_t length = utf8_decode(text + bytes, n - bytes, &point);

        bytes += length ? length : 1;
        shown++;
    }
    str_addn(out, text, bytes);
    str_add(out, "…");
}

static void add_row(struct cli *cli, const struct text_column *columns, struct json_object *row,
                    const size_t *widths, struct str *out)
{
    size_t used = 0;

    for (size_t i = 0; columns[i].heading; i++) {
        const char *cell = row ? text_cell(cli->arena, jx_get(row, columns[i].key)) : columns[i].heading;

        if (!columns[i + 1].heading) {
            add_last(out, cell, used, (size_t)cli->columns);
            break;
        }
        add_padded(out, cell, widths[i], columns[i].right);
        str_add(out, "  ");
        used += widths[i] + 2;
    }
    str_addc(out, '\n');
}

void text_table(struct cli *cli, struct json_object *rows, const struct text_column *columns, struct str *out)
{
    size_t widths[COLUMNS_MOST] = {0};
    size_t n = rows ? json_object_array_length(rows) : 0;

    if (!n)
        return;
    for (size_t c = 0; columns[c].heading; c++) {
        widths[c] = width_of(columns[c].heading);
        for (size_t i = 0; i < n; i++) {
            size_t width =
                width_of(text_cell(cli->arena, jx_get(json_object_array_get_idx(rows, i), columns[c].key)));

            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    add_row(cli, columns, NULL, widths, out);
    for (size_t i = 0; i < n; i++)
        add_row(cli, columns, json_object_array_get_idx(rows, i), widths, out);
}

static const char *first_text(struct json_object *row, const char *const *keys)
{
    for (; *keys; keys++)
        if (jx_get_text(row, *keys))
            return jx_get_text(row, *keys);
    return NULL;
}

static void add_finding(struct str *out, struct json_object *row)
{
    static const char *const subjects[] = {"path", "id", NULL};
    static const char *const sentences[] = {"error", "warning", "text", "title", NULL};
    const char *subject = first_text(row, subjects);
    const char *sentence =
        json_object_is_type(row, json_type_string) ? json_object_get_string(row) : first_text(row, sentences);
    int64_t line = jx_get_int(row, "line", 0);

    str_addf(out, "  %s", subject ? subject : "");
    if (line > 0)
        str_addf(out, ":%lld", (long long)line);
    str_addf(out, "%s%s\n", subject && sentence ? ": " : "", sentence ? sentence : "");
}

void text_findings_of(struct str *out, const char *heading, struct json_object *rows, int64_t total)
{
    size_t n = json_object_is_type(rows, json_type_array) ? json_object_array_length(rows) : 0;
    size_t shown = n < FINDINGS_SHOWN ? n : FINDINGS_SHOWN;

    if (!n)
        return;
    str_addf(out, "\n%s (%lld)\n", heading, (long long)total);
    for (size_t i = 0; i < shown; i++)
        add_finding(out, json_object_array_get_idx(rows, i));
    if (total > (int64_t)n)
        str_addf(out, "  and %lld more; --json shows the first %zu\n", (long long)total - (long long)shown,
                 n);
    else if (n > shown)
        str_addf(out, "  and %zu more; --json shows all\n", n - shown);
}

void text_findings(struct str *out, const char *heading, struct json_object *rows)
{
    text_findings_of(out, heading, rows, rows ? (int64_t)json_object_array_length(rows) : 0);
}
