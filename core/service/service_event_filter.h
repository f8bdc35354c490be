/*
 * What a list of events asks for, from what people and programs wrote. Private to this module.
 */
#ifndef TIDELINE_SERVICE_SERVICE_EVENT_FILTER_H
#define TIDELINE_SERVICE_SERVICE_EVENT_FILTER_H

#include "core/service/service_internal.h"

/* Empty texts ask nothing. ERR_INVALID_FIELDS when a part cannot be meant, with service_problems(). The limit is left
 * alone. */
enum err_code service_event_filter_read(struct service *s, const struct service_event_filter *filter,
                                        struct store_event_filter *out, struct err *e);

#endif
