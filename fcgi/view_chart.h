/*
 * Small pictures: from counts to the numbers of an SVG, and the same as a table for those who do not see it. The partial
 * `chart` draws them; colours and sizes are the stylesheet's.
 */
#ifndef TIDELINE_FCGI_VIEW_CHART_H
#define TIDELINE_FCGI_VIEW_CHART_H

#include "fcgi/view.h"

enum { CHART_BARS = 60 }; /* at most; more years are put together */

/* Events per year from service_years(); NULL when there are none. Years lie in 0-9999. */
struct json_object *view_chart_years(struct exchange *x, const struct json_object *years);

/* Syncs per week from service_weeks(): bars for pulls, circles for pull requests, triangles for failures. NULL when nothing happened. */
struct json_object *view_chart_weeks(struct exchange *x, const struct json_object *weeks);

#endif
