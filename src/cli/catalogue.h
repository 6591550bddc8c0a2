/* All faults as data, from their tables: for the console, for blade's readers, for people. */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include <jansson.h>

#include "base/buf.h"

/* Everything that the tables say: {"version":..,"common":[PARAM..],"faults":[..]}. */
json_t *catalogue_json(void);
/* The specification in blade's shape: {"version":"v1","kind":"plugin","items":[..]}. */
json_t *catalogue_blade(void);
/* The reference page. */
void catalogue_markdown(struct buf *ret);

/* Block YAML of any JSON value. */
void yaml_write(const json_t *value, struct buf *ret);

#endif
