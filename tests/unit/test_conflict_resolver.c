// link: core_sync core_store core_event core_util
/* Deciding about conflicts, and taking decisions back. */
#include "tests/unit/store_fixture.h"

#include "core/event/event_merge.h"
#include "core/store/store_pull_request.h"
#include "core/store/store_repository.h"
#include "core/sync/conflict_resolver.h"
#include "core/util/str.h"

static const char id[] = "2025-03-04--a";
static const char url[] = "https://git.example.org/timeline";

/* An event with a title, an importance and a summary that leaves little to deduct. */
static const char *event_text_of(struct fixture *f, const char *title, int importance)
{
    return arena_printf(
        f->a,
        "{\"id\":\"%s\",\"date\":\"2025-03-04\",\"title\":\"%s\",\"importance\":%d,\"status\":\"confirmed\","
        "\"actors\":[\"Ann\"],\"tags\":[\"a\",\"b\",\"c\"]}",
        id, title, importance);
}

static struct json_object *parsed(struct fixture *f, const char *text)
{
    struct json_object *value = NULL;

    assert_ok(f, jx_parse(f->a, text, strlen(text), &value, &f->e));
    return value;
}

static const char *hash_of(struct fixture *f, const char *text)
{
    return text ? event_hash(f->a, parsed(f, text)) : "";
}

static int64_t repository(struct fixture *f)
{
    struct store_repository r;

    assert_ok(f, store_repository_get(f->s, f->a, url, "main", &r, &f->e));
    if (!r.id) {
        r = (struct store_repository){.url = url,
                                      .branch = "main",
                                      .events_dir = "",
                                      .imported_commit = "",
                                      .head_commit = "",
                                      .new_event_format = "",
                                      .remote_error = ""};
        assert_ok(f, store_repository_put(f->s, &r, &f->e));
        assert_ok(f, store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)r.id),
                                       &f->e));
    }
    return r.id;
}

static void they_have(struct fixture *f, const char *content)
{
    struct store_file file = {.path = "a.json",
                              .event_id = id,
                              .blob_id = "1",
                              .format = "json",
                              .content = content,
                              .content_hash = hash_of(f, content)};
    int64_t r;

    begin(f);
    r = repository(f);
    if (content)
        assert_ok(f, store_file_put(f->s, r, &file, &f->e));
    else
        assert_ok(f, store_file_remove(f->s, r, "a.json", &f->e));
    commit(f);
}

static void we_have(struct fixture *f, const char *content, const char *author, const char *base_hash)
{
    struct store_event_write w = {
        .id = id, .content = content, .base_hash = base_hash, .author = author, .reason = "edit"};

    begin(f);
    if (content)
        assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    else
        assert_ok(f, store_event_delete(f->s, id, author, NULL, &f->e));
    commit(f);
}

/* The three sides, NULL: not there. Ours is validated. */
static void open_conflict(struct fixture *f, const char *base, const char *ours, const char *theirs)
{
    struct store_conflict conflict = {
        .event_id = id, .base = base, .ours = ours, .theirs = theirs, .opened_at_us = 5000};

    if (base)
        we_have(f, base, "repository", hash_of(f, base));
    we_have(f, ours, "ann", base ? NULL : "");
    validate_event(f, id, "validated");
    they_have(f, theirs);
    begin(f);
    assert_ok(f, store_conflict_put(f->s, &conflict, &f->e));
    assert_ok(f, conflict_resolver_saved(f->s, f->a, id, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id).state, "conflict");
}

static enum err_code resolve(struct fixture *f, const struct conflict_resolution *r,
                             struct json_object **problems)
{
    enum err_code code;

    begin(f);
    code = conflict_resolver_resolve(f->s, f->a, r, problems, &f->e);
    return store_end(f->s, code, &f->e);
}

static void take(struct fixture *f, const char *side)
{
    const struct conflict_resolution r = {.id = id, .take = side, .author = "bob"};
    struct json_object *problems;

    assert_ok(f, resolve(f, &r, &problems));
}

