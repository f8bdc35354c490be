// link: core_event core_util
/*
 * Untouched bytes stay untouched. For every file and each of six edits (and none): the file read again holds exactly the
 * edited event, and outside the lines of the field that was edited not one byte is another. Each file is tried as it is
 * and as several transformations of it. Who judges knows nothing of the patch: it finds the lines of a field with a rule
 * of its own, simple enough to be seen to be right.
 *
 * Without TIDELINE_EVENT_FILES (a folder) the files are those of the table below; with it, all events of that folder;
 * with TIDELINE_EVENT_FILES_ALL every edit of every shape of each, which takes a minute or two for 2,000 files.
 * Counts are printed: how many were tried, and how many could not be and why.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/event/event.h"
#include "core/util/file.h"

struct bytes {
    const char *p;
    size_t n;
};

/* ---- files of our own, in the manners that real timelines have */

static const struct {
    const char *name, *text;
} own_files[] = {
    {"1869-11-17--canal.md",
     "---\nid: 1869-11-17--canal\ndate: '1869-11-17'\ntitle: The Canal Opens and Shortens the Sea Route "
     "Between Two "
     "Continents\n  by Seven Thousand Kilometres\nimportance: 9\ntags:\n- infrastructure\n- "
     "trade\nactors:\n- Ferdinand "
     "de Lesseps\n- Isma'il Pasha\nsources:\n- url: https://archive.example.org/suez\n  title: 'The opening: "
     "a "
     "report'\n  publisher: Example\n  date: '1869-11-18'\n- title: A short history\n  outlet: Example "
     "Library\nstatus: confirmed\n---\n\nThe canal was opened after ten years.\n\n## What changed\n\n- Ships "
     "no longer "
     "had to round the Cape.\n"},
    {"1858-08-16--cable.md",
     "---\nid: 1858-08-16--cable\ndate: 1858-08-16\ntitle: \"First message: \\\"Glory\\\"\"\nsummary: |\n  A "
     "copper "
     "cable carried 98 words.\n\n  It failed three weeks later.\nimportance: 8\ntags:\n  - telegraph\n  - "
     "\"#cables\"\nactors:\n  - Queen Victoria\n  - James Buchanan\n# reviewed twice\nsources:\n  - title: "
     "Telegram, "
     "facsimile\n    url: https://archive.example.org/t?a=1&b=2\n    outlet: 'Archive'   # kept "
     "there\nnotes: 'The "
     "operators'' log gives 17:00'\n---\nLaid by two ships.\n"},
    {"1875-05-20--metre.json", "{\n  \"id\": \"1875-05-20--metre\",\n  \"date\": \"1875-05-20\",\n  "
                               "\"title\": \"Seventeen States Sign\",\n  "
                               "\"summary\": \"A bureau at S\\u00e8vres.\",\n  \"importance\": 7,\n  "
                               "\"tags\": [\n    \"standards\",\n    "
                               "\"treaties\"\n  ],\n  \"actors\": [\"Bureau international\"],\n  "
                               "\"sources\": [\n    {\n      \"title\": "
                               "\"Text\",\n      \"outlet\": \"Example\"\n    }\n  ]\n}\n"},
    {"1755-11-01--quake.yaml",
     "id: 1755-11-01--quake\ndate: \"1755-11-01\"\ntitle: Fire and Flood on All Saints' Day\nsummary: >-\n  "
     "Three "
     "shocks were followed\n  by a wave.\nimportance: 10\ntags: [disasters, portugal]\nactors: "
     "[]\nsources:\n- title: "
     "Letters\n  url: null\n  outlet: \nstatus: disputed\ncasualties:\n  estimate: 30000\n"},
    {"1793-08-10--louvre.md",
     "---\ntitle: \"Le Louvre s'ouvre – 537 tableaux\"\ndate: '1793-08-10'\nid: 1793-08-10--louvre\ntags:\n- "
     "museums\n- 'no'\n- #MeToo\nimportance: 6\nsources:\n- https://library.example.org/louvre\n---\n\nUn "
     "samedi sur "
     "dix. 入場は無料だった。"},
};

/* ---- the judge: where a field stands */

struct range {
    size_t start, end; /* of whole lines; in JSON of the member's bytes */
    bool found;
};

static size_t line_end(struct bytes f, size_t at)
{
    while (at < f.n && f.p[at] != '\n')
        at++;
    return at < f.n ? at + 1 : at;
}

static bool line_is(struct bytes f, size_t at, const char *text)
{
    size_t n = strlen(text);
    size_t end = line_end(f, at);

    return end - at >= n && memcmp(f.p + at, text, n) == 0 &&
           (end - at == n || f.p[at + n] == '\n' || f.p[at + n] == '\r');
}

