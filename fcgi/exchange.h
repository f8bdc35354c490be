/*
 * One request on its way to its answer: what every handler gets.
 */
#ifndef TIDELINE_FCGI_EXCHANGE_H
#define TIDELINE_FCGI_EXCHANGE_H

#include "core/service/service.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/site.h"

struct exchange {
    struct arena *arena; /* of the request */
    const struct site *site;
    const struct request *request;
    const struct tenant *tenant; /* as in force now; NULL on routes without one */
    struct service *service;     /* NULL: nothing has been pulled yet, or a route without a tenant */
    int64_t now_us;
    size_t values_shown; /* of events, on the page being made: see view_room() */
};

#endif
