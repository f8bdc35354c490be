#include "core/store/store_event_internal.h"

enum { KEY_BITS = 24, DATE_CHARACTERS = 10 };

/* Position by position what can stand there: nothing or something before the digits, a digit, something behind them. */
static int64_t digit_rank(unsigned char c)
{
    return c < '0' ? 0 : c <= '9' ? c - '0' + 1 : 11;
}

static int64_t dash_rank(unsigned char c)
{
    return c < '-' ? 0 : c == '-' ? 1 : 2;
}

/*
 * A date of the form YYYY-MM-DD has a number of its own. Other texts share theirs with neighbours, in the order of their
 * bytes: behind a character that is not of the form nothing more is looked at. behind: the first number of what comes
 * after everything that begins with the text.
 */
static int64_t date_rank(const char *date, bool behind)
{
    int64_t rank = 0;
    bool form = true;

    for (size_t i = 0; i < DATE_CHARACTERS; i++) {
        bool dash = i == 4 || i == 7;
        int64_t here = 0;

        if (form) {
            if (behind && !date[i]) {
                rank++;
                behind = false;
            }
            here = dash ? dash_rank((unsigned char)date[i]) : digit_rank((unsigned char)date[i]);
            form = dash ? here == 1 : here >= 1 && here <= 10;
        }
        rank = rank * (dash ? 3 : 12) + here;
    }
    return rank + behind;
}

int64_t store_place_of(const char *date, int64_t key)
{
    return date_rank(date, false) << KEY_BITS | (STORE_PLACE_KEYS - key);
}

int64_t store_place_key(int64_t place)
{
    return STORE_PLACE_KEYS - (place & STORE_PLACE_KEYS);
}

void store_place_range(const char *from, const char *to, int64_t *first, int64_t *last)
{
    *first = from ? date_rank(from, false) << KEY_BITS : 1;
    *last = to ? (date_rank(to, true) << KEY_BITS) - 1 : INT64_MAX;
    if (*first < 1)
        *first = 1; /* 0 is in no list */
}

/* Rows are read to the end first: the loop writes to the table that it would be reading. */
struct unplaced {
    int64_t key;
    const char *date;
};

static void read_unplaced(struct sql *q, struct arena *a, void *row)
{
    struct unplaced *event = row;

    event->key = sql_int(q, "key");
    event->date = sql_text(q, a, "date");
}

enum err_code store_event_place_all(struct store *s, struct err *e)
{
    struct sql_rows rows = {.read = read_unplaced, .size = sizeof(struct unplaced)};
    AUTO_STRUCT(arena) *a = arena_new();
    SQL(list, s, SQL_EVENT_WITHOUT_PLACE);
    SQL(set, s, SQL_EVENT_SET_PLACE);

    TRY(sql_list(&list, a, &rows, e));
    for (size_t i = 0; i < rows.n; i++) {
        const struct unplaced *event = (const struct unplaced *)rows.items + i;
        sql_again(&set);
        sql_bind_int(&set, "key", event->key);
        sql_bind_int(&set, "place", store_place_of(event->date, event->key));
        TRY(sql_run(&set, e));
    }
    s->search_lost = true;
    return ERR_OK;
}
