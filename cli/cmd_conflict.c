/* conflict list, show, resolve, undo */
#include <string.h>

#include "cli/cli.h"
#include "cli/text.h"
#include "core/service/service_conflict.h"
#include "core/util/file.h"

enum { EVENT_BYTES = 1024 * 1024, LIST_MOST = 1000 };

static enum err_code run_list(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_list_args args = {.cursor = cli_text(cli, "--cursor"),
                                           .limit = cli_number(cli, "--limit", 0)};
    int64_t total;

    TRY(service_conflict_list(cli->service, &args, view, e));
    total = jx_get_int(*view, "total", 0);
    if (total == 0)
        return ERR_OK;
    return err_set(e, ERR_CONFLICTS,
                   "%lld event%s need%s a decision; see one with: tideline conflict show ID",
                   (long long)total, total == 1 ? "" : "s", total == 1 ? "s" : "");
}

static const char *kind_text(const char *kind)
{
    static const struct {
        const char *kind, *text;
    } table[] = {{"fields", "changed here and there"},
                 {"added", "added here and there, differently"},
                 {"removed_here", "removed here, changed there"},
                 {"removed_there", "changed here, removed there"}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(table[i].kind, kind))
            return table[i].text;
    return kind;
}

static void text_list(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {
        {"OPEN SINCE", "opened_at", false}, {"ID", "id", false},       {"KIND", "kind", false},
        {"FIELDS", "fields", true},         {"TITLE", "title", false}, {0}};

    text_table(cli, jx_get(view, "conflicts"), columns, out);
    if (!jx_get_int(view, "total", 0))
        str_add(out, "No event needs a decision.\n");
    text_next(view, out);
}

static enum err_code run_show(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_conflict_show(cli->service, cli->operands[0], view, e);
}

/* A value below its label; further lines stand below the first. */
static void add_value(struct cli *cli, const char *label, struct json_object *row, const char *key,
                      struct str *out)
{
    struct json_object *value = NULL;
    const char *text = "(not there)";

    if (json_object_object_get_ex(row, key, &value))
        text = json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                            : jx_pretty(cli->arena, value);
    str_addf(out, "  %-7s ", label);
    for (; *text; text++) {
        str_addc(out, *text);
        if (*text == '\n')
            str_add(out, "          ");
    }
    str_addc(out, '\n');
}

static void add_sides(struct cli *cli, struct json_object *row, struct str *out)
{
    add_value(cli, "shared", row, "base", out);
    add_value(cli, "here", row, "ours", out);
    add_value(cli, "there", row, "theirs", out);
}

static void add_detail(struct cli *cli, struct json_object *detail, struct str *out)
{
    for (size_t i = 0; i < json_object_array_length(detail); i++) {
        struct json_object *row = json_object_array_get_idx(detail, i);
        const char *key = jx_get_text(row, "key");

        str_addf(out, "\n%s: %s%s%s\n", jx_get_text(row, "choice"), key ? key : "the whole source", " of ",
                 jx_get_text(row, "source"));
        add_sides(cli, row, out);
    }
}

static void add_fields(struct cli *cli, struct json_object *fields, struct str *out)
{
    for (size_t i = 0; i < json_object_array_length(fields); i++) {
        struct json_object *row = json_object_array_get_idx(fields, i);

        if (jx_get(row, "detail")) {
            add_detail(cli, jx_get(row, "detail"), out);
            continue;
        }
        str_addf(out, "\n%s\n", jx_get_text(row, "field"));
        add_sides(cli, row, out);
    }
}

static void add_names(struct str *out, const char *label, struct json_object *list, const char *key)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    if (!n)
        return;
    str_addf(out, "%s", label);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        str_addf(out, "%s%s", i ? ", " : "", key ? jx_get_text(item, key) : json_object_get_string(item));
    }
    str_addc(out, '\n');
}

/* Where one side removed the event, what the other made of it is all that there is to see. */
static void add_one_side(struct cli *cli, const char *where, struct json_object *changes, struct str *out)
{
    for (size_t i = 0; i < json_object_array_length(changes); i++) {
        struct json_object *row = json_object_array_get_idx(changes, i);

        str_addf(out, "\n%s\n", jx_get_text(row, "field"));
        add_value(cli, "shared", row, "from", out);
        add_value(cli, where, row, "to", out);
    }
}

static void add_changes(struct cli *cli, struct json_object *conflict, struct str *out)
{
    if (!jx_get(conflict, "ours")) {
        add_one_side(cli, "there", jx_get(conflict, "changed_there"), out);
        return;
    }
    if (!jx_get(conflict, "theirs")) {
        add_one_side(cli, "here", jx_get(conflict, "changed_here"), out);
        return;
    }
    str_addc(out, '\n');
    add_names(out, "Changed here:      ", jx_get(conflict, "changed_here"), "field");
    add_names(out, "Changed there:     ", jx_get(conflict, "changed_there"), "field");
    add_names(out, "Comes in by itself: ", jx_get(conflict, "from_theirs"), NULL);
}

static void add_open(struct cli *cli, struct json_object *conflict, struct str *out)
{
    struct json_object *fields = jx_get(conflict, "fields");
    bool whole = json_object_array_length(fields) == 0;

    text_pair(out, "Event", jx_get_text(conflict, "id"));
    text_pair(out, "Title", jx_get_text(conflict, "title"));
    text_pair(out, "Conflict", kind_text(jx_get_text(conflict, "kind")));
    text_pair(out, "Open since", jx_get_text(conflict, "opened_at"));
    text_pair(out, "Changed here by", jx_get_text(conflict, "updated_by"));
    text_pair(out, "Version", jx_get_text(conflict, "version"));
    add_fields(cli, fields, out);
    add_changes(cli, conflict, out);
    str_addf(out, "\nDecide: tideline conflict resolve %s --take ours|theirs|FILE%s\n",
             jx_get_text(conflict, "id"), whole ? "" : " [--field NAME=ours|theirs]…");
}

