/* The schema as it is against the schema as the scripts make it in an empty database in memory. */
#include <string.h>

#include "core/store/store_check_internal.h"
#include "core/util/str.h"

struct object {
    const char *type, *name, *sql;
};

static void read_object(struct sql *q, struct arena *a, void *row)
{
    struct object *object = row;

    object->type = sql_text(q, a, "type");
    object->name = sql_text(q, a, "name");
    object->sql = sql_text(q, a, "sql");
}

static const struct object *find(const struct sql_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct object *object = (const struct object *)rows->items + i;

        if (str_eq(object->name, name))
            return object;
    }
    return NULL;
}

/* Tables grow by ALTER, which spells them otherwise; the text of triggers and indexes is what they do. */
static bool is_as_made(const struct object *there, const struct object *wanted)
{
    return str_eq(there->type, "table") || str_eq(there->sql, wanted->sql);
}

/* False when a table is not there, which statements need. */
static bool compare(struct store_check *c, const struct sql_rows *there, const struct object *wanted)
{
    const struct object *found = find(there, wanted->name);
    const char *what = "is missing";

    if (found && is_as_made(found, wanted))
        return true;
    if (found)
        what = "is not as this version makes it";
    store_check_add(
        c, &(struct store_finding){
               .code = found ? "schema_other" : "schema_missing",
               .text = arena_printf(c->arena,
                                    "The %s %s %s. Any other command than this one, such as git-status "
                                    "--offline, puts missing ones back.",
                                    wanted->type, wanted->name, what)});
    return found || !str_eq(wanted->type, "table");
}

static enum err_code list_objects(struct store *s, struct arena *a, struct sql_rows *rows, struct err *e)
{
    SQL(q, s, SQL_CHECK_OBJECTS);

    *rows = (struct sql_rows){.read = read_object, .size = sizeof(struct object)};
    return sql_list(&q, a, rows, e);
}

enum err_code store_check_schema(struct store *s, struct store_check *c, bool *usable, struct err *e)
{
    AUTO_STRUCT(arena) *a = arena_new();
    AUTO_STRUCT(store) *memory = NULL;
    struct sql_rows there, wanted;
    int64_t version = 0;

    TRY(store_number(s, "SELECT version FROM tl_schema", &version, e));
    *usable = version == STORE_SCHEMA_VERSION;
    if (!*usable)
        return store_check_add(c,
                               &(struct store_finding){
                                   .code = "schema_old",
                                   .text = "An earlier version of Tideline made this database. Any other "
                                           "command, such as git-status --offline, brings it up to date."}),
               ERR_OK;
    TRY(store_open_memory(&memory, e));
    TRY(list_objects(s, a, &there, e));
    TRY(list_objects(memory, a, &wanted, e));
    for (size_t i = 0; i < wanted.n; i++)
        if (!compare(c, &there, (const struct object *)wanted.items + i))
            *usable = false;
    return ERR_OK;
}
