/* The CA certificates: the system's, and the operator's own file beside them. libcurl takes one file and not every TLS
 * library behind it takes memory, so both are joined in a file that exists only in memory, once per process. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/http/http_internal.h"
#include "core/util/file.h"
#include "core/util/str.h"

enum { CA_BYTES_MAX = 4 * 1024 * 1024, CA_PATH_MAX = 4096 };

/* What the joined file was made from; a changed file is joined anew, for certificates are replaced while we run. */
struct joined {
    int fd;
    char extra[CA_PATH_MAX];
    struct stat status;
    char path[64];
};
static struct joined cache = {.fd = -1};

static bool is_cached(const char *extra_file, const struct stat *now)
{
    return cache.fd >= 0 && strcmp(cache.extra, extra_file) == 0 && cache.status.st_ino == now->st_ino &&
           cache.status.st_size == now->st_size && cache.status.st_mtim.tv_sec == now->st_mtim.tv_sec &&
           cache.status.st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

static const char *system_file(void)
{
    const char *path = curl_version_info(CURLVERSION_NOW)->cainfo;

    return path ? path : "/etc/ssl/certs/ca-certificates.crt";
}

/* A minimal image may have no system certificates; then the extra file alone is trusted. */
static enum err_code read_both(struct arena *a, const char *extra_file, struct str *text, struct err *e)
{
    char *extra, *system;
    size_t extra_n, system_n;

    if (file_read(a, extra_file, CA_BYTES_MAX, &extra, &extra_n, NULL) != ERR_OK)
        return err_set(e, ERR_CONFIG, "Cannot read the CA certificates in %s: check TIMELINE_CA_FILE.",
                       extra_file);
    if (!strstr(extra, "-----BEGIN "))
        return err_set(e, ERR_CONFIG, "%s holds no certificate in PEM form: check TIMELINE_CA_FILE.",
                       extra_file);
    str_init(text, a, (size_t)CA_BYTES_MAX * 2 + 1);
    if (file_read(a, system_file(), CA_BYTES_MAX, &system, &system_n, NULL) == ERR_OK) {
        str_addn(text, system, system_n);
        str_addc(text, '\n');
    }
    str_addn(text, extra, extra_n);
    return ERR_OK;
}

static enum err_code write_memory(const struct str *text, struct err *e)
{
    AUTO_FD fd = memfd_create("tideline-ca", MFD_CLOEXEC);
    size_t done = 0;

    while (fd >= 0 && done < text->n) {
        ssize_t put = write(fd, text->p + done, text->n - done);

        if (put <= 0)
            break;
        done += (size_t)put;
    }
    if (fd < 0 || done < text->n)
        return err_set(e, ERR_IO, "Cannot put the CA certificates together: no memory for them.");
    if (cache.fd >= 0)
        close(cache.fd);
    cache.fd = TAKE_FD(fd);
    return ERR_OK;
}

/* One file parses in a tenth of the time of the folder of hundreds that some builds of libcurl read by default. */
static const char *without_extra(void)
{
    return file_exists(system_file()) ? system_file() : NULL;
}

enum err_code http_ca_path(const char *extra_file, const char **path, struct err *e)
{
    AUTO_STRUCT(arena) *a = NULL;
    struct str text;
    struct stat now;

    *path = without_extra();
    if (!extra_file || !*extra_file)
        return ERR_OK;
    if (strlen(extra_file) >= sizeof cache.extra || stat(extra_file, &now) != 0)
        return err_set(e, ERR_CONFIG, "Cannot read the CA certificates in %s: check TIMELINE_CA_FILE.",
                       extra_file);
    if (!is_cached(extra_file, &now)) {
        a = arena_new();
        TRY(read_both(a, extra_file, &text, e));
        TRY(write_memory(&text, e));
        (void)snprintf(cache.extra, sizeof cache.extra, "%s", extra_file);
        cache.status = now;
    }
    (void)snprintf(cache.path, sizeof cache.path, "/proc/self/fd/%d", cache.fd);
    *path = cache.path;
    return ERR_OK;
}
