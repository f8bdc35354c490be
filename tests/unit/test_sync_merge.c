// link: core_pr core_sync core_forge core_git core_store core_event core_util
/*
 * What an import makes of events that changed here, in the repository, or both: all kinds of change in one table, one
 * event each, brought by one real commit.
 */
#include "tests/unit/merge_import_fixture.h"

/* Sides are the members of the event behind id and date; NULL: it is not there. */
struct kind {
    const char *name;
    const char *base, *ours, *theirs;
    const char *state;    /* afterwards; "": not there */
    const char *result;   /* content; NULL: as ours */
    const char *conflict; /* fields that conflict, JSON */
    const char *merged;   /* fields that came in, JSON; NULL: not told */
};

#define S(url, outlet) "{\"title\":\"S\",\"url\":\"https://example.org/" url "\",\"outlet\":\"" outlet "\"}"
#define T "\"title\":\"A title\""

static const struct kind kinds[] = {
    {"only there", T, T, "\"title\":\"Theirs\"", "merged", "\"title\":\"Theirs\"", NULL, NULL},
    {"only here", T, "\"title\":\"Ours\"", T, "validated", NULL, NULL, NULL},
    {"both the same", T, "\"title\":\"Same\"", "\"title\":\"Same\"", "merged", NULL, NULL, NULL},
    {"different fields", T ",\"importance\":5", "\"title\":\"Ours\",\"importance\":5", T ",\"importance\":7",
     "validated", "\"title\":\"Ours\",\"importance\":7", NULL, "[\"importance\"]"},
    {"the same field", T, "\"title\":\"Ours\"", "\"title\":\"Theirs\"", "conflict", NULL, "[\"title\"]",
     NULL},
    {"a field and another one", T ",\"importance\":5", "\"title\":\"Ours\",\"importance\":5",
     "\"title\":\"Theirs\",\"importance\":7", "conflict", NULL, "[\"title\"]", NULL},
    {"tags", T ",\"tags\":[\"a\",\"b\"]", T ",\"tags\":[\"a\",\"b\",\"ours\"]",
     T ",\"tags\":[\"b\",\"theirs\"]", "validated", T ",\"tags\":[\"b\",\"ours\",\"theirs\"]", NULL,
     "[\"tags\"]"},
    {"two sources", T ",\"sources\":[" S("1", "X") "," S("2", "X") "]",
     T ",\"sources\":[" S("1", "Ours") "," S("2", "X") "]",
     T ",\"sources\":[" S("1", "X") "," S("2", "Theirs") "]", "validated",
     T ",\"sources\":[" S("1", "Ours") "," S("2", "Theirs") "]", NULL, "[\"sources\"]"},
    {"one source", T ",\"sources\":[" S("1", "X") "]", T ",\"sources\":[" S("1", "Ours") "]",
     T ",\"sources\":[" S("1", "Theirs") "]", "conflict", NULL, "[\"sources\"]", NULL},
    {"lines of a text", T ",\"summary\":\"one\\ntwo\\nthree\"", T ",\"summary\":\"ours\\ntwo\\nthree\"",
     T ",\"summary\":\"one\\ntwo\\ntheirs\"", "validated", T ",\"summary\":\"ours\\ntwo\\ntheirs\"", NULL,
     "[\"summary\"]"},
    {"the same line", T ",\"summary\":\"one\\ntwo\"", T ",\"summary\":\"ours\\ntwo\"",
     T ",\"summary\":\"theirs\\ntwo\"", "conflict", NULL, "[\"summary\"]", NULL},
    {"unknown keys", T, T ",\"x_ours\":{\"a\":[1]}", T ",\"x_theirs\":null", "validated",
     T ",\"x_theirs\":null,\"x_ours\":{\"a\":[1]}", NULL, "[\"x_theirs\"]"},
    {"a field taken away here, changed there", T ",\"importance\":5", T, T ",\"importance\":7", "conflict",
     NULL, "[\"importance\"]", NULL},
    {"a field taken away there, another changed here", T ",\"importance\":5",
     "\"title\":\"Ours\",\"importance\":5", T, "validated", "\"title\":\"Ours\"", NULL, "[\"importance\"]"},
    {"ours is part of theirs", T ",\"importance\":5", "\"title\":\"New\",\"importance\":5",
     "\"title\":\"New\",\"importance\":7", "merged", "\"title\":\"New\",\"importance\":7", NULL,
     "[\"importance\"]"},
    {"theirs is part of ours", T ",\"importance\":5", "\"title\":\"New\",\"importance\":7",
     "\"title\":\"New\",\"importance\":5", "validated", NULL, NULL, NULL},
    {"removed there", T, T, NULL, "", NULL, NULL, NULL},
    {"removed there, changed here", T, "\"title\":\"Ours\"", NULL, "conflict", NULL, "[]", NULL},
    {"removed here", T, NULL, T, "validated", NULL, NULL, NULL},
    {"removed here, changed there", T, NULL, "\"title\":\"Theirs\"", "conflict", NULL, "[]", NULL},
    {"removed on both sides", T, NULL, NULL, "", NULL, NULL, NULL},
    {"added here", NULL, T, NULL, "validated", NULL, NULL, NULL},
    {"added there", NULL, NULL, T, "merged", T, NULL, NULL},
    {"added alike", NULL, T, T, "merged", NULL, NULL, NULL},
    {"added with other fields", NULL, T ",\"x_ours\":1", T ",\"x_theirs\":2", "validated",
     T ",\"x_theirs\":2,\"x_ours\":1", NULL, "[\"x_theirs\"]"},
    {"added differently", NULL, "\"title\":\"Ours\"", "\"title\":\"Theirs\"", "conflict", NULL, "[\"title\"]",
     NULL},
    {"worse than both", T ",\"importance\":5,\"actors\":[\"A\"]", T ",\"actors\":[\"A\"]",
     T ",\"importance\":5", "draft", T, NULL, "[\"actors\"]"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *id_of(struct fixture *f, size_t i)
{
    return arena_printf(f->arena, "2025-02-01--kind-%zu", i);
}

static const char *whole(struct fixture *f, size_t i, const char *members)
{
    return members
               ? arena_printf(f->arena, "{\"id\":\"%s\",\"date\":\"2025-02-01\",%s}", id_of(f, i), members)
               : NULL;
}

static bool edited_here(const struct kind *k)
{
    if (!k->ours || !k->base)
        return k->ours || k->base;
    return strcmp(k->ours, k->base) != 0;
}

static const char *merged_fields(struct fixture *f, struct json_object *report, const char *id)
{
    struct json_object *list = jx_get(report, "merged");

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *row = json_object_array_get_idx(list, i);

        if (strcmp(jx_get_text(row, "id"), id) == 0)
            return jx_text(f->arena, jx_get(row, "fields"));
    }
    return "none";
}

static void check_conflict(struct fixture *f, size_t i)
{
    const struct kind *k = &kinds[i];
    struct store_conflict row;

    must(f, store_conflict_get(f->store, f->arena, id_of(f, i), &row, &f->e));
    assert_string_equal(row.fields, k->conflict);
    assert_int_equal(row.base != NULL, k->base != NULL);
    assert_int_equal(row.theirs != NULL, k->theirs != NULL);
    if (k->base)
        assert_same(f, row.base, whole(f, i, k->base), k->name);
    if (k->theirs)
        assert_same(f, row.theirs, whole(f, i, k->theirs), k->name);
}

static void check_kind(struct fixture *f, struct json_object *report, size_t i)
{
    const struct kind *k = &kinds[i];
    const char *id = id_of(f, i);
    const char *content = k->result ? k->result : k->ours ? k->ours : k->base;
    struct store_event event;

    if (strcmp(state_of(f, id), k->state) != 0)
        fail_msg("%s: %s instead of %s", k->name, state_of(f, id), k->state);
    if (strcmp(merged_fields(f, report, id), k->merged ? k->merged : "none") != 0)
        fail_msg("%s: %s came in", k->name, merged_fields(f, report, id));
    if (!k->state[0])
        return;
    event = event_of(f, id);
    assert_same(f, event.content, whole(f, i, content), k->name);
    assert_int_equal(event.removed, k->ours == NULL && k->base != NULL);
    if (k->conflict)
        check_conflict(f, i);
    else if (k->theirs)
        assert_string_equal(event.base_hash, event_hash(f->arena, parsed(f, whole(f, i, k->theirs))));
    else
        assert_string_equal(event.base_hash, "");
}

/* Import again, whatever way: nothing more happens. */
static void check_rest(struct fixture *f)
{
    struct sync_import_options options = {.force = true, .confirm_deletions = true};
    struct json_object *report = NULL;

    must(f, timeline_sync_import_from_repo(&f->sync, &options, &report, &f->e));
    assert_int_equal(jx_get_int(report, "updated", -1), 0);
    assert_int_equal(jx_get_int(report, "deleted", -1), 0);
    assert_int_equal(json_object_array_length(jx_get(report, "merged")), 0);
    for (size_t i = 0; i < KINDS; i++)
        assert_string_equal(state_of(f, id_of(f, i)), kinds[i].state);
}

static void every_kind_of_change(void **state)
{
    struct fixture *f = *state;
    struct json_object *report;

    for (size_t i = 0; i < KINDS; i++)
        their_file(f, id_of(f, i), whole(f, i, kinds[i].base));
    push(f);
    import(f);
    for (size_t i = 0; i < KINDS; i++)
        if (edited_here(&kinds[i]))
            save_validated(f, id_of(f, i), whole(f, i, kinds[i].ours));
    for (size_t i = 0; i < KINDS; i++)
        their_file(f, id_of(f, i), whole(f, i, kinds[i].theirs));
    push(f);
    report = import(f);
    for (size_t i = 0; i < KINDS; i++)
        check_kind(f, report, i);
    check_rest(f);
}

/* ---- one event whose repository goes on */

static void open_conflict(struct fixture *f)
{
    they_have(f, members(f, "Base", 5));
    save_validated(f, ALPHA, members(f, "Ours", 5));
    they_have(f, members(f, "Theirs", 5));
    assert_event_state(f, ALPHA, "conflict");
}

static struct store_conflict conflict_of(struct fixture *f)
{
    struct store_conflict row;

    must(f, store_conflict_get(f->store, f->arena, ALPHA, &row, &f->e));
    return row;
}

static void upstream_changes_again(void **state)
{
    struct fixture *f = *state;
    int64_t opened;

    open_conflict(f);
    opened = conflict_of(f).opened_at_us;
    they_have(f, members(f, "Theirs again", 6));
    assert_same(f, conflict_of(f).base, members(f, "Base", 5), "base");
    assert_same(f, conflict_of(f).theirs, members(f, "Theirs again", 6), "theirs");
    assert_int_equal(conflict_of(f).opened_at_us, opened);
    they_have(f, NULL);
    assert_null(conflict_of(f).theirs);
    assert_same(f, conflict_of(f).base, members(f, "Base", 5), "base");
    assert_string_equal(conflict_of(f).fields, "[]");
    they_have(f, members(f, "Theirs", 5));
    assert_string_equal(conflict_of(f).fields, "[\"title\"]");
    assert_int_equal(pending_count(f), 0);
}

static void upstream_settles_it(void **state)
{
    static const struct {
        const char *title; /* theirs in the end */
        int importance;
        const char *state;
        int merged; /* importance here in the end */
    } ends[] = {{"Base", 5, "validated", 5},
                {"Base", 7, "validated", 7},
                {"Ours", 5, "merged", 5},
                {"Ours", 8, "merged", 8}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        open_conflict(f);
        they_have(f, members(f, ends[i].title, ends[i].importance));
        assert_event_state(f, ALPHA, ends[i].state);
        assert_same(f, event_of(f, ALPHA).content, members(f, "Ours", ends[i].merged), "content");
        assert_int_equal(store_conflict_get(f->store, f->arena, ALPHA, &(struct store_conflict){0}, &f->e),
                         ERR_NOT_FOUND);
        they_have(f, NULL);
        if (str_eq(state_of(f, ALPHA), "conflict"))
            save(f, ALPHA, NULL);
        assert_string_equal(state_of(f, ALPHA), "");
    }
}

/* People may go on editing while a conflict is open, and what they write may settle it. */
static void an_edit_settles_it(void **state)
{
    struct fixture *f = *state;

    open_conflict(f);
    save(f, ALPHA, members(f, "Ours again", 5));
    assert_event_state(f, ALPHA, "conflict");
    assert_same(f, conflict_of(f).ours, members(f, "Ours again", 5), "ours");
    they_have(f, members(f, "Theirs", 9));
    save(f, ALPHA, members(f, "Base", 5));
    assert_event_state(f, ALPHA, "merged");
    assert_same(f, event_of(f, ALPHA).content, members(f, "Theirs", 9), "theirs came in");

    they_have(f, members(f, "Base", 5));
    open_conflict(f);
    they_have(f, members(f, "Theirs", 9));
    save(f, ALPHA, members(f, "Theirs", 2));
    assert_event_state(f, ALPHA, "conflict");
    assert_string_equal(conflict_of(f).fields, "[\"importance\"]");
    save(f, ALPHA,
         arena_printf(f->arena, "{\"id\":\"" ALPHA "\",\"date\":\"2025-01-02\",\"title\":\"Theirs\","
                                "\"importance\":5,\"tags\":[\"x\"]}"));
    assert_event_state(f, ALPHA, "draft");
    assert_int_equal(jx_get_int(parsed(f, event_of(f, ALPHA).content), "importance", 0), 9);
}

static void removing_settles_it(void **state)
{
    struct fixture *f = *state;

    open_conflict(f);
    save(f, ALPHA, NULL);
    assert_event_state(f, ALPHA, "conflict");
    assert_null(conflict_of(f).ours);
    they_have(f, NULL);
    assert_string_equal(state_of(f, ALPHA), "");
}

/* Added on both sides and removed here again: the repository still has it, so a person is asked. */
static void added_on_both_sides_and_removed(void **state)
{
    struct fixture *f = *state;

    save(f, ALPHA, members(f, "Ours", 5));
    they_have(f, members(f, "Theirs", 5));
    assert_event_state(f, ALPHA, "conflict");
    save(f, ALPHA, NULL);
    assert_event_state(f, ALPHA, "conflict");
    they_have(f, NULL);
    assert_string_equal(state_of(f, ALPHA), "");
}

/* Two good events that would make one too large for a file. */
static const char *large(struct fixture *f, const char *key)
{
    char *fill = arena_alloc(f->arena, 600001);

    memset(fill, 'x', 600000);
    return arena_printf(
        f->arena, "{\"id\":\"" ALPHA "\",\"date\":\"2025-01-02\",\"title\":\"T\",\"%s\":\"%s\"}", key, fill);
}

static void too_large_together(void **state)
{
    struct fixture *f = *state;
    struct conflict_resolver_conflict c;

    they_have(f, "{\"id\":\"" ALPHA "\",\"date\":\"2025-01-02\",\"title\":\"T\"}");
    save_validated(f, ALPHA, large(f, "ours"));
    they_have(f, large(f, "theirs"));
    assert_event_state(f, ALPHA, "conflict");
    must(f, conflict_resolver_look(f->store, f->arena, ALPHA, &c, &f->e));
    assert_true(c.whole);
    assert_string_equal(c.kind, "fields");
}

/* A file that cannot be read any more keeps what it last held, and a conflict about it. */
static void a_file_that_breaks(void **state)
{
    struct fixture *f = *state;

    open_conflict(f);
    they_have(f, "{\"id\":");
    assert_event_state(f, ALPHA, "conflict");
    assert_same(f, conflict_of(f).theirs, members(f, "Theirs", 5), "theirs");
    they_have(f, members(f, "Base", 6));
    assert_event_state(f, ALPHA, "validated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(upstream_changes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(upstream_settles_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_edit_settles_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removing_settles_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added_on_both_sides_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_large_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_breaks, set_up, tear_down),
    };

    pr_test_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
