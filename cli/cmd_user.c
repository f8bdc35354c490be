/* user add, passwd, role, list, remove; token create, list, revoke */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/password.h"
#include "cli/text.h"
#include "core/service/service_account.h"

enum { DAYS_MOST = 3650 };

/* What is wrong already is said before anybody types a password. */
static enum err_code run_add(struct cli *cli, struct json_object **view, struct err *e)
{
    const char *name = cli->operands[0];
    const char *role = cli_text(cli, "--role");
    char password[PASSWORD_BYTES];
    enum err_code code;

    if (!role)
        return err_set(e, ERR_USAGE, "Say what the account may do: --role viewer, editor or admin.");
    TRY(service_user_check(cli->service, name, role, e));
    code = password_read(cli, name, password, e);
    if (code == ERR_OK)
        code = service_user_add(cli->service, name, role, password, view, e);
    explicit_bzero(password, sizeof password);
    return code;
}

static enum err_code run_passwd(struct cli *cli, struct json_object **view, struct err *e)
{
    const char *name = cli->operands[0];
    struct json_object *account;
    char password[PASSWORD_BYTES];
    enum err_code code;

    TRY(service_user_show(cli->service, name, &account, e));
    code = password_read(cli, name, password, e);
    if (code == ERR_OK)
        code = service_user_set_password(cli->service, name, password, view, e);
    explicit_bzero(password, sizeof password);
    return code;
}

static enum err_code run_role(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_user_set_role(cli->service, cli->operands[0], cli->operands[1], view, e);
}

static enum err_code run_remove(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_user_remove(cli->service, cli->operands[0], view, e);
}

static enum err_code run_list(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_user_list(cli->service, view, e);
}

static void text_added(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *account = jx_get(view, "account");

    (void)cli;
    str_addf(out, "\"%s\" is %s now.\n", jx_get_text(account, "name"), jx_get_text(account, "role"));
}

static void text_passwd(struct cli *cli, struct json_object *view, struct str *out)
{
    (void)cli;
    str_addf(out, "\"%s\" has a new password, and must sign in again everywhere. Tokens are as they were.\n",
             jx_get_text(jx_get(view, "account"), "name"));
}

static void text_removed(struct cli *cli, struct json_object *view, struct str *out)
{
    (void)cli;
    str_addf(out, "\"%s\" is removed, with all sessions and tokens.\n", jx_get_text(view, "removed"));
}

static void text_list(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {
        {"NAME", "name", false},           {"ROLE", "role", false},
        {"TOKENS", "tokens", true},        {"SESSIONS", "sessions", true},
        {"LAST LOGIN", "login_at", false}, {"MADE", "created_at", false},
        {"BY", "created_by", false},       {0}};
    struct json_object *accounts = jx_get(view, "accounts");

    text_table(cli, accounts, columns, out);
    if (!accounts || !json_object_array_length(accounts))
        str_add(out, "There is no account yet: run tideline user add NAME --role admin\n");
}

static enum err_code run_token_create(struct cli *cli, struct json_object **view, struct err *e)
{
    const struct service_token_args args = {
        .user = cli_text(cli, "--user"),
        .scope = cli_text(cli, "--scope"),
        .name = cli_text(cli, "--name"),
        .days = cli_number(cli, "--expires", 0),
    };

    if (!args.user)
        return err_set(e, ERR_USAGE, "Say whose token it is to be: --user NAME.");
    return service_token_create(cli->service, &args, view, e);
}

static enum err_code run_token_list(struct cli *cli, struct json_object **view, struct err *e)
{
    return service_token_list(cli->service, cli_text(cli, "--user"), view, e);
}

static enum err_code run_token_revoke(struct cli *cli, struct json_object **view, struct err *e)
{
    char *end;
    long long id;

    errno = 0;
    id = strtoll(cli->operands[0], &end, 10);
    if (errno || *end || id < 1)
        return err_set(e, ERR_USAGE, "\"%.60s\" is not the id of a token. See: tideline token list",
                       cli->operands[0]);
    return service_token_revoke(cli->service, id, view, e);
}

