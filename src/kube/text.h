/* Texts that become part of a request's path or query. */
#ifndef KUBE_TEXT_H
#define KUBE_TEXT_H

#include <stdbool.h>

#include "base/buf.h"

bool kube_name_good(const char *name); /* of a namespace, pod or node */

/* Letters that need no escape in a query, the others as %XX. */
void kube_escape(struct buf *to, const char *text);

#endif
