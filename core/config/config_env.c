/*
 * The syntax that Docker's --env-file and systemd's EnvironmentFile share. Where the two differ (a backslash at the end
 * of a line, quotes that do not close, a key without a value) the file is refused instead of meaning two things.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/config/config_internal.h"
#include "core/util/str.h"
#include "core/util/utf8.h"

enum { ENV_BYTES = 64 * 1024, ENV_LINES = 200 };

struct reader {
    struct arena *arena;
    const char *path;
    bool read_tokens;
    int line;
    struct env_file *out;
    struct err *e;
};

static enum err_code bad(const struct reader *r, const char *what)
{
    return err_set_line(r->e, ERR_CONFIG, r->line, "%.300s, line %d: %s.", r->path, r->line, what);
}

/* One buffer of fixed size, so that the caller can wipe the only copy of tokens that it must not keep. */
static enum err_code load(const char *path, char *text, size_t *n, struct err *e)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = 0;

    *n = 0;
    if (fd < 0)
        return err_set(e, ERR_CONFIG, "Cannot read %s: %s.", path, strerror(errno));
    while (*n <= ENV_BYTES &&
           ((got = read(fd, text + *n, ENV_BYTES + 1 - *n)) > 0 || (got < 0 && errno == EINTR)))
        *n += got > 0 ? (size_t)got : 0;
    if (got < 0)
        return err_set(e, ERR_CONFIG, "Cannot read %s: %s.", path, strerror(errno));
    if (*n > ENV_BYTES)
        return err_set(e, ERR_CONFIG, "%s is larger than 64 KiB; expected lines KEY=VALUE.", path);
    text[*n] = '\0';
    return ERR_OK;
}

static char *trim(char *p)
{
    size_t n;

    p += strspn(p, " \t");
    for (n = strlen(p); n && (p[n - 1] == ' ' || p[n - 1] == '\t'); n--)
        p[n - 1] = '\0';
    return p;
}

static bool key_valid(const char *key)
{
    size_t n = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

    return n && !key[n] && (*key < '0' || *key > '9');
}

/* Remove quotes around the whole value in place, as systemd does. */
static enum err_code unquote(const struct reader *r, char *value)
{
    char quote = *value;
    char *to = value;
    char *from = value + 1;

    if (quote != '"' && quote != '\'')
        return str_ends(value, "\\") ? bad(r, "a backslash at the end does not continue a line; expected the "
                                              "whole value on one line")
                                     : ERR_OK;
    for (; *from && *from != quote; from++) {
        if (quote == '"' && *from == '\\' && from[1] && strchr("\"\\$`", from[1]))
            from++;
        *to++ = *from;
    }
    if (!*from || from[1])
        return bad(r, "the quotes are not around the whole value; expected KEY=\"VALUE\"");
    *to = '\0';
    return ERR_OK;
}

static enum err_code add(struct reader *r, const char *key, const char *value)
{
    struct env_file *out = r->out;
    const struct key *known = key_find(key);
    bool hidden = known && (known->flags & KEY_TOKEN) && !r->read_tokens && *value;

    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->lines[i].key, key) == 0)
            return bad(r, arena_printf(r->arena,
                                       "%.64s is set for the second time (first in line %d); expected once",
                                       key, out->lines[i].line));
    if (out->n == ENV_LINES)
        return bad(r, "there are too many lines; expected at most 200 settings");
    out->lines[out->n].key = arena_strdup(r->arena, key);
    out->lines[out->n].value = hidden ? NULL : arena_strdup(r->arena, value);
    out->lines[out->n++].line = r->line;
    return ERR_OK;
}

static enum err_code read_line(struct reader *r, char *line)
{
    char *key = trim(line);
    char *value;

    if (!*key || *key == '#' || *key == ';')
        return ERR_OK;
    value = strchr(key, '=');
    if (!value)
        return bad(r, "there is no = in it; expected KEY=VALUE");
    *value++ = '\0';
    if (!key_valid(key))
        return bad(r, "the part before = is not a name; expected KEY=VALUE without spaces before =");
    value = trim(value);
    TRY(unquote(r, value));
    return add(r, key, value);
}

/* text has n bytes and a NUL behind them. */
static enum err_code read_lines(struct reader *r, char *text, size_t n)
{
    char *end = text + n;
    char *next;

    if (str_starts(text, "\xEF\xBB\xBF"))
        text += 3;
    for (char *line = text; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);

        next = line + length + 1;
        r->line++;
        line[length] = '\0';
        if (length && line[length - 1] == '\r')
            line[--length] = '\0';
        if (strlen(line) != length || strchr(line, '\r'))
            return bad(r, "there is a NUL or carriage return in it; expected plain text");
        if (!utf8_valid(line, length, NULL))
            return bad(r, "it is not UTF-8; expected plain text");
        TRY(read_line(r, line));
    }
    return ERR_OK;
}

enum err_code env_file_read(struct arena *a, const char *path, bool read_tokens, struct env_file *out,
                            struct err *e)
{
    struct reader r = {.arena = a, .path = path, .read_tokens = read_tokens, .out = out, .e = e};
    AUTO_STRUCT(arena) *own = arena_new();
    char *text = arena_alloc(own, ENV_BYTES + 2);
    size_t n;
    enum err_code code;

    out->lines = arena_array(a, ENV_LINES, sizeof *out->lines);
    code = load(path, text, &n, e);
    if (code == ERR_OK)
        code = read_lines(&r, text, n);
    explicit_bzero(text, ENV_BYTES + 2);
    return code;
}

void config_wipe_tokens(char **environment)
{
    for (; environment && *environment; environment++) {
        char *equals = strchr(*environment, '=');
        const struct key *key;

        if (!equals)
            continue;
        *equals = '\0';
        key = key_find(*environment);
        *equals = '=';
        if (key && (key->flags & KEY_TOKEN))
            explicit_bzero(equals + 1, strlen(equals + 1));
    }
}

const char *env_get(const char *const *environment, const char *name)
{
    size_t n = strlen(name);

    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return (*environment)[n + 1] ? *environment + n + 1 : NULL;
    return NULL;
}
