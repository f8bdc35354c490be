// link: core_store core_event core_util
#include "tests/unit/store_fixture.h"

#include <math.h>
#include <sqlite3.h>

#include "core/event/event.h"
#include "core/store/sql.h"
#include "core/store/store_event_internal.h"

static const char id_a[] = "2025-03-04--a";

static void run_sql(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static int64_t number(struct fixture *f, const char *sql)
{
    int64_t value = -1;

    assert_ok(f, store_number(f->s, sql, &value, &f->e));
    return value;
}

static void catch_up(struct fixture *f)
{
    int64_t left = -1;

    assert_ok(f, store_catch_up(f->s, 0, &left, &f->e));
    assert_int_equal(left, 0);
}

static int64_t found(struct fixture *f, const char *query)
{
    struct store_event_filter filter = {.query = query, .limit = 10};
    struct store_event_page page;

    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.n, page.total);
    return page.total;
}

static void test_put_and_get(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    struct store_revision *revisions;
    size_t n;

    assert_int_equal(store_event_get(f->s, f->a, id_a, &event, &f->e), ERR_NOT_FOUND);
    assert_non_null(strstr(f->e.message, id_a));
    assert_int_equal(put_event(f, id_a, "First", "ann", NULL), 1);
    event = get_event(f, id_a);
    assert_string_equal(event.title, "First");
    assert_string_equal(event.date, "2025-03-04");
    assert_string_equal(event.summary, "What First did");
    assert_string_equal(event.status, "confirmed");
    assert_int_equal(event.importance, 7);
    assert_string_equal(event.change, "added");
    assert_string_equal(event.state, "draft");
    assert_string_equal(event.updated_by, "ann");
    assert_true(event.auto_score >= 0 && event.auto_score <= 10);
    assert_true(event.quality_score == -1);
    assert_int_equal(put_event(f, id_a, "First", "ann", NULL), 1);
    assert_int_equal(put_event(f, id_a, "Second", "bob", NULL), 2);
    assert_ok(f, store_event_history(f->s, f->a, id_a, 10, &revisions, &n, &f->e));
    assert_int_equal(n, 2);
    assert_int_equal(revisions[0].revision, 2);
    assert_string_equal(revisions[0].author, "bob");
    assert_string_equal(revisions[1].author, "ann");
    assert_non_null(strstr(revisions[1].content, "First"));
    assert_int_equal(number(f, "SELECT count(*) FROM tl_change"), 0);
}

static void test_refused_writes(void **state)
{
    struct fixture *f = *state;
    struct store_event_write w = {.id = id_a, .content = "[1]", .author = "ann"};

    assert_int_equal(store_event_put(f->s, &w, NULL, &f->e), ERR_INVALID_INPUT);
    w.content = "{\"a\":1";
    begin(f);
    assert_int_equal(store_event_put(f->s, &w, NULL, &f->e), ERR_INVALID_INPUT);
    w.content = content_of(f, id_a, "2025-01-01", "x");
    w.expected_revision = 1;
    assert_int_equal(store_event_put(f->s, &w, NULL, &f->e), ERR_STALE);
    w.expected_revision = 0;
    assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    w.content = content_of(f, id_a, "2025-01-01", "y");
    w.expected_revision = 1;
    assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    assert_int_equal(store_event_put(f->s, &w, NULL, &f->e), ERR_STALE);
    assert_int_equal(store_event_set_base(f->s, "none", "", &f->e), ERR_NOT_FOUND);
    assert_int_equal(store_event_delete(f->s, "none", "ann", NULL, &f->e), ERR_NOT_FOUND);
    commit(f);
    assert_int_equal(store_event_set_base(f->s, id_a, "", &f->e), ERR_INTERNAL);
}