static enum err_code undo(struct fixture *f)
{
    enum err_code code;

    begin(f);
    code = conflict_resolver_undo(f->s, f->a, id, "eve", &f->e);
    return store_end(f->s, code, &f->e);
}

/* Everything about the event that a decision may change. */
static const char *snapshot(struct fixture *f)
{
    struct store_event e = {0};
    struct store_conflict c = {0};

    if (store_event_get(f->s, f->a, id, &e, &f->e) != ERR_OK)
        return "none";
    (void)store_conflict_get(f->s, f->a, id, &c, &f->e);
    return arena_printf(f->a, "%s %d %s %s %s %s %.2f %s %lld | %s %s %s %s %lld", e.content, e.removed,
                        e.state, e.change, e.base_hash, e.validation_status, e.quality_score,
                        e.validation_notes, (long long)e.validated_at_us, c.base ? c.base : "-",
                        c.ours ? c.ours : "-", c.theirs ? c.theirs : "-", c.fields ? c.fields : "-",
                        (long long)c.opened_at_us);
}

static void assert_content(struct fixture *f, const char *expected, const char *name)
{
    const char *content = get_event(f, id).content;

    if (!event_same(f->a, parsed(f, content), parsed(f, expected)))
        fail_msg("%s: %s instead of %s", name, content, expected);
}

/* Sides as title and importance; importance 0: not there. */
struct side {
    const char *title;
    int importance;
};

static const char *side_text(struct fixture *f, struct side side)
{
    return side.importance ? event_text_of(f, side.title, side.importance) : NULL;
}

static const struct {
    const char *name;
    struct side base, ours, theirs;
    const char *take, *choices; /* choices: JSON, NULL: none */
    struct side after;          /* importance 0: removed or gone */
    const char *state, *change;
} decisions[] = {
    {"ours", {"Base", 5}, {"Ours", 5}, {"Theirs", 7}, "ours", NULL, {"Ours", 7}, "validated", "changed"},
    {"theirs",
     {"Base", 5},
     {"Ours", 6},
     {"Theirs", 5},
     "theirs",
     NULL,
     {"Theirs", 6},
     "validated",
     "changed"},
    {"theirs is all of it",
     {"Base", 5},
     {"Ours", 5},
     {"Theirs", 7},
     "theirs",
     NULL,
     {"Theirs", 7},
     "merged",
     "none"},
    {"by field",
     {"Base", 5},
     {"Ours", 6},
     {"Theirs", 7},
     NULL,
     "{\"title\":\"ours\",\"importance\":\"theirs\"}",
     {"Ours", 7},
     "validated",
     "changed"},
    {"one field, the rest theirs",
     {"Base", 5},
     {"Ours", 6},
     {"Theirs", 7},
     "theirs",
     "{\"title\":\"ours\"}",
     {"Ours", 7},
     "validated",
     "changed"},
    {"a written value",
     {"Base", 5},
     {"Ours", 5},
     {"Theirs", 5},
     NULL,
     "{\"title\":{\"value\":\"Mine\"}}",
     {"Mine", 5},
     "draft",
     "changed"},
    {"a field taken out makes it worse",
     {"Base", 5},
     {"Base", 6},
     {"Base", 7},
     NULL,
     "{\"importance\":{\"remove\":true}}",
     {"Base", -1},
     "draft",
     "changed"},
    {"removed there, ours",
     {"Base", 5},
     {"Ours", 5},
     {"", 0},
     "ours",
     NULL,
     {"Ours", 5},
     "validated",
     "added"},
    {"removed there, theirs", {"Base", 5}, {"Ours", 5}, {"", 0}, "theirs", NULL, {"", 0}, "", ""},
    {"removed here, ours",
     {"Base", 5},
     {"", 0},
     {"Theirs", 5},
     "ours",
     NULL,
     {"", 0},
     "validated",
     "removed"},
    {"removed here, theirs",
     {"Base", 5},
     {"", 0},
     {"Theirs", 5},
     "theirs",
     NULL,
     {"Theirs", 5},
     "merged",
     "none"},
    {"added on both sides, ours",
     {"", 0},
     {"Ours", 5},
     {"Theirs", 5},
     "ours",
     NULL,
     {"Ours", 5},
     "validated",
     "changed"},
    {"added on both sides, theirs",
     {"", 0},
     {"Ours", 5},
     {"Theirs", 5},
     "theirs",
     NULL,
     {"Theirs", 5},
     "merged",
     "none"},
};

