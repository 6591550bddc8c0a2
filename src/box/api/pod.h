/* Pods in requests and answers. */
#ifndef BOX_API_POD_H
#define BOX_API_POD_H

#include "box/api/call.h"

/* Members of a request that narrow a list to some pods. */
#define POD_FILTER_FIELDS                                                                          \
	{ "clusterIds", FIELD_TEXTS }, { "kubNamespaces", FIELD_TEXTS },                           \
	{                                                                                          \
		"labels", FIELD_TEXT, .help = "of pods: app=web,tier=front"                        \
	}

/* What a device_filter borrows of them. */
struct pod_filter {
	char *clusters, *spaces, *labels;
};

/*
 * Reads scopeType and POD_FILTER_FIELDS; with scopeType 2 the filter finds pods alone.
 * -ERR_INVALID: labels that are none.
 */
int pod_filter_read(
	struct call *c, struct pod_filter *ret, struct device_filter *filter, struct err *e);
void pod_filter_done(struct pod_filter *f);
#define autopodfilter __attribute__((cleanup(pod_filter_done)))

#endif
