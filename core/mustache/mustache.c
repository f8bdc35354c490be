#include "core/mustache/mustache.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mustache/mustache_internal.h"
#include "core/util/file.h"

enum { TEMPLATE_BYTES = 256 * 1024 };

struct mustache {
    struct template *templates;
};

AUTO_DEFINE(DIR, closedir)

struct mustache *mustache_new(void)
{
    struct mustache *m = calloc(1, sizeof *m);

    if (!m)
        abort();
    return m;
}

void mustache_free(struct mustache *m)
{
    struct template *next;

    for (struct template *t = m->templates; t; t = next) {
        next = t->next;
        arena_free(t->arena);
    }
    free(m);
}

const struct template *mustache_find(const struct mustache *m, const char *name)
{
    for (const struct template *t = m->templates; t; t = t->next)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static void discard(struct mustache *m, const char *name)
{
    for (struct template **link = &m->templates; *link; link = &(*link)->next) {
        struct template *t = *link;

        if (strcmp(t->name, name) != 0)
            continue;
        *link = t->next;
        arena_free(t->arena);
        return;
    }
}

enum err_code mustache_add(struct mustache *m, const char *name, const char *text, size_t n, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    struct template *t = arena_alloc(a, sizeof *t);

    t->arena = a;
    t->name = arena_strdup(a, name);
    TRY(mustache_parse(t, text, n, e));
    discard(m, name);
    t->next = m->templates;
    m->templates = t;
    (void)TAKE(a);
    return ERR_OK;
}

static enum err_code add_file(struct mustache *m, const char *folder, const char *file_name, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    size_t stem = strlen(file_name) - strlen(".mustache");
    char *text;
    size_t n;

    TRY(file_read(a, file_join(a, folder, file_name), TEMPLATE_BYTES, &text, &n, e));
    return mustache_add(m, arena_strndup(a, file_name, stem), text, n, e);
}

static enum err_code check_node(const struct mustache *m, const struct template *t, const struct node *node,
                                struct err *e)
{
    if (node->kind == NODE_RAW)
        return err_set_line(
            e, ERR_INVALID_INPUT, node->line,
            "Template %s, line %d: pages escape everything, so {{{ }}} and {{& }} are refused.", t->name,
            node->line);
    if (node->kind == NODE_PARTIAL && !mustache_find(m, node->name))
        return err_set_line(e, ERR_INVALID_INPUT, node->line,
                            "Template %s, line %d: there is no template named %s to include.", t->name,
                            node->line, node->name);
    return ERR_OK;
}

enum err_code mustache_load_folder(struct mustache *m, const char *folder, struct err *e)
{
    AUTO(DIR) *listing = opendir(folder);
    struct dirent *entry;

    if (!listing)
        return err_set(e, ERR_NOT_FOUND,
                       "Cannot read the templates in %s: %s. Name their folder with --templates.", folder,
                       strerror(errno));
    while ((entry = readdir(listing)))
        if (str_ends(entry->d_name, ".mustache") && entry->d_name[0] != '.')
            TRY(add_file(m, folder, entry->d_name, e));
    for (const struct template *t = m->templates; t; t = t->next)
        for (size_t i = 0; i < t->n; i++)
            TRY(check_node(m, t, &t->nodes[i], e));
    return ERR_OK;
}