static void text_token_create(struct cli *cli, struct json_object *view, struct str *out)
{
    const char *ends = jx_get_text(view, "ends_at");

    text_pair(out, "Token", jx_get_text(view, "token"));
    text_pair(out, "Id", text_cell(cli->arena, jx_get(view, "id")));
    text_pair(out, "Account", jx_get_text(view, "account"));
    text_pair(out, "Scope", jx_get_text(view, "scope"));
    text_pair(out, "Ends", ends ? ends : "never");
    str_add(out, "\nCopy the token now: it is not shown again.\n");
}

static void text_token_list(struct cli *cli, struct json_object *view, struct str *out)
{
    static const struct text_column columns[] = {{"ID", "id", true},
                                                 {"TOKEN", "hint", false},
                                                 {"ACCOUNT", "account", false},
                                                 {"SCOPE", "scope", false},
                                                 {"ENDS", "ends_at", false},
                                                 {"OVER", "over", false},
                                                 {"LAST USE", "used_at", false},
                                                 {"NAME", "name", false},
                                                 {0}};
    struct json_object *tokens = jx_get(view, "tokens");

    text_table(cli, tokens, columns, out);
    if (!tokens || !json_object_array_length(tokens))
        str_add(out, "There is no token: make one with tideline token create --user NAME\n");
}

static void text_token_revoke(struct cli *cli, struct json_object *view, struct str *out)
{
    struct json_object *token = jx_get(view, "token");

    str_addf(out, "Token %s of \"%s\" is revoked.\n", text_cell(cli->arena, jx_get(token, "id")),
             jx_get_text(token, "account"));
}

#define PASSWORD_OPTION                                                                                      \
    {                                                                                                        \
        "--password-stdin", NULL, "read the password from standard input instead of asking for it",          \
            OPTION_FLAG, 0, 0                                                                                \
    }

static const struct cli_option add_options[] = {
    {"--role", "viewer|editor|admin", "what the account may do; each includes those before it", OPTION_TEXT,
     0, 0},
    PASSWORD_OPTION,
    {0},
};

static const struct cli_option passwd_options[] = {PASSWORD_OPTION, {0}};

static const struct cli_option create_options[] = {
    {"--user", "NAME", "the account that the token acts for", OPTION_TEXT, 0, 0},
    {"--scope", "read|write", "what it may do (read)", OPTION_TEXT, 0, 0},
    {"--name", "N", "what it is for", OPTION_TEXT, 0, 0},
    {"--expires", "DAYS", "good for so many days, at most 3650 (it never ends)", OPTION_NUMBER, 1, DAYS_MOST},
    {0},
};

static const struct cli_option list_options[] = {
    {"--user", "NAME", "only those of this account", OPTION_TEXT, 0, 0},
    {0},
};

const struct command commands_user[] = {
    {"user add", "NAME", 1, "Make an account", NEEDS_SERVICE, add_options, run_add, text_added},
    {"user passwd", "NAME", 1, "Give an account a new password; ends its sessions", NEEDS_SERVICE,
     passwd_options, run_passwd, text_passwd},
    {"user role", "NAME viewer|editor|admin", 2, "Change what an account may do", NEEDS_SERVICE, NULL,
     run_role, text_added},
    {"user list", NULL, 0, "List accounts", NEEDS_SERVICE, NULL, run_list, text_list},
    {"user remove", "NAME", 1, "Remove an account with its sessions and tokens", NEEDS_SERVICE, NULL,
     run_remove, text_removed},
    {"token create", NULL, 0, "Make a token for the API; it is shown once", NEEDS_SERVICE, create_options,
     run_token_create, text_token_create},
    {"token list", NULL, 0, "List tokens, newest first, without what is secret", NEEDS_SERVICE, list_options,
     run_token_list, text_token_list},
    {"token revoke", "ID", 1, "Revoke a token", NEEDS_SERVICE, NULL, run_token_revoke, text_token_revoke},
    {0},
};
