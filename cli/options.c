/* Reading the command line against the tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_global_options[] = {
    {"--tenant", "NAME", "which timeline, when there are several", OPTION_TEXT, 0, 0},
    {"--tenants", "DIR", "folder of the tenants' NAME.env files (TIDELINE_TENANTS)", OPTION_TEXT, 0, 0},
    {"--json", NULL, "answer in JSON (the default when standard output is not a terminal)", OPTION_FLAG, 0,
     0},
    {"--text", NULL, "answer in text for people (the default on a terminal)", OPTION_FLAG, 0, 0},
    {"--verbose", NULL, "one line on standard error for each step of long work", OPTION_FLAG, 0, 0},
    {"--help", NULL, "say what a command does and takes", OPTION_FLAG, 0, 0},
    {"--version", NULL, "print the version", OPTION_FLAG, 0, 0},
    {0},
};

const struct command *cli_find_command(const char *first, const char *second, int *n_words)
{
    size_t n = strlen(first);

    for (const struct command *const *group = cli_groups; *group; group++) {
        for (const struct command *c = *group; c->name; c++) {
            const char *space = strchr(c->name, ' ');

            *n_words = space ? 2 : 1;
            if (!space && strcmp(c->name, first) == 0)
                return c;
            if (space && second && (size_t)(space - c->name) == n && memcmp(c->name, first, n) == 0 &&
                strcmp(space + 1, second) == 0)
                return c;
        }
    }
    return NULL;
}

static const struct cli_option *find_in(const struct cli_option *table, const char *name, size_t n)
{
    for (; table && table->name; table++)
        if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
            return table;
    return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, const char *name, size_t n)
{
    const struct cli_option *option = cli->command ? find_in(cli->command->options, name, n) : NULL;

    return option ? option : find_in(cli_global_options, name, n);
}

static bool one_of(const char *choices, const char *value)
{
    size_t n = strlen(value);

    for (const char *p = choices; *p; p += *p == '|') {
        size_t length = strcspn(p, "|");

        if (length == n && memcmp(p, value, n) == 0)
            return true;
        p += length;
    }
    return false;
}

static enum err_code check_value(const struct cli_option *option, const char *value, struct err *e)
{
    char *end;
    long long number;

    if (option->kind == OPTION_NUMBER) {
        errno = 0;
        number = strtoll(value, &end, 10);
        if (errno || !*value || *end || number < option->least || number > option->most)
            return err_set(e, ERR_USAGE, "%s is \"%.60s\"; expected a whole number from %lld to %lld.",
                           option->name, value, (long long)option->least, (long long)option->most);
    }
    if (option->value && strchr(option->value, '|') && !one_of(option->value, value))
        return err_set(e, ERR_USAGE, "%s is \"%.60s\"; expected one of %s.", option->name, value,
                       option->value);
    return ERR_OK;
}

static bool repeatable(const struct cli_option *option)
{
    return option->kind == OPTION_LIST || option->kind == OPTION_FLAG;
}

static enum err_code give(struct cli *cli, const struct cli_option *option, const char *value, struct err *e)
{
    TRY(option->kind == OPTION_FLAG ? ERR_OK : check_value(option, value, e));
    for (size_t i = 0; i < cli->n_given; i++)
        if (cli->given[i].option == option && !repeatable(option))
            return err_set(e, ERR_USAGE, "%s is given twice.", option->name);
    cli->given[cli->n_given++] = (struct given){option, value};
    return ERR_OK;
}

/* --name, --name=value or --name value; *used counts the words. */
static enum err_code read_option(struct cli *cli, char **words, int n, int *used, struct err *e)
{
    const char *word = words[0];
    size_t length = strcspn(word, "=");
    const struct cli_option *option = find_option(cli, word, length);
    bool attached = word[length] == '=';

    *used = 1;
    if (!option)
        return err_set(e, ERR_USAGE, "There is no option %.60s here. See: tideline%s%s --help", word,
                       cli->command ? " " : "", cli->command ? cli->command->name : "");
    if (option->kind == OPTION_FLAG && attached)
        return err_set(e, ERR_USAGE, "%s takes no value.", option->name);
    if (option->kind == OPTION_FLAG)
        return give(cli, option, NULL, e);
    if (attached)
        return give(cli, option, word + length + 1, e);
    if (n < 2)
        return err_set(e, ERR_USAGE, "%s needs a value: %s %s", option->name, option->name, option->value);
    *used = 2;
    return give(cli, option, words[1], e);
}