/* A line that begins a field: a letter at its very beginning, and a colon behind the word. */
static bool begins_field(struct bytes f, size_t at)
{
    size_t end = line_end(f, at);
    size_t i = at;

    while (i < end && (strchr("_-. '\"()/", f.p[i]) ? i > at : f.p[i] != ':' && (unsigned char)f.p[i] > ' '))
        i++;
    return i > at && i < end && f.p[at] != '#' && f.p[i] == ':' &&
           (i + 1 == end || strchr(" \r\n", f.p[i + 1]));
}

static bool begins_this(struct bytes f, size_t at, const char *key)
{
    size_t n = strlen(key);

    return begins_field(f, at) && f.n - at > n && memcmp(f.p + at, key, n) == 0 && f.p[at + n] == ':';
}

/* The front matter's lines; of a YAML file all of it. */
static struct range front_matter(struct bytes f, bool markdown)
{
    struct range r = {0, f.n, true};

    if (!markdown)
        return r;
    r.start = line_end(f, 0);
    for (r.end = r.start; r.end < f.n && !line_is(f, r.end, "---"); r.end = line_end(f, r.end))
        ;
    return r;
}

static struct range find_yaml(struct bytes f, bool markdown, const char *key)
{
    struct range front = front_matter(f, markdown);
    struct range r = {0, 0, false};

    for (size_t at = front.start; at < front.end; at = line_end(f, at)) {
        if (!r.found && begins_this(f, at, key))
            r = (struct range){at, front.end, true};
        else if (r.found && begins_field(f, at)) {
            r.end = at;
            break;
        }
    }
    return r;
}

static struct range find_body(struct bytes f)
{
    struct range front = front_matter(f, true);

    return (struct range){line_end(f, front.end), f.n, front.end < f.n};
}

/* A member of the outermost map: from the quote of its key to the comma or brace behind its value. */
static struct range find_json(struct bytes f, const char *key)
{
    struct range r = {0, 0, false};
    int depth = 0;
    size_t n = strlen(key);

    for (size_t i = 0; i < f.n; i++) {
        if (f.p[i] == '"') {
            size_t from = i++;

            while (i < f.n && f.p[i] != '"')
                i += f.p[i] == '\\' ? 2 : 1;
            size_t colon = i + 1;

            while (colon < f.n && strchr(" \t\r\n", f.p[colon]))
                colon++;
            if (depth == 1 && !r.found && i - from - 1 == n && memcmp(f.p + from + 1, key, n) == 0 &&
                colon < f.n && f.p[colon] == ':')
                r = (struct range){from, f.n, true};
        } else if (strchr("{[", f.p[i])) {
            depth++;
        } else if (strchr("]}", f.p[i])) {
            depth--;
        }
        if (r.found && ((depth == 1 && f.p[i] == ',') || depth == 0)) {
            r.end = i;
            return r;
        }
    }
    return r;
}

static bool same_outside(struct bytes before, struct bytes after, struct range r)
{
    size_t behind = before.n - r.end;

    return after.n >= r.start + behind && memcmp(before.p, after.p, r.start) == 0 &&
           memcmp(before.p + r.end, after.p + after.n - behind, behind) == 0;
}

/* Where there was no such field: something was put in, in one place, and nothing taken away. */
static bool only_inserted(struct bytes before, struct bytes after)
{
    size_t front = 0;
    size_t back = 0;

    while (front < before.n && front < after.n && before.p[front] == after.p[front])
        front++;
    while (back < before.n && back < after.n && before.p[before.n - back - 1] == after.p[after.n - back - 1])
        back++;
    return after.n > before.n && front + back >= before.n;
}

/* ---- the edits; each answers why it cannot be made, or NULL */

static struct json_object *list_of(struct json_object *fields, const char *key)
{
    struct json_object *list = jx_get(fields, key);

    return json_object_is_type(list, json_type_array) ? list : NULL;
}

static const char *edit_nothing(struct arena *a, struct json_object *fields)
{
    (void)a;
    (void)fields;
    return NULL;
}

static const char *edit_title(struct arena *a, struct json_object *fields)
{
    jx_set_text(fields, "title", arena_printf(a, "Otherwise: %s", event_text(a, fields, "title")));
    return NULL;
}

static const char *edit_importance(struct arena *a, struct json_object *fields)
{
    (void)a;
    jx_set_int(fields, "importance", jx_get_int(fields, "importance", 0) == 3 ? 4 : 3);
    return NULL;
}

