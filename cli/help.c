/* --help, made from the same tables that the parser reads. */
#include <string.h>

#include "cli/cli.h"

enum { LABEL_WIDTH = 34 };

static void add_row(struct str *out, const char *label, const char *help)
{
    size_t n = strlen(label);

    str_addf(out, "  %s", label);
    if (n < LABEL_WIDTH - 1)
        str_addf(out, "%*s%s\n", (int)(LABEL_WIDTH - n), "", help);
    else
        str_addf(out, "\n%*s%s\n", LABEL_WIDTH + 2, "", help);
}

static void add_options(struct cli *cli, const char *heading, const struct cli_option *options,
                        struct str *out)
{
    if (!options)
        return;
    str_addf(out, "\n%s\n", heading);
    for (; options->name; options++)
        add_row(out,
                options->value ? arena_printf(cli->arena, "%s %s", options->name, options->value)
                               : options->name,
                options->help);
}

bool cli_is_group(const char *word)
{
    size_t n = strlen(word);

    for (const struct command *const *table = cli_groups; *table; table++)
        for (const struct command *c = *table; c->name; c++)
            if (strncmp(c->name, word, n) == 0 && c->name[n] == ' ')
                return true;
    return false;
}

static void add_commands(struct cli *cli, const char *group, struct str *out)
{
    size_t n = group ? strlen(group) : 0;

    for (const struct command *const *table = cli_groups; *table; table++)
        for (const struct command *c = *table; c->name; c++)
            if (!group || (strncmp(c->name, group, n) == 0 && c->name[n] == ' '))
                add_row(out, c->operands ? arena_printf(cli->arena, "%s %s", c->name, c->operands) : c->name,
                        c->summary);
}

static void add_command_help(struct cli *cli, struct str *out)
{
    const struct command *c = cli->command;

    str_addf(out, "tideline %s%s%s%s\n\n%s.\n", c->name, c->operands ? " " : "",
             c->operands ? c->operands : "", c->options ? " [OPTIONS]" : "", c->summary);
    add_options(cli, "Options", c->options, out);
    add_options(cli, "Options of every command", cli_global_options, out);
}

void cli_help(struct cli *cli, const char *group, struct str *out)
{
    if (cli->command) {
        add_command_help(cli, out);
        return;
    }
    if (group) {
        str_addf(out, "tideline %s ...\n\nCommands\n", group);
        add_commands(cli, group, out);
        add_options(cli, "Options of every command", cli_global_options, out);
        return;
    }
    str_add(out, "tideline [--tenant NAME] [--json|--text] COMMAND ...\n\n"
                 "Keeps a timeline's database and its Git repository in step.\n\nCommands\n");
    add_commands(cli, NULL, out);
    add_options(cli, "Options of every command", cli_global_options, out);
    str_add(out,
            "\nExit status\n"
            "  0 done, 1 failed, 2 usage or configuration, 3 conflicts need a person, 4 nothing to do,\n"
            "  5 not found, 6 locked by another operation, 7 remote refused, 8 remote unreachable\n"
            "\nSettings come from NAME.env files in /etc/tideline/tenants, or from the environment:\n"
            "  TIMELINE_REPO_URL=https://HOST/PATH GITHUB_TOKEN=... tideline git-pull\n"
            "Databases and mirrors are below TIDELINE_STATE; by default below /var/lib/tideline, as the\n"
            "service's are, when the settings come from /etc/tideline/tenants, else below\n"
            "$XDG_STATE_HOME/tideline (~/.local/state/tideline).\n"
            "See tideline(1).\n");
}