static bool takes_many(const struct command *command)
{
    return command->operands && str_ends(command->operands, "...");
}

static enum err_code read_operand(struct cli *cli, char **words, int n, int *used, struct err *e)
{
    *used = 1;
    if (!cli->command && !cli->n_operands) {
        cli->command = cli_find_command(words[0], n > 1 ? words[1] : NULL, used);
        if (cli->command)
            return ERR_OK;
        *used = 1;
    }
    cli->operands[cli->n_operands++] = words[0];
    if (cli->command && cli->n_operands > cli->command->n_operands && !takes_many(cli->command))
        return err_set(e, ERR_USAGE, "\"%.60s\" is too much. See: tideline %s --help", words[0],
                       cli->command->name);
    return ERR_OK;
}

static enum err_code read_words(struct cli *cli, char **words, int n, struct err *e)
{
    bool options = true;
    int used = 1;

    for (int i = 0; i < n; i += used) {
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
            used = 1;
        } else if (options && words[i][0] == '-' && words[i][1]) {
            TRY(read_option(cli, words + i, n - i, &used, e));
        } else {
            TRY(read_operand(cli, words + i, n - i, &used, e));
        }
    }
    return ERR_OK;
}

static enum err_code check_command(struct cli *cli, struct err *e)
{
    bool group = !cli->command && cli->n_operands && cli_is_group(cli->operands[0]);

    if (cli->version || (cli->help && (cli->command || group || !cli->n_operands)))
        return ERR_OK;
    if (!cli->command && !cli->n_operands)
        return err_set(e, ERR_USAGE, "Say what to do. See: tideline --help");
    if (group)
        return err_set(e, ERR_USAGE, "Say what to do with %s. See: tideline %s --help", cli->operands[0],
                       cli->operands[0]);
    if (!cli->command)
        return err_set(e, ERR_USAGE, "There is no command \"%.60s%s%.60s\". See: tideline --help",
                       cli->operands[0], cli->n_operands > 1 ? " " : "",
                       cli->n_operands > 1 ? cli->operands[1] : "");
    if (cli->n_operands < cli->command->n_operands)
        return err_set(e, ERR_USAGE, "Something is missing: tideline %s %s", cli->command->name,
                       cli->command->operands);
    return ERR_OK;
}

enum err_code cli_parse(struct cli *cli, int argc, char **argv, struct err *e)
{
    enum err_code code;

    cli->given = arena_array(cli->arena, (size_t)argc + 1, sizeof *cli->given);
    cli->operands = arena_array(cli->arena, (size_t)argc + 1, sizeof *cli->operands);
    code = read_words(cli, argv + 1, argc - 1, e);
    /* Known also when something else is wrong, so that the refusal is printed as was asked. */
    cli->json = cli_flag(cli, "--json") || (cli->json && !cli_flag(cli, "--text"));
    cli->help = cli_flag(cli, "--help");
    cli->version = cli_flag(cli, "--version");
    cli->verbose = cli_flag(cli, "--verbose");
    cli->tenant_name = cli_text(cli, "--tenant");
    cli->tenants_folder = cli_text(cli, "--tenants");
    return code == ERR_OK ? check_command(cli, e) : code;
}

static const struct given *last_given(const struct cli *cli, const char *option)
{
    for (size_t i = cli->n_given; i-- > 0;)
        if (strcmp(cli->given[i].option->name, option) == 0)
            return &cli->given[i];
    return NULL;
}

bool cli_flag(const struct cli *cli, const char *option)
{
    return last_given(cli, option) != NULL;
}

const char *cli_text(const struct cli *cli, const char *option)
{
    const struct given *given = last_given(cli, option);

    return given ? given->value : NULL;
}

int64_t cli_number(const struct cli *cli, const char *option, int64_t fallback)
{
    const char *text = cli_text(cli, option);

    return text ? strtoll(text, NULL, 10) : fallback;
}

const char *const *cli_list(const struct cli *cli, const char *option)
{
    const char **list = arena_array(cli->arena, cli->n_given + 1, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < cli->n_given; i++)
        if (strcmp(cli->given[i].option->name, option) == 0)
            list[n++] = cli->given[i].value;
    return list;
}