static void check_after(struct fixture *f, size_t i)
{
    const char *theirs = side_text(f, decisions[i].theirs);
    struct store_event event;

    if (store_event_get(f->s, f->a, id, &event, &f->e) != ERR_OK) {
        assert_string_equal(decisions[i].state, "");
        return;
    }
    if (strcmp(event.state, decisions[i].state) != 0 || strcmp(event.change, decisions[i].change) != 0)
        fail_msg("%s: %s, %s", decisions[i].name, event.state, event.change);
    assert_string_equal(event.base_hash, hash_of(f, theirs));
    assert_int_equal(event.removed, decisions[i].after.importance == 0);
    if (decisions[i].after.importance > 0)
        assert_content(f, side_text(f, decisions[i].after), decisions[i].name);
    else if (decisions[i].after.importance < 0)
        assert_null(jx_get(parsed(f, event.content), "importance"));
}

static void test_every_decision_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        struct fixture *f;
        struct json_object *problems;
        const char *before;
        struct store_decision decision;
        bool found;

        fixture_open((void **)&f);
        open_conflict(f, side_text(f, decisions[i].base), side_text(f, decisions[i].ours),
                      side_text(f, decisions[i].theirs));
        before = snapshot(f);
        const struct conflict_resolution r = {
            .id = id,
            .take = decisions[i].take,
            .choices = decisions[i].choices ? parsed(f, decisions[i].choices) : NULL,
            .author = "bob",
        };
        assert_ok(f, resolve(f, &r, &problems));
        check_after(f, i);
        assert_int_equal(store_conflict_get(f->s, f->a, id, &(struct store_conflict){0}, &f->e),
                         ERR_NOT_FOUND);
        assert_ok(f, store_decision_last(f->s, f->a, id, &decision, &found, &f->e));
        assert_true(found);
        assert_string_equal(decision.author, "bob");
        assert_ok(f, undo(f));
        if (strcmp(snapshot(f), before) != 0)
            fail_msg("%s:\n%s instead of\n%s", decisions[i].name, snapshot(f), before);
        assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
        assert_ok(f, resolve(f, &r, &problems));
        check_after(f, i);
        fixture_close((void **)&f);
    }
}

static void test_a_written_event(void **state)
{
    struct fixture *f = *state;
    struct json_object *problems;
    struct conflict_resolution r = {.id = id, .author = "bob"};
    static const struct {
        const char *text, *field; /* field NULL: taken */
    } table[] = {
        {"{\"date\":\"2025-03-04\"}", "event"},
        {"no event", "event"},
        {"{\"id\":\"2025-03-04--b\",\"date\":\"2025-03-04\",\"title\":\"T\"}", "id"},
        {"---\ndate: 2025-03-04\ntitle: Written\n---\n", NULL},
    };

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 5), event_text_of(f, "Theirs", 5));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        r.p = table[i].text;
        r.n = strlen(r.p);
        if (!table[i].field) {
            assert_ok(f, resolve(f, &r, &problems));
            break;
        }
        assert_int_equal(resolve(f, &r, &problems), ERR_INVALID_FIELDS);
        assert_string_equal(jx_get_text(json_object_array_get_idx(problems, 0), "field"), table[i].field);
        assert_string_equal(get_event(f, id).state, "conflict");
    }
    assert_string_equal(get_event(f, id).state, "draft");
    assert_content(f, "{\"id\":\"2025-03-04--a\",\"date\":\"2025-03-04\",\"title\":\"Written\"}", "written");
}