static void test_refused_verdicts(void **state)
{
    static const struct {
        const char *id;
        struct store_verdict verdict;
        enum err_code code;
    } table[] = {
        {"none", {"validated", 5, "", "ann"}, ERR_NOT_FOUND},
        {id_a, {"great", 5, "", "ann"}, ERR_INVALID_INPUT},
        {id_a, {NULL, 5, "", "ann"}, ERR_INVALID_INPUT},
        {id_a, {"validated", 10.5, "", "ann"}, ERR_INVALID_INPUT},
        {id_a, {"validated", -0.5, "", "ann"}, ERR_INVALID_INPUT},
        {id_a, {"validated", NAN, "", "ann"}, ERR_INVALID_INPUT},
        {id_a, {"validated", 10, NULL, "ann"}, ERR_OK},
    };
    struct fixture *f = *state;

    put_event(f, id_a, "First", "ann", NULL);
    begin(f);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(store_event_validate(f->s, table[i].id, &table[i].verdict, &f->e), table[i].code);
    commit(f);
}

/* From import to review to edit: each state in turn, and the counts with it. */
static void test_states(void **state)
{
    struct fixture *f = *state;
    const char *hash;
    struct store_event_counts counts;

    put_event(f, id_a, "First", "repository", "");
    hash = get_event(f, id_a).content_hash;
    put_event(f, id_a, "First", "repository", hash);
    assert_string_equal(get_event(f, id_a).state, "merged");
    put_event(f, id_a, "Edited", "ann", NULL);
    assert_string_equal(get_event(f, id_a).state, "draft");
    assert_string_equal(get_event(f, id_a).change, "changed");
    validate_event(f, id_a, "validated");
    assert_string_equal(get_event(f, id_a).state, "validated");
    assert_true(get_event(f, id_a).quality_score == 8.5);
    assert_true(get_event(f, id_a).validated_at_us > 0);
    put_event(f, id_a, "Edited again", "bob", NULL);
    assert_string_equal(get_event(f, id_a).state, "draft");
    assert_string_equal(get_event(f, id_a).validation_status, "pending");
    validate_event(f, id_a, "rejected");
    assert_string_equal(get_event(f, id_a).state, "rejected");
    begin(f);
    assert_ok(f, store_event_set_base(f->s, id_a, get_event(f, id_a).content_hash, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id_a).state, "merged");
    put_event(f, "2025-03-04--b", "Other", "ann", NULL);
    assert_ok(f, store_event_count(f->s, &counts, &f->e));
    assert_int_equal(counts.merged, 1);
    assert_int_equal(counts.draft, 1);
    assert_int_equal(counts.rejected, 0);
    assert_int_equal(counts.total, 2);
}

static void test_import_keeps_validation(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "First", "ann", NULL);
    validate_event(f, id_a, "validated");
    put_event(f, id_a, "From there", "repository", NULL);
    assert_string_equal(get_event(f, id_a).validation_status, "validated");
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.limit = 3};
    struct store_event_page page;
    char seen[16] = "";

    begin(f);
    for (int i = 0; i < 10; i++) {
        const char *id = arena_printf(f->a, "event-%c", 'a' + i);
        const char *date = arena_printf(f->a, "2025-01-%02d", 1 + i / 4);
        struct store_event_write w = {.id = id, .content = content_of(f, id, date, "T"), .author = "ann"};
        assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    }
    commit(f);
    do {
        assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
        assert_int_equal(page.total, strlen(seen) >= 3 ? 10 + (int)(strlen(seen) - 3) / 3 + 1 : 10);
        for (size_t i = 0; i < page.n; i++)
            strncat(seen, page.items[i].id + strlen("event-"), 1);
        assert_null(page.items[0].content);
        filter.cursor = page.next_cursor;
        /* What is written at the front meanwhile moves nothing. */
        put_event(f, arena_printf(f->a, "new-%zu", strlen(seen)), "N", "ann", NULL);
    } while (filter.cursor);
    assert_string_equal(seen, "ijefghabcd");
}

