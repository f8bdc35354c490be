#include "fcgi/exchange.h"

const struct service_caller *exchange_caller(const struct exchange *x)
{
    static const struct service_caller nobody;

    return x->service ? service_caller(x->service) : &nobody;
}

bool exchange_may(const struct exchange *x, enum service_role role)
{
    return x->service && service_may(x->service, role);
}

void exchange_set_cookie(struct response *out, const char *cookie)
{
    for (size_t i = 0; i < RESPONSE_COOKIES; i++) {
        if (out->cookies[i])
            continue;
        out->cookies[i] = cookie;
        return;
    }
}

void exchange_redirect(struct exchange *x, struct response *out, const char *location, const char *flash)
{
    const char *sealed = flash && x->service ? service_seal(x->service, flash) : NULL;

    out->status = 303;
    out->type = RESPONSE_TEXT;
    out->location = location;
    out->cache_control = "no-store";
    out->body = "";
    out->n = 0;
    if (sealed)
        exchange_set_cookie(
            out, arena_printf(x->arena, EXCHANGE_FLASH "=%s" EXCHANGE_COOKIE "; Max-Age=60", sealed));
}

void exchange_wake(const struct exchange *x)
{
    if (x->wakeup && x->tenant)
        (void)wakeup_send(x->wakeup, x->tenant->name);
}
