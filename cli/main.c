/* tideline: reads the command line, opens what the command needs, runs it, prints its answer. */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

const struct command *const cli_groups[] = {commands_git,
                                            commands_pr,
                                            commands_event,
                                            commands_event_write,
                                            commands_review,
                                            commands_conflict,
                                            commands_sync,
                                            commands_user,
                                            commands_database,
                                            commands_nginx,
                                            NULL};

/* Who acts, for revisions and logs. */
static const char *actor(struct arena *a)
{
    const struct passwd *user = getpwuid(getuid());

    return arena_strdup(a, user ? user->pw_name : "cli");
}

static int terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return 100;
}

static enum err_code load_tenants(struct cli *cli, struct err *e)
{
    /* nginx serves what the service serves, which takes nothing of a tenant from the environment. */
    struct config_places places = {.tenants_folder = cli->tenants_folder,
                                   .environment = (const char *const *)environ,
                                   .service = cli->command->needs == NEEDS_TENANTS};
    /* Only those who talk to a remote need a token. */
    enum err_code code =
        config_load(cli->arena, &places, cli->command->needs == NEEDS_REMOTE, &cli->registry, e);

    for (const char *const *w = cli->registry.warnings; code == ERR_OK && *w; w++)
        fprintf(stderr, "tideline: warning: %s\n", *w);
    return code;
}

static enum err_code run_with_service(struct cli *cli, struct json_object **view, struct err *e)
{
    AUTO_STRUCT(service) *service = NULL;
    const struct tenant *tenant = NULL;
    struct service_progress progress;
    enum command_needs needs = cli->command->needs;
    enum service_mode mode = needs == NEEDS_DATABASE ? SERVICE_READ : SERVICE_CLI;
    enum err_code code;

    TRY(config_choose(&cli->registry, cli->tenant_name, &tenant, e));
    TRY(service_open(cli->arena, tenant, mode, actor(cli->arena), &service, e));
    if (needs == NEEDS_REMOTE || needs == NEEDS_DATABASE) {
        progress_start(cli, &progress);
        service_set_progress(service, &progress);
    }
    cli->service = service;
    code = cli->command->run(cli, view, e);
    progress_end();
    return code;
}

static enum err_code run(struct cli *cli, struct json_object **view, struct err *e)
{
    TRY(load_tenants(cli, e));
    return cli->command->needs == NEEDS_TENANTS ? cli->command->run(cli, view, e)
                                                : run_with_service(cli, view, e);
}

static int print_help(struct cli *cli)
{
    struct str out;

    str_init(&out, cli->arena, CLI_OUTPUT_BYTES);
    if (cli->version)
        str_add(&out, "tideline " TIDELINE_VERSION "\n");
    else
        cli_help(cli, cli->n_operands ? cli->operands[0] : NULL, &out);
    return cli_print(out.p, out.n);
}

int main(int argc, char **argv)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct cli cli = {.arena = a, .json = !isatty(STDOUT_FILENO), .columns = terminal_columns()};
    struct json_object *view = NULL;
    struct err e = {0};
    enum err_code code;

    (void)umask(007);
    (void)signal(SIGPIPE, SIG_IGN);
    str_init(&cli.raw, a, CLI_OUTPUT_BYTES);
    code = cli_parse(&cli, argc, argv, &e);
    if (code == ERR_OK && (cli.help || cli.version))
        return print_help(&cli);
    if (code == ERR_OK)
        code = run(&cli, &view, &e);
    return cli_answer(&cli, view, code, &e);
}