static void test_pages_of_a_state(void **state)
{
    struct fixture *f = *state;
    struct store_event_filter filter = {.limit = 1, .state = "validated"};
    struct store_event_page page;

    put_event(f, "one", "T", "ann", NULL);
    put_event(f, "two", "T", "ann", NULL);
    put_event(f, "three", "T", "ann", NULL);
    validate_event(f, "one", "validated");
    validate_event(f, "two", "validated");
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.total, 2);
    assert_string_equal(page.items[0].id, "one");
    filter.cursor = page.next_cursor;
    assert_ok(f, store_event_list(f->s, f->a, &filter, &page, &f->e));
    assert_int_equal(page.n, 1);
    assert_string_equal(page.items[0].id, "two");
    assert_null(page.next_cursor);
}

static void test_refused_lists(void **state)
{
    static const char *const cursors[] = {"", "0", "zz", "6161", "00", "0a", "6G"};
    struct fixture *f = *state;
    struct store_event_filter filter = {.state = "sleeping"};
    struct store_event_page page;

    assert_int_equal(store_event_list(f->s, f->a, &filter, &page, &f->e), ERR_INVALID_INPUT);
    filter.state = NULL;
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        filter.cursor = cursors[i];
        if (strcmp(cursors[i], "0a") == 0)
            continue; /* an empty date and id: nothing comes behind them */
        assert_int_equal(store_event_list(f->s, f->a, &filter, &page, &f->e), ERR_INVALID_INPUT);
    }
}

static void test_search(void **state)
{
    static const struct {
        const char *query;
        int64_t matches;
    } cases[] = {
        {"harbour", 1},
        {"HARBOUR", 1},
        {"Häfen", 1},
        {"hafen", 1},
        {"harb", 0},
        {"harb*", 1},
        {"\"ann example\"", 2},
        {"\"example ann\"", 0},
        {"ann bob", 2},
        {"ann nobody", 0},
        {"daily", 2},
        {"money", 2},
        {"\"harbour so\"*", 1},
        {"", 0},
        {"   ", 0},
        {"\"", 0},
        {"\"\"", 0},
        {"*", 0},
        {"AND", 0},
        {"NOT harbour", 0},
        {"title:harbour", 0},
        {"harbour OR money", 0},
        {"(harbour)", 1},
        {"-harbour", 1},
        {"^harbour", 1},
        {"{title}", 0},
        {"NEAR(ann bob)", 0},
        {"har'bour", 0},
        {"harbour;", 1},
        {"\xff\xfe", 0},
        {"harbour \xe2\x80\x94", 1},
        {"\xe2\x80\x94", 0},
        {"harbour\"sold", 1},
        {"tl_search", 0},
        {"rank", 0},
        {"a+b", 0},
    };
    struct fixture *f = *state;

    put_event(f, id_a,
              "Harbour sold, H\xc3\xa4"
              "fen",
              "ann", NULL);
    put_event(f, "2025-03-04--b", "Other", "ann", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t matches = found(f, cases[i].query);
        if (matches != cases[i].matches)
            print_error("query %s\n", cases[i].query);
        assert_int_equal(matches, cases[i].matches);
    }
}

static void test_search_follows_edits(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "Harbour", "ann", NULL);
    put_event(f, id_a, "Airport", "ann", NULL);
    assert_int_equal(found(f, "harbour"), 0);
    assert_int_equal(found(f, "airport"), 1);
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "ann", NULL, &f->e));
    assert_int_equal(found(f, "airport"), 0);
    commit(f);
    assert_int_equal(found(f, "airport"), 0);
    put_event(f, id_a, "Airport", "ann", NULL);
    assert_int_equal(found(f, "airport"), 1);
    assert_int_equal(get_event(f, id_a).revision, 4); /* the removal was the third */
}

