/* What stands on an object before anything is done for it, until all is over. */
#ifndef OPERATOR_HOLD_H
#define OPERATOR_HOLD_H

#include <jansson.h>

#include "operator/kind.h"

/*
 * The "finalizers" and "annotations" of an object of this metadata, with ours and with a seed,
 * unless it brings one. New.
 */
json_t *hold_make(const struct family *f, const json_t *meta);

/* The "finalizers" without ours: others wait for something too. New. */
json_t *hold_end(const struct family *f, const json_t *meta);

#endif