static const char *edit_add_tag(struct arena *a, struct json_object *fields)
{
    struct json_object *tags = list_of(fields, "tags");

    (void)a;
    if (!tags && jx_get(fields, "tags"))
        return "tags is no list";
    if (!tags) {
        tags = json_object_new_array();
        jx_set(fields, "tags", tags);
    }
    jx_push_text(tags, "added here");
    return NULL;
}

static const char *edit_remove_actor(struct arena *a, struct json_object *fields)
{
    struct json_object *actors = list_of(fields, "actors");

    (void)a;
    if (!actors)
        return "no list of actors";
    if (!json_object_array_length(actors))
        return "actors is empty";
    json_object_array_del_idx(actors, json_object_array_length(actors) / 2, 1);
    return NULL;
}

static const char *edit_outlet(struct arena *a, struct json_object *fields)
{
    struct json_object *sources = list_of(fields, "sources");
    struct json_object *source;

    (void)a;
    if (!sources || !json_object_array_length(sources))
        return "no source";
    source = json_object_array_get_idx(sources, json_object_array_length(sources) / 2);
    if (!json_object_is_type(source, json_type_object))
        return "the source is no map";
    jx_set_text(source, "outlet", "Another: Outlet");
    return NULL;
}

static const char *edit_summary(struct arena *a, struct json_object *fields)
{
    struct json_object *summary = jx_get(fields, "summary");

    if (summary && !json_object_is_type(summary, json_type_string))
        return "the summary is no text";
    jx_set_text(fields, "summary",
                summary ? arena_printf(a, "%s And more: so it went.", json_object_get_string(summary))
                        : "What happened.");
    return NULL;
}

static const struct edit {
    const char *name, *field; /* field NULL: nothing may differ */
    const char *(*make)(struct arena *a, struct json_object *fields);
} edits[] = {
    {"no change", NULL, edit_nothing},
    {"title", "title", edit_title},
    {"importance", "importance", edit_importance},
    {"a tag more", "tags", edit_add_tag},
    {"an actor less", "actors", edit_remove_actor},
    {"an outlet", "sources", edit_outlet},
    {"more summary", "summary", edit_summary},
};
enum { EDITS = sizeof edits / sizeof *edits };

#include "event_bytes_shapes.h"

/* ---- the counts */

static struct {
    size_t tried[EDITS], failed;
    struct {
        const char *why;
        size_t n;
    } reasons[EDITS][8];
    size_t shapes[SHAPES], shapes_not[SHAPES], files, unreadable;
} count;

static void not_applicable(size_t edit, const char *why)
{
    size_t i = 0;

    while (i < 7 && count.reasons[edit][i].why && strcmp(count.reasons[edit][i].why, why) != 0)
        i++;
    count.reasons[edit][i].why = why;
    count.reasons[edit][i].n++;
}

static void show_counts(void)
{
    print_message("%zu files (%zu more cannot be read)\n", count.files, count.unreadable);
    for (size_t i = 0; i < EDITS; i++) {
        print_message("  %-14s %7zu tried", edits[i].name, count.tried[i]);
        for (size_t k = 0; k < 8 && count.reasons[i][k].why; k++)
            print_message(", %zu not (%s)", count.reasons[i][k].n, count.reasons[i][k].why);
        print_message("\n");
    }
    for (size_t i = 0; i < SHAPES; i++)
        print_message("  as %-24s %6zu files, %zu not\n", shapes[i].name, count.shapes[i],
                      count.shapes_not[i]);
}

/* ---- one try */

static struct range find_field(struct bytes f, const char *name, const char *field)
{
    enum event_format format = event_format_of(name);
    struct range r;

    if (format == EVENT_JSON)
        return find_json(f, field);
    r = find_yaml(f, format == EVENT_MD, field);
    return !r.found && format == EVENT_MD && strcmp(field, "summary") == 0 ? find_body(f) : r;
}

static bool judge(struct bytes before, struct bytes after, const char *name, const struct edit *edit)
{
    struct range r;

    if (!edit->field)
        return before.n == after.n && memcmp(before.p, after.p, before.n) == 0;
    r = find_field(before, name, edit->field);
    return r.found ? same_outside(before, after, r) : only_inserted(before, after);
}

static bool holds(struct arena *a, struct bytes file, const char *name, struct json_object *wanted)
{
    struct event event = {0};
    struct err e = {0};

    return event_parse(a, name, file.p, file.n, &event, &e) == ERR_OK && event_same(a, event.fields, wanted);
}

static struct json_object *copy_of(struct arena *a, struct json_object *fields)
{
    struct json_object *copy = NULL;

    assert_int_equal(json_object_deep_copy(fields, &copy, NULL), 0);
    return jx_own(a, copy);
}

