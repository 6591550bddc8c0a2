/* A run of a drill as the console's API shows it (spec: box.md appendix A, our keys behind). */
#ifndef BOX_DRILL_VIEW_H
#define BOX_DRILL_VIEW_H

#include <jansson.h>

#include "box/store/drill_rows.h"

/* New references; NULL without memory. creator is a name, NULL leaves it out. */
json_t *view_task(const struct run *run, const char *creator);	    /* BaseExperimentTask */
json_t *view_task_full(const struct run *run, const char *creator); /* ExperimentTaskSummary */
json_t *view_activity(const struct run *run, size_t activity);	    /* ActivityTask */
json_t *view_execution(const struct run *run, size_t execution);    /* MiniAppTaskSummary */

/* Adds to an object: "start" -> name of ms since 1970, left out when 0. */
void view_put_time(json_t *object, const char *key, int64_t ms);
/* Ids are decimal texts. */
void view_put_id(json_t *object, const char *key, long long id);

/* Faults of an ended run that are not taken back yet. */
size_t view_left(const struct run *run);

#endif
