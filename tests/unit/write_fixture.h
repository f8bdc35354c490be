/*
 * A timeline without a remote, open as the command line has it, for the tests of writing events.
 */
#ifndef TIDELINE_TESTS_WRITE_FIXTURE_H
#define TIDELINE_TESTS_WRITE_FIXTURE_H

#include "tests/unit/store_fixture.h"

#include "core/event/event_merge.h"
#include "core/service/service_internal.h"
#include "core/service/service_write.h"

#define REPOSITORY "/nowhere.git"
#define HARBOUR "1901-02-03--harbour-opens"

struct desk {
    struct fixture *f;
    struct service *s;
    struct json_object *view; /* of the last call */
    struct err e;
};

static inline void open_desk(struct desk *d, enum service_mode mode)
{
    struct config_places places = {.tenants_folder = NULL, .service = false};
    const char *environment[] = {"TIMELINE_REPO_URL=" REPOSITORY,
                                 arena_printf(d->f->a, "DB_PATH=%s", d->f->path),
                                 arena_printf(d->f->a, "TIDELINE_STATE=%s", d->f->folder), NULL};
    struct tenant_registry registry;
    const struct tenant *tenant = NULL;

    places.environment = environment;
    assert_ok(d->f, config_load(d->f->a, &places, false, &registry, &d->f->e));
    assert_ok(d->f, config_choose(&registry, NULL, &tenant, &d->f->e));
    assert_ok(d->f, service_open(d->f->a, tenant, mode, "ann", &d->s, &d->f->e));
}

static inline int with_desk(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    void *fixture = NULL;

    fixture_open(&fixture);
    d->f = fixture;
    open_desk(d, SERVICE_CLI);
    *state = d;
    return 0;
}

static inline int desk_close(void **state)
{
    struct desk *d = *state;
    void *fixture = d->f;

    service_close(d->s);
    fixture_close(&fixture);
    free(d);
    return 0;
}

/* JSON with ' for ". */
static inline const char *quoted(struct desk *d, const char *text)
{
    char *copy = arena_strdup(d->f->a, text);

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static inline struct json_object *parsed(struct desk *d, const char *text)
{
    const char *json = quoted(d, text);
    struct json_object *value = NULL;

    assert_ok(d->f, jx_parse(d->f->a, json, strlen(json), &value, &d->f->e));
    return value;
}

static inline void anew(struct desk *d)
{
    d->view = NULL;
    d->e = (struct err){0};
    d->s->problems = NULL;
}

static inline enum err_code write_fields(struct desk *d, const char *id, int64_t revision, const char *json)
{
    const struct service_draft draft = {.fields = parsed(d, json), .id = id, .revision = revision};

    anew(d);
    return service_event_write(d->s, &draft, &d->view, &d->e);
}

static inline enum err_code write_bytes(struct desk *d, const char *id, int64_t revision, const char *bytes)
{
    const struct service_draft draft = {.p = bytes, .n = strlen(bytes), .id = id, .revision = revision};

    anew(d);
    return service_event_write(d->s, &draft, &d->view, &d->e);
}

static inline enum err_code preview_fields(struct desk *d, const char *id, const char *json)
{
    const struct service_draft draft = {.fields = parsed(d, json), .id = id};

    anew(d);
    return service_event_preview(d->s, &draft, &d->view, &d->e);
}

static inline enum err_code show(struct desk *d, const char *id)
{
    anew(d);
    return service_event_show(d->s, id, &d->view, &d->e);
}

static inline enum err_code delete_event(struct desk *d, const char *id, int64_t revision)
{
    anew(d);
    return service_event_delete(d->s, id, revision, &d->view, &d->e);
}

static inline enum err_code restore(struct desk *d, const char *id, int64_t which, int64_t looked_at)
{
    const struct service_restore asked = {id, which, looked_at};

    anew(d);
    return service_event_restore(d->s, &asked, &d->view, &d->e);
}

static inline enum err_code history(struct desk *d, const char *id)
{
    const struct service_list_args all = {.limit = 0};

    anew(d);
    return service_event_history(d->s, id, &all, &d->view, &d->e);
}

#define assert_done(d, expression)                                                                           \
    do {                                                                                                     \
        enum err_code code_ = (expression);                                                                  \
        if (code_ != ERR_OK)                                                                                 \
            print_error("%s: %s\n", err_name(code_), (d)->e.message);                                        \
        assert_int_equal(code_, ERR_OK);                                                                     \
    } while (0)

#define assert_view(d, key, expected)                                                                        \
    assert_string_equal(jx_text((d)->f->a, jx_get((d)->view, key)), quoted(d, expected))

/* The fields of problems, in order, with a blank behind each. */
static inline const char *problem_fields(struct desk *d)
{
    struct json_object *list = service_problems(d->s);
    struct str out;

    str_init(&out, d->f->a, 1000);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        str_addf(&out, "%s ", jx_get_text(json_object_array_get_idx(list, i), "field"));
    return out.p;
}

/* As an import leaves it: the repository holds this content of the event. */
static inline void import_event(struct desk *d, const char *id, const char *json)
{
    struct json_object *fields = parsed(d, json);
    const char *hash = event_hash(d->f->a, fields);
    struct store_repository r;
    const struct store_file file = {.path = arena_printf(d->f->a, "%s.md", id),
                                    .event_id = id,
                                    .blob_id = "0123456789012345678901234567890123456789",
                                    .format = "md",
                                    .content = jx_text(d->f->a, fields),
                                    .content_hash = hash,
                                    .error = "",
                                    .warnings = ""};
    const struct store_event_write write = {.id = id,
                                            .content = file.content,
                                            .content_hash = hash,
                                            .base_hash = hash,
                                            .author = "repository",
                                            .reason = "import"};

    assert_ok(d->f, store_repository_get(d->s->store, d->f->a, REPOSITORY, "main", &r, &d->f->e));
    assert_ok(d->f, store_begin(d->s->store, 1000, &d->f->e));
    if (!r.id) {
        r.url = REPOSITORY;
        r.branch = "main";
        r.events_dir = "timeline_data/events";
        assert_ok(d->f, store_repository_put(d->s->store, &r, &d->f->e));
    }
    assert_ok(d->f, store_file_put(d->s->store, r.id, &file, &d->f->e));
    assert_ok(d->f, store_event_put(d->s->store, &write, NULL, &d->f->e));
    assert_ok(d->f, store_commit(d->s->store, &d->f->e));
}

#endif
