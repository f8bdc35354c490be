#include <string.h>
#include <strings.h>

#include "core/event/event.h"

enum event_format event_format_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (!dot || *name == '.' || *name == '_' || strncasecmp(name, "README.", 7) == 0)
        return EVENT_NONE;
    if (strcmp(dot, ".md") == 0)
        return EVENT_MD;
    if (strcmp(dot, ".json") == 0)
        return EVENT_JSON;
    return strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 ? EVENT_YAML : EVENT_NONE;
}

const char *event_extension(enum event_format format)
{
    switch (format) {
    case EVENT_MD: return ".md";
    case EVENT_JSON: return ".json";
    case EVENT_YAML: return ".yaml";
    case EVENT_NONE: break;
    }
    return "";
}