/* An index that disagrees with the rows is made anew, and nothing else fails. */
static void test_search_mends_itself(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "Harbour", "ann", NULL);
    put_event(f, "2025-03-04--b", "Station", "ann", NULL);
    run_sql(f, "INSERT INTO tl_search (tl_search) VALUES ('delete-all')");
    assert_int_equal(found(f, "harbour"), 0);
    put_event(f, id_a, "Airport", "ann", NULL);
    assert_int_equal(found(f, "airport"), 1);
    assert_int_equal(found(f, "station"), 1);
    assert_int_equal(found(f, "harbour"), 0);
}

static void test_foreign_edit(void **state)
{
    struct fixture *f = *state;
    struct store_revision *revisions;
    struct store_event event;
    size_t n;

    put_event(f, id_a, "Harbour", "ann", NULL);
    validate_event(f, id_a, "validated");
    run_sql(f, "UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Airport', "
               "'$.summary', 'Sold'), title = 'Airport'");
    assert_int_equal(found(f, "airport"), 1);
    assert_int_equal(found(f, "harbour"), 0);
    event = get_event(f, id_a);
    assert_int_equal(event.revision, 2);
    assert_string_equal(event.title, "Airport");
    assert_string_equal(event.updated_by, "another program");
    assert_string_equal(event.state, "draft");
    assert_ok(f, store_event_history(f->s, f->a, id_a, 10, &revisions, &n, &f->e));
    assert_int_equal(n, 2);
    assert_non_null(strstr(revisions[1].content, "Harbour"));
}

static void test_foreign_column(void **state)
{
    struct fixture *f = *state;
    struct store_event event;

    put_event(f, id_a, "Harbour", "ann", NULL);
    run_sql(f, "UPDATE timeline_events SET title = 'Station', importance = 9, summary = ''");
    catch_up(f);
    event = get_event(f, id_a);
    assert_int_equal(event.revision, 2);
    assert_non_null(strstr(event.content, "\"title\":\"Station\""));
    assert_non_null(strstr(event.content, "\"importance\":9"));
    assert_non_null(strstr(event.content, "What Harbour did"));
    assert_string_equal(event.summary, "What Harbour did");
    assert_int_equal(found(f, "station"), 1);
}

static void test_foreign_without_meaning(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "Harbour", "ann", NULL);
    run_sql(f, "UPDATE timeline_events SET last_synced = '2025-01-01 00:00:00.000000'");
    assert_int_equal(number(f, "SELECT count(*) FROM tl_change"), 0);
    run_sql(f, "UPDATE timeline_events SET json_content = json(json_content)");
    catch_up(f);
    assert_int_equal(get_event(f, id_a).revision, 1);
}

static void test_foreign_validation(void **state)
{
    struct fixture *f = *state;

    put_event(f, id_a, "Harbour", "ann", NULL);
    run_sql(f,
            "INSERT INTO event_metadata (event_id, validation_status) VALUES ('2025-03-04--a', 'validated')");
    catch_up(f);
    assert_string_equal(get_event(f, id_a).state, "validated");
    /* Edited and then judged again by the same program: the judgement is about the new content. */
    run_sql(f, "UPDATE timeline_events SET title = 'Station'; UPDATE event_metadata SET validation_status = "
               "'rejected', "
               "validation_date = '2025-01-01 00:00:00.000000'");
    catch_up(f);
    assert_string_equal(get_event(f, id_a).state, "rejected");
    assert_int_equal(get_event(f, id_a).validated_at_us, 1735689600000000);
    run_sql(f, "DELETE FROM event_metadata");
    catch_up(f);
    assert_string_equal(get_event(f, id_a).state, "draft");
}

