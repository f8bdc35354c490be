// link: core_service core_auth core_store core_config core_event core_util
/* Adding, editing, removing, restoring, and the history of events. */
#include "tests/unit/write_fixture.h"

#include "core/store/store_internal.h"

static const char opens[] = "{'date':'1901-02-03','title':'Harbour opens','tags':['sea']}";
static const char with_id[] =
    "{'id':'" HARBOUR "','date':'1901-02-03','title':'Harbour opens','tags':['sea']}";
static const char edited[] =
    "{'id':'" HARBOUR "','date':'1901-02-03','title':'The harbour opens','tags':['sea','trade']}";

static void test_add_proposes_an_id(void **state)
{
    struct desk *d = *state;

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_view(d, "id", "'" HARBOUR "'");
    assert_view(d, "revision", "1");
    assert_view(d, "unchanged", "false");
    assert_view(d, "removed", "false");
    assert_view(d, "base_changes", "null");
    assert_string_equal(jx_get_text(jx_get(d->view, "event"), "id"), HARBOUR);
    assert_int_equal(write_fields(d, NULL, 0, opens), ERR_EXISTS);
    assert_string_equal(problem_fields(d), "id ");
    assert_int_equal(write_bytes(d, NULL, 0, "---\ndate: 1901-02-03\ntitle: Harbour opens\n---\n"),
                     ERR_EXISTS);
}

static void test_fields_at_fault_are_named(void **state)
{
    static const struct {
        const char *json, *problems;
    } cases[] = {
        {"{}", "date title "},
        {"{'date':'','title':' '}", "date title "},
        {"{'date':'1901','title':'x'}", "date "},
        {"{'date':'1901-02-30','title':'x'}", "date "},
        {"{'id':'1901-02-03--x','date':'1901','title':'x'}", ""},
        {"{'id':'Odd Id','date':'1901-02-03','title':'x'}", "id "},
        {"{'id':[1],'date':{},'title':'x'}", "id date "},
        {"{'date':'1901-02-03','title':'a\\u202eb'}", "title "},
        {"{'date':'1901-02-03','title':'a\\u0007b'}", "title "},
        {"{'date':'1901-02-03','title':7}", ""},
        {"{'id':'a\\nb','date':'19\\u009b','title':'x'}", "id date "},
    };
    struct desk *d = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err_code code = preview_fields(d, NULL, cases[i].json);

        assert_int_equal(code, *cases[i].problems ? ERR_INVALID_FIELDS : ERR_OK);
        if (strcmp(problem_fields(d), cases[i].problems) != 0)
            fail_msg("%s: %s", cases[i].json, problem_fields(d));
    }
    assert_int_equal(write_bytes(d, NULL, 0, "{\n\"date\": \"1901-02-03\"}"), ERR_INVALID_EVENT);
    assert_int_equal(d->e.line, 1);
    assert_int_equal(write_bytes(d, NULL, 0, "---\ndate: 1901-02-03\ntitle: a\nid: Odd\n---\n"),
                     ERR_INVALID_EVENT);
    assert_int_equal(d->e.line, 4);
}

static void test_too_large_is_refused(void **state)
{
    struct desk *d = *state;
    struct json_object *fields = parsed(d, opens);
    struct json_object *list = json_object_new_array();
    const struct service_draft draft = {.fields = fields};

    /* Less than 1 MiB in one line, but more with a line for each. */
    for (int i = 0; i < 200000; i++)
        jx_push(list, json_object_new_int(1));
    jx_set(fields, "numbers", list);
    anew(d);
    assert_int_equal(service_event_write(d->s, &draft, &d->view, &d->e), ERR_TOO_LARGE);
    /* Small enough, but more values than a Markdown file can hold. */
    json_object_array_del_idx(list, 60000, 140000);
    anew(d);
    assert_int_equal(service_event_write(d->s, &draft, &d->view, &d->e), ERR_TOO_LARGE);
    json_object_array_del_idx(list, 40000, 20000);
    anew(d);
    assert_done(d, service_event_write(d->s, &draft, &d->view, &d->e));
}

