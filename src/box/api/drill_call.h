/* What the handlers of drills share. */
#ifndef BOX_API_DRILL_CALL_H
#define BOX_API_DRILL_CALL_H

#include "box/api/call.h"
#include "box/drill/act.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_task.h"

/* The id in a member; 0 when it is absent or no id, which nothing has. */
long long drill_call_id(const struct call *c, const char *name);

struct actor drill_actor(const struct call *c);

/* The run that the member taskId names, if it is the caller's. */
int drill_call_run(struct call *c, struct run *ret, struct err *e);

/* The drill that the member experimentId names, if it is the caller's. */
int drill_call_experiment(struct call *c, struct experiment *ret, struct err *e);

/* Gives -ERR_NOTFOUND this code, the others theirs. */
int drill_call_fail(struct call *c, int r, enum api_code not_found, struct err *e);

/* The engine goes on with it, and who watches it sees it. */
void drill_call_changed(struct call *c, long long task);

/* A name_f that appends to a JSON list. */
int drill_add_name(const char *name, void *list, struct err *e);

/* A list of names of results ("SUCCESS") as bits 1 << (number + 1). */
unsigned drill_result_bits(const json_t *names);

/* {"taskId": text} */
extern const struct shape drill_task_request;

/* Answers of several tables. */
extern const struct shape drill_activity_shape, drill_task_shape, drill_task_full_shape;

#endif
