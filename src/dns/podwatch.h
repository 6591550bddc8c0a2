/* Where the pods are: one list and watch of the Kubernetes API, on a thread of its own, into the
 * book. */
#ifndef DNS_PODWATCH_H
#define DNS_PODWATCH_H

#include "base/err.h"
#include "dns/book.h"

struct podwatch;

/*
 * kubeconfig: a file, or "in-cluster". Reads it, with all privileges there are; the API need not be
 * there, now or ever: it is tried again and again, and what the book knows stays.
 */
int podwatch_open(const char *kubeconfig, struct book *b, struct podwatch **ret, struct err *e);
int podwatch_start(struct podwatch *w, struct err *e);
void podwatch_stop(struct podwatch *w); /* and frees it; NULL allowed */

#endif
