#include "fcgi/conflict_items.h"

#include <ctype.h>
#include <string.h>

#include "core/util/digest.h"
#include "core/util/str.h"
#include "core/util/utf8.h"
#include "fcgi/view.h"
#include "fcgi/view_diff.h"

enum { LABEL_BYTES = 80, SOURCE_BYTES = 120, PLAIN_BYTES = 40, ID_DIGITS = 16 };

/* ---- names */

const char *conflict_label(struct exchange *x, const char *field)
{
    return view_label_short(x->arena, field, LABEL_BYTES);
}

static bool is_plain(const char *key)
{
    size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n && !key[n] && n <= PLAIN_BYTES && islower((unsigned char)*key);
}

/* A capital letter stands before what is no plain word, so that no plain word is taken for it. */
static const char *id_of(struct exchange *x, const char *key)
{
    char digest[DIGEST_HEX_SIZE];

    if (is_plain(key) && !str_eq(key, CONFLICT_WHOLE) && !str_eq(key, CONFLICT_REST))
        return key;
    digest_sha256(key, strlen(key), digest);
    return arena_printf(x->arena, "X%.*s", ID_DIGITS, digest);
}

static bool is_taken(const struct conflict_items *items, const char *id)
{
    for (size_t i = 0; i < items->n; i++)
        if (str_eq(items->items[i].id, id))
            return true;
    return false;
}

/* ---- kinds */

static bool is_text_list(const struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const struct json_object *item = json_object_array_get_idx(value, i);
        const char *text = json_object_is_type(item, json_type_string)
                               ? json_object_get_string((struct json_object *)(uintptr_t)item)
                               : NULL;
        size_t n = text ? strlen(text) : 0;

        /* What a line cannot hold as it is. */
        if (!n || strchr(text, '\n') || strchr(text, '\r') || isspace((unsigned char)text[0]) ||
            isspace((unsigned char)text[n - 1]))
            return false;
    }
    return true;
}