/* A file, and what it holds. */
struct subject {
    struct bytes file;
    const char *name, *shape;
    struct json_object *fields;
};

static void complain(const struct subject *s, const struct edit *edit, const char *what)
{
    if (count.failed++ < 20)
        print_error("%s as %s, %s: %s\n", s->name, s->shape, edit->name, what);
}

static void try_edit(struct arena *a, const struct subject *s, size_t which)
{
    const struct edit *edit = &edits[which];
    struct json_object *fields = copy_of(a, s->fields);
    struct err e = {0};
    struct str out;
    const char *why = edit->make(a, fields);

    if (why)
        return not_applicable(which, why);
    count.tried[which]++;
    str_init(&out, a, EVENT_FILE_BYTES);
    if (event_patch(a, s->name, s->file.p, s->file.n, fields, &out, &e) != ERR_OK)
        return complain(s, edit, e.message);
    struct bytes after = {out.p, out.n};

    if (!holds(a, after, s->name, fields))
        complain(s, edit, "read again it is another event");
    else if (!judge(s->file, after, s->name, edit))
        complain(s, edit, "bytes of other fields changed");
}

/* NULL: it cannot be read. */
static struct json_object *fields_of(struct arena *a, struct bytes file, const char *name)
{
    struct event event = {0};
    struct err e = {0};

    return event_parse(a, name, file.p, file.n, &event, &e) == ERR_OK ? event.fields : NULL;
}

/* All edits on the file as it is. On its other shapes too; of many files, each shape of one in eight, and one edit in turn. */
static void try_file(struct bytes file, const char *name, bool all)
{
    AUTO_STRUCT(arena) *a = arena_new();
    static size_t turn;

    if (!fields_of(a, file, name)) {
        count.unreadable++;
        return;
    }
    count.files++;
    for (size_t shape = 0; shape < SHAPES; shape++) {
        struct subject s = {file, name, shapes[shape].name, NULL};

        if (shape > 0 && !all && (count.files + shape) % 8)
            continue;
        if (shapes[shape].make(a, name, file, &s.file))
            s.fields = fields_of(a, s.file, name);
        if (!s.fields) {
            count.shapes_not[shape]++;
            continue;
        }
        count.shapes[shape]++;
        turn++;
        for (size_t i = 0; i < EDITS; i++)
            if (all || shape == 0 || i == 0 || i == 1 + turn % (EDITS - 1))
                try_edit(a, &s, i);
        arena_reset(a);
    }
}

static void try_folder(const char *folder)
{
    AUTO_STRUCT(arena) *a = arena_new();
    DIR *list = opendir(folder);

    if (!list)
        fail_msg("cannot read %s", folder);
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        struct bytes file = {0};
        char *p = NULL;

        if (event_format_of(entry->d_name) == EVENT_NONE)
            continue;
        assert_int_equal(
            file_read(a, file_join(a, folder, entry->d_name), EVENT_FILE_BYTES, &p, &file.n, NULL), ERR_OK);
        file.p = p;
        try_file(file, entry->d_name, getenv("TIDELINE_EVENT_FILES_ALL") != NULL);
        arena_reset(a);
    }
    closedir(list);
}

static void test_bytes(void **state)
{
    const char *folder = getenv("TIDELINE_EVENT_FILES");

    (void)state;
    if (folder)
        try_folder(folder);
    for (size_t i = 0; !folder && i < sizeof own_files / sizeof *own_files; i++)
        try_file((struct bytes){own_files[i].text, strlen(own_files[i].text)}, own_files[i].name, true);
    show_counts();
    assert_true(count.files >= 5);
    assert_int_equal(count.unreadable, 0);
    assert_int_equal(count.failed, 0);
}

/* The judge must be able to say no. */
static void test_judge(void **state)
{
    static const struct bytes md = {"---\na: 1\nb:\n- x\nc: 2\n---\nText\n", 31};
    static const struct edit edit = {"b", "b", NULL};

    (void)state;
    assert_true(judge(md, (struct bytes){"---\na: 1\nb:\n- y\n- z\nc: 2\n---\nText\n", 35}, "x.md", &edit));
    assert_false(judge(md, (struct bytes){"---\na: 2\nb:\n- y\nc: 2\n---\nText\n", 31}, "x.md", &edit));
    assert_false(judge(md, (struct bytes){"---\na: 1\nb:\n- y\nc: 2\n---\nText", 30}, "x.md", &edit));
    assert_false(judge(md, (struct bytes){"---\na: 1\nb:\n- y\nc:  2\n---\nText\n", 32}, "x.md", &edit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge), cmocka_unit_test(test_bytes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
