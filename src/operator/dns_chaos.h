/* DNSChaos, beside the row of its kind. */
#ifndef OPERATOR_DNS_CHAOS_H
#define OPERATOR_DNS_CHAOS_H

#include <jansson.h>

#include "base/err.h"

/*
 * What is to be answered for which names, as pb_from_json() takes a gale.dns.v1.Experiment. A new
 * reference. -ERR_INVALID and -ERR_MISSING name the field of the spec.
 */
int dns_chaos_experiment(const json_t *spec, json_t **ret, struct err *e);

#endif