static bool is_number(const struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

static enum conflict_own own_of_value(const char *field, struct json_object *value)
{
    if (is_number(value))
        return OWN_NUMBER;
    if (json_object_is_type(value, json_type_array) && is_text_list(value))
        return OWN_LIST;
    if (!json_object_is_type(value, json_type_string))
        return OWN_JSON;
    return str_eq(field, "summary") || str_eq(field, "body") || strlen(json_object_get_string(value)) > 120 ||
                   strchr(json_object_get_string(value), '\n')
               ? OWN_TEXT
               : OWN_LINE;
}

/* What the sides are decides how a value of one's own is written; where they are not alike, as JSON. */
static enum conflict_own own_of(const char *field, const struct json_object *sides)
{
    static const char *const names[] = {"base", "ours", "theirs"};
    enum conflict_own own = OWN_JSON;
    bool any = false;

    for (size_t i = 0; i < 3; i++) {
        struct json_object *value;
        enum conflict_own next;

        if (!json_object_object_get_ex(sides, names[i], &value) || !value)
            continue;
        next = own_of_value(field, value);
        if (any && own != next && (own > OWN_TEXT || next > OWN_TEXT))
            return OWN_JSON;
        own = any && own > next ? own : next;
        any = true;
    }
    return own;
}

/* ---- the list */

static void add(struct conflict_items *out, struct conflict_item item)
{
    if (out->n == CONFLICT_ITEMS || is_taken(out, item.id))
        out->more++;
    else
        out->items[out->n++] = item;
}

static void add_detail(struct exchange *x, struct conflict_items *out, const char *field,
                       const struct json_object *detail)
{
    const char *source = jx_get_text(detail, "source") ? jx_get_text(detail, "source") : "";
    const char *key = jx_get_text(detail, "key");
    size_t cut = utf8_cut(source, strlen(source), SOURCE_BYTES);
    const char *about = arena_printf(x->arena, "%s%s", view_diff_text(x->arena, source, cut),
                                     cut < strlen(source) ? "…" : "");
    struct conflict_item item = {.choice = jx_get_text(detail, "choice"), .field = field, .sides = detail};

    /* Its number changes with the others; where it belongs does not. */
    item.id = id_of(x, arena_printf(x->arena, "%s\n%s\n%s", field, source, key ? key : ""));
    if (is_taken(out, item.id))
        item.id = id_of(x, item.choice);
    item.label = key ? arena_printf(x->arena, "%s of the source %s", conflict_label(x, key), about)
                     : arena_printf(x->arena, "The source %s", about);
    item.own = own_of(key ? key : "", detail);
    add(out, item);
}

void conflict_items(struct exchange *x, const struct json_object *conflict, struct conflict_items *out)
{
    const struct json_object *fields = jx_get(conflict, "fields");
    size_t n = fields ? json_object_array_length(fields) : 0;

    *out = (struct conflict_items){.whole = n == 0};
    for (size_t i = 0; i < n; i++) {
        const struct json_object *row = json_object_array_get_idx(fields, i);
        const struct json_object *details = jx_get(row, "detail");
        const char *field = jx_get_text(row, "field") ? jx_get_text(row, "field") : "";

        for (size_t k = 0; details && k < json_object_array_length(details); k++)
            add_detail(x, out, field, json_object_array_get_idx(details, k));
        if (!details)
            add(out, (struct conflict_item){.choice = field,
                                            .field = field,
                                            .id = id_of(x, field),
                                            .label = conflict_label(x, field),
                                            .sides = row,
                                            .own = own_of(field, row)});
    }
}

/* ---- what is written */

static const char *name_of(struct exchange *x, const char *prefix, const char *id)
{
    return arena_printf(x->arena, "%s%s", prefix, id);
}

const char *conflict_chosen(struct exchange *x, const struct conflict_item *item)
{
    return form_first(&x->form, name_of(x, CONFLICT_CHOICE, item->id));
}

static const char *joined_lines(struct exchange *x, const struct json_object *list)
{
    struct str s;

    str_init(&s, x->arena, REQUEST_BODY_BYTES);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        str_addf(&s, "%s\n", json_object_get_string(json_object_array_get_idx(list, i)));
    return s.p;
}

/* What a value of one's own begins with: what stands here, or there when it does not stand here. */
static const char *begin_with(struct exchange *x, const struct conflict_item *item)
{
    static const char *const names[] = {"ours", "theirs", "base"};

    for (size_t i = 0; i < 3; i++) {
        struct json_object *value;

        if (!json_object_object_get_ex(item->sides, names[i], &value) || !value)
            continue;
        switch (item->own) {
        case OWN_LINE:
        case OWN_TEXT: return json_object_get_string(value);
        case OWN_NUMBER: return jx_text(x->arena, value);
        case OWN_LIST: return joined_lines(x, value);
        case OWN_JSON: return jx_pretty(x->arena, value);
        }
    }
    return "";
}

static const char *hint_of(enum conflict_own own)
{
    switch (own) {
    case OWN_LINE:
    case OWN_TEXT: return NULL;
    case OWN_NUMBER: return "A number, such as 7.";
    case OWN_LIST: return "One item a line.";
    case OWN_JSON: break;
    }
    return "As JSON: \"a text\", 7, true, [\"a\", \"list\"], {\"key\": \"value\"}.";
}

static int64_t rows_of(const char *value, enum conflict_own own)
{
    enum { LEAST = 4, MOST = 20, LINE_BYTES = 70 };
    int64_t rows = own == OWN_TEXT ? (int64_t)strlen(value) / LINE_BYTES : 1;

    for (const char *p = value; *p; p++)
        rows += *p == '\n';
    return rows < LEAST ? LEAST : rows > MOST ? MOST : rows;
}

struct json_object *conflict_own(struct exchange *x, const struct conflict_item *item, size_t *room_bytes)
{
    struct json_object *own = json_object_new_object();
    const char *name = name_of(x, CONFLICT_OWN, item->id);
    bool typed = form_has(&x->form, name);
    bool asked = str_eq(conflict_chosen(x, item), "own");
    const char *value = typed ? form_first(&x->form, name) : begin_with(x, item);
    bool later = !typed && !asked && strlen(value) > *room_bytes;
    bool line = item->own == OWN_LINE || item->own == OWN_NUMBER;

    if (!typed && !later)
        *room_bytes -= *room_bytes > strlen(value) ? strlen(value) : *room_bytes;
    jx_set_text(own, "name", name);
    jx_set_text(own, "value", later ? "" : value);
    jx_set_text(own, "hint", hint_of(item->own));
    jx_set_bool(own, "later", later);
    jx_set_bool(own, "line", !later && line);
    jx_set_bool(own, "area", !later && !line);
    jx_set_bool(own, "mono", item->own == OWN_JSON);
    jx_set_bool(own, "number", item->own == OWN_NUMBER);
    jx_set_int(own, "rows", rows_of(value, item->own));
    return own;
}

/* ---- what comes back */

static struct json_object *list_of(const char *text)
{
    struct json_object *list = json_object_new_array();

    while (*text) {
        size_t n = strcspn(text, "\n");
        const char *from = text;
        size_t length = n;

        while (length && isspace((unsigned char)*from))
            from++, length--;
        while (length && isspace((unsigned char)from[length - 1]))
            length--;
        if (length)
            jx_push(list, json_object_new_string_len(from, (int)length));
        text += n + (text[n] == '\n');
    }
    return list;
}

static void note(struct exchange *x, const char *id, const char *error)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", id);
    jx_set_text(problem, "error", error);
    jx_push(service_problems(x->service), problem);
}

