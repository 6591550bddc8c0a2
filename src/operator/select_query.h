/*
 * A selector as the API server is asked it. What is no name and no label would be read as another
 * selector: -ERR_INVALID.
 */
#ifndef OPERATOR_SELECT_QUERY_H
#define OPERATOR_SELECT_QUERY_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum { SELECT_QUERY_MAX = 65536 };

/* "labelSelector=...&fieldSelector=...", "" without any. */
int select_query(const json_t *selector, struct buf *ret, struct err *e);
/* A map of labels, as "a=b,c=d". */
int select_labels(const json_t *map, struct buf *to, struct err *e);
int select_name(const char *name, struct err *e); /* of a namespace, a pod or a node */

#endif