static void test_edit_makes_a_revision(void **state)
{
    struct desk *d = *state;

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_done(d, write_fields(d, HARBOUR, 1, edited));
    assert_view(d, "revision", "2");
    assert_view(d, "unchanged", "false");
    assert_done(d, write_fields(d, HARBOUR, 2, edited));
    assert_view(d, "revision", "2");
    assert_view(d, "unchanged", "true");
    /* Without an id inside, it keeps its own; in front. */
    assert_done(d, write_fields(d, HARBOUR, 0, opens));
    assert_view(d, "event", with_id);
    assert_int_equal(
        write_fields(d, HARBOUR, 0, "{'id':'1901-02-03--other','date':'1901-02-03','title':'x'}"),
        ERR_INVALID_FIELDS);
    assert_string_equal(problem_fields(d), "id ");
    assert_int_equal(write_bytes(d, HARBOUR, 0, "---\ndate: 1901-02-03\ntitle: a\nid: other\n---\n"),
                     ERR_INVALID_EVENT);
    assert_int_equal(write_fields(d, "no-such-event", 0, opens), ERR_NOT_FOUND);
    assert_done(d, history(d, HARBOUR));
    assert_int_equal(json_object_array_length(jx_get(d->view, "revisions")), 3);
}

static void test_stale_shows_both(void **state)
{
    struct desk *d = *state;
    const char *mine = "{'id':'" HARBOUR "','date':'1901-02-03','title':'Harbour opens','tags':['mine']}";

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_done(d, write_fields(d, HARBOUR, 1, edited));
    assert_int_equal(write_fields(d, HARBOUR, 1, mine), ERR_STALE);
    assert_view(d, "success", "false");
    assert_view(d, "code", "'stale'");
    assert_view(d, "revision", "2");
    assert_view(d, "updated_by", "'ann'");
    assert_view(d, "event", edited);
    assert_view(d, "yours", mine);
    assert_view(d, "since",
                "[{'field':'title','kind':'changed','from':'Harbour opens','to':'The harbour opens'},"
                "{'field':'tags','kind':'changed','from':['sea'],'to':['sea','trade'],'added':['trade'],"
                "'removed':[]}]");
    assert_int_equal(json_object_array_length(jx_get(d->view, "changes")), 2);
    assert_int_equal(write_fields(d, HARBOUR, 7, mine), ERR_STALE);
    assert_view(d, "since", "null");
    /* What is there already has not to be written again. */
    assert_done(d, write_fields(d, HARBOUR, 1, edited));
    assert_view(d, "unchanged", "true");
    assert_done(d, show(d, HARBOUR));
    assert_view(d, "event", edited);
    assert_int_equal(delete_event(d, HARBOUR, 1), ERR_STALE);
    assert_view(d, "yours", "null");
    assert_int_equal(restore(d, HARBOUR, 1, 1), ERR_STALE);
    assert_view(d, "yours", with_id);
    assert_done(d, restore(d, HARBOUR, 1, 2));
    assert_view(d, "revision", "3");
    assert_view(d, "event", with_id);
}

static void test_an_edit_goes_back_to_review(void **state)
{
    struct desk *d = *state;
    const struct service_verdict verdict = {.status = "validated", .score = 9};

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_done(d, service_event_validate(d->s, HARBOUR, &verdict, &d->view, &d->e));
    assert_view(d, "state", "'validated'");
    assert_done(d, write_fields(d, HARBOUR, 0, with_id));
    assert_view(d, "state", "'validated'");
    assert_done(d, write_fields(d, HARBOUR, 0, edited));
    assert_view(d, "state", "'draft'");
}

static void test_imported_ids_stay_as_they_are(void **state)
{
    struct desk *d = *state;

    import_event(d, "Odd Id_1", "{'id':'Odd Id_1','date':'1901','title':'Odd'}");
    assert_done(d, write_fields(d, "Odd Id_1", 1, "{'date':'1901','title':'Odder'}"));
    assert_view(d, "event", "{'id':'Odd Id_1','date':'1901','title':'Odder'}");
    assert_view(d, "change", "'changed'");
    assert_view(d, "base_changes", "[{'field':'title','kind':'changed','from':'Odd','to':'Odder'}]");
    /* One whose file says its id by its name alone gets none inside. */
    import_event(d, "nameless", "{'date':'1901-01-01','title':'Nameless'}");
    assert_done(d, write_fields(d, "nameless", 1, "{'date':'1901-01-01','title':'Named'}"));
    assert_view(d, "event", "{'date':'1901-01-01','title':'Named'}");
    assert_done(d, write_fields(d, "nameless", 2, "{'date':'1901-01-01','title':'Nameless'}"));
    assert_view(d, "state", "'merged'");
    assert_view(d, "base_changes", "null");
}

