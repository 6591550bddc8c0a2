/* The verbs of `k8s`: experiments that gale-operator carries out in a cluster. */
#ifndef CLI_K8S_H
#define CLI_K8S_H

#include "cli/cli.h"
#include "cli/k8s_access.h"
#include "fault/record.h"

struct k8s_create {
	bool async; /* answer when the object is there */
	bool dry_run;
	char uid[64]; /* out: of the experiment, once it was accepted */
};

/* Each of these answers, as a verb does. */
int k8s_create(struct cli *c, struct k8s_create *how, struct err *e);
/* rec NULL: of another machine's. a is completed from it. */
int k8s_destroy(const struct cli *c, const char *uid, const struct record *rec,
	struct k8s_access *a, bool force, struct err *e);
int k8s_query(struct cli *c, struct err *e);

/* "pod-cpu", "fullload" as blade's answers write it. */
json_t *k8s_model(const struct record *rec);

#endif
