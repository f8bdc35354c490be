/*
 * The tenants' services that one web worker keeps open, so that statements are prepared once and not per request. At most
 * DESK_OPEN of them; the one unused for longest is closed for the next. A tenant without a database yet has none,
 * and one whose database file was replaced is opened anew.
 */
#ifndef TIDELINE_FCGI_DESK_H
#define TIDELINE_FCGI_DESK_H

#include "core/service/service.h"
#include "core/util/own.h"

enum { DESK_OPEN = 64 };

struct desk;

struct desk *desk_new(void);
void desk_free(struct desk *d);
AUTO_DEFINE_STRUCT(desk, desk_free)

/* What is open on a tenant. */
struct desk_seat {
    struct service *service; /* NULL: nothing has been pulled yet */
    int64_t version; /* with `opened`, changes whenever the database does; for caches within this process */
    int64_t opened;  /* counts openings in this process: 0 without a service */
};

/* The tenant's service, with the request's arena set. The tenant must outlive the desk. */
enum err_code desk_take(struct desk *d, const struct tenant *tenant, struct arena *a, struct desk_seat *out,
                        struct err *e);

#endif
