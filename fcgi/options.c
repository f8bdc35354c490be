#include "fcgi/options.h"

#include <getopt.h>
#include <stdlib.h>

#include "core/util/str.h"

enum {
    WEB_MOST = 256,
    JOB_MOST = 64,
    JOB_MOST_DEFAULT = 16,
    STALL_LEAST_S = 2,
    STALL_MOST_S = 86400,
    STALL_DEFAULT_S = 600
};

enum option_id {
    OPT_TENANTS = 256,
    OPT_SOCKET,
    OPT_TEMPLATES,
    OPT_WEB,
    OPT_JOB,
    OPT_JOB_MOST,
    OPT_STALL,
    OPT_LOG,
    OPT_HELP,
    OPT_VERSION
};

static const struct option table[] = {
    {"tenants", required_argument, NULL, OPT_TENANTS},
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"templates", required_argument, NULL, OPT_TEMPLATES},
    {"web-workers", required_argument, NULL, OPT_WEB},
    {"job-workers", required_argument, NULL, OPT_JOB},
    {"job-workers-most", required_argument, NULL, OPT_JOB_MOST},
    {"stall-limit", required_argument, NULL, OPT_STALL},
    {"log-format", required_argument, NULL, OPT_LOG},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
    return "Usage: tideline-fcgi [OPTION]...\n"
           "Serves the pages and the API of all tenants over FastCGI, in the foreground.\n\n"
           "  --tenants DIR        folder of NAME.env files (default: $TIDELINE_TENANTS, "
           "/etc/tideline/tenants)\n"
           "  --socket PATH        unix socket to listen on (default: /run/tideline/tideline.sock)\n"
           "  --templates DIR      page templates (default: " TIDELINE_TEMPLATES ")\n"
           "  --web-workers N      processes that answer requests, 1-256 (default: 4)\n"
           "  --job-workers N      processes that pull and push, 1-64 (default: 2)\n"
           "  --job-workers-most M more are started while all are busy and jobs wait, up to M (default: 16)\n"
           "  --stall-limit S      seconds without a sign of life before a job's process is replaced "
           "(default: "
           "600)\n"
           "  --log-format FORMAT  text or json, one line per event on standard error (default: text)\n"
           "  --help, --version\n\n"
           "SIGTERM drains and ends. SIGHUP reads tenants and templates again.\n";
}

struct range {
    const char *name;
    int least, most;
};

static enum err_code read_number(const char *text, const struct range *range, int *out, struct err *e)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < range->least || n > range->most)
        return err_set(e, ERR_USAGE, "--%s takes a number from %d to %d, not \"%s\".", range->name,
                       range->least, range->most, text);
    *out = (int)n;
    return ERR_OK;
}

static enum err_code read_log_format(const char *text, bool *json, struct err *e)
{
    *json = str_eq(text, "json");
    if (*json || str_eq(text, "text"))
        return ERR_OK;
    return err_set(e, ERR_USAGE, "--log-format takes text or json, not \"%s\".", text);
}

static const struct range web_range = {"web-workers", 1, WEB_MOST};
static const struct range job_range = {"job-workers", 1, JOB_MOST};
static const struct range most_range = {"job-workers-most", 1, JOB_MOST};
static const struct range stall_range = {"stall-limit", STALL_LEAST_S, STALL_MOST_S};

static enum err_code take(int id, const char *value, struct options *o, struct err *e)
{
    switch (id) {
    case OPT_TENANTS: o->tenants_folder = value; return ERR_OK;
    case OPT_SOCKET: o->socket_path = value; return ERR_OK;
    case OPT_TEMPLATES: o->templates_folder = value; return ERR_OK;
    case OPT_WEB: return read_number(value, &web_range, &o->web_workers, e);
    case OPT_JOB: return read_number(value, &job_range, &o->job_workers, e);
    case OPT_JOB_MOST: return read_number(value, &most_range, &o->job_workers_most, e);
    case OPT_STALL: return read_number(value, &stall_range, &o->stall_limit_s, e);
    case OPT_LOG: return read_log_format(value, &o->log_json, e);
    case OPT_HELP: o->help = true; return ERR_OK;
    case OPT_VERSION: o->version = true; return ERR_OK;
    default:
        return err_set(e, ERR_USAGE,
                       "That option is not known or lacks its value. See: tideline-fcgi --help");
    }
}

enum err_code options_parse(int argc, char *const *argv, struct options *out, struct err *e)
{
    int id;

    *out = (struct options){.socket_path = "/run/tideline/tideline.sock",
                            .templates_folder = TIDELINE_TEMPLATES,
                            .web_workers = 4,
                            .job_workers = 2,
                            .job_workers_most = JOB_MOST_DEFAULT,
                            .stall_limit_s = STALL_DEFAULT_S};
    optind = 0; /* start anew: tests parse several command lines in one process */
    opterr = 0;
    while ((id = getopt_long(argc, argv, "", table, NULL)) != -1)
        TRY(take(id, optarg, out, e));
    if (optind < argc)
        return err_set(e, ERR_USAGE, "There is nothing to do with \"%s\". See: tideline-fcgi --help",
                       argv[optind]);
    if (out->job_workers_most < out->job_workers)
        out->job_workers_most = out->job_workers;
    return ERR_OK;
}
