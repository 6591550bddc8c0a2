/* All faults as data, from their tables: for the console, for blade's readers, for people. */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include <jansson.h>

#include "base/buf.h"
#include "fault/param.h"

/*
 * Everything that the tables say: {"version":..,"common":[PARAM..],"prepare":[..],"faults":[..],
 * "kubernetes":[{"scope":"pod","params":[PARAM..],"faults":[..]},..]}, the last for what only a
 * cluster has.
 * prepare_rows: the flags of `prepare jvm`.
 */
json_t *catalogue_json(const struct param *prepare_rows);
/* The specification in blade's shape: {"version":"v1","kind":"plugin","items":[..]}. */
json_t *catalogue_blade(void);
/* The reference page. */
void catalogue_markdown(struct buf *ret);

/* Block YAML of any JSON value. */
void yaml_write(const json_t *value, struct buf *ret);

#endif