static void test_refused(void **state)
{
    static const struct {
        const char *take, *choices, *field;
    } table[] = {
        {NULL, NULL, "title"},
        {"mine", NULL, "take"},
        {NULL, "{\"title\":\"ours\"}", "importance"},
        {"ours", "{\"summary\":\"ours\"}", "summary"},
        {"ours", "{\"title\":\"both\"}", "title"},
        {"ours", "[]", "fields"},
        {"ours", "{\"title\":{\"value\":\"\"}}", "event"},
        {"ours", "{\"title\":{\"remove\":true}}", "event"},
    };
    struct fixture *f = *state;
    const char *before;

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 6), event_text_of(f, "Theirs", 7));
    before = snapshot(f);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct conflict_resolution r = {.id = id,
                                              .take = table[i].take,
                                              .choices =
                                                  table[i].choices ? parsed(f, table[i].choices) : NULL,
                                              .author = "bob"};
        struct json_object *problems;

        assert_int_equal(resolve(f, &r, &problems), ERR_INVALID_FIELDS);
        assert_string_equal(jx_get_text(json_object_array_get_idx(problems, 0), "field"), table[i].field);
        assert_string_equal(snapshot(f), before);
    }
    assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
}

/* Removed on one side: there is nothing to choose by field. */
static void test_refused_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct conflict_resolution r = {.id = id, .author = "bob"};
    struct json_object *problems;

    open_conflict(f, event_text_of(f, "Base", 5), NULL, event_text_of(f, "Theirs", 7));
    assert_int_equal(resolve(f, &r, &problems), ERR_INVALID_FIELDS);
    r.take = "ours";
    r.choices = parsed(f, "{\"title\":\"ours\"}");
    assert_int_equal(resolve(f, &r, &problems), ERR_INVALID_FIELDS);
    r.choices = NULL;
    r.id = "2025-03-04--none";
    assert_int_equal(resolve(f, &r, &problems), ERR_NOT_FOUND);
}

/* A decision about sides that are not there any more. */
static void test_stale(void **state)
{
    struct fixture *f = *state;
    struct conflict_resolver_conflict seen;
    struct json_object *problems;

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 6), event_text_of(f, "Theirs", 7));
    assert_ok(f, conflict_resolver_look(f->s, f->a, id, &seen, &f->e));
    struct conflict_resolution r = {.id = id, .version = seen.version, .take = "ours", .author = "bob"};

    we_have(f, event_text_of(f, "Ours again", 6), "ann", NULL);
    assert_int_equal(resolve(f, &r, &problems), ERR_STALE);
    assert_ok(f, conflict_resolver_look(f->s, f->a, id, &seen, &f->e));
    r.version = seen.version;
    begin(f);
    seen.row.theirs = event_text_of(f, "Theirs again", 7);
    assert_ok(f, store_conflict_put(f->s, &seen.row, &f->e));
    commit(f);
    assert_int_equal(resolve(f, &r, &problems), ERR_STALE);
    assert_ok(f, conflict_resolver_look(f->s, f->a, id, &seen, &f->e));
    r.version = seen.version;
    assert_ok(f, resolve(f, &r, &problems));
}

/* Nothing had been said about the event. What is said about the decision is not about what comes back. */
static void test_undo_of_what_was_validated(void **state)
{
    struct fixture *f = *state;
    struct store_conflict conflict = {.event_id = id,
                                      .base = event_text_of(f, "Base", 5),
                                      .ours = event_text_of(f, "Ours", 6),
                                      .theirs = event_text_of(f, "Theirs", 7)};

    we_have(f, conflict.base, "repository", hash_of(f, conflict.base));
    we_have(f, conflict.ours, "ann", NULL);
    they_have(f, conflict.theirs);
    begin(f);
    assert_ok(f, store_conflict_put(f->s, &conflict, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id).validation_status, "");
    take(f, "ours");
    validate_event(f, id, "validated");
    assert_ok(f, undo(f));
    take(f, "ours");
    assert_string_equal(get_event(f, id).state, "draft");
}

