#include "core/store/store_account.h"

#include "core/store/sql.h"
#include "core/util/clock.h"
#include "core/util/str.h"

#define THROTTLE_KEPT_US ((int64_t)24 * 3600 * 1000000)

static enum err_code no_account(const char *name, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "There is no account \"%.63s\". See: tideline user list", name);
}

static void read_account(struct sql *q, struct arena *a, void *row)
{
    struct store_account *account = row;

    account->name = sql_text(q, a, "name");
    account->role = sql_text(q, a, "role");
    account->password = sql_text(q, a, "password");
    account->created_by = sql_text(q, a, "created_by");
    account->created_at_us = sql_int(q, "created_at");
    account->password_at_us = sql_int(q, "password_at");
    account->login_at_us = sql_int(q, "login_at");
}

/* Run a statement that changes the row of an account. */
static enum err_code change_account(struct sql *q, const char *name, struct err *e)
{
    TRY(sql_run(q, e));
    return sql_changes(q->store) ? ERR_OK : no_account(name, e);
}

static enum err_code read_count(struct sql *q, int64_t *n, struct err *e)
{
    bool found = false;

    TRY(sql_row(q, &found, e));
    *n = found ? sql_int(q, "n") : 0;
    return ERR_OK;
}

enum err_code store_account_taken(const char *name, struct err *e)
{
    return err_set(e, ERR_EXISTS, "There is an account \"%.63s\" already. Choose another name.", name);
}

enum err_code store_account_add(struct store *s, const struct store_account *account, struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_INSERT);

    sql_bind_text(&q, "name", account->name);
    sql_bind_text(&q, "role", account->role);
    sql_bind_text(&q, "password", account->password);
    sql_bind_text_or_empty(&q, "created_by", account->created_by);
    sql_bind_int(&q, "now", clock_now_us());
    TRY(sql_run(&q, e));
    return sql_changes(s) ? ERR_OK : store_account_taken(account->name, e);
}

enum err_code store_account_get(struct store *s, struct arena *a, const char *name, struct store_account *out,
                                struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_ACCOUNT_GET);

    sql_bind_text(&q, "name", name);
    code = sql_one(&q, a, read_account, out, e);
    return code == ERR_NOT_FOUND ? no_account(name, e) : code;
}

enum err_code store_account_list(struct store *s, struct arena *a, struct store_account **out, size_t *n,
                                 struct err *e)
{
    struct sql_rows rows = {.read = read_account, .size = sizeof **out};
    SQL(q, s, SQL_ACCOUNT_LIST);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_account_set_role(struct store *s, const char *name, const char *role, struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_SET_ROLE);

    sql_bind_text(&q, "name", name);
    sql_bind_text(&q, "role", role);
    return change_account(&q, name, e);
}

enum err_code store_account_set_password(struct store *s, const char *name, const char *password,
                                         struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_SET_PASSWORD);

    sql_bind_text(&q, "name", name);
    sql_bind_text(&q, "password", password);
    sql_bind_int(&q, "now", clock_now_us());
    return change_account(&q, name, e);
}

enum err_code store_account_set_login(struct store *s, const char *name, struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_SET_LOGIN);

    sql_bind_text(&q, "name", name);
    sql_bind_int(&q, "now", clock_now_us());
    return change_account(&q, name, e);
}

enum err_code store_account_remove(struct store *s, const char *name, struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_REMOVE);

    sql_bind_text(&q, "name", name);
    return change_account(&q, name, e);
}

enum err_code store_account_count(struct store *s, const char *role, int64_t *n, struct err *e)
{
    SQL(q, s, SQL_ACCOUNT_COUNT);

    sql_bind_text(&q, "role", role);
    return read_count(&q, n, e);
}

static enum err_code sweep_sessions(struct store *s, int64_t seen_since_us, struct err *e)
{
    SQL(q, s, SQL_SESSION_SWEEP);

    sql_bind_int(&q, "now", clock_now_us());
    sql_bind_int(&q, "seen_since", seen_since_us);
    return sql_run(&q, e);
}