static void test_removal_waits_where_the_repository_has_it(void **state)
{
    struct desk *d = *state;

    import_event(d, HARBOUR, with_id);
    assert_done(d, delete_event(d, HARBOUR, 1));
    assert_view(d, "removed", "'pending'");
    assert_view(d, "change", "'removed'");
    assert_view(d, "state", "'draft'");
    assert_done(d, delete_event(d, HARBOUR, 2));
    assert_view(d, "unchanged", "true");
    assert_view(d, "revision", "2");
    assert_done(d, show(d, HARBOUR));
    assert_view(d, "removed", "true");
    assert_int_equal(write_fields(d, NULL, 0, with_id), ERR_EXISTS);
    /* Both take it back, also with the very content. */
    assert_done(d, restore(d, HARBOUR, 0, 2));
    assert_view(d, "removed", "false");
    assert_view(d, "state", "'merged'");
    assert_view(d, "revision", "3");
    assert_int_equal(restore(d, HARBOUR, 0, 3), ERR_NOTHING_TO_DO);
    assert_done(d, delete_event(d, HARBOUR, 0));
    assert_done(d, write_fields(d, HARBOUR, 4, with_id));
    assert_view(d, "unchanged", "false");
    assert_view(d, "removed", "false");
    assert_view(d, "revision", "5");
}

static void test_what_is_gone_can_come_back(void **state)
{
    struct desk *d = *state;

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_done(d, write_fields(d, HARBOUR, 0, edited));
    assert_done(d, delete_event(d, HARBOUR, 2));
    assert_view(d, "removed", "'gone'");
    assert_int_equal(show(d, HARBOUR), ERR_NOT_FOUND);
    assert_non_null(strstr(d->e.message, "restored"));
    assert_int_equal(write_fields(d, HARBOUR, 2, edited), ERR_NOT_FOUND);
    assert_int_equal(delete_event(d, HARBOUR, 0), ERR_NOT_FOUND);
    assert_done(d, history(d, HARBOUR));
    assert_view(d, "gone", "true");
    assert_view(d, "title", "'The harbour opens'");
    assert_int_equal(restore(d, HARBOUR, 1, 2), ERR_STALE);
    assert_view(d, "event", "null");
    assert_done(d, restore(d, HARBOUR, 0, 0));
    assert_view(d, "event", edited);
    assert_view(d, "revision", "4");
    assert_view(d, "change", "'added'");
    assert_done(d, restore(d, HARBOUR, 1, 0));
    assert_view(d, "event", with_id);
    assert_int_equal(restore(d, HARBOUR, 9, 0), ERR_NOT_FOUND);
    assert_int_equal(restore(d, "no-such-event", 0, 0), ERR_NOT_FOUND);
    assert_int_equal(restore(d, HARBOUR, -1, 0), ERR_INVALID_INPUT);
}

/* A row that another tool's table refers to stays in the database, and is gone for people all the same. */
static void test_what_is_kept_for_others_is_gone_too(void **state)
{
    const struct service_verdict verdict = {.status = "validated", .score = 9};
    struct desk *d = *state;

    assert_ok(d->f, store_begin(d->s->store, 1000, &d->f->e));
    assert_ok(d->f,
              store_exec(d->s->store,
                         "CREATE TABLE theirs (event TEXT REFERENCES timeline_events (id));"
                         "INSERT INTO timeline_events (id, json_content, file_path, file_hash) "
                         "VALUES ('1901-02-03--kept', '{\"id\":\"1901-02-03--kept\",\"date\":\"1901-02-03\","
                         "\"title\":\"Kept\"}', '', '');"
                         "INSERT INTO theirs VALUES ('1901-02-03--kept')",
                         &d->f->e));
    assert_ok(d->f, store_commit(d->s->store, &d->f->e));
    assert_done(d, show(d, "1901-02-03--kept"));
    assert_done(d, delete_event(d, "1901-02-03--kept", 1));
    assert_view(d, "removed", "'gone'");
    assert_int_equal(show(d, "1901-02-03--kept"), ERR_NOT_FOUND);
    assert_int_equal(delete_event(d, "1901-02-03--kept", 0), ERR_NOT_FOUND);
    assert_int_equal(write_fields(d, "1901-02-03--kept", 0, opens), ERR_NOT_FOUND);
    assert_int_equal(service_event_validate(d->s, "1901-02-03--kept", &verdict, &d->view, &d->e),
                     ERR_NOT_FOUND);
    assert_done(d, preview_fields(d, NULL, "{'date':'1901-02-03','title':'Kept'}"));
    assert_view(d, "duplicates", "[]");
    assert_view(d, "current", "null");
    assert_done(d, history(d, "1901-02-03--kept"));
    assert_view(d, "gone", "true");
    assert_done(d, restore(d, "1901-02-03--kept", 0, 0));
    assert_view(d, "revision", "3");
    assert_view(d, "state", "'draft'");
    assert_done(d, delete_event(d, "1901-02-03--kept", 0));
    assert_done(d, write_fields(d, NULL, 0, "{'date':'1901-02-03','title':'Kept'}"));
    assert_view(d, "revision", "5");
}

