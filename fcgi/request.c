#include "fcgi/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/request_internal.h"

enum { ORDINAL_DIGITS = 18 }; /* fits int64_t */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* -1 when the two characters behind '%' are not a byte other than NUL. */
static int decode_byte(const char *p, size_t left)
{
    int high = left > 1 ? hex_digit(p[1]) : -1;
    int low = left > 2 ? hex_digit(p[2]) : -1;

    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

enum err_code request_decode(struct arena *a, const struct request_encoded *encoded, const char **out,
                             struct err *e)
{
    const char *p = encoded->p;
    size_t n = encoded->n;
    char *text = arena_alloc(a, n + 1);
    size_t length = 0;

    for (size_t i = 0; i < n; i++) {
        int byte = p[i] ? (unsigned char)p[i] : -1;

        if (p[i] == '%') {
            byte = decode_byte(p + i, n - i);
            i += 2;
        } else if (p[i] == '+' && encoded->plus_is_space) {
            byte = ' ';
        }
        if (byte < 0)
            return err_set(e, ERR_INVALID_INPUT,
                           "The %s has a NUL, or a '%%' that is not followed by two hexadecimal digits.",
                           encoded->what);
        text[length++] = (char)byte;
    }
    if (!utf8_valid(text, length, NULL))
        return err_set(e, ERR_INVALID_INPUT, "The %s is not UTF-8.", encoded->what);
    *out = text;
    return ERR_OK;
}

static enum err_code decode(struct arena *a, const char *p, size_t n, bool plus_is_space, const char **out,
                            struct err *e)
{
    const struct request_encoded encoded = {p, n, plus_is_space, "address"};

    return request_decode(a, &encoded, out, e);
}

static void parse_method(const char *name, struct request *out)
{
    static const struct {
        const char *name;
        enum request_method method;
    } known[] = {{"GET", METHOD_GET},
                 {"HEAD", METHOD_GET},
                 {"POST", METHOD_POST},
                 {"PUT", METHOD_PUT},
                 {"DELETE", METHOD_DELETE}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(name, known[i].name))
            out->method = known[i].method;
    out->head = str_eq(name, "HEAD");
}

static enum err_code parse_path(struct arena *a, const char *path, struct request *out, struct err *e)
{
    const char *p = path + 1;

    while (*p) {
        size_t n = strcspn(p, "/");

        if (out->n_segments == REQUEST_SEGMENTS)
            return err_set(e, ERR_NOT_FOUND, "There is no such page.");
        TRY(decode(a, p, n, false, &out->segments[out->n_segments++], e));
        if (p[n] && !p[n + 1]) /* a final slash is an empty last segment: no page has one */
            return err_set(e, ERR_NOT_FOUND,
                           "There is no such page. Leave out the slash at the end of the address.");
        p += n + (p[n] == '/');
    }
    return ERR_OK;
}

static enum err_code parse_param(struct arena *a, const char *p, size_t n, struct request *out, struct err *e)
{
    const char *equals = memchr(p, '=', n);
    size_t name_n = equals ? (size_t)(equals - p) : n;
    struct request_param *param = &out->params[out->n_params];

    if (!n)
        return ERR_OK;
    if (out->n_params == REQUEST_PARAMS)
        return err_set(e, ERR_INVALID_INPUT, "The address has more than %d parameters.", REQUEST_PARAMS);
    TRY(decode(a, p, name_n, true, &param->name, e));
    param->value = "";
    if (equals)
        TRY(decode(a, equals + 1, n - name_n - 1, true, &param->value, e));
    for (size_t i = 0; i < out->n_params; i++)
        if (str_eq(out->params[i].name, param->name))
            return err_set(e, ERR_INVALID_INPUT, "The address gives \"%s\" twice.", param->name);
    out->n_params++;
    return ERR_OK;
}

static enum err_code parse_query(struct arena *a, const char *query, struct request *out, struct err *e)
{
    const char *p = query;

    while (*p) {
        size_t n = strcspn(p, "&");

        TRY(parse_param(a, p, n, out, e));
        p += n + (p[n] == '&');
    }
    return ERR_OK;
}

enum err_code request_parse(struct arena *a, const struct request_input *in, struct request *out,
                            struct err *e)
{
    const char *question;

    *out = (struct request){.uri = in->uri ? in->uri : "",
                            .path = "",
                            .tenant = in->tenant,
                            .address = in->address,
                            .if_none_match = in->if_none_match,
                            .if_match = in->if_match,
                            .body = in->body ? in->body : "",
                            .body_n = in->body_n,
                            .input = in};
    parse_method(in->method, out);
    request_parse_headers(a, in, out);
    question = strchr(out->uri, '?');
    out->path = question ? arena_strndup(a, out->uri, (size_t)(question - out->uri)) : out->uri;
    if (strlen(out->uri) > REQUEST_URI_BYTES)
        return err_set(e, ERR_TOO_LARGE, "The address is longer than %d bytes.", REQUEST_URI_BYTES);
    if (out->path[0] != '/')
        return err_set(e, ERR_INVALID_INPUT, "The address must begin with a slash.");
    TRY(parse_path(a, out->path, out, e));
    return question ? parse_query(a, question + 1, out, e) : ERR_OK;
}

const char *request_param(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->n_params; i++)
        if (str_eq(r->params[i].name, name))
            return r->params[i].value[0] ? r->params[i].value : NULL;
    return NULL;
}

enum err_code request_number(const struct request *r, const char *name, long most, long *out, struct err *e)
{
    const char *text = request_param(r, name);
    char *end;

    if (!text)
        return ERR_OK;
    *out = isdigit((unsigned char)text[0]) ? strtol(text, &end, 10) : 0;
    if (*out < 1 || *out > most || *end)
        return err_set(e, ERR_INVALID_INPUT, "The %s must be a number from 1 to %ld.", name, most);
    return ERR_OK;
}

int64_t request_ordinal(const char *segment)
{
    size_t n = strlen(segment);

    if (n > ORDINAL_DIGITS || strspn(segment, "0123456789") != n || segment[0] == '0')
        return 0;
    return strtoll(segment, NULL, 10);
}

char *request_encode(struct arena *a, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, strlen(text) * 3 + 1);
    char *q = out;

    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (isalnum(*p) || strchr("-._~", *p)) {
            *q++ = (char)*p;
            continue;
        }
        *q++ = '%';
        *q++ = digits[*p >> 4];
        *q++ = digits[*p & 15];
    }
    return out;
}
