#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    stopped = signal_number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

/* A terminal without echo, and signals that end the waiting instead of leaving it so. */
struct prompt {
    int fd;
    struct termios before;
    struct sigaction old[N_SIGNALS];
};

static enum err_code quiet(struct prompt *p, struct err *e)
{
    struct sigaction action = {.sa_handler = stop}; /* without SA_RESTART: read() returns */
    struct termios silent;

    if (tcgetattr(p->fd, &p->before) != 0)
        return err_set_errno(e, errno, "ask at the terminal");
    stopped = 0;
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &action, &p->old[i]);
    silent = p->before;
    silent.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    /* What was typed ahead was typed with echo: it is no password. */
    if (tcsetattr(p->fd, TCSAFLUSH, &silent) == 0)
        return ERR_OK;
    return err_set_errno(e, errno, "switch off the terminal's echo");
}

static void loud(struct prompt *p)
{
    tcsetattr(p->fd, TCSAFLUSH, &p->before);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &p->old[i], NULL);
}

static enum err_code cancelled(struct err *e)
{
    return err_set(e, ERR_CANCELLED, "Cancelled. Nothing was changed.");
}

/* One line of a terminal; the line break is not part of it. */
static enum err_code read_line(int fd, char out[PASSWORD_BYTES], struct err *e)
{
    ssize_t n = stopped ? -1 : read(fd, out, PASSWORD_BYTES - 1);

    if (n <= 0 || out[n - 1] != '\n')
        return cancelled(e);
    out[n - 1] = '\0';
    return ERR_OK;
}

static enum err_code ask_twice(struct prompt *p, const char *name, char out[PASSWORD_BYTES], struct err *e)
{
    char again[PASSWORD_BYTES] = "";
    enum err_code code;
    bool same;

    dprintf(p->fd, "Password for %s: ", name);
    TRY(read_line(p->fd, out, e));
    dprintf(p->fd, "\nThe same again: ");
    code = read_line(p->fd, again, e);
    dprintf(p->fd, "\n");
    same = strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    TRY(code);
    return same ? ERR_OK
                : err_set(e, ERR_INVALID_INPUT, "The two passwords differ. Nothing was changed; try again.");
}

static enum err_code ask(const char *name, char out[PASSWORD_BYTES], struct err *e)
{
    AUTO_FD fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct prompt prompt = {.fd = fd};
    enum err_code code;

    if (fd < 0)
        return err_set(e, ERR_USAGE,
                       "There is no terminal to ask for the password at. Write it to standard input and add "
                       "--password-stdin.");
    TRY(quiet(&prompt, e));
    code = ask_twice(&prompt, name, out, e);
    loud(&prompt);
    if (code == ERR_CANCELLED)
        dprintf(fd, "\n");
    return code;
}

/* At most a line: whoever sends a whole file by mistake should not have its first line for a password. */
static enum err_code read_stdin(char out[PASSWORD_BYTES], struct err *e)
{
    size_t n = 0;
    ssize_t got;

    do {
        got = read(STDIN_FILENO, out + n, PASSWORD_BYTES - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && n < PASSWORD_BYTES - 1) || (got < 0 && errno == EINTR));
    if (got < 0)
        return err_set_errno(e, errno, "read the password from standard input");
    if (n && out[n - 1] == '\n')
        n--;
    if (n && out[n - 1] == '\r')
        n--;
    out[n] = '\0';
    if (got > 0 || strlen(out) != n || strpbrk(out, "\r\n"))
        return err_set(
            e, ERR_INVALID_INPUT,
            "Standard input is not one line that could be a password. Write the password and nothing else.");
    return ERR_OK;
}

enum err_code password_read(const struct cli *cli, const char *name, char out[PASSWORD_BYTES], struct err *e)
{
    memset(out, 0, PASSWORD_BYTES);
    return cli_flag(cli, "--password-stdin") ? read_stdin(out, e) : ask(name, out, e);
}
