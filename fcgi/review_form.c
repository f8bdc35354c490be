#include "fcgi/review_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/str.h"
#include "core/util/utf8.h"

enum { REVISION_DIGITS = 18 };

static enum err_code read_revision(const char *text, int64_t *out, const char **behind, struct err *e)
{
    size_t n = strspn(text, "0123456789");

    *out = n && n <= REVISION_DIGITS ? strtoll(text, NULL, 10) : 0;
    *behind = text + n;
    if (*out <= 0)
        return err_set(e, ERR_INVALID_INPUT,
                       "The form does not say what was looked at. Open the page again.");
    return ERR_OK;
}

/* The page that asks once more holds all of them in one field, a line each. */
static const char *const *chosen_values(struct exchange *x, size_t *n)
{
    char *rest = arena_strdup(x->arena, form_first(&x->form, "chosen"));
    const char **values;

    if (!*rest)
        return form_all(x->arena, &x->form, "events", n);
    values = arena_array(x->arena, strlen(rest) / 2 + 2, sizeof *values);
    *n = 0;
    while (rest && *rest)
        values[(*n)++] = strsep(&rest, "\n");
    return values;
}

/* REVISION:ID, as the boxes of the queue have it. */
static enum err_code read_chosen(struct exchange *x, struct review_form *out, struct err *e)
{
    const char *const *values = chosen_values(x, &out->n);
    const char **ids = arena_array(x->arena, out->n + 1, sizeof *ids);
    int64_t *revisions = arena_array(x->arena, out->n + 1, sizeof *revisions);

    for (size_t i = 0; i < out->n; i++) {
        const char *behind;

        TRY(read_revision(values[i], &revisions[i], &behind, e));
        if (*behind != ':' || !behind[1])
            return err_set(e, ERR_INVALID_INPUT,
                           "The form does not say which events were chosen. Open the page again.");
        ids[i] = behind + 1;
    }
    out->ids = ids;
    out->revisions = revisions;
    return ERR_OK;
}

enum err_code review_form_read(struct exchange *x, struct review_form *out, struct err *e)
{
    const char *revision, *behind = "";

    *out = (struct review_form){0};
    TRY(form_text(&x->form, "status", &out->status, e));
    TRY(form_text(&x->form, "score", &out->score, e));
    TRY(form_text(&x->form, "notes", &out->notes, e));
    TRY(form_text(&x->form, "revision", &revision, e));
    if (*revision)
        TRY(read_revision(revision, &out->revision, &behind, e));
    if (*behind)
        return err_set(e, ERR_INVALID_INPUT,
                       "The form does not say what was looked at. Open the page again.");
    return read_chosen(x, out, e);
}

static void add_problem(struct exchange *x, const char *field, const char *error)
{
    struct json_object *problem = json_object_new_object();

    jx_set_text(problem, "field", field);
    jx_set_text(problem, "error", error);
    jx_push(service_problems(x->service), problem);
}

/* A decimal comma is what half of the world types. */
static double read_score(struct exchange *x, const char *text)
{
    char copy[16] = "";
    size_t n = strspn(text, " \t");
    double score;
    char *end;

    text += n;
    n = strcspn(text, " \t");
    if (!n)
        return -1;
    if (n < sizeof copy && strspn(text, "0123456789.,") == n && !text[n + strspn(text + n, " \t")]) {
        memcpy(copy, text, n);
        if (strchr(copy, ','))
            *strchr(copy, ',') = '.';
        score = strtod(copy, &end);
        if (!*end && score >= 0 && score <= 10)
            return score;
    }
    add_problem(x, "score", "Write a number from 0 to 10, such as 8 or 7.5, or leave it empty.");
    return -1;
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\n")];
}

void review_form_verdict(struct exchange *x, const struct review_form *form, struct service_verdict *out)
{
    *out = (struct service_verdict){
        .status = form->status, .score = -1, .notes = form->notes, .revision = form->revision};
    if (str_eq(form->status, "validated"))
        out->score = read_score(x, form->score);
    if (str_eq(form->status, "pending") && is_blank(form->notes))
        add_problem(x, "notes", "Say what is to be mended before it comes back to review.");
}

bool review_form_is_refused(const struct exchange *x)
{
    return json_object_array_length(service_problems(x->service)) > 0;
}

void review_form_show(struct exchange *x, struct json_object *model, const struct review_form *form)
{
    const struct {
        const char *name, *value;
    } typed[] = {{"score", form ? form->score : ""}, {"notes", form ? form->notes : ""}, {"events", NULL}};
    struct json_object *fields = json_object_new_object();

    jx_set(model, "fields", fields);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        struct json_object *field = json_object_new_object();

        jx_set_text(field, "value", typed[i].value);
        jx_set(fields, typed[i].name, field);
    }
    form_set_problems(model, fields, service_problems(x->service));
}

const char *review_word(const char *status)
{
    return str_eq(status, "validated") ? "validated" : str_eq(status, "rejected") ? "rejected" : "sent back";
}

const char *review_change_word(const char *change)
{
    return str_eq(change, "added") ? "new" : str_eq(change, "removed") ? "removal" : "edit";
}

const char *review_notes(struct exchange *x, const char *notes, size_t most_bytes)
{
    size_t n = notes ? strlen(notes) : 0;

    if (n <= most_bytes)
        return notes;
    return arena_printf(x->arena, "%.*s…", (int)utf8_cut(notes, n, most_bytes), notes);
}

const char *review_address(struct exchange *x, const char *id)
{
    return arena_printf(x->arena, "/validation/%s", request_encode(x->arena, id));
}
