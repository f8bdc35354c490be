/* Reading the pull-request form, and what it asks for. */
#include "fcgi/pull_form.h"

#include <stdlib.h>
#include <string.h>

#include "core/util/digest.h"
#include "core/util/str.h"

enum { REVISION_DIGITS = 18 };

/* "REVISION:ID" */
static bool read_event(const char *value, int64_t *revision, const char **id)
{
    size_t digits = strspn(value, "0123456789");

    if (digits < 1 || digits > REVISION_DIGITS || value[digits] != ':' || !value[digits + 1])
        return false;
    *revision = strtoll(value, NULL, 10);
    *id = value + digits + 1;
    return true;
}

static enum err_code read_events(struct exchange *x, struct pull_form *out, struct err *e)
{
    size_t n;
    const char *const *values = form_all(x->arena, &x->form, "events", &n);
    const char **ids = arena_array(x->arena, n + 1, sizeof *ids);
    int64_t *revisions = arena_array(x->arena, n + 1, sizeof *revisions);

    for (size_t i = 0; i < n; i++)
        if (!read_event(values[i], &revisions[i], &ids[i]))
            return err_set(e, ERR_INVALID_INPUT,
                           "The form's list of events cannot be read. Open the form again.");
    out->ids = ids;
    out->revisions = revisions;
    return ERR_OK;
}

static enum err_code read_draft(struct exchange *x, struct pull_form *out, struct err *e)
{
    const char *value;

    TRY(form_text(&x->form, "draft", &value, e));
    if (value[0] && !str_eq(value, "1"))
        return err_set(e, ERR_INVALID_INPUT, "The field draft is 1, or left out.");
    out->draft = value[0] != '\0';
    return ERR_OK;
}

enum err_code pull_form_read(struct exchange *x, struct pull_form *out, struct err *e)
{
    const struct form *form = &x->form;

    *out = (struct pull_form){.ids = NULL};
    TRY(read_events(x, out, e));
    TRY(read_draft(x, out, e));
    TRY(form_text(form, "title", &out->title, e));
    TRY(form_text(form, "description", &out->description, e));
    TRY(form_text(form, "labels", &out->labels, e));
    TRY(form_text(form, "generated_title", &out->generated_title, e));
    return form_text(form, "generated_description", &out->generated_description, e);
}

static const char *text_or_empty(const struct json_object *object, const char *key)
{
    const char *text = jx_get_text(object, key);

    return text ? text : "";
}

static const char *joined(struct exchange *x, const struct json_object *list)
{
    struct str s;

    str_init(&s, x->arena, REQUEST_BODY_BYTES);
    for (size_t i = 0; list && i < json_object_array_length(list); i++)
        str_addf(&s, "%s%s", i ? ", " : "", json_object_get_string(json_object_array_get_idx(list, i)));
    return s.p;
}

/* Of a preview of all that waits, which named none, those that it showed. */
static const struct json_object *events_of(const struct json_object *job)
{
    const struct json_object *result = jx_get(job, "result");
    const struct json_object *asked = jx_get(jx_get(job, "request"), "events");

    if (asked || jx_get_bool(result, "resumed", false))
        return asked;
    return json_object_is_type(jx_get(result, "events"), json_type_array) ? jx_get(result, "events") : NULL;
}

void pull_form_of_job(struct exchange *x, const struct json_object *job, struct pull_form *out)
{
    const struct json_object *request = jx_get(job, "request");
    const struct json_object *events = events_of(job);
    size_t n = events ? json_object_array_length(events) : 0;
    const char **ids = arena_array(x->arena, n + 1, sizeof *ids);
    int64_t *revisions = arena_array(x->arena, n + 1, sizeof *revisions);

    for (size_t i = 0; i < n; i++) {
        const struct json_object *row = json_object_array_get_idx(events, i);

        ids[i] = text_or_empty(row, "id");
        revisions[i] = jx_get_int(row, "revision", 0);
    }
    *out = (struct pull_form){.ids = events ? ids : NULL,
                              .revisions = revisions,
                              .title = text_or_empty(request, "title"),
                              .description = text_or_empty(request, "description"),
                              .labels = joined(x, jx_get(request, "labels")),
                              .generated_title = "",
                              .generated_description = "",
                              .draft = jx_get_bool(request, "draft", false)};
}

static const char *unless_generated(const char *text, const char *digest)
{
    char now[DIGEST_HEX_SIZE];

    digest_sha256(text, strlen(text), now);
    return str_eq(now, digest) ? NULL : text;
}

/* "one, two" as a NULL-terminated list; empty ones do not count. */
static const char *const *split_labels(struct exchange *x, const char *text)
{
    size_t most = 1;
    const char **out;
    size_t n = 0;

    for (const char *p = text; *p; p++)
        most += *p == ',';
    out = arena_array(x->arena, most + 1, sizeof *out);
    while (*text) {
        size_t length = strcspn(text, ",");
        const char *next = text + length + (text[length] == ',');

        for (; length && strchr(" \t\n", *text); length--)
            text++;
        while (length && strchr(" \t\n", text[length - 1]))
            length--;
        if (length)
            out[n++] = arena_strndup(x->arena, text, length);
        text = next;
    }
    return out;
}

void pull_form_choice(struct exchange *x, const struct pull_form *form, struct service_pr_choice *out)
{
    *out = (struct service_pr_choice){
        .ids = form->ids,
        .revisions = form->ids ? form->revisions : NULL,
        .title = unless_generated(form->title, form->generated_title),
        .description = unless_generated(form->description, form->generated_description),
        .labels = split_labels(x, form->labels),
        .draft = form->draft,
    };
}

bool pull_form_refusal(struct err *why)
{
    enum err_code code = why->code;

    /* The sentence of the database names its file, which is for the log. */
    if (code == ERR_BUSY)
        (void)err_set(why, code,
                      "Something else is being written to this timeline just now. Nothing is lost: press the "
                      "button again in a moment.");
    return code == ERR_INVALID_FIELDS || code == ERR_ALREADY_RUNNING || code == ERR_TOO_MANY ||
           code == ERR_NOTHING_TO_DO || code == ERR_TOO_LARGE || code == ERR_BUSY;
}
