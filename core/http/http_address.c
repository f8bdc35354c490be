/* Which addresses are public. IPv4 after IANA's special-purpose registry (RFC 6890 and later); of IPv6 only global
 * unicast 2000::/3 without its special parts, and the forms that carry an IPv4 address. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/http/http_internal.h"

struct v4_block {
    uint32_t base;
    int bits;
};

static const struct v4_block not_public[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
};

static bool v4_is_public(uint32_t address)
{
    for (size_t i = 0; i < sizeof not_public / sizeof *not_public; i++) {
        if ((address ^ not_public[i].base) >> (32 - not_public[i].bits) == 0)
            return false;
    }
    return true;
}

static uint32_t v4_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_mapped(const unsigned char *p)
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(p, prefix, sizeof prefix) == 0;
}

static bool v6_is_public(const unsigned char *p)
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (is_mapped(p) || memcmp(p, nat64, sizeof nat64) == 0)
        return v4_is_public(v4_at(p + 12));
    if ((p[0] & 0xe0) != 0x20)
        return false;
    if (p[0] == 0x20 && p[1] == 0x01 && (p[2] & 0xfe) == 0) /* 2001::/23: Teredo, benchmarking, ORCHID */
        return false;
    if (p[0] == 0x20 && p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8) /* 2001:db8::/32: documentation */
        return false;
    return !(p[0] == 0x20 && p[1] == 0x02) && !(p[0] == 0x3f && p[1] == 0xff); /* 6to4; documentation */
}

bool http_address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return v4_is_public(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return v6_is_public(v6.sin6_addr.s6_addr);
}

bool http_address_is_loopback(const struct sockaddr *address)
{
    static const unsigned char one[16] = {[15] = 1};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return memcmp(v6.sin6_addr.s6_addr, one, sizeof one) == 0;
}

bool http_host_is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}
