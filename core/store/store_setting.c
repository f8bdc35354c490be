#include "core/store/sql.h"

enum err_code store_setting_get(struct store *s, struct arena *a, const char *key, const char **value,
                                struct err *e)
{
    bool found = false;
    SQL(q, s, SQL_SETTING_GET);

    *value = NULL;
    sql_bind_text(&q, "key", key);
    TRY(sql_row(&q, &found, e));
    if (found)
        *value = sql_text(&q, a, "value");
    return ERR_OK;
}

static enum err_code unset(struct store *s, const char *key, struct err *e)
{
    SQL(q, s, SQL_SETTING_UNSET);

    sql_bind_text(&q, "key", key);
    return sql_run(&q, e);
}

enum err_code store_setting_set(struct store *s, const char *key, const char *value, struct err *e)
{
    SQL(q, s, SQL_SETTING_SET);

    if (!value)
        return unset(s, key, e);
    sql_bind_text(&q, "key", key);
    sql_bind_text(&q, "value", value);
    return sql_run(&q, e);
}

static void read_setting(struct sql *q, struct arena *a, void *row)
{
    struct store_setting *setting = row;

    setting->key = sql_text(q, a, "key");
    setting->value = sql_text(q, a, "value");
}

enum err_code store_setting_list(struct store *s, struct arena *a, struct store_setting **out, size_t *n,
                                 struct err *e)
{
    struct sql_rows rows = {.read = read_setting, .size = sizeof **out};
    SQL(q, s, SQL_SETTING_LIST);

    TRY(sql_list(&q, a, &rows, e));
    *out = rows.items;
    *n = rows.n;
    return ERR_OK;
}
