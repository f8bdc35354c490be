#include "fcgi/desk.h"

#include <stdlib.h>
#include <sys/stat.h>

struct place {
    const struct tenant *tenant; /* NULL: free */
    struct service *service;
    dev_t device;
    ino_t inode;
    int64_t opened;
    int64_t used; /* the desk's clock at the last use */
};

struct desk {
    struct place places[DESK_OPEN];
    int64_t clock;
    int64_t openings;
};

struct desk *desk_new(void)
{
    struct desk *d = calloc(1, sizeof *d);

    if (!d)
        abort();
    return d;
}

static void close_place(struct place *p)
{
    if (p->service)
        service_close(p->service);
    *p = (struct place){0};
}

void desk_free(struct desk *d)
{
    for (size_t i = 0; i < DESK_OPEN; i++)
        close_place(&d->places[i]);
    free(d);
}

/* The tenant's place, else a free one, else the one unused for longest. */
static struct place *find_place(struct desk *d, const struct tenant *tenant)
{
    struct place *oldest = &d->places[0];

    for (size_t i = 0; i < DESK_OPEN; i++) {
        if (d->places[i].tenant == tenant)
            return &d->places[i];
        if (d->places[i].used < oldest->used)
            oldest = &d->places[i];
    }
    return oldest;
}

static enum err_code open_place(struct desk *d, struct place *p, const struct tenant *tenant, struct arena *a,
                                struct err *e)
{
    struct stat st;

    TRY(service_open(a, tenant, SERVICE_WEB, "web", &p->service, e));
    if (stat(tenant->db_path, &st) == 0) {
        p->device = st.st_dev;
        p->inode = st.st_ino;
    }
    p->tenant = tenant;
    p->opened = ++d->openings;
    return ERR_OK;
}

enum err_code desk_take(struct desk *d, const struct tenant *tenant, struct arena *a, struct desk_seat *out,
                        struct err *e)
{
    struct place *p = find_place(d, tenant);
    struct stat st;
    bool there = stat(tenant->db_path, &st) == 0;

    *out = (struct desk_seat){0};
    if (p->tenant && (p->tenant != tenant || !there || st.st_dev != p->device || st.st_ino != p->inode))
        close_place(p);
    if (!there)
        return ERR_OK;
    if (!p->tenant)
        TRY(open_place(d, p, tenant, a, e));
    else
        service_set_arena(p->service, a);
    p->used = ++d->clock;
    *out = (struct desk_seat){p->service, service_version(p->service), p->opened};
    return ERR_OK;
}