static void test_history_is_field_by_field(void **state)
{
    struct desk *d = *state;

    assert_done(d, write_fields(d, NULL, 0, opens));
    assert_done(d, write_fields(d, HARBOUR, 0, edited));
    assert_done(d, delete_event(d, HARBOUR, 0));
    assert_done(d, restore(d, HARBOUR, 1, 0));
    assert_done(d, history(d, HARBOUR));
    assert_view(d, "gone", "false");
    assert_view(d, "next_cursor", "null");
    static const struct {
        const char *reason;
        int64_t changes; /* -1: null */
        bool removed, current;
    } rows[] = {{"restore", 2, false, true},
                {"delete", 0, true, false},
                {"edit", 2, false, false},
                {"add", -1, false, false}};
    struct json_object *list = jx_get(d->view, "revisions");

    assert_int_equal(json_object_array_length(list), 4);
    for (size_t i = 0; i < 4; i++) {
        struct json_object *row = json_object_array_get_idx(list, i);
        struct json_object *changes = jx_get(row, "changes");

        assert_int_equal(jx_get_int(row, "revision", 0), 4 - i);
        assert_string_equal(jx_get_text(row, "reason"), rows[i].reason);
        assert_string_equal(jx_get_text(row, "author"), "ann");
        assert_int_equal(changes ? (int64_t)json_object_array_length(changes) : -1, rows[i].changes);
        assert_int_equal(jx_get_bool(row, "removed", false), rows[i].removed);
        assert_int_equal(jx_get_bool(row, "current", false), rows[i].current);
    }
    anew(d);
    assert_done(d, service_event_revision(d->s, HARBOUR, 2, &d->view, &d->e));
    assert_view(d, "event", edited);
    assert_view(d, "current_revision", "4");
    assert_int_equal(json_object_array_length(jx_get(d->view, "to_now")), 2);
    assert_int_equal(service_event_revision(d->s, HARBOUR, 5, &d->view, &d->e), ERR_NOT_FOUND);
    assert_int_equal(service_event_revision(d->s, HARBOUR, 0, &d->view, &d->e), ERR_NOT_FOUND);
    assert_int_equal(service_event_revision(d->s, HARBOUR, INT64_MAX, &d->view, &d->e), ERR_NOT_FOUND);
    assert_int_equal(history(d, "no-such-event"), ERR_NOT_FOUND);
}

static void test_history_is_paged(void **state)
{
    struct desk *d = *state;
    struct service_list_args args = {.limit = 7};
    int64_t expected = 50;
    size_t pages = 0;

    assert_done(d, write_fields(d, NULL, 0, opens));
    for (int i = 2; i <= 50; i++)
        assert_done(d, write_fields(d, HARBOUR, i - 1,
                                    arena_printf(d->f->a, "{'date':'1901-02-03','title':'T%d'}", i)));
    do {
        struct json_object *list;

        anew(d);
        assert_done(d, service_event_history(d->s, HARBOUR, &args, &d->view, &d->e));
        list = jx_get(d->view, "revisions");
        for (size_t i = 0; i < json_object_array_length(list); i++, expected--) {
            struct json_object *row = json_object_array_get_idx(list, i);

            assert_int_equal(jx_get_int(row, "revision", 0), expected);
            assert_int_equal(jx_get(row, "changes") == NULL, expected == 1);
        }
        args.cursor = jx_get_text(d->view, "next_cursor");
        pages++;
    } while (args.cursor);
    assert_int_equal(expected, 0);
    assert_int_equal(pages, 8);
    args.cursor = "x";
    assert_int_equal(service_event_history(d->s, HARBOUR, &args, &d->view, &d->e), ERR_INVALID_INPUT);
}

