#include "core/util/utf8.h"

#include <string.h>

static bool continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

size_t utf8_decode(const char *p, size_t n, uint32_t *point)
{
    const unsigned char *s = (const unsigned char *)p;
    uint32_t c = s[0];

    if (c < 0x80) {
        *point = c;
        return 1;
    }
    if (c >= 0xC2 && c <= 0xDF && n >= 2 && continuation(s[1])) {
        *point = (c & 0x1F) << 6 | (s[1] & 0x3Fu);
        return 2;
    }
    if ((c & 0xF0) == 0xE0 && n >= 3 && continuation(s[1]) && continuation(s[2])) {
        *point = (c & 0x0F) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
        return *point < 0x800 || (*point >= 0xD800 && *point <= 0xDFFF) ? 0 : 3;
    }
    if (c >= 0xF0 && c <= 0xF4 && n >= 4 && continuation(s[1]) && continuation(s[2]) && continuation(s[3])) {
        *point = (c & 0x07) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
        return *point < 0x10000 || *point > 0x10FFFF ? 0 : 4;
    }
    return 0;
}

size_t utf8_encode(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

bool utf8_valid(const char *p, size_t n, size_t *bad)
{
    for (size_t i = 0; i < n;) {
        uint32_t point;
        size_t length = (unsigned char)p[i] < 0x80 ? 1 : utf8_decode(p + i, n - i, &point);

        if (!length) {
            if (bad)
                *bad = i;
            return false;
        }
        i += length;
    }
    return true;
}

bool utf8_is_control(uint32_t point)
{
    return (point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7F && point <= 0x9F) ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void utf8_clean(char *out, size_t size, const char *p, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n;) {
        uint32_t point = 0;
        size_t length = utf8_decode(p + i, n - i, &point);
        bool bad = !length || utf8_is_control(point);
        size_t written = bad ? 1 : length;

        if (used + written >= size)
            break;
        if (bad)
            out[used] = '?';
        else
            memcpy(out + used, p + i, length);
        used += written;
        i += length ? length : 1;
    }
    out[used] = '\0';
}

size_t utf8_length(const char *p, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += !continuation((unsigned char)p[i]);
    return count;
}

size_t utf8_cut(const char *p, size_t n, size_t limit)
{
    if (n <= limit)
        return n;
    while (limit > 0 && continuation((unsigned char)p[limit]))
        limit--;
    return limit;
}