static void add_decision(struct str *out, struct json_object *d)
{
    const char *take = jx_get_text(d, "take");
    const char *undone = jx_get_text(d, "undone_at");

    str_addf(out, "  %s %s: %s", jx_get_text(d, "at"), jx_get_text(d, "author"),
             take ? take : "field by field");
    if (jx_get(d, "revision"))
        str_addf(out, " (revision %lld)", (long long)jx_get_int(d, "revision", 0));
    else
        str_add(out, " (the event is gone)");
    if (undone)
        str_addf(out, ", undone %s by %s", undone, jx_get_text(d, "undone_by"));
    str_addf(out, "%s\n", jx_get_bool(d, "can_undo", false) ? "; tideline conflict undo takes it back" : "");
}

static void text_show(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *decisions = jx_get(view, "decisions");
    size_t n = json_object_array_length(decisions);

    if (jx_get(view, "conflict"))
        add_open(cli, jx_get(view, "conflict"), out);
    else
        str_addf(out, "%s has no open conflict.\n", cli->operands[0]);
    if (n)
        str_add(out, "\nDecisions\n");
    for (size_t i = 0; i < n; i++)
        add_decision(out, json_object_array_get_idx(decisions, i));
}

/* NAME=ours: names of fields may hold a "=" themselves. */
static enum err_code read_choices(struct cli *cli, struct json_object **choices, struct err *e)
{
    const char *const *given = cli_list(cli, "--field");

    *choices = given[0] ? jx_own(cli->arena, json_object_new_object()) : NULL;
    for (; *given; given++) {
        const char *equals = strrchr(*given, '=');
        const char *name;

        if (!equals || equals == *given || (!str_eq(equals + 1, "ours") && !str_eq(equals + 1, "theirs")))
            return err_set(e, ERR_USAGE, "--field is \"%.80s\"; expected NAME=ours or NAME=theirs.", *given);
        name = arena_strndup(cli->arena, *given, (size_t)(equals - *given));
        if (json_object_object_get_ex(*choices, name, NULL))
            return err_set(e, ERR_USAGE, "--field says twice what to take for %.80s.", name);
        jx_set_text(*choices, name, equals + 1);
    }
    return ERR_OK;
}

static enum err_code run_resolve(struct cli *cli, struct json_object **view, struct err *e)
{
    const char *take = cli_text(cli, "--take");
    struct service_resolution resolution = {.id = cli->operands[0],
                                            .version = cli_text(cli, "--if-version")};
    char *text;

    TRY(read_choices(cli, &resolution.choices, e));
    if (take && !str_eq(take, "ours") && !str_eq(take, "theirs")) {
        if (resolution.choices)
            return err_set(e, ERR_USAGE,
                           "A written event says all: leave --field out, or take ours or theirs.");
        TRY(file_read(cli->arena, take, EVENT_BYTES, &text, &resolution.n, e));
        resolution.p = text;
    } else {
        resolution.take = take;
    }
    if (!take && !resolution.choices)
        return err_set(e, ERR_USAGE, "Say what to take: --take ours, --take theirs or --take FILE.");
    return service_conflict_resolve(cli->service, &resolution, view, e);
}

static void text_resolved(struct cli *cli, struct json_object *view, struct str *out)
{
    (void)cli;
    if (jx_get_text(view, "removed"))
        str_addf(out, "%s is removed\n", jx_get_text(view, "id"));
    else
        str_addf(out, "%s is %s (revision %lld)\n", jx_get_text(view, "id"), jx_get_text(view, "state"),
                 (long long)jx_get_int(view, "revision", 0));
}

static enum err_code run_undo(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_conflict_undo(cli->service, cli->operands[0], view, e);
}

static const struct cli_option list_options[] = {
    {"--limit", "N", "at most so many, 1 to 1000 (50)", OPTION_NUMBER, 1, LIST_MOST},
    {"--cursor", "C", "go on behind the last page: its next_cursor", OPTION_TEXT, 0, 0},
    {0},
};

static const struct cli_option resolve_options[] = {
    {"--take", "WHAT", "ours, theirs, or a file (- for standard input) with the event as it shall be",
     OPTION_TEXT, 0, 0},
    {"--field", "NAME=SIDE", "ours or theirs for one field; may be given again", OPTION_LIST, 0, 0},
    {"--if-version", "V", "refuse when either side has changed since this version of the conflict",
     OPTION_TEXT, 0, 0},
    {0},
};

const struct command commands_conflict[] = {
    {"conflict list", NULL, 0, "List events that need a decision, longest open first", NEEDS_SERVICE,
     list_options, run_list, text_list},
    {"conflict show", "ID", 1, "Show both sides of an event, field by field, and what was decided",
     NEEDS_SERVICE, NULL, run_show, text_show},
    {"conflict resolve", "ID", 1, "Decide what an event shall be", NEEDS_SERVICE, resolve_options,
     run_resolve, text_resolved},
    {"conflict undo", "ID", 1, "Take the last decision about an event back", NEEDS_SERVICE, NULL, run_undo,
     text_show},
    {0},
};