static void test_foreign_insert_replace_delete(void **state)
{
    struct fixture *f = *state;
    struct store_revision *revisions;
    struct store_event event;
    size_t n;

    run_sql(f, "INSERT INTO timeline_events (id, json_content, file_path, file_hash) VALUES ('x', "
               "'{\"id\":\"x\",\"date\":"
               "\"2020-01-01\",\"title\":\"Born elsewhere\"}', '', '')");
    assert_int_equal(found(f, "elsewhere"), 1);
    assert_string_equal(get_event(f, "x").title, "Born elsewhere");
    run_sql(f, "INSERT OR REPLACE INTO timeline_events (id, json_content, file_path, file_hash) VALUES ('x', "
               "'{\"id\":"
               "\"x\",\"date\":\"2020-01-01\",\"title\":\"Replaced\"}', '', '')");
    assert_int_equal(found(f, "elsewhere"), 0);
    assert_int_equal(found(f, "replaced"), 1);
    assert_int_equal(get_event(f, "x").revision, 2);
    run_sql(f, "UPDATE timeline_events SET json_content = 'broken{'");
    catch_up(f);
    assert_non_null(strstr(get_event(f, "x").content, "Replaced"));
    run_sql(f, "DELETE FROM timeline_events");
    catch_up(f);
    assert_int_equal(store_event_get(f->s, f->a, "x", &event, &f->e), ERR_NOT_FOUND);
    assert_int_equal(found(f, "replaced"), 0);
    assert_int_equal(number(f, "SELECT sum(n) FROM tl_count"), 0);
    assert_ok(f, store_event_history(f->s, f->a, "x", 10, &revisions, &n, &f->e));
    assert_int_equal(n, 4);
    assert_non_null(strstr(revisions[0].content, "Replaced"));
    assert_string_equal(revisions[0].reason, "delete");
    assert_string_equal(revisions[0].author, STORE_OTHER_PROGRAM);
}

/* Writing an event settles first what another program did to it, so that neither version is lost. */
static void test_foreign_edit_under_a_put(void **state)
{
    struct fixture *f = *state;
    struct store_event_write w = {.id = id_a,
                                  .content = content_of(f, id_a, "2025-03-04", "Mine"),
                                  .author = "ann",
                                  .expected_revision = 1};
    struct store_revision *revisions;
    size_t n;

    put_event(f, id_a, "Harbour", "ann", NULL);
    run_sql(f, "UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Theirs')");
    begin(f);
    assert_int_equal(store_event_put(f->s, &w, NULL, &f->e), ERR_STALE);
    w.expected_revision = 0;
    assert_ok(f, store_event_put(f->s, &w, NULL, &f->e));
    commit(f);
    assert_ok(f, store_event_history(f->s, f->a, id_a, 10, &revisions, &n, &f->e));
    assert_int_equal(n, 3);
    assert_non_null(strstr(revisions[1].content, "Theirs"));
    assert_non_null(strstr(revisions[2].content, "Harbour"));
    assert_int_equal(found(f, "mine"), 1);
    assert_int_equal(found(f, "theirs") + found(f, "harbour"), 0);
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    struct store_event_counts counts;
    bool kept = true;

    put_event(f, id_a, "Harbour", "ann", NULL);
    validate_event(f, id_a, "validated");
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "ann", &kept, &f->e));
    commit(f);
    assert_false(kept);
    assert_int_equal(store_event_get(f->s, f->a, id_a, &event, &f->e), ERR_NOT_FOUND);
    assert_int_equal(number(f, "SELECT count(*) FROM event_metadata"), 0);

    run_sql(f,
            "CREATE TABLE \"odd \"\" name\" (\"the id\" REFERENCES timeline_events (id) ON DELETE CASCADE)");
    put_event(f, id_a, "Harbour", "repository", "base");
    run_sql(f, "INSERT INTO \"odd \"\" name\" VALUES ('2025-03-04--a')");
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "repository", &kept, &f->e));
    commit(f);
    assert_true(kept);
    event = get_event(f, id_a);
    assert_true(event.removed);
    assert_string_equal(event.state, "gone");
    assert_int_equal(number(f, "SELECT count(*) FROM \"odd \"\" name\""), 1);
    assert_int_equal(found(f, "harbour"), 0);
    assert_ok(f, store_event_count(f->s, &counts, &f->e));
    assert_int_equal(counts.total, 0);
    put_event(f, id_a, "Harbour", "repository", event.content_hash);
    assert_string_equal(get_event(f, id_a).state, "merged");
    assert_int_equal(found(f, "harbour"), 1);
}

