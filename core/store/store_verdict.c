/*
 * Verdicts and reservations. event_metadata holds the last verdict, as the research tools know it; tl_verdict holds all of them.
 */
#include "core/store/store_event_internal.h"
#include "core/store/store_review.h"
#include "core/util/clock.h"

static enum err_code unknown(const char *id, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "There is no event %s.", id);
}

static void bind_optional(struct sql *q, const char *parameter, const char *text)
{
    sql_bind_text(q, parameter, text && *text ? text : NULL);
}

static void bind_score(struct sql *q, double score)
{
    if (score < 0)
        sql_bind_null(q, "score");
    else
        sql_bind_real(q, "score", score);
}

static enum err_code check_verdict(const struct store_verdict *v, struct err *e)
{
    static const char *const known[] = {"pending", "in_progress", "validated", "rejected"};
    bool valid = false;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        valid = valid || str_eq(v->status, known[i]);
    if (!valid)
        return err_set(e, ERR_INVALID_INPUT,
                       "The status %s is not one of pending, in_progress, validated, rejected.",
                       v->status ? v->status : "");
    /* Not (score < 0 || score > 10), so that NaN is refused too. */
    if (!(v->score == -1 || (v->score >= 0 && v->score <= 10)))
        return err_set(e, ERR_INVALID_INPUT, "The quality score must be from 0 to 10.");
    return ERR_OK;
}

/* A verdict with its time; 0: none. */
struct dated_verdict {
    const struct store_verdict *v;
    int64_t at_us;
};

static void bind_verdict(struct sql *q, struct arena *a, const char *id, const struct dated_verdict *dated)
{
    const struct store_verdict *v = dated->v;

    sql_bind_text(q, "id", id);
    sql_bind_text(q, "status", v->status);
    sql_bind_text(q, "date", dated->at_us ? clock_sql(a, dated->at_us) : NULL);
    bind_optional(q, "notes", v->notes);
    bind_score(q, v->score);
}

static enum err_code write_verdict(struct store *s, struct arena *a, const char *id,
                                   const struct dated_verdict *v, struct err *e)
{
    SQL(update, s, SQL_METADATA_UPDATE);
    SQL(insert, s, SQL_METADATA_INSERT);

    bind_verdict(&update, a, id, v);
    TRY(sql_run(&update, e));
    if (sql_changes(s) > 0)
        return ERR_OK;
    bind_verdict(&insert, a, id, v);
    sql_bind_text(&insert, "author", v->v->author);
    sql_bind_text(&insert, "now", clock_sql(a, clock_now_us()));
    return sql_run(&insert, e);
}

static bool says_something(const struct store_given_verdict *given)
{
    return str_eq(given->status, "validated") || str_eq(given->status, "rejected");
}

static enum err_code insert_verdict(struct store *s, const char *id, const struct store_given_verdict *given,
                                    struct err *e)
{
    SQL(q, s, SQL_VERDICT_INSERT);

    sql_bind_text(&q, "id", id);
    sql_bind_int(&q, "revision", given->revision);
    sql_bind_int(&q, "at", given->at_us);
    sql_bind_text_or_empty(&q, "author", given->author);
    sql_bind_text(&q, "status", given->status);
    bind_score(&q, given->score);
    sql_bind_text_or_empty(&q, "notes", given->notes);
    return sql_run(&q, e);
}

static enum err_code validate(struct store *s, struct event_now *now, const struct dated_verdict *dated,
                              struct err *e)
{
    TRY(check_verdict(dated->v, e));
    TRY(store_event_now_settled(s, s->scratch, now->id, now, e));
    if (!now->key)
        return unknown(now->id, e);
    TRY(write_verdict(s, s->scratch, now->id, dated, e));
    now->validation_status = dated->v->status;
    return store_event_save(s, now, e);
}

enum err_code store_event_revalidate(struct store *s, const char *id, const struct store_verdict *v,
                                     int64_t at_us, struct err *e)
{
    const struct dated_verdict dated = {v, at_us};
    struct event_now now = {.id = id};

    arena_reset(s->scratch);
    return validate(s, &now, &dated, e);
}

enum err_code store_event_validate(struct store *s, const char *id, const struct store_verdict *v,
                                   struct err *e)
{
    struct event_now now = {.id = id};
    struct store_given_verdict given = {.at_us = clock_now_us(), .author = v->author, .status = v->status};
    const struct dated_verdict dated = {v, says_something(&given) ? given.at_us : 0};

    arena_reset(s->scratch);
    TRY(validate(s, &now, &dated, e));
    given.revision = now.revision;
    given.score = v->score;
    given.notes = v->notes;
    /* in_progress says that somebody is looking, not what was found. */
    return str_eq(v->status, "in_progress") ? ERR_OK : insert_verdict(s, id, &given, e);
}