static enum err_code insert_session(struct store *s, const struct store_session *session, struct err *e)
{
    SQL(q, s, SQL_SESSION_INSERT);

    sql_bind_text(&q, "hash", session->hash);
    sql_bind_text(&q, "account", session->account);
    sql_bind_int(&q, "created_at", session->created_at_us);
    sql_bind_int(&q, "ends_at", session->ends_at_us);
    return sql_run(&q, e);
}

enum err_code store_session_add(struct store *s, const struct store_session *session,
                                const struct store_session_limits *limits, struct err *e)
{
    SQL(q, s, SQL_SESSION_KEEP_NEWEST);

    TRY(sweep_sessions(s, limits->seen_since_us, e));
    /* Before the new one comes, so that it stays whatever the clock did between the two. */
    sql_bind_text(&q, "account", session->account);
    sql_bind_int(&q, "most", (int64_t)limits->most - 1);
    TRY(sql_run(&q, e));
    return insert_session(s, session, e);
}

static void read_session(struct sql *q, struct arena *a, void *row)
{
    struct store_session *session = row;

    session->hash = sql_text(q, a, "hash");
    session->account = sql_text(q, a, "account");
    session->role = sql_text(q, a, "role");
    session->created_at_us = sql_int(q, "created_at");
    session->seen_at_us = sql_int(q, "seen_at");
    session->ends_at_us = sql_int(q, "ends_at");
}

enum err_code store_session_get(struct store *s, struct arena *a, const char *hash, struct store_session *out,
                                struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_SESSION_GET);

    sql_bind_text(&q, "hash", hash);
    code = sql_one(&q, a, read_session, out, e);
    return code == ERR_NOT_FOUND ? err_set(e, code, "There is no such session. Sign in.") : code;
}

enum err_code store_session_seen(struct store *s, const char *hash, struct err *e)
{
    SQL(q, s, SQL_SESSION_SEEN);

    sql_bind_text(&q, "hash", hash);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_session_remove(struct store *s, const char *hash, struct err *e)
{
    SQL(q, s, SQL_SESSION_REMOVE);

    sql_bind_text(&q, "hash", hash);
    return sql_run(&q, e);
}

enum err_code store_session_remove_others(struct store *s, const char *account, const char *but_hash,
                                          struct err *e)
{
    SQL(q, s, SQL_SESSION_REMOVE_OTHERS);

    sql_bind_text(&q, "account", account);
    sql_bind_text_or_empty(&q, "hash", but_hash);
    return sql_run(&q, e);
}

enum err_code store_session_count(struct store *s, const char *account, int64_t seen_since_us, int64_t *n,
                                  struct err *e)
{
    SQL(q, s, SQL_SESSION_COUNT);

    sql_bind_text(&q, "account", account);
    sql_bind_int(&q, "now", clock_now_us());
    sql_bind_int(&q, "seen_since", seen_since_us);
    return read_count(&q, n, e);
}

enum err_code store_token_add(struct store *s, const struct store_token *token, int64_t *id, struct err *e)
{
    SQL(q, s, SQL_TOKEN_INSERT);

    sql_bind_text(&q, "hash", token->hash);
    sql_bind_text(&q, "hint", token->hint);
    sql_bind_text(&q, "account", token->account);
    sql_bind_text(&q, "name", token->name);
    sql_bind_text(&q, "scope", token->scope);
    sql_bind_int(&q, "created_at", token->created_at_us);
    sql_bind_text_or_empty(&q, "created_by", token->created_by);
    sql_bind_int(&q, "ends_at", token->ends_at_us);
    TRY(sql_run(&q, e));
    *id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

static void read_token(struct sql *q, struct arena *a, void *row)
{
    struct store_token *token = row;

    token->id = sql_int(q, "id");
    token->hash = sql_text(q, a, "hash");
    token->hint = sql_text(q, a, "hint");
    token->account = sql_text(q, a, "account");
    token->name = sql_text(q, a, "name");
    token->scope = sql_text(q, a, "scope");
    token->role = sql_text(q, a, "role");
    token->created_by = sql_text(q, a, "created_by");
    token->created_at_us = sql_int(q, "created_at");
    token->ends_at_us = sql_int(q, "ends_at");
    token->used_at_us = sql_int(q, "used_at");
}

static enum err_code no_token(int64_t id, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "There is no token %lld. See: tideline token list", (long long)id);
}

enum err_code store_token_get(struct store *s, struct arena *a, const char *hash, struct store_token *out,
                              struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_TOKEN_GET);

