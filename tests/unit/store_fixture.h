/*
 * A database in a folder of its own, for the tests of core/store.
 */
#ifndef TIDELINE_TESTS_STORE_FIXTURE_H
#define TIDELINE_TESTS_STORE_FIXTURE_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#include "core/store/store.h"
#include "core/store/store_event.h"
#include "core/util/file.h"

struct fixture {
    struct arena *a;
    struct store *s;
    struct err e;
    char folder[64];
    const char *path;
};

/* A failure shows its sentence. */
#define assert_ok(f, expression)                                                                             \
    do {                                                                                                     \
        enum err_code code_ = (expression);                                                                  \
        if (code_ != ERR_OK)                                                                                 \
            print_error("%s: %s\n", err_name(code_), (f)->e.message);                                        \
        assert_int_equal(code_, ERR_OK);                                                                     \
    } while (0)

/* The folder alone; the store is not open. */
static inline int fixture_folder(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->a = arena_new();
    strcpy(f->folder, "/tmp/tideline-store-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->path = file_join(f->a, f->folder, "timeline.db");
    *state = f;
    return 0;
}

static inline int fixture_open(void **state)
{
    struct fixture *f;

    fixture_folder(state);
    f = *state;
    assert_ok(f, store_open(f->path, &f->s, &f->e));
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;

    if (f->s)
        store_close(f->s);
    assert_ok(f, file_remove_tree(f->folder, &f->e));
    arena_free(f->a);
    free(f);
    return 0;
}

static inline void begin(struct fixture *f)
{
    assert_ok(f, store_begin(f->s, 10000, &f->e));
}

static inline void commit(struct fixture *f)
{
    assert_ok(f, store_commit(f->s, &f->e));
}

static inline const char *content_of(struct fixture *f, const char *id, const char *date, const char *title)
{
    return arena_printf(
        f->a,
        "{\"id\":\"%s\",\"date\":\"%s\",\"title\":\"%s\",\"importance\":7,\"status\":\"confirmed\","
        "\"summary\":\"What %s did\",\"actors\":[\"Ann Example\",\"Bob Ex\"],\"tags\":[\"money\"],"
        "\"sources\":[{\"title\":\"Daily Paper\",\"url\":\"https://example.org/x\"}]}",
        id, date, title, title);
}

/* Insert or update in a transaction of its own. base: NULL leaves it. Returns the revision. */
static inline int64_t put_event(struct fixture *f, const char *id, const char *title, const char *author,
                                const char *base)
{
    struct store_event_write w = {.id = id,
                                  .content = content_of(f, id, "2025-03-04", title),
                                  .base_hash = base,
                                  .author = author,
                                  .reason = "test"};
    int64_t revision = 0;

    begin(f);
    assert_ok(f, store_event_put(f->s, &w, &revision, &f->e));
    commit(f);
    return revision;
}

static inline struct store_event get_event(struct fixture *f, const char *id)
{
    struct store_event event;

    assert_ok(f, store_event_get(f->s, f->a, id, &event, &f->e));
    return event;
}

static inline void validate_event(struct fixture *f, const char *id, const char *status)
{
    const struct store_verdict verdict = {status, 8.5, "looks right", "ann"};

    begin(f);
    assert_ok(f, store_event_validate(f->s, id, &verdict, &f->e));
    commit(f);
}

#endif