/* A removal that the repository followed leaves nothing. */
static void test_removal_waits_for_the_repository(void **state)
{
    struct fixture *f = *state;
    struct store_event event;
    bool kept = false;

    run_sql(f, "CREATE TABLE notes (event REFERENCES timeline_events (id))");
    put_event(f, id_a, "Harbour", "ann", "base");
    run_sql(f, "INSERT INTO notes VALUES ('2025-03-04--a')");
    begin(f);
    assert_ok(f, store_event_delete(f->s, id_a, "ann", &kept, &f->e));
    commit(f);
    assert_true(kept);
    assert_string_equal(get_event(f, id_a).change, "removed");
    assert_string_equal(get_event(f, id_a).state, "draft");
    run_sql(f, "DELETE FROM notes");
    begin(f);
    assert_ok(f, store_event_set_base(f->s, id_a, "", &f->e));
    commit(f);
    assert_int_equal(store_event_get(f->s, f->a, id_a, &event, &f->e), ERR_NOT_FOUND);
}

static void test_conflicts(void **state)
{
    struct fixture *f = *state;
    struct store_conflict conflict = {
        .event_id = id_a, .ours = "{}", .theirs = NULL, .fields = "[\"title\"]"};
    struct store_conflict *list;
    size_t n;

    put_event(f, id_a, "Harbour", "ann", NULL);
    begin(f);
    assert_ok(f, store_conflict_put(f->s, &conflict, &f->e));
    conflict.theirs = "{\"a\":1}";
    assert_ok(f, store_conflict_put(f->s, &conflict, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id_a).state, "conflict");
    assert_ok(f, store_conflict_list(f->s, f->a, &list, &n, &f->e));
    assert_int_equal(n, 1);
    assert_null(list[0].base);
    assert_string_equal(list[0].theirs, "{\"a\":1}");
    assert_true(list[0].opened_at_us > 0);
    begin(f);
    assert_ok(f, store_conflict_close(f->s, id_a, &f->e));
    assert_ok(f, store_conflict_close(f->s, id_a, &f->e));
    commit(f);
    assert_string_equal(get_event(f, id_a).state, "draft");
}

static void test_pending_export(void **state)
{
    struct fixture *f = *state;
    struct store_event *events;
    size_t n;

    put_event(f, "b", "T", "ann", NULL);
    put_event(f, "a", "T", "ann", NULL);
    put_event(f, "c", "T", "ann", NULL);
    validate_event(f, "b", "validated");
    validate_event(f, "a", "validated");
    assert_ok(f, store_event_pending_export(f->s, f->a, &events, &n, &f->e));
    assert_int_equal(n, 2);
    assert_string_equal(events[0].id, "a");
    assert_string_equal(events[1].id, "b");
    assert_non_null(strstr(events[1].content, "\"id\":\"b\""));
}

int main(void)
{
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        OPEN(test_put_and_get),
        OPEN(test_refused_writes),
        OPEN(test_refused_verdicts),
        OPEN(test_states),
        OPEN(test_import_keeps_validation),
        OPEN(test_pages),
        OPEN(test_pages_of_a_state),
        OPEN(test_refused_lists),
        OPEN(test_search),
        OPEN(test_search_follows_edits),
        OPEN(test_search_mends_itself),
        OPEN(test_foreign_edit),
        OPEN(test_foreign_column),
        OPEN(test_foreign_without_meaning),
        OPEN(test_foreign_validation),
        OPEN(test_foreign_insert_replace_delete),
        OPEN(test_foreign_edit_under_a_put),
        OPEN(test_delete),
        OPEN(test_removal_waits_for_the_repository),
        OPEN(test_conflicts),
        OPEN(test_pending_export),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