static void read_verdict(struct sql *q, struct arena *a, void *row)
{
    struct store_given_verdict *given = row;

    given->revision = sql_int(q, "revision");
    given->at_us = sql_int(q, "at");
    given->author = sql_text(q, a, "author");
    given->status = sql_text(q, a, "status");
    given->score = sql_real(q, "score", -1);
    given->notes = sql_text(q, a, "notes");
}

enum err_code store_verdict_list(struct store *s, struct arena *a, const char *id, size_t limit,
                                 struct store_given_verdict **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_verdict, .size = sizeof **out};
    SQL(q, s, SQL_VERDICT_LIST);

    sql_bind_text(&q, "id", id);
    sql_bind_int(&q, "limit", (int64_t)limit);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

static void read_metadata(struct sql *q, struct arena *a, void *row)
{
    struct store_given_verdict *given = row;

    given->author = STORE_OTHER_PROGRAM;
    given->status = sql_text(q, a, "status");
    given->score = sql_real(q, "score", -1);
    given->notes = sql_text(q, a, "notes");
    if (!clock_parse(sql_text(q, a, "validation_date"), &given->at_us))
        given->at_us = clock_now_us();
}

static bool is_same(const struct store_given_verdict *given, const struct store_given_verdict *last)
{
    return str_eq(given->status, last->status) && given->score == last->score &&
           str_eq(given->notes, last->notes);
}

/* Programs also write other things beside a verdict, or the same one again; taking a verdict back is one as well. */
enum err_code store_verdict_notice(struct store *s, struct arena *a, const struct event_now *now,
                                   struct err *e)
{
    struct store_given_verdict given = {0};
    struct store_given_verdict *last;
    size_t n = 0;
    enum err_code code;
    SQL(q, s, SQL_VERDICT_IN_METADATA);

    sql_bind_text(&q, "id", now->id);
    code = sql_one(&q, a, read_metadata, &given, e);
    if (code != ERR_OK)
        return code == ERR_NOT_FOUND ? ERR_OK : code;
    given.revision = now->revision;
    TRY(store_verdict_list(s, a, now->id, 1, &last, &n, e));
    if (n && last->revision != now->revision)
        n = 0;
    if (says_something(&given))
        return n && is_same(&given, last) ? ERR_OK : insert_verdict(s, now->id, &given, e);
    if (!n || !says_something(last))
        return ERR_OK;
    given.status = "pending";
    given.score = -1;
    given.at_us = clock_now_us();
    if (str_eq(given.notes, last->notes))
        given.notes = "";
    return insert_verdict(s, now->id, &given, e);
}

static void read_reservation(struct sql *q, struct arena *a, void *row)
{
    struct store_reservation *reservation = row;

    reservation->by = sql_text(q, a, "reserved_by");
    if (!clock_parse(sql_text(q, a, "reserved_at"), &reservation->at_us))
        reservation->by = NULL;
}

enum err_code store_reservation_get(struct store *s, struct arena *a, const char *id,
                                    struct store_reservation *out, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_RESERVATION_GET);

    *out = (struct store_reservation){0};
    sql_bind_text(&q, "id", id);
    code = sql_one(&q, a, read_reservation, out, e);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code settle_known(struct store *s, const char *id, struct err *e)
{
    struct event_now now;

    arena_reset(s->scratch);
    TRY(store_event_now_settled(s, s->scratch, id, &now, e));
    return now.key ? ERR_OK : unknown(id, e);
}

static void bind_reservation(struct sql *q, struct arena *a, const char *id, const char *by)
{
    sql_bind_text(q, "id", id);
    sql_bind_text(q, "by", by);
    sql_bind_text(q, "at", clock_sql(a, clock_now_us()));
}

enum err_code store_reservation_set(struct store *s, const char *id, const char *by, struct err *e)
{
    SQL(update, s, SQL_RESERVATION_UPDATE);
    SQL(insert, s, SQL_RESERVATION_INSERT);

    TRY(settle_known(s, id, e));
    bind_reservation(&update, s->scratch, id, by);
    TRY(sql_run(&update, e));
    if (sql_changes(s) > 0)
        return ERR_OK;
    bind_reservation(&insert, s->scratch, id, by);
    return sql_run(&insert, e);
}

enum err_code store_reservation_end(struct store *s, const char *id, struct err *e)
{
    SQL(q, s, SQL_RESERVATION_END);

    TRY(settle_known(s, id, e));
    sql_bind_text(&q, "id", id);
    return sql_run(&q, e);
}
