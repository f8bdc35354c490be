#include <arpa/inet.h>
#include <string.h>

#include "core/auth/auth_internal.h"
#include "core/util/clock.h"
#include "core/util/digest.h"

/* Digits of the name's hash that are kept: enough to tell accounts apart, too few to find a password by. */
enum { NAME_DIGITS = 5, ADDRESS_BYTES = 64, FAILURES_MOST = 1000 };

static const char *key_of_name(struct arena *a, const char *name)
{
    char hash[DIGEST_HEX_SIZE];

    digest_sha256(name, strlen(name), hash);
    return arena_printf(a, "account %.*s", NAME_DIGITS, hash);
}

static const char *key_of_address(struct arena *a, const char *address)
{
    unsigned char b[sizeof(struct in6_addr)];

    if (!address || !*address)
        return NULL;
    if (inet_pton(AF_INET6, address, b) != 1)
        return arena_printf(a, "address %.*s", ADDRESS_BYTES, address);
    if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)b))
        return arena_printf(a, "address %u.%u.%u.%u", b[12], b[13], b[14], b[15]);
    return arena_printf(a, "address %02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2], b[3], b[4],
                        b[5], b[6], b[7]);
}

struct auth_throttle auth_throttle_of(struct arena *a, const char *name, const char *address)
{
    return (struct auth_throttle){key_of_name(a, name), key_of_address(a, address)};
}

static int64_t pause_us(int64_t failures)
{
    int64_t pause_s = 1;

    if (failures < AUTH_FREE_FAILURES)
        return 0;
    for (int64_t i = AUTH_FREE_FAILURES; i < failures && pause_s < AUTH_SLOWEST_S; i++)
        pause_s *= 2;
    return (pause_s < AUTH_SLOWEST_S ? pause_s : AUTH_SLOWEST_S) * AUTH_SECOND_US;
}

/* An end that is farther away than any pause lasts was written before somebody set the clock back. */
static int64_t left_us(const struct store_throttle *row, int64_t now_us)
{
    int64_t left = row->open_at_us - now_us;

    return left > 0 && left <= AUTH_SLOWEST_S * AUTH_SECOND_US ? left : 0;
}

static enum err_code too_many(int64_t wait_us, struct err *e)
{
    int64_t wait_s = (wait_us + AUTH_SECOND_US - 1) / AUTH_SECOND_US;

    err_set(e, ERR_TOO_MANY,
            "There were too many failed logins, so this one was not looked at. Try again in %lld %s%s.",
            (long long)(wait_s < 120 ? wait_s : (wait_s + 59) / 60), wait_s < 120 ? "second" : "minute",
            wait_s == 1 ? "" : "s");
    if (e)
        e->retry_after_s = (int)wait_s;
    return ERR_TOO_MANY;
}

static enum err_code count_failure(const struct auth *x, struct store_throttle *row, int64_t now_us,
                                   struct err *e)
{
    if (row->failures < FAILURES_MOST)
        row->failures++;
    row->at_us = now_us;
    row->open_at_us = now_us + pause_us(row->failures);
    return store_throttle_set(x->store, row, e);
}

static enum err_code charge(const struct auth *x, const struct auth_throttle *t, struct err *e)
{
    const char *keys[] = {t->account, t->address};
    struct store_throttle rows[2];
    int64_t now_us = clock_now_us();
    int64_t wait_us = 0;

    for (size_t i = 0; i < 2 && keys[i]; i++) {
        TRY(store_throttle_get(x->store, x->arena, keys[i], &rows[i], e));
        wait_us = left_us(&rows[i], now_us) > wait_us ? left_us(&rows[i], now_us) : wait_us;
    }
    if (wait_us)
        return too_many(wait_us, e);
    for (size_t i = 0; i < 2 && keys[i]; i++)
        TRY(count_failure(x, &rows[i], now_us, e));
    return ERR_OK;
}

enum err_code auth_throttle_charge(const struct auth *x, const struct auth_throttle *t, struct err *e)
{
    TRY(store_begin(x->store, x->wait_ms, e));
    return store_end(x->store, charge(x, t, e), e);
}

enum err_code auth_throttle_forget(const struct auth *x, const struct auth_throttle *t, struct err *e)
{
    const char *keys[] = {t->account, t->address};

    for (size_t i = 0; i < 2; i++)
        if (keys[i])
            TRY(store_throttle_set(x->store, &(struct store_throttle){.key = keys[i]}, e));
    return ERR_OK;
}
