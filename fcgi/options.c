#include "fcgi/options.h"

#include <getopt.h>
#include <stdlib.h>

#include "core/util/str.h"

enum { WEB_MOST = 256, JOB_MOST = 64 };

enum option_id {
    OPT_TENANTS = 256,
    OPT_SOCKET,
    OPT_TEMPLATES,
    OPT_WEB,
    OPT_JOB,
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
           "  --log-format FORMAT  text or json, one line per event on standard error (default: text)\n"
           "  --help, --version\n\n"
           "SIGTERM drains and ends. SIGHUP reads tenants and templates again.\n";
}

static enum err_code read_count(const char *text, const char *name, int most, int *out, struct err *e)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 1 || n > most)
        return err_set(e, ERR_USAGE, "--%s takes a number from 1 to %d, not \"%s\".", name, most, text);
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

static enum err_code take(int id, const char *value, struct options *o, struct err *e)
{
    switch (id) {
    case OPT_TENANTS: o->tenants_folder = value; return ERR_OK;
    case OPT_SOCKET: o->socket_path = value; return ERR_OK;
    case OPT_TEMPLATES: o->templates_folder = value; return ERR_OK;
    case OPT_WEB: return read_count(value, "web-workers", WEB_MOST, &o->web_workers, e);
    case OPT_JOB: return read_count(value, "job-workers", JOB_MOST, &o->job_workers, e);
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
                            .job_workers = 2};
    optind = 0; /* start anew: tests parse several command lines in one process */
    opterr = 0;
    while ((id = getopt_long(argc, argv, "", table, NULL)) != -1)
        TRY(take(id, optarg, out, e));
    if (optind < argc)
        return err_set(e, ERR_USAGE, "There is nothing to do with \"%s\". See: tideline-fcgi --help",
                       argv[optind]);
    return ERR_OK;
}
