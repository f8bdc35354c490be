/* A hook of a repository on this machine. Its environment is made here from nothing: ours may hold tokens. It sees the
 * new objects in the mirror before they are in its own repository, as Git's quarantine would show them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/git/git_internal.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

enum { ARGUMENTS_MAX = 8, WORDS_BYTES_MAX = 300, ASK_MS = 200, WAIT_MS = 2 };

/* A hook runs as us, so only one that we or root could have written. */
static bool is_trusted(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && (status.st_uid == geteuid() || status.st_uid == 0) &&
           !(status.st_mode & S_IWOTH);
}

static char **make_environment(struct arena *a, struct git_service *g, const char *folder)
{
    char **out = arena_array(a, 6, sizeof *out);
    const char *path = getenv("PATH");

    out[0] = arena_printf(a, "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
    out[1] = arena_printf(a, "GIT_DIR=%s", folder);
    out[2] = arena_printf(a, "GIT_ALTERNATE_OBJECT_DIRECTORIES=%s/objects", g->options.mirror);
    out[3] = arena_strdup(a, "GIT_CONFIG_NOSYSTEM=1");
    out[4] = arena_strdup(a, "LC_ALL=C.UTF-8");
    return out;
}

struct child {
    pid_t pid;
    int input, output; /* our ends of the pipes */
};

static int start(struct child *child, const char *folder, char *const *arguments, char *const *environment)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int result;

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return errno;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addchdir_np(&actions, folder);
    (void)posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    (void)posix_spawnattr_init(&attributes);
    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(&attributes, &defaults);
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    result = posix_spawn(&child->pid, arguments[0], &actions, &attributes, arguments, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    close(in[0]);
    close(out[1]);
    child->input = in[1];
    child->output = out[0];
    return result;
}

/* The input is one line, which a pipe always takes at once. A hook that does not read it is fine. */
static void feed(struct child *child, const char *input)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

    (void)sigaction(SIGPIPE, &ignore, &before);
    if (write(child->input, input, strlen(input)) < 0)
        errno = 0;
    (void)sigaction(SIGPIPE, &before, NULL);
    close(child->input);
    child->input = -1;
}

/* Read what it prints until it closes; kill it when the operation's time is over. */
static enum err_code listen_to(struct git_service *g, struct child *child, struct str *words, struct err *e)
{
    for (;;) {
        struct pollfd waiting = {.fd = child->output, .events = POLLIN};
        char buffer[4096];
        ssize_t got;

        TRY(git_service_check(g, e));
        if (poll(&waiting, 1, ASK_MS) <= 0)
            continue;
        got = read(child->output, buffer, sizeof buffer);
        if (got == 0 || (got < 0 && errno != EINTR))
            return ERR_OK;
        if (got > 0)
            str_addn(words, buffer, (size_t)got);
    }
}

/* A hook may close its output and go on; it is waited for until the operation's time is over, then killed. */
static enum err_code finish(struct git_service *g, struct child *child, enum err_code code, int *status,
                            struct err *e)
{
    bool killed = false;
    pid_t ended;

    close(child->output);
    while ((ended = waitpid(child->pid, status, killed ? 0 : WNOHANG)) != child->pid) {
        if (ended < 0 && errno != EINTR)
            return err_set(e, ERR_INTERNAL, "A hook's process was lost.");
        if (code == ERR_OK)
            code = git_service_check(g, e);
        killed = code != ERR_OK;
        if (killed)
            (void)kill(-child->pid, SIGKILL);
        else
            clock_pause_ms(WAIT_MS);
    }
    return code;
}

static enum err_code refused(const char *hook, const struct str *words, struct err *e)
{
    char text[WORDS_BYTES_MAX];
    size_t n = words->n;

    while (n && (words->p[n - 1] == '\n' || words->p[n - 1] == ' '))
        n--;
    for (size_t i = 0; i < n; i++) {
        if (words->p[i] == '\n')
            words->p[i] = ' ';
    }
    utf8_clean(text, sizeof text, words->p, n);
    return err_set(e, ERR_PUSH_REJECTED, "The repository's %s hook refuses the branch%s%s.", hook,
                   n ? "; it says: " : "", text);
}

static enum err_code run_program(struct git_service *g, const struct git_service_hook *hook,
                                 const char *folder, char *const *arguments, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct child child = {-1, -1, -1};
    struct str words;
    enum err_code code;
    int status = start(&child, folder, arguments, make_environment(a, g, folder));

    str_init(&words, a, WORDS_BYTES_MAX * 2);
    if (status != 0) {
        close(child.input);
        close(child.output);
        return err_set(e, ERR_PUSH_REJECTED, "The repository's %s hook cannot be run (%s).", hook->name,
                       strerror(status));
    }
    feed(&child, hook->input);
    code = listen_to(g, &child, &words, e);
    TRY(finish(g, &child, code, &status, e));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_OK : refused(hook->name, &words, e);
}

enum err_code git_service_run_hook(struct git_service *g, git_repository *in,
                                   const struct git_service_hook *hook, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    const char *folder = git_repository_commondir(in);
    char *path = file_join(a, folder, arena_printf(a, "hooks/%s", hook->name));
    char *arguments[ARGUMENTS_MAX] = {path};

    if (access(path, X_OK) != 0)
        return ERR_OK;
    if (!is_trusted(path))
        return err_set(
            e, ERR_REMOTE_FORBIDDEN,
            "The repository's %s hook belongs to somebody else, so it is not run here: push over https://.",
            hook->name);
    for (size_t i = 0; hook->arguments[i] && i + 2 < ARGUMENTS_MAX; i++)
        arguments[i + 1] = arena_strdup(a, hook->arguments[i]);
    return run_program(g, hook, folder, arguments, e);
}