    sql_bind_text(&q, "hash", hash);
    code = sql_one(&q, a, read_token, out, e);
    return code == ERR_NOT_FOUND ? err_set(e, code, "There is no such token.") : code;
}

enum err_code store_token_get_id(struct store *s, struct arena *a, int64_t id, struct store_token *out,
                                 struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_TOKEN_GET_ID);

    sql_bind_int(&q, "id", id);
    code = sql_one(&q, a, read_token, out, e);
    return code == ERR_NOT_FOUND ? no_token(id, e) : code;
}

enum err_code store_token_list(struct store *s, struct arena *a, const char *account,
                               struct store_token **out, size_t *n, struct err *e)
{
    struct sql_rows rows = {.read = read_token, .size = sizeof **out};
    SQL(q, s, SQL_TOKEN_LIST);

    sql_bind_text(&q, "account", account);
    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}

enum err_code store_token_count(struct store *s, const char *account, int64_t *n, struct err *e)
{
    SQL(q, s, SQL_TOKEN_COUNT);

    sql_bind_text(&q, "account", account);
    return read_count(&q, n, e);
}

enum err_code store_token_used(struct store *s, int64_t id, struct err *e)
{
    SQL(q, s, SQL_TOKEN_USED);

    sql_bind_int(&q, "id", id);
    sql_bind_int(&q, "now", clock_now_us());
    return sql_run(&q, e);
}

enum err_code store_token_remove(struct store *s, int64_t id, struct err *e)
{
    SQL(q, s, SQL_TOKEN_REMOVE);

    sql_bind_int(&q, "id", id);
    TRY(sql_run(&q, e));
    return sql_changes(s) ? ERR_OK : no_token(id, e);
}

static void read_throttle(struct sql *q, struct arena *a, void *row)
{
    struct store_throttle *throttle = row;

    throttle->key = sql_text(q, a, "key");
    throttle->failures = sql_int(q, "failures");
    throttle->at_us = sql_int(q, "at");
    throttle->open_at_us = sql_int(q, "open_at");
}

enum err_code store_throttle_get(struct store *s, struct arena *a, const char *key,
                                 struct store_throttle *out, struct err *e)
{
    enum err_code code;
    SQL(q, s, SQL_THROTTLE_GET);

    *out = (struct store_throttle){.key = key};
    sql_bind_text(&q, "key", key);
    code = sql_one(&q, a, read_throttle, out, e);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code remove_throttle(struct store *s, const char *key, struct err *e)
{
    SQL(q, s, SQL_THROTTLE_REMOVE);

    sql_bind_text(&q, "key", key);
    return sql_run(&q, e);
}

static enum err_code sweep_throttles(struct store *s, struct err *e)
{
    SQL(q, s, SQL_THROTTLE_SWEEP);

    sql_bind_int(&q, "before", clock_now_us() - THROTTLE_KEPT_US);
    return sql_run(&q, e);
}

enum err_code store_throttle_set(struct store *s, const struct store_throttle *row, struct err *e)
{
    SQL(q, s, SQL_THROTTLE_SET);

    TRY(sweep_throttles(s, e));
    if (!row->failures)
        return remove_throttle(s, row->key, e);
    sql_bind_text(&q, "key", row->key);
    sql_bind_int(&q, "failures", row->failures);
    sql_bind_int(&q, "at", row->at_us);
    sql_bind_int(&q, "open_at", row->open_at_us);
    return sql_run(&q, e);
}
