/* One answer per run, on standard output; diagnostics on standard error. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/util/utf8.h"

int cli_print(const char *p, size_t n)
{
    while (n) {
        ssize_t put = write(STDOUT_FILENO, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EPIPE)
            return 0; /* the reader has seen enough */
        if (put < 0) {
            fprintf(stderr, "tideline: cannot write the answer: %s\n", strerror(errno));
            return 1;
        }
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

/* Texts of a repository could steer a terminal. In JSON such characters can be written as escapes. */
static void add_escaped_json(struct str *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(p + i, n - i, &point);

        if (length && point >= 0x7F && utf8_is_control(point))
            str_addf(out, "\\u%04x", point);
        else
            str_addn(out, p + i, length ? length : 1);
        i += length ? length : 1;
    }
}

static int print_json(struct cli *cli, struct json_object *value)
{
    bool terminal = isatty(STDOUT_FILENO);
    const char *text = terminal ? jx_pretty(cli->arena, value) : jx_text(cli->arena, value);
    struct str out;

    str_init(&out, cli->arena, CLI_OUTPUT_BYTES);
    if (terminal)
        add_escaped_json(&out, text, strlen(text));
    else
        str_add(&out, text);
    str_addc(&out, '\n');
    return cli_print(out.p, out.n);
}

static int print_text(struct cli *cli, struct json_object *view)
{
    struct str out;
    char *clean;

    str_init(&out, cli->arena, CLI_OUTPUT_BYTES);
    cli->command->text(cli, view, &out);
    clean = arena_alloc(cli->arena, out.n + 1);
    utf8_clean(clean, out.n + 1, out.p, out.n);
    return cli_print(clean, strlen(clean));
}

static struct json_object *failure(struct cli *cli, enum err_code code, const struct err *e)
{
    struct json_object *o = jx_own(cli->arena, json_object_new_object());

    jx_set_bool(o, "success", false);
    jx_set_text(o, "code", err_name(code));
    jx_set_text(o, "error", e->message);
    if (e->line)
        jx_set_int(o, "line", e->line);
    return o;
}

static int print_answer(struct cli *cli, struct json_object *view, enum err_code code, const struct err *e)
{
    if (cli->json && (view || code != ERR_OK))
        return print_json(cli, view ? view : failure(cli, code, e));
    return view && cli->command ? print_text(cli, view) : 0;
}

int cli_answer(struct cli *cli, struct json_object *view, enum err_code code, const struct err *e)
{
    int failed;

    if (cli->command && !cli->command->text && code == ERR_OK)
        return cli_print(cli->raw.p, cli->raw.n);
    failed = print_answer(cli, view, code, e);
    if (code != ERR_OK && !cli->json)
        fprintf(stderr, "tideline: %s\n", e->message);
    return code == ERR_OK ? failed : err_exit_status(code);
}
