/*
 * Shared by request.c (the address) and request_headers.c (the headers).
 */
#ifndef TIDELINE_FCGI_REQUEST_INTERNAL_H
#define TIDELINE_FCGI_REQUEST_INTERNAL_H

#include "fcgi/request.h"

/* Cookies, bearer token and idempotency key. What cannot be meant is as if it were not there. */
void request_parse_headers(struct arena *a, const struct request_input *in, struct request *out);

#endif
