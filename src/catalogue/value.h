/* Values of parameters, judged by a row of what `gale spec --json` prints. */
#ifndef CATALOGUE_VALUE_H
#define CATALOGUE_VALUE_H

#include <jansson.h>

#include "base/err.h"

/* As the engine judges it, but for texts. name: as it was given. -ERR_INVALID in its words. */
int value_check(const json_t *row, const char *name, const char *value, struct err *e);

#endif
