/*
 * Beside pr_fixture.h: files that the other side has, saves here, imports; for the tests of merges at import.
 */
#ifndef TIDELINE_TESTS_MERGE_IMPORT_FIXTURE_H
#define TIDELINE_TESTS_MERGE_IMPORT_FIXTURE_H

#include "tests/unit/pr_fixture.h"

#include "core/event/event_merge.h"
#include "core/sync/conflict_resolver.h"

static inline struct json_object *parsed(struct fixture *f, const char *text)
{
    struct json_object *value = NULL;

    must(f, jx_parse(f->arena, text, strlen(text), &value, &f->e));
    return value;
}

static inline void assert_same(struct fixture *f, const char *actual, const char *expected, const char *what)
{
    if (!event_same(f->arena, parsed(f, actual), parsed(f, expected)))
        fail_msg("%s: %s instead of %s", what, actual, expected);
}

/* Theirs on the other side; NULL: no file. */
static inline void their_file(struct fixture *f, const char *id, const char *content)
{
    const char *path = arena_printf(f->arena, "%s/" EVENTS "%s.json", f->work, id);

    if (content)
        write_text(f, path, content);
    else
        (void)unlink(path);
}

static inline void push(struct fixture *f)
{
    shell(f, "cd %s && git add -A . && git commit -q --allow-empty -m x && git push -q origin HEAD:main",
          f->work);
}

static inline struct json_object *import(struct fixture *f)
{
    struct sync_import_options options = {.confirm_deletions = true};
    struct json_object *report = NULL;

    must(f, timeline_sync_import_from_repo(&f->sync, &options, &report, &f->e));
    return report;
}

static inline void save(struct fixture *f, const char *id, const char *content)
{
    struct store_event_write write = {.id = id, .content = content, .author = "ann", .reason = "edit"};

    must(f, store_begin(f->store, 1000, &f->e));
    if (content)
        must(f, store_event_put(f->store, &write, NULL, &f->e));
    else
        must(f, store_event_delete(f->store, id, "ann", NULL, &f->e));
    must(f, conflict_resolver_saved(f->store, f->arena, id, &f->e));
    must(f, store_commit(f->store, &f->e));
}

static inline void save_validated(struct fixture *f, const char *id, const char *content)
{
    save(f, id, content);
    validate(f, id);
}

static inline struct store_event event_of(struct fixture *f, const char *id)
{
    struct store_event event;

    must(f, store_event_get(f->store, f->arena, id, &event, &f->e));
    return event;
}

static inline const char *state_of(struct fixture *f, const char *id)
{
    struct store_event event;

    return store_event_get(f->store, f->arena, id, &event, &f->e) == ERR_OK ? event.state : "";
}

static inline const char *members(struct fixture *f, const char *title, int importance)
{
    return arena_printf(f->arena,
                        "{\"id\":\"" ALPHA "\",\"date\":\"2025-01-02\",\"title\":\"%s\",\"importance\":%d}",
                        title, importance);
}

static inline struct json_object *they_have(struct fixture *f, const char *content)
{
    their_file(f, ALPHA, content);
    push(f);
    return import(f);
}

#endif
