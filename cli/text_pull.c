/* What a pull did or would do, for people. */
#include "cli/cli.h"
#include "cli/text.h"

enum { SHORT_COMMIT = 10, MERGED_SHOWN = 20 };

/* What came into events that are edited here. */
static void text_merged(struct json_object *merged, struct str *out)
{
    size_t n = merged ? json_object_array_length(merged) : 0;

    if (!n)
        return;
    str_addf(out, "\nMerged into your edits (%zu)\n", n);
    for (size_t i = 0; i < n && i < MERGED_SHOWN; i++) {
        struct json_object *row = json_object_array_get_idx(merged, i);
        struct json_object *fields = jx_get(row, "fields");

        str_addf(out, "  %s:", jx_get_text(row, "id"));
        for (size_t k = 0; k < json_object_array_length(fields); k++)
            str_addf(out, "%s %s", k ? "," : "",
                     json_object_get_string(json_object_array_get_idx(fields, k)));
        str_addc(out, '\n');
    }
    if (n > MERGED_SHOWN)
        str_addf(out, "  and %zu more; --json shows all\n", n - MERGED_SHOWN);
}

static void add_commit(struct json_object *view, struct str *out)
{
    const char *commit = jx_get_text(view, "after_commit");

    if (commit)
        str_addf(out, " at %.*s", SHORT_COMMIT, commit);
}

static void add_troubles(struct json_object *view, struct str *out)
{
    text_findings(out, "Files that cannot be read", jx_get(view, "errors"));
    text_findings(out, "Worth knowing", jx_get(view, "warnings"));
}

static void text_pulled(struct json_object *view, struct str *out)
{
    struct json_object *conflicts = jx_get(view, "conflicts");

    str_add(out, json_object_array_length(conflicts) ? "Pulled, and some events need you"
                                                     : "In step with the repository");
    add_commit(view, out);
    str_add(out, " (");
    text_count(out, jx_get_int(view, "new_commits", 0), "new commit");
    str_addf(out, ")\n  %lld imported, %lld updated, %lld deleted, %lld unchanged\n",
             (long long)jx_get_int(view, "imported", 0), (long long)jx_get_int(view, "updated", 0),
             (long long)jx_get_int(view, "deleted", 0), (long long)jx_get_int(view, "unchanged", 0));
    text_merged(jx_get(view, "merged"), out);
    text_findings(out, "Changed on both sides", conflicts);
    add_troubles(view, out);
}

/* Lists of a dry run under the headings of a table. */
struct text_list {
    const char *key, *heading;
};

static void add_lists(struct json_object *view, const struct text_list *lists, struct str *out)
{
    for (; lists->key; lists++) {
        struct json_object *rows = jx_get(jx_get(view, "events"), lists->key);
        int64_t n = json_object_is_type(rows, json_type_array) ? (int64_t)json_object_array_length(rows) : 0;
        int64_t total = jx_get_int(view, lists->key, n); /* the lists stop at a thousand */

        text_findings_of(out, lists->heading, rows, total > n ? total : n);
    }
}

static void add_stop(struct json_object *view, const char *command, struct str *out)
{
    if (!jx_get_bool(view, "needs_confirmation", false))
        return;
    str_addf(
        out,
        "\nMore than a fifth of the events would be removed, so a pull stops before that. If it is meant:\n"
        "  %s --seen %s\n",
        command, jx_get_text(view, "seen"));
}

static void text_planned(struct json_object *view, struct str *out)
{
    static const struct text_list lists[] = {
        {"imported", "New events"},
        {"updated", "Events that change"},
        {"deleted", "Events that are removed"},
        {"merged", "Merged into your edits"},
        {"conflicts", "Changed on both sides: a person has to decide"},
        {NULL, NULL},
    };

    str_add(out, "This is what a pull would do");
    add_commit(view, out);
    str_addf(out, "\n  %lld imported, %lld updated, %lld deleted, %lld unchanged\n",
             (long long)jx_get_int(view, "imported", 0), (long long)jx_get_int(view, "updated", 0),
             (long long)jx_get_int(view, "deleted", 0), (long long)jx_get_int(view, "unchanged", 0));
    add_lists(view, lists, out);
    add_troubles(view, out);
    add_stop(view, "tideline git-pull", out);
}

/* More would go than anybody may have meant. */
static void text_refused(struct json_object *view, struct str *out)
{
    text_findings_of(out, "Events that would be removed", jx_get(view, "deletions"),
                     jx_get_int(view, "deletions_total", 0));
    str_addf(out, "\nTo remove these: tideline git-pull --seen %s\n", jx_get_text(view, "seen"));
}

void text_pull(struct cli *cli, struct json_object *view, struct str *out)
{
    if (!jx_get_bool(view, "success", false))
        text_refused(view, out);
    else if (cli_flag(cli, "--dry-run"))
        text_planned(view, out);
    else
        text_pulled(view, out);
}

void text_compared(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_list lists[] = {
        {"imported", "Only there: they would come in"},
        {"deleted", "Only here: they would go, and be back when this repository is followed again"},
        {"updated", "Different there: they would change"},
        {"merged", "Merged into your edits"},
        {"pending", "Your changes: they stay, to be sent there"},
        {"conflicts", "Changed here and there: a person would have to decide"},
        {NULL, NULL},
    };

    str_addf(out, "This is what following %s would do (branch %s", jx_get_text(view, "repo_url"),
             jx_get_text(view, "branch"));
    add_commit(view, out);
    str_addf(out, ")\n  only there %lld, only here %lld, different %lld, the same %lld\n",
             (long long)jx_get_int(view, "imported", 0), (long long)jx_get_int(view, "deleted", 0),
             (long long)jx_get_int(view, "updated", 0), (long long)jx_get_int(view, "unchanged", 0));
    add_lists(view, lists, out);
    add_troubles(view, out);
    str_addf(out, "\nTo follow it: tideline git-config --repo %s --branch %s, then tideline git-pull\n",
             jx_get_text(view, "repo_url"), jx_get_text(view, "branch"));
    add_stop(view, "tideline git-pull", out);
    (void)cli;
}
