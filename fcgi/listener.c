#include "fcgi/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/util/file.h"
#include "core/util/own.h"

enum { BACKLOG = 511 };

static enum err_code make_folder(struct arena *a, const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return ERR_OK;
    return file_make_folder(arena_strndup(a, path, (size_t)(slash - path)), e);
}

static enum err_code remove_stale(const struct sockaddr_un *address, struct err *e)
{
    AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (lstat(address->sun_path, &st) < 0)
        return ERR_OK;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_CONFIG, "%s is there and is no socket. Choose another --socket.",
                       address->sun_path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return err_set(e, ERR_LOCKED, "Another service listens on %s. Stop it, or choose another --socket.",
                       address->sun_path);
    if (unlink(address->sun_path) < 0 && errno != ENOENT)
        return err_set_errno(e, errno, "remove the socket that an earlier service left");
    return ERR_OK;
}

enum err_code listener_open(struct arena *a, const char *path, int *out, struct err *e)
{
    AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_CONFIG,
                       "The socket's path is too long: at most %zu bytes. Choose another --socket.",
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (fd < 0)
        return err_set_errno(e, errno, "make a socket");
    TRY(make_folder(a, path, e));
    TRY(remove_stale(&address, e));
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0660) < 0 ||
        listen(fd, BACKLOG) < 0)
        return err_set_errno(e, errno, arena_printf(a, "listen on %s", path));
    *out = TAKE_FD(fd);
    return ERR_OK;
}