static void test_preview_changes_nothing(void **state)
{
    struct desk *d = *state;
    int64_t before;

    assert_done(d, preview_fields(d, NULL, opens));
    assert_view(d, "id", "'" HARBOUR "'");
    assert_view(d, "proposed_id", "true");
    assert_view(d, "new", "true");
    assert_view(d, "current", "null");
    assert_view(d, "duplicates", "[]");
    assert_int_equal(show(d, HARBOUR), ERR_NOT_FOUND);
    assert_done(d, write_fields(d, NULL, 0, opens));
    before = service_version(d->s);
    assert_done(d, preview_fields(d, NULL, opens));
    assert_string_equal(jx_get_text(json_object_array_get_idx(jx_get(d->view, "duplicates"), 0), "why"),
                        "id");
    assert_done(d, preview_fields(d, HARBOUR, edited));
    assert_view(d, "proposed_id", "false");
    assert_view(d, "new", "false");
    assert_view(d, "unchanged", "false");
    assert_view(d, "duplicates", "[]");
    assert_view(d, "current", arena_printf(d->f->a, "{'revision':1,'event':%s}", with_id));
    assert_int_equal(json_object_array_length(jx_get(d->view, "changes")), 2);
    assert_done(d, preview_fields(d, HARBOUR, with_id));
    assert_view(d, "unchanged", "true");
    assert_view(d, "changes", "[]");
    assert_int_equal(preview_fields(d, "no-such-event", opens), ERR_NOT_FOUND);
    assert_int_equal(service_version(d->s), before);
}

/* What a person writes while both sides disagree may settle it. */
static void test_an_open_conflict_is_looked_at_again(void **state)
{
    const char *ours = "{'id':'" HARBOUR "','date':'1901-02-03','title':'Ours','tags':['sea']}";
    const char *theirs = "{'id':'" HARBOUR "','date':'1901-02-03','title':'Theirs','tags':['sea']}";
    struct desk *d = *state;
    const struct store_conflict conflict = {.event_id = HARBOUR,
                                            .base = quoted(d, with_id),
                                            .ours = quoted(d, ours),
                                            .theirs = quoted(d, theirs),
                                            .fields = "[\"title\"]"};

    import_event(d, HARBOUR, with_id);
    assert_done(d, write_fields(d, HARBOUR, 1, ours));
    assert_ok(d->f, store_begin(d->s->store, 1000, &d->f->e));
    assert_ok(d->f, store_conflict_put(d->s->store, &conflict, &d->f->e));
    assert_ok(d->f, store_commit(d->s->store, &d->f->e));
    assert_done(d,
                write_fields(d, HARBOUR, 2,
                             "{'id':'" HARBOUR "','date':'1901-02-03','title':'Ours','tags':['sea','law']}"));
    assert_view(d, "state", "'conflict'");
    assert_done(d, write_fields(d, HARBOUR, 0, theirs));
    assert_view(d, "state", "'merged'");
    assert_done(d, restore(d, HARBOUR, 2, 0));
    assert_view(d, "state", "'draft'");
}

static void test_only_editors_write(void **state)
{
    struct desk *d = *state;
    const struct service_source source = {"x", "{}", 2};

    assert_done(d, write_fields(d, NULL, 0, opens));
    service_close(d->s);
    open_desk(d, SERVICE_WEB);
    assert_int_equal(write_fields(d, HARBOUR, 0, edited), ERR_UNAUTHENTICATED);
    assert_int_equal(preview_fields(d, HARBOUR, edited), ERR_UNAUTHENTICATED);
    assert_int_equal(delete_event(d, HARBOUR, 0), ERR_UNAUTHENTICATED);
    assert_int_equal(restore(d, HARBOUR, 1, 0), ERR_UNAUTHENTICATED);
    assert_int_equal(service_event_add_many(d->s, &source, 1, &d->view, &d->e), ERR_UNAUTHENTICATED);
    assert_done(d, show(d, HARBOUR));
    assert_view(d, "revision", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add_proposes_an_id, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_fields_at_fault_are_named, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_too_large_is_refused, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_edit_makes_a_revision, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_stale_shows_both, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_an_edit_goes_back_to_review, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_imported_ids_stay_as_they_are, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_removal_waits_where_the_repository_has_it, with_desk,
                                        desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_gone_can_come_back, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_kept_for_others_is_gone_too, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_history_is_field_by_field, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_history_is_paged, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_preview_changes_nothing, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_an_open_conflict_is_looked_at_again, with_desk, desk_close),
        cmocka_unit_test_setup_teardown(test_only_editors_write, with_desk, desk_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
