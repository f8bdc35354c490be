/*
 * The command line: tables of commands and options, the context that a command runs in, and how answers are printed.
 *
 * A command is one row: its words, what it takes, and two functions. `run` asks core/service and returns the view;
 * `text` writes that view for people. JSON needs no function: it is the view. Nothing else is printed by a command.
 */
#ifndef TIDELINE_CLI_CLI_H
#define TIDELINE_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/service/service.h"
#include "core/util/arena.h"
#include "core/util/err.h"
#include "core/util/jx.h"
#include "core/util/str.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER };

/* A table of options ends with a row without name. */
struct cli_option {
    const char *name;  /* with its dashes */
    const char *value; /* what --help calls the value; with '|' in it: the only values that are accepted */
    const char *help;
    enum option_kind kind;
    int64_t least, most; /* of a number */
};

struct cli;

enum command_needs {
    NEEDS_TENANTS,  /* the registry only */
    NEEDS_SERVICE,  /* the tenant's database */
    NEEDS_DATABASE, /* the same as it is, never made or migrated, with progress and cancelling */
    NEEDS_REMOTE,   /* the same, with progress and cancelling */
};

/* A table of commands ends with a row without name. */
struct command {
    const char *name;     /* one word, or two: "event list" */
    const char *operands; /* for --help: "ID", "FILE|-"; NULL: none */
    size_t n_operands;    /* exactly so many; at least, when `operands` ends in "..." */
    const char *summary;  /* one line */
    enum command_needs needs;
    const struct cli_option *options; /* NULL: none */
    /* *view may be set together with an error; then both are shown. */
    enum err_code (*run)(struct cli *cli, struct json_object **view, struct err *e);
    /* NULL: the command's answer is not JSON but the text in `raw`. */
    void (*text)(struct cli *cli, struct json_object *view, struct str *out);
};

/* What was given on the command line for one option. */
struct given {
    const struct cli_option *option;
    const char *value;
};

struct cli {
    struct arena *arena;
    const struct command *command; /* NULL until one was named */
    struct given *given;
    size_t n_given;
    const char **operands;
    size_t n_operands;
    const char *tenant_name;    /* --tenant */
    const char *tenants_folder; /* --tenants */
    bool json, help, version, verbose;
    struct tenant_registry registry;
    struct service *service; /* of commands that need it */
    struct str raw;          /* of commands without `text`: printed as it is */
    int columns;             /* width of the terminal */
};

enum { CLI_OUTPUT_BYTES = 256 * 1024 * 1024 };

/* Parse argv into cli. ERR_USAGE naming the word that is wrong. */
enum err_code cli_parse(struct cli *cli, int argc, char **argv, struct err *e);

/* What was given: false, NULL, the fallback, or an empty list when it was not. */
bool cli_flag(const struct cli *cli, const char *option);
const char *cli_text(const struct cli *cli, const char *option);
int64_t cli_number(const struct cli *cli, const char *option, int64_t fallback);
const char *const *cli_list(const struct cli *cli, const char *option); /* NULL-terminated */

/* The tables of all command groups; NULL-terminated. */
extern const struct command *const cli_groups[];
extern const struct command commands_git[], commands_pr[], commands_event[], commands_event_write[],
    commands_review[], commands_conflict[], commands_sync[], commands_user[], commands_database[],
    commands_nginx[];
extern const struct cli_option cli_global_options[];

/* The row of a command by its words; n_words becomes 1 or 2. */
const struct command *cli_find_command(const char *first, const char *second, int *n_words);

/* True for the first word of commands of two words: "event". */
bool cli_is_group(const char *word);

/* Help of the program, of a group ("event"), or of one command. */
void cli_help(struct cli *cli, const char *group, struct str *out);

/* Print a view or a failure, and give the exit status. */
int cli_answer(struct cli *cli, struct json_object *view, enum err_code code, const struct err *e);
int cli_print(const char *p, size_t n);

/* Progress on standard error: a bar on a terminal, a line per phase with --verbose, else nothing. */
void progress_start(struct cli *cli, struct service_progress *progress);
void progress_end(void);

#endif