static const char *read_value(struct exchange *x, const struct conflict_item *item, const char *text,
                              struct json_object **out)
{
    struct err why = {0};

    switch (item->own) {
    case OWN_LINE:
    case OWN_TEXT: *out = jx_own(x->arena, json_object_new_string(text)); return NULL;
    case OWN_LIST: *out = jx_own(x->arena, list_of(text)); return NULL;
    case OWN_NUMBER:
        if (jx_parse(x->arena, text, strlen(text), out, &why) == ERR_OK && is_number(*out))
            return NULL;
        return "Write a number, such as 7 or 7.5.";
    case OWN_JSON: break;
    }
    if (jx_parse(x->arena, text, strlen(text), out, &why) == ERR_OK)
        return NULL;
    return arena_printf(x->arena, "This is not JSON: %s", why.message);
}

static void read_own(struct exchange *x, const struct conflict_item *item, const char *text, bool sent,
                     struct json_object *choices)
{
    struct json_object *value = NULL;
    const char *problem;

    if (!text[strspn(text, " \t\n")]) {
        note(x, item->id,
             sent ? arena_printf(x->arena, "%s: write what it shall say, or choose a side.", item->label)
                  : arena_printf(x->arena, "%s: write your own now. What stands here is filled in.",
                                 item->label));
        return;
    }
    problem = read_value(x, item, text, &value);
    if (problem) {
        note(x, item->id, arena_printf(x->arena, "%s: %s", item->label, problem));
        return;
    }
    jx_set(choices, item->choice, json_object_new_object());
    jx_set(jx_get(choices, item->choice), "value", json_object_get(value));
}

/* Whoever changed what was filled in has chosen. (A browser sends no carriage return as it is.) */
static bool is_written(struct exchange *x, const struct conflict_item *item, const char *text)
{
    const char *filled_in = begin_with(x, item);

    return text[0] && !str_eq(text, filled_in) && !strchr(filled_in, '\r');
}

static enum err_code read_item(struct exchange *x, const struct conflict_item *item,
                               struct json_object *choices, struct err *e)
{
    const char *own = name_of(x, CONFLICT_OWN, item->id);
    const char *chosen, *text;

    TRY(form_text(&x->form, name_of(x, CONFLICT_CHOICE, item->id), &chosen, e));
    TRY(form_text(&x->form, own, &text, e));
    if (!chosen[0] && is_written(x, item, text))
        chosen = "own";
    if (str_eq(chosen, "ours") || str_eq(chosen, "theirs"))
        jx_set_text(choices, item->choice, chosen);
    else if (str_eq(chosen, "own"))
        read_own(x, item, text, form_has(&x->form, own), choices);
    else
        note(x, item->id, arena_printf(x->arena, "%s: choose a side, or write your own.", item->label));
    return ERR_OK;
}

/* One choice for many things: the event as a whole, or all that the page has no room for. */
static enum err_code read_take(struct exchange *x, const char *id, const char *problem,
                               struct service_resolution *out, struct err *e)
{
    TRY(form_text(&x->form, name_of(x, CONFLICT_CHOICE, id), &out->take, e));
    if (str_eq(out->take, "ours") || str_eq(out->take, "theirs"))
        return ERR_OK;
    note(x, id, problem);
    return ERR_OK;
}

enum err_code conflict_items_read(struct exchange *x, const struct conflict_items *items,
                                  struct service_resolution *out, struct err *e)
{
    if (items->whole) {
        TRY(read_take(x, CONFLICT_WHOLE, "Choose one of the two.", out, e));
    } else {
        out->choices = jx_own(x->arena, json_object_new_object());
        for (size_t i = 0; i < items->n; i++)
            TRY(read_item(x, &items->items[i], out->choices, e));
        if (items->more)
            TRY(read_take(x, CONFLICT_REST, "Choose a side for the other questions.", out, e));
    }
    if (json_object_array_length(service_problems(x->service)))
        return err_set(e, ERR_INVALID_FIELDS, "Something is not decided yet.");
    return ERR_OK;
}