static void test_undo_refused(void **state)
{
    struct fixture *f = *state;

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 5), event_text_of(f, "Theirs", 7));
    take(f, "ours");
    we_have(f, event_text_of(f, "Edited since", 5), "ann", NULL);
    assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
    assert_non_null(strstr(f->e.message, "revision 4, by ann"));
    we_have(f, NULL, "ann", NULL);
    assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
}

static void test_undo_refused_when_it_went_out(void **state)
{
    struct fixture *f = *state;
    struct store_pull_request pr = {.state = "open",
                                    .step = "recorded",
                                    .repo_url = url,
                                    .base_branch = "main",
                                    .branch = "b",
                                    .title = "T",
                                    .number = 12,
                                    .claimed_at_us = INT64_MAX / 2};
    struct store_event event;

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 5), event_text_of(f, "Theirs", 7));
    take(f, "ours");
    event = get_event(f, id);
    const struct store_pr_event sent = {event.id,   event.revision, event.change, event.content_hash,
                                        event.date, event.title,    "[]"};

    begin(f);
    assert_ok(f, store_pr_put(f->s, &pr, &f->e));
    assert_ok(f, store_pr_add_events(f->s, pr.id, &sent, 1, &f->e));
    commit(f);
    assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
    assert_non_null(strstr(f->e.message, "pull request 12"));
    begin(f);
    pr.state = "closed";
    assert_ok(f, store_pr_put(f->s, &pr, &f->e));
    commit(f);
    assert_ok(f, undo(f));
    assert_string_equal(get_event(f, id).state, "conflict");
}

/* The repository has moved on since the decision: the conflict is about what it holds now, or there is none. */
static void test_undo_with_the_repository_of_now(void **state)
{
    struct fixture *f = *state;
    struct store_conflict row;

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 5), event_text_of(f, "Theirs", 7));
    take(f, "ours");
    they_have(f, event_text_of(f, "Theirs again", 8));
    assert_ok(f, undo(f));
    assert_ok(f, store_conflict_get(f->s, f->a, id, &row, &f->e));
    assert_string_equal(row.theirs, event_text_of(f, "Theirs again", 8));
    assert_string_equal(row.base, event_text_of(f, "Base", 5));
    take(f, "ours");
    they_have(f, event_text_of(f, "Base", 9));
    assert_ok(f, undo(f));
    assert_string_equal(get_event(f, id).state, "validated");
    assert_content(f, event_text_of(f, "Ours", 9), "merged");
}

/* Bases belong to a repository: those of another one are not put back. */
static void test_undo_refused_elsewhere(void **state)
{
    struct fixture *f = *state;
    struct store_repository other = {.url = "https://git.example.org/fork",
                                     .branch = "main",
                                     .events_dir = "",
                                     .imported_commit = "",
                                     .head_commit = "",
                                     .new_event_format = "",
                                     .remote_error = ""};

    open_conflict(f, event_text_of(f, "Base", 5), event_text_of(f, "Ours", 5), event_text_of(f, "Theirs", 7));
    take(f, "ours");
    begin(f);
    assert_ok(f, store_repository_put(f->s, &other, &f->e));
    assert_ok(f, store_setting_set(f->s, "base_repository", arena_printf(f->a, "%lld", (long long)other.id),
                                   &f->e));
    commit(f);
    assert_int_equal(undo(f), ERR_NOTHING_TO_DO);
    assert_non_null(strstr(f->e.message, "another repository"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_decision_and_back),
        cmocka_unit_test_setup_teardown(test_a_written_event, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_refused_as_a_whole, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_stale, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_undo_of_what_was_validated, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_undo_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_undo_refused_when_it_went_out, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_undo_refused_elsewhere, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_undo_with_the_repository_of_now, fixture_open, fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
